//! A hash of the mounted files of each service.
//!
//! Compose recreates a container only when the text of its service changes. A file that the service
//! mounts is replaced by another one, so without a change of the text the container would keep the
//! old file.

use std::collections::BTreeMap;

use super::mounted_files::{Files, mounts};
use crate::identity::short_hash;
use crate::support::document::Artifact;
use crate::support::random::Key;
use crate::targets::target::{Options, SecretsSetting};
use diagnostics::redaction::Redactor;
use diagnostics::value::{Map, Value};

/// The label with the hash.
pub(super) const LABEL: &str = "compose.score.dev/files-hash";

/// The variable with the hash of files with secrets, where `compose.yaml` must not have it. It is
/// moved into the env file of the service.
pub(super) const VARIABLE: &str = "SCORE_RS_FILES_HASH";

/// What hashes are made with.
pub(super) struct Hashes<'a> {
    files: Files<'a>,
    /// The key for files with these secrets.
    keyed: Option<(&'a Key, &'a Redactor)>,
    /// Whether a hash of a secret may be in the output.
    is_plain: bool,
}

impl<'a> Hashes<'a> {
    pub(super) fn new(
        artifacts: &'a [Artifact],
        options: &Options,
        keyed: Option<(&'a Key, &'a Redactor)>,
    ) -> Hashes<'a> {
        Hashes {
            files: Files::new(artifacts, options),
            keyed,
            is_plain: options.secrets == SecretsSetting::Plain,
        }
    }

    /// Adds the hash to a service that mounts files.
    pub(super) fn add(&self, service: &mut Value) {
        let Some(service) = service.as_map_mut() else {
            return;
        };
        let files = self.mounted_files(service);
        if files.is_empty() {
            return;
        }
        let key = self
            .keyed
            .filter(|(_, secrets)| files.values().any(|text| has_secret(text, secrets)))
            .map(|(key, _)| key);
        let mut parts: Vec<&[u8]> = key.iter().map(|key| key.bytes().as_slice()).collect();
        for (path, content) in &files {
            parts.extend([path.as_bytes(), content]);
        }
        let hash = Value::from(short_hash(parts));
        let is_hidden = key.is_some() && !self.is_plain;
        let (section, name) = match is_hidden {
            true => ("environment", VARIABLE),
            false => ("labels", LABEL),
        };
        add_entry(service, section, name, hash);
    }

    /// The files that the service mounts, by their paths as the output names them.
    fn mounted_files(&self, service: &Map) -> BTreeMap<String, &'a [u8]> {
        let mut files = BTreeMap::new();
        for mount in mounts(service).into_iter().flatten() {
            let mounted = self.files.at(&mount.source);
            files.extend(mounted.filter_map(|(path, artifact)| {
                Some((path.to_owned(), artifact.content.as_deref()?))
            }));
        }
        files
    }
}

fn has_secret(content: &[u8], secrets: &Redactor) -> bool {
    secrets.is_match(&String::from_utf8_lossy(content))
}

/// Adds an entry to a section that is a mapping or a list of `NAME=VALUE`.
fn add_entry(service: &mut Map, section: &str, name: &str, value: Value) {
    match service.get_mut(section) {
        Some(Value::List(entries)) => {
            entries.push(Value::from(format!("{name}={}", value.to_text())));
        }
        Some(Value::Map(entries)) => {
            entries.insert(name.to_owned(), value);
        }
        _ => {
            let entries = Map::from_iter([(name.to_owned(), value)]);
            service.insert(section.to_owned(), Value::Map(entries));
        }
    }
}
