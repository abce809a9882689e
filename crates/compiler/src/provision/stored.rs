//! The secrets of resources by the names that a store has them under.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::run::ProvisionedResource;
use super::state::{State, join};
use crate::model::Uid;
use diagnostics::redaction::{Redactor, Secrets};
use diagnostics::value::Value;

/// A secret in a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredSecret {
    /// The entry of the store, which is that of a resource.
    pub key: String,
    /// The name in the entry.
    pub property: String,
}

impl StoredSecret {
    /// A secret of a resource, below a path.
    pub(crate) fn new(uid: &Uid, path: Option<&str>, property: &str) -> StoredSecret {
        let key = format!("{}.{}/{}", uid.kind, uid.class, uid.id);
        StoredSecret {
            key: path.map_or(key.clone(), |path| format!("{path}/{key}")),
            property: property.to_owned(),
        }
    }
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'s, 't> {
    Text(&'t str),
    Secret(&'s StoredSecret),
}

/// Finds the secrets of a store in texts.
#[derive(Debug, Default)]
pub struct StoredSecrets {
    secrets: BTreeMap<String, StoredSecret>,
    finder: Redactor,
    /// Finds the same also in quotes and in base64.
    leaks: Secrets,
}

impl StoredSecrets {
    /// If two secrets have the same text, the first is used.
    pub(crate) fn new(secrets: impl IntoIterator<Item = (String, StoredSecret)>) -> StoredSecrets {
        let mut stored = StoredSecrets::default();
        stored.add(secrets);
        stored
    }

    /// Adds those that another environment has.
    pub(crate) fn merge(&mut self, others: StoredSecrets) {
        self.add(others.secrets);
    }

    fn add(&mut self, secrets: impl IntoIterator<Item = (String, StoredSecret)>) {
        for (text, secret) in secrets {
            self.leaks.add(&text);
            self.secrets.entry(text).or_insert(secret);
        }
        self.finder = Redactor::new(self.secrets.keys().cloned());
    }

    /// The parts of a text, in order. If several secrets begin at one place, the longest is used.
    pub(crate) fn split<'s, 't>(&'s self, text: &'t str) -> Vec<Piece<'s, 't>> {
        let (mut pieces, mut copied) = (Vec::new(), 0);
        while let Some((start, length)) = self.finder.find(text, copied) {
            let Some(secret) = self.secrets.get(&text[start..start + length]) else {
                break;
            };
            if start > copied {
                pieces.push(Piece::Text(&text[copied..start]));
            }
            pieces.push(Piece::Secret(secret));
            copied = start + length;
        }
        if copied < text.len() {
            pieces.push(Piece::Text(&text[copied..]));
        }
        pieces
    }

    /// The secrets in a text.
    pub(crate) fn find(&self, text: &str) -> Vec<&StoredSecret> {
        let pieces = self.split(text).into_iter();
        let secrets = pieces.filter_map(|piece| match piece {
            Piece::Secret(secret) => Some(secret),
            Piece::Text(_) => None,
        });
        secrets.collect()
    }

    /// Puts `<PROPERTY of KEY>` in the place of each secret of a value.
    pub(crate) fn name_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let pieces = self.split(text).into_iter();
                let texts = pieces.map(|piece| match piece {
                    Piece::Text(text) => text.to_owned(),
                    Piece::Secret(secret) => format!("<{} of {}>", secret.property, secret.key),
                });
                *text = texts.collect();
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.name_in(item)),
            Value::Map(map) => map.values_mut().for_each(|item| self.name_in(item)),
            _ => {}
        }
    }

    /// Whether a text has a secret, in any form.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let leaks = self.leaks.known();
        leaks.is_some_and(|leaks| {
            leaks.is_match(text) || text.contains("$$") && leaks.is_match(&text.replace("$$", "$"))
        })
    }
}

/// The texts of a resource that may be secrets, by their names in a store: those of its state by
/// their keys, and what else random functions gave by the section and the number there.
pub(crate) fn named_texts(
    uid: &Uid,
    resource: &ProvisionedResource,
    state: &State,
) -> IndexMap<String, String> {
    let mut texts = IndexMap::new();
    if let Some(state) = state.resources.get(&uid.to_string()) {
        add_texts(state, "", &mut texts);
    }
    for (name, text) in &resource.drawn {
        if !texts.values().any(|other| other == text) {
            add(&mut texts, name.clone(), text);
        }
    }
    texts
}

fn add_texts(value: &Value, name: &str, texts: &mut IndexMap<String, String>) {
    match value {
        Value::String(text) => add(texts, name.to_owned(), text),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                add_texts(item, &join(name, &index.to_string()), texts);
            }
        }
        Value::Map(map) => {
            for (key, item) in map {
                add_texts(item, &join(name, key), texts);
            }
        }
        _ => {}
    }
}

fn add(texts: &mut IndexMap<String, String>, mut name: String, text: &str) {
    while texts.contains_key(&name) {
        name.push('_');
    }
    texts.insert(name, text.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(property: &str) -> StoredSecret {
        StoredSecret {
            key: "postgres.default/shop.db".to_owned(),
            property: property.to_owned(),
        }
    }

    #[test]
    fn texts_are_split_at_the_longest_secrets() {
        let texts = [("hunter22", "a"), ("hunter22Aa1", "b"), ("hunter22", "c")];
        let texts = texts.map(|(text, name)| (text.to_owned(), secret(name)));
        let stored = StoredSecrets::new(texts);
        let (a, b) = (secret("a"), secret("b"));
        for (text, expected) in [
            ("", vec![]),
            ("no secret", vec![Piece::Text("no secret")]),
            ("hunter22", vec![Piece::Secret(&a)]),
            (
                "u:hunter22Aa1@hunter22",
                vec![
                    Piece::Text("u:"),
                    Piece::Secret(&b),
                    Piece::Text("@"),
                    Piece::Secret(&a),
                ],
            ),
            (
                "hunter22hunter22x",
                vec![Piece::Secret(&a), Piece::Secret(&a), Piece::Text("x")],
            ),
        ] {
            assert_eq!(stored.split(text), expected, "{text}");
        }
        assert!(stored.is_in("{\"p\":\"hunter22\"}") && stored.is_in("aHVudGVyMjI="));
        assert!(!stored.is_in("hunter2"));
    }

    #[test]
    fn names_consist_of_keys_and_are_names_in_templates() {
        let state = serde_json::json!({
            "password": "first-password",
            "users": {"ad-min": ["second-password"], "ad_min": ["third-password"]},
            "0": "fourth-password",
            "port": 5432,
        });
        let uid = Uid {
            kind: "postgres".to_owned(),
            class: "default".to_owned(),
            id: "shop.db".to_owned(),
        };
        let mut stored = State::default();
        stored.resources.insert(uid.to_string(), Value::from(state));
        let drawn = [
            ("init_1", "first-password"),
            ("manifests_1", "fifth-password"),
        ];
        let resource = ProvisionedResource {
            drawn: drawn
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
            ..ProvisionedResource::default()
        };
        let texts = named_texts(&uid, &resource, &stored);
        let names: Vec<&str> = texts.keys().map(String::as_str).collect();
        let expected = [
            "_0",
            "password",
            "users_ad_min_0",
            "users_ad_min_0_",
            "manifests_1",
        ];
        assert_eq!(names, expected);
        let key = |path| StoredSecret::new(&uid, path, "password").key;
        assert_eq!(key(None), "postgres.default/shop.db");
        assert_eq!(key(Some("shop/prod")), "shop/prod/postgres.default/shop.db");
    }
}
