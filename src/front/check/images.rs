//! Every container needs an image that is more than `.` by now: overrides have been applied.

use crate::base::diagnostics::{Problem, Report};
use crate::front::model::Workload;

pub(super) fn check(workload: &Workload, report: &mut Report) {
    for container in workload.containers.values() {
        if container.image.as_plain() == Some(".") {
            let message = format!("nobody has named an image for the container `{}`", container.name.value);
            let help = format!(
                "give it with `--image {}.{}=IMAGE`, or `--image IMAGE` for every `.`",
                workload.name.value, container.name.value
            );
            let _ = report.error(Problem::new("missing-image", message).at(container.image.span).help(help));
        }
    }
}
