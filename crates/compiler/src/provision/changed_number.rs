//! Numbers among the params that YAML reads as another text than the one that is written.

use crate::link::{Graph, ResourceNode};
use crate::model::Params;
use crate::provision::declarations::Type;
use crate::provision::definition::Definition;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;
use yaml::reader;

rules! {
    /// A param is a number whose text YAML changes.
    pub CHANGED_NUMBER: "changed-number", Error | Warning;
}

/// A number that is written in one way and read in another.
pub(super) struct ChangedNumber<'a> {
    param: &'a str,
    span: Span,
    written: &'a str,
    /// What definitions see.
    pub(super) text: String,
}

impl ChangedNumber<'_> {
    /// Whether a definition takes the param as text, as the embedded ones do.
    pub(super) fn is_text_in(&self, definition: &Definition) -> bool {
        let declared = definition.supported_params.as_ref();
        let kind = declared.and_then(|declared| declared.get(self.param)?.kind);
        kind == Some(Type::String) || kind.is_none() && definition.builtin
    }

    pub(super) fn report(&self, severity: Severity, report: &mut Report) {
        let message = format!(
            "without quotes, the param `{}` is {} and not `{}`",
            self.param, self.text, self.written
        );
        let problem = Problem::new(&CHANGED_NUMBER, message).at(self.span);
        let problem = reader::with_quotes(problem, self.span);
        report.push_as(
            severity,
            problem.help(format!("write `\"{}\"`", self.written)),
        );
    }
}

/// The changed numbers of a resource.
pub(super) fn changed_numbers<'a>(
    sources: &'a Sources,
    graph: &'a Graph,
    node: &'a ResourceNode,
) -> impl Iterator<Item = ChangedNumber<'a>> {
    let params = graph.params(node).into_iter().flatten();
    params.filter_map(|(key, param)| match &param.value {
        Params::Scalar(value @ (Value::Float(_) | Value::Int(_))) => {
            let (text, written) = (value.to_text(), sources.slice(param.span));
            (text != written).then_some(ChangedNumber {
                param: &key.value,
                span: param.span,
                written,
                text,
            })
        }
        _ => None,
    })
}
