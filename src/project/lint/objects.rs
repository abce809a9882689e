//! Objects of API versions that Kubernetes no longer serves.

use super::Subject;
use super::lines::key_of;
use super::rules::REMOVED_API_VERSION;
use compiler::targets::kubernetes::served_api_version;
use diagnostics::report::{Problem, Report};

pub(super) fn check(subject: &Subject<'_>, report: &mut Report) {
    let Some(section) = subject.section("manifests") else {
        return;
    };
    for object in section.lines.objects() {
        let (Some(version), Some(kind)) = (key_of(object, "apiVersion"), key_of(object, "kind"))
        else {
            continue;
        };
        if !version.is_literal() || !kind.is_literal() {
            continue;
        }
        let Some(served) = served_api_version(&version.value, &kind.value) else {
            continue;
        };
        let message = format!("Kubernetes has no `{}` in `{}`", kind.value, version.value);
        let place = section.place(version.value_at.0, version.value_at.1, subject.sources);
        let help = format!("write `apiVersion: {served}`, and adapt the fields");
        report.push(
            Problem::new(&REMOVED_API_VERSION, message)
                .at(place)
                .help(help),
        );
    }
}
