//! Advice for keys of Kubernetes, of Compose, or of another level of a Score file: what to write in
//! a Score file instead.

use yaml::reader::KeyAdvice;

const PLATFORM: KeyAdvice = KeyAdvice::remove(
    "remove it; set it for each environment, for example in a patch template",
    &[],
);
const NO_REPLICAS: KeyAdvice = KeyAdvice::remove(
    "remove it; set the number of replicas for each environment: declare a resource of type `horizontal-pod-autoscaler`, or use a patch template",
    &[],
);

/// Advice for a key directly in a workload.
pub(super) fn in_workload(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "name" => KeyAdvice::new("write it as `name` under `metadata`", &["metadata"]),
        "annotations" => KeyAdvice::new("write it under `metadata`", &["metadata"]),
        "labels" => KeyAdvice::new(
            "write it as `annotations` under `metadata`, or set labels in a patch template",
            &["metadata"],
        ),
        "image" | "command" | "args" | "variables" | "files" | "livenessProbe"
        | "readinessProbe" => KeyAdvice::new(
            "write it under a container's name in `containers`",
            &["containers"],
        ),
        "ports" => KeyAdvice::new(
            "write it under `service`, as `ports: {NAME: {port: NUMBER}}`",
            &["service"],
        ),
        "env" | "environment" => KeyAdvice::new(
            "write it as `variables` under a container's name in `containers`",
            &["containers"],
        ),
        "services" => KeyAdvice::new(
            "write each as a workload in its own file, or as a container in `containers` if it runs beside another one",
            &["containers"],
        ),
        "volumes" => KeyAdvice::new(
            "declare a resource of `type: volume`, and mount it in a container's `volumes`",
            &[],
        ),
        "spec" => KeyAdvice::new(
            "move its keys to the top level: a Score file has no `spec`",
            &[],
        ),
        "kind" => KeyAdvice::remove(
            "remove it; the annotation `k8s.score.dev/kind` sets its kind in Kubernetes",
            &[],
        ),
        "replicas" => NO_REPLICAS,
        "namespace" => KeyAdvice::remove(
            "remove it; set it with `--namespace`, since the file is the same for every environment",
            &[],
        ),
        "initContainers" => KeyAdvice::new(
            "write it in `containers`, with `before: {NAME: {ready: complete}}`",
            &["containers"],
        ),
        "sidecars" => KeyAdvice::new(
            "write it in `containers`, with `before: {NAME: {ready: started}}`",
            &["containers"],
        ),
        "dependencies" | "requires" => KeyAdvice::new("write it as `resources`", &["resources"]),
        "version" => KeyAdvice::remove(
            "remove it; the version of the language is in `apiVersion`",
            &["apiVersion"],
        ),
        "networks" | "secrets" | "configs" => KeyAdvice::new(
            "declare what the workload needs under `resources`, with a `type`",
            &["resources"],
        ),
        _ if key.starts_with(['x', 'X']) && key[1..].starts_with(['-', '_']) => {
            KeyAdvice::new("begin a key of your own with `x-`, as in `x-team`", &[])
        }
        "route" | "ingress" => KeyAdvice::new(
            "declare a resource of `type: route` under `resources`",
            &["resources"],
        ),
        _ => return None,
    })
}

/// Advice for a key in a container.
pub(super) fn in_container(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "env" | "environment" => KeyAdvice::alias(
            "write it as `variables`, with one `NAME: VALUE` per line",
            &["variables"],
        ),
        "env_file" | "envFrom" => KeyAdvice::new(
            "write each variable under `variables`; a secret is a resource's output",
            &["variables"],
        ),
        "ports" | "expose" | "containerPort" => KeyAdvice::new(
            "write it under the workload's `service`, as `ports: {NAME: {port: NUMBER}}`",
            &[],
        ),
        "limits" | "requests" => KeyAdvice::new(
            "write it under `resources` of the container",
            &["resources"],
        ),
        "entrypoint" => KeyAdvice::alias("write it as `command`", &["command"]),
        "depends_on" | "dependsOn" => KeyAdvice::remove(
            "remove it; resources are ready before any container, and a container that must be ready first lists the other one in its own `before`",
            &["before"],
        ),
        "volumeMounts" => KeyAdvice::new(
            "write it as `volumes`: `{PATH: {source: \"${resources.NAME}\"}}`",
            &["volumes"],
        ),
        "healthcheck" | "healthCheck" => KeyAdvice::new(
            "write it as `readinessProbe`, or as `livenessProbe` if a failure needs a restart",
            &["readinessProbe", "livenessProbe"],
        ),
        "liveness" => KeyAdvice::alias("write it as `livenessProbe`", &["livenessProbe"]),
        "readiness" => KeyAdvice::alias("write it as `readinessProbe`", &["readinessProbe"]),
        "startupProbe" => KeyAdvice::new(
            "write it as `readinessProbe`; Score has no startup probe",
            &["readinessProbe"],
        ),
        "build" => KeyAdvice::remove(
            "remove it, write `image: .`, and build with `--build CONTAINER=DIR` when you generate",
            &[],
        ),
        "name" | "container_name" => {
            KeyAdvice::remove("remove it; a container's name is the key above it", &[])
        }
        "replicas" => NO_REPLICAS,
        "extends" => KeyAdvice::remove("remove it, and write out what it inherits", &[]),
        "secrets" | "configs" => KeyAdvice::new(
            "declare a resource under the workload's `resources`, and use its outputs",
            &["resources"],
        ),
        "working_dir" | "workingDir" => KeyAdvice::remove(
            "remove it; change the directory in `command`, or set it in the image",
            &["command"],
        ),
        "user" | "privileged" | "cap_add" | "securityContext" | "imagePullPolicy"
        | "pull_policy" | "restart" | "restartPolicy" | "networks" | "network_mode" | "deploy"
        | "labels" | "lifecycle" | "tty" | "stdin" => PLATFORM,
        _ => return None,
    })
}

/// Advice for a key in `resources` of a container.
pub(super) fn in_compute(key: &str) -> Option<KeyAdvice> {
    matches!(key, "memory" | "cpu").then_some(KeyAdvice::new(
        "write it under `limits` or `requests`",
        &["limits", "requests"],
    ))
}

/// Advice for a key in a probe.
pub(super) fn in_probe(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "path" | "port" | "host" | "scheme" | "httpHeaders" => {
            KeyAdvice::new("write it under `httpGet`", &["httpGet"])
        }
        "command" | "test" => KeyAdvice::new("write it as `command` under `exec`", &["exec"]),
        "tcpSocket" | "grpc" => KeyAdvice::new(
            "write an `httpGet`, or an `exec` with a program that tries to connect",
            &["httpGet", "exec"],
        ),
        _ => return probe_timing(key),
    })
}

/// Advice for a key that sets when and how often a probe runs.
fn probe_timing(key: &str) -> Option<KeyAdvice> {
    const KEYS: [&str; 8] = [
        "initialDelaySeconds",
        "periodSeconds",
        "timeoutSeconds",
        "failureThreshold",
        "successThreshold",
        "interval",
        "timeout",
        "retries",
    ];
    KEYS.contains(&key).then(|| {
        KeyAdvice::remove(
            "remove it; set the timing of probes for each environment, for example in a patch template",
            &[],
        )
    })
}

/// Advice for a key of `httpGet`.
pub(super) fn in_http_get(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "headers" => KeyAdvice::new(
            "write it as `httpHeaders`, a list of `name` and `value`",
            &["httpHeaders"],
        ),
        "url" | "uri" => KeyAdvice::new(
            "write it as `path`, `port` and `host`",
            &["path", "port", "host"],
        ),
        "command" => KeyAdvice::new("write it under `exec`", &[]),
        _ => return probe_timing(key),
    })
}

/// Advice for a key of `exec`.
pub(super) fn in_exec(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "entrypoint" | "cmd" => KeyAdvice::alias("write it as `command`", &["command"]),
        // What Compose has in `test` may begin with a word that is no program.
        "test" => KeyAdvice::new("write it as `command`", &["command"]),
        "args" => KeyAdvice::new(
            "write its items in `command`, after the program",
            &["command"],
        ),
        _ => return None,
    })
}

/// Advice for a key in `service`, whose value is a mapping or not.
pub(super) fn in_service(key: &str, is_mapping: bool) -> Option<KeyAdvice> {
    Some(match key {
        "port" | "targetPort" | "protocol" if !is_mapping => {
            KeyAdvice::new("write it as `ports: {NAME: {port: NUMBER}}`", &[])
        }
        "type" | "selector" | "clusterIP" | "annotations" | "labels" => KeyAdvice::remove(
            "remove it; set how the service is exposed for each environment, for example in a patch template",
            &[],
        ),
        _ => return None,
    })
}

/// Advice for a key in `before.NAME`.
pub(super) fn in_before(key: &str) -> Option<KeyAdvice> {
    matches!(key, "condition" | "state" | "status" | "when")
        .then_some(KeyAdvice::alias("write it as `ready`", &["ready"]))
}

/// The word of Score for a condition of Compose.
pub(super) fn ready(word: &str) -> Option<&'static str> {
    Some(match word {
        "service_started" => "started",
        "service_healthy" | "ready" => "healthy",
        "service_completed_successfully" | "completed_successfully" | "done" | "finished" => {
            "complete"
        }
        _ => return None,
    })
}

/// Advice for a key of a port. `unnumbered`: nothing else in it is the number that others connect
/// to.
pub(super) fn in_port(key: &str, unnumbered: bool) -> Option<KeyAdvice> {
    Some(match key {
        "containerPort" | "target" if unnumbered => {
            KeyAdvice::alias("write it as `port`", &["port"])
        }
        "containerPort" | "target" => KeyAdvice::alias("write it as `targetPort`", &["targetPort"]),
        "published" | "servicePort" => KeyAdvice::alias("write it as `port`", &["port"]),
        "name" => KeyAdvice::remove("remove it; a port's name is the key above it", &[]),
        _ => return None,
    })
}

/// Advice for a key of a file.
pub(super) fn in_file(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "permissions" | "chmod" => KeyAdvice::alias("write it as `mode`", &["mode"]),
        "defaultMode" => KeyAdvice::new("write it as `mode`", &["mode"]),
        "path" | "mountPath" => KeyAdvice::remove(
            "remove it; the path in the container is the key above it",
            &[],
        ),
        "text" | "data" => KeyAdvice::alias("write it as `content`", &["content"]),
        "value" => KeyAdvice::new("write it as `content`", &["content"]),
        "file" => KeyAdvice::alias("write it as `source`", &["source"]),
        _ => return None,
    })
}

/// Advice for a key of a volume.
pub(super) fn in_volume(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "mountPath" => KeyAdvice::remove(
            "remove it; the path in the container is the key above it",
            &[],
        ),
        "name" => KeyAdvice::new(
            "write it as `source`, as in `${resources.NAME}`",
            &["source"],
        ),
        "subPath" | "sub_path" => KeyAdvice::alias("write it as `path`", &["path"]),
        _ => return None,
    })
}

/// Advice for a key of a resource.
pub(super) fn in_resource(key: &str) -> Option<KeyAdvice> {
    Some(match key {
        "outputs" => KeyAdvice::remove(
            "remove it; the provisioner of the type defines its outputs",
            &[],
        ),
        "dependsOn" | "depends_on" => KeyAdvice::remove(
            "remove it; a resource comes after those whose outputs its `params` use",
            &["params"],
        ),
        "name" => KeyAdvice::remove("remove it; a resource's name is the key above it", &[]),
        "version" | "size" | "host" | "port" | "path" | "storage" => KeyAdvice::new(
            "write it under `params`, if its provisioner accepts it",
            &["params"],
        ),
        "annotations" => KeyAdvice::new("write it under `metadata`", &["metadata"]),
        "parameters" | "options" | "config" | "inputs" | "spec" => {
            KeyAdvice::new("write it as `params`", &["params"])
        }
        _ => return None,
    })
}
