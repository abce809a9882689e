//! What pods on Kubernetes get after patches: what they are not allowed to do, names of Jobs, hashes
//! of what they read, and what autoscalers decide.

use serde_json::{Value, json};

use crate::sandbox::{RunResult, Sandbox, objects_of};

const SHOP: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web: {image: 'example.com/web:1'}
  init: {image: 'example.com/init:1', before: {web: {ready: complete}}}
";

fn generate(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let base = ["generate", "--env", "kubernetes", "--project", "shop"];
    let short = ["--message-format", "short"];
    sandbox.run(&[&base[..], &short, arguments].concat())
}

/// The objects of a project.
fn objects(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["--format", "json", "-o", "out.json"][..], arguments].concat();
    let result = generate(sandbox, &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    objects_of(&sandbox.read("out.json"))
}

/// The objects of a Score file with a patch template.
fn patched(score: &str, patch: &str) -> Vec<Value> {
    let sandbox = Sandbox::with_files(&[("score.yaml", score), ("a.tpl", patch)]);
    objects(&sandbox, &["--patch", "a.tpl"])
}

fn find<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    objects
        .iter()
        .find(|object| object["kind"] == kind)
        .unwrap()
}

fn pod(objects: &[Value]) -> &Value {
    &find(objects, "Deployment")["spec"]["template"]["spec"]
}

/// A patch of the first object.
fn set(path: &str, value: &Value) -> String {
    format!("- {{op: set, path: {path}, value: {value}}}\n")
}

const SPEC: &str = "0.spec.template.spec";

#[test]
fn pods_cannot_gain_privileges() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP)]);
    let objects = objects(&sandbox, &[]);
    let pod = pod(&objects);
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(
        pod["securityContext"],
        json!({"seccompProfile": {"type": "RuntimeDefault"}})
    );
    for containers in ["containers", "initContainers"] {
        let context = &pod[containers][0]["securityContext"];
        assert_eq!(
            *context,
            json!({"allowPrivilegeEscalation": false}),
            "{containers}"
        );
    }
}

#[test]
fn the_environment_and_a_workload_choose_what_pods_may_do() {
    let job = SHOP.replace(
        "{name: shop}",
        "{name: report, annotations: {k8s.score.dev/kind: CronJob, k8s.score.dev/schedule: '@daily'}}",
    );
    let environment = |setting: &str| format!("target: kubernetes\npodSecurity: {setting}\n");
    let sandbox = Sandbox::with_files(&[
        ("a.score.yaml", SHOP),
        ("b.score.yaml", &job),
        (
            "environments/kubernetes/environment.yaml",
            &environment("restricted"),
        ),
    ]);
    let restricted = objects(&sandbox, &[]);
    let job = &find(&restricted, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    for pod in [pod(&restricted), job] {
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        for containers in ["containers", "initContainers"] {
            let context = &pod[containers][0]["securityContext"];
            let expected =
                json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
            assert_eq!(*context, expected, "{containers}");
        }
    }
    // One workload can be left out.
    let annotated = "{name: shop, annotations: {k8s.score.dev/pod-security: none}}";
    sandbox.write("a.score.yaml", SHOP.replace("{name: shop}", annotated));
    let objects = objects(&sandbox, &[]);
    assert_eq!(pod(&objects)["securityContext"], Value::Null);
    let template = &find(&objects, "Deployment")["spec"]["template"];
    assert_eq!(
        template["metadata"]["annotations"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
    // Mistakes.
    for (path, text, expected) in [
        (
            "a.score.yaml",
            SHOP.replace(
                "{name: shop}",
                "{name: shop, annotations: {k8s.score.dev/pod-security: restrictd}}",
            ),
            "help: did you mean `restricted`?",
        ),
        (
            "environments/kubernetes/environment.yaml",
            environment("baselin"),
            "help: did you mean `baseline`?",
        ),
        (
            "environments/kubernetes/environment.yaml",
            environment("none").replace("target: kubernetes", "target: compose"),
            "wrong-target",
        ),
    ] {
        let before = sandbox.read(path);
        sandbox.write(path, text);
        let command = ["validate", "-e", "kubernetes"];
        let result = sandbox.run(&command);
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(result.stdout.contains(expected), "{}", result.stdout);
        sandbox.write(path, before);
    }
    let shown = sandbox.run(&["environments", "show", "kubernetes"]).stdout;
    assert!(
        shown.contains("podSecurity") && shown.contains("restricted"),
        "{shown}"
    );
}

#[test]
fn what_a_patch_sets_stays_and_fits_the_rest() {
    let first = format!("{SPEC}.containers.0.securityContext");
    for context in [
        json!({"privileged": true}),
        json!({"capabilities": {"add": ["SYS_ADMIN"]}}),
        json!({"allowPrivilegeEscalation": true}),
    ] {
        let objects = patched(SHOP, &set(&first, &context));
        assert_eq!(pod(&objects)["containers"][0]["securityContext"], context);
        let other = &pod(&objects)["initContainers"][0]["securityContext"];
        assert_eq!(*other, json!({"allowPrivilegeEscalation": false}));
    }
    let read_only = patched(SHOP, &set(&first, &json!({"readOnlyRootFilesystem": true})));
    assert_eq!(
        pod(&read_only)["containers"][0]["securityContext"],
        json!({"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false})
    );
    let profile = json!({"runAsUser": 1000, "seccompProfile": {"type": "Unconfined"}});
    let objects = patched(SHOP, &set(&format!("{SPEC}.securityContext"), &profile));
    assert_eq!(pod(&objects)["securityContext"], profile);
    // The API server refuses these in a pod for Windows.
    let windows = patched(
        SHOP,
        &set(&format!("{SPEC}.os"), &json!({"name": "windows"})),
    );
    assert_eq!(pod(&windows)["securityContext"], Value::Null);
}

#[test]
fn a_pod_that_needs_its_token_keeps_it() {
    let token = |objects: &[Value]| pod(objects)["automountServiceAccountToken"].clone();
    let account = set(&format!("{SPEC}.serviceAccountName"), &json!("reader"));
    assert_eq!(token(&patched(SHOP, &account)), Value::Null);
    let explicit = set(
        &format!("{SPEC}.automountServiceAccountToken"),
        &json!(true),
    );
    assert_eq!(token(&patched(SHOP, &explicit)), true);
    for (annotation, expected) in [
        ("sidecar.istio.io/inject: 'true'", Value::Null),
        ("linkerd.io/inject: enabled", Value::Null),
        ("vault.hashicorp.com/agent-inject: 'true'", Value::Null),
        (
            "instrumentation.opentelemetry.io/inject-java: 'true'",
            Value::Null,
        ),
        ("dapr.io/enabled: 'true'", Value::Null),
        ("linkerd.io/inject: disabled", json!(false)),
        ("example.com/team: shop", json!(false)),
    ] {
        let annotated = format!("{{name: shop, annotations: {{{annotation}}}}}");
        let score = SHOP.replace("{name: shop}", &annotated);
        let sandbox = Sandbox::with_files(&[("score.yaml", &score)]);
        assert_eq!(token(&objects(&sandbox, &[])), expected, "{annotation}");
    }
    // The account that pods have without naming one.
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "read"},
        "subjects": [{"kind": "ServiceAccount", "name": "default"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "read"},
    });
    assert_eq!(token(&patched(SHOP, &set("-1", &binding))), Value::Null);
}

const JOB: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: migrate, annotations: {k8s.score.dev/kind: Job}}
containers:
  main: {image: 'example.com/migrate:1', files: {/etc/a: {content: one}}}
";

/// The name of the Job.
fn job_name(objects: &[Value]) -> String {
    find(objects, "Job")["metadata"]["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_changed_job_is_another_job() {
    let sandbox = Sandbox::with_files(&[("score.yaml", JOB)]);
    let first = job_name(&objects(&sandbox, &[]));
    assert_eq!(first, job_name(&objects(&sandbox, &[])));
    assert!(
        first.starts_with("migrate-") && first.len() == 18,
        "{first}"
    );
    let mut names = vec![first];
    // The template, a file, and a patch.
    for changed in [
        JOB.replace("migrate:1", "migrate:2"),
        JOB.replace("one", "two"),
    ] {
        sandbox.write("score.yaml", changed);
        names.push(job_name(&objects(&sandbox, &[])));
    }
    let patch = "{{ range $i, $m := .Manifests }}{{ if eq $m.metadata.name \"migrate\" }}\n\
                 - {op: set, path: {{ $i }}.spec.template.spec.priorityClassName, value: low}\n{{ end }}{{ end }}";
    names.push(job_name(&patched(JOB, patch)));
    // It still runs in the same way, so it is the same Job.
    let suspended = patch.replace(
        "template.spec.priorityClassName, value: low",
        "backoffLimit, value: 2",
    );
    assert_eq!(job_name(&patched(JOB, &suspended)), names[0]);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 4, "{names:?}");
    let fixed = JOB.replace("kind: Job}", "kind: Job, k8s.score.dev/job-hash: 'false'}");
    sandbox.write("score.yaml", fixed);
    assert_eq!(job_name(&objects(&sandbox, &[])), "migrate");
}

#[test]
fn a_diff_knows_a_job_by_its_plain_name() {
    let sandbox = Sandbox::with_files(&[("score.yaml", JOB)]);
    assert_eq!(generate(&sandbox, &["-o", "deploy/"]).code, Some(0));
    let before = sandbox.list();
    sandbox.write("score.yaml", JOB.replace("migrate:1", "migrate:2"));
    let diff = [
        "diff",
        "--env",
        "kubernetes",
        "--project",
        "shop",
        "-o",
        "deploy/",
    ];
    let shown = sandbox.run(&diff).stdout;
    assert!(
        shown.contains("  ~ Job.batch migrate (runs again, under another name)\n"),
        "{shown}"
    );
    assert!(
        !shown.contains("  + ") && !shown.contains("refuses"),
        "{shown}"
    );
    assert_eq!(generate(&sandbox, &["-o", "deploy/"]).code, Some(0));
    assert_eq!(sandbox.list(), before);
    assert!(
        before.contains(&"deploy/job-migrate.yaml".to_owned()),
        "{before:?}"
    );
}

#[test]
fn a_job_stays_unless_a_time_is_set() {
    let sandbox = Sandbox::with_files(&[("score.yaml", JOB)]);
    let ttl = |sandbox: &Sandbox| {
        find(&objects(sandbox, &[]), "Job")["spec"]["ttlSecondsAfterFinished"].clone()
    };
    assert_eq!(ttl(&sandbox), Value::Null);
    let with_ttl = |value: &str| {
        JOB.replace(
            "kind: Job}",
            &format!("kind: Job, k8s.score.dev/job-ttl: {value}}}"),
        )
    };
    sandbox.write("score.yaml", with_ttl("1h30m"));
    assert_eq!(ttl(&sandbox), 5400);
    sandbox.write("score.yaml", with_ttl("soon"));
    let result = generate(&sandbox, &[]);
    assert!(
        result.code == Some(1)
            && result.stderr.starts_with("score.yaml:2:")
            && result.stderr.contains("[invalid-annotation]"),
        "{}",
        result.stderr
    );
    sandbox.write(
        "score.yaml",
        with_ttl("1m").replace("kind: Job", "kind: Deployment"),
    );
    let result = generate(&sandbox, &[]);
    assert!(
        result.stderr.contains("only a Job or CronJob has it"),
        "{}",
        result.stderr
    );
}

#[test]
fn runs_of_a_cron_job_do_not_share_a_claim() {
    let score = "\
apiVersion: score.dev/v1b1
metadata: {name: report, annotations: {k8s.score.dev/kind: CronJob, k8s.score.dev/schedule: '@daily'}}
containers:
  main: {image: 'example.com/report:1', volumes: {/data: {source: '${resources.data}'}}}
resources:
  data: {type: volume, params: {storage: 1Gi}}
";
    let policy = |objects: &[Value]| find(objects, "CronJob")["spec"]["concurrencyPolicy"].clone();
    let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
    assert_eq!(policy(&objects(&sandbox, &[])), "Forbid");
    sandbox.write("score.yaml", score.replace(", params: {storage: 1Gi}", ""));
    assert_eq!(policy(&objects(&sandbox, &[])), Value::Null);
    let patch =
        |operations: &str| format!("{{{{ range $i, $m := .Manifests }}}}{operations}{{{{ end }}}}");
    let shared = "{{ if eq $m.kind \"PersistentVolumeClaim\" }}\n- {op: set, path: {{ $i }}.spec.accessModes, value: [ReadWriteMany]}\n{{ end }}";
    assert_eq!(policy(&patched(score, &patch(shared))), Value::Null);
    let replace = "{{ if eq $m.kind \"CronJob\" }}\n- {op: set, path: {{ $i }}.spec.concurrencyPolicy, value: Replace}\n{{ end }}";
    assert_eq!(policy(&patched(score, &patch(replace))), "Replace");
}

const WITH_PASSWORD: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web: {image: 'example.com/web:1', variables: {PASSWORD: '${resources.db.password}'}}
resources:
  db: {type: postgres}
";

fn config_hash(objects: &[Value]) -> Value {
    let template = &find(objects, "Deployment")["spec"]["template"];
    template["metadata"]["annotations"]["k8s.score.dev/config-hash"].clone()
}

#[test]
fn a_pod_rolls_when_a_secret_changes() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", WITH_PASSWORD),
        ("seed", "another-seed-5b1f09c2d7\n"),
    ]);
    let first = config_hash(&objects(&sandbox, &["--stateless"]));
    assert!(first.is_string());
    assert_eq!(first, config_hash(&objects(&sandbox, &["--stateless"])));
    let other = objects(&sandbox, &["--stateless", "--seed-file", "seed"]);
    assert_ne!(first, config_hash(&other));
    // A workload that reads nothing of it.
    let without = Sandbox::with_files(&[("score.yaml", SHOP)]);
    assert_eq!(config_hash(&objects(&without, &[])), Value::Null);
}

#[test]
fn a_hash_has_the_secrets_and_config_maps_of_definitions_only_with_a_key() {
    let definition = "\
- uri: template://a
  type: settings
  outputs: |
    key: {{ encodeSecretRef \"settings\" \"key\" }}
  manifests: |
    - {apiVersion: v1, kind: Secret, metadata: {name: settings}, stringData: {key: guessable}}
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: low}}
";
    let score = SHOP.replace(
        "web:1'",
        "web:1', variables: {KEY: '${resources.settings.key}'}",
    ) + "resources: {settings: {type: settings}}\n";
    let sandbox =
        Sandbox::with_files(&[("score.yaml", &score), ("a.provisioners.yaml", definition)]);
    let flags = ["--provisioners", "a.provisioners.yaml"];
    // Whoever guesses the secret could compare a plain hash.
    assert_eq!(config_hash(&objects(&sandbox, &flags)), Value::Null);
    let patch = "\
- {op: set, path: 2.spec.template.spec.containers.0.envFrom, value: [{configMapRef: {name: settings}}]}
";
    sandbox.write("a.tpl", patch);
    let flags = [&flags[..], &["--patch", "a.tpl"]].concat();
    let first = config_hash(&objects(&sandbox, &flags));
    assert!(first.is_string());
    sandbox.write("a.provisioners.yaml", definition.replace("low", "high"));
    assert_ne!(first, config_hash(&objects(&sandbox, &flags)));
}

const SCALED: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  web: {image: 'example.com/web:1'}
  proxy: {image: 'example.com/proxy:1', before: {web: {ready: started}}}
resources:
  scaling: {type: horizontal-pod-autoscaler}
";

#[test]
fn an_autoscaler_needs_cpu_requests() {
    let places = |score: &str| {
        let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
        let result = generate(&sandbox, &[]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let lines = result.stderr.lines();
        let lines = lines.filter(|line| line.contains("[autoscaler-without-cpu-request]"));
        lines.map(|line| line[..14].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(places(SCALED), ["score.yaml:4:3", "score.yaml:5:3"]);
    let requests = SCALED.replace("web:1'", "web:1', resources: {requests: {cpu: 100m}}");
    assert_eq!(places(&requests), ["score.yaml:5:3"]);
    let limits = requests.replace("proxy:1'", "proxy:1', resources: {limits: {cpu: 100m}}");
    assert_eq!(places(&limits), [""; 0]);
}

#[test]
fn the_number_of_pods_is_left_to_an_autoscaler() {
    let replicas = |objects: &[Value]| find(objects, "Deployment")["spec"]["replicas"].clone();
    let set_replicas = set("0.spec.replicas", &json!(3));
    assert_eq!(replicas(&patched(SHOP, &set_replicas)), 3);
    for (api_version, kind, target) in [
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}),
        ),
        ("keda.sh/v1alpha1", "ScaledObject", json!({"name": "shop"})),
    ] {
        let scaler = |target: &Value| {
            let spec = json!({
                "scaleTargetRef": target, "maxReplicas": 3,
                "metrics": [{"type": "Pods", "pods": {"metric": {"name": "a"}, "target": {"type": "AverageValue", "averageValue": "1"}}}],
            });
            json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "spec": spec})
        };
        let patch = format!("{set_replicas}{}", set("-1", &scaler(&target)));
        assert_eq!(replicas(&patched(SHOP, &patch)), Value::Null, "{kind}");
        let other = format!(
            "{set_replicas}{}",
            set(
                "-1",
                &scaler(&json!({"kind": "Deployment", "name": "other"}))
            )
        );
        assert_eq!(replicas(&patched(SHOP, &other)), 3, "{kind}");
    }
}

/// The error of a Score file with a database, on a target.
fn error_with_database(target: &str, score: &str, environment: &str) -> String {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", score),
        ("environments/local/environment.yaml", environment),
    ]);
    let result = sandbox.run(&["generate", "--env", target, "--message-format", "short"]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    result.stderr.lines().next().unwrap().to_owned()
}

#[test]
fn a_secret_is_not_inserted_where_it_cannot_be() {
    let with = |entry: &str| {
        WITH_PASSWORD.replace(
            "}}\nresources",
            &format!(", LINK: 'a:$(PASSWORD)'}}, {entry}}}\nresources"),
        )
    };
    let probe = "readinessProbe: {exec: {command: [check, $(LINK)]}}";
    let error = error_with_database("kubernetes", &with(probe), "target: compose\n");
    let expected =
        "error: a probe cannot refer to `LINK`: its value comes from a Secret or ConfigMap, ";
    assert!(
        error.contains(expected) && error.ends_with("[secret-not-allowed]"),
        "{error}"
    );
    let environment = "target: compose\nproject: shop\nsecrets: file\n";
    for (entry, column) in [
        ("args: ['x $(LINK)']", "x $(LINK)"),
        ("command: [a, 'b$(NONE)$(PASSWORD)']", "b$(NONE)$(PASSWORD)"),
        ("args: ['${resources.db.password}']", "'${resources"),
        (probe, " $(LINK)"),
    ] {
        let score = with(entry);
        let line = score.lines().nth(3).unwrap();
        let reference = column.rfind("$(P").or(column.find("$(L")).unwrap_or(0);
        let column = line.rfind(column).unwrap() + reference + 1;
        let error = error_with_database("local", &score, environment);
        assert!(
            error.starts_with(&format!("score.yaml:4:{column}: error: ")),
            "{entry}: {error}"
        );
        assert!(error.ends_with("[secret-not-allowed]"), "{error}");
    }
}

#[test]
fn an_annotation_that_nothing_reads_is_noted() {
    let notes = |key: &str, target: &str, flags: &[&str]| {
        let score = WITH_PASSWORD.replace(
            "{name: shop}",
            &format!("{{name: shop, annotations: {{{key}: a1}}}}"),
        );
        let reads = |key: &str| format!("{{{{ dig \"annotations\" \"{key}\" \"\" .Metadata }}}}");
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score),
            (
                "a.tpl",
                &format!(
                    "{{{{ if false }}}}{}{{{{ end }}}}",
                    reads("k8s.score.dev/patched")
                ),
            ),
            (
                "a.provisioners.yaml",
                &format!(
                    "- uri: template://a\n  type: unused\n  outputs: |\n    a: {}\n",
                    reads("k8s.score.dev/defined")
                ),
            ),
            (
                "b.provisioners.yaml",
                "- uri: cmd://true\n  type: unused\n  outputs: \"{}\"\n",
            ),
        ]);
        let base = ["generate", "--env", target, "--message-format", "short"];
        let result = sandbox.run(&[&base[..], flags].concat());
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let validate = ["validate", "--env", target, "--format", "short"];
        let both = sandbox.run(&[&validate[..], flags].concat()).stdout;
        let note = |text: &str| {
            let line = text
                .lines()
                .find(|line| line.contains("[unknown-annotation]"))?;
            Some(line.split_once("; ")?.1.to_owned())
        };
        assert_eq!(note(&result.stderr), note(&both));
        note(&both).unwrap_or_default()
    };
    let none: &[&str] = &[];
    for target in ["compose", "kubernetes"] {
        let meant = notes("compose.score.dev/publish-prot", target, none);
        assert_eq!(
            meant,
            "did you mean `compose.score.dev/publish-port`? [unknown-annotation]"
        );
        let known = notes("k8s.score.dev/a-b-c-d-e-f", target, none);
        assert!(
            known.starts_with("the known ones are `k8s.score.dev/"),
            "{known}"
        );
        for key in ["k8s.score.dev/patched", "k8s.score.dev/defined"] {
            assert_ne!(notes(key, target, none), "", "{key}");
            let flags = ["--patch", "a.tpl", "--provisioners", "a.provisioners.yaml"];
            assert_eq!(notes(key, target, &flags), "", "{key}");
            let program = ["--provisioners", "b.provisioners.yaml"];
            assert_eq!(notes(key, target, &program), "", "{key}");
        }
        for key in [
            "k8s.score.dev/service-name",
            "compose.score.dev/publish-port",
            "score.dev/a",
            "example.com/a",
        ] {
            assert_eq!(notes(key, target, none), "", "{key}");
        }
    }
    // The warning of the target is enough.
    assert_eq!(notes("k8s.score.dev/knd", "kubernetes", none), "");
    assert_ne!(notes("k8s.score.dev/knd", "compose", none), "");
}
