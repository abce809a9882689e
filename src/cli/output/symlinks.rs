//! Links that would lead what is written out of the project without anybody having said so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::project::remote::LOCK_PATH;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::transaction::FileWrite;
use compiler::support::host::{Host, is_really_inside};
use compiler::support::path::{is_inside, normal};

/// Refuses to write what a run keeps, in `.score-rs` and the lock, where a link leads out of the
/// project. That `.score-rs` itself is a link to a directory elsewhere is fine where that is one
/// for this use.
pub(crate) fn refuse_links(items: &[FileWrite], os: &Os) -> Result<(), CliError> {
    let mut known = BTreeMap::new();
    let suspects = items
        .iter()
        .map(|item| item.path.as_path())
        .filter(|path| !is_plain(path, &mut known));
    for path in suspects {
        let kept = path.ancestors().find(|above| {
            above
                .file_name()
                .is_some_and(|name| name == os::DATA_DIRECTORY)
        });
        let Some(kept) = kept else {
            // Other places were named, but for the lock.
            if path == Path::new(LOCK_PATH) && !is_really_inside(path, Path::new(""), os) {
                return Err(leads_out(path, os));
            }
            continue;
        };
        check_directory(kept, os)?;
        let real = os.real_path(path);
        let roots = [Path::new(""), kept.parent().unwrap_or(Path::new("")), kept];
        if !roots
            .iter()
            .any(|root| is_inside(&real, &os.real_path(root)))
        {
            return Err(leads_out(path, os));
        }
    }
    Ok(())
}

/// Whether neither a path nor any directory on the way to it is a link. Each directory is looked at
/// once.
fn is_plain(path: &Path, known: &mut BTreeMap<PathBuf, bool>) -> bool {
    if path.as_os_str().is_empty() || path.parent().is_none() {
        return true;
    }
    if let Some(plain) = known.get(path) {
        return *plain;
    }
    let plain = !os::is_link(path) && path.parent().is_none_or(|above| is_plain(above, known));
    known.insert(path.to_path_buf(), plain);
    plain
}

/// A directory outside of the project is one to keep things in when there is nothing in it, or what
/// such a directory has.
fn check_directory(kept: &Path, os: &Os) -> Result<(), CliError> {
    let beside = kept.parent().unwrap_or(Path::new(""));
    let inside = [Path::new(""), beside]
        .iter()
        .any(|root| is_inside(&os.real_path(kept), &os.real_path(root)));
    let is_ours = || {
        os.read(&kept.join(".gitignore"))
            .is_ok_and(|text| text == b"*\n")
    };
    match inside || !os::is_directory(kept) || os::is_empty_directory(kept) || is_ours() {
        true => Ok(()),
        false => {
            let there = os.real_path(kept);
            let what = format!(
                "`{}` is a link to `{}`, outside of the project",
                kept.display(),
                there.display()
            );
            let help = "remove the link, or let it lead to an empty directory";
            Err(CliError::Io(format!(
                "{what}, where other things lie: {help}; nothing was written"
            )))
        }
    }
}

/// Refuses to write files that nobody named and that a link leads to from inside the project.
pub(crate) fn refuse_found<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    os: &Os,
) -> Result<(), CliError> {
    let root = Path::new("");
    let leads_out_of = |path: &&Path| {
        is_inside(&normal(path), root) && !is_inside(&os.real_path(path), &os.real_path(root))
    };
    paths
        .into_iter()
        .find(leads_out_of)
        .map_or(Ok(()), |path| Err(leads_out(path, os)))
}

fn leads_out(path: &Path, os: &Os) -> CliError {
    let there = os.real_path(path);
    let what = format!(
        "`{}` leads by a link to `{}`, outside of the project",
        path.display(),
        there.display()
    );
    CliError::Io(format!("{what}: remove the link; nothing was written"))
}

/// Refuses an output that nobody named and that is a link out of the project.
pub(crate) fn refuse_default(path: &Path, os: &Os) -> Result<(), CliError> {
    if is_really_inside(path, Path::new(""), os) {
        return Ok(());
    }
    let there = os.real_path(path);
    let what = format!(
        "`{}` leads by a link to `{}`, outside of the project",
        path.display(),
        there.display()
    );
    Err(CliError::Io(format!(
        "{what}: name the place with `--output`, or remove the link; nothing was written"
    )))
}
