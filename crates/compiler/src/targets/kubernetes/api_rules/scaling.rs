//! HorizontalPodAutoscaler and PodDisruptionBudget.

use super::containers::{AT_LEAST_ONE, NOT_NEGATIVE};
use super::forms;
use super::metadata::LABEL_SELECTOR;
use super::runners::AMOUNT_OR_PERCENTAGE;
use super::shape::{Check, EMPTY, KindRules, Shape, number, text, with_spec};

pub(super) const KINDS: &[KindRules] = &[
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        &forms::DNS_NAME,
        &AUTOSCALER,
    ),
    (
        "autoscaling/v1",
        "HorizontalPodAutoscaler",
        &forms::DNS_NAME,
        &AUTOSCALER,
    ),
    (
        "policy/v1",
        "PodDisruptionBudget",
        &forms::PATH_SEGMENT,
        &DISRUPTION_BUDGET,
    ),
];

with_spec! {
    AUTOSCALER: AUTOSCALER_SPEC;
}

static AUTOSCALER_SPEC: Shape = Shape {
    required: &["scaleTargetRef", "maxReplicas"],
    fields: &[
        ("scaleTargetRef", Check::Shape(&SCALE_TARGET)),
        // With a feature gate it may be 0.
        ("minReplicas", NOT_NEGATIVE),
        ("maxReplicas", AT_LEAST_ONE),
        ("metrics", Check::Each(&Check::Shape(&METRIC))),
    ],
    also: &[|node, faults| {
        let lowest = number(node, "minReplicas").unwrap_or(1);
        if number(node, "maxReplicas").is_some_and(|highest| highest > 0 && highest < lowest) {
            faults.field(node, "maxReplicas", |node, faults| {
                faults.add(
                    node.span,
                    format!("is below `minReplicas`, which is {lowest}"),
                );
            });
        }
    }],
};

static SCALE_TARGET: Shape = Shape {
    required: &["kind", "name"],
    fields: &[("name", Check::Form(&forms::PATH_SEGMENT))],
    ..EMPTY
};

static METRIC: Shape = Shape {
    required: &["type"],
    fields: &[
        (
            "type",
            Check::Word(&[
                "Object",
                "Pods",
                "Resource",
                "ContainerResource",
                "External",
            ]),
        ),
        ("object", Check::Shape(&METRIC_SOURCE)),
        ("pods", Check::Shape(&METRIC_SOURCE)),
        ("external", Check::Shape(&METRIC_SOURCE)),
        ("resource", Check::Shape(&RESOURCE_METRIC)),
        ("containerResource", Check::Shape(&RESOURCE_METRIC)),
    ],
    also: &[|node, faults| {
        let kinds = [
            ("Object", "object"),
            ("Pods", "pods"),
            ("Resource", "resource"),
            ("ContainerResource", "containerResource"),
            ("External", "external"),
        ];
        let kind = text(node, "type");
        for (_, key) in kinds.iter().filter(|(name, _)| kind == Some(name)) {
            faults.require(node, key);
        }
    }],
};

static METRIC_SOURCE: Shape = Shape {
    required: &["metric", "target"],
    fields: &[("target", Check::Shape(&METRIC_TARGET))],
    ..EMPTY
};

static RESOURCE_METRIC: Shape = Shape {
    required: &["name", "target"],
    fields: &[("target", Check::Shape(&METRIC_TARGET))],
    ..EMPTY
};

static METRIC_TARGET: Shape = Shape {
    required: &["type"],
    fields: &[
        (
            "type",
            Check::Word(&["Utilization", "Value", "AverageValue"]),
        ),
        ("averageUtilization", AT_LEAST_ONE),
        ("averageValue", Check::Quantity),
        ("value", Check::Quantity),
    ],
    also: &[|node, faults| {
        faults.at_least_one(node, &["averageUtilization", "averageValue", "value"]);
    }],
};

static DISRUPTION_BUDGET: Shape = Shape {
    fields: &[("spec", Check::Shape(&DISRUPTION_BUDGET_SPEC))],
    ..EMPTY
};

static DISRUPTION_BUDGET_SPEC: Shape = Shape {
    fields: &[
        ("minAvailable", AMOUNT_OR_PERCENTAGE),
        ("maxUnavailable", AMOUNT_OR_PERCENTAGE),
        ("selector", Check::Shape(&LABEL_SELECTOR)),
        (
            "unhealthyPodEvictionPolicy",
            Check::Word(&["IfHealthyBudget", "AlwaysAllow"]),
        ),
    ],
    also: &[|node, faults| faults.at_most_one(node, &["minAvailable", "maxUnavailable"])],
    ..EMPTY
};
