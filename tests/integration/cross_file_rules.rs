//! Rules that need more than one file: source files, environments, definitions and flags. One cause
//! is reported once.

use crate::sandbox::Sandbox;

const HEAD: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  main:\n    image: nginx:1\n";

/// The severity and name of each diagnostic, in order.
fn diagnostics(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let format = if arguments[0] == "validate" {
        "--format"
    } else {
        "--message-format"
    };
    let result = sandbox.run(&[arguments, &[format, "short", "score.yaml"]].concat());
    let report = if arguments[0] == "validate" {
        result.stdout
    } else {
        result.stderr
    };
    let problem = |line: &str| {
        let (_, name) = line.strip_suffix(']')?.rsplit_once('[')?;
        let severity = ["error", "warning", "note"]
            .into_iter()
            .find(|word| line.contains(&format!(": {word}: ")))?;
        Some(format!("{severity} {name}"))
    };
    report.lines().filter_map(problem).collect()
}

fn score(rest: &str) -> Sandbox {
    Sandbox::with_files(&[("score.yaml", &format!("{HEAD}{rest}"))])
}

#[test]
fn source_files_are_checked() {
    let sandbox = score(
        "    files:\n      /a: {source: gone.txt}\n      /b: {source: ../outside.txt}\n      /c: {source: there.txt}\n      /d: {source: there.txt, noExpand: true}\n",
    );
    sandbox.write("there.txt", "${metadata.nmae}");
    assert_eq!(
        diagnostics(&sandbox, &["validate"]),
        [
            "error unreadable-file-source",
            "error outside-project",
            "error unknown-metadata"
        ]
    );
    assert_eq!(
        diagnostics(&sandbox, &["validate", "--env", "compose"]).len(),
        3
    );
    sandbox.write("there.txt", "${metadata.name}");
    sandbox.write("gone.txt", [0xff]);
    assert_eq!(
        diagnostics(&sandbox, &["validate"]),
        ["error outside-project"]
    );
    let allowed = diagnostics(&sandbox, &["validate", "--allow-outside"]);
    assert_eq!(
        allowed,
        ["error unreadable-file-source"],
        "it is allowed, but missing"
    );
}

#[test]
fn a_template_syntax_error_is_an_error_only_where_the_section_is_used() {
    let sandbox = score("resources:\n  one: {type: own}\n  two: {type: own}\n");
    let definitions = "- uri: template://own\n  type: own\n  manifests: '{{ if }}'\n  info_logs: '{{ nope }}'\n- uri: template://other\n  type: other\n  outputs: '{{ end }}'\n";
    sandbox.write("own.provisioners.yaml", definitions);
    let with = ["--provisioners", "own.provisioners.yaml"];
    let kubernetes = diagnostics(
        &sandbox,
        &[&["validate", "--env", "kubernetes"][..], &with].concat(),
    );
    assert_eq!(
        kubernetes,
        [
            "error template-error",
            "warning template-error",
            "warning template-error"
        ]
    );
    let compose = diagnostics(
        &sandbox,
        &[&["validate", "--env", "compose"][..], &with].concat(),
    );
    assert_eq!(
        compose,
        [
            "warning template-error",
            "error template-error",
            "warning template-error"
        ]
    );
    // `generate` reports only what it needs, once and not for each resource.
    assert_eq!(
        diagnostics(
            &sandbox,
            &[&["generate", "--env", "kubernetes"][..], &with].concat()
        ),
        ["error template-error"]
    );
}

#[test]
fn an_error_in_a_definition_is_reported_once_for_all_resources() {
    let sandbox = score(
        "resources:\n  one: {type: own}\n  two: {type: own}\n  three: {type: own, params: {bad: x}}\n",
    );
    let with_outputs = |outputs: &str| {
        sandbox.write(
            "own.provisioners.yaml",
            format!("- uri: template://own\n  type: own\n  outputs: |\n    {outputs}\n"),
        );
        let reported = diagnostics(
            &sandbox,
            &["generate", "--provisioners", "own.provisioners.yaml"],
        );
        reported
            .into_iter()
            .filter(|diagnostic| diagnostic != "warning unused-resource")
            .collect::<Vec<_>>()
    };
    assert_eq!(with_outputs("a: {{ .Parms.x }}"), ["error template-error"]);
    assert_eq!(with_outputs("a: [1"), ["error section-syntax"]);
    assert_eq!(with_outputs("[1]"), ["error wrong-section-type"]);
    assert_eq!(
        with_outputs("a: {{ .Params.x }}"),
        ["warning template-no-value"]
    );
    // An error that depends on a param is reported for each param.
    assert_eq!(
        with_outputs("a: {{ index .Params.bad 0 | index 1 }}").len(),
        2
    );
    // What a definition rejects is reported at each resource.
    assert_eq!(with_outputs("a: {{ fail \"no\" }}").len(), 3);
}

#[test]
fn one_cause_is_reported_once() {
    let rows = [
        (
            "a resource nobody declares",
            "    variables: {A: '${resources.db.host}', B: '${resources.db.port}'}\n    volumes: {/a: {source: db}}\n",
            "unknown-resource",
        ),
        (
            "a key twice, once empty",
            "service:\nservice: {}\n",
            "duplicate-key",
        ),
        (
            "a file of an unknown kind",
            "    files: {/a: {conetnt: x}}\n",
            "unknown-key",
        ),
        (
            "a file without a value",
            "    files:\n      /a:\n        content:\n",
            "empty-value",
        ),
        (
            "a probe of an unknown kind",
            "    livenessProbe: {tcpSocket: {port: 80}}\n",
            "unknown-key",
        ),
        (
            "a probe without a value",
            "    livenessProbe:\n      httpGet:\n",
            "empty-value",
        ),
    ];
    for (what, rest, name) in rows {
        assert_eq!(
            diagnostics(&score(rest), &["validate"]),
            [format!("error {name}")],
            "{what}"
        );
    }
    // A misspelled name is reported at each use.
    let sandbox = score(
        "    variables: {A: '${resources.dns2.host}', B: '${resources.dns2.host}'}\nresources: {dns: {type: dns}}\n",
    );
    assert_eq!(diagnostics(&sandbox, &["validate"]).len(), 2);
}

#[test]
fn every_cycle_is_reported() {
    let needs = |name: &str, other: &str| {
        format!("  {name}: {{type: dns, params: {{x: '${{resources.{other}.host}}'}}}}\n")
    };
    let pairs = [("aa", "bb"), ("bb", "aa"), ("cc", "cc"), ("dd", "aa")];
    let resources: String = pairs
        .iter()
        .map(|(name, other)| needs(name, other))
        .collect();
    assert_eq!(
        diagnostics(&score(&format!("resources:\n{resources}")), &["validate"]),
        ["error resource-cycle"; 2]
    );
    let container = |name: &str, other: &str| {
        format!("  {name}: {{image: x, before: {{{other}: {{ready: started}}}}}}\n")
    };
    let pairs = [
        ("aa", "bb"),
        ("bb", "aa"),
        ("cc", "dd"),
        ("dd", "cc"),
        ("ee", "aa"),
    ];
    let containers: String = pairs
        .iter()
        .map(|(name, other)| container(name, other))
        .collect();
    assert_eq!(
        diagnostics(&score(&containers), &["validate"]),
        ["error before-cycle"; 2]
    );
}

#[test]
fn an_invalid_flag_is_the_only_error() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &HEAD.replace("nginx:1", "."))]);
    assert_eq!(
        diagnostics(&sandbox, &["generate"]),
        ["error missing-image"]
    );
    assert_eq!(
        diagnostics(&sandbox, &["generate", "--build", "main="]),
        ["error invalid-build-flag"]
    );
    assert_eq!(
        diagnostics(&sandbox, &["generate", "--build", "mian=."]),
        ["error unknown-container"]
    );
    assert_eq!(
        diagnostics(&sandbox, &["generate", "--image", ""]),
        ["error empty-image"]
    );
}

#[test]
fn unused_resources_are_reported() {
    let sandbox = score(
        "resources:\n  address: {type: dns}\n  settings: {type: environment}\n  db: {type: postgres}\n  other: {type: service}\n",
    );
    let unused = [
        "warning unused-resource",
        "warning unused-resource",
        "warning external-workload",
    ];
    assert_eq!(diagnostics(&sandbox, &["validate"]), Vec::<String>::new());
    assert_eq!(
        diagnostics(&sandbox, &["validate", "--env", "compose"]),
        unused
    );
    for used in [
        "    variables: {A: '${resources.address.host}', B: '${resources.settings.B}'}\n",
        "    files: {/a: {source: score.yaml}}\n",
    ] {
        let resources = "resources:\n  address: {type: dns}\n  settings: {type: environment}\n";
        assert_eq!(
            diagnostics(
                &score(&format!("{used}{resources}")),
                &["validate", "--env", "compose"]
            ),
            Vec::<String>::new()
        );
    }
    // Another workload may use it.
    let second = HEAD.replace("shop", "second").replace(
        "nginx:1",
        "nginx:1\n    variables: {A: '${resources.address.host}'}",
    );
    let shared = "resources: {address: {type: dns, id: shared}}\n";
    let sandbox = score(&format!("{shared}---\n{second}{shared}"));
    assert_eq!(
        diagnostics(&sandbox, &["validate", "--env", "compose"]),
        Vec::<String>::new()
    );
}

#[test]
fn misspelled_values_are_reported() {
    let sandbox = score("");
    let set =
        |value: &str| diagnostics(&sandbox, &["validate", "--env", "compose", "--set", value]);
    assert_eq!(set("domian=a.b"), ["warning unused-value"]);
    assert_eq!(set("domain=a.b"), Vec::<String>::new());
    assert_eq!(set("region=a.b"), Vec::<String>::new());
    sandbox.write(
        "own.provisioners.yaml",
        "- uri: template://own\n  type: own\n  outputs: 'a: {{ get .Environment.Values \"domian\" }}'\n",
    );
    let custom = diagnostics(
        &sandbox,
        &[
            "validate",
            "--env",
            "compose",
            "--provisioners",
            "own.provisioners.yaml",
            "--set",
            "domian=a",
        ],
    );
    assert_eq!(custom, Vec::<String>::new());
}

#[test]
fn unknown_health_is_reported_where_it_is_required() {
    let sandbox = score("");
    let probe = "readinessProbe: {httpGet: {path: /, port: 80}}";
    sandbox.write(
        "score.yaml",
        format!("{HEAD}    {probe}\n    before:\n      web:\n        ready: healthy\n  web:\n    image: b:1\n"),
    );
    let line = 1 + sandbox
        .read("score.yaml")
        .lines()
        .position(|line| line.contains("ready: healthy"))
        .unwrap();
    let result = sandbox.run(&[
        "generate",
        "--no-http-probes",
        "-o",
        "-",
        "--message-format",
        "short",
    ]);
    assert!(
        result.stderr.starts_with(&format!(
            "score.yaml:{line}:9: warning: without HTTP probes"
        )),
        "{result:?}"
    );
}

#[test]
fn invalid_builtin_values_are_reported_where_they_are_set() {
    let sandbox = score(
        "    variables: {A: '${resources.env.LEVEL}'}\nresources:\n  env: {type: environment}\n",
    );
    let error = |arguments: &[&str]| {
        let result = sandbox.run(
            &[
                &["generate", "-o", "-", "--message-format", "short"],
                arguments,
            ]
            .concat(),
        );
        assert_eq!(
            (result.code, result.stderr.lines().count()),
            (Some(1), 1),
            "{result:?}"
        );
        result.stderr
    };
    let set = |value: &str| error(&["-e", "kubernetes", "--set", value]);
    assert!(
        set("environment.config-map=x").starts_with("--set:1:1: error: "),
        "{}",
        set("environment.config-map=x")
    );
    assert!(set("environment.secret=[x]").starts_with("--set environment.secret:1:1: error: "));
    assert!(
        set("environment=x").starts_with("--set environment:1:1: error: "),
        "{}",
        set("environment=x")
    );
    for (line, text) in [
        (4, "environment:\n    config-map: x\n"),
        (4, "environment:\n    secret: A_B\n"),
        (4, "environment:\n    secretKeys: [a]\n"),
        (
            5,
            "environment:\n    classes:\n      default: {secret: '-'}\n",
        ),
        (3, "environment: x\n"),
    ] {
        sandbox.write(
            "environments/own/environment.yaml",
            format!("target: kubernetes\nvalues:\n  {text}"),
        );
        let error = error(&["-e", "own"]);
        assert!(
            error.starts_with(&format!("environments/own/environment.yaml:{line}:")),
            "{error}"
        );
    }
}

#[test]
fn misspelled_environment_values_are_reported_in_their_file() {
    let sandbox = score("");
    sandbox.write(
        "environments/staging/environment.yaml",
        "target: kubernetes\nvalues:\n  region: a\n  domian: a.b\n",
    );
    sandbox.write(
        "environments/prod/environment.yaml",
        "extends: staging\nvalues: {region: b}\n",
    );
    for name in ["staging", "prod"] {
        let result = sandbox.run(&["validate", "--env", name, "--format", "short"]);
        let line = "environments/staging/environment.yaml:4:3: warning: no provisioner reads a value named `domian`";
        assert!(
            result.stdout.starts_with(line) && result.stdout.lines().count() == 1,
            "{result:?}"
        );
    }
    sandbox.write(
        "environments/prod/environment.yaml",
        "extends: staging\nvalues: {domian: null, domain: a.b}\n",
    );
    assert_eq!(
        diagnostics(&sandbox, &["validate", "--env", "prod"]),
        Vec::<String>::new()
    );
}

#[test]
fn a_resource_uid_without_class_gets_a_suggestion() {
    let sandbox = score("resources:\n  address: {type: dns}\n");
    for uid in [
        "dns#shop.address",
        "shop.address",
        "dns.default#shop.adress",
        "dns#shop.adress",
    ] {
        let result = sandbox.run(&["resources", "get-outputs", uid, "score.yaml"]);
        assert_eq!(result.code, Some(1));
        assert!(
            result
                .stderr
                .contains("did you mean `dns.default#shop.address`?"),
            "{uid}: {}",
            result.stderr
        );
    }
}

#[test]
fn target_rules_are_errors_for_their_target_and_warnings_otherwise() {
    let sandbox = score(
        "    livenessProbe:\n      httpGet: {path: /, port: 80}\n      exec: {command: [x]}\nservice:\n  ports:\n    one: {port: 80}\n    two: {port: 80}\n",
    );
    let warned = ["warning multiple-probe-handlers", "warning duplicate-port"];
    assert_eq!(diagnostics(&sandbox, &["validate"]), warned);
    assert_eq!(
        diagnostics(&sandbox, &["validate", "--env", "compose"]),
        warned
    );
    let refused = ["error multiple-probe-handlers", "error duplicate-port"];
    assert_eq!(
        diagnostics(&sandbox, &["validate", "--env", "kubernetes"]),
        refused
    );
    let mut generated = diagnostics(&sandbox, &["generate", "--env", "kubernetes"]);
    generated.retain(|diagnostic| diagnostic.starts_with("error"));
    assert_eq!(generated, refused);
}

#[test]
fn another_error_does_not_hide_the_rules_of_the_target() {
    let sandbox = score(
        "    livenessProbe:\n      httpGet: {path: /, port: 80}\n      exec: {command: [x]}\nservice:\n  ports:\n    one: {port: 80}\n    two: {port: 80}\nresources:\n  db: {type: postgers}\n",
    );
    let generated = |target: &str| {
        let mut diagnostics = diagnostics(&sandbox, &["generate", "--env", target]);
        diagnostics.retain(|diagnostic| !diagnostic.contains("unused-resource"));
        diagnostics.sort();
        diagnostics
    };
    assert_eq!(
        generated("kubernetes"),
        [
            "error duplicate-port",
            "error multiple-probe-handlers",
            "error no-provisioner"
        ]
    );
    assert_eq!(generated("compose"), ["error no-provisioner"]);
}

#[test]
fn ports_published_by_an_environment_for_kubernetes_are_reported_once() {
    let sandbox = score("service:\n  ports:\n    web: {port: 80}\n");
    sandbox.write(
        "environments/dev/environment.yaml",
        "target: kubernetes\npublish: [\"8080:shop:web\"]\n",
    );
    for command in ["validate", "generate"] {
        assert_eq!(
            diagnostics(&sandbox, &[command, "--env", "dev"]),
            ["error wrong-target"],
            "{command}"
        );
    }
}

/// A file with these annotations.
fn annotated(annotations: &str) -> Sandbox {
    let head = HEAD.replace(
        "  name: shop\n",
        &format!("  name: shop\n  annotations: {{{annotations}}}\n"),
    );
    Sandbox::with_files(&[("score.yaml", &head)])
}

#[test]
fn kubernetes_rules_are_checked_before_provisioning() {
    let rows: [(&str, &[&str]); 14] = [
        (
            "k8s.score.dev/kind: Statefulset",
            &["error unsupported-workload-kind"],
        ),
        (
            "k8s.score.dev/kind: Foo, k8s.score.dev/schedule: x",
            &["error unsupported-workload-kind"],
        ),
        ("k8s.score.dev/kind: CronJob", &["error missing-schedule"]),
        (
            "k8s.score.dev/kind: CronJob, k8s.score.dev/schedule: foo, k8s.score.dev/time-zone: Local",
            &["error invalid-schedule", "error invalid-time-zone"],
        ),
        (
            "k8s.score.dev/service-name: Foo_Bar",
            &["error invalid-name"],
        ),
        (
            "k8s.score.dev/schedule: '@daily'",
            &["warning unused-annotation"],
        ),
        ("k8s.score.dev/knd: Job", &["warning unused-annotation"]),
        (
            "k8s.score.dev/Kind: CronJob, k8s.score.dev/schedule: '@daily'",
            &["warning unused-annotation"],
        ),
        (
            "k8s.score.dev/kind: CronJob, k8s.score.dev/schedul: '@daily'",
            &["error missing-schedule"],
        ),
        (
            "k8s.score.dev/servicename: foo",
            &["warning unused-annotation"],
        ),
        (
            "k8s.score.dev/of-my-own: foo, example.com/knd: Job",
            &["note unknown-annotation"],
        ),
        (
            "k8s.score.dev/kind: CronJob, k8s.score.dev/schedule: 5",
            &["error wrong-type"],
        ),
        (
            "k8s.score.dev/kind: 5, k8s.score.dev/schedule: '@daily'",
            &["error wrong-type"],
        ),
        (
            "k8s.score.dev/kind: Foo, k8s.score.dev/service-name: Bar",
            &["error unsupported-workload-kind", "error invalid-name"],
        ),
    ];
    for (annotations, expected) in rows {
        let sandbox = annotated(annotations);
        assert_eq!(
            diagnostics(&sandbox, &["validate", "--env", "kubernetes"]),
            expected,
            "validate: {annotations}"
        );
        assert_eq!(
            diagnostics(&sandbox, &["generate", "--env", "kubernetes"]),
            expected,
            "generate: {annotations}"
        );
        let elsewhere = diagnostics(&sandbox, &["validate", "--env", "compose"]);
        let of_compose = [
            "error wrong-type",
            "note unknown-annotation",
            "note schedule-ignored",
        ];
        assert!(
            elsewhere
                .iter()
                .all(|diagnostic| of_compose.contains(&diagnostic.as_str())),
            "{annotations}: {elsewhere:?}"
        );
    }
}

#[test]
fn kubernetes_rules_are_reported_with_other_errors() {
    let sandbox = annotated("k8s.score.dev/kind: Foo");
    let text = sandbox.read("score.yaml");
    sandbox.write(
        "score.yaml",
        format!("{text}    command: 5\nresources:\n  db: {{type: nothing}}\n"),
    );
    for command in ["validate", "generate"] {
        let reported = diagnostics(&sandbox, &[command, "--env", "kubernetes"]);
        assert_eq!(
            reported[..2],
            ["error unsupported-workload-kind", "error wrong-type"],
            "{command}: {reported:?}"
        );
        assert_eq!(
            reported
                .iter()
                .filter(|diagnostic| diagnostic.ends_with("unsupported-workload-kind"))
                .count(),
            1,
            "{command}"
        );
    }
    // An unreadable override may contain the schedule.
    let sandbox = annotated("k8s.score.dev/kind: CronJob");
    sandbox.write("over.yaml", "metadata: [\n");
    for command in ["validate", "generate"] {
        let reported = diagnostics(
            &sandbox,
            &[
                command,
                "--env",
                "kubernetes",
                "--overrides-file",
                "over.yaml",
            ],
        );
        assert_eq!(reported, ["error yaml-syntax"], "{command}");
    }
    // Kubernetes never runs this probe.
    let ending = "    livenessProbe: {exec: {command: [x]}}\n    before: {web: {ready: complete}}\n  web: {image: nginx:1}\n";
    let sandbox = score(ending);
    for command in ["validate", "generate"] {
        assert_eq!(
            diagnostics(&sandbox, &[command, "--env", "kubernetes"]),
            ["warning probe-ignored"],
            "{command}"
        );
    }
    assert_eq!(diagnostics(&sandbox, &["validate"]), [""; 0]);
}

#[test]
fn mounting_a_builtin_resource_that_is_no_volume_is_an_error() {
    let with = |kind: &str| {
        score(&format!(
            "    volumes: {{/v: {{source: data}}}}\nresources:\n  data: {{type: {kind}}}\n"
        ))
    };
    for environment in ["compose", "kubernetes"] {
        for command in ["validate", "generate"] {
            let arguments = [command, "--env", environment];
            assert_eq!(
                diagnostics(&with("redis"), &arguments),
                ["error not-a-volume"],
                "{arguments:?}"
            );
            let volume = with("volume, params: {storage: 1Gi}");
            assert_eq!(diagnostics(&volume, &arguments), [""; 0], "{arguments:?}");
            // It is reported once beside another error too.
            let sandbox = with("redis");
            sandbox.write(
                "score.yaml",
                format!("{}more: 1\n", sandbox.read("score.yaml")),
            );
            assert_eq!(
                diagnostics(&sandbox, &arguments),
                ["error not-a-volume", "error unknown-key"],
                "{arguments:?}"
            );
        }
    }
    // `expected_outputs` of a custom definition may be incomplete.
    let sandbox = with("own");
    sandbox.write(
        "own.provisioners.yaml",
        "- uri: template://own\n  type: own\n  expected_outputs: [host]\n  outputs: '{source: x, host: y}'\n",
    );
    let arguments = [
        "validate",
        "--env",
        "compose",
        "--provisioners",
        "own.provisioners.yaml",
    ];
    assert_eq!(diagnostics(&sandbox, &arguments), [""; 0]);
}

#[test]
fn an_error_in_a_definition_hides_no_error_in_its_templates() {
    let sandbox = score("resources:\n  one: {type: own}\n");
    let keys = "- uri: template://own\n  type: own\n  ouputs: ''\n  init: 5\n";
    sandbox.write(
        "own.provisioners.yaml",
        format!(
            "{keys}  state: '{{{{ if }}}}'\n  manifests: '{{{{ nope }}}}'\n- uri: template://other\n  type: other\n"
        ),
    );
    for (command, environment, manifests) in [
        ("validate", "kubernetes", "error template-error"),
        ("generate", "kubernetes", "error template-error"),
        ("validate", "compose", "warning template-error"),
    ] {
        let reported = diagnostics(
            &sandbox,
            &[
                command,
                "--env",
                environment,
                "--provisioners",
                "own.provisioners.yaml",
            ],
        );
        let expected = [
            "error unknown-key",
            "error wrong-type",
            "error template-error",
            manifests,
        ];
        assert_eq!(reported, expected, "{command} {environment}");
    }
    // A template with a YAML syntax error is not parsed.
    sandbox.write(
        "own.provisioners.yaml",
        "- uri: template://own\n  type: own\n  state: \"{{ if \\q }}\"\n",
    );
    let reported = diagnostics(
        &sandbox,
        &[
            "validate",
            "--env",
            "compose",
            "--provisioners",
            "own.provisioners.yaml",
        ],
    );
    assert_eq!(
        reported
            .iter()
            .filter(|diagnostic| diagnostic.ends_with("template-error"))
            .count(),
        0,
        "{reported:?}"
    );
    assert!(!reported.is_empty());
}
