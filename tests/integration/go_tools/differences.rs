//! Every difference from the Go tools that is meant, each with its row in `spec/compatibility.md`.

use score_rs::base::value::Value;

use super::case::Tool;
use super::compare::Found;
use super::side::Side;
use super::{compose, files, kubernetes};

/// A difference that is meant.
pub struct Difference {
    pub name: &'static str,
    /// How its row in `spec/compatibility.md` begins.
    pub row: &'static str,
    pub tool: Tool,
    pub how: How,
}

/// How a difference is recognised.
pub enum How {
    /// Two ways of writing one thing: both sides are read to the same form.
    Read(fn(&mut Side)),
    /// Two things: this says whether a place where the sides differ is that, and nothing else.
    Explain(fn(&Place<'_>) -> bool),
}

/// A place where the sides differ, and the sides.
pub struct Place<'a> {
    pub object: &'a str,
    pub found: &'a Found,
    pub ours: &'a Side,
    pub theirs: &'a Side,
}

impl Place<'_> {
    /// Whether the path ends like this; `*` is any one part.
    fn ends(&self, end: &[&str]) -> bool {
        let path = &self.found.path;
        path.len() >= end.len()
            && path[path.len() - end.len()..].iter().zip(end).all(|(part, wanted)| *wanted == "*" || part == wanted)
    }

    /// Whether the path is this.
    fn is(&self, path: &[&str]) -> bool {
        self.found.path.len() == path.len() && self.ends(path)
    }

    fn only_ours(&self) -> Option<&Value> {
        self.found.ours.as_ref().filter(|_| self.found.theirs.is_none())
    }

    fn only_theirs(&self) -> Option<String> {
        self.found.theirs.as_ref().filter(|_| self.found.ours.is_none()).map(Value::to_json)
    }

    /// Whether it is in a workload's service.
    fn in_workload(&self) -> bool {
        self.ours.objects.get(self.object).is_some_and(compose::of_workload)
    }
}

/// Readings come first and in this order.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "order of ports",
        row: "Documents, containers, variables, ports and all keys have a fixed order",
        tool: Tool::Kubernetes,
        how: How::Read(kubernetes::sort_ports),
    },
    Difference {
        name: "files",
        row: "Each file is mounted at its own path, with `subPath`",
        tool: Tool::Kubernetes,
        how: How::Read(files::read_files),
    },
    Difference {
        name: "names of volumes",
        row: "A volume that two containers mount is one volume",
        tool: Tool::Kubernetes,
        how: How::Read(kubernetes::inline_volumes),
    },
    Difference {
        name: "variables for secrets",
        row: "The variables for secrets inside longer text are called `SECRET_NAME_KEY`",
        tool: Tool::Kubernetes,
        how: How::Read(kubernetes::inline_secrets),
    },
    Difference {
        name: "dollars in arguments",
        row: "`$$` in `command` and `args` is one dollar",
        tool: Tool::Kubernetes,
        how: How::Read(kubernetes::read_dollars),
    },
    Difference {
        name: "managed-by",
        row: "`app.kubernetes.io/managed-by` is `score-rs`",
        tool: Tool::Kubernetes,
        how: How::Explain(|place| {
            let is = |side: &Option<Value>, name: &str| *side == Some(Value::from(name));
            place.ends(&["labels", "app.kubernetes.io/managed-by"])
                && is(&place.found.ours, "score-rs")
                && is(&place.found.theirs, "score-k8s")
        }),
    },
    Difference {
        name: "empty mappings",
        row: "No `status`, no empty `strategy` and `resources`",
        tool: Tool::Kubernetes,
        how: How::Explain(|place| {
            let theirs = place.only_theirs();
            match theirs.as_deref() {
                Some("{}") => {
                    place.is(&["status"])
                        || place.is(&["spec", "strategy"])
                        || place.is(&["spec", "template", "spec", "containers", "*", "resources"])
                }
                Some(r#"{"loadBalancer":{}}"#) => place.is(&["status"]),
                _ => false,
            }
        }),
    },
    Difference {
        name: "container ports",
        row: "`containerPort`s are declared",
        tool: Tool::Kubernetes,
        how: How::Explain(|place| {
            place.is(&["spec", "template", "spec", "containers", "*", "ports"])
                && place
                    .only_ours()
                    .is_some_and(|ports| kubernetes::are_service_ports(ports, place.object, place.theirs))
        }),
    },
    Difference {
        name: "hash of files",
        row: "Files that are text are `data` under the file's own name",
        tool: Tool::Kubernetes,
        how: How::Explain(|place| {
            place.is(&["spec", "template", "metadata", "annotations", "k8s.score.dev/files-hash"])
                && place.only_ours().is_some_and(|hash| hash.to_text().len() == 10)
        }),
    },
    Difference {
        name: "empty variables",
        row: "A variable whose value is empty is written with `value: \"\"`",
        tool: Tool::Kubernetes,
        how: How::Explain(|place| {
            place.is(&["spec", "template", "spec", "containers", "*", "env", "*", "value"])
                && place.only_ours() == Some(&Value::from(""))
        }),
    },
    Difference {
        name: "quantities",
        row: "`cpu` and `memory` are written as in the Score file",
        tool: Tool::Kubernetes,
        how: How::Explain(|place| {
            let amount = |side: &Option<Value>| side.as_ref().and_then(kubernetes::amount);
            place.ends(&["resources", "*", "*"])
                && amount(&place.found.ours).is_some()
                && amount(&place.found.ours) == amount(&place.found.theirs)
        }),
    },
    Difference {
        name: "short forms",
        row: "What a definition gives is written as it is",
        tool: Tool::Compose,
        how: How::Read(compose::read_short_forms),
    },
    Difference {
        name: "mounted files",
        row: "Files lie under `.score-rs/ENVIRONMENT/mounts/files/WORKLOAD/CONTAINER/`",
        tool: Tool::Compose,
        how: How::Read(compose::read_mounts),
    },
    Difference {
        name: "two files with one base name",
        row: "Files lie under `.score-rs/ENVIRONMENT/mounts/files/WORKLOAD/CONTAINER/`",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            place.is(&["volumes", "*", "source"]) && place.in_workload() && compose::is_overwritten(place)
        }),
    },
    Difference {
        name: "read-only files",
        row: "Files lie under `.score-rs/ENVIRONMENT/mounts/files/WORKLOAD/CONTAINER/`",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            place.is(&["volumes", "*", "read_only"])
                && place.in_workload()
                && place.only_ours() == Some(&Value::Bool(true))
        }),
    },
    Difference {
        name: "readOnly",
        row: "`readOnly` of a mount is written as `read_only`",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            (place.is(&["volumes", "*", "read_only"]) || place.is(&["volumes", "*", "readOnly"]))
                && !place.in_workload()
                && place.only_ours() == Some(&Value::Bool(true))
        }),
    },
    Difference {
        name: "waiting for resources",
        row: "There is no `wait-for-resources`",
        tool: Tool::Compose,
        how: How::Read(compose::gather_waits),
    },
    Difference {
        name: "waiting for routes",
        row: "A workload does not wait for its routes",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            place.object == compose::AWAITED
                && place.only_theirs().is_some()
                && place.found.path.last().is_some_and(|name| place.ours.serving.contains(name))
        }),
    },
    Difference {
        name: "dependencies of a definition",
        row: "`depends_on` has no `required: true`",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            place.is(&["depends_on", "*", "required"])
                && !place.in_workload()
                && place.only_theirs().as_deref() == Some("false")
        }),
    },
    Difference {
        name: "health of HTTP probes",
        row: "`httpGet` probes are health checks",
        tool: Tool::Compose,
        how: How::Explain(compose::is_http_probe),
    },
    Difference {
        name: "tries of a health check",
        row: "A health check that is made from a probe has 12 tries",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            place.is(&["healthcheck", "retries"]) && place.in_workload() && place.only_ours() == Some(&Value::Int(12))
        }),
    },
    Difference {
        name: "limits and requests",
        row: "Limits and requests become `deploy.resources`",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            place.is(&["deploy"]) && place.in_workload() && place.only_ours().is_some_and(compose::are_amounts)
        }),
    },
    Difference {
        name: "network alias",
        row: "A workload's name is a network alias beside the host name",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            let alias = |name: &Value| format!(r#"{{"default":{{"aliases":[{}]}}}}"#, name.to_json());
            let host = place.ours.objects.get(place.object).and_then(|service| service.get("hostname"));
            place.is(&["networks"]) && place.only_ours().map(Value::to_json) == host.map(alias)
        }),
    },
    Difference {
        name: "exposed ports",
        row: "A workload's name is a network alias beside the host name",
        tool: Tool::Compose,
        how: How::Explain(|place| {
            let is_port = |port: &Value| port.to_text().trim_end_matches("/udp").parse::<u16>().is_ok();
            let are_ports = |ports: &Value| ports.as_list().is_some_and(|ports| ports.iter().all(is_port));
            place.is(&["expose"]) && place.in_workload() && place.only_ours().is_some_and(are_ports)
        }),
    },
];
