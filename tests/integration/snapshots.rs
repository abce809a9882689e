//! Snapshots: expected outputs in files.
//!
//! Text for people is in `.snap` files of insta. Files that other programs read, such as
//! `fixtures/*/compose.yaml`, are plain files beside their inputs: insta would add a header to each
//! or store it as binary, without a diff in a review.
//!
//! `cargo insta review` shows changed texts. `INSTA_UPDATE=always cargo test` accepts all changes,
//! of both kinds; `git diff` shows them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use insta::internals::SnapshotContents;
use similar::TextDiff;

use crate::sandbox::Sandbox;

/// Files by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What to do about a difference.
pub const HINT: &str =
    "check every changed line, then accept all changes with `INSTA_UPDATE=always cargo test`";

/// Compares texts exactly. The default of insta ignores leading line ends.
#[derive(Clone)]
struct Exact;

impl insta::Comparator for Exact {
    fn matches(&self, reference: &insta::Snapshot, test: &insta::Snapshot) -> bool {
        match (reference.contents(), test.contents()) {
            (SnapshotContents::Text(reference), SnapshotContents::Text(test)) => {
                reference.matches_latest(test)
            }
            _ => false,
        }
    }

    fn dyn_clone(&self) -> Box<dyn insta::Comparator> {
        Box::new(self.clone())
    }
}

/// Compares a text with `DIRECTORY/NAME.snap`. A review shows the `input` file.
#[track_caller]
pub fn assert_text(directory: &Path, name: &str, input: Option<&Path>, text: &str) {
    // The file format keeps neither carriage returns nor white space at the end.
    assert!(
        !text.contains('\r'),
        "{name} contains a carriage return: {text:?}"
    );
    assert_eq!(
        text.trim_end(),
        text.strip_suffix('\n').unwrap_or(text),
        "{name} ends with white space"
    );
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(directory);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_comparator(Box::new(Exact));
    input
        .iter()
        .for_each(|input| settings.set_input_file(input));
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Whether to accept changed files.
fn accepts_changes() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|update| ["always", "force"].contains(&update.as_str()))
}

/// The differences of the stored files in a directory and the current ones. Accepted changes are
/// written and not returned.
pub fn compare_files(directory: &Path, stored: &Files, current: &Files) -> String {
    if accepts_changes() {
        accept(directory, stored, current);
        return String::new();
    }
    differences(directory, stored, current)
}

/// Compares a text with a plain file.
#[track_caller]
pub fn assert_file(path: &Path, text: &str) {
    let files = |text: &str| {
        Files::from([(
            path.file_name().unwrap().to_str().unwrap().to_owned(),
            text.into(),
        )])
    };
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    let differences = compare_files(path.parent().unwrap(), &files(&stored), &files(text));
    assert!(differences.is_empty(), "{differences}\n{HINT}");
}

fn accept(directory: &Path, stored: &Files, current: &Files) {
    for path in stored.keys().filter(|path| !current.contains_key(*path)) {
        std::fs::remove_file(directory.join(path)).unwrap();
    }
    for (path, content) in current
        .iter()
        .filter(|(path, content)| stored.get(*path) != Some(*content))
    {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

fn differences(directory: &Path, stored: &Files, current: &Files) -> String {
    let mut paths: Vec<&String> = stored.keys().chain(current.keys()).collect();
    paths.sort();
    paths.dedup();
    let mut differences = String::new();
    for path in paths
        .into_iter()
        .filter(|path| stored.get(*path) != current.get(*path))
    {
        let text = |files: &Files| {
            String::from_utf8_lossy(files.get(path).map_or(&[][..], Vec::as_slice)).into_owned()
        };
        let (stored, current) = (text(stored), text(current));
        let diff = TextDiff::from_lines(&stored, &current);
        let path = directory.join(path).display().to_string();
        write!(
            differences,
            "{}",
            diff.unified_diff().header(&path, "current output")
        )
        .unwrap();
        // Invalid UTF-8 may differ without a difference of the texts.
        writeln!(differences, "{path} differs").unwrap();
    }
    differences
}

#[test]
fn differences_of_files_are_detected() {
    let files = |pairs: &[(&str, &str)]| -> Files {
        pairs
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect()
    };
    let differences = |stored: &[(&str, &str)], current: &[(&str, &str)]| {
        differences(Path::new("fixtures/x"), &files(stored), &files(current))
    };
    assert_eq!(differences(&[("a", "1\n")], &[("a", "1\n")]), "");
    assert!(differences(&[("a", "1\n2\n")], &[("a", "1\n3\n")]).contains("-2\n+3\n"));
    assert!(differences(&[("a", "1\n")], &[]).contains("fixtures/x/a differs"));
    assert!(differences(&[], &[("a", "")]).contains("fixtures/x/a differs"));
}

#[test]
fn differences_of_texts_are_detected() {
    // These variables make insta accept differences.
    if accepts_changes() || std::env::var_os("INSTA_FORCE_PASS").is_some() {
        return;
    }
    let sandbox = Sandbox::with_files(&[("a.snap", "---\nsource: x\n---\na\nb\n")]);
    let matches = |text: &str| {
        let directory = sandbox.path("").canonicalize().unwrap();
        std::panic::catch_unwind(|| assert_text(&directory, "a", None, text)).is_ok()
    };
    assert!(matches("a\nb\n"));
    for text in [
        "a\nc\n",
        "\na\nb\n",
        "a \nb\n",
        " a\nb\n",
        "a\r\nb\n",
        "a\nb\n\n",
        "a\nb\nc\n",
        "",
    ] {
        assert!(!matches(text), "{text:?}");
    }
}
