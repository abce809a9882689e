//! Why a value of the output is what it is, as the code that knows says it: [`Cause`]. The module
//! `reasons` leads each to places in the input.

use super::places::Step;
use diagnostics::source::Span;
use diagnostics::value::Value;
use yaml::{Kind, Node};

/// What decided a value of the output.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// A value of a workload's document.
    Value {
        /// The index of the workload in the plan.
        workload: usize,
        /// The way to it, after overrides.
        path: Vec<Step>,
    },
    /// A key of a workload's document.
    Key {
        /// The index of the workload in the plan.
        workload: usize,
        /// The way to its value.
        path: Vec<Step>,
    },
    /// The declaration of a resource of the plan.
    Resource(usize),
    /// An output of a resource of the plan.
    Output {
        /// The index of the resource.
        resource: usize,
        /// The way to it.
        path: Vec<Step>,
    },
    /// A place in what a definition gave for a resource.
    Rendered {
        /// The index of the resource in the plan.
        resource: usize,
        /// The section.
        section: &'static str,
        /// The place in the rendered section.
        span: Span,
    },
    /// A key of the environment, or the flag that sets the same.
    Setting(&'static str),
    /// A part of such a key, at a known place.
    Part(&'static str, Span),
    /// A default of the environment, at a known place.
    OfEnvironment {
        /// The index of the workload that it is for.
        workload: usize,
        /// The place.
        span: Span,
    },
    /// What score-rs does whatever is written.
    Default(&'static DefaultRule),
}

/// What score-rs decides itself.
#[derive(Debug, PartialEq, Eq)]
pub struct DefaultRule {
    /// What it does, as a sentence without its full stop.
    pub sentence: &'static str,
    /// The page in `spec/` that says so, with its section.
    pub page: &'static str,
}

/// Declares the closed list of what a target decides itself.
macro_rules! default_rules {
    ($($name:ident: $page:literal, $sentence:literal;)+) => {
        $(pub(crate) static $name: $crate::support::reasons::DefaultRule =
            $crate::support::reasons::DefaultRule { sentence: $sentence, page: $page };)+
        /// Everything that this target decides itself.
        pub(crate) const DEFAULTS: &[&$crate::support::reasons::DefaultRule] = &[$(&$name),+];
    };
}

pub(crate) use default_rules;

/// The steps of a path of keys.
pub fn keys<'k>(path: impl IntoIterator<Item = &'k str>) -> Vec<Step> {
    let keys = path.into_iter();
    keys.map(|key| Step::Key(key.to_owned())).collect()
}

/// The items of a list; none where something else is.
pub fn list(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => &[],
    }
}

/// A step of a path, to be matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'p> {
    K(&'p str),
    I(usize),
}

impl Part<'_> {
    pub(crate) fn step(&self) -> Step {
        match self {
            Part::K(key) => Step::Key((*key).to_owned()),
            Part::I(index) => Step::Index(*index),
        }
    }
}

/// The steps of a path, to be matched.
pub(crate) fn parts(path: &[Step]) -> Vec<Part<'_>> {
    let part = |step| match step {
        &Step::Index(index) => Part::I(index),
        Step::Key(key) => Part::K(key),
    };
    path.iter().map(part).collect()
}

/// The value at a path of a document.
pub fn value_at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.as_list()?.get(*index),
    })
}

/// The value at a path of a tree.
pub fn node_at<'n>(node: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => list(node).get(*index),
    })
}

/// The way to what was written at a place of a tree, and whether that is a key.
pub fn find_place(node: &Node, span: Span) -> Option<(Vec<Step>, bool)> {
    let mut path = Vec::new();
    let is_key = find(node, span, &mut path)?;
    path.reverse();
    Some((path, is_key))
}

/// Adds the steps from the end.
fn find(node: &Node, span: Span, path: &mut Vec<Step>) -> Option<bool> {
    if let Some(entries) = node.as_map() {
        for (key, entry) in entries {
            let found = match entry.key == span {
                true => Some(true),
                false => find(&entry.value, span, path),
            };
            if found.is_some() {
                path.push(Step::Key(key.into()));
                return found;
            }
        }
    }
    for (index, item) in list(node).iter().enumerate() {
        if let Some(found) = find(item, span, path) {
            path.push(Step::Index(index));
            return Some(found);
        }
    }
    (node.span == span).then_some(false)
}

/// A workload of the plan, and the document that it was compiled from.
#[derive(Clone, Copy)]
pub(crate) struct WrittenWorkload<'a> {
    pub(crate) index: usize,
    pub(crate) tree: &'a Node,
}

impl WrittenWorkload<'_> {
    /// The value at a path of the document, where it was written.
    pub(crate) fn value<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Vec<Cause> {
        self.value_at(keys(path))
    }

    /// As [`WrittenWorkload::value`].
    pub(crate) fn value_at(&self, path: Vec<Step>) -> Vec<Cause> {
        let workload = self.index;
        let is_written = node_at(self.tree, &path).is_some();
        let cause = is_written.then_some(Cause::Value { workload, path });
        cause.into_iter().collect()
    }

    /// The key of the value at a path.
    pub(crate) fn key<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Vec<Cause> {
        vec![Cause::Key {
            workload: self.index,
            path: keys(path),
        }]
    }

    /// What was written at a place of the document.
    pub(crate) fn place(&self, span: Span) -> Vec<Cause> {
        let workload = self.index;
        let found = find_place(self.tree, span);
        let cause = found.map(|(path, is_key)| match is_key {
            true => Cause::Key { workload, path },
            false => Cause::Value { workload, path },
        });
        cause.into_iter().collect()
    }

    /// The path of a file or volume in the container, written at a place, and what is mounted there.
    pub(crate) fn mount(&self, target: Span) -> (Vec<Cause>, Vec<Step>) {
        let entry = find_place(self.tree, target);
        let entry = entry.map(|(mut path, is_key)| {
            if !is_key {
                path.pop();
            }
            path
        });
        (self.place(target), entry.unwrap_or_default())
    }

    /// A value of a mount, where it was written.
    pub(crate) fn of_mount(&self, entry: &[Step], keys: &[&str]) -> Vec<Cause> {
        let found = keys.iter().find_map(|key| {
            let path = [entry, &[Step::Key((*key).to_owned())]].concat();
            Some(self.value_at(path)).filter(|causes| !causes.is_empty())
        });
        found.unwrap_or_default()
    }

    /// The default of the environment at a place.
    pub(crate) fn default(&self, span: Option<Span>) -> Vec<Cause> {
        let workload = self.index;
        let default = span.map(|span| Cause::OfEnvironment { workload, span });
        default.into_iter().collect()
    }

    /// Causes, or else the default of the environment at a place.
    pub(crate) fn or_default(&self, causes: Vec<Cause>, span: Option<Span>) -> Vec<Cause> {
        match causes.is_empty() {
            true => self.default(span),
            false => causes,
        }
    }

    /// Causes, and the default of the environment at a place that is not in the document.
    pub(crate) fn with_default(&self, mut causes: Vec<Cause>, span: Option<Span>) -> Vec<Cause> {
        let of_environment = span.filter(|span| self.place(*span).is_empty());
        causes.extend(self.default(of_environment));
        causes
    }

    /// The content of a file. The short form has no key for it.
    pub(crate) fn content(&self, entry: &[Step]) -> Vec<Cause> {
        match self.of_mount(entry, &["content", "source", "binaryContent"]) {
            none if none.is_empty() => self.value_at(entry.to_vec()),
            content => content,
        }
    }
}

/// What score-rs decides, and then what it depends on.
pub(crate) fn decided(rule: &'static DefaultRule, causes: Vec<Cause>) -> Vec<Cause> {
    [vec![Cause::Default(rule)], causes].concat()
}

/// Causes, and then what score-rs does about them.
pub(crate) fn by(mut causes: Vec<Cause>, rule: &'static DefaultRule) -> Vec<Cause> {
    causes.push(Cause::Default(rule));
    causes
}
