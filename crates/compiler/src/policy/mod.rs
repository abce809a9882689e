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
pub(crate) mod rules;
mod score_keys;
mod selection;
mod subject;

use crate::support::document::Document;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources};
use finding::{Finding, Undecided};
use policies::Loaded;
use selection::Object;

pub use policies::{Exceptions, Policies, Settings};
pub(crate) use subject::Subject;

impl Policies {
    /// Reads files with policies, and reports what is wrong with them.
    pub fn read(
        files: &[SourceId],
        settings: Settings,
        sources: &Sources,
        report: &mut Report,
    ) -> Policies {
        let mut loaded = Loaded {
            kyverno: Vec::new(),
            admission: Vec::new(),
            bindings: Vec::new(),
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
    let mut problems = Vec::new();
    for (index, document) in subject.reasons.documents().iter().enumerate() {
        let mut findings = loaded.findings(document, &mut undecided);
        if subject.is_partial {
            findings.retain(|finding| !place::is_about_values(finding));
        }
        problems.extend(place::problems(findings, index, subject, sources));
    }
    undecided.report(report);
    let names = loaded.names().map(|name| name.value.as_str());
    exceptions::apply(
        problems,
        &names.collect::<Vec<_>>(),
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

    fn findings(&self, document: &Document, undecided: &mut Undecided) -> Vec<Finding> {
        let value = api_defaults::apply(&document.value);
        let object = Object {
            value: &value,
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
