//! The collector of the feature `telemetry`, with a page that shows what the workloads export.

use super::name_registry::Element;
use super::values::RESTART_POLICIES;
use crate::decode::image::in_registry;
use crate::features::fill;
use crate::features::telemetry::Telemetry;
use crate::plan::Plan;
use crate::targets::target::Options;
use diagnostics::report::Report;
use diagnostics::source::Span;
use diagnostics::value::Value;

/// The name of its service.
pub(super) const COLLECTOR: &str = "otel-lgtm";
/// Takes OTLP at the ports 4317 and 4318, and shows traces, metrics and logs with Grafana.
const IMAGE: &str = "grafana/otel-lgtm:0.34.0";
const PAGE: i64 = 3000;

/// Adds the variables of the feature to the containers.
pub(super) fn add_variables(plan: &mut Plan, options: &Options) {
    let context = fill::Context {
        features: &options.features,
        namespace: None,
        collector: Some(COLLECTOR),
    };
    fill::fill(plan, &context);
}

/// The settings of the first workload that exports to the collector, and their place.
pub(super) fn settings(plan: &Plan, options: &Options) -> Option<(Telemetry, Span)> {
    let mut workloads = plan.workloads.iter();
    workloads.find_map(|workload| {
        let settings = options.features.of(&workload.annotations)?;
        fill::exports_to(workload, COLLECTOR).then_some(settings)
    })
}

/// The service, if a workload exports to it, and what to say about it.
pub(super) fn service(
    plan: &Plan,
    options: &Options,
    report: &mut Report,
) -> Option<(Element, String)> {
    let (settings, span) = settings(plan, options)?;
    let image = match &options.image_registry {
        Some(registry) => in_registry(IMAGE, registry, report),
        None => IMAGE.to_owned(),
    };
    let port = Value::map_of([
        ("target", Value::from(PAGE)),
        ("host_ip", Value::from("127.0.0.1")),
        ("published", Value::from(settings.port.to_string())),
    ]);
    let restart = options.restart.unwrap_or(RESTART_POLICIES[0]);
    let service = Value::map_of([
        ("image", Value::from(image)),
        ("restart", Value::from(restart)),
        ("ports", Value::List(vec![port])),
    ]);
    let page = format!("telemetry: http://localhost:{}", settings.port);
    Some((Element::new(service, Some(span)), page))
}
