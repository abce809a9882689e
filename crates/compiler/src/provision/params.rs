//! A resource's params with every placeholder replaced.

use super::engines::template::made_of;
use super::{Outcome, Run};
use crate::link::{LinkedWorkload, Node};
use crate::model::Params;
use crate::placeholder::resolve::{Outputs, Scope, resolve_value};
use diagnostics::report::{Report, Reported};
use diagnostics::value::{Map, Value};

impl Run<'_> {
    /// The params of a resource; an empty mapping when nobody gives any.
    pub(super) fn params(
        &self,
        node: &Node,
        outcomes: &[Option<Outcome>],
        report: &mut Report,
    ) -> Result<Map, Reported> {
        let Some((workload, name)) = &node.params else {
            return Ok(Map::new());
        };
        let linked = &self.graph.workloads[*workload];
        let Some(params) = linked
            .workload
            .resources
            .get(name)
            .and_then(|resource| resource.params.as_ref())
        else {
            return Ok(Map::new());
        };
        let find = |name: &str| outputs_of(outcomes, linked, name);
        let variable = |name: &str| self.host.variable(name);
        let scope = Scope {
            metadata: &linked.workload.metadata,
            outputs: &find,
            variable: &variable,
            defer: false,
        };
        let mut map = Map::new();
        for (key, param) in &params.value {
            map.insert(key.value.clone(), resolve_param(param, &scope, report)?);
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
    made_of(outcomes, *resource).map(|made| &made.provisioned.outputs)
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
