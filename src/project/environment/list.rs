//! Lists of an environment whose items are sources or inline settings.

use super::base::Base;
use super::decode::non_empty;
use super::file::ListEntry;
use super::source::{Purpose, SourceRef};
use diagnostics::report::Report;
use yaml::{Kind, Node, reader};

/// An item of the list of an environment that is merged with those that it extends.
pub enum ListItem<'a, T> {
    /// A source.
    Source(SourceRef),
    /// What is written instead, and what it is read from.
    Inline(&'a T, &'a Node),
}

impl<T> ListEntry<T> {
    /// With paths that are relative to the directory of the environment.
    pub(super) fn item(&self, purpose: Purpose, base: &Base) -> ListItem<'_, T> {
        match self {
            ListEntry::Source(text) => ListItem::Source(SourceRef::written(text, purpose, base)),
            ListEntry::Inline(inline, node) => ListItem::Inline(inline, node),
        }
    }
}

/// Reads a list. What is no text is given to `read`.
pub(super) fn read_list<T>(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    read: impl Fn(&Node, &mut Report) -> Option<T>,
    report: &mut Report,
) -> Vec<ListEntry<T>> {
    let what = format!("`{key}`");
    let list = fields.optional(key, report);
    let items = list.map(|node| reader::list(node, &what, report));
    let entry = |node: &Node| match node.kind {
        Kind::Map(_) => {
            let inline = read(node, report)?;
            Some(ListEntry::Inline(Box::new(inline), node.clone()))
        }
        _ => non_empty(node, &format!("an item of {what}"), report).map(ListEntry::Source),
    };
    items.into_iter().flatten().filter_map(entry).collect()
}

/// The sources of a list.
pub fn sources<'a, T: 'a>(list: &[ListItem<'a, T>]) -> Vec<SourceRef> {
    let sources = list.iter().filter_map(|item| match item {
        ListItem::Source(source) => Some(source.clone()),
        ListItem::Inline(..) => None,
    });
    sources.collect()
}
