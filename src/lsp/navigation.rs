//! Where what is written at a place is declared, and where else it is written.

use std::path::PathBuf;

use lsp_types::{Location, Position, Range};

use super::files::{Kind, uri_of};
use super::names::Name;
use super::place::{Part, Place};
use super::query::{Query, location};
use crate::project::environment::{ENVIRONMENTS, FILE};
use crate::system::os;
use yaml::Node;

/// Where the thing at the place is declared.
pub(super) fn definition(query: &Query<'_>) -> Vec<Location> {
    match query.document.kind {
        Kind::Score => {
            let declaration = query
                .occurrence()
                .and_then(|(score, occurrence)| query.declaration(score, &occurrence.name));
            declaration.into_iter().collect()
        }
        Kind::Environment => {
            let extended = extended(query).or_else(|| workload(query));
            extended.into_iter().collect()
        }
        _ => changed(query),
    }
}

/// All places of the thing at the place.
pub(super) fn references(query: &Query<'_>, with_declaration: bool) -> Vec<Location> {
    let Some((score, occurrence)) = query.occurrence() else {
        return Vec::new();
    };
    let all = query.occurrences_of(score, &occurrence.name).into_iter();
    let wanted = all.filter(|(declares, _)| with_declaration || !declares);
    wanted.map(|(_, location)| location).collect()
}

/// The environment that is extended.
fn extended(query: &Query<'_>) -> Option<Location> {
    let place = query.place();
    if !place.is(&["extends"]) {
        return None;
    }
    let tree = &query.document.tree;
    let name = tree.documents.first()?.get("extends")?.as_str()?;
    let directory = match name.contains('/') {
        true => query.document.path.parent()?.join(name),
        false => query.document.project.join(ENVIRONMENTS).join(name),
    };
    let path = directory.join(FILE);
    let start = Position::default();
    os::exists(&path).then(|| Some(Location::new(uri_of(&path)?, Range::new(start, start))))?
}

/// The workload that an environment names, or its container, as `WORKLOAD.CONTAINER`.
fn workload(query: &Query<'_>) -> Option<Location> {
    let text = &query.document.text;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
    let (before, after) = text.split_at(query.offset);
    let start = before
        .rfind(|letter| !is_part(letter))
        .map_or(0, |index| index + 1);
    let end = after.find(|letter| !is_part(letter)).unwrap_or(after.len());
    let word = text.get(start..query.offset + end)?;
    let (name, container) = word
        .split_once('.')
        .map_or((word, None), |(name, rest)| (name, Some(rest)));
    let mut all = query.all_documents();
    let (path, tree, document) = all.find(|(_, _, document)| document.workload() == Some(name))?;
    let name = match container {
        Some(container) => Name::Container(container.to_owned()),
        None => Name::Workload(name.to_owned()),
    };
    let mut declared = document
        .occurrences()
        .into_iter()
        .filter(|one| one.declares && one.name == name);
    location(path, tree, declared.next()?.span)
}

/// What an override changes: the same keys in Score files.
fn changed(query: &Query<'_>) -> Vec<Location> {
    let text = &query.document.text;
    let end = text[query.offset..]
        .find(['\n', ':'])
        .map_or(text.len(), |end| query.offset + end);
    let place = match text[end..].starts_with(':') {
        true => Place::at(text, end + 1),
        false => query.place(),
    };
    if matches!(place.part, Part::Block | Part::Comment) || place.path.is_empty() {
        return Vec::new();
    }
    let all = query.all_documents();
    let found = all.filter_map(|(path, tree, document): (&PathBuf, _, _)| {
        let (last, parents) = place.path.split_last()?;
        let parent = parents
            .iter()
            .try_fold(document.node, |node: &Node, key| node.get(key))?;
        let key = parent.as_map()?.get(last)?.key;
        location(path, tree, key)
    });
    found.collect()
}
