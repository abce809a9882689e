//! Reads files with policies.

use std::collections::BTreeMap;

use super::admission::{read_binding, read_policy};
use super::kyverno;
use super::policies::Loaded;
use super::rules::INVALID_POLICY;
use crate::targets::kubernetes::api_kinds;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::suggestions::{closest_match, list_names};
use yaml::{Node, reader};

const HELP: &str = "list policies of Kyverno, or ValidatingAdmissionPolicies with their bindings";

/// The groups of policies, and their kinds and versions that are looked at.
const GROUPS: [(&str, &[&str], &[&str]); 2] = [
    ("kyverno.io", &["ClusterPolicy", "Policy"], &["v1"]),
    (
        "admissionregistration.k8s.io",
        &[
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
        &["v1", "v1beta1"],
    ),
];

/// Adds what a file has.
pub(super) fn read(file: SourceId, loaded: &mut Loaded, sources: &Sources, report: &mut Report) {
    let (documents, result) = report.observe(|report| yaml::parse(sources, file, report));
    let is_readable = result.is_ok();
    let mut is_empty = true;
    let objects = documents.iter().flat_map(api_kinds::objects);
    for object in objects.filter(|object| !object.is_null()) {
        is_empty = false;
        read_object(object, loaded, sources, report);
    }
    if is_empty && is_readable {
        let problem = Problem::new(&INVALID_POLICY, "this file has no policy");
        report.push(problem.at(Span::new(file, 0, 0)).help(HELP));
    }
}

fn read_object(object: &Node, loaded: &mut Loaded, sources: &Sources, report: &mut Report) {
    let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let start = object.first_key();
    if api_version.is_empty() || kind.is_empty() {
        let missing = match api_version {
            "" => "apiVersion",
            _ => "kind",
        };
        let problem = Problem::new(&INVALID_POLICY, format!("this object has no `{missing}`"));
        report.push(problem.at(start).help(HELP));
        return;
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let known = GROUPS.iter().find(|(name, ..)| *name == group);
    let Some((_, kinds, versions)) = known else {
        // An object that may be the parameters of a policy.
        report_other_group(object, kind, report);
        loaded.others.push(object.to_value());
        return;
    };
    if !kinds.contains(&kind) {
        if let Some(near) = closest_match(kind, kinds.iter().copied()) {
            let message = format!("`{api_version}` has no kind `{kind}`");
            let place = object.get("kind").map_or(start, |node| node.span);
            let problem = Problem::new(&INVALID_POLICY, message).at(place);
            report.push(problem.help(format!("did you mean `{near}`?")));
        }
        return;
    }
    if !versions.contains(&version) {
        let message = format!("a policy of `{api_version}` is not supported");
        let place = object.get("apiVersion").map_or(start, |node| node.span);
        let versions: Vec<String> = versions
            .iter()
            .map(|one| format!("{group}/{one}"))
            .collect();
        let names = list_names(versions.iter().map(String::as_str));
        let problem = Problem::new(&INVALID_POLICY, message).at(place);
        report.push(problem.help(format!("write {names}")));
        return;
    }
    let name = object
        .get("metadata")
        .and_then(|metadata| metadata.get("name"));
    let Some(name) = name else {
        let problem = Problem::new(&INVALID_POLICY, "this policy has no `metadata.name`");
        report.push(problem.at(start).help("write its name"));
        return;
    };
    let Some(name) = reader::string(name, "`name`", report) else {
        return;
    };
    match kind {
        "ValidatingAdmissionPolicy" => {
            loaded
                .admission
                .extend(read_policy(object, name, sources, report));
        }
        "ValidatingAdmissionPolicyBinding" => {
            loaded.bindings.extend(read_binding(object, &name, report));
        }
        _ => loaded.kyverno.extend(kyverno::read(object, name, report)),
    }
}

/// A kind of a policy in another group is a mistake.
fn report_other_group(object: &Node, kind: &str, report: &mut Report) {
    let group = GROUPS
        .iter()
        .find(|(_, kinds, _)| kinds.contains(&kind) && kind != "Policy");
    if let (Some((group, _, versions)), Some(node)) = (group, object.get("apiVersion")) {
        let given = node.as_str().unwrap_or_default();
        let message = format!("`{given}` has no kind `{kind}`");
        let version = versions.first().copied().unwrap_or_default();
        let problem = Problem::new(&INVALID_POLICY, message).at(node.span);
        report.push(problem.help(format!("write `apiVersion: {group}/{version}`")));
    }
}

/// Reports two policies of one name, which could not be told apart.
pub(super) fn check_names(loaded: &Loaded, report: &mut Report) {
    let mut seen: BTreeMap<&str, &Spanned<String>> = BTreeMap::new();
    for name in loaded.names() {
        if let Some(first) = seen.insert(&name.value, name) {
            let message = format!("two policies have the name `{}`", name.value);
            let problem = Problem::new(&INVALID_POLICY, message).at(name.span);
            let problem = problem.secondary(first.span, "the other one is here");
            report.push(problem.help("rename one of them, or remove it from `policies`"));
        }
    }
}
