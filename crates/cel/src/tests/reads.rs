//! The fields that decide a result.

use super::with_verdict;

/// The result and the reads of an expression; a missing field has a `?` after it.
fn reads(text: &str) -> (Option<bool>, Vec<String>) {
    with_verdict(text, |verdict| {
        let shown = verdict.reads.iter().map(|read| {
            let path = read.path.to_string();
            let path = path.replace("object.spec.template.spec", "POD");
            format!("{path}{}", if read.is_missing { "?" } else { "" })
        });
        (verdict.as_bool(), shown.collect())
    })
}

#[test]
fn the_deepest_fields_are_named() {
    for (text, result, wanted) in [
        (
            "object.spec.replicas >= 5",
            false,
            vec!["object.spec.replicas"],
        ),
        (
            "object.spec['replicas'] >= 5",
            false,
            vec!["object.spec.replicas"],
        ),
        (
            "object.metadata.labels['app.kubernetes.io/name'] == 'x'",
            false,
            vec![r#"object.metadata.labels["app.kubernetes.io/name"]"#],
        ),
        (
            "has(object.spec.minReadySeconds)",
            false,
            vec!["object.spec.minReadySeconds?"],
        ),
        (
            "has(object.metadata.labels.owner) && object.metadata.labels.owner != ''",
            false,
            vec!["object.metadata.labels.owner?"],
        ),
        (
            "object.spec.?minReadySeconds.orValue(0) > 5",
            false,
            vec!["object.spec.minReadySeconds?"],
        ),
        (
            "'owner' in object.metadata.labels",
            false,
            vec!["object.metadata.labels.owner?"],
        ),
        (
            "object.metadata.name == object.metadata.namespace",
            false,
            vec!["object.metadata.name", "object.metadata.namespace"],
        ),
        (
            "object.spec.template.spec.containers[1].image.contains('envoy')",
            true,
            vec!["POD.containers[1].image"],
        ),
    ] {
        let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        assert_eq!(reads(text), (Some(result), wanted), "{text}");
    }
}

#[test]
fn only_the_operand_that_decides_counts() {
    for (text, result, wanted) in [
        (
            "object.spec.replicas >= 1 && object.kind == 'Job'",
            false,
            vec!["object.kind"],
        ),
        (
            "object.kind == 'Job' || object.spec.replicas > 5",
            false,
            vec!["object.kind", "object.spec.replicas"],
        ),
        (
            "object.kind == 'Job' || object.spec.replicas > 1",
            true,
            vec!["object.spec.replicas"],
        ),
        (
            "object.missing.deep || object.spec.replicas > 1",
            true,
            vec!["object.spec.replicas"],
        ),
        ("!(object.kind == 'Deployment')", false, vec!["object.kind"]),
        (
            "object.metadata.namespace.endsWith('prod') ? object.spec.replicas > 3 : true",
            false,
            vec!["object.spec.replicas"],
        ),
        (
            "has(object.spec.paused) ? false : true",
            false,
            vec!["object.spec.paused"],
        ),
    ] {
        let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        assert_eq!(reads(text), (Some(result), wanted), "{text}");
    }
}

#[test]
fn only_the_items_that_fail_count_and_all_of_them_do() {
    for (text, result, wanted) in [
        (
            "object.spec.template.spec.containers.all(c, has(c.resources.limits.cpu))",
            false,
            vec!["POD.containers[1].resources.limits.cpu?"],
        ),
        (
            "object.spec.template.spec.containers.all(c, c.image.contains('@sha256:'))",
            false,
            vec!["POD.containers[0].image", "POD.containers[1].image"],
        ),
        (
            "variables.containers.all(c, has(c.resources))",
            false,
            vec!["POD.initContainers[0].resources?"],
        ),
        (
            "object.spec.template.spec.containers.filter(c, c.name == 'proxy').all(c, c.?securityContext.?privileged.orValue(true) == false)",
            false,
            vec!["POD.containers[1].securityContext.privileged?"],
        ),
        (
            "object.spec.template.spec.containers.map(c, c.image).all(i, i.startsWith('registry.'))",
            false,
            vec!["POD.containers[1].image"],
        ),
        (
            "!object.spec.template.spec.volumes.exists(v, has(v.hostPath))",
            false,
            vec!["POD.volumes[1].hostPath"],
        ),
        (
            "object.metadata.labels.all(k, v, v != 'commerce')",
            false,
            vec!["object.metadata.labels.team"],
        ),
        (
            "object.spec.template.spec.containers.all(c, !has(c.ports) || c.ports.all(p, p.containerPort != 9090))",
            false,
            vec!["POD.containers[0].ports[1].containerPort"],
        ),
        (
            "object.spec.template.spec.containers[?1].?ports.hasValue()",
            false,
            vec!["POD.containers[1].ports?"],
        ),
    ] {
        let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        let (found, mut paths) = reads(text);
        // Of a failing item, more than one field may have been read.
        paths.retain(|path| wanted.contains(path) || !path.ends_with(".name"));
        assert_eq!((found, paths), (Some(result), wanted), "{text}");
    }
}

#[test]
fn an_error_names_the_field_that_is_missing() {
    with_verdict("object.spec.minReadySeconds > 5", |verdict| {
        assert!(verdict.result.is_err());
        assert_eq!(verdict.reads.len(), 1);
        assert!(verdict.reads[0].is_missing);
        assert_eq!(
            verdict.reads[0].path.to_string(),
            "object.spec.minReadySeconds"
        );
    });
}
