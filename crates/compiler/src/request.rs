//! What a run is given, and what it gives.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::emit::{Emitted, Layout};
use crate::identity::Identity;
use crate::link::Graph;
use crate::overlay::Overrides;
use crate::plan::FileRules;
use crate::provision::library::Embedded;
use crate::provision::{Binding, Library, State, Unused};
use crate::support::document::Artifact;
use crate::targets::target::{Options, Target};
use diagnostics::report::Reported;
use diagnostics::source::{SourceId, Sources};
use diagnostics::value::Value;
use yaml::Node;

/// Everything a run is asked to do.
pub struct Request<'a> {
    /// The Score files.
    pub score_files: Vec<SourceId>,
    /// What changes them from outside.
    pub overrides: Overrides,
    /// What they are compiled to; any, where [`Lacking::target`] says that it is not known.
    pub target: &'a dyn Target,
    /// Project and environment.
    pub identity: Identity,
    /// What the environment knows.
    pub values: Value,
    /// The same as it was written, for its places; `None` where nobody wrote any.
    pub written_values: Option<Node>,
    /// Definitions files, asked in this order.
    pub definitions: Vec<SourceId>,
    /// What was asked for and could not be read; `None` where all could.
    pub lacking: Option<Lacking>,
    /// When the embedded definitions are asked.
    pub embedded: Embedded,
    /// Patch templates, applied in this order.
    pub patches: Vec<SourceId>,
    /// What the output shall be like.
    pub options: Options,
    /// How it is written.
    pub layout: Layout,
    /// How files beside a Score file are found.
    pub file_rules: FileRules,
    /// How long a provisioner's program may run.
    pub command_timeout: Duration,
    /// What an earlier run has kept.
    pub state: State,
    /// Called at the beginning of each stage, with its name; for those who measure.
    pub watch: &'a dyn Fn(&'static str),
    /// Called with what serves each resource as soon as that is known; for those who follow a run.
    pub follow: &'a dyn Fn(&Sources, &Bound),
}

impl<'a> Request<'a> {
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
            definitions: Vec::new(),
            lacking: None,
            embedded: Embedded::default(),
            patches: Vec::new(),
            options: Options::default(),
            layout: Layout::default(),
            file_rules: FileRules {
                allow_outside: false,
            },
            command_timeout: Duration::from_secs(60),
            state: State::default(),
            watch: &|_| {},
            follow: &|_, _| {},
        }
    }
}

impl Request<'_> {
    /// The proof of failure when anything that was asked for could not be read.
    pub(crate) fn whole(&self) -> Result<(), Reported> {
        self.lacking.map_or(Ok(()), |lacking| Err(lacking.reported))
    }

    /// Notes that something more could not be read.
    pub fn lack(&mut self, reported: Reported) {
        self.lacking.get_or_insert(Lacking {
            reported,
            score_files: false,
            target: false,
            definitions: None,
        });
    }

    pub(crate) fn lacks_target(&self) -> bool {
        self.lacking.is_some_and(|lacking| lacking.target)
    }
}

/// What a request lacks, which was reported. Nothing is made then, and of the rest is said what is
/// wrong whatever is missing.
#[derive(Debug, Clone, Copy)]
pub struct Lacking {
    /// The proof that something is missing.
    pub reported: Reported,
    /// One of the Score files.
    pub score_files: bool,
    /// It is not known what the workloads are compiled to.
    pub target: bool,
    /// How many definitions files are asked before the first one that is missing.
    pub definitions: Option<usize>,
}

/// What the workloads of a run need, and what gives it.
pub struct Bound {
    /// The workloads and their resources.
    pub graph: Graph,
    /// The definitions that were asked.
    pub library: Library,
    /// For each resource of the graph, its definition in the library.
    pub bindings: Vec<Binding>,
    /// What names things: derived, but for the names that the state has kept.
    pub identity: Identity,
}

/// What a run gives.
#[derive(Debug)]
pub struct Output {
    /// The text of the output file, or of several.
    pub emitted: Emitted,
    /// Files and directories that belong to it.
    pub artifacts: Vec<Artifact>,
    /// Variables that the output leaves to whoever starts the workloads.
    pub variables: BTreeSet<String>,
    /// Lines of the provisioners for the person who runs the compiler.
    pub notes: Vec<String>,
    /// What the next run should be given.
    pub state: State,
    /// What the state remembers of things that are not part of this run.
    pub unused: Unused,
}
