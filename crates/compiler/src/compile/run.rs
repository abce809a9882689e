//! One run of the compiler: a method for each stage but the last.
//!
//! Stages 1 to 5 and the matching of definitions continue after errors with what could be read, and
//! report only what is wrong whatever the unread parts contain. Later stages need complete input.

mod documents;
pub(crate) mod resources;
mod workloads;

use std::collections::BTreeMap;

use crate::check::Purpose;
use crate::link::Graph;
use crate::model::Uid;
use crate::patch;
use crate::plan::Plan;
use crate::policy;
use crate::provision::{Binding, Library, ProvisionedResource, StoredSecrets, check_mounts};
use crate::reasons::{Reasons, Settings, Stages};
use crate::recovery::Part;
use crate::request::Request;
use crate::support::document::Document;
use crate::support::host::Host;
use crate::support::parallel;
use crate::targets::target::Target;
use diagnostics::report::{Report, Reported, Severity};
use diagnostics::source::Sources;

/// What a run works with, and what went wrong so far.
pub(super) struct Run<'a, 'r> {
    pub(super) sources: &'a mut Sources,
    pub(super) request: &'a Request<'r>,
    /// What the workloads are checked for.
    pub(super) purpose: Purpose,
    pub(super) report: &'a mut Report,
    /// The first error of this run.
    error: Option<Reported>,
    /// Whether each Score file of the request could be read.
    has_all_files: bool,
    /// The resources of other environments that this one has, by their uids.
    pub(super) given: BTreeMap<String, ProvisionedResource>,
    /// What the reasons of the output need; `None` unless the request asks for them.
    stages: Option<Stages>,
    /// What finds the values that only a store has, where the environment has one.
    pub(super) stored: StoredSecrets,
}

/// The resources of a run, and the definitions of those for which they are known.
pub(super) struct Matched {
    graph: Graph,
    library: Library,
    /// For each resource of the graph, its definition in the library.
    bindings: Vec<Option<Binding>>,
    /// Whether all workloads could be read, and all that changes them.
    has_all_workloads: bool,
}

impl<'a, 'r> Run<'a, 'r> {
    pub(super) fn new(
        sources: &'a mut Sources,
        request: &'a Request<'r>,
        purpose: Purpose,
        report: &'a mut Report,
    ) -> Run<'a, 'r> {
        let has_all_files = !request.incomplete.lacks(&Part::ScoreFiles);
        Run {
            sources,
            request,
            purpose,
            report,
            error: None,
            has_all_files,
            given: BTreeMap::new(),
            stages: request.asks_for_reasons().then(Stages::default),
            stored: StoredSecrets::default(),
        }
    }

    /// Keeps what the reasons of the output need.
    pub(super) fn keep(&mut self, keep: impl FnOnce(&mut Stages)) {
        if let Some(stages) = &mut self.stages {
            keep(stages);
        }
    }

    /// Why each value of the documents is what it is, when the request asks. Reports what the
    /// policies of the environment refuse.
    pub(super) fn explain(
        &mut self,
        host: &dyn Host,
        plan: Plan,
        documents: &[Document],
    ) -> Result<Option<Reasons>, Reported> {
        let is_partial = plan.has_unknown_resource();
        let reasons = self.take_reasons(plan, documents);
        if let Some(reasons) = reasons
            .as_ref()
            .filter(|_| self.request.policies.is_given())
        {
            self.check_policies(host, reasons, is_partial)?;
        }
        Ok(reasons)
    }

    /// Why each value of the documents is what it is, when the request asks.
    pub(super) fn take_reasons(&mut self, plan: Plan, documents: &[Document]) -> Option<Reasons> {
        let request = self.request;
        let Some(stages) = self.stages.take() else {
            parallel::drop_beside(plan);
            return None;
        };
        let images = request.overrides.images.iter();
        let settings = Settings {
            keys: request.explains.clone().unwrap_or_default(),
            values: request.written_values.clone(),
            defaults: request.defaults.clone(),
            images: images.map(|image| image.image.span).collect(),
            patches: request.patches.clone(),
        };
        let options = request.options.clone();
        let documents = documents.to_vec();
        Some(Reasons::new(stages, settings, plan, options, documents))
    }

    /// Reports what the policies of the environment refuse in the documents of `reasons`.
    fn check_policies(
        &mut self,
        host: &dyn Host,
        reasons: &Reasons,
        is_partial: bool,
    ) -> Result<(), Reported> {
        self.watch("policies");
        let request = self.request;
        let runner = policy::Runner {
            host,
            limit: request.command_timeout,
        };
        let subject = policy::Subject {
            reasons,
            target: request.target,
            environment: &request.identity.environment,
            runner: self.runs_programs().then_some(runner),
            is_partial,
            score_files: &request.score_files,
            custom_kinds: &request.options.custom_kinds,
            comments: self.report.comments(),
        };
        let sources = &*self.sources;
        let mut report = Report::default();
        policy::check(&request.policies, &subject, sources, &mut report);
        if request.only_answers {
            report.relevel(|problem| match problem.severity() {
                Severity::Error => Some(Severity::Warning),
                severity => Some(severity),
            });
        }
        let result = report.result();
        self.report.merge(report);
        result
    }

    fn runs_programs(&self) -> bool {
        self.purpose == Purpose::Generate
    }

    /// Calls the request's `watch` at the beginning of a stage.
    pub(super) fn watch(&self, stage: &'static str) {
        (self.request.watch)(stage);
    }

    /// The first error of this run.
    pub(super) fn result(&self) -> Result<(), Reported> {
        self.error.map_or(Ok(()), Err)
    }

    /// The first error of this run or of what was read for it.
    pub(super) fn require_complete(&self) -> Result<(), Reported> {
        self.result()
            .and(self.request.incomplete.require_complete())
    }

    /// Takes over what a stage reported.
    pub(super) fn merge(&mut self, report: Report) {
        self.error = self.error.or(report.result().err());
        self.report.merge(report);
    }

    /// Runs a stage over workloads, and reports the problems that do not depend on overrides that
    /// could not be read.
    fn observe<T>(&mut self, stage: impl FnOnce(&Sources, &mut Report) -> T) -> T {
        let mut report = Report::default();
        let result = stage(self.sources, &mut report);
        report.retain(|problem| self.request.overrides.incomplete.allows(problem));
        self.merge(report);
        result
    }

    /// The target, where it is known.
    fn target(&self) -> Option<&'r dyn Target> {
        let is_known = !self.request.incomplete.lacks(&Part::Target);
        is_known.then_some(self.request.target)
    }

    /// Reports the problems that later stages would find, as far as they depend on nothing that is
    /// provisioned. For input that is incomplete, which these stages never get.
    pub(super) fn check_later_stages(&mut self, host: &dyn Host, matched: &Matched) {
        let Matched {
            graph,
            library,
            bindings,
            has_all_workloads,
        } = matched;
        self.check_sources(host, graph);
        self.check_patches();
        let target = self.target();
        self.check_portability(graph, target);
        let Some(target) = target else { return };
        let mut report = Report::default();
        for linked in &graph.workloads {
            target.check_portability(&linked.workload, Severity::Error, &mut report);
        }
        // A published port may be for a workload that could not be read.
        if *has_all_workloads {
            target.check_publish(&self.request.options.publish, graph, &mut report);
        }
        let not_a_volume = |uid: &Uid, outputs: &[&str]| target.not_a_volume(uid, outputs);
        check_mounts(library, bindings, graph, &not_a_volume, &mut report);
        self.merge(report);
        self.observe(|_, report| {
            let workloads = graph.workloads.iter();
            workloads.for_each(|linked| target.check_workload(&linked.workload, report));
        });
        let report = self.template_problems(matched, target);
        self.merge(report);
    }

    /// What patches can read of the environment.
    pub(super) fn environment(&self) -> patch::Environment<'a> {
        let request = self.request;
        patch::Environment {
            name: &request.identity.environment,
            values: &request.values,
            has_all_values: !request.incomplete.lacks(&Part::Values),
            patchable: request.patchable.as_ref(),
        }
    }
}
