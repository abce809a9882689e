//! Merges entities into the text of a catalog file. What people have written stays.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::completion::{Lacking, complete};
use super::documents::Documents;
use super::entity::{Entity, Identity, identity_of, is_managed};
use diagnostics::report::{Edit, Problem, Report};
use diagnostics::source::{SourceId, Sources};
use diagnostics::value::Value;
use yaml::apply_fixes::apply_edits;
use yaml::edit::addition::Additions;
use yaml::write::write_yaml;
use yaml::{Node, parse};

rules! {
    /// An entity in the catalog file is written so that score-rs cannot add to it.
    pub INCOMPLETE_ENTITY: "incomplete-entity", Warning;
}

/// A catalog file that was read.
pub(super) struct Catalog {
    pub(super) source: SourceId,
    documents: Vec<Node>,
}

impl Catalog {
    /// Parses a file, and reports what is no YAML.
    pub(super) fn read(sources: &Sources, source: SourceId, report: &mut Report) -> Catalog {
        let documents = parse(sources, source, report);
        Catalog { source, documents }
    }

    /// The owners of hand-written entities.
    pub(super) fn owners(&self) -> BTreeMap<Identity, String> {
        let written = self
            .documents
            .iter()
            .filter(|document| !is_managed(document));
        let owners = written.filter_map(|document| {
            let owner = document.get("spec")?.get("owner")?.as_str()?;
            Some((identity_of(document)?, owner.to_owned()))
        });
        owners.collect()
    }

    /// The text with these entities. Hand-written entities get what they lack, and entities of
    /// score-rs become those that there are.
    pub(super) fn merge(
        &self,
        sources: &Sources,
        entities: &[Entity],
        report: &mut Report,
    ) -> String {
        let by_identity = entities.iter().map(|entity| (entity.identity(), entity));
        let by_identity: BTreeMap<Identity, &Entity> = by_identity.collect();
        let fixes: Vec<_> = self
            .hand_written(&by_identity)
            .filter_map(|(_, document, entity)| {
                let (edits, _) = completion(sources, document, entity);
                (!edits.is_empty()).then_some(edits)
            })
            .collect();
        let mut texts = apply_edits(sources, &fixes).texts;
        let text = texts.remove(&self.source);
        let text = text.unwrap_or_else(|| sources.text(self.source).to_owned());
        let mut completed_sources = Sources::default();
        let source = completed_sources.add("", text.as_str());
        let completed = Catalog::read(&completed_sources, source, &mut Report::default());
        for (index, document, entity) in completed.hand_written(&by_identity) {
            let (edits, mut lacking) = completion(&completed_sources, document, entity);
            if !edits.is_empty() {
                lacking.push(Vec::new());
            }
            if let Some(document) = self.documents.get(index) {
                let problems = lacking
                    .iter()
                    .map(|path| incomplete(document, entity, path));
                problems.for_each(|problem| report.push(problem));
            }
        }
        completed.replace_managed(&text, entities, &by_identity)
    }

    /// The first hand-written document of each entity, with its index.
    fn hand_written<'a>(
        &'a self,
        entities: &'a BTreeMap<Identity, &'a Entity>,
    ) -> impl Iterator<Item = (usize, &'a Node, &'a Entity)> {
        let mut seen = BTreeSet::new();
        let documents = self.documents.iter().enumerate();
        let documents = documents.filter(|(_, document)| !is_managed(document));
        documents.filter_map(move |(index, document)| {
            let identity = identity_of(document)?;
            let entity = entities.get(&identity)?;
            seen.insert(identity).then_some((index, document, *entity))
        })
    }

    /// The text in which the documents of score-rs are those of the entities that nobody else has
    /// written.
    fn replace_managed(
        &self,
        text: &str,
        entities: &[Entity],
        by_identity: &BTreeMap<Identity, &Entity>,
    ) -> String {
        let written = self
            .documents
            .iter()
            .filter(|document| !is_managed(document));
        let mut seen: BTreeSet<Identity> = written.filter_map(identity_of).collect();
        let mut changes = Documents::new(text);
        for document in self
            .documents
            .iter()
            .filter(|document| is_managed(document))
        {
            let identity = identity_of(document);
            let entity = identity
                .as_ref()
                .and_then(|identity| by_identity.get(identity));
            let is_first = identity.is_some_and(|identity| seen.insert(identity));
            match entity.filter(|_| is_first) {
                Some(entity) => {
                    let value = entity.managed_value();
                    if document.to_value() != value {
                        changes.replace(document, &write_yaml(&value));
                    }
                }
                None => changes.remove(document),
            }
        }
        let added = entities
            .iter()
            .filter(|entity| !seen.contains(&entity.identity()));
        let added: Vec<String> = added
            .map(|entity| write_yaml(&entity.managed_value()))
            .collect();
        changes.finish(&added)
    }
}

/// The text of entities that no file has yet.
pub(super) fn new_text(entities: &[Entity]) -> String {
    let texts = entities
        .iter()
        .map(|entity| write_yaml(&entity.managed_value()));
    texts.collect::<Vec<_>>().join("---\n")
}

fn completion(sources: &Sources, document: &Node, entity: &Entity) -> (Vec<Edit>, Lacking) {
    let mut additions = Additions::new(sources);
    let mut lacking = Lacking::new();
    if let Value::Map(map) = entity.value() {
        complete(document, &map, &[], &mut additions, &mut lacking);
    }
    (additions.finish(), lacking)
}

/// The problem that a document cannot get what a path leads to.
fn incomplete(document: &Node, entity: &Entity, path: &[String]) -> Problem {
    let (kind, name) = (entity.kind.to_ascii_lowercase(), &entity.name);
    let (mut node, mut place) = (document, document.first_key());
    let mut is_written = true;
    for key in path {
        match node.as_map().and_then(|entries| entries.get(key)) {
            Some(entry) => (node, place) = (&entry.value, entry.key),
            None => is_written = false,
        }
    }
    let keys = path.join(".");
    let message = match (path, is_written) {
        ([], _) => format!("cannot add what the {kind} `{name}` lacks"),
        (_, true) => format!("cannot add to `{keys}` of the {kind} `{name}`"),
        (_, false) => format!("cannot add `{keys}` to the {kind} `{name}`"),
    };
    let problem = Problem::new(&INCOMPLETE_ENTITY, message).at(place);
    problem.help("add by hand what `score-rs catalog --output -` prints there")
}
