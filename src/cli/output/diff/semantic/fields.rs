//! The fields of an object that differ, with their paths.

use std::collections::BTreeSet;

use diagnostics::value::{Map, Value};

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Keys with dots between them. An item of a list is in brackets, by its name or its index.
    /// Empty for the whole object.
    pub path: String,
    /// How it differs.
    pub change: Change,
}

/// How a field differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Only the second output has it, with this value.
    Added(Value),
    /// Only the first output has it, with this value.
    Removed(Value),
    /// Its value in the first and in the second output.
    Replaced(Value, Value),
    /// The same items, in another order.
    Reordered,
}

/// The keys that identify the items of a list, if all of them have it: names of containers, variables
/// and ports, paths of mounts, and the `target` of a mount in Compose.
const IDENTIFYING_KEYS: [&str; 5] = ["name", "mountPath", "target", "containerPort", "port"];

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

/// Quotes a key with a dot, which would look like two keys.
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
    let named = IDENTIFYING_KEYS
        .iter()
        .find_map(|name| Some((by_name(before, name)?, by_name(after, name)?)));
    if let Some((old, new)) = named {
        let count = fields.len();
        entries(&old, &new, fields, &|name| format!("{path}[{name}]"));
        // The order counts: a variable may use those before it.
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
    // A command is compared as a whole, a list of mappings item by item.
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

/// The items by the value of a key; `None` when an item lacks it, or two have the same value.
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

    fn fields_of(before: &str, after: &str) -> Vec<String> {
        let show = |field: Field| match field.change {
            Change::Added(value) => format!("{} + {}", field.path, value.to_json()),
            Change::Removed(value) => format!("{} - {}", field.path, value.to_json()),
            Change::Replaced(old, new) => {
                format!("{} {} > {}", field.path, old.to_json(), new.to_json())
            }
            Change::Reordered => format!("{} reordered", field.path),
        };
        compare(&read(before), &read(after))
            .into_iter()
            .map(show)
            .collect()
    }

    #[test]
    fn items_are_compared_by_name() {
        let before = "c: [{name: a, image: x}, {name: b, image: y}]";
        assert_eq!(
            fields_of(before, "c: [{name: b, image: z}, {name: a, image: x}]"),
            [r#"c[b].image "y" > "z""#]
        );
        assert_eq!(
            fields_of(before, "c: [{name: b, image: y}, {name: a, image: x}]"),
            ["c reordered"]
        );
        assert_eq!(
            fields_of(
                "p: [{containerPort: 80, x: 1}]",
                "p: [{containerPort: 80, x: 2}]"
            ),
            ["p[80].x 1 > 2"]
        );
        assert_eq!(
            fields_of("p: [{a: 1}, {a: 2}]", "p: [{a: 1}, {a: 3}]"),
            ["p[1].a 2 > 3"]
        );
        assert_eq!(
            fields_of("command: [a, b]", "command: [a, c]"),
            [r#"command ["a","b"] > ["a","c"]"#]
        );
    }

    #[test]
    fn keys_are_added_and_removed() {
        assert_eq!(
            fields_of("{a: 1, b: 2}", "{c: 3, b: 2}"),
            ["a - 1", "c + 3"]
        );
        assert_eq!(
            fields_of("l: {app.io/name: x}", "l: {app.io/name: y}"),
            [r#"l."app.io/name" "x" > "y""#]
        );
        assert_eq!(fields_of("a: 1", "a: '1'"), [r#"a 1 > "1""#]);
        assert_eq!(
            fields_of("{a: 1, b: 2}", "{b: 2, a: 1}"),
            Vec::<String>::new()
        );
    }

    proptest! {
        #[test]
        fn only_equal_values_have_no_difference(before in any_value(), after in any_value()) {
            prop_assert_eq!(compare(&before, &after).is_empty(), before == after);
            prop_assert!(compare(&before, &before).is_empty());
        }
    }
}
