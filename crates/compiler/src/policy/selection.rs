//! What policies select objects by: labels and namespaces.

use crate::support::glob;
use diagnostics::ordered_map::Key;
use diagnostics::value::{Map, Value};

/// What can be said before there is a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    Yes,
    No,
    /// Why it cannot be told.
    Unknown(&'static str),
}

impl Selection {
    pub(super) fn of(is_selected: bool) -> Selection {
        match is_selected {
            true => Selection::Yes,
            false => Selection::No,
        }
    }

    /// Whether both select.
    pub(super) fn and(self, other: impl FnOnce() -> Selection) -> Selection {
        match self {
            Selection::Yes => other(),
            Selection::No => Selection::No,
            Selection::Unknown(why) => match other() {
                Selection::No => Selection::No,
                _ => Selection::Unknown(why),
            },
        }
    }

    /// Whether one of them selects.
    pub(super) fn or(self, other: impl FnOnce() -> Selection) -> Selection {
        match self {
            Selection::Yes => Selection::Yes,
            Selection::No => other(),
            Selection::Unknown(why) => match other() {
                Selection::Yes => Selection::Yes,
                _ => Selection::Unknown(why),
            },
        }
    }

    pub(super) fn not(self) -> Selection {
        match self {
            Selection::Yes => Selection::No,
            Selection::No => Selection::Yes,
            unknown => unknown,
        }
    }
}

/// An object, and what is known of its namespace.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    pub(super) value: &'a Value,
    /// Whether it belongs to a namespace.
    pub(super) is_namespaced: bool,
    pub(super) namespace_labels: Option<&'a Value>,
}

impl<'a> Object<'a> {
    pub(super) fn text(&self, path: &[&str]) -> &'a str {
        let value = self.value.at(path).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &'a str {
        self.text(&["kind"])
    }

    pub(super) fn name(&self) -> &'a str {
        self.text(&["metadata", "name"])
    }

    pub(super) fn namespace(&self) -> &'a str {
        self.text(&["metadata", "namespace"])
    }

    /// The group, which the core kinds do not have, and the version.
    pub(super) fn group_version(&self) -> (&'a str, &'a str) {
        let api_version = self.text(&["apiVersion"]);
        api_version.split_once('/').unwrap_or(("", api_version))
    }

    /// `labels` or `annotations`.
    pub(super) fn metadata(&self, key: &str) -> Option<&'a Map> {
        self.value.get("metadata")?.get(key)?.as_map()
    }

    /// Whether its namespace has one of these names.
    pub(super) fn is_in(&self, globs: &[String]) -> Selection {
        let name = match self.kind() {
            "Namespace" => self.name(),
            _ => self.namespace(),
        };
        match name {
            "" => Selection::Unknown("the environment has no `namespace`"),
            name => Selection::of(globs.iter().any(|glob| glob::fits(glob, name))),
        }
    }

    /// Whether a selector selects the labels of its namespace. One never leaves out an object that
    /// belongs to none.
    pub(super) fn namespace_selected_by(&self, selector: &Value) -> Selection {
        if is_empty(selector) {
            return Selection::Yes;
        }
        match (self.kind(), self.namespace_labels) {
            ("Namespace", _) => Selection::of(selects(selector, self.metadata("labels"))),
            _ if !self.is_namespaced => Selection::Yes,
            (_, None) => Selection::Unknown("the environment has no `namespaceLabels`"),
            (_, Some(labels)) => {
                let mut labels = labels.as_map().cloned().unwrap_or_default();
                let name = Value::from(self.namespace());
                labels.insert("kubernetes.io/metadata.name".to_owned(), name);
                Selection::of(selects(selector, Some(&labels)))
            }
        }
    }
}

fn is_empty(selector: &Value) -> bool {
    let parts = selector.as_map().into_iter().flatten();
    parts.map(|(_, part)| part).all(|part| match part {
        Value::Map(map) => map.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => true,
    })
}

/// Whether a label selector selects labels. Kyverno has wildcards in it; others have none, since these
/// characters are not allowed in labels.
pub(super) fn selects(selector: &Value, labels: Option<&Map>) -> bool {
    let label = |key: &str| {
        let found = labels?.iter().find(|(name, _)| glob::fits(key, name));
        found.and_then(|(_, value)| value.as_str())
    };
    let exact = selector.get("matchLabels").and_then(Value::as_map);
    let mut exact = exact.into_iter().flatten();
    let fits = |(key, wanted): (&Key, &Value)| {
        label(key).is_some_and(|value| glob::fits(&wanted.to_text(), value))
    };
    let rules = selector.get("matchExpressions").and_then(Value::as_list);
    let mut rules = rules.unwrap_or_default().iter();
    let holds = |rule: &Value| {
        let text = |key: &str| rule.get(key).and_then(Value::as_str).unwrap_or_default();
        let values = rule
            .get("values")
            .and_then(Value::as_list)
            .unwrap_or_default();
        let value = label(text("key"));
        let is_among = value.is_some_and(|value| {
            let mut values = values.iter().filter_map(Value::as_str);
            values.any(|wanted| wanted == value)
        });
        match text("operator") {
            "In" => is_among,
            "NotIn" => !is_among,
            "Exists" => value.is_some(),
            _ => value.is_none(),
        }
    };
    exact.all(fits) && rules.all(holds)
}
