//! Stage 6 of a run: a definition for each resource, and what it gives.

use super::{Matched, Run};
use crate::check::Purpose;
use crate::compile::{seeds, unknown_annotations};
use crate::link::Graph;
use crate::model::{Uid, Workload};
use crate::patch::Patch;
use crate::provision::library::DefinitionSources;
use crate::provision::{
    self, Library, Pins, ProvisionedResource, RunContext, State, Surroundings, TargetRequirements,
    check_forbidden, check_templates, check_unused_resources, check_workloads, matching,
};
use crate::recovery::Part;
use crate::request::Matches;
use crate::secrets;
use crate::support::host::Host;
use crate::targets::target::{SecretsSetting, Target};
use diagnostics::report::{Problem, Report, Reported, Severity};

rules! {
    /// With `--locked`, `score-rs.lock` does not pin the defaults of a resource that stores data.
    pub UNPINNED_DEFAULTS: "unpinned-defaults", Error;
}

impl Run<'_, '_> {
    /// Stage 6, the part that runs nothing: a definition for each resource.
    pub(in crate::compile) fn match_definitions(&mut self, mut graph: Graph) -> Matched {
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

    /// What was matched, when nothing is missing.
    pub(in crate::compile) fn require_matches(
        &mut self,
        matched: Matched,
    ) -> Result<Matches, Reported> {
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

    /// Where files are checked, warns about what a run with them does not use: what other targets
    /// refuse, and templates that do not parse.
    pub(in crate::compile) fn check_unused_parts(&mut self, matched: &Matched) {
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
    pub(super) fn template_problems(&self, matched: &Matched, target: &dyn Target) -> Report {
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

    /// The report of resources that nothing uses.
    pub(in crate::compile) fn unused_resources(&self, matched: &Matched) -> Report {
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
    pub(in crate::compile) fn unknown_annotations(&self, matched: &Matched) -> Report {
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
    pub(in crate::compile) fn provision(
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
    pub(in crate::compile) fn provision_with(
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
    pub(in crate::compile) fn data_with_password(
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
    pub(in crate::compile) fn state_dependent(
        &self,
        matches: &Matches,
        provisioned: &[ProvisionedResource],
    ) -> Vec<String> {
        uids(matches, provisioned, |resource| resource.depends_on_state)
    }

    /// The defaults of each resource that has some. Reports those that are not pinned, where they
    /// must be.
    pub(in crate::compile) fn pins(
        &mut self,
        matches: &Matches,
        provisioned: &[ProvisionedResource],
    ) -> Pins {
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
    pub(in crate::compile) fn check_secrets(
        &mut self,
        matches: &Matches,
        provisioned: &[ProvisionedResource],
    ) {
        if self.request.options.secrets != SecretsSetting::None {
            return;
        }
        let place = self.request.options.secrets_span;
        let resources = matches.graph.resources.iter().zip(provisioned);
        let mut report = Report::default();
        secrets::check_resources(self.sources, resources, place, &mut report);
        self.merge(report);
    }
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
