//! Putting one version of a file in the place of another.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// As many links in a row as Linux follows.
const MOST_LINKS: usize = 40;

/// Where a path leads through the links that may be in its place, be it to what is not there yet;
/// what is no link leads to itself. Fails when the links lead in a circle.
pub(crate) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..=MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("it is a link that leads back to itself"))
}

/// What tells one version of a file from another without reading it; `None` where there is nothing.
/// It is only ever compared with itself, so that it does not matter what the clock says.
pub(crate) fn version(path: &Path) -> Option<String> {
    let metadata = path.symlink_metadata().ok()?;
    Some(format!(
        "{} {}.{}",
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec()
    ))
}

/// A file as it was, so that it can be put back.
pub(crate) struct Old {
    pub(crate) bytes: Vec<u8>,
    /// Its permission bits.
    pub(crate) mode: u32,
}

/// Takes down a file as it is; `None` where there is none or it may not be read.
pub(crate) fn read_for_rollback(path: &Path) -> Option<Old> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    Some(Old {
        bytes: fs::read(path).ok()?,
        mode,
    })
}

/// The bytes of a file that only its owner may see, and that is this user's or, for root,
/// anybody's; `None` for every other one, such as one that came with a repository, where no file
/// has that mode.
pub(crate) fn read_private(path: &Path) -> Option<Vec<u8>> {
    let metadata = path.symlink_metadata().ok()?;
    let user = rustix::process::geteuid();
    let is_own = user.is_root() || metadata.uid() == user.as_raw();
    let is_private =
        metadata.is_file() && metadata.mode() & 0o077 == 0 && metadata.len() <= super::LARGEST_FILE;
    (is_own && is_private).then(|| fs::read(path).ok())?
}

/// Removes a file that is needed no more. That it is gone already is no failure.
pub(crate) fn remove_old(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a directory and those above it; gives those that were not there before, the outermost
/// first. When it cannot, it leaves none.
pub(crate) fn make_directories(path: &Path, mode: u32) -> io::Result<Vec<PathBuf>> {
    let above = path
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty());
    let mut missing: Vec<PathBuf> = above
        .take_while(|path| !path.is_dir())
        .map(Path::to_path_buf)
        .collect();
    missing.reverse();
    if let Some(wrong) = missing.iter().find(|path| path.symlink_metadata().is_ok()) {
        let what = if wrong.is_symlink() {
            "a link that leads to no directory"
        } else {
            "no directory"
        };
        return Err(io::Error::other(format!("`{}` is {what}", wrong.display())));
    }
    if missing.is_empty() {
        return Ok(missing);
    }
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path);
    made.inspect_err(|_| {
        missing
            .iter()
            .rev()
            .for_each(|path| drop(fs::remove_dir(path)))
    })?;
    Ok(missing)
}

/// The bytes of a path.
pub(crate) fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// The path that has these bytes.
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
