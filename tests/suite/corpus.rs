//! Public Score files, where they are at hand: none of them may be refused for its form.

use std::path::{Path, PathBuf};

use crate::place::Place;

/// The diagnostics that would mean that a public file was misread. What such a file asks for may be wrong: a missing
/// image, a resource that nobody declares.
const FORM: [&str; 18] = [
    "yaml-syntax",
    "yaml-alias",
    "yaml-key",
    "not-utf8",
    "empty-file",
    "duplicate-key",
    "wrong-type",
    "unknown-key",
    "missing-key",
    "unknown-value",
    "out-of-range",
    "invalid-name",
    "invalid-quantity",
    "invalid-mode",
    "invalid-target",
    "invalid-base64",
    "api-version",
    "placeholder",
];

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    [beside, PathBuf::from("/work/shared/corpus")].into_iter().find(|path| path.is_dir())
}

fn score_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        // What the Go tools made of a case stands in a directory beside its files.
        if path.is_dir() && !["score-k8s", "score-compose"].contains(&name.as_str()) {
            score_files(&path, found);
        } else if name.starts_with("score") && name.ends_with(".yaml") && !name.contains("provisioners") {
            found.push(path);
        }
    }
}

#[test]
fn public_files_have_a_form_that_is_understood() {
    let Some(corpus) = corpus() else {
        println!("skipped: there is no corpus beside the project");
        return;
    };
    let mut files = Vec::new();
    score_files(&corpus, &mut files);
    assert!(files.len() > 30, "only {} files were found in {}", files.len(), corpus.display());
    let place = Place::new();
    for file in files {
        let file = file.to_str().unwrap();
        let ended = place.run(&["validate", "--format", "short", file]);
        assert!(matches!(ended.code, Some(0 | 1)), "{file}: {ended:?}");
        let errors = ended.stdout.lines().filter(|line| line.contains(": error: "));
        let misread: Vec<&str> =
            errors.filter(|line| FORM.iter().any(|name| line.contains(&format!("[{name}")))).collect();
        assert!(misread.is_empty(), "{}", misread.join("\n"));
    }
}
