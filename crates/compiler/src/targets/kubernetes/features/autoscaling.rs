//! The feature `autoscaling`.

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec,
    MetricTarget, ResourceMetricSource,
};

use super::runner::Runner;
use crate::features::settings::Autoscaling;

pub(super) fn autoscaler(runner: &Runner<'_>, settings: &Autoscaling) -> HorizontalPodAutoscaler {
    let cpu = MetricSpec {
        type_: "Resource".to_owned(),
        resource: Some(ResourceMetricSource {
            name: "cpu".to_owned(),
            target: MetricTarget {
                type_: "Utilization".to_owned(),
                average_utilization: Some(settings.cpu),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    };
    HorizontalPodAutoscaler {
        metadata: runner.metadata(),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some(runner.api_version().to_owned()),
                kind: runner.kind.to_owned(),
                name: runner.name.clone(),
            },
            min_replicas: Some(settings.min),
            max_replicas: settings.max,
            metrics: Some(vec![cpu]),
            behavior: None,
        }),
        status: None,
    }
}
