//! An `environment.yaml` read key by key, with every error in it.

use std::path::Path;

use indexmap::IndexMap;

use super::TARGETS;
use super::file::{Declaration, Keyed, Lost, Override};
use compiler::identity::{PROJECT_RULE, is_project_name};
use compiler::model::{Build, is_dns_label};
use compiler::parse;
use compiler::rules::EMPTY_IMAGE;
use compiler::rules::INVALID_NAME;
use compiler::rules::OUTSIDE_PROJECT;
use compiler::support::host::{Host, is_really_inside};
use compiler::support::path::{is_inside, normal};
use compiler::targets::publish::{self, Publish};
use compiler::targets::target::Target;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use yaml::rules::EMPTY_VALUE;
use yaml::rules::YAML_SYNTAX;
use yaml::{self, Kind, Node, reader, scalar_spans};

rules! {
    /// A directory below `environments/` has a name that no environment can have.
    pub INVALID_ENVIRONMENT_NAME: "invalid-environment-name", Error;
}

/// Keys that only one target can use.
const OF_TARGET: [(&str, &str); 4] = [
    ("namespace", "kubernetes"),
    ("generateNamespace", "kubernetes"),
    ("builds", "compose"),
    ("publish", "compose"),
];

/// What lies in `.score-rs` beside the directories of environments.
const TAKEN: [&str; 2] = ["seed", "journal"];

/// Reads the text of an environment that has its name, directory and beginning already: all of it
/// that can be read, and what could not is in [`Declaration::lost`].
pub(super) fn decode(mut own: Declaration, sources: &Sources, report: &mut Report) -> Declaration {
    let mut whole = Report::default();
    let documents = parse::yaml_documents(sources, own.start.source, &mut whole);
    if let Some(second) = documents.get(1) {
        let problem = Problem::new(
            &YAML_SYNTAX,
            "an environment is one document, and this is a second one",
        );
        whole.push(
            problem
                .at(second.span)
                .help("remove it, or give it a directory of its own"),
        );
    }
    let mut keys = Report::default();
    check_name(&own, &mut keys);
    // An empty file is read as one that has no keys, so that the missing one is told.
    let node = documents.first().filter(|document| !document.is_null());
    if let Some(mut fields) =
        node.and_then(|node| reader::fields(node, "an environment", &mut whole))
    {
        read_keys(&mut own, &mut fields, sources, &mut keys);
        let meant: Vec<Option<&str>> = fields.closest_keys().collect();
        let mut unknown = Report::default();
        fields.finish(|_| None, &mut unknown);
        if let Err(reported) = unknown.result() {
            meant
                .into_iter()
                .for_each(|key| own.lost.add(key, reported));
        }
        keys.merge(unknown);
    }
    if let Err(reported) = keys.result() {
        own.lost.anything = Some(reported);
    }
    if let Err(reported) = whole.result() {
        own.lost = Lost::all(reported);
    }
    report.merge(whole);
    report.merge(keys);
    own
}

/// Reads what `read` reads, and sets `lost` when it reports an error.
fn noting<T>(lost: &mut bool, report: &mut Report, read: impl FnOnce(&mut Report) -> T) -> T {
    let (found, sound) = report.observe(read);
    *lost |= sound.is_err();
    found
}

fn read_keys(
    own: &mut Declaration,
    fields: &mut reader::Fields<'_>,
    sources: &Sources,
    report: &mut Report,
) {
    let lost = &mut own.lost;
    for (key, target) in OF_TARGET {
        if let Some(entry) = fields.entry(key) {
            own.of_target.push((Spanned::new(key, entry.key), target));
        }
    }
    own.target = noting(&mut lost.target, report, |report| {
        fields
            .optional("target", report)
            .and_then(|node| target(node, report))
    });
    own.extends = noting(&mut lost.extends, report, |report| {
        text(fields, "extends", report)
    });
    own.default = flag(fields, "default", report);
    own.project = text(fields, "project", report).filter(|name| is_project(name, report));
    own.namespace = text(fields, "namespace", report).filter(|name| is_namespace(name, report));
    own.generate_namespace = flag(fields, "generateNamespace", report);
    own.provisioners = noting(&mut lost.provisioners, report, |report| {
        fields
            .optional("provisioners", report)
            .map(|node| texts(node, "`provisioners`", report))
    });
    own.overrides = noting(&mut lost.overrides, report, |report| {
        let list = fields
            .optional("overrides", report)
            .map(|node| reader::list(node, "`overrides`", report));
        list.into_iter()
            .flatten()
            .filter_map(|item| read_override(item, report))
            .collect()
    });
    own.images = noting(&mut lost.images, report, |report| {
        keyed(fields.optional("images", report), "`images`", report, image)
    });
    own.builds = noting(&mut lost.images, report, |report| {
        keyed(fields.optional("builds", report), "`builds`", report, build)
    });
    let publish = fields
        .optional("publish", report)
        .map(|node| reader::list(node, "`publish`", report));
    own.publish = publish
        .into_iter()
        .flatten()
        .filter_map(|item| read_publish(item, sources, report))
        .collect();
    let patches = fields
        .optional("patches", report)
        .map(|node| texts(node, "`patches`", report));
    own.patches = patches.into_iter().flatten().flatten().collect();
    own.values = noting(&mut lost.values, report, |report| {
        fields
            .optional("values", report)
            .and_then(|node| mapping(node, "`values`", report))
    });
    own.output = text(fields, "output", report).filter(|path| is_in_project(path, report));
}

/// The name becomes that of a directory and a part of every derived name.
fn check_name(own: &Declaration, report: &mut Report) {
    if !is_environment_name(&own.name) {
        let message = format!("an environment cannot be called `{}`", own.name);
        let help = format!("name the directory with {NAME_RULE}");
        report.push(
            Problem::new(&INVALID_ENVIRONMENT_NAME, message)
                .at(own.start)
                .help(help),
        );
    }
}

/// What an environment may be called, in words.
pub(crate) const NAME_RULE: &str =
    "at most 63 letters, digits, `-`, `_` and `.`; `seed` and `journal` are taken";

/// Whether an environment may be called this. It becomes the name of directories.
pub(crate) fn is_environment_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let named =
        name.bytes().all(plain) && name.starts_with(|first: char| first.is_ascii_alphanumeric());
    // Other things of a project are kept where the directory of this environment would be.
    named && name.len() <= 63 && !TAKEN.contains(&name)
}

fn target(node: &Node, report: &mut Report) -> Option<Spanned<&'static dyn Target>> {
    let text = reader::string(node, "`target`", report)?;
    let choices = TARGETS.map(|target| (target.name(), target));
    reader::choice(&text, "`target`", &choices, report)
        .map(|target| Spanned::new(target, text.span))
}

/// A text that is not empty.
fn filled(node: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    let text = reader::string(node, what, report)?;
    if text.value.is_empty() {
        let problem = Problem::new(&EMPTY_VALUE, format!("{what} has no value")).at(text.span);
        report.push(problem.help("write a value here, or remove the key"));
        return None;
    }
    Some(text)
}

fn text(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<Spanned<String>> {
    let node = fields.optional(key, report)?;
    filled(node, &format!("`{key}`"), report)
}

/// The texts of a list; `None` stands for each of which that is none.
fn texts(node: &Node, what: &str, report: &mut Report) -> Vec<Option<Spanned<String>>> {
    let item = format!("an item of {what}");
    reader::list(node, what, report)
        .iter()
        .map(|node| filled(node, &item, report))
        .collect()
}

fn flag(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<Spanned<bool>> {
    let node = fields.optional(key, report)?;
    reader::boolean(node, &format!("`{key}`"), report).map(|flag| Spanned::new(flag, node.span))
}

fn mapping(node: &Node, what: &str, report: &mut Report) -> Option<Node> {
    if node.as_map().is_none() {
        reader::wrong_type(node, what, "a mapping", report);
        return None;
    }
    Some(node.clone())
}

fn is_namespace(name: &Spanned<String>, report: &mut Report) -> bool {
    let rule = "use 1 to 63 of the characters a-z, 0-9 and `-`, not beginning or ending with `-`";
    fits(is_dns_label(&name.value), name, "namespace", rule, report)
}

fn is_project(name: &Spanned<String>, report: &mut Report) -> bool {
    fits(
        is_project_name(&name.value),
        name,
        "project",
        PROJECT_RULE,
        report,
    )
}

fn fits(fits: bool, name: &Spanned<String>, key: &str, rule: &str, report: &mut Report) -> bool {
    if !fits {
        let problem = Problem::new(
            &INVALID_NAME,
            format!("`{}` cannot be the value of `{key}`", name.value),
        );
        report.push(problem.at(name.span).help(rule));
    }
    fits
}

/// A file of the project decides where a run writes, so it is held to the project; a flag may name
/// any place.
fn is_in_project(path: &Spanned<String>, report: &mut Report) -> bool {
    let inside = is_inside(&normal(Path::new(&path.value)), Path::new(""));
    if !inside {
        outside(path, "lies", report);
    }
    inside
}

/// Reports an output that leads out of the project by a link, which its words do not tell.
pub(super) fn check_links(own: &Declaration, host: &dyn Host, report: &mut Report) {
    let output = own.output.as_ref();
    if let Some(path) =
        output.filter(|path| !is_really_inside(Path::new(&path.value), Path::new(""), host))
    {
        outside(path, "leads by a link to a place", report);
    }
}

fn outside(path: &Spanned<String>, how: &str, report: &mut Report) {
    let problem = Problem::new(
        &OUTSIDE_PROJECT,
        format!("`{}` {how} outside the project", path.value),
    );
    let help = "write a path below the project, or remove it and name one with `--output`";
    report.push(problem.at(path.span).help(help));
}

fn read_override(item: &Node, report: &mut Report) -> Option<Override> {
    if item.as_map().is_none() {
        return filled(item, "an override", report).map(|file| Override {
            workload: None,
            file,
        });
    }
    let mut fields = reader::fields(item, "an override", report)?;
    let workload = fields
        .required("workload", report)
        .and_then(|node| filled(node, "`workload`", report));
    let file = fields
        .required("file", report)
        .and_then(|node| filled(node, "`file`", report));
    fields.finish(|_| None, report);
    Some(Override {
        workload: Some(workload?),
        file: file?,
    })
}

fn keyed<T>(
    node: Option<&Node>,
    what: &str,
    report: &mut Report,
    read: impl Fn(&Node, &mut Report) -> Option<T>,
) -> IndexMap<String, Keyed<T>> {
    let mut found = IndexMap::new();
    for (key, node) in node
        .map(|node| reader::named_entries(node, what, report))
        .unwrap_or_default()
    {
        let value = read(node, report);
        let Some((workload, container)) = owner(&key, report) else {
            continue;
        };
        if let Some(value) = value {
            found.insert(
                key.value,
                Keyed {
                    workload,
                    container,
                    value: Spanned::new(value, node.span),
                },
            );
        }
    }
    found
}

/// `WORKLOAD` or `WORKLOAD.CONTAINER`.
fn owner(
    key: &Spanned<String>,
    report: &mut Report,
) -> Option<(Spanned<String>, Option<Spanned<String>>)> {
    let parts: Vec<&str> = key.value.split('.').collect();
    let named = parts.iter().all(|part| is_dns_label(part));
    match parts.as_slice() {
        [_] if named => Some((key.clone(), None)),
        [workload, container] if named => {
            let container = Spanned::new((*container).to_owned(), key.span);
            Some((
                Spanned::new((*workload).to_owned(), key.span),
                Some(container),
            ))
        }
        _ => {
            let problem = Problem::new(
                &INVALID_NAME,
                format!("`{}` names no workload or container", key.value),
            );
            report.push(
                problem
                    .at(key.span)
                    .help("write `WORKLOAD` or `WORKLOAD.CONTAINER`"),
            );
            None
        }
    }
}

fn image(node: &Node, report: &mut Report) -> Option<String> {
    let image = reader::string(node, "an image", report)?;
    if image.value.is_empty() || image.value == "." {
        let problem = Problem::new(&EMPTY_IMAGE, "this names no image").at(image.span);
        let _ =
            report.error(problem.help("write the name of an image, as in `example.com/shop:1.2`"));
        return None;
    }
    Some(image.value)
}

fn build(node: &Node, report: &mut Report) -> Option<Build> {
    match &node.kind {
        Kind::Map(_) => Some(Build::Section(node.clone())),
        Kind::String(..) => filled(node, "a build", report).map(Build::Context),
        _ => {
            reader::wrong_type(node, "a build", "a directory or a mapping", report);
            None
        }
    }
}

fn read_publish(
    item: &Node,
    sources: &Sources,
    report: &mut Report,
) -> Option<Spanned<(String, Publish)>> {
    let Kind::String(text, style) = &item.kind else {
        reader::wrong_type_with(item, "a published port", "a string", publish::HELP, report);
        return None;
    };
    // Without its quotes, so that parts of the text are found by counting.
    let inside: Span = scalar_spans::locate_text(sources, item.span, *style, text, 0, text.len());
    let publish = Publish::parse(text, inside, report).ok()?;
    Some(Spanned::new((text.clone(), publish), item.span))
}
