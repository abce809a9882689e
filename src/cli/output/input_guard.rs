//! The files that a run reads, which it must not overwrite.

use std::collections::BTreeSet;
use std::path::Path;

use crate::system::error::CliError;
use crate::system::os::{self, Os};
use compiler::support::parallel;
use diagnostics::source::Sources;

/// The files that a run has read so far, and its seed, by their identity: a link or another
/// spelling of the path leads to the same file.
pub(crate) struct InputGuard<'a> {
    sources: &'a Sources,
    os: &'a Os,
}

impl<'a> InputGuard<'a> {
    pub(crate) fn new(sources: &'a Sources, os: &'a Os) -> InputGuard<'a> {
        InputGuard { sources, os }
    }

    /// Rejects a path that is an input.
    pub(crate) fn check<'p>(&self, paths: impl Iterator<Item = &'p Path>) -> Result<(), CliError> {
        let existing = paths.filter_map(|path| Some((path, os::file_identity(path)?)));
        let existing: Vec<_> = existing.collect();
        // Most runs have many inputs, and a first run writes over nothing.
        if existing.is_empty() {
            return Ok(());
        }
        let inputs = self.identities();
        let input = existing
            .iter()
            .find(|(_, identity)| inputs.contains(identity));
        match input {
            Some((path, _)) => {
                let help = "write to another path";
                Err(CliError::Usage(format!(
                    "`{}` is an input of this run: {help}",
                    path.display()
                )))
            }
            None => Ok(()),
        }
    }

    fn identities(&self) -> BTreeSet<(u64, u64)> {
        // Some sources are flags and embedded definitions; no file has their names.
        let paths = self.sources.read_names().map(Path::new);
        let paths: Vec<&Path> = paths.chain([self.os.seed_file()]).collect();
        let identities = parallel::map(paths, os::file_identity);
        identities.into_iter().flatten().collect()
    }
}
