//! What is derived from the objects as patches left them: names of Jobs, hashes of what pods read,
//! what pods are not allowed to do, and what autoscalers decide.
//!
//! Patches see none of it, and what they set stays. Only the pods of workloads get something; those
//! of definitions are written as they are.

pub(crate) mod autoscaling;
mod concurrency;
mod config_hash;
mod pod_security;

use super::annotations::Annotations;
use super::claims;
use super::defaults;
use super::job_name;
use super::object::{template_mut, workload};
use crate::plan::Plan;
use crate::support::document::Document;
use crate::support::parallel;
use crate::targets::target::Options;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// Finishes the documents of an output.
pub(super) fn finish(
    documents: &mut [Document],
    plan: &Plan,
    options: &Options,
    sources: &Sources,
    report: &mut Report,
) {
    autoscaling::apply(documents, plan, report);
    let shared_claims = claims::of_several_nodes(documents);
    let accounts = pod_security::accounts_with_token(documents);
    let config = config_hash::Config::find(documents, plan, options, sources);
    parallel::map(documents, |document| {
        let runner = &mut document.value;
        let Some(workload) = workload(runner, plan) else {
            return;
        };
        let annotations = Annotations::of(workload);
        concurrency::forbid(runner, &shared_claims);
        let hash = config.hash(runner);
        if let Some(template) = template_mut(runner) {
            config_hash::annotate(template, hash);
            let setting = annotations.pod_security().unwrap_or(options.pod_security);
            pod_security::apply(template, setting, &accounts, defaults::account(workload));
        }
        if annotations.has_job_hash() {
            job_name::rename(runner);
        }
    });
}
