//! The feature `rollout`: a Rollout of Argo Rollouts instead of a Deployment.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::Deployment;

use crate::features::Features;
use crate::features::rollout::{Rollout, Step};
use crate::model::Annotation;
use crate::plan::{Plan, Workload};
use crate::support::document::Document;
use crate::targets::kubernetes::annotations::KIND;
use crate::targets::kubernetes::key_order;
use crate::targets::kubernetes::object::{map_mut, text};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};

rules! {
    /// A workload that cannot have old and new pods at the same time, or is no Deployment, has the
    /// feature `rollout`.
    pub UNSUPPORTED_ROLLOUT: "unsupported-rollout", Error;
}

/// The version and the kind.
pub(in crate::targets::kubernetes) const ROLLOUT: [&str; 2] = ["argoproj.io/v1alpha1", "Rollout"];

/// The keys under which an object names what it scales.
pub(in crate::targets::kubernetes) const TARGETS: [&str; 2] = ["scaleTargetRef", "targetRef"];

/// The Deployment as a Rollout.
pub(in crate::targets::kubernetes) fn object(deployment: &Deployment, settings: &Rollout) -> Value {
    let mut object = key_order::value(deployment);
    let Some(map) = object.as_map_mut() else {
        return object;
    };
    let [version, kind] = ROLLOUT;
    map.insert("apiVersion".to_owned(), version.into());
    map.insert("kind".to_owned(), kind.into());
    let Some(spec) = map.get_mut("spec").and_then(Value::as_map_mut) else {
        return object;
    };
    let strategy = spec.get("strategy").unwrap_or(&Value::Null);
    let rolling = strategy.get("rollingUpdate").and_then(Value::as_map);
    let mut canary = rolling.cloned().unwrap_or_default();
    let steps = settings.steps.iter().map(step);
    canary.insert("steps".to_owned(), Value::List(steps.collect()));
    let canary = Value::map_of([("canary", canary.into())]);
    set(spec, "strategy", canary);
    object
}

/// Replaces the value of a key, or adds it where it belongs.
fn set(map: &mut Map, key: &str, value: Value) {
    match map.get_mut(key) {
        Some(old) => *old = value,
        None => {
            let index = key_order::index(None, map, key);
            map.shift_insert(index, key.to_owned(), value);
        }
    }
}

fn step(step: &Step) -> Value {
    match step {
        Step::Weight(weight) => Value::map_of([("setWeight", i64::from(*weight).into())]),
        Step::Pause(None) => Value::map_of([("pause", Value::map())]),
        Step::Pause(Some(time)) => {
            let duration = Value::map_of([("duration", time.as_str().into())]);
            Value::map_of([("pause", duration)])
        }
    }
}

/// Reports a workload of another kind.
pub(super) fn report_kind(workload: &Workload, place: Span, report: &mut Report) {
    let kind = Annotation::find(&workload.annotations, KIND);
    let kind = kind.map(|kind| &kind.value);
    let name = kind.map_or("Deployment", |kind| kind.value.as_str());
    let message = format!("`rollout` is not possible for a {name}");
    let written = kind.map_or(workload.name.span, |kind| kind.span);
    report_at(written, &message, place, report);
}

/// Reports a workload whose pods can run on only one node.
pub(super) fn report_claim(workload: &Workload, place: Span, report: &mut Report) {
    let message = format!(
        "`rollout` is not possible for `{}`: old and new pods cannot mount its claim at the same time",
        workload.name.value
    );
    report_at(workload.name.span, &message, place, report);
}

fn report_at(span: Span, message: &str, place: Span, report: &mut Report) {
    let problem = Problem::new(&UNSUPPORTED_ROLLOUT, message).at(span);
    let problem = problem.secondary(place, "the feature is switched on here");
    report.push(
        problem
            .help("add the annotation `features.score-rs.dev/rollout: \"false\"` to the workload"),
    );
}

/// Changes the targets of autoscalers from Deployments of workloads to their Rollouts.
pub(in crate::targets::kubernetes) fn retarget(
    documents: &mut [Document],
    plan: &Plan,
    features: &Features,
) {
    let workloads = plan.workloads.iter();
    let rollouts: BTreeSet<&str> = workloads
        .filter(|workload| place(workload, features).is_some())
        .map(|workload| workload.name.value.as_str())
        .collect();
    if rollouts.is_empty() {
        return;
    }
    let is_rollout = |target: &Value| {
        let name = text(target, &["name"]).unwrap_or_default();
        let kind = text(target, &["kind"]).unwrap_or("Deployment");
        kind == "Deployment" && rollouts.contains(name)
    };
    for document in documents {
        let is_ours = |key: &&str| document.value.at(&["spec", key]).is_some_and(is_rollout);
        let Some(key) = TARGETS.into_iter().find(is_ours) else {
            continue;
        };
        let spec = map_mut(&mut document.value, "spec");
        let target = spec.and_then(|spec| spec.get_mut(key)?.as_map_mut());
        if let Some(target) = target {
            for (key, value) in ["apiVersion", "kind"].into_iter().zip(ROLLOUT) {
                set(target, key, value.into());
            }
        }
    }
}

/// Where the feature is switched on for a workload that would be a Deployment.
pub(in crate::targets::kubernetes) fn place(
    workload: &Workload,
    features: &Features,
) -> Option<Span> {
    let kind = Annotation::find(&workload.annotations, KIND);
    let is_deployment = kind.is_none_or(|kind| kind.value.value == "Deployment");
    let (_, span) = features.of::<Rollout>(&workload.annotations)?;
    is_deployment.then_some(span)
}
