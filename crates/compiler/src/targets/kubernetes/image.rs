//! The image of a container.

use super::environment;
use crate::check::images::MISSING_IMAGE;
use crate::plan::Container;
use diagnostics::report::{Problem, Report, Reported};

rules! {
    /// `--build` is ignored on Kubernetes: the container runs the image with the given name.
    pub BUILD_IGNORED: "build-ignored", Warning;
}

/// The name of the image. Kubernetes does not build images, so a build is reported and not written.
pub(super) fn image(
    workload: &str,
    container: &Container,
    report: &mut Report,
) -> Result<String, Reported> {
    let name = &container.name.value;
    let place = container
        .build
        .as_ref()
        .map_or(container.name.span, |build| build.span());
    let Some(image) = &container.image else {
        let message = format!(
            "Kubernetes does not build images, so the container `{name}` needs an image name"
        );
        let help =
            format!("build and push the image, and set it with `--image {workload}.{name}=IMAGE`");
        return Err(report.error(Problem::new(&MISSING_IMAGE, message).at(place).help(help)));
    };
    let image = environment::plain_text(image, "an image", report)?;
    if container.build.is_some() {
        let message = format!(
            "Kubernetes does not build images; the container `{name}` runs `{image}` from the registry"
        );
        let problem = Problem::new(&BUILD_IGNORED, message).at(place);
        let help = "push the image before you apply the manifests, and leave out `--build` here";
        report.push(problem.help(help));
    }
    Ok(image)
}
