//! Names of objects that belong to no namespace. Where a definition gives all previews the same one,
//! each preview has its own, with its namespace at the end, and so has what refers to it.

use super::object::text;
use crate::support::document::Document;
use crate::support::reasons::value_at;
use crate::targets::target::{Added, Options};
use diagnostics::value::{Map, Value};

/// The kinds that can have another name, each with the field by which others refer to it besides
/// `kind` and `name`. What else has these names, such as a controller's argument, would not be known for
/// any other kind.
const KINDS: [(&str, &str); 8] = [
    ("ClusterRole", ""),
    ("ClusterRoleBinding", ""),
    ("GatewayClass", "gatewayClassName"),
    ("IngressClass", "ingressClassName"),
    ("PersistentVolume", "volumeName"),
    ("PriorityClass", "priorityClassName"),
    ("RuntimeClass", "runtimeClassName"),
    ("StorageClass", "storageClassName"),
];

/// An object that is to be renamed.
struct Common {
    kind: &'static str,
    field: &'static str,
    name: String,
}

/// Renames the objects of the documents that another output has, too.
pub(super) fn rename_common(documents: &mut [Document], others: &[Document], options: &Options) {
    let Some(namespace) = &options.namespace else {
        return;
    };
    let others: Vec<Common> = others.iter().filter_map(Common::new).collect();
    let is_common = |one: &Common| others.iter().any(|other| other.is_same(one));
    let own = documents.iter().filter_map(Common::new);
    let common: Vec<Common> = own.filter(is_common).collect();
    for one in &common {
        if documents
            .iter()
            .all(|document| one.knows_references(document))
        {
            let name = format!("{}-{namespace}", one.name);
            let objects = documents.iter_mut().map(|document| &mut document.value);
            objects.for_each(|object| one.rename(object, &name));
        }
    }
}

/// Whether [`rename_common`] changed a value.
pub(super) fn is_renamed(added: &Added<'_>, options: &Options) -> bool {
    let [before, after] =
        [added.before, added.document].map(|one| value_at(&one.value, added.path));
    let names = before
        .and_then(Value::as_str)
        .zip(after.and_then(Value::as_str));
    let names = names.zip(options.namespace.as_deref());
    names.is_some_and(|((old, new), namespace)| {
        new.strip_suffix(namespace)
            .and_then(|rest| rest.strip_suffix('-'))
            == Some(old)
    })
}

impl Common {
    fn new(document: &Document) -> Option<Common> {
        let kind = text(&document.value, &["kind"])?;
        let (kind, field) = KINDS.iter().find(|(known, _)| *known == kind)?;
        let name = text(&document.value, &["metadata", "name"])?.to_owned();
        Some(Common { kind, field, name })
    }

    fn is_same(&self, other: &Common) -> bool {
        (self.kind, &self.name) == (other.kind, &other.name)
    }

    /// Gives the object, and what refers to it, the new name.
    fn rename(&self, object: &mut Value, name: &str) {
        if self.is(object)
            && let Some(metadata) = object.as_map_mut().and_then(|map| map.get_mut("metadata"))
            && let Some(metadata) = metadata.as_map_mut()
        {
            metadata.insert("name".to_owned(), name.into());
        }
        self.visit(object, &mut |value| *value = name.into());
    }

    fn is(&self, object: &Value) -> bool {
        text(object, &["kind"]) == Some(self.kind)
            && text(object, &["metadata", "name"]) == Some(&self.name)
    }

    /// Calls `change` for each reference to the object.
    fn visit(&self, value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.visit(item, change)),
            Value::Map(map) => {
                let is_reference = self.is_reference(map);
                for (key, value) in map.iter_mut() {
                    let is_name = (key == "name" && is_reference) || key == self.field;
                    match is_name && value.as_str() == Some(&self.name) {
                        true => change(value),
                        false => self.visit(value, change),
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a mapping is a reference with `kind` and `name`, such as `roleRef`.
    fn is_reference(&self, map: &Map) -> bool {
        map.get("kind").and_then(Value::as_str) == Some(self.kind) && !map.contains_key("metadata")
    }

    /// Whether the name is in no value of a document that may be a reference which is not known. Roles
    /// are often called like what they are for, and are named by `roleRef` only.
    fn knows_references(&self, document: &Document) -> bool {
        if self.field.is_empty() {
            return true;
        }
        let mut value = document.value.clone();
        if let Some(map) = value.as_map_mut() {
            map.shift_remove("metadata");
        }
        self.visit(&mut value, &mut |value| *value = Value::Null);
        !has_text(&value, &self.name) && !self.is_in_annotation(&document.value)
    }

    fn is_in_annotation(&self, object: &Value) -> bool {
        let annotations = object.at(&["metadata", "annotations"]);
        annotations.is_some_and(|annotations| has_text(annotations, &self.name))
    }
}

/// Whether any value is this text.
fn has_text(value: &Value, text: &str) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| has_text(item, text)),
        Value::Map(map) => map.values().any(|value| has_text(value, text)),
        value => value.as_str() == Some(text),
    }
}
