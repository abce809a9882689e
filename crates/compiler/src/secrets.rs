//! Where secrets are written, by `secrets:` of an environment. `spec/secrets.md` describes it.

use crate::link::ResourceNode;
use crate::placeholder::resolve::{Outputs, without_secret_references};
use crate::provision::ProvisionedResource;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::support::document::{Artifact, Document};
use crate::targets::target::{Options, SecretsSetting, Target};
use diagnostics::redaction::Redactor;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;

/// Whether an output or a section of a resource has a secret. `secrets` finds the known ones.
pub(crate) fn has_secret(resource: &ProvisionedResource, secrets: Option<&Redactor>) -> bool {
    let is_found = |value: &Value| secrets.is_some_and(|secrets| find(value, secrets).is_some());
    let in_outputs = match &resource.outputs {
        Outputs::Values(outputs) => {
            let mut values = outputs.values().map(without_secret_references);
            values.any(|value| is_found(&value))
        }
        Outputs::Environment { .. } | Outputs::ClusterConfig(_) | Outputs::Unknown => false,
    };
    let mut sections = resource.sections.values().map(|section| section.to_value());
    in_outputs || sections.any(|section| is_found(&section) || has_secret_object(&section))
}

/// Whether objects of Kubernetes have a Secret with data.
fn has_secret_object(objects: &Value) -> bool {
    let mut objects = objects.as_list().into_iter().flatten();
    objects.any(|object| {
        let data = |key| object.get(key).and_then(Value::as_map);
        let has = |key| data(key).is_some_and(|data| !data.is_empty());
        object.get("kind").and_then(Value::as_str) == Some("Secret")
            && (has("data") || has("stringData"))
    })
}

/// Reports each resource with a secret: its environment allows none. `place` is where it says so.
pub(crate) fn check_resources<'a>(
    sources: &Sources,
    resources: impl Iterator<Item = (&'a ResourceNode, &'a ProvisionedResource)>,
    place: Option<Span>,
    report: &mut Report,
) {
    let secrets = sources.secrets().known();
    for (node, _) in resources.filter(|(_, resource)| has_secret(resource, secrets.as_deref())) {
        let message = format!(
            "`{}` needs a generated password, and this environment has `secrets: none`",
            node.uid
        );
        let mut problem = Problem::new(&SECRET_NOT_ALLOWED, message).at(node.span);
        if let Some(place) = place {
            problem = problem.secondary(place, "set here");
        }
        let help = "use a definition that refers to an existing Secret or returns no password, \
                    or change `secrets`";
        report.push(problem.help(help));
    }
}

/// Moves the secrets of documents to where the environment wants them, and returns the files that
/// have them.
pub(crate) fn move_to_files(
    target: &dyn Target,
    options: &Options,
    documents: &mut [Document],
    sources: &Sources,
    report: &mut Report,
) -> Result<Vec<Artifact>, Reported> {
    if options.secrets != SecretsSetting::File {
        return Ok(Vec::new());
    }
    let Some(secrets) = sources.secrets().redactor() else {
        return Ok(Vec::new());
    };
    let artifacts = target.move_secrets(documents, options, &|text| is_in(text, &secrets));
    report.collect(|report| {
        if let Some(known) = sources.secrets().known() {
            for document in documents.iter() {
                report_rest(document, options, &known, report);
            }
        }
        artifacts
    })
}

/// Reports a secret that is still in a document.
fn report_rest(document: &Document, options: &Options, secrets: &Redactor, report: &mut Report) {
    let Some(path) = find(&document.value, secrets) else {
        return;
    };
    let path = path.into_iter().rev().collect::<Vec<_>>().join(".");
    let message = format!("`{path}` contains a secret that cannot be moved into an env file");
    let mut problem = Problem::new(&SECRET_NOT_ALLOWED, message);
    if let Some(place) = document.origin.or(options.secrets_span) {
        problem = problem.at(place);
    }
    let help = "pass it to the service as an environment variable, and read that in the container";
    report.push(problem.help(help));
}

/// Whether a text has a secret, also where each dollar of it is doubled, as in a Compose file.
fn is_in(text: &str, secrets: &Redactor) -> bool {
    secrets.is_match(text) || text.contains("$$") && secrets.is_match(&text.replace("$$", "$"))
}

/// The path of the first text with a secret, from the end.
fn find(value: &Value, secrets: &Redactor) -> Option<Vec<String>> {
    let in_item = |key: String, item: &Value| {
        find(item, secrets).map(|mut path| {
            path.push(key);
            path
        })
    };
    match value {
        Value::String(text) => is_in(text, secrets).then(Vec::new),
        Value::List(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| in_item(index.to_string(), item))
        }
        Value::Map(map) => map.iter().find_map(|(key, item)| in_item(key.into(), item)),
        _ => None,
    }
}
