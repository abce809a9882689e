//! Two values side by side.

use std::collections::BTreeSet;
use std::fmt;

use score_rs::base::value::{Map, Value};

use super::side::Side;

/// A place where two values differ. A side is `None` where it has nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub path: Vec<String>,
    pub ours: Option<Value>,
    pub theirs: Option<Value>,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_json);
        write!(formatter, "{}: ours {} theirs {}", self.path.join(" > "), side(&self.ours), side(&self.theirs))
    }
}

/// Every place where two sides differ, with the identity of the object that it is in. The files that are mounted are
/// objects as well.
pub fn objects(ours: &Side, theirs: &Side) -> Vec<(String, Found)> {
    let files = |side: &Side| {
        let files = side.files.iter().filter(|(path, _)| !path.starts_with("files/"));
        Value::Map(files.map(|(path, text)| (path.clone(), Value::from(text.as_str()))).collect::<Map>())
    };
    let identities: BTreeSet<&String> = ours.objects.keys().chain(theirs.objects.keys()).collect();
    let mut all = Vec::new();
    for identity in identities {
        let mut found = Vec::new();
        walk(ours.objects.get(identity), theirs.objects.get(identity), &mut Vec::new(), &mut found);
        all.extend(found.into_iter().map(|found| (identity.clone(), found)));
    }
    all.extend(differences(&files(ours), &files(theirs)).into_iter().map(|found| ("files".to_owned(), found)));
    all
}

/// Every place where they differ, as deep as possible.
pub fn differences(ours: &Value, theirs: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    walk(Some(ours), Some(theirs), &mut Vec::new(), &mut found);
    found
}

fn walk(ours: Option<&Value>, theirs: Option<&Value>, path: &mut Vec<String>, found: &mut Vec<Found>) {
    match (ours, theirs) {
        (Some(Value::Map(left)), Some(Value::Map(right))) => {
            let only_right = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(only_right) {
                path.push(key.clone());
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
            found.push(Found { path: path.clone(), ours: ours.cloned(), theirs: theirs.cloned() });
        }
    }
}
