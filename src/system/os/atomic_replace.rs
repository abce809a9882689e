//! What is needed to replace a file: its version, its bytes for a rollback, its directories.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The number of symbolic links that Linux follows in one path.
const MAX_LINKS: usize = 40;

/// Follows the symbolic links at a path, also to something that does not exist; any other path is
/// returned as it is. Fails when the links form a cycle.
pub(crate) fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..=MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other(
        "it is a symbolic link that points back to itself",
    ))
}

/// Size and modification time, which differ between versions of a file; `None` when it does not
/// exist. They are only compared for equality, so the clock does not have to be right.
pub(crate) fn file_version(path: &Path) -> Option<String> {
    let metadata = path.symlink_metadata().ok()?;
    Some(format!(
        "{} {}.{}",
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec()
    ))
}

/// The bytes and permission bits of a file, to restore it.
pub(crate) struct OldFile {
    pub(crate) bytes: Vec<u8>,
    /// Its permission bits.
    pub(crate) mode: u32,
}

/// Reads a file to restore it later; `None` when it does not exist or cannot be read.
pub(crate) fn read_for_rollback(path: &Path) -> Option<OldFile> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    Some(OldFile {
        bytes: fs::read(path).ok()?,
        mode,
    })
}

/// The bytes of a file that only its owner may read and that belongs to this user (for root: to
/// any user); `None` for any other, such as one from a git checkout, which never has that mode.
pub(crate) fn read_private(path: &Path) -> Option<Vec<u8>> {
    let metadata = path.symlink_metadata().ok()?;
    let user = rustix::process::geteuid();
    let is_users_file = user.is_root() || metadata.uid() == user.as_raw();
    let is_private = metadata.is_file()
        && metadata.mode() & 0o077 == 0
        && metadata.len() <= super::MAX_FILE_SIZE;
    (is_users_file && is_private).then(|| fs::read(path).ok())?
}

/// Removes a file. One that does not exist is not an error.
pub(crate) fn remove_if_exists(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            super::watching::note_removed(path);
            Ok(())
        }
    }
}

/// Creates a directory and those above it, and returns the new ones, the outermost first. On an
/// error it removes what it created.
pub(crate) fn make_directories(path: &Path, mode: u32) -> io::Result<Vec<PathBuf>> {
    let mut missing: Vec<PathBuf> = path
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.is_dir())
        .map(Path::to_path_buf)
        .collect();
    missing.reverse();
    if let Some(wrong) = missing.iter().find(|path| path.symlink_metadata().is_ok()) {
        let what = if wrong.is_symlink() {
            "a symbolic link that does not point to a directory"
        } else {
            "not a directory"
        };
        return Err(io::Error::other(format!("`{}` is {what}", wrong.display())));
    }
    if missing.is_empty() {
        return Ok(missing);
    }
    let result = fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path);
    result.inspect_err(|_| {
        missing
            .iter()
            .rev()
            .for_each(|path| drop(fs::remove_dir(path)))
    })?;
    Ok(missing)
}

/// The bytes of a path.
pub(crate) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// The path that has these bytes.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
