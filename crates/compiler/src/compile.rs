//! The stages in order, and what each command runs of them.
//!
//! A stage is a function of the module that bears its name; `compile/run.rs` passes its input,
//! and decides what to do where part of the input could not be read.

pub mod describe;
pub(crate) mod known_outputs;
pub(crate) mod previews;
pub(crate) mod run;
pub(crate) mod seeds;
pub(crate) mod stand_ins;
pub(crate) mod unknown_annotations;

use std::collections::BTreeSet;

use crate::check::Purpose;
use crate::diagram::Diagram;
use crate::emit;
use crate::link::Graph;
use crate::plan::Plan;
use crate::provision::{Pins, ProvisionedResource, State, UnusedState};
use crate::support::document::{Artifact, Document};
use crate::support::host::Host;
use crate::support::parallel;
use crate::targets::target::TargetOutput;
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;
use run::{Matched, Run};

pub use crate::request::{Matches, Output, Preview, Request};
pub use known_outputs::{KnownOutputs, known_outputs};
pub use stand_ins::SecretEntry;
pub use unknown_annotations::known_annotations;

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
    let graph = run.link_workloads();
    let matched = run.match_definitions(graph);
    let Lowered {
        plan,
        variables,
        output,
        provisioned,
    } = lower(&mut run, host, matched)?;
    let (mut documents, artifacts) = complete(&mut run, &plan, output.documents, output.artifacts)?;
    compare_previews(&mut run, host, &mut documents)?;
    let workloads = plan.workloads.len();
    let reasons = run.explain(host, plan, &documents)?;
    run.watch("emit");
    let emitted = emit::emit(documents, request.target, request.layout);
    let Provisioned {
        state,
        unused,
        pins,
        state_dependent,
        data_with_password,
    } = provisioned;
    Ok(Output {
        emitted,
        workloads,
        artifacts,
        variables,
        notes: output.notes,
        data_with_password,
        pins,
        state_dependent,
        state,
        unused,
        reasons,
    })
}

/// What stages 6 to 8 give.
struct Lowered {
    plan: Plan,
    variables: BTreeSet<String>,
    output: TargetOutput,
    provisioned: Provisioned,
}

/// What provisioning gives besides the outputs and sections of resources; see [`Output`].
struct Provisioned {
    state: State,
    unused: UnusedState,
    pins: Pins,
    state_dependent: Vec<String>,
    data_with_password: Vec<String>,
}

/// Stages 6 to 8. A stage goes on with what the one before could give, so that one run reports the
/// errors of all.
fn lower(run: &mut Run<'_, '_>, host: &dyn Host, matched: Matched) -> Result<Lowered, Reported> {
    let unused = run.unused_resources(&matched);
    let unknown = run.unknown_annotations(&matched);
    if run.require_complete().is_err() {
        run.check_later_stages(host, &matched);
    } else {
        // A resource is unused only where everything that may use it was read.
        run.merge(unused);
        run.merge(unknown);
        run.check_unused_parts(&matched);
    }
    let matches = run.require_matches(matched)?;
    previews::take_shared(run, host, &matches.graph)?;
    let (mut resources, state) = run.provision(host, &matches);
    resources
        .iter_mut()
        .for_each(ProvisionedResource::drop_trace);
    run.check_secrets(&matches, &resources);
    let provisioned = Provisioned {
        unused: state.unused(&matches.graph),
        pins: run.pins(&matches, &resources),
        state_dependent: run.state_dependent(&matches, &resources),
        data_with_password: run.data_with_password(&matches, &resources),
        state,
    };
    run.keep(|stages| stages.definitions = matches.places());
    let mut plan = run.plan(host, matches, resources);
    previews::check_mounts(run, &plan)?;
    let output = run.lower(&mut plan)?;
    let variables = plan.deferred_variables();
    plan.drop_lowered();
    Ok(Lowered {
        plan,
        variables,
        output,
        provisioned,
    })
}

/// Stage 9, and what follows from how patches left the documents.
fn complete(
    run: &mut Run<'_, '_>,
    plan: &Plan,
    documents: Vec<Document>,
    artifacts: Vec<Artifact>,
) -> Result<(Vec<Document>, Vec<Artifact>), Reported> {
    let documents = run.patch(plan, documents)?;
    after_patches(run, plan, documents, artifacts)
}

/// What follows from how patches left the documents.
fn after_patches(
    run: &mut Run<'_, '_>,
    plan: &Plan,
    documents: Vec<Document>,
    artifacts: Vec<Artifact>,
) -> Result<(Vec<Document>, Vec<Artifact>), Reported> {
    let mut documents = run.shrink(documents);
    run.keep(|stages| stages.patched.clone_from(&documents));
    run.finish(plan, &mut documents)?;
    let mut artifacts = run.inline_files(&mut documents, artifacts);
    artifacts.extend(run.move_secrets(&mut documents)?);
    Ok((documents, artifacts))
}

/// Compares the documents of a preview with those of another one. Names that both have are changed
/// where that is possible.
fn compare_previews(
    run: &mut Run<'_, '_>,
    host: &dyn Host,
    documents: &mut [Document],
) -> Result<(), Reported> {
    let request = run.request;
    let Some(preview) = request.preview.as_deref() else {
        return Ok(());
    };
    let others = documents_of_other(run, host, preview);
    request
        .target
        .rename_common(documents, &others, &request.options);
    previews::compare(run, preview, documents, &others)
}

/// What another preview would be; nothing where that depends on programs, or is an error.
fn documents_of_other(
    run: &mut Run<'_, '_>,
    host: &dyn Host,
    preview: &Preview<'_>,
) -> Vec<Document> {
    let mut report = Report::default();
    let given = run.given.clone();
    let mut other = Run::new(run.sources, &preview.other, Purpose::Validate, &mut report);
    other.given = given;
    let graph = other.link_workloads();
    let matched = other.match_definitions(graph);
    let Ok(Lowered { plan, output, .. }) = lower(&mut other, host, matched) else {
        return Vec::new();
    };
    if !other.can_patch(&plan) {
        return output.documents;
    }
    complete(&mut other, &plan, output.documents, output.artifacts)
        .map_or_else(|_| Vec::new(), |(documents, _)| documents)
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
    parallel::drop_beside(graph);
    run.result()
}

/// As [`generate`], without running a program and without the text of the output. What a program
/// would give is unknown, and nothing that depends on it is reported.
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
    let Lowered { plan, output, .. } = lower(&mut run, host, matched)?;
    if !run.can_patch(&plan) {
        run.check_patches();
        return run.result();
    }
    let (mut documents, _) = complete(&mut run, &plan, output.documents, output.artifacts)?;
    compare_previews(&mut run, host, &mut documents)?;
    run.explain(host, plan, &documents).map(drop)
}

/// Checks what a request has besides workloads: definitions and patches.
///
/// # Errors
///
/// When any error was reported, also when the request is incomplete.
pub fn check_platform(
    sources: &mut Sources,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(), Reported> {
    let mut run = Run::new(sources, request, Purpose::Validate, report);
    let graph = run.link_workloads();
    let matched = run.match_definitions(graph);
    run.check_unused_parts(&matched);
    run.check_patches();
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

/// As [`validate_for_environment`], up to provisioning: what the platform consists of, and the
/// workloads and definitions that it comes from. What only a program would tell is missing.
///
/// # Errors
///
/// When any error was reported, also when the request is incomplete.
pub fn draw(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<(Diagram, Matches), Reported> {
    let mut run = Run::new(sources, request, Purpose::Validate, report);
    let graph = run.link_workloads();
    let matched = run.match_definitions(graph);
    let matches = run.require_matches(matched)?;
    previews::take_shared(&mut run, host, &matches.graph)?;
    let (provisioned, _) = run.provision(host, &matches);
    run.result()?;
    let secrets = run.sources.secrets().known();
    let diagram = Diagram::new(&matches, &provisioned, secrets.as_deref());
    Ok((diagram, matches))
}

/// Provisions the resources that [`match_resources`] gave: the outputs and sections of each, in the
/// order of the graph, and the state to keep. Outputs name what only a secret store has.
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
    let mut run = Run::new(sources, request, Purpose::Generate, report);
    let provisioned = run.provision(host, matches);
    run.result().map(|()| run.name_secrets(provisioned))
}

/// Provisions the resources that [`match_resources`] gave, and lists the random values that an output
/// or a section has.
///
/// # Errors
///
/// When any resource could not be provisioned.
pub fn list_secrets(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    matches: &Matches,
    report: &mut Report,
) -> Result<Vec<SecretEntry>, Reported> {
    let mut run = Run::new(sources, request, Purpose::Generate, report);
    let entries = run.list_secrets(host, matches);
    run.result().map(|()| entries)
}
