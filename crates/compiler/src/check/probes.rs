//! A probe asks in one way. Compose takes `exec`, Kubernetes refuses it when it writes the pod.

use crate::model::Workload;
use diagnostics::report::{Problem, Report};

rules! {
    /// A probe says both `httpGet` and `exec`, and Kubernetes asks in one way only.
    pub MULTIPLE_PROBE_HANDLERS: "multiple-probe-handlers", Error | Warning;
}

pub(super) fn check(workload: &Workload, report: &mut Report) {
    // Kubernetes asks nothing of a container that ends.
    let asked = workload
        .containers
        .values()
        .filter(|container| !container.runs_to_completion());
    let probes = asked.flat_map(|container| [&container.liveness, &container.readiness]);
    for probe in probes
        .flatten()
        .filter(|probe| probe.exec.is_some() && probe.http_get.is_some())
    {
        let problem = Problem::new(
            &MULTIPLE_PROBE_HANDLERS,
            "a Kubernetes probe asks in one way, this one in two",
        );
        report.warning(problem.at(probe.span).help("keep `httpGet` or `exec`"));
    }
}
