//! Resolves the params of a resource.

use super::builtin_inputs::check_param;
use super::engines::template::output_of;
use super::library::Definition;
use super::run::{Outcome, Run};
use crate::link::{LinkedWorkload, ResourceNode};
use crate::model::Params;
use crate::placeholder::resolve::{Outputs, Scope, resolve_value};
use diagnostics::report::{Report, Reported};
use diagnostics::value::{Map, Value};

impl Run<'_> {
    /// The params of a resource with all placeholders replaced; empty without a declaration.
    pub(super) fn params(
        &self,
        node: &ResourceNode,
        definition: &Definition,
        outcomes: &[Option<Outcome>],
        report: &mut Report,
    ) -> Result<Map, Reported> {
        let Some(params) = self.graph.params(node) else {
            return Ok(Map::new());
        };
        let declaration = node.params.as_ref();
        let workload = declaration.map_or(node.source_workload, |one| one.workload);
        let linked = &self.graph.workloads[workload];
        let outputs = |name: &str| outputs_of(outcomes, linked, name);
        let variable = |name: &str| self.context.host.project_variable(name);
        let scope = Scope {
            metadata: &linked.workload.metadata,
            outputs: &outputs,
            variable: &variable,
            defer: false,
        };
        let mut map = Map::new();
        for (key, param) in params {
            let value = resolve_param(&param.value, &scope, report)?;
            // Those without placeholders were checked when the definition was found.
            if matches!(&param.value, Params::Text(text) if text.as_plain().is_none()) {
                report.collect(|report| {
                    check_param(definition, &key.value, &value, param.span, report);
                })?;
            }
            map.insert(key.value.clone(), value);
        }
        Ok(map)
    }
}

fn outputs_of<'a>(
    outcomes: &'a [Option<Outcome>],
    linked: &LinkedWorkload,
    name: &str,
) -> Option<&'a Outputs> {
    let resource = linked.resources.get(name)?;
    output_of(outcomes, *resource).map(|output| &output.resource.outputs)
}

fn resolve_param(
    param: &Params,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Result<Value, Reported> {
    match param {
        Params::Text(text) => resolve_value(text, scope, report),
        Params::Scalar(value) => Ok(value.clone()),
        Params::List(items) => items
            .iter()
            .map(|item| resolve_param(item, scope, report))
            .collect::<Result<_, _>>()
            .map(Value::List),
        Params::Map(entries) => entries
            .iter()
            .map(|(key, item)| Ok((key.clone(), resolve_param(item, scope, report)?)))
            .collect::<Result<Map, _>>()
            .map(Value::Map),
    }
}
