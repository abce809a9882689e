//! The fields that the API server fills in before a policy sees an object, whatever the cluster is.

use crate::decode::image::Parts;
use diagnostics::value::Value;

/// A field and its default as JSON. `[]` is each item of a list, and the default counts only where
/// what the field is in is there.
type Default = (&'static str, &'static str);

const POD: &[Default] = &[
    ("restartPolicy", r#""Always""#),
    ("terminationGracePeriodSeconds", "30"),
    ("dnsPolicy", r#""ClusterFirst""#),
    ("schedulerName", r#""default-scheduler""#),
    ("securityContext", "{}"),
    ("volumes[].secret.defaultMode", "420"),
    ("volumes[].configMap.defaultMode", "420"),
    ("volumes[].projected.defaultMode", "420"),
    ("volumes[].downwardAPI.defaultMode", "420"),
    ("volumes[].hostPath.type", r#""""#),
];

const CONTAINER: &[Default] = &[
    ("resources", "{}"),
    ("terminationMessagePath", r#""/dev/termination-log""#),
    ("terminationMessagePolicy", r#""File""#),
    ("ports[].protocol", r#""TCP""#),
    ("env[].valueFrom.fieldRef.apiVersion", r#""v1""#),
    ("lifecycle.preStop.httpGet.path", r#""/""#),
    ("lifecycle.preStop.httpGet.scheme", r#""HTTP""#),
    ("lifecycle.postStart.httpGet.path", r#""/""#),
    ("lifecycle.postStart.httpGet.scheme", r#""HTTP""#),
];

const PROBE: &[Default] = &[
    ("timeoutSeconds", "1"),
    ("periodSeconds", "10"),
    ("successThreshold", "1"),
    ("failureThreshold", "3"),
    ("httpGet.path", r#""/""#),
    ("httpGet.scheme", r#""HTTP""#),
    ("grpc.service", r#""""#),
];

const ROLLING: &str = r#"{"type": "RollingUpdate"}"#;
const JOB: &[Default] = &[
    ("parallelism", "1"),
    ("backoffLimit", "6"),
    ("completionMode", r#""NonIndexed""#),
    ("suspend", "false"),
    ("podReplacementPolicy", r#""TerminatingOrFailed""#),
];

/// What kinds have in `spec`, and where they have a template of pods.
const KINDS: &[(&str, &[Default], Option<&str>)] = &[
    ("Pod", &[("enableServiceLinks", "true")], Some("")),
    (
        "Deployment",
        &[
            ("replicas", "1"),
            ("revisionHistoryLimit", "10"),
            ("progressDeadlineSeconds", "600"),
            ("strategy", ROLLING),
        ],
        Some("template.spec"),
    ),
    (
        "StatefulSet",
        &[
            ("replicas", "1"),
            ("revisionHistoryLimit", "10"),
            ("podManagementPolicy", r#""OrderedReady""#),
            ("updateStrategy", ROLLING),
            ("volumeClaimTemplates[].spec.volumeMode", r#""Filesystem""#),
        ],
        Some("template.spec"),
    ),
    (
        "DaemonSet",
        &[("revisionHistoryLimit", "10"), ("updateStrategy", ROLLING)],
        Some("template.spec"),
    ),
    ("Job", JOB, Some("template.spec")),
    (
        "CronJob",
        &[
            ("concurrencyPolicy", r#""Allow""#),
            ("suspend", "false"),
            ("successfulJobsHistoryLimit", "3"),
            ("failedJobsHistoryLimit", "1"),
        ],
        Some("jobTemplate.spec.template.spec"),
    ),
    (
        "Service",
        &[
            ("type", r#""ClusterIP""#),
            ("sessionAffinity", r#""None""#),
            ("internalTrafficPolicy", r#""Cluster""#),
            ("ports[].protocol", r#""TCP""#),
        ],
        None,
    ),
    (
        "PersistentVolumeClaim",
        &[("volumeMode", r#""Filesystem""#)],
        None,
    ),
    ("HorizontalPodAutoscaler", &[("minReplicas", "1")], None),
    (
        "NetworkPolicy",
        &[
            ("ingress[].ports[].protocol", r#""TCP""#),
            ("egress[].ports[].protocol", r#""TCP""#),
        ],
        None,
    ),
];

/// The object with its defaults.
pub(super) fn apply(object: &Value) -> Value {
    let mut filled = object.clone();
    let kind = object.get("kind").and_then(Value::as_str);
    let kind = kind.unwrap_or_default();
    if kind == "Secret" {
        fill(&mut filled, "type", &Value::from("Opaque"));
    }
    let known = KINDS.iter().find(|(name, ..)| *name == kind);
    if let (Some((_, defaults, template)), Some(spec)) = (known, find(&mut filled, "spec")) {
        fill_spec(kind, spec, defaults);
        if let Some(pod) = template.and_then(|path| find(spec, path)) {
            fill_pod(pod);
        }
    }
    filled
}

fn fill_spec(kind: &str, spec: &mut Value, defaults: &[Default]) {
    fill_all(spec, defaults);
    match kind {
        "Deployment" => {
            fill_strategy(
                spec,
                "strategy",
                r#"{"maxUnavailable": "25%", "maxSurge": "25%"}"#,
            );
        }
        "StatefulSet" => fill_strategy(spec, "updateStrategy", r#"{"partition": 0}"#),
        "DaemonSet" => {
            fill_strategy(
                spec,
                "updateStrategy",
                r#"{"maxUnavailable": 1, "maxSurge": 0}"#,
            );
        }
        "Job" => fill_job(spec),
        "CronJob" => {
            if let Some(job) = find(spec, "jobTemplate.spec") {
                fill_job(job);
            }
        }
        "Service" => fill_target_ports(spec),
        _ => {}
    }
}

/// Without `completions` and `parallelism`, one pod has to succeed.
fn fill_job(job: &mut Value) {
    if job.get("parallelism").is_none() {
        fill(job, "completions", &Value::Int(1));
    }
    fill_all(job, JOB);
}

fn fill_strategy(spec: &mut Value, key: &str, rolling: &str) {
    let Some(strategy) = find(spec, key) else {
        return;
    };
    fill(strategy, "type", &Value::from("RollingUpdate"));
    if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate") {
        let rolling = json(rolling);
        fill(strategy, "rollingUpdate", &rolling);
        let given = find(strategy, "rollingUpdate");
        if let (Some(given), Value::Map(defaults)) = (given, rolling) {
            for (key, value) in &defaults {
                fill(given, key, value);
            }
        }
    }
}

fn fill_target_ports(spec: &mut Value) {
    if let Some(Value::List(ports)) = find(spec, "ports") {
        for port in ports {
            if let Some(number) = port.get("port").cloned() {
                fill(port, "targetPort", &number);
            }
        }
    }
}

fn fill_pod(pod: &mut Value) {
    fill_all(pod, POD);
    if let Some(name) = pod.get("serviceAccountName").cloned() {
        fill(pod, "serviceAccount", &name);
    }
    for key in ["containers", "initContainers"] {
        let Some(Value::List(containers)) = find(pod, key) else {
            continue;
        };
        for container in containers {
            fill_all(container, CONTAINER);
            let image = container
                .get("image")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let policy = pull_policy(image);
            fill(container, "imagePullPolicy", &Value::from(policy));
            for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
                if let Some(probe) = find(container, probe) {
                    fill_all(probe, PROBE);
                }
            }
        }
    }
}

/// Of an image without a tag and a digest, or with the tag `latest`, the newest is pulled.
fn pull_policy(image: &str) -> &'static str {
    let parts = Parts::of(image);
    match (parts.tag, parts.digest) {
        (Some("latest"), _) | (None, None) => "Always",
        _ => "IfNotPresent",
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str::<serde_json::Value>(text).map_or(Value::Null, Value::from)
}

fn fill_all(value: &mut Value, defaults: &[Default]) {
    for (path, default) in defaults {
        fill(value, path, &json(default));
    }
}

fn find<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let mut path = path.split('.').filter(|part| !part.is_empty());
    path.try_fold(value, |value, key| value.as_map_mut()?.get_mut(key))
}

fn fill(value: &mut Value, path: &str, default: &Value) {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let Some(map) = value.as_map_mut() else {
        return;
    };
    match (first.strip_suffix("[]"), rest) {
        (Some(list), Some(rest)) => {
            if let Some(Value::List(items)) = map.get_mut(list) {
                items.iter_mut().for_each(|item| fill(item, rest, default));
            }
        }
        (_, Some(rest)) => {
            if let Some(inside) = map.get_mut(first) {
                fill(inside, rest, default);
            }
        }
        (_, None) => {
            let field = map.entry(first.to_owned()).or_default();
            if *field == Value::Null {
                *field = default.clone();
            }
        }
    }
}
