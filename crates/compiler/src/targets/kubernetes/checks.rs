//! What a Score file says of a workload that is right or wrong for Kubernetes alone, whatever the
//! resources give: it is checked in the same way before anything is provisioned and when the
//! workload is lowered.

use super::annotations::{Annotations, SCHEDULE, SERVICE_NAME};
use super::names;
use super::workload_kind::{Kind, kind};
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

    /// A probe has both `httpGet` and `exec`, but a Kubernetes probe has only one handler.
    pub MULTIPLE_PROBE_HANDLERS: "multiple-probe-handlers", Error | Warning;

    /// A container that runs to completion has a probe, which Kubernetes does not support.
    pub PROBE_IGNORED: "probe-ignored", Warning;
}

/// Reports ports of one number and protocol: a Service has each pair once (Kubernetes,
/// `ServiceSpec.ports`).
pub(super) fn check_ports<'a>(
    ports: impl IntoIterator<Item = &'a Port>,
    severity: Severity,
    report: &mut Report,
) {
    let ports: Vec<&Port> = ports.into_iter().collect();
    for (index, port) in ports.iter().enumerate() {
        let is_same = |other: &&&Port| other.port == port.port && other.protocol == port.protocol;
        let Some(first) = ports[..index].iter().find(is_same) else {
            continue;
        };
        let (first_name, name) = (&first.name.value, &port.name.value);
        let message = format!(
            "`{first_name}` and `{name}` are both the port {}",
            port.port
        );
        let help = "give one of them another `port`; a Kubernetes Service has each number once";
        let problem = Problem::new(&DUPLICATE_PORT, message)
            .at(port.name.span)
            .secondary(first.name.span, "the other is here");
        report.push_as(severity, problem.help(help));
    }
}

/// Reports a probe with several handlers (Kubernetes, `Probe`), and says whether it has at most
/// one.
pub(super) fn has_one_handler(probe: &Probe, severity: Severity, report: &mut Report) -> bool {
    let has_one = probe.exec.is_none() || probe.http_get.is_none();
    if !has_one {
        let message = "a Kubernetes probe asks in one way, this one in two";
        let problem = Problem::new(&MULTIPLE_PROBE_HANDLERS, message).at(probe.span);
        report.push_as(severity, problem.help("keep `httpGet` or `exec`"));
    }
    has_one
}

/// Reports what no other target refuses, before the workload is lowered.
pub(super) fn check_portability(workload: &Workload, severity: Severity, report: &mut Report) {
    check_ports(workload.ports.values(), severity, report);
    // A container that runs to completion is not probed.
    let probed = workload
        .containers
        .values()
        .filter(|container| !container.runs_to_completion());
    let probes = probed.flat_map(|container| container.liveness.iter().chain(&container.readiness));
    for probe in probes {
        has_one_handler(probe, severity, report);
    }
}

/// What is said of a workload.
pub(super) struct Said<'a> {
    /// The workload's name.
    name: &'a Spanned<String>,
    annotations: Annotations<'a>,
    /// Containers that run to completion, each with its probes.
    completing: Vec<(&'a Spanned<String>, Vec<&'a Probe>)>,
}

impl<'a> Said<'a> {
    /// What a Score file says.
    pub(super) fn in_file(workload: &'a Workload) -> Said<'a> {
        let containers = workload
            .containers
            .values()
            .filter(|container| container.runs_to_completion());
        let completing = containers.map(|own| {
            (
                &own.name,
                own.liveness.iter().chain(&own.readiness).collect(),
            )
        });
        Said {
            name: &workload.name,
            annotations: Annotations {
                read: &workload.annotations,
                metadata: &workload.metadata,
                lacks_metadata: workload.incomplete.lacks(&Part::Metadata),
            },
            completing: completing.collect(),
        }
    }

    /// What is left of it in a plan, which is all.
    pub(super) fn in_plan(workload: &'a plan::Workload) -> Said<'a> {
        let containers = workload
            .containers
            .iter()
            .filter(|container| container.runs_to_completion());
        let completing = containers.map(|own| {
            (
                &own.name,
                own.liveness.iter().chain(&own.readiness).collect(),
            )
        });
        Said {
            name: &workload.name,
            annotations: Annotations {
                read: &workload.annotations,
                metadata: &workload.metadata,
                lacks_metadata: false,
            },
            completing: completing.collect(),
        }
    }

    /// Reports all that is wrong, and gives the kind of object that runs the workload where that is
    /// known.
    pub(super) fn check(&self, report: &mut Report) -> Option<Kind> {
        self.check_service_name(report);
        self.check_probes(report);
        let kind = kind(self.name, &self.annotations, report);
        // That one has another name is told with what it leaves missing.
        let told = matches!(kind, Some(Kind::CronJob { .. })).then_some(SCHEDULE);
        for annotation in self.annotations.read {
            let Some(meant) = self
                .annotations
                .meant(annotation)
                .filter(|meant| told != Some(meant))
            else {
                continue;
            };
            let message = format!("`{}` means nothing", annotation.key.value);
            let problem = Problem::new(&UNUSED_ANNOTATION, message).at(annotation.key.span);
            report.push(problem.help(format!("did you mean `{meant}`?")));
        }
        kind
    }

    /// Without the annotation it follows from the workload's name, and is right where that is.
    fn check_service_name(&self, report: &mut Report) {
        let Some(given) = self
            .annotations
            .find(SERVICE_NAME)
            .map(|given| &given.value)
        else {
            return;
        };
        if !names::is_service_name(&given.value) {
            let message = format!("`{}` cannot be the name of a Service", given.value);
            let help = "use up to 63 of the characters a-z, 0-9 and `-`, beginning with a letter and not ending with `-`";
            report.push(
                Problem::new(&INVALID_NAME, message)
                    .at(given.span)
                    .help(help),
            );
        }
    }

    fn check_probes(&self, report: &mut Report) {
        for (container, probe) in self
            .completing
            .iter()
            .flat_map(|(name, own)| own.iter().map(move |own| (name, own)))
        {
            let name = &container.value;
            let message = format!(
                "`{name}` runs to completion, so Kubernetes asks it nothing; this probe is ignored"
            );
            let problem = Problem::new(&PROBE_IGNORED, message).at(probe.span);
            report.push(
                problem.help("remove the probe, or wait for `healthy` instead of `complete`"),
            );
        }
    }
}
