//! `--env-file`: the unset variables of a Compose file, in a file that may exist already.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::sandbox::{RunResult, Sandbox};

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata:
  name: shop
containers:
  web:
    image: nginx:${resources.env.TAG}
    args: ['--zone', '${resources.env.ZONE}', $$HOME]
    variables:
      KEY: key-${resources.env.API_KEY}-${resources.env.TAG}
      URL: ${resources.db.url}
resources:
  env:
    type: environment
  db:
    type: postgres
";

fn sandbox() -> Sandbox {
    Sandbox::with_files(&[("score.yaml", SCORE)])
}

#[track_caller]
fn generate(sandbox: &Sandbox, arguments: &[&str], code: i32) -> RunResult {
    let arguments = [&["generate"], arguments].concat();
    let result = sandbox.run(&arguments);
    assert_eq!(
        result.code,
        Some(code),
        "{arguments:?}\n{}{}",
        result.stdout,
        result.stderr
    );
    result
}

fn mode(sandbox: &Sandbox, name: &str) -> u32 {
    std::fs::metadata(sandbox.path(name))
        .unwrap()
        .permissions()
        .mode()
        & 0o7777
}

#[test]
fn a_new_file_has_an_empty_line_for_each_variable() {
    let sandbox = sandbox();
    let child = sandbox
        .command(&["generate", "--env-file", "deep/.env"])
        .env("TAG", "from the shell")
        .spawn()
        .unwrap();
    let result = crate::sandbox::wait_for_exit(child, &[]);
    assert!(
        result
            .stderr
            .ends_with("wrote compose.yaml\nadded `API_KEY`, `TAG` and `ZONE` to deep/.env\n"),
        "{result:?}"
    );
    assert_eq!(sandbox.read("deep/.env"), "API_KEY=\nTAG=\nZONE=\n");
    assert_eq!(mode(&sandbox, "deep/.env"), 0o600);
    // Every unset variable of the output has a line.
    let compose = sandbox.read("compose.yaml").replace("$$", "");
    let open: std::collections::BTreeSet<&str> = compose
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect();
    assert_eq!(
        open.into_iter()
            .map(|name| format!("{name}=\n"))
            .collect::<String>(),
        sandbox.read("deep/.env")
    );
}

#[test]
fn an_existing_file_is_extended_and_keeps_every_byte() {
    let sandbox = sandbox();
    let old = "# mine\n\nexport TAG='1\nZONE=2'\n  B: 3 # last, without an end of line";
    sandbox.write(".env", old);
    std::fs::set_permissions(sandbox.path(".env"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink(".env", sandbox.path("link")).unwrap();
    let result = generate(&sandbox, &["--env-file", "link"], 0);
    assert!(
        result
            .stderr
            .ends_with("added `API_KEY` and `ZONE` to link\n"),
        "{}",
        result.stderr
    );
    assert_eq!(sandbox.read(".env"), format!("{old}\nAPI_KEY=\nZONE=\n"));
    assert!(mode(&sandbox, ".env") == 0o640 && sandbox.path("link").is_symlink());

    let written = |sandbox: &Sandbox| {
        std::fs::metadata(sandbox.path(".env"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = (sandbox.read(".env"), written(&sandbox));
    let again = generate(&sandbox, &["--env-file", ".env"], 0);
    assert!(
        again.stderr.ends_with("wrote compose.yaml\n"),
        "{}",
        again.stderr
    );
    assert_eq!(
        (sandbox.read(".env"), written(&sandbox)),
        before,
        "a complete file is not written"
    );
}

#[test]
fn an_output_without_variables_gives_an_empty_file() {
    let sandbox = Sandbox::with_files(&[(
        "score.yaml",
        SCORE
            .split("    args")
            .next()
            .unwrap()
            .replace("resources.env.TAG", "metadata.name")
            .as_str(),
    )]);
    let result = generate(&sandbox, &["--env-file", ".env"], 0);
    assert!(
        result
            .stderr
            .ends_with("wrote .env, empty: the output has no unset variables\n"),
        "{}",
        result.stderr
    );
    assert_eq!(
        sandbox.read(".env"),
        "",
        "`docker compose --env-file` refuses a file that is not there"
    );
}

#[test]
fn a_failed_run_leaves_the_file_and_quiet_prints_nothing() {
    let sandbox = sandbox();
    sandbox.write(".env", "B=1\n");
    sandbox.write("wrong.yaml", SCORE.replace("image:", "imgae:"));
    generate(&sandbox, &["wrong.yaml", "--env-file", ".env"], 1);
    generate(
        &sandbox,
        &["score.yaml", "--env-file", ".env", "-o", "score.yaml/out"],
        3,
    );
    assert_eq!(sandbox.read(".env"), "B=1\n", "all or nothing is written");
    generate(&sandbox, &["score.yaml", "--env-file", ".env/no"], 3);
    assert!(!sandbox.list().contains(&"compose.yaml".to_owned()));
    let quiet = generate(
        &sandbox,
        &["score.yaml", "--env-file", ".env", "-o", "-", "-q"],
        0,
    );
    assert!(
        quiet.stderr.is_empty() && quiet.stdout.starts_with("services:\n"),
        "{quiet:?}"
    );
    assert_eq!(sandbox.read(".env"), "B=1\nAPI_KEY=\nTAG=\nZONE=\n");
}

#[test]
fn invalid_env_files_are_errors() {
    let sandbox = sandbox();
    let error = |arguments: &[&str], code: i32| generate(&sandbox, arguments, code).stderr;
    assert!(error(&["--env-file", "./compose.yaml"], 2).contains("`./compose.yaml` is the output"));
    assert!(error(&["--env-file", "new", "-o", "./no/../new"], 2).contains("`new` is the output"));
    std::fs::create_dir(sandbox.path("sub")).unwrap();
    assert!(
        error(&["--env-file", "sub/compose.yaml", "-o", "sub"], 2)
            .contains("is part of the output")
    );
    assert!(error(&["--env-file", "new", "-o", "sub/../new"], 2).contains("`new` is the output"));
    assert!(
        error(&["--env-file", "score.yaml"], 2).contains("`score.yaml` is an input of this run")
    );
    assert!(error(&["-o", "./score.yaml"], 2).contains("`./score.yaml` is an input of this run"));
    sandbox.write(".score-rs/seed", "seed\n");
    assert!(
        error(&["--env-file", ".score-rs/seed"], 2).contains("is an input of this run"),
        "it would change every password"
    );
    assert!(error(&["--env-file", "-"], 2).contains("--env-file needs the name of a file"));
    assert!(
        error(&["--env-file", ".env", "-e", "kubernetes"], 2)
            .contains("--env-file is not supported for kubernetes: its output contains")
    );
    // Not even root can create files there.
    let read_only = error(&["--env-file", "/proc/score-rs.env"], 3);
    assert!(
        read_only.contains("cannot write `/proc/score-rs.env`")
            && read_only.contains("nothing was written")
    );
    assert!(error(&["--env-file", "sub"], 3).contains("cannot read `sub`: it is a directory"));
    sandbox.write("binary", b"A=\xff\xfe\n");
    assert!(error(&["--env-file", "binary"], 1).contains("this is not UTF-8 text"));
    sandbox.write("open", "A=1\nB=\"two\nC=3\n");
    let open = error(&["--env-file", "open", "--message-format", "short"], 1);
    assert!(
        open.contains("open:2:3: error: this quote is never closed"),
        "{open}"
    );
    assert_eq!(sandbox.read("open"), "A=1\nB=\"two\nC=3\n");
    assert_eq!(sandbox.read("score.yaml"), SCORE);
    assert!(
        !sandbox
            .list()
            .iter()
            .any(|name| name.ends_with(".env") || name == "compose.yaml"),
        "{:?}",
        sandbox.list()
    );
}

#[test]
fn a_device_gets_the_lines_and_is_not_read() {
    let sandbox = sandbox();
    let shown = generate(&sandbox, &["--env-file", "/dev/stdout"], 0);
    assert_eq!(shown.stdout, "API_KEY=\nTAG=\nZONE=\n");
}
