//! A world that is not as it should be: links and directories where files are expected, no room, no
//! home. What needs another user or a mount of its own is in `.ci/judge-disk.sh`.

use std::os::unix::fs::symlink;

use crate::place::{Ended, Place, end};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {TOKEN: '${resources.db.password}'}
resources:
  db: {type: postgres}
";

fn shop() -> Place {
    Place::with(&[("score.yaml", SHOP)])
}

/// Without a seed in the environment.
fn unseeded(place: &Place, arguments: &[&str]) -> Ended {
    end(
        place
            .command(arguments)
            .env_remove("SCORE_RS_SEED")
            .spawn()
            .unwrap(),
        arguments,
    )
}

/// The run ends with these words and exit code 3, and leaves what is there.
#[track_caller]
fn refused(place: &Place, arguments: &[&str], words: &str) {
    let before = place.list();
    let ended = unseeded(place, arguments);
    assert!(
        ended.stderr.ends_with(&format!("error: {words}\n")),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("os error"), "{}", ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""));
    assert_eq!(place.list(), before);
}

#[test]
fn a_link_in_place_of_the_output_stays_a_link() {
    let place = shop();
    for (link, target) in [
        ("compose.yaml", "one"),
        ("one", "below/two"),
        ("below/two", "three"),
    ] {
        std::fs::create_dir_all(place.path("below")).unwrap();
        symlink(target, place.path(link)).unwrap();
    }
    for round in 0..2 {
        assert_eq!(place.run(&["generate"]).code, Some(0));
        assert!(
            place.read("below/three").starts_with("services:"),
            "{round}"
        );
        let is_link = |name: &str| place.path(name).is_symlink();
        assert!(
            is_link("compose.yaml") && is_link("one") && is_link("below/two"),
            "{round}"
        );
        place.write("below/three", "old");
    }
}

#[test]
fn what_is_no_place_for_the_output_is_told() {
    let place = shop();
    place.write("file", "text");
    for (target, link) in [("circle", "circle"), ("nowhere", "to-nowhere")] {
        symlink(target, place.path(link)).unwrap();
    }
    let seed = ["--seed-file", "file", "--stateless"];
    for (output, words) in [
        (
            "circle",
            "cannot write `circle`: it is a link that leads back to itself; nothing was written",
        ),
        (
            "file/x",
            "cannot write `file/x`: `file` is no directory; nothing was written",
        ),
        (
            "to-nowhere/x",
            "cannot write `to-nowhere/x`: `to-nowhere` is a link that leads to no directory; nothing was written",
        ),
    ] {
        refused(
            &place,
            &[&["generate", "-o", output], &seed[..]].concat(),
            words,
        );
    }
}

#[test]
fn what_is_kept_needs_a_directory() {
    let no_place = "a new seed is needed, and nothing can be written in `.score-rs/seed`: give a seed in SCORE_RS_SEED or \
                    with --seed-file; nothing was written";
    let place = shop();
    place.write(".score-rs", "a file");
    refused(&place, &["generate"], no_place);
    // A seed that is given needs no place, and the state is not needed.
    let ended = place.run(&["generate"]);
    assert!(
        ended.code == Some(0) && ended.stderr.contains("[state-not-saved]"),
        "{}",
        ended.stderr
    );
    std::fs::remove_file(place.path(".score-rs")).unwrap();
    symlink("nowhere", place.path(".score-rs")).unwrap();
    refused(&place, &["generate"], no_place);
    std::fs::create_dir(place.path("nowhere")).unwrap();
    assert_eq!(unseeded(&place, &["generate"]).code, Some(0));
    assert!(place.path("nowhere/seed").is_file() && place.path(".score-rs").is_symlink());
}

/// A link that came with a project must not write over what lies outside of it.
#[test]
fn nothing_is_written_outside_by_a_link_that_nobody_named() {
    let refused = |place: &Place, arguments: &[&str], words: &str| {
        let before = place.list();
        let ended = place.run(&[&["-C", "project"], arguments].concat());
        assert!(
            ended.code == Some(3) && ended.stderr.contains(words),
            "{arguments:?}: {ended:?}"
        );
        assert!(
            ended.stderr.trim_end().ends_with("nothing was written"),
            "{ended:?}"
        );
        assert_eq!(place.list(), before);
        assert_eq!(place.read("outside/file"), "text");
    };
    let with = |link: &str, target: &str| {
        let place = Place::with(&[("project/score.yaml", SHOP), ("outside/file", "text")]);
        std::fs::create_dir_all(place.path("project").join(link).parent().unwrap()).unwrap();
        symlink(target, place.path("project").join(link)).unwrap();
        place
    };
    let fine = |place: &Place, arguments: &[&str]| {
        let ended = place.run(&[&["-C", "project"], arguments].concat());
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    };
    let place = with("compose.yaml", "../outside/file");
    refused(&place, &["generate"], "`compose.yaml` leads by a link to `");
    refused(
        &place,
        &["generate"],
        "name the place with `--output`, or remove the link",
    );
    // What is named is meant.
    fine(&place, &["generate", "-o", "compose.yaml"]);
    assert!(place.read("outside/file").starts_with("services:"));
    // A directory for what is kept may lie elsewhere, when it is one for that.
    let place = with(".score-rs", "../outside");
    refused(
        &place,
        &["generate"],
        "outside of the project, where other things lie: remove the link",
    );
    refused(
        &place,
        &["resources", "get-outputs", "postgres.default#shop.db"],
        "where other things lie",
    );
    let place = with(".score-rs", "../kept");
    std::fs::create_dir(place.path("kept")).unwrap();
    fine(&place, &["generate"]);
    place.write(
        "project/score.yaml",
        place
            .read("project/score.yaml")
            .replace("db:", "base:")
            .replace(".db.", ".base."),
    );
    fine(&place, &["generate"]);
    assert!(place.path("kept/compose/state.yaml").exists());
    let place = with(".score-rs/.gitignore", "../../outside/file");
    refused(
        &place,
        &["generate"],
        "`.score-rs/.gitignore` leads by a link to `",
    );
    let place = with(".score-rs/compose/state.yaml", "../../../outside/state");
    refused(
        &place,
        &["generate"],
        "`.score-rs/compose/state.yaml` leads by a link to `",
    );
    let place = with(".score-rs/compose", "../../outside");
    refused(&place, &["generate"], "leads by a link to");
}

#[test]
fn a_seed_is_made_where_a_link_leads() {
    let place = shop();
    std::fs::create_dir(place.path(".score-rs")).unwrap();
    symlink("../my-seed", place.path(".score-rs/seed")).unwrap();
    assert_eq!(unseeded(&place, &["generate"]).code, Some(0));
    assert!(place.path(".score-rs/seed").is_symlink() && place.read("my-seed").len() == 65);
}

/// A program that changes the state of the project it works for would never come to an end.
#[test]
fn a_state_that_changes_each_time_ends_the_run() {
    use std::os::unix::fs::PermissionsExt;
    let place = shop();
    place.write(
        "all.provisioners.yaml",
        "- {uri: 'cmd://./write.sh', type: postgres}\n",
    );
    let script = "#!/bin/sh\nmkdir -p .score-rs/compose\necho \"# $$\" >>.score-rs/compose/state.yaml\necho '{\"resource_outputs\": {\"password\": \"x\"}}'\n";
    place.write("write.sh", script);
    std::fs::set_permissions(place.path("write.sh"), PermissionsExt::from_mode(0o755)).unwrap();
    let ended = place.run(&["generate", "-v", "--provisioners", "all.provisioners.yaml"]);
    let wanted = "error: what is kept in `.score-rs` has changed during each of 100 attempts; nothing was written; find out \
                  what writes there, and run this again\n";
    assert!(
        ended.code == Some(3) && ended.stderr.ends_with(wanted),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("verbose: another run has changed what is kept here"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_directory_is_no_seed_no_state_and_no_journal() {
    let place = shop();
    std::fs::create_dir_all(place.path(".score-rs/seed")).unwrap();
    let help = "give a seed in SCORE_RS_SEED or with --seed-file";
    refused(
        &place,
        &["generate"],
        &format!("cannot read `.score-rs/seed`: it is a directory; {help}"),
    );
    std::fs::remove_dir(place.path(".score-rs/seed")).unwrap();
    place.write(".score-rs/seed", "\n");
    refused(
        &place,
        &["generate"],
        &format!("cannot read `.score-rs/seed`: it is empty; {help}"),
    );
    std::fs::remove_file(place.path(".score-rs/seed")).unwrap();
    std::fs::create_dir(place.path(".score-rs/journal")).unwrap();
    refused(
        &place,
        &["generate"],
        "cannot write `.score-rs/journal`: it is a directory; nothing was written",
    );
    std::fs::remove_dir(place.path(".score-rs/journal")).unwrap();
    std::fs::create_dir_all(place.path(".score-rs/compose/state.yaml")).unwrap();
    refused(
        &place,
        &["generate"],
        "cannot read `.score-rs/compose/state.yaml`: it is a directory",
    );
    refused(
        &place,
        &["resources", "prune"],
        "cannot read `.score-rs/compose/state.yaml`: it is a directory",
    );
}

#[test]
fn where_there_is_no_room_the_old_files_stay() {
    let place = shop();
    let large = SHOP.replace(
        "    variables:",
        &format!("    command: [{}]\n    variables:", "x".repeat(3000)),
    );
    assert_eq!(unseeded(&place, &["generate"]).code, Some(0));
    let old = (
        place.read("compose.yaml"),
        place.read(".score-rs/compose/state.yaml"),
        place.list(),
    );
    place.write(
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
        .current_dir(place.path("."))
        .output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = "error: cannot write `compose.yaml`: it would be larger than a file may be; nothing was written\n";
    assert!(
        said.ends_with(wanted) && output.status.code() == Some(3),
        "{said}"
    );
    assert_eq!(
        (
            place.read("compose.yaml"),
            place.read(".score-rs/compose/state.yaml"),
            place.list()
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
        let mut command = place.command(arguments);
        let ended = end(command.stdout(full).spawn().unwrap(), arguments);
        let wanted = "error: cannot write to standard output: no space is left there\n";
        assert!(
            ended.code == Some(3) && ended.stderr.ends_with(wanted),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
}

/// As nobody who is root is refused anything, this is tested where somebody else runs it, and in
/// `.ci/judge-disk.sh`.
#[test]
fn where_nothing_may_be_written_that_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let place = shop();
    let allow = |mode: u32| {
        std::fs::set_permissions(place.path("."), PermissionsExt::from_mode(mode)).unwrap()
    };
    allow(0o555);
    if std::fs::write(place.path("probe"), "").is_ok() {
        allow(0o755);
        return println!("skipped: this user may write everywhere");
    }
    let words = "cannot write `compose.yaml`: permission denied; nothing was written";
    refused(
        &place,
        &["generate", "--stateless", "--seed-file", "score.yaml"],
        words,
    );
    allow(0o755);
}

#[test]
fn neither_home_nor_time_zone_matter() {
    let place = shop();
    assert_eq!(place.run(&["generate"]).code, Some(0));
    let first = place.read("compose.yaml");
    for (name, value) in [
        ("HOME", "/nowhere"),
        ("HOME", ""),
        ("TZ", "Asia/Tokyo"),
        ("SOURCE_DATE_EPOCH", "0"),
    ] {
        std::fs::remove_file(place.path("compose.yaml")).unwrap();
        let ended = end(
            place
                .command(&["generate"])
                .env(name, value)
                .spawn()
                .unwrap(),
            &["generate"],
        );
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(place.read("compose.yaml"), first, "{name}");
    }
}
