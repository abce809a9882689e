//! Compares an object with a pattern of Kyverno.
//!
//! A pattern is a part of the object. Keys may be anchors: `(key)` is a condition, `<(key)` one where
//! it is there, `=(key)` has to fit where it is there, `X(key)` must not be there, and `^(key)` has
//! to fit one item. Of several items in a list of a pattern only the first counts, as in Kyverno.

use super::scalars;
use crate::support::glob;
use crate::support::places::Step;
use diagnostics::source::Span;
use diagnostics::value::Value;
use yaml::{Entries, Kind, Node};

/// A field that does not fit.
#[derive(Debug, Clone)]
pub(in super::super) struct Mismatch {
    /// The way to it.
    pub(in super::super) path: Vec<Step>,
    /// The part of the pattern.
    pub(in super::super) asked: Span,
}

/// What came of a comparison.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Everything that does not fit; nothing when it fits.
    Compared(Vec<Mismatch>),
    /// A condition does not hold: the nearest item of a list, or else the rule, is not for this.
    Skipped,
}

impl Outcome {
    fn holds(&self) -> bool {
        matches!(self, Outcome::Compared(mismatches) if mismatches.is_empty())
    }
}

/// Compares a value with a pattern.
pub(super) fn compare(pattern: &Node, value: Option<&Value>, path: &[Step]) -> Outcome {
    match &pattern.kind {
        Kind::Map(entries) => match value {
            Some(map @ Value::Map(_)) => compare_map(entries, map, path),
            None | Some(Value::Null) => missing(pattern, entries, path),
            Some(_) => mismatch(pattern, path),
        },
        Kind::List(patterns) => compare_list(pattern, patterns, value, path),
        _ => compare_scalar(pattern, value, path),
    }
}

fn mismatch(pattern: &Node, path: &[Step]) -> Outcome {
    Outcome::Compared(vec![Mismatch {
        path: path.to_vec(),
        asked: pattern.span,
    }])
}

fn compare_scalar(pattern: &Node, value: Option<&Value>, path: &[Step]) -> Outcome {
    let wanted = pattern.to_value();
    let fits = match value {
        Some(Value::List(items)) => items.iter().all(|item| scalars::fits(&wanted, Some(item))),
        value => scalars::fits(&wanted, value),
    };
    match fits {
        true => Outcome::Compared(Vec::new()),
        false => mismatch(pattern, path),
    }
}

/// A key of a pattern: its anchor, and the key of the object.
pub(super) fn anchor(key: &str) -> (&str, &str) {
    let inside = key.strip_suffix(')').and_then(|key| key.split_once('('));
    match inside {
        Some((anchor @ ("" | "=" | "X" | "^" | "<" | "+"), key)) => (
            match anchor {
                "" => "()",
                other => other,
            },
            key,
        ),
        _ => ("", key),
    }
}

/// A mapping that is missing lacks all that the pattern asks for.
fn missing(pattern: &Node, entries: &Entries, path: &[Step]) -> Outcome {
    let mut all = Vec::new();
    for (key, entry) in entries.iter().filter(|(key, _)| anchor(key).0.is_empty()) {
        let path = [path, &[Step::Key(key.into())]].concat();
        if let Outcome::Compared(mismatches) = compare(&entry.value, None, &path) {
            all.extend(mismatches);
        }
    }
    match all.is_empty() {
        true => mismatch(pattern, path),
        false => Outcome::Compared(all),
    }
}

/// Conditions come first.
fn compare_map(entries: &Entries, value: &Value, path: &[Step]) -> Outcome {
    let mut all = Vec::new();
    let (anchors, fields): (Vec<_>, Vec<_>) = entries
        .iter()
        .partition(|(key, _)| !anchor(key).0.is_empty());
    for (key, entry) in anchors.into_iter().chain(fields) {
        let (kind, name) = anchor(key);
        let field = field(value, name, path);
        let path = [
            path,
            &[Step::Key(field.map_or(name, |(name, _)| name).to_owned())],
        ]
        .concat();
        let field = field.map(|(_, value)| value);
        let compared = || compare(&entry.value, field, &path);
        match (kind, field) {
            ("()", None) => return Outcome::Skipped,
            ("()" | "<", Some(_)) if !compared().holds() => return Outcome::Skipped,
            // It fits everything that is there.
            ("", Some(_)) if entry.value.as_str() == Some("*") => {}
            ("()" | "<", _) | ("=" | "X" | "^", None) | ("+", _) => {}
            ("X", Some(_)) => all.push(Mismatch {
                path,
                asked: entry.key,
            }),
            ("^", Some(value)) => {
                if !has_one(&entry.value, value, &path) {
                    all.push(Mismatch {
                        path,
                        asked: entry.key,
                    });
                }
            }
            _ => match compared() {
                Outcome::Compared(mismatches) => all.extend(mismatches),
                skipped => return skipped,
            },
        }
    }
    Outcome::Compared(all)
}

/// A field by its name, which may have wildcards among labels and annotations.
fn field<'v>(value: &'v Value, name: &'v str, path: &[Step]) -> Option<(&'v str, &'v Value)> {
    let map = value.as_map()?;
    let is_in_metadata = matches!(path, [.., Step::Key(metadata), Step::Key(part)]
        if metadata == "metadata" && ["labels", "annotations"].contains(&part.as_str()));
    let (key, value) = match is_in_metadata && name.contains(['*', '?']) {
        true => {
            let mut entries = map.iter();
            let (key, value) = entries.find(|(key, _)| glob::fits(name, key))?;
            (key.as_str(), value)
        }
        false => (name, map.get(name)?),
    };
    (*value != Value::Null).then_some((key, value))
}

/// Whether each item of the pattern fits one of the list.
fn has_one(pattern: &Node, value: &Value, path: &[Step]) -> bool {
    let (Kind::List(patterns), Some(items)) = (&pattern.kind, value.as_list()) else {
        return false;
    };
    patterns.iter().all(|pattern| {
        let mut items = items.iter().enumerate();
        items.any(|(index, item)| compare(pattern, Some(item), &at(path, index)).holds())
    })
}

fn at(path: &[Step], index: usize) -> Vec<Step> {
    [path, &[Step::Index(index)]].concat()
}

fn compare_list(list: &Node, patterns: &[Node], value: Option<&Value>, path: &[Step]) -> Outcome {
    let (Some(first), Some(items)) = (patterns.first(), value.and_then(Value::as_list)) else {
        return mismatch(list, path);
    };
    if matches!(first.kind, Kind::List(_)) {
        let pairs = patterns.iter().enumerate();
        let compared = pairs.map(|(index, one)| compare(one, items.get(index), &at(path, index)));
        return join(compared.collect());
    }
    let items = items.iter().enumerate();
    let compared = items.map(|(index, item)| compare(first, Some(item), &at(path, index)));
    join(compared.collect())
}

/// Items that are skipped do not count, unless all are.
fn join(outcomes: Vec<Outcome>) -> Outcome {
    let mut all = Vec::new();
    let (mut is_compared, mut is_skipped) = (false, false);
    for outcome in outcomes {
        match outcome {
            Outcome::Compared(mismatches) => {
                all.extend(mismatches);
                is_compared = true;
            }
            Outcome::Skipped => is_skipped = true,
        }
    }
    match is_skipped && !is_compared {
        true => Outcome::Skipped,
        false => Outcome::Compared(all),
    }
}
