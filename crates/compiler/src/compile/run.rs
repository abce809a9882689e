//! One run of the compiler: a method for each stage but the last.
//!
//! Stages 1 to 5 and the matching of definitions continue after errors with what could be read, and
//! report only what is wrong whatever the unread parts contain. Later stages need complete input.

use std::collections::{BTreeMap, BTreeSet};

use super::{seeds, unknown_annotations};
use crate::check::{self, Checked, Purpose};
use crate::decode;
use crate::defaults::fill;
use crate::link::{self, Graph};
use crate::model::{Uid, Workload};
use crate::overlay;
use crate::parse;
use crate::patch::{self, Context as PatchContext, Patch};
use crate::plan::{self, Plan, PlanContext};
use crate::policy;
use crate::provision::library::DefinitionSources;
use crate::provision::{
    self, Binding, Library, Pins, ProvisionedResource, RunContext, State, StoredSecrets,
    Surroundings, TargetRequirements, check_forbidden, check_mounts, check_templates,
    check_unused_resources, check_workloads, matching,
};
use crate::reasons::{Reasons, Settings, Stages};
use crate::recovery::Part;
use crate::request::{Matches, Request};
use crate::secrets;
use crate::support::document::{Artifact, Document};
use crate::support::host::Host;
use crate::support::parallel;
use crate::targets::target::{SecretsSetting, Target, TargetOutput};
use crate::targets::{ALL, is_for_others};
use diagnostics::report::{Diagnostic, Problem, Report, Reported, Severity};
use diagnostics::source::{Sources, Span};
use yaml::Node;

rules! {
    /// With `--locked`, `score-rs.lock` does not pin the defaults of a resource that stores data.
    pub UNPINNED_DEFAULTS: "unpinned-defaults", Error;
}

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

    /// Stage 1.
    pub(super) fn parse(&mut self) -> Vec<Node> {
        self.watch("parse");
        let mut report = Report::default();
        let documents = parse::parse(self.sources, &self.request.score_files, &mut report);
        self.has_all_files &= report.result().is_ok();
        self.merge(report);
        documents
    }

    /// Stage 2.
    pub(super) fn overlay(&mut self, documents: Vec<Node>) -> Vec<Node> {
        self.watch("overlay");
        let overrides = &self.request.overrides;
        let mut report = Report::default();
        let documents = overlay::overlay(documents, overrides, &mut report);
        let missing = [Part::Overrides, Part::Images];
        if missing.iter().any(|part| overrides.incomplete.lacks(part)) || report.result().is_err() {
            // The unread override may give the image, so `missing-image` is not reported.
            self.purpose = Purpose::Validate;
        }
        report.retain(|problem| overrides.allows(problem));
        // What an override refers to may be in a file that could not be read.
        if self.has_all_files {
            self.merge(report);
        }
        documents
    }

    /// Stage 3.
    pub(super) fn decode(&mut self, documents: Vec<Node>) -> Vec<Workload> {
        self.watch("decode");
        let keeps_spec = !self.request.patches.is_empty();
        let overrides = &self.request.overrides;
        self.observe(|sources, report| {
            // Each tree is dropped when it is read.
            let workloads = parallel::map_reporting(documents, report, |document, report| {
                let mut workload = workload(sources, document, keeps_spec, report)?;
                overrides.give_builds(&mut workload);
                Some(workload)
            });
            let workloads: Vec<Workload> = workloads.into_iter().flatten().collect();
            decode::extensions::report(&workloads, report);
            workloads
        })
    }

    /// Stages 1 to 3 where there are no overrides: file by file, so that few trees are there at a
    /// time.
    fn decode_files(&mut self) -> Vec<Workload> {
        self.watch("parse");
        let keeps_spec = !self.request.patches.is_empty();
        let sources = &*self.sources;
        let files = parallel::map(&self.request.score_files, |file| {
            let (mut parsing, mut decoding) = (Report::default(), Report::default());
            let documents = parse::documents_of(sources, *file, &mut parsing).into_iter();
            let decode = |document| workload(sources, document, keeps_spec, &mut decoding);
            let workloads: Vec<Workload> = documents.filter_map(decode).collect();
            (workloads, parsing, decoding)
        });
        let (mut workloads, mut decodings) = (Vec::new(), Vec::new());
        for (of_file, parsing, decoding) in files {
            self.has_all_files &= parsing.result().is_ok();
            self.merge(parsing);
            workloads.extend(of_file);
            decodings.push(decoding);
        }
        // Overrides that could not be read are overrides too.
        self.overlay(Vec::new());
        self.observe(|_, report| {
            decodings.into_iter().for_each(|one| report.merge(one));
            decode::extensions::report(&workloads, report);
        });
        workloads
    }

    /// Stage 4.
    pub(super) fn check(&mut self, workloads: Vec<Workload>) -> Vec<Checked<Workload>> {
        let purpose = self.purpose;
        self.observe(|_, report| check::check(purpose, workloads, report))
    }

    /// Stage 5.
    pub(super) fn link(&mut self, workloads: Vec<Checked<Workload>>) -> Graph {
        self.watch("link");
        self.observe(|_, report| link::link(workloads, report))
    }

    /// Stages 1 to 5.
    pub(super) fn link_workloads(&mut self) -> Graph {
        let workloads = match self.stages.is_none() && self.request.overrides.is_empty() {
            true => self.decode_files(),
            false => {
                let documents = self.parse();
                self.keep(|stages| stages.parsed.clone_from(&documents));
                let documents = self.overlay(documents);
                self.keep(|stages| stages.overlaid.clone_from(&documents));
                self.decode(documents)
            }
        };
        let workloads = self.check(workloads);
        let mut graph = self.link(workloads);
        seeds::give(self.request, &mut graph);
        graph
    }

    /// Stage 6, the part that runs nothing: a definition for each resource.
    pub(super) fn match_definitions(&mut self, mut graph: Graph) -> Matched {
        self.watch("provision");
        let request = self.request;
        graph.keep_source_workloads(&request.state.names.source_workloads);
        let mut report = Report::default();
        let library = self.library(&graph, &mut report);
        // An override that could not be read may change the type of any resource.
        let has_overrides = !request.overrides.incomplete.lacks(&Part::Overrides)
            || request.incomplete.require_complete().is_ok();
        let bindings = match has_overrides {
            true => matching::match_definitions(self.sources, &library, &graph, &mut report),
            false => vec![None; graph.resources.len()],
        };
        let mut forbidden = Report::default();
        let places = check_forbidden(request.forbidden_types.as_ref(), &graph, &mut forbidden);
        report.retain(|problem| problem.span().is_none_or(|span| !places.contains(&span)));
        report.merge(forbidden);
        seeds::check_definitions(&library, &bindings, &graph, &mut report);
        let values = request.written_values.as_ref();
        provision::check_values(&library, &bindings, values, &mut report);
        let has_all_workloads = self.error.is_none() && has_overrides && self.has_all_files;
        seeds::check(request, has_all_workloads, &graph, &mut report);
        let knows_external = !request.incomplete.lacks(&Part::ExternalWorkloads);
        if let Some(target) = self
            .target()
            .filter(|_| has_all_workloads && knows_external)
        {
            let surroundings = Surroundings {
                external: request.external_workloads.as_ref(),
                reaches_ports_only: target.info().reaches_ports_only,
            };
            check_workloads(&library, &bindings, &graph, surroundings, &mut report);
        }
        self.merge(report);
        Matched {
            graph,
            library,
            bindings,
            has_all_workloads,
        }
    }

    /// The definitions that may be used: the project's, and those embedded for the target.
    fn library(&mut self, graph: &Graph, report: &mut Report) -> Library {
        let request = self.request;
        let is_used = |kind: &str| graph.resources.iter().any(|node| node.uid.kind == kind);
        let files = DefinitionSources {
            files: &request.definitions,
            embedded: request.embedded,
            embedded_kinds: request.embedded_kinds.as_deref(),
            unread: request.incomplete.first_definitions_file(),
        };
        let builtins = self.target().map(|target| target.info().builtins);
        Library::assemble(self.sources, &files, builtins, &is_used, report)
    }

    /// The target, where it is known.
    fn target(&self) -> Option<&'r dyn Target> {
        let is_known = !self.request.incomplete.lacks(&Part::Target);
        is_known.then_some(self.request.target)
    }

    /// What was matched, when nothing is missing.
    pub(super) fn require_matches(&mut self, matched: Matched) -> Result<Matches, Reported> {
        self.require_complete()?;
        let Matched {
            graph,
            library,
            bindings,
            ..
        } = matched;
        let identity = self
            .request
            .identity
            .with_persisted(&self.request.state.names);
        // Without an error, each resource has a definition.
        let bindings = bindings.into_iter().flatten().collect();
        let matches = Matches {
            graph,
            library,
            bindings,
            identity,
        };
        (self.request.follow)(self.sources, &matches);
        Ok(matches)
    }

    /// Reports the sources of files that cannot be read.
    pub(super) fn check_sources(&mut self, host: &dyn Host, graph: &Graph) {
        let mut report = Report::default();
        plan::check_sources(
            self.sources,
            host,
            self.request.file_rules,
            graph,
            &mut report,
        );
        self.merge(report);
    }

    /// Where files are checked, warns about what the other targets refuse in a workload by itself;
    /// all targets where that of the run is not known.
    pub(super) fn check_portability(&mut self, graph: &Graph, target: Option<&dyn Target>) {
        if self.purpose == Purpose::Generate {
            return;
        }
        let is_other =
            |other: &&&dyn Target| target.is_none_or(|target| target.name() != other.name());
        let mut report = Report::default();
        for other in ALL.iter().filter(is_other) {
            for linked in &graph.workloads {
                other.check_portability(&linked.workload, Severity::Warning, &mut report);
            }
        }
        self.merge(report);
    }

    /// Where files are checked, warns about what a run with them does not use: what other targets
    /// refuse, and templates that do not parse.
    pub(super) fn check_unused_parts(&mut self, matched: &Matched) {
        if self.purpose == Purpose::Generate {
            return;
        }
        let target = self.request.target;
        self.check_portability(&matched.graph, Some(target));
        let mut report = self.template_problems(matched, target);
        // Provisioning reports the templates that it renders.
        report.retain(|problem| problem.severity() != Severity::Error);
        self.merge(report);
    }

    /// The templates of definitions that do not parse.
    fn template_problems(&self, matched: &Matched, target: &dyn Target) -> Report {
        let Matched {
            graph,
            library,
            bindings,
            ..
        } = matched;
        let (sources, sections) = (&*self.sources, target.info().sections);
        let mut report = Report::default();
        check_templates(sources, library, bindings, graph, sections, &mut report);
        report
    }

    /// Reports what is wrong with patches whatever the documents are.
    pub(super) fn check_patches(&mut self) {
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

    /// The report of resources that nothing uses.
    pub(super) fn unused_resources(&self, matched: &Matched) -> Report {
        let Matched {
            graph,
            library,
            bindings,
            ..
        } = matched;
        let publish = &self.request.options.publish;
        let is_published = |uid: &Uid| publish.iter().any(|publish| publish.leads_to(uid));
        let mut report = Report::default();
        check_unused_resources(library, bindings, graph, &is_published, &mut report);
        report
    }

    /// The report of annotations that nothing reads.
    pub(super) fn unknown_annotations(&self, matched: &Matched) -> Report {
        let Matched { graph, library, .. } = matched;
        let patches = self.request.patches.iter().map(Patch::source);
        let read = self.request.definitions.iter().copied().chain(patches);
        let texts: Vec<&str> = read.map(|source| self.sources.text(source)).collect();
        let mut report = Report::default();
        let target = self.request.target;
        unknown_annotations::check(graph, library, target, &texts, &mut report);
        report
    }

    /// Stage 6: every resource to its outputs and sections. Those of which nothing is known are
    /// among them: later stages report what does not depend on them.
    pub(super) fn provision(
        &mut self,
        host: &dyn Host,
        matches: &Matches,
    ) -> (Vec<ProvisionedResource>, State) {
        if self.request.options.secrets == SecretsSetting::External {
            return self.provision_stand_ins(host, matches);
        }
        let mut report = Report::default();
        let result = self.provision_with(host, matches, &self.request.state, false, &mut report);
        self.merge(report);
        result
    }

    /// Provisions with what the host and earlier runs give.
    pub(super) fn provision_with(
        &mut self,
        host: &dyn Host,
        matches: &Matches,
        previous: &State,
        has_stand_ins: bool,
        report: &mut Report,
    ) -> (Vec<ProvisionedResource>, State) {
        let Matches {
            graph,
            library,
            bindings,
            identity,
        } = matches;
        let request = self.request;
        let target = request.target;
        let service_name = |workload: &Workload| target.service_name(workload);
        let object_name = |workload: &Workload| target.object_name(workload);
        let requirements = TargetRequirements {
            target: target.name(),
            sections: target.info().sections,
            service_name: &service_name,
            object_name: &object_name,
        };
        let context = RunContext {
            host,
            library,
            requirements,
            identity,
            namespace: request.options.namespace.as_deref().unwrap_or(""),
            mounts_directory: &request.options.mounts_in_output,
            values: &request.values,
            written_values: request.written_values.as_ref(),
            external: request.external_workloads.as_ref(),
            has_stand_ins,
            file_rules: request.file_rules,
            runs_programs: self.runs_programs(),
            command_timeout: request.command_timeout,
            previous,
            pins: &request.pins,
            rotations: &request.rotations,
            given: &self.given,
        };
        provision::provision(&context, self.sources, graph, bindings, report)
    }

    /// The resources that store data and have a secret.
    pub(super) fn data_with_password(
        &self,
        matches: &Matches,
        provisioned: &[ProvisionedResource],
    ) -> Vec<String> {
        if !self.request.finds_data_with_password {
            return Vec::new();
        }
        let Some(secrets) = self.sources.secrets().redactor() else {
            return Vec::new();
        };
        let target = self.request.target;
        uids(matches, provisioned, |resource| {
            target.stores_data(&resource.sections) && secrets::has_secret(resource, Some(&secrets))
        })
    }

    /// The resources whose values depend on stored state.
    pub(super) fn state_dependent(
        &self,
        matches: &Matches,
        provisioned: &[ProvisionedResource],
    ) -> Vec<String> {
        uids(matches, provisioned, |resource| resource.depends_on_state)
    }

    /// The defaults of each resource that has some. Reports those that are not pinned, where they
    /// must be.
    pub(super) fn pins(&mut self, matches: &Matches, provisioned: &[ProvisionedResource]) -> Pins {
        let resources = matches.graph.resources.iter().zip(provisioned);
        let with_defaults = resources.filter(|(_, resource)| !resource.defaults.is_empty());
        let request = self.request;
        let mut report = Report::default();
        let mut pins = Pins::new();
        for (node, resource) in with_defaults {
            let uid = node.uid.to_string();
            if request.requires_pins && request.pins.get(&uid) != Some(&resource.defaults) {
                let message = format!("`score-rs.lock` does not pin all defaults of `{uid}`");
                let problem = Problem::new(&UNPINNED_DEFAULTS, message).at(node.span);
                report.push(problem.help("run `generate` without `--locked`, and commit the lock"));
            }
            pins.insert(uid, resource.defaults.clone());
        }
        self.merge(report);
        pins
    }

    /// Reports resources that need a secret in an environment without secrets.
    pub(super) fn check_secrets(&mut self, matches: &Matches, provisioned: &[ProvisionedResource]) {
        if self.request.options.secrets != SecretsSetting::None {
            return;
        }
        let place = self.request.options.secrets_span;
        let resources = matches.graph.resources.iter().zip(provisioned);
        let mut report = Report::default();
        secrets::check_resources(self.sources, resources, place, &mut report);
        self.merge(report);
    }

    /// Moves files beside the output into the documents, but for those with secrets. Patches
    /// have seen them as mounts, and may have made the root of a container read-only.
    pub(super) fn inline_files(
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
    pub(super) fn move_secrets(
        &mut self,
        documents: &mut [Document],
    ) -> Result<Vec<Artifact>, Reported> {
        let Request {
            target, options, ..
        } = self.request;
        secrets::move_to_files(*target, options, documents, self.sources, self.report)
    }

    /// Stage 7.
    pub(super) fn plan(
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
    pub(super) fn lower(&mut self, plan: &mut Plan) -> Result<TargetOutput, Reported> {
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
    pub(super) fn can_patch(&self, plan: &Plan) -> bool {
        self.request.patches.is_empty() || !plan.has_unknown_resource()
    }

    /// Adds what a target derives from the patched documents.
    pub(super) fn finish(
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
    pub(super) fn patch(
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
    pub(super) fn shrink(&self, documents: Vec<Document>) -> Vec<Document> {
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

/// The workload of a document, which is dropped.
fn workload(
    sources: &Sources,
    document: Node,
    keeps_spec: bool,
    report: &mut Report,
) -> Option<Workload> {
    let mut workload = decode::decode(sources, &document, report)?;
    if keeps_spec {
        workload.spec = document.to_value();
    }
    Some(workload)
}

/// The uids of the resources for which `is_wanted` holds.
fn uids(
    matches: &Matches,
    provisioned: &[ProvisionedResource],
    is_wanted: impl Fn(&ProvisionedResource) -> bool,
) -> Vec<String> {
    let resources = matches.graph.resources.iter().zip(provisioned);
    resources
        .filter(|(_, resource)| is_wanted(resource))
        .map(|(node, _)| node.uid.to_string())
        .collect()
}
