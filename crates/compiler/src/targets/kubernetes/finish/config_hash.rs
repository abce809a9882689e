//! A hash of the ConfigMaps and Secrets of the output that a pod reads, so that a change of one of
//! them starts a rollout.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity::short_hash;
use crate::plan::Plan;
use crate::support::document::Document;
use crate::support::parallel;
use crate::support::random::Key;
use crate::targets::kubernetes::external_secrets;
use crate::targets::kubernetes::labels::WORKLOAD_NAME;
use crate::targets::kubernetes::object::{identity, insert_before, map_before, template, text};
use crate::targets::target::Options;
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// The annotation of a pod with the hash.
const CONFIG_HASH: &str = "k8s.score.dev/config-hash";

/// The parts of a ConfigMap or Secret that pods read.
const DATA: &[&str] = &["data", "binaryData", "stringData"];

/// The kinds that give pods something, what pods read them as, and what it depends on.
const KINDS: [(&str, &str, &[&str]); 3] = [
    ("ConfigMap", "ConfigMap", DATA),
    ("Secret", "Secret", DATA),
    (external_secrets::KIND, "Secret", &["spec"]),
];

/// The kind and the name of an object that a pod reads.
type Source = (&'static str, String);

/// The ConfigMaps and Secrets of an output.
pub(super) struct Config {
    /// The data of each, by namespace, and whether it has a secret.
    objects: BTreeMap<(Option<String>, Source), (String, bool)>,
    /// The key for hashes of secrets, whose values could be guessed by a plain one.
    key: Option<Key>,
}

impl Config {
    pub(super) fn find(
        documents: &[Document],
        plan: &Plan,
        options: &Options,
        sources: &Sources,
    ) -> Config {
        let secrets = sources.secrets().known();
        let entry = |Document { value, .. }: &Document| {
            let written = text(value, &["kind"])?;
            let (_, kind, parts) = KINDS.iter().find(|(kind, ..)| *kind == written)?;
            // Where definitions wrote it themselves, it never was a part of the hash.
            if written == external_secrets::KIND && options.secret_store.is_none() {
                return None;
            }
            let (name, namespace) = identity(value);
            let part = |key: &&str| value.get(key).map(Value::to_json).unwrap_or_default();
            let data: Vec<String> = parts.iter().map(part).collect();
            let data = data.join("\n");
            let is_secret = written == "Secret"
                || secrets
                    .as_ref()
                    .is_some_and(|secrets| secrets.is_match(&data));
            let source = (*kind, name?.to_owned());
            Some(((namespace.map(str::to_owned), source), (data, is_secret)))
        };
        Config {
            objects: parallel::map(documents, entry)
                .into_iter()
                .flatten()
                .collect(),
            key: plan.hash_key,
        }
    }

    /// The hash for the pods of an object; `None` where they read nothing of the output. Without a
    /// key, secrets are not part of it.
    pub(super) fn hash(&self, object: &Value) -> Option<String> {
        let mut sources = BTreeSet::new();
        collect(template(object)?, &mut sources);
        let namespace = identity(object).1.map(str::to_owned);
        let read: Vec<(Source, &(String, bool))> = sources
            .into_iter()
            .filter_map(|source| {
                let data = self.objects.get(&(namespace.clone(), source.clone()))?;
                (self.key.is_some() || !data.1).then_some((source, data))
            })
            .collect();
        let has_secret = read.iter().any(|(_, (_, is_secret))| *is_secret);
        let key = self.key.filter(|_| has_secret);
        let key = key.iter().map(|key| key.bytes().as_slice());
        let parts = read.iter().flat_map(|((kind, name), (data, _))| {
            [kind.as_bytes(), name.as_bytes(), data.as_bytes()]
        });
        (!read.is_empty()).then(|| short_hash(key.chain(parts)))
    }
}

/// The ConfigMaps and Secrets that a value refers to: in a volume, in a variable, or as the source
/// of all variables (Kubernetes, `PodSpec`).
fn collect(value: &Value, sources: &mut BTreeSet<Source>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| collect(item, sources)),
        Value::Map(map) => {
            for (key, item) in map {
                let kind = match key.as_str() {
                    "configMap" | "configMapKeyRef" | "configMapRef" => Some("ConfigMap"),
                    "secret" | "secretKeyRef" | "secretRef" => Some("Secret"),
                    _ => None,
                };
                let name = text(item, &["name"]).or(text(item, &["secretName"]));
                sources.extend(kind.zip(name.map(str::to_owned)));
                collect(item, sources);
            }
        }
        _ => {}
    }
}

/// Writes the hash into the template of a pod.
pub(super) fn annotate(template: &mut Value, hash: Option<String>) {
    let (Some(template), Some(hash)) = (template.as_map_mut(), hash) else {
        return;
    };
    if let Some(metadata) = map_before(template, "metadata", &["spec"])
        && let Some(annotations) = map_before(metadata, "annotations", &[])
    {
        insert_before(annotations, CONFIG_HASH, hash.into(), &[WORKLOAD_NAME]);
    }
}
