//! Ports of the host, which a cluster does not give away.

use crate::targets::publish::Publish;
use diagnostics::report::{Problem, Report};

rules! {
    /// `--publish` is used for Kubernetes, which cannot publish ports on your machine.
    pub PUBLISH_NOT_SUPPORTED: "publish-not-supported", Error;
}

/// Refuses published ports, in one word for all of them: the machine that compiles is not the one
/// that runs, and nothing would answer there.
pub(super) fn refuse(asked: &[Publish], report: &mut Report) {
    let Some(first) = asked.first() else { return };
    let problem = Problem::new(
        &PUBLISH_NOT_SUPPORTED,
        "Kubernetes publishes no ports on your machine",
    )
    .at(first.span);
    report.push(
        problem
            .help("leave out `--publish`, and use `kubectl port-forward`, or a `route` for good"),
    );
}
