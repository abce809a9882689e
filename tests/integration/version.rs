//! `score-rs version`, `--version` and `check-version`.

use crate::cli::{exits_with, sandbox};

#[test]
fn check_version() {
    let sandbox = sandbox();
    let version = format!("score-rs {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (
            exits_with(&sandbox, &["--version"], 0).stdout,
            exits_with(&sandbox, &["version"], 0).stdout
        ),
        (version.clone(), version)
    );
    let exact = format!("v{}", env!("CARGO_PKG_VERSION"));
    for satisfied in [exact.as_str(), ">=0.0.1", ">0.0.1, <1000", "^1000 || >=0.1"] {
        let result = exits_with(&sandbox, &["check-version", satisfied], 0);
        assert_eq!(
            (result.stdout.as_str(), result.stderr.as_str()),
            ("", ""),
            "{satisfied}"
        );
    }
    let unmet = exits_with(&sandbox, &["check-version", ">=1000"], 1);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        unmet.stderr,
        format!(
            "error: score-rs {version} does not satisfy `>=1000`: install a version that does\n"
        )
    );
    for wrong in ["", "one", ">=one.two", "1.2.3.4"] {
        let result = exits_with(&sandbox, &["check-version", wrong], 2);
        assert!(
            result.stderr.contains("write one such as `>=0.1.0`"),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn a_project_can_require_a_version() {
    let sandbox = sandbox();
    let validate = |range: &str, code: i32| {
        let rules = "rules:\n  no-such-rule: deny\nfuture: true\n";
        let rest = if code == 0 { "" } else { rules };
        sandbox.write("score-rs.yaml", format!("version: {range}\n{rest}"));
        exits_with(
            &sandbox,
            &["validate", "--format", "short", "good.yaml"],
            code,
        )
        .stdout
    };
    let version = env!("CARGO_PKG_VERSION");
    for satisfied in [">=0.0.1", &format!("={version}"), ">0.0, <1000", version] {
        assert_eq!(validate(&format!("\"{}\"", satisfied), 0), "");
    }
    assert_eq!(
        validate("'>=1000'", 1),
        format!(
            "score-rs.yaml:1:10: error: this project requires score-rs `>=1000`, but this is \
             {version}; install a version in `>=1000` [unsupported-version]\n"
        )
    );
    let messages = validate("newest", 1);
    assert!(
        messages.contains(":1:10: error: `newest` is not a valid version constraint"),
        "{messages}"
    );
    assert!(messages.contains("no-such-rule"), "{messages}");
    assert!(validate("0.1", 1).contains("`version` must be a string"));
    sandbox.write("score-rs.yaml", "version: '<0.0.1'\n");
    for command in [
        &["generate", "good.yaml"][..],
        &["diff", "good.yaml"],
        &["lock"],
        &["resources", "list", "good.yaml"],
        &["environments", "list"],
        &["why", "image", "good.yaml"],
    ] {
        let result = exits_with(&sandbox, command, 1);
        assert!(
            result.stderr.contains("unsupported-version"),
            "{}",
            result.stderr
        );
    }
    assert!(!sandbox.list().contains(&"compose.yaml".to_owned()));
}
