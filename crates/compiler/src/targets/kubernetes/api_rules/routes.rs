//! HTTPRoute of the Gateway API, version 1.

use super::containers::PORT;
use super::forms;
use super::shape::{Check, EMPTY, KindRules, Shape, text, with_spec};

pub(super) const KINDS: &[KindRules] = &[
    (
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        &forms::DNS_NAME,
        &HTTP_ROUTE,
    ),
    (
        "gateway.networking.k8s.io/v1beta1",
        "HTTPRoute",
        &forms::DNS_NAME,
        &HTTP_ROUTE,
    ),
];

with_spec! {
    HTTP_ROUTE: HTTP_ROUTE_SPEC;
}

static HTTP_ROUTE_SPEC: Shape = Shape {
    fields: &[
        ("hostnames", Check::Each(&Check::Form(&forms::HOST))),
        ("parentRefs", Check::Each(&Check::Shape(&PARENT_REF))),
        ("rules", Check::Each(&Check::Shape(&RULE))),
    ],
    ..EMPTY
};

static PARENT_REF: Shape = Shape {
    required: &["name"],
    fields: &[("port", PORT)],
    ..EMPTY
};

static RULE: Shape = Shape {
    fields: &[
        ("matches", Check::Each(&Check::Shape(&MATCH))),
        ("backendRefs", Check::Each(&Check::Shape(&BACKEND_REF))),
        ("filters", Check::Each(&Check::Shape(&FILTER))),
    ],
    ..EMPTY
};

static MATCH: Shape = Shape {
    fields: &[
        ("path", Check::Shape(&PATH_MATCH)),
        ("method", Check::Word(METHODS)),
    ],
    ..EMPTY
};

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

static PATH_MATCH: Shape = Shape {
    fields: &[(
        "type",
        Check::Word(&["Exact", "PathPrefix", "RegularExpression"]),
    )],
    also: &[|node, faults| {
        if text(node, "type") != Some("RegularExpression") {
            faults.check_field(node, "value", &Check::Form(&forms::ROUTE_PATH));
        }
    }],
    ..EMPTY
};

static BACKEND_REF: Shape = Shape {
    required: &["name"],
    fields: &[("port", PORT), ("weight", Check::Number(0, 1_000_000))],
    also: &[|node, faults| {
        let is_service = matches!(text(node, "kind"), None | Some("Service"));
        if is_service && text(node, "group").unwrap_or_default().is_empty() {
            faults.require(node, "port");
        }
    }],
};

static FILTER: Shape = Shape {
    required: &["type"],
    fields: &[(
        "type",
        Check::Word(&[
            "RequestHeaderModifier",
            "ResponseHeaderModifier",
            "RequestMirror",
            "RequestRedirect",
            "URLRewrite",
            "ExtensionRef",
            "CORS",
            "ExternalAuth",
        ]),
    )],
    ..EMPTY
};
