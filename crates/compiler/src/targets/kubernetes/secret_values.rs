//! The values of secrets that a run knows: those of the Secrets that its manifests have.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::object::{identity, of_kind, text};
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
        let secrets = of_kind(documents, "Secret");
        let secrets = secrets.filter_map(|secret| Some((identity(secret).0?, secret)));
        SecretValues {
            secrets: secrets.collect(),
            known,
            forbidden: (options.secrets == SecretsSetting::None).then_some(options.secrets_span),
        }
    }

    /// The text of a key of a Secret; `None` when only the cluster has it.
    pub(super) fn text(&self, name: &str, key: &str) -> Option<String> {
        let secret = self.secrets.get(name)?;
        let entry = |section: &str| text(secret, &[section, key]);
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
