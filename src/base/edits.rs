//! Mending texts: the edits of problems, applied together where they do not get into each other's way.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostics::{Diagnostic, Edit, Report};
use super::text::{SourceId, Sources, Span};
use super::yaml;

/// How many problems are tried one by one when all at once make a text worse.
const MOST_TRIED: usize = 200;

/// What becomes of texts.
#[derive(Debug, Default)]
pub struct Mended {
    /// The new text of each source that changes.
    pub texts: BTreeMap<SourceId, String>,
    /// How many problems are mended by that.
    pub problems: usize,
}

/// Applies the edits of these problems to YAML texts, all edits of a problem or none. Of two that change the same place
/// the first counts, and no text is made that is less YAML than before. `may` says which sources may change.
pub fn mend(sources: &Sources, diagnostics: &[&Diagnostic], may: impl Fn(SourceId) -> bool) -> Mended {
    let mut taken: BTreeSet<Span> = BTreeSet::new();
    let mut chosen: Vec<&[Edit]> = Vec::new();
    for diagnostic in diagnostics {
        let edits = diagnostic.edits();
        let fits = |edit: &Edit| may(edit.span.source) && fits(sources, edit.span) && is_free(&taken, edit.span);
        if !edits.is_empty() && edits.iter().all(fits) && !collide(edits) {
            taken.extend(edits.iter().map(|edit| edit.span));
            chosen.push(edits);
        }
    }
    let texts = apply(sources, &chosen);
    if !texts.iter().any(|(source, text)| is_worse(sources, *source, text)) {
        return Mended { texts, problems: chosen.len() };
    }
    one_by_one(sources, &chosen)
}

fn one_by_one(sources: &Sources, chosen: &[&[Edit]]) -> Mended {
    let mut kept: Vec<&[Edit]> = Vec::new();
    for edits in chosen.iter().take(MOST_TRIED) {
        kept.push(edits);
        let texts = apply(sources, &kept);
        if edits.iter().any(|edit| {
            let text = texts.get(&edit.span.source);
            text.is_some_and(|text| is_worse(sources, edit.span.source, text))
        }) {
            kept.pop();
        }
    }
    Mended { texts: apply(sources, &kept), problems: kept.len() }
}

/// Whether a range is one of whole characters of its text.
fn fits(sources: &Sources, span: Span) -> bool {
    sources.text(span.source).get(span.start as usize..span.end as usize).is_some()
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
    spans.windows(2).any(|pair| pair[0].source == pair[1].source && (pair[0].end > pair[1].start || pair[0] == pair[1]))
}

/// The texts with these edits, which do not overlap.
fn apply(sources: &Sources, chosen: &[&[Edit]]) -> BTreeMap<SourceId, String> {
    let mut edits: Vec<&Edit> = chosen.iter().flat_map(|edits| edits.iter()).collect();
    edits.sort_unstable();
    let mut texts: BTreeMap<SourceId, (String, usize)> = BTreeMap::new();
    for edit in edits {
        let text = sources.text(edit.span.source);
        let (out, done) = texts.entry(edit.span.source).or_default();
        out.push_str(text.get(*done..edit.span.start as usize).unwrap_or_default());
        out.push_str(&edit.text);
        *done = edit.span.end as usize;
    }
    let rest = |(source, (mut out, done)): (SourceId, (String, usize))| {
        out.push_str(sources.text(source).get(done..).unwrap_or_default());
        (source, out)
    };
    texts.into_iter().map(rest).filter(|(source, text)| sources.text(*source) != text).collect()
}

/// Whether a text has more that is no YAML than the source it comes from.
fn is_worse(sources: &Sources, source: SourceId, text: &str) -> bool {
    let errors = |text: &str| {
        let mut own = Sources::default();
        let id = own.add("", text);
        let mut report = Report::default();
        let documents = yaml::parse(&own, id, &mut report).len();
        (report.in_order().len(), documents)
    };
    let (old, new) = (errors(sources.text(source)), errors(text));
    new.0 > old.0 || new.0 == old.0 && new.1 != old.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::Problem;

    /// What becomes of a text when each item is a problem with edits of places, given as texts that stand there.
    fn mended(text: &str, problems: &[&[(&str, &str)]]) -> (String, usize) {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = Report::default();
        for (number, edits) in problems.iter().enumerate() {
            let mut problem = Problem::new("some-name", format!("{number}"));
            for (old, new) in *edits {
                let start = text.find(old).unwrap();
                problem = problem.edit(Span::new(id, start, start + old.len()), *new);
            }
            report.warning(problem);
        }
        let mut mended = mend(&sources, &report.in_order(), |_| true);
        (mended.texts.remove(&id).unwrap_or_else(|| text.to_owned()), mended.problems)
    }

    #[test]
    fn edits_are_made_together_or_not_at_all() {
        let text = "abc: d\nefg: h\n";
        assert_eq!(mended(text, &[&[("abc", "x")], &[("efg", "yy")]]), ("x: d\nyy: h\n".to_owned(), 2));
        assert_eq!(mended(text, &[&[("abc", "x")], &[("efg", "y"), ("bc", "z")]]), ("x: d\nefg: h\n".to_owned(), 1));
        assert_eq!(mended(text, &[&[("d", "\"d"), ("h", "i")]]), (text.to_owned(), 0));
        assert_eq!(mended(text, &[&[("d", "\"d")], &[("h", "i")]]), ("abc: d\nefg: i\n".to_owned(), 1));
        assert_eq!(mended(text, &[&[("abc", "x"), ("ab", "y")]]), (text.to_owned(), 0));
    }

    #[test]
    fn nothing_changes_where_nothing_may() {
        let mut sources = Sources::default();
        let id = sources.add("t", "a: b");
        let mut report = Report::default();
        report.warning(Problem::new("some-name", "x").edit(Span::new(id, 0, 1), "c"));
        report.warning(Problem::new("some-name", "y").edit(Span::new(id, 3, 9), "c"));
        assert!(mend(&sources, &report.in_order(), |_| false).texts.is_empty());
        assert_eq!(mend(&sources, &report.in_order(), |_| true).texts[&id], "c: b");
    }
}
