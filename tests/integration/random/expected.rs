//! The processes and files that a Score file describes, computed without code of score-rs.

use std::collections::{BTreeMap, BTreeSet};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use super::expand::{Mode, expand, expand_all, insert};
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
    let variable = |name: &str| variable(workload, &field["variables"], name);
    let words = |key: &str| -> Vec<String> {
        let expanded = texts(&field[key])
            .into_iter()
            .map(|text| expand_all(&text, Mode::Shell, &|key| value(workload, key), &variable));
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
            .map(|(name, _)| (name, variable(name)))
            .collect(),
        files: entries(&field["files"])
            .map(|(target, field)| (target, file(field)))
            .collect(),
    }
}

/// The value of a variable; `None` where a placeholder has none.
fn variable(workload: &Value, variables: &Value, name: &str) -> Option<String> {
    let inner = |other: &str| {
        let is_circle = leads_to(variables, other, name, &mut BTreeSet::new());
        variable(workload, variables, Some(other).filter(|_| !is_circle)?)
    };
    let text = variables[name].as_str()?;
    expand_all(text, Mode::Strict, &|key| value(workload, key), &inner)
}

/// Whether the value of a variable has the one of another.
fn leads_to(variables: &Value, from: &str, to: &str, seen: &mut BTreeSet<String>) -> bool {
    if from == to {
        return true;
    }
    if !seen.insert(from.to_owned()) {
        return false;
    }
    let mut others = Vec::new();
    if let Some(text) = variables[from].as_str() {
        let others = std::cell::RefCell::new(&mut others);
        expand_all(text, Mode::Strict, &|_| Some(String::new()), &|name| {
            others.borrow_mut().push(name.to_owned());
            None
        });
    }
    others
        .iter()
        .any(|other| leads_to(variables, other, to, seen))
}

impl ExpectedContainer<'_> {
    /// The command of a probe.
    pub fn probe_command(&self, probe: &Value) -> Vec<String> {
        let variable = |name: &str| self.variables.get(name)?.clone();
        let words = texts(&probe["exec"]["command"]);
        words
            .iter()
            .map(|text| insert(text, true, &variable))
            .collect()
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
