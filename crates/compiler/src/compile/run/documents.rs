//! Stages 7 to 9 of a run: the plan, and the documents of the target.

use std::collections::BTreeSet;

use super::Run;
use crate::defaults::fill;
use crate::link::Graph;
use crate::patch::{self, Context as PatchContext, Patch};
use crate::plan::{self, Plan, PlanContext};
use crate::provision::ProvisionedResource;
use crate::request::{Matches, Request};
use crate::secrets;
use crate::support::document::{Artifact, Document};
use crate::support::host::Host;
use crate::targets::is_for_others;
use crate::targets::target::TargetOutput;
use diagnostics::report::{Diagnostic, Report, Reported};
use diagnostics::source::Span;

impl Run<'_, '_> {
    /// Reports what is wrong with patches whatever the documents are.
    pub(in crate::compile) fn check_patches(&mut self) {
        let mut report = Report::default();
        let view = self.target().map(|target| &target.info().patch_view);
        patch::check(
            self.sources,
            &self.patches(),
            view,
            &self.environment(),
            &mut report,
        );
        self.merge(report);
    }

    /// Moves files beside the output into the documents, but for those with secrets. Patches
    /// have seen them as mounts, and may have made the root of a container read-only.
    pub(in crate::compile) fn inline_files(
        &self,
        documents: &mut [Document],
        artifacts: Vec<Artifact>,
    ) -> Vec<Artifact> {
        let Request {
            target, options, ..
        } = self.request;
        let secrets = self.sources.secrets().redactor();
        let is_secret = |text: &str| secrets.as_ref().is_some_and(|all| all.is_match(text));
        target.inline_files(documents, artifacts, options, &is_secret)
    }

    /// Moves the secrets of the documents to where the environment wants them. Returns the files
    /// that have them.
    pub(in crate::compile) fn move_secrets(
        &mut self,
        documents: &mut [Document],
    ) -> Result<Vec<Artifact>, Reported> {
        let Request {
            target, options, ..
        } = self.request;
        secrets::move_to_files(*target, options, documents, self.sources, self.report)
    }

    /// Stage 7.
    pub(in crate::compile) fn plan(
        &mut self,
        host: &dyn Host,
        matches: Matches,
        provisioned: Vec<ProvisionedResource>,
    ) -> Plan {
        self.watch("plan");
        let context = PlanContext {
            host,
            identity: &matches.identity,
            defers_variables: self.request.target.info().defers_variables,
            file_rules: self.request.file_rules,
            keeps_input: self.asks_for_input(&matches.graph),
        };
        let (sources, graph) = (&mut *self.sources, matches.graph);
        let mut report = Report::default();
        let mut plan = plan::plan(&context, sources, graph, provisioned, &mut report);
        let environment = self.environment();
        let context = fill::Context {
            sources: self.sources,
            environment: &environment,
            is_small: self.request.is_small,
        };
        fill::fill(&mut plan, &self.request.defaults, context, &mut report);
        self.merge(report);
        plan.stored = std::mem::take(&mut self.stored);
        plan
    }

    /// Whether anything asks after lowering what a workload or a definition wrote.
    fn asks_for_input(&self, graph: &Graph) -> bool {
        let request = self.request;
        let features = &request.options.features;
        let mut workloads = graph.workloads.iter().map(|linked| &linked.workload);
        request.asks_for_reasons()
            || !request.patches.is_empty()
            || workloads.any(|workload| features.may_apply(&workload.annotations))
    }

    /// Stage 8. Patches are for documents that are right; where an error was reported, only their
    /// syntax is checked.
    pub(in crate::compile) fn lower(&mut self, plan: &mut Plan) -> Result<TargetOutput, Reported> {
        self.watch("lower");
        let Request {
            target, options, ..
        } = self.request;
        let mut report = Report::default();
        let lowered = target.lower(plan, options, self.sources, &mut report);
        // What is wrong where an error was reported follows from that error.
        let wrong: BTreeSet<Span> = self.report.errors().filter_map(Diagnostic::span).collect();
        report.retain(|problem| problem.span().is_none_or(|span| !wrong.contains(&span)));
        self.merge(report);
        if self.error.is_some() {
            self.check_patches();
        }
        self.result().and(lowered)
    }

    /// Whether patches can be applied: they may be about what a resource of which nothing is known
    /// would add to the documents.
    pub(in crate::compile) fn can_patch(&self, plan: &Plan) -> bool {
        self.request.patches.is_empty() || !plan.has_unknown_resource()
    }

    /// Adds what a target derives from the patched documents.
    pub(in crate::compile) fn finish(
        &mut self,
        plan: &Plan,
        documents: &mut [Document],
    ) -> Result<(), Reported> {
        let Request {
            target, options, ..
        } = self.request;
        let sources = &*self.sources;
        self.report
            .collect(|report| target.finish(documents, plan, options, sources, report))
    }

    /// Stage 9.
    pub(in crate::compile) fn patch(
        &mut self,
        plan: &Plan,
        documents: Vec<Document>,
    ) -> Result<Vec<Document>, Reported> {
        self.watch("patch");
        let Request {
            target, options, ..
        } = self.request;
        let patches = self.patches();
        let context = PatchContext {
            view: &target.info().patch_view,
            namespace: options.namespace.as_deref().unwrap_or(""),
            target: target.name(),
            plan,
            environment: self.environment(),
            is_whole_project: self.request.is_whole_project,
        };
        let Some(last) = patches.last() else {
            return Ok(documents);
        };
        self.keep(|stages| stages.lowered = Some(documents.clone()));
        let documents = patch::patch(self.sources, &patches, &context, documents, self.report)?;
        let place = last.span();
        self.report
            .collect(|report| target.check_patched(documents, place, options, self.sources, report))
    }

    /// Leaves out what a small preview does not need.
    pub(in crate::compile) fn shrink(&self, documents: Vec<Document>) -> Vec<Document> {
        match self.request.is_small {
            true => self.request.target.shrink(documents),
            false => documents,
        }
    }

    /// The patches for objects that the target has.
    fn patches(&self) -> Vec<Patch> {
        let patches = self.request.patches.iter();
        let Some(target) = self.target() else {
            return patches.cloned().collect();
        };
        patches
            .filter(
                |patch| !matches!(patch, Patch::Selector(patch) if is_for_others(target, patch)),
            )
            .cloned()
            .collect()
    }
}
