//! Policies: what a platform demands of every object, asked before there is a cluster.
//!
//! Reads `ValidatingAdmissionPolicy` with its bindings, and policies of Kyverno with patterns. They see
//! the objects as they are written, with the defaults of the API server. What they refuse is reported
//! at the line that made the field that they read. Without `policies` nothing here runs.

mod admission;
mod api_defaults;
pub mod exceptions;
mod file;
mod finding;
mod kyverno;
mod place;
mod policies;
mod program;
pub(crate) mod rules;
mod score_keys;
mod selection;
mod subject;

use crate::support::document::Document;
use crate::support::parallel;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Spanned};
use exceptions::Asked;
use finding::{Finding, Undecided};
use place::Violation;
use policies::Loaded;
use rules::POLICY_NOT_DECIDED;
use selection::Object;

pub use policies::{Exceptions, Policies, Settings};
pub use program::PolicyProgram;
pub(crate) use subject::{Runner, Subject};

impl Policies {
    /// Reads files with policies, and reports what is wrong with them.
    pub fn read(
        files: &[SourceId],
        programs: Vec<PolicyProgram>,
        settings: Settings,
        sources: &Sources,
        report: &mut Report,
    ) -> Policies {
        let mut loaded = Loaded {
            kyverno: Vec::new(),
            admission: Vec::new(),
            bindings: Vec::new(),
            programs,
            others: Vec::new(),
            settings,
        };
        for source in files {
            file::read(*source, &mut loaded, sources, report);
        }
        file::check_names(&loaded, report);
        admission::check_bindings(&loaded.admission, &loaded.bindings, report);
        Policies(Some(Box::new(loaded)))
    }
}

/// Reports what the policies refuse.
pub(crate) fn check(
    policies: &Policies,
    subject: &Subject<'_>,
    sources: &Sources,
    report: &mut Report,
) {
    let Some(loaded) = &policies.0 else { return };
    let mut undecided = Undecided::default();
    loaded.add_not_read(&mut undecided);
    let documents = subject.reasons.documents().iter().enumerate();
    let checked = parallel::map(documents, |(index, document)| {
        let mut undecided = Undecided::default();
        let mut findings = loaded.findings(document, subject, &mut undecided);
        if subject.is_partial {
            findings.retain(|finding| !place::is_about_values(finding));
        }
        let violations = place::problems(findings, index, subject, sources);
        (violations, undecided)
    });
    let mut problems = Vec::new();
    for (violations, of_document) in checked {
        problems.extend(violations);
        undecided.merge(of_document);
    }
    undecided.report(report);
    problems.extend(loaded.ask_programs(subject, sources, report));
    exceptions::apply(
        problems,
        &loaded.asked(subject),
        loaded.settings.exceptions,
        subject,
        sources,
        report,
    );
}

impl Loaded {
    fn add_not_read(&self, undecided: &mut Undecided) {
        let kyverno = self.kyverno.iter().map(|one| (&one.name, &one.not_read));
        let admission = self.admission.iter().map(|one| (&one.name, &one.not_read));
        for (name, reasons) in kyverno.chain(admission) {
            reasons.iter().for_each(|why| undecided.add(name, why));
        }
    }

    /// What the programs refuse, unless none runs.
    fn ask_programs(
        &self,
        subject: &Subject<'_>,
        sources: &Sources,
        report: &mut Report,
    ) -> Vec<Violation> {
        let Some(runner) = subject.runner else {
            for program in &self.programs {
                let name = &program.name;
                let message = format!(
                    "the policy `{}` is not asked: `validate` runs no programs",
                    name.value
                );
                let problem = Problem::new(&POLICY_NOT_DECIDED, message).at(name.span);
                report.push(problem.help("run `generate` or `diff` to ask it"));
            }
            return Vec::new();
        };
        let ask = |program: &PolicyProgram, report: &mut Report| {
            program.violations(runner, subject, sources, report)
        };
        let violations = parallel::map_reporting(&self.programs, report, ask);
        violations.into_iter().flatten().collect()
    }

    fn asked<'a>(&'a self, subject: &Subject<'_>) -> Asked<'a> {
        let are_all = subject.runner.is_some() || self.programs.is_empty();
        let text = |name: &'a Spanned<String>| name.value.as_str();
        let names = match are_all {
            true => self.names().map(text).collect(),
            false => self.names_in_files().map(text).collect(),
        };
        Asked { names, are_all }
    }

    fn findings(
        &self,
        document: &Document,
        subject: &Subject<'_>,
        undecided: &mut Undecided,
    ) -> Vec<Finding> {
        let value = api_defaults::apply(&document.value);
        let object = Object {
            value: &value,
            is_namespaced: subject.is_namespaced(&value),
            namespace_labels: self.settings.namespace_labels.as_ref(),
        };
        let mut findings = Vec::new();
        for policy in &self.kyverno {
            policy.check(object, &mut findings, undecided);
        }
        let context = admission::Context {
            object,
            others: &self.others,
        };
        for binding in &self.bindings {
            let mut policies = self.admission.iter();
            let name = &binding.policy.value;
            if let Some(policy) = policies.find(|policy| policy.name.value == *name) {
                policy.check(binding, &context, &mut findings, undecided);
            }
        }
        findings
    }
}
