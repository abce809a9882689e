//! The settings of each feature.

use super::feature::Feature;
use diagnostics::report::Report;
use yaml::reader::{self, Fields};

/// A PodDisruptionBudget for every workload that runs more than one pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disruption {
    /// How many pods may be away at a time.
    pub max_unavailable: i32,
}

impl Feature for Disruption {
    const NAME: &'static str = "disruption";

    fn read(fields: &mut Fields<'_>, report: &mut Report) -> Disruption {
        Disruption {
            max_unavailable: count(fields, "maxUnavailable", report).unwrap_or(1),
        }
    }
}

/// The pods of a workload on different nodes or in different zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// The label of nodes whose values are told apart.
    pub topology_key: &'static str,
    /// By how many pods the nodes or zones may differ.
    pub max_skew: i32,
    /// Whether a pod that cannot be spread waits.
    pub required: bool,
}

impl Feature for Spread {
    const NAME: &'static str = "spread";

    fn read(fields: &mut Fields<'_>, report: &mut Report) -> Spread {
        let topologies = [
            ("zone", "topology.kubernetes.io/zone"),
            ("node", "kubernetes.io/hostname"),
        ];
        let topology = fields.optional("topology", report);
        let topology =
            topology.and_then(|node| reader::word(node, "`topology`", &topologies, report));
        let required = fields.optional("required", report);
        Spread {
            topology_key: topology.unwrap_or(topologies[0].1),
            max_skew: count(fields, "maxSkew", report).unwrap_or(1),
            required: required
                .and_then(|node| reader::boolean(node, "`required`", report))
                .unwrap_or_default(),
        }
    }
}

/// A HorizontalPodAutoscaler for every workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Autoscaling {
    /// The least number of pods.
    pub min: i32,
    /// The largest number of pods.
    pub max: i32,
    /// The share of the requested CPU, in percent, that the pods are to use.
    pub cpu: i32,
}

impl Feature for Autoscaling {
    const NAME: &'static str = "autoscaling";

    fn read(fields: &mut Fields<'_>, report: &mut Report) -> Autoscaling {
        let min = count(fields, "min", report).unwrap_or(2);
        Autoscaling {
            min,
            max: count(fields, "max", report).unwrap_or(3).max(min),
            cpu: count(fields, "cpu", report).unwrap_or(80),
        }
    }
}

/// A number of at least 1.
fn count(fields: &mut Fields<'_>, key: &'static str, report: &mut Report) -> Option<i32> {
    let node = fields.optional(key, report)?;
    let number = reader::integer(node, &format!("`{key}`"), 1, i32::MAX.into(), report)?;
    number.try_into().ok()
}
