//! `score-rs provisioners`: lists and definitions.

use crate::resources::{exits_with, sandbox};
use crate::sandbox::Sandbox;

#[test]
fn definitions_are_listed_in_order_of_precedence() {
    let sandbox = sandbox();
    let listed = exits_with(
        &sandbox,
        &[
            "provisioners",
            "list",
            "--provisioners",
            "job.provisioners.yaml",
        ],
        0,
    )
    .stdout;
    let lines: Vec<&str> = listed.lines().collect();
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(lines[0]), ["TYPE", "CLASS", "SOURCE"]);
    assert_eq!(
        words(lines[1]),
        ["job", "nightly", "job.provisioners.yaml:1"]
    );
    assert!(
        lines.iter().any(|line| line.trim() == "outputs: at,deep"),
        "{listed}"
    );
    let rows: Vec<&str> = lines[2..]
        .iter()
        .copied()
        .filter(|line| !line.starts_with(' '))
        .collect();
    assert_eq!(words(rows[0]), ["amqp", "*", "built-in"]);
    let types: Vec<&str> = rows
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        types.is_sorted() && types.contains(&"elasticsearch"),
        "{types:?}"
    );
    assert!(
        lines.iter().all(|line| line.chars().count() <= 100),
        "{listed}"
    );
    let json = exits_with(
        &sandbox,
        &["provisioners", "list", "-f", "json", "-e", "kubernetes"],
        0,
    )
    .stdout;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let redis = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["type"] == "redis")
        .unwrap();
    assert!(
        redis["sections"]
            .as_array()
            .unwrap()
            .contains(&"manifests".into()),
        "{redis}"
    );
    sandbox.write("broken.yaml", "- type: x\n");
    let broken = exits_with(
        &sandbox,
        &["provisioners", "list", "--provisioners", "broken.yaml"],
        1,
    );
    assert!(
        broken.stdout.is_empty() && broken.stderr.contains("[missing-key]"),
        "{broken:?}"
    );
}

#[test]
fn show_prints_definitions_in_order_of_precedence() {
    let sandbox = sandbox();
    let show = |arguments: &[&str]| {
        exits_with(
            &sandbox,
            &[&["provisioners", "show"], arguments].concat(),
            0,
        )
        .stdout
    };
    let built_in = show(&["redis"]);
    assert!(built_in.starts_with("# ") && built_in.contains("\n- uri: template://builtin/redis\n"));
    // The output is a valid definitions file.
    sandbox.write(
        "own.yaml",
        built_in.replace("template://builtin/redis", "template://own/redis"),
    );
    let both = show(&["redis", "--provisioners", "own.yaml"]);
    let (first, rest) = both.split_once("\n\n").unwrap();
    assert!(
        first.starts_with("# own.yaml:4\n- uri: template://own/redis\n"),
        "{first}"
    );
    assert_eq!(rest, built_in);
    assert!(
        show(&["job", "--provisioners", "job.provisioners.yaml"])
            .starts_with("# job.provisioners.yaml:1\n- uri: ")
    );
    sandbox.write("again.yaml", both);
    assert!(
        exits_with(
            &sandbox,
            &["provisioners", "list", "--provisioners", "again.yaml"],
            0
        )
        .stdout
        .contains("again.yaml:2")
    );
    let errors = |arguments: &[&str]| {
        exits_with(
            &sandbox,
            &[&["provisioners", "show"], arguments].concat(),
            2,
        )
        .stderr
    };
    assert!(errors(&["reddis"]).contains("did you mean `redis`?"));
    assert!(errors(&["job"]).contains("run `score-rs provisioners list` to list them"));
}

/// No process can be given a NUL character, wherever it comes from.
#[test]
fn a_nul_character_of_a_resource_is_an_error() {
    let score = |container: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  main:\n    image: example.com/shop:1\n    \
             {container}\nresources:\n  thing: {{type: thing}}\n"
        )
    };
    let outputs =
        "  outputs: |\n    good: b\n    bad: \"a\\0b\"\n    type: volume\n    source: \"x\\0y\"\n";
    let run = |container: &str, sections: &str, env: &str, text: &str| {
        let definition =
            format!("- uri: template://things/one\n  type: thing\n{outputs}{sections}");
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", score(container).as_str()),
            ("thing.provisioners.yaml", definition.as_str()),
        ]);
        let arguments = [
            "generate",
            "--env",
            env,
            "--provisioners",
            "thing.provisioners.yaml",
            "--message-format",
            "short",
        ];
        let result = sandbox.run(&arguments);
        let is_error = result.stderr.contains("[nul-character]");
        assert_eq!(
            (result.code, is_error),
            (Some(i32::from(!text.is_empty())), !text.is_empty()),
            "{container}{sections}, {env}: {}",
            result.stderr
        );
        assert!(result.stderr.contains(text), "{}", result.stderr);
    };
    for env in ["compose", "kubernetes"] {
        let bad = "'x ${resources.thing.bad}'";
        let what = "an item of `args` contains a NUL character, which comes from a placeholder";
        run("", "", env, "");
        run(&format!("args: [{bad}]"), "", env, what);
        run(
            &format!("command: [{bad}]"),
            "",
            env,
            "an item of `command` contains a NUL character, which comes from a placeholder",
        );
        run(
            "livenessProbe: {exec: {command: [\"a\\0\"]}}",
            "",
            env,
            "an item of `command` contains a NUL character",
        );
        run(
            "readinessProbe: {httpGet: {port: 80, path: \"/a\\0\"}}",
            "",
            env,
            "`path` contains a NUL character",
        );
        // The content of a file may have any character.
        run(&format!("files: {{/x: {{content: {bad}}}}}"), "", env, "");
        let variable = format!("variables: {{A: {bad}}}");
        run(
            &variable,
            "",
            env,
            "the variable `A` contains a NUL character, which comes from a placeholder",
        );
    }
    run(
        "volumes: {/data: {source: thing}}",
        "",
        "compose",
        "an output of the volume `thing.default#shop.thing` contains a NUL character",
    );
    for (section, text) in [
        (
            "services: |\n    db: {image: a, environment: {A: \"b\\0\"}}",
            "the service `db` contains",
        ),
        (
            "services: |\n    db: {image: a, command: [\"b\\0\"]}",
            "the service `db` contains",
        ),
        (
            "files: |\n    \"a\\0b\": text",
            "a path in `files` contains",
        ),
    ] {
        run("", &format!("  {section}\n"), "compose", text);
    }
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: b, args: [\"c\\0\"]}]}}";
    run(
        "",
        &format!("  manifests: |\n    - {pod}\n"),
        "kubernetes",
        "this Pod contains a NUL character",
    );
    let config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: \"c\\0\"}}";
    run(
        "",
        &format!("  manifests: |\n    - {config}\n"),
        "kubernetes",
        "",
    );
}

const SCORE_FILE: &str = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers:\n  main: {image: nginx}\nresources:\n  db: {type: thing}\n";

#[test]
fn a_file_that_is_no_definitions_file_is_named() {
    let sandbox = Sandbox::with_files(&[("score.yaml", SCORE_FILE)]);
    let cases: [(&[u8], &str); 9] = [
        (
            b"\n<!DOCTYPE html>\n<html><body>: no\n</html>\n",
            "this is a web page",
        ),
        (SCORE_FILE.as_bytes(), "this is a Score file"),
        (
            b"apiVersion: v1\nkind: Secret\n",
            "this is a Kubernetes `Secret`",
        ),
        (
            b"services:\n  db: {image: postgres}\n",
            "this is a Compose file",
        ),
        (b"target: compose\n", "this is an environment"),
        (
            b"uri: template://a/b\ntype: b\n",
            "this is a single definition",
        ),
        (b"\x1f\x8b\x08\x00", "this is a gzip archive, not text"),
        (b"PK\x03\x04\x8b", "this is a zip archive, not text"),
        (b"\x7fELF\x8b", "this is a program, not text"),
    ];
    for (content, expected) in cases {
        sandbox.write("d.yaml", content);
        let arguments = [
            "generate",
            "-e",
            "compose",
            "-o",
            "-",
            "--provisioners",
            "d.yaml",
            "score.yaml",
        ];
        let result = exits_with(&sandbox, &arguments, 1);
        let errors = result.stderr.matches("error [").count();
        assert!(
            result.stderr.contains(expected) && errors == 1,
            "{result:?}"
        );
    }
}

#[test]
fn a_changed_number_in_an_output_is_reported() {
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: \
                 nginx:1\n    variables: {TAG: '${resources.app.tag}'}\nresources:\n  app: {type: app, \
                 params: {version: 1.10}}\n";
    for (output, count) in [("v{{ .Params.version }}", 1), ("latest", 0)] {
        let definition =
            format!("- uri: template://app\n  type: app\n  outputs: |\n    tag: {output}\n");
        let sandbox = crate::sandbox::Sandbox::with_files(&[
            ("score.yaml", score),
            ("own.provisioners.yaml", &definition),
        ]);
        let arguments = [
            "generate",
            "-o",
            "-",
            "--provisioners",
            "own.provisioners.yaml",
        ];
        let result = sandbox.run(&arguments);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        assert_eq!(result.stderr.matches("[changed-number]").count(), count);
    }
}
