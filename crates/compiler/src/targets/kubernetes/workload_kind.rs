//! The kind of object that runs a workload, read from its annotations.

use super::annotations::{Annotations, JOB_HASH, JOB_TTL, KIND, SCHEDULE, TIME_ZONE};
use super::{cron, names};
use crate::model::Annotation;
use crate::rules::UNUSED_ANNOTATION;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use diagnostics::suggestions::{list_names, suggestion};

rules! {
    /// The schedule of a CronJob is invalid, and a cluster would reject it.
    pub INVALID_SCHEDULE: "invalid-schedule", Error;

    /// The time zone of a CronJob does not exist.
    pub INVALID_TIME_ZONE: "invalid-time-zone", Error;

    /// A workload is a CronJob, but has no schedule.
    pub MISSING_SCHEDULE: "missing-schedule", Error, absence;

    /// An annotation requests a Kubernetes kind that score-rs cannot generate for a workload.
    pub UNSUPPORTED_WORKLOAD_KIND: "unsupported-workload-kind", Error;
}

/// The annotations that only these kinds have.
const OF_KINDS: [(&str, &[&str]); 4] = [
    (SCHEDULE, &["CronJob"]),
    (TIME_ZONE, &["CronJob"]),
    (JOB_TTL, &["Job", "CronJob"]),
    (JOB_HASH, &["Job"]),
];

/// What runs a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// It keeps running, and its pods are interchangeable.
    Deployment,
    /// As a Deployment, but new pods get a growing share of the traffic (Argo Rollouts).
    Rollout,
    /// It keeps running, and each pod has its own name and volumes.
    StatefulSet,
    /// It runs once, to completion.
    Job,
    /// It runs to completion on a schedule.
    CronJob {
        /// Five fields of cron, or a short form such as `@hourly`.
        schedule: String,
        /// The time zone of the schedule; that of the cluster when `None`.
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

/// Reads the kind of a workload from its annotations; `None` when it is unknown, which is reported.
/// Annotations of a CronJob are checked too.
pub(super) fn kind(
    workload: &Spanned<String>,
    annotations: &Annotations<'_>,
    report: &mut Report,
) -> Option<Kind> {
    let name = annotations.find(KIND);
    let kind_name = name.map_or("Deployment", |name| name.value.value.as_str());
    let kind = match kind_name {
        "Deployment" => Some(Kind::Deployment),
        "StatefulSet" => Some(Kind::StatefulSet),
        "Job" => Some(Kind::Job),
        "CronJob" => Some(cron_job(workload, annotations, report)),
        other => {
            report_unknown_kind(workload, annotations, other, report);
            None
        }
    };
    // The kind may be in an annotation that could not be decoded or is misspelled.
    let may_have_kind = annotations.may_hold(KIND) || annotations.misspelling_of(KIND).is_some();
    if kind.is_none() || name.is_none() && may_have_kind {
        return kind;
    }
    for (key, kinds) in OF_KINDS {
        let unused = annotations.find(key);
        if let Some(unused) = unused.filter(|_| !kinds.contains(&kind_name)) {
            let message = format!(
                "`{key}` has no effect here: only a {} has it",
                kinds.join(" or ")
            );
            let problem = Problem::new(&UNUSED_ANNOTATION, message).at(unused.key.span);
            report.push(problem.help(format!(
                "remove it, or add the annotation `{KIND}: {}`",
                kinds[0]
            )));
        }
    }
    kind
}

fn cron_job(
    workload: &Spanned<String>,
    annotations: &Annotations<'_>,
    report: &mut Report,
) -> Kind {
    let schedule = annotations.find(SCHEDULE).map(|annotation| {
        let schedule = annotation.value.value.trim();
        if let Err(why) = cron::check(schedule) {
            let problem = Problem::new(&INVALID_SCHEDULE, format!("`{schedule}` is not a valid schedule: {why}"));
            let help = "write minute, hour, day of the month, month and day of the week, as in \"30 4 * * MON-FRI\"";
            report.push(problem.at(annotation.value.span).help(help));
        }
        schedule.to_owned()
    });
    if schedule.is_none() && !annotations.may_hold(SCHEDULE) {
        report_missing_schedule(workload, annotations, report);
    }
    let time_zone = annotations.find(TIME_ZONE).map(|zone| &zone.value);
    if let Some(zone) = time_zone.filter(|zone| !cron::is_time_zone(&zone.value)) {
        let message = format!("there is no time zone `{}`", zone.value);
        let problem = Problem::new(&INVALID_TIME_ZONE, message).at(zone.span);
        let help = suggestion(&zone.value, cron::time_zones(), || {
            "write a name such as `Etc/UTC` or `Europe/Berlin`".to_owned()
        });
        report.push(problem.help(help));
    }
    Kind::CronJob {
        schedule: schedule.unwrap_or_default(),
        time_zone: time_zone.map(|zone| zone.value.clone()),
    }
}

fn report_missing_schedule(
    workload: &Spanned<String>,
    annotations: &Annotations<'_>,
    report: &mut Report,
) {
    let place = annotations
        .find(KIND)
        .map_or(workload.span, |kind| kind.value.span);
    let problem = Problem::new(&MISSING_SCHEDULE, "a CronJob needs a schedule").at(place);
    let problem = match annotations.misspelling_of(SCHEDULE) {
        Some(misspelling) => {
            let label = format!("`{}` has no effect", misspelling.key.value);
            problem
                .secondary(misspelling.key.span, label)
                .help(format!("did you mean `{SCHEDULE}`?"))
        }
        None => problem.help(format!(
            "add the annotation `{SCHEDULE}`, such as \"30 4 * * *\""
        )),
    };
    report.push(problem);
}

fn report_unknown_kind(
    workload: &Spanned<String>,
    annotations: &Annotations<'_>,
    name: &str,
    report: &mut Report,
) {
    let kinds = ["Deployment", "StatefulSet", "Job", "CronJob"];
    let help = suggestion(name, kinds, || {
        format!("write one of {}", list_names(kinds))
    });
    let place = annotations
        .find(KIND)
        .map_or(workload.span, |kind| kind.value.span);
    let message = format!("`{name}` is not a supported kind of workload");
    report.push(
        Problem::new(&UNSUPPORTED_WORKLOAD_KIND, message)
            .at(place)
            .help(help),
    );
}
