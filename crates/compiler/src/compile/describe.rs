//! Everything about an output that a review compares, without running a program.

use super::run::Run;
use super::{Lowered, after_patches, draw, lower};
use crate::check::Purpose;
use crate::compile::SecretEntry;
use crate::diagram::Diagram;
use crate::plan::Plan;
use crate::reasons::Reasons;
use crate::request::Request;
use crate::support::document::{Artifact, Document};
use crate::support::host::Host;
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;

/// What an output is, and why.
pub struct Description {
    /// The documents, with the reasons of all values.
    pub reasons: Reasons,
    /// The files beside them.
    pub artifacts: Vec<Artifact>,
    /// Workloads and resources.
    pub diagram: Diagram,
    /// The random values of resources.
    pub secrets: Vec<SecretEntry>,
    /// The UIDs of the resources that programs give, so that nothing is known of them.
    pub unknown: Vec<String>,
    /// Whether the documents have all patches. Those that are for what a program gives fail without
    /// it, and are left out.
    pub is_patched: bool,
}

/// As [`validate_for_environment`](super::validate_for_environment), and returns what it has found.
/// `None` for a request that does not ask for reasons.
///
/// # Errors
///
/// When any error was reported, also when the request is incomplete.
pub fn describe(
    sources: &mut Sources,
    host: &dyn Host,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Option<Description>, Reported> {
    let mut run = Run::new(sources, request, Purpose::Validate, report);
    let graph = run.link_workloads();
    let matched = run.match_definitions(graph);
    let Lowered { plan, output, .. } = lower(&mut run, host, matched)?;
    let resources = plan.resources.iter();
    let unknown = resources.filter(|resource| resource.provisioned.is_unknown());
    let unknown = unknown.map(|resource| resource.uid.to_string()).collect();
    let (documents, is_patched) = patch(&mut run, &plan, output.documents)?;
    let (documents, artifacts) = after_patches(&mut run, &plan, documents, output.artifacts)?;
    let reasons = match is_patched {
        true => run.explain(host, plan, &documents)?,
        false => run.take_reasons(plan, &documents),
    };
    // What these report was reported already.
    let mut other = Report::default();
    let (diagram, matches) = draw(sources, host, request, &mut other)?;
    let mut run = Run::new(sources, request, Purpose::Validate, &mut other);
    let secrets = run.list_secrets(host, &matches);
    let description = |reasons| Description {
        reasons,
        artifacts,
        diagram,
        secrets,
        unknown,
        is_patched,
    };
    Ok(reasons.map(description))
}

/// The documents with the patches that can be applied, and whether these are all.
fn patch(
    run: &mut Run<'_, '_>,
    plan: &Plan,
    documents: Vec<Document>,
) -> Result<(Vec<Document>, bool), Reported> {
    if run.can_patch(plan) {
        return Ok((run.patch(plan, documents)?, true));
    }
    let mut report = std::mem::take(run.report);
    let patched = run.patch(plan, documents.clone());
    std::mem::swap(run.report, &mut report);
    Ok(match patched {
        Ok(patched) => (patched, true),
        Err(_) => (documents, false),
    })
}
