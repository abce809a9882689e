//! Patches by selector: the examples of `spec/patches.md`, mistakes and their places, and what patches
//! do on Compose.

use serde_json::{Value, json};

use crate::sandbox::{RunResult, Sandbox};

const PAGE: &str = include_str!("../../spec/patches.md");

const SCORE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: orders, annotations: {team: payments}}
containers:
  main: {image: 'example.com/orders:1', variables: {LEVEL: info}}
service: {ports: {web: {port: 80}}}
resources:
  db: {type: postgres}
  front: {type: route, params: {host: a.example.com, path: /, port: 80}}
---
apiVersion: score.dev/v1b1
metadata: {name: billing}
containers:
  main: {image: 'example.com/billing:1'}
";

const KUBERNETES: &str = "\
target: kubernetes
namespace: shop
values: {replicas: 3, zones: [a, b], ingressClass: nginx}
patches:
";

const COMPOSE: &str = "target: compose\nvalues: {level: debug}\npatches:\n";

fn sandbox(environment: &str, patches: &str) -> Sandbox {
    let sandbox = Sandbox::with_files(&[("score.yaml", SCORE)]);
    sandbox.write(
        "environments/prod/environment.yaml",
        format!("{environment}{patches}"),
    );
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let command = ["generate", "-e", "prod", "--project", "shop"];
    let output = ["--format", "json", "-o", "out.json"];
    let short = ["--message-format", "short"];
    sandbox.run(&[&command[..], &output, &short, arguments].concat())
}

fn output(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let result = run(sandbox, arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    serde_json::from_str(&sandbox.read("out.json")).unwrap()
}

/// The objects after patches.
fn objects(patches: &str) -> Vec<Value> {
    let list = output(&sandbox(KUBERNETES, patches), &[]);
    list["items"].as_array().unwrap().clone()
}

/// The Compose file after patches.
fn compose(patches: &str) -> Value {
    output(&sandbox(COMPOSE, patches), &[])
}

fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> Option<&'a Value> {
    let mut objects = objects.iter();
    objects.find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
}

fn object<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    find(objects, kind, name).unwrap_or_else(|| panic!("no {kind}/{name}"))
}

/// The examples of the page, by number.
fn examples() -> Vec<&'static str> {
    let examples = PAGE.split("\n### ").skip(1);
    let examples = examples.filter(|text| text.starts_with(|first: char| first.is_ascii_digit()));
    let block = |text: &'static str| {
        let (_, block) = text.split_once("```yaml\n").unwrap();
        block.split_once("```").unwrap().0
    };
    examples.map(block).collect()
}

fn example(number: usize) -> &'static str {
    examples()[number - 1]
}

#[test]
fn the_examples_are_short() {
    assert_eq!(examples().len(), 10);
    for example in examples() {
        assert!(example.lines().count() <= 6, "{example}");
    }
}

#[test]
fn the_examples_do_what_they_say() {
    let pod = |object: &Value| object["spec"]["template"]["spec"].clone();
    let all = objects(example(1));
    assert_eq!(object(&all, "Deployment", "orders")["spec"]["replicas"], 3);
    assert_eq!(
        object(&all, "Deployment", "billing")["spec"]["replicas"],
        Value::Null
    );

    let all = objects(example(2));
    let account = &object(&all, "ServiceAccount", "orders")["metadata"];
    assert_eq!(
        account["annotations"]["iam.example.com/role"],
        "prod-orders"
    );
    assert_eq!(
        account["annotations"]["k8s.score.dev/workload-name"],
        "orders"
    );
    assert_eq!(account["labels"]["app.kubernetes.io/instance"], "orders");
    assert_eq!(account["namespace"], "shop");
    assert_eq!(
        pod(object(&all, "Deployment", "billing"))["serviceAccountName"],
        "billing"
    );

    let all = objects(example(3));
    let runners = all
        .iter()
        .filter(|one| one["kind"] == "Deployment" || one["kind"] == "StatefulSet");
    let secrets = runners.map(|one| pod(one)["imagePullSecrets"].clone());
    assert_eq!(
        secrets.collect::<Vec<_>>(),
        vec![json!([{"name": "registry"}]); 3]
    );

    let all = objects(example(4));
    let terms = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions/0/values";
    assert_eq!(
        pod(object(&all, "Deployment", "orders")).pointer(terms),
        Some(&json!(["a", "b"]))
    );

    let all = objects(example(5));
    let containers = &pod(object(&all, "Deployment", "orders"))["containers"];
    assert_eq!(
        [&containers[0]["name"], &containers[1]["name"]],
        ["main", "proxy"]
    );

    let all = objects(example(6));
    let ports = &pod(object(&all, "Deployment", "orders"))["containers"][0]["ports"];
    assert_eq!([&ports[0]["name"], &ports[1]["name"]], ["web", "metrics"]);
    assert_eq!(
        object(&all, "Service", "orders")["spec"]["ports"][1]["port"],
        9090
    );

    let all = objects(example(7));
    let mut ingresses = all.iter().filter(|object| object["kind"] == "Ingress");
    let annotations = &ingresses.next().unwrap()["metadata"]["annotations"];
    assert_eq!(
        annotations["nginx.ingress.kubernetes.io/proxy-body-size"],
        "8m"
    );

    let all = objects(example(8));
    for name in ["orders", "billing"] {
        let budget = object(&all, "PodDisruptionBudget", name);
        assert_eq!(
            budget["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"],
            name
        );
        assert_eq!(budget["metadata"]["namespace"], "shop");
        assert_eq!(budget["metadata"]["labels"]["app.kubernetes.io/name"], name);
    }
    assert_eq!(
        all.iter()
            .filter(|one| one["kind"] == "PodDisruptionBudget")
            .count(),
        2
    );

    let all = objects(example(9));
    let rollout = object(&all, "Rollout", "orders");
    assert_eq!(rollout["apiVersion"], "argoproj.io/v1alpha1");
    assert_eq!(
        rollout["spec"]["strategy"],
        json!({"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}})
    );
    assert_eq!(pod(rollout)["containers"][0]["name"], "main");
    assert_eq!(find(&all, "Deployment", "orders"), None);

    let all = objects(example(10));
    for name in ["orders", "billing"] {
        let service = object(&all, "Service", name);
        assert_eq!(service["apiVersion"], "serving.knative.dev/v1");
        assert_eq!(
            service["spec"]
                .as_object()
                .unwrap()
                .keys()
                .collect::<Vec<_>>(),
            ["template"]
        );
    }
}

/// Line and column of a text in the environment.
fn place(text: &str, of: &str) -> String {
    let offset = text
        .rfind(of)
        .unwrap_or_else(|| panic!("no {of} in {text}"));
    let before = &text[..offset];
    let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
    let column = offset - before.rfind('\n').map_or(0, |index| index + 1) + 1;
    format!("environments/prod/environment.yaml:{line}:{column}: error: ")
}

#[test]
fn a_typo_in_an_example_is_an_error_at_the_typo() {
    for (number, right, wrong, rule) in [
        (
            1,
            "values.replicas",
            "values.replcas",
            "unknown-patch-value",
        ),
        (
            1,
            "workload: orders",
            "workload: ordes",
            "patch-without-target",
        ),
        (
            2,
            "serviceAccountName",
            "serviceAcountName",
            "invalid-manifest",
        ),
        (
            2,
            "environment.name",
            "enviroment.name",
            "unknown-placeholder-root",
        ),
        (3, "imagePullSecrets", "imagePullSecret", "invalid-manifest"),
        (4, "nodeAffinity", "nodeAfinity", "invalid-manifest"),
        (4, "matchExpressions", "matchExpresions", "invalid-manifest"),
        (5, "name: proxy", "nam: proxy", "invalid-patch"),
        (6, "containerPort", "containerport", "invalid-patch"),
        (6, "kind: Service", "kind: Servce", "patch-without-target"),
        (7, "kind: Ingress", "kind: Ingres", "patch-without-target"),
        (7, "annotations", "anotations", "invalid-manifest"),
        (8, "maxUnavailable", "maxUnavailabel", "invalid-manifest"),
        (
            8,
            "workload.metadata.name",
            "workload.metdata.name",
            "unknown-patch-value",
        ),
        (9, "$patch: replace", "$patch: replac", "unknown-value"),
        (9, "merge:", "merg:", "unknown-key"),
        (10, "delete: true", "delte: true", "unknown-key"),
        (
            10,
            "kind: Deployment",
            "kind: Deploymnt",
            "patch-without-target",
        ),
    ] {
        let text = format!("{KUBERNETES}{}", example(number));
        assert_eq!(text.matches(right).count(), 1, "{right} in {text}");
        let text = text.replace(right, wrong);
        let result = run(&sandbox(&text, ""), &[]);
        assert_eq!(result.code, Some(1), "{wrong}: {}", result.stderr);
        // The value of a key, the last part of a path, or the key itself.
        let typo = match (wrong.split_once(": "), wrong.rsplit('.').next()) {
            (Some((_, value)), _) if rule.ends_with("target") || rule == "unknown-value" => value,
            (Some((key, _)), _) => key,
            _ if wrong.starts_with("workload.") => "metdata",
            _ if wrong.starts_with("enviroment") => "enviroment",
            (None, last) => last.unwrap_or(wrong),
        };
        let errors: Vec<&str> = result
            .stderr
            .lines()
            .filter(|line| line.contains(": error: "))
            .collect();
        let place = place(&text, typo.trim_end_matches(':'));
        // One for each kind of object.
        for error in &errors {
            assert!(error.starts_with(&place), "{wrong}: {errors:?}");
            assert!(error.ends_with(&format!("[{rule}]")), "{errors:?}");
        }
        assert!(!errors.is_empty(), "{wrong}: {}", result.stderr);
        // Without the objects, all but the fields and the targets is known.
        if !["invalid-manifest", "patch-without-target"].contains(&rule)
            && !rule.starts_with("invalid-patch")
        {
            let validated =
                sandbox(&text, "").run(&["validate", "-e", "prod", "--message-format", "short"]);
            assert!(
                (validated.stdout.clone() + &validated.stderr).contains(errors[0]),
                "{validated:?}"
            );
        }
    }
}

#[test]
fn mistakes_are_reported_where_they_are() {
    let deployment = "- target: {kind: Deployment}\n";
    for (patch, expected) in [
        (
            "- target: {kind: Deployment, name: \"{a,b}\"}\n  delete: true\n",
            "is not a valid pattern",
        ),
        ("- target: {}\n  delete: true\n", "selects nothing"),
        (
            "- target: {kind: [Deployment, StatefulSt]}\n  delete: metadata.labels\n",
            "no object has the kind `StatefulSt`; did you mean `StatefulSet`?",
        ),
        (
            &format!("{deployment}  merge: {{spec: {{new: {{$ptch: replace}}}}}}\n"),
            "no directive `$ptch`; did you mean `$patch`?",
        ),
        (
            &format!("{deployment}  merge: {{spec: {{replica: 2}}}}\n"),
            "there is no field `spec.replica`; did you mean `replicas`?",
        ),
        ("- {}\n", "needs the key `target`"),
        (deployment, "this patch changes nothing"),
        (
            &format!("{deployment}  each: spec.template\n"),
            "`each` says where",
        ),
        (
            &format!("{deployment}  delete: true\n  merge: {{a: b}}\n"),
            "the object is deleted",
        ),
        (
            &format!("{deployment}  delete: [spec.tmplate]\n"),
            "there is no `tmplate` here; did you mean `template`?",
        ),
        (
            &format!("{deployment}  delete: spec.selector\n"),
            "`spec.selector` is missing (after the patches)",
        ),
        (
            &format!("{deployment}  merge: {{spec: {{selector: null}}}}\n"),
            "`spec.selector` is missing (after the patches)",
        ),
        (
            &format!("{deployment}  set: {{spec.template.spec.containers.image: a}}\n"),
            "there is no `image` in a list",
        ),
        (
            &format!("{deployment}  set: {{spec..a: a}}\n"),
            "`spec..a` is not a valid path",
        ),
        (
            &format!(
                "{deployment}  merge: {{spec: {{template: {{spec: {{containers: [null]}}}}}}}}\n"
            ),
            "cannot be `null`",
        ),
        (
            &format!(
                "{deployment}  merge: {{spec: {{template: {{spec: {{containers: {{main: {{}}}}}}}}}}}}\n"
            ),
            "the object has a list here",
        ),
        (
            &format!("{deployment}  merge: {{spec: {{$retainKeys: [a]}}}}\n"),
            "no directive `$retainKeys`",
        ),
        (
            &format!("{deployment}  json6902: [{{op: remove, path: /spec/tmplate}}]\n"),
            "there is no `tmplate`; did you mean `template`?",
        ),
        (
            &format!("{deployment}  json6902: [{{op: add, path: spec.replicas, value: 1}}]\n"),
            "as in `/spec/replicas`",
        ),
        (
            &format!("{deployment}  json6902: [{{op: add, path: /spec/replicas}}]\n"),
            "`add` needs `value`",
        ),
        (
            &format!("{deployment}  json6902: [{{op: test, path: /kind, value: Pod}}]\n"),
            "is \"Deployment\", and not this",
        ),
        (
            &format!("{deployment}  add: {{apiVersion: apps/v1, kind: Deployment}}\n"),
            "there is already `Deployment/",
        ),
        (
            "- target: {kind: StatefulSet}\n  merge: {metadata: {labels: {a: \"${workload.metadata.name}\"}}}\n",
            "belongs to no workload",
        ),
        (
            "- target: {kind: Deployment}\n  merge: {metadata: {labels: {a: \"${workload.metadata.annotations.team}\"}}}\n",
            "has no `annotations`",
        ),
        (
            "- target: {kind: Deployment}\n  merge: {metadata: {labels: {a: \"${metadata.name}\"}}}\n",
            "write `${workload.metadata.name}`",
        ),
        ("- 3\n", "an item of `patches` must be a string"),
    ] {
        let result = run(&sandbox(KUBERNETES, patch), &[]);
        assert_eq!(result.code, Some(1), "{patch}: {}", result.stderr);
        assert!(
            result.stderr.contains(expected),
            "{patch}: {}",
            result.stderr
        );
        assert!(
            result
                .stderr
                .contains("environments/prod/environment.yaml:"),
            "{}",
            result.stderr
        );
        assert!(
            !sandbox(KUBERNETES, patch)
                .list()
                .contains(&"out.json".to_owned())
        );
    }
}

#[test]
fn where_nothing_may_be_found_nothing_is_reported() {
    let all = objects("- {target: {kind: Job}, delete: true, expect: any}\n");
    assert!(find(&all, "Deployment", "orders").is_some());
    // Other files of the project may have what a patch is for, but not a misspelled kind.
    let patch = |kind: &str| {
        format!("- {{target: {{kind: {kind}}}, merge: {{metadata: {{labels: {{a: b}}}}}}}}\n")
    };
    let of_file = |kind: &str| run(&sandbox(KUBERNETES, &patch(kind)), &["score.yaml"]).code;
    assert_eq!(
        [of_file("CronJob"), of_file("Deploymnet")],
        [Some(0), Some(1)]
    );
    assert_eq!(
        run(&sandbox(KUBERNETES, &patch("CronJob")), &[]).code,
        Some(1)
    );
}

#[test]
fn objects_are_selected_by_the_resource_that_needs_them() {
    for target in [
        "{type: postgres, kind: StatefulSet}",
        "{resource: 'postgres.*#orders.db', kind: StatefulSet}",
    ] {
        let all = objects(&format!(
            "- {{target: {target}, set: {{spec.replicas: 2}}}}\n"
        ));
        let set = all
            .iter()
            .find(|object| object["kind"] == "StatefulSet")
            .unwrap();
        assert_eq!(set["spec"]["replicas"], 2);
    }
    let file = compose("- {target: {type: postgres, kind: service}, merge: {mem_limit: 1g}}\n");
    let services = file["services"].as_object().unwrap();
    let limited = services
        .iter()
        .filter(|(_, service)| service["mem_limit"] == "1g");
    assert_eq!(
        limited.map(|(name, _)| &name[..3]).collect::<Vec<_>>(),
        ["pg-"]
    );
}

#[test]
fn files_of_patches_are_read_in_the_order_of_their_names() {
    let sandbox = sandbox(
        KUBERNETES,
        "- patches\n- {target: {kind: Deployment, name: orders}, set: {metadata.labels.c: '3'}}\n",
    );
    let patch = |label: &str| {
        format!(
            "- {{target: {{kind: Deployment, name: orders}}, set: {{metadata.labels.{label}: '{label}'}}}}\n"
        )
    };
    sandbox.write(
        "environments/prod/patches/b.patches.yaml",
        patch("b") + &patch("c"),
    );
    sandbox.write("environments/prod/patches/a.tpl", "{{ range $i, $o := .Manifests }}{{ if eq $o.metadata.name \"orders\" }}\n- {op: set, path: '{{ $i }}.metadata.labels.a', value: t}\n{{ end }}{{ end }}");
    sandbox.write("more.patches.yaml", patch("d"));
    let list = output(&sandbox, &["--patch", "more.patches.yaml"]);
    let labels =
        &object(list["items"].as_array().unwrap(), "Deployment", "orders")["metadata"]["labels"];
    assert_eq!(
        [&labels["a"], &labels["b"], &labels["c"], &labels["d"]],
        ["t", "b", "3", "d"]
    );

    let shown = sandbox.run(&["environments", "show", "prod", "-f", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let patches = shown
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["key"].as_str().unwrap().starts_with("patches"));
    let patches: Vec<_> = patches
        .map(|row| (row["value"].clone(), row["source"].clone()))
        .collect();
    assert_eq!(patches[0].0, "environments/prod/patches/a.tpl");
    assert_eq!(patches[1].0, "environments/prod/patches/b.patches.yaml");
    assert_eq!(patches[2].0["set"]["metadata.labels.c"], "3");
    assert_eq!(patches[2].1, "environments/prod/environment.yaml:6");

    sandbox.write(
        "environments/prod/patches/b.patches.yaml",
        "- targt: {}\n- a.tpl\n",
    );
    let result = run(&sandbox, &[]);
    assert!(
        result
            .stderr
            .contains("b.patches.yaml:1:3: error: a patch has no key `targt`"),
        "{}",
        result.stderr
    );
    assert!(
        result
            .stderr
            .contains("b.patches.yaml:2:3: error: a patch must be a mapping"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_patch_merges_as_compose_does() {
    let service = |patch: &str| {
        let base = "- {target: {workload: orders}, merge: {ports: ['8080:80', {target: 81, published: '81'}], \
                    volumes: ['./a:/a', './b:/b'], cap_add: [A], command: [a], dns: 1.1.1.1, labels: {x: y}, \
                    healthcheck: {test: [CMD, a], retries: 3}}}\n";
        let file = compose(&format!(
            "{base}- {{target: {{workload: orders}}, merge: {patch}}}\n"
        ));
        file["services"]["orders-main"].clone()
    };
    for (patch, key, expected) in [
        (
            "{ports: ['8080:80/tcp', '82:82']}",
            "ports",
            json!(["8080:80/tcp", {"target": 81, "published": "81"}, "82:82"]),
        ),
        (
            "{volumes: ['./c:/a:ro']}",
            "volumes",
            json!(["./c:/a:ro", "./b:/b"]),
        ),
        ("{cap_add: [A, B]}", "cap_add", json!(["A", "B"])),
        ("{command: [b]}", "command", json!(["b"])),
        ("{command: b}", "command", json!("b")),
        ("{dns: [8.8.8.8]}", "dns", json!(["1.1.1.1", "8.8.8.8"])),
        (
            "{labels: [x=z, a=b]}",
            "labels",
            json!({"x": "z", "a": "b"}),
        ),
        ("{labels: {x: null}}", "labels", json!({})),
        ("{labels: null}", "labels", Value::Null),
        (
            "{healthcheck: {test: [CMD, b]}}",
            "healthcheck",
            json!({"test": ["CMD", "b"], "retries": 3}),
        ),
        (
            "{environment: ['LEVEL=${environment.values.level}', B=c]}",
            "environment",
            json!({"LEVEL": "debug", "B": "c"}),
        ),
        (
            "{environment: {C: '$${HOME}'}}",
            "environment",
            json!({"LEVEL": "info", "C": "${HOME}"}),
        ),
        (
            "{volumes: [$patch: replace, ./x:/x]}",
            "volumes",
            json!(["./x:/x"]),
        ),
        (
            "{extra_hosts: ['a=1.1.1.1']}",
            "extra_hosts",
            json!(["a=1.1.1.1"]),
        ),
        (
            "{networks: [other]}",
            "networks",
            json!({"default": {"aliases": ["orders"]}, "other": {}}),
        ),
    ] {
        assert_eq!(service(patch)[key], expected, "{patch}");
    }
}

#[test]
fn compose_has_its_own_kinds() {
    let file = compose(
        "- {target: {kind: volume}, delete: true}\n- {add: {networks: {a: {}}, services: {b: {image: c}}}}\n",
    );
    assert_eq!(file["volumes"], Value::Null);
    assert_eq!(file["networks"]["a"], json!({}));
    assert_eq!(file["services"]["b"], json!({"image": "c"}));
    let added = compose(
        "- {target: {workload: orders}, add: {services: {'${workload.metadata.name}-proxy': {image: c}}}}\n",
    );
    assert_eq!(
        added["services"]["orders-proxy"]["annotations"],
        json!({"compose.score.dev/workload-name": "orders"})
    );
    for (patch, expected) in [
        (
            "- {target: {kind: servce}, delete: true}\n",
            "`kind` cannot be `servce`; did you mean `service`?",
        ),
        (
            "- {target: {kind: Deployment}, delete: true}\n",
            "`Deployment` is a kind of Kubernetes; move the patch to an environment for Kubernetes",
        ),
        (
            "- {target: {kind: service, apiVersion: v1}, delete: true}\n",
            "have no `apiVersion`",
        ),
        ("- {add: {service: {a: {}}}}\n", "did you mean `services`?"),
        (
            "- {add: {services: {orders-main: {}}}}\n",
            "there is already `service/orders-main`",
        ),
    ] {
        let result = run(&sandbox(COMPOSE, patch), &[]);
        assert!(
            result.stderr.contains(expected),
            "{patch}: {}",
            result.stderr
        );
    }
}

#[test]
fn an_object_that_a_definition_made_wrong_is_not_the_fault_of_a_patch() {
    let sandbox = sandbox(
        KUBERNETES,
        "- {target: {kind: StatefulSet}, set: {spec.template.spec.hostname: a}}\n- {target: {kind: StatefulSet}, set: {spec.replicas: many}}\n",
    );
    let result = run(&sandbox, &[]);
    let error = "environments/prod/environment.yaml:6:";
    assert!(result.stderr.contains(error), "{}", result.stderr);
}

/// A project with a file of patches of the workload `orders`, and this `patchable`.
fn of_workload(environment: &str, patchable: &str, patches: &str) -> Sandbox {
    let environment = environment.replace("patches:\n", "");
    let sandbox = sandbox(&environment, patchable);
    sandbox.write("orders.patches.yaml", patches);
    sandbox
}

const PATCHABLE: &str = "\
patchable:
  Deployment: [spec.replicas, 'spec.template.spec.containers[*].resources', spec.template.spec.hostAliases]
  PodDisruptionBudget: true
  service: [labels]
";

#[test]
fn a_new_key_gets_its_usual_place() {
    let merge = "merge: {metadata: {labels: {aa: b}}, spec: {replicas: 2, template: {spec: {serviceAccountName: a, initContainers: [], containers: [{name: main, command: [x]}]}}}}";
    let pod = "spec.template.spec";
    let set = format!(
        "set: {{metadata.labels.aa: b, spec.replicas: 2, {pod}.serviceAccountName: a, {pod}.initContainers: [], '{pod}.containers[*].command': [x]}}"
    );
    let pointer = pod.replace('.', "/");
    let add = |path: &str, value: &str| format!("{{op: add, path: /{path}, value: {value}}}");
    let operations = [
        add("metadata/labels/aa", "b"),
        add("spec/replicas", "2"),
        add(&format!("{pointer}/serviceAccountName"), "a"),
        add(&format!("{pointer}/initContainers"), "[]"),
        add(&format!("{pointer}/containers/0/command"), "[x]"),
    ];
    let json = format!("json6902: [{}]", operations.join(", "));
    let outputs = [merge, &set, &json].map(|operation| {
        let patch = format!("- target: {{kind: Deployment}}\n  {operation}\n");
        let sandbox = sandbox(KUBERNETES, &patch);
        let result = sandbox.run(&[
            "generate",
            "-e",
            "prod",
            "--project",
            "shop",
            "-o",
            "out.yaml",
        ]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        sandbox.read("out.yaml")
    });
    assert_eq!([&outputs[1], &outputs[2]], [&outputs[0]; 2]);
    let text = outputs[0].split("kind: Deployment").nth(1).unwrap();
    let place = |key: &str| {
        text.find(key)
            .unwrap_or_else(|| panic!("no {key} in {text}"))
    };
    let keys = [
        "app.kubernetes.io/instance:",
        "aa: b",
        "app.kubernetes.io/managed-by:",
        "replicas:",
        "selector:",
        "template:",
        "serviceAccountName:",
        "initContainers:",
        "containers:",
        "command:",
    ];
    assert!(keys.iter().is_sorted_by_key(|key| place(key)), "{text}");
}

#[test]
fn a_workload_patches_its_own_objects_before_the_environment() {
    let patches = "\
- target: {kind: Deployment}
  merge: {spec: {replicas: 2, template: {spec: {containers: [{name: main, resources: {limits: {memory: 1Gi}}}]}}}}
- target: {kind: Deployment, workload: orders}
  set: {spec.template.spec.hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]}
  json6902: [{op: add, path: /spec/replicas, value: 4}]
  add: {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {annotations: {team: '${workload.metadata.annotations.team}'}}, spec: {maxUnavailable: 1}}
- target: {kind: service}
  merge: {labels: {team: a}}
";
    let last = "patches:\n- {target: {kind: Deployment}, merge: {spec: {replicas: 9}}}\n";
    let sandbox = of_workload(KUBERNETES, &format!("{PATCHABLE}{last}"), patches);
    let all = output(&sandbox, &[]);
    let all = all["items"].as_array().unwrap();
    let spec = &object(all, "Deployment", "orders")["spec"];
    assert_eq!(spec["replicas"], 9);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["containers"][0]["resources"]["limits"]["memory"], "1Gi");
    assert_eq!(pod["hostAliases"][0]["ip"], "10.0.0.1");
    let budget = object(all, "PodDisruptionBudget", "orders");
    assert_eq!(budget["metadata"]["annotations"]["team"], "payments");
    let other = &object(all, "Deployment", "billing")["spec"]["template"]["spec"];
    assert_eq!(other["hostAliases"], Value::Null);

    let sandbox = of_workload(COMPOSE, PATCHABLE, patches);
    let services = &output(&sandbox, &[])["services"];
    assert_eq!(services["orders-main"]["labels"]["team"], "a");
    assert_eq!(services["billing-main"]["labels"]["team"], Value::Null);
}

#[test]
fn what_is_not_patchable_is_reported_at_the_field() {
    let place = |environment: &str, patchable: &str, patch: &str| {
        let sandbox = of_workload(environment, patchable, patch);
        let result = run(&sandbox, &[]);
        assert_eq!(result.code, Some(1), "{patch}: {}", result.stderr);
        let lines = result.stderr.lines();
        let lines: Vec<_> = lines.filter(|line| line.contains("error")).collect();
        assert_eq!(lines.len(), 1, "{patch}: {}", result.stderr);
        let place = lines[0].split(": error").next().unwrap().to_owned();
        let text = lines[0].rsplit('[').next().unwrap().trim_end_matches(']');
        let mut numbers = place.rsplit(':');
        let column: usize = numbers.next().unwrap().parse().unwrap();
        let line: usize = numbers.next().unwrap().parse().unwrap();
        let line = patch.lines().nth(line - 1).unwrap();
        let line: String = line.chars().skip(column - 1).collect();
        let end = line.find([':', ',', '}', '/']).unwrap_or(line.len());
        format!("{text} at {}", &line[..end])
    };
    let containers = "{spec: {template: {spec: {containers: [CONTAINER]}}}}";
    let container = |text: &str| {
        let merge = containers.replace("CONTAINER", text);
        format!("- target: {{kind: Deployment}}\n  merge: {merge}\n")
    };
    let deployment = |text: &str| format!("- target: {{kind: Deployment}}\n  {text}\n");
    for (patch, expected) in [
        (
            deployment("merge: {spec: {strategy: {type: Recreate}}}"),
            "not-patchable at strategy",
        ),
        (
            deployment("merge: {kind: DaemonSet}"),
            "not-patchable at kind",
        ),
        (
            deployment("merge: {spec: {$patch: replace, replicas: 1}}"),
            "not-patchable at spec",
        ),
        (
            container("{name: main, image: other}"),
            "not-patchable at image",
        ),
        (
            container("{name: side, resources: {}}"),
            "not-patchable at {name",
        ),
        (
            container("{name: main, $patch: delete}"),
            "not-patchable at {name",
        ),
        (
            container("{$patch: replace}"),
            "not-patchable at containers",
        ),
        (
            deployment("set: {spec.template.spec: {}}"),
            "not-patchable at spec",
        ),
        (
            deployment("{each: 'spec.template.spec.containers[*]', set: {image: a}}")
                .replace("{each", "each")
                .replace("}}", "}")
                .replace(", set", "\n  set"),
            "not-patchable at image",
        ),
        (
            deployment("delete: spec.selector"),
            "not-patchable at selector",
        ),
        (deployment("delete: true"), "not-patchable at Deployment"),
        (
            deployment("json6902: [{op: remove, path: /spec/template/spec/containers/0}]"),
            "not-patchable at 0",
        ),
        (
            deployment("json6902: [{op: move, from: /spec/selector, path: /spec/replicas}]"),
            "not-patchable at selector",
        ),
        (
            deployment("add: {apiVersion: v1, kind: Secret}"),
            "not-patchable at Secret",
        ),
        (
            "- target: {kind: Service}\n  merge: {spec: {type: NodePort}}\n".to_owned(),
            "not-patchable at Service",
        ),
        (
            "- target: {kind: Deploymnet}\n  delete: true\n".to_owned(),
            "patch-without-target at Deploymnet",
        ),
        (
            "- target: {kind: Deployment, workload: billing}\n  set: {spec.replicas: 1}\n"
                .to_owned(),
            "invalid-patch at billing",
        ),
        (
            "- add: {apiVersion: v1, kind: Secret}\n".to_owned(),
            "invalid-patch at add",
        ),
        (
            "- target: {kind: deployment}\n  set: {spec.replicas: 1}\n".to_owned(),
            "patch-without-target at deployment",
        ),
    ] {
        assert_eq!(place(KUBERNETES, PATCHABLE, &patch), expected, "{patch}");
    }
    let image = "- target: {kind: service}\n  merge: {image: other}\n";
    assert_eq!(place(COMPOSE, PATCHABLE, image), "not-patchable at image");
    let typo = "- target: {kind: srevice}\n  merge: {image: other}\n";
    assert_eq!(place(COMPOSE, PATCHABLE, typo), "unknown-value at srevice");
    let volume = "- target: {kind: service}\n  add: {volumes: {data: {}}}\n";
    assert_eq!(
        place(COMPOSE, PATCHABLE, volume),
        "not-patchable at volumes"
    );
}

#[test]
fn without_patchable_an_environment_allows_no_patches_of_workloads() {
    let patch = "- target: {kind: Deployment}\n  merge: {spec: {replicas: 2}}\n";
    let sandbox = of_workload(KUBERNETES, "", patch);
    let result = sandbox.run(&["generate", "-e", "prod", "-o", "-"]);
    assert_eq!(result.code, Some(1));
    assert!(
        result
            .stderr
            .contains("patchable: {Deployment: [spec.replicas]}"),
        "{}",
        result.stderr
    );
    // Without an environment, only the shape counts.
    let valid = sandbox.run(&["validate", "--strict"]);
    assert_eq!(valid.code, Some(0), "{}", valid.stdout);
    sandbox.write(
        "orders.patches.yaml",
        "- target: {knd: Deployment}\n  delete: true\n",
    );
    assert_eq!(sandbox.run(&["validate"]).code, Some(1));
}

#[test]
fn patchable_is_merged_kind_by_kind() {
    let patch = "- target: {kind: Deployment}\n  merge: {spec: {replicas: 2}}\n";
    let sandbox = of_workload(KUBERNETES, "", patch);
    sandbox.write(
        "environments/base/environment.yaml",
        format!("{}{PATCHABLE}", KUBERNETES.replace("patches:\n", "")),
    );
    sandbox.write("environments/prod/environment.yaml", "extends: base\n");
    assert_eq!(run(&sandbox, &[]).code, Some(0));
    let show = sandbox.run(&["environments", "show", "prod"]);
    assert!(
        show.stdout.contains("patchable.PodDisruptionBudget"),
        "{}",
        show.stdout
    );
    for replaced in ["{Deployment: [spec.strategy]}", "{Deployment: false}"] {
        sandbox.write(
            "environments/prod/environment.yaml",
            format!("extends: base\npatchable: {replaced}\n"),
        );
        let result = run(&sandbox, &[]);
        assert!(
            result.stderr.contains("not-patchable"),
            "{replaced}: {}",
            result.stderr
        );
    }
}

#[test]
fn a_file_of_patches_for_no_workload_is_reported() {
    let sandbox = of_workload(KUBERNETES, "", "");
    sandbox.write("order.patches.yaml", "[]\n");
    let result = sandbox.run(&["validate"]);
    assert!(
        result.stdout.contains("rename it to `orders.patches.yaml`"),
        "{}",
        result.stdout
    );
    // A file that any environment or `--patch` names is no patch of a workload.
    sandbox.write(
        "environments/dev/environment.yaml",
        "target: compose\npatches: [../../order.patches.yaml]\n",
    );
    assert!(!sandbox.run(&["validate"]).stdout.contains("unused-patches"));
    sandbox.write(
        "orders.patches.yaml",
        "- target: {kind: Deployment}\n  merge: {spec: {replicas: 2}}\n",
    );
    assert_eq!(
        run(&sandbox, &["--patch", "orders.patches.yaml"]).code,
        Some(0)
    );
    // In a run on some files, others may be for workloads that are not part of it.
    sandbox.write("other.patches.yaml", "[]\n");
    assert!(
        !sandbox
            .run(&["validate", "score.yaml"])
            .stdout
            .contains("unused-patches")
    );
    assert!(sandbox.run(&["validate"]).stdout.contains("unused-patches"));
}

#[test]
fn a_patch_that_no_environment_can_use_is_reported() {
    let patch = "- target: {kind: service}\n  merge: {labels: {a: b}}\n";
    let sandbox = of_workload(KUBERNETES, "patchable: {Service: true}\n", patch);
    let short = ["validate", "-e", "prod", "--format", "short"];
    let report = sandbox.run(&short).stdout;
    assert!(
        report.contains(
            "orders.patches.yaml:1:18: warning: no environment lets patches of workloads change \
             `service` objects; did you mean `Service`? [unused-patches]"
        ),
        "{report}"
    );
    sandbox.write(
        "environments/local/environment.yaml",
        "target: compose\npatchable: {service: [labels]}\n",
    );
    let report = sandbox.run(&short).stdout;
    assert!(!report.contains("unused-patches"), "{report}");
}
