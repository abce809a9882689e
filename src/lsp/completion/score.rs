//! What the keys and values of a Score file can be that depend on the rest of it, on other Score
//! files or on the environment.

use std::collections::BTreeSet;
use std::path::PathBuf;

use lsp_types::CompletionItemKind;

use super::{Item, from_schema, key};
use crate::lsp::documents::Tree;
use crate::lsp::names::ScoreDocument;
use crate::lsp::place::{Part, Place};
use crate::lsp::query::Query;
use crate::lsp::schemas::Word;
use compiler::compile::known_annotations;
use compiler::provision::library::Definition;
use diagnostics::ordered_map::Key;
use diagnostics::value::Value;

/// The items of a place; none where only the schema knows them.
pub(super) fn items(query: &Query<'_>, place: &Place) -> Vec<Item> {
    let Some(score) = query.score() else {
        return Vec::new();
    };
    match place.part {
        Part::Value => values(query, score, place),
        _ => keys(query, score, place),
    }
}

fn keys(query: &Query<'_>, score: ScoreDocument<'_>, place: &Place) -> Vec<Item> {
    let resource = place.path.get(1).map_or("", String::as_str);
    if place.is(&["resources", "*", "params"]) {
        params(query, score, resource)
    } else if place.last() == "annotations" {
        annotations(query, place)
    } else if place.is(&["containers", "*", "before"]) {
        let names = score
            .keys(&["containers"])
            .into_iter()
            .filter(|name| *name != resource);
        names
            .map(|name| named_key(name, "a container of this workload"))
            .collect()
    } else {
        Vec::new()
    }
}

fn values(query: &Query<'_>, score: ScoreDocument<'_>, place: &Place) -> Vec<Item> {
    let resource = place.path.get(1).map_or("", String::as_str);
    if place.is(&["resources", "*", "type"]) {
        types(query)
    } else if place.is(&["resources", "*", "params", "workload"]) {
        workloads(query)
    } else if place.is(&["resources", "*", "params", "port"]) {
        ports(query, score, resource)
    } else if place.is(&["containers", "*", "volumes", "*", "source"]) {
        volumes(score)
    } else if place.is(&["resources", "*", "params", "*"]) {
        param_values(query, score, place)
    } else {
        Vec::new()
    }
}

/// The types of the environment.
fn types(query: &Query<'_>) -> Vec<Item> {
    let Some(platform) = query.platform else {
        return Vec::new();
    };
    let item = |definition: &Definition| Item {
        detail: Some(match definition.builtin {
            true => format!("built-in, {}", platform.environment),
            false => platform.environment.clone(),
        }),
        about: definition.description.clone().unwrap_or_default(),
        ..Item::new(&definition.kind, CompletionItemKind::CLASS)
    };
    platform.types().into_iter().map(item).collect()
}

/// The params that the definition supports, or reads where it declares none.
fn params(query: &Query<'_>, score: ScoreDocument<'_>, resource: &str) -> Vec<Item> {
    let Some(definition) = query.definition(score, resource) else {
        return Vec::new();
    };
    let present = score.keys(&["resources", resource, "params"]);
    let declared = definition.supported_params.as_ref();
    let names: BTreeSet<&str> = match declared {
        Some(params) => params.keys().map(String::as_str).collect(),
        None => definition.read_params(),
    };
    let about = |name: &str| {
        let declaration = declared.and_then(|declared| declared.get(name));
        let description = declaration.and_then(|one| one.description.clone());
        description.unwrap_or_else(|| format!("a param of {}", definition.kind))
    };
    let names = names.into_iter().filter(|name| !present.contains(name));
    let item = |name: &str| Item {
        detail: declared.and_then(|declared| Some(declared.get(name)?.summary())),
        ..named_key(name, &about(name))
    };
    names.map(item).collect()
}

/// The values that a param can have, where the definition lists them.
fn param_values(query: &Query<'_>, score: ScoreDocument<'_>, place: &Place) -> Vec<Item> {
    let definition = query.definition(score, &place.path[1]);
    let params = definition.and_then(|definition| definition.supported_params.as_ref());
    let words = params.and_then(|params| Some(params.get(place.last())?.words()));
    let item = |word: &Value| Item::new(word.to_text(), CompletionItemKind::ENUM_MEMBER);
    words.unwrap_or_default().iter().map(item).collect()
}

/// The annotations that something reads.
fn annotations(query: &Query<'_>, place: &Place) -> Vec<Item> {
    let texts = query
        .platform
        .map(|platform| platform.texts())
        .unwrap_or_default();
    let mut items = from_schema(query, place);
    for name in known_annotations(&texts) {
        if !items.iter().any(|item| item.label == name) {
            items.push(named_key(&name, "a definition or target reads it"));
        }
    }
    items
}

/// The workloads of the project.
fn workloads(query: &Query<'_>) -> Vec<Item> {
    let item = |(path, _, document): (&PathBuf, &Tree, ScoreDocument<'_>)| {
        let file = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Some(Item {
            detail: file,
            ..Item::new(document.workload()?, CompletionItemKind::MODULE)
        })
    };
    query.all_documents().filter_map(item).collect()
}

/// The ports of the workload that a resource names, or else of this one.
fn ports(query: &Query<'_>, score: ScoreDocument<'_>, resource: &str) -> Vec<Item> {
    let params = score
        .node
        .get("resources")
        .and_then(|node| node.get(resource)?.get("params"));
    let workload = params.and_then(|params| params.get("workload")?.as_str());
    let item = |(name, entry): (&Key, &yaml::Entry)| Item {
        detail: entry
            .value
            .get("port")
            .map(|port| port.to_value().to_text()),
        ..Item::new(name, CompletionItemKind::CONSTANT)
    };
    let Some(workload) = workload else {
        return score.entries(&["service", "ports"]).map(item).collect();
    };
    let documents = query.all_documents().map(|(_, _, document)| document);
    let meant = documents.filter(|document| document.workload() == Some(workload));
    meant
        .flat_map(|document| document.entries(&["service", "ports"]))
        .map(item)
        .collect()
}

/// The resources of this workload, volumes first.
fn volumes(score: ScoreDocument<'_>) -> Vec<Item> {
    let kind = |name: &str| score.uid(name).map(|uid| uid.kind);
    let mut names = score.keys(&["resources"]);
    names.sort_by_key(|name| kind(name).as_deref() != Some("volume"));
    let item = |name: &str| Item {
        detail: kind(name),
        ..Item::new(name, CompletionItemKind::VARIABLE)
    };
    names.into_iter().map(item).collect()
}

fn named_key(name: &str, about: &str) -> Item {
    key(Word {
        name: name.to_owned(),
        about: about.to_owned(),
        has_children: false,
    })
}
