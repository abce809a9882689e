//! Everything that `generate` writes, and what is said of it.

use std::path::{Path, PathBuf};

use super::kept::{kept_directory, new_seed};
use super::screen::print;
use crate::base::text::list_names;
use crate::pipeline::Output;
use crate::shell::env_file::{Completed, EnvFile};
use crate::shell::os::{self, Os};
use crate::shell::project::Stop;
use crate::shell::write::{Item, write};

/// What a run has made.
pub(super) struct Written<'a> {
    pub(super) output: &'a Output,
    /// Where the output goes; `-` is standard output.
    pub(super) path: &'a Path,
    /// The file for the variables that the output leaves open, when one was named.
    pub(super) env_file: Option<&'a EnvFile>,
}

impl Written<'_> {
    /// Writes it and says so.
    pub(super) fn write(&self, os: &Os, quiet: bool) -> Result<(), Stop> {
        let completed = self.env_file.and_then(|file| file.complete(&self.output.variables));
        let said = self.words(completed.as_ref());
        write(&self.items(os, completed))?;
        if self.to_standard_output() {
            print(&self.output.text)?;
        }
        if !quiet {
            said.iter().for_each(|line| os::write_standard_error(&format!("{line}\n")));
        }
        Ok(())
    }

    fn to_standard_output(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    fn words(&self, completed: Option<&Completed>) -> Vec<String> {
        let mut lines = self.output.notes.clone();
        if !self.to_standard_output() {
            lines.push(format!("wrote {}", self.path.display()));
        }
        lines.extend(completed.map(|Completed { item, added }| {
            let path = item.path.display();
            match added.as_slice() {
                [] => format!("wrote {path}, empty: the output leaves no variable open"),
                added => format!("added {} to {path}", list_names(added.iter().map(String::as_str))),
            }
        }));
        lines
    }

    /// What is kept first, the output itself last.
    fn items(&self, os: &Os, completed: Option<Completed>) -> Vec<Item> {
        let mut items = new_seed(os);
        if !self.output.artifacts.is_empty() {
            items.extend(kept_directory(output_directory(self.path)));
        }
        items.extend(self.output.artifacts.iter().map(|artifact| Item {
            path: PathBuf::from(&artifact.path),
            content: artifact.content.clone(),
            mode: artifact.mode,
            lasting: false,
        }));
        items.extend(completed.map(|completed| completed.item));
        if !self.to_standard_output() {
            let mode = if os.drew() { 0o600 } else { 0o644 };
            let content = Some(self.output.text.clone().into_bytes());
            items.push(Item { path: self.path.to_path_buf(), content, mode, lasting: true });
        }
        items
    }
}

/// The directory of the output file, where the files that it mounts are kept; the current one for standard output.
pub(super) fn output_directory(output: &Path) -> &Path {
    output.parent().unwrap_or(Path::new(""))
}
