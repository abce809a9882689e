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
    let is_deployment = runner.kind == "Deployment";
    TopologySpreadConstraint {
        label_selector: Some(runner.selector()),
        match_label_keys: is_deployment.then(|| vec!["pod-template-hash".to_owned()]),
        max_skew: settings.max_skew,
        topology_key: settings.topology_key.to_owned(),
        when_unsatisfiable: when_unsatisfiable.to_owned(),
        ..TopologySpreadConstraint::default()
    }
}
