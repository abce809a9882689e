//! Secrets in states and outputs, which a difference must not show.

use std::collections::BTreeSet;

use super::ComparedFile;
use super::semantic::{Change, ChangeKind, compare};
use compiler::provision::State;
use diagnostics::redaction::{MIN_SECRET_LENGTH, Redactor, spellings, visit_secrets};
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// Texts to hide.
#[derive(Debug, Default)]
pub(super) struct Secrets(Redactor);

impl Secrets {
    /// Finds what states hold under secret keys, what Secrets of Kubernetes hold, and the texts
    /// that one of these replaces, such as an older password that nothing else names.
    pub(super) fn find<'a>(
        states: impl Iterator<Item = &'a State>,
        files: &[ComparedFile],
    ) -> Secrets {
        let mut texts = BTreeSet::new();
        for state in states {
            state
                .resources
                .values()
                .chain([&state.shared])
                .for_each(|value| {
                    visit_secrets(value, |_| false, &mut |text| {
                        texts.insert(text.to_owned());
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
                .for_each(|document| add_from_object(document, &mut texts));
            if file.before != file.after {
                pairs.push((before, after));
            }
        }
        let secrets = Secrets::new(&texts);
        pairs
            .iter()
            .for_each(|(before, after)| secrets.add_predecessors(before, after, &mut texts));
        Secrets::new(&texts)
    }

    fn new(texts: &BTreeSet<String>) -> Secrets {
        let long = texts.iter().filter(|text| text.len() >= MIN_SECRET_LENGTH);
        Secrets(Redactor::new(long.flat_map(|text| spellings(text))))
    }

    /// The text with its secrets hidden.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.redact(text).unwrap_or_else(|| text.to_owned())
    }

    /// The value with its secrets hidden.
    pub(super) fn hide_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.hide(text)),
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.hide_in(item)).collect())
            }
            Value::Map(map) => Value::Map(
                map.iter()
                    .map(|(key, value)| (self.hide(key), self.hide_in(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Adds the texts that a text with a secret replaces.
    fn add_predecessors(&self, before: &[Value], after: &[Value], texts: &mut BTreeSet<String>) {
        for difference in compare(before, after) {
            let ChangeKind::Changed(fields) = difference.kind else {
                continue;
            };
            for field in fields {
                if let Change::Replaced(before, after) = field.change {
                    self.add_predecessor(&before, &after, texts);
                }
            }
        }
    }

    fn add_predecessor(&self, before: &Value, after: &Value, texts: &mut BTreeSet<String>) {
        match (before, after) {
            (Value::String(before), Value::String(after)) if self.is_in(after) => {
                texts.extend(before.lines().map(|line| line.trim().to_owned()));
            }
            (Value::List(before), Value::List(after)) => {
                before
                    .iter()
                    .zip(after)
                    .for_each(|(before, after)| self.add_predecessor(before, after, texts));
            }
            _ => {}
        }
    }
}

/// The documents of an output; `None` when it is not valid YAML, since a user may have edited it.
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

/// Adds the values of a Secret, each line by itself, since a block of YAML indents each line.
fn add_from_object(document: &Value, texts: &mut BTreeSet<String>) {
    match document.get("kind").and_then(Value::as_str) {
        Some("Secret") => {
            let values = ["data", "stringData"]
                .into_iter()
                .filter_map(|section| document.get(section)?.as_map())
                .flat_map(|section| section.values())
                .filter_map(Value::as_str);
            texts.extend(
                values
                    .flat_map(str::lines)
                    .map(|line| line.trim().to_owned()),
            );
        }
        Some("List") => {
            let items = document
                .get("items")
                .and_then(Value::as_list)
                .unwrap_or_default();
            items.iter().for_each(|item| add_from_object(item, texts));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::redaction::MASK;

    #[test]
    fn secrets_come_from_states_and_objects() {
        let mut state = State::default();
        let resource = yaml::samples::read(
            "{password: hunter22, user: somebody, deep: {api_key: [abcdefgh]}, pass: abc}",
        );
        state.resources.insert("a".to_owned(), resource);
        let text = "kind: Secret\nstringData:\n  long: |\n    first line\n    second line\n---\nkind: ConfigMap\ndata: {a: visible}\n";
        let file = ComparedFile {
            output: 0,
            path: "x".into(),
            before: None,
            after: Some(text.to_owned()),
        };
        let secrets = Secrets::find([&state].into_iter(), &[file]);
        let hidden = secrets.hide(&format!("{text}hunter22 somebody abcdefgh abc"));
        assert_eq!(hidden.matches(MASK).count(), 4, "{hidden}");
        assert!(
            hidden.contains("visible") && hidden.ends_with("******** somebody ******** abc"),
            "{hidden}"
        );
    }
}
