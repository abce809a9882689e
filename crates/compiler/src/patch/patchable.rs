//! `patchable` of an environment: what the patches of workloads may change.

#[cfg(test)]
mod tests;

use super::path::Path;
use crate::support::places::Step;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{suggestion, unambiguous_typo};
use yaml::rules::UNKNOWN_VALUE;
use yaml::{Kind, Node, reader};

/// The keys that say what an object is. They change only with the object as a whole.
const IDENTITY: [&str; 2] = ["apiVersion", "kind"];

/// Shorter names of custom kinds may well differ from a known one by a letter.
const LEAST_LENGTH: usize = 6;

/// The kinds of objects that patches of workloads may change, and their fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Patchable {
    kinds: Vec<(String, Span, Fields)>,
}

/// The fields of a kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fields {
    All,
    These(Vec<(String, Path)>),
}

impl Patchable {
    /// Reads `patchable`: for each kind `true`, `false` or a list of paths. `known` has the kinds that
    /// are not custom ones.
    pub fn read<'k>(
        node: &Node,
        known: impl Iterator<Item = &'k str> + Clone,
        report: &mut Report,
    ) -> Patchable {
        let entries = reader::named_entries(node, "`patchable`", report).into_iter();
        let kinds = entries.filter_map(|(kind, node)| {
            check_kind(&kind, known.clone(), report);
            let fields = read_fields(node, report)?;
            Some((kind.value, kind.span, fields))
        });
        Patchable {
            kinds: kinds.collect(),
        }
    }

    /// The kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().map(|(kind, ..)| kind.as_str())
    }

    pub(super) fn fields(&self, kind: &str) -> Option<(Span, &Fields)> {
        let found = self.kinds.iter().find(|(known, ..)| known == kind);
        found.map(|(_, span, fields)| (*span, fields))
    }
}

/// Reports a kind that is surely misspelled, or that neither target can have: custom kinds begin with a
/// capital letter.
fn check_kind<'k>(
    kind: &Spanned<String>,
    known: impl Iterator<Item = &'k str> + Clone,
    report: &mut Report,
) {
    let name = kind.value.as_str();
    if known.clone().any(|known| known == name) {
        return;
    }
    let typo_of = unambiguous_typo(name, known.clone());
    let is_typo = name.len() >= LEAST_LENGTH && typo_of.is_some();
    if name.starts_with(|first: char| first.is_ascii_uppercase()) && !is_typo {
        return;
    }
    let help = suggestion(name, known, || {
        "write a kind as in the objects, such as `Deployment`, or `service` on Compose".to_owned()
    });
    let problem = Problem::new(&UNKNOWN_VALUE, format!("there is no kind `{name}`"));
    report.push(
        problem
            .at(kind.span)
            .help(help)
            .suggest_replacement(kind.span, name, typo_of),
    );
}

fn read_fields(node: &Node, report: &mut Report) -> Option<Fields> {
    match &node.kind {
        Kind::Bool(true) => Some(Fields::All),
        Kind::Bool(false) => None,
        Kind::List(items) => {
            let items = items.iter();
            let paths = items.filter_map(|item| {
                let text = reader::string(item, "a field", report)?;
                let path = Path::read(&text.value, text.span, report)?.of_all_items(report)?;
                Some((text.value, path))
            });
            Some(Fields::These(paths.collect()))
        }
        _ => {
            let help = "write `true` for all fields, or a list of paths such as `spec.replicas`";
            let expected = "`true`, `false` or a list of paths";
            reader::wrong_type_with(node, "what is patchable of a kind", expected, help, report);
            None
        }
    }
}

impl Fields {
    pub(super) fn paths(&self) -> impl Iterator<Item = &(String, Path)> {
        match self {
            Fields::All => [].iter(),
            Fields::These(paths) => paths.iter(),
        }
    }

    /// How many steps of a way are inside what some field has, where the way leaves all fields;
    /// `None` when a field has it. `has_identity` where objects say their kinds themselves.
    pub(super) fn way_out(&self, steps: &[Step], has_identity: bool) -> Option<usize> {
        if matches!(self, Fields::All) {
            let is_identity = match steps.first() {
                None => true,
                Some(Step::Key(key)) => IDENTITY.contains(&key.as_str()),
                Some(Step::Index(_)) => false,
            };
            return (has_identity && is_identity).then_some(0);
        }
        let length = |path: &Path| path.common_length(steps);
        if self.paths().any(|(_, path)| length(path) == path.len()) {
            return None;
        }
        let longest = self.paths().map(|(_, path)| length(path)).max();
        Some(longest.unwrap_or_default())
    }
}
