//! Writes the variables of `telemetry` into the plan. What a Score file says stays.

use std::collections::BTreeSet;

use super::Features;
use super::telemetry::{GRPC, HTTP, Telemetry};
use crate::decode::image::Parts;
use crate::placeholder::resolve::{ResolvedText, Segment};
use crate::plan::{Container, Plan, Workload};
use diagnostics::percent;
use diagnostics::source::{Span, Spanned};

const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// The usual ports of a collector for gRPC and for HTTP.
const GRPC_PORT: &str = "4317";
const HTTP_PORT: &str = "4318";

/// Where workloads run.
pub(crate) struct Context<'a> {
    pub(crate) features: &'a Features,
    /// The namespace of the workloads, where no project names them.
    pub(crate) namespace: Option<&'a str>,
    /// The host of a collector that the output has.
    pub(crate) collector: Option<&'a str>,
}

/// Writes the variables.
pub(crate) fn fill(plan: &mut Plan, context: &Context<'_>) {
    let environment = plan.identity.environment.as_str();
    for workload in &mut plan.workloads {
        let Some((settings, span)) = context.features.of::<Telemetry>(&workload.annotations) else {
            continue;
        };
        let collector = context.collector.filter(|_| settings.collector);
        let namespace = workload.project.as_deref().or(context.namespace);
        let namespace = namespace.map(|name| ("service.namespace", name));
        let environment = ("deployment.environment.name", environment);
        let attributes: Vec<_> = std::iter::once(environment).chain(namespace).collect();
        for container in &mut workload.containers {
            let mut variables = Variables { container, span };
            variables.name(&workload.name.value, &attributes);
            variables.exporter(&settings, collector);
        }
    }
}

/// Whether a workload exports to a host.
pub(crate) fn exports_to(workload: &Workload, host: &str) -> bool {
    let mut containers = workload.containers.iter();
    containers.any(|container| {
        let endpoint = container
            .variable(ENDPOINT)
            .and_then(ResolvedText::as_plain);
        let host =
            endpoint.and_then(|endpoint| endpoint.strip_prefix("http://")?.strip_prefix(host));
        host.is_some_and(|rest| rest.starts_with(':'))
    })
}

/// The place of the settings, if they gave the value of a variable.
pub(crate) fn place(
    workload: &Workload,
    (name, text): (&str, &ResolvedText),
    features: &Features,
) -> Option<Span> {
    let (settings, span) = features.of::<Telemetry>(&workload.annotations)?;
    let endpoint = settings.endpoint.map(|endpoint| endpoint.span);
    let is_own = text.span != span && Some(text.span) != endpoint;
    (!is_own || name == ATTRIBUTES).then_some(span)
}

/// The variables of a container.
struct Variables<'a> {
    container: &'a mut Container,
    span: Span,
}

impl Variables<'_> {
    fn name(&mut self, name: &str, of_workload: &[(&str, &str)]) {
        let own = self
            .container
            .variable(ATTRIBUTES)
            .map(keys)
            .unwrap_or_default();
        if !own.contains("service.name") {
            self.add(SERVICE_NAME, name);
        }
        let version = version(self.container).map(|tag| ("service.version", tag));
        let all = of_workload.iter().copied().chain(version);
        let missing = all.filter(|(key, _)| !own.contains(*key));
        let missing: Vec<String> = missing
            .map(|(key, value)| format!("{key}={}", encoded(value)))
            .collect();
        let missing = missing.join(",");
        let mut variables = self.container.variables.iter_mut();
        match variables.find(|(name, _)| name.value == ATTRIBUTES) {
            Some((_, text)) if !missing.is_empty() => {
                let separator = match text.segments.last() {
                    None => "",
                    Some(Segment::Plain(text)) if text.trim_end().ends_with(',') => "",
                    Some(_) => ",",
                };
                text.push(Segment::Plain(format!("{separator}{missing}")));
            }
            Some(_) => {}
            None => self.add(ATTRIBUTES, &missing),
        }
    }

    /// The endpoint of the settings, or a collector. One of the Score file stays, and so does one
    /// for a single signal.
    fn exporter(&mut self, settings: &Telemetry, collector: Option<&str>) {
        let mut names = self.container.variables.iter().map(|(name, _)| &name.value);
        let is_own =
            |name: &String| name.starts_with("OTEL_EXPORTER_OTLP_") && name.ends_with("ENDPOINT");
        if names.any(is_own) {
            return;
        }
        let own = self
            .container
            .variable(PROTOCOL)
            .and_then(ResolvedText::as_plain);
        let protocol = own.or(settings.protocol).map(str::to_owned);
        let endpoint = match (collector, &settings.endpoint) {
            (Some(host), _) => {
                let is_grpc = protocol.as_deref() == Some(GRPC);
                let port = if is_grpc { GRPC_PORT } else { HTTP_PORT };
                Spanned::new(format!("http://{host}:{port}"), self.span)
            }
            (None, Some(endpoint)) => endpoint.clone(),
            (None, None) => return,
        };
        let url = endpoint.value.trim_end_matches('/');
        let has_grpc_port = url.rsplit(':').next() == Some(GRPC_PORT);
        let by_port = if has_grpc_port { GRPC } else { HTTP };
        self.add(PROTOCOL, protocol.as_deref().unwrap_or(by_port));
        self.add_at(ENDPOINT, &endpoint.value, endpoint.span);
    }

    fn add(&mut self, name: &str, value: &str) {
        self.add_at(name, value, self.span);
    }

    /// Adds a variable where there is none of this name, before those with later names.
    fn add_at(&mut self, name: &str, value: &str, place: Span) {
        let variables = &mut self.container.variables;
        if variables.iter().any(|(other, _)| other.value == name) {
            return;
        }
        let mut text = ResolvedText::empty(place);
        text.push(Segment::Plain(value.to_owned()));
        let later = variables
            .iter()
            .position(|(other, _)| other.value.as_str() > name);
        let index = later.unwrap_or(variables.len());
        variables.insert(index, (Spanned::new(name.to_owned(), place), text));
    }
}

/// The keys of attributes.
fn keys(text: &ResolvedText) -> BTreeSet<String> {
    let segments = text.segments.iter().map(|segment| match segment {
        Segment::Plain(text) => text.as_str(),
        _ => "",
    });
    let text: String = segments.collect();
    let entries = text.split(',').filter_map(|entry| entry.split_once('='));
    entries.map(|(key, _)| key.trim().to_owned()).collect()
}

/// The tag of the image, if it says which version it is.
fn version(container: &Container) -> Option<&str> {
    let image = container.image.as_ref()?.as_plain()?;
    Parts::of(image).tag.filter(|tag| *tag != "latest")
}

/// A value of `OTEL_RESOURCE_ATTRIBUTES`. Some readers decode a `+`, so that is encoded too.
fn encoded(value: &str) -> String {
    percent::encode(value, "-._~/:")
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn values_of_attributes_are_percent_encoded() {
        assert_eq!(encoded("eu-1_a.b/c:d~"), "eu-1_a.b/c:d~");
        assert_eq!(encoded("a b,c=d;%+é"), "a%20b%2Cc%3Dd%3B%25%2B%C3%A9");
    }
}
