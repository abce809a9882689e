//! What the features of the environment make of a workload. Patches see all of it.

mod address;
mod alerts;
mod autoscaling;
pub(crate) mod blocked_calls;
mod disruption;
mod network_policies;
mod pods;
pub(crate) mod rollout;
mod routes;
mod runner;
mod spread;
mod telemetry;
mod traffic;

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::TopologySpreadConstraint;

use super::key_order;
use super::object::text;
use super::workload_kind::Kind;
use crate::features::network_policies::NetworkPolicies;
use crate::features::rollout::Rollout;
use crate::features::settings::Autoscaling;
use crate::features::telemetry::Telemetry;
use crate::features::{Feature, fill};
use crate::plan::{Plan, Workload};
use crate::support::document::Document;
use crate::targets::target::Options;
use blocked_calls::BlockedCalls;
use diagnostics::report::Report;
use diagnostics::source::Span;
use diagnostics::value::Value;
use runner::Runner;
pub(super) use telemetry::INJECT;
use traffic::Traffic;

/// The features of a run, and what they depend on besides the workloads.
pub(super) struct Features<'a> {
    options: &'a Options,
    /// The least number of pods of what the definitions scale.
    scaled: BTreeMap<Scaled, i128>,
    /// Only if a workload gets a network policy.
    traffic: Option<Traffic<'a>>,
}

/// The kind and the name of what an autoscaler scales.
type Scaled = (String, String);

/// Adds the variables of features to the containers.
pub(super) fn add_variables(plan: &mut Plan, options: &Options) {
    let context = fill::Context {
        features: &options.features,
        namespace: options.namespace.as_deref(),
        collector: None,
    };
    fill::fill(plan, &context);
}

impl<'a> Features<'a> {
    /// The features of the environment; `provisioned` are the objects of the definitions.
    pub(super) fn new(
        options: &'a Options,
        plan: &'a Plan,
        provisioned: &'a [Document],
    ) -> Features<'a> {
        let objects = provisioned.iter().map(|document| &document.value);
        let mut features = Features {
            options,
            scaled: objects.filter_map(scaled).collect(),
            traffic: None,
        };
        let mut workloads = plan.workloads.iter();
        if workloads.any(|one| features.of::<NetworkPolicies>(one).is_some()) {
            features.traffic = Some(Traffic::new(
                plan,
                options.namespace.as_deref(),
                provisioned,
            ));
        }
        features
    }

    /// What runs a workload that would be of this kind.
    pub(super) fn kind(&self, workload: &Workload, kind: Kind, report: &mut Report) -> Kind {
        match (kind, self.of::<Rollout>(workload)) {
            (Kind::Deployment, Some(_)) => Kind::Rollout,
            (kind, Some((_, place))) => {
                rollout::report_kind(workload, place, report);
                kind
            }
            (kind, None) => kind,
        }
    }

    /// A Deployment as a Rollout; `stays` is for pods that cannot run on several nodes.
    pub(super) fn rollout(
        &self,
        workload: &Workload,
        deployment: &Deployment,
        stays: bool,
        report: &mut Report,
    ) -> Option<Value> {
        let (settings, place) = self.of(workload)?;
        if stays {
            rollout::report_claim(workload, place, report);
        }
        Some(rollout::object(deployment, &settings))
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
        let replicas = workload.defaults.replicas.as_ref()?.value;
        let runner = Runner::new(workload, kind)?;
        let scaled = (runner.kind.to_owned(), runner.name);
        let is_scaled =
            self.scaled.contains_key(&scaled) || self.of::<Autoscaling>(workload).is_some();
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
        let runner = Runner::new(workload, kind);
        let scaling = runner.map(|runner| self.scaling(&runner, kind, stays));
        let scaling = scaling.unwrap_or_default().into_iter();
        let policy = self.network_policy(workload);
        let telemetry = self.telemetry(workload, kind);
        scaling.chain(policy).chain(telemetry).collect()
    }

    /// The annotations of the pods of a workload.
    pub(super) fn annotate(&self, workload: &Workload, annotations: &mut BTreeMap<String, String>) {
        if let Some((settings, _)) = self.of(workload) {
            telemetry::inject(annotations, &settings);
        }
    }

    fn telemetry(&self, workload: &Workload, kind: &Kind) -> Vec<(Value, Span)> {
        let Some((settings, span)) = self.of::<Telemetry>(workload) else {
            return Vec::new();
        };
        let namespace = self.options.namespace.as_deref();
        let objects = telemetry::objects(workload, kind, &settings, namespace).into_iter();
        objects
            .map(|object| (key_order::value(&object), span))
            .collect()
    }

    /// The autoscaler and the budget.
    fn scaling(&self, runner: &Runner<'_>, kind: &Kind, stays: bool) -> Vec<(Value, Span)> {
        let workload = runner.workload;
        let scaled = (runner.kind.to_owned(), runner.name.clone());
        let scaled = self.scaled.get(&scaled).copied();
        let autoscaling = self
            .of(workload)
            .filter(|_| scaled.is_none() && !stays)
            .map(|(settings, span)| (autoscaling::autoscaler(runner, &settings), settings, span));
        let pods = scaled
            .or(autoscaling
                .as_ref()
                .map(|(_, settings, _)| settings.min.into()))
            .or(self.replicas(workload, kind, stays).map(Into::into));
        let budget = self
            .of(workload)
            .filter(|_| pods.is_some_and(|pods| pods > 1))
            .map(|(settings, span)| (disruption::budget(runner, settings), span));
        let autoscaler = autoscaling.map(|(object, _, span)| (key_order::value(&object), span));
        let budget = budget.map(|(object, span)| (key_order::value(&object), span));
        autoscaler.into_iter().chain(budget).collect()
    }

    /// Warns of calls that the network policies do not allow.
    pub(super) fn check(&self, plan: &Plan, report: &mut Report) {
        let Some(traffic) = &self.traffic else {
            return;
        };
        let mut calls = BlockedCalls::new(plan, traffic);
        for workload in &plan.workloads {
            if let Some((settings, _)) = self.network_policy_settings(workload) {
                calls.check(workload, &settings, report);
                let telemetry = self.of::<Telemetry>(workload);
                let port = telemetry
                    .as_ref()
                    .and_then(|(telemetry, _)| telemetry::metrics(workload, telemetry));
                if let Some(port) = port {
                    blocked_calls::check_metrics(workload, port, &settings, report);
                }
            }
        }
    }

    fn network_policy(&self, workload: &Workload) -> Option<(Value, Span)> {
        let (settings, span) = self.network_policy_settings(workload)?;
        let policy = network_policies::policy(workload, &settings, self.traffic.as_ref()?);
        Some((key_order::value(&policy), span))
    }

    /// The settings of the network policy, which allows what other features need.
    fn network_policy_settings(&self, workload: &Workload) -> Option<(NetworkPolicies, Span)> {
        let (mut settings, span) = self.of::<NetworkPolicies>(workload)?;
        let telemetry = self.of(workload);
        let namespace = self.options.namespace.as_deref();
        let collector =
            telemetry.and_then(|(telemetry, _)| telemetry::collector(&telemetry, namespace));
        settings.to.extend(collector);
        Some((settings, span))
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
    let target = object.at(&["spec", "scaleTargetRef"])?;
    let kind = text(target, &["kind"]).unwrap_or("Deployment");
    let name = text(target, &["name"])?;
    let least = match object.at(&["spec", least.0]) {
        Some(Value::Int(number)) => *number,
        _ => least.1,
    };
    Some(((kind.to_owned(), name.to_owned()), least))
}
