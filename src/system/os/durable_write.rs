//! Writing new files, and waiting until they are on the disk.
//!
//! To sync one file after the other costs a disk operation for each. A thread therefore writes a
//! batch of files before it syncs the first of them, and several threads work at the same time.
//! Still, each file is synced by itself: only that reports its error on every file system.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use compiler::support::parallel;

/// The number of files that a thread writes before it syncs them.
const BATCH: usize = 8;

/// Waiting for a disk needs no core, and disks get no faster with more threads than this.
const THREADS: usize = 8;

/// A file to create.
pub(crate) struct NewFile<'a> {
    pub(crate) path: PathBuf,
    pub(crate) bytes: &'a [u8],
    /// Its permission bits.
    pub(crate) mode: u32,
    /// Whether to wait until its bytes are on the disk.
    pub(crate) durable: bool,
}

/// Creates files. An error has the index of the first one that failed; those before it are
/// complete, and some of those after it exist.
pub(crate) fn write_new_files(files: &[NewFile<'_>]) -> Result<(), (usize, io::Error)> {
    let batches: Vec<&[NewFile<'_>]> = files.chunks(BATCH).collect();
    let results = parallel::map_on(THREADS, &batches, || (), |(), batch| write_batch(batch));
    let mut results = results.into_iter().enumerate();
    results.try_for_each(|(batch, result)| {
        result.map_err(|(index, error)| (batch * BATCH + index, error))
    })
}

fn write_batch(files: &[NewFile<'_>]) -> Result<(), (usize, io::Error)> {
    let at = |index: usize| move |error: io::Error| (index, error);
    let mut unsynced = Vec::new();
    let created = files.iter().enumerate().try_for_each(|(index, file)| {
        let handle = create(&file.path, file.bytes, file.mode).map_err(at(index))?;
        if file.durable {
            start_writeback(&handle);
            unsynced.push((index, handle));
        }
        Ok(())
    });
    // Also after an error: the caller may use the files before the one that failed.
    unsynced
        .iter()
        .try_for_each(|(index, file)| file.sync_data().map_err(at(*index)))?;
    created
}

/// Creates one file with these permission bits; `durable` waits until it is on the disk.
pub(crate) fn write_new_file(
    path: &Path,
    bytes: &[u8],
    mode: u32,
    durable: bool,
) -> io::Result<()> {
    let file = create(path, bytes, mode)?;
    if durable { file.sync_data() } else { Ok(()) }
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<fs::File> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    // The umask has removed bits of the mode given at creation.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(file)
}

/// Lets the system start to write a file to the disk, without waiting. On Linux the advice that the
/// bytes are not needed any more has this effect; it is only a hint.
fn start_writeback(file: &fs::File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

/// Waits until the entries of these directories are on the disk. Ignores a directory that cannot be
/// opened, and file systems that cannot sync one: they keep an order of their own.
pub(crate) fn sync_directories(paths: &BTreeSet<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    use ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    for path in paths {
        match fs::File::open(super::or_current(path)).and_then(|directory| directory.sync_all()) {
            Err(error)
                if ![InvalidInput, PermissionDenied, Unsupported].contains(&error.kind()) =>
            {
                return Err((path.clone(), error));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_returned_and_no_file_is_overwritten() {
        let directory =
            std::env::temp_dir().join(format!("score-rs-durable-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let path = |index: usize| directory.join(index.to_string());
        let new = |index: usize| NewFile {
            path: path(index),
            bytes: b"new",
            mode: 0o640,
            durable: !index.is_multiple_of(3),
        };
        let files: Vec<NewFile<'_>> = (0..100).map(new).collect();
        assert!(write_new_files(&[]).is_ok() && write_new_files(&files[..50]).is_ok());
        for index in 0..50 {
            assert_eq!(fs::read(path(index)).unwrap(), b"new");
            assert_eq!(
                fs::metadata(path(index)).unwrap().permissions().mode() & 0o777,
                0o640
            );
        }
        for index in [70, 61, 99] {
            fs::write(path(index), "old").unwrap();
        }
        let (index, error) = write_new_files(&files[50..]).unwrap_err();
        assert_eq!((index, error.kind()), (11, ErrorKind::AlreadyExists));
        assert_eq!(fs::read(path(99)).unwrap(), b"old");
        assert!(sync_directories(&BTreeSet::from([directory.clone(), PathBuf::new()])).is_ok());
        let (missing, _) = sync_directories(&BTreeSet::from([path(1000)])).unwrap_err();
        assert_eq!(missing, path(1000));
        fs::remove_dir_all(&directory).unwrap();
    }
}
