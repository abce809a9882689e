//! The intended differences from the Go tools, each with its row in `spec/compatibility.md`.

use diagnostics::value::Value;

use super::case::Tool;
use super::compare::ValueDifference;
use super::side::Side;
use super::{compose, files, kubernetes};

/// An intended difference.
pub struct Difference {
    pub name: &'static str,
    /// The start of its row in `spec/compatibility.md`.
    pub row: &'static str,
    pub tool: Tool,
    pub handling: Handling,
}

/// How a difference is recognized.
pub enum Handling {
    /// Two notations with the same meaning: both sides are normalized.
    Normalize(fn(&mut Side)),
    /// Two meanings: the function recognizes this difference and no other.
    Explain(fn(&Location<'_>) -> bool),
}

/// A difference, and the two sides.
pub struct Location<'a> {
    pub object: &'a str,
    pub found: &'a ValueDifference,
    pub ours: &'a Side,
    pub theirs: &'a Side,
}

impl Location<'_> {
    /// Whether the path ends with these parts; `*` is any part.
    fn ends_with(&self, end: &[&str]) -> bool {
        let path = &self.found.path;
        path.len() >= end.len()
            && path[path.len() - end.len()..]
                .iter()
                .zip(end)
                .all(|(part, expected)| *expected == "*" || part == expected)
    }

    /// Whether the path is this.
    fn is_path(&self, path: &[&str]) -> bool {
        self.found.path.len() == path.len() && self.ends_with(path)
    }

    fn only_ours(&self) -> Option<&Value> {
        self.found
            .ours
            .as_ref()
            .filter(|_| self.found.theirs.is_none())
    }

    fn only_theirs(&self) -> Option<String> {
        self.found
            .theirs
            .as_ref()
            .filter(|_| self.found.ours.is_none())
            .map(Value::to_json)
    }

    /// Whether it is in a workload's service.
    fn in_workload(&self) -> bool {
        self.ours
            .objects
            .get(self.object)
            .is_some_and(compose::of_workload)
    }
}

/// Normalizations come first and are applied in this order.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "order of ports",
        row: "Documents, containers, variables, ports and all keys have a fixed order",
        tool: Tool::Kubernetes,
        handling: Handling::Normalize(kubernetes::sort_ports),
    },
    Difference {
        name: "files",
        row: "Each file is mounted at its own path, with `subPath`",
        tool: Tool::Kubernetes,
        handling: Handling::Normalize(files::read_files),
    },
    Difference {
        name: "names of volumes",
        row: "A volume that two containers mount is one volume",
        tool: Tool::Kubernetes,
        handling: Handling::Normalize(kubernetes::inline_volumes),
    },
    Difference {
        name: "variables for secrets",
        row: "The variables for secrets inside longer text are called `SECRET_NAME_KEY`",
        tool: Tool::Kubernetes,
        handling: Handling::Normalize(kubernetes::inline_secrets),
    },
    Difference {
        name: "dollars in arguments",
        row: "`$$` in `command` and `args` is one dollar",
        tool: Tool::Kubernetes,
        handling: Handling::Normalize(kubernetes::read_dollars),
    },
    Difference {
        name: "service links",
        row: "Pods have `enableServiceLinks: false`",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            location.ends_with(&["spec", "template", "spec", "enableServiceLinks"])
                && location.only_ours() == Some(&Value::Bool(false))
        }),
    },
    Difference {
        name: "pod security",
        row: "Pods have the settings of `podSecurity`",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            let mut pod = ["spec", "template", "spec"].iter();
            let path = &location.found.path;
            let in_pod = path.len() > 3
                && path
                    .iter()
                    .take(3)
                    .all(|part| pod.next() == Some(&part.as_str()));
            let expected = match path.last().map(String::as_str) {
                Some("automountServiceAccountToken") if path.len() == 4 => "false",
                Some("securityContext") if path.len() == 4 => {
                    "{\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}"
                }
                Some("securityContext") => "{\"allowPrivilegeEscalation\":false}",
                _ => return false,
            };
            in_pod
                && location
                    .only_ours()
                    .is_some_and(|ours| ours.to_json() == expected)
        }),
    },
    Difference {
        name: "annotations of the object",
        row: "Annotations of a workload are also on its Deployment, StatefulSet, Job or CronJob",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            let [metadata, annotations, name] = location.found.path.as_slice() else {
                return false;
            };
            let object = location.ours.objects.get(location.object);
            let of_pod = ["spec", "template", "metadata", "annotations"];
            let in_pod = object
                .and_then(|object| of_pod.iter().try_fold(object, |value, key| value.get(key)));
            [metadata, annotations] == ["metadata", "annotations"]
                && location.only_ours().is_some()
                && in_pod.and_then(|annotations| annotations.get(name)) == location.only_ours()
        }),
    },
    Difference {
        name: "managed-by",
        row: "`app.kubernetes.io/managed-by` is `score-rs`",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            let equals = |side: &Option<Value>, name: &str| *side == Some(Value::from(name));
            location.ends_with(&["labels", "app.kubernetes.io/managed-by"])
                && equals(&location.found.ours, "score-rs")
                && equals(&location.found.theirs, "score-k8s")
        }),
    },
    Difference {
        name: "labels of objects that a template adds",
        row: "On Kubernetes, an object that a template adds gets the namespace and the labels `app.kubernetes.io/managed-by` and `part-of`, and with the annotation `k8s.score.dev/workload-name` all labels of the workload. Labels that it has stay",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            let labels = location.only_ours().and_then(Value::as_map);
            location.is_path(&["metadata", "labels"])
                && labels.is_some_and(|labels| labels.keys().eq(["app.kubernetes.io/managed-by"]))
        }),
    },
    Difference {
        name: "empty mappings",
        row: "No `status`, no empty `strategy` and `resources`",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            let theirs = location.only_theirs();
            match theirs.as_deref() {
                Some("{}") => {
                    location.is_path(&["status"])
                        || location.is_path(&["spec", "strategy"])
                        || location.is_path(&[
                            "spec",
                            "template",
                            "spec",
                            "containers",
                            "*",
                            "resources",
                        ])
                }
                Some(r#"{"loadBalancer":{}}"#) => location.is_path(&["status"]),
                _ => false,
            }
        }),
    },
    Difference {
        name: "container ports",
        row: "`containerPort`s are declared",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            location.is_path(&["spec", "template", "spec", "containers", "*", "ports"])
                && location.only_ours().is_some_and(|ports| {
                    kubernetes::are_service_ports(ports, location.object, location.theirs)
                })
        }),
    },
    Difference {
        name: "hash of files",
        row: "Files that are text are `data` under the file's own name",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            location.is_path(&[
                "spec",
                "template",
                "metadata",
                "annotations",
                "k8s.score.dev/config-hash",
            ]) && location
                .only_ours()
                .is_some_and(|hash| hash.to_text().len() == 10)
        }),
    },
    Difference {
        name: "empty variables",
        row: "A variable whose value is empty is written with `value: \"\"`",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            location.is_path(&[
                "spec",
                "template",
                "spec",
                "containers",
                "*",
                "env",
                "*",
                "value",
            ]) && location.only_ours() == Some(&Value::from(""))
        }),
    },
    Difference {
        name: "quantities",
        row: "`cpu` and `memory` are written as in the Score file",
        tool: Tool::Kubernetes,
        handling: Handling::Explain(|location| {
            let amount = |side: &Option<Value>| side.as_ref().and_then(kubernetes::amount);
            location.ends_with(&["resources", "*", "*"])
                && amount(&location.found.ours).is_some()
                && amount(&location.found.ours) == amount(&location.found.theirs)
        }),
    },
    Difference {
        name: "short forms",
        row: "What a definition gives is written as it is",
        tool: Tool::Compose,
        handling: Handling::Normalize(compose::read_short_forms),
    },
    Difference {
        name: "mounted files",
        row: "Text files are `configs` with `content`",
        tool: Tool::Compose,
        handling: Handling::Normalize(compose::read_mounts),
    },
    Difference {
        name: "two files with one base name",
        row: "Text files are `configs` with `content`",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            location.is_path(&["files", "*"])
                && location.in_workload()
                && compose::is_overwritten(location)
        }),
    },
    Difference {
        name: "waiting for resources",
        row: "There is no `wait-for-resources`",
        tool: Tool::Compose,
        handling: Handling::Normalize(compose::gather_waits),
    },
    Difference {
        name: "waiting for routes",
        row: "A workload does not wait for its routes",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            location.object == compose::AWAITED
                && location.only_theirs().is_some()
                && location
                    .found
                    .path
                    .last()
                    .is_some_and(|name| location.ours.serving.contains(name))
        }),
    },
    Difference {
        name: "dependencies of a definition",
        row: "`depends_on` has no `required: true`",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            location.is_path(&["depends_on", "*", "required"])
                && !location.in_workload()
                && location.only_theirs().as_deref() == Some("false")
        }),
    },
    Difference {
        name: "health of HTTP probes",
        row: "`httpGet` probes are health checks",
        tool: Tool::Compose,
        handling: Handling::Explain(compose::is_http_probe),
    },
    Difference {
        name: "tries of a health check",
        row: "A health check that is derived from a probe has 12 tries",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            location.is_path(&["healthcheck", "retries"])
                && location.in_workload()
                && location.only_ours() == Some(&Value::Int(12))
        }),
    },
    Difference {
        name: "limits and requests",
        row: "Limits and requests become `deploy.resources`",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            location.is_path(&["deploy"])
                && location.in_workload()
                && location.only_ours().is_some_and(compose::are_amounts)
        }),
    },
    Difference {
        name: "restart policy",
        row: "What keeps running is restarted after a failure",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            location.is_path(&["restart"])
                && location.in_workload()
                && location.only_ours() == Some(&Value::from("on-failure"))
        }),
    },
    Difference {
        name: "hash of mounted files",
        row: "A service with generated files, mounted or as `configs`, has their hash as a label",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            const LABEL: &str = "compose.score.dev/files-hash";
            let is_label = |value: &Value| value.as_map().is_some_and(|map| map.keys().eq([LABEL]));
            location.is_path(&["labels", LABEL])
                || location.is_path(&["labels"]) && location.only_ours().is_some_and(is_label)
        }),
    },
    Difference {
        name: "called workloads",
        row: "A workload starts after the workloads that it calls",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            let called = location.found.path.last();
            let called =
                called.and_then(|name| location.ours.objects.get(&format!("services {name}")));
            location.object == compose::AWAITED
                && called.is_some_and(compose::of_workload)
                && location.only_ours() == Some(&Value::from("service_started"))
        }),
    },
    Difference {
        name: "network alias",
        row: "A workload's name is a network alias beside the host name",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            let alias =
                |name: &Value| format!(r#"{{"default":{{"aliases":[{}]}}}}"#, name.to_json());
            let host = location
                .ours
                .objects
                .get(location.object)
                .and_then(|service| service.get("hostname"));
            location.is_path(&["networks"])
                && location.only_ours().map(Value::to_json) == host.map(alias)
        }),
    },
    Difference {
        name: "exposed ports",
        row: "A workload's name is a network alias beside the host name",
        tool: Tool::Compose,
        handling: Handling::Explain(|location| {
            let is_port = |port: &Value| {
                port.to_text()
                    .trim_end_matches("/udp")
                    .parse::<u16>()
                    .is_ok()
            };
            let are_ports = |ports: &Value| {
                ports
                    .as_list()
                    .is_some_and(|ports| ports.iter().all(is_port))
            };
            location.is_path(&["expose"])
                && location.in_workload()
                && location.only_ours().is_some_and(are_ports)
        }),
    },
];
