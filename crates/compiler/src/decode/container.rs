//! `containers.NAME`.

use super::compose_k8s_hints;
use super::files::read_files;
use super::image::check_image;
use super::probe::read_probe;
use super::process_text::process_text;
use super::resource_limits::read_compute;
use super::volumes::read_volumes;
use crate::model::{Before, Container, Ready, Variable, is_name};
use crate::placeholder::{self, Text, suggestions};
use crate::rules::EMPTY_IMAGE;
use crate::rules::INVALID_NAME;
use diagnostics::report::{Edit, Problem, Report, Severity};
use diagnostics::source::{Sources, Span, Spanned, floor_char_boundary};
use yaml::reader::KeyAdvice;
use yaml::rules::EMPTY_VALUE;
use yaml::rules::UNKNOWN_VALUE;
use yaml::{Kind, Node, edit, reader};

pub(super) fn read_container(
    sources: &Sources,
    name: Spanned<String>,
    node: &Node,
    report: &mut Report,
) -> Option<Container> {
    let what = format!("the container `{}`", name.value);
    let mut fields =
        reader::fields_or_short_form(sources, Some(name.span), node, &what, "image", report)?;
    let image = read_image(sources, &mut fields, report);
    let texts = |key: &'static str, fields: &mut reader::Fields<'_>, report: &mut Report| {
        fields
            .section(key, report)
            .map(|node| read_texts(sources, node, key, report))
            .unwrap_or_default()
    };
    let command = texts("command", &mut fields, report);
    let args = texts("args", &mut fields, report);
    let variables = fields
        .section("variables", report)
        .map(|node| read_variables(sources, node, report));
    let (key, files) = (fields.key("files"), fields.section("files", report));
    let files = files.map(|node| read_files(sources, key, node, report));
    let (key, volumes) = (fields.key("volumes"), fields.section("volumes", report));
    let volumes = volumes.map(|node| read_volumes(sources, key, node, report));
    let before = fields
        .section("before", report)
        .map(|node| read_before(sources, node, report));
    let compute = fields
        .section("resources", report)
        .map(|node| read_compute(sources, node, report));
    let liveness = fields.section("livenessProbe", report);
    let liveness = liveness.and_then(|node| read_probe(sources, node, "`livenessProbe`", report));
    let readiness = fields.section("readinessProbe", report);
    let readiness =
        readiness.and_then(|node| read_probe(sources, node, "`readinessProbe`", report));
    let advice = |key: &str| {
        let advice = compose_k8s_hints::in_container(key)?;
        // Renaming the key alone would change what a `$` of another tool means.
        let is_alias = advice.is_alias && node.get(key).is_none_or(has_our_dollars);
        Some(KeyAdvice { is_alias, ..advice })
    };
    fields.finish(advice, report);
    Some(Container {
        name,
        image: image.unwrap_or_else(|| Text::plain("", node.span)),
        build: None,
        command,
        args,
        variables: variables.unwrap_or_default(),
        files: files.unwrap_or_default(),
        volumes: volumes.unwrap_or_default(),
        before: before.unwrap_or_default(),
        compute: compute.unwrap_or_default(),
        liveness,
        readiness,
    })
}

/// The image. A missing one is the most common mistake, so it has its own message.
fn read_image(
    sources: &Sources,
    fields: &mut reader::Fields<'_>,
    report: &mut Report,
) -> Option<Text> {
    let entry = fields.entry("image");
    let empty = |node: &Node| node.is_null() || node.as_str() == Some("");
    match entry {
        Some(entry) if empty(&entry.value) => {
            let message = "`image` is empty, which counts as `image: .`";
            let problem = Problem::new(&EMPTY_IMAGE, message).at(entry.key);
            let help = "write an image name, or write `image: .` and set it with `--image`";
            report.push_as(Severity::Warning, problem.help(help));
            Some(Text::plain(".", entry.key))
        }
        Some(entry) if matches!(entry.value.kind, Kind::List(_) | Kind::Map(_)) => {
            let help = "write it as one string, as in `image: example.com/shop:1`";
            reader::wrong_type_with(&entry.value, "`image`", "a string", help, report);
            None
        }
        Some(entry) => {
            process_text(&entry.value, "`image`", report)?;
            check_image(&entry.value, report);
            Some(placeholder::text(
                sources,
                &entry.value,
                placeholder::Mode::Strict,
                report,
            ))
        }
        None => {
            // It is reported together with unknown keys, one of which may be a misspelling of it.
            fields.required_as("image", "IMAGE", report);
            None
        }
    }
}

fn read_texts(sources: &Sources, node: &Node, key: &str, report: &mut Report) -> Vec<Text> {
    if let Kind::String(line, _) = &node.kind {
        match dashes_help(sources.slice(node.span)) {
            Some(help) => reader::wrong_type_with(
                node,
                &format!("`{key}`"),
                "a list of strings",
                help,
                report,
            ),
            None => reader::line_for_words(node, &format!("`{key}`"), line, report),
        }
        return Vec::new();
    }
    let items = reader::list(node, &format!("`{key}`"), report);
    let what = format!("an item of `{key}`");
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        if process_text(item, &what, report).is_some() {
            texts.push(placeholder::text(
                sources,
                item,
                placeholder::Mode::Shell,
                report,
            ));
        }
    }
    texts
}

/// What to do about lines that look like items of a list: an editor has made a longer dash of it,
/// or there is no space after it.
fn dashes_help(written: &str) -> Option<&'static str> {
    let mut lines = written.lines().map(str::trim);
    if written.starts_with(['\u{2013}', '\u{2014}', '\u{2022}']) {
        return Some("begin each item with `- `, a plain dash and a space");
    }
    let is_block = written.starts_with(['|', '>']);
    if is_block && lines.by_ref().skip(1).all(|line| line.starts_with("- ")) {
        return Some("remove the sign before the first line: it joins all lines into one string");
    }
    let dashes = !is_block && written.contains('\n') && lines.all(|line| line.starts_with('-'));
    dashes.then_some("put a space after the dash of each item, as in `- ITEM`")
}

fn read_variables(sources: &Sources, node: &Node, report: &mut Report) -> Vec<Variable> {
    let Kind::Map(entries) = &node.kind else {
        let as_list = matches!(node.kind, Kind::List(_));
        let help = if as_list {
            "write each as `NAME: VALUE`, without a dash"
        } else {
            "write `NAME: VALUE` below it"
        };
        let problem = reader::type_problem(node, "`variables`", "a mapping").help(help);
        report.push(problem.with_edits(variables_of_list(sources, node)));
        return Vec::new();
    };
    let mut variables = Vec::with_capacity(entries.len());
    for (key, entry) in entries {
        let name = Spanned::new(key.into(), entry.key);
        if key.is_empty() || key.contains(['=', '\0']) {
            let problem = Problem::new(
                &INVALID_NAME,
                format!("`{key}` is not a valid variable name"),
            );
            report.push(
                problem
                    .at(entry.key)
                    .help("write a name that is not empty and has no `=`"),
            );
            continue;
        }
        suggestions::warn_of_name(key, entry.key, report);
        if entry.value.is_null() {
            let problem = Problem::new(&EMPTY_VALUE, format!("the variable `{key}` has no value"))
                .at(entry.key);
            let help = match comment_after(sources, entry.key) {
                Some(comment) => {
                    format!(
                        "put it in quotes, as in `\"{comment}\"`: a `#` after a space begins a comment"
                    )
                }
                None => "write `\"\"` for an empty value, or remove the variable".to_owned(),
            };
            report.push(problem.help(help));
            continue;
        }
        if process_text(&entry.value, &format!("the variable `{key}`"), report).is_some() {
            let value =
                placeholder::text(sources, &entry.value, placeholder::Mode::Variable, report);
            variables.push(Variable { name, value });
        }
    }
    variables
}

/// The comment that stands where the value of a key is expected, and was meant as one: `#` and a
/// word.
fn comment_after(sources: &Sources, key: Span) -> Option<&str> {
    let rest = sources.text(key.source).get(key.end as usize..)?;
    // A line may be very long.
    let rest = rest[..floor_char_boundary(rest, 200)].lines().next()?;
    let rest = rest
        .trim_start_matches(['"', '\''])
        .strip_prefix(':')?
        .trim();
    let word = rest.strip_prefix('#')?;
    let is_word = !word.is_empty() && !word.contains([' ', '"', '#']);
    is_word.then_some(rest)
}

/// The variables of a list as another tool has it.
fn variables_of_list(sources: &Sources, node: &Node) -> Option<Vec<Edit>> {
    let list = matches!(node.kind, Kind::List(_)) && has_our_dollars(node);
    list.then(|| edit::list_to_variables(sources, node))?
}

/// Whether every `$` in the texts of a value begins a placeholder of ours. Another one may be one
/// of another tool, and would be a text here.
fn has_our_dollars(node: &Node) -> bool {
    let is_ours = |rest: &str| rest.starts_with("{resources.") || rest.starts_with("{metadata.");
    match &node.kind {
        Kind::String(text, _) => text.split('$').skip(1).all(is_ours),
        Kind::List(items) => items.iter().all(has_our_dollars),
        Kind::Map(entries) => entries.values().all(|entry| has_our_dollars(&entry.value)),
        _ => true,
    }
}

fn read_before(sources: &Sources, node: &Node, report: &mut Report) -> Vec<Before> {
    let mut list = Vec::new();
    if let Kind::List(items) = &node.kind {
        let name = items
            .first()
            .and_then(Node::as_str)
            .filter(|name| is_name(name));
        let help = format!(
            "write `{}: {{ready: started}}` below it, not as a list",
            name.unwrap_or("NAME")
        );
        reader::wrong_type_with(node, "`before`", "a mapping", &help, report);
        return list;
    }
    if let Some(name) = node.as_str().filter(|name| is_name(name)) {
        let help = format!("write it one line below, as `{name}: {{ready: started}}`");
        reader::wrong_type_with(node, "`before`", "a mapping", &help, report);
        return list;
    }
    for (container, node) in reader::named_entries(node, "`before`", report) {
        let what = format!("`before.{}`", container.value);
        let key = Some(container.span);
        let Some(mut fields) =
            reader::fields_or_short_form(sources, key, node, &what, "ready", report)
        else {
            continue;
        };
        let ready = fields
            .required_as("ready", "started", report)
            .and_then(|node| read_ready(node, report));
        fields.finish(compose_k8s_hints::in_before, report);
        if let Some(ready) = ready {
            list.push(Before {
                container,
                ready,
                span: node.span,
            });
        }
    }
    list
}

fn read_ready(node: &Node, report: &mut Report) -> Option<Ready> {
    if let Some((word, ready)) = node
        .as_str()
        .and_then(|word| Some((word, compose_k8s_hints::ready(word)?)))
    {
        let problem =
            Problem::new(&UNKNOWN_VALUE, format!("`ready` cannot be `{word}`")).at(node.span);
        // A container that is `ready` may be healthy or only started.
        let better = Some(ready).filter(|_| word != "ready");
        report.push(
            problem
                .help(format!("write `{ready}`"))
                .suggest_replacement(node.span, word, better),
        );
        return None;
    }
    let choices = [
        ("started", Ready::Started),
        ("healthy", Ready::Healthy),
        ("complete", Ready::Complete),
    ];
    reader::word(node, "`ready`", &choices, report)
}
