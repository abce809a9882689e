//! The annotations of a workload that are read here.

use crate::model::Annotation;
use diagnostics::suggestions::closest_match;
use diagnostics::value::{Map, Value};

/// The host of the annotations that are read here, with its `/`.
const HOST: &str = "k8s.score.dev/";
/// The annotation that says what kind of object runs a workload.
pub(super) const KIND: &str = "k8s.score.dev/kind";
/// The annotation that says when a CronJob runs.
pub(super) const SCHEDULE: &str = "k8s.score.dev/schedule";
/// The annotation that says in which time zone the schedule is meant.
pub(super) const TIME_ZONE: &str = "k8s.score.dev/time-zone";
/// The annotation that names a workload's Service.
pub(super) const SERVICE_NAME: &str = "k8s.score.dev/service-name";

/// The annotations that are read here and mean nothing to a pod.
pub(super) const READ: [&str; 4] = [KIND, SCHEDULE, TIME_ZONE, SERVICE_NAME];

/// The annotations of a workload.
#[derive(Clone, Copy)]
pub(super) struct Annotations<'a> {
    /// Those that could be read.
    pub(super) read: &'a [Annotation],
    /// The workload's `metadata` as it is written, which has all of them.
    pub(super) metadata: &'a Map,
    /// Whether there may be more in `metadata`.
    pub(super) lacks_metadata: bool,
}

impl<'a> Annotations<'a> {
    /// The annotation with a key.
    pub(super) fn find(&self, key: &str) -> Option<&'a Annotation> {
        Annotation::find(self.read, key)
    }

    /// Whether an annotation that could not be read may have this key.
    pub(super) fn may_hold(&self, key: &str) -> bool {
        let unread = match self.metadata.get("annotations") {
            Some(Value::Map(map)) => map.contains_key(key) && self.find(key).is_none(),
            written => written.is_some_and(|written| *written != Value::Null),
        };
        unread || self.lacks_metadata
    }

    /// The annotation that was probably meant to have this key, which none has.
    pub(super) fn nearly(&self, key: &str) -> Option<&'a Annotation> {
        self.read
            .iter()
            .find(|annotation| self.meant(annotation) == Some(key))
    }

    /// The key that an annotation was probably meant to have.
    pub(super) fn meant(&self, annotation: &Annotation) -> Option<&'static str> {
        let own = annotation.key.value.strip_prefix(HOST)?;
        if READ.contains(&annotation.key.value.as_str()) {
            return None;
        }
        let missing = || {
            READ.into_iter()
                .filter(|key| self.find(key).is_none() && !self.may_hold(key))
        };
        let near = closest_match(own, missing().filter_map(|key| key.strip_prefix(HOST)))?;
        missing().find(|key| key.strip_prefix(HOST) == Some(near))
    }
}
