//! What a patch is about to change in an object: the ways to the smallest parts.

use super::merge::{ListMerge, Merge, MergeRules, ObjectKind, identity_of};
use super::path::Path;
use super::writer::{DIRECTIVE, is_deletion};
use crate::support::places::Step;
use crate::support::reasons::value_at;
use diagnostics::source::Span;
use diagnostics::value::Value;
use yaml::{Kind, Node};

/// A way in an object, each step with the place where the patch has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    steps: Vec<(Step, Span)>,
    /// Where the patch says what happens at the end of the way.
    span: Span,
}

impl Change {
    pub(super) fn new(steps: Vec<(Step, Span)>, span: Span) -> Change {
        Change { steps, span }
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.steps.iter().map(|(step, _)| step.clone()).collect()
    }

    /// The way as a path, and its place, up to a step.
    pub(super) fn up_to(&self, length: usize) -> (String, Span) {
        let length = length.min(self.steps.len());
        let steps = self.steps();
        let place = self.steps[..length].last().map_or(self.span, |last| last.1);
        (describe(&steps[..length]), place)
    }
}

/// A way as a path.
pub(super) fn describe(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Index(_) => text.push_str("[*]"),
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&key.replace('.', "\\."));
            }
        }
    }
    text
}

/// What `set` or `delete` changes, whose paths begin at `each`.
pub(super) fn of_path(each: Option<&Path>, path: &Path) -> Change {
    let steps = each.into_iter().chain([path]).flat_map(Path::steps);
    Change::new(steps.collect(), path.span)
}

/// What `merge` changes in an object.
pub(super) fn of_merge(merge: &Merge<'_, '_>, object: &Value, change: &Node) -> Vec<Change> {
    let mut walk = Walk {
        rules: merge.rules,
        kind: merge.kind,
        steps: Vec::new(),
        changes: Vec::new(),
    };
    walk.value(Some(object), change, change.span);
    walk.changes
}

struct Walk<'a> {
    rules: MergeRules,
    kind: ObjectKind<'a>,
    steps: Vec<(Step, Span)>,
    changes: Vec<Change>,
}

impl Walk<'_> {
    fn end(&mut self, span: Span) {
        self.changes.push(Change::new(self.steps.clone(), span));
    }

    fn path(&self) -> Vec<Step> {
        self.steps.iter().map(|(step, _)| step.clone()).collect()
    }

    fn within(&mut self, step: Step, place: Span, walk: impl FnOnce(&mut Self)) {
        self.steps.push((step, place));
        walk(self);
        self.steps.pop();
    }

    fn value(&mut self, value: Option<&Value>, change: &Node, place: Span) {
        let path = self.path();
        let is_replaced =
            value.is_some_and(|value| self.rules.replaces(self.kind, &path, value, change));
        match &change.kind {
            _ if is_deletion(change) || is_replaced => self.end(place),
            Kind::Map(entries) if !entries.is_empty() => {
                for (key, entry) in entries.iter().filter(|(key, _)| *key != DIRECTIVE) {
                    let inside = value.and_then(|value| value.get(key));
                    let step = Step::Key(key.into());
                    self.within(step, entry.key, |walk| {
                        walk.value(inside, &entry.value, entry.key);
                    });
                }
            }
            Kind::List(changes) => self.list(value, changes, place),
            _ => self.end(place),
        }
    }

    fn list(&mut self, value: Option<&Value>, changes: &[Node], place: Span) {
        let rule = (self.rules.list)(self.kind, &self.path());
        let (ListMerge::Keyed(keys), Some(Value::List(items))) = (rule, value) else {
            return self.end(place);
        };
        for change in changes {
            let identity = identity_of(&change.to_value(), rule);
            let item = items
                .iter()
                .find(|item| identity.is_some() && identity_of(item, rule) == identity);
            let fields = change.as_map().filter(|_| !is_deletion(change));
            self.within(Step::Index(0), change.span, |walk| {
                let (Some(item), Some(fields)) = (item, fields) else {
                    return walk.end(change.span);
                };
                // The keys by which items merge only say which item it is.
                let is_key = |key: &str| keys.iter().any(|(known, _)| *known == key);
                for (key, entry) in fields.iter().filter(|(key, _)| !is_key(key)) {
                    walk.within(Step::Key(key.into()), entry.key, |walk| {
                        walk.value(item.get(key), &entry.value, entry.key);
                    });
                }
            });
        }
    }
}

/// The way that JSON pointers lead; a number is an index where the object has a list.
pub(super) fn of_pointer(object: &Value, tokens: &[(String, Span)], span: Span) -> Change {
    let mut steps: Vec<Step> = Vec::new();
    for (token, _) in tokens {
        let is_list = matches!(value_at(object, &steps), Some(Value::List(_)));
        steps.push(match token.parse() {
            Ok(index) if is_list => Step::Index(index),
            _ if is_list => Step::Index(usize::MAX),
            _ => Step::Key(token.clone()),
        });
    }
    let places = tokens.iter().map(|(_, place)| *place);
    Change::new(steps.into_iter().zip(places).collect(), span)
}
