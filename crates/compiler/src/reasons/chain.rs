//! The places that a cause leads to, in order.

use super::kept::Kept;
use crate::defaults::fill;
use crate::parse;
use crate::placeholder::resolve::Outputs;
use crate::placeholder::{self, Mode, Piece, Reference};
use crate::support::places::Step;
use crate::support::reasons::{Cause, find_place, keys, node_at};
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;
use yaml::Node;

/// What a link of a chain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of a Score file.
    Score,
    /// A change from outside a Score file.
    Override,
    /// A key of the environment, or a flag that sets the same.
    Environment,
    /// A line of a definition.
    Definition,
    /// What score-rs decides itself.
    Default,
    /// A change of the generated documents.
    Patch,
}

impl Kind {
    /// The name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Score => "score",
            Kind::Override => "override",
            Kind::Environment => "environment",
            Kind::Definition => "definition",
            Kind::Default => "default",
            Kind::Patch => "patch",
        }
    }
}

/// Something that decided a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// What it is.
    pub kind: Kind,
    /// Where it is written.
    pub span: Option<Span>,
    /// What is there.
    pub text: String,
    /// The value that it replaced.
    pub replaced: Option<Value>,
    /// The page that has the rule, where score-rs decides itself.
    pub page: Option<&'static str>,
}

/// A chain under construction.
pub(super) struct Chain<'a> {
    kept: &'a Kept,
    sources: &'a Sources,
    pub(super) links: Vec<Link>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(kept: &'a Kept, sources: &'a Sources) -> Chain<'a> {
        Chain {
            kept,
            sources,
            links: Vec::new(),
        }
    }

    pub(super) fn add_all(&mut self, causes: &[Cause]) {
        causes.iter().for_each(|cause| self.add(cause));
    }

    /// Adds a link. Returns whether it is new, so that a circle ends.
    fn push(&mut self, kind: Kind, span: Option<Span>, text: impl Into<String>) -> bool {
        let text = text.into();
        // What a link replaced, and its page, are known later.
        let is_same = |link: &Link| link.kind == kind && link.span == span && link.text == text;
        let is_new = !self.links.iter().any(is_same);
        if is_new {
            self.links.push(Link {
                kind,
                span,
                text,
                replaced: None,
                page: None,
            });
        }
        is_new
    }

    pub(super) fn add_patch(&mut self, span: Option<Span>, replaced: Option<&Value>) {
        self.push(Kind::Patch, span, "a patch");
        if let Some(link) = self.links.last_mut() {
            link.replaced = replaced.cloned();
        }
    }

    fn add(&mut self, cause: &Cause) {
        match cause {
            Cause::Value { workload, path } => self.add_value(*workload, path),
            Cause::Key { workload, path } => self.add_key(*workload, path),
            Cause::Resource(resource) => self.add_resource(*resource),
            Cause::Output { resource, path } => self.add_output(*resource, path),
            Cause::Rendered {
                resource,
                section,
                span,
            } => self.add_rendered(*resource, section, *span),
            Cause::Setting(key) => self.add_setting(key),
            Cause::Part(key, span) => {
                self.push(Kind::Environment, Some(*span), format!("`{key}`"));
            }
            Cause::OfEnvironment { workload, span } => self.add_default(*workload, *span),
            Cause::Default(rule) => {
                if self.push(Kind::Default, None, rule.sentence)
                    && let Some(link) = self.links.last_mut()
                {
                    link.page = Some(rule.page);
                }
            }
        }
    }

    /// The trees of a workload before and after overrides.
    fn trees(&self, workload: usize) -> Option<(&'a Node, &'a Node)> {
        let stages = &self.kept.stages;
        Some((stages.parsed.get(workload)?, stages.overlaid.get(workload)?))
    }

    fn add_value(&mut self, workload: usize, path: &[Step]) {
        let Some((parsed, overlaid)) = self.trees(workload) else {
            return;
        };
        let Some(node) = node_at(overlaid, path) else {
            return;
        };
        let written = node_at(parsed, path);
        let mut is_new = false;
        if let Some(written) = written {
            is_new |= self.push(Kind::Score, Some(written.span), show(path));
        }
        if written.is_none_or(|written| written.span != node.span) {
            is_new |= self.add_override(node.span, path, written);
        }
        if is_new {
            self.add_references(workload, path, node);
        }
    }

    fn add_override(&mut self, span: Span, path: &[Step], replaced: Option<&Node>) -> bool {
        let is_image = self.kept.settings.images.contains(&span);
        let (kind, what) = match is_image {
            true => (Kind::Environment, "`images`".to_owned()),
            false if replaced.is_some() => (Kind::Override, "an override".to_owned()),
            false => (Kind::Override, show(path)),
        };
        let is_new = self.push(kind, Some(span), what);
        if let (true, Some(link), Some(replaced)) = (is_new, self.links.last_mut(), replaced) {
            link.replaced = Some(replaced.to_value());
        }
        is_new
    }

    fn add_key(&mut self, workload: usize, path: &[Step]) {
        let Some((parsed, overlaid)) = self.trees(workload) else {
            return;
        };
        let key_of = |tree: &Node| {
            let (last, parent) = path.split_last()?;
            let Step::Key(key) = last else { return None };
            Some(node_at(tree, parent)?.as_map()?.get(key)?.key)
        };
        let (written, last) = (key_of(parsed), key_of(overlaid));
        if written.is_some() {
            self.push(Kind::Score, written, show(path));
        }
        // An override that has the key too would add it.
        if written != last {
            self.push(Kind::Override, last, show(path));
        }
    }

    /// Adds what the placeholders and references of a text lead to.
    fn add_references(&mut self, workload: usize, path: &[Step], node: &Node) {
        let Some(mode) = self.mode(workload, path) else {
            return;
        };
        let text = placeholder::text(self.sources, node, mode, &mut Report::default());
        let container = path.get(1).cloned();
        for piece in text.pieces {
            match piece {
                Piece::Plain(_) => {}
                Piece::Placeholder(Reference::Metadata(parts), _) => {
                    let parts = parts.iter().map(String::as_str);
                    let path = keys(std::iter::once("metadata").chain(parts));
                    self.add(&Cause::Value { workload, path });
                }
                Piece::Placeholder(Reference::Resource { name, path }, _) => {
                    let index = workload;
                    let workload = &self.kept.plan.workloads[workload];
                    if let Some(resource) = workload.resource_names.get(&name) {
                        let resource = *resource;
                        let declared = keys(["resources", &name]);
                        self.add_key(index, &declared);
                        let path: Vec<Step> = path.into_iter().map(Step::Key).collect();
                        self.add(&match path.is_empty() {
                            true => Cause::Resource(resource),
                            false => Cause::Output { resource, path },
                        });
                    }
                }
                Piece::Variable(name, _) => {
                    let mut path = keys(["containers"]);
                    path.extend(container.clone());
                    path.extend(keys(["variables", &name]));
                    self.add(&Cause::Value { workload, path });
                }
            }
        }
    }

    /// How placeholders are read at a path; `None` where there are none.
    fn mode(&self, workload: usize, path: &[Step]) -> Option<Mode> {
        let key = |index: usize| match path.get(index) {
            Some(Step::Key(key)) => Some(key.as_str()),
            _ => None,
        };
        match (key(0)?, key(2)?) {
            ("resources", "params") => Some(Mode::Strict),
            ("containers", "image" | "volumes") => Some(Mode::Strict),
            ("containers", "variables") => Some(Mode::Variable),
            ("containers", "command" | "args") => Some(Mode::Shell),
            ("containers", "livenessProbe" | "readinessProbe") => Some(Mode::Probe),
            ("containers", "files") => {
                let (_, tree) = self.trees(workload)?;
                let file = node_at(tree, path.get(..4)?);
                let is_kept = file
                    .and_then(|file| file.get("noExpand"))
                    .is_some_and(|flag| flag.kind == yaml::Kind::Bool(true));
                (!is_kept).then_some(Mode::Content)
            }
            _ => None,
        }
    }

    fn add_resource(&mut self, index: usize) {
        let Some(resource) = self.kept.plan.resources.get(index) else {
            return;
        };
        if let Some((workload, path)) = self.declaration(index) {
            let (parsed, _) = match self.trees(workload) {
                Some(trees) => trees,
                None => return,
            };
            let kind = match find_place(parsed, resource.span) {
                Some(_) => Kind::Score,
                None => Kind::Override,
            };
            self.push(kind, Some(resource.span), show(&path));
        }
    }

    /// The workload that declares a resource, and the way to it.
    fn declaration(&self, resource: usize) -> Option<(usize, Vec<Step>)> {
        let span = self.kept.plan.resources.get(resource)?.span;
        let workloads = self.kept.plan.workloads.iter().enumerate();
        let mut users = workloads.filter(|(_, workload)| workload.resources.contains(&resource));
        users.find_map(|(index, _)| {
            let tree = self.kept.stages.overlaid.get(index)?;
            Some((index, find_place(tree, span)?.0))
        })
    }

    fn add_output(&mut self, index: usize, path: &[Step]) {
        let Some(resource) = self.kept.plan.resources.get(index) else {
            return;
        };
        let provisioned = &resource.provisioned;
        let what = match &provisioned.outputs {
            Outputs::Values(_) => {
                let rendered = provisioned
                    .outputs_span
                    .and_then(|span| self.rendered_output(span, path));
                if let Some(span) = rendered {
                    return self.add_rendered(index, "outputs", span);
                }
                format!("the program of `{}` gives `{}`", resource.uid, show(path))
            }
            Outputs::Environment { .. } => {
                format!("`{}` is a variable of the environment", show(path))
            }
            Outputs::Unknown => format!("`{}` is not known", show(path)),
            Outputs::ClusterConfig(_) => {
                format!(
                    "`{}` is a key of a Secret or ConfigMap of the cluster",
                    show(path)
                )
            }
        };
        let definition = self.kept.stages.definitions.get(index).copied();
        self.push(Kind::Definition, definition, what);
        self.add_resource(index);
    }

    /// The place of an output in the rendered section, or of what it is in.
    fn rendered_output(&self, span: Span, path: &[Step]) -> Option<Span> {
        let trees = parse::yaml_documents(self.sources, span.source, &mut Report::default());
        let tree = trees.first()?;
        let lengths = (1..=path.len()).rev();
        let mut found = lengths.filter_map(|length| node_at(tree, path.get(..length)?));
        found.next().map(|node| node.span)
    }

    fn add_rendered(&mut self, index: usize, section: &str, span: Span) {
        let Some(resource) = self.kept.plan.resources.get(index) else {
            return;
        };
        let origin = self.sources.origin(span);
        // The outputs of a program have no place: these are in a file.
        let what = match (origin, section) {
            (Some(_), _) | (None, "outputs") => format!("`{section}` of `{}`", resource.uid),
            (None, _) => format!("the program of `{}` gives it in `{section}`", resource.uid),
        };
        let is_new = self.push(Kind::Definition, Some(origin.unwrap_or(span)), what);
        if let (Some(origin), true) = (origin, is_new) {
            self.add_template_inputs(origin, index);
        }
        self.add_resource(index);
    }

    /// Adds the params and values that a line of a template reads.
    fn add_template_inputs(&mut self, line: Span, resource: usize) {
        let text = self.sources.slice(line);
        for path in fields(text, ".Environment.Values.") {
            let values = self.kept.settings.values.as_ref();
            if let Some(node) = values.and_then(|values| node_at(values, &path)) {
                let path = show(&[keys(["values"]), path].concat());
                self.push(Kind::Environment, Some(node.span), format!("`{path}`"));
            }
        }
        let Some((workload, declaration)) = self.declaration(resource) else {
            return;
        };
        for path in fields(text, ".Params.") {
            let path = [declaration.clone(), keys(["params"]), path].concat();
            self.add(&Cause::Value { workload, path });
        }
    }

    /// Adds a default, and the metadata of the workload that it reads.
    fn add_default(&mut self, workload: usize, span: Span) {
        self.push(Kind::Environment, Some(span), "default");
        for path in fill::metadata_paths(self.sources.slice(span)) {
            let path = path.iter().map(String::as_str);
            let path = keys(std::iter::once("metadata").chain(path));
            self.add(&Cause::Value { workload, path });
        }
    }

    fn add_setting(&mut self, key: &'static str) {
        let settings = &self.kept.settings;
        let value = key.strip_prefix("values.").and_then(|name| {
            let value = settings.values.as_ref()?.get(name)?;
            Some(value.span)
        });
        if let Some(span) = value.or(settings.keys.get(key).copied()) {
            self.push(Kind::Environment, Some(span), format!("`{key}`"));
        }
    }
}

/// The paths that a template reads below a name.
fn fields(template: &str, name: &str) -> Vec<Vec<Step>> {
    let starts = template
        .match_indices(name)
        .map(|(start, _)| start + name.len());
    let is_part = |one: char| one.is_alphanumeric() || one == '_' || one == '.';
    let path = |start: usize| {
        let rest = &template[start..];
        let end = rest.find(|one| !is_part(one)).unwrap_or(rest.len());
        keys(rest[..end].trim_end_matches('.').split('.'))
    };
    starts.map(path).collect()
}

/// A path as people write it in Score files.
pub fn show(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) if key.contains(['.', '[', ']', '"', '\'', ' ']) || key.is_empty() => {
                text.push_str(&format!("[{key:?}]"));
            }
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.push_str(&format!(".{key}")),
        }
    }
    text
}
