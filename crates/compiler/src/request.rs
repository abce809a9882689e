//! The inputs and results of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::defaults::Defaults;
use crate::emit::{Layout, OutputText};
use crate::identity::Identity;
use crate::link::Graph;
use crate::model::Uid;
use crate::overlay::Overrides;
use crate::patch::{Patch, Patchable};
use crate::plan::FileRules;
use crate::policy::Policies;
use crate::provision::library::{EmbeddedPosition, Engine};
use crate::provision::{Binding, ExternalWorkloads, Library, Pins, Rotations, State, UnusedState};
use crate::reasons::Reasons;
use crate::recovery::Incomplete;
use crate::support::document::Artifact;
use crate::targets::target::{Options, Target};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::value::Value;
use yaml::Node;

/// All inputs and options of a run.
pub struct Request<'a> {
    /// The Score files.
    pub score_files: Vec<SourceId>,
    /// What changes them from outside.
    pub overrides: Overrides,
    /// The target; any, where [`Part::Target`](crate::recovery::Part::Target) could
    /// not be read.
    pub target: &'a dyn Target,
    /// Project and environment.
    pub identity: Identity,
    /// The `values` of the environment.
    pub values: Value,
    /// The same as it was written, for its places; `None` where there are none.
    pub written_values: Option<Node>,
    /// The workloads elsewhere that the environment declares; `None` when it declares none.
    pub external_workloads: Option<ExternalWorkloads>,
    /// Definitions files, tried in this order.
    pub definitions: Vec<SourceId>,
    /// Inputs that could not be read. Then nothing is generated, and the rest is checked for
    /// problems that do not depend on them.
    pub incomplete: Incomplete,
    /// When the embedded definitions are tried.
    pub embedded: EmbeddedPosition,
    /// The types of the embedded definitions that may be used; all when `None`.
    pub embedded_kinds: Option<Vec<String>>,
    /// The types of resources that the environment forbids: a mapping to help texts.
    pub forbidden_types: Option<Node>,
    /// Patches, applied in this order.
    pub patches: Vec<Patch>,
    /// What patches of workloads may change; `None` when they may change nothing.
    pub patchable: Option<Patchable>,
    /// The policies that the objects have to follow.
    pub policies: Policies,
    /// Whether the Score files are those of the whole project, so that each patch must find what it
    /// is for.
    pub is_whole_project: bool,
    /// What workloads and containers have that say nothing else.
    pub defaults: Defaults,
    /// Options of the output.
    pub options: Options,
    /// The layout of the output.
    pub layout: Layout,
    /// How files beside a Score file are found.
    pub file_rules: FileRules,
    /// How long a provisioner's program may run.
    pub command_timeout: Duration,
    /// The state of earlier runs.
    pub state: State,
    /// The pinned defaults of resources.
    pub pins: Pins,
    /// How often the passwords of resources were rotated.
    pub rotations: Rotations,
    /// Whether a resource without pinned defaults is an error.
    pub requires_pins: bool,
    /// Whether to find [`Output::data_with_password`].
    pub finds_data_with_password: bool,
    /// The places of the settings that decide values of the output; `None` when nobody asks for
    /// [`Output::reasons`].
    pub explains: Option<BTreeMap<&'static str, Span>>,
    /// Whether each workload has one pod, and requests no more than the defaults.
    pub is_small: bool,
    /// The data that a preview gives to its own resources, by types or UIDs.
    pub seeds: Vec<(Spanned<String>, Node)>,
    /// Whether the run only answers a question, so that what a policy refuses is a warning.
    pub only_answers: bool,
    /// For a preview, the requests that the run compares with or takes resources from.
    pub preview: Option<Box<Preview<'a>>>,
    /// Called at the beginning of each stage, with its name; for measurements.
    pub watch: &'a dyn Fn(&'static str),
    /// Called with the provisioners of the resources as soon as they are known; for `--verbose`.
    pub follow: &'a dyn Fn(&Sources, &Matches),
}

impl<'a> Request<'a> {
    /// Whether the reasons of values are kept: for `why`, and for the places of what a policy refuses.
    pub fn asks_for_reasons(&self) -> bool {
        self.explains.is_some() || self.policies.is_given()
    }

    /// A request with no input yet, for the environment that is called like its target.
    pub fn new(target: &'a dyn Target) -> Request<'a> {
        Request {
            score_files: Vec::new(),
            overrides: Overrides::default(),
            target,
            identity: Identity {
                environment: target.name().to_owned(),
                ..Identity::default()
            },
            values: Value::map(),
            written_values: None,
            external_workloads: None,
            definitions: Vec::new(),
            incomplete: Incomplete::default(),
            embedded: EmbeddedPosition::default(),
            embedded_kinds: None,
            forbidden_types: None,
            patches: Vec::new(),
            patchable: None,
            policies: Policies::default(),
            is_whole_project: true,
            defaults: Defaults::default(),
            options: Options::default(),
            layout: Layout::default(),
            file_rules: FileRules {
                allow_outside: false,
            },
            command_timeout: Duration::from_secs(60),
            state: State::default(),
            pins: Pins::default(),
            rotations: Rotations::default(),
            requires_pins: false,
            finds_data_with_password: false,
            explains: None,
            is_small: false,
            seeds: Vec::new(),
            only_answers: false,
            preview: None,
            watch: &|_| {},
            follow: &|_, _| {},
        }
    }
}

/// A preview among others of its environment.
pub struct Preview<'a> {
    /// Where the environment says that it is for previews.
    pub span: Span,
    /// The same request for another preview, which has no object of this one.
    pub other: Request<'a>,
    /// The same request for the environment that it extends.
    pub extended: Option<Request<'a>>,
    /// What it uses from there: types or UIDs of resources.
    pub share: Vec<Spanned<String>>,
}

impl<'a> Preview<'a> {
    /// The requests beside that of the preview.
    pub fn others(&mut self) -> impl Iterator<Item = &mut Request<'a>> {
        [&mut self.other].into_iter().chain(&mut self.extended)
    }

    /// The item of `share` that names a resource.
    pub(crate) fn item_of(&self, uid: &Uid) -> Option<&Spanned<String>> {
        let mut items = self.share.iter();
        items.find(|item| Preview::is_meant(item, uid))
    }

    /// Whether an item of `share` is the type or the uid of a resource.
    pub(crate) fn is_meant(item: &Spanned<String>, uid: &Uid) -> bool {
        item.value == uid.kind || item.value == uid.to_string()
    }
}

/// What the workloads of a run need, and what gives it.
pub struct Matches {
    /// The workloads and their resources.
    pub graph: Graph,
    /// The definitions that were tried.
    pub library: Library,
    /// For each resource of the graph, its definition in the library.
    pub bindings: Vec<Binding>,
    /// What names things: derived, but for the names that the state has kept.
    pub identity: Identity,
}

impl Matches {
    /// The place of the definition of each resource.
    pub fn places(&self) -> Vec<Span> {
        let definitions = self.library.definitions();
        let bindings = self.bindings.iter();
        bindings
            .map(|binding| definitions[*binding].uri.span)
            .collect()
    }

    /// Whether a program gives the resource at an index of the graph.
    pub(crate) fn is_of_program(&self, resource: usize) -> bool {
        let definition = &self.library.definitions()[self.bindings[resource]];
        definition.engine == Engine::Command
    }
}

/// What a run gives.
#[derive(Debug)]
pub struct Output {
    /// The text of the output file, or of several.
    pub emitted: OutputText,
    /// The number of workloads in it.
    pub workloads: usize,
    /// Files and directories that belong to it.
    pub artifacts: Vec<Artifact>,
    /// Variables that the output leaves to the start of the workloads.
    pub variables: BTreeSet<String>,
    /// Lines of the provisioners for the person who runs the compiler.
    pub notes: Vec<String>,
    /// The resources that store data which only a password of this run opens; empty unless the
    /// request asks for it.
    pub data_with_password: Vec<String>,
    /// The defaults that the resources of this run have, to be pinned.
    pub pins: Pins,
    /// The resources whose values depend on stored state.
    pub state_dependent: Vec<String>,
    /// What the next run should be given.
    pub state: State,
    /// What the state remembers of things that are not part of this run.
    pub unused: UnusedState,
    /// Why each value is what it is, when the request asks.
    pub reasons: Option<Reasons>,
}
