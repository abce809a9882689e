//! Applies the edits of diagnostics to YAML texts.
//!
//! Edits that conflict are left out, and so are those that would make a text worse YAML or change
//! a key or value that they do not touch. Nothing is written to disk.

mod unchanged_values;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use self::unchanged_values::{Change, are_preserved, are_unchanged};

use diagnostics::report::{Diagnostic, Edit, Report};
use diagnostics::source::{SourceId, Sources, Span};

/// How many problems are tried one by one when all of them together make a text worse.
const MAX_TRIED: usize = 200;

/// The result of applying edits.
#[derive(Debug, Default)]
pub struct AppliedFixes {
    /// The new text of each source that changes.
    pub texts: BTreeMap<SourceId, String>,
    /// How many problems that fixes.
    pub problems: usize,
}

/// Applies the edits of these diagnostics: all edits of a diagnostic, or none. Of two that edit the
/// same place the first wins. `may_change` says which sources may change.
pub fn apply_fixes(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    may_change: impl Fn(SourceId) -> bool,
) -> AppliedFixes {
    let mut edited: BTreeSet<Span> = BTreeSet::new();
    let mut fixes: Vec<&[Edit]> = Vec::new();
    for diagnostic in diagnostics {
        let edits = diagnostic.edits();
        let is_applicable = |edit: &Edit| {
            may_change(edit.span.source)
                && is_text_range(sources, edit.span)
                && is_free(&edited, edit.span)
        };
        if !edits.is_empty() && edits.iter().all(is_applicable) && !overlap(edits) {
            edited.extend(edits.iter().map(|edit| edit.span));
            fixes.push(edits);
        }
    }
    apply_harmless(sources, fixes)
}

/// As [`apply_fixes`], for lists of edits that have no place in common.
pub fn apply_edits(sources: &Sources, fixes: &[Vec<Edit>]) -> AppliedFixes {
    apply_harmless(sources, fixes.iter().map(Vec::as_slice).collect())
}

fn apply_harmless(sources: &Sources, mut fixes: Vec<&[Edit]>) -> AppliedFixes {
    let texts = apply(sources, &fixes);
    if texts
        .iter()
        .any(|(source, edited)| is_worse(sources, *source, edited))
    {
        fixes = harmless(sources, &fixes);
    }
    AppliedFixes {
        problems: fixes.len(),
        texts: apply(sources, &fixes)
            .into_iter()
            .map(|(source, edited)| (source, edited.text))
            .collect(),
    }
}

/// The fixes that make no text worse, tried one after the other.
fn harmless<'a>(sources: &Sources, fixes: &[&'a [Edit]]) -> Vec<&'a [Edit]> {
    let mut harmless: Vec<&[Edit]> = Vec::new();
    for edits in fixes.iter().take(MAX_TRIED) {
        harmless.push(edits);
        let texts = apply(sources, &harmless);
        if edits.iter().any(|edit| {
            let edited = texts.get(&edit.span.source);
            edited.is_some_and(|edited| is_worse(sources, edit.span.source, edited))
        }) {
            harmless.pop();
        }
    }
    harmless
}

/// Whether a range is in its text, and of whole characters.
fn is_text_range(sources: &Sources, span: Span) -> bool {
    sources
        .text(span.source)
        .get(span.start as usize..span.end as usize)
        .is_some()
}

/// Whether a range touches none of the `edited` ones, which do not touch each other.
fn is_free(edited: &BTreeSet<Span>, span: Span) -> bool {
    let before = edited.range(..=span).next_back();
    let after = edited.range(span..).next();
    let mut neighbours = before.into_iter().chain(after);
    !neighbours.any(|neighbour| neighbour.touches(span))
}

/// Whether edits of one problem overlap. They may touch.
fn overlap(edits: &[Edit]) -> bool {
    let mut spans: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
    spans.sort_unstable();
    spans.windows(2).any(|pair| {
        pair[0].source == pair[1].source && (pair[0].end > pair[1].start || pair[0] == pair[1])
    })
}

/// A text with its edits applied.
#[derive(Debug, Default)]
struct EditedText {
    text: String,
    changes: Vec<Change>,
}

/// The texts that these edits change. The edits do not overlap.
fn apply(sources: &Sources, fixes: &[&[Edit]]) -> BTreeMap<SourceId, EditedText> {
    let mut edits: Vec<&Edit> = fixes.iter().flat_map(|edits| edits.iter()).collect();
    edits.sort_unstable();
    let mut texts: BTreeMap<SourceId, EditedText> = BTreeMap::new();
    for edit in edits {
        let old = (edit.span.start as usize, edit.span.end as usize);
        let EditedText { text, changes } = texts.entry(edit.span.source).or_default();
        let copied = changes.last().map_or(0, |change| change.old.1);
        text.push_str(
            sources
                .text(edit.span.source)
                .get(copied..old.0)
                .unwrap_or_default(),
        );
        let start = text.len();
        text.push_str(&edit.text);
        changes.push(Change {
            old,
            new: (start, text.len()),
        });
    }
    for (source, EditedText { text, changes }) in &mut texts {
        let copied = changes.last().map_or(0, |change| change.old.1);
        text.push_str(sources.text(*source).get(copied..).unwrap_or_default());
    }
    texts.retain(|source, edited| sources.text(*source) != edited.text);
    texts
}

/// Whether an edited text has more errors than its source, or other keys and values beside the
/// edits.
fn is_worse(sources: &Sources, source: SourceId, edited: &EditedText) -> bool {
    let parse = |text: &str| {
        let mut sources = Sources::default();
        let id = sources.add("", text);
        let mut report = Report::default();
        let documents = crate::parse(&sources, id, &mut report);
        (report.in_order().len(), documents)
    };
    let (old_errors, old) = parse(sources.text(source));
    let (new_errors, new) = parse(&edited.text);
    match new_errors.cmp(&old_errors) {
        Ordering::Greater => true,
        // A fixed error no longer hides what follows it.
        Ordering::Less => !are_preserved(&old, &new, &edited.changes),
        Ordering::Equal => old.len() != new.len() || !are_unchanged(&old, &new, &edited.changes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Problem;

    /// A text with fixes applied, and how many problems that fixes. Each problem is a list of
    /// edits: the text to replace, and the new one.
    fn fixed(text: &str, problems: &[&[(&str, &str)]]) -> (String, usize) {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = Report::default();
        for (number, edits) in problems.iter().enumerate() {
            let mut problem = Problem::new(&crate::rules::WRONG_TYPE, format!("{number}"));
            for (old, new) in *edits {
                let start = text.find(old).unwrap();
                problem = problem.edit(Span::new(id, start, start + old.len()), *new);
            }
            report.push(problem);
        }
        let mut applied = apply_fixes(&sources, &report.in_order(), |_| true);
        (
            applied.texts.remove(&id).unwrap_or_else(|| text.to_owned()),
            applied.problems,
        )
    }

    #[test]
    fn edits_are_applied_together_or_not_at_all() {
        let text = "abc: d\nefg: h\n";
        assert_eq!(
            fixed(text, &[&[("abc", "x")], &[("efg", "yy")]]),
            ("x: d\nyy: h\n".to_owned(), 2)
        );
        assert_eq!(
            fixed(text, &[&[("abc", "x")], &[("efg", "y"), ("bc", "z")]]),
            ("x: d\nefg: h\n".to_owned(), 1)
        );
        assert_eq!(
            fixed(text, &[&[("d", "\"d"), ("h", "i")]]),
            (text.to_owned(), 0)
        );
        assert_eq!(
            fixed(text, &[&[("d", "\"d")], &[("h", "i")]]),
            ("abc: d\nefg: i\n".to_owned(), 1)
        );
        assert_eq!(
            fixed(text, &[&[("abc", "x"), ("ab", "y")]]),
            (text.to_owned(), 0)
        );
    }

    #[test]
    fn edits_that_change_other_values_are_left_out() {
        let text = "abc: d\nefg: h  # 1\n";
        assert_eq!(
            fixed(text, &[&[("d", "'d'")], &[("#", "")]]),
            ("abc: 'd'\nefg: h  # 1\n".to_owned(), 1)
        );
        assert_eq!(fixed(text, &[&[("d\n", "x #")]]), (text.to_owned(), 0));
    }

    #[test]
    fn only_allowed_sources_and_valid_ranges_are_edited() {
        let mut sources = Sources::default();
        let id = sources.add("t", "a: b");
        let mut report = Report::default();
        report.push(Problem::new(&crate::rules::WRONG_TYPE, "x").edit(Span::new(id, 0, 1), "c"));
        report.push(Problem::new(&crate::rules::WRONG_TYPE, "y").edit(Span::new(id, 3, 9), "c"));
        assert!(
            apply_fixes(&sources, &report.in_order(), |_| false)
                .texts
                .is_empty()
        );
        assert_eq!(
            apply_fixes(&sources, &report.in_order(), |_| true).texts[&id],
            "c: b"
        );
    }
}
