//! What `files` and `volumes` have in common: entries by the path in the container.

use super::name_rules;
use super::process_text::no_nul;
use super::string::string;
use crate::rules::DEPRECATED_SYNTAX;
use crate::rules::INVALID_MOUNT_PATH;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use yaml::rules::WRONG_TYPE;
use yaml::{Kind, Node, edit, reader};

/// The entries of `files` and `volumes`: a mapping by target, or, as older versions of Score had
/// it, a list of mappings with a `target` each. The deprecated form is reported at its `key`,
/// where a comment that allows it is expected.
pub(super) fn read_targets<'node>(
    sources: &Sources,
    key: Option<Span>,
    node: &'node Node,
    what: &str,
    report: &mut Report,
) -> Vec<(Spanned<String>, &'node Node, bool)> {
    let Kind::List(items) = &node.kind else {
        let entries = reader::named_entries(node, what, report);
        return entries
            .into_iter()
            .map(|(target, node)| (target, node, false))
            .collect();
    };
    // A list that is not of the deprecated form is only reported for its missing keys.
    if items.iter().all(|item| item.get("target").is_some()) {
        let problem = Problem::new(
            &DEPRECATED_SYNTAX,
            format!("{what} as a list is deprecated"),
        );
        let problem = problem
            .at(key.unwrap_or(node.span))
            .help("write a mapping instead, with each `target` as a key");
        report.push(problem.with_edits(edit::list_to_mapping(sources, node, "target")));
    }
    let mut targets = Vec::new();
    for item in items {
        match item.get("target") {
            Some(target) => {
                if let Some(target) = string(target, "`target`", report) {
                    targets.push((target, item, true));
                }
            }
            None => {
                let message = format!(
                    "{what} must be a mapping with paths as keys, this is an item of a list"
                );
                let problem = Problem::new(&WRONG_TYPE, message).at(item.span);
                report.push(problem.help(mapping_by_path(item)));
            }
        }
    }
    targets
}

/// What an item of a list should be: Compose writes `SOURCE:PATH`.
fn mapping_by_path(item: &Node) -> String {
    let parts: Vec<&str> = item.as_str().unwrap_or_default().split(':').collect();
    match parts.as_slice() {
        [source, path, ..] if path.starts_with('/') => {
            let name = resource_name(source);
            format!(
                "declare a resource of `type: volume`, here `{name}`, and write `{path}: {{source: \"${{resources.{name}}}\"}}`"
            )
        }
        _ => "write the path in the container as a key, without a dash, and the rest below it"
            .to_owned(),
    }
}

/// A name for the resource that stands for a volume of Compose, which may be a path of the host.
fn resource_name(source: &str) -> String {
    let last = source
        .rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    name_rules::suggest(last).unwrap_or_else(|| "data".to_owned())
}

pub(super) fn check_target(target: &Spanned<String>, report: &mut Report) {
    let path = &target.value;
    if !no_nul(target, "a path in the container", report) {
        return;
    }
    if path.starts_with('/') && path.len() > 1 && !path.split('/').any(|part| part == "..") {
        return;
    }
    let problem = Problem::new(
        &INVALID_MOUNT_PATH,
        format!("`{path}` is not an absolute path in the container"),
    );
    report.push(
        problem
            .at(target.span)
            .help("write a path that begins with `/` and has no `..`"),
    );
}
