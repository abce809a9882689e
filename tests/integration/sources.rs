//! The Rust sources of the project, for tests that look at them.

use std::collections::BTreeMap;
use std::path::Path;

/// Every source file of the command and the crates, by its path in the repository.
pub fn all() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    for folder in ["src", "crates"] {
        read(&root.join(folder), &format!("{folder}/"), &mut files);
    }
    assert!(
        files.len() > 50,
        "the sources were not found in {}",
        root.display()
    );
    files
}

fn read(directory: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else if name.ends_with(".rs") {
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}
