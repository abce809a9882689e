//! Containers, their variables and probes.

use std::cmp::Ordering;

use super::forms;
use super::shape::{Check, EMPTY, Shape, number, text, value};
use crate::support::faults::Faults;
use crate::support::quantity::Amount;
use yaml::{Kind, Node};

pub(super) static CONTAINER: Shape = Shape {
    required: &["name", "image"],
    fields: &[
        ("name", Check::Form(&forms::DNS_LABEL)),
        ("image", Check::Form(&forms::IMAGE)),
        (
            "imagePullPolicy",
            Check::Word(&["Always", "IfNotPresent", "Never"]),
        ),
        ("ports", Check::Each(&Check::Shape(&CONTAINER_PORT))),
        (
            "ports",
            Check::By(|list, faults| faults.unique(list, "name")),
        ),
        ("env", Check::Each(&Check::Shape(&ENV_VAR))),
        ("envFrom", Check::Each(&Check::Shape(&ENV_FROM_SOURCE))),
        ("volumeMounts", Check::Each(&Check::Shape(&VOLUME_MOUNT))),
        (
            "volumeMounts",
            Check::By(|list, faults| faults.unique(list, "mountPath")),
        ),
        ("resources", Check::Shape(&RESOURCES)),
        ("resources", Check::Shape(&COMPUTE_RESOURCES)),
        ("livenessProbe", Check::Shape(&PROBE)),
        ("livenessProbe", Check::By(succeeds_once)),
        ("readinessProbe", Check::Shape(&PROBE)),
        ("startupProbe", Check::Shape(&PROBE)),
        ("startupProbe", Check::By(succeeds_once)),
        ("lifecycle", Check::Each(&Check::Shape(&LIFECYCLE_HANDLER))),
        ("securityContext", Check::Shape(&SECURITY_CONTEXT)),
        (
            "terminationMessagePolicy",
            Check::Word(&["File", "FallbackToLogsOnError"]),
        ),
    ],
    ..EMPTY
};

static CONTAINER_PORT: Shape = Shape {
    required: &["containerPort"],
    fields: &[
        ("containerPort", PORT),
        ("hostPort", Check::Number(0, 65535)),
        ("name", Check::Form(&forms::PORT_NAME)),
        ("protocol", PROTOCOL),
    ],
    ..EMPTY
};

/// The number of a port.
pub(super) const PORT: Check = Check::Number(1, 65535);

/// The protocol of a port.
pub(super) const PROTOCOL: Check = Check::Word(&["TCP", "UDP", "SCTP"]);

/// The number or the name of a port.
pub(super) const PORT_OR_NAME: Check = Check::By(|node, faults| {
    PORT.check(node, faults);
    Check::Form(&forms::PORT_NAME).check(node, faults);
});

static ENV_VAR: Shape = Shape {
    required: &["name"],
    fields: &[
        ("name", Check::Form(&forms::VARIABLE_NAME)),
        ("valueFrom", Check::Shape(&ENV_VAR_SOURCE)),
    ],
    also: &[|node, faults| {
        if text(node, "value").is_some_and(|value| !value.is_empty()) {
            faults.forbid(node, "valueFrom", "beside `value`");
        }
    }],
};

static ENV_VAR_SOURCE: Shape = Shape {
    fields: &[
        ("fieldRef", Check::Shape(&FIELD_REF)),
        ("resourceFieldRef", Check::Shape(&RESOURCE_FIELD_REF)),
        ("configMapKeyRef", Check::Shape(&KEY_REF)),
        ("secretKeyRef", Check::Shape(&KEY_REF)),
    ],
    also: &[|node, faults| {
        let keys = [
            "fieldRef",
            "resourceFieldRef",
            "configMapKeyRef",
            "secretKeyRef",
        ];
        faults.exactly_one(node, &keys);
    }],
    ..EMPTY
};

static FIELD_REF: Shape = Shape {
    required: &["fieldPath"],
    fields: &[("fieldPath", Check::Form(&forms::FIELD_PATH))],
    ..EMPTY
};

static RESOURCE_FIELD_REF: Shape = Shape {
    required: &["resource"],
    fields: &[("divisor", Check::Quantity)],
    ..EMPTY
};

static KEY_REF: Shape = Shape {
    required: &["name", "key"],
    fields: &[
        ("name", Check::Form(&forms::DNS_NAME)),
        ("key", Check::Form(&forms::DATA_KEY)),
    ],
    ..EMPTY
};

static ENV_FROM_SOURCE: Shape = Shape {
    fields: &[
        ("configMapRef", Check::Shape(&NAME_REF)),
        ("secretRef", Check::Shape(&NAME_REF)),
    ],
    also: &[|node, faults| faults.exactly_one(node, &["configMapRef", "secretRef"])],
    ..EMPTY
};

/// A reference to an object in the same namespace.
pub(super) static NAME_REF: Shape = Shape {
    required: &["name"],
    ..EMPTY
};

static VOLUME_MOUNT: Shape = Shape {
    required: &["name", "mountPath"],
    fields: &[
        ("subPath", Check::Form(&forms::RELATIVE_PATH)),
        ("subPathExpr", Check::Form(&forms::RELATIVE_PATH)),
    ],
    also: &[|node, faults| faults.at_most_one(node, &["subPath", "subPathExpr"])],
};

/// Requests and limits of a claim.
pub(super) static RESOURCES: Shape = Shape {
    fields: &[
        ("limits", Check::Each(&Check::Quantity)),
        ("requests", Check::Each(&Check::Quantity)),
    ],
    ..EMPTY
};

/// Requests and limits of a container.
static COMPUTE_RESOURCES: Shape = Shape {
    fields: &[
        ("limits", Check::Keys(&forms::COMPUTE_RESOURCE)),
        ("requests", Check::Keys(&forms::COMPUTE_RESOURCE)),
    ],
    also: &[|node, faults| {
        let Some(limits) = value(node, "limits") else {
            return;
        };
        faults.field(node, "requests", |requests, faults| {
            for (key, entry) in requests.as_map().into_iter().flatten() {
                let request = Amount::parse(&entry.value.to_value().to_text());
                let limit = value(limits, key).map(|limit| limit.to_value().to_text());
                let limit = limit.and_then(|limit| Amount::parse(&limit));
                let order = request
                    .zip(limit)
                    .and_then(|(request, limit)| request.compare(limit));
                if order == Some(Ordering::Greater) {
                    let place = entry.value.span;
                    faults.within(key, |faults| faults.add(place, "is above the limit"));
                }
            }
        });
    }],
    ..EMPTY
};

static PROBE: Shape = Shape {
    fields: &[
        ("httpGet", Check::Shape(&HTTP_GET)),
        ("exec", Check::Shape(&EXEC)),
        ("tcpSocket", Check::Shape(&TCP_SOCKET)),
        ("grpc", Check::Shape(&GRPC)),
        ("initialDelaySeconds", NOT_NEGATIVE),
        ("timeoutSeconds", NOT_NEGATIVE),
        ("periodSeconds", NOT_NEGATIVE),
        ("successThreshold", NOT_NEGATIVE),
        ("failureThreshold", NOT_NEGATIVE),
        ("terminationGracePeriodSeconds", AT_LEAST_ONE),
    ],
    also: &[|node, faults| faults.exactly_one(node, &["httpGet", "exec", "tcpSocket", "grpc"])],
    ..EMPTY
};

/// A number of seconds or objects.
pub(super) const NOT_NEGATIVE: Check = Check::Number(0, i128::MAX);

pub(super) const AT_LEAST_ONE: Check = Check::Number(1, i128::MAX);

static HTTP_GET: Shape = Shape {
    required: &["port"],
    fields: &[
        ("port", PORT_OR_NAME),
        ("scheme", Check::Word(&["HTTP", "HTTPS"])),
        ("httpHeaders", Check::Each(&Check::Shape(&HTTP_HEADER))),
    ],
    ..EMPTY
};

static HTTP_HEADER: Shape = Shape {
    required: &["name"],
    fields: &[("name", Check::Form(&forms::HEADER_NAME))],
    ..EMPTY
};

static EXEC: Shape = Shape {
    required: &["command"],
    ..EMPTY
};

static TCP_SOCKET: Shape = Shape {
    required: &["port"],
    fields: &[("port", PORT_OR_NAME)],
    ..EMPTY
};

static GRPC: Shape = Shape {
    required: &["port"],
    fields: &[("port", PORT)],
    ..EMPTY
};

/// Only a readiness probe may have to succeed several times.
fn succeeds_once(probe: &Node, faults: &mut Faults) {
    if number(probe, "successThreshold").is_some_and(|count| count > 1) {
        faults.field(probe, "successThreshold", |node, faults| {
            faults.add(node.span, "has to be 1 here");
        });
    }
}

static LIFECYCLE_HANDLER: Shape = Shape {
    fields: &[
        ("exec", Check::Shape(&EXEC)),
        ("httpGet", Check::Shape(&HTTP_GET)),
        ("tcpSocket", Check::Shape(&TCP_SOCKET)),
    ],
    also: &[|node, faults| {
        faults.exactly_one(node, &["exec", "httpGet", "tcpSocket", "sleep"]);
    }],
    ..EMPTY
};

static SECURITY_CONTEXT: Shape = Shape {
    fields: &[
        ("runAsUser", NOT_NEGATIVE),
        ("runAsGroup", NOT_NEGATIVE),
        ("procMount", Check::Word(&["Default", "Unmasked"])),
        ("seccompProfile", Check::Shape(&SECCOMP_PROFILE)),
    ],
    also: &[|node, faults| {
        let flag = |key: &str| value(node, key).map(|value| value.kind == Kind::Bool(true));
        if flag("privileged") == Some(true) && flag("allowPrivilegeEscalation") == Some(false) {
            faults.field(node, "allowPrivilegeEscalation", |node, faults| {
                faults.add(node.span, "cannot be false with `privileged`");
            });
        }
    }],
    ..EMPTY
};

pub(super) static SECCOMP_PROFILE: Shape = Shape {
    required: &["type"],
    fields: &[(
        "type",
        Check::Word(&["RuntimeDefault", "Unconfined", "Localhost"]),
    )],
    ..EMPTY
};
