//! Where the file of a project is, and which files only look like it.

use std::path::{Path, PathBuf};

use crate::system::os;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};

rules! {
    /// A file is nearly called `score-rs.yaml`, and is not read.
    pub MISNAMED_PROJECT_FILE: "misnamed-project-file", Warning;
}

/// The file of a project.
pub(super) const FILE: &str = "score-rs.yaml";
/// Names that people give it, and that are not read.
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

/// The nearest file from the current directory up to the root of its repository. Outside of a
/// repository only the current directory counts, so that nobody's run is decided by a file that
/// somebody left above. What is misnamed on the way is reported.
pub(super) fn find(sources: &mut Sources, report: &mut Report) -> Option<PathBuf> {
    for directory in os::up_to_repository() {
        let path = directory.join(FILE);
        let is_there = os::exists(&path);
        for other in MISNOMERS
            .iter()
            .map(|name| directory.join(name))
            .filter(|other| os::exists(other))
        {
            // Where case does not count, another spelling is the file itself.
            if !(is_there && os::is_same_place(&path, &other)) {
                report.push(misnamed(&other, is_there, sources));
            }
        }
        if is_there {
            return Some(path);
        }
    }
    None
}

fn misnamed(path: &Path, beside: bool, sources: &mut Sources) -> Problem {
    let message = format!(
        "`{}` is not read: the file of a project is called `{FILE}`",
        path.display()
    );
    let start = Span::new(sources.add_file(path.display().to_string(), ""), 0, 0);
    let help = if beside {
        "move what it says to that file, and remove this one"
    } else {
        "rename it to `score-rs.yaml`"
    };
    Problem::new(&MISNAMED_PROJECT_FILE, message)
        .at(start)
        .help(help)
}
