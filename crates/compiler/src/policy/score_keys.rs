//! What to write to satisfy a policy: the key of the Score file, or of the environment.

use std::collections::BTreeSet;

use super::finding::{Decided, Finding};
use crate::reasons::{Kind, Reasons, show};
use crate::support::places::Step;
use crate::support::reasons::{keys, value_at};
use diagnostics::suggestions::list_names;
use diagnostics::value::Value;

/// Fields of a container, and the keys of a container of the Score file.
const CONTAINER: [(&str, &str); 14] = [
    ("image", "image"),
    ("command", "command"),
    ("args", "args"),
    ("env", "variables"),
    ("volumeMounts", "volumes"),
    ("resources.limits.memory", "resources.limits.memory"),
    ("resources.limits.cpu", "resources.limits.cpu"),
    ("resources.requests.memory", "resources.requests.memory"),
    ("resources.requests.cpu", "resources.requests.cpu"),
    ("resources.limits", "resources.limits"),
    ("resources.requests", "resources.requests"),
    ("resources", "resources"),
    ("livenessProbe", "livenessProbe"),
    ("readinessProbe", "readinessProbe"),
];

/// Other fields, by the keys that they contain, and what sets them; the first that fits counts.
const OTHERS: [(&str, &str); 18] = [
    (
        "spec.ports",
        "write it in `service.ports` of the Score file",
    ),
    (
        "metadata.annotations",
        "write it in `metadata.annotations` of the Score file, or for all workloads in \
         `defaults.workload.annotations` of the environment",
    ),
    (
        "metadata.labels",
        "write it in `defaults.workload.labels` of the environment",
    ),
    (
        "metadata.name",
        "write another `metadata.name` in the Score file",
    ),
    ("metadata.namespace", "set `namespace` in the environment"),
    (
        "runAsNonRoot",
        "set `podSecurity: restricted` in the environment",
    ),
    (
        "readOnlyRootFilesystem",
        "set it with `patches` of the environment",
    ),
    (
        "allowPrivilegeEscalation",
        "set `podSecurity: baseline` in the environment",
    ),
    (
        "seccompProfile",
        "set `podSecurity: baseline` in the environment",
    ),
    (
        "capabilities",
        "set `podSecurity: restricted` in the environment",
    ),
    (
        "automountServiceAccountToken",
        "set `podSecurity: baseline` in the environment",
    ),
    (
        "startupProbe",
        "set `defaults.container.startupProbe` in the environment",
    ),
    (
        "spec.replicas",
        "set `defaults.workload.replicas` in the environment",
    ),
    (
        "spec.strategy",
        "set `defaults.workload.strategy` in the environment",
    ),
    (
        "terminationGracePeriodSeconds",
        "set `defaults.workload.terminationGracePeriodSeconds` in the environment",
    ),
    (
        "imagePullSecrets",
        "set `defaults.workload.imagePullSecrets` in the environment",
    ),
    (
        "serviceAccount",
        "set `defaults.workload.serviceAccount` in the environment",
    ),
    (
        "topologySpreadConstraints",
        "switch on `features.spread` in the environment",
    ),
];

/// The default that gives a container what it lacks.
const DEFAULT: &str = "`defaults.container.resources`";

/// The action that a violation asks for.
pub(super) fn help(
    finding: &Finding,
    decided: &Decided,
    document: &Value,
    reasons: &Reasons,
) -> String {
    let help = help_for_object(finding, decided, document, reasons);
    let is_missing = |path: &Vec<Step>| value_at(document, path).is_none();
    match finding.fails && finding.paths.iter().any(is_missing) {
        true => format!("{help}; if it is optional, test it with `has(..)` in the policy"),
        false => help,
    }
}

fn help_for_object(
    finding: &Finding,
    decided: &Decided,
    document: &Value,
    reasons: &Reasons,
) -> String {
    match decided.kind {
        Some(Kind::Definition) => return "change the provisioner's definition".to_owned(),
        Some(Kind::Patch) => return "change the patch".to_owned(),
        Some(Kind::Override) => return "change the override".to_owned(),
        _ => {}
    }
    let key = |path: &Vec<Step>| score_key(path, document).or_else(|| metadata_key(path, reasons));
    let wanted: BTreeSet<(String, &str)> = finding.paths.iter().filter_map(key).collect();
    let names = list_names(wanted.iter().map(|(name, _)| name.as_str()));
    let is_of_resources = |(_, key): &(String, &str)| key.starts_with("resources");
    let has_default = !wanted.is_empty() && wanted.iter().all(is_of_resources);
    let is_missing = |path: &Vec<Step>| value_at(document, path).is_none();
    match decided.kind {
        Some(Kind::Environment) if has_default => {
            format!("change it in the environment, or write {names} in the Score file")
        }
        Some(Kind::Environment) => "change it in the environment".to_owned(),
        _ if has_default && finding.paths.iter().all(is_missing) => {
            format!("write {names} in the Score file, or {DEFAULT} in the environment")
        }
        _ if !wanted.is_empty() => format!("write {names} in the Score file"),
        _ => other_help(finding, decided),
    }
}

fn other_help(finding: &Finding, decided: &Decided) -> String {
    let paths = finding.paths.iter().map(|path| show(path));
    let paths: Vec<String> = paths.collect();
    let other = OTHERS
        .iter()
        .find(|(part, _)| paths.iter().any(|path| path.contains(part)));
    let fallback = || match &decided.key {
        Some(key) => format!("change `{key}` in the Score file"),
        None => "set it with `patches` of the environment".to_owned(),
    };
    other.map_or_else(fallback, |(_, help)| (*help).to_owned())
}

/// The key of the Score file that the default of a label reads.
fn metadata_key(path: &[Step], reasons: &Reasons) -> Option<(String, &'static str)> {
    let is_labels = |pair: &[Step]| pair == keys(["metadata", "labels"]);
    let start = path.windows(2).position(is_labels)?;
    let Step::Key(label) = path.get(start + 2)? else {
        return None;
    };
    let read = reasons.metadata_of_label(label)?;
    let keys = std::iter::once("metadata".to_owned()).chain(read);
    Some((show(&keys.map(Step::Key).collect::<Vec<_>>()), "metadata"))
}

/// Whether a key of a pod is that of a list of containers.
pub(super) fn is_container_list(key: &str) -> bool {
    key == "containers" || key == "initContainers"
}

/// The key of the Score file for a field of a container, with the container and without it.
fn score_key(path: &[Step], document: &Value) -> Option<(String, &'static str)> {
    let is_list = |step: &Step| matches!(step, Step::Key(key) if is_container_list(key));
    let list = path.iter().position(is_list)?;
    let (container, field) = path.split_at_checked(list + 2)?;
    let name = value_at(document, container)?.get("name")?;
    let field = show(field);
    let (_, key) = CONTAINER.iter().find(|(prefix, _)| {
        let rest = field.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })?;
    Some((format!("containers.{}.{key}", name.as_str()?), key))
}
