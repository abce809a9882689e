//! Reads an `environment.yaml` key by key and reports all errors.

use std::path::Path;

use indexmap::IndexMap;

use super::TARGETS;
use super::external_workloads;
use super::file::{EnvironmentFile, ForContainer, Override, add_unknown_key, unread};
use super::list::read_list;
use super::output_path::{WORKLOAD, unknown_part};
use super::preview;
use super::provisioners;
use crate::report::lint_levels::read_rules;
use compiler::defaults;
use compiler::features;
use compiler::identity::{PROJECT_RULE, is_project_name};
use compiler::model::{Build, is_dns_label};
use compiler::parse;
use compiler::patch::{Patchable, SelectorPatch};
use compiler::policy::{Exceptions, PolicyProgram};
use compiler::provision::check_forbidden_types;
use compiler::recovery::{Incomplete, Part};
use compiler::rules::EMPTY_IMAGE;
use compiler::rules::INVALID_NAME;
use compiler::rules::OUTSIDE_PROJECT;
use compiler::support::host::{Host, is_really_inside};
use compiler::support::path::{is_inside, normal};
use compiler::targets::known_kinds;
use compiler::targets::publish::{self, Publish};
use compiler::targets::secret_store::SecretStore;
use compiler::targets::target::{PodSecurity, SecretsSetting};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use yaml::rules::UNKNOWN_VALUE;
use yaml::rules::YAML_SYNTAX;
use yaml::rules::{EMPTY_VALUE, MISSING_KEY};
use yaml::{self, Kind, Node, reader, scalar_spans};

rules! {
    /// A directory in `environments/` has a name that is not allowed for an environment.
    pub INVALID_ENVIRONMENT_NAME: "invalid-environment-name", Error;
}

/// The entries of `.score-rs` besides the directories of environments.
const RESERVED_NAMES: [&str; 2] = ["seed", "journal"];

/// Reads the keys of an environment, with the number of a preview. Parts that cannot be read are
/// reported and listed in [`EnvironmentFile::incomplete`].
pub(super) fn decode(
    mut file: EnvironmentFile,
    number: Option<&str>,
    sources: &Sources,
    report: &mut Report,
) -> EnvironmentFile {
    // Errors of the document, after which any key may be missing.
    let mut document_report = Report::default();
    let documents = parse::yaml_documents(sources, file.start.source, &mut document_report);
    if let Some(second) = documents.get(1) {
        let problem = Problem::new(
            &YAML_SYNTAX,
            "an environment file has one document, but this is a second one",
        );
        document_report.push(
            problem
                .at(second.span)
                .help("remove it, or move it to its own directory"),
        );
    }
    let mut key_report = Report::default();
    check_name(&file, &mut key_report);
    // An empty file has no keys, so that its missing target is reported.
    let written = documents.first().filter(|document| !document.is_null());
    let node = written.map(|node| preview::fill(node, number, sources, &mut key_report));
    if let (Some(written), Some(mut fields)) = (
        written,
        node.as_deref()
            .and_then(|node| reader::fields(node, "an environment", &mut document_report)),
    ) {
        let key = fields.key("preview");
        let node = fields.optional("preview", &mut key_report);
        if let (Some(key), Some(node), Some(written)) = (key, node, written.get("preview")) {
            file.preview = preview::read(node, written, key, number, &mut key_report);
        }
        read_keys(&mut file, &mut fields, sources, &mut key_report);
        let intended: Vec<Option<&str>> = fields.closest_keys().collect();
        let mut unknown_keys = Report::default();
        fields.finish(|_| None, &mut unknown_keys);
        if let Err(reported) = unknown_keys.result() {
            file.incomplete.fail(reported);
            intended
                .into_iter()
                .for_each(|key| add_unknown_key(&mut file.incomplete, key));
        }
        key_report.merge(unknown_keys);
    }
    if let Err(reported) = key_report.result() {
        file.incomplete.fail(reported);
    }
    if let Err(reported) = document_report.result() {
        file.incomplete = unread(reported);
    }
    report.merge(document_report);
    report.merge(key_report);
    file
}

/// Calls `read`, and records the part when it reports an error.
fn observe<T>(
    incomplete: &mut Incomplete,
    part: Part,
    report: &mut Report,
    read: impl FnOnce(&mut Report) -> T,
) -> T {
    let (value, result) = report.observe(read);
    if result.is_err() {
        incomplete.add(part);
    }
    value
}

fn read_keys(
    file: &mut EnvironmentFile,
    fields: &mut reader::Fields<'_>,
    sources: &Sources,
    report: &mut Report,
) {
    let incomplete = &mut file.incomplete;
    for target in TARGETS {
        for key in target.info().environment_keys {
            if let Some(entry) = fields.entry(key) {
                let key = Spanned::new(*key, entry.key);
                file.target_keys.push((key, target.name()));
            }
        }
    }
    file.target = observe(incomplete, Part::Target, report, |report| {
        let choices = TARGETS.map(|target| (target.name(), target));
        choice(fields, "target", &choices, report)
    });
    file.extends = observe(incomplete, Part::Extends, report, |report| {
        text(fields, "extends", report)
    });
    // Before `default`, which looks like a typo of it.
    file.defaults = fields.optional("defaults", report).cloned();
    if let Some(node) = &file.defaults {
        defaults::check(node, sources, report);
    }
    file.default = flag(fields, "default", report);
    file.project = text(fields, "project", report).filter(|name| is_project(name, report));
    file.identity = text(fields, "identity", report).filter(|name| is_identity(name, report));
    if let Some(node) = fields.optional("secrets", report) {
        (file.secrets, file.secret_store) = secrets(node, report);
    }
    file.namespace = text(fields, "namespace", report).filter(|name| is_namespace(name, report));
    file.generate_namespace = flag(fields, "generateNamespace", report);
    file.pod_security = choice(fields, "podSecurity", &PodSecurity::ALL, report);
    file.provisioners = observe(incomplete, Part::Definitions, report, |report| {
        fields
            .optional("provisioners", report)
            .map(|node| provisioners::read(node, &mut file.builtin_kinds, report))
    });
    file.forbidden_types = fields.optional("forbiddenTypes", report).cloned();
    if let Some(node) = &file.forbidden_types {
        check_forbidden_types(node, report);
    }
    file.rules = fields.optional("rules", report).cloned();
    if let Some(node) = &file.rules {
        read_rules(node, report);
    }
    file.overrides = observe(incomplete, Part::Overrides, report, |report| {
        read_overrides(fields, report)
    });
    file.images = observe(incomplete, Part::Images, report, |report| {
        for_containers(fields.optional("images", report), "`images`", report, image)
    });
    file.builds = observe(incomplete, Part::Images, report, |report| {
        for_containers(fields.optional("builds", report), "`builds`", report, build)
    });
    let publish = fields
        .optional("publish", report)
        .map(|node| reader::list(node, "`publish`", report));
    file.publish = publish
        .into_iter()
        .flatten()
        .filter_map(|item| read_publish(item, sources, report))
        .collect();
    file.patches = read_list(fields, "patches", SelectorPatch::read, report);
    file.patchable = fields.optional("patchable", report).cloned();
    if let Some(node) = &file.patchable {
        Patchable::read(node, known_kinds(), report);
    }
    let schemas = fields
        .optional("schemas", report)
        .map(|node| texts(node, "`schemas`", report));
    file.schemas = schemas.into_iter().flatten().flatten().collect();
    file.policies = read_list(fields, "policies", PolicyProgram::read, report);
    file.exceptions = choice(fields, "exceptions", &Exceptions::ALL, report);
    file.namespace_labels = fields
        .optional("namespaceLabels", report)
        .and_then(|node| labels(node, report));
    file.values = observe(incomplete, Part::Values, report, |report| {
        fields
            .optional("values", report)
            .and_then(|node| mapping(node, "`values`", report))
    });
    file.features = fields.optional("features", report).cloned();
    if let Some(node) = &file.features {
        features::check(node, report);
    }
    file.external_workloads = observe(incomplete, Part::ExternalWorkloads, report, |report| {
        let node = fields.optional("externalWorkloads", report)?;
        external_workloads::read(node, report);
        let keys = external_workloads::namespaces(node);
        file.target_keys.extend(keys.map(|key| {
            let key = Spanned::new("namespace", key);
            (key, "kubernetes")
        }));
        Some(node.clone())
    });
    file.output = text(fields, "output", report)
        .filter(|path| is_in_project(path, report) && has_known_parts(path, report));
}

/// The name is that of directories and a part of derived names.
fn check_name(file: &EnvironmentFile, report: &mut Report) {
    if !is_environment_name(&file.name) {
        let message = format!("`{}` is not a valid environment name", file.name);
        let help = format!("rename the directory to {NAME_RULE}");
        report.push(
            Problem::new(&INVALID_ENVIRONMENT_NAME, message)
                .at(file.start)
                .help(help),
        );
    }
}

/// The rule for names of environments, for help texts.
pub(crate) const NAME_RULE: &str =
    "at most 63 letters, digits, `-`, `_` and `.`; `seed` and `journal` are reserved";

/// Whether this can be the name of an environment. It becomes the name of directories.
pub(crate) fn is_environment_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_plain =
        name.bytes().all(plain) && name.starts_with(|first: char| first.is_ascii_alphanumeric());
    is_plain && name.len() <= 63 && !RESERVED_NAMES.contains(&name)
}

/// One of several words.
fn choice<T: Copy>(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    choices: &[(&'static str, T)],
    report: &mut Report,
) -> Option<Spanned<T>> {
    let what = format!("`{key}`");
    let text = reader::string(fields.optional(key, report)?, &what, report)?;
    reader::choice(&text, &what, choices, report).map(|value| Spanned::new(value, text.span))
}

/// Where secrets are written, and the store of those that only a store has.
fn secrets(
    node: &Node,
    report: &mut Report,
) -> (Option<Spanned<SecretsSetting>>, Option<SecretStore>) {
    let external = Spanned::new(SecretsSetting::External, node.span);
    if node.as_map().is_some() {
        let Some(mut fields) = reader::fields(node, "`secrets`", report) else {
            return (None, None);
        };
        let store = fields.required(SecretsSetting::External.name(), report);
        let store = store.and_then(|node| SecretStore::read(node, report));
        fields.finish(|_| None, report);
        return (Some(external), store);
    }
    let settings = SecretsSetting::ALL.map(|setting| (setting.name(), setting));
    let setting = reader::string(node, "`secrets`", report).and_then(|text| {
        let setting = reader::choice(&text, "`secrets`", &settings, report)?;
        Some(Spanned::new(setting, text.span))
    });
    if setting
        .as_ref()
        .is_some_and(|setting| setting.value == external.value)
    {
        let problem = Problem::new(&MISSING_KEY, "`secrets: external` needs a store");
        let help = "write `secrets: {external: {store: NAME, kind: ClusterSecretStore}}`";
        report.push(problem.at(node.span).help(help));
    }
    (setting, None)
}

/// A string that is not empty.
pub(super) fn non_empty(node: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    let text = reader::string(node, what, report)?;
    if text.value.is_empty() {
        let problem = Problem::new(&EMPTY_VALUE, format!("{what} has no value")).at(text.span);
        report.push(problem.help("write a value here, or remove the key"));
        return None;
    }
    Some(text)
}

/// A mapping of texts.
fn labels(node: &Node, report: &mut Report) -> Option<Node> {
    let entries = reader::named_entries(node, "`namespaceLabels`", report);
    let mut is_complete = node.as_map().is_some();
    for (name, value) in entries {
        let what = format!("the label `{}`", name.value);
        is_complete &= reader::string(value, &what, report).is_some();
    }
    is_complete.then(|| node.clone())
}

fn text(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<Spanned<String>> {
    let node = fields.optional(key, report)?;
    non_empty(node, &format!("`{key}`"), report)
}

/// The strings of a list; `None` for each item that is not one.
fn texts(node: &Node, what: &str, report: &mut Report) -> Vec<Option<Spanned<String>>> {
    let item = format!("an item of {what}");
    reader::list(node, what, report)
        .iter()
        .map(|node| non_empty(node, &item, report))
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

fn is_identity(name: &Spanned<String>, report: &mut Report) -> bool {
    let is_valid = is_environment_name(&name.value);
    fits(
        is_valid,
        name,
        "identity",
        &format!("use {NAME_RULE}"),
        report,
    )
}

fn fits(fits: bool, name: &Spanned<String>, key: &str, rule: &str, report: &mut Report) -> bool {
    let fits = fits || preview::is_open(&name.value);
    if !fits {
        let problem = Problem::new(
            &INVALID_NAME,
            format!("`{}` is not a valid value of `{key}`", name.value),
        );
        report.push(problem.at(name.span).help(rule));
    }
    fits
}

/// A file may name an output only inside the project, other than a flag of the user.
fn is_in_project(path: &Spanned<String>, report: &mut Report) -> bool {
    let inside = is_inside(&normal(Path::new(&path.value)), Path::new(""));
    if !inside {
        report_outside(path, "lies", report);
    }
    inside
}

/// Braces are for what differs between the files of an output.
fn has_known_parts(path: &Spanned<String>, report: &mut Report) -> bool {
    let Some(part) = unknown_part(Path::new(&path.value)) else {
        return true;
    };
    let message = format!("`{part}` stands for nothing in `output`");
    let help = format!("write `{WORKLOAD}` as the last directory, or a name without braces");
    report.push(
        Problem::new(&UNKNOWN_VALUE, message)
            .at(path.span)
            .help(help),
    );
    false
}

/// Reports an output that is outside the project through a symbolic link.
pub(super) fn check_links(file: &EnvironmentFile, host: &dyn Host, report: &mut Report) {
    let output = file.output.as_ref();
    if let Some(path) =
        output.filter(|path| !is_really_inside(Path::new(&path.value), Path::new(""), host))
    {
        report_outside(path, "points by a symbolic link", report);
    }
}

fn report_outside(path: &Spanned<String>, how: &str, report: &mut Report) {
    let problem = Problem::new(
        &OUTSIDE_PROJECT,
        format!("`{}` {how} outside the project", path.value),
    );
    let help = "write a path in the project, or remove it and set one with `--output`";
    report.push(problem.at(path.span).help(help));
}

fn read_overrides(fields: &mut reader::Fields<'_>, report: &mut Report) -> Vec<Override> {
    let list = fields
        .optional("overrides", report)
        .map(|node| reader::list(node, "`overrides`", report));
    list.into_iter()
        .flatten()
        .filter_map(|item| read_override(item, report))
        .collect()
}

fn read_override(item: &Node, report: &mut Report) -> Option<Override> {
    if item.as_map().is_none() {
        return non_empty(item, "an override", report).map(|file| Override {
            workload: None,
            file,
        });
    }
    let mut fields = reader::fields(item, "an override", report)?;
    let workload = fields
        .required("workload", report)
        .and_then(|node| non_empty(node, "`workload`", report));
    let file = fields
        .required("file", report)
        .and_then(|node| non_empty(node, "`file`", report));
    fields.finish(|_| None, report);
    Some(Override {
        workload: Some(workload?),
        file: file?,
    })
}

fn for_containers<T>(
    node: Option<&Node>,
    what: &str,
    report: &mut Report,
    read: impl Fn(&Node, &mut Report) -> Option<T>,
) -> IndexMap<String, ForContainer<T>> {
    let mut map = IndexMap::new();
    for (key, node) in node
        .map(|node| reader::named_entries(node, what, report))
        .unwrap_or_default()
    {
        let value = read(node, report);
        let Some((workload, container)) = parse_key(&key, report) else {
            continue;
        };
        if let Some(value) = value {
            map.insert(
                key.value,
                ForContainer {
                    workload,
                    container,
                    value: Spanned::new(value, node.span),
                },
            );
        }
    }
    map
}

/// Parses `WORKLOAD` or `WORKLOAD.CONTAINER`.
fn parse_key(
    key: &Spanned<String>,
    report: &mut Report,
) -> Option<(Spanned<String>, Option<Spanned<String>>)> {
    let parts: Vec<&str> = key.value.split('.').collect();
    let is_valid = parts.iter().all(|part| is_dns_label(part));
    match parts.as_slice() {
        [_] if is_valid => Some((key.clone(), None)),
        [workload, container] if is_valid => {
            let container = Spanned::new((*container).to_owned(), key.span);
            Some((
                Spanned::new((*workload).to_owned(), key.span),
                Some(container),
            ))
        }
        _ => {
            let problem = Problem::new(
                &INVALID_NAME,
                format!("`{}` does not name a workload or container", key.value),
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
        let problem = Problem::new(&EMPTY_IMAGE, "the image name is empty").at(image.span);
        report.push(problem.help("write an image name, as in `example.com/shop:1.2`"));
        return None;
    }
    Some(image.value)
}

fn build(node: &Node, report: &mut Report) -> Option<Build> {
    match &node.kind {
        Kind::Map(_) => Some(Build::Section(node.clone())),
        Kind::String(..) => non_empty(node, "a build", report).map(Build::Context),
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
    // Without the quotes, so that offsets in the text are offsets in the span.
    let content: Span = scalar_spans::locate_text(sources, item.span, *style, text, 0, text.len());
    let publish = Publish::parse(text, content, report).ok()?;
    Some(Spanned::new((text.clone(), publish), item.span))
}
