//! The annotations of a workload that the Kubernetes target reads.

use crate::model::Annotation;
use crate::plan::Workload;
use crate::targets::target::PodSecurity;
use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::{closest_match, list_names, suggestion};
use diagnostics::value::{Map, Value};

rules! {
    /// An annotation that score-rs reads has a value that it cannot have.
    pub INVALID_ANNOTATION: "invalid-annotation", Error;
}

/// What the key of each of them starts with.
const PREFIX: &str = "k8s.score.dev/";
/// The kind of object that runs a workload.
pub(super) const KIND: &str = "k8s.score.dev/kind";
/// When a CronJob runs.
pub(super) const SCHEDULE: &str = "k8s.score.dev/schedule";
/// The time zone of the schedule.
pub(super) const TIME_ZONE: &str = "k8s.score.dev/time-zone";
/// The name of a workload's Service.
pub(super) const SERVICE_NAME: &str = "k8s.score.dev/service-name";

/// What the workload's pods are not allowed to do, instead of what the environment says.
pub(super) const POD_SECURITY: &str = "k8s.score.dev/pod-security";
/// How long a finished Job stays.
pub(super) const JOB_TTL: &str = "k8s.score.dev/job-ttl";
/// Whether the name of a Job has a hash of its template.
pub(super) const JOB_HASH: &str = "k8s.score.dev/job-hash";

/// All of them. They mean nothing to a pod, so no pod gets them.
pub(super) const KEYS: [&str; 7] = [
    KIND,
    SCHEDULE,
    TIME_ZONE,
    SERVICE_NAME,
    POD_SECURITY,
    JOB_TTL,
    JOB_HASH,
];

/// The annotations of a workload.
#[derive(Clone, Copy)]
pub(super) struct Annotations<'a> {
    /// Those that could be decoded.
    pub(super) decoded: &'a [Annotation],
    /// The workload's `metadata` as written, with all of them.
    pub(super) metadata: &'a Map,
    /// Whether a part of `metadata` could not be read.
    pub(super) is_incomplete: bool,
}

impl<'a> Annotations<'a> {
    /// Those of a planned workload.
    pub(super) fn of(workload: &'a Workload) -> Annotations<'a> {
        Annotations {
            decoded: &workload.annotations,
            metadata: &workload.metadata,
            is_incomplete: false,
        }
    }

    /// What the pods are not allowed to do, when the workload says so.
    pub(super) fn pod_security(&self) -> Option<PodSecurity> {
        let name = &self.find(POD_SECURITY)?.value.value;
        let mut settings = PodSecurity::ALL.into_iter();
        let named = settings.find(|(other, _)| other == name);
        named.map(|(_, setting)| setting)
    }

    /// How many seconds a finished Job stays; `None` for always.
    pub(super) fn job_ttl(&self) -> Option<i32> {
        seconds(&self.find(JOB_TTL)?.value.value)
    }

    /// Whether the name of a Job has a hash.
    pub(super) fn has_job_hash(&self) -> bool {
        self.find(JOB_HASH)
            .is_none_or(|annotation| annotation.value.value != "false")
    }

    /// The annotation with a key.
    pub(super) fn find(&self, key: &str) -> Option<&'a Annotation> {
        Annotation::find(self.decoded, key)
    }

    /// Whether an annotation that could not be decoded may have this key.
    pub(super) fn may_hold(&self, key: &str) -> bool {
        let has_undecoded = match self.metadata.get("annotations") {
            Some(Value::Map(map)) => map.contains_key(key) && self.find(key).is_none(),
            other => other.is_some_and(|value| *value != Value::Null),
        };
        has_undecoded || self.is_incomplete
    }

    /// The annotation whose key is probably a misspelling of this one, which none has.
    pub(super) fn misspelling_of(&self, key: &str) -> Option<&'a Annotation> {
        self.decoded
            .iter()
            .find(|annotation| self.intended_key(annotation) == Some(key))
    }

    /// The key that an annotation with an unknown key was probably meant to have.
    pub(super) fn intended_key(&self, annotation: &Annotation) -> Option<&'static str> {
        let name = annotation.key.value.strip_prefix(PREFIX)?;
        if KEYS.contains(&annotation.key.value.as_str()) {
            return None;
        }
        let missing = || {
            KEYS.into_iter()
                .filter(|key| self.find(key).is_none() && !self.may_hold(key))
        };
        let names = missing().filter_map(|key| key.strip_prefix(PREFIX));
        let closest = closest_match(name, names)?;
        missing().find(|key| key.strip_prefix(PREFIX) == Some(closest))
    }
}

/// Reports values that cannot be.
pub(super) fn check_values(annotations: &Annotations<'_>, report: &mut Report) {
    let mut report_value = |annotation: &Annotation, help: String| {
        let (key, value) = (&annotation.key.value, &annotation.value);
        let message = format!("`{}` is not a valid value of `{key}`", value.value);
        report.push(
            Problem::new(&INVALID_ANNOTATION, message)
                .at(value.span)
                .help(help),
        );
    };
    let words = [
        (
            POD_SECURITY,
            PodSecurity::ALL.map(|(name, _)| name).to_vec(),
        ),
        (JOB_HASH, vec!["true", "false"]),
    ];
    for (key, words) in words {
        let found = annotations.find(key);
        if let Some(found) = found.filter(|found| !words.contains(&found.value.value.as_str())) {
            let names = || format!("write one of {}", list_names(words.iter().copied()));
            report_value(
                found,
                suggestion(&found.value.value, words.iter().copied(), names),
            );
        }
    }
    if let Some(found) = annotations.find(JOB_TTL)
        && seconds(&found.value.value).is_none()
    {
        let help = "write seconds, such as \"3600\", or a duration, such as `12h` or `7d`";
        report_value(found, help.to_owned());
    }
}

/// Seconds, or whole numbers with the units d, h, m and s, such as `1h30m`.
fn seconds(text: &str) -> Option<i32> {
    let mut seconds: i32 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i32 = rest.get(..digits)?.parse().ok()?;
        let (unit, after) = match rest[digits..].chars().next() {
            None if digits == text.len() => (1, ""),
            Some('d') => (86_400, &rest[digits + 1..]),
            Some('h') => (3_600, &rest[digits + 1..]),
            Some('m') => (60, &rest[digits + 1..]),
            Some('s') => (1, &rest[digits + 1..]),
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_of_seconds_or_a_duration() {
        for (text, expected) in [
            ("0", Some(0)),
            ("3600", Some(3600)),
            ("1h30m", Some(5400)),
            ("7d", Some(604_800)),
            ("", None),
            ("h", None),
            ("-5", None),
            ("1.5h", None),
            ("1h30", None),
            ("5 m", None),
            ("1\u{e9}", None),
            ("2147483648", None),
            ("99999999d", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
