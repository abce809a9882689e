//! Fields that differ, with the paths that people use for them.

use std::collections::BTreeSet;

use diagnostics::value::{Map, Value};

/// The field of an object that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Keys with dots between them; an item of a list in brackets, by what names it or by its
    /// number from 0. Empty for the whole object.
    pub path: String,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It gets this value.
    Added(Value),
    /// It had this value.
    Removed(Value),
    /// It had the one and gets the other.
    Replaced(Value, Value),
    /// The items of the list are the same, in another order.
    Reordered,
}

/// What tells the items of a list apart, where all of them have it: names of containers, variables
/// and ports, paths of mounts, and what Compose calls the place of a mount.
const NAMES: [&str; 5] = ["name", "mountPath", "target", "containerPort", "port"];

pub(super) fn compare(before: &Value, after: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    walk(String::new(), before, after, &mut fields);
    fields
}

fn walk(path: String, before: &Value, after: &Value, fields: &mut Vec<Field>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Map(before), Value::Map(after)) => {
            entries(before, after, fields, &|key| match path.is_empty() {
                true => escape(key),
                false => format!("{path}.{}", escape(key)),
            });
        }
        (Value::List(old), Value::List(new)) => items(&path, old, new, fields),
        _ => fields.push(Field {
            path,
            change: Change::Replaced(before.clone(), after.clone()),
        }),
    }
}

/// A key that holds a dot would look like two.
fn escape(key: &str) -> String {
    if key.contains(['.', '[']) {
        format!("\"{key}\"")
    } else {
        key.to_owned()
    }
}

fn entries(before: &Map, after: &Map, fields: &mut Vec<Field>, path: &dyn Fn(&str) -> String) {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) => walk(path(key), old, new, fields),
            (None, Some(new)) => fields.push(Field {
                path: path(key),
                change: Change::Added(new.clone()),
            }),
            (Some(old), None) => fields.push(Field {
                path: path(key),
                change: Change::Removed(old.clone()),
            }),
            (None, None) => {}
        }
    }
}

fn items(path: &str, before: &[Value], after: &[Value], fields: &mut Vec<Field>) {
    let named = NAMES
        .iter()
        .find_map(|name| Some((by_name(before, name)?, by_name(after, name)?)));
    if let Some((old, new)) = named {
        let count = fields.len();
        entries(&old, &new, fields, &|name| format!("{path}[{name}]"));
        // Variables are seen in their order by those that come later.
        if fields.len() == count {
            fields.push(Field {
                path: path.to_owned(),
                change: Change::Reordered,
            });
        }
        return;
    }
    let scalars = |items: &[Value]| {
        items
            .iter()
            .all(|item| !matches!(item, Value::Map(_) | Value::List(_)))
    };
    // A command is read as a whole; in a list of mappings each is looked at.
    if before.len() != after.len() || scalars(before) && scalars(after) {
        let change = Change::Replaced(Value::List(before.to_vec()), Value::List(after.to_vec()));
        fields.push(Field {
            path: path.to_owned(),
            change,
        });
        return;
    }
    for (index, (old, new)) in before.iter().zip(after).enumerate() {
        walk(format!("{path}[{index}]"), old, new, fields);
    }
}

/// The items by the value of a key; `None` when one has none, or two have the same.
fn by_name(items: &[Value], key: &str) -> Option<Map> {
    let mut map = Map::new();
    for item in items {
        let name = match item.get(key)? {
            Value::String(name) => name.clone(),
            Value::Int(number) => number.to_string(),
            _ => return None,
        };
        if map.insert(name, item.clone()).is_some() {
            return None;
        }
    }
    Some(map)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use yaml::samples::{any_value, read};

    fn said(before: &str, after: &str) -> Vec<String> {
        let say = |field: Field| match field.change {
            Change::Added(value) => format!("{} + {}", field.path, value.to_json()),
            Change::Removed(value) => format!("{} - {}", field.path, value.to_json()),
            Change::Replaced(old, new) => {
                format!("{} {} > {}", field.path, old.to_json(), new.to_json())
            }
            Change::Reordered => format!("{} reordered", field.path),
        };
        compare(&read(before), &read(after))
            .into_iter()
            .map(say)
            .collect()
    }

    #[test]
    fn items_are_compared_by_what_names_them() {
        let before = "c: [{name: a, image: x}, {name: b, image: y}]";
        assert_eq!(
            said(before, "c: [{name: b, image: z}, {name: a, image: x}]"),
            [r#"c[b].image "y" > "z""#]
        );
        assert_eq!(
            said(before, "c: [{name: b, image: y}, {name: a, image: x}]"),
            ["c reordered"]
        );
        assert_eq!(
            said(
                "p: [{containerPort: 80, x: 1}]",
                "p: [{containerPort: 80, x: 2}]"
            ),
            ["p[80].x 1 > 2"]
        );
        assert_eq!(
            said("p: [{a: 1}, {a: 2}]", "p: [{a: 1}, {a: 3}]"),
            ["p[1].a 2 > 3"]
        );
        assert_eq!(
            said("command: [a, b]", "command: [a, c]"),
            [r#"command ["a","b"] > ["a","c"]"#]
        );
    }

    #[test]
    fn keys_come_and_go() {
        assert_eq!(said("{a: 1, b: 2}", "{c: 3, b: 2}"), ["a - 1", "c + 3"]);
        assert_eq!(
            said("l: {app.io/name: x}", "l: {app.io/name: y}"),
            [r#"l."app.io/name" "x" > "y""#]
        );
        assert_eq!(said("a: 1", "a: '1'"), [r#"a 1 > "1""#]);
        assert_eq!(said("{a: 1, b: 2}", "{b: 2, a: 1}"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn only_what_is_the_same_has_no_difference(before in any_value(), after in any_value()) {
            prop_assert_eq!(compare(&before, &after).is_empty(), before == after);
            prop_assert!(compare(&before, &before).is_empty());
        }
    }
}
