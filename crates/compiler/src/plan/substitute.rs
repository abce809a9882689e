//! Replaces placeholders in texts of later stages, such as patch templates.

use super::Plan;
use crate::placeholder::resolve::{Scope, resolve_value};
use crate::placeholder::{self, Mode};
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{list_known, suggestion};
use diagnostics::value::Value;

impl Plan {
    /// A text with the placeholders of a workload replaced. References to secrets have their text
    /// form. The error is a message.
    pub fn substitute(&self, workload: &str, text: &str) -> Result<String, String> {
        let Some(workload) = self.workload(workload) else {
            let names = || self.workloads.iter().map(|known| known.name.value.as_str());
            let help = suggestion(workload, names(), || list_known("workload", names()));
            return Err(format!("there is no workload `{workload}`; {help}"));
        };
        let mut sources = Sources::default();
        let span = Span::new(sources.add("substituteValue", text), 0, text.len());
        let mut report = Report::default();
        let parsed = placeholder::parse(text, span, |_, _| span, Mode::Strict, &mut report);
        let outputs = |name: &str| {
            let index = *workload.resource_names.get(name)?;
            self.resources
                .get(index)
                .map(|resource| &resource.provisioned.outputs)
        };
        let scope = Scope {
            metadata: &workload.metadata,
            outputs: &outputs,
            variable: &|_| None,
            defer: false,
        };
        let value = resolve_value(&parsed, &scope, &mut report);
        match (value, report.in_order().first()) {
            (Ok(value), None) => Ok(value.to_text()),
            (_, Some(diagnostic)) => Err(match diagnostic.help() {
                Some(help) => format!("{}; {help}", diagnostic.message()),
                None => diagnostic.message().to_owned(),
            }),
            (Err(_), None) => Ok(Value::Null.to_text()),
        }
    }
}
