//! Names and labels that Kubernetes accepts, for every legal workload name.

use super::annotations::SERVICE_NAME;
use crate::identity::short_hash;
use crate::model::{Annotation, is_dns_label};

/// The maximum length of a label value and of most names (Kubernetes, "Object Names and IDs").
pub(super) const LONGEST: usize = 63;
/// The pods of a StatefulSet get a label of its name, a `-` and a hash of ten characters.
const LONGEST_STATEFUL_SET: usize = 52;
/// The name of a CronJob's job is the CronJob's, a `-` and ten digits.
const LONGEST_CRON_JOB: usize = 52;

/// `name`, or its beginning and a hash of the whole when it is too long, so that two long names
/// stay different.
pub(super) fn shorten(name: &str, longest: usize) -> String {
    if name.len() <= longest {
        return name.to_owned();
    }
    let hash = short_hash([name.as_bytes()]);
    // Names are ASCII, so every index is the start of a character.
    let beginning = name
        .get(..longest.saturating_sub(hash.len() + 1))
        .unwrap_or(name)
        .trim_end_matches('-');
    format!("{beginning}-{hash}")
}

/// The name of a workload's Service: that of the annotation, else the workload's. The name of a
/// Service begins with a letter (RFC 1035), which the workload's need not.
pub(super) fn service(workload: &str, annotations: &[Annotation]) -> String {
    match Annotation::find(annotations, SERVICE_NAME) {
        Some(annotation) => annotation.value.value.clone(),
        None if workload.starts_with(|first: char| first.is_ascii_digit()) => {
            shorten(&format!("svc-{workload}"), LONGEST)
        }
        None => workload.to_owned(),
    }
}

/// Whether a name is a DNS label that begins with a letter.
pub(super) fn is_service_name(name: &str) -> bool {
    is_dns_label(name) && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// The name of a StatefulSet for a workload.
pub(super) fn stateful_set(workload: &str) -> String {
    shorten(workload, LONGEST_STATEFUL_SET)
}

/// The name of a CronJob for a workload.
pub(super) fn cron_job(workload: &str) -> String {
    shorten(workload, LONGEST_CRON_JOB)
}

/// The name of the headless Service of a StatefulSet. It cannot change in an existing StatefulSet,
/// so it is the one that `score-k8s` uses, and the annotation with the name of the other Service
/// does not affect it.
pub(super) fn headless(workload: &str) -> String {
    shorten(&format!("{}-headless-svc", service(workload, &[])), LONGEST)
}

/// The name of a container port; `None` when it is not valid there: at most 15 characters, one of
/// them a letter (RFC 6335).
pub(super) fn container_port(name: &str) -> Option<String> {
    let fits = name.len() <= 15
        && name.contains(|character: char| character.is_ascii_lowercase())
        && !name.contains("--");
    fits.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_and_stay_different() {
        let long = |end: char| format!("{}{end}", "a".repeat(62));
        assert_eq!(shorten("short", 63), "short");
        assert_eq!(shorten(&long('b'), 52).len(), 52);
        assert_ne!(shorten(&long('b'), 52), shorten(&long('c'), 52));
        assert!(is_service_name(&headless(&long('b'))));
    }

    #[test]
    fn services_begin_with_a_letter() {
        assert_eq!(service("shop", &[]), "shop");
        assert!(is_service_name(&service("2048", &[])));
        assert!(is_service_name(&service(&"1".repeat(63), &[])));
    }
}
