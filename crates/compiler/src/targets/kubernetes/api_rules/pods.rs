//! Pods, and the templates of pods.

use super::containers::{AT_LEAST_ONE, CONTAINER, NAME_REF, NOT_NEGATIVE, SECCOMP_PROFILE};
use super::forms;
use super::metadata::{LABEL_SELECTOR, LABELS, OBJECT_META};
use super::shape::{Check, EMPTY, Shape, items, text, value};
use super::volumes::VOLUME;
use crate::support::faults::Faults;
use yaml::Node;

pub(super) static POD: Shape = Shape {
    required: &["spec"],
    fields: &[("spec", Check::Shape(&POD_SPEC))],
    also: &[|node, faults| {
        faults.field(node, "spec", |spec, faults| mounts_exist(spec, &[], faults));
    }],
};

pub(super) static POD_TEMPLATE: Shape = Shape {
    required: &["spec"],
    fields: &[
        ("metadata", Check::Shape(&OBJECT_META)),
        ("spec", Check::Shape(&POD_SPEC)),
    ],
    ..EMPTY
};

static POD_SPEC: Shape = Shape {
    required: &["containers"],
    fields: &[
        ("containers", Check::Each(&Check::Shape(&CONTAINER))),
        ("initContainers", Check::Each(&Check::Shape(&CONTAINER))),
        (
            "initContainers",
            Check::Each(&Check::Shape(&INIT_CONTAINER)),
        ),
        ("volumes", Check::Each(&Check::Shape(&VOLUME))),
        (
            "volumes",
            Check::By(|list, faults| faults.unique(list, "name")),
        ),
        (
            "restartPolicy",
            Check::Word(&["Always", "OnFailure", "Never"]),
        ),
        (
            "dnsPolicy",
            Check::Word(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
        ),
        ("nodeSelector", LABELS),
        ("serviceAccountName", Check::Form(&forms::DNS_NAME)),
        ("priorityClassName", Check::Form(&forms::DNS_NAME)),
        ("imagePullSecrets", Check::Each(&Check::Shape(&NAME_REF))),
        ("hostname", Check::Form(&forms::DNS_LABEL)),
        ("subdomain", Check::Form(&forms::DNS_LABEL)),
        ("terminationGracePeriodSeconds", NOT_NEGATIVE),
        ("tolerations", Check::Each(&Check::Shape(&TOLERATION))),
        (
            "topologySpreadConstraints",
            Check::Each(&Check::Shape(&TOPOLOGY_SPREAD)),
        ),
        ("affinity", Check::Shape(&AFFINITY)),
        ("hostAliases", Check::Each(&Check::Shape(&HOST_ALIAS))),
        ("securityContext", Check::Shape(&POD_SECURITY_CONTEXT)),
    ],
    also: &[names_differ],
};

static INIT_CONTAINER: Shape = Shape {
    also: &[|node, faults| {
        // Without a restart policy it runs to completion.
        if text(node, "restartPolicy") != Some("Always") {
            for key in [
                "livenessProbe",
                "readinessProbe",
                "startupProbe",
                "lifecycle",
            ] {
                faults.forbid(node, key, "in an init container");
            }
        }
    }],
    ..EMPTY
};

static TOLERATION: Shape = Shape {
    fields: &[
        ("key", Check::Form(&forms::QUALIFIED_NAME)),
        ("operator", Check::Word(&["Exists", "Equal", "Lt", "Gt"])),
        (
            "effect",
            Check::Word(&["NoSchedule", "PreferNoSchedule", "NoExecute"]),
        ),
    ],
    also: &[|node, faults| {
        if text(node, "operator") == Some("Exists") {
            faults.forbid(node, "value", "with the operator `Exists`");
        } else if matches!(text(node, "operator"), None | Some("Equal"))
            && text(node, "key").is_none_or(str::is_empty)
        {
            faults.add(node.span, "needs a `key`, or the operator `Exists`");
        }
    }],
    ..EMPTY
};

static TOPOLOGY_SPREAD: Shape = Shape {
    required: &["maxSkew", "topologyKey", "whenUnsatisfiable"],
    fields: &[
        ("maxSkew", AT_LEAST_ONE),
        (
            "whenUnsatisfiable",
            Check::Word(&["DoNotSchedule", "ScheduleAnyway"]),
        ),
        ("labelSelector", Check::Shape(&LABEL_SELECTOR)),
    ],
    ..EMPTY
};

static AFFINITY: Shape = Shape {
    fields: &[
        ("podAffinity", Check::Shape(&POD_AFFINITY)),
        ("podAntiAffinity", Check::Shape(&POD_AFFINITY)),
    ],
    ..EMPTY
};

static POD_AFFINITY: Shape = Shape {
    fields: &[
        (
            "requiredDuringSchedulingIgnoredDuringExecution",
            Check::Each(&Check::Shape(&AFFINITY_TERM)),
        ),
        (
            "preferredDuringSchedulingIgnoredDuringExecution",
            Check::Each(&Check::Shape(&WEIGHTED_TERM)),
        ),
    ],
    ..EMPTY
};

static WEIGHTED_TERM: Shape = Shape {
    required: &["weight", "podAffinityTerm"],
    fields: &[
        ("weight", Check::Number(1, 100)),
        ("podAffinityTerm", Check::Shape(&AFFINITY_TERM)),
    ],
    ..EMPTY
};

static AFFINITY_TERM: Shape = Shape {
    required: &["topologyKey"],
    fields: &[
        ("topologyKey", Check::Form(&forms::QUALIFIED_NAME)),
        ("labelSelector", Check::Shape(&LABEL_SELECTOR)),
    ],
    ..EMPTY
};

static HOST_ALIAS: Shape = Shape {
    required: &["ip"],
    fields: &[
        ("ip", Check::Form(&forms::IP_ADDRESS)),
        ("hostnames", Check::Each(&Check::Form(&forms::DNS_NAME))),
    ],
    ..EMPTY
};

static POD_SECURITY_CONTEXT: Shape = Shape {
    fields: &[
        ("runAsUser", NOT_NEGATIVE),
        ("runAsGroup", NOT_NEGATIVE),
        ("fsGroup", NOT_NEGATIVE),
        (
            "fsGroupChangePolicy",
            Check::Word(&["OnRootMismatch", "Always"]),
        ),
        ("seccompProfile", Check::Shape(&SECCOMP_PROFILE)),
    ],
    ..EMPTY
};

/// The containers and init containers of a pod have different names.
fn names_differ(spec: &Node, faults: &mut Faults) {
    let mut names = Vec::new();
    for list in ["initContainers", "containers"] {
        faults.field(spec, list, |list, faults| {
            faults.each(list, |container, faults| match text(container, "name") {
                Some(name) if names.contains(&name.to_owned()) => {
                    faults.field(container, "name", |node, faults| {
                        faults.add(node.span, "is the name of another container");
                    });
                }
                Some(name) => names.push(name.to_owned()),
                None => {}
            });
        });
    }
}

/// Adds a fault for each mount of a volume that a pod does not have. `claims` are the names of the
/// claim templates.
pub(super) fn mounts_exist(spec: &Node, claims: &[&str], faults: &mut Faults) {
    let volumes = items(spec, "volumes").iter();
    let mut names: Vec<&str> = volumes.filter_map(|volume| text(volume, "name")).collect();
    names.extend(claims);
    for list in ["initContainers", "containers"] {
        faults.field(spec, list, |list, faults| {
            faults.each(list, |container, faults| {
                for mounts in ["volumeMounts", "volumeDevices"] {
                    faults.field(container, mounts, |list, faults| {
                        faults.each(list, |mount, faults| mount_exists(mount, &names, faults));
                    });
                }
            });
        });
    }
}

fn mount_exists(mount: &Node, names: &[&str], faults: &mut Faults) {
    if let Some(name) = value(mount, "name")
        && name
            .as_str()
            .is_some_and(|text| !text.is_empty() && !names.contains(&text))
    {
        faults.within("name", |faults| {
            faults.add(name.span, "is the name of no volume of the pod");
        });
    }
}
