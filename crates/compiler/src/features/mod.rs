//! `features:` of an environment: capabilities that a platform switches on for all workloads.
//!
//! Each feature is a type with its settings ([`Feature`]). A workload changes them by an annotation
//! `features.score-rs.dev/NAME`, or switches the feature off. What a feature writes is the target's
//! part.

mod feature;
pub(crate) mod fill;
pub mod network_policies;
pub mod rollout;
pub mod settings;
pub mod telemetry;

pub use feature::Feature;

use std::borrow::Cow;

use crate::model::Annotation;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{list_names, suggestion};
use network_policies::NetworkPolicies;
use rollout::Rollout;
use settings::{Autoscaling, Disruption, Spread};
use telemetry::Telemetry;
use yaml::reader;
use yaml::rules::UNKNOWN_KEY;
use yaml::{Entries, Kind, Node};

/// What the annotations for features begin with.
pub const PREFIX: &str = "features.score-rs.dev/";

/// Reports wrong settings of a feature.
type CheckSettings = fn(&Node, &mut Report);

/// Every feature, by name.
pub(crate) const FEATURES: [(&str, CheckSettings); 6] = [
    (Autoscaling::NAME, check_settings::<Autoscaling>),
    (Disruption::NAME, check_settings::<Disruption>),
    (NetworkPolicies::NAME, check_settings::<NetworkPolicies>),
    (Rollout::NAME, check_settings::<Rollout>),
    (Spread::NAME, check_settings::<Spread>),
    (Telemetry::NAME, check_settings::<Telemetry>),
];

/// The features of an environment.
#[derive(Debug, Clone, Default)]
pub struct Features {
    written: Option<Node>,
}

impl Features {
    /// The features of a mapping, which [`check`] has checked.
    pub fn new(written: Option<Node>) -> Features {
        Features { written }
    }

    /// Whether a workload with these annotations may have a feature.
    pub fn may_apply(&self, annotations: &[Annotation]) -> bool {
        let mut keys = annotations.iter().map(|annotation| &annotation.key.value);
        self.written.is_some() || keys.any(|key| key.starts_with(PREFIX))
    }

    /// The settings of a feature for a workload with these annotations, and where it is switched
    /// on; `None` where it is off.
    pub fn of<F: Feature>(&self, annotations: &[Annotation]) -> Option<(F, Span)> {
        let written = self.written.as_ref().and_then(|node| node.get(F::NAME));
        let annotation = annotation(annotations, F::NAME);
        let own = annotation.and_then(parse);
        let node = match (written, own) {
            (None, None) => return None,
            (Some(node), None) => Cow::Borrowed(node),
            (None, Some(own)) => Cow::Owned(own),
            (Some(node), Some(own)) => Cow::Owned(merged(node, own)),
        };
        let nothing = Node {
            span: node.span,
            kind: Kind::Map(Entries::new()),
        };
        let node = match &node.kind {
            Kind::Bool(false) => return None,
            Kind::Bool(true) => &nothing,
            _ => &*node,
        };
        // What is wrong was reported where it is written.
        let report = &mut Report::default();
        let mut fields = reader::fields(node, F::NAME, report)?;
        Some((F::read(&mut fields, report), node.span))
    }
}

/// The settings of the environment with those of a workload. `true` keeps what the environment says.
fn merged(node: &Node, own: Node) -> Node {
    match (&node.kind, &own.kind) {
        (Kind::Map(_), Kind::Bool(true)) => node.clone(),
        _ => {
            let mut node = node.clone();
            node.merge(&own);
            node
        }
    }
}

/// Reports what is wrong with `features:` of an environment.
pub fn check(node: &Node, report: &mut Report) {
    for (name, settings) in reader::named_entries(node, "`features`", report) {
        match FEATURES.iter().find(|(feature, _)| *feature == name.value) {
            Some((_, check)) => check(settings, report),
            None => {
                let message = format!("unknown feature `{}`", name.value);
                let problem = Problem::new(&UNKNOWN_KEY, message).at(name.span);
                report.push(problem.help(name_help(&name.value)));
            }
        }
    }
}

/// The help for a name that no feature has.
pub(crate) fn name_help(name: &str) -> String {
    let names = FEATURES.iter().map(|(name, _)| *name);
    suggestion(name, names.clone(), || {
        format!("use one of {}", list_names(names))
    })
}

fn check_settings<F: Feature>(node: &Node, report: &mut Report) {
    if let Kind::Bool(_) = node.kind {
        return;
    }
    if let Some(mut fields) = reader::fields(node, &format!("`{}`", F::NAME), report) {
        F::read(&mut fields, report);
        fields.finish(|_| None, report);
    }
}

fn annotation<'a>(annotations: &'a [Annotation], name: &str) -> Option<&'a Annotation> {
    let mut annotations = annotations.iter();
    annotations.find(|annotation| annotation.key.value.strip_prefix(PREFIX) == Some(name))
}

/// The value of an annotation, with its place for every part: `true`, `false` or a mapping.
pub(crate) fn parse(annotation: &Annotation) -> Option<Node> {
    let mut sources = Sources::default();
    let text = annotation.value.value.as_str();
    let source = sources.add(PREFIX, text);
    let trees = yaml::parse(&sources, source, &mut Report::default());
    let value = trees.first()?.to_value();
    let node = Node::from_value(&value, annotation.value.span);
    matches!(node.kind, Kind::Bool(_) | Kind::Map(_)).then_some(node)
}
