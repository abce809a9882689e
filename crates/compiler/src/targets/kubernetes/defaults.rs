//! What `defaults:` of the environment writes into the pods of a workload and what runs them.

use k8s_openapi::api::apps::v1::{DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::api::core::v1::{LocalObjectReference, PodSpec, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::defaults::settings::Timings;
use crate::plan::Workload;
use diagnostics::source::Spanned;
use diagnostics::value::Value;

/// A probe with its timings.
pub(super) fn timed(probe: Probe, timings: &Timings) -> Probe {
    let timing = |key| timings.get(key).map(|number: &Spanned<i32>| number.value);
    Probe {
        initial_delay_seconds: timing("initialDelaySeconds"),
        period_seconds: timing("periodSeconds"),
        timeout_seconds: timing("timeoutSeconds"),
        success_threshold: timing("successThreshold"),
        failure_threshold: timing("failureThreshold"),
        ..probe
    }
}

/// Completes the pods of a workload.
pub(super) fn complete(spec: &mut PodSpec, workload: &Workload) {
    let defaults = &workload.defaults;
    let grace = defaults.termination_grace_period.as_ref();
    spec.termination_grace_period_seconds = grace.map(|seconds| seconds.value.into());
    let secrets = defaults.image_pull_secrets.iter();
    let secrets = secrets.map(|name| LocalObjectReference {
        name: name.value.clone(),
    });
    let secrets: Vec<_> = secrets.collect();
    spec.image_pull_secrets = (!secrets.is_empty()).then_some(secrets);
    spec.service_account_name = account(workload).map(str::to_owned);
}

/// The strategy of a Deployment.
pub(super) fn strategy(workload: &Workload) -> Option<DeploymentStrategy> {
    let strategy = &workload.defaults.strategy;
    let share = |key| {
        let value: &Spanned<Value> = strategy.rolling.get(key)?;
        Some(match &value.value {
            Value::Int(number) => IntOrString::Int(i32::try_from(*number).unwrap_or(i32::MAX)),
            value => IntOrString::String(value.to_text()),
        })
    };
    let rolling = !strategy.rolling.is_empty();
    let rolling_update = rolling.then(|| RollingUpdateDeployment {
        max_surge: share("maxSurge"),
        max_unavailable: share("maxUnavailable"),
    });
    let kind = strategy.kind.as_ref().map(|kind| kind.value.to_owned());
    (rolling || kind.is_some()).then_some(DeploymentStrategy {
        type_: kind,
        rolling_update,
    })
}

/// The account that the pods of a workload use.
pub(super) fn account(workload: &Workload) -> Option<&str> {
    let account = workload.defaults.service_account.as_ref()?;
    Some(
        account
            .name
            .as_ref()
            .map_or(&workload.name.value, |name| &name.value),
    )
}
