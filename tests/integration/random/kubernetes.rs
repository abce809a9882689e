//! Manifests match their Score files and are valid for a cluster.

use std::collections::{BTreeMap, BTreeSet};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use super::expand::kubelet;
use super::expected::{ExpectedContainer, entries, expected_containers, texts};
use super::names;
use super::project::Project;

const RUNNERS: [&str; 4] = ["Deployment", "StatefulSet", "Job", "CronJob"];

/// Panics if they do not.
pub fn check(project: &Project, objects: &[Value]) {
    let mut seen = BTreeSet::new();
    for object in objects {
        names::check(object);
        // Objects of definitions may be anything.
        if !object["metadata"]["annotations"]["k8s.score.dev/workload-name"].is_null() {
            super::check_not_empty(object, "an object");
        }
        assert!(seen.insert((
            object["apiVersion"].to_string(),
            object["kind"].to_string(),
            object["metadata"]["name"].to_string()
        )));
    }
    for expected in expected_containers(project) {
        let pod = pod(runner(objects, &expected));
        let container = items(&pod["initContainers"])
            .chain(items(&pod["containers"]))
            .find(|container| container["name"] == expected.container);
        let container = container.unwrap();
        check_process(&expected, container);
        check_files(&expected, container, pod, objects);
        check_volumes(&expected, container, pod);
        check_waits(&expected, pod);
        check_probes(&expected, container);
        for (kind, amount) in entries(&expected.field["resources"])
            .flat_map(|(kind, amounts)| entries(amounts).map(move |amount| (kind, amount)))
        {
            let (key, text) = (
                amount.0,
                amount
                    .1
                    .as_str()
                    .unwrap()
                    .replace('K', "k")
                    .replace("ki", "Ki"),
            );
            assert_eq!(container["resources"][kind][key], text, "{kind}");
        }
    }
}

/// The items of an optional list.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn runner<'a>(objects: &'a [Value], expected: &ExpectedContainer<'_>) -> &'a Value {
    let kind = expected.whole["metadata"]["annotations"]["k8s.score.dev/kind"]
        .as_str()
        .unwrap_or("Deployment");
    let is_runner = |object: &&Value| {
        RUNNERS.contains(&object["kind"].as_str().unwrap())
            && object["metadata"]["labels"]["app.kubernetes.io/name"] == expected.workload
            && object["metadata"]["annotations"]["k8s.score.dev/workload-name"] == expected.workload
    };
    let found: Vec<&Value> = objects.iter().filter(is_runner).collect();
    assert!(found.len() == 1 && found[0]["kind"] == kind, "{found:?}");
    found[0]
}

/// The pod spec of a workload object.
pub fn pod(object: &Value) -> &Value {
    let spec = &object["spec"];
    let spec = if object["kind"] == "CronJob" {
        &spec["jobTemplate"]["spec"]
    } else {
        spec
    };
    &spec["template"]["spec"]
}

fn check_process(expected: &ExpectedContainer<'_>, container: &Value) {
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    let mut values: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for variable in items(&container["env"]) {
        let name = variable["name"].as_str().unwrap();
        let value = kubelet(variable["value"].as_str().unwrap_or("a secret"), &|name| {
            known.get(name).cloned()
        });
        known.insert(name, String::from_utf8(value.clone()).unwrap());
        assert!(values.insert(name, value).is_none(), "{name} is set twice");
    }
    for (name, text) in &expected.variables {
        let value = values
            .get(name)
            .unwrap_or_else(|| panic!("no variable {name:?}"));
        assert!(
            text.as_ref().is_none_or(|text| text.as_bytes() == value),
            "{name:?}: {text:?} is {value:?}"
        );
    }
    let list = |key: &str| -> Vec<String> {
        let process = |text: &String| kubelet(text, &|name| known.get(name).cloned());
        texts(&container[key])
            .iter()
            .map(|text| String::from_utf8(process(text)).unwrap())
            .collect()
    };
    assert_eq!(container["image"], expected.image);
    assert_eq!(list("command"), expected.command);
    assert_eq!(list("args"), expected.args);
}

fn mount<'a>(container: &'a Value, pod: &'a Value, target: &str) -> (&'a Value, &'a Value) {
    let mount = items(&container["volumeMounts"])
        .find(|mount| mount["mountPath"] == target)
        .unwrap();
    let volume = items(&pod["volumes"])
        .find(|volume| volume["name"] == mount["name"])
        .unwrap();
    (mount, volume)
}

fn check_files(
    expected: &ExpectedContainer<'_>,
    container: &Value,
    pod: &Value,
    objects: &[Value],
) {
    for (target, (bytes, mode)) in &expected.files {
        let (mount, volume) = mount(container, pod, target);
        let source = &volume["configMap"];
        let config_map = objects.iter().find(|object| {
            object["kind"] == "ConfigMap" && object["metadata"]["name"] == source["name"]
        });
        let config_map = config_map.unwrap();
        let key = source["items"][0]["key"]
            .as_str()
            .or(mount["subPath"].as_str())
            .unwrap();
        let text = config_map["data"][key]
            .as_str()
            .map(|text| text.as_bytes().to_vec());
        let binary = || {
            BASE64_STANDARD
                .decode(config_map["binaryData"][key].as_str().unwrap())
                .unwrap()
        };
        assert_eq!(text.unwrap_or_else(binary), *bytes, "{target}");
        assert_eq!(source["items"][0]["mode"].as_u64(), mode.map(u64::from));
        assert_eq!(mount["readOnly"], true);
    }
}

fn check_volumes(expected: &ExpectedContainer<'_>, container: &Value, pod: &Value) {
    for (target, expected_value) in entries(&expected.field["volumes"]) {
        let (mount, volume) = mount(container, pod, target);
        assert_eq!(volume["emptyDir"], serde_json::json!({}));
        assert_eq!(
            mount["readOnly"].as_bool().unwrap_or(false),
            expected_value["readOnly"].as_bool().unwrap_or(false)
        );
        assert_eq!(mount["subPath"].as_str(), expected_value["path"].as_str());
    }
}

/// In the command of a probe, the kubelet inserts values as the manifest has them.
fn check_probes(expected: &ExpectedContainer<'_>, container: &Value) {
    let completes =
        entries(&expected.field["before"]).any(|(_, before)| before["ready"] == "complete");
    for key in ["livenessProbe", "readinessProbe"]
        .into_iter()
        .filter(|_| !completes)
    {
        let (probe, expected_value) = (&container[key], &expected.field[key]);
        let written = |name: &str| {
            let mut variables = items(&container["env"]);
            let variable = variables.find(|variable| variable["name"] == name)?;
            Some(variable["value"].as_str().unwrap_or_default().to_owned())
        };
        let command: Vec<String> = texts(&probe["exec"]["command"])
            .iter()
            .map(|text| String::from_utf8(kubelet(text, &written)).unwrap())
            .collect();
        assert_eq!(command, expected.probe_command(expected_value));
        for field in ["path", "port"] {
            assert_eq!(
                probe["httpGet"][field], expected_value["httpGet"][field],
                "{field}"
            );
        }
        // The node has no meaning for a container.
        let host = Some(&expected_value["httpGet"]["host"]).filter(|host| *host != "localhost");
        assert_eq!(probe["httpGet"]["host"], *host.unwrap_or(&Value::Null));
        assert!(
            items(&probe["httpGet"]["httpHeaders"])
                .eq(items(&expected_value["httpGet"]["httpHeaders"]))
        );
        assert_eq!(
            probe["httpGet"]["scheme"] == "HTTPS",
            expected_value["httpGet"]["scheme"] == "HTTPS"
        );
    }
}

/// Init containers start one by one, before all others.
fn check_waits(expected: &ExpectedContainer<'_>, pod: &Value) {
    let position_of =
        |name: &str| items(&pod["initContainers"]).position(|container| container["name"] == name);
    for (later, _) in entries(&expected.field["before"]) {
        let index = position_of(expected.container).unwrap();
        assert!(
            position_of(later).is_none_or(|later| index < later),
            "{} before {later}",
            expected.container
        );
        let completes =
            entries(&expected.field["before"]).any(|(_, before)| before["ready"] == "complete");
        let restarts = pod["initContainers"][index]["restartPolicy"] == "Always";
        assert_eq!(completes, !restarts, "{}", expected.container);
    }
}
