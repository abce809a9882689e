//! Symbolic links through which a run would write outside the project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::project::remote::LOCK_PATH;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::transaction::FileWrite;
use compiler::support::host::{Host, is_really_inside};
use compiler::support::path::{is_inside, normal};

/// Rejects writes to `.score-rs` and the lock that a link redirects out of the project. `.score-rs`
/// itself may be a link to a directory elsewhere, if that directory is for this use.
pub(crate) fn check_persisted_files(items: &[FileWrite], os: &Os) -> Result<(), CliError> {
    let mut known = BTreeMap::new();
    let paths = items
        .iter()
        .map(|item| item.path.as_path())
        .filter(|path| !has_no_link(path, &mut known));
    for path in paths {
        let directory = path.ancestors().find(|ancestor| {
            ancestor
                .file_name()
                .is_some_and(|name| name == os::DATA_DIRECTORY)
        });
        let Some(directory) = directory else {
            // The user has named every other path but that of the lock.
            if path == Path::new(LOCK_PATH) && !is_really_inside(path, Path::new(""), os) {
                return Err(leads_out(path, os));
            }
            continue;
        };
        check_data_directory(directory, os)?;
        let real = os.real_path(path);
        let roots = [Path::new(""), parent(directory), directory];
        if !roots
            .iter()
            .any(|root| is_inside(&real, &os.real_path(root)))
        {
            return Err(leads_out(path, os));
        }
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Whether neither a path nor any directory on the way to it is a link. Each directory is looked at
/// once.
fn has_no_link(path: &Path, known: &mut BTreeMap<PathBuf, bool>) -> bool {
    if path.as_os_str().is_empty() || path.parent().is_none() {
        return true;
    }
    if let Some(has_no_link) = known.get(path) {
        return *has_no_link;
    }
    let result = !os::is_link(path) && has_no_link(parent(path), known);
    known.insert(path.to_path_buf(), result);
    result
}

/// Rejects a data directory outside the project that holds other things.
fn check_data_directory(directory: &Path, os: &Os) -> Result<(), CliError> {
    let is_in_project = [Path::new(""), parent(directory)]
        .iter()
        .any(|root| is_inside(&os.real_path(directory), &os.real_path(root)));
    let is_ours = || {
        os.read(&directory.join(".gitignore"))
            .is_ok_and(|text| text == b"*\n")
    };
    if is_in_project
        || !os::is_directory(directory)
        || os::is_empty_directory(directory)
        || is_ours()
    {
        return Ok(());
    }
    let (path, real) = (directory.display(), os.real_path(directory));
    let message = format!(
        "`{path}` is a symbolic link to `{}`, outside the project",
        real.display()
    );
    let help = "remove the link, or make it point to an empty directory";
    Err(CliError::Io(format!(
        "{message}, which contains other files: {help}; nothing was written"
    )))
}

/// Rejects files that the user has not named and that are outside the project through a link.
pub(crate) fn check_found_files<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    os: &Os,
) -> Result<(), CliError> {
    let root = Path::new("");
    let leads_out_of_project = |path: &&Path| {
        is_inside(&normal(path), root) && !is_inside(&os.real_path(path), &os.real_path(root))
    };
    paths
        .into_iter()
        .find(leads_out_of_project)
        .map_or(Ok(()), |path| Err(leads_out(path, os)))
}

/// Rejects an output that the user has not named and that is a link out of the project.
pub(crate) fn check_default_output(path: &Path, os: &Os) -> Result<(), CliError> {
    match is_really_inside(path, Path::new(""), os) {
        true => Ok(()),
        false => {
            let help = "set the output with `--output`, or remove the link";
            Err(leads_out_with(path, help, os))
        }
    }
}

fn leads_out(path: &Path, os: &Os) -> CliError {
    leads_out_with(path, "remove the link", os)
}

fn leads_out_with(path: &Path, help: &str, os: &Os) -> CliError {
    let (path, real) = (path.display(), os.real_path(path));
    let message = format!(
        "`{path}` points by a symbolic link to `{}`, outside the project",
        real.display()
    );
    CliError::Io(format!("{message}: {help}; nothing was written"))
}
