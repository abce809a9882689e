//! Reads the files that Score files and definitions name by paths relative to themselves.

use std::path::{Path, PathBuf};

use super::host::{Host, HostError, is_really_inside};
use super::path::{is_inside, normal};
use super::similar_file;
use crate::rules::{OUTSIDE_PROJECT, PRIVATE_SOURCE, UNREADABLE_FILE_SOURCE};
use diagnostics::report::Problem;

/// Which files beside a Score file or a definition may be read.
#[derive(Debug, Clone, Copy)]
pub struct FileRules {
    /// Whether a file outside the project may be read.
    pub allow_outside: bool,
}

/// The files that a file may name.
pub(crate) struct ProjectFiles<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) rules: FileRules,
    /// The directory of the file that names them.
    pub(crate) directory: &'a Path,
    /// The file that names them, for messages: `this Score file`.
    pub(crate) namer: &'a str,
}

impl ProjectFiles<'_> {
    /// Reads a file: its path relative to the project, and its content. `source` is relative to the
    /// directory. The problem has no place yet.
    pub(crate) fn read(&self, source: &str) -> Result<(PathBuf, Vec<u8>), Box<Problem>> {
        let path = self.path(source)?;
        match self.host.read(&path) {
            Ok(bytes) => Ok((path, bytes)),
            Err(error) => Err(Box::new(self.unreadable(&path, error, source))),
        }
    }

    /// The path of a file relative to the project. It must be inside the project unless the rules
    /// allow more.
    fn path(&self, source: &str) -> Result<PathBuf, Box<Problem>> {
        let directories = [self.directory, Path::new("")];
        let mut path = normal(&directories[0].join(source));
        if path.as_os_str().is_empty() {
            path.push(".");
        }
        if self.host.is_private(&path) {
            let message = format!("`{source}` is private to score-rs and may contain secrets");
            let help = "name another file; outputs of resources are written as placeholders";
            return Err(Box::new(Problem::new(&PRIVATE_SOURCE, message).help(help)));
        }
        let is_really_within = |root: &&Path| is_really_inside(&path, root, self.host);
        if self.rules.allow_outside || directories.iter().any(is_really_within) {
            return Ok(path);
        }
        // A path that looks like one inside can only be outside through a symbolic link.
        let is_within = |root: &&Path| is_inside(&path, &normal(root));
        let how = match directories.iter().any(is_within) {
            true => "points by a symbolic link",
            false => "lies",
        };
        let message = format!("`{source}` {how} outside the project");
        let help = "copy it into the project, or allow it with `--allow-outside`";
        Err(Box::new(Problem::new(&OUTSIDE_PROJECT, message).help(help)))
    }

    fn unreadable(&self, path: &Path, error: HostError, source: &str) -> Problem {
        let (why, help) = match error {
            HostError::NotFound => {
                let help = similar_file::help(source, self.directory, self.namer, self.host);
                ("there is no such file".to_owned(), help)
            }
            HostError::Failed(why) => (why, "name a file that can be read".to_owned()),
        };
        let message = format!("`{}` cannot be read: {why}", path.display());
        Problem::new(&UNREADABLE_FILE_SOURCE, message).help(help)
    }
}
