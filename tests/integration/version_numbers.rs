//! The version is in several files, and a release changes all of them.

use std::path::Path;

/// Files, and what is before the version in them.
const PLACES: [(&str, &str); 10] = [
    ("editors/vscode/package.json", "\"version\": \""),
    ("integrations/argocd/sidecar.yaml", "score-rs/score-rs:"),
    ("action.yml", "    default: "),
    ("README.md", "score-rs/score-rs@v"),
    ("spec/pipelines.md", "score-rs/score-rs@v"),
    (
        "integrations/gitlab/templates/score-rs.yml",
        "      default: ",
    ),
    ("integrations/gitlab/README.md", "score-rs@"),
    ("integrations/pre-commit/pyproject.toml", "version = \""),
    ("integrations/pre-commit/pyproject.toml", "score-rs-cli=="),
    ("integrations/pre-commit/README.md", "rev: v"),
];

#[test]
fn every_file_has_the_version_of_the_crate() {
    let version = env!("CARGO_PKG_VERSION");
    for (file, before) in PLACES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(before)).collect();
        let is_versioned = |line: &&str| line.contains(&format!("{before}{version}"));
        assert!(
            lines.iter().any(is_versioned),
            "{file} has no version {version} after {before:?}: {lines:#?}"
        );
    }
}
