//! Compares what a test expects with what is there: a part is enough.

use compiler::placeholder::resolve::find_secret;
use compiler::support::glob::fits;
use diagnostics::source::Span;
use diagnostics::suggestions::suggestion;
use diagnostics::value::Value;
use yaml::{Entries, Kind, Node};

/// How much of a value a message shows.
const SHOWN: usize = 60;

/// What the comparison found.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) mismatches: Vec<Mismatch>,
    /// The places of what is there as expected.
    pub(super) asserted: Vec<Span>,
}

/// A difference.
#[derive(Debug, Clone)]
pub(super) struct Mismatch {
    /// The place in the test file.
    pub(super) expected: Span,
    /// The place of what is there instead.
    pub(super) actual: Option<Span>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Compares parts.
pub(super) struct Comparer<'a> {
    /// What random functions gave.
    pub(super) drawn: &'a [(String, String)],
}

impl Comparer<'_> {
    /// Compares a value with what is at the same path.
    pub(super) fn compare(
        &self,
        path: &str,
        expected: &Node,
        actual: Option<&Node>,
        found: &mut Comparison,
    ) {
        if let Some((matcher, node)) = matcher(expected)
            && actual.is_none_or(|actual| actual.as_map().is_none() || matcher == "absent")
        {
            return self.check(matcher, node, path, actual, found);
        }
        let Some(actual) = actual else {
            return found.differ(expected.span, None, format!("there is no `{path}`"));
        };
        match (&expected.kind, &actual.kind) {
            (Kind::Map(expected), Kind::Map(actual)) => {
                self.compare_entries(path, expected, actual, found);
            }
            (Kind::List(expected), Kind::List(actual)) => {
                self.compare_items(path, expected, actual, found);
            }
            _ if expected.to_value() == actual.to_value() => found.asserted.push(actual.span),
            _ => {
                let (is, not) = (show(&actual.to_value()), show(&expected.to_value()));
                let message = format!("`{path}` is {is}, not {not}");
                found.differ(expected.span, Some(actual.span), message);
            }
        }
    }

    fn compare_entries(
        &self,
        path: &str,
        expected: &Entries,
        actual: &Entries,
        found: &mut Comparison,
    ) {
        for (key, entry) in expected {
            let path = format!("{path}.{key}");
            let there = match key.contains('*') {
                true => actual
                    .iter()
                    .find(|(name, _)| fits(key, name))
                    .map(|(_, entry)| entry),
                false => actual.get(key),
            };
            found.asserted.extend(there.map(|entry| entry.key));
            let value = there.map(|entry| &entry.value);
            let before = found.mismatches.len();
            self.compare(&path, &entry.value, value, found);
            if there.is_none()
                && let Some(mismatch) = found.mismatches.get_mut(before)
            {
                let keys = actual.keys();
                let names: Vec<&str> = keys.clone().collect();
                let help = suggestion(key, keys, || format!("there is: {}", names.join(", ")));
                mismatch.expected = entry.key;
                mismatch.help = Some(help);
            }
        }
    }

    /// The expected items are there in this order, possibly with others between them.
    fn compare_items(
        &self,
        path: &str,
        expected: &[Node],
        actual: &[Node],
        found: &mut Comparison,
    ) {
        let mut next = 0;
        for item in expected {
            let trials = actual.iter().enumerate().skip(next);
            let trials = trials.map(|(index, candidate)| {
                let mut trial = Comparison::default();
                self.compare(
                    &format!("{path}[{index}]"),
                    item,
                    Some(candidate),
                    &mut trial,
                );
                (index, trial)
            });
            let closest = trials.min_by_key(|(_, trial)| trial.distance());
            match closest {
                Some((index, trial)) if trial.mismatches.is_empty() => {
                    next = index + 1;
                    found.asserted.extend(trial.asserted);
                }
                Some((index, trial)) if item.as_map().is_some() && !trial.asserted.is_empty() => {
                    next = index + 1;
                    found.mismatches.extend(trial.mismatches);
                }
                _ => {
                    let message = format!("no item of `{path}` is {}", show(&item.to_value()));
                    let there = actual.first().map(|first| first.span);
                    found.differ(item.span, there, message);
                    if let Some(mismatch) = found.mismatches.last_mut() {
                        let items: Vec<Value> = actual.iter().map(Node::to_value).collect();
                        mismatch.help = Some(format!("there is: {}", show(&Value::List(items))));
                    }
                }
            }
        }
    }

    /// Compares objects, each with the one of its kind and name, in any order.
    pub(super) fn compare_objects(
        &self,
        path: &str,
        expected: &Node,
        actual: &[Node],
        found: &mut Comparison,
    ) {
        let Kind::List(items) = &expected.kind else {
            return;
        };
        for item in items {
            self.compare_object(path, item, actual, found);
        }
    }

    fn compare_object(&self, path: &str, item: &Node, actual: &[Node], found: &mut Comparison) {
        let mut part = item.clone();
        let absent = part.as_map_mut().and_then(|map| map.shift_remove("absent"));
        let identity = |node: &Node| {
            let name = node
                .get("metadata")
                .and_then(|metadata| metadata.get("name"));
            let texts = [node.get("apiVersion"), node.get("kind"), name];
            // A name that is compared by a matcher is not one to find the object by.
            texts.map(|text| text.and_then(Node::as_str).map(str::to_owned))
        };
        let wanted = identity(item);
        let trials = actual.iter().enumerate().map(|(index, object)| {
            let own = identity(object);
            let is_same = wanted.iter().zip(&own);
            let is_same = is_same
                .into_iter()
                .all(|(one, other)| one.is_none() || one == other);
            let mut trial = Comparison::default();
            self.compare(&format!("{path}[{index}]"), &part, Some(object), &mut trial);
            (is_same, object, trial)
        });
        let closest = trials
            .filter(|(is_same, _, _)| *is_same)
            .min_by_key(|(_, _, trial)| trial.distance());
        let shown = wanted[1..].iter().flatten().cloned().collect::<Vec<_>>();
        let shown = shown.join("/");
        match (closest, absent) {
            (Some((_, object, trial)), Some(_)) if trial.mismatches.is_empty() => {
                let message = format!("`{path}` has an object `{shown}` that must be absent");
                found.differ(item.first_key(), Some(object.first_key()), message);
            }
            (_, Some(_)) => {}
            (Some((_, _, trial)), None) => {
                found.mismatches.extend(trial.mismatches);
                found.asserted.extend(trial.asserted);
            }
            (None, None) => {
                let message = format!("`{path}` has no object `{shown}`");
                found.differ(item.first_key(), None, message);
                let names = actual.iter().map(|object| {
                    let own = identity(object);
                    own[1..]
                        .iter()
                        .flatten()
                        .cloned()
                        .collect::<Vec<_>>()
                        .join("/")
                });
                let names = names.collect::<Vec<_>>().join(", ");
                if let Some(mismatch) = found.mismatches.last_mut() {
                    mismatch.help = Some(format!("there is: {names}"));
                }
            }
        }
    }

    /// Checks a value with `absent`, `secret` or `contains`.
    fn check(
        &self,
        matcher: &'static str,
        node: &Node,
        path: &str,
        actual: Option<&Node>,
        found: &mut Comparison,
    ) {
        let text = actual.map(|actual| actual.to_value().to_text());
        let (Some(actual), Some(text)) = (actual, &text) else {
            if matcher != "absent" {
                found.differ(node.span, None, format!("there is no `{path}`"));
            }
            return;
        };
        let fails = match matcher {
            "absent" => Some(format!("`{path}` is there: {}", show(&actual.to_value()))),
            "secret" => (!self.is_secret(text))
                .then(|| format!("`{path}` is not secret: {}", show(&actual.to_value()))),
            _ => {
                let part = node.to_value().to_text();
                let message = || {
                    let (is, not) = (show(&actual.to_value()), show(&part.as_str().into()));
                    format!("`{path}` is {is}, which does not contain {not}")
                };
                (!text.contains(&part)).then(message)
            }
        };
        match fails {
            Some(message) => found.differ(node.span, Some(actual.span), message),
            None => found.asserted.push(actual.span),
        }
    }

    /// Whether a text has a reference to a Secret or a random value.
    fn is_secret(&self, text: &str) -> bool {
        let mut drawn = self.drawn.iter();
        find_secret(text).is_some()
            || drawn.any(|(_, value)| !value.is_empty() && text.contains(value.as_str()))
    }
}

impl Comparison {
    fn differ(&mut self, expected: Span, actual: Option<Span>, message: String) {
        self.mismatches.push(Mismatch {
            expected,
            actual,
            message,
            help: None,
        });
    }

    /// How far away the closest of several is: fewer mismatches, then more that is as expected.
    fn distance(&self) -> (usize, std::cmp::Reverse<usize>) {
        (
            self.mismatches.len(),
            std::cmp::Reverse(self.asserted.len()),
        )
    }
}

/// The matcher that stands in the place of a value: a mapping with only its key.
fn matcher(node: &Node) -> Option<(&'static str, &Node)> {
    let entries = node.as_map().filter(|entries| entries.len() == 1)?;
    let (key, entry) = entries.iter().next()?;
    let is_set = entry.value.kind == Kind::Bool(true);
    match key.as_str() {
        "absent" if is_set => Some(("absent", &entry.value)),
        "secret" if is_set => Some(("secret", &entry.value)),
        "contains" => Some(("contains", &entry.value)),
        _ => None,
    }
}

/// A value in one line.
fn show(value: &Value) -> String {
    let text = value.to_json();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}..`", &text[..end]),
        None => format!("`{text}`"),
    }
}
