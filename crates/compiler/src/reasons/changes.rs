//! The same value in a document before and after it was changed.

use crate::support::places::Step;
use diagnostics::value::Value;

/// What a value was before a change of its document.
#[derive(Debug, PartialEq)]
pub(super) enum Earlier {
    /// The same, there.
    Same(Vec<Step>),
    /// Another value, there.
    Changed(Vec<Step>),
    /// It was not there.
    New,
}

/// The keys that tell which item of a list is which.
const IDENTITIES: [&str; 5] = ["name", "target", "mountPath", "containerPort", "key"];

/// Finds a value in the document before a change; lists may have other items since.
pub(super) fn earlier(before: &Value, after: &Value, path: &[Step]) -> Earlier {
    find(before, after, path).map_or(Earlier::New, |(path, is_same)| match is_same {
        true => Earlier::Same(path),
        false => Earlier::Changed(path),
    })
}

fn find(mut before: &Value, mut after: &Value, path: &[Step]) -> Option<(Vec<Step>, bool)> {
    let mut found = Vec::new();
    for step in path {
        match step {
            Step::Key(key) => {
                (before, after) = (before.get(key)?, after.get(key)?);
                found.push(step.clone());
            }
            Step::Index(index) => {
                let (items, others) = (before.as_list()?, after.as_list()?);
                let item = others.get(*index)?;
                let place = earlier_index(items, others, *index)?;
                (before, after) = (items.get(place)?, item);
                found.push(Step::Index(place));
            }
        }
    }
    Some((found, before == after))
}

fn earlier_index(before: &[Value], after: &[Value], index: usize) -> Option<usize> {
    let item = after.get(index)?;
    if before.get(index) == Some(item) {
        return Some(index);
    }
    let equal = before.iter().position(|other| other == item);
    let identity = |item: &Value| {
        let mut keys = IDENTITIES.iter();
        keys.find_map(|key| Some((*key, item.get(key)?.clone())))
    };
    let own = identity(item);
    let same = || {
        let own = own.as_ref()?;
        before
            .iter()
            .position(|other| identity(other).as_ref() == Some(own))
    };
    let counted = || (own.is_none() && before.len() == after.len()).then_some(index);
    equal.or_else(same).or_else(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from(serde_json::from_str::<serde_json::Value>(text).unwrap())
    }

    fn path(steps: &[&str]) -> Vec<Step> {
        let step = |step: &&str| match step.parse() {
            Ok(index) => Step::Index(index),
            Err(_) => Step::Key((*step).to_owned()),
        };
        steps.iter().map(step).collect()
    }

    #[test]
    fn items_are_found_by_their_names_and_values() {
        let before = value(
            r#"{"list": [{"name": "a", "x": 1}, {"name": "b", "x": 2}], "args": ["p", "q"]}"#,
        );
        let after = value(
            r#"{"list": [{"name": "new"}, {"name": "b", "x": 3}, {"name": "a", "x": 1}], "args": ["q"]}"#,
        );
        let find = |steps: &[&str]| earlier(&before, &after, &path(steps));
        let same = |steps: &[&str]| Earlier::Same(path(steps));
        assert_eq!(find(&["list", "2", "x"]), same(&["list", "0", "x"]));
        assert_eq!(
            find(&["list", "1", "x"]),
            Earlier::Changed(path(&["list", "1", "x"]))
        );
        assert_eq!(find(&["list", "0", "name"]), Earlier::New);
        assert_eq!(find(&["args", "0"]), same(&["args", "1"]));
        assert_eq!(find(&["other"]), Earlier::New);
    }
}
