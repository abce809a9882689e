//! `cmd://` provisioners.

use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata:
  name: asker
containers:
  main:
    image: nginx:1
    variables:
      ANSWER: ${resources.thing.answer}
resources:
  thing:
    type: thing
    params:
      large: 9007199254740993
";

/// A project with a definition that runs `script` with `sh`.
fn sandbox(script: &str) -> Sandbox {
    let indented = script.replace('\n', "\n      ");
    let definition = format!(
        "- uri: cmd://sh#thing\n  type: thing\n  args:\n    - -c\n    - |\n      {indented}\n    - sh\n    - <mode>\n"
    );
    Sandbox::with_files(&[
        ("score.yaml", SCORE),
        ("thing.provisioners.yaml", &definition),
    ])
}

fn compile(sandbox: &Sandbox, more: &[&str]) -> crate::sandbox::RunResult {
    let arguments = [
        &[
            "generate",
            "--provisioners",
            "thing.provisioners.yaml",
            "--message-format",
            "short",
        ],
        more,
    ]
    .concat();
    let child = sandbox
        .command(&arguments)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .spawn()
        .unwrap();
    crate::sandbox::wait_for_exit(child, &arguments)
}

#[test]
fn a_program_gets_the_resource_and_its_answer_is_used() {
    let sandbox = sandbox(
        "cat > question.json\nprintf '{\"resource_outputs\": {\"answer\": \"%s\"}, \"resource_state\": {\"n\": 1},' \"$1\"\n\
         printf '\"compose_services\": {\"extra\": {\"image\": \"nginx:1\"}}, \"manifests\": []} and more text'",
    );
    let result = compile(&sandbox, &["-n", "shop"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let compose = sandbox.read("compose.yaml");
    assert!(
        compose.contains("ANSWER: provision\n") && compose.contains("  extra:\n"),
        "{compose}"
    );
    let question = sandbox.read("question.json");
    for part in [
        r#""resource_uid":"thing.default#asker.thing""#,
        r#""resource_params":{"large":9007199254740993}"#,
        r#""workload_services":{"asker":{"ServiceName":"asker","ports":{}}}"#,
        r#""namespace":"shop""#,
        r#""resource_state":{}"#,
        r#""source_workload":"asker""#,
    ] {
        assert!(question.contains(part), "{part} in {question}");
    }
}

/// Whether the program `setsid` exists. Says so when it does not, and the test is skipped.
fn has_setsid() -> bool {
    let result = std::process::Command::new("setsid").arg("true").status();
    if result.is_err() {
        eprintln!("skipped: there is no setsid");
    }
    result.is_ok()
}

/// A child in a session of its own is not killed with its parent, and may keep the pipes open.
#[test]
fn a_child_that_leaves_the_process_group_does_not_hold_the_run() {
    if !has_setsid() {
        return;
    }
    let answer = "printf '{\"resource_outputs\": {\"answer\": \"yes\"}}'";
    let child = "setsid sh -c 'echo $$ >> children; exec sleep 50' &";
    for (script, flags, code, message) in [
        (format!("{child}\n{answer}"), &[][..], 0, ""),
        (
            format!("{child}\nsleep 50"),
            &["--command-timeout", "1"],
            1,
            "ran longer than 1 s and was stopped",
        ),
    ] {
        let sandbox = sandbox(&script);
        let began = Instant::now();
        let result = compile(&sandbox, flags);
        let elapsed = began.elapsed();
        for child in sandbox.read("children").lines() {
            let _ = std::process::Command::new("kill").arg(child).status();
        }
        assert_eq!(result.code, Some(code), "{}", result.stderr);
        assert!(result.stderr.contains(message), "{}", result.stderr);
        assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
        if code == 0 {
            assert!(sandbox.read("compose.yaml").contains("ANSWER: \"yes\""));
        }
    }
}

/// The input is larger than a pipe holds, and its reader never reads.
#[test]
fn a_child_that_keeps_the_input_open_does_not_hold_the_run() {
    if !has_setsid() {
        return;
    }
    let sandbox = sandbox(
        "exec 3<&0\nsetsid sh -c 'echo $$ >> children; exec sleep 50' <&3 >/dev/null 2>&1 &\n\
         printf '{\"resource_outputs\": {\"answer\": \"ok\"}}'",
    );
    let text = "x".repeat(200_000);
    sandbox.write("score.yaml", format!("{SCORE}      text: {text}\n"));
    let began = Instant::now();
    let result = compile(&sandbox, &[]);
    let elapsed = began.elapsed();
    // On a busy machine the program may end before its child has started.
    let started = Instant::now();
    while !sandbox.path("children").exists() && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    for child in sandbox.read("children").lines() {
        let _ = std::process::Command::new("kill").arg(child).status();
    }
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
}

#[test]
fn a_failing_program_is_reported_with_its_stderr() {
    let result = compile(&sandbox("echo the database is full >&2; exit 3"), &[]);
    assert_eq!(result.code, Some(1));
    let line = result.stderr.lines().next().unwrap();
    assert!(
        line.starts_with(
            "thing.provisioners.yaml:1:8: error: `thing.default#asker.thing` cannot be"
        ),
        "{line}"
    );
    assert!(
        line.contains("exit status 3") && line.contains("the database is full"),
        "{line}"
    );
}

#[test]
fn what_a_program_says_has_no_secrets() {
    let script = "echo \"logged in with Xk29fjQ8\" >&2\nprintf '{\"resource_outputs\": {\"answer\": \"a\", \"password\": \"Xk29fjQ8\"}}'";
    let result = compile(&sandbox(script), &[]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let says = "logged in with ********\n";
    assert!(result.stderr.contains(says), "{}", result.stderr);
}

#[test]
fn invalid_answers_are_errors() {
    for (script, why) in [
        ("echo hello", "is not JSON"),
        ("printf '[1]'", "its program printed a list"),
        ("true", "its program printed nothing"),
        ("printf '{\"outputs\": {}}'", "unknown key `outputs`"),
        (
            "printf '{\"resource_outputs\": 7}'",
            "must be a mapping, this is a number",
        ),
        (
            "printf '{\"resource_outputs\": \"\\377\\376\"}'",
            "is not JSON",
        ),
        (
            "head -c 20000000 /dev/zero | tr '\\0' x",
            "more than 16 MiB",
        ),
        ("kill -9 $$", "signal 9"),
    ] {
        let sandbox = sandbox(script);
        let result = compile(&sandbox, &[]);
        assert_eq!(result.code, Some(1), "{script}: {}", result.stderr);
        assert!(result.stderr.contains(why), "{script}: {}", result.stderr);
        assert!(!sandbox.path("compose.yaml").exists());
    }
}

#[test]
fn large_answers_and_large_stderr() {
    let large = "printf '{\"resource_outputs\": {\"answer\": \"'; head -c 10000000 /dev/zero | tr '\\0' x; printf '\"}}'\n\
                 head -c 3000000 /dev/zero | tr '\\0' e >&2";
    let sandbox = sandbox(large);
    let result = compile(&sandbox, &[]);
    assert_eq!(
        result.code,
        Some(0),
        "{}",
        &result.stderr[..result.stderr.len().min(2000)]
    );
    assert!(sandbox.read("compose.yaml").len() > 10_000_000);
    assert_eq!(
        result.stderr.matches('e').count() / 1_000_000,
        1,
        "the first part of it is shown"
    );
}

#[test]
fn stderr_is_shown_when_the_answer_is_invalid() {
    let result = compile(
        &sandbox("echo the token has expired >&2; echo no JSON"),
        &[],
    );
    assert_eq!(result.code, Some(1));
    assert!(
        result.stderr.contains("the token has expired"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_nan_in_shared_state_runs_a_program_twice_at_most() {
    let sandbox = sandbox("echo >>asked; echo '{\"resource_outputs\": {\"answer\": 1}}'");
    let definitions = sandbox.read("thing.provisioners.yaml");
    sandbox.write(
        "thing.provisioners.yaml",
        format!("{definitions}- uri: template://first\n  type: first\n  shared: 'x: .nan'\n"),
    );
    sandbox.write("score.yaml", format!("{SCORE}  first:\n    type: first\n"));
    let result = compile(&sandbox, &["--command-timeout", "5"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(sandbox.read("asked").lines().count() <= 2);
}

#[test]
fn a_timeout_kills_the_program_and_its_children() {
    let sandbox = sandbox("sleep 300 & echo $! > child; sleep 300");
    let started = std::time::Instant::now();
    let result = compile(&sandbox, &["--command-timeout", "1"]);
    assert_eq!(result.code, Some(1));
    assert!(
        result.stderr.contains("longer than 1 s"),
        "{}",
        result.stderr
    );
    assert!(started.elapsed() < std::time::Duration::from_secs(20));
    assert!(is_gone(&sandbox.read("child")), "the child still runs");
}

#[test]
fn an_interrupt_kills_the_program() {
    let sandbox = sandbox("sleep 300 & echo $! > child; sleep 300");
    let arguments = ["generate", "--provisioners", "thing.provisioners.yaml"];
    let child = sandbox
        .command(&arguments)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .spawn()
        .unwrap();
    let started_waiting = std::time::Instant::now();
    while !sandbox.path("child").exists() || sandbox.read("child").is_empty() {
        assert!(
            started_waiting.elapsed() < std::time::Duration::from_secs(20),
            "the program never started"
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let result = crate::sandbox::wait_for_exit(child, &arguments);
    assert_eq!(result.code, None, "a signal ends it: {}", result.stderr);
    assert!(is_gone(&sandbox.read("child")), "the child still runs");
}

/// Whether a process ends within two seconds. A zombie counts as ended.
fn is_gone(pid: &str) -> bool {
    let stat = format!("/proc/{}/stat", pid.trim());
    let has_ended = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        has_ended()
    })
}

#[test]
fn a_missing_program_is_named() {
    let sandbox = sandbox("true");
    sandbox.write(
        "thing.provisioners.yaml",
        "- uri: cmd://./no-such-program\n  type: thing\n",
    );
    let result = compile(&sandbox, &[]);
    assert_eq!(result.code, Some(1));
    assert!(
        result
            .stderr
            .contains("the program `./no-such-program` or the interpreter"),
        "{}",
        result.stderr
    );
}
