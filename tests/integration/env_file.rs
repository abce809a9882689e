//! `--env-file`: the variables that a Compose file leaves open, in a file that somebody else may have written.

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
    assert_eq!(result.code, Some(code), "{arguments:?}\n{}{}", result.stdout, result.stderr);
    result
}

fn mode(sandbox: &Sandbox, name: &str) -> u32 {
    std::fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_new_file_has_a_line_for_each_variable_and_no_value() {
    let sandbox = sandbox();
    let child = sandbox.command(&["generate", "--env-file", "deep/.env"]).env("TAG", "from the shell").spawn().unwrap();
    let result = crate::sandbox::wait_for_exit(child, &[]);
    assert!(
        result.stderr.ends_with("wrote compose.yaml\nadded `API_KEY`, `TAG` and `ZONE` to deep/.env\n"),
        "{result:?}"
    );
    assert_eq!(sandbox.read("deep/.env"), "API_KEY=\nTAG=\nZONE=\n");
    assert_eq!(mode(&sandbox, "deep/.env"), 0o600);
    // Every open variable of the output has its line.
    let compose = sandbox.read("compose.yaml").replace("$$", "");
    let open: std::collections::BTreeSet<&str> =
        compose.split("${").skip(1).filter_map(|rest| rest.split('}').next()).collect();
    assert_eq!(open.into_iter().map(|name| format!("{name}=\n")).collect::<String>(), sandbox.read("deep/.env"));
}

#[test]
fn an_old_file_is_completed_and_keeps_every_byte() {
    let sandbox = sandbox();
    let old = "# mine\n\nexport TAG='1\nZONE=2'\n  B: 3 # last, without an end of line";
    sandbox.write(".env", old);
    std::fs::set_permissions(sandbox.path(".env"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink(".env", sandbox.path("link")).unwrap();
    let result = generate(&sandbox, &["--env-file", "link"], 0);
    assert!(result.stderr.ends_with("added `API_KEY` and `ZONE` to link\n"), "{}", result.stderr);
    assert_eq!(sandbox.read(".env"), format!("{old}\nAPI_KEY=\nZONE=\n"));
    assert!(mode(&sandbox, ".env") == 0o640 && sandbox.path("link").is_symlink());

    let written = |sandbox: &Sandbox| std::fs::metadata(sandbox.path(".env")).unwrap().modified().unwrap();
    let before = (sandbox.read(".env"), written(&sandbox));
    let again = generate(&sandbox, &["--env-file", ".env"], 0);
    assert!(again.stderr.ends_with("wrote compose.yaml\n"), "{}", again.stderr);
    assert_eq!((sandbox.read(".env"), written(&sandbox)), before, "what lacks nothing is not written");
}

#[test]
fn nothing_is_open_and_the_file_is_there_all_the_same() {
    let sandbox = Sandbox::with_files(&[(
        "score.yaml",
        SCORE.split("    args").next().unwrap().replace("resources.env.TAG", "metadata.name").as_str(),
    )]);
    let result = generate(&sandbox, &["--env-file", ".env"], 0);
    assert!(result.stderr.ends_with("wrote .env, empty: the output leaves no variable open\n"), "{}", result.stderr);
    assert_eq!(sandbox.read(".env"), "", "`docker compose --env-file` refuses a file that is not there");
}

#[test]
fn a_failed_run_leaves_the_file_and_a_quiet_one_says_nothing() {
    let sandbox = sandbox();
    sandbox.write(".env", "B=1\n");
    sandbox.write("wrong.yaml", SCORE.replace("image:", "imgae:"));
    generate(&sandbox, &["wrong.yaml", "--env-file", ".env"], 1);
    generate(&sandbox, &["score.yaml", "--env-file", ".env", "-o", "score.yaml/out"], 3);
    assert_eq!(sandbox.read(".env"), "B=1\n", "all is written or nothing");
    generate(&sandbox, &["score.yaml", "--env-file", ".env/no"], 3);
    assert!(!sandbox.list().contains(&"compose.yaml".to_owned()));
    let quiet = generate(&sandbox, &["score.yaml", "--env-file", ".env", "-o", "-", "-q"], 0);
    assert!(quiet.stderr.is_empty() && quiet.stdout.starts_with("services:\n"), "{quiet:?}");
    assert_eq!(sandbox.read(".env"), "B=1\nAPI_KEY=\nTAG=\nZONE=\n");
}

#[test]
fn what_is_no_env_file_is_refused() {
    let sandbox = sandbox();
    let said = |arguments: &[&str], code: i32| generate(&sandbox, arguments, code).stderr;
    assert!(said(&["--env-file", "./compose.yaml"], 2).contains("`./compose.yaml` is the output"));
    assert!(said(&["--env-file", "new", "-o", "./no/../new"], 2).contains("`new` is the output"));
    std::fs::create_dir(sandbox.path("sub")).unwrap();
    assert!(said(&["--env-file", "sub/compose.yaml", "-o", "sub"], 2).contains("is part of the output"));
    assert!(said(&["--env-file", "new", "-o", "sub/../new"], 2).contains("`new` is the output"));
    assert!(said(&["--env-file", "score.yaml"], 2).contains("`score.yaml` is read by this run"));
    assert!(said(&["-o", "./score.yaml"], 2).contains("`./score.yaml` is read by this run"));
    sandbox.write(".score-rs/seed", "seed\n");
    assert!(
        said(&["--env-file", ".score-rs/seed"], 2).contains("is read by this run"),
        "it would change every password"
    );
    assert!(said(&["--env-file", "-"], 2).contains("--env-file takes the name of a file"));
    assert!(
        said(&["--env-file", ".env", "-e", "kubernetes"], 2)
            .contains("--env-file is not for kubernetes: the output has")
    );
    // Nobody makes files there, not even who may do all else.
    let read_only = said(&["--env-file", "/proc/score-rs.env"], 3);
    assert!(read_only.contains("cannot write `/proc/score-rs.env`") && read_only.contains("nothing was written"));
    assert!(said(&["--env-file", "sub"], 3).contains("cannot read `sub`: it is a directory"));
    sandbox.write("binary", b"A=\xff\xfe\n");
    assert!(said(&["--env-file", "binary"], 1).contains("this is not UTF-8 text"));
    sandbox.write("open", "A=1\nB=\"two\nC=3\n");
    let open = said(&["--env-file", "open", "--message-format", "short"], 1);
    assert!(open.contains("open:2:3: error: this quote does not end"), "{open}");
    assert_eq!(sandbox.read("open"), "A=1\nB=\"two\nC=3\n");
    assert_eq!(sandbox.read("score.yaml"), SCORE);
    assert!(
        !sandbox.list().iter().any(|name| name.ends_with(".env") || name == "compose.yaml"),
        "{:?}",
        sandbox.list()
    );
}

#[test]
fn a_device_gets_the_lines_and_is_not_asked() {
    let sandbox = sandbox();
    let shown = generate(&sandbox, &["--env-file", "/dev/stdout"], 0);
    assert_eq!(shown.stdout, "API_KEY=\nTAG=\nZONE=\n");
}
