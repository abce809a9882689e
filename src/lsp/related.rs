//! Which Score files of a large project a problem of one file can depend on: those whose workloads
//! it names, that name its workloads, and that share a resource with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::project::overrides::workload_names;
use diagnostics::source::Sources;

/// The most files that are validated together. A keystroke in a file with more waits for the
/// validation of all.
const MAX: usize = 50;

/// What a Score file has that others may refer to, and the words that may refer to others.
#[derive(Debug, Default)]
struct Names {
    workloads: BTreeSet<String>,
    ids: BTreeSet<String>,
    words: BTreeSet<String>,
}

/// The names of all Score files of a project.
#[derive(Debug, Default)]
pub(super) struct Related {
    files: BTreeMap<PathBuf, Names>,
    /// The files that declare or name a workload, or share an id.
    users: BTreeMap<String, BTreeSet<PathBuf>>,
}

impl Related {
    /// Reads the names of texts.
    pub(super) fn new(texts: Vec<(PathBuf, Arc<str>)>) -> Related {
        let files = texts
            .into_iter()
            .map(|(path, text)| (path, Names::of(&text)));
        let mut files: BTreeMap<PathBuf, Names> = files.collect();
        let shared = |names: &Names| names.workloads.iter().chain(&names.ids).cloned().collect();
        let known: BTreeSet<String> = files
            .values()
            .flat_map(|names| -> Vec<String> { shared(names) })
            .collect();
        let mut users: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
        for (path, names) in &mut files {
            names.words.retain(|word| known.contains(word));
            for word in names.workloads.iter().chain(&names.ids).chain(&names.words) {
                users.entry(word.clone()).or_default().insert(path.clone());
            }
        }
        Related { files, users }
    }

    /// A file with this text, and those that its problems can depend on; `None` when they are too
    /// many.
    pub(super) fn to(&self, path: &Path, text: &str) -> Option<BTreeSet<PathBuf>> {
        let mut found = BTreeSet::from([path.to_path_buf()]);
        let names = Names::of(text);
        let mut waiting: Vec<&Path> = self.neighbours(&names);
        while let Some(next) = waiting.pop() {
            if !found.insert(next.to_path_buf()) {
                continue;
            }
            if found.len() > MAX {
                return None;
            }
            waiting.extend(
                self.files
                    .get(next)
                    .into_iter()
                    .flat_map(|names| self.neighbours(names)),
            );
        }
        Some(found)
    }

    fn neighbours(&self, names: &Names) -> Vec<&Path> {
        let words = names.workloads.iter().chain(&names.ids).chain(&names.words);
        let users = words.filter_map(|word| self.users.get(word));
        users.flatten().map(PathBuf::as_path).collect()
    }
}

impl Names {
    fn of(text: &str) -> Names {
        let mut sources = Sources::default();
        let source = sources.add("file", text);
        let is_part =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        let words = text
            .split(|letter| !is_part(letter))
            .filter(|word| word.len() > 1);
        let lines = text.split(['\n', ',', '{']);
        let ids = lines.filter_map(|part| part.trim().strip_prefix("id:"));
        let id = |id: &str| id.trim_matches([' ', '"', '\'', '}', '\r']).to_owned();
        Names {
            workloads: workload_names(&sources, &[source]),
            ids: ids.map(id).collect(),
            words: words.map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(name: &str, rest: &str) -> String {
        format!("metadata: {{name: {name}}}\nresources:\n{rest}")
    }

    #[test]
    fn files_are_related_by_workloads_and_shared_resources() {
        let texts = [
            (
                "a",
                workload("shop", "  pay: {type: service, params: {workload: pay}}\n"),
            ),
            ("b", workload("pay", "  db: {type: postgres, id: main}\n")),
            ("c", workload("bank", "  db: {type: postgres, id: main}\n")),
            ("d", workload("other", "  db: {type: postgres}\n")),
        ];
        let files = texts
            .iter()
            .map(|(path, text)| (path.into(), text.as_str().into()));
        let related = Related::new(files.collect());
        let to = |path: &str, text: &str| {
            let found = related.to(Path::new(path), text).unwrap();
            found
                .iter()
                .map(|path| path.display().to_string())
                .collect::<String>()
        };
        assert_eq!(to("a", &texts[0].1), "abc");
        assert_eq!(to("c", &texts[2].1), "abc");
        assert_eq!(to("d", &texts[3].1), "d");
        // A text that is not saved yet counts, and a name that two have.
        assert_eq!(to("d", &workload("bank", "")), "abcd");
    }
}
