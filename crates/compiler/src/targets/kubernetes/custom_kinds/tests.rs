//! Schemas, objects, and what is reported of them.

use super::{check as check_documents, read};
use crate::support::document::Document;
use crate::support::places::Places;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// A CustomResourceDefinition with a version of this schema, which is indented by eight spaces.
fn crd(schema: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: queues.example.com
spec:
  group: example.com
  scope: Cluster
  names: {{kind: Queue, plural: queues}}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
{schema}
  - name: v1alpha1
    served: false
    storage: false
    schema: {{openAPIV3Schema: {{type: object}}}}
"
    )
}

/// The schema of a `spec` with these properties.
fn spec(properties: &str) -> String {
    crd(&format!(
        "        {{type: object, properties: {{spec: {{type: object, properties: {properties}}}}}}}"
    ))
}

/// The messages about objects, with their lines.
fn check_all(schemas: &[&str], object: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let mut report = Report::default();
    let files: Vec<_> = schemas
        .iter()
        .map(|text| sources.add("crd.yaml", *text))
        .collect();
    let kinds = read(&files, &sources, &mut report);
    let id = sources.add("object.yaml", object);
    let documents: Vec<Document> = yaml::parse(&sources, id, &mut report)
        .iter()
        .map(|tree| Document {
            value: tree.to_value(),
            origin: None,
            places: Places::of(tree, None),
        })
        .collect();
    check_documents(&kinds, &documents, &[], &sources, &mut report);
    let problems = report.in_order().into_iter().map(|problem| {
        let line = problem.span().map_or(0, |span| sources.position(span).line);
        let message = problem.message();
        let message = message
            .split_once("refuses this Queue: ")
            .map_or(message, |(_, rest)| rest);
        format!("{line}: {message}")
    });
    problems.collect()
}

/// The messages about the `spec` of an object.
fn check(properties: &str, spec_of_object: &str) -> Vec<String> {
    let object = format!(
        "apiVersion: example.com/v1\nkind: Queue\nmetadata: {{name: a}}\nspec: {spec_of_object}\n"
    );
    let schema = spec(properties);
    let messages = check_all(&[&schema], &object);
    messages
        .into_iter()
        .map(|message| {
            message
                .split_once(": ")
                .map_or(String::new(), |(_, text)| text.to_owned())
        })
        .collect()
}

#[test]
fn each_keyword_limits_a_value() {
    for (schema, right, wrong, expected) in [
        (
            "{type: string}",
            "x",
            "1",
            "must be a string, this is a number",
        ),
        (
            "{type: integer}",
            "1.0",
            "1.5",
            "must be a whole number, this is a number",
        ),
        (
            "{type: number}",
            "1.5",
            "'1'",
            "must be a number, this is a string",
        ),
        (
            "{type: boolean}",
            "true",
            "'true'",
            "must be a boolean, this is a string",
        ),
        (
            "{type: array, items: {type: string}}",
            "[x]",
            "{}",
            "must be a list, this is a mapping",
        ),
        (
            "{type: object}",
            "{}",
            "[]",
            "must be a mapping, this is a list",
        ),
        (
            "{x-kubernetes-int-or-string: true}",
            "50%",
            "1.5",
            "must be a whole number or a string, this is a number",
        ),
        (
            "{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}",
            "3",
            "[]",
            "must be a whole number or a string, this is a list",
        ),
        (
            "{type: string, enum: [Always, Never]}",
            "Never",
            "Alway",
            "is `Alway`, not one of `Always` and `Never`",
        ),
        (
            "{type: integer, enum: [1, 2]}",
            "1.0",
            "3",
            "is `3`, not one of `1` and `2`",
        ),
        (
            "{type: string, pattern: '^[\\d]+$'}",
            "'12'",
            "x",
            "is `x`, which does not match `^[\\d]+$`",
        ),
        (
            "{type: string, format: ipv4}",
            "10.0.0.1",
            "10.0.0",
            "is `10.0.0`, which is not of the format `ipv4`",
        ),
        (
            "{type: integer, format: int32}",
            "7",
            "3000000000",
            "is `3000000000`, which is not of the format `int32`",
        ),
        (
            "{type: integer, minimum: 1}",
            "1",
            "0",
            "is 0, and has to be at least 1",
        ),
        (
            "{type: integer, maximum: 3, exclusiveMaximum: true}",
            "2",
            "3",
            "is 3, and has to be less than 3",
        ),
        (
            "{type: number, multipleOf: 0.5}",
            "1.5",
            "1.2",
            "is 1.2, and has to be a multiple of 0.5",
        ),
        (
            "{type: string, minLength: 2}",
            "äö",
            "ä",
            "has 1 characters, and has to have at least 2",
        ),
        (
            "{type: array, maxItems: 1, items: {type: string}}",
            "[a]",
            "[a, b]",
            "has 2 items, and has to have at most 1",
        ),
        (
            "{type: object, minProperties: 1, additionalProperties: {type: string}}",
            "{a: b}",
            "{}",
            "has 0 keys, and has to have at least 1",
        ),
        (
            "{type: string, not: {enum: [x]}}",
            "y",
            "x",
            "has what its schema excludes",
        ),
        (
            "{type: string, allOf: [{minLength: 1}, {maxLength: 2}]}",
            "ab",
            "abc",
            "has 3 characters, and has to have at most 2",
        ),
    ] {
        let properties = format!("{{f: {schema}}}");
        let none: [&str; 0] = [];
        assert_eq!(
            check(&properties, &format!("{{f: {right}}}")),
            none,
            "{schema}"
        );
        let messages = check(&properties, &format!("{{f: {wrong}}}"));
        assert_eq!(messages, [format!("`spec.f` {expected}")], "{schema}");
    }
}

#[test]
fn fields_that_the_api_server_drops_are_errors() {
    let known = "{size: {type: integer}, labels: {type: object, additionalProperties: {type: string}}, \
        free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: object}}}}";
    assert_eq!(
        check(
            known,
            "{siez: 1, labels: {a: b, c: 1}, free: {b: 1, a: {c: 1}}}"
        ),
        [
            "`spec.siez` is not a field of the schema; did you mean `size`?",
            "`spec.labels.c` must be a string, this is a number",
            "`spec.free.a.c` is not a field of the schema; there is no field",
        ]
    );
}

#[test]
fn a_default_or_null_decides_whether_a_field_is_there() {
    let schema = crd(
        "        {type: object, properties: {spec: {type: object, required: [a, b, c], \
        properties: {a: {type: string, default: x}, b: {type: string, nullable: true}, c: {type: string}}}}}",
    );
    let object = |spec: &str| {
        format!("apiVersion: example.com/v1\nkind: Queue\nmetadata: {{name: a}}\nspec: {spec}\n")
    };
    let none: [&str; 0] = [];
    assert_eq!(check_all(&[&schema], &object("{b: null, c: x}")), none);
    assert_eq!(
        check_all(&[&schema], &object("{a: null, c: null}")),
        ["4: `spec.b` is missing", "4: `spec.c` is missing"]
    );
    assert_eq!(
        check(
            "{e: {type: string, nullable: true, enum: [x]}}",
            "{e: null}"
        ),
        ["`spec.e` is `null`, not one of `x`"]
    );
    assert_eq!(
        check("{l: {type: array, items: {type: string}}}", "{l: [null]}"),
        ["`spec.l[0]` cannot be null"]
    );
}

#[test]
fn one_alternative_must_fit() {
    let one = "{f: {type: object, properties: {a: {type: string}, b: {type: string}}, \
        oneOf: [{required: [a]}, {required: [b]}]}}";
    let none: [&str; 0] = [];
    assert_eq!(check(one, "{f: {a: x}}"), none);
    assert_eq!(
        check(one, "{f: {}}"),
        ["`spec.f` fits no alternative: `spec.f.a` is missing, or `spec.f.b` is missing"]
    );
    assert_eq!(
        check(one, "{f: {a: x, b: y}}"),
        ["`spec.f` can have only one of `a` and `b`"]
    );
    let of_object = crd("        {type: object, properties: {a: {type: string}}, \
        oneOf: [{required: [a]}, {required: [b]}]}");
    assert_eq!(
        check_all(
            &[&of_object],
            "{apiVersion: example.com/v1, kind: Queue, metadata: {name: q}}"
        ),
        ["1: the object fits no alternative: `a` is missing, or `b` is missing"]
    );
    let any = "{f: {type: object, properties: {a: {type: string}}, \
        anyOf: [{properties: {a: {enum: [x]}}}, {properties: {a: {enum: [y]}}}]}}";
    assert_eq!(check(any, "{f: {a: y}}"), none);
    assert_eq!(
        check(any, "{f: {a: z}}"),
        [
            "`spec.f` fits no alternative: `spec.f.a` is `z`, not one of `x`, or `spec.f.a` is `z`, not one of `y`"
        ]
    );
}

#[test]
fn items_of_lists_with_keys_are_unique() {
    let list = "{f: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [port, protocol], \
        items: {type: object, required: [port], properties: {port: {type: integer}, protocol: {type: string, default: TCP}}}}, \
        s: {type: array, x-kubernetes-list-type: set, items: {type: string}}}";
    assert_eq!(
        check(
            list,
            "{f: [{port: 1}, {port: 1, protocol: UDP}, {port: 1, protocol: TCP}], s: [a, b, a]}"
        ),
        [
            "`spec.f[2]` is the same as an earlier item",
            "`spec.s[2]` is the same as an earlier item"
        ]
    );
}

#[test]
fn an_embedded_object_has_what_every_object_has() {
    let embedded = "{o: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}";
    let none: [&str; 0] = [];
    assert_eq!(
        check(
            embedded,
            "{o: {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {a: 1}}}"
        ),
        none
    );
    assert_eq!(
        check(embedded, "{o: {kind: Pod, metadata: {nam: a}}}"),
        [
            "`spec.o.apiVersion` is missing",
            "`spec.o.metadata.nam`: there is no field `nam`; did you mean `name`?"
        ]
    );
}

#[test]
fn a_version_must_be_served() {
    let schema = spec("{}");
    let object = |version: &str, kind: &str| {
        format!("apiVersion: example.com/{version}\nkind: {kind}\nmetadata: {{name: a}}\n")
    };
    for version in ["v1alpha1", "v2"] {
        assert_eq!(
            check_all(&[&schema], &object(version, "Queue")),
            [format!("1: `example.com/{version}` has no kind `Queue`")]
        );
    }
    let unknown = format!("{0}---\n{0}", object("v1", "Topic"));
    assert_eq!(
        check_all(&[&schema], &unknown),
        ["2: no schema describes `Topic` of `example.com/v1`, so its fields are not checked"]
    );
    assert_eq!(
        check_all(
            &[&schema],
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn a_wrong_schema_has_a_place() {
    let wrong = |schema: &str| check_all(&[&crd(&format!("        {schema}"))], "");
    for (schema, expected) in [
        (
            "{typ: object}",
            &[
                "15: this schema has no `type`, so that it is not structural",
                "15: a schema has no keyword `typ`",
            ][..],
        ),
        ("{type: objet}", &["15: `type` cannot be `objet`"]),
        (
            "{type: object, properties: {a: {}}}",
            &["15: this schema has no `type`, so that it is not structural"],
        ),
        (
            "{type: object, properties: {a: {type: string, pattern: '('}}}",
            &["15: `(` is not a regular expression of Go"],
        ),
        (
            "{type: object, properties: {}, additionalProperties: {type: string}}",
            &["15: a structural schema cannot have both `properties` and `additionalProperties`"],
        ),
        (
            "{type: object, additionalProperties: false}",
            &["15: `additionalProperties` cannot be `false` in a structural schema"],
        ),
        (
            "{type: object, anyOf: [{properties: {a: {pattern: x}}}]}",
            &[
                "15: the field `a` must be declared outside of `allOf`, `anyOf`, `oneOf` and `not`, too",
            ],
        ),
        (
            "{type: object, anyOf: [{default: 1}]}",
            &[
                "15: `default` must be outside of `allOf`, `anyOf`, `oneOf` and `not` in a structural schema",
            ],
        ),
        (
            "{type: object, $ref: '#/a'}",
            &["15: the API server refuses `$ref` in a schema"],
        ),
        (
            "{type: object, required: a}",
            &["15: `required` must be a list, this is a string"],
        ),
    ] {
        let mut expected = expected.to_vec();
        let mut messages = wrong(schema);
        expected.sort_unstable();
        messages.sort_unstable();
        assert_eq!(messages, expected, "{schema}");
    }
}

#[test]
fn a_file_describes_kinds_once() {
    let schema = spec("{}");
    assert_eq!(
        check_all(&[&schema, &schema], ""),
        ["8: `Queue` of `example.com` has two schemas"]
    );
    for (file, expected) in [
        (
            "apiVersion: v1\nkind: ConfigMap\n",
            &["1: this file has no schema of a kind"][..],
        ),
        ("", &["1: this file has no schema of a kind"]),
        (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            &[],
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinitoin\n",
            &["2: `apiextensions.k8s.io/v1` has no kind `CustomResourceDefinitoin`"],
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\n",
            &["1: a schema of `apiextensions.k8s.io/v1beta1` is not supported"],
        ),
        (
            "apiVersion: apiextension.k8s.io/v1\nkind: CustomResourceDefinition\n",
            &["1: `apiextension.k8s.io/v1` has no kind `CustomResourceDefinition`"],
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n",
            &["1: this CustomResourceDefinition has no `spec`"],
        ),
        (
            "apiVersion: apiextensions.crossplane.io/v2\nkind: CompositeResourceDefinition\n",
            &["1: this CompositeResourceDefinition has no `spec`"],
        ),
        (
            "openapi: 3.0.0\n",
            &["1: this document has no `components.schemas`"],
        ),
        (
            "openapi: 3.0.0\ncomponents: {schemas: {a: {type: object, properties: {b: {$ref: '#/components/schemas/c'}}}}}\n",
            &[
                "2: there is no schema `#/components/schemas/c`",
                "2: no schema of this document has `x-kubernetes-group-version-kind`",
            ],
        ),
    ] {
        let mut messages = check_all(&[file], "");
        let mut expected = expected.to_vec();
        messages.sort_unstable();
        expected.sort_unstable();
        assert_eq!(messages, expected, "{file}");
    }
    let installation = format!("apiVersion: v1\nkind: Namespace\n---\n{schema}");
    assert_eq!(check_all(&[&installation], ""), Vec::<String>::new());
}

/// The messages of a kind, whether it has a namespace.
fn kinds(schema: &str) -> Vec<(String, Option<bool>)> {
    let mut sources = Sources::default();
    let mut report = Report::default();
    let file = sources.add("f.yaml", schema);
    let kinds = read(&[file], &sources, &mut report);
    assert!(report.is_empty(), "{:?}", report.in_order());
    let all = kinds.all().iter();
    all.map(|kind| (kind.kind.value.clone(), kind.is_namespaced))
        .collect()
}

#[test]
fn composite_resources_have_claims_or_namespaces() {
    let xrd = |version: &str, more: &str| {
        format!(
            "apiVersion: apiextensions.crossplane.io/{version}
kind: CompositeResourceDefinition
metadata: {{name: xqueues.example.com}}
spec:
  group: example.com
  names: {{kind: XQueue, plural: xqueues}}
  {more}
  versions:
  - name: v1
    served: true
    referenceable: true
    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, required: [size], properties: {{size: {{type: integer}}}}}}}}}}}}
"
        )
    };
    let of_first = xrd("v1", "claimNames: {kind: Queue, plural: queues}");
    assert_eq!(
        kinds(&of_first),
        [
            ("XQueue".to_owned(), Some(false)),
            ("Queue".to_owned(), Some(true))
        ]
    );
    assert_eq!(kinds(&xrd("v2", "")), [("XQueue".to_owned(), Some(true))]);
    assert_eq!(
        kinds(&xrd("v2", "scope: Cluster")),
        [("XQueue".to_owned(), Some(false))]
    );
    let object = |kind: &str, spec: &str| {
        format!("apiVersion: example.com/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n")
    };
    let none: [&str; 0] = [];
    let claim = object("Queue", "{size: 1, writeConnectionSecretToRef: {name: a}}");
    assert_eq!(check_all(&[&of_first], &claim), none);
    assert_eq!(
        check_all(&[&of_first], &object("Queue", "{crossplane: {}}")),
        [
            "4: `spec.size` is missing",
            "4: `spec.crossplane` is not a field of the schema; the fields are `size`, `compositeDeletePolicy`, `compositionRef`, `compositionRevisionRef`, `compositionRevisionSelector`, `compositionSelector`, `compositionUpdatePolicy`, `publishConnectionDetailsTo`, `resourceRef` and `writeConnectionSecretToRef`",
        ]
    );
    let composite = object(
        "XQueue",
        "{size: 1, crossplane: {compositionRef: {name: a}}}",
    );
    assert_eq!(check_all(&[&xrd("v2", "")], &composite), none);
}

#[test]
fn an_open_api_document_refers_to_its_schemas() {
    let document = "openapi: 3.0.0
paths:
  /apis/example.com/v1/namespaces/{namespace}/queues:
    get: {x-kubernetes-group-version-kind: {group: example.com, version: v1, kind: Queue}}
  /apis/example.com/v1/regions:
    get: {x-kubernetes-group-version-kind: {group: example.com, version: v1, kind: Region}}
components:
  schemas:
    com.example.v1.Queue:
      type: object
      properties:
        apiVersion: {type: string}
        spec: {allOf: [{$ref: '#/components/schemas/com.example.v1.QueueSpec'}], default: {}}
      x-kubernetes-group-version-kind: [{group: example.com, version: v1, kind: Queue}]
    com.example.v1.QueueSpec:
      type: object
      properties: {size: {type: integer}, raw: {type: object}}
    com.example.v1.Region:
      type: object
      x-kubernetes-group-version-kind: [{group: example.com, version: v1, kind: Region}]
";
    assert_eq!(
        kinds(document),
        [
            ("Queue".to_owned(), Some(true)),
            ("Region".to_owned(), Some(false))
        ]
    );
    let object = "apiVersion: example.com/v1\nkind: Queue\nmetadata: {name: a}\nspec: {siez: x, raw: {a: 1}, size: x}\n";
    assert_eq!(
        check_all(&[document], object),
        [
            "4: `spec.siez` is not a field of the schema; did you mean `size`?",
            "4: `spec.size` must be a whole number, this is a string",
        ]
    );
}
