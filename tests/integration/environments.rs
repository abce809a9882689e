//! Environments: which one is chosen, which settings apply, and how errors are reported.

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: .
    variables: {HOST: '${resources.dns.host}'}
resources:
  dns: {type: dns}
";

pub const OTHER: &str = "apiVersion: score.dev/v1b1
metadata: {name: other}
containers:
  main: {image: example.com/other:1}
";

const STAGING: &str = "target: kubernetes
namespace: shop-staging
output: deploy/staging.yaml
images: {shop: example.com/shop:2}
values:
  domain: staging.example.com
  size: {cpu: 1, memory: 2}
";

const PROD: &str = "extends: staging
namespace: shop-prod
output: deploy/prod.yaml
values:
  domain: example.com
  size: {memory: 4}
";

const LOCAL: &str = "target: compose\nimages:\n  shop: example.com/shop:1\n";

fn shop() -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", SHOP),
        ("other.score.yaml", OTHER),
        ("environments/local/environment.yaml", LOCAL),
        ("environments/staging/environment.yaml", STAGING),
        ("environments/prod/environment.yaml", PROD),
    ])
}

/// A project with a single environment.
fn single_environment(text: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", &SHOP.replace("image: .", "image: a:1")),
        ("environments/own/environment.yaml", text),
    ])
}

#[track_caller]
pub fn succeeds(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let result = sandbox.run(arguments);
    assert_eq!(
        result.code,
        Some(0),
        "{arguments:?}: {}{}",
        result.stdout,
        result.stderr
    );
    result
}

/// The errors, one line each.
#[track_caller]
fn errors(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let result = sandbox.run(&[arguments, &["--format", "short"]].concat());
    assert_eq!(
        result.code,
        Some(1),
        "{arguments:?}: {}{}",
        result.stdout,
        result.stderr
    );
    result.stdout.lines().map(str::to_owned).collect()
}

fn shown_rows(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let shown = succeeds(sandbox, &["environments", "show", name]).stdout;
    shown
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn an_environment_is_applied() {
    let sandbox = shop();
    let result = succeeds(&sandbox, &["generate", "--env", "prod"]);
    assert_eq!(result.stderr, "wrote deploy/prod.yaml\n");
    let text = sandbox.read("deploy/prod.yaml");
    assert!(
        text.contains("namespace: shop-prod") && text.contains("image: example.com/shop:2"),
        "{text}"
    );
    assert!(
        text.contains(".example.com\n") && !text.contains("staging.example.com"),
        "{text}"
    );
    // Derived names depend on the name of the environment, not on how it is chosen.
    let named = succeeds(&sandbox, &["generate", "-e", "prod", "-o", "-"]).stdout;
    for path in [
        "environments/prod",
        "./environments/prod/",
        "environments/prod/environment.yaml",
    ] {
        assert_eq!(
            succeeds(&sandbox, &["generate", "-e", path, "-o", "-"]).stdout,
            named,
            "{path}"
        );
    }
    assert_ne!(
        succeeds(&sandbox, &["generate", "-e", "staging", "-o", "-"]).stdout,
        named
    );
}

#[test]
fn flags_take_precedence() {
    let sandbox = shop();
    let flags = [
        "-n",
        "mine",
        "--set",
        "domain=flag.example",
        "-i",
        "shop=example.com/shop:3",
        "-o",
        "-",
        "--strict",
    ];
    let text = succeeds(
        &sandbox,
        &[&["generate", "-e", "prod"], &flags[..]].concat(),
    )
    .stdout;
    assert!(
        text.contains("namespace: mine")
            && text.contains("flag.example")
            && text.contains("shop:3"),
        "{text}"
    );
    let text = succeeds(
        &sandbox,
        &[
            "generate", "-e", "local", "-i", "every:1", "-o", "-", "--strict",
        ],
    )
    .stdout;
    assert!(text.contains("image: every:1"), "{text}");
    let text = succeeds(
        &sandbox,
        &[
            "generate",
            "-e",
            "local",
            "-i",
            "shop.main=one:1",
            "-o",
            "-",
        ],
    )
    .stdout;
    assert!(text.contains("image: one:1"), "{text}");
    // An empty value removes a value of the environment.
    let text = succeeds(
        &sandbox,
        &["generate", "-e", "prod", "--set", "domain=", "-o", "-"],
    )
    .stdout;
    assert!(text.contains(".localhost"), "{text}");
}

#[test]
fn the_environment_is_chosen_by_flag_variable_or_default() {
    let sandbox = shop();
    let named = |variable: Option<&str>, flags: &[&str]| {
        let arguments = [&["environments", "show"], flags].concat();
        let mut command = sandbox.command(&arguments);
        if let Some(variable) = variable {
            command.env("SCORE_RS_ENV", variable);
        }
        let result = wait_for_exit(command.spawn().unwrap(), &arguments);
        let target = result
            .stdout
            .lines()
            .nth(1)
            .map(|line| line.split_whitespace().nth(2).unwrap().to_owned());
        target.ok_or(result.stderr)
    };
    let at = |name: &str, line: u8| Ok(format!("environments/{name}/environment.yaml:{line}"));
    assert_eq!(
        named(None, &[]),
        Ok("built-in".to_owned()),
        "three environments, and none is the default"
    );
    // A declared environment replaces a built-in one, even as the default.
    sandbox.write("environments/compose/environment.yaml", "target: compose\n");
    assert_eq!(named(None, &[]), at("compose", 1));
    std::fs::remove_dir_all(sandbox.path("environments/compose")).unwrap();
    assert_eq!(named(Some("staging"), &[]), at("staging", 1));
    assert_eq!(named(Some("staging"), &["local"]), at("local", 1));
    assert_eq!(
        named(Some("nowhere"), &["kubernetes"]),
        Ok("built-in".to_owned())
    );
    let messages = named(Some("stagin"), &[]).unwrap_err();
    assert!(
        messages.contains("`stagin` (named by SCORE_RS_ENV): did you mean `staging`?"),
        "{messages}"
    );
    sandbox.write(
        "environments/prod/environment.yaml",
        format!("{PROD}default: true\n"),
    );
    assert_eq!(named(None, &[]), at("staging", 1), "prod extends staging");
    assert_eq!(named(Some(""), &[]), at("staging", 1));
    std::fs::remove_dir_all(sandbox.path("environments/prod")).unwrap();
    std::fs::remove_dir_all(sandbox.path("environments/staging")).unwrap();
    assert_eq!(named(None, &[]), at("local", 1), "the only one");
    // A declared environment replaces a built-in one.
    sandbox.write(
        "environments/kubernetes/environment.yaml",
        "target: compose\n",
    );
    assert_eq!(named(None, &["kubernetes"]), at("kubernetes", 1));
    let messages = named(None, &["wherever"]).unwrap_err();
    assert!(
        messages.contains("the environments are `kubernetes`, `local`, `compose`"),
        "{messages}"
    );
    let messages = named(None, &["./wherever"]).unwrap_err();
    assert!(
        messages.contains("there is no `wherever/environment.yaml`"),
        "{messages}"
    );
}

#[test]
fn show_prints_settings_with_their_location() {
    let sandbox = shop();
    sandbox.write("environments/prod/a.provisioners.yaml", "[]\n");
    sandbox.write("environments/staging/b.provisioners.yaml", "[]\n");
    let prod = "environments/prod/environment.yaml";
    let staging = "environments/staging/environment.yaml";
    let expected = [
        format!("target kubernetes {staging}:1"),
        format!("extends staging {prod}:1"),
        format!("namespace shop-prod {prod}:2"),
        "provisioners[0] environments/prod/a.provisioners.yaml default".to_owned(),
        "provisioners[1] environments/staging/b.provisioners.yaml default".to_owned(),
        "provisioners[2] builtin default".to_owned(),
        format!("images.shop example.com/shop:2 {staging}:4"),
        format!("values.domain example.com {prod}:5"),
        format!("values.size.cpu 1 {staging}:7"),
        format!("values.size.memory 4 {prod}:6"),
        format!("output deploy/prod.yaml {prod}:3"),
    ];
    assert_eq!(shown_rows(&sandbox, "prod"), expected);
    let json = succeeds(&sandbox, &["environments", "show", "prod", "-f", "json"]).stdout;
    // `--env` works as in other commands.
    assert_eq!(
        succeeds(
            &sandbox,
            &["environments", "show", "-e", "prod", "-f", "json"]
        )
        .stdout,
        json
    );
    let both = sandbox.run(&["environments", "show", "-e", "prod", "staging"]);
    assert!(
        both.code == Some(2) && both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json[8],
        serde_json::json!({"key": "values.size.cpu", "value": 1, "source": format!("{staging}:7")})
    );
    let yaml = succeeds(&sandbox, &["environments", "show", "prod", "-f", "yaml"]).stdout;
    let yaml: serde_json::Value = yaml_serde::from_str(&yaml).unwrap();
    assert_eq!(yaml, json);

    let list = succeeds(&sandbox, &["environments", "list", "-f", "json"]).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let names: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["local", "prod", "staging", "compose", "kubernetes"]);
    assert_eq!(list[1]["target"], "kubernetes");
    assert_eq!(
        (&list[3]["default"], &list[3]["source"]),
        (&true.into(), &"built-in".into())
    );
}

const FROM: &str = "- uri: template://NAME/dns\n  type: dns\n  outputs: |\n    host: NAME\n";

#[test]
fn the_nearest_definition_takes_precedence() {
    let sandbox = shop();
    let host = |flags: &[&str]| {
        let text = succeeds(
            &sandbox,
            &[&["generate", "-e", "prod", "-o", "-"], flags].concat(),
        )
        .stdout;
        text.split("value: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let write = |path: &str, name: &str| sandbox.write(path, FROM.replace("NAME", name));
    assert!(host(&[]).ends_with(".example.com"));
    write("environments/staging/z.provisioners.yaml", "staging");
    assert_eq!(host(&[]), "staging");
    write("environments/prod/b.provisioners.yaml", "second");
    write("environments/prod/a.provisioners.yaml", "prod");
    assert_eq!(host(&[]), "prod");
    write("mine.yaml", "flag");
    assert_eq!(host(&["--provisioners", "mine.yaml"]), "flag");
    sandbox.write(
        "environments/prod/environment.yaml",
        format!("{PROD}provisioners: [b.provisioners.yaml]\n"),
    );
    assert_eq!(host(&[]), "second");
    write("platform/x.provisioners.yaml", "platform");
    sandbox.write(
        "environments/prod/environment.yaml",
        format!("{PROD}provisioners: [../../platform, builtin]\n"),
    );
    assert_eq!(host(&[]), "platform");
    // Built-in definitions do not hide those of the extended environment.
    sandbox.write(
        "environments/prod/environment.yaml",
        format!("{PROD}provisioners: [builtin]\n"),
    );
    assert_eq!(host(&[]), "staging");
    // `builtin` applies only where it is listed, in the order of the list.
    let lines = |list: &str| {
        let sandbox = single_environment(&format!("target: compose\nprovisioners: {list}\n"));
        sandbox.write(
            "environments/own/own.provisioners.yaml",
            FROM.replace("NAME", "own"),
        );
        sandbox.run(&["resources", "list", "-e", "own"])
    };
    assert!(
        lines("[builtin, own.provisioners.yaml]")
            .stdout
            .contains("built-in")
    );
    assert!(
        lines("[own.provisioners.yaml, builtin]")
            .stdout
            .contains("template://own/dns")
    );
    assert!(lines("[]").stderr.contains("no-provisioner"));
}

#[test]
fn a_missing_definitions_file_causes_one_error() {
    let errors = ["missing.yaml", "broken.yaml", "bytes.yaml"];
    for (file, name) in errors
        .into_iter()
        .zip(["no-such-file", "yaml-syntax", "not-utf8"])
    {
        let sandbox = single_environment(&format!("target: compose\nprovisioners: ['{file}']\n"));
        sandbox.write("environments/own/broken.yaml", "- [\n");
        std::fs::write(sandbox.path("environments/own/bytes.yaml"), b"\xff").unwrap();
        for command in [
            &["generate"][..],
            &["validate"],
            &["resources", "list"],
            &["resources", "get-outputs", "dns.default#shop.host"],
        ] {
            let format = if command == ["validate"] {
                "--format"
            } else {
                "--message-format"
            };
            let result = sandbox.run(&[command, &["-e", "own", format, "short"]].concat());
            let messages = format!("{}{}", result.stdout, result.stderr);
            assert_eq!(
                (result.code, messages.lines().count()),
                (Some(1), 1),
                "{command:?}: {messages}"
            );
            assert!(
                messages.ends_with(&format!("[{name}]\n")),
                "{command:?}: {messages}"
            );
        }
    }
}

#[test]
fn generate_namespace_needs_a_namespace() {
    let sandbox = single_environment("target: kubernetes\ngenerateNamespace: true\n");
    let result = sandbox.run(&[
        "generate",
        "-e",
        "own",
        "-o",
        "-",
        "--message-format",
        "short",
    ]);
    let line = "environments/own/environment.yaml:2:20: error: there is no namespace to generate";
    assert!(
        result.code == Some(1) && result.stderr.starts_with(line) && result.stdout.is_empty(),
        "{result:?}"
    );
    assert!(
        succeeds(
            &sandbox,
            &["generate", "-e", "own", "-n", "shop", "-o", "-"]
        )
        .stdout
        .contains("kind: Namespace")
    );
    let result = sandbox.run(&[
        "generate",
        "-e",
        "kubernetes",
        "--generate-namespace",
        "-o",
        "-",
    ]);
    assert!(
        result.code == Some(2)
            && result
                .stderr
                .contains("--generate-namespace needs --namespace"),
        "{result:?}"
    );
}

#[test]
fn the_nearest_overrides_and_patches_are_applied_last() {
    let sandbox = shop();
    let annotate = |text: &str| format!("metadata: {{annotations: {{example.com/{text}}}}}\n");
    sandbox.write(
        "environments/staging/all.yaml",
        annotate("who: staging, example.com/base: '1'"),
    );
    sandbox.write("environments/prod/shop.yaml", annotate("who: prod"));
    let staging = format!("{STAGING}overrides: [all.yaml]\npatches: [a.tpl]\n");
    sandbox.write("environments/staging/environment.yaml", staging);
    let list = "overrides: [{workload: shop, file: shop.yaml}]\npatches: [b.tpl]\n";
    sandbox.write(
        "environments/prod/environment.yaml",
        format!("{PROD}{list}"),
    );
    let patch = |text: &str| {
        let deployment = "{{ range $i, $m := .Manifests }}{{ if eq $m.kind \"Deployment\" }}";
        format!(
            "{deployment}\n- {{op: set, path: {{{{ $i }}}}.metadata.labels.by, value: {text}}}\n{{{{ end }}}}{{{{ end }}}}\n"
        )
    };
    sandbox.write("environments/staging/a.tpl", patch("staging"));
    sandbox.write("environments/prod/b.tpl", patch("prod"));
    let text = succeeds(&sandbox, &["generate", "-e", "prod", "-o", "-"]).stdout;
    let count = |part: &str| text.matches(part).count();
    // Each is on the Deployment and on its pods.
    assert_eq!(
        (
            count("example.com/who: prod"),
            count("example.com/who: staging")
        ),
        (2, 2),
        "{text}"
    );
    assert_eq!(
        (
            count("by: prod"),
            count("by: staging"),
            count("example.com/base: \"1\"")
        ),
        (2, 0, 4),
        "{text}"
    );
    sandbox.write("flag.yaml", annotate("who: flag"));
    sandbox.write("flag.tpl", patch("flag"));
    let flags = [
        "--overrides-file",
        "shop=flag.yaml",
        "--patch",
        "flag.tpl",
        "-o",
        "-",
    ];
    let text = succeeds(
        &sandbox,
        &[&["generate", "-e", "prod"], &flags[..]].concat(),
    )
    .stdout;
    assert!(
        text.contains("who: flag") && !text.contains("who: prod") && !text.contains("by: prod"),
        "{text}"
    );
}

#[test]
fn settings_for_absent_workloads_are_checked_for_the_whole_project_only() {
    let sandbox = shop();
    let local = "overrides: [{workload: shpo, file: x.yaml}]\npublish: ['8080:shpo:80']\nbuilds: {shpo.main: ./app}\n";
    sandbox.write(
        "environments/local/environment.yaml",
        format!("{LOCAL}{local}"),
    );
    sandbox.write("environments/local/x.yaml", "{}\n");
    succeeds(
        &sandbox,
        &["generate", "-e", "local", "other.score.yaml", "--strict"],
    );
    let messages = errors(&sandbox, &["validate", "-e", "local"]).join("\n");
    assert_eq!(
        messages
            .matches("there is no workload `shpo`; did you mean `shop`?")
            .count(),
        2,
        "{messages}"
    );
    assert!(
        messages.contains("environments/local/environment.yaml:4:24: "),
        "{messages}"
    );
}

#[test]
fn builds_and_ports_of_an_environment() {
    let sandbox = shop();
    sandbox.write(
        "score.yaml",
        format!("{SHOP}service: {{ports: {{web: {{port: 80}}}}}}\n"),
    );
    let text = "target: compose\nproject: tour\noutput: out/compose.yaml\nbuilds: {shop: ./app}\npublish: ['127.0.0.1:8080:shop:web']\n";
    sandbox.write("environments/local/environment.yaml", text);
    succeeds(&sandbox, &["generate", "-e", "local"]);
    let text = sandbox.read("out/compose.yaml");
    let parts = [
        "name: tour\n",
        "context: ../app\n",
        "published: \"8080\"",
        "host_ip: \"127.0.0.1\"",
    ];
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    sandbox.write(
        "environments/local/environment.yaml",
        "target: compose\npublish: ['0:shop:web', \"80:shop\"]\n",
    );
    let messages = errors(&sandbox, &["validate", "-e", "local"]);
    assert!(
        messages[0]
            .starts_with("environments/local/environment.yaml:2:12: error: `0` is not a host port"),
        "{messages:?}"
    );
    assert!(messages[1].contains(":2:26: "), "{messages:?}");
}

#[test]
fn mounted_files_are_in_the_directory_of_the_environment() {
    let sandbox = single_environment("target: compose\noutput: out/compose.yaml\n");
    let score = SHOP.replace(
        "image: .",
        "image: a:1\n    files: {/etc/a: {content: \"hello\\r\"}}",
    );
    sandbox.write("score.yaml", score);
    succeeds(&sandbox, &["generate"]);
    assert!(
        sandbox
            .list()
            .iter()
            .any(|path| path.starts_with("out/.score-rs/own/mounts/")),
        "{:?}",
        sandbox.list()
    );
    assert!(
        sandbox
            .read("out/compose.yaml")
            .contains("./.score-rs/own/mounts/")
    );
}

#[test]
fn every_problem_of_an_environment_is_reported_at_once() {
    let text = "taget: compose
default: yes
namespace: A_B
images: {a.b.c: x, shop: .}
overrides: [{workload: shop, fiel: x}, 7]
provisioners: one
output: ../x
values: [1]
publish:
";
    let messages = errors(&single_environment(text), &["validate", "-e", "own"]);
    let position = |line: &String| {
        line.split(": error")
            .next()
            .unwrap()
            .rsplit_once("yaml:")
            .unwrap()
            .1
            .to_owned()
    };
    let found: Vec<(String, &str)> = messages
        .iter()
        .map(|line| {
            (
                position(line),
                line.rsplit_once(" [").unwrap().1.trim_end_matches(']'),
            )
        })
        .collect();
    let expected = [
        ("1:1", "unknown-key"),
        ("2:10", "wrong-type"),
        ("3:12", "invalid-name"),
        ("4:10", "invalid-name"),
        ("4:26", "empty-image"),
        ("5:30", "unknown-key"),
        ("5:36", "no-such-file"),
        ("5:40", "wrong-type"),
        ("6:15", "wrong-type"),
        ("7:9", "outside-project"),
        ("8:9", "wrong-type"),
        ("9:1", "empty-value"),
    ];
    let expected: Vec<(String, &str)> = expected
        .iter()
        .map(|(position, name)| ((*position).to_owned(), *name))
        .collect();
    assert_eq!(found, expected, "{messages:#?}");
    assert!(
        messages[0].contains("did you mean `target`?"),
        "{}",
        messages[0]
    );
}

#[test]
fn invalid_environments_are_reported_with_a_location() {
    let shown_rows = [
        (
            "",
            "environment.yaml:1:1: error: the environment `own` needs the key `target`",
        ),
        (
            "# nothing\n",
            "environment.yaml:1:1: error: the environment `own` needs the key `target`",
        ),
        (
            "- target\n",
            "environment.yaml:1:1: error: an environment must be a mapping",
        ),
        (
            "target: compse\n",
            "1:9: error: `target` cannot be `compse`; did you mean `compose`? [unknown-value]",
        ),
        (
            "target: compose\n---\ntarget: compose\n",
            "environment.yaml:3:1: error: an environment file has one document",
        ),
        ("target: [\n", "[yaml-syntax]"),
        (
            "target: compose\nextends: own\n",
            "2:10: error: environments extend each other in a cycle: `own` -> `own`",
        ),
        (
            "extends: kubernets\n",
            "1:10: error: there is no environment `kubernets` to extend",
        ),
        (
            "target: compose\npatches: [a.tpl]\n",
            "2:11: error: there is no file `environments/own/a.tpl`",
        ),
        (
            "target: compose\nprovisioners: [.]\n",
            "2:16: error: the directory `environments/own` has no `*.provisioners.yaml`",
        ),
        (
            "target: compose\nprovisioners: ['ftp://a/b']\n",
            "2:16: error: `ftp://a/b` cannot be fetched: `ftp://` is not",
        ),
        (
            "target: compose\nnamespace: a\n",
            "2:1: error: `namespace` is for kubernetes",
        ),
        (
            "extends: kubernetes\nbuilds: {shop: .}\n",
            "2:1: error: `builds` is for compose",
        ),
    ];
    for (text, expected) in shown_rows {
        let messages = errors(&single_environment(text), &["validate", "-e", "own"]);
        assert!(
            messages.len() == 1 && messages[0].contains(expected),
            "{text:?}: {messages:#?}"
        );
    }
}

#[test]
fn an_extends_cycle_is_shown_with_locations() {
    let sandbox = shop();
    sandbox.write(
        "environments/staging/environment.yaml",
        "target: kubernetes\nextends: ../prod\n",
    );
    let result = sandbox.run(&["validate", "-e", "prod"]);
    assert_eq!(result.code, Some(1));
    let messages = result
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        messages.contains("in a cycle: `prod` -> `staging` -> `prod`"),
        "{messages}"
    );
    assert!(
        messages.contains("environments/staging/environment.yaml:2:10"),
        "{messages}"
    );
}

#[test]
fn all_environments_are_written_or_none() {
    let sandbox = shop();
    let result = succeeds(&sandbox, &["generate", "--all-environments"]);
    let wrote = [
        "wrote compose.yaml",
        "wrote deploy/prod.yaml",
        "wrote deploy/staging.yaml",
    ];
    assert!(
        wrote.iter().all(|line| result.stderr.contains(line)),
        "{}",
        result.stderr
    );
    for (name, path) in [
        ("local", "compose.yaml"),
        ("prod", "deploy/prod.yaml"),
        ("staging", "deploy/staging.yaml"),
    ] {
        assert_eq!(
            succeeds(&sandbox, &["generate", "-e", name, "-o", "-"]).stdout,
            sandbox.read(path),
            "{name}"
        );
    }
    let before = sandbox.read("compose.yaml");
    sandbox.write(
        "other.score.yaml",
        OTHER
            .replace("other:1", "other:2")
            .replace("image:", "imgae: x, image:"),
    );
    sandbox.write(
        "environments/staging/environment.yaml",
        STAGING.replace("staging.example.com", "[not, a, name]"),
    );
    let flags = [
        "generate",
        "--all-environments",
        "--message-format",
        "short",
    ];
    let result = sandbox.run(&flags);
    assert_eq!(
        (result.code, sandbox.read("compose.yaml")),
        (Some(1), before.clone())
    );
    assert_eq!(
        result.stderr.matches("[unknown-key]").count(),
        1,
        "the same in each: {}",
        result.stderr
    );
    sandbox.write("other.score.yaml", OTHER.replace("other:1", "other:2"));
    sandbox.write(
        "environments/prod/dns.provisioners.yaml",
        "- uri: template://a/b\n  type: dns\n  class: none\n  uir: x\n",
    );
    let result = sandbox.run(&flags);
    assert_eq!(
        (result.code, sandbox.read("compose.yaml")),
        (Some(1), before)
    );
    assert!(
        result.stderr.contains(
            "has no key `uir`, in the environment `prod`; remove it; the keys here are `uri`"
        ),
        "{}",
        result.stderr
    );
}

#[test]
fn diagnostics_name_the_environments_they_apply_to() {
    let sandbox = shop();
    sandbox.write(
        "score.yaml",
        SHOP.replace(
            "{type: dns}",
            "{type: dns}\n  one: {type: wish}\n  two: {type: gift}",
        ),
    );
    sandbox.write(
        "environments/staging/w.provisioners.yaml",
        "- uri: template://a/wish\n  type: wish\n",
    );
    let messages = errors(&sandbox, &["validate", "--all-environments"]);
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert!(
        messages[0].contains("of type `wish`, in the environment `local`;"),
        "{messages:#?}"
    );
    assert!(
        messages[1].contains("of type `gift`;") || messages[1].contains("of type `gift`,"),
        "{messages:#?}"
    );
    sandbox.write("score.yaml", SHOP);
    let result = succeeds(&sandbox, &["validate", "--all-environments"]);
    assert_eq!(result.stderr, "2 files are valid in 3 environments\n");
    sandbox.write(
        "environments/staging/environment.yaml",
        STAGING.replace("deploy/staging", "deploy/prod"),
    );
    let messages = sandbox
        .run(&[
            "generate",
            "--all-environments",
            "--message-format",
            "short",
        ])
        .stderr;
    assert!(
        messages.contains(
            "environments/staging/environment.yaml:3:9: error: the environments `prod` and `staging` both write"
        ),
        "{messages}"
    );
    let nothing = Sandbox::with_files(&[("score.yaml", OTHER)]);
    let result = nothing.run(&["generate", "--all-environments"]);
    assert!(
        result.code == Some(2) && result.stderr.contains("there are no environments here"),
        "{result:?}"
    );
}

#[test]
fn the_directory_flag_applies_before_all_others() {
    let sandbox = Sandbox::new();
    let project = shop();
    let path = project.path("");
    let path = path.to_str().unwrap();
    for arguments in [
        ["-C", path, "validate", "-e", "local"],
        ["validate", "-e", "local", "--directory", path],
    ] {
        assert_eq!(succeeds(&sandbox, &arguments).stderr, "2 files are valid\n");
    }
    succeeds(
        &sandbox,
        &[
            "-C",
            path,
            "generate",
            "-e",
            "local",
            "score.yaml",
            "-o",
            "sub/out.yaml",
        ],
    );
    assert!(project.path("sub/out.yaml").exists() && sandbox.list().is_empty());
    let result = sandbox.run(&["-C", "nowhere", "validate"]);
    assert!(
        result.code == Some(3) && result.stderr.contains("cannot enter `nowhere`"),
        "{result:?}"
    );
}

#[test]
fn score_files_are_discovered_in_subdirectories() {
    let files = [
        "score.yaml",
        "apps/web/score.yaml",
        "apps/web/worker.score.yaml",
        "apps/environments/score.yaml",
    ];
    let ignored = [
        "environments/x/score.yaml",
        ".hidden/score.yaml",
        "out/score.yaml",
        "apps/web/old/score.yaml",
        "myscore.yaml",
    ];
    let sandbox =
        Sandbox::with_files(&[(".gitignore", "/out/\n"), ("apps/web/.gitignore", "old\n")]);
    for (index, path) in files.iter().chain(&ignored).enumerate() {
        sandbox.write(path, OTHER.replace("other", &format!("other{index}")));
    }
    assert_eq!(
        succeeds(&sandbox, &["validate"]).stderr,
        "4 files are valid\n"
    );
}

#[test]
fn a_misnamed_environment_file_is_reported() {
    let sandbox = shop();
    std::fs::rename(
        sandbox.path("environments/prod/environment.yaml"),
        sandbox.path("environments/prod/environment.yml"),
    )
    .unwrap();
    // A directory without an environment file is not reported.
    sandbox.write("environments/shared/a.provisioners.yaml", "[]\n");
    let warned = "environments/prod/environment.yml:1:1: warning: `environments/prod/environment.yml` is ignored, so there is no environment `prod`; rename it to `environment.yaml` [misnamed-environment]\n";
    let result = succeeds(
        &sandbox,
        &["environments", "list", "--message-format", "short"],
    );
    assert_eq!(result.stderr, warned);
    assert_eq!(
        succeeds(
            &sandbox,
            &["validate", "--all-environments", "--format", "short"]
        )
        .stdout,
        warned
    );
    for (name, help) in [
        ("prod", "rename `environments/prod/environment.yml`"),
        ("shared", "write one"),
    ] {
        let result = sandbox.run(&["generate", "-e", name]);
        let messages = format!(
            "`{name}` is not an environment: there is no `environment.yaml` in `environments/{name}`: {help}"
        );
        assert!(
            result.code == Some(2) && result.stderr.contains(&messages),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn environments_with_the_same_name_share_nothing() {
    let environment = "target: compose\nimages: {shop: example.com/shop:1}\nprovisioners: [tokens.provisioners.yaml]\n";
    let tokens = "- uri: template://tokens
  type: dns
  state: |
    host: {{ dig \"host\" (randAlphaNum 20) .State | quote }}
  outputs: |
    host: {{ .State.host }}-{{ .Environment.Name }}-{{ .Guid }}
";
    let mut files = vec![("score.yaml", SHOP)];
    for directory in ["teams/a/prod", "teams/b/prod", "environments/prod"] {
        files.push((
            Box::leak(format!("{directory}/environment.yaml").into_boxed_str()),
            environment,
        ));
        files.push((
            Box::leak(format!("{directory}/tokens.provisioners.yaml").into_boxed_str()),
            tokens,
        ));
    }
    let sandbox = Sandbox::with_files(&files);
    let host = |environment: &str| {
        let result = sandbox.run(&["generate", "--env", environment, "-o", "out.yaml"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let text = sandbox.read("out.yaml");
        text.lines()
            .find_map(|line| line.trim().strip_prefix("HOST: "))
            .unwrap()
            .to_owned()
    };
    let (a, b, c) = (host("teams/a/prod"), host("teams/b/prod"), host("prod"));
    assert!(
        a.contains("-prod-") && b.contains("-prod-") && c.contains("-prod-"),
        "{a} {b} {c}"
    );
    let parts = |text: &str| {
        text.split_once("-prod-")
            .map(|(random, guid)| (random.to_owned(), guid.to_owned()))
            .unwrap()
    };
    for (one, other) in [(&a, &b), (&a, &c), (&b, &c)] {
        assert!(
            parts(one).0 != parts(other).0 && parts(one).1 != parts(other).1,
            "{one} {other}"
        );
    }
    let files = sandbox.list();
    let states = files
        .iter()
        .filter(|path| path.starts_with(".score-rs/prod") && path.ends_with("/state.yaml"));
    assert_eq!(states.count(), 3, "{files:?}");
    // The spelling of the path does not matter.
    let absolute = sandbox.path("teams/a/prod").canonicalize().unwrap();
    for spelled in [
        "./teams/b/../a/prod",
        "teams/a/prod/environment.yaml",
        &absolute.display().to_string(),
    ] {
        assert_eq!(host(spelled), a, "{spelled}");
    }
    assert_eq!(host("environments/prod"), c);
    assert_eq!(sandbox.list(), files);
}

#[test]
fn symlinks_out_of_the_project_are_errors() {
    let link = |from: &str, sandbox: &Sandbox, to: &str| {
        std::os::unix::fs::symlink(to, sandbox.path(from)).unwrap()
    };
    let sandbox = Sandbox::with_files(&[
        ("outside/secret.txt", "the content"),
        ("project/inside/own.txt", "own"),
    ]);
    let score = |source: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  main:\n    image: example.com/shop:1\n    files:\n      /a: {{source: {source}}}\n"
        )
    };
    sandbox.write("project/score.yaml", score("own"));
    sandbox.write(
        "project/environments/local/environment.yaml",
        "target: compose\noutput: deploy/out.yaml\n",
    );
    link("project/own", &sandbox, "inside/own.txt");
    link("project/file", &sandbox, "../outside/secret.txt");
    link("project/nothing", &sandbox, "../outside/new.txt");
    link("project/far", &sandbox, "../outside");
    link("project/near", &sandbox, "inside");
    link("project/round", &sandbox, "round/round");
    let directory = sandbox.path("project").display().to_string();
    let run = |more: &[&str]| {
        sandbox.run(
            &[
                &["-C", &directory, "generate", "--message-format", "short"][..],
                more,
            ]
            .concat(),
        )
    };
    // A symlink within the project is allowed.
    let result = run(&[]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    for source in [
        "file",
        "nothing",
        "far/secret.txt",
        "near/../far/secret.txt",
    ] {
        sandbox.write("project/score.yaml", score(source));
        let result = run(&[]);
        assert_eq!(result.code, Some(1), "{source}: {}", result.stderr);
        assert!(
            result
                .stderr
                .contains("points by a symbolic link outside the project [outside-project]")
                || result.stderr.contains("outside the project; "),
            "{source}: {}",
            result.stderr
        );
    }
    sandbox.write("project/score.yaml", score("file"));
    assert_eq!(run(&["--allow-outside"]).code, Some(0));
    sandbox.write("project/score.yaml", score("own"));
    let before = sandbox.list();
    for output in [
        "far/pwn.yaml",
        "far/new/pwn.yaml",
        "near/../far/pwn.yaml",
        "nothing",
    ] {
        sandbox.write(
            "project/environments/local/environment.yaml",
            format!("target: compose\noutput: {output}\n"),
        );
        let result = run(&[]);
        assert_eq!(result.code, Some(1), "{output}: {}", result.stderr);
        assert!(
            result.stderr.contains(&format!(
                "`{output}` points by a symbolic link outside the project"
            )),
            "{}",
            result.stderr
        );
        assert_eq!(sandbox.list(), before, "{output}");
    }
    sandbox.write(
        "project/environments/local/environment.yaml",
        "target: compose\noutput: near/out.yaml\n",
    );
    assert_eq!(run(&[]).code, Some(0));
    assert!(sandbox.path("project/inside/out.yaml").exists());
    // Symlink loops and overlong paths are errors.
    for source in ["round/a".to_owned(), "a/".repeat(100_000)] {
        sandbox.write("project/score.yaml", score(&source));
        let result = run(&[]);
        assert!(
            result.code == Some(1) && result.stderr.contains("[unreadable-file-source]"),
            "{}",
            result.stderr.len()
        );
    }
    sandbox.write("project/score.yaml", score("own"));
    // A flag may name any path.
    assert_eq!(run(&["-o", "far/out.yaml"]).code, Some(0));
}
