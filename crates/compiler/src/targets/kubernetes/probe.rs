//! Probes.

use k8s_openapi::api::core::v1::{ExecAction, HTTPGetAction, HTTPHeader, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::checks::check_probe;
use crate::model::{self, HttpGet, Scheme};
use diagnostics::report::{Report, Severity};
use diagnostics::source::Spanned;

/// A probe; `None` after a report when Kubernetes would refuse it.
pub(super) fn probe(probe: &model::Probe, report: &mut Report) -> Option<Probe> {
    if !check_probe(probe, Severity::Error, report) {
        return None;
    }
    // Unlike in a container's command, Kubernetes expands nothing in a probe's.
    let exec = probe.exec.as_ref().map(|command| ExecAction {
        command: Some(command.clone()),
    });
    Some(Probe {
        exec,
        http_get: probe.http_get.as_ref().map(http_get),
        ..Probe::default()
    })
}

/// The startup probe of a sidecar: the next container starts when it succeeds.
pub(super) fn startup(source: &model::Probe, report: &mut Report) -> Option<Probe> {
    let probe = probe(source, report)?;
    // The default period of ten seconds would make every start slow.
    Some(Probe {
        period_seconds: Some(2),
        failure_threshold: Some(60),
        ..probe
    })
}

fn http_get(http: &HttpGet) -> HTTPGetAction {
    let header = |(name, value): &(Spanned<String>, String)| HTTPHeader {
        name: name.value.clone(),
        value: value.clone(),
    };
    let headers: Vec<HTTPHeader> = http.headers.iter().map(header).collect();
    HTTPGetAction {
        host: http.host.clone(),
        http_headers: (!headers.is_empty()).then_some(headers),
        path: Some(http.path.clone()),
        port: IntOrString::Int(i32::from(http.port)),
        scheme: (http.scheme == Scheme::Https).then(|| "HTTPS".to_owned()),
    }
}
