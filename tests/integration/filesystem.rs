//! File system errors: symlinks and directories in place of files, full disks, missing permissions.
//! Tests that need another user or a mount are in `.ci/validate-disk.sh`.

use std::os::unix::fs::symlink;

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {TOKEN: '${resources.db.password}'}
resources:
  db: {type: postgres}
";

fn shop() -> Sandbox {
    Sandbox::with_files(&[("score.yaml", SHOP)])
}

/// Runs without a seed in the environment.
fn run_without_seed(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    wait_for_exit(
        sandbox
            .command(arguments)
            .env_remove("SCORE_RS_SEED")
            .spawn()
            .unwrap(),
        arguments,
    )
}

/// Checks that the run fails with this message and exit code 3, and changes no file.
#[track_caller]
fn assert_io_error(sandbox: &Sandbox, arguments: &[&str], message: &str) {
    let before = sandbox.list();
    let result = run_without_seed(sandbox, arguments);
    assert!(
        result.stderr.ends_with(&format!("error: {message}\n")),
        "{}",
        result.stderr
    );
    assert!(!result.stderr.contains("os error"), "{}", result.stderr);
    assert_eq!((result.code, result.stdout.as_str()), (Some(3), ""));
    assert_eq!(sandbox.list(), before);
}

#[test]
fn a_chain_of_symlinks_to_the_output_is_followed() {
    let sandbox = shop();
    for (link, target) in [
        ("compose.yaml", "one"),
        ("one", "below/two"),
        ("below/two", "three"),
    ] {
        std::fs::create_dir_all(sandbox.path("below")).unwrap();
        symlink(target, sandbox.path(link)).unwrap();
    }
    for round in 0..2 {
        assert_eq!(sandbox.run(&["generate"]).code, Some(0));
        assert!(
            sandbox.read("below/three").starts_with("services:"),
            "{round}"
        );
        let is_link = |name: &str| sandbox.path(name).is_symlink();
        assert!(
            is_link("compose.yaml") && is_link("one") && is_link("below/two"),
            "{round}"
        );
        sandbox.write("below/three", "old");
    }
}

#[test]
fn invalid_output_paths_are_io_errors() {
    let sandbox = shop();
    sandbox.write("file", "text");
    for (target, link) in [("circle", "circle"), ("nowhere", "to-nowhere")] {
        symlink(target, sandbox.path(link)).unwrap();
    }
    let seed = ["--seed-file", "file", "--stateless"];
    for (output, message) in [
        (
            "circle",
            "cannot write `circle`: it is a symbolic link that points back to itself; nothing was written",
        ),
        (
            "file/x",
            "cannot write `file/x`: `file` is not a directory; nothing was written",
        ),
        (
            "to-nowhere/x",
            "cannot write `to-nowhere/x`: `to-nowhere` is a symbolic link that does not point to a directory; nothing was written",
        ),
    ] {
        assert_io_error(
            &sandbox,
            &[&["generate", "-o", output], &seed[..]].concat(),
            message,
        );
    }
}

#[test]
fn state_needs_a_directory() {
    let no_directory = "a new seed is needed, but `.score-rs/seed` cannot be written: set a seed with SCORE_RS_SEED or --seed-file; nothing was written";
    let sandbox = shop();
    sandbox.write(".score-rs", "a file");
    assert_io_error(&sandbox, &["generate"], no_directory);
    // With a given seed neither seed nor state must be stored.
    let result = sandbox.run(&["generate"]);
    assert!(
        result.code == Some(0) && result.stderr.contains("[state-not-saved]"),
        "{}",
        result.stderr
    );
    std::fs::remove_file(sandbox.path(".score-rs")).unwrap();
    symlink("nowhere", sandbox.path(".score-rs")).unwrap();
    assert_io_error(&sandbox, &["generate"], no_directory);
    std::fs::create_dir(sandbox.path("nowhere")).unwrap();
    assert_eq!(run_without_seed(&sandbox, &["generate"]).code, Some(0));
    assert!(sandbox.path("nowhere/seed").is_file() && sandbox.path(".score-rs").is_symlink());
}

/// A symlink in a project must not make a run write outside it.
#[test]
fn implicit_symlinks_out_of_the_project_are_not_written() {
    let assert_refused = |sandbox: &Sandbox, arguments: &[&str], message: &str| {
        let before = sandbox.list();
        let result = sandbox.run(&[&["-C", "project"], arguments].concat());
        assert!(
            result.code == Some(3) && result.stderr.contains(message),
            "{arguments:?}: {result:?}"
        );
        assert!(
            result.stderr.trim_end().ends_with("nothing was written"),
            "{result:?}"
        );
        assert_eq!(sandbox.list(), before);
        assert_eq!(sandbox.read("outside/file"), "text");
    };
    let project_with_link = |link: &str, target: &str| {
        let sandbox =
            Sandbox::with_files(&[("project/score.yaml", SHOP), ("outside/file", "text")]);
        std::fs::create_dir_all(sandbox.path("project").join(link).parent().unwrap()).unwrap();
        symlink(target, sandbox.path("project").join(link)).unwrap();
        sandbox
    };
    let succeeds = |sandbox: &Sandbox, arguments: &[&str]| {
        let result = sandbox.run(&[&["-C", "project"], arguments].concat());
        assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
    };
    let sandbox = project_with_link("compose.yaml", "../outside/file");
    assert_refused(
        &sandbox,
        &["generate"],
        "`compose.yaml` points by a symbolic link to `",
    );
    assert_refused(
        &sandbox,
        &["generate"],
        "set the output with `--output`, or remove the link",
    );
    // A path that is named explicitly is written.
    succeeds(&sandbox, &["generate", "-o", "compose.yaml"]);
    assert!(sandbox.read("outside/file").starts_with("services:"));
    // `.score-rs` may be a symlink to an empty directory elsewhere.
    let sandbox = project_with_link(".score-rs", "../outside");
    assert_refused(
        &sandbox,
        &["generate"],
        "outside the project, which contains other files: remove the link",
    );
    assert_refused(
        &sandbox,
        &["resources", "get-outputs", "postgres.default#shop.db"],
        "which contains other files",
    );
    let sandbox = project_with_link(".score-rs", "../kept");
    std::fs::create_dir(sandbox.path("kept")).unwrap();
    succeeds(&sandbox, &["generate"]);
    sandbox.write(
        "project/score.yaml",
        sandbox
            .read("project/score.yaml")
            .replace("db:", "base:")
            .replace(".db.", ".base."),
    );
    succeeds(&sandbox, &["generate"]);
    assert!(sandbox.path("kept/compose/state.yaml").exists());
    let sandbox = project_with_link(".score-rs/.gitignore", "../../outside/file");
    assert_refused(
        &sandbox,
        &["generate"],
        "`.score-rs/.gitignore` points by a symbolic link to `",
    );
    let sandbox = project_with_link(".score-rs/compose/state.yaml", "../../../outside/state");
    sandbox.write("outside/state", "version: 1\n");
    assert_refused(
        &sandbox,
        &["generate"],
        "`.score-rs/compose/state.yaml` points by a symbolic link to `",
    );
    let sandbox = project_with_link(".score-rs/compose", "../../outside");
    assert_refused(&sandbox, &["generate"], "points by a symbolic link to");
}

#[test]
fn a_seed_is_created_at_the_target_of_a_symlink() {
    let sandbox = shop();
    std::fs::create_dir(sandbox.path(".score-rs")).unwrap();
    symlink("../my-seed", sandbox.path(".score-rs/seed")).unwrap();
    assert_eq!(run_without_seed(&sandbox, &["generate"]).code, Some(0));
    assert!(sandbox.path(".score-rs/seed").is_symlink() && sandbox.read("my-seed").len() == 65);
}

/// A program that changes the state of its own project would make the run retry without end.
#[test]
fn a_constantly_changing_state_fails_the_run() {
    let sandbox = shop();
    sandbox.write(
        "all.provisioners.yaml",
        "- {uri: 'cmd://./write.sh', type: postgres}\n",
    );
    let script = "#!/bin/sh\nmkdir -p .score-rs/compose\nprintf 'version: 1\\n# %s\\n' $$ >.score-rs/compose/state.yaml\necho '{\"resource_outputs\": {\"password\": \"x\"}}'\n";
    sandbox.write_executable("write.sh", script);
    let result = sandbox.run(&["generate", "-v", "--provisioners", "all.provisioners.yaml"]);
    let expected = "error: another process changed `.score-rs` during each of 100 attempts; nothing was written; find that process, and try again\n";
    assert!(
        result.code == Some(3) && result.stderr.ends_with(expected),
        "{}",
        result.stderr
    );
    assert!(
        result
            .stderr
            .contains("verbose: another run changed the state"),
        "{}",
        result.stderr
    );
}

#[test]
fn directories_in_place_of_state_files_are_io_errors() {
    let sandbox = shop();
    std::fs::create_dir_all(sandbox.path(".score-rs/seed")).unwrap();
    let help = "set a seed with SCORE_RS_SEED or --seed-file";
    assert_io_error(
        &sandbox,
        &["generate"],
        &format!("cannot read `.score-rs/seed`: it is a directory; {help}"),
    );
    std::fs::remove_dir(sandbox.path(".score-rs/seed")).unwrap();
    sandbox.write(".score-rs/seed", "\n");
    assert_io_error(
        &sandbox,
        &["generate"],
        &format!("cannot read `.score-rs/seed`: it is empty; {help}"),
    );
    std::fs::remove_file(sandbox.path(".score-rs/seed")).unwrap();
    std::fs::create_dir(sandbox.path(".score-rs/journal")).unwrap();
    assert_io_error(
        &sandbox,
        &["generate"],
        "cannot write `.score-rs/journal`: it is a directory; nothing was written",
    );
    std::fs::remove_dir(sandbox.path(".score-rs/journal")).unwrap();
    std::fs::create_dir_all(sandbox.path(".score-rs/compose/state.yaml")).unwrap();
    assert_io_error(
        &sandbox,
        &["generate"],
        "cannot read `.score-rs/compose/state.yaml`: it is a directory",
    );
    assert_io_error(
        &sandbox,
        &["resources", "prune"],
        "cannot read `.score-rs/compose/state.yaml`: it is a directory",
    );
}

#[test]
fn a_full_disk_leaves_the_old_files() {
    let sandbox = shop();
    let large = SHOP.replace(
        "    variables:",
        &format!("    command: [{}]\n    variables:", "x".repeat(3000)),
    );
    assert_eq!(run_without_seed(&sandbox, &["generate"]).code, Some(0));
    let old = (
        sandbox.read("compose.yaml"),
        sandbox.read(".score-rs/compose/state.yaml"),
        sandbox.list(),
    );
    sandbox.write(
        "score.yaml",
        large.replace(
            "{type: postgres}",
            "{type: postgres}\n  cache: {type: redis}",
        ),
    );
    let mut command = std::process::Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 2; exec \"$0\" generate";
    let output = command
        .args(["-c", script, env!("CARGO_BIN_EXE_score-rs")])
        .current_dir(sandbox.path("."))
        .output();
    let output = output.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected =
        "error: cannot write `compose.yaml`: the file would be too large; nothing was written\n";
    assert!(
        stderr.ends_with(expected) && output.status.code() == Some(3),
        "{stderr}"
    );
    assert_eq!(
        (
            sandbox.read("compose.yaml"),
            sandbox.read(".score-rs/compose/state.yaml"),
            sandbox.list()
        ),
        old
    );
    for arguments in [
        &["generate", "-o", "-", "--stateless"][..],
        &["resources", "list"],
        &["explain"],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = sandbox.command(arguments);
        let result = wait_for_exit(command.stdout(full).spawn().unwrap(), arguments);
        let expected = "error: cannot write to standard output: no space is left on the device\n";
        assert!(
            result.code == Some(3) && result.stderr.ends_with(expected),
            "{arguments:?}: {}",
            result.stderr
        );
    }
}

/// Root may write everywhere, so this is skipped for root and also tested in `.ci/validate-disk.sh`.
#[test]
fn a_read_only_directory_is_an_io_error() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = shop();
    let set_mode = |mode: u32| {
        std::fs::set_permissions(sandbox.path("."), PermissionsExt::from_mode(mode)).unwrap()
    };
    set_mode(0o555);
    if std::fs::write(sandbox.path("probe"), "").is_ok() {
        set_mode(0o755);
        return println!("skipped: this user may write everywhere");
    }
    let message = "cannot write `compose.yaml`: permission denied; nothing was written";
    assert_io_error(
        &sandbox,
        &["generate", "--stateless", "--seed-file", "score.yaml"],
        message,
    );
    set_mode(0o755);
}

#[test]
fn home_and_time_zone_do_not_matter() {
    let sandbox = shop();
    assert_eq!(sandbox.run(&["generate"]).code, Some(0));
    let first = sandbox.read("compose.yaml");
    for (name, value) in [
        ("HOME", "/nowhere"),
        ("HOME", ""),
        ("TZ", "Asia/Tokyo"),
        ("SOURCE_DATE_EPOCH", "0"),
    ] {
        std::fs::remove_file(sandbox.path("compose.yaml")).unwrap();
        let result = wait_for_exit(
            sandbox
                .command(&["generate"])
                .env(name, value)
                .spawn()
                .unwrap(),
            &["generate"],
        );
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        assert_eq!(sandbox.read("compose.yaml"), first, "{name}");
    }
}

#[test]
fn waiting_for_another_run_is_reported() {
    let line = "waiting for another run of score-rs, which locks `";
    for (arguments, is_reported) in [
        (&["generate"][..], true),
        (&["generate", "--quiet"], false),
        (&["generate", "--message-format", "json"], false),
        (&["validate", "--fix"], true),
        (&["init", "--environments"], true),
        (&["resources", "prune"], true),
    ] {
        let sandbox = shop();
        let project = std::fs::File::open(sandbox.path("")).unwrap();
        project.lock().unwrap();
        let child = sandbox.command(arguments).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1600));
        project.unlock().unwrap();
        let result = wait_for_exit(child, arguments);
        assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
        assert_eq!(
            result.stderr.matches(line).count(),
            usize::from(is_reported),
            "{arguments:?}: {}",
            result.stderr
        );
    }
    let sandbox = shop();
    let result = sandbox.run(&["generate"]);
    assert!(!result.stderr.contains(line), "{}", result.stderr);
}
