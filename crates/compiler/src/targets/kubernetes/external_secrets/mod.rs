//! Secrets as ExternalSecrets of the same names and keys, for `secrets: external`.
//!
//! The run knows only stand-ins for random values. Where a Secret has one, the External Secrets
//! Operator fills in the value that the store has.

mod drawn;
mod template;

use drawn::NOT_IN_OUTPUT;
pub(super) use drawn::check;

use indexmap::IndexMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::object::{is_kind, text};
use crate::plan::Plan;
use crate::provision::StoredSecrets;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::support::document::Document;
use crate::support::places::{Places, Step};
use crate::support::reasons::Part::K;
use crate::support::reasons::parts;
use crate::targets::secret_store::SecretStore;
use diagnostics::report::{Problem, Report};
use diagnostics::value::{Map, Value};
use template::Variables;

/// The kind that Secrets become.
pub(super) const KIND: &str = "ExternalSecret";

/// Turns the Secrets with values of the store into ExternalSecrets, and reports such values in the
/// objects of workloads.
pub(super) fn apply(
    documents: &mut [Document],
    plan: &Plan,
    store: &SecretStore,
    report: &mut Report,
) {
    for document in documents {
        if is_kind(document, "Secret")
            && let Some(value) = external_secret(&document.value, &plan.stored, store)
        {
            document.value = value;
            // Its parts are no longer where they were written.
            document.places = Places::default();
        }
    }
    report_exposed(plan, report);
}

/// The ExternalSecret for a Secret; `None` when it needs nothing of the store.
fn external_secret(secret: &Value, stored: &StoredSecrets, store: &SecretStore) -> Option<Value> {
    let contents = contents(secret);
    let mut variables = Variables::default();
    let data = contents.into_iter().map(|(key, content)| {
        let text = template::template(&content, stored, &mut variables);
        (key, Value::String(text))
    });
    let data: Map = data.collect();
    if variables.is_empty() {
        return None;
    }
    let mut template = Map::from_iter([("engineVersion".to_owned(), "v2".into())]);
    if let Some(kind) = text(secret, &["type"]).filter(|kind| *kind != "Opaque") {
        template.insert("type".to_owned(), kind.into());
    }
    let metadata = template_metadata(secret);
    if !metadata.is_empty() {
        template.insert("metadata".to_owned(), metadata.into());
    }
    template.insert("data".to_owned(), data.into());
    let mut target = Map::new();
    if let Some(immutable) = secret.get("immutable") {
        target.insert("immutable".to_owned(), immutable.clone());
    }
    target.insert("template".to_owned(), template.into());
    let reference = Value::map_of([
        ("name", store.name.as_str().into()),
        ("kind", store.kind.into()),
    ]);
    let spec = Value::map_of([
        ("secretStoreRef", reference),
        ("target", target.into()),
        ("data", variables.references().collect::<Vec<_>>().into()),
    ]);
    Some(Value::map_of([
        ("apiVersion", "external-secrets.io/v1".into()),
        ("kind", KIND.into()),
        (
            "metadata",
            secret.get("metadata").cloned().unwrap_or_else(Value::map),
        ),
        ("spec", spec),
    ]))
}

/// The content of each key. Kubernetes prefers `stringData`.
fn contents(secret: &Value) -> IndexMap<String, Vec<u8>> {
    let section = |name: &str| {
        secret
            .get(name)
            .and_then(Value::as_map)
            .into_iter()
            .flatten()
    };
    let encoded = section("data").map(|(key, value)| {
        let text = value.as_str().unwrap_or_default();
        let content = STANDARD.decode(text).unwrap_or_else(|_| text.into());
        (key.into(), content)
    });
    let plain = section("stringData").map(|(key, value)| {
        let text = value.as_str().unwrap_or_default();
        (key.into(), text.as_bytes().to_vec())
    });
    encoded.chain(plain).collect()
}

/// What the Secret gets of its labels and annotations: with a template, none by itself.
fn template_metadata(secret: &Value) -> Map {
    let metadata = secret.get("metadata");
    let entries = ["labels", "annotations"].into_iter().filter_map(|key| {
        let value = metadata?.get(key)?;
        Some((key.to_owned(), value.clone()))
    });
    entries.collect()
}

/// Reports the texts of workloads with a value of the store. Files with one are Secrets.
fn report_exposed(plan: &Plan, report: &mut Report) {
    for workload in &plan.workloads {
        for container in &workload.containers {
            let variables = container.variables.iter().map(|(_, text)| text);
            let texts = container.image.iter().chain(&container.command);
            let texts = texts.chain(&container.args).chain(variables);
            for text in texts.filter(|text| text.has_plain(|plain| plan.stored.is_in(plain))) {
                let message = format!("this has {NOT_IN_OUTPUT}");
                let problem = Problem::new(&SECRET_NOT_ALLOWED, message).at(text.span);
                let help = "use a definition whose output refers to a key of a Secret, by \
                            `encodeSecretRef`, or put the text into a file";
                report.push(problem.help(help));
            }
        }
    }
}

/// The paths in the Secret that may have given what is at a path of its ExternalSecret; none for what
/// only the ExternalSecret has.
pub(super) fn paths_in_secret(path: &[Step]) -> Vec<Vec<Step>> {
    match parts(path).as_slice() {
        [K("spec"), K("target"), K("template"), K("data"), ..] => {
            let section = |name: &str| [&[Step::Key(name.to_owned())], &path[4..]].concat();
            ["stringData", "data"].map(section).into()
        }
        [
            K("spec"),
            K("target"),
            K("template"),
            K("metadata" | "type"),
            ..,
        ] => {
            vec![path[3..].to_vec()]
        }
        [K("spec"), K("target"), K("immutable")] => vec![path[2..].to_vec()],
        [K("metadata"), ..] => vec![path.to_vec()],
        _ => Vec::new(),
    }
}
