//! The annotations of a workload that the Kubernetes target reads.

use crate::model::Annotation;
use diagnostics::suggestions::closest_match;
use diagnostics::value::{Map, Value};

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

/// All of them. They mean nothing to a pod, so no pod gets them.
pub(super) const KEYS: [&str; 4] = [KIND, SCHEDULE, TIME_ZONE, SERVICE_NAME];

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
