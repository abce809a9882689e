//! The alerts of the feature `telemetry`, by the metrics of kube-state-metrics and the kubelet.

use serde_json::{Value as Json, json};

/// The names of pods begin with the whole name of their Deployment up to this length. Of a longer one
/// Kubernetes cuts off the end.
const LONGEST: usize = 46;

/// What alerts are about.
pub(super) struct Scope<'a> {
    /// The namespace, if it is known.
    pub(super) namespace: Option<&'a str>,
    /// The name of the object that runs the workload.
    pub(super) name: &'a str,
}

impl Scope<'_> {
    /// A selector of metrics.
    fn selector(&self, matchers: &[String]) -> String {
        let namespace = self.namespace.map(|name| format!("namespace=\"{name}\""));
        let matchers: Vec<String> = namespace.into_iter().chain(matchers.to_vec()).collect();
        format!("{{{}}}", matchers.join(","))
    }
}

/// The alerts of pods that keep running.
pub(super) fn of_runner(scope: &Scope<'_>, kind: &str, is_scraped: bool) -> Vec<Json> {
    let name = scope.name;
    let pods = pods(name, kind);
    let (ready, wanted, object) = match kind {
        "StatefulSet" => (
            "kube_statefulset_status_replicas_ready",
            "kube_statefulset_replicas",
            format!("statefulset=\"{name}\""),
        ),
        // Nothing but its ReplicaSets has metrics without those of its controller.
        "Rollout" => (
            "kube_replicaset_status_ready_replicas",
            "kube_replicaset_spec_replicas",
            format!("replicaset=~\"{name}-[0-9a-z]+\""),
        ),
        _ => (
            "kube_deployment_status_replicas_available",
            "kube_deployment_spec_replicas",
            format!("deployment=\"{name}\""),
        ),
    };
    let object = scope.selector(&[object]);
    let restarts = scope.selector(&[format!("pod=~\"{pods}\"")]);
    let used = scope.selector(&[format!("pod=~\"{pods}\""), "container!=\"\"".to_owned()]);
    let limits = scope.selector(&[format!("pod=~\"{pods}\""), "resource=\"memory\"".to_owned()]);
    let by = "max by (namespace, pod, container)";
    let mut rules = vec![
        rule(
            "PodsMissing",
            &format!("{ready}{object} < {wanted}{object}"),
            Some("15m"),
            &format!("{name} has had fewer ready pods than it should have for 15 minutes"),
        ),
        rule(
            "ContainerRestarts",
            &format!("increase(kube_pod_container_status_restarts_total{restarts}[1h]) > 3"),
            None,
            &format!(
                "the container {{{{ $labels.container }}}} of {name} restarts again and again"
            ),
        ),
        rule(
            "MemoryNearLimit",
            &format!(
                "{by} (container_memory_working_set_bytes{used})\n  / \
                 {by} (kube_pod_container_resource_limits{limits})\n  > 0.9\n"
            ),
            Some("15m"),
            &format!(
                "the container {{{{ $labels.container }}}} of {name} uses more than 90% of its \
                 memory limit"
            ),
        ),
    ];
    if is_scraped {
        let job = match scope.namespace {
            Some(namespace) => format!("job=\"{namespace}/{name}\""),
            None => format!("job=~\".+/{name}\""),
        };
        rules.push(rule(
            "MetricsMissing",
            &format!("up{} == 0", scope.selector(&[job])),
            Some("10m"),
            &format!("Prometheus cannot read the metrics of {{{{ $labels.pod }}}} of {name}"),
        ));
    }
    rules
}

/// The alert of pods that run to completion.
pub(super) fn of_job(scope: &Scope<'_>, is_cron_job: bool) -> Vec<Json> {
    let name = scope.name;
    let jobs = match is_cron_job {
        true => format!("{name}-[0-9]+"),
        // With or without the hash of its template.
        false => format!("{name}(-[0-9a-z]+)?"),
    };
    let failed = scope.selector(&[
        format!("job_name=~\"{jobs}\""),
        "condition=\"true\"".to_owned(),
    ]);
    vec![rule(
        "JobFailed",
        &format!("kube_job_failed{failed} > 0"),
        None,
        &format!("the job {{{{ $labels.job_name }}}} of {name} failed"),
    )]
}

/// What the names of the pods match.
fn pods(name: &str, kind: &str) -> String {
    match kind {
        "StatefulSet" => format!("{name}-[0-9]+"),
        _ => match name.split_at_checked(LONGEST) {
            Some((start, rest)) if !rest.is_empty() => format!("{start}.+"),
            _ => format!("{name}-[0-9a-z]+-[0-9a-z]{{5}}"),
        },
    }
}

fn rule(alert: &str, expression: &str, duration: Option<&str>, summary: &str) -> Json {
    let mut rule = json!({
        "alert": alert,
        "expr": expression,
        "labels": {"severity": "warning"},
        "annotations": {"summary": summary},
    });
    if let Some(duration) = duration {
        rule["for"] = json!(duration);
    }
    rule
}
