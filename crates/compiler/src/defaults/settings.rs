//! What can have a default. Each value has its place in the environment.

use std::collections::BTreeMap;

use crate::model::Compute;
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Value;

/// What every container has that says nothing else.
#[derive(Debug, Clone, Default)]
pub struct ContainerDefaults {
    /// Its requests and limits.
    pub resources: Compute,
    /// When it is probed.
    pub probes: ProbeDefaults,
}

/// When containers are probed. A default makes no probe, except one for the start.
#[derive(Debug, Clone, Default)]
pub struct ProbeDefaults {
    /// The timings of a liveness probe.
    pub liveness: Timings,
    /// The timings of a readiness probe.
    pub readiness: Timings,
    /// The timings of a startup probe that asks what the liveness probe asks.
    pub startup: Option<Spanned<Timings>>,
}

/// Seconds and numbers of attempts, by their keys in a probe of Kubernetes.
pub type Timings = BTreeMap<&'static str, Spanned<i32>>;

/// What every workload has that says nothing else.
#[derive(Debug, Clone, Default)]
pub struct WorkloadDefaults {
    /// The number of pods.
    pub replicas: Option<Spanned<i32>>,
    /// How a Deployment replaces its pods.
    pub strategy: Strategy,
    /// How long its processes may take to end, in seconds.
    pub termination_grace_period: Option<Spanned<i32>>,
    /// The Secrets with which its images are pulled.
    pub image_pull_secrets: Vec<Spanned<String>>,
    /// The account that its pods use.
    pub service_account: Option<ServiceAccount>,
    /// Labels of its objects and pods.
    pub labels: Texts,
    /// Annotations of its object and pods.
    pub annotations: Texts,
}

/// Labels or annotations.
pub type Texts = BTreeMap<String, Spanned<String>>;

/// How a Deployment replaces its pods.
#[derive(Debug, Clone, Default)]
pub struct Strategy {
    /// `RollingUpdate` or `Recreate`.
    pub kind: Option<Spanned<&'static str>>,
    /// `maxSurge` and `maxUnavailable`: numbers or percentages.
    pub rolling: BTreeMap<&'static str, Spanned<Value>>,
}

/// A ServiceAccount.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// Its name; that of the workload where `None`.
    pub name: Option<Spanned<String>>,
    /// Its annotations.
    pub annotations: Texts,
    /// Its place.
    pub span: Span,
}
