//! Control characters and workflow commands in the input do not reach terminals and CI logs.

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

/// A title of a terminal, the form of C1, and a workflow command on a line of its own.
const EVIL: &str = "a\u{1b}]0;x\u{7}\u{9b}31m\n::error file=b::owned\n##[error]owned";
/// The same in double quotes of YAML.
const EVIL_YAML: &str = r#""a\e]0;x\a\x9b31m\n::error file=b::owned\n##[error]owned""#;

const FORMATS: [&str; 7] = [
    "human", "short", "json", "sarif", "github", "gitlab", "junit",
];
/// The formats with other messages beside the report.
const TEXT_FORMATS: [&str; 3] = ["human", "short", "github"];

fn score(key: &str, value: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  main:\n    image: example.com/shop:1\n    \
         variables: {{A: '${{resources.thing.a}}', {key}: {value}}}\nresources:\n  thing: {{type: thing}}\n"
    )
}

/// Checks that nothing of the input acts, in what people and CI systems read.
#[track_caller]
fn assert_harmless(result: &RunResult, format: &str, why: &str) {
    for text in [&result.stdout, &result.stderr] {
        let control = |one: char| one.is_control() && !['\n', '\t'].contains(&one);
        // JSON has no need to escape C1, and programs read it.
        let is_allowed =
            |one: char| ["json", "sarif", "gitlab"].contains(&format) && one > '\u{7f}';
        let wrong: Vec<char> = text
            .chars()
            .filter(|one| control(*one) && !is_allowed(*one))
            .collect();
        assert!(wrong.is_empty(), "{why}, {format}: {wrong:?} in {text}");
        for line in text.lines() {
            let start = line.trim_start();
            let is_command = start.starts_with("::") && !start.contains("title=score-rs");
            assert!(!is_command, "{why}, {format}: {text}");
            let is_old =
                line.contains("##[") && !["json", "sarif", "github", "gitlab"].contains(&format);
            assert!(!is_old, "{why}, {format}: {text}");
        }
    }
}

#[track_caller]
fn assert_shown(result: &RunResult, format: &str, why: &str) {
    let all = format!("{}{}", result.stdout, result.stderr);
    let escapes: &[&str] = match format {
        "json" | "gitlab" => &[r"\u001b"],
        // URIs have an escape of their own.
        "sarif" => &[r"\u001b", "%1B"],
        _ => &[r"\x1b"],
    };
    let is_shown = escapes.iter().any(|escape| all.contains(escape));
    assert!(is_shown, "{why}, {format}: {all}");
}

/// Runs a command in every format.
#[track_caller]
fn check(sandbox: &Sandbox, arguments: &[&str], why: &str) {
    check_in(&FORMATS, sandbox, arguments, why);
}

#[track_caller]
fn check_in(formats: &[&str], sandbox: &Sandbox, arguments: &[&str], why: &str) {
    for format in formats {
        let arguments = [arguments, &["--message-format", format]].concat();
        let mut command = sandbox.command(&arguments);
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        let result = wait_for_exit(command.spawn().unwrap(), &arguments);
        assert_harmless(&result, format, why);
        assert_shown(&result, format, why);
    }
}

fn definition(body: &str) -> String {
    format!("- uri: template://things/one\n  type: thing\n{body}")
}

const GENERATE: [&str; 5] = [
    "generate",
    "--provisioners",
    "thing.provisioners.yaml",
    "-o",
    "out.yaml",
];

#[test]
fn keys_and_values_are_escaped() {
    let outputs = definition("  outputs: |\n    a: b\n");
    for (text, why) in [
        (score(EVIL_YAML, "x"), "a key"),
        (
            score("B", r#""${resources.thing.\e[31m\n::error::x}""#),
            "a placeholder",
        ),
        (
            score("B", "x").replace("name: shop", r#"name: "\e[31mx""#),
            "a name",
        ),
        (
            score("B", "x").replace("{type: thing}", r#"{type: "t\e[31m\n::error::x"}"#),
            "a type",
        ),
        (
            format!("{}{EVIL_YAML}: 1\n", score("B", "x")),
            "an unknown key",
        ),
    ] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", text.as_str()),
            ("thing.provisioners.yaml", &outputs),
        ]);
        for command in [&GENERATE[..], &["validate", "--env", "compose"]] {
            for format in FORMATS {
                let arguments = [command, &["--message-format", format]].concat();
                assert_harmless(&sandbox.run(&arguments), format, why);
            }
        }
    }
    let sandbox = Sandbox::with_files(&[(
        "score.yaml",
        &format!("{}{EVIL_YAML}: 1\n", score("B", "x")),
    )]);
    check(&sandbox, &["validate"], "an unknown key");
    let json = sandbox.run(&["validate", "--format", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(
        report.to_string().contains("owned")
            && report["diagnostics"][0]["message"]
                .as_str()
                .unwrap()
                .contains(EVIL),
        "programs get the true text: {report}"
    );
}

#[test]
fn names_of_files_are_escaped() {
    let name = "::error::a\u{1b}[31m\n::error::owned.score.yaml";
    let sandbox = Sandbox::with_files(&[(name, "apiVersion: score.dev/v1b1\nx: 1\n")]);
    check(&sandbox, &["validate"], "the name of a file");
    let sandbox = Sandbox::with_files(&[(name, &score("B", "x"))]);
    for arguments in [
        &["generate", "-v"][..],
        &["generate", "-o", "o\u{1b}[31m.yaml"],
        &["resources", "list"],
        &["generate", "\u{1b}[31m\n::error::x.yaml"],
    ] {
        assert_harmless(&sandbox.run(arguments), "human", "the name of a file");
    }
}

#[test]
fn text_of_definitions_is_escaped() {
    let fail = format!("  outputs: |\n    {{{{ fail {EVIL_YAML} }}}}\n");
    let logs = format!("  outputs: |\n    a: b\n  info_logs: |\n    - {EVIL_YAML}\n");
    for (body, why) in [(fail, "fail"), (logs, "info_logs")] {
        let body = body.replace(r"\e", r"\x1b").replace(r"\x9b", r"\u009b");
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score("B", "x")),
            ("thing.provisioners.yaml", &definition(&body)),
        ]);
        if why == "fail" {
            check(&sandbox, &GENERATE, why);
        } else {
            check_in(&TEXT_FORMATS, &sandbox, &GENERATE, why);
        }
    }
}

/// The lines around a place keep their form, so that the mark is below the right text.
#[test]
fn shown_source_lines_are_harmless() {
    let patch = format!("- op: set\n  path: a{EVIL}\n  {{{{ fail \"x\" }}}}\n");
    let sandbox = Sandbox::with_files(
        &[
            (
                "score.yaml",
                score("B", "x").replace("'${resources.thing.a}'", "x"),
            ),
            (
                "thing.provisioners.yaml",
                definition("  outputs: |\n    a: b\n"),
            ),
            ("a.tpl", patch),
        ]
        .each_ref()
        .map(|(name, text)| (*name, text.as_str())),
    );
    for format in FORMATS {
        let arguments = [
            &GENERATE[..],
            &["--patch", "a.tpl", "--message-format", format],
        ]
        .concat();
        let result = sandbox.run(&arguments);
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert_harmless(&result, format, "a source");
    }
}

#[test]
fn output_of_programs_is_escaped() {
    let script = |end: &str| {
        format!(
            "#!/bin/sh\nprintf 'a\\033]0;x\\007\\302\\23331m\\n::error file=b::owned\\n##[error]owned' >&2\n{end}\n"
        )
    };
    for (end, why) in [
        ("exit 1", "a program that fails"),
        (
            "echo '{\"resource_outputs\": {\"a\": \"b\"}}'",
            "a program that succeeds",
        ),
    ] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score("B", "x")),
            (
                "thing.provisioners.yaml",
                "- {uri: 'cmd://./make.sh', type: thing}\n",
            ),
        ]);
        sandbox.write_executable("make.sh", script(end));
        check_in(&TEXT_FORMATS, &sandbox, &GENERATE, why);
    }
}

#[test]
fn listings_and_differences_are_escaped() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score("B", "x")),
        (
            "thing.provisioners.yaml",
            &definition(&format!(
                "  description: {EVIL_YAML}\n  outputs: |\n    a: b\n"
            )),
        ),
        (
            "environments/local/environment.yaml",
            &format!(
                "target: compose\nprovisioners: [../../thing.provisioners.yaml]\nvalues: {{a: {EVIL_YAML}}}\n"
            ),
        ),
        ("out.yaml", EVIL),
    ]);
    let environment = ["--env", "local"];
    for arguments in [
        &["environments", "show", "local"][..],
        &["environments", "list"],
        &["provisioners", "list", "--env", "local"],
        &["provisioners", "show", "thing", "--env", "local"],
        &["resources", "list", "--env", "local"],
        &[&["generate", "--check", "-o", "out.yaml"][..], &environment].concat(),
        &[&["diff", "-o", "out.yaml"][..], &environment].concat(),
    ] {
        let result = sandbox.run(arguments);
        assert_harmless(&result, "human", &format!("{arguments:?}"));
        assert!(
            [Some(0), Some(1), Some(4)].contains(&result.code),
            "{arguments:?}: {}",
            result.stderr
        );
    }
}

/// A terminal gets no control character of an output, and those of the program itself.
#[test]
fn results_on_a_terminal_are_escaped() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score("B", "x")),
        (
            "thing.provisioners.yaml",
            &definition("  outputs: |\n    a: \"b\\e[31m\"\n"),
        ),
    ]);
    let on_terminal = |arguments: &str| {
        let command = sandbox.command(&[]);
        let script = format!("{} {arguments}", command.get_program().display());
        let child = std::process::Command::new("script")
            .args(["-qec", &script, "/dev/null"])
            .current_dir(sandbox.path(""))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("SCORE_RS_SEED", crate::sandbox::SEED)
            .env("TERM", "xterm")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn();
        let result = child.ok().map(|child| wait_for_exit(child, &[arguments]));
        if result.is_none() {
            eprintln!("skipped: there is no program `script`");
        }
        result.map(|result| result.stdout)
    };
    let outputs = "resources get-outputs thing.default#shop.thing --provisioners \
                   thing.provisioners.yaml --format '{{.a}}'";
    if let Some(text) = on_terminal(outputs) {
        assert!(
            text.contains(r"b\x1b[31m") && !text.contains('\u{1b}'),
            "{text:?}"
        );
    }
    if let Some(text) = on_terminal("explain empty-file") {
        assert!(text.contains("\u{1b}[1m"), "{text:?}");
    }
}

#[test]
fn a_control_character_in_quotes_has_its_own_help() {
    for value in ["\"a\u{1}\"", "'a\u{7}'", "a\u{1b}[0m", "|\n      a\u{2}"] {
        let score = format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: web}}\ncontainers:\n  main:\n    image: {value}\n"
        );
        let sandbox = Sandbox::with_files(&[("score.yaml", &score)]);
        let result = sandbox.run(&["validate", "--format", "short"]);
        assert!(
            result.code == Some(1)
                && result.stdout.contains("the control character `\\x")
                && result
                    .stdout
                    .contains("remove it, or write it as an escape sequence"),
            "{value:?}: {result:?}"
        );
    }
}
