//! HTTPRoute of the Gateway API, version 1.

use super::containers::PORT;
use super::{Check, KindRules, Shape, forms, text};

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

static HTTP_ROUTE: Shape = Shape {
    required: &["spec"],
    fields: &[("spec", Check::Shape(&HTTP_ROUTE_SPEC))],
    also: &[],
};

static HTTP_ROUTE_SPEC: Shape = Shape {
    required: &[],
    fields: &[
        ("hostnames", Check::Each(&Check::Form(&forms::HOST))),
        ("parentRefs", Check::Each(&Check::Shape(&PARENT_REF))),
        ("rules", Check::Each(&Check::Shape(&RULE))),
    ],
    also: &[],
};

static PARENT_REF: Shape = Shape {
    required: &["name"],
    fields: &[("port", PORT)],
    also: &[],
};

static RULE: Shape = Shape {
    required: &[],
    fields: &[
        ("matches", Check::Each(&Check::Shape(&MATCH))),
        ("backendRefs", Check::Each(&Check::Shape(&BACKEND_REF))),
        ("filters", Check::Each(&Check::Shape(&FILTER))),
    ],
    also: &[],
};

static MATCH: Shape = Shape {
    required: &[],
    fields: &[
        ("path", Check::Shape(&PATH_MATCH)),
        ("method", Check::Word(METHODS)),
    ],
    also: &[],
};

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

static PATH_MATCH: Shape = Shape {
    required: &[],
    fields: &[(
        "type",
        Check::Word(&["Exact", "PathPrefix", "RegularExpression"]),
    )],
    also: &[|node, faults| {
        if text(node, "type") != Some("RegularExpression") {
            faults.check_field(node, "value", &Check::Form(&forms::ROUTE_PATH));
        }
    }],
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
    also: &[],
};
