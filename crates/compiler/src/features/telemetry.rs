//! The settings of `telemetry`.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use super::feature::Feature;
use crate::model::{is_label_value, is_qualified_name};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use yaml::Node;
use yaml::reader::{self, Fields};
use yaml::rules::UNKNOWN_VALUE;

/// How containers export telemetry, and what scrapes and alerts there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// The URL that programs export to.
    pub endpoint: Option<Spanned<String>>,
    /// The protocol; by default it depends on the port of the endpoint.
    pub protocol: Option<&'static str>,
    /// Compose: whether the project has a collector, which programs export to instead.
    pub collector: bool,
    /// Compose: the port of the host with the page of the collector.
    pub port: u16,
    /// The language whose agent the operator of OpenTelemetry adds to the pods.
    pub inject: Option<&'static str>,
    /// The `Instrumentation`; by default the one in the namespace of the pods.
    pub instrumentation: Option<String>,
    /// Whether Prometheus scrapes the port `metrics`.
    pub scrape: bool,
    /// The path of the metrics; `/metrics` where it is not set.
    pub path: Option<String>,
    /// Whether there are alerts.
    pub alerts: bool,
    /// The labels by which Prometheus selects PodMonitors and PrometheusRules.
    pub labels: BTreeMap<String, String>,
}

/// The protocols of OTLP, as `OTEL_EXPORTER_OTLP_PROTOCOL` has them.
pub(crate) const GRPC: &str = "grpc";
pub(crate) const HTTP: &str = "http/protobuf";
const PROTOCOLS: [&str; 3] = [GRPC, HTTP, "http/json"];

/// What the operator can inject.
const LANGUAGES: [&str; 8] = [
    "java",
    "nodejs",
    "python",
    "dotnet",
    "go",
    "apache-httpd",
    "nginx",
    "sdk",
];

impl Feature for Telemetry {
    const NAME: &'static str = "telemetry";

    fn read(fields: &mut Fields<'_>, report: &mut Report) -> Telemetry {
        let port = fields.optional("port", report);
        let port = port.and_then(|node| reader::port(node, "`port`", report));
        let labels = fields.optional("labels", report);
        Telemetry {
            endpoint: text(fields, "endpoint", URL, is_url, report),
            protocol: one_of(fields, "protocol", &PROTOCOLS, report),
            collector: flag(fields, "collector", report).unwrap_or(true),
            port: port.unwrap_or(13000),
            inject: one_of(fields, "inject", &LANGUAGES, report),
            instrumentation: text(
                fields,
                "instrumentation",
                "write its name, or `NAMESPACE/NAME`",
                is_object,
                report,
            )
            .map(|name| name.value),
            scrape: flag(fields, "scrape", report).unwrap_or(true),
            path: text(
                fields,
                "path",
                "write a path that begins with `/`",
                is_path,
                report,
            )
            .map(|path| path.value),
            alerts: flag(fields, "alerts", report).unwrap_or_default(),
            labels: labels
                .map(|node| read_labels(node, report))
                .unwrap_or_default(),
        }
    }
}

const URL: &str = "write the URL of a collector, as in `http://collector.observability:4317`";

const LABEL: &str =
    "use up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";

fn is_url(text: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let server = rest.and_then(|rest| rest.split('/').next());
    server.is_some_and(is_server) && !text.contains(char::is_whitespace)
}

/// Whether a text is a host or an address, with a port or not.
fn is_server(text: &str) -> bool {
    let in_name = |one: char| one.is_ascii_alphanumeric() || "-._".contains(one);
    let (is_host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').unwrap_or_default();
            (address.parse::<Ipv6Addr>().is_ok(), port)
        }
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (!host.is_empty() && host.chars().all(in_name), port)
        }
    };
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_object(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_edge = |edge: Option<char>| edge.is_some_and(|edge| edge.is_ascii_alphanumeric());
        is_edge(name.chars().next()) && is_edge(name.chars().last())
    };
    let is_allowed =
        |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || "-./".contains(one);
    let mut names = text.splitn(2, '/');
    text.chars().all(is_allowed) && names.all(|name| is_name(name) && !name.contains('/'))
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.contains(char::is_whitespace)
}

fn flag(fields: &mut Fields<'_>, key: &'static str, report: &mut Report) -> Option<bool> {
    reader::boolean(fields.optional(key, report)?, &format!("`{key}`"), report)
}

fn one_of(
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &[&'static str],
    report: &mut Report,
) -> Option<&'static str> {
    let words: Vec<_> = words.iter().map(|word| (*word, *word)).collect();
    let node = fields.optional(key, report)?;
    reader::word(node, &format!("`{key}`"), &words, report)
}

/// A text that must have a form.
fn text(
    fields: &mut Fields<'_>,
    key: &'static str,
    help: &str,
    is_valid: fn(&str) -> bool,
    report: &mut Report,
) -> Option<Spanned<String>> {
    let node = fields.optional(key, report)?;
    let text = reader::string(node, &format!("`{key}`"), report)?;
    if is_valid(&text.value) {
        return Some(text);
    }
    let message = format!("`{key}` cannot be `{}`", text.value);
    report.push(
        Problem::new(&UNKNOWN_VALUE, message)
            .at(text.span)
            .help(help),
    );
    None
}

fn read_labels(node: &Node, report: &mut Report) -> BTreeMap<String, String> {
    let entries = reader::named_entries(node, "`labels`", report).into_iter();
    let labels = entries.filter_map(|(key, value)| {
        let value = reader::string(value, &format!("`{}`", key.value), report)?;
        for (text, what, is_valid) in [
            (&key, "key", is_qualified_name as fn(&str) -> bool),
            (&value, "value", is_label_value),
        ] {
            if !is_valid(&text.value) {
                let message = format!("`{}` is not a valid {what} of a label", text.value);
                let problem = Problem::new(&UNKNOWN_VALUE, message).at(text.span);
                report.push(problem.help(LABEL));
            }
        }
        Some((key.value, value.value))
    });
    labels.collect()
}

#[cfg(test)]
mod tests {
    use super::{is_object, is_url};

    #[test]
    fn endpoints_are_urls() {
        for text in [
            "http://collector:4317",
            "https://otlp.example.com",
            "http://[fd00::1]:4318/v1/x",
            "http://[::1]",
            "http://10.0.0.1:65535",
        ] {
            assert!(is_url(text), "{text}");
        }
        for text in [
            "collector:4317",
            "http://",
            "http:///v1",
            "http://a b",
            "grpc://a:1",
            "http://c:",
            "http://c:0",
            "http://c:+1",
            "http://c:99999",
            "http://c:1:2",
            "http://c:1]",
            "http://[::1",
            "http://[::1]x",
            "http://[::1]1",
            "http://[c]:1",
            "http://::1",
            "http://:1",
            "",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn an_instrumentation_may_be_in_another_namespace() {
        assert!(is_object("default") && is_object("observability/default"));
        for text in ["", "/", "a/", "a/b/c", "A"] {
            assert!(!is_object(text), "{text}");
        }
    }
}
