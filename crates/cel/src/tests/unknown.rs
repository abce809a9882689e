//! Results that depend on what is not known yet.

use super::{deployment, parse};
use crate::{Failure, Inputs, Knowledge, Path};

/// `object.spec.replicas` and the uid are unknown; the status is known in parts.
fn oracle(path: &Path<'_>) -> Knowledge {
    match path.to_string().as_str() {
        "object.spec.replicas" | "object.metadata.uid" => Knowledge::Unknown,
        "object.metadata" | "object.spec" | "object" => Knowledge::Partly,
        _ => Knowledge::Known,
    }
}

/// The result, or the path that it depends on.
fn result(text: &str) -> String {
    let (object, expression) = (deployment(), parse(text).unwrap());
    let inputs = Inputs::new().variable("object", &object).unknown(&oracle);
    match expression.evaluate(&inputs).result {
        Ok(value) => format!("{:?}", value.kind),
        Err(Failure::Unknown(path)) => path.to_string(),
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn what_depends_on_an_unknown_field_is_undecided() {
    for (text, wanted) in [
        ("object.spec.replicas > 2", "object.spec.replicas"),
        ("has(object.spec.replicas)", "object.spec.replicas"),
        (
            "object.spec.?replicas.orValue(1) > 2",
            "object.spec.replicas",
        ),
        ("object.metadata.uid == ''", "object.metadata.uid"),
        ("object.metadata.uid.startsWith('a')", "object.metadata.uid"),
        ("object.spec.paused", "Bool(false)"),
        (
            "object.spec.paused && object.spec.replicas > 2",
            "Bool(false)",
        ),
        (
            "object.spec.replicas > 2 && object.spec.paused",
            "Bool(false)",
        ),
        (
            "!object.spec.paused && object.spec.replicas > 2",
            "object.spec.replicas",
        ),
        ("object.spec.replicas > 2 || true", "Bool(true)"),
        (
            "object.missing || object.spec.replicas > 2",
            "object.spec.replicas",
        ),
        ("object.spec.replicas > 2 ? 1 : 2", "object.spec.replicas"),
        (
            "[1, 2].all(x, x < object.spec.replicas || x > 0)",
            "Bool(true)",
        ),
        (
            "[1, 2].all(x, x < object.spec.replicas)",
            "object.spec.replicas",
        ),
        (
            "[1, 2].all(x, x < object.spec.replicas && x < 2)",
            "Bool(false)",
        ),
    ] {
        assert_eq!(result(text), wanted, "{text}");
    }
}

#[test]
fn what_is_known_in_parts_is_undecided_as_a_whole() {
    assert_eq!(result("size(object.metadata)"), "object.metadata");
    assert_eq!(result("object.metadata == {}"), "object.metadata");
    assert_eq!(result("object.metadata.all(k, k != '')"), "object.metadata");
    assert_eq!(result("object.metadata.name == 'orders'"), "Bool(true)");
    assert_eq!(result("has(object.metadata.owner)"), "Bool(false)");
}
