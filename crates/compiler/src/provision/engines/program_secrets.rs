//! With a secret store, programs can neither get nor return secrets.

use super::command::KEYS;
use super::template::CurrentResource;
use crate::placeholder::resolve::find_secret;
use crate::provision::definition::REQUESTED_BY;
use crate::provision::run::Run;
use crate::rules::SECRET_NOT_ALLOWED;
use diagnostics::redaction::{Secrets, visit_secrets};
use diagnostics::report::{Report, Reported};
use diagnostics::value::{Map, Value};

/// The keys of an answer that go into the output of Kubernetes.
const IN_OUTPUT: [&str; 2] = ["resource_outputs", "manifests"];

impl Run<'_> {
    /// Reports a param with a random value, of which the program would get a stand-in.
    pub(super) fn check_program_params(
        &self,
        resource: &CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<(), Reported> {
        if !self.context.has_stand_ins {
            return Ok(());
        }
        let known = self.sources.secrets().known();
        let params = Value::Map(resource.params.clone()).to_json();
        if !known.is_some_and(|known| known.is_match(&params)) {
            return Ok(());
        }
        let cause =
            "a param has a generated password, which only the store of `secrets: external` has";
        let problem = resource.problem(&SECRET_NOT_ALLOWED, cause);
        let problem = problem
            .at(resource.node.span)
            .secondary(resource.definition.uri.span, "this program would get it");
        let help =
            "pass the program the name of the Secret, and let it read the password from the store";
        Err(report.error(problem.help(help)))
    }

    /// Reports a password that a program returns, which no store has.
    pub(super) fn check_program_secrets(
        &self,
        resource: &CurrentResource<'_>,
        answer: &Map,
        report: &mut Report,
    ) -> Result<(), Reported> {
        if !self.context.has_stand_ins {
            return Ok(());
        }
        let secrets = Secrets::default();
        for value in KEYS.iter().filter_map(|key| answer.get(*key)) {
            visit_secrets(value, &mut |text| {
                if find_secret(text).is_none() {
                    secrets.add(text);
                }
            });
        }
        let Some(secrets) = secrets.known() else {
            return Ok(());
        };
        let mut output = IN_OUTPUT.iter().filter_map(|key| answer.get(*key));
        if !output.any(|value| secrets.is_match(&value.to_json())) {
            return Ok(());
        }
        let cause =
            "its program returned a password, which the store of `secrets: external` does not have";
        let problem = resource.problem(&SECRET_NOT_ALLOWED, cause);
        let problem = problem
            .at(resource.definition.uri.span)
            .secondary(resource.node.span, REQUESTED_BY);
        let help = "let the program put it into the store, and return an ExternalSecret and references to its keys";
        Err(report.error(problem.help(help)))
    }
}
