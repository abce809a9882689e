//! The values of secrets that a run knows: those of the Secrets that its manifests have.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::document::Document;
use crate::targets::target::{Options, SecretsSetting};
use diagnostics::redaction::Redactor;
use diagnostics::source::Span;
use diagnostics::value::Value;

/// What is known of secrets when workloads are lowered.
pub(super) struct SecretValues<'a> {
    /// The Secrets of the resources, by name.
    secrets: BTreeMap<&'a str, &'a Value>,
    /// Finds the secrets that the run knows.
    known: Option<&'a Redactor>,
    /// Where the environment forbids them, if it does.
    pub(super) forbidden: Option<Option<Span>>,
}

impl<'a> SecretValues<'a> {
    /// `documents` are the manifests of the resources.
    pub(super) fn new(
        documents: &'a [Document],
        options: &Options,
        known: Option<&'a Redactor>,
    ) -> SecretValues<'a> {
        let named = |document: &'a Document| {
            let object = &document.value;
            let name = object.get("metadata")?.get("name")?.as_str()?;
            (object.get("kind")?.as_str() == Some("Secret")).then_some((name, object))
        };
        SecretValues {
            secrets: documents.iter().filter_map(named).collect(),
            known,
            forbidden: (options.secrets == SecretsSetting::None).then_some(options.secrets_span),
        }
    }

    /// The text of a key of a Secret; `None` when only the cluster has it.
    pub(super) fn text(&self, name: &str, key: &str) -> Option<String> {
        let secret = self.secrets.get(name)?;
        let entry = |section: &str| secret.get(section)?.get(key)?.as_str();
        // Kubernetes prefers `stringData` too.
        if let Some(text) = entry("stringData") {
            return Some(text.to_owned());
        }
        String::from_utf8(STANDARD.decode(entry("data")?).ok()?).ok()
    }

    /// Whether a text has a known secret.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.known.is_some_and(|known| known.is_match(text))
    }
}
