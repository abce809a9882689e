//! Compares two outputs object by object and field by field, for the review of a change.
//!
//! Documents are compared as data, not as text: order of keys, comments and style do not count.
//! Each difference names its object and its field once, in the order of the names of the objects.

mod fields;

use std::collections::BTreeMap;

use compiler::support::places::Step;
use compiler::targets::kubernetes::job_name::plain_name;
use diagnostics::value::Value;

pub use fields::{Change, Field};

/// An object that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The kind and name of a Kubernetes object, or the section and name in a Compose file.
    pub object: String,
    /// How it differs.
    pub kind: ChangeKind,
}

/// How an object differs.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// Only the second output has it.
    Added,
    /// Only the first output has it.
    Removed,
    /// Both have it, and these fields differ.
    Changed(Vec<Field>),
}

/// Compares the documents of two outputs.
pub fn compare(before: &[Value], after: &[Value]) -> Vec<Difference> {
    let (before, after) = (objects(before), objects(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let kind = |name: &String| match (before.get(name), after.get(name)) {
        (None, _) => Some(ChangeKind::Added),
        (_, None) => Some(ChangeKind::Removed),
        (Some(before), Some(after)) => {
            let fields = fields::compare(before, after);
            (!fields.is_empty()).then_some(ChangeKind::Changed(fields))
        }
    };
    names
        .into_iter()
        .filter_map(|name| {
            Some(Difference {
                object: name.clone(),
                kind: kind(name)?,
            })
        })
        .collect()
}

/// The objects of an output by name. One without a name is named by its position.
pub fn objects(documents: &[Value]) -> BTreeMap<String, Value> {
    let objects = located(documents).into_iter();
    objects
        .map(|(name, object)| (name, object.value.clone()))
        .collect()
}

/// An object in the documents of an output.
pub(crate) struct Located<'a> {
    pub(crate) value: &'a Value,
    /// The index of its document.
    pub(crate) document: usize,
    /// The way to it in the document.
    pub(crate) path: Vec<Step>,
}

/// As [`objects`], with where they are.
pub(crate) fn located(documents: &[Value]) -> BTreeMap<String, Located<'_>> {
    let mut objects = BTreeMap::new();
    for (index, document) in documents.iter().enumerate() {
        let mut add = |name: Option<String>, value, path| {
            let name = unused_name(name, &objects);
            let document = index;
            objects.insert(
                name,
                Located {
                    value,
                    document,
                    path,
                },
            );
        };
        if let Some(items) = list_items(document) {
            for (index, item) in items.iter().enumerate() {
                let path = vec![Step::Key("items".to_owned()), Step::Index(index)];
                add(kubernetes_name(item), item, path);
            }
        } else if document.get("kind").is_some() || document.as_map().is_none() {
            add(kubernetes_name(document), document, Vec::new());
        } else {
            for (path, entry) in sections(document) {
                let name = path.join(" ");
                let path = path.iter().map(|key| Step::Key((*key).to_owned()));
                add(Some(name), entry, path.collect());
            }
        }
    }
    objects
}

/// A name that no object has yet. A second one with the same name gets a number, so that neither hides
/// the other.
fn unused_name(name: Option<String>, objects: &BTreeMap<String, Located<'_>>) -> String {
    let name = name.unwrap_or_else(|| format!("document {}", objects.len() + 1));
    let numbered = (2..).map(|count| format!("{name} ({count})"));
    let unused = [name.clone()]
        .into_iter()
        .chain(numbered)
        .find(|name| !objects.contains_key(name));
    unused.unwrap_or(name)
}

/// The items of a `List`, which holds all objects of a JSON output.
fn list_items(document: &Value) -> Option<&[Value]> {
    document
        .get("kind")
        .filter(|kind| kind.as_str() == Some("List"))?;
    document.get("items")?.as_list()
}

fn kubernetes_name(document: &Value) -> Option<String> {
    let kind = document.get("kind")?.as_str()?;
    let metadata = document.get("metadata")?;
    let name = plain_name(document)?;
    // Two groups may have kinds of the same name. The version does not identify an object.
    let group = document
        .get("apiVersion")
        .and_then(Value::as_str)
        .and_then(|version| version.split_once('/'));
    let group = group
        .map(|(group, _)| format!(".{group}"))
        .unwrap_or_default();
    let namespace = metadata
        .get("namespace")
        .and_then(Value::as_str)
        .map(|name| format!(" in {name}"));
    Some(format!(
        "{kind}{group} {name}{}",
        namespace.unwrap_or_default()
    ))
}

/// The entries of the sections of a Compose file, and its other top-level values, with the keys that
/// lead to them.
fn sections(document: &Value) -> Vec<(Vec<&str>, &Value)> {
    let Some(map) = document.as_map() else {
        return Vec::new();
    };
    let named = |section: &&Value| section.as_map().is_some_and(|map| !map.is_empty());
    map.iter()
        .flat_map(
            |(section, value)| match Some(value).filter(named).and_then(Value::as_map) {
                Some(entries) => entries
                    .iter()
                    .map(|(name, entry)| (vec![section.as_str(), name], entry))
                    .collect::<Vec<_>>(),
                None => vec![(vec![section.as_str()], value)],
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yaml::samples::read;

    fn differences_of(before: &str, after: &str) -> Vec<String> {
        let documents = |text: &str| text.split("---\n").map(read).collect::<Vec<_>>();
        let differences = compare(&documents(before), &documents(after));
        differences
            .into_iter()
            .flat_map(|Difference { object, kind }| match kind {
                ChangeKind::Added => vec![format!("+ {object}")],
                ChangeKind::Removed => vec![format!("- {object}")],
                ChangeKind::Changed(fields) => fields
                    .iter()
                    .map(|field| format!("{object}: {} {:?}", field.path, field.change))
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn objects_are_identified_by_kind_name_and_namespace() {
        let before = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: x}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
        let after = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: y}\n---\nkind: Service\nmetadata: {name: a}\napiVersion: v1\n";
        assert_eq!(
            differences_of(before, after),
            ["- Deployment.apps a in x", "+ Deployment.apps a in y"]
        );
        let list = "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Service, metadata: {name: a}}]\n";
        assert_eq!(
            differences_of(list, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn sections_of_a_compose_file_are_compared_by_name() {
        let before =
            "name: shop\nservices: {web: {image: a}, old: {image: b}}\nvolumes: {data: {}}\n";
        let after =
            "services: {new: {image: b}, web: {image: c}}\nvolumes: {data: {}}\nname: other\n";
        let expected = [
            "name:  Replaced(String(\"shop\"), String(\"other\"))",
            "+ services new",
            "- services old",
            "services web: image Replaced(String(\"a\"), String(\"c\"))",
        ];
        assert_eq!(differences_of(before, after), expected);
    }
}
