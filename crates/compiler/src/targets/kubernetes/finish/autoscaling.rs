//! Objects that an autoscaler scales.

use std::collections::BTreeMap;

use crate::plan::{Plan, Workload};
use crate::support::document::Document;
use crate::targets::kubernetes::object::{identity, items, map_mut, template, text, workload};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::value::Value;

rules! {
    /// An autoscaler compares the CPU that pods use with their requests, but a container has no
    /// request.
    pub AUTOSCALER_WITHOUT_CPU_REQUEST: "autoscaler-without-cpu-request", Warning;
}

/// Leaves the number of pods to the autoscalers of the output, and warns about those that cannot
/// scale.
pub(super) fn apply(documents: &mut [Document], plan: &Plan, report: &mut Report) {
    let kinds = ["HorizontalPodAutoscaler", "ScaledObject"];
    let autoscalers = documents.iter().map(|document| &document.value);
    let autoscalers: BTreeMap<Target, Value> = autoscalers
        .filter(|value| text(value, &["kind"]).is_some_and(|kind| kinds.contains(&kind)))
        .map(|value| (target(value), value.clone()))
        .collect();
    if autoscalers.is_empty() {
        return;
    }
    for document in documents {
        let scaled = &mut document.value;
        let (name, namespace) = identity(scaled);
        let target = [text(scaled, &["kind"]), name, namespace];
        let Some(autoscaler) = autoscalers.get(&target.map(|text| text.map(str::to_owned))) else {
            continue;
        };
        if let Some(spec) = map_mut(scaled, "spec") {
            spec.shift_remove("replicas");
        }
        if let Some(workload) = workload(scaled, plan) {
            report_missing_requests(autoscaler, scaled, workload, plan, report);
        }
    }
}

/// The kind, name and namespace of an object.
type Target = [Option<String>; 3];

/// What an autoscaler scales.
fn target(autoscaler: &Value) -> Target {
    let key = |key: &str| text(autoscaler, &["spec", "scaleTargetRef", key]);
    let kind = key("kind").or(Some("Deployment"));
    [kind, key("name"), identity(autoscaler).1].map(|text| text.map(str::to_owned))
}

/// Whether a metric of an autoscaler is the share of the CPU request that this container uses.
fn needs_request(autoscaler: &Value, container: &str) -> bool {
    if text(autoscaler, &["kind"]) != Some("HorizontalPodAutoscaler") {
        return false;
    }
    let spec = autoscaler.get("spec").unwrap_or(&Value::Null);
    let metrics = items(spec, "metrics");
    let is_share = |metric: &Value| {
        text(metric, &["name"]) == Some("cpu")
            && text(metric, &["target", "type"]) == Some("Utilization")
    };
    // Without metrics, the API server adds one.
    metrics.is_empty()
        || metrics.iter().any(|metric| {
            metric.get("resource").is_some_and(is_share)
                || metric.get("containerResource").is_some_and(|metric| {
                    is_share(metric) && text(metric, &["container"]) == Some(container)
                })
        })
}

fn report_missing_requests(
    autoscaler: &Value,
    scaled: &Value,
    workload: &Workload,
    plan: &Plan,
    report: &mut Report,
) {
    let pod = template(scaled).and_then(|template| template.get("spec"));
    let pod = pod.unwrap_or(&Value::Null);
    let sidecars = items(pod, "initContainers").iter();
    let sidecars = sidecars.filter(|container| text(container, &["restartPolicy"]).is_some());
    for container in items(pod, "containers").iter().chain(sidecars) {
        let resources = container.get("resources").unwrap_or(&Value::Null);
        // A limit is also the request where there is none.
        let has_request = ["requests", "limits"].iter().any(|key| {
            resources
                .get(key)
                .is_some_and(|map| map.get("cpu").is_some())
        });
        let name = text(container, &["name"]).unwrap_or_default();
        if has_request || !needs_request(autoscaler, name) {
            continue;
        }
        let message = format!(
            "the container `{name}` has no CPU request, so the autoscaler of `{}` never scales",
            workload.name.value
        );
        let mut problem =
            Problem::new(&AUTOSCALER_WITHOUT_CPU_REQUEST, message).at(place(workload, name));
        if let Some(span) = resource(autoscaler, plan) {
            problem = problem.secondary(span, "the autoscaler is here");
        }
        report.push(problem.help("add `resources.requests.cpu` to the container, such as `100m`"));
    }
}

/// The name of a container, or of the workload where a patch added the container.
fn place(workload: &Workload, container: &str) -> Span {
    let mut containers = workload.containers.iter();
    let written = containers.find(|other| other.name.value == container);
    written.map_or(workload.name.span, |container| container.name.span)
}

/// Where the resource of an object is declared.
fn resource(object: &Value, plan: &Plan) -> Option<Span> {
    let uid = text(
        object,
        &["metadata", "annotations", "k8s.score.dev/resource-uid"],
    )?;
    let mut resources = plan.resources.iter();
    let resource = resources.find(|resource| resource.uid.to_string() == uid)?;
    Some(resource.span)
}
