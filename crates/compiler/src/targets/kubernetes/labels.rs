//! The labels and annotations of every object of a workload.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::names;
use crate::plan::Workload;

/// The annotation with the name of the workload that an object belongs to.
pub(super) const WORKLOAD_NAME: &str = "k8s.score.dev/workload-name";
const INSTANCE: &str = "app.kubernetes.io/instance";

/// The labels of a workload's objects and pods.
pub(super) fn labels(workload: &Workload) -> BTreeMap<String, String> {
    BTreeMap::from([
        (
            "app.kubernetes.io/name".to_owned(),
            workload.name.value.clone(),
        ),
        (INSTANCE.to_owned(), names::instance(workload)),
        (
            "app.kubernetes.io/managed-by".to_owned(),
            "score-rs".to_owned(),
        ),
    ])
}

/// The metadata of an object that belongs to a workload.
pub(super) fn metadata(name: String, workload: &Workload) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        labels: Some(labels(workload)),
        annotations: Some(BTreeMap::from([(
            WORKLOAD_NAME.to_owned(),
            workload.name.value.clone(),
        )])),
        ..ObjectMeta::default()
    }
}

/// The labels that select the pods of a workload.
pub(super) fn selector(workload: &Workload) -> BTreeMap<String, String> {
    BTreeMap::from([(INSTANCE.to_owned(), names::instance(workload))])
}
