//! The fields of an object that differ, with their paths.

use std::collections::BTreeSet;

use compiler::support::places::Step;
use diagnostics::value::{Map, Value};

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Keys with dots between them. An item of a list is in brackets, by its name or its index.
    /// Empty for the whole object.
    pub path: String,
    /// The way to it in the first object, as far as that has it.
    pub before: Vec<Step>,
    /// The same in the second.
    pub after: Vec<Step>,
    /// How it differs.
    pub change: Change,
}

/// The way to a field, in words and in both objects.
#[derive(Clone, Default)]
struct Way {
    text: String,
    before: Vec<Step>,
    after: Vec<Step>,
}

impl Way {
    fn key(&self, key: &str) -> Way {
        let text = match self.text.is_empty() {
            true => escape(key),
            false => format!("{}.{}", self.text, escape(key)),
        };
        let step = || Some(Step::Key(key.to_owned()));
        self.to(text, step(), step())
    }

    /// To an item, with its index in each list that has it.
    fn item(&self, name: &str, before: Option<usize>, after: Option<usize>) -> Way {
        let text = format!("{}[{name}]", self.text);
        self.to(text, before.map(Step::Index), after.map(Step::Index))
    }

    fn to(&self, text: String, before: Option<Step>, after: Option<Step>) -> Way {
        Way {
            text,
            before: self.before.iter().cloned().chain(before).collect(),
            after: self.after.iter().cloned().chain(after).collect(),
        }
    }

    fn field(self, change: Change) -> Field {
        Field {
            path: self.text,
            before: self.before,
            after: self.after,
            change,
        }
    }
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

/// The keys that identify the items of a list, if all of them have it: names of containers,
/// variables and ports, paths of mounts, and the `target` of a mount in Compose.
const IDENTIFYING_KEYS: [&str; 5] = ["name", "mountPath", "target", "containerPort", "port"];

pub(super) fn compare(before: &Value, after: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    walk(Way::default(), before, after, &mut fields);
    fields
}

fn walk(way: Way, before: &Value, after: &Value, fields: &mut Vec<Field>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Map(before), Value::Map(after)) => {
            entries(before, after, fields, &|key| way.key(key));
        }
        (Value::List(old), Value::List(new)) => items(way, old, new, fields),
        _ => fields.push(way.field(Change::Replaced(before.clone(), after.clone()))),
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

fn entries(before: &Map, after: &Map, fields: &mut Vec<Field>, way: &dyn Fn(&str) -> Way) {
    let keys: BTreeSet<&str> = before.keys().chain(after.keys()).collect();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) => walk(way(key), old, new, fields),
            (None, Some(new)) => fields.push(way(key).field(Change::Added(new.clone()))),
            (Some(old), None) => fields.push(way(key).field(Change::Removed(old.clone()))),
            (None, None) => {}
        }
    }
}

fn items(way: Way, before: &[Value], after: &[Value], fields: &mut Vec<Field>) {
    let named = IDENTIFYING_KEYS
        .iter()
        .find_map(|key| Some((*key, by_name(before, key)?, by_name(after, key)?)));
    if let Some((key, old, new)) = named {
        let count = fields.len();
        entries(&old, &new, fields, &|name| {
            let index = |items: &[Value]| {
                let mut items = items.iter();
                items.position(|item| name_of(item, key).as_deref() == Some(name))
            };
            way.item(name, index(before), index(after))
        });
        // The order counts: a variable may use those before it.
        if fields.len() == count {
            fields.push(way.field(Change::Reordered));
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
        fields.push(way.field(change));
        return;
    }
    for (index, (old, new)) in before.iter().zip(after).enumerate() {
        let way = way.item(&index.to_string(), Some(index), Some(index));
        walk(way, old, new, fields);
    }
}

/// The items by the value of a key; `None` when an item lacks it, or two have the same value.
fn by_name(items: &[Value], key: &str) -> Option<Map> {
    let mut map = Map::new();
    for item in items {
        if map.insert(name_of(item, key)?, item.clone()).is_some() {
            return None;
        }
    }
    Some(map)
}

fn name_of(item: &Value, key: &str) -> Option<String> {
    match item.get(key)? {
        Value::String(name) => Some(name.clone()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
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

    #[test]
    fn the_way_leads_to_the_value_in_each_object() {
        let before = read("c: [{name: a, v: [1]}, {name: b, v: [1, 2]}]");
        let after = read("c: [{name: new}, {name: b, v: [3]}]");
        let fields = compare(&before, &after);
        let ways = fields.iter().map(|field| {
            let ways = [&field.before, &field.after];
            (
                field.path.as_str(),
                ways.map(|way| compiler::reasons::show(way)),
            )
        });
        let expected = [
            ("c[a]", ["c[0]", "c"]),
            ("c[b].v", ["c[1].v", "c[1].v"]),
            ("c[new]", ["c", "c[0]"]),
        ];
        let expected = expected.map(|(path, ways)| (path, ways.map(str::to_owned)));
        assert_eq!(ways.collect::<Vec<_>>(), expected);
    }

    proptest! {
        #[test]
        fn only_equal_values_have_no_difference(before in any_value(), after in any_value()) {
            prop_assert_eq!(compare(&before, &after).is_empty(), before == after);
            prop_assert!(compare(&before, &before).is_empty());
        }
    }
}
