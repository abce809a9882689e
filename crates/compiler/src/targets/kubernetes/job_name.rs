//! Names of Jobs with a hash of what cannot change in one that exists, so that a changed Job is
//! another object, which runs.

use super::labels::WORKLOAD_NAME;
use super::names;
use super::object::{insert_before, map_before, map_mut, text};
use crate::identity::short_hash;
use diagnostics::value::{Map, Value};

/// The annotation of a Job with the hash at the end of its name.
const TEMPLATE_HASH: &str = "k8s.score.dev/template-hash";

/// The fields that can change in a Job (Kubernetes, `JobSpec`).
const MUTABLE: [&str; 5] = [
    "activeDeadlineSeconds",
    "backoffLimit",
    "parallelism",
    "suspend",
    "ttlSecondsAfterFinished",
];

/// Gives a Job its name; other objects keep theirs.
pub(super) fn rename(object: &mut Value) {
    if text(object, &["kind"]) != Some("Job") {
        return;
    }
    let spec = object.get("spec").and_then(Value::as_map);
    let fields = spec.into_iter().flatten();
    let fixed: Map = fields
        .filter(|(key, _)| !MUTABLE.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let hash = short_hash([Value::Map(fixed).to_json().as_bytes()]);
    let Some(metadata) = map_mut(object, "metadata") else {
        return;
    };
    let Some(Value::String(name)) = metadata.get_mut("name") else {
        return;
    };
    let beginning = names::shorten(name, names::LONGEST - hash.len() - 1);
    *name = format!("{beginning}-{hash}");
    if let Some(annotations) = map_before(metadata, "annotations", &[]) {
        insert_before(annotations, TEMPLATE_HASH, hash.into(), &[WORKLOAD_NAME]);
    }
}

/// The name of an object, without the hash of a Job.
pub fn plain_name(object: &Value) -> Option<&str> {
    let name = text(object, &["metadata", "name"])?;
    let hash = text(object, &["metadata", "annotations", TEMPLATE_HASH]);
    let plain = hash.and_then(|hash| name.strip_suffix(hash)?.strip_suffix('-'));
    Some(plain.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn renamed(name: &str, spec: serde_json::Value) -> Value {
        let mut job = Value::from(json!({"kind": "Job", "metadata": {"name": name}, "spec": spec}));
        rename(&mut job);
        job
    }

    fn name(object: &Value) -> &str {
        let metadata = object.get("metadata").unwrap();
        metadata.get("name").and_then(Value::as_str).unwrap()
    }

    #[test]
    fn the_name_changes_with_what_cannot_change() {
        let job = |spec: serde_json::Value| name(&renamed("migrate", spec)).to_owned();
        let first = job(json!({"template": {"spec": {"a": 1}}}));
        assert_eq!(first.len(), "migrate-0123456789".len());
        let mutable = json!({"suspend": true, "template": {"spec": {"a": 1}}, "backoffLimit": 3});
        assert_eq!(first, job(mutable));
        assert_ne!(first, job(json!({"template": {"spec": {"a": 2}}})));
        let indexed = json!({"template": {"spec": {"a": 1}}, "completionMode": "Indexed"});
        assert_ne!(first, job(indexed));
    }

    #[test]
    fn names_stay_valid_and_have_a_plain_form() {
        let long = "a".repeat(63);
        for plain in ["migrate", "0", &long] {
            let job = renamed(plain, json!({"template": {}}));
            assert!(crate::model::is_dns_label(name(&job)), "{}", name(&job));
            let beginning = plain.get(..7).unwrap_or(plain);
            assert!(plain_name(&job).unwrap().starts_with(beginning));
        }
        let job = renamed("migrate", json!({"template": {}}));
        assert_eq!(plain_name(&job), Some("migrate"));
        let cron_job = Value::from(json!({"kind": "CronJob", "metadata": {"name": "a"}}));
        let mut same = cron_job.clone();
        rename(&mut same);
        assert_eq!((plain_name(&same), &same), (Some("a"), &cron_job));
    }
}
