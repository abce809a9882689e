//! Service, Ingress and NetworkPolicy.

use super::containers::{PORT, PORT_OR_NAME, PROTOCOL};
use super::forms;
use super::metadata::{LABEL_SELECTOR, LABELS};
use super::shape::{Check, EMPTY, KindRules, Shape, items, text, value, with_spec};
use crate::support::faults::Faults;
use yaml::{Kind, Node};

pub(super) const KINDS: &[KindRules] = &[
    ("v1", "Service", &forms::SERVICE_NAME, &SERVICE),
    (
        "networking.k8s.io/v1",
        "Ingress",
        &forms::DNS_NAME,
        &INGRESS,
    ),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        &forms::DNS_NAME,
        &NETWORK_POLICY,
    ),
];

with_spec! {
    SERVICE: SERVICE_SPEC;
    INGRESS: INGRESS_SPEC;
}

static SERVICE_SPEC: Shape = Shape {
    fields: &[
        (
            "type",
            Check::Word(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
        ),
        ("ports", Check::Each(&Check::Shape(&SERVICE_PORT))),
        ("ports", Check::By(ports_differ)),
        ("selector", LABELS),
        ("clusterIP", Check::Form(&forms::CLUSTER_IP)),
        ("externalIPs", Check::Each(&Check::Form(&forms::IP_ADDRESS))),
        (
            "loadBalancerSourceRanges",
            Check::Each(&Check::Form(&forms::CIDR)),
        ),
        ("sessionAffinity", Check::Word(&["ClientIP", "None"])),
        ("externalTrafficPolicy", TRAFFIC_POLICY),
        ("internalTrafficPolicy", TRAFFIC_POLICY),
        (
            "ipFamilyPolicy",
            Check::Word(&["SingleStack", "PreferDualStack", "RequireDualStack"]),
        ),
        ("ipFamilies", Check::Each(&Check::Word(&["IPv4", "IPv6"]))),
    ],
    also: &[fits_type],
    ..EMPTY
};

const TRAFFIC_POLICY: Check = Check::Word(&["Cluster", "Local"]);

static SERVICE_PORT: Shape = Shape {
    required: &["port"],
    fields: &[
        ("port", PORT),
        ("targetPort", TARGET_PORT),
        ("name", Check::Form(&forms::DNS_LABEL)),
        ("protocol", PROTOCOL),
        ("nodePort", Check::Number(0, 65535)),
        ("appProtocol", Check::Form(&forms::QUALIFIED_NAME)),
    ],
    ..EMPTY
};

/// With 0 it is the same as `port`.
const TARGET_PORT: Check = Check::By(|node, faults| {
    if node.kind != Kind::Int(0) {
        PORT_OR_NAME.check(node, faults);
    }
});

/// The ports of a Service have names, if there are several, and differ by name and by number and
/// protocol.
fn ports_differ(list: &Node, faults: &mut Faults) {
    let Kind::List(ports) = &list.kind else {
        return;
    };
    faults.unique(list, "name");
    let mut seen = Vec::new();
    faults.each(list, |port, faults| {
        if ports.len() > 1 && port.as_map().is_some() {
            faults.require(port, "name");
        }
        let protocol = text(port, "protocol").unwrap_or("TCP");
        if let Some(number) = value(port, "port") {
            let key = (number.to_value().to_text(), protocol.to_owned());
            if seen.contains(&key) {
                faults.add(port.span, "has the port and protocol of an earlier item");
            }
            seen.push(key);
        }
    });
}

/// What the fields of a Service have to be for its type.
fn fits_type(spec: &Node, faults: &mut Faults) {
    let kind = text(spec, "type").unwrap_or("ClusterIP");
    let is_headless = text(spec, "clusterIP") == Some("None");
    match kind {
        "ExternalName" => {
            faults.require(spec, "externalName");
            faults.check_field(spec, "externalName", &Check::By(external_name));
            faults.forbid(spec, "clusterIP", "with the type `ExternalName`");
        }
        "NodePort" | "LoadBalancer" if is_headless => {
            faults.field(spec, "clusterIP", |node, faults| {
                faults.add(
                    node.span,
                    format!("cannot be `None` with the type `{kind}`"),
                );
            })
        }
        _ => {}
    }
    if kind != "ExternalName" && !is_headless {
        faults.require(spec, "ports");
    }
    if kind == "ClusterIP" {
        let why = "without the type `NodePort` or `LoadBalancer`";
        if items(spec, "externalIPs").is_empty() {
            faults.forbid(spec, "externalTrafficPolicy", why);
        }
        faults.field(spec, "ports", |list, faults| {
            faults.each(list, |port, faults| {
                let is_set = value(port, "nodePort").is_some_and(|node| node.kind != Kind::Int(0));
                if is_set {
                    faults.forbid(port, "nodePort", why);
                }
            });
        });
    }
    if kind != "LoadBalancer" {
        faults.forbid(spec, "loadBalancerClass", "without the type `LoadBalancer`");
        faults.forbid(
            spec,
            "loadBalancerSourceRanges",
            "without the type `LoadBalancer`",
        );
    }
}

/// A dot at the end makes a name absolute.
fn external_name(node: &Node, faults: &mut Faults) {
    let name = node.as_str().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name);
    if !name.is_empty() && !(forms::DNS_NAME.holds)(name) {
        let what = format!("is `{name}`, which is not {}", forms::DNS_NAME.what);
        faults.add(node.span, what);
    }
}

static INGRESS_SPEC: Shape = Shape {
    fields: &[
        ("ingressClassName", Check::Form(&forms::DNS_NAME)),
        ("defaultBackend", Check::Shape(&INGRESS_BACKEND)),
        ("rules", Check::Each(&Check::Shape(&INGRESS_RULE))),
        ("tls", Check::Each(&Check::Shape(&INGRESS_TLS))),
    ],
    also: &[|node, faults| {
        let has_rules = !items(node, "rules").is_empty();
        if !has_rules && value(node, "defaultBackend").is_none() {
            faults.add(node.span, "needs `rules` or `defaultBackend`");
        }
    }],
    ..EMPTY
};

static INGRESS_RULE: Shape = Shape {
    fields: &[
        ("host", Check::Form(&forms::HOST)),
        ("http", Check::Shape(&INGRESS_HTTP)),
    ],
    ..EMPTY
};

static INGRESS_HTTP: Shape = Shape {
    required: &["paths"],
    fields: &[("paths", Check::Each(&Check::Shape(&INGRESS_PATH)))],
    ..EMPTY
};

static INGRESS_PATH: Shape = Shape {
    required: &["pathType", "backend"],
    fields: &[
        (
            "pathType",
            Check::Word(&["Exact", "Prefix", "ImplementationSpecific"]),
        ),
        ("path", Check::By(ingress_path)),
        ("backend", Check::Shape(&INGRESS_BACKEND)),
    ],
    also: &[|node, faults| {
        if let Some("Exact" | "Prefix") = text(node, "pathType") {
            faults.require(node, "path");
            faults.check_field(node, "path", &Check::Form(&forms::URL_PATH));
        }
    }],
};

fn ingress_path(node: &Node, faults: &mut Faults) {
    if node
        .as_str()
        .is_some_and(|path| !path.is_empty() && !path.starts_with('/'))
    {
        faults.add(node.span, "has to begin with `/`");
    }
}

static INGRESS_BACKEND: Shape = Shape {
    fields: &[
        ("service", Check::Shape(&INGRESS_SERVICE)),
        ("resource", Check::Shape(&TYPED_REF)),
    ],
    also: &[|node, faults| faults.exactly_one(node, &["service", "resource"])],
    ..EMPTY
};

static TYPED_REF: Shape = Shape {
    required: &["kind", "name"],
    ..EMPTY
};

static INGRESS_SERVICE: Shape = Shape {
    required: &["name", "port"],
    fields: &[
        ("name", Check::Form(&forms::SERVICE_NAME)),
        ("port", Check::Shape(&INGRESS_PORT)),
    ],
    ..EMPTY
};

static INGRESS_PORT: Shape = Shape {
    fields: &[("number", PORT), ("name", Check::Form(&forms::PORT_NAME))],
    also: &[|node, faults| faults.exactly_one(node, &["name", "number"])],
    ..EMPTY
};

static INGRESS_TLS: Shape = Shape {
    fields: &[
        ("hosts", Check::Each(&Check::Form(&forms::TLS_HOST))),
        ("secretName", Check::Form(&forms::DNS_NAME)),
    ],
    ..EMPTY
};

static NETWORK_POLICY: Shape = Shape {
    fields: &[("spec", Check::Shape(&NETWORK_POLICY_SPEC))],
    ..EMPTY
};

static NETWORK_POLICY_SPEC: Shape = Shape {
    fields: &[
        ("podSelector", Check::Shape(&LABEL_SELECTOR)),
        (
            "policyTypes",
            Check::Each(&Check::Word(&["Ingress", "Egress"])),
        ),
        ("ingress", Check::Each(&Check::Shape(&TRAFFIC_RULE))),
        ("egress", Check::Each(&Check::Shape(&TRAFFIC_RULE))),
    ],
    ..EMPTY
};

static TRAFFIC_RULE: Shape = Shape {
    fields: &[
        ("from", Check::Each(&Check::Shape(&PEER))),
        ("to", Check::Each(&Check::Shape(&PEER))),
        ("ports", Check::Each(&Check::Shape(&POLICY_PORT))),
    ],
    ..EMPTY
};

static PEER: Shape = Shape {
    fields: &[
        ("podSelector", Check::Shape(&LABEL_SELECTOR)),
        ("namespaceSelector", Check::Shape(&LABEL_SELECTOR)),
        ("ipBlock", Check::Shape(&IP_BLOCK)),
    ],
    also: &[|node, faults| {
        let keys = ["podSelector", "namespaceSelector", "ipBlock"];
        if keys.iter().all(|key| value(node, key).is_none()) {
            faults.add(
                node.span,
                "needs `podSelector`, `namespaceSelector` or `ipBlock`",
            );
        }
        for key in ["podSelector", "namespaceSelector"] {
            faults.at_most_one(node, &["ipBlock", key]);
        }
    }],
    ..EMPTY
};

static IP_BLOCK: Shape = Shape {
    required: &["cidr"],
    fields: &[
        ("cidr", Check::Form(&forms::CIDR)),
        ("except", Check::Each(&Check::Form(&forms::CIDR))),
    ],
    ..EMPTY
};

static POLICY_PORT: Shape = Shape {
    fields: &[
        ("port", PORT_OR_NAME),
        ("endPort", PORT),
        ("protocol", PROTOCOL),
    ],
    also: &[|node, faults| {
        if value(node, "endPort").is_some() {
            faults.require(node, "port");
        }
    }],
    ..EMPTY
};
