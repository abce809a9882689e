//! The feature `disruption`.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::runner::Runner;
use crate::features::settings::Disruption;

pub(super) fn budget(runner: &Runner<'_>, settings: Disruption) -> PodDisruptionBudget {
    PodDisruptionBudget {
        metadata: runner.metadata(),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(settings.max_unavailable)),
            selector: Some(runner.selector()),
            ..PodDisruptionBudgetSpec::default()
        }),
        status: None,
    }
}
