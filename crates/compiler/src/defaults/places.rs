//! The places of the defaults that are in effect, by the keys of the environment.

use super::settings::{ProbeDefaults, WorkloadDefaults};
use crate::model::Quantities;
use diagnostics::source::Span;

/// The place of a limit or request.
pub(crate) fn amount(quantities: &Quantities, what: &str) -> Option<Span> {
    let amount = match what {
        "cpu" | "cpus" => &quantities.cpu,
        _ => &quantities.memory,
    };
    amount.as_ref().map(|amount| amount.span)
}

impl ProbeDefaults {
    /// The place of a timing of a probe.
    pub(crate) fn place(&self, probe: &str, key: &str) -> Option<Span> {
        let timings = match probe {
            "livenessProbe" => Some(&self.liveness),
            "readinessProbe" => Some(&self.readiness),
            _ => self.startup.as_ref().map(|startup| &startup.value),
        };
        Some(timings?.get(key)?.span)
    }
}

impl WorkloadDefaults {
    /// The place of a default of the workload, by the way to it in `defaults.workload`.
    pub(crate) fn place(&self, path: &[&str]) -> Option<Span> {
        let account = self.service_account.as_ref();
        match path {
            ["replicas"] => self.replicas.as_ref().map(|number| number.span),
            ["strategy", "type"] => self.strategy.kind.as_ref().map(|kind| kind.span),
            ["strategy", "rollingUpdate", key] => Some(self.strategy.rolling.get(*key)?.span),
            ["terminationGracePeriodSeconds"] => {
                let grace = self.termination_grace_period.as_ref();
                grace.map(|seconds| seconds.span)
            }
            ["labels", key] => Some(self.labels.get(*key)?.span),
            ["annotations", key] => Some(self.annotations.get(*key)?.span),
            ["serviceAccount", "annotations", key] => Some(account?.annotations.get(*key)?.span),
            ["serviceAccount", ..] => {
                let account = account?;
                Some(account.name.as_ref().map_or(account.span, |name| name.span))
            }
            _ => None,
        }
    }
}
