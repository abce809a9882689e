//! `score-rs validate`: reports and files.

use crate::cli::{GOOD, WARNS, exits_with, sandbox};
use crate::sandbox::{Sandbox, wait_for_exit};

#[test]
fn the_short_format_has_one_line_per_diagnostic() {
    let sandbox = sandbox();
    let lines = exits_with(
        &sandbox,
        &["validate", "--format", "short", "wrong.yaml", "warns.yaml"],
        1,
    );
    let lines: Vec<&str> = lines.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("wrong.yaml:5:9: error: ") && lines[0].ends_with(" [missing-key]"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("warns.yaml:10:5: warning: ") && lines[1].ends_with(" [removed-key]"),
        "{}",
        lines[1]
    );
    let strict = exits_with(
        &sandbox,
        &["validate", "--format", "short", "--strict", "warns.yaml"],
        1,
    )
    .stdout;
    assert!(strict.starts_with("warns.yaml:10:5: error: "), "{strict}");
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let sandbox = sandbox();
    for (file, format) in [
        ("good.yaml", "json"),
        ("good.yaml", "sarif"),
        ("wrong.yaml", "short"),
        ("wrong.yaml", "json"),
    ] {
        let arguments = ["validate", "--format", format, file];
        let mut command = sandbox.command(&arguments);
        command.stdout(
            std::fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap(),
        );
        let result = wait_for_exit(command.spawn().unwrap(), &arguments);
        let reported = result
            .stderr
            .starts_with("error: cannot write to standard output: ");
        assert!(
            result.code == Some(3) && reported,
            "{arguments:?}: {:?} {}",
            result.code,
            result.stderr
        );
        // A closed pipe is not a failure.
        let mut command = sandbox.command(&arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer);
        let result = wait_for_exit(command.spawn().unwrap(), &arguments);
        assert_eq!(
            result.code,
            Some(i32::from(file == "wrong.yaml")),
            "{arguments:?}: {}",
            result.stderr
        );
    }
}

#[test]
fn only_files_are_discovered_and_duplicates_are_merged() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", GOOD),
        (
            "else/there.yaml",
            WARNS.replace("name: warns", "name: linked").as_str(),
        ),
    ]);
    std::fs::create_dir(sandbox.path("directory.score.yaml")).unwrap();
    std::os::unix::fs::symlink("else", sandbox.path("link.score.yaml")).unwrap();
    std::os::unix::fs::symlink("else/there.yaml", sandbox.path("linked.score.yaml")).unwrap();
    assert!(
        exits_with(&sandbox, &["validate"], 0)
            .stderr
            .contains("2 files are valid")
    );
    std::os::unix::fs::symlink("nowhere", sandbox.path("broken.score.yaml")).unwrap();
    assert!(
        exits_with(&sandbox, &["validate"], 3)
            .stderr
            .contains("broken.score.yaml")
    );
    for second in ["./score.yaml", "else/../score.yaml", "score.yaml"] {
        let messages = exits_with(&sandbox, &["validate", "score.yaml", second], 0).stderr;
        assert_eq!(messages, "1 file is valid\n", "{second}");
    }
}

/// As `generate`: what is published is used.
#[test]
fn a_published_resource_is_not_unused() {
    let warnings = |publish: &str| {
        let environment = format!("target: compose\n{publish}");
        let sandbox = Sandbox::with_files(&[
            (
                "score.yaml",
                "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\nservice: {ports: {web: {port: 80}}}\ncontainers: {main: {image: example.com/shop:1}}\nresources: {gate: {type: gate}}\n",
            ),
            ("environments/local/environment.yaml", &environment),
            (
                "environments/local/gate.provisioners.yaml",
                "- uri: template://gate\n  type: gate\n  outputs: |\n    host: shop-main\n",
            ),
        ]);
        let validate = ["validate", "--env", "local", "--format", "short"];
        exits_with(&sandbox, &validate, 0).stdout
    };
    assert!(warnings("").contains("[unused-resource]"));
    assert_eq!(
        warnings("publish: [\"8080:gate.default#shop.gate.host:80\"]\n"),
        ""
    );
}
