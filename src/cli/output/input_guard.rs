//! The files that a run reads, which it must not overwrite.

use std::collections::BTreeSet;
use std::path::Path;

use crate::system::error::CliError;
use crate::system::os::{self, Os};
use diagnostics::source::Sources;

/// The files that a run has read so far, and its seed, by their identity: a link or another
/// spelling of the path leads to the same file.
pub(crate) struct InputGuard(BTreeSet<(u64, u64)>);

impl InputGuard {
    pub(crate) fn new(sources: &Sources, os: &Os) -> InputGuard {
        // Some sources are flags and embedded definitions; no file has their names.
        let paths = sources.read_names().map(Path::new).chain([os.seed_file()]);
        InputGuard(paths.filter_map(os::file_identity).collect())
    }

    /// Rejects a path that is an input.
    pub(crate) fn check<'a>(
        &self,
        mut paths: impl Iterator<Item = &'a Path>,
    ) -> Result<(), CliError> {
        let is_input = |path: &&Path| {
            os::file_identity(path).is_some_and(|identity| self.0.contains(&identity))
        };
        match paths.find(is_input) {
            Some(path) => {
                let help = "write to another path";
                Err(CliError::Usage(format!(
                    "`{}` is an input of this run: {help}",
                    path.display()
                )))
            }
            None => Ok(()),
        }
    }
}
