//! The processes and files that a Score file describes, computed without code of score-rs.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use super::expand::{Mode, expand};
use super::project::Project;

/// A container as described by its Score file. A variable with outputs of a built-in definition is
/// `None`.
pub struct ExpectedContainer<'a> {
    pub workload: &'a str,
    pub container: &'a str,
    pub field: &'a Value,
    pub whole: &'a Value,
    pub image: String,
    pub command: Vec<String>,
    pub args: Vec<String>,
    pub variables: BTreeMap<&'a str, Option<String>>,
    /// Bytes and mode by target.
    pub files: BTreeMap<&'a str, (Vec<u8>, Option<u32>)>,
}

/// Every container of a project.
pub fn expected_containers<'a>(project: &'a Project) -> Vec<ExpectedContainer<'a>> {
    let of_workload = |workload: &'a Value| {
        let containers = entries(&workload["containers"]);
        containers.map(move |(name, field)| container(project, workload, name, field))
    };
    project.workloads.iter().flat_map(of_workload).collect()
}

/// The entries of an optional mapping.
pub fn entries(map: &Value) -> impl Iterator<Item = (&str, &Value)> {
    map.as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

/// The texts of an optional list.
pub fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

fn container<'a>(
    project: &Project,
    workload: &'a Value,
    name: &'a str,
    field: &'a Value,
) -> ExpectedContainer<'a> {
    let strict = |text: &str| expand(text, Mode::Strict, &|key| value(workload, key));
    let words = |key: &str| -> Vec<String> {
        let expanded = texts(&field[key])
            .into_iter()
            .map(|text| expand(&text, Mode::Shell, &|key| value(workload, key)));
        expanded.map(Option::unwrap).collect()
    };
    let file = |file: &Value| {
        let bytes = file["binaryContent"]
            .as_str()
            .map(|bytes| BASE64_STANDARD.decode(bytes).unwrap());
        let text = file["content"]
            .as_str()
            .or_else(|| Some(project.files[file["source"].as_str()?].as_str()));
        let verbatim = file["noExpand"] == true;
        let text = text.map(|text| {
            if verbatim {
                text.to_owned()
            } else {
                strict(text).unwrap()
            }
        });
        let mode = file["mode"]
            .as_str()
            .map(|mode| u32::from_str_radix(mode, 8).unwrap());
        (bytes.unwrap_or_else(|| text.unwrap().into_bytes()), mode)
    };
    ExpectedContainer {
        workload: workload["metadata"]["name"].as_str().unwrap(),
        container: name,
        field,
        whole: workload,
        image: strict(field["image"].as_str().unwrap()).unwrap(),
        command: words("command"),
        args: words("args"),
        variables: entries(&field["variables"])
            .map(|(name, text)| (name, strict(text.as_str().unwrap())))
            .collect(),
        files: entries(&field["files"])
            .map(|(target, field)| (target, file(field)))
            .collect(),
    }
}

/// The value of a placeholder; `None` for outputs of built-in definitions.
fn value(workload: &Value, key: &str) -> Option<String> {
    let metadata = |key: &str| workload["metadata"][key].as_str().map(str::to_owned);
    match key {
        "metadata.name" => metadata("name"),
        "metadata.extra" => metadata("extra"),
        "metadata.a\\.b" => metadata("a.b"),
        _ => {
            let (name, output) = key.strip_prefix("resources.")?.split_once('.')?;
            let resource = &workload["resources"][name];
            let text = resource["params"][output]
                .as_str()
                .filter(|_| resource["type"] == "echo")?;
            expand(text, Mode::Strict, &|key| value(workload, key))
        }
    }
}
