//! The templates of public provisioners, where the corpus is there.

use super::Template;
use std::path::{Path, PathBuf};

/// Template sections as they stand in the recorded corpus; it is not part of this repository.
#[test]
#[allow(clippy::disallowed_methods)]
fn every_template_of_the_corpus_parses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !root.is_dir() {
        println!("skipped: there is no corpus in {}", root.display());
        return;
    }
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(
        !files.is_empty(),
        "the corpus in {} has no definitions",
        root.display()
    );
    let mut failures = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (name, section) in sections(&file, &text) {
            if let Err(error) =
                Template::parse(section.trim(), &["encodeSecretRef", "substituteValue"])
            {
                failures.push(format!(
                    "{}: {name}: {} at {}",
                    file.display(),
                    error.message,
                    error.start
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[allow(clippy::disallowed_methods)]
fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, files);
        } else if name.ends_with(".provisioners.yaml") || name.ends_with(".tpl") {
            files.push(path);
        }
    }
}

/// Block scalars `key: |` by indentation: enough of YAML to find the templates.
fn sections(file: &Path, text: &str) -> Vec<(String, String)> {
    if file.extension().is_some_and(|extension| extension == "tpl") {
        return vec![("file".to_owned(), text.to_owned())];
    }
    let mut sections = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some((outer, name, body)) = &mut open {
            if line.trim().is_empty() || indent > *outer {
                body.push_str(line);
                body.push('\n');
                continue;
            }
            sections.push((name.clone(), body.clone()));
            open = None;
        }
        if let Some((name, "|" | "|-" | "|+")) =
            line.trim_start_matches(['-', ' ']).split_once(": ")
        {
            open = Some((indent, name.to_owned(), String::new()));
        }
    }
    sections.extend(open.map(|(_, name, body)| (name, body)));
    sections
}
