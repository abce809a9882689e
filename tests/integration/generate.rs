//! `score-rs generate`: flags and outputs.

use crate::cli::{GOOD, WARNS, exits_with, sandbox};
use crate::sandbox::Sandbox;

/// The output of a successful run with `-o -`.
#[track_caller]
fn output(arguments: &[&str]) -> String {
    exits_with(
        &sandbox(),
        &[&["generate", "-o", "-"], arguments].concat(),
        0,
    )
    .stdout
}

/// The messages of a run with invalid input, one line each.
#[track_caller]
fn errors(arguments: &[&str]) -> String {
    let result = exits_with(
        &sandbox(),
        &[
            &["generate", "-o", "-", "--message-format", "short"],
            arguments,
        ]
        .concat(),
        1,
    );
    assert_eq!(result.stdout, "", "a failed run has no output");
    result.stderr
}

#[test]
fn a_failed_run_leaves_the_output_unchanged() {
    let sandbox = sandbox();
    exits_with(&sandbox, &["generate", "good.yaml"], 0);
    let before = sandbox.read("compose.yaml");
    let list = sandbox.list();
    exits_with(&sandbox, &["generate", "wrong.yaml"], 1);
    exits_with(&sandbox, &["generate", "warns.yaml", "--strict"], 1);
    assert_eq!(
        (sandbox.read("compose.yaml"), sandbox.list()),
        (before, list)
    );
}

#[test]
fn output_destinations() {
    let sandbox = sandbox();
    exits_with(&sandbox, &["generate", "good.yaml"], 0);
    exits_with(&sandbox, &["generate", "good.yaml", "-e", "kubernetes"], 0);
    exits_with(
        &sandbox,
        &["generate", "good.yaml", "-o", "deep/down/out.yaml"],
        0,
    );
    assert_eq!(
        sandbox.read("compose.yaml"),
        sandbox.read("deep/down/out.yaml")
    );
    assert!(
        sandbox
            .read("manifests.yaml")
            .starts_with("apiVersion: apps/v1\nkind: Deployment\n")
    );
    let piped = sandbox.run_with_input(&["generate", "-", "-o", "-"], GOOD.as_bytes());
    assert_eq!(
        (piped.code, piped.stdout),
        (Some(0), sandbox.read("compose.yaml"))
    );
    let environment = crate::sandbox::wait_for_exit(
        sandbox
            .command(&["generate", "good.yaml", "-o", "-"])
            .env("SCORE_RS_ENV", "kubernetes")
            .spawn()
            .unwrap(),
        &[],
    );
    assert_eq!(environment.stdout, sandbox.read("manifests.yaml"));
}

#[test]
fn images_are_set_by_flag() {
    let images = |arguments: &[&str]| -> Vec<String> {
        let output = output(arguments);
        output
            .lines()
            .filter_map(|line| line.trim().strip_prefix("image: "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(
        images(&["open.yaml", "--image", "nginx:2"]),
        ["nginx:2", "nginx:2"]
    );
    assert_eq!(
        images(&["open.yaml", "-i", "open=nginx:2", "-i", "open.side=nginx:3"]),
        ["nginx:2", "nginx:3"]
    );
    assert_eq!(
        images(&["good.yaml", "--image", "good.main=nginx:2"]),
        ["nginx:2"]
    );
    assert!(errors(&["open.yaml"]).contains("open.yaml:6:12: error: "));
    assert!(
        errors(&["open.yaml", "-i", "opne=nginx:2"])
            .contains("--image:1:1: error: there is no workload `opne`; did you mean `open`?")
    );
    assert!(errors(&["open.yaml", "-i", "open.sid=nginx:2"]).contains("did you mean `side`?"));
    // One cause is reported once: not also that the container has no image.
    for flags in [
        ["-i", "open="],
        ["-i", "opne=nginx:2"],
        ["--build", "./app"],
        ["--build", "mian=./app"],
    ] {
        let messages = errors(&[&["open.yaml"], &flags[..]].concat());
        assert!(
            messages.starts_with("--") && messages.lines().count() == 1,
            "{flags:?}: {messages}"
        );
    }
    assert!(errors(&["open.yaml", "-i", "open="]).contains("--image:1:1: error: "));
    assert!(errors(&["good.yaml", "-i", "nginx:2", "--strict"]).contains("[unused-image]"));
}

#[test]
fn properties_are_overridden_by_flag() {
    let with = |flag: &str| output(&["good.yaml", "--override-property", flag]);
    assert!(with("containers.main.image=nginx:2").contains("image: nginx:2\n"));
    assert!(with("good:containers.main.args.-1=--now").contains("command:\n    - --now\n"));
    assert!(with(r"metadata.annotations.example\.com/a=b").contains("example.com/a: b\n"));
    assert!(with("containers.main.variables={A: b}").contains("environment:\n      A: b\n"));
    assert!(with("containers.other={image: busybox}").contains("good-other:\n"));
    assert!(
        errors(&["good.yaml", "--override-property", "containers.main.image="])
            .contains("[missing-key]")
    );
}

#[test]
fn an_override_of_a_misspelled_name_is_reported() {
    let mian = |key: &str| format!("containers.mian.{key}");
    let messages = errors(&[
        "good.yaml",
        "--strict",
        "--override-property",
        &mian("image=nginx:2"),
    ]);
    assert_eq!(
        messages,
        "--override-property:1:1: error: this override adds a container `mian` next to `main`; did you mean `main`? \
         [misspelled-override-name]\n"
    );
    let messages = errors(&["good.yaml", "--override-property", &mian("args.-1=--now")]);
    assert_eq!(
        messages,
        "--override-property:1:1: error: there is no container `mian` to change, and the override adds one without `image`; \
         did you mean `main`? [unknown-container]\n"
    );
    // Several flags for one container count together.
    let flags = [
        "--override-property",
        &mian("args.-1=--now"),
        "--override-property",
        &mian("image=nginx:2"),
    ];
    assert!(output(&[&["good.yaml"], &flags[..]].concat()).contains("good-mian:\n"));
}

#[test]
fn errors_in_an_override_have_a_location() {
    let wrong = |flag: &str| errors(&["good.yaml", "--override-property", flag]);
    assert!(
        wrong("containers.main.imge=x")
            .contains("--override-property:1:1: error: the container `main` has no key `imge`"),
        "{}",
        wrong("containers.main.imge=x")
    );
    assert!(
        wrong("containers.main.args=7")
            .starts_with("--override-property containers.main.args:1:1: error: "),
        "{}",
        wrong("containers.main.args=7")
    );
    assert!(wrong("containers.main.args=[").contains("[yaml-syntax]"));
    assert!(wrong("containers.main.image.deep=x").contains("[invalid-override-path]"));
    assert!(wrong("no-value").contains("--override-property:1:1: error: this override has no `=`"));
    // `validate` takes overrides too.
    let overridden = sandbox().run(&[
        "validate",
        "good.yaml",
        "--override-property",
        "containers.main.image=",
    ]);
    assert!(
        overridden.code == Some(1) && overridden.stdout.contains("[missing-key]"),
        "{overridden:?}"
    );
    assert!(wrong("godo:containers.main.image=x").contains("did you mean `good`?"));

    let sandbox = sandbox();
    sandbox.write(
        "change.yaml",
        "containers:\n  main:\n    image: nginx:2\n    variables:\n      A: ${resources.no.a}\n",
    );
    let run = |arguments: &[&str]| {
        sandbox.run(
            &[
                &["generate", "-o", "-", "--message-format", "short"],
                arguments,
            ]
            .concat(),
        )
    };
    let unknown = run(&["good.yaml", "--overrides-file", "change.yaml"]);
    assert!(
        unknown.code == Some(1) && unknown.stderr.starts_with("change.yaml:5:10: error: "),
        "{}",
        unknown.stderr
    );
    sandbox.write("change.yaml", "containers: {main: {image: nginx:2}}\n");
    assert!(
        run(&["good.yaml", "--overrides-file", "change.yaml"])
            .stdout
            .contains("image: nginx:2\n")
    );
    assert!(
        run(&["good.yaml", "--overrides-file", "good=change.yaml"])
            .stdout
            .contains("image: nginx:2\n")
    );
    let other = run(&["good.yaml", "--overrides-file", "other=change.yaml"]);
    assert!(
        other.code == Some(1) && other.stderr.contains("there is no workload `other`"),
        "{}",
        other.stderr
    );
    let several = run(&["good.yaml", "warns.yaml", "--overrides-file", "change.yaml"]);
    assert!(
        several.code == Some(1) && several.stderr.contains("[ambiguous-override]"),
        "{}",
        several.stderr
    );
    assert_eq!(
        run(&["good.yaml", "--overrides-file", "missing.yaml"]).code,
        Some(3)
    );
}

#[test]
fn files_outside_the_project_need_allow_outside() {
    let sandbox = Sandbox::new();
    let score = format!("{GOOD}    files:\n      /a:\n        source: ../secret\n");
    sandbox.write("project/score.yaml", score);
    sandbox.write("secret", "outside\n");
    let run = |more: &[&str]| {
        let arguments = [
            &[
                "generate",
                "-e",
                "kubernetes",
                "-o",
                "-",
                "--message-format",
                "short",
            ],
            more,
        ]
        .concat();
        crate::sandbox::wait_for_exit(
            sandbox
                .command(&arguments)
                .current_dir(sandbox.path("project"))
                .spawn()
                .unwrap(),
            &arguments,
        )
    };
    let denied = run(&[]);
    assert!(
        denied.code == Some(1) && !denied.stderr.contains("outside\n"),
        "{denied:?}"
    );
    assert!(run(&["--allow-outside"]).stdout.contains("outside"));
    let secret = sandbox.path("secret");
    let score = format!(
        "{GOOD}    files:\n      /a:\n        source: {}\n",
        secret.display()
    );
    sandbox.write("project/score.yaml", score);
    assert!(
        run(&[]).stderr.contains("[outside-project]"),
        "an absolute path is outside too"
    );
    assert!(run(&["--allow-outside"]).stdout.contains("outside"));
}

#[test]
fn repeated_notes_are_counted_and_quiet_omits_notes() {
    let sandbox = Sandbox::new();
    for index in 0..5 {
        let port = "service:\n  ports:\n    web:\n      port: 80\n      targetPort: 8080\n";
        let score = format!(
            "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop-{index}\n{port}containers:\n  main:\n    image: nginx:1\n"
        );
        sandbox.write(&format!("{index}.score.yaml"), score);
    }
    let result = sandbox.run(&["generate"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(result.stderr.matches("☞").count(), 3, "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("note [port-mapping-ignored]: 2 more like this"),
        "{}",
        result.stderr
    );
    let short = sandbox.run(&["generate", "--message-format", "short"]);
    assert_eq!(
        short.stderr.matches(": note: ").count(),
        5,
        "{}",
        short.stderr
    );
    assert_eq!(sandbox.run(&["generate", "--quiet"]).stderr, "");
}

#[test]
fn directory_output_adds_and_removes_files() {
    let sandbox = Sandbox::new();
    let score = |name: &str, port: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata:\n  name: {name}\n{port}containers:\n  main:\n    image: nginx:1\n"
        )
    };
    sandbox.write(
        "a.score.yaml",
        score("shop", "service:\n  ports:\n    web:\n      port: 80\n"),
    );
    sandbox.write("b.score.yaml", score("cart", ""));
    let generate = ["generate", "-e", "kubernetes", "-o", "out/"];
    let messages = exits_with(&sandbox, &generate, 0).stderr;
    assert_eq!(messages, "wrote 4 files in out/\n");
    let all = [
        "deployment-cart.yaml",
        "deployment-shop.yaml",
        "kustomization.yaml",
        "service-shop.yaml",
    ];
    assert_eq!(
        sandbox.list(),
        [
            &["a.score.yaml", "b.score.yaml", "out"][..],
            &all.map(|name| format!("out/{name}"))
                .each_ref()
                .map(String::as_str)
        ]
        .concat()
    );
    // Files of others stay.
    sandbox.write("out/notes.txt", "mine");
    let messages = exits_with(&sandbox, &[&generate[..], &["b.score.yaml"]].concat(), 0).stderr;
    assert!(
        messages.starts_with(
            "removed `out/service-shop.yaml` and `out/deployment-shop.yaml`, no longer"
        ),
        "{messages}"
    );
    let remaining = [
        "out/deployment-cart.yaml",
        "out/kustomization.yaml",
        "out/notes.txt",
    ];
    assert_eq!(
        sandbox.list(),
        [&["a.score.yaml", "b.score.yaml", "out"][..], &remaining].concat()
    );
    assert!(
        sandbox
            .read("out/kustomization.yaml")
            .ends_with("resources:\n- deployment-cart.yaml\n")
    );
    // An edited kustomization is not overwritten, and the files that it lists stay.
    let list = sandbox.read("out/kustomization.yaml");
    sandbox.write("out/kustomization.yaml", format!("{list}- notes.txt\n"));
    let result_refused = exits_with(&sandbox, &generate, 2).stderr;
    assert!(
        result_refused.contains("`out/kustomization.yaml` was not generated by score-rs"),
        "{result_refused}"
    );
    assert_eq!(
        sandbox.list(),
        [&["a.score.yaml", "b.score.yaml", "out"][..], &remaining].concat()
    );
    sandbox.write("other/kustomization.yml", "resources: []\n");
    exits_with(
        &sandbox,
        &["generate", "-e", "kubernetes", "-o", "other"],
        2,
    );
    // A handwritten kustomization is not overwritten, and nothing else is written.
    sandbox.write("own/kustomization.yaml", "resources: [base]\n");
    let result_refused = exits_with(&sandbox, &["generate", "-e", "kubernetes", "-o", "own"], 2);
    assert!(
        result_refused
            .stderr
            .contains("`own/kustomization.yaml` was not generated by score-rs"),
        "{}",
        result_refused.stderr
    );
    assert!(!sandbox.path("own/deployment-shop.yaml").exists());
}

#[test]
fn a_directory_can_have_one_for_each_workload() {
    let sandbox = Sandbox::new();
    let score = |name: &str, resources: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata:\n  name: {name}\ncontainers:\n  main:\n    image: nginx:1\n    variables:\n      DB: ${{resources.db.host}}\n      CACHE: ${{resources.cache.host}}\nresources:\n{resources}"
        )
    };
    let own = "  db:\n    type: postgres\n  cache:\n    type: redis\n    id: common\n";
    sandbox.write("a.score.yaml", score("shop", own));
    sandbox.write("b.score.yaml", score("cart", own));
    let generate = |output: &str| {
        let arguments = [
            "generate",
            "-e",
            "kubernetes",
            "--namespace",
            "x",
            "--generate-namespace",
        ];
        exits_with(
            &sandbox,
            &[&arguments[..], &["-q", "-o", output]].concat(),
            0,
        );
    };
    let files = || -> Vec<String> {
        let is_file = |name: &String| name.starts_with("out/") && name.ends_with(".yaml");
        sandbox.list().into_iter().filter(is_file).collect()
    };
    generate("out/{workload}/");
    let grouped = files();
    let directories: Vec<String> = grouped
        .iter()
        .map(|name| name.rsplit_once('/').unwrap().0.to_owned())
        .collect();
    assert_eq!(
        directories.iter().map(String::as_str).collect::<Vec<_>>(),
        [["out/cart"; 4], ["out"; 4], ["out/shop"; 4]]
            .as_flattened()
            .iter()
            .copied()
            .chain(["out"])
            .collect::<Vec<_>>(),
        "{grouped:?}"
    );
    let list = sandbox.read("out/kustomization.yaml");
    assert!(list.contains("\n- shop/deployment-shop.yaml\n"), "{list}");
    generate("out/");
    // The files of the other layout are removed.
    assert!(files().iter().all(|name| name.matches('/').count() == 1));
    // Nothing is removed through a link out of the directory.
    generate("out/{workload}/");
    std::fs::rename(sandbox.path("out/shop"), sandbox.path("other")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("other"), sandbox.path("out/shop")).unwrap();
    generate("out/");
    assert!(sandbox.path("other/deployment-shop.yaml").exists());
    assert!(!sandbox.path("out/cart/deployment-cart.yaml").exists());
    for (output, message) in [
        (
            "out/{workloads}/",
            "`{workloads}` in --output stands for nothing",
        ),
        (
            "{workload}/out/",
            "`{workload}` in --output stands for nothing",
        ),
    ] {
        let result = exits_with(&sandbox, &["generate", "-e", "kubernetes", "-o", output], 2);
        assert!(result.stderr.contains(message), "{}", result.stderr);
    }
    let compose = exits_with(
        &sandbox,
        &["generate", "-e", "compose", "-o", "out/{workload}"],
        2,
    );
    assert!(
        compose.stderr.contains("compose writes one file"),
        "{}",
        compose.stderr
    );
    let environment = "target: kubernetes\noutput: out/{Workload}/\n";
    sandbox.write("environments/prod/environment.yaml", environment);
    let result = exits_with(
        &sandbox,
        &["generate", "-e", "prod", "--message-format", "short"],
        1,
    );
    assert!(
        result.stderr.starts_with(
            "environments/prod/environment.yaml:2:9: error: `{Workload}` stands for nothing in `output`; "
        ),
        "{}",
        result.stderr
    );
}

#[test]
fn output_syntaxes() {
    let sandbox = Sandbox::with_files(&[("score.yaml", GOOD)]);
    let alone = exits_with(&sandbox, &["generate", "--format", "json"], 0).stderr;
    assert!(
        alone.contains("wrote compose.json\n") && !alone.contains("Compose reads"),
        "{alone}"
    );
    for (directory, more) in [("", &[][..]), ("out/", &["-o", "out/"])] {
        sandbox.write(&format!("{directory}compose.yaml"), "services: {}\n");
        let messages = exits_with(
            &sandbox,
            &[&["generate", "--format", "json"], more].concat(),
            0,
        )
        .stderr;
        assert!(
            messages.contains(&format!(
                "Compose reads the older file {directory}compose.yaml"
            )),
            "{messages}"
        );
    }
    std::fs::remove_dir_all(sandbox.path("out")).unwrap();
    let compose: serde_json::Value = serde_json::from_str(&sandbox.read("compose.json")).unwrap();
    assert_eq!(compose["services"]["good-main"]["hostname"], "good");
    let kyaml = exits_with(
        &sandbox,
        &[
            "generate",
            "-e",
            "kubernetes",
            "--format",
            "kyaml",
            "-o",
            "-",
        ],
        0,
    )
    .stdout;
    assert!(
        kyaml.starts_with("---\n{\n  apiVersion: \"apps/v1\",\n  kind: \"Deployment\",\n"),
        "{kyaml}"
    );
    exits_with(
        &sandbox,
        &[
            "generate",
            "-e",
            "kubernetes",
            "--format",
            "json",
            "-o",
            "out/",
            "-q",
        ],
        0,
    );
    let object: serde_json::Value =
        serde_json::from_str(&sandbox.read("out/deployment-good.json")).unwrap();
    assert_eq!(object["kind"], "Deployment");
    assert!(
        sandbox
            .read("out/kustomization.yaml")
            .ends_with("- deployment-good.json\n")
    );
}

const SETTINGS: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  main:\n    image: nginx:1\n    args: [\"${resources.env.LEVEL}\"]\n    variables:\n      HOST: ${resources.host.host}\nresources:\n  env:\n    type: environment\n  host:\n    type: dns\n";

#[test]
fn set_values_reach_provisioners() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SETTINGS)]);
    let arguments = [
        "generate",
        "-o",
        "-",
        "--set",
        "domain=shop.example",
        "--set",
        "domain=example.org",
    ];
    let result = exits_with(&sandbox, &arguments, 0);
    assert!(
        result.stdout.contains(".example.org\n"),
        "{}",
        result.stdout
    );
    for command in ["generate", "validate"] {
        let result = exits_with(
            &sandbox,
            &[
                command,
                "--env",
                "compose",
                "--message-format",
                "short",
                "--set",
                "domain",
            ],
            1,
        );
        let messages = format!("{}{}", result.stdout, result.stderr);
        assert!(
            messages.contains("--set:1:1: error: this value has no `=`;")
                && messages.contains("[invalid-set-flag]"),
            "{messages}"
        );
        let result = exits_with(
            &sandbox,
            &[
                command,
                "--env",
                "compose",
                "--message-format",
                "short",
                "--set",
                "domain=[a",
            ],
            1,
        );
        let messages = format!("{}{}", result.stdout, result.stderr);
        assert!(messages.contains("--set domain:1:"), "{messages}");
    }
    exits_with(&sandbox, &["validate", "--set", "domain=example.com"], 2);
}

#[test]
fn cluster_config_references_are_checked() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SETTINGS)]);
    let messages = |set: &str| {
        let arguments = [
            "generate",
            "--env",
            "kubernetes",
            "--message-format",
            "short",
            "--set",
            set,
        ];
        exits_with(&sandbox, &arguments, 1).stderr
    };
    assert!(messages("environment.configMap=settings").contains("[config-map-not-allowed]"));
    assert!(messages("environment.secret=keys").contains("[secret-not-allowed]"));
    for (set, what) in [
        (
            "environment.secret=a_b",
            "has a `secret` that is not a valid object name",
        ),
        (
            "environment={secret: a, configMap: b}",
            "names a Secret and a ConfigMap, but not which keys are in which",
        ),
        (
            "environment={configMap: a, secretKeys: [LEVEL]}",
            "has `secretKeys` but no `secret`",
        ),
        (
            "environment={configMap: a, secretKeys: LEVEL}",
            "has `secretKeys` that is not a list",
        ),
        ("environment.secrets=a", "did you mean `secret`?"),
    ] {
        let messages = messages(set);
        assert!(
            messages.contains("[wrong-section-type]") && messages.contains(what),
            "{set}: {messages}"
        );
    }
    sandbox.write("score.yaml", SETTINGS.replace("LEVEL", "LOG/LEVEL"));
    assert!(messages("environment.secret=keys").contains("`LOG/LEVEL` is not a valid key"));
}

#[test]
fn a_built_container_needs_no_image() {
    let built = output(&[
        "open.yaml",
        "--build",
        "main=./app",
        "--build",
        "open.side=lib",
        "--image",
        "open.side=side:1",
    ]);
    assert!(
        built.contains("open-main:\n    build:\n      context: ./app\n    hostname"),
        "{built}"
    );
    assert!(
        built.contains("open-side:\n    image: side:1\n    build:\n      context: ./lib\n"),
        "{built}"
    );
    let last = output(&[
        "open.yaml",
        "--image",
        "x",
        "--build",
        "main=one",
        "--build",
        "main=two",
    ]);
    assert!(
        last.contains("context: ./two") && !last.contains("./one"),
        "{last}"
    );
}

#[test]
fn invalid_build_flags_are_errors() {
    let messages = errors(&[
        "open.yaml",
        "--image",
        "x",
        "--build",
        "mian=a",
        "--build",
        "opne.side=a",
        "--build",
        "app",
    ]);
    assert!(
        messages.contains("--build:1:1: error: there is no container `mian`; did you mean `main`?"),
        "{messages}"
    );
    assert!(
        messages.contains("--build:1:1: error: there is no workload `opne`; did you mean `open`?"),
        "{messages}"
    );
    assert!(
        messages.contains("this flag does not name a container"),
        "{messages}"
    );
    let messages = errors(&[
        "open.yaml",
        "good.yaml",
        "--image",
        "x",
        "--build",
        "main=a",
    ]);
    assert!(
        messages.contains("put `WORKLOAD.` before it; the workloads are `open` and `good`"),
        "{messages}"
    );
    let messages = errors(&[
        "open.yaml",
        "good.yaml",
        "--image",
        "x",
        "--build",
        "open=a",
    ]);
    assert!(
        messages.contains(
            "write `open.CONTAINER` before the `=`; the containers are `main` and `side`"
        ),
        "{messages}"
    );
    let messages = errors(&[
        "open.yaml",
        "--env",
        "kubernetes",
        "--build",
        "main=a",
        "--build",
        "side=b",
    ]);
    assert!(
        messages.contains(
            "Kubernetes does not build images, so the container `main` needs an image name"
        ),
        "{messages}"
    );
}

/// Compose resolves paths from the directory of its file.
#[test]
fn a_build_context_is_relative_to_the_output() {
    let sandbox = sandbox();
    let context = |to: &str| {
        exits_with(
            &sandbox,
            &[
                "generate",
                "open.yaml",
                "--image",
                "x",
                "--build",
                "main={context: app}",
                "-o",
                to,
            ],
            0,
        );
        let written = if to.ends_with('/') {
            format!("{to}compose.yaml")
        } else {
            to.to_owned()
        };
        let text = std::fs::read_to_string(sandbox.path(&written)).unwrap();
        text.lines()
            .find_map(|line| line.trim().strip_prefix("context: ").map(str::to_owned))
            .unwrap()
    };
    assert_eq!(context("compose.yaml"), "./app");
    assert_eq!(context("deploy/local/"), "../../app");
    let name = sandbox
        .path("")
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let sibling = format!("../{name}-beside/");
    let context_path = context(&sibling);
    std::fs::remove_dir_all(sandbox.path(&sibling)).unwrap();
    assert_eq!(context_path, format!("../{name}/app"));
}

/// An output may be a password, which must not appear in a log.
#[test]
fn publish_errors_show_no_secret() {
    let sandbox = Sandbox::with_files(&[(
        "db.yaml",
        &WARNS.replace("type: dns\n    properties: {}", "type: postgres"),
    )]);
    let flag = "5432:postgres.default#warns.host.password:5432";
    let messages = exits_with(
        &sandbox,
        &["generate", "-o", "-", "db.yaml", "--publish", flag],
        1,
    );
    assert!(
        messages.stderr.contains("does not name a Compose service")
            && messages.stderr.contains("use `host`"),
        "{}",
        messages.stderr
    );
    let outputs = exits_with(
        &sandbox,
        &[
            "resources",
            "get-outputs",
            "postgres.default#warns.host",
            "-f",
            "{{ .password }}",
            "db.yaml",
        ],
        0,
    );
    assert!(!outputs.stdout.trim().is_empty() && !messages.stderr.contains(outputs.stdout.trim()));
    assert_eq!(messages.stdout, "");
}

#[test]
fn inputs_are_not_overwritten() {
    let mounts = format!("{GOOD}    files: {{/a: {{source: compose.yaml}}}}\n");
    let sandbox = Sandbox::with_files(&[
        ("deployment-good.yaml", GOOD),
        ("override.yaml", "{}\n"),
        ("mounts.yaml", &mounts),
    ]);
    sandbox.write("compose.yaml", "mounted");
    let before: Vec<String> = sandbox
        .list()
        .iter()
        .map(|name| sandbox.read(name))
        .collect();
    for arguments in [
        &[
            "generate",
            "deployment-good.yaml",
            "--overrides-file",
            "override.yaml",
            "-o",
            "override.yaml",
        ][..],
        &[
            "generate",
            "-e",
            "kubernetes",
            "deployment-good.yaml",
            "-o",
            ".",
        ],
        &["generate", "mounts.yaml"],
    ] {
        let result = exits_with(&sandbox, arguments, 2);
        assert!(
            result
                .stderr
                .contains("is an input of this run: write to another"),
            "{}",
            result.stderr
        );
        assert_eq!(
            sandbox
                .list()
                .iter()
                .map(|name| sandbox.read(name))
                .collect::<Vec<_>>(),
            before,
            "{arguments:?}"
        );
    }
}

#[test]
fn selectors_depend_on_the_name_of_the_object_alone() {
    let score = |kind: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: shop, annotations: {{k8s.score.dev/kind: {kind}, argocd.argoproj.io/sync-wave: \"1\"}}}}\n\
             service: {{ports: {{web: {{port: 80, targetPort: 8080}}}}}}\ncontainers:\n  aaa: {{image: a}}\n  \
             web: {{image: a, readinessProbe: {{httpGet: {{path: /, port: 8080}}}}}}\n"
        )
    };
    for kind in ["Deployment", "StatefulSet"] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score(kind)),
            (
                "environments/staging/environment.yaml",
                "target: kubernetes\n",
            ),
        ]);
        let objects = |arguments: &[&str]| -> Vec<serde_json::Value> {
            let arguments = [&["generate", "--format", "json", "-o", "-"][..], arguments].concat();
            let result = sandbox.run(&arguments);
            assert_eq!(result.code, Some(0), "{}", result.stderr);
            crate::sandbox::objects_of(&result.stdout)
        };
        let selectors = |arguments: &[&str]| -> Vec<serde_json::Value> {
            let objects = objects(arguments);
            objects
                .iter()
                .map(|object| object["spec"]["selector"].clone())
                .collect()
        };
        let first = selectors(&["--env", "kubernetes"]);
        assert!(
            first
                .iter()
                .any(|selector| selector["matchLabels"]["app.kubernetes.io/instance"] == "shop"),
            "{first:?}"
        );
        assert_eq!(
            first,
            selectors(&["--env", "kubernetes", "--project", "named"])
        );
        assert_eq!(first, selectors(&["--env", "staging"]));
        let objects = objects(&["--env", "kubernetes"]);
        let object = objects
            .iter()
            .find(|object| object["kind"] == kind)
            .unwrap();
        let annotations = object["metadata"]["annotations"].as_object().unwrap();
        assert_eq!(annotations["argocd.argoproj.io/sync-wave"], "1");
        assert!(!annotations.contains_key("k8s.score.dev/kind"));
        let pod = &object["spec"]["template"]["spec"];
        assert_eq!(pod["enableServiceLinks"], false);
        // The ports are declared on the container that listens.
        assert_eq!(pod["containers"][0]["ports"], serde_json::Value::Null);
        assert_eq!(pod["containers"][1]["ports"][0]["containerPort"], 8080);
    }
}
