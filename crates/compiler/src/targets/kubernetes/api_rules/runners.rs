//! What runs pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob and Pod.

use super::containers::{AT_LEAST_ONE, NOT_NEGATIVE};
use super::forms;
use super::metadata::{LABEL_SELECTOR, OBJECT_META, selector_matches};
use super::pods::{POD, POD_TEMPLATE, mounts_exist};
use super::shape::{Check, EMPTY, KindRules, Shape, items, text, value, with_spec};
use super::storage::CLAIM_TEMPLATE;
use crate::support::faults::Faults;
use yaml::{Kind, Node};

pub(super) const KINDS: &[KindRules] = &[
    ("v1", "Pod", &forms::DNS_NAME, &POD),
    ("apps/v1", "Deployment", &forms::DNS_NAME, &DEPLOYMENT),
    ("apps/v1", "ReplicaSet", &forms::DNS_NAME, &REPLICA_SET),
    ("apps/v1", "StatefulSet", &forms::DNS_NAME, &STATEFUL_SET),
    ("apps/v1", "DaemonSet", &forms::DNS_NAME, &DAEMON_SET),
    ("batch/v1", "Job", &forms::DNS_NAME, &JOB),
    ("batch/v1", "CronJob", &forms::CRON_JOB_NAME, &CRON_JOB),
];

with_spec! {
    DEPLOYMENT: DEPLOYMENT_SPEC;
    REPLICA_SET: REPLICA_SET_SPEC;
    STATEFUL_SET: STATEFUL_SET_SPEC;
    DAEMON_SET: DAEMON_SET_SPEC;
    JOB: JOB_SPEC;
    CRON_JOB: CRON_JOB_SPEC;
}

static DEPLOYMENT_SPEC: Shape = Shape {
    required: &["selector", "template"],
    fields: &[
        ("selector", Check::Shape(&LABEL_SELECTOR)),
        ("template", Check::Shape(&POD_TEMPLATE)),
        ("replicas", NOT_NEGATIVE),
        ("minReadySeconds", NOT_NEGATIVE),
        ("revisionHistoryLimit", NOT_NEGATIVE),
        ("strategy", Check::Shape(&STRATEGY)),
    ],
    also: &[selector_matches, runs_forever, mounts_volumes],
};

static STRATEGY: Shape = Shape {
    fields: &[
        ("type", Check::Word(&["Recreate", "RollingUpdate"])),
        ("rollingUpdate", Check::Shape(&ROLLING_UPDATE)),
    ],
    also: &[|node, faults| {
        if text(node, "type") == Some("Recreate") {
            faults.forbid(node, "rollingUpdate", "with the type `Recreate`");
        }
    }],
    ..EMPTY
};

static ROLLING_UPDATE: Shape = Shape {
    fields: &[
        ("maxSurge", AMOUNT_OR_PERCENTAGE),
        ("maxUnavailable", AMOUNT_OR_PERCENTAGE),
    ],
    also: &[|node, faults| {
        let is_zero = |key: &str| {
            value(node, key).is_some_and(|value| match &value.kind {
                Kind::Int(number) => *number == 0,
                Kind::String(text, _) => text == "0%",
                _ => false,
            })
        };
        if is_zero("maxSurge") && is_zero("maxUnavailable") {
            faults.add(
                node.span,
                "cannot have 0 for both `maxSurge` and `maxUnavailable`",
            );
        }
    }],
    ..EMPTY
};

/// A number of pods, or a percentage of them.
pub(super) const AMOUNT_OR_PERCENTAGE: Check = Check::By(|node, faults| {
    NOT_NEGATIVE.check(node, faults);
    Check::Form(&forms::PERCENTAGE).check(node, faults);
});

static REPLICA_SET_SPEC: Shape = Shape {
    required: &["selector", "template"],
    fields: &[
        ("selector", Check::Shape(&LABEL_SELECTOR)),
        ("template", Check::Shape(&POD_TEMPLATE)),
        ("replicas", NOT_NEGATIVE),
    ],
    also: &[selector_matches, runs_forever, mounts_volumes],
};

static STATEFUL_SET_SPEC: Shape = Shape {
    required: &["selector", "template"],
    fields: &[
        ("selector", Check::Shape(&LABEL_SELECTOR)),
        ("template", Check::Shape(&POD_TEMPLATE)),
        ("replicas", NOT_NEGATIVE),
        (
            "podManagementPolicy",
            Check::Word(&["OrderedReady", "Parallel"]),
        ),
        ("updateStrategy", Check::Shape(&UPDATE_STRATEGY)),
        (
            "volumeClaimTemplates",
            Check::Each(&Check::Shape(&CLAIM_TEMPLATE)),
        ),
    ],
    also: &[selector_matches, runs_forever, mounts_volumes],
};

static UPDATE_STRATEGY: Shape = Shape {
    fields: &[
        ("type", Check::Word(&["RollingUpdate", "OnDelete"])),
        ("rollingUpdate", Check::Shape(&ROLLING_UPDATE)),
    ],
    ..EMPTY
};

static DAEMON_SET_SPEC: Shape = Shape {
    required: &["selector", "template"],
    fields: &[
        ("selector", Check::Shape(&LABEL_SELECTOR)),
        ("template", Check::Shape(&POD_TEMPLATE)),
        ("updateStrategy", Check::Shape(&UPDATE_STRATEGY)),
    ],
    also: &[selector_matches, runs_forever, mounts_volumes],
};

static JOB_SPEC: Shape = Shape {
    required: &["template"],
    fields: &[
        ("template", Check::Shape(&POD_TEMPLATE)),
        ("parallelism", NOT_NEGATIVE),
        ("completions", NOT_NEGATIVE),
        ("backoffLimit", NOT_NEGATIVE),
        ("activeDeadlineSeconds", NOT_NEGATIVE),
        ("ttlSecondsAfterFinished", NOT_NEGATIVE),
        ("completionMode", Check::Word(&["NonIndexed", "Indexed"])),
    ],
    also: &[ends, mounts_volumes],
};

static CRON_JOB_SPEC: Shape = Shape {
    required: &["schedule", "jobTemplate"],
    fields: &[
        ("schedule", Check::By(schedule)),
        ("timeZone", Check::Form(&forms::TIME_ZONE)),
        (
            "concurrencyPolicy",
            Check::Word(&["Allow", "Forbid", "Replace"]),
        ),
        ("startingDeadlineSeconds", NOT_NEGATIVE),
        ("successfulJobsHistoryLimit", NOT_NEGATIVE),
        ("failedJobsHistoryLimit", NOT_NEGATIVE),
        ("jobTemplate", Check::Shape(&JOB_TEMPLATE)),
    ],
    ..EMPTY
};

static JOB_TEMPLATE: Shape = Shape {
    required: &["spec"],
    fields: &[
        ("metadata", Check::Shape(&OBJECT_META)),
        ("spec", Check::Shape(&JOB_SPEC)),
    ],
    ..EMPTY
};

fn schedule(node: &Node, faults: &mut Faults) {
    if let Some(schedule) = node.as_str().filter(|schedule| !schedule.is_empty())
        && let Err(why) = super::super::cron::check(schedule)
    {
        faults.add(node.span, format!("is not a valid schedule: {why}"));
    }
}

/// Looks at the `spec` of the pods that an object runs.
fn pod_spec(spec: &Node, faults: &mut Faults, look: impl FnOnce(&Node, &mut Faults)) {
    faults.field(spec, "template", |template, faults| {
        faults.field(template, "spec", look);
    });
}

/// Pods that keep running are always restarted.
fn runs_forever(spec: &Node, faults: &mut Faults) {
    pod_spec(spec, faults, |pod, faults| {
        if text(pod, "restartPolicy").is_some_and(|policy| policy != "Always") {
            faults.field(pod, "restartPolicy", |node, faults| {
                faults.add(node.span, "has to be `Always` here");
            });
        }
        faults.forbid(pod, "activeDeadlineSeconds", "here");
    });
}

/// Pods of a job are not always restarted, which is the default.
fn ends(spec: &Node, faults: &mut Faults) {
    pod_spec(spec, faults, |pod, faults| {
        if !matches!(text(pod, "restartPolicy"), Some("OnFailure" | "Never")) {
            let place = value(pod, "restartPolicy").unwrap_or(pod).span;
            faults.within("restartPolicy", |faults| {
                faults.add(place, "has to be `OnFailure` or `Never` in a job");
            });
        }
        faults.check_field(pod, "activeDeadlineSeconds", &AT_LEAST_ONE);
    });
}

fn mounts_volumes(spec: &Node, faults: &mut Faults) {
    let templates = items(spec, "volumeClaimTemplates").iter();
    let names: Vec<&str> = templates
        .filter_map(|template| text(value(template, "metadata")?, "name"))
        .collect();
    pod_spec(spec, faults, |pod, faults| {
        mounts_exist(pod, &names, faults)
    });
}
