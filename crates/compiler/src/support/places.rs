//! Where the values of a document come from.

use std::collections::BTreeMap;

use diagnostics::ordered_map::Key;
use diagnostics::source::Span;
use diagnostics::value::Value;
use yaml::{Entry, Kind, Node};

/// A part of a path in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A key of a mapping.
    Key(String),
    /// An index of a list.
    Index(usize),
}

/// The places of the values in a document. A place counts for its value and all that is inside it,
/// but for the parts that have a place of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Places {
    here: Option<Span>,
    /// Where the key of the value is written, if it has one.
    key: Option<Span>,
    /// Where something that was in the value is removed, which the value as a whole is to blame for.
    removal: Option<Span>,
    inside: BTreeMap<Step, Places>,
}

impl Places {
    /// Whether no place is known.
    pub fn is_empty(&self) -> bool {
        *self == Places::default()
    }

    /// Records where the value at `path` comes from, with all that is inside it.
    pub fn set(&mut self, path: &[Step], span: Span) {
        *self.at_mut(path) = Places {
            here: Some(span),
            ..Places::default()
        };
    }

    /// As [`Places::set`], for a tree that was written there, with the places of all its parts.
    /// `key` is where its key is written.
    pub fn set_tree(&mut self, path: &[Step], key: Option<Span>, node: &Node) {
        *self.at_mut(path) = Places::of(node, key);
    }

    /// The places of a tree. `key` is where its key is written.
    pub fn of(node: &Node, key: Option<Span>) -> Places {
        let inside = match &node.kind {
            Kind::Map(entries) => {
                let entries = entries.iter();
                let places = |entry: &Entry| Places::of(&entry.value, Some(entry.key));
                entries
                    .map(|(key, entry)| (Step::Key(key.into()), places(entry)))
                    .collect()
            }
            Kind::List(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(index, item)| (Step::Index(index), Places::of(item, None)))
                    .collect()
            }
            _ => BTreeMap::new(),
        };
        Places {
            here: Some(node.span),
            key,
            removal: None,
            inside,
        }
    }

    /// Forgets the value at `path`, which is removed by what is at `span`.
    pub fn remove(&mut self, path: &[Step], span: Span) {
        let Some((last, parent)) = path.split_last() else {
            return;
        };
        match last {
            Step::Index(index) => self.remove_item(parent, *index),
            step => {
                self.at_mut(parent).inside.remove(step);
            }
        }
        self.at_mut(parent).removal = Some(span);
    }

    /// Makes room for an item that is inserted into a list.
    pub fn insert_item(&mut self, list: &[Step], index: usize) {
        let places = self.at_mut(list);
        let inside = std::mem::take(&mut places.inside).into_iter();
        places.inside = inside
            .map(|(step, places)| match step {
                Step::Index(other) if other >= index => (Step::Index(other + 1), places),
                step => (step, places),
            })
            .collect();
    }

    /// Moves the places of a list with its items when the item at `index` is removed.
    pub fn remove_item(&mut self, list: &[Step], index: usize) {
        let places = self.at_mut(list);
        let inside = std::mem::take(&mut places.inside).into_iter();
        let others = inside.filter(|(step, _)| *step != Step::Index(index));
        places.inside = others
            .map(|(step, places)| match step {
                Step::Index(other) if other > index => (Step::Index(other - 1), places),
                step => (step, places),
            })
            .collect();
    }

    /// The place that counts for the value at `path`.
    pub fn find(&self, path: &[Step]) -> Option<Span> {
        let deeper = path.split_first().and_then(|(step, rest)| {
            let places = self.inside.get(step)?;
            places.find(rest)
        });
        deeper.or(self.here)
    }

    /// The document as a tree with these places; `default` is the place of what has none.
    pub fn tree(&self, value: &Value, default: Span) -> Node {
        let span = self.here.unwrap_or(default);
        let whole = self.removal.unwrap_or(span);
        if self.inside.is_empty() {
            let tree = Node::from_value(value, span);
            return Node {
                span: whole,
                ..tree
            };
        }
        let nothing = Places::default();
        let inside = |step: Step| self.inside.get(&step).unwrap_or(&nothing);
        let kind = match value {
            Value::List(items) => {
                let items = items.iter().enumerate();
                let trees = items.map(|(index, item)| inside(Step::Index(index)).tree(item, span));
                Kind::List(trees.collect())
            }
            Value::Map(map) => {
                let entry = |(key, value): (&Key, &Value)| {
                    let places = inside(Step::Key(key.into()));
                    let entry = Entry {
                        key: places.key.or(places.here).unwrap_or(span),
                        value: places.tree(value, span),
                    };
                    (key.clone(), entry)
                };
                Kind::Map(map.iter().map(entry).collect())
            }
            scalar => return Node::from_value(scalar, span),
        };
        Node { span: whole, kind }
    }

    fn at_mut(&mut self, path: &[Step]) -> &mut Places {
        path.iter().fold(self, |places, step| {
            places.inside.entry(step.clone()).or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    fn key(key: &str) -> Step {
        Step::Key(key.to_owned())
    }

    #[test]
    fn the_nearest_place_counts() {
        let mut sources = Sources::default();
        let source = sources.add("p.yaml", "abcdef");
        let [a, b, c] = [0, 1, 2].map(|start| Span::new(source, start, start + 1));
        let mut places = Places::default();
        assert!(places.is_empty());
        places.set(&[key("spec")], a);
        places.set(&[key("spec"), key("list"), Step::Index(0)], b);
        places.set(&[key("spec"), key("list"), Step::Index(1)], c);
        let item = |index| [key("spec"), key("list"), Step::Index(index), key("name")];
        assert_eq!(places.find(&item(1)), Some(c));
        assert_eq!(places.find(&item(2)), Some(a));
        assert_eq!(places.find(&[key("kind")]), None);

        places.remove_item(&[key("spec"), key("list")], 0);
        assert_eq!(places.find(&item(0)), Some(c));
        assert_eq!(places.find(&item(1)), Some(a));

        let item = Value::Map(
            [("name".to_owned(), Value::from("x"))]
                .into_iter()
                .collect(),
        );
        let list = Value::Map(
            [("list".to_owned(), Value::List(vec![item]))]
                .into_iter()
                .collect(),
        );
        let value = Value::Map([("spec".to_owned(), list)].into_iter().collect());
        let tree = places.tree(&value, b);
        assert_eq!(tree.to_value(), value);
        assert_eq!(tree.span, b);
        let list = tree.get("spec").and_then(|spec| spec.get("list"));
        assert_eq!(list.map(|list| list.span), Some(a));
        let Some(Kind::List(items)) = list.map(|list| &list.kind) else {
            panic!("not a list: {list:?}");
        };
        assert_eq!(items[0].span, c);

        places.set(&[key("spec")], b);
        assert_eq!(
            places.find(&[key("spec"), key("list"), Step::Index(0)]),
            Some(b)
        );
    }

    #[test]
    fn a_tree_comes_back_with_its_places() {
        let mut sources = Sources::default();
        let source = sources.add("p.yaml", "a:\n- b: 1\n  c: two\nd: {}\n");
        let tree = yaml::parse(&sources, source, &mut Report::default()).remove(0);
        let mut places = Places::of(&tree, None);
        let rebuilt = places.tree(&tree.to_value(), Span::new(source, 0, 0));
        let entry = |tree: &Node, key: &str| tree.as_map().and_then(|map| map.get(key).cloned());
        assert_eq!(entry(&rebuilt, "d"), entry(&tree, "d"));
        assert_eq!(places.tree(&tree.to_value(), tree.span).span, tree.span);

        let elsewhere = Span::new(source, 0, 1);
        places.set(&[key("a"), Step::Index(0), key("b")], elsewhere);
        let rebuilt = places.tree(&tree.to_value(), tree.span);
        let Some(Kind::List(items)) = rebuilt.get("a").map(|list| &list.kind) else {
            panic!("not a list: {rebuilt:?}");
        };
        let changed = entry(&items[0], "b").map(|entry| [entry.key, entry.value.span]);
        assert_eq!(changed, Some([elsewhere; 2]));
        let other = entry(&items[0], "c").map(|entry| sources.slice(entry.key).to_owned());
        assert_eq!(other.as_deref(), Some("c"));
    }
}
