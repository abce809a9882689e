//! The names in a Score file: what declares them, and what refers to them.

use compiler::model::Uid;
use compiler::placeholder::{self, Mode, Reference};
use diagnostics::ordered_map::Key;
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};
use yaml::{Entries, Kind, Node};

/// What a name is of. Containers, ports and resources belong to their workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Workload(String),
    Container(String),
    Port(String),
    Resource(String),
    /// The type of the resource of this name.
    Type {
        resource: String,
    },
    /// A param of the resource of this name.
    Param {
        resource: String,
        name: String,
    },
    /// An output of the resource of this name.
    Output {
        resource: String,
        name: String,
    },
    /// The id of a resource that workloads share.
    Id(String),
}

impl Name {
    /// Whether other files can refer to it.
    pub(super) fn is_global(&self) -> bool {
        matches!(self, Name::Workload(_) | Name::Id(_))
    }
}

/// A name where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) name: Name,
    pub(super) span: Span,
    /// Whether it is declared here.
    pub(super) declares: bool,
}

/// A document of a Score file.
#[derive(Clone, Copy)]
pub(super) struct ScoreDocument<'t> {
    pub(super) sources: &'t Sources,
    pub(super) node: &'t Node,
}

impl<'t> ScoreDocument<'t> {
    /// The name of the workload.
    pub(super) fn workload(self) -> Option<&'t str> {
        self.node.get("metadata")?.get("name")?.as_str()
    }

    /// The entries of a mapping at a path.
    pub(super) fn entries(self, path: &[&str]) -> impl Iterator<Item = (&'t Key, &'t yaml::Entry)> {
        let node = path.iter().try_fold(self.node, |node, key| node.get(key));
        node.and_then(Node::as_map).into_iter().flatten()
    }

    /// The names of the keys of a mapping.
    pub(super) fn keys(self, path: &[&str]) -> Vec<&'t str> {
        self.entries(path).map(|(key, _)| key.as_str()).collect()
    }

    /// The identity of a resource.
    pub(super) fn uid(self, resource: &str) -> Option<Uid> {
        let node = self.node.get("resources")?.get(resource)?;
        let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        let workload = self.workload().unwrap_or_default();
        Some(Uid {
            kind: text("type")?,
            class: text("class").unwrap_or_else(|| "default".to_owned()),
            id: text("id").unwrap_or_else(|| format!("{workload}.{resource}")),
        })
    }

    /// All names, in no order.
    pub(super) fn occurrences(self) -> Vec<Occurrence> {
        let mut found = Found {
            document: self,
            list: Vec::new(),
        };
        found.read();
        found.list
    }

    /// The name at an offset; the narrowest, if there are several.
    pub(super) fn occurrence_at(self, offset: usize) -> Option<Occurrence> {
        let offset = u32::try_from(offset).ok()?;
        let occurrences = self.occurrences().into_iter();
        occurrences
            .filter(|one| (one.span.start..=one.span.end).contains(&offset))
            .min_by_key(|one| one.span.end - one.span.start)
    }

    /// The placeholders with their places.
    pub(super) fn placeholders(self) -> Vec<(Reference, Span)> {
        let mut found = Vec::new();
        for key in ["containers", "resources"] {
            if let Some(node) = self.node.get(key) {
                placeholders(self.sources, node, &mut found);
            }
        }
        found
    }
}

struct Found<'t> {
    document: ScoreDocument<'t>,
    list: Vec<Occurrence>,
}

impl Found<'_> {
    fn read(&mut self) {
        let document = self.document;
        let metadata = document.node.get("metadata");
        if let Some(name) = metadata.and_then(|metadata| metadata.get("name")) {
            self.add_text(name, true, Name::Workload);
        }
        for (name, entry) in document.entries(&["containers"]) {
            self.add(Name::Container(name.into()), entry.key, true);
            self.read_container(&entry.value);
        }
        for (name, entry) in document.entries(&["service", "ports"]) {
            self.add(Name::Port(name.into()), entry.key, true);
        }
        for (name, entry) in document.entries(&["resources"]) {
            self.add(Name::Resource(name.into()), entry.key, true);
            self.read_resource(name, &entry.value);
        }
        for (reference, span) in document.placeholders() {
            self.read_placeholder(&reference, span);
        }
    }

    fn read_container(&mut self, container: &Node) {
        for (name, entry) in entries(container.get("before")) {
            self.add(Name::Container(name.into()), entry.key, false);
        }
        for (_, entry) in entries(container.get("volumes")) {
            let source = entry.value.get("source");
            let name = source.filter(|node| node.as_str().is_some_and(|text| !text.contains("${")));
            name.into_iter()
                .for_each(|node| self.add_text(node, false, Name::Resource));
        }
    }

    fn read_resource(&mut self, resource: &str, node: &Node) {
        if let Some(kind) = node.get("type") {
            let resource = resource.to_owned();
            self.add(Name::Type { resource }, kind.span, false);
        }
        if let Some(id) = node.get("id") {
            self.add_text(id, true, Name::Id);
        }
        for (name, entry) in entries(node.get("params")) {
            let name = Name::Param {
                resource: resource.to_owned(),
                name: name.into(),
            };
            self.add(name, entry.key, false);
        }
        let params = node.get("params");
        let param = |key: &str| params.and_then(|params| params.get(key));
        let workload = param("workload").and_then(Node::as_str);
        if let Some(node) = param("workload") {
            self.add_text(node, false, Name::Workload);
        }
        // Without a workload, the port is one of this workload.
        let is_own = workload.is_none_or(|name| self.document.workload() == Some(name));
        if let Some(port) = param("port").filter(|_| is_own) {
            self.add_text(port, false, Name::Port);
        }
    }

    fn read_placeholder(&mut self, reference: &Reference, span: Span) {
        let Reference::Resource { name, path } = reference else {
            if let Reference::Metadata(path) = reference
                && path.first().is_some_and(|key| key == "name")
                && let Some(workload) = self.document.workload()
            {
                let span = reference.part(span, 0).unwrap_or(span);
                self.add(Name::Workload(workload.to_owned()), span, false);
            }
            return;
        };
        let part = |index| reference.part(span, index).unwrap_or(span);
        self.add(Name::Resource(name.into()), part(0), false);
        if let Some(output) = path.first() {
            let name = Name::Output {
                resource: name.clone(),
                name: output.clone(),
            };
            self.add(name, part(1), false);
        }
    }

    fn add_text(&mut self, node: &Node, declares: bool, name: impl FnOnce(String) -> Name) {
        if let Some(text) = node.as_str() {
            self.add(name(text.to_owned()), node.span, declares);
        }
    }

    fn add(&mut self, name: Name, span: Span, declares: bool) {
        self.list.push(Occurrence {
            name,
            span,
            declares,
        });
    }
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = (&Key, &yaml::Entry)> {
    let entries: Option<&Entries> = node.and_then(Node::as_map);
    entries.into_iter().flatten()
}

fn placeholders(sources: &Sources, node: &Node, found: &mut Vec<(Reference, Span)>) {
    match &node.kind {
        Kind::String(text, _) if text.contains("${") => {
            let text = placeholder::text(sources, node, Mode::Shell, &mut Report::default());
            let references = text.references();
            found.extend(references.map(|(reference, span)| (reference.clone(), span)));
        }
        Kind::List(items) => items
            .iter()
            .for_each(|item| placeholders(sources, item, found)),
        Kind::Map(entries) => {
            let values = entries.values().map(|entry| &entry.value);
            values.for_each(|value| placeholders(sources, value, found));
        }
        _ => {}
    }
}
