//! A valid project of several workloads.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::container::{Draft, present_entries};
use super::texts::name;
use super::workload::{Parts, output, parts};

/// Score workloads and their source files.
#[derive(Debug, Clone)]
pub struct Project {
    pub workloads: Vec<Value>,
    pub files: BTreeMap<String, String>,
}

/// A valid project.
pub fn project() -> BoxedStrategy<Project> {
    let named = prop::collection::btree_map(name(), parts(), 1..4);
    named
        .prop_map(assemble)
        .prop_filter("two services of one name", |project| {
            let mut seen = BTreeSet::new();
            project.workloads.iter().all(|workload| {
                let name = workload["metadata"]["name"].as_str().unwrap();
                let containers = workload["containers"].as_object().unwrap().keys();
                seen.insert(name.to_owned())
                    && containers
                        .map(|container| format!("{name}-{container}"))
                        .all(|service| seen.insert(service))
            })
        })
        .boxed()
}

fn assemble(named: BTreeMap<String, Parts>) -> Project {
    let mut project = Project {
        workloads: Vec::new(),
        files: BTreeMap::new(),
    };
    for (name, parts) in named {
        let workload = workload(&name, parts, &mut project.files);
        project.workloads.push(workload);
    }
    project
}

fn workload(name: &str, parts: Parts, files: &mut BTreeMap<String, String>) -> Value {
    let Parts {
        containers,
        mut metadata,
        ports,
        mut resources,
        kind,
        order,
        route,
    } = parts;
    metadata.insert("name".to_owned(), json!(name));
    add_kind(&mut metadata, kind);
    let first_port = ports.values().next().map(|port| port["port"].clone());
    if let Some(port) = first_port.filter(|_| route) {
        let params = json!({ "host": "shop.localhost", "path": format!("/{name}"), "port": port });
        resources.insert(
            "the-route".to_owned(),
            json!({ "type": "route", "params": params }),
        );
    }
    let mut drafts: Vec<(String, Draft)> = containers.into_iter().collect();
    (1..drafts.len()).for_each(|at| drafts.swap(at, order[at].index(at + 1)));
    let names: Vec<String> = drafts.iter().map(|(name, _)| name.clone()).collect();
    let mut built = Map::new();
    for (at, (container_name, draft)) in drafts.into_iter().enumerate() {
        let file_prefix = format!("{name}.{container_name}");
        built.insert(
            container_name,
            container(draft, &names[at + 1..], &resources, &file_prefix, files),
        );
    }
    let service = (!ports.is_empty()).then(|| json!({ "ports": ports }));
    let resources = (!resources.is_empty()).then(|| json!(resources));
    let (version, metadata) = (Some(json!("score.dev/v1b1")), Some(Value::Object(metadata)));
    let containers = Some(Value::Object(built));
    let keys = [
        ("apiVersion", version),
        ("metadata", metadata),
        ("containers", containers),
    ];
    let mut workload = present_entries(keys);
    workload.extend(present_entries([
        ("service", service),
        ("resources", resources),
    ]));
    Value::Object(workload)
}

fn add_kind(metadata: &mut Map<String, Value>, kind: Option<&str>) {
    let Some(kind) = kind else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    annotations["k8s.score.dev/kind"] = json!(kind);
    if kind == "CronJob" {
        annotations["k8s.score.dev/schedule"] = json!("*/5 * * * *");
    }
}

fn container(
    draft: Draft,
    later: &[String],
    resources: &BTreeMap<String, Value>,
    file_prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> Value {
    let Draft {
        mut fields,
        files: container_files,
        mounts,
        before,
    } = draft;
    let has_probe = fields.contains_key("livenessProbe") || fields.contains_key("readinessProbe");
    let before: Map<String, Value> = later
        .iter()
        .zip(before)
        .filter_map(|(name, ready)| {
            Some((
                name,
                ready.map(|ready| {
                    if ready == "healthy" && !has_probe {
                        "started"
                    } else {
                        ready
                    }
                })?,
            ))
        })
        .map(|(name, ready)| (name.clone(), json!({ "ready": ready })))
        .collect();
    insert_unless_empty(&mut fields, "before", before);
    let container_files = container_files
        .into_iter()
        .enumerate()
        .map(|(at, mut file)| {
            if let Some(content) = file.get_mut("source") {
                let path = format!("data/{file_prefix}.{at}");
                files.insert(path.clone(), content.as_str().unwrap().to_owned());
                *content = json!(path);
            }
            let target = file.remove("target").unwrap().as_str().unwrap().to_owned();
            (target, Value::Object(file))
        });
    insert_unless_empty(&mut fields, "files", container_files.collect());
    let volumes: Vec<&String> = resources
        .iter()
        .filter(|(_, resource)| resource["type"] == "volume")
        .map(|(name, _)| name)
        .collect();
    let mounts = mounts
        .into_iter()
        .filter(|_| !volumes.is_empty())
        .map(|mount| {
            let name = volumes[mount.resource.index(volumes.len())];
            let source = if mount.path.is_some() {
                format!("${{resources.{name}}}")
            } else {
                name.clone()
            };
            let (path, read_only) = (
                mount.path.map(Value::from),
                mount.read_only.map(Value::from),
            );
            (
                mount.target,
                Value::Object(present_entries([
                    ("source", Some(json!(source))),
                    ("path", path),
                    ("readOnly", read_only),
                ])),
            )
        });
    insert_unless_empty(&mut fields, "volumes", mounts.collect());
    for (name, resource) in resources {
        if let (Some(output), Some(variables)) = (output(resource), fields.get_mut("variables")) {
            variables[format!("OF_{name}")] = json!(format!("a${{resources.{name}.{output}}}$"));
        }
    }
    Value::Object(fields)
}

fn insert_unless_empty(fields: &mut Map<String, Value>, key: &str, map: Map<String, Value>) {
    if !map.is_empty() {
        fields.insert(key.to_owned(), Value::Object(map));
    }
}
