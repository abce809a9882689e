//! A world that is not as it should be: links and directories where files are expected, no room, no home. What needs
//! another user or a mount of its own is in `.ci/judge-disk.sh`.

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

/// Without a seed in the environment.
fn unseeded(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    wait_for_exit(sandbox.command(arguments).env_remove("SCORE_RS_SEED").spawn().unwrap(), arguments)
}

/// The run ends with these words and exit code 3, and leaves what is there.
#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &[&str], words: &str) {
    let before = sandbox.list();
    let result = unseeded(sandbox, arguments);
    assert!(result.stderr.ends_with(&format!("error: {words}\n")), "{}", result.stderr);
    assert!(!result.stderr.contains("os error"), "{}", result.stderr);
    assert_eq!((result.code, result.stdout.as_str()), (Some(3), ""));
    assert_eq!(sandbox.list(), before);
}

#[test]
fn a_link_in_place_of_the_output_stays_a_link() {
    let sandbox = shop();
    for (link, target) in [("compose.yaml", "one"), ("one", "below/two"), ("below/two", "three")] {
        std::fs::create_dir_all(sandbox.path("below")).unwrap();
        symlink(target, sandbox.path(link)).unwrap();
    }
    for round in 0..2 {
        assert_eq!(sandbox.run(&["generate"]).code, Some(0));
        assert!(sandbox.read("below/three").starts_with("services:"), "{round}");
        let is_link = |name: &str| sandbox.path(name).is_symlink();
        assert!(is_link("compose.yaml") && is_link("one") && is_link("below/two"), "{round}");
        sandbox.write("below/three", "old");
    }
}

#[test]
fn what_is_no_place_for_the_output_is_told() {
    let sandbox = shop();
    sandbox.write("file", "text");
    for (target, link) in [("circle", "circle"), ("nowhere", "to-nowhere")] {
        symlink(target, sandbox.path(link)).unwrap();
    }
    let seed = ["--seed-file", "file", "--stateless"];
    for (output, words) in [
        ("circle", "cannot write `circle`: it is a link that leads back to itself; nothing was written"),
        ("file/x", "cannot write `file/x`: `file` is no directory; nothing was written"),
        (
            "to-nowhere/x",
            "cannot write `to-nowhere/x`: `to-nowhere` is a link that leads to no directory; nothing was written",
        ),
    ] {
        refused(&sandbox, &[&["generate", "-o", output], &seed[..]].concat(), words);
    }
}

#[test]
fn what_is_kept_needs_a_directory() {
    let no_place = "a new seed is needed, and nothing can be written in `.score-rs/seed`: give a seed in SCORE_RS_SEED or \
                    with --seed-file; nothing was written";
    let sandbox = shop();
    sandbox.write(".score-rs", "a file");
    refused(&sandbox, &["generate"], no_place);
    // A seed that is given needs no place, and the state is not needed.
    let result = sandbox.run(&["generate"]);
    assert!(result.code == Some(0) && result.stderr.contains("[state-not-kept]"), "{}", result.stderr);
    std::fs::remove_file(sandbox.path(".score-rs")).unwrap();
    symlink("nowhere", sandbox.path(".score-rs")).unwrap();
    refused(&sandbox, &["generate"], no_place);
    std::fs::create_dir(sandbox.path("nowhere")).unwrap();
    assert_eq!(unseeded(&sandbox, &["generate"]).code, Some(0));
    assert!(sandbox.path("nowhere/seed").is_file() && sandbox.path(".score-rs").is_symlink());
}

/// A link that came with a project must not write over what lies outside of it.
#[test]
fn nothing_is_written_outside_by_a_link_that_nobody_named() {
    let refused = |sandbox: &Sandbox, arguments: &[&str], words: &str| {
        let before = sandbox.list();
        let result = sandbox.run(&[&["-C", "project"], arguments].concat());
        assert!(result.code == Some(3) && result.stderr.contains(words), "{arguments:?}: {result:?}");
        assert!(result.stderr.trim_end().ends_with("nothing was written"), "{result:?}");
        assert_eq!(sandbox.list(), before);
        assert_eq!(sandbox.read("outside/file"), "text");
    };
    let with = |link: &str, target: &str| {
        let sandbox = Sandbox::with_files(&[("project/score.yaml", SHOP), ("outside/file", "text")]);
        std::fs::create_dir_all(sandbox.path("project").join(link).parent().unwrap()).unwrap();
        symlink(target, sandbox.path("project").join(link)).unwrap();
        sandbox
    };
    let fine = |sandbox: &Sandbox, arguments: &[&str]| {
        let result = sandbox.run(&[&["-C", "project"], arguments].concat());
        assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
    };
    let sandbox = with("compose.yaml", "../outside/file");
    refused(&sandbox, &["generate"], "`compose.yaml` leads by a link to `");
    refused(&sandbox, &["generate"], "name the place with `--output`, or remove the link");
    // What is named is meant.
    fine(&sandbox, &["generate", "-o", "compose.yaml"]);
    assert!(sandbox.read("outside/file").starts_with("services:"));
    // A directory for what is kept may lie elsewhere, when it is one for that.
    let sandbox = with(".score-rs", "../outside");
    refused(&sandbox, &["generate"], "outside of the project, where other things lie: remove the link");
    refused(&sandbox, &["resources", "get-outputs", "postgres.default#shop.db"], "where other things lie");
    let sandbox = with(".score-rs", "../kept");
    std::fs::create_dir(sandbox.path("kept")).unwrap();
    fine(&sandbox, &["generate"]);
    sandbox.write(
        "project/score.yaml",
        sandbox.read("project/score.yaml").replace("db:", "base:").replace(".db.", ".base."),
    );
    fine(&sandbox, &["generate"]);
    assert!(sandbox.path("kept/compose/state.yaml").exists());
    let sandbox = with(".score-rs/.gitignore", "../../outside/file");
    refused(&sandbox, &["generate"], "`.score-rs/.gitignore` leads by a link to `");
    let sandbox = with(".score-rs/compose/state.yaml", "../../../outside/state");
    refused(&sandbox, &["generate"], "`.score-rs/compose/state.yaml` leads by a link to `");
    let sandbox = with(".score-rs/compose", "../../outside");
    refused(&sandbox, &["generate"], "leads by a link to");
}

#[test]
fn a_seed_is_made_where_a_link_leads() {
    let sandbox = shop();
    std::fs::create_dir(sandbox.path(".score-rs")).unwrap();
    symlink("../my-seed", sandbox.path(".score-rs/seed")).unwrap();
    assert_eq!(unseeded(&sandbox, &["generate"]).code, Some(0));
    assert!(sandbox.path(".score-rs/seed").is_symlink() && sandbox.read("my-seed").len() == 65);
}

/// A program that changes the state of the project it works for would never come to an end.
#[test]
fn a_state_that_changes_each_time_ends_the_run() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = shop();
    sandbox.write("all.provisioners.yaml", "- {uri: 'cmd://./write.sh', type: postgres}\n");
    let script = "#!/bin/sh\nmkdir -p .score-rs/compose\necho \"# $$\" >>.score-rs/compose/state.yaml\necho '{\"resource_outputs\": {\"password\": \"x\"}}'\n";
    sandbox.write("write.sh", script);
    std::fs::set_permissions(sandbox.path("write.sh"), PermissionsExt::from_mode(0o755)).unwrap();
    let result = sandbox.run(&["generate", "-v", "--provisioners", "all.provisioners.yaml"]);
    let wanted = "error: what is kept in `.score-rs` has changed during each of 100 attempts; nothing was written; find out \
                  what writes there, and run this again\n";
    assert!(result.code == Some(3) && result.stderr.ends_with(wanted), "{}", result.stderr);
    assert!(result.stderr.contains("verbose: another run has changed what is kept here"), "{}", result.stderr);
}

#[test]
fn a_directory_is_no_seed_no_state_and_no_journal() {
    let sandbox = shop();
    std::fs::create_dir_all(sandbox.path(".score-rs/seed")).unwrap();
    let help = "give a seed in SCORE_RS_SEED or with --seed-file";
    refused(&sandbox, &["generate"], &format!("cannot read `.score-rs/seed`: it is a directory; {help}"));
    std::fs::remove_dir(sandbox.path(".score-rs/seed")).unwrap();
    sandbox.write(".score-rs/seed", "\n");
    refused(&sandbox, &["generate"], &format!("cannot read `.score-rs/seed`: it is empty; {help}"));
    std::fs::remove_file(sandbox.path(".score-rs/seed")).unwrap();
    std::fs::create_dir(sandbox.path(".score-rs/journal")).unwrap();
    refused(&sandbox, &["generate"], "cannot write `.score-rs/journal`: it is a directory; nothing was written");
    std::fs::remove_dir(sandbox.path(".score-rs/journal")).unwrap();
    std::fs::create_dir_all(sandbox.path(".score-rs/compose/state.yaml")).unwrap();
    refused(&sandbox, &["generate"], "cannot read `.score-rs/compose/state.yaml`: it is a directory");
    refused(&sandbox, &["resources", "prune"], "cannot read `.score-rs/compose/state.yaml`: it is a directory");
}

#[test]
fn where_there_is_no_room_the_old_files_stay() {
    let sandbox = shop();
    let large = SHOP.replace("    variables:", &format!("    command: [{}]\n    variables:", "x".repeat(3000)));
    assert_eq!(unseeded(&sandbox, &["generate"]).code, Some(0));
    let old = (sandbox.read("compose.yaml"), sandbox.read(".score-rs/compose/state.yaml"), sandbox.list());
    sandbox.write("score.yaml", large.replace("{type: postgres}", "{type: postgres}\n  cache: {type: redis}"));
    let mut command = std::process::Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 2; exec \"$0\" generate";
    let output = command.args(["-c", script, env!("CARGO_BIN_EXE_score-rs")]).current_dir(sandbox.path(".")).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = "error: cannot write `compose.yaml`: it would be larger than a file may be; nothing was written\n";
    assert!(said.ends_with(wanted) && output.status.code() == Some(3), "{said}");
    assert_eq!((sandbox.read("compose.yaml"), sandbox.read(".score-rs/compose/state.yaml"), sandbox.list()), old);
    for arguments in [&["generate", "-o", "-", "--stateless"][..], &["resources", "list"], &["explain"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = sandbox.command(arguments);
        let result = wait_for_exit(command.stdout(full).spawn().unwrap(), arguments);
        let wanted = "error: cannot write to standard output: no space is left there\n";
        assert!(result.code == Some(3) && result.stderr.ends_with(wanted), "{arguments:?}: {}", result.stderr);
    }
}

/// As nobody who is root is refused anything, this is tested where somebody else runs it, and in `.ci/judge-disk.sh`.
#[test]
fn where_nothing_may_be_written_that_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = shop();
    let allow = |mode: u32| std::fs::set_permissions(sandbox.path("."), PermissionsExt::from_mode(mode)).unwrap();
    allow(0o555);
    if std::fs::write(sandbox.path("probe"), "").is_ok() {
        allow(0o755);
        return println!("skipped: this user may write everywhere");
    }
    let words = "cannot write `compose.yaml`: permission denied; nothing was written";
    refused(&sandbox, &["generate", "--stateless", "--seed-file", "score.yaml"], words);
    allow(0o755);
}

#[test]
fn neither_home_nor_time_zone_matter() {
    let sandbox = shop();
    assert_eq!(sandbox.run(&["generate"]).code, Some(0));
    let first = sandbox.read("compose.yaml");
    for (name, value) in [("HOME", "/nowhere"), ("HOME", ""), ("TZ", "Asia/Tokyo"), ("SOURCE_DATE_EPOCH", "0")] {
        std::fs::remove_file(sandbox.path("compose.yaml")).unwrap();
        let result = wait_for_exit(sandbox.command(&["generate"]).env(name, value).spawn().unwrap(), &["generate"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        assert_eq!(sandbox.read("compose.yaml"), first, "{name}");
    }
}
