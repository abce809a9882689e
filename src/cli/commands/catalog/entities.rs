//! The entities of an environment, from its graph.

use std::collections::{BTreeMap, BTreeSet};

use super::entity::{Entity, Identity};
use super::names::names;
use crate::cli::one_environment::Drawing;
use crate::project::catalog::CatalogSettings;
use compiler::catalog::{self, LINKS};
use compiler::check::catalog::INVALID_CATALOG_ANNOTATION;
use compiler::diagram::{Edge, Node, Relation};
use compiler::model::{Annotation, Uid, Workload};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_names, unambiguous_typo};
use diagnostics::value::{Map, Value};
use yaml::rules::UNKNOWN_VALUE;

rules! {
    /// An entity of the software catalog would have no owner.
    pub MISSING_OWNER: "missing-owner", Error;
}

/// The annotation with the kind of object that runs a workload.
const KIND: &str = "k8s.score.dev/kind";
/// The type of resources that are links of components.
const ROUTE: &str = "route";

/// What entities are made of.
pub(super) struct Platform<'a> {
    pub(super) drawing: &'a Drawing,
    pub(super) settings: &'a CatalogSettings,
    pub(super) lifecycle: String,
    /// Whether the entities are those of the whole project.
    pub(super) is_whole_project: bool,
    /// The owners of hand-written entities.
    pub(super) owners: BTreeMap<Identity, String>,
}

/// The names and owners of entities.
struct Entities<'a> {
    platform: &'a Platform<'a>,
    system: Option<String>,
    /// The owner of each workload.
    owners: Vec<Option<String>>,
    /// The names of APIs, by the index of the workload and the name of the port.
    apis: BTreeMap<(usize, &'a str), String>,
    /// The names of resources, by the index of their node.
    resources: BTreeMap<usize, String>,
    /// The indices of resources in the graph of the run.
    positions: BTreeMap<&'a Uid, usize>,
}

impl<'a> Platform<'a> {
    /// The entities: the system, and the components, APIs and resources by name. Reports those
    /// without an owner.
    pub(super) fn entities(&self, report: &mut Report) -> Vec<Entity> {
        self.check_excluded_types(report);
        let workloads = || self.workloads().enumerate();
        let owners = workloads().map(|(_, workload)| self.owner(workload, report));
        let owners: Vec<Option<String>> = owners.collect();
        let all = Entities {
            platform: self,
            system: self.system(),
            apis: self.apis(),
            resources: self.resources(),
            positions: self.positions(),
            owners,
        };
        all.report_missing_owners(report);
        let mut entities: Vec<Entity> = all.system_entity(report).into_iter().collect();
        entities.extend(workloads().map(|(index, workload)| all.component(index, workload)));
        let mut apis: Vec<_> = all.apis.iter().collect();
        apis.sort_by_key(|(_, name)| *name);
        entities.extend(
            apis.iter()
                .map(|((workload, port), name)| all.api(*workload, port, name)),
        );
        let mut resources: Vec<_> = all.resources.iter().collect();
        resources.sort_by_key(|(_, name)| *name);
        let resources = resources.into_iter();
        entities.extend(resources.filter_map(|(node, name)| all.resource(*node, name, report)));
        entities
    }

    /// Reports excluded types that are typos of a type that a resource has.
    fn check_excluded_types(&self, report: &mut Report) {
        let resources = self.drawing.matches.graph.resources.iter();
        let used: BTreeSet<&str> = resources.map(|node| node.uid.kind.as_str()).collect();
        let excluded = self.settings.exclude_types.iter();
        for excluded in excluded.filter(|one| !used.contains(one.value.as_str())) {
            if let Some(kind) = unambiguous_typo(&excluded.value, used.iter().copied()) {
                let message = format!("no resource has the type `{}`", excluded.value);
                let problem = Problem::new(&UNKNOWN_VALUE, message).at(excluded.span);
                report.push(problem.help(format!("did you mean `{kind}`?")));
            }
        }
    }

    fn workloads(&self) -> impl Iterator<Item = &'a Workload> {
        let workloads = self.drawing.matches.graph.workloads.iter();
        workloads.map(|linked| &*linked.workload)
    }

    fn system(&self) -> Option<String> {
        let settings = self.settings.system.as_ref();
        let project = self.drawing.project.as_ref();
        let name = settings.map(|system| &system.value).or(project)?;
        names(&[(name.clone(), name.clone())]).pop()
    }

    /// The owner of a workload: what it says, what its entity says, or that of the project.
    fn owner(&self, workload: &Workload, report: &mut Report) -> Option<String> {
        let annotations = &workload.annotations;
        let own = catalog::text(annotations, catalog::OWNER).map(str::to_owned);
        let key = self.settings.owner_annotation.as_deref();
        let named = key.and_then(|key| Annotation::find(annotations, key));
        if let Some(annotation) = named.filter(|_| own.is_none()) {
            let value = &annotation.value;
            if let Some(help) = catalog::mistake(catalog::OWNER, &value.value) {
                let message = format!("`{}` cannot be the owner of an entity", value.value);
                let problem = Problem::new(&INVALID_CATALOG_ANNOTATION, message);
                report.push(problem.at(value.span).help(help));
            }
            return Some(value.value.clone());
        }
        let identity = Entity::new("Component", &workload.name.value).identity();
        let written = || self.owners.get(&identity).cloned();
        own.or_else(written).or_else(|| self.settings.owner.clone())
    }

    /// The ports that other workloads call.
    fn apis(&self) -> BTreeMap<(usize, &'a str), String> {
        let called = self.drawing.diagram.edges.iter();
        let called = called.flat_map(|edge| self.called_ports(edge));
        let called: BTreeSet<(usize, &str)> = called.collect();
        let workloads: Vec<&Workload> = self.workloads().collect();
        let things = called.iter().map(|(index, port)| {
            let workload = &workloads[*index].name.value;
            (format!("{workload}-{port}"), format!("{workload}/{port}"))
        });
        let names = names(&things.collect::<Vec<_>>());
        called.into_iter().zip(names).collect()
    }

    /// The ports of a workload of this run that an edge calls, by their names.
    fn called_ports(&self, edge: &'a Edge) -> impl Iterator<Item = (usize, &'a str)> {
        let linked = self.drawing.matches.graph.workloads.get(edge.to);
        let linked = linked.filter(|_| edge.relation == Relation::Calls);
        let ports = linked.into_iter().flat_map(|linked| {
            let indices = edge.names.iter();
            let indices = indices.filter_map(|name| linked.port_names.get(name));
            indices.filter_map(|index| linked.ports.get(*index))
        });
        ports.map(|port| (edge.to, port.name.value.as_str()))
    }

    /// The resources that are entities.
    fn resources(&self) -> BTreeMap<usize, String> {
        let nodes = self.drawing.diagram.nodes.iter().enumerate();
        let entities = nodes.filter_map(|(index, node)| match node {
            Node::Resource {
                uid,
                is_address: false,
                ..
            } if self.is_entity(uid) => Some((index, uid)),
            _ => None,
        });
        let entities: Vec<(usize, &Uid)> = entities.collect();
        let thing =
            |(_, uid): &(usize, &Uid)| (format!("{}-{}", type_of(uid), uid.id), uid.to_string());
        let names = names(&entities.iter().map(thing).collect::<Vec<_>>());
        let indices = entities.iter().map(|(index, _)| *index);
        indices.zip(names).collect()
    }

    fn positions(&self) -> BTreeMap<&'a Uid, usize> {
        let resources = self.drawing.matches.graph.resources.iter().enumerate();
        resources.map(|(index, node)| (&node.uid, index)).collect()
    }

    fn is_entity(&self, uid: &Uid) -> bool {
        let mut excluded = self.settings.exclude_types.iter();
        uid.kind != ROUTE && !excluded.any(|kind| kind.value == uid.kind)
    }
}

/// The type of a resource, with its class unless that is the default.
fn type_of(uid: &Uid) -> String {
    match uid.class.as_str() {
        "default" => uid.kind.clone(),
        class => format!("{}.{class}", uid.kind),
    }
}

impl Entities<'_> {
    fn report_missing_owners(&self, report: &mut Report) {
        let workloads = self.platform.workloads().zip(&self.owners);
        let missing = workloads.filter(|(_, owner)| owner.is_none());
        let missing: Vec<&Workload> = missing.map(|(workload, _)| workload).collect();
        // A mistake in the settings was reported.
        let Some(first) = missing
            .first()
            .filter(|_| !self.platform.settings.is_incomplete)
        else {
            return;
        };
        let names = missing.iter().map(|workload| workload.name.value.as_str());
        let (what, has) = match missing.len() {
            1 => ("workload", "has"),
            _ => ("workloads", "have"),
        };
        let message = format!("the {what} {} {has} no owner", list_names(names));
        let help = "set `owner` under `catalog` in `score-rs.yaml`, or the annotation \
                    `catalog.score-rs.dev/owner` of each";
        report.push(
            Problem::new(&MISSING_OWNER, message)
                .at(first.name.span)
                .help(help),
        );
    }

    /// The owner that some workloads have in common.
    fn common_owner(&self, workloads: impl Iterator<Item = usize>) -> Option<&str> {
        let owners = workloads.map(|index| self.owners[index].as_deref());
        let owners: BTreeSet<Option<&str>> = owners.collect();
        match owners.into_iter().collect::<Vec<_>>().as_slice() {
            [owner] => *owner,
            _ => None,
        }
    }

    /// The owner of what has none of its own; `None` after a report.
    fn owner(
        &self,
        entity: &Entity,
        users: &[usize],
        place: Span,
        report: &mut Report,
    ) -> Option<String> {
        let written = self
            .platform
            .owners
            .get(&entity.identity())
            .map(String::as_str);
        let common = || self.common_owner(users.iter().copied());
        let default = || self.platform.settings.owner.as_deref();
        let owner = written.or_else(common).or_else(default);
        // Workloads without an owner were reported.
        let is_known = !self.platform.settings.is_incomplete;
        if is_known && owner.is_none() && users.iter().all(|index| self.owners[*index].is_some()) {
            let (kind, name) = (entity.kind.to_ascii_lowercase(), &entity.name);
            let message =
                format!("the {kind} `{name}` has no owner: its workloads have different ones");
            let help = "set `owner` under `catalog` in `score-rs.yaml`";
            report.push(Problem::new(&MISSING_OWNER, message).at(place).help(help));
        }
        owner.map(str::to_owned)
    }

    /// The system. A run on some of the files does not know all of it.
    fn system_entity(&self, report: &mut Report) -> Option<Entity> {
        let name = self
            .system
            .as_deref()
            .filter(|_| self.platform.is_whole_project)?;
        let entity = Entity::new("System", name);
        let users: Vec<usize> = (0..self.owners.len()).collect();
        let first = self.platform.workloads().next()?.name.span;
        let setting = self.platform.settings.system.as_ref();
        let place = setting.map_or(first, |system| system.span);
        let owner = self.owner(&entity, &users, place, report);
        Some(entity.spec("owner", owner.as_deref()))
    }

    fn component(&self, index: usize, workload: &Workload) -> Entity {
        let annotations = &workload.annotations;
        let lifecycle = catalog::text(annotations, catalog::LIFECYCLE);
        let mut entity = Entity::new("Component", &workload.name.value)
            .description(catalog::text(annotations, catalog::DESCRIPTION))
            .spec("type", Some(component_type(workload)))
            .spec(
                "lifecycle",
                Some(lifecycle.unwrap_or(&self.platform.lifecycle)),
            )
            .spec("owner", self.owners[index].as_deref())
            .spec("system", self.system.as_deref());
        let own = self.apis.range((index, "")..(index + 1, ""));
        entity = entity.list("providesApis", own.map(|(_, name)| name.clone()).collect());
        let edges = self.platform.drawing.diagram.edges_from(index);
        let consumed = edges
            .iter()
            .flat_map(|edge| self.platform.called_ports(edge));
        let consumed: BTreeSet<&String> =
            consumed.filter_map(|port| self.apis.get(&port)).collect();
        entity = entity.list("consumesApis", consumed.into_iter().cloned().collect());
        entity = entity.list(
            "dependsOn",
            edges
                .iter()
                .filter_map(|edge| self.dependency(edge))
                .collect(),
        );
        entity
            .metadata
            .extend(self.component_metadata(index, workload));
        entity
    }

    /// The entity that an edge leads to, unless that is an API.
    fn dependency(&self, edge: &Edge) -> Option<String> {
        match self.platform.drawing.diagram.nodes.get(edge.to)? {
            Node::Workload { name, .. } => {
                let has_api = self.platform.called_ports(edge).next().is_some();
                (!has_api).then(|| format!("component:{name}"))
            }
            Node::Resource { .. } => {
                let name = self.resources.get(&edge.to)?;
                Some(format!("resource:{name}"))
            }
        }
    }

    fn component_metadata(&self, index: usize, workload: &Workload) -> Map {
        let (drawing, settings) = (self.platform.drawing, self.platform.settings);
        let is_kubernetes = drawing.target.info().is_shared;
        let mut annotations = Map::new();
        let mut add = |key: &str, value: &str| {
            annotations.insert(key.to_owned(), Value::from(value));
        };
        if is_kubernetes {
            let selector = format!("app.kubernetes.io/name={}", workload.name.value);
            add("backstage.io/kubernetes-label-selector", &selector);
        }
        if let Some(namespace) = drawing.namespace.as_ref().filter(|_| is_kubernetes) {
            add("backstage.io/kubernetes-namespace", namespace);
        }
        settings
            .annotations
            .iter()
            .for_each(|(key, value)| add(key, value));
        let tags = catalog::text(&workload.annotations, catalog::TAGS);
        let tags: BTreeSet<&str> = tags.into_iter().flat_map(catalog::tags).collect();
        let tags: Vec<Value> = tags.into_iter().map(Value::from).collect();
        let links = self.links(index, workload);
        let mut metadata = Map::new();
        if !annotations.is_empty() {
            metadata.insert("annotations".to_owned(), Value::from(annotations));
        }
        for (key, list) in [("tags", tags), ("links", links)] {
            if !list.is_empty() {
                metadata.insert(key.to_owned(), Value::from(list));
            }
        }
        metadata
    }

    /// The routes of a workload, and the pages that its annotations name.
    fn links(&self, index: usize, workload: &Workload) -> Vec<Value> {
        let drawing = self.platform.drawing;
        let tls = drawing.values.get("tls");
        let has_tls = tls.is_some_and(|tls| ![Value::Null, Value::Bool(false)].contains(tls));
        let scheme = if has_tls { "https" } else { "http" };
        // The hosts of Compose are names of a developer's machine.
        let is_public = drawing.target.info().is_shared;
        let edges = drawing.diagram.edges_from(index).iter();
        let used = edges.filter(|_| is_public);
        let addresses =
            used.filter_map(
                |edge| match self.platform.drawing.diagram.nodes.get(edge.to) {
                    Some(Node::Resource { address, .. }) => address.as_deref(),
                    _ => None,
                },
            );
        let routes = addresses.map(|address| (format!("{scheme}://{address}"), address));
        let pages = LINKS.iter().filter_map(|(name, title)| {
            let url = catalog::text(&workload.annotations, name)?;
            Some((url.to_owned(), *title))
        });
        let links = routes.chain(pages).filter(|(url, _)| catalog::is_url(url));
        let link = |(url, title): (String, &str)| {
            Value::map_of([("url", Value::from(url)), ("title", Value::from(title))])
        };
        links.map(link).collect()
    }

    fn api(&self, index: usize, port: &str, name: &str) -> Entity {
        let platform = self.platform;
        let linked = &platform.drawing.matches.graph.workloads[index];
        let workload = &linked.workload;
        let lifecycle = catalog::text(&workload.annotations, catalog::LIFECYCLE);
        let mut ports = linked.ports.iter();
        let found = ports.find(|one| one.name.value == port);
        let protocol = found.map_or("tcp".to_owned(), |port| {
            port.protocol.name().to_ascii_lowercase()
        });
        let number = found
            .map(|port| format!(":{}", port.port))
            .unwrap_or_default();
        let host = platform.drawing.target.service_name(workload);
        Entity::new("API", name)
            .description(Some(&format!("Port {port} of {}", workload.name.value)))
            .spec("type", Some(&protocol))
            .spec("lifecycle", Some(lifecycle.unwrap_or(&platform.lifecycle)))
            .spec("owner", self.owners[index].as_deref())
            .spec("system", self.system.as_deref())
            .spec("definition", Some(&format!("{protocol}://{host}{number}")))
    }

    fn resource(&self, index: usize, name: &str, report: &mut Report) -> Option<Entity> {
        let platform = self.platform;
        let Some(Node::Resource { uid, .. }) = platform.drawing.diagram.nodes.get(index) else {
            return None;
        };
        let matches = &platform.drawing.matches;
        let position = *self.positions.get(uid)?;
        let definition = &matches.library.definitions()[matches.bindings[position]];
        let entity = Entity::new("Resource", name).description(definition.description.as_deref());
        let users: Vec<usize> = platform.drawing.diagram.users(index).collect();
        let place = matches.graph.resources[position].span;
        let owner = self.owner(&entity, &users, place, report);
        let needs = platform.drawing.diagram.edges_from(index).iter();
        let needs = needs.filter_map(|edge| self.dependency(edge)).collect();
        let entity = entity
            .spec("type", Some(&type_of(uid)))
            .spec("owner", owner.as_deref())
            .spec("system", self.system.as_deref());
        Some(entity.list("dependsOn", needs))
    }
}

fn component_type(workload: &Workload) -> &'static str {
    let kind = Annotation::find(&workload.annotations, KIND);
    match kind.map(|kind| kind.value.value.as_str()) {
        Some("Job" | "CronJob") => "job",
        _ if workload.ports.is_empty() => "worker",
        _ => "service",
    }
}
