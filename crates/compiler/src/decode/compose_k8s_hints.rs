//! Where things are said that people look for under a key of Kubernetes, of Compose, or of another
//! level.
//!
//! Each is a whole piece of advice. A required key that it names in backticks is not reported as
//! missing beside it.

const PLATFORM: &str =
    "remove it; how a workload runs is set for each environment, as by a patch template";
const NO_REPLICAS: &str = "remove it; how many run is set for each environment: declare a resource of type `horizontal-pod-autoscaler`, or use a patch template";

/// Advice for a key directly in a workload.
pub(super) fn in_workload(key: &str) -> Option<&'static str> {
    Some(match key {
        "name" => "write it as `name` under `metadata`",
        "annotations" => "write it under `metadata`",
        "labels" => "write it as `annotations` under `metadata`, or set labels by a patch template",
        "image" | "command" | "args" | "variables" | "files" | "livenessProbe"
        | "readinessProbe" => "write it under a container's name in `containers`",
        "ports" => "write it under `service`, as `ports: {NAME: {port: NUMBER}}`",
        "env" | "environment" => "write it as `variables` under a container's name in `containers`",
        "services" => {
            "make each a workload with a file of its own, or a container in `containers` if it runs beside another one"
        }
        "volumes" => {
            "declare a resource of `type: volume`, and mount it in a container's `volumes`"
        }
        "spec" => "move what is in it to the top: a Score file has no `spec`",
        "kind" => {
            "remove it; the annotation `k8s.score.dev/kind` chooses what it becomes in Kubernetes"
        }
        "replicas" => NO_REPLICAS,
        "namespace" => {
            "remove it; give it with `--namespace`, since one file is for every environment"
        }
        "initContainers" => "write it in `containers`, with `before: {NAME: {ready: complete}}`",
        "sidecars" => "write it in `containers`, with `before: {NAME: {ready: started}}`",
        "dependencies" | "requires" => "write it as `resources`",
        "version" => "remove it; the version of the language is in `apiVersion`",
        "networks" | "secrets" | "configs" => {
            "declare what the workload needs under `resources`, with a `type`"
        }
        _ if key.starts_with("x-") => {
            "remove it; an anchor may stand where its value is used for the first time"
        }
        "route" | "ingress" => "declare a resource of `type: route` under `resources`",
        _ => return None,
    })
}

/// Advice for a key in a container.
pub(super) fn in_container(key: &str) -> Option<&'static str> {
    Some(match key {
        "env" | "environment" => "write it as `variables`, with one `NAME: VALUE` a line",
        "env_file" | "envFrom" => {
            "write each variable under `variables`; a secret is a resource's output"
        }
        "ports" | "expose" | "containerPort" => {
            "write it under the workload's `service`, as `ports: {NAME: {port: NUMBER}}`"
        }
        "limits" | "requests" => "write it under `resources` of the container",
        "entrypoint" => "write it as `command`",
        "depends_on" | "dependsOn" => {
            "remove it; resources are ready before any container, and a container that must be ready first says so in its own `before`"
        }
        "volumeMounts" => "write it as `volumes`: `{PATH: {source: \"${resources.NAME}\"}}`",
        "healthcheck" | "healthCheck" => {
            "write it as `readinessProbe`, or as `livenessProbe` if a failure needs a restart"
        }
        "liveness" => "write it as `livenessProbe`",
        "readiness" => "write it as `readinessProbe`",
        "startupProbe" => "write it as `readinessProbe`; Score has no probe for the start alone",
        "build" => {
            "remove it, write `image: .`, and build with `--build CONTAINER=DIR` when you generate"
        }
        "name" | "container_name" => "remove it; a container's name is the key above it",
        "replicas" => NO_REPLICAS,
        "extends" => "remove it; write out what it takes over",
        "secrets" | "configs" => {
            "declare a resource under the workload's `resources`, and use its outputs"
        }
        "working_dir" | "workingDir" => {
            "remove it; let `command` change the directory, or set it in the image"
        }
        "user" | "privileged" | "cap_add" | "securityContext" | "imagePullPolicy"
        | "pull_policy" | "restart" | "restartPolicy" | "networks" | "network_mode" | "deploy"
        | "labels" | "lifecycle" | "tty" | "stdin" => PLATFORM,
        _ => return None,
    })
}

/// Advice for a key in `resources` of a container.
pub(super) fn in_compute(key: &str) -> Option<&'static str> {
    matches!(key, "memory" | "cpu").then_some("write it under `limits` or `requests`")
}

/// Advice for a key in a probe.
pub(super) fn in_probe(key: &str) -> Option<&'static str> {
    Some(match key {
        "path" | "port" | "host" | "scheme" | "httpHeaders" => "write it under `httpGet`",
        "command" | "test" => "write it as `command` under `exec`",
        "tcpSocket" | "grpc" => {
            "write an `httpGet`, or an `exec` with a program that tries to connect"
        }
        "initialDelaySeconds"
        | "periodSeconds"
        | "timeoutSeconds"
        | "failureThreshold"
        | "successThreshold"
        | "interval"
        | "timeout"
        | "retries" => {
            "remove it; how often is asked is set for each environment, as by a patch template"
        }
        _ => return None,
    })
}

/// Advice for a key of `httpGet`.
pub(super) fn in_http_get(key: &str) -> Option<&'static str> {
    Some(match key {
        "headers" => "write it as `httpHeaders`, a list of `name` and `value`",
        "url" | "uri" => "write it as `path`, `port` and `host`",
        "command" => "write it under `exec`",
        _ => return in_probe(key).filter(|advice| advice.starts_with("remove it")),
    })
}

/// Advice for a key of `exec`.
pub(super) fn in_exec(key: &str) -> Option<&'static str> {
    Some(match key {
        "entrypoint" | "cmd" | "test" => "write it as `command`",
        "args" => "write its items in `command`, behind the program",
        _ => return None,
    })
}

/// Advice for a key in `service`, whose value is a mapping or not.
pub(super) fn in_service(key: &str, is_mapping: bool) -> Option<&'static str> {
    Some(match key {
        "port" | "targetPort" | "protocol" if !is_mapping => {
            "write it as `ports: {NAME: {port: NUMBER}}`"
        }
        "type" | "selector" | "clusterIP" | "annotations" | "labels" => {
            "remove it; how a service is reached is set for each environment, as by a patch template"
        }
        _ => return None,
    })
}

/// Advice for a key in `before.NAME`.
pub(super) fn in_before(key: &str) -> Option<&'static str> {
    matches!(key, "condition" | "state" | "status" | "when").then_some("write it as `ready`")
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

/// Advice for a key of a port. `unnumbered` tells that nothing else in it says which port others
/// connect to.
pub(super) fn in_port(key: &str, unnumbered: bool) -> Option<&'static str> {
    Some(match key {
        "containerPort" | "target" if unnumbered => "write it as `port`",
        "containerPort" | "target" => "write it as `targetPort`",
        "published" | "servicePort" => "write it as `port`",
        "name" => "remove it; a port's name is the key above it",
        _ => return None,
    })
}

/// Advice for a key of a file.
pub(super) fn in_file(key: &str) -> Option<&'static str> {
    Some(match key {
        "permissions" | "chmod" | "defaultMode" => "write it as `mode`",
        "path" | "mountPath" => "remove it; the path in the container is the key above it",
        "text" | "data" | "value" => "write it as `content`",
        "file" => "write it as `source`",
        _ => return None,
    })
}

/// Advice for a key of a volume.
pub(super) fn in_volume(key: &str) -> Option<&'static str> {
    Some(match key {
        "mountPath" => "remove it; the path in the container is the key above it",
        "name" => "write it as `source`, as in `${resources.NAME}`",
        "subPath" | "sub_path" => "write it as `path`",
        _ => return None,
    })
}

/// Advice for a key of a resource.
pub(super) fn in_resource(key: &str) -> Option<&'static str> {
    Some(match key {
        "outputs" => "remove it; a type's outputs are known to its provisioner",
        "dependsOn" | "depends_on" => {
            "remove it; a resource comes after those whose outputs its `params` use"
        }
        "name" => "remove it; a resource's name is the key above it",
        "version" | "size" | "host" | "port" | "path" | "storage" => {
            "write it under `params`, if its provisioner takes it"
        }
        "annotations" => "write it under `metadata`",
        "parameters" | "options" | "config" | "inputs" | "spec" => "write it as `params`",
        _ => return None,
    })
}

/// The key of a container that means the same as another tool's key.
pub(super) fn means_in_container(key: &str) -> Option<&'static str> {
    Some(match key {
        "env" | "environment" => "variables",
        "entrypoint" => "command",
        "liveness" => "livenessProbe",
        "readiness" => "readinessProbe",
        _ => return None,
    })
}

/// As [`means_in_container`], in `exec`. What Compose has in `test` may begin with a word that is
/// no program.
pub(super) fn means_in_exec(key: &str) -> Option<&'static str> {
    matches!(key, "entrypoint" | "cmd").then_some("command")
}

/// As [`means_in_container`], in `before.NAME`.
pub(super) fn means_in_before(key: &str) -> Option<&'static str> {
    in_before(key).map(|_| "ready")
}

/// As [`means_in_container`], in a port.
pub(super) fn means_in_port(key: &str, unnumbered: bool) -> Option<&'static str> {
    Some(match key {
        "containerPort" | "target" if !unnumbered => "targetPort",
        "containerPort" | "target" | "published" | "servicePort" => "port",
        _ => return None,
    })
}

/// As [`means_in_container`], in a file.
pub(super) fn means_in_file(key: &str) -> Option<&'static str> {
    Some(match key {
        "permissions" | "chmod" => "mode",
        "text" | "data" => "content",
        "file" => "source",
        _ => return None,
    })
}

/// As [`means_in_container`], in a volume.
pub(super) fn means_in_volume(key: &str) -> Option<&'static str> {
    matches!(key, "subPath" | "sub_path").then_some("path")
}
