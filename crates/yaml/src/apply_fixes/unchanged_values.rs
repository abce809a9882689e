//! Whether edits leave the keys and values beside them as they were.
//!
//! A quote, a `#` or an indentation in an edit can change the values behind it although the text
//! stays valid YAML.

use std::collections::BTreeMap;

use crate::{Kind, Node};

/// The range that an edit replaced in the old text, and the range of its text in the new one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) old: (usize, usize),
    pub(super) new: (usize, usize),
}

/// Keys and scalar values by the byte where they begin, with the byte where they end.
#[derive(Debug, Default)]
struct Scalars<'a>(BTreeMap<usize, (usize, Scalar<'a>)>);

#[derive(Debug, PartialEq)]
enum Scalar<'a> {
    Key(&'a str),
    /// Without the style, which is no part of the value.
    Text(&'a str),
    Other(&'a Kind),
}

/// Whether the keys and values that touch no change are the same in both texts. `changes` are in
/// order.
pub(super) fn are_unchanged(old: &[Node], new: &[Node], changes: &[Change]) -> bool {
    let (old, new) = (Scalars::of(old), Scalars::of(new));
    let back: Vec<Change> = changes
        .iter()
        .map(|change| Change {
            old: change.new,
            new: change.old,
        })
        .collect();
    old.are_in(&new, changes) && new.are_in(&old, &back)
}

/// As [`are_unchanged`], where the new text may have more keys and values.
pub(super) fn are_preserved(old: &[Node], new: &[Node], changes: &[Change]) -> bool {
    Scalars::of(old).are_in(&Scalars::of(new), changes)
}

impl<'a> Scalars<'a> {
    fn of(documents: &'a [Node]) -> Scalars<'a> {
        let mut scalars = Scalars::default();
        documents.iter().for_each(|document| scalars.add(document));
        scalars
    }

    fn add(&mut self, node: &'a Node) {
        let scalar = match &node.kind {
            Kind::Map(entries) => {
                for (name, entry) in entries {
                    self.0.insert(
                        entry.key.start as usize,
                        (entry.key.end as usize, Scalar::Key(name)),
                    );
                    self.add(&entry.value);
                }
                return;
            }
            Kind::List(items) => return items.iter().for_each(|item| self.add(item)),
            // A value that is not written has no place.
            Kind::Null if node.span.start == node.span.end => return,
            Kind::String(text, _) => Scalar::Text(text),
            kind => Scalar::Other(kind),
        };
        self.0
            .insert(node.span.start as usize, (node.span.end as usize, scalar));
    }

    fn are_in(&self, others: &Scalars<'_>, changes: &[Change]) -> bool {
        self.0.iter().all(|(start, (end, scalar))| {
            // The last change that begins before this ends decides how far this has moved.
            let before = changes.partition_point(|change| change.old.0 <= *end);
            let Some(change) = before.checked_sub(1).and_then(|last| changes.get(last)) else {
                return others
                    .0
                    .get(start)
                    .is_some_and(|(_, other)| other == scalar);
            };
            if change.old.1 >= *start {
                return true;
            }
            let there = change.new.1 + (start - change.old.1);
            others
                .0
                .get(&there)
                .is_some_and(|(_, other)| other == scalar)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    /// Whether all else is unchanged when the first `from` of a text becomes `to`.
    fn is_unchanged(text: &str, from: &str, to: &str) -> bool {
        let start = text.find(from).unwrap();
        let changed = text.replacen(from, to, 1);
        let change = Change {
            old: (start, start + from.len()),
            new: (start, start + to.len()),
        };
        let mut sources = Sources::default();
        let (old, new) = (sources.add("old", text), sources.add("new", changed));
        let mut report = Report::default();
        let (old, new) = (
            parse(&sources, old, &mut report),
            parse(&sources, new, &mut report),
        );
        are_unchanged(&old, &new, &[change])
    }

    #[test]
    fn an_edit_may_change_what_it_touches() {
        let text = "a: b c\nd: [e, f]\ng: |\n  h\n  i\n";
        assert!(is_unchanged(text, "b", "much longer"));
        assert!(is_unchanged(text, "a: b c\n", ""));
        assert!(is_unchanged(text, "[e, f]", "{x: y}"));
        assert!(is_unchanged(text, "d:", "\"d\":"));
        assert!(is_unchanged("a: &x b\nc: *x\n", "b", "d"));
    }

    #[test]
    fn an_edit_that_changes_a_value_beside_it_is_found() {
        // The text behind it becomes part of a comment, of a string, of a block or of another
        // value.
        assert!(!is_unchanged("a: b\nc: d\n", "b\n", "e #"));
        assert!(!is_unchanged("a: b\nc: d\ne: 'f'\n", "b", "'"));
        assert!(!is_unchanged("a: b\n  c\nd: e\n", "a", "x: |\n a"));
        assert!(!is_unchanged("a: [b, c]\nd: 1  # 2\n", "#", ""));
        assert!(!is_unchanged("a: b\nc: 1\n", "\nc", "\nc: \"1\"\n#"));
    }
}
