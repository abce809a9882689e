//! The feature `telemetry`: what Prometheus reads, and what the operator of OpenTelemetry is asked
//! for.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::address;
use super::alerts;
use super::runner::Runner;
use crate::features::network_policies::Peer;
use crate::features::telemetry::Telemetry;
use crate::model::Port;
use crate::plan::Workload;
use crate::targets::kubernetes::workload_kind::{Kind, object_name};
use crate::targets::kubernetes::{labels, names};

/// What the annotations for the operator begin with.
pub(in crate::targets::kubernetes) const INJECT: &str = "instrumentation.opentelemetry.io/inject-";

/// The name of the port with the metrics of a workload.
const METRICS: &str = "metrics";

const API_VERSION: &str = "monitoring.coreos.com/v1";

/// The port that Prometheus reads.
pub(super) fn metrics<'w>(workload: &'w Workload, settings: &Telemetry) -> Option<&'w Port> {
    let mut ports = workload.ports.iter();
    let port = ports.find(|port| port.name.value == METRICS);
    port.filter(|_| settings.scrape)
}

/// The objects for Prometheus: what it reads of pods that keep running, and the alerts.
pub(super) fn objects(
    workload: &Workload,
    kind: &Kind,
    settings: &Telemetry,
    namespace: Option<&str>,
) -> Vec<Json> {
    let runner = Runner::new(workload, kind);
    let port = metrics(workload, settings).filter(|_| runner.is_some());
    let monitor = port.map(|port| pod_monitor(workload, port, settings));
    let name = object_name(&workload.name.value, &workload.annotations);
    let alerts = settings.alerts.then(|| {
        let scope = alerts::Scope {
            namespace,
            name: &name,
        };
        let rules = match &runner {
            Some(runner) => alerts::of_runner(&scope, runner.kind, port.is_some()),
            None => alerts::of_job(&scope, matches!(kind, Kind::CronJob { .. })),
        };
        json!({
            "apiVersion": API_VERSION,
            "kind": "PrometheusRule",
            "metadata": metadata(workload, settings),
            "spec": {"groups": [{"name": name, "rules": rules}]},
        })
    });
    monitor.into_iter().chain(alerts).collect()
}

/// The pods and not a Service: a StatefulSet has two Services with these labels, and would be read
/// twice.
fn pod_monitor(workload: &Workload, port: &Port, settings: &Telemetry) -> Json {
    let mut endpoint = json!({});
    match container_port(workload, port) {
        Some(name) => endpoint["port"] = json!(name),
        None => endpoint["portNumber"] = json!(port.target_port),
    }
    if let Some(path) = &settings.path {
        endpoint["path"] = json!(path);
    }
    json!({
        "apiVersion": API_VERSION,
        "kind": "PodMonitor",
        "metadata": metadata(workload, settings),
        "spec": {
            "selector": {"matchLabels": labels::selector(workload)},
            "podMetricsEndpoints": [endpoint],
        },
    })
}

/// The name of a port in the pods: of several with one number, the pods have the first.
fn container_port(workload: &Workload, port: &Port) -> Option<String> {
    let mut ports = workload.ports.iter();
    let same =
        |other: &&Port| other.target_port == port.target_port && other.protocol == port.protocol;
    names::container_port(&ports.find(same)?.name.value)
}

fn metadata(workload: &Workload, settings: &Telemetry) -> Json {
    let name = object_name(&workload.name.value, &workload.annotations);
    let mut metadata = labels::metadata(name, workload);
    let own = metadata.labels.get_or_insert_default();
    for (key, value) in &settings.labels {
        own.entry(key.clone()).or_insert_with(|| value.clone());
    }
    json!(metadata)
}

/// Adds what asks the operator for its agent.
pub(super) fn inject(annotations: &mut BTreeMap<String, String>, settings: &Telemetry) {
    if let Some(language) = settings.inject {
        let instrumentation = settings.instrumentation.as_deref().unwrap_or("true");
        annotations.insert(format!("{INJECT}{language}"), instrumentation.to_owned());
    }
}

/// What the endpoint leads to, if that is known.
pub(super) fn collector(settings: &Telemetry, namespace: Option<&str>) -> Option<Peer> {
    let endpoint = settings.endpoint.as_ref()?;
    let address = address::written_in(&endpoint.value).into_iter().next()?;
    address.peer(namespace)
}
