//! Compares the outputs of a resource with what its definition declares of them.

use super::template::CurrentResource;
use crate::placeholder::resolve::without_secret_references;
use crate::provision::declarations::{Declaration, Subject};
use crate::provision::run::Run;
use diagnostics::redaction::visit_texts;
use diagnostics::report::Report;
use yaml::{Kind, Node};

rules! {
    /// An output of a resource is not what its definition declares.
    pub INVALID_OUTPUT: "invalid-output", Error;
}

impl Run<'_> {
    /// Reports what is wrong with the types of outputs, and hides in messages those that are
    /// secrets. A missing output is not reported, and `null` is allowed.
    pub(super) fn check_types(
        &self,
        resource: &CurrentResource<'_>,
        outputs: &Node,
        report: &mut Report,
    ) {
        let declared = resource.definition.expected_outputs.iter().flatten();
        for (name, declaration) in declared {
            let Some(output) = outputs.get(name).filter(|output| !output.is_null()) else {
                continue;
            };
            self.keep_declared_secrets(declaration, output);
            let subject = Subject {
                rule: &INVALID_OUTPUT,
                path: &format!("outputs.{name}"),
            };
            declaration.check(&subject, output, &mut |problem, place| {
                let problem = problem.without_edits();
                let problem = self.in_rendered(problem, Some(place), resource);
                report.push(problem.secondary(declaration.place, "the output is declared here"));
            });
        }
    }

    fn keep_declared_secrets(&self, declaration: &Declaration, output: &Node) {
        if declaration.is_secret {
            let secrets = self.sources.secrets();
            let value = without_secret_references(&output.to_value());
            if matches!(output.kind, Kind::Int(_) | Kind::Float(_)) {
                secrets.add(&value.to_text());
            }
            visit_texts(&value, &mut |text, _| secrets.add(text));
        }
        match &output.kind {
            Kind::List(items) => {
                for declaration in declaration.items.iter() {
                    items
                        .iter()
                        .for_each(|item| self.keep_declared_secrets(declaration, item));
                }
            }
            Kind::Map(entries) => {
                for (key, entry) in entries {
                    let declared = declaration.properties.get(key.as_str()).into_iter();
                    declared.for_each(|one| self.keep_declared_secrets(one, &entry.value));
                }
            }
            _ => {}
        }
    }
}
