//! CronJobs whose pods cannot run at the same time, since they mount the same claim.

use std::collections::BTreeSet;

use crate::targets::kubernetes::claims::claim_name;
use crate::targets::kubernetes::object::{insert_before, items, map_mut, template, text};
use diagnostics::value::Value;

/// Lets a CronJob that mounts another claim wait for its last run: the next pod may be on another
/// node, where the claim cannot be mounted.
pub(super) fn forbid(object: &mut Value, shared_claims: &BTreeSet<String>) {
    if text(object, &["kind"]) != Some("CronJob") {
        return;
    }
    let pod = template(object).and_then(|template| template.get("spec"));
    let mut volumes = items(pod.unwrap_or(&Value::Null), "volumes").iter();
    let has_claim =
        volumes.any(|volume| claim_name(volume).is_some_and(|name| !shared_claims.contains(name)));
    let spec = map_mut(object, "spec");
    if let Some(spec) = spec.filter(|spec| has_claim && !spec.contains_key("concurrencyPolicy")) {
        insert_before(spec, "concurrencyPolicy", "Forbid".into(), &["jobTemplate"]);
    }
}
