//! Mending texts: the edits of problems, applied together where they do not get into each other's
//! way.

mod unchanged_values;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use self::unchanged_values::{Change, is_kept, stays};

use diagnostics::report::{Diagnostic, Edit, Report};
use diagnostics::source::{SourceId, Sources, Span};

/// How many problems are tried one by one when all at once make a text worse.
const MOST_TRIED: usize = 200;

/// What becomes of texts.
#[derive(Debug, Default)]
pub struct AppliedFixes {
    /// The new text of each source that changes.
    pub texts: BTreeMap<SourceId, String>,
    /// How many problems are mended by that.
    pub problems: usize,
}

/// Applies the edits of these problems to YAML texts, all edits of a problem or none. Of two that
/// change the same place the first counts, and no text is made that is less YAML than before or
/// changes a key or value that no edit touches. `may` says which sources may change.
pub fn mend(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    may: impl Fn(SourceId) -> bool,
) -> AppliedFixes {
    let mut taken: BTreeSet<Span> = BTreeSet::new();
    let mut chosen: Vec<&[Edit]> = Vec::new();
    for diagnostic in diagnostics {
        let edits = diagnostic.edits();
        let fits = |edit: &Edit| {
            may(edit.span.source) && fits(sources, edit.span) && is_free(&taken, edit.span)
        };
        if !edits.is_empty() && edits.iter().all(fits) && !collide(edits) {
            taken.extend(edits.iter().map(|edit| edit.span));
            chosen.push(edits);
        }
    }
    let texts = apply(sources, &chosen);
    if !texts
        .iter()
        .any(|(source, new)| is_worse(sources, *source, new))
    {
        return AppliedFixes {
            texts: plain(texts),
            problems: chosen.len(),
        };
    }
    one_by_one(sources, &chosen)
}

fn one_by_one(sources: &Sources, chosen: &[&[Edit]]) -> AppliedFixes {
    let mut kept: Vec<&[Edit]> = Vec::new();
    for edits in chosen.iter().take(MOST_TRIED) {
        kept.push(edits);
        let texts = apply(sources, &kept);
        if edits.iter().any(|edit| {
            let new = texts.get(&edit.span.source);
            new.is_some_and(|new| is_worse(sources, edit.span.source, new))
        }) {
            kept.pop();
        }
    }
    AppliedFixes {
        texts: plain(apply(sources, &kept)),
        problems: kept.len(),
    }
}

fn plain(texts: BTreeMap<SourceId, New>) -> BTreeMap<SourceId, String> {
    texts
        .into_iter()
        .map(|(source, new)| (source, new.text))
        .collect()
}

/// Whether a range is one of whole characters of its text.
fn fits(sources: &Sources, span: Span) -> bool {
    sources
        .text(span.source)
        .get(span.start as usize..span.end as usize)
        .is_some()
}

/// Whether a range touches none of those that are taken, which do not touch each other.
fn is_free(taken: &BTreeSet<Span>, span: Span) -> bool {
    let before = taken.range(..=span).next_back();
    let after = taken.range(span..).next();
    !before.into_iter().chain(after).any(|own| own.touches(span))
}

/// Whether the edits of one problem get into each other's way. They may touch, but not overlap.
fn collide(edits: &[Edit]) -> bool {
    let mut spans: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
    spans.sort_unstable();
    spans.windows(2).any(|pair| {
        pair[0].source == pair[1].source && (pair[0].end > pair[1].start || pair[0] == pair[1])
    })
}

/// A text with edits made in it.
#[derive(Debug, Default)]
struct New {
    text: String,
    changes: Vec<Change>,
}

/// The texts with these edits, which do not overlap.
fn apply(sources: &Sources, chosen: &[&[Edit]]) -> BTreeMap<SourceId, New> {
    let mut edits: Vec<&Edit> = chosen.iter().flat_map(|edits| edits.iter()).collect();
    edits.sort_unstable();
    let mut texts: BTreeMap<SourceId, New> = BTreeMap::new();
    for edit in edits {
        let old = (edit.span.start as usize, edit.span.end as usize);
        let New { text, changes } = texts.entry(edit.span.source).or_default();
        let done = changes.last().map_or(0, |change| change.old.1);
        text.push_str(
            sources
                .text(edit.span.source)
                .get(done..old.0)
                .unwrap_or_default(),
        );
        let start = text.len();
        text.push_str(&edit.text);
        changes.push(Change {
            old,
            new: (start, text.len()),
        });
    }
    for (source, New { text, changes }) in &mut texts {
        let done = changes.last().map_or(0, |change| change.old.1);
        text.push_str(sources.text(*source).get(done..).unwrap_or_default());
    }
    texts.retain(|source, new| sources.text(*source) != new.text);
    texts
}

/// Whether a text has more that is no YAML than the source it comes from, or not the same beside
/// the changes.
fn is_worse(sources: &Sources, source: SourceId, new: &New) -> bool {
    let read = |text: &str| {
        let mut own = Sources::default();
        let id = own.add("", text);
        let mut report = Report::default();
        let documents = crate::parse(&own, id, &mut report);
        (report.in_order().len(), documents)
    };
    let ((old_errors, old), (new_errors, documents)) =
        (read(sources.text(source)), read(&new.text));
    match new_errors.cmp(&old_errors) {
        Ordering::Greater => true,
        // What an error hid comes to light, and what was there stays.
        Ordering::Less => !stays(&old, &documents, &new.changes),
        Ordering::Equal => old.len() != documents.len() || !is_kept(&old, &documents, &new.changes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Problem;

    /// What becomes of a text when each item is a problem with edits of places, given as texts that
    /// stand there.
    fn mended(text: &str, problems: &[&[(&str, &str)]]) -> (String, usize) {
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
        let mut mended = mend(&sources, &report.in_order(), |_| true);
        (
            mended.texts.remove(&id).unwrap_or_else(|| text.to_owned()),
            mended.problems,
        )
    }

    #[test]
    fn edits_are_made_together_or_not_at_all() {
        let text = "abc: d\nefg: h\n";
        assert_eq!(
            mended(text, &[&[("abc", "x")], &[("efg", "yy")]]),
            ("x: d\nyy: h\n".to_owned(), 2)
        );
        assert_eq!(
            mended(text, &[&[("abc", "x")], &[("efg", "y"), ("bc", "z")]]),
            ("x: d\nefg: h\n".to_owned(), 1)
        );
        assert_eq!(
            mended(text, &[&[("d", "\"d"), ("h", "i")]]),
            (text.to_owned(), 0)
        );
        assert_eq!(
            mended(text, &[&[("d", "\"d")], &[("h", "i")]]),
            ("abc: d\nefg: i\n".to_owned(), 1)
        );
        assert_eq!(
            mended(text, &[&[("abc", "x"), ("ab", "y")]]),
            (text.to_owned(), 0)
        );
    }

    #[test]
    fn what_is_beside_the_edits_stays() {
        let text = "abc: d\nefg: h  # 1\n";
        assert_eq!(
            mended(text, &[&[("d", "'d'")], &[("#", "")]]),
            ("abc: 'd'\nefg: h  # 1\n".to_owned(), 1)
        );
        assert_eq!(mended(text, &[&[("d\n", "x #")]]), (text.to_owned(), 0));
    }

    #[test]
    fn nothing_changes_where_nothing_may() {
        let mut sources = Sources::default();
        let id = sources.add("t", "a: b");
        let mut report = Report::default();
        report.push(Problem::new(&crate::rules::WRONG_TYPE, "x").edit(Span::new(id, 0, 1), "c"));
        report.push(Problem::new(&crate::rules::WRONG_TYPE, "y").edit(Span::new(id, 3, 9), "c"));
        assert!(
            mend(&sources, &report.in_order(), |_| false)
                .texts
                .is_empty()
        );
        assert_eq!(
            mend(&sources, &report.in_order(), |_| true).texts[&id],
            "c: b"
        );
    }
}
