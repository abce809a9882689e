//! The list `provisioners` of an environment.

use super::TARGETS;
use super::decode::non_empty;
use super::source::BUILTIN;
use compiler::rules::INVALID_NAME;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use diagnostics::suggestions::{list_names, suggestion};
use yaml::{Kind, Node, reader};

/// Reads the sources of the list; `None` for each that is wrong. `kinds` gets the types of the
/// built-in definitions, unless all are listed.
pub(super) fn read(
    node: &Node,
    kinds: &mut Option<Spanned<Vec<String>>>,
    report: &mut Report,
) -> Vec<Option<Spanned<String>>> {
    let items = reader::list(node, "`provisioners`", report);
    let mut has_all = false;
    let mut sources = Vec::new();
    for item in items {
        let source = match item.kind {
            Kind::Map(_) => builtin_kinds(item, report).map(|found| {
                let known = kinds.get_or_insert_with(|| Spanned::new(Vec::new(), found.span));
                known.value.extend(found.value);
                Spanned::new(BUILTIN.to_owned(), item.span)
            }),
            _ => non_empty(item, "an item of `provisioners`", report),
        };
        let is_builtin = source
            .as_ref()
            .is_some_and(|source| source.value == BUILTIN);
        has_all |= is_builtin && item.as_map().is_none();
        sources.push(source);
    }
    if has_all {
        *kinds = None;
    }
    sources
}

/// Reads `builtin: [TYPE, ..]`.
fn builtin_kinds(item: &Node, report: &mut Report) -> Option<Spanned<Vec<String>>> {
    let mut fields = reader::fields(item, "an item of `provisioners`", report)?;
    let list = fields.required(BUILTIN, report);
    fields.finish(|_| None, report);
    let list = list?;
    let items = reader::list(list, "`builtin`", report);
    let kinds = items.iter().filter_map(|item| {
        let kind = non_empty(item, "a type of `builtin`", report)?;
        check_kind(&kind, report);
        Some(kind.value)
    });
    Some(Spanned::new(kinds.collect(), list.span))
}

/// Reports a type that no target has a definition for.
fn check_kind(kind: &Spanned<String>, report: &mut Report) {
    let known = || {
        let mut kinds: Vec<&str> = TARGETS
            .iter()
            .flat_map(|target| target.info().builtins.iter().map(|(kind, _)| *kind))
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    if !known().contains(&kind.value.as_str()) {
        let message = format!("there is no built-in definition of type `{}`", kind.value);
        let help = suggestion(&kind.value, known(), || {
            format!("use one of {}", list_names(known()))
        });
        let problem = Problem::new(&INVALID_NAME, message).at(kind.span);
        report.push(problem.help(help));
    }
}
