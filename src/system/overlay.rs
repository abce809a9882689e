//! A host with other texts for some files, such as those that an editor has not saved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::os::{self, Os};
use compiler::support::host::{Host, HostError, Program, ProgramResult};
use compiler::support::path::normal;
use compiler::support::random::Key;

/// Standard input as an argument of the command line.
pub(crate) const DASH: &str = "-";

/// Texts by the [`file_key`] of their files.
pub(crate) type Texts = BTreeMap<PathBuf, Arc<str>>;

/// The system, but for the texts of some files.
pub(crate) struct OverlayHost<'a> {
    os: &'a Os,
    texts: Texts,
}

impl<'a> OverlayHost<'a> {
    /// The system with these texts.
    pub(crate) fn new(os: &'a Os, texts: Texts) -> OverlayHost<'a> {
        OverlayHost { os, texts }
    }

    /// Sets the text of the file with this key.
    pub(crate) fn set(&mut self, key: PathBuf, text: impl Into<Arc<str>>) {
        self.texts.insert(key, text.into());
    }

    fn text(&self, path: &Path) -> Option<Vec<u8>> {
        if self.texts.is_empty() {
            return None;
        }
        let text = self.texts.get(&file_key(path))?;
        Some(text.as_bytes().to_vec())
    }

    /// As [`OverlayHost::text`], for a file. `-` is standard input, but `./-` is a file.
    fn file_text(&self, path: &Path) -> Option<Vec<u8>> {
        self.text(path).filter(|_| path.as_os_str() != DASH)
    }
}

/// A path that is the same for all paths of a file. Standard input has its own.
pub(crate) fn file_key(path: &Path) -> PathBuf {
    let absolute = || normal(&os::current_directory().unwrap_or_default().join(path));
    match path.to_str() {
        Some(DASH) => path.to_path_buf(),
        _ => os::resolve_link(path).unwrap_or_else(absolute),
    }
}

impl Host for OverlayHost<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        self.file_text(path).map_or_else(|| self.os.read(path), Ok)
    }

    fn read_named(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        self.file_text(path)
            .map_or_else(|| self.os.read_named(path), Ok)
    }

    fn names_in(&self, directory: &Path) -> Vec<String> {
        self.os.names_in(directory)
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        self.os.real_path(path)
    }

    fn is_private(&self, path: &Path) -> bool {
        self.os.is_private(path)
    }

    fn standard_input(&self) -> Result<Vec<u8>, HostError> {
        self.text(Path::new(DASH))
            .map_or_else(|| self.os.standard_input(), Ok)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.os.variable(name)
    }

    fn project_variable(&self, name: &str) -> Option<String> {
        self.os.project_variable(name)
    }

    fn refuses_programs(&self) -> Option<&'static str> {
        self.os.refuses_programs()
    }

    fn seed(&self) -> Result<Key, HostError> {
        self.os.seed()
    }

    fn run(&self, program: &Program) -> Result<ProgramResult, HostError> {
        self.os.run(program)
    }

    fn log(&self, text: &str) {
        self.os.log(text);
    }
}
