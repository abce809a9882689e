//! Two values side by side.

use std::collections::BTreeSet;
use std::fmt;

use diagnostics::value::{Map, Value};

use super::side::Side;

/// A path where two values differ. A side is `None` if it has no value there.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueDifference {
    pub path: Vec<String>,
    pub ours: Option<Value>,
    pub theirs: Option<Value>,
}

impl fmt::Display for ValueDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), Value::to_json)
        };
        write!(
            formatter,
            "{}: ours {} theirs {}",
            self.path.join(" > "),
            side(&self.ours),
            side(&self.theirs)
        )
    }
}

/// Every difference of two sides, with the identity of its object. Mounted files count as an
/// object.
pub fn objects(ours: &Side, theirs: &Side) -> Vec<(String, ValueDifference)> {
    let files = |side: &Side| {
        let files = side
            .files
            .iter()
            .filter(|(path, _)| !path.starts_with("files/"));
        Value::Map(
            files
                .map(|(path, text)| (path.clone(), Value::from(text.as_str())))
                .collect::<Map>(),
        )
    };
    let identities: BTreeSet<&String> = ours.objects.keys().chain(theirs.objects.keys()).collect();
    let mut all = Vec::new();
    for identity in identities {
        let mut found = Vec::new();
        walk(
            ours.objects.get(identity),
            theirs.objects.get(identity),
            &mut Vec::new(),
            &mut found,
        );
        all.extend(found.into_iter().map(|found| (identity.clone(), found)));
    }
    all.extend(
        differences(&files(ours), &files(theirs))
            .into_iter()
            .map(|found| ("files".to_owned(), found)),
    );
    all
}

/// Every difference, at the deepest path.
pub fn differences(ours: &Value, theirs: &Value) -> Vec<ValueDifference> {
    let mut found = Vec::new();
    walk(Some(ours), Some(theirs), &mut Vec::new(), &mut found);
    found
}

fn walk(
    ours: Option<&Value>,
    theirs: Option<&Value>,
    path: &mut Vec<String>,
    found: &mut Vec<ValueDifference>,
) {
    match (ours, theirs) {
        (Some(Value::Map(left)), Some(Value::Map(right))) => {
            let only_right = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(only_right) {
                path.push(key.to_owned());
                walk(left.get(key), right.get(key), path, found);
                path.pop();
            }
        }
        (Some(Value::List(left)), Some(Value::List(right))) => {
            for index in 0..left.len().max(right.len()) {
                path.push(index.to_string());
                walk(left.get(index), right.get(index), path, found);
                path.pop();
            }
        }
        (ours, theirs) if ours == theirs => {}
        (ours, theirs) => {
            found.push(ValueDifference {
                path: path.clone(),
                ours: ours.cloned(),
                theirs: theirs.cloned(),
            });
        }
    }
}
