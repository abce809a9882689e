//! A container does not request more than its limit.

use std::cmp::Ordering;

use crate::model::{Quantities, Workload};
use crate::support::quantity::Amount;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;

rules! {
    /// A container requests more CPU or memory than its limit.
    pub REQUEST_ABOVE_LIMIT: "request-above-limit", Error;
}

pub(super) fn check(workload: &Workload, report: &mut Report) {
    for container in workload.containers.values() {
        compare_all(
            &container.compute.limits,
            &container.compute.requests,
            report,
        );
    }
}

/// Reports requests that are above the limits.
pub(crate) fn compare_all(limits: &Quantities, requests: &Quantities, report: &mut Report) {
    compare("cpu", requests.cpu.as_ref(), limits.cpu.as_ref(), report);
    compare(
        "memory",
        requests.memory.as_ref(),
        limits.memory.as_ref(),
        report,
    );
}

fn compare(
    what: &str,
    request: Option<&Spanned<String>>,
    limit: Option<&Spanned<String>>,
    report: &mut Report,
) {
    let (Some(request), Some(limit)) = (request, limit) else {
        return;
    };
    let (Some(amount), Some(maximum)) =
        (Amount::parse(&request.value), Amount::parse(&limit.value))
    else {
        return;
    };
    if amount.compare(maximum) != Some(Ordering::Greater) {
        return;
    }
    let message = format!(
        "this requests `{}` of {what}, more than its limit of `{}`",
        request.value, limit.value
    );
    let problem = Problem::new(&REQUEST_ABOVE_LIMIT, message)
        .at(request.span)
        .secondary(limit.span, "the limit is here");
    report.push(problem.help(format!(
        "request at most `{}`, or raise the limit",
        limit.value
    )));
}
