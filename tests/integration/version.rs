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
