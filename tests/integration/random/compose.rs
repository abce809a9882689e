//! A Compose file matches its Score files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compile::{Compiled, MOUNTS};
use super::expand::compose as unescape;
use super::expected::{ExpectedContainer, entries, expected_containers, texts};
use super::project::Project;

/// Panics if it does not.
pub fn check(project: &Project, compiled: &Compiled, file: &Value) {
    for expected in expected_containers(project) {
        let service = &file["services"][format!("{}-{}", expected.workload, expected.container)];
        check_process(&expected, service);
        check_files(&expected, service, file, compiled);
        check_volumes(&expected, service, file);
        check_waits(&expected, service);
        check_health(&expected, service);
        for (key, value) in entries(&expected.whole["metadata"]["annotations"]) {
            assert_eq!(
                unescape(service["annotations"][key].as_str().unwrap()),
                value.as_str().unwrap(),
                "{key}"
            );
        }
    }
    check_order(&file["services"]);
    entries(&file["services"]).for_each(|(name, service)| super::check_not_empty(service, name));
}

fn check_process(expected: &ExpectedContainer<'_>, service: &Value) {
    let list = |key: &str| {
        texts(&service[key])
            .iter()
            .map(|text| unescape(text))
            .collect::<Vec<_>>()
    };
    assert_eq!(unescape(service["image"].as_str().unwrap()), expected.image);
    assert_eq!(list("entrypoint"), expected.command);
    assert_eq!(list("command"), expected.args);
    let environment: BTreeMap<&str, &Value> = entries(&service["environment"]).collect();
    assert!(
        environment.keys().eq(expected.variables.keys()),
        "{environment:?}"
    );
    for (name, text) in expected
        .variables
        .iter()
        .filter_map(|(name, text)| Some((name, text.as_ref()?)))
    {
        assert_eq!(
            unescape(environment[name].as_str().unwrap()),
            *text,
            "{name}"
        );
    }
}

fn mount<'a>(service: &'a Value, target: &str) -> &'a Value {
    let mut mounts = service["volumes"].as_array().into_iter().flatten();
    mounts
        .find(|mount| unescape(mount["target"].as_str().unwrap()) == target)
        .unwrap()
}

fn check_files(
    expected: &ExpectedContainer<'_>,
    service: &Value,
    file: &Value,
    compiled: &Compiled,
) {
    for (target, (bytes, mode)) in &expected.files {
        if let Some(config) = config(service, target) {
            let content = &file["configs"][config["source"].as_str().unwrap()]["content"];
            assert_eq!(
                unescape(content.as_str().unwrap()).as_bytes(),
                bytes,
                "{target}"
            );
            let found = config["mode"].as_u64();
            assert_eq!(found, Some(mode.unwrap_or(0o444).into()), "{target}");
            continue;
        }
        let mount = mount(service, target);
        assert!(
            mount["type"] == "bind" && mount["read_only"] == true,
            "{mount}"
        );
        let source = unescape(mount["source"].as_str().unwrap());
        let path = source.strip_prefix("./").unwrap();
        assert!(path.starts_with(MOUNTS));
        let file = compiled
            .files
            .iter()
            .find(|(file_path, ..)| file_path == path)
            .unwrap();
        assert_eq!(
            (file.1.as_ref(), file.2),
            (Some(bytes), mode.unwrap_or(0o644)),
            "{target}"
        );
    }
}

fn config<'a>(service: &'a Value, target: &str) -> Option<&'a Value> {
    let mut configs = service["configs"].as_array().into_iter().flatten();
    configs.find(|config| unescape(config["target"].as_str().unwrap()) == target)
}

fn check_volumes(expected: &ExpectedContainer<'_>, service: &Value, file: &Value) {
    for (target, expected_value) in entries(&expected.field["volumes"]) {
        let mount = mount(service, target);
        assert!(
            !file["volumes"][mount["source"].as_str().unwrap()].is_null(),
            "{mount}"
        );
        assert_eq!(
            mount["read_only"].as_bool().unwrap_or(false),
            expected_value["readOnly"].as_bool().unwrap_or(false)
        );
        assert_eq!(
            mount["volume"]["subpath"].as_str().map(unescape).as_deref(),
            expected_value["path"].as_str()
        );
    }
}

fn check_health(expected: &ExpectedContainer<'_>, service: &Value) {
    let probe = [
        &expected.field["readinessProbe"],
        &expected.field["livenessProbe"],
    ]
    .into_iter()
    .find(|probe| !probe.is_null());
    let test: Vec<String> = texts(&service["healthcheck"]["test"])
        .iter()
        .map(|text| unescape(text))
        .collect();
    let Some(probe) = probe else {
        return assert!(test.is_empty());
    };
    if probe["httpGet"].is_null() {
        assert_eq!(test[1..], expected.probe_command(probe));
        return;
    }
    let http = &probe["httpGet"];
    let path = http["path"].as_str().unwrap();
    let (port, path) = (&http["port"], path.strip_prefix('/').unwrap_or(path));
    let scheme = http["scheme"].as_str().unwrap_or("HTTP").to_lowercase();
    let host = http["host"].as_str().unwrap_or("127.0.0.1");
    assert_eq!(
        *test.last().unwrap(),
        format!("{scheme}://{host}:{port}/{path}")
    );
    let headers = http["httpHeaders"].as_array().into_iter().flatten();
    let header = |header: &Value| {
        format!(
            "{}: {}",
            header["name"].as_str().unwrap(),
            header["value"].as_str().unwrap()
        )
    };
    assert!(headers.map(header).all(|header| test.contains(&header)));
}

fn check_waits(expected: &ExpectedContainer<'_>, service: &Value) {
    for (name, other) in entries(&expected.whole["containers"]) {
        if let Some(ready) = other["before"][expected.container]["ready"].as_str() {
            let wait = &service["depends_on"][format!("{}-{name}", expected.workload)]["condition"];
            let expected_value = match ready {
                "started" => "service_started",
                "healthy" => "service_healthy",
                _ => "service_completed_successfully",
            };
            assert_eq!(wait, expected_value, "{name} before {}", expected.container);
        }
    }
}

/// Compose starts a service after its dependencies and after the service whose network it joins.
fn check_order(services: &Value) {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, service) in entries(services) {
        let joined = service["network_mode"]
            .as_str()
            .and_then(|mode| mode.strip_prefix("service:"));
        let needs: BTreeSet<&str> = entries(&service["depends_on"])
            .map(|(other, _)| other)
            .chain(joined)
            .collect();
        assert!(
            needs.iter().all(|other| !services[other].is_null()),
            "{name} needs {needs:?}"
        );
        waiting.insert(name, needs);
    }
    while !waiting.is_empty() {
        let before = waiting.len();
        let started: Vec<&str> = waiting
            .iter()
            .filter(|(_, needs)| needs.is_empty())
            .map(|(name, _)| *name)
            .collect();
        started.iter().for_each(|name| drop(waiting.remove(name)));
        waiting
            .values_mut()
            .for_each(|needs| needs.retain(|other| !started.contains(other)));
        assert!(
            waiting.len() < before,
            "these wait for each other: {waiting:?}"
        );
    }
}
