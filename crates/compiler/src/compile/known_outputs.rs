//! The outputs of resources that are known without running a program, and are no secrets.

use std::collections::BTreeMap;

use super::previews;
use super::run::Run;
use crate::check::Purpose;
use crate::placeholder::resolve::{Outputs, Segment, split_secrets};
use crate::request::Request;
use crate::support::host::Host;
use diagnostics::redaction::{Redactor, is_secret_key};
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;
use diagnostics::value::{Map, Value};

/// Outputs by the names of a workload and its resource.
pub type KnownOutputs = BTreeMap<(String, String), Map>;

/// As [`validate_for_environment`](super::validate_for_environment), up to provisioning.
///
/// # Errors
///
/// When the definition of a resource was not found, or the request is incomplete.
pub fn known_outputs(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<KnownOutputs, Reported> {
    let mut run = Run::new(sources, request, Purpose::Validate, report);
    let graph = run.link_workloads();
    let matched = run.match_definitions(graph);
    let matches = run.require_matches(matched)?;
    previews::take_shared(&mut run, host, &matches.graph)?;
    let (provisioned, _) = run.provision(host, &matches);
    let secrets = run.sources.secrets().redactor();
    let mut known = KnownOutputs::new();
    for linked in &matches.graph.workloads {
        for (name, index) in &linked.resources {
            let Outputs::Values(outputs) = &provisioned[*index].outputs else {
                continue;
            };
            let definition = &matches.library.definitions()[matches.bindings[*index]];
            let declared = definition.expected_outputs.as_ref();
            let is_declared_secret = |key: &str| {
                let output = declared.and_then(|declared| declared.get(key));
                output.is_some_and(|output| output.is_secret)
            };
            let plain = outputs.iter().filter(|(key, value)| {
                !is_declared_secret(key) && !is_secret(key, value, secrets.as_deref())
            });
            let plain = plain.map(|(key, value)| (key.clone(), value.clone()));
            let name = (linked.workload.name.value.clone(), name.clone());
            known.insert(name, plain.collect());
        }
    }
    Ok(known)
}

/// Whether an output is one by its name, by its text, or as a reference to a Secret.
fn is_secret(key: &str, value: &Value, secrets: Option<&Redactor>) -> bool {
    let text = value.to_text();
    let segments = split_secrets(&text).unwrap_or_default();
    let is_plain = segments
        .iter()
        .all(|segment| matches!(segment, Segment::Plain(_)));
    is_secret_key(key) || !is_plain || secrets.is_some_and(|secrets| secrets.is_match(&text))
}
