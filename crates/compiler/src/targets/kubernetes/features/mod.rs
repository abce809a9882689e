//! What the features of the environment make of a workload. Patches see all of it.

mod autoscaling;
mod disruption;
mod runner;
mod spread;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::TopologySpreadConstraint;

use super::key_order;
use super::object::{at, text};
use super::workload_kind::Kind;
use crate::features::Feature;
use crate::features::settings::Autoscaling;
use crate::plan::Workload;
use crate::support::document::Document;
use crate::targets::target::Options;
use diagnostics::source::Span;
use diagnostics::value::Value;
use runner::Runner;

/// The features of a run, and what they depend on besides the workloads.
pub(super) struct Features<'a> {
    options: &'a Options,
    /// The least number of pods of what the definitions scale.
    scaled: BTreeMap<Scaled, i128>,
}

/// The kind and the name of what an autoscaler scales.
type Scaled = (String, String);

impl<'a> Features<'a> {
    /// The features of the environment; `provisioned` are the objects of the definitions.
    pub(super) fn new(options: &'a Options, provisioned: &[Document]) -> Features<'a> {
        let objects = provisioned.iter().map(|document| &document.value);
        Features {
            options,
            scaled: objects.filter_map(scaled).collect(),
        }
    }

    /// Which nodes the pods of a workload run on.
    pub(super) fn spread(
        &self,
        workload: &Workload,
        kind: &Kind,
    ) -> Option<Vec<TopologySpreadConstraint>> {
        let runner = Runner::new(workload, kind)?;
        let (settings, _) = self.of(workload)?;
        Some(vec![spread::constraint(&runner, settings)])
    }

    /// The number of pods by the defaults; `None` where an autoscaler decides it, and for pods that
    /// cannot run on several nodes.
    pub(super) fn replicas(&self, workload: &Workload, kind: &Kind, stays: bool) -> Option<i32> {
        let runner = Runner::new(workload, kind)?;
        let scaled = (runner.kind.to_owned(), runner.name);
        let is_scaled =
            self.scaled.contains_key(&scaled) || self.of::<Autoscaling>(workload).is_some();
        let replicas = workload.defaults.replicas.as_ref()?.value;
        (!is_scaled && !stays).then_some(replicas)
    }

    /// The objects beside the one that runs a workload, each with the place of its feature.
    /// `stays` is for pods that cannot run on several nodes.
    pub(super) fn objects(
        &self,
        workload: &Workload,
        kind: &Kind,
        stays: bool,
    ) -> Vec<(Value, Span)> {
        let Some(runner) = Runner::new(workload, kind) else {
            return Vec::new();
        };
        let scaled = (runner.kind.to_owned(), runner.name.clone());
        let scaled = self.scaled.get(&scaled).copied();
        let autoscaling = self
            .of(workload)
            .filter(|_| scaled.is_none() && !stays)
            .map(|(settings, span)| (autoscaling::autoscaler(&runner, &settings), settings, span));
        let pods = scaled
            .or(autoscaling
                .as_ref()
                .map(|(_, settings, _)| settings.min.into()))
            .or(self.replicas(workload, kind, stays).map(Into::into));
        let budget = self
            .of(workload)
            .filter(|_| pods.is_some_and(|pods| pods > 1))
            .map(|(settings, span)| (disruption::budget(&runner, settings), span));
        let autoscaler = autoscaling.map(|(object, _, span)| (key_order::value(&object), span));
        let budget = budget.map(|(object, span)| (key_order::value(&object), span));
        autoscaler.into_iter().chain(budget).collect()
    }

    fn of<F: Feature>(&self, workload: &Workload) -> Option<(F, Span)> {
        self.options.features.of(&workload.annotations)
    }
}

/// What an object scales, and the least number of its pods.
fn scaled(object: &Value) -> Option<(Scaled, i128)> {
    let least = match text(object, &["kind"])? {
        "HorizontalPodAutoscaler" => ("minReplicas", 1),
        "ScaledObject" => ("minReplicaCount", 0),
        _ => return None,
    };
    let target = at(object, &["spec", "scaleTargetRef"])?;
    let kind = text(target, &["kind"]).unwrap_or("Deployment");
    let name = text(target, &["name"])?;
    let least = match at(object, &["spec", least.0]) {
        Some(Value::Int(number)) => *number,
        _ => least.1,
    };
    Some(((kind.to_owned(), name.to_owned()), least))
}
