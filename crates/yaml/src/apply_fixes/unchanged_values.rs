//! Whether what stands beside the edits is still what it was: a quote, a comment mark or an
//! indentation that an edit brings along can change the values behind it and leave the text as good
//! YAML as before.

use std::collections::BTreeMap;

use crate::{Kind, Node};

/// What an edit replaced and what it wrote there: byte ranges of the old and of the new text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) old: (usize, usize),
    pub(super) new: (usize, usize),
}

/// Keys and values, each at the byte where it begins, with the byte where it ends.
#[derive(Debug, Default)]
struct Scalars<'a>(BTreeMap<usize, (usize, Scalar<'a>)>);

#[derive(Debug, PartialEq)]
enum Scalar<'a> {
    Key(&'a str),
    /// The style is left out: it decides nothing about the value.
    Text(&'a str),
    Other(&'a Kind),
}

/// Whether every key and value that touches no change is the same in both texts, at its place.
/// `changes` are in order.
pub(super) fn is_kept(old: &[Node], new: &[Node], changes: &[Change]) -> bool {
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

/// As [`is_kept`], where the new text may have more.
pub(super) fn stays(old: &[Node], new: &[Node], changes: &[Change]) -> bool {
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
            // Nothing, where nothing was written, has no place of its own.
            Kind::Null if node.span.start == node.span.end => return,
            Kind::String(text, _) => Scalar::Text(text),
            kind => Scalar::Other(kind),
        };
        self.0
            .insert(node.span.start as usize, (node.span.end as usize, scalar));
    }

    fn are_in(&self, others: &Scalars<'_>, changes: &[Change]) -> bool {
        self.0.iter().all(|(start, (end, scalar))| {
            // Changes are in order: the last one that begins before this ends, and all before that
            // one.
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

    /// Whether all is kept when the first `from` of a text becomes `to`.
    fn kept(text: &str, from: &str, to: &str) -> bool {
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
        is_kept(&old, &new, &[change])
    }

    #[test]
    fn what_an_edit_does_not_touch_stays() {
        let text = "a: b c\nd: [e, f]\ng: |\n  h\n  i\n";
        assert!(kept(text, "b", "much longer"));
        assert!(kept(text, "a: b c\n", ""));
        assert!(kept(text, "[e, f]", "{x: y}"));
        assert!(kept(text, "d:", "\"d\":"));
        assert!(kept("a: &x b\nc: *x\n", "b", "d"));
    }

    #[test]
    fn what_an_edit_changes_beside_itself_is_seen() {
        // The text behind it becomes part of a comment, of a string, of a block or of another
        // value.
        assert!(!kept("a: b\nc: d\n", "b\n", "e #"));
        assert!(!kept("a: b\nc: d\ne: 'f'\n", "b", "'"));
        assert!(!kept("a: b\n  c\nd: e\n", "a", "x: |\n a"));
        assert!(!kept("a: [b, c]\nd: 1  # 2\n", "#", ""));
        assert!(!kept("a: b\nc: 1\n", "\nc", "\nc: \"1\"\n#"));
    }
}
