//! The feature `spread`.

use k8s_openapi::api::core::v1::TopologySpreadConstraint;

use super::runner::Runner;
use crate::features::settings::Spread;

pub(super) fn constraint(runner: &Runner<'_>, settings: Spread) -> TopologySpreadConstraint {
    let when_unsatisfiable = match settings.required {
        true => "DoNotSchedule",
        false => "ScheduleAnyway",
    };
    // During a rollout, the pods of the old template do not count.
    let hash = match runner.kind {
        "Deployment" => Some("pod-template-hash"),
        "Rollout" => Some("rollouts-pod-template-hash"),
        _ => None,
    };
    TopologySpreadConstraint {
        label_selector: Some(runner.selector()),
        match_label_keys: hash.map(|label| vec![label.to_owned()]),
        max_skew: settings.max_skew,
        topology_key: settings.topology_key.to_owned(),
        when_unsatisfiable: when_unsatisfiable.to_owned(),
        ..TopologySpreadConstraint::default()
    }
}
