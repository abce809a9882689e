//! Normal forms for Kubernetes objects: different notations with the same meaning become equal.

use std::collections::BTreeMap;

use diagnostics::value::{Map, Value};

use super::side::{Side, at, list_at, map_at, text_at};

const POD: [&str; 3] = ["spec", "template", "spec"];

/// Whether an object belongs to a workload and not to a resource.
pub fn of_workload(object: &Value) -> bool {
    at(
        object,
        &["metadata", "annotations", "k8s.score.dev/workload-name"],
    )
    .is_some()
}

pub fn pods(side: &mut Side) -> impl Iterator<Item = &mut Value> {
    side.objects
        .values_mut()
        .filter(|object| of_workload(object) && at(object, &POD).is_some())
}

pub fn containers(pod: &mut Value) -> impl Iterator<Item = &mut Map> {
    let list = map_at(pod, &POD).and_then(|spec| match spec.get_mut("containers") {
        Some(Value::List(items)) => Some(items),
        _ => None,
    });
    list.into_iter().flatten().filter_map(Value::as_map_mut)
}

/// Sorts the ports of Services, whose order has no meaning.
pub fn sort_ports(side: &mut Side) {
    for object in side
        .objects
        .values_mut()
        .filter(|object| of_workload(object))
    {
        if let Some(ports) = list_at(object, &["spec", "ports"]) {
            ports.sort_by_key(|port| at(port, &["name"]).map(Value::to_text));
        }
    }
}

/// Replaces commands and arguments by what the process gets: `$$` is one dollar, and `$(NAME)` is a
/// variable.
pub fn read_dollars(side: &mut Side) {
    for pod in pods(side) {
        for container in containers(pod) {
            for key in ["command", "args"] {
                if let Some(Value::List(words)) = container.get_mut(key) {
                    words
                        .iter_mut()
                        .for_each(|word| *word = Value::from(resolve_dollars(&word.to_text())));
                }
            }
        }
    }
}

fn resolve_dollars(word: &str) -> String {
    let parts = word
        .split("$$")
        .map(|part| part.replace("$(", "the variable ("));
    parts.collect::<Vec<_>>().join("$")
}

/// Inlines variables that exist only for other variables.
pub fn inline_secrets(side: &mut Side) {
    for pod in pods(side) {
        for container in containers(pod) {
            if let Some(Value::List(variables)) = container.get_mut("env") {
                inline_secrets_in(variables);
            }
        }
    }
}

fn inline_secrets_in(variables: &mut Vec<Value>) {
    let (for_secrets, mut rest): (Vec<Value>, Vec<Value>) =
        variables.drain(..).partition(is_for_secret);
    for variable in &mut rest {
        let mut value = text_at(variable, &["value"]);
        for secret in &for_secrets {
            let source = at(secret, &["valueFrom", "secretKeyRef"])
                .map(Value::to_json)
                .unwrap_or_default();
            value = value.replace(&format!("$({})", text_at(secret, &["name"])), &source);
        }
        if let Some(slot) = variable
            .as_map_mut()
            .and_then(|variable| variable.get_mut("value"))
        {
            *slot = Value::from(value);
        }
    }
    *variables = rest;
}

/// Whether a variable is generated for a secret in a longer text.
fn is_for_secret(variable: &Value) -> bool {
    let secret = |key: &str| text_at(variable, &["valueFrom", "secretKeyRef", key]);
    let words = format!("SECRET_{}_{}", secret("name"), secret("key")).to_ascii_uppercase();
    let name = text_at(variable, &["name"]);
    name.starts_with("__ref_") || name == words.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// Replaces the volume names in mounts by the volumes.
pub fn inline_volumes(side: &mut Side) {
    for pod in pods(side) {
        let volumes = volumes(pod);
        for container in containers(pod) {
            let Some(Value::List(mounts)) = container.get_mut("volumeMounts") else {
                continue;
            };
            for mount in mounts {
                let name = text_at(mount, &["name"]);
                let volume = volumes.get(&name).filter(|_| name.starts_with("vol-"));
                if let (Some(volume), Some(mount)) = (volume, mount.as_map_mut()) {
                    mount.insert("name".to_owned(), volume.clone());
                }
            }
        }
        drop_volumes(pod, |name| name.starts_with("vol-"));
    }
}

/// The volumes of a pod by name, without their names.
pub fn volumes(pod: &Value) -> BTreeMap<String, Value> {
    let list = at(pod, &POD)
        .and_then(|spec| spec.get("volumes"))
        .and_then(Value::as_list);
    let unnamed = |volume: &Value| {
        let mut volume = volume.as_map().cloned().unwrap_or_default();
        let name = volume
            .shift_remove("name")
            .map(|name| name.to_text())
            .unwrap_or_default();
        (name, Value::Map(volume))
    };
    list.into_iter().flatten().map(unnamed).collect()
}

pub fn drop_volumes(pod: &mut Value, is_dropped: impl Fn(&str) -> bool) {
    let Some(spec) = map_at(pod, &POD) else {
        return;
    };
    if let Some(Value::List(volumes)) = spec.get_mut("volumes") {
        volumes.retain(|volume| !is_dropped(&text_at(volume, &["name"])));
        if volumes.is_empty() {
            spec.shift_remove("volumes");
        }
    }
}

/// A quantity in thousandths, as Kubernetes reads it.
pub fn amount(quantity: &Value) -> Option<u128> {
    const UNITS: [(&str, u128); 8] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("m", 0),
        ("", 1),
    ];
    let text = quantity.to_text();
    let (unit, factor) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    let digits = text.strip_suffix(unit)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let thousandths: u128 = format!("{whole}{fraction:0<3}").parse().ok()?;
    match *factor {
        0 => digits.parse().ok(),
        factor => Some(thousandths * factor),
    }
}

/// Whether the ports of a container are the target ports of the Service of its workload.
pub fn are_service_ports(ports: &Value, workload: &str, side: &Side) -> bool {
    let name = workload.rsplit(' ').next().unwrap_or_default();
    let is_service = |object: &Value| {
        text_at(object, &["kind"]) == "Service"
            && text_at(
                object,
                &["metadata", "annotations", "k8s.score.dev/workload-name"],
            ) == name
    };
    let service = side.objects.values().find(|object| is_service(object));
    let service_ports: Vec<(String, String)> = service
        .and_then(|service| at(service, &["spec", "ports"])?.as_list())
        .into_iter()
        .flatten()
        .map(|port| (text_at(port, &["targetPort"]), text_at(port, &["protocol"])))
        .collect();
    let declared = ports.as_list().unwrap_or_default();
    declared.iter().all(|port| {
        service_ports.contains(&(
            text_at(port, &["containerPort"]),
            text_at(port, &["protocol"]),
        ))
    })
}
