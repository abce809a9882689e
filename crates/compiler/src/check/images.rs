//! Every container needs an image that is more than `.`, or what makes one, by the time output is
//! wanted.

use crate::model::Workload;
use diagnostics::report::{Problem, Report};

rules! {
    /// A container has no image, and output cannot be generated without one.
    pub MISSING_IMAGE: "missing-image", Error, absence;
}

pub(super) fn check(workload: &Workload, report: &mut Report) {
    for container in workload.containers.values() {
        if container.build.is_none() && container.image.as_plain() == Some(".") {
            let (workload, name) = (&workload.name.value, &container.name.value);
            let message = format!("container `{name}` has no image");
            let help = format!(
                "set it with `--image {workload}.{name}=IMAGE`, or with `--image IMAGE` for every \
                 `image: .`; or have Compose build it with `--build {workload}.{name}=DIR`"
            );
            report.push(
                Problem::new(&MISSING_IMAGE, message)
                    .at(container.image.span)
                    .help(help),
            );
        }
    }
}
