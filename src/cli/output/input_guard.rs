//! The files that a run reads, which it must not overwrite.

use std::collections::BTreeSet;
use std::path::Path;

use crate::system::error::CliError;
use crate::system::os::{self, Os};
use compiler::support::parallel;
use diagnostics::source::Sources;

/// Rejects a path that is an input of the run so far, or its seed: a link or another spelling of the
/// path leads to the same file.
pub(crate) fn check<'p>(
    paths: impl Iterator<Item = &'p Path>,
    sources: &Sources,
    os: &Os,
) -> Result<(), CliError> {
    let existing = paths.filter_map(|path| Some((path, os::file_identity(path)?)));
    let mut existing = existing.peekable();
    // Most runs have many inputs, and a first run writes over nothing.
    if existing.peek().is_none() {
        return Ok(());
    }
    let inputs = identities(sources, os);
    match existing.find(|(_, identity)| inputs.contains(identity)) {
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

fn identities(sources: &Sources, os: &Os) -> BTreeSet<(u64, u64)> {
    // Some sources are flags and embedded definitions; no file has their names.
    let paths = sources.read_names().map(Path::new);
    let paths: Vec<&Path> = paths.chain([os.seed_file()]).collect();
    let identities = parallel::map(paths, os::file_identity);
    identities.into_iter().flatten().collect()
}
