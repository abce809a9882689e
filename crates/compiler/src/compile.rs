//! The stages in order, and what each command runs of them.
//!
//! A stage is a function of the module that bears its name; `compile/run.rs` passes its input,
//! and decides what to do where part of the input could not be read.

pub(crate) mod run;
pub(crate) mod unknown_annotations;

use crate::check::Purpose;
use crate::emit;
use crate::link::Graph;
use crate::provision::{ProvisionedResource, State};
use crate::reasons::{Reasons, Stages};
use crate::support::host::Host;
use crate::targets::target::TargetOutput;
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;
use run::Run;

pub use crate::request::{Matches, Output, Request};

/// Compiles Score files to the text of the output and the files beside it. Nothing is written.
///
/// # Errors
///
/// When any error was reported. The stages before provisioning still run, so that one run reports
/// the errors of all of them.
pub fn generate(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Output, Reported> {
    let mut run = Run::new(sources, request, Purpose::Generate, report);
    let mut stages = request.explains.is_some().then(Stages::default);
    let documents = run.parse();
    keep(&mut stages, |stages| stages.parsed.clone_from(&documents));
    let documents = run.overlay(documents);
    keep(&mut stages, |stages| stages.overlaid.clone_from(&documents));
    let workloads = run.decode(&documents);
    let workloads = run.check(workloads);
    let graph = run.link(workloads);
    let matched = run.match_definitions(graph);
    if run.require_complete().is_err() {
        run.check_later_stages(host, &matched);
    }
    let unused = run.unused_resources(&matched);
    let unknown = run.unknown_annotations(&matched);
    let matches = run.require_matches(matched)?;
    let (provisioned, state) = run.provision(host, &matches)?;
    run.merge(unused);
    run.merge(unknown);
    run.check_secrets(&matches, &provisioned)?;
    let unused = state.unused(&matches.graph);
    let pins = run.pins(&matches, &provisioned)?;
    let state_dependent = run.state_dependent(&matches, &provisioned);
    let data_with_password = run.data_with_password(&matches, &provisioned);
    keep(&mut stages, |stages| stages.definitions = matches.places());
    let plan = run.plan(host, matches, provisioned)?;
    let TargetOutput {
        documents,
        artifacts,
        notes,
    } = run.lower(&plan)?;
    keep(&mut stages, |stages| stages.lowered.clone_from(&documents));
    let mut documents = run.patch(&plan, documents)?;
    keep(&mut stages, |stages| stages.patched.clone_from(&documents));
    run.finish(&plan, &mut documents)?;
    let mut artifacts = run.inline_files(&mut documents, artifacts);
    artifacts.extend(run.move_secrets(&mut documents)?);
    run.watch("emit");
    let written = stages.is_some().then(|| documents.clone());
    let emitted = emit::emit(documents, request.target, request.layout);
    let variables = plan.deferred_variables();
    let workloads = plan.workloads.len();
    let kept = stages.zip(request.explains.clone()).zip(written);
    let reasons = kept.map(|((stages, settings), written)| {
        Reasons::new(stages, settings, plan, request.options.clone(), written)
    });
    Ok(Output {
        emitted,
        workloads,
        artifacts,
        variables,
        notes,
        data_with_password,
        pins,
        state_dependent,
        state,
        unused,
        reasons,
    })
}

/// Keeps what the reasons of the output need, when the request asks for them.
fn keep(stages: &mut Option<Stages>, keep: impl FnOnce(&mut Stages)) {
    if let Some(stages) = stages {
        keep(stages);
    }
}

/// Checks Score files and the files that they mount, and warns about what a target would refuse.
///
/// # Errors
///
/// When any error was reported.
pub fn validate(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    let mut run = Run::new(sources, request, Purpose::Validate, report);
    let graph = run.link_workloads();
    run.check_portability(&graph, None);
    run.check_sources(host, &graph);
    run.result()
}

/// As [`validate`], and checks whether the environment's definitions provide the resources of the
/// workloads, and what the target refuses. Nothing is run.
///
/// # Errors
///
/// When any error was reported, also when the request is incomplete.
pub fn validate_for_environment(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    let mut run = Run::new(sources, request, Purpose::Validate, report);
    let graph = run.link_workloads();
    let matched = run.match_definitions(graph);
    // A resource is unused only where everything that may use it was read.
    let is_complete = run.require_complete().is_ok();
    run.check_later_stages(host, &matched);
    if is_complete {
        let unused = run.unused_resources(&matched);
        run.merge(unused);
        let unknown = run.unknown_annotations(&matched);
        run.merge(unknown);
    }
    run.require_complete()
}

/// Runs stages 1 to 5, and returns the graph of the resources that the workloads need.
///
/// # Errors
///
/// When any error was reported, also when the request is incomplete.
pub fn link_workloads(
    sources: &mut Sources,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Graph, Reported> {
    let mut run = Run::new(sources, request, Purpose::Validate, report);
    let graph = run.link_workloads();
    run.check_portability(&graph, None);
    run.require_complete().map(|()| graph)
}

/// As [`link_workloads`], and finds the definition of each resource. Nothing is run.
///
/// # Errors
///
/// When any error was reported, also when the request is incomplete.
pub fn match_resources(
    sources: &mut Sources,
    request: &Request<'_>,
    purpose: Purpose,
    report: &mut Report,
) -> Result<Matches, Reported> {
    let mut run = Run::new(sources, request, purpose, report);
    let graph = run.link_workloads();
    run.check_portability(&graph, None);
    let matched = run.match_definitions(graph);
    run.require_matches(matched)
}

/// Provisions the resources that [`match_resources`] gave: the outputs and sections of each, in the
/// order of the graph, and the state to keep.
///
/// # Errors
///
/// When any resource could not be provisioned.
pub fn provision_resources(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    matches: &Matches,
    report: &mut Report,
) -> Result<(Vec<ProvisionedResource>, State), Reported> {
    Run::new(sources, request, Purpose::Generate, report).provision(host, matches)
}
