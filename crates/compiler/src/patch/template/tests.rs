use crate::identity::Identity;
use crate::patch::{Context, Environment, Patch, View, patch};
use crate::plan::Plan;
use crate::provision::StoredSecrets;
use crate::support::document::Document;
use crate::support::places::{Places, Step};
use crate::targets::compose::Compose;
use crate::targets::kubernetes::Kubernetes;
use crate::targets::target::Target;
use diagnostics::report::{Report, location_text};
use diagnostics::source::Sources;
use diagnostics::value::{Map, Value};

/// The result of a patch template.
struct Patched {
    documents: Vec<Document>,
    problems: Vec<String>,
    sources: Sources,
}

impl Patched {
    fn texts(&self) -> Vec<String> {
        assert_eq!(self.problems, Vec::<String>::new());
        let documents = self.documents.iter();
        documents.map(|document| document.value.to_json()).collect()
    }

    /// The line of the template that wrote a value.
    fn line(&self, document: usize, path: &[Step]) -> Option<usize> {
        let span = self.documents[document].places.find(path)?;
        Some(self.sources.position(self.sources.origin(span)?).line)
    }
}

fn apply(target: &dyn Target, documents: &[&str], template: &str) -> Patched {
    let mut sources = Sources::default();
    let mut report = Report::default();
    let documents = documents.iter().map(|text| {
        let id = sources.add("document", *text);
        let tree = yaml::parse(&sources, id, &mut report).remove(0);
        Document {
            value: tree.to_value(),
            origin: Some(tree.span),
            places: Places::default(),
        }
    });
    let documents = documents.collect();
    let plan = Plan {
        identity: Identity {
            environment: "prod".to_owned(),
            ..Identity::default()
        },
        workloads: Vec::new(),
        resources: Vec::new(),
        hash_key: None,
        stored: StoredSecrets::default(),
        keeps_input: true,
    };
    let values = Value::Map(Map::from_iter([(
        "domain".to_owned(),
        "example.com".into(),
    )]));
    let view = View {
        complete: |document, _, _| {
            if let Some(map) = document.as_map_mut() {
                map.insert("complete".to_owned(), Value::Bool(true));
            }
        },
        ..target.info().patch_view
    };
    let context = Context {
        view: &view,
        namespace: "",
        target: "kubernetes",
        plan: &plan,
        environment: Environment {
            name: "prod",
            values: &values,
            has_all_values: true,
            patchable: None,
        },
        is_whole_project: true,
    };
    let id = sources.add("p.tpl", template);
    let documents = patch(
        &mut sources,
        &[Patch::Template(id)],
        &context,
        documents,
        &mut report,
    );
    let problem = |diagnostic: &&diagnostics::report::Diagnostic| {
        let place = diagnostic.span().map(|span| location_text(&sources, span));
        format!(
            "{}: {}: {}; {}",
            place.unwrap_or_default(),
            diagnostic.severity().as_str(),
            diagnostic.message(),
            diagnostic.help().unwrap_or_default()
        )
    };
    let problems = report.in_order().iter().map(problem).collect();
    Patched {
        documents: documents.unwrap_or_default(),
        problems,
        sources,
    }
}

const SAMPLE: &str = "{services: {web: {image: nginx}}, list: [9007199254740993]}";

fn key(key: &str) -> Step {
    Step::Key(key.to_owned())
}

#[test]
fn operations_set_append_and_delete() {
    let patched = apply(
        &Compose,
        &[SAMPLE],
        "{{ range $name, $_ := .Compose.services }}\n- {op: set, path: \"services.{{ $name }}.user\", value: 1000}\n{{ end }}\n\
         - {op: set, path: list.-1, value: x}\n- {op: delete, path: services.web.image}\n\
         - {op: delete, path: services.web.absent}\n- {op: set, path: 'x-a\\.b.:0', value: y, description: why}\n",
    );
    assert_eq!(
        patched.texts(),
        [r#"{"list":[9007199254740993,"x"],"services":{"web":{"user":1000}},"x-a.b":{"0":"y"}}"#]
    );
}

#[test]
fn templates_read_the_environment() {
    let template = "{{ with .Environment }}\n- {op: set, path: x-a, value: \"{{ .Name }} {{ .Target }} {{ .Values.domain }}\"}\n{{ end }}";
    let patched = apply(&Compose, &["{}"], template);
    assert_eq!(
        patched.texts(),
        [r#"{"x-a":"prod kubernetes example.com"}"#]
    );
}

#[test]
fn the_first_index_of_a_missing_list_creates_it() {
    for (path, expected) in [
        ("spec.secrets.0.name", r#"{"secrets":[{"name":"x"}]}"#),
        ("spec.secrets.-1.name", r#"{"secrets":[{"name":"x"}]}"#),
        ("spec.secrets.0.-1", r#"{"secrets":[["x"]]}"#),
        ("spec.secrets.:0.name", r#"{"secrets":{"0":{"name":"x"}}}"#),
    ] {
        let template = format!("- {{op: set, path: 0.{path}, value: x}}");
        let patched = apply(&Kubernetes, &["{spec: {}}"], &template);
        assert_eq!(patched.texts(), [format!(r#"{{"spec":{expected}}}"#)]);
        let patched = apply(&Kubernetes, &["{spec: {secrets: null}}"], &template);
        assert_eq!(patched.texts(), [format!(r#"{{"spec":{expected}}}"#)]);
    }
    let empty = apply(
        &Kubernetes,
        &["{a: []}"],
        "- {op: set, path: 0.a.0, value: x}",
    );
    assert_eq!(empty.texts(), [r#"{"a":["x"]}"#]);
}

#[test]
fn digits_are_a_key_of_a_mapping_that_exists() {
    let template = "- {op: set, path: 0.data.8080, value: x}";
    let patched = apply(&Kubernetes, &["{data: {}}"], template);
    assert_eq!(patched.texts(), [r#"{"data":{"8080":"x"}}"#]);
}

#[test]
fn untouched_documents_keep_their_places() {
    let documents = ["{kind: A}", "{kind: B, list: [a, b, c]}", "{kind: C}"];
    let template = "- op: set
  path: 1.list.2
  value:
    name: x
- op: set
  path: 1.spec.a.b
  value: 1
- {op: delete, path: 1.list.0}
- {op: delete, path: 0}
- op: set
  path: -1
  value:
    kind: D
    spec: [1]
";
    let patched = apply(&Kubernetes, &documents, template);
    let texts = [
        r#"{"kind":"B","list":["b",{"name":"x"}],"spec":{"a":{"b":1}}}"#,
        r#"{"kind":"C"}"#,
        r#"{"complete":true,"kind":"D","spec":[1]}"#,
    ];
    assert_eq!(patched.texts(), texts);
    let origins = patched
        .documents
        .iter()
        .map(|document| location_text(&patched.sources, document.origin.unwrap()));
    assert_eq!(
        origins.collect::<Vec<_>>(),
        ["document:1:1", "document:1:1", "p.tpl:10:3"]
    );
    assert!(patched.documents[1].places.is_empty());
    let line = |document, path: &[Step]| patched.line(document, path);
    assert_eq!(line(0, &[key("kind")]), None);
    assert_eq!(line(0, &[key("list"), Step::Index(0)]), None);
    assert_eq!(
        line(0, &[key("list"), Step::Index(1), key("name")]),
        Some(4)
    );
    // What an operation created on its way is also from there.
    assert_eq!(line(0, &[key("spec")]), Some(7));
    assert_eq!(line(2, &[key("kind")]), Some(13));
    assert_eq!(line(2, &[key("spec"), Step::Index(0)]), Some(14));
    assert_eq!(line(2, &[key("metadata")]), Some(13));
}

const OBJECTS: &str = "{kind: Deployment, spec: {template: {containers: [{name: main, image: a}, {name: side, image: b}]}}}";

/// Wrong operations in the third line of a template, and what is reported at that line.
#[test]
fn wrong_paths_are_reported_with_a_right_one() {
    let kubernetes: &dyn Target = &Kubernetes;
    for (target, document, path, expected) in [
        (
            kubernetes,
            OBJECTS,
            "0.spec.template.containers.image",
            "`0.spec.template.containers` is a list, and `image` is not an index; write an index, as in `0.spec.template.containers.0.image`",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "0.spec.template.containers.side.image",
            "`0.spec.template.containers` is a list, and `side` is not an index; write an index, as in `0.spec.template.containers.1.image`",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "0.spec.template.containers.2.image",
            "the list has 2 items, so there is no index 2; write an index from 0 to 1, or `-1` to add one at the end",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "0.spec.template.containers.0.image.tag",
            "there is no `tag` inside a string; set all of `0.spec.template.containers.0.image`",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "0.spec.template.secrets.1.name",
            "`0.spec.template.secrets` does not exist, so there is no index 1; write `0.spec.template.secrets.0.name` for the first item of a new list, or `0.spec.template.secrets.:1.name` for a key of digits",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "0.spec.-1.name",
            "`0.spec` is a mapping, so nothing can be added at its end; write a key instead of `-1`",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "3.spec.replicas",
            "the list has 1 object, so there is no index 3; write the index 0, or `-1` to add one at the end",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "spec.replicas",
            "a path begins with the index of an object, and `spec` is none; begin it with an index, as in `0.spec.replicas`, or with that of a `range` over `.Manifests`",
        ),
        (
            &Kubernetes,
            OBJECTS,
            "deployment.spec.replicas",
            "a path begins with the index of an object, and `deployment` is none; begin it with an index, as in `0.spec.replicas`, or with that of a `range` over `.Manifests`",
        ),
        (
            &Compose,
            SAMPLE,
            "web.image",
            "a path begins with a key of `.Compose`, and `web` is none; write `services.web.image`",
        ),
        (
            &Compose,
            SAMPLE,
            "service.web.image",
            "a path begins with a key of `.Compose`, and `service` is none; did you mean `services.web.image`?",
        ),
        (
            &Compose,
            SAMPLE,
            "0.spec.replicas",
            "a path begins with a key of `.Compose`, and `0` is none; begin it with a key, as in `services.NAME`",
        ),
    ] {
        let template = format!(
            "{{{{ range (list 1) }}}}\n- op: set\n  path: {path}\n  value: x\n{{{{ end }}}}"
        );
        let patched = apply(target, &[document], &template);
        let expected =
            format!("p.tpl:3:9: error: the patch of `{path}` cannot be applied: {expected}");
        assert_eq!(patched.problems, [expected]);
    }
}

#[test]
fn wrong_deletions_are_reported() {
    for (path, expected) in [
        (
            "services.wep.image",
            "there is no `wep`; did you mean `services.web.image`?",
        ),
        ("services.db.image", "there is no `db`; write one of `web`"),
        (
            "list.1",
            "the list has 1 item, so there is no index 1; write the index 0",
        ),
        (
            "services.web.image.tag",
            "there is no `tag` inside a string; end the path at `services.web.image`",
        ),
    ] {
        let template = format!("- {{op: delete, path: {path}}}");
        let patched = apply(&Compose, &[SAMPLE], &template);
        let expected =
            format!("p.tpl:1:22: error: the patch of `{path}` cannot be applied: {expected}");
        assert_eq!(patched.problems, [expected]);
    }
}

#[test]
fn wrong_operations_are_reported_at_their_line() {
    for (operation, expected) in [
        (
            "- {op: set, path: list.0}",
            "2:4: error: a patch operation needs the key `value`; add `value: VALUE` here",
        ),
        (
            "- {op: remove, path: list.0}",
            "2:8: error: `op` cannot be `remove`; write one of `set` and `delete`",
        ),
        (
            "- {op: set, path: 0.10, value: x}",
            "2:19: error: `path` must be a string, this is a number; put it in quotes",
        ),
        (
            "- {op: set, path: list.0, vlaue: x}",
            "2:27: error: a patch operation has no key `vlaue`; did you mean `value`?",
        ),
        (
            "- op: set\n  path: list.0\n  value: a: b",
            "4:11: error: the patch template did not render to valid YAML: this colon is inside a value, where it would begin another mapping; fix the template so that this is valid YAML; `quote` puts a string in quotes",
        ),
    ] {
        let patched = apply(&Compose, &[SAMPLE], &format!("# A comment.\n{operation}\n"));
        assert_eq!(patched.problems, [format!("p.tpl:{expected}")]);
    }
}

#[test]
fn a_missing_name_is_reported() {
    let template = "- op: set\n  path: x-a\n  value: \"{{ .Compose.nmae }}\"";
    let patched = apply(&Compose, &[SAMPLE], template);
    assert_eq!(
        patched.problems,
        [
            "p.tpl:3:14: warning: this rendered as `<no value>`: the name does not exist or is null; correct the name, or set a default with `default` or `dig`"
        ]
    );
}

#[test]
fn deletions_shift_the_indices_after_them() {
    let document = "{list: [{name: a}, {name: b}, {name: c}]}";
    let with = |operations: &str| apply(&Compose, &[document], operations).problems;
    let delete = |index: usize| format!("- {{op: delete, path: list.{index}}}\n");
    let help = "write the operations that delete items last, from the last item to the first";
    // Over a list: the second deletion removes another item, and the third one fails.
    let all = "{{ range $i, $_ := .Compose.list }}\n- op: delete\n  path: list.{{ $i }}\n{{ end }}";
    assert_eq!(
        with(all),
        [
            format!(
                "p.tpl:3:9: warning: `list.1` may be another item than the template saw: the deletion of `list.0` moved those after it; {help}"
            ),
            format!(
                "p.tpl:3:9: error: the patch of `list.2` cannot be applied: the list has 1 item, so there is no index 2; {help}"
            ),
        ]
    );
    // Backwards, and twice the same index on purpose.
    assert!(with(&format!("{}{}", delete(1), delete(0))).is_empty());
    assert!(with(&format!("{}{}", delete(0), delete(0))).is_empty());
    let other = "- {op: set, path: other.1.x, value: 1}\n";
    assert_eq!(with(&format!("{}{other}", delete(0))).len(), 1);
    let set = "- {op: set, path: list.1.name, value: x}\n";
    assert!(with(&format!("{set}{}", delete(0))).is_empty());
    assert_eq!(with(&format!("{}{set}", delete(0))).len(), 1);
}

#[test]
fn a_template_without_operations_is_noted() {
    let note = "p.tpl:1:1: note: this patch template renders no operation, so it changes nothing; check the names after `range` and the conditions, unless it is for other workloads or environments";
    for template in [
        "{{ range .Compose.servces }}- op: set\n{{ end }}",
        "# Nothing.\n",
        "[]",
    ] {
        assert_eq!(apply(&Compose, &[SAMPLE], template).problems, [note]);
    }
}

#[test]
fn a_wrong_substitution_says_what_is_right() {
    let patched = apply(
        &Compose,
        &[SAMPLE],
        "- op: set\n  path: x-a\n  value: {{ substituteValue \"shop\" \"${metadata.name}\" }}",
    );
    assert_eq!(
        patched.problems,
        [
            "p.tpl:3:13: error: `substituteValue`: there is no workload `shop`; there is no workload; fix the patch template"
        ]
    );
}
