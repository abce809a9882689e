//! Values that must not be shown.

use std::collections::BTreeSet;

use super::Compared;
use super::semantic::{Change, ChangeKind, compare};
use compiler::provision::State;
use diagnostics::redaction::{MIN_SECRET_LENGTH, Redactor, spellings, visit_secrets};
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;
use yaml;

/// Texts to hide.
#[derive(Debug, Default)]
pub(super) struct Secrets(Redactor);

impl Secrets {
    /// What provisioners keep under keys that speak of secrets, what is in Secrets of Kubernetes,
    /// and what stood in the place of one of these: another password, of which nothing else is
    /// known here.
    pub(super) fn of<'a>(states: impl Iterator<Item = &'a State>, files: &[Compared]) -> Secrets {
        let mut found = BTreeSet::new();
        for state in states {
            state
                .resources
                .values()
                .chain([&state.shared])
                .for_each(|value| {
                    visit_secrets(value, |_| false, &mut |text| {
                        _ = found.insert(text.to_owned())
                    });
                });
        }
        let mut pairs = Vec::new();
        for file in files {
            let read =
                |text: &Option<String>| text.as_deref().and_then(documents).unwrap_or_default();
            let (before, after) = (read(&file.before), read(&file.after));
            before
                .iter()
                .chain(&after)
                .for_each(|document| of_objects(document, &mut found));
            if file.before != file.after {
                pairs.push((before, after));
            }
        }
        let known = Secrets::new(&found);
        pairs
            .iter()
            .for_each(|(before, after)| known.predecessors(before, after, &mut found));
        Secrets::new(&found)
    }

    fn new(found: &BTreeSet<String>) -> Secrets {
        let long = found.iter().filter(|text| text.len() >= MIN_SECRET_LENGTH);
        Secrets(Redactor::new(long.flat_map(|text| spellings(text))))
    }

    /// The text without them.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.redact(text).unwrap_or_else(|| text.to_owned())
    }

    /// The value without them.
    pub(super) fn hide_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.hide(text)),
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.hide_in(item)).collect())
            }
            Value::Map(map) => Value::Map(
                map.iter()
                    .map(|(key, own)| (self.hide(key), self.hide_in(own)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Texts that a text with a secret takes the place of.
    fn predecessors(&self, before: &[Value], after: &[Value], found: &mut BTreeSet<String>) {
        for difference in compare(before, after) {
            let ChangeKind::Changed(fields) = difference.fate else {
                continue;
            };
            for field in fields {
                if let Change::Replaced(before, after) = field.change {
                    self.take_predecessor(&before, &after, found);
                }
            }
        }
    }

    fn take_predecessor(&self, before: &Value, after: &Value, found: &mut BTreeSet<String>) {
        match (before, after) {
            (Value::String(before), Value::String(after)) if self.is_in(after) => {
                found.extend(before.lines().map(|line| line.trim().to_owned()));
            }
            (Value::List(before), Value::List(after)) => {
                before
                    .iter()
                    .zip(after)
                    .for_each(|(before, after)| self.take_predecessor(before, after, found));
            }
            _ => {}
        }
    }
}

/// The documents of an output; `None` when it cannot be read: somebody may have edited it.
pub(super) fn documents(text: &str) -> Option<Vec<Value>> {
    let mut sources = Sources::default();
    let source = sources.add("output", text);
    let mut report = Report::default();
    let documents = yaml::parse(&sources, source, &mut report);
    report.result().ok()?;
    Some(
        documents
            .iter()
            .map(|document| document.to_value())
            .collect(),
    )
}

/// The values of a Secret; a long one is hidden line by line, since a block of YAML indents each.
fn of_objects(document: &Value, found: &mut BTreeSet<String>) {
    match document.get("kind").and_then(Value::as_str) {
        Some("Secret") => {
            let parts = ["data", "stringData"]
                .into_iter()
                .filter_map(|part| document.get(part)?.as_map());
            let texts = parts
                .flat_map(|part| part.values())
                .filter_map(Value::as_str);
            found.extend(
                texts
                    .flat_map(str::lines)
                    .map(|line| line.trim().to_owned()),
            );
        }
        Some("List") => {
            let items = document
                .get("items")
                .and_then(Value::as_list)
                .unwrap_or_default();
            items.iter().for_each(|item| of_objects(item, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::redaction::MASK;

    #[test]
    fn secrets_are_those_of_states_and_of_objects() {
        let mut state = State::default();
        let kept = yaml::samples::read(
            "{password: hunter22, user: somebody, deep: {api_key: [abcdefgh]}, pass: abc}",
        );
        state.resources.insert("a".to_owned(), kept);
        let text = "kind: Secret\nstringData:\n  long: |\n    first line\n    second line\n---\nkind: ConfigMap\ndata: {a: visible}\n";
        let file = Compared {
            output: 0,
            path: "x".into(),
            before: None,
            after: Some(text.to_owned()),
        };
        let secrets = Secrets::of([&state].into_iter(), &[file]);
        let hidden = secrets.hide(&format!("{text}hunter22 somebody abcdefgh abc"));
        assert_eq!(hidden.matches(MASK).count(), 4, "{hidden}");
        assert!(
            hidden.contains("visible") && hidden.ends_with("******** somebody ******** abc"),
            "{hidden}"
        );
    }
}
