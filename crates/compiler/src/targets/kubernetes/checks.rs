//! Checks of a workload that only Kubernetes needs and that depend on no resource.
//!
//! They run on the decoded workload, before anything is provisioned, and on the planned one, when
//! it is lowered.

use super::annotations::{Annotations, SCHEDULE, SERVICE_NAME, check_values};
use super::workload_kind::{Kind, kind};
use super::{client_side_apply, names};
use crate::model::{Port, Probe, Workload};
use crate::plan;
use crate::recovery::Part;
use crate::rules::INVALID_NAME;
use crate::rules::UNUSED_ANNOTATION;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::Spanned;

rules! {
    /// Two ports of a workload have the same number and protocol, which a Kubernetes Service cannot
    /// have.
    pub DUPLICATE_PORT: "duplicate-port", Error | Warning;

    /// A probe sends a header with a name that Kubernetes refuses.
    pub INVALID_HEADER_NAME: "invalid-header-name", Error | Warning;

    /// A probe has both `httpGet` and `exec`, but a Kubernetes probe has only one handler.
    pub MULTIPLE_PROBE_HANDLERS: "multiple-probe-handlers", Error | Warning;

    /// A probe connects to a host instead of to the address of the pod.
    pub PROBE_HOST: "probe-host", Warning;

    /// A container that runs to completion has a probe, which Kubernetes does not support.
    pub PROBE_IGNORED: "probe-ignored", Warning;
}

/// Reports ports with the same number and protocol: each pair is unique in a Service (Kubernetes,
/// `ServiceSpec.ports`).
pub(super) fn check_ports<'a>(
    ports: impl IntoIterator<Item = &'a Port>,
    severity: Severity,
    report: &mut Report,
) {
    let ports: Vec<&Port> = ports.into_iter().collect();
    if severity == Severity::Error {
        client_side_apply::check_ports(&ports, report);
    }
    for (index, port) in ports.iter().enumerate() {
        let is_same = |other: &&&Port| other.port == port.port && other.protocol == port.protocol;
        let Some(first) = ports[..index].iter().find(is_same) else {
            continue;
        };
        let (first_name, name) = (&first.name.value, &port.name.value);
        let message = format!(
            "`{first_name}` and `{name}` are both port {}/{}",
            port.port,
            port.protocol.name()
        );
        let help =
            "change one `port`; port numbers in a Kubernetes Service must be unique per protocol";
        let problem = Problem::new(&DUPLICATE_PORT, message)
            .at(port.name.span)
            .secondary(first.name.span, "the other is here");
        report.push_as(severity, problem.help(help));
    }
}

/// Reports a probe with several handlers or with a header whose name Kubernetes refuses (Kubernetes,
/// `Probe`). Returns whether it has at most one handler.
pub(super) fn check_probe(probe: &Probe, severity: Severity, report: &mut Report) -> bool {
    let headers = probe.http_get.iter().flat_map(|http| &http.headers);
    for (name, _) in headers.filter(|(name, _)| !is_header_name(&name.value)) {
        let message = format!(
            "`{}` is not a valid name of a header in a Kubernetes probe",
            name.value
        );
        let problem = Problem::new(&INVALID_HEADER_NAME, message).at(name.span);
        let help = "use the characters A-Z, a-z, 0-9 and `-`";
        report.push_as(severity, problem.help(help));
    }
    let host = probe.http_get.as_ref().and_then(|http| http.host.as_ref());
    if let Some(host) = host.filter(|_| severity == Severity::Error) {
        report_host(host, report);
    }
    let has_one = probe.exec.is_none() || probe.http_get.is_none();
    if !has_one {
        let message = "this probe has two handlers, but Kubernetes allows one";
        let problem = Problem::new(&MULTIPLE_PROBE_HANDLERS, message).at(probe.span);
        report.push_as(severity, problem.help("keep either `httpGet` or `exec`"));
    }
    has_one
}

/// Reports the host of a probe. The kubelet connects to it from its node, and the Pod Security
/// Standard `baseline` forbids it from Kubernetes 1.34 on.
fn report_host(host: &Spanned<String>, report: &mut Report) {
    let name = &host.value;
    let (message, help) = match is_loopback(name) {
        true => (
            format!("`{name}` would be the node of the cluster, so it is left out"),
            "remove `host`: Kubernetes then connects to the pod, and Compose to the container",
        ),
        false => (
            format!("Kubernetes connects to `{name}` and not to this container"),
            "remove `host`; for a virtual host, set the header `Host` in `httpHeaders`",
        ),
    };
    report.push(Problem::new(&PROBE_HOST, message).at(host.span).help(help));
}

/// Whether a host is the machine that connects to it.
pub(super) fn is_loopback(host: &str) -> bool {
    let address: Result<std::net::IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Whether Kubernetes accepts the name of a header in a probe (Kubernetes, `HTTPHeader`). HTTP allows
/// more characters.
pub(super) fn is_header_name(name: &str) -> bool {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !name.is_empty() && name.bytes().all(is_legal)
}

/// Reports what Kubernetes refuses and other targets accept.
pub(super) fn check_portability(workload: &Workload, severity: Severity, report: &mut Report) {
    check_ports(workload.ports.values(), severity, report);
    // A container that runs to completion is not probed.
    let containers = workload.containers.values();
    let probes = containers.filter(|container| !container.runs_to_completion());
    let probes = probes.flat_map(|container| container.liveness.iter().chain(&container.readiness));
    for probe in probes {
        check_probe(probe, severity, report);
    }
}

/// Reports what is wrong with a decoded workload, before anything is provisioned.
pub(super) fn check_decoded(workload: &Workload, report: &mut Report) {
    let containers = workload.containers.values();
    let probes = containers
        .filter(|container| container.runs_to_completion())
        .map(|container| (&container.name, [&container.liveness, &container.readiness]));
    let annotations = Annotations {
        decoded: &workload.annotations,
        metadata: &workload.metadata,
        is_incomplete: workload.incomplete.lacks(&Part::Metadata),
    };
    check(&workload.name, &annotations, probes, report);
}

/// Reports the same of a planned workload, and gives the kind of object that runs it; `None` where
/// that is unknown, which was reported.
pub(super) fn check_planned(workload: &plan::Workload, report: &mut Report) -> Option<Kind> {
    let containers = workload.containers.iter();
    let probes = containers
        .filter(|container| container.runs_to_completion())
        .map(|container| (&container.name, [&container.liveness, &container.readiness]));
    let annotations = Annotations::of(workload);
    check(&workload.name, &annotations, probes, report)
}

/// `probes` has the name and the probes of each container that runs to completion.
fn check<'a>(
    name: &Spanned<String>,
    annotations: &Annotations<'_>,
    probes: impl Iterator<Item = (&'a Spanned<String>, [&'a Option<Probe>; 2])>,
    report: &mut Report,
) -> Option<Kind> {
    check_service_name(annotations, report);
    check_values(annotations, report);
    for (container, probes) in probes {
        for probe in probes.into_iter().flatten() {
            report_ignored_probe(&container.value, probe, report);
        }
    }
    let kind = kind(name, annotations, report);
    // A CronJob without a schedule was reported together with the misspelling of its key.
    let reported_key = matches!(kind, Some(Kind::CronJob { .. })).then_some(SCHEDULE);
    for annotation in annotations.decoded {
        let intended_key = annotations.intended_key(annotation);
        if let Some(key) = intended_key.filter(|key| reported_key != Some(key)) {
            let message = format!("`{}` has no effect", annotation.key.value);
            let problem = Problem::new(&UNUSED_ANNOTATION, message).at(annotation.key.span);
            report.push(problem.help(format!("did you mean `{key}`?")));
        }
    }
    kind
}

/// Checks the annotation. The name that follows from the workload's is valid where that is.
fn check_service_name(annotations: &Annotations<'_>, report: &mut Report) {
    let Some(annotation) = annotations.find(SERVICE_NAME) else {
        return;
    };
    let name = &annotation.value;
    if !names::is_service_name(&name.value) {
        let message = format!("`{}` is not a valid Service name", name.value);
        let help = "use up to 63 of the characters a-z, 0-9 and `-`, beginning with a letter and not ending with `-`";
        let problem = Problem::new(&INVALID_NAME, message).at(name.span);
        report.push(problem.help(help));
    }
}

fn report_ignored_probe(name: &str, probe: &Probe, report: &mut Report) {
    let message = format!(
        "`{name}` runs to completion, so Kubernetes does not probe it; this probe is ignored"
    );
    let problem = Problem::new(&PROBE_IGNORED, message).at(probe.span);
    report.push(problem.help("remove the probe, or wait for `healthy` instead of `complete`"));
}
