//! `ObjectMeta`, labels and selectors.

use super::forms;
use super::shape::{Check, EMPTY, Shape, is_empty, items, text, value};
use crate::support::faults::Faults;
use yaml::Node;

pub(super) static OBJECT_META: Shape = Shape {
    fields: &[
        ("namespace", Check::Form(&forms::DNS_LABEL)),
        ("labels", LABELS),
        ("annotations", Check::Keys(&forms::ANNOTATION_KEY)),
    ],
    ..EMPTY
};

/// Labels, and the values that labels of pods or nodes must have.
pub(super) const LABELS: Check = Check::By(|node, faults| {
    Check::Keys(&forms::QUALIFIED_NAME).check(node, faults);
    faults.each(node, |value, faults| {
        Check::Form(&forms::LABEL_VALUE).check(value, faults);
    });
});

pub(super) static LABEL_SELECTOR: Shape = Shape {
    fields: &[
        ("matchLabels", LABELS),
        ("matchExpressions", Check::Each(&Check::Shape(&REQUIREMENT))),
    ],
    ..EMPTY
};

static REQUIREMENT: Shape = Shape {
    required: &["key", "operator"],
    fields: &[
        ("key", Check::Form(&forms::QUALIFIED_NAME)),
        (
            "operator",
            Check::Word(&["In", "NotIn", "Exists", "DoesNotExist"]),
        ),
        ("values", Check::Each(&Check::Form(&forms::LABEL_VALUE))),
    ],
    also: &[|node, faults| match text(node, "operator") {
        Some("In" | "NotIn") => faults.require(node, "values"),
        Some("Exists" | "DoesNotExist") => faults.forbid(node, "values", "with this `operator`"),
        _ => {}
    }],
};

/// Adds a fault where the selector of an object that runs pods does not match the labels of its
/// pods. Both are in its `spec`.
pub(super) fn selector_matches(spec: &Node, faults: &mut Faults) {
    let Some(selector) = value(spec, "selector") else {
        return;
    };
    let labels = value(spec, "template")
        .and_then(|template| value(template, "metadata"))
        .and_then(|metadata| value(metadata, "labels"));
    let label = |key: &str| labels.and_then(|labels| text(labels, key));
    faults.within("selector", |faults| {
        let parts = ["matchLabels", "matchExpressions"];
        if !is_empty(selector)
            && parts
                .iter()
                .all(|key| value(selector, key).is_none_or(is_empty))
        {
            faults.add(selector.span, "selects no pods");
        }
        faults.field(selector, "matchLabels", |wanted, faults| {
            for (key, entry) in wanted.as_map().into_iter().flatten() {
                if entry.value.as_str() != label(key) {
                    let place = entry.value.span;
                    faults.within(key, |faults| {
                        faults.add(place, "does not match the labels of `template`");
                    });
                }
            }
        });
        faults.field(selector, "matchExpressions", |list, faults| {
            faults.each(list, |item, faults| {
                let found = text(item, "key").and_then(label);
                let is_listed = || {
                    let mut values = items(item, "values").iter();
                    values.any(|value| value.as_str() == found)
                };
                let matches = match text(item, "operator") {
                    Some("In") => found.is_some() && is_listed(),
                    Some("NotIn") => found.is_none() || !is_listed(),
                    Some("Exists") => found.is_some(),
                    Some("DoesNotExist") => found.is_none(),
                    _ => true,
                };
                if !matches {
                    faults.add(item.span, "does not match the labels of `template`");
                }
            });
        });
    });
}
