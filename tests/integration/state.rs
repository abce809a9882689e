//! The state that is stored between runs.

use std::process::Child;

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {TOKEN: '${resources.token.value}'}
resources:
  token: {type: token}
";

/// The value is generated once; tests change `LENGTH` later.
const TOKENS: &str = r#"
- uri: template://tokens/first
  type: token
  state: |
    value: {{ dig "value" (randAlphaNum LENGTH) .State | quote }}
  outputs: |
    value: {{ .State.value }}
"#;

const STATE: &str = ".score-rs/compose/state.yaml";
const FLAGS: [&str; 4] = [
    "--provisioners",
    "tokens.provisioners.yaml",
    "-o",
    "out.yaml",
];

fn shop() -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", SHOP),
        ("tokens.provisioners.yaml", &TOKENS.replace("LENGTH", "10")),
    ])
}

fn generate(sandbox: &Sandbox, more: &[&str]) -> RunResult {
    sandbox.run(&[&["generate"], &FLAGS[..], more].concat())
}

#[track_caller]
fn token(sandbox: &Sandbox, more: &[&str]) -> String {
    let result = generate(sandbox, more);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let text = sandbox.read("out.yaml");
    text.split("TOKEN: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn a_changed_template_keeps_passwords() {
    let sandbox = shop();
    let first = token(&sandbox, &[]);
    assert_eq!(first.len(), 10);
    sandbox.write("tokens.provisioners.yaml", TOKENS.replace("LENGTH", "20"));
    assert_eq!(token(&sandbox, &[]), first);
    let state = sandbox.read(STATE);
    assert_eq!(token(&sandbox, &["--stateless"]).len(), 20);
    assert_eq!(
        sandbox.read(STATE),
        state,
        "--stateless leaves what is there"
    );
    // Projects have separate states.
    assert_eq!(token(&sandbox, &["--project", "other"]).len(), 20);
    assert!(sandbox.path(".score-rs/compose/state.other.yaml").exists());
    assert_eq!(token(&sandbox, &[]), first);
    std::fs::remove_file(sandbox.path(STATE)).unwrap();
    assert_eq!(token(&sandbox, &["--stateless"]).len(), 20);
    assert!(!sandbox.path(STATE).exists());
}

#[test]
fn stateless_reports_ignored_state() {
    let sandbox = shop();
    let stderr = |more: &[&str]| {
        let result = generate(
            &sandbox,
            &[more, &["--message-format", "short", "--allow", "new-seed"]].concat(),
        );
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        result.stderr
    };
    assert!(
        !stderr(&["--stateless"]).contains("[state-ignored]"),
        "there is no state yet"
    );
    stderr(&[]);
    assert!(
        !stderr(&["--stateless"]).contains("[state-ignored]"),
        "the derived value is the same"
    );
    sandbox.write("tokens.provisioners.yaml", TOKENS.replace("LENGTH", "20"));
    let words = "warning: `--stateless` ignores `.score-rs/compose/state.yaml`, which has other values of \
                 `token.default#shop.token`; ";
    assert!(
        stderr(&["--stateless"]).contains(words),
        "{}",
        stderr(&["--stateless"])
    );
    let uid = "token.default#shop.token";
    let shown = [
        "resources",
        "get-outputs",
        uid,
        "--provisioners",
        "tokens.provisioners.yaml",
        "--stateless",
    ];
    assert!(sandbox.run(&shown).stderr.contains("[state-ignored]"));
    // Imported names cannot be derived.
    std::fs::write(
        sandbox.path(STATE),
        "version: 1\nworkloads:\n  shop:\n    instanceSuffix: abc123\n",
    )
    .unwrap();
    assert!(stderr(&["--stateless"]).contains("which has other names of deployed objects; "));
    // An invalid state is ignored with `--stateless`.
    std::fs::write(sandbox.path(STATE), "version: [\n").unwrap();
    assert!(
        !stderr(&["--stateless"]).contains("state.yaml"),
        "{}",
        stderr(&["--stateless"])
    );
}

#[test]
fn the_state_is_private_and_stays_when_a_run_fails() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = shop();
    token(&sandbox, &[]);
    let mode = std::fs::metadata(sandbox.path(STATE))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o600);
    let state = sandbox.read(STATE);
    assert!(state.starts_with("# The state of score-rs"), "{state}");
    sandbox.write("score.yaml", SHOP.replace("token.value", "token.valeu"));
    assert_eq!(generate(&sandbox, &[]).code, Some(1));
    sandbox.write("score.yaml", SHOP.replace("main:", "main: {}\n  other:"));
    assert_eq!(generate(&sandbox, &[]).code, Some(1));
    assert_eq!(sandbox.read(STATE), state);
}

#[test]
fn an_invalid_state_stops_the_run() {
    for (text, name) in [
        ("version: 7\n", "[unsupported-state-version]"),
        ("version: 1\nresources: [\n", "[yaml-syntax]"),
        ("version: 1\nresources: {a: {stat: 1}}\n", "[unknown-key]"),
        ("", "[empty-file]"),
        ("# Kept by score-rs\n", "[empty-file]"),
        ("version: 1\n---\nversion: 1\n", "[yaml-syntax]"),
        ("checksum: 0\nversion: 1\n", "[checksum-mismatch]"),
    ] {
        let sandbox = shop();
        sandbox.write(STATE, text);
        let result = generate(&sandbox, &["--message-format", "short"]);
        assert_eq!(result.code, Some(1), "{text}");
        assert!(
            result.stderr.contains(name) && result.stderr.starts_with(STATE),
            "{}",
            result.stderr
        );
        assert_eq!(
            (
                sandbox.read(STATE).as_str(),
                sandbox.path("out.yaml").exists()
            ),
            (text, false)
        );
    }
}

/// A state or lock file as one that people may edit.
pub fn without_checksums(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines
        .filter(|line| !line.trim_start().starts_with("checksum:"))
        .collect()
}

/// A state file in which somebody has replaced the first password.
pub fn with_password(state: &str, password: &str) -> String {
    let (_, first) = state.split_once("password: ").unwrap();
    let first = first.lines().next().unwrap();
    without_checksums(&state.replace(first, password))
}

/// `state.yaml` has a checksum over its content. Who edits the file deletes that line.
#[test]
fn a_damaged_state_is_reported() {
    let sandbox = shop();
    let first = token(&sandbox, &[]);
    let state = sandbox.read(STATE);
    let (output, other) = (sandbox.read("out.yaml"), first.replace(&first[..1], "_"));
    sandbox.write("tokens.provisioners.yaml", TOKENS.replace("LENGTH", "20"));
    for damaged in [
        state.replace(&first, &other),
        state[..state.find("resources:").unwrap()].to_owned(),
        state[..state.find("checksum:").unwrap()].to_owned(),
    ] {
        sandbox.write(STATE, &damaged);
        let result = generate(&sandbox, &["--message-format", "short"]);
        assert_eq!(result.code, Some(1), "{damaged}: {}", result.stderr);
        assert!(result.stderr.starts_with(STATE), "{}", result.stderr);
        assert_eq!(
            (sandbox.read(STATE), sandbox.read("out.yaml")),
            (damaged, output.clone())
        );
    }
    let edited = without_checksums(&state.replace(&first, &other));
    assert_ne!(edited, state);
    sandbox.write(STATE, edited);
    assert_eq!(token(&sandbox, &[]), other, "an edited state is used");
    // Comments and the form of values are not part of the checksum.
    let form = format!("# mine\n{}", state.replace(&first, &format!("\"{first}\"")));
    sandbox.write(STATE, form);
    assert_eq!(token(&sandbox, &[]), first);
}

#[test]
fn a_changed_provisioner_is_reported() {
    let sandbox = shop();
    let first = token(&sandbox, &[]);
    sandbox.write(
        "tokens.provisioners.yaml",
        TOKENS
            .replace("LENGTH", "20")
            .replace("tokens/first", "tokens/second"),
    );
    let result = generate(&sandbox, &["--message-format", "short"]);
    let expected = "score.yaml:8:3: warning: the provisioner of `token.default#shop.token` changed from `template://tokens/first` to `template://tokens/second`";
    assert!(
        result.stderr.starts_with(expected) && result.stderr.contains("[changed-provisioner]"),
        "{}",
        result.stderr
    );
    assert_eq!(
        token(&sandbox, &[]),
        first,
        "the new provisioner gets the old state"
    );
    assert!(
        !generate(&sandbox, &[])
            .stderr
            .contains("changed-provisioner"),
        "it is reported once"
    );
}

#[test]
fn unused_state_is_kept_until_pruned() {
    let sandbox = shop();
    sandbox.write(
        "other.score.yaml",
        SHOP.replace("name: shop", "name: other"),
    );
    token(&sandbox, &[]);
    let both = sandbox.read(STATE);
    // A run for one file keeps the state of the other and does not report it.
    let result = generate(&sandbox, &["score.yaml"]);
    assert!(!result.stderr.contains("kept"), "{}", result.stderr);
    assert_eq!(sandbox.read(STATE), both);
    std::fs::remove_file(sandbox.path("other.score.yaml")).unwrap();
    let result = generate(&sandbox, &[]);
    let expected = "state exists that is not used here: `token.default#other.token`; if no other Score file needs it, `score-rs resources prune` deletes it\n";
    assert!(result.stderr.ends_with(expected), "{}", result.stderr);
    assert_eq!(sandbox.read(STATE), both);
    let prune = |more: &[&str]| sandbox.run(&[&["resources", "prune"], &FLAGS[..2], more].concat());
    let dry = prune(&["--dry-run"]);
    assert_eq!(
        (dry.stdout.as_str(), dry.stderr.as_str()),
        (
            "token.default#other.token\n",
            "would delete the state of 1 resource\n"
        )
    );
    assert_eq!(prune(&["--dry-run", "--quiet"]).stderr, "");
    assert_eq!(sandbox.read(STATE), both);
    let done = prune(&[]);
    assert_eq!(
        (done.stdout.as_str(), done.stderr.as_str()),
        (
            "token.default#other.token\n",
            "deleted the state of 1 resource\n"
        )
    );
    assert!(
        !sandbox.read(STATE).contains("other")
            && sandbox.read(STATE).contains("token.default#shop.token")
    );
    let again = prune(&[]);
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (Some(0), "no unused state\n")
    );
    // Without any Score file, pruning needs `--all`.
    std::fs::remove_file(sandbox.path("score.yaml")).unwrap();
    let without = prune(&[]);
    assert!(
        without.code == Some(2) && without.stderr.contains("--all"),
        "{}",
        without.stderr
    );
    assert_eq!(
        prune(&["--all", "--dry-run"]).stdout,
        "token.default#shop.token\n"
    );
    assert!(sandbox.read(STATE).contains("token.default#shop.token"));
    assert_eq!(prune(&["--all"]).stdout, "token.default#shop.token\n");
    assert!(
        !sandbox.read(STATE).contains("token.default#"),
        "{}",
        sandbox.read(STATE)
    );
}

/// Each run is slow between reading and writing the state, so that they overlap.
#[test]
fn concurrent_runs_lose_no_state() {
    let slow = "
- uri: cmd://./slow.sh
  type: token
";
    let script = "#!/bin/sh\nsleep 0.2\nvalue=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')\nread -r input\ncase \"$input\" in\n*'\"resource_state\":{\"value\":'*) value=$(echo \"$input\" | sed 's/.*\"resource_state\":{\"value\":\"\\([^\"]*\\)\".*/\\1/') ;;\nesac\necho \"{\\\"resource_state\\\": {\\\"value\\\": \\\"$value\\\"}, \\\"resource_outputs\\\": {\\\"value\\\": \\\"$value\\\"}}\"\n";
    let sandbox = Sandbox::with_files(&[("tokens.provisioners.yaml", slow)]);
    sandbox.write_executable("slow.sh", script);
    let names = ["a1", "b1", "c1", "d1"];
    for name in names {
        sandbox.write(
            &format!("{name}.score.yaml"),
            SHOP.replace("name: shop", &format!("name: {name}")),
        );
    }
    let start = |name: &str| -> Child {
        let (file, out) = (format!("{name}.score.yaml"), format!("{name}.yaml"));
        let mut command = sandbox.command(&[
            "generate",
            &file,
            "--provisioners",
            "tokens.provisioners.yaml",
            "-o",
            &out,
        ]);
        command.spawn().unwrap()
    };
    let running: Vec<Child> = names.map(start).into();
    for child in running {
        let result = wait_for_exit(child, &["generate"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
    let state = sandbox.read(STATE);
    for name in names {
        let output = sandbox.read(&format!("{name}.yaml"));
        let token = output
            .split("TOKEN: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .trim_matches('"')
            .to_owned();
        assert!(
            state.contains(&token),
            "{name} has {token}, which is not in\n{state}"
        );
    }
}

/// Kills a run at various times. Each file is then old or new, and the next run completes an
/// interrupted update.
#[test]
fn a_killed_run_leaves_old_or_new_files() {
    let old = SHOP.to_owned();
    let new = SHOP.replace(
        "resources:\n",
        "resources:\n  more: {type: token, id: of-all}\n",
    );
    let sandbox = shop();
    let read = |sandbox: &Sandbox| (sandbox.read("out.yaml"), sandbox.read(STATE));
    let settle = |text: &str| {
        sandbox.write("score.yaml", text);
        token(&sandbox, &[]);
        read(&sandbox)
    };
    let (old_files, new_files) = (settle(&old), settle(&new));
    assert_ne!(old_files.1, new_files.1);
    std::fs::remove_file(sandbox.path(STATE)).unwrap();
    settle(&old);
    let began = std::time::Instant::now();
    token(&sandbox, &[]);
    let usual = began.elapsed();
    let rounds: u32 = std::env::var("KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(30);
    let mut killed = 0;
    for round in 0..rounds {
        std::fs::remove_file(sandbox.path(STATE)).unwrap();
        settle(&old);
        sandbox.write("score.yaml", &new);
        let mut child = sandbox
            .command(&[&["generate"], &FLAGS[..]].concat())
            .spawn()
            .unwrap();
        std::thread::sleep(usual * round / rounds * 5 / 4);
        let _ = child.kill();
        let status = child.wait().unwrap();
        killed += u32::from(status.code().is_none());
        let (out, state) = read(&sandbox);
        assert!(
            out == old_files.0 || out == new_files.0,
            "round {round}: {out}"
        );
        assert!(
            state == old_files.1 || state == new_files.1,
            "round {round}: {state}"
        );
        // The next run completes the update and removes temporary files.
        token(&sandbox, &[]);
        assert_eq!(read(&sandbox), new_files, "round {round}");
        let left: Vec<String> = sandbox
            .list()
            .into_iter()
            .filter(|path| path.contains(".tmp") || path.ends_with("journal"))
            .collect();
        assert!(left.is_empty(), "round {round}: {left:?}");
    }
    assert!(
        killed > rounds / 10,
        "only {killed} of {rounds} runs were killed before their end"
    );
}

/// Diagnostics never show computed values or lines of the state file.
#[test]
fn no_diagnostic_shows_a_password() {
    let broken = TOKENS.replace("LENGTH", "20") + "  services: |\n    db: [{{ .State.value }}\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", SHOP),
        ("tokens.provisioners.yaml", &TOKENS.replace("LENGTH", "20")),
    ]);
    let password = token(&sandbox, &[]);
    assert_eq!(password.len(), 20);
    let formats = [
        "human", "short", "json", "sarif", "github", "gitlab", "junit",
    ];
    let assert_no_password = |why: &str| {
        for format in formats {
            let result = generate(&sandbox, &["--message-format", format]);
            assert_eq!(result.code, Some(1), "{why} {format}: {}", result.stderr);
            let stderr = format!("{}{}", result.stdout, result.stderr);
            assert!(!stderr.contains(&password), "{why} {format}: {stderr}");
        }
        generate(&sandbox, &[]).stderr
    };
    sandbox.write("tokens.provisioners.yaml", &broken);
    let stderr = assert_no_password("a section that is no YAML");
    // The line of the template, and the masked rendered line.
    assert!(
        stderr.contains("db: [{{ .State.value }}") && stderr.contains("db: [********************"),
        "{stderr}"
    );
    // Messages that quote rendered text or template data.
    let tokens = TOKENS.replace("LENGTH", "20");
    for (section, name) in [
        (
            "  services: |\n    {{ .State.value }}: 5\n",
            "wrong-section-type",
        ),
        (
            "  services: |\n    db: {image: a, ports: [{{ .State.value }}]}\n    {{ .State.value }}: {imgae: a}\n    {{ .State.value }}: {}\n",
            "section-syntax",
        ),
        (
            "  services: |\n    {{ fail (printf \"`%s` is no name\" .State.value) }}\n",
            "template-error",
        ),
        (
            "  services: |\n    {{ index .State (.State.value | b64enc) | fail }}\n",
            "template-error",
        ),
        (
            "  services: |\n    {{ atoi .State.value | add (fail .State.value) }}\n",
            "template-error",
        ),
        (
            "  supported_params: []\n  expected_outputs: [valeu]\n",
            "unknown-output",
        ),
    ] {
        sandbox.write("tokens.provisioners.yaml", format!("{tokens}{section}"));
        let stderr = assert_no_password(section);
        assert!(stderr.contains(&format!("[{name}]")), "{section}: {stderr}");
    }
    sandbox.write("tokens.provisioners.yaml", &tokens);
    let state = sandbox.read(STATE);
    for damaged in [
        state.replace("value:", "value: ["),
        format!("{state}other: 1\n"),
        state.replace("  value", "\tvalue"),
        state.replace("state:", "sate:"),
        format!("{state}\u{0}"),
    ] {
        sandbox.write(STATE, &damaged);
        let stderr = assert_no_password("a damaged state");
        assert!(stderr.contains(STATE), "{stderr}");
    }
    sandbox.write(STATE, [state.as_bytes(), b"\xff"].concat());
    assert_no_password("a state that is no text");
}
