//! Names that the Kubernetes API accepts (Kubernetes, "Object Names and IDs", "Labels and
//! Selectors", and the API reference for ports).

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::expected::entries;
use super::kubernetes::{items, pod};

fn fits(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$"))
        .unwrap()
        .is_match(text)
}

const LABEL: &str = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

fn is_subdomain(name: &str) -> bool {
    // The limit applies to the whole name, not to its parts.
    name.len() <= 253
        && name
            .split('.')
            .all(|part| fits("[a-z0-9]([a-z0-9-]*[a-z0-9])?", part))
}

/// Panics at the first name that a cluster would reject.
pub fn check(object: &Value) {
    let (kind, name) = (
        object["kind"].as_str().unwrap(),
        object["metadata"]["name"].as_str().unwrap(),
    );
    let valid = match kind {
        "Service" => fits("[a-z]([a-z0-9-]{0,61}[a-z0-9])?", name),
        // Their names become label values with a suffix.
        "StatefulSet" | "CronJob" => name.len() <= 52 && is_subdomain(name),
        "Job" | "Deployment" => name.len() <= 63 && is_subdomain(name),
        _ => is_subdomain(name),
    };
    assert!(valid, "{kind} {name}");
    check_metadata(&object["metadata"]);
    check_metadata(&object["spec"]["template"]["metadata"]);
    check_pod(pod(object));
    let ports: Vec<&Value> = items(&object["spec"]["ports"]).collect();
    if kind == "Service" {
        assert!(ports.iter().all(|port| fits(LABEL, port["name"].as_str().unwrap_or("one")) || ports.len() == 1));
        let numbers: BTreeSet<String> = ports
            .iter()
            .map(|port| format!("{}{}", port["port"], port["protocol"]))
            .collect();
        assert_eq!(numbers.len(), ports.len(), "{name}");
    }
}

fn check_metadata(metadata: &Value) {
    for (key, value) in entries(&metadata["labels"]) {
        assert!(
            fits(
                "([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?",
                value.as_str().unwrap()
            ),
            "{key}: {value}"
        );
    }
    for (key, value) in entries(&metadata["labels"]).chain(entries(&metadata["annotations"])) {
        let (host, name) = key
            .split_once('/')
            .map_or((None, key), |(host, name)| (Some(host), name));
        assert!(
            host.is_none_or(is_subdomain)
                && fits("[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", name),
            "{key}"
        );
        assert!(value.is_string(), "{key}: {value}");
    }
}

fn check_pod(pod: &Value) {
    let volumes: Vec<&str> = items(&pod["volumes"])
        .map(|volume| volume["name"].as_str().unwrap())
        .collect();
    assert!(volumes.iter().all(|name| fits(LABEL, name)), "{volumes:?}");
    assert_eq!(
        volumes.iter().collect::<BTreeSet<_>>().len(),
        volumes.len(),
        "{volumes:?}"
    );
    for container in items(&pod["initContainers"]).chain(items(&pod["containers"])) {
        assert!(
            fits(LABEL, container["name"].as_str().unwrap()),
            "{container}"
        );
        let mounts: Vec<&str> = items(&container["volumeMounts"])
            .map(|mount| mount["mountPath"].as_str().unwrap())
            .collect();
        assert_eq!(
            mounts.iter().collect::<BTreeSet<_>>().len(),
            mounts.len(),
            "{mounts:?}"
        );
        let ports: Vec<&Value> = items(&container["ports"]).collect();
        for name in ports.iter().filter_map(|port| port["name"].as_str()) {
            let known =
                fits("[a-z0-9-]{1,15}", name) && fits(".*[a-z].*", name) && !name.contains("--");
            assert!(
                known && !name.starts_with('-') && !name.ends_with('-'),
                "{name}"
            );
        }
        let numbers: BTreeSet<String> = ports
            .iter()
            .map(|port| format!("{}{}", port["containerPort"], port["protocol"]))
            .collect();
        assert_eq!(numbers.len(), ports.len(), "{container}");
    }
}
