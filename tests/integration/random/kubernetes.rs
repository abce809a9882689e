//! Manifests say what the Score files say, and a cluster would take them.

use std::collections::{BTreeMap, BTreeSet};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use super::expand::kubelet;
use super::expected::{Said, entries, said, texts};
use super::names;
use super::project::Project;

const RUNNERS: [&str; 4] = ["Deployment", "StatefulSet", "Job", "CronJob"];

/// Panics where they do not.
pub fn check(project: &Project, objects: &[Value]) {
    let mut seen = BTreeSet::new();
    for object in objects {
        names::check(object);
        // Those of definitions are somebody else's.
        if !object["metadata"]["annotations"]["k8s.score.dev/workload-name"].is_null() {
            super::says_something(object, "an object");
        }
        assert!(seen.insert((
            object["apiVersion"].to_string(),
            object["kind"].to_string(),
            object["metadata"]["name"].to_string()
        )));
    }
    for said in said(project) {
        let pod = pod(runner(objects, &said));
        let container =
            items(&pod["initContainers"]).chain(items(&pod["containers"])).find(|own| own["name"] == said.container);
        let container = container.unwrap();
        check_process(&said, container);
        check_files(&said, container, pod, objects);
        check_volumes(&said, container, pod);
        check_waits(&said, pod);
        check_probes(&said, container);
        for (kind, amounts) in
            entries(&said.field["resources"]).flat_map(|(kind, own)| entries(own).map(move |own| (kind, own)))
        {
            let (key, text) = (amounts.0, amounts.1.as_str().unwrap().replace('K', "k").replace("ki", "Ki"));
            assert_eq!(container["resources"][kind][key], text, "{kind}");
        }
    }
}

/// The items of a list that may not be there.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn runner<'a>(objects: &'a [Value], said: &Said<'_>) -> &'a Value {
    let kind = said.whole["metadata"]["annotations"]["k8s.score.dev/kind"].as_str().unwrap_or("Deployment");
    let mine = |object: &&Value| {
        RUNNERS.contains(&object["kind"].as_str().unwrap())
            && object["metadata"]["labels"]["app.kubernetes.io/name"] == said.workload
            && object["metadata"]["annotations"]["k8s.score.dev/workload-name"] == said.workload
    };
    let found: Vec<&Value> = objects.iter().filter(mine).collect();
    assert!(found.len() == 1 && found[0]["kind"] == kind, "{found:?}");
    found[0]
}

/// The pod of an object that runs one.
pub fn pod(object: &Value) -> &Value {
    let spec = &object["spec"];
    let spec = if object["kind"] == "CronJob" { &spec["jobTemplate"]["spec"] } else { spec };
    &spec["template"]["spec"]
}

fn check_process(said: &Said<'_>, container: &Value) {
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    let mut given: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for variable in items(&container["env"]) {
        let name = variable["name"].as_str().unwrap();
        let value = kubelet(variable["value"].as_str().unwrap_or("a secret"), &|name| known.get(name).cloned());
        known.insert(name, String::from_utf8(value.clone()).unwrap());
        assert!(given.insert(name, value).is_none(), "{name} is given twice");
    }
    for (name, text) in &said.variables {
        let value = given.get(name).unwrap_or_else(|| panic!("no variable {name:?}"));
        assert!(text.as_ref().is_none_or(|text| text.as_bytes() == value), "{name:?}: {text:?} is {value:?}");
    }
    let list = |key: &str| -> Vec<String> {
        let process = |text: &String| kubelet(text, &|name| known.get(name).cloned());
        texts(&container[key]).iter().map(|text| String::from_utf8(process(text)).unwrap()).collect()
    };
    assert_eq!(container["image"], said.image);
    assert_eq!(list("command"), said.command);
    assert_eq!(list("args"), said.args);
}

fn mount<'a>(container: &'a Value, pod: &'a Value, target: &str) -> (&'a Value, &'a Value) {
    let mount = items(&container["volumeMounts"]).find(|mount| mount["mountPath"] == target).unwrap();
    let volume = items(&pod["volumes"]).find(|volume| volume["name"] == mount["name"]).unwrap();
    (mount, volume)
}

fn check_files(said: &Said<'_>, container: &Value, pod: &Value, objects: &[Value]) {
    for (target, (bytes, mode)) in &said.files {
        let (mount, volume) = mount(container, pod, target);
        let source = &volume["configMap"];
        let config_map =
            objects.iter().find(|object| object["kind"] == "ConfigMap" && object["metadata"]["name"] == source["name"]);
        let config_map = config_map.unwrap();
        let key = source["items"][0]["key"].as_str().or(mount["subPath"].as_str()).unwrap();
        let text = config_map["data"][key].as_str().map(|text| text.as_bytes().to_vec());
        let binary = || BASE64_STANDARD.decode(config_map["binaryData"][key].as_str().unwrap()).unwrap();
        assert_eq!(text.unwrap_or_else(binary), *bytes, "{target}");
        assert_eq!(source["items"][0]["mode"].as_u64(), mode.map(u64::from));
        assert_eq!(mount["readOnly"], true);
    }
}

fn check_volumes(said: &Said<'_>, container: &Value, pod: &Value) {
    for (target, wanted) in entries(&said.field["volumes"]) {
        let (mount, volume) = mount(container, pod, target);
        assert_eq!(volume["emptyDir"], serde_json::json!({}));
        assert_eq!(mount["readOnly"].as_bool().unwrap_or(false), wanted["readOnly"].as_bool().unwrap_or(false));
        assert_eq!(mount["subPath"].as_str(), wanted["path"].as_str());
    }
}

/// A probe's command is run as it is; nothing in it is expanded.
fn check_probes(said: &Said<'_>, container: &Value) {
    let completes = entries(&said.field["before"]).any(|(_, before)| before["ready"] == "complete");
    for key in ["livenessProbe", "readinessProbe"].into_iter().filter(|_| !completes) {
        let (probe, wanted) = (&container[key], &said.field[key]);
        assert_eq!(probe["exec"], wanted["exec"]);
        for field in ["path", "port", "host"] {
            assert_eq!(probe["httpGet"][field], wanted["httpGet"][field], "{field}");
        }
        assert!(items(&probe["httpGet"]["httpHeaders"]).eq(items(&wanted["httpGet"]["httpHeaders"])));
        assert_eq!(probe["httpGet"]["scheme"] == "HTTPS", wanted["httpGet"]["scheme"] == "HTTPS");
    }
}

/// Init containers start one by one, and all others after them.
fn check_waits(said: &Said<'_>, pod: &Value) {
    let place = |name: &str| items(&pod["initContainers"]).position(|own| own["name"] == name);
    for (later, _) in entries(&said.field["before"]) {
        let own = place(said.container).unwrap();
        assert!(place(later).is_none_or(|later| own < later), "{} before {later}", said.container);
        let completes = entries(&said.field["before"]).any(|(_, before)| before["ready"] == "complete");
        let restarts = pod["initContainers"][own]["restartPolicy"] == "Always";
        assert_eq!(completes, !restarts, "{}", said.container);
    }
}
