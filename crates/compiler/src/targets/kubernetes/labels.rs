//! The labels and annotations of every object of a workload.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::names;
use super::workload_kind::object_name;
use crate::defaults::settings::Texts;
use crate::plan::Workload;

/// The annotation with the name of the workload that an object belongs to.
pub(super) const WORKLOAD_NAME: &str = "k8s.score.dev/workload-name";
/// The label that selectors use.
pub(super) const INSTANCE: &str = "app.kubernetes.io/instance";

/// The labels of a workload's objects and pods.
pub(super) fn labels(workload: &Workload) -> BTreeMap<String, String> {
    let mut labels = common(workload.project.as_deref());
    labels.insert(
        "app.kubernetes.io/name".to_owned(),
        workload.name.value.clone(),
    );
    labels.insert(INSTANCE.to_owned(), instance(workload));
    add(&mut labels, &workload.defaults.labels);
    labels
}

/// Adds texts where there are none of the same key.
pub(super) fn add(texts: &mut BTreeMap<String, String>, defaults: &Texts) {
    for (key, text) in defaults {
        texts
            .entry(key.clone())
            .or_insert_with(|| text.value.clone());
    }
}

/// The labels that depend on no workload.
pub(super) fn common(project: Option<&str>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([(
        "app.kubernetes.io/managed-by".to_owned(),
        "score-rs".to_owned(),
    )]);
    // A project may be named later, so this label is in no selector.
    if let Some(project) = project {
        // Unlike the name of a project, a label value cannot end with these.
        let value = project.trim_end_matches(['-', '_']);
        labels.insert("app.kubernetes.io/part-of".to_owned(), value.to_owned());
    }
    labels
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
    BTreeMap::from([(INSTANCE.to_owned(), instance(workload))])
}

/// The `app.kubernetes.io/instance` label: the name of the object that runs the workload, so that a
/// selector depends on nothing that can change under that name. An imported workload keeps the
/// suffix that its deployed selectors have.
fn instance(workload: &Workload) -> String {
    let name = &workload.name.value;
    match &workload.instance_suffix {
        Some(suffix) => format!(
            "{}-{suffix}",
            names::shorten(name, names::LONGEST - suffix.len() - 1)
        ),
        None => object_name(name, &workload.annotations),
    }
}
