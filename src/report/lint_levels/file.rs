//! Finds the project file.

use std::path::{Path, PathBuf};

use crate::system::os;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};

rules! {
    /// A file is named almost `score-rs.yaml`, and is ignored.
    pub MISNAMED_PROJECT_FILE: "misnamed-project-file", Warning;
}

/// The name of the project file.
pub(crate) const FILE: &str = "score-rs.yaml";
/// Wrong names for it, which are reported.
const MISNOMERS: [&str; 8] = [
    "score-rs.yml",
    "score-rs.YAML",
    "score-rs.YML",
    "Score-rs.yaml",
    "score_rs.yaml",
    "score_rs.yml",
    ".score-rs.yaml",
    ".score-rs.yml",
];

/// The nearest project file from the current directory up to the root of the git repository.
/// Outside of a repository, only the current directory counts, so that a stray file above has no
/// effect. Files with a wrong name on the way are reported.
pub(crate) fn find(sources: &mut Sources, report: &mut Report) -> Option<PathBuf> {
    for directory in os::ancestors_in_repository() {
        let path = directory.join(FILE);
        os::note_file(&path);
        let exists = os::exists(&path);
        for other in MISNOMERS
            .iter()
            .map(|name| directory.join(name))
            .filter(|other| os::exists(other))
        {
            // A file system that ignores case gives the file itself under another spelling.
            if !(exists && os::is_same_path(&path, &other)) {
                report.push(misnamed(&other, exists, sources));
            }
        }
        if exists {
            return Some(path);
        }
    }
    None
}

fn misnamed(path: &Path, has_project_file: bool, sources: &mut Sources) -> Problem {
    let message = format!(
        "`{}` is ignored: the project file must be named `{FILE}`",
        path.display()
    );
    let start = Span::new(sources.add_file(path.display().to_string(), ""), 0, 0);
    let help = if has_project_file {
        "move its content to that file, and remove this one"
    } else {
        "rename it to `score-rs.yaml`"
    };
    Problem::new(&MISNAMED_PROJECT_FILE, message)
        .at(start)
        .help(help)
}
