//! Resolves the params of a resource.

use super::declarations::add_defaults;
use super::engines::template::output_of;
use super::library::Definition;
use super::matching::declared_params::{accept, plain_value};
use super::run::{Outcome, Run};
use crate::link::{LinkedWorkload, ResourceNode};
use crate::model::Params;
use crate::placeholder::resolve::{Outputs, Scope, resolve_value};
use diagnostics::report::{Report, Reported};
use diagnostics::value::{Map, Value};

impl Run<'_> {
    /// The params of a resource with all placeholders replaced, and the defaults of those that it
    /// does not set.
    pub(super) fn params(
        &self,
        node: &ResourceNode,
        definition: &Definition,
        outcomes: &[Option<Outcome>],
        report: &mut Report,
    ) -> Result<Map, Reported> {
        let declared = definition.supported_params.as_ref();
        let mut map = self.set_params(node, definition, outcomes, report)?;
        declared
            .into_iter()
            .for_each(|declared| add_defaults(declared, &mut map));
        Ok(map)
    }

    /// The params that a resource sets.
    fn set_params(
        &self,
        node: &ResourceNode,
        definition: &Definition,
        outcomes: &[Option<Outcome>],
        report: &mut Report,
    ) -> Result<Map, Reported> {
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
        for (key, param) in self.graph.params(node).into_iter().flatten() {
            let value = resolve_param(&param.value, &scope, report)?;
            let declared = definition.supported_params.as_ref();
            let value = match declared.and_then(|declared| declared.get(&key.value)) {
                None => value,
                // Those without placeholders were checked when the definition was found.
                Some(declared) if plain_value(&param.value).is_some() => declared.convert(value),
                Some(declared) => report.collect(|report| {
                    accept(
                        node,
                        (&key.value, declared),
                        value,
                        (param.span, false),
                        report,
                    )
                })?,
            };
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
