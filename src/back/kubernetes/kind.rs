//! What kind of object runs a workload: the annotations that say so.

use super::{names, schedule};
use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::text::{list_names, suggestion};
use crate::front::model::Annotation;
use crate::middle::plan::Workload;

/// The annotation that says what kind of object runs a workload.
const KIND: &str = "k8s.score.dev/kind";
/// The annotation that says when a CronJob runs.
const SCHEDULE: &str = "k8s.score.dev/schedule";
/// The annotation that says in which time zone the schedule is meant.
const TIME_ZONE: &str = "k8s.score.dev/time-zone";

/// The annotations that are read here and mean nothing to a pod.
pub(super) const ANNOTATIONS: [&str; 3] = [KIND, SCHEDULE, TIME_ZONE];

/// What runs a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// It runs on, and any of its pods is like another.
    Deployment,
    /// It runs on, and each pod has a name and volumes of its own.
    StatefulSet,
    /// It runs once, to its end.
    Job,
    /// It runs to its end, again and again.
    CronJob {
        /// When, in the five fields of cron or as `@hourly` and the like.
        schedule: String,
        /// Where that is the time; the cluster's own zone when not given.
        time_zone: Option<String>,
    },
}

/// The name of the object that runs a workload with these annotations.
pub(super) fn object_name(workload: &str, annotations: &[Annotation]) -> String {
    let kind = Annotation::find(annotations, KIND);
    match kind.map(|annotation| annotation.value.value.as_str()) {
        Some("StatefulSet") => names::stateful_set(workload),
        Some("CronJob") => names::cron_job(workload),
        _ => workload.to_owned(),
    }
}

/// Reads the kind of a workload from its annotations.
pub(super) fn kind(workload: &Workload, report: &mut Report) -> Result<Kind, Reported> {
    let name = Annotation::find(&workload.annotations, KIND);
    let kind = match name.map_or("Deployment", |name| name.value.value.as_str()) {
        "Deployment" => Ok(Kind::Deployment),
        "StatefulSet" => Ok(Kind::StatefulSet),
        "Job" => Ok(Kind::Job),
        "CronJob" => return cron_job(workload, report),
        other => Err(unknown(workload, other, report)),
    };
    for key in [SCHEDULE, TIME_ZONE] {
        if let Some(unused) = Annotation::find(&workload.annotations, key) {
            let message = format!("`{key}` means nothing here: only a `CronJob` has a schedule");
            let problem = Problem::new("unused-annotation", message).at(unused.key.span);
            report.warning(problem.help(format!("remove it, or add the annotation `{KIND}: CronJob`")));
        }
    }
    kind
}

fn cron_job(workload: &Workload, report: &mut Report) -> Result<Kind, Reported> {
    let time_zone = Annotation::find(&workload.annotations, TIME_ZONE).map(|zone| zone.value.value.clone());
    let Some(given) = Annotation::find(&workload.annotations, SCHEDULE) else {
        let place = Annotation::find(&workload.annotations, KIND).map_or(workload.name.span, |kind| kind.value.span);
        let problem = Problem::new("missing-schedule", "a CronJob needs a schedule").at(place);
        return Err(report.error(problem.help(format!("add the annotation `{SCHEDULE}`, such as \"30 4 * * *\""))));
    };
    let schedule = given.value.value.trim().to_owned();
    if let Err(why) = schedule::check(&schedule) {
        let problem = Problem::new("invalid-schedule", format!("`{schedule}` is no schedule: {why}"));
        let help = "write minute, hour, day of the month, month and day of the week, as in \"30 4 * * MON-FRI\"";
        return Err(report.error(problem.at(given.value.span).help(help)));
    }
    if let Some(zone) =
        Annotation::find(&workload.annotations, TIME_ZONE).filter(|zone| !schedule::is_time_zone(&zone.value.value))
    {
        let message = format!("`{}` is not the name of a time zone", zone.value.value);
        let problem = Problem::new("invalid-time-zone", message).at(zone.value.span);
        return Err(report.error(problem.help("write a name such as `Etc/UTC` or `Europe/Berlin`")));
    }
    Ok(Kind::CronJob { schedule, time_zone })
}

fn unknown(workload: &Workload, name: &str, report: &mut Report) -> Reported {
    let kinds = ["Deployment", "StatefulSet", "Job", "CronJob"];
    let help = suggestion(name, kinds, || format!("write one of {}", list_names(kinds)));
    let place = Annotation::find(&workload.annotations, KIND).map_or(workload.name.span, |kind| kind.value.span);
    let message = format!("`{name}` cannot run a workload here");
    report.error(Problem::new("unknown-kind", message).at(place).help(help))
}
