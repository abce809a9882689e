//! Values that must not be shown.

use std::collections::BTreeSet;

use super::Compared;
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::base::value::Value;
use crate::base::yaml;
use crate::middle::provision::State;

/// Parts of keys whose values are secret in what a provisioner keeps.
const SECRET_WORDS: [&str; 5] = ["pass", "secret", "token", "key", "credential"];

/// A shorter text is no password, and to hide it everywhere would hide everything.
const SHORTEST: usize = 6;

/// What stands where a secret was.
const HIDDEN: &str = "********";

/// Texts to hide, the longest first, since one may be part of another.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// What provisioners keep under keys that speak of secrets, and what is in Secrets of Kubernetes.
    pub(super) fn of<'a>(states: impl Iterator<Item = &'a State>, files: &[Compared]) -> Secrets {
        let mut found = BTreeSet::new();
        for state in states {
            state.resources.values().chain([&state.shared]).for_each(|own| of_state(own, false, &mut found));
        }
        for text in files.iter().flat_map(|file| [&file.before, &file.after]).flatten() {
            // Reading each file again takes time, and most have none.
            if text.contains("Secret") {
                documents(text).iter().for_each(|document| of_objects(document, &mut found));
            }
        }
        let mut texts: Vec<String> = found.into_iter().filter(|text| text.len() >= SHORTEST).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Secrets(texts)
    }

    /// The text without them.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for secret in &self.0 {
            if hidden.contains(secret.as_str()) {
                hidden = hidden.replace(secret.as_str(), HIDDEN);
            }
        }
        hidden
    }
}

/// The documents of an output, as far as it can be read: somebody may have edited it.
pub(super) fn documents(text: &str) -> Vec<Value> {
    let mut sources = Sources::default();
    let source = sources.add("output", text);
    yaml::parse(&sources, source, &mut Report::default()).iter().map(|document| document.to_value()).collect()
}

fn of_state(value: &Value, secret: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if secret => _ = found.insert(text.clone()),
        Value::List(items) => items.iter().for_each(|item| of_state(item, secret, found)),
        Value::Map(map) => {
            for (key, own) in map {
                let key = key.to_lowercase();
                of_state(own, secret || SECRET_WORDS.iter().any(|word| key.contains(word)), found);
            }
        }
        _ => {}
    }
}

/// The values of a Secret; a long one is hidden line by line, since a block of YAML indents each.
fn of_objects(document: &Value, found: &mut BTreeSet<String>) {
    match document.get("kind").and_then(Value::as_str) {
        Some("Secret") => {
            let parts = ["data", "stringData"].into_iter().filter_map(|part| document.get(part)?.as_map());
            let texts = parts.flat_map(|part| part.values()).filter_map(Value::as_str);
            found.extend(texts.flat_map(str::lines).map(|line| line.trim().to_owned()));
        }
        Some("List") => {
            let items = document.get("items").and_then(Value::as_list).unwrap_or_default();
            items.iter().for_each(|item| of_objects(item, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_those_of_states_and_of_objects() {
        let mut state = State::default();
        let kept = crate::base::yaml::samples::read(
            "{password: hunter22, user: somebody, deep: {api_key: [abcdefgh]}, pass: abc}",
        );
        state.resources.insert("a".to_owned(), kept);
        let text = "kind: Secret\nstringData:\n  long: |\n    first line\n    second line\n---\nkind: ConfigMap\ndata: {a: visible}\n";
        let file = Compared { path: "x".into(), before: None, after: Some(text.to_owned()) };
        let secrets = Secrets::of([&state].into_iter(), &[file]);
        let hidden = secrets.hide(&format!("{text}hunter22 somebody abcdefgh abc"));
        assert_eq!(hidden.matches(HIDDEN).count(), 4, "{hidden}");
        assert!(hidden.contains("visible") && hidden.ends_with("******** somebody ******** abc"), "{hidden}");
    }
}
