//! What a run reads, which it must not write over.

use std::collections::BTreeSet;
use std::path::Path;

use crate::system::error::CliError;
use crate::system::os::{self, Os};
use diagnostics::source::Sources;

/// The files that a run has read so far, and its seed, by what tells files apart: a link or another
/// spelling of the path leads to the same file.
pub(crate) struct Inputs(BTreeSet<(u64, u64)>);

impl Inputs {
    pub(crate) fn of(sources: &Sources, os: &Os) -> Inputs {
        // Some sources are flags and embedded definitions; no file has their names.
        let paths = sources.read_names().map(Path::new).chain([os.seed_file()]);
        Inputs(paths.filter_map(os::file_identity).collect())
    }

    /// Refuses to write to any of these paths where that would be to write over an input.
    pub(crate) fn refuse<'a>(
        &self,
        mut written: impl Iterator<Item = &'a Path>,
    ) -> Result<(), CliError> {
        match written.find(|path| os::file_identity(path).is_some_and(|own| self.0.contains(&own)))
        {
            Some(path) => {
                let help = "name another place to write";
                Err(CliError::Usage(format!(
                    "`{}` is read by this run: {help}",
                    path.display()
                )))
            }
            None => Ok(()),
        }
    }
}
