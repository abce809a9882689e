//! Published ports, which Kubernetes does not have.

use crate::targets::publish::Publish;
use diagnostics::report::{Problem, Report};

rules! {
    /// `--publish` is used for Kubernetes, which cannot publish ports on your machine.
    pub PUBLISH_NOT_SUPPORTED: "publish-not-supported", Error;
}

/// Reports published ports, once for all of them: a cluster does not run on the machine that
/// compiles, so nothing would answer there.
pub(super) fn report_unsupported(publish: &[Publish], report: &mut Report) {
    let Some(first) = publish.first() else { return };
    let problem = Problem::new(
        &PUBLISH_NOT_SUPPORTED,
        "Kubernetes does not publish ports on your machine",
    )
    .at(first.span);
    let help = "leave out `--publish`, and use `kubectl port-forward`, or a `route` resource for permanent access";
    report.push(problem.help(help));
}
