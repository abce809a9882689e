//! What can be checked of images before anything is provisioned.

use crate::base::diagnostics::{Problem, Report, Reported};
use crate::middle::link::Graph;

/// Every container needs an image that is more than `.`. A file with `.` is right as it is; only a run that wants output
/// must have been told the image, so this is no rule of `front::check`.
pub fn require_images(graph: &Graph, report: &mut Report) -> Result<(), Reported> {
    report.collect(|report| {
        for workload in graph.workloads.iter().map(|linked| &linked.workload) {
            for container in workload.containers.values() {
                if container.image.as_plain() == Some(".") {
                    let (workload, name) = (&workload.name.value, &container.name.value);
                    let message = format!("nobody has named an image for the container `{name}` of `{workload}`");
                    let help =
                        format!("give it with `--image {workload}.{name}=IMAGE`, or `--image IMAGE` for every `.`");
                    let problem = Problem::new("missing-image", message).at(container.image.span);
                    let _ = report.error(problem.help(help));
                }
            }
        }
    })
}
