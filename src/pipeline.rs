//! The compiler, stage by stage. This is the only file that names all of them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::back::emit::{Emitted, Layout, emit};
use crate::back::patch;
use crate::back::patch::Context as PatchContext;
use crate::back::target::{Lowered, Options, Target};
use crate::base::diagnostics::{Report, Reported};
use crate::base::document::Artifact;
use crate::base::host::Host;
use crate::base::parallel;
use crate::base::text::{SourceId, Sources};
use crate::base::value::Value;
use crate::base::yaml::Node;
use crate::front::check::Purpose;
use crate::front::model::{Port, Uid, Workload};
use crate::front::overlay::Overrides;
use crate::front::{check, decode, documents, overlay};
use crate::middle::identity::Identity;
use crate::middle::link::{self, Graph};
use crate::middle::plan::FileRules;
use crate::middle::provision::library::Embedded;
use crate::middle::provision::{
    Binding, Library, Provisioned, ServiceName, Settings, State, Unused, Wanted, bind, check_templates,
    check_unused_resources,
};
use crate::middle::{plan, provision};

/// Everything a run is asked to do.
pub struct Request<'a> {
    /// The Score files.
    pub score_files: Vec<SourceId>,
    /// What changes them from outside.
    pub overrides: Overrides,
    /// What they are compiled to.
    pub target: &'a dyn Target,
    /// Project and environment.
    pub identity: Identity,
    /// What the environment knows.
    pub values: Value,
    /// The same as it was written, for its places; `None` where nobody wrote any.
    pub written_values: Option<Node>,
    /// Definitions files, asked in this order.
    pub definitions: Vec<SourceId>,
    /// Whether these are all that were named. That the others give nothing is no second error, so nothing is bound without.
    pub all_definitions: Result<(), Reported>,
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
            identity: Identity { environment: target.name().to_owned(), ..Identity::default() },
            values: Value::map(),
            written_values: None,
            definitions: Vec::new(),
            all_definitions: Ok(()),
            embedded: Embedded::default(),
            patches: Vec::new(),
            options: Options::default(),
            layout: Layout::default(),
            file_rules: FileRules { allow_outside: false },
            command_timeout: Duration::from_secs(60),
            state: State::default(),
            watch: &|_| {},
            follow: &|_, _| {},
        }
    }
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

/// What could be read of the Score files of a run, linked.
struct Understood {
    graph: Graph,
    /// Whether that is all of them, without an error. Only then may anything be made of it; else it is looked at for what
    /// further errors it holds.
    sound: Result<(), Reported>,
}

/// Stages 1 to 5, and the files that workloads take from beside them: are these Score files right?
pub fn validate(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        let Understood { graph, .. } = understand(sources, request, Purpose::Validate, report);
        plan::check_sources(sources, host, request.file_rules, &graph, report);
    })
}

/// As [`validate`], and also: can the environment's provisioners give what the files ask for? Nothing is run.
pub fn validate_for_environment(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    report.collect(|report| {
        let Understood { mut graph, sound } = understand(sources, request, Purpose::Validate, report);
        graph.keep_sources(&request.state.names.source_workloads);
        plan::check_sources(sources, host, request.file_rules, &graph, report);
        let Ok(bound) = bind_graph(sources, request, graph, report) else { return };
        // What uses a resource may be what could not be read.
        if sound.is_ok() {
            check_unused_resources(&bound.library, &bound.bindings, &bound.graph, &|_| false, report);
        }
        let sections = request.target.sections();
        check_templates(sources, &bound.library, &bound.bindings, &bound.graph, sections, report);
    })
}

/// Stages 1 to 5: which resources do these Score files need?
pub fn understand_resources(sources: &Sources, request: &Request<'_>, report: &mut Report) -> Result<Graph, Reported> {
    let Understood { graph, sound } = understand(sources, request, Purpose::Validate, report);
    sound.map(|()| graph)
}

/// Stages 1 to 5: Score files to one graph of what they need.
fn understand(sources: &Sources, request: &Request<'_>, purpose: Purpose, report: &mut Report) -> Understood {
    (request.watch)("parse");
    let mut syntax = Report::default();
    let documents = documents(sources, &request.score_files, &mut syntax);
    let broken = syntax.failed().is_err();
    report.absorb(syntax);
    (request.watch)("overlay");
    // What could be read is looked at all the same, so that one run shows every error; but where a part is missing, an
    // override may lead nowhere for that reason alone.
    let overrides = &request.overrides;
    let mut overlaid = Report::default();
    let documents = overlay(documents, overrides, &mut overlaid);
    // An override that went wrong may be the one that names an image; that one is missing is then no news.
    let purpose = if overrides.incomplete || overlaid.failed().is_err() { Purpose::Validate } else { purpose };
    if !broken {
        report.absorb(overlaid);
    }
    (request.watch)("decode");
    let checked = parallel::map_reporting(&documents, report, |document, report| {
        let mut workload = decode(sources, document, report)?;
        overrides.give_builds(&mut workload);
        Some(check(purpose, workload, report))
    });
    (request.watch)("link");
    // One without a name has no identity, nor have its resources.
    let named = checked.into_iter().flatten().filter(|workload| !workload.name.value.is_empty());
    let graph = link::link(named.collect(), report);
    Understood { graph, sound: report.failed() }
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

/// Stages 1 to 5 and a definition for every resource. Nothing is run.
pub fn bind_resources(
    sources: &mut Sources,
    request: &Request<'_>,
    purpose: Purpose,
    report: &mut Report,
) -> Result<Bound, Reported> {
    let Understood { mut graph, sound } = understand(sources, request, purpose, report);
    graph.keep_sources(&request.state.names.source_workloads);
    let bound = bind_graph(sources, request, graph, report)?;
    sound.map(|()| bound)
}

fn bind_graph(
    sources: &mut Sources,
    request: &Request<'_>,
    graph: Graph,
    report: &mut Report,
) -> Result<Bound, Reported> {
    request.all_definitions?;
    (request.watch)("provision");
    let library = library(sources, request, &graph, report)?;
    let bindings = bind(&library, &graph, report)?;
    let identity = request.identity.keeping(&request.state.names);
    let bound = Bound { graph, library, bindings, identity };
    (request.follow)(sources, &bound);
    Ok(bound)
}

/// The rest of stage 6: what every resource gives, in the order of the graph, and the state to keep.
pub fn provision_bound(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    Bound { graph, library, bindings, identity }: &Bound,
    report: &mut Report,
) -> Result<(Vec<Provisioned>, State), Reported> {
    let service_name = |workload: &Workload, ports: &[Port]| request.target.service_name(workload, ports);
    let object_name = |workload: &Workload| request.target.object_name(workload);
    let wanted = wanted(request.target, &service_name, &object_name);
    let settings = settings(request, identity);
    provision(sources, host, library, &wanted, &settings, graph, bindings, &request.state, report)
}

/// Stages 1 to 10: Score files to the text of the output and the files beside it. Nothing is written.
pub fn generate(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Output, Reported> {
    let bound = bind_resources(sources, request, Purpose::Generate, report)?;
    let (provisioned, state) = provision_bound(sources, host, request, &bound, report)?;
    let published = |uid: &Uid| request.options.publish.iter().any(|publish| publish.leads_to(uid));
    check_unused_resources(&bound.library, &bound.bindings, &bound.graph, &published, report);
    let unused = state.unused(&bound.graph);
    (request.watch)("plan");
    let defers = request.target.defers_variables();
    let plan = plan(sources, host, bound.graph, provisioned, &bound.identity, defers, request.file_rules, report)?;
    (request.watch)("lower");
    let Lowered { documents, artifacts, notes } = request.target.lower(&plan, &request.options, sources, report)?;
    (request.watch)("patch");
    let namespace = request.options.namespace.as_deref().unwrap_or("");
    let context = PatchContext { view: request.target.patch_view(), plan: &plan, namespace };
    let documents = patch(sources, &request.patches, &context, documents, report)?;
    (request.watch)("emit");
    let emitted = emit(documents, request.target, request.layout);
    Ok(Output { emitted, artifacts, variables: plan.deferred_variables(), notes, state, unused })
}

/// The definitions that may be asked: the project's and the target's own.
fn library(
    sources: &mut Sources,
    request: &Request<'_>,
    graph: &Graph,
    report: &mut Report,
) -> Result<Library, Reported> {
    let wanted = |kind: &str| graph.resources.iter().any(|node| node.uid.kind == kind);
    let (files, builtins) = (&request.definitions, request.target.builtins());
    Library::assemble(sources, files, request.embedded, builtins, &wanted, report)
}

fn wanted<'a>(
    target: &'a dyn Target,
    service_name: &'a ServiceName<'a>,
    object_name: &'a (dyn Fn(&Workload) -> String + Sync),
) -> Wanted<'a> {
    Wanted {
        target: target.name(),
        sections: target.sections(),
        defers_variables: target.defers_variables(),
        service_name,
        object_name,
    }
}

fn settings<'a>(request: &'a Request<'_>, identity: &'a Identity) -> Settings<'a> {
    Settings {
        identity,
        namespace: request.options.namespace.as_deref().unwrap_or(""),
        mounts_directory: &request.options.mounts_in_output,
        values: &request.values,
        written_values: request.written_values.as_ref(),
        command_timeout: request.command_timeout,
    }
}
