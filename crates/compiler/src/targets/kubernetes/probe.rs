//! Probes.

use k8s_openapi::api::core::v1::{ExecAction, HTTPGetAction, HTTPHeader, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::checks::{check_probe, is_loopback};
use super::environment;
use crate::model::{self, HttpGet, Scheme};
use crate::placeholder::Text;
use crate::placeholder::resolve::{ResolvedText, Segment};
use crate::plan::Container;
use crate::rules::SECRET_NOT_ALLOWED;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::Spanned;

/// A probe; `None` after a report when Kubernetes would refuse it.
pub(super) fn probe(
    container: &Container,
    probe: &model::Probe,
    report: &mut Report,
) -> Option<Probe> {
    if !check_probe(probe, Severity::Error, report) {
        return None;
    }
    let exec = probe.exec.as_ref().map(|texts| ExecAction {
        command: Some(command(container, texts, report)),
    });
    Some(Probe {
        exec,
        http_get: probe.http_get.as_ref().map(http_get),
        ..Probe::default()
    })
}

/// The startup probe of a sidecar: the next container starts when it succeeds.
pub(super) fn startup(
    container: &Container,
    source: &model::Probe,
    report: &mut Report,
) -> Option<Probe> {
    let probe = probe(container, source, report)?;
    // The default period of ten seconds would make every start slow.
    Some(Probe {
        period_seconds: Some(2),
        failure_threshold: Some(60),
        ..probe
    })
}

fn command(container: &Container, texts: &[Text], report: &mut Report) -> Vec<String> {
    let texts = texts.iter().map(|text| container.probe_text(text));
    texts
        .filter_map(|text| {
            let text = with_values(container, &text, report);
            environment::process_text(&text, "a probe", report).ok()
        })
        .collect()
}

/// A text with the values of the variables that the kubelet would not read as a container does: for
/// a probe it takes the `value` as written, and nothing from a Secret or ConfigMap
/// (kubernetes#40846).
fn with_values(container: &Container, text: &ResolvedText, report: &mut Report) -> ResolvedText {
    text.map_variables(&mut |name, span| {
            let Some(value) = container.variable(name) else {
                return Vec::new();
            };
            let expanded = container.expanded(value);
            match (value.as_plain(), expanded.as_plain()) {
                (Some(plain), _) if !plain.contains('$') => vec![Segment::Variable {
                    name: name.to_owned(),
                    span,
                }],
                (_, Some(plain)) => vec![Segment::Plain(plain.to_owned())],
                (_, None) => {
                    let message = format!(
                        "a probe cannot refer to `{name}`: its value comes from a Secret or ConfigMap, which Kubernetes does not insert there"
                    );
                    let help = format!(r#"let a shell read it, as in `["sh", "-c", "check ${name}"]`"#);
                    report.push(Problem::new(&SECRET_NOT_ALLOWED, message).at(span).help(help));
                    Vec::new()
                }
            }
    })
}

fn http_get(http: &HttpGet) -> HTTPGetAction {
    let header = |(name, value): &(Spanned<String>, String)| HTTPHeader {
        name: name.value.clone(),
        value: value.clone(),
    };
    let headers: Vec<HTTPHeader> = http.headers.iter().map(header).collect();
    let host = http.host.as_ref().map(|host| host.value.as_str());
    HTTPGetAction {
        // On Compose it is the container itself; the kubelet would probe its own node.
        host: host.filter(|host| !is_loopback(host)).map(str::to_owned),
        http_headers: (!headers.is_empty()).then_some(headers),
        path: Some(http.path.clone()),
        port: IntOrString::Int(i32::from(http.port)),
        scheme: (http.scheme == Scheme::Https).then(|| "HTTPS".to_owned()),
    }
}
