//! The compiler, stage by stage. This is the only file that names all of them.

use std::time::Duration;

use crate::back::patch::Context as PatchContext;
use crate::back::target::{Lowered, Options, Target};
use crate::back::{emit, patch};
use crate::base::diagnostics::{Report, Reported};
use crate::base::document::Artifact;
use crate::base::host::Host;
use crate::base::text::{SourceId, Sources};
use crate::base::value::Value;
use crate::front::check::Purpose;
use crate::front::model::{Port, Workload};
use crate::front::overlay::Overrides;
use crate::front::{check, decode, documents, overlay};
use crate::middle::identity::Identity;
use crate::middle::link::{self, Graph};
use crate::middle::plan::FileRules;
use crate::middle::provision::{Library, ServiceName, Settings, State, Wanted, bind};
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
    /// Definitions files, asked in this order before the embedded ones.
    pub definitions: Vec<SourceId>,
    /// Patch templates, applied in this order.
    pub patches: Vec<SourceId>,
    /// What the output shall be like.
    pub options: Options,
    /// How files beside a Score file are found.
    pub file_rules: FileRules,
    /// How long a provisioner's program may run.
    pub command_timeout: Duration,
    /// What an earlier run has kept.
    pub state: State,
    /// Called at the beginning of each stage, with its name; for benchmarks.
    pub watch: &'a dyn Fn(&'static str),
}

/// What a run gives.
#[derive(Debug)]
pub struct Output {
    /// The text of the output file.
    pub text: String,
    /// Files and directories that belong to it.
    pub artifacts: Vec<Artifact>,
    /// Lines of the provisioners for the person who runs the compiler.
    pub notes: Vec<String>,
    /// What the next run should be given.
    pub state: State,
}

/// Stages 1 to 5: are these Score files right?
pub fn validate(sources: &Sources, request: &Request<'_>, report: &mut Report) -> Result<(), Reported> {
    understand(sources, request, Purpose::Validate, report).map(|_| ())
}

/// Stages 1 to 5: Score files to one graph of what they need.
fn understand(
    sources: &Sources,
    request: &Request<'_>,
    purpose: Purpose,
    report: &mut Report,
) -> Result<Graph, Reported> {
    (request.watch)("parse");
    let mut syntax = Report::default();
    let documents = documents(sources, &request.score_files, &mut syntax);
    let broken = syntax.failed().is_err();
    report.absorb(syntax);
    (request.watch)("overlay");
    // What could be read is looked at all the same, so that one run shows every error; but where a part is missing, an
    // override may lead nowhere for that reason alone.
    let mut unsaid = Report::default();
    let documents = overlay(documents, &request.overrides, if broken { &mut unsaid } else { report });
    (request.watch)("decode");
    let workloads: Vec<_> = documents.iter().map(|document| decode(sources, document, report)).collect();
    (request.watch)("check");
    let checked: Vec<_> = workloads.into_iter().map(|workload| check(purpose, workload?, report)).collect();
    (request.watch)("link");
    report.failed()?;
    link::link(checked.into_iter().collect::<Result<_, _>>()?, report)
}

/// As [`validate`], and also: can the environment's provisioners give what the files ask for?
pub fn validate_for_environment(
    sources: &mut Sources,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    let graph = understand(sources, request, Purpose::Validate, report)?;
    let library = library(sources, request, &graph, report)?;
    bind(&library, &graph, report).map(|_| ())
}

/// Stages 1 to 10: Score files to the text of the output and the files beside it. Nothing is written.
pub fn generate(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Output, Reported> {
    let graph = understand(sources, request, Purpose::Generate, report)?;
    (request.watch)("provision");
    let library = library(sources, request, &graph, report)?;
    let bindings = bind(&library, &graph, report)?;
    let service_name = |workload: &Workload, ports: &[Port]| request.target.service_name(workload, ports);
    let object_name = |workload: &Workload| request.target.object_name(workload);
    let (wanted, settings) = (wanted(request.target, &service_name, &object_name), settings(request));
    let (provisioned, state) =
        provision(sources, host, &library, &wanted, &settings, &graph, &bindings, &request.state, report)?;
    (request.watch)("plan");
    let defers = request.target.defers_variables();
    let plan = plan(sources, host, graph, provisioned, &request.identity, defers, request.file_rules, report)?;
    (request.watch)("lower");
    let Lowered { documents, artifacts, notes } = request.target.lower(&plan, &request.options, sources, report)?;
    (request.watch)("patch");
    let context = PatchContext { view: request.target.patch_view(), plan: &plan, namespace: settings.namespace };
    let documents = patch(sources, &request.patches, &context, documents, report)?;
    (request.watch)("emit");
    let text = emit(&documents);
    Ok(Output { text, artifacts, notes, state })
}

/// The definitions that may be asked: the project's, then the target's own.
fn library(
    sources: &mut Sources,
    request: &Request<'_>,
    graph: &Graph,
    report: &mut Report,
) -> Result<Library, Reported> {
    let wanted = |kind: &str| graph.resources.iter().any(|node| node.uid.kind == kind);
    Library::assemble(sources, &request.definitions, request.target.builtins(), &wanted, report)
}

fn wanted<'a>(
    target: &'a dyn Target,
    service_name: &'a ServiceName<'a>,
    object_name: &'a dyn Fn(&Workload) -> String,
) -> Wanted<'a> {
    Wanted {
        target: target.name(),
        sections: target.sections(),
        defers_variables: target.defers_variables(),
        service_name,
        object_name,
    }
}

fn settings<'a>(request: &'a Request<'_>) -> Settings<'a> {
    Settings {
        identity: &request.identity,
        namespace: request.options.namespace.as_deref().unwrap_or(""),
        mounts_directory: &request.options.mounts_in_output,
        values: &request.values,
        command_timeout: request.command_timeout,
    }
}
