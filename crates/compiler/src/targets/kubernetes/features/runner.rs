//! What runs the pods of a workload.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::rollout::ROLLOUT;
use crate::plan::Workload;
use crate::targets::kubernetes::labels;
use crate::targets::kubernetes::workload_kind::{Kind, object_name};

/// A workload whose pods keep running, and the object that runs them.
pub(super) struct Runner<'a> {
    pub(super) workload: &'a Workload,
    pub(super) kind: &'static str,
    pub(super) name: String,
}

impl<'a> Runner<'a> {
    /// `None` for a workload that runs to completion.
    pub(super) fn new(workload: &'a Workload, kind: &Kind) -> Option<Runner<'a>> {
        let kind = match kind {
            Kind::Deployment => "Deployment",
            Kind::Rollout => ROLLOUT[1],
            Kind::StatefulSet => "StatefulSet",
            Kind::Job | Kind::CronJob { .. } => return None,
        };
        Some(Runner {
            workload,
            kind,
            name: object_name(&workload.name.value, &workload.annotations),
        })
    }

    /// The version of its kind.
    pub(super) fn api_version(&self) -> &'static str {
        match ROLLOUT {
            [version, kind] if kind == self.kind => version,
            _ => "apps/v1",
        }
    }

    /// The metadata of an object beside it.
    pub(super) fn metadata(&self) -> ObjectMeta {
        labels::metadata(self.name.clone(), self.workload)
    }

    /// What selects its pods.
    pub(super) fn selector(&self) -> LabelSelector {
        LabelSelector {
            match_labels: Some(labels::selector(self.workload)),
            ..LabelSelector::default()
        }
    }
}
