//! Routes of the embedded definitions that would take each other's requests.

use std::collections::BTreeMap;

use super::run::{Outcome, Run};
use diagnostics::report::{Problem, Report};
use diagnostics::value::{Map, Value};

rules! {
    /// Two routes have the same host and path, so only one of them would get the requests.
    pub DUPLICATE_ROUTE: "duplicate-route", Error;
}

/// The type of a route.
pub(crate) const TYPE: &str = "route";
/// The annotation of a route that has a port of its own on Compose.
const PUBLISH_PORT: &str = "compose.score.dev/publish-port";

/// What requests a route takes: a host and a path.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    host: String,
    path: String,
    port: Option<String>,
}

impl Run<'_> {
    /// Reports routes that repeat an earlier one.
    pub(super) fn check_routes(&self, outcomes: &[Outcome], report: &mut Report) {
        let mut seen: BTreeMap<Target, usize> = BTreeMap::new();
        let resources = self.graph.resources.iter().zip(outcomes).enumerate();
        for (index, (node, outcome)) in resources {
            let params = outcome.params.as_ref();
            let is_builtin = |_: &&Map| self.definition(index).builtin;
            let target = params
                .filter(is_builtin)
                .and_then(|params| target(params, &self.metadata(node)));
            let Some(target) = target else {
                continue;
            };
            let Some(first) = seen.get(&target).map(|first| &self.graph.resources[*first]) else {
                seen.insert(target, index);
                continue;
            };
            let message = format!(
                "`{}` and `{}` both route `{}{}/`",
                first.uid, node.uid, target.host, target.path
            );
            let problem = Problem::new(&DUPLICATE_ROUTE, message)
                .at(node.span)
                .secondary(first.span, "the other route");
            report.push(problem.help("give one of them another host or path"));
        }
    }
}

/// What a route with these params takes; `None` without a host. A slash at the end of a path makes
/// no difference.
fn target(params: &Map, metadata: &Value) -> Option<Target> {
    let text = |name: &str| params.get(name).map(Value::to_text);
    let annotations = metadata.get("annotations");
    Some(Target {
        host: text("host")?.to_lowercase(),
        path: text("path")
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_owned(),
        port: annotations
            .and_then(|annotations| annotations.get(PUBLISH_PORT))
            .map(Value::to_text),
    })
}
