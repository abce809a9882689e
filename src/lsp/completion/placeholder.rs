//! Placeholders: `${metadata.` and `${resources.NAME.`.

use compiler::provision::declarations::Declaration;
use diagnostics::ordered_map::Key;
use lsp_types::CompletionItemKind;

use super::{Item, Items};
use crate::lsp::names::ScoreDocument;
use crate::lsp::query::Query;

/// What can follow in a placeholder that is not closed; `None` outside of one.
pub(super) fn items(query: &Query<'_>) -> Option<Items> {
    let before = query.before();
    let start = before
        .rfind("${")
        .filter(|start| !before[..*start].ends_with('$'))?;
    let inner = &before[start + 2..];
    if inner.contains('}') {
        return None;
    }
    let (path, word) = inner.rsplit_once('.').unwrap_or(("", inner));
    let path: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    let score = query.score()?;
    let after = &query.document.text[query.offset..];
    // A text in quotes goes on without the bracket too.
    let end = if after.starts_with('}') { "" } else { "}" };
    let list = match path.as_slice() {
        [] => roots(),
        ["metadata"] => metadata(score, end),
        ["resources"] => resources(score),
        ["resources", name] => outputs(query, score, name, end),
        _ => Vec::new(),
    };
    Some(Items {
        list,
        replaces: word.len(),
    })
}

fn roots() -> Vec<Item> {
    let root = |(name, about): (&str, &str)| Item {
        text: Some(format!("{name}.")),
        about: about.to_owned(),
        ..Item::new(name, CompletionItemKind::MODULE)
    };
    [
        ("metadata", "The `metadata` of this workload."),
        (
            "resources",
            "The outputs of the resources of this workload.",
        ),
    ]
    .map(root)
    .into()
}

fn metadata(score: ScoreDocument<'_>, end: &str) -> Vec<Item> {
    let entries = score.entries(&["metadata"]);
    let item = |(key, entry): (&Key, &yaml::Entry)| Item {
        text: Some(format!("{}{end}", key.replace(".", "\\."))),
        detail: entry.value.as_str().map(str::to_owned),
        ..Item::new(key, CompletionItemKind::FIELD)
    };
    entries.map(item).collect()
}

fn resources(score: ScoreDocument<'_>) -> Vec<Item> {
    let item = |name: &str| Item {
        detail: score.uid(name).map(|uid| uid.kind),
        ..Item::new(name, CompletionItemKind::VARIABLE)
    };
    score.keys(&["resources"]).into_iter().map(item).collect()
}

fn outputs(query: &Query<'_>, score: ScoreDocument<'_>, resource: &str, end: &str) -> Vec<Item> {
    let definition = query.definition(score, resource);
    let outputs = definition.and_then(|definition| definition.expected_outputs.as_ref());
    let item = |(name, output): (&String, &Declaration)| Item {
        text: Some(format!("{name}{end}")),
        detail: definition.map(|definition| match output.kind {
            Some(_) => format!("{}, output of {}", output.summary(), definition.kind),
            None => format!("output of {}", definition.kind),
        }),
        about: output.description.clone().unwrap_or_default(),
        ..Item::new(name, CompletionItemKind::FIELD)
    };
    outputs.into_iter().flatten().map(item).collect()
}
