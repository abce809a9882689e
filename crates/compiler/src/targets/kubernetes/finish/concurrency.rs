//! CronJobs whose pods cannot run at the same time, since they mount the same claim.

use std::collections::BTreeSet;

use crate::support::document::Document;
use crate::targets::kubernetes::object::{identity, insert_before, is_kind, items, template, text};
use diagnostics::value::Value;

/// The names of the claims that pods on several nodes can mount.
pub(super) fn shared_claims(documents: &[Document]) -> BTreeSet<String> {
    let claims = documents
        .iter()
        .filter(|document| is_kind(document, "PersistentVolumeClaim"));
    let is_shared = |claim: &&Document| {
        let spec = claim.value.get("spec").unwrap_or(&Value::Null);
        let mut modes = items(spec, "accessModes").iter().filter_map(Value::as_str);
        modes.any(|mode| ["ReadWriteMany", "ReadOnlyMany"].contains(&mode))
    };
    let names = claims
        .filter(is_shared)
        .filter_map(|claim| identity(&claim.value).0);
    names.map(str::to_owned).collect()
}

/// Lets a CronJob that mounts another claim wait for its last run: the next pod may be on another
/// node, where the claim cannot be mounted.
pub(super) fn forbid(object: &mut Value, shared_claims: &BTreeSet<String>) {
    if text(object, &["kind"]) != Some("CronJob") {
        return;
    }
    let pod = template(object).and_then(|template| template.get("spec"));
    let mut volumes = items(pod.unwrap_or(&Value::Null), "volumes").iter();
    let has_claim = volumes.any(|volume| {
        text(volume, &["persistentVolumeClaim", "claimName"])
            .is_some_and(|name| !shared_claims.contains(name))
    });
    let map = object.as_map_mut();
    let spec = map.and_then(|map| map.get_mut("spec")?.as_map_mut());
    if let Some(spec) = spec.filter(|spec| has_claim && !spec.contains_key("concurrencyPolicy")) {
        insert_before(spec, "concurrencyPolicy", "Forbid".into(), &["jobTemplate"]);
    }
}
