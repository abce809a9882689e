//! New files and what a disk knows of them.
//!
//! To wait for one file after the other costs a turn of the disk for each. Here a few files are
//! written before the first of them is waited for, so that one turn is for all of them, and where
//! there are many, some threads do so at once. Each file is waited for by itself all the same: only
//! that tells what went wrong with it, on every file system.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use compiler::support::parallel;

/// So many files a thread has open before it waits for them.
const BATCH: usize = 8;

/// What waits for a disk needs no core. With more threads than this, disks get no faster.
const THREADS: usize = 8;

/// A new file that nobody reads yet.
pub(crate) struct New<'a> {
    pub(crate) path: PathBuf,
    pub(crate) bytes: &'a [u8],
    /// Its permission bits.
    pub(crate) mode: u32,
    /// Whether its bytes must be on the disk before it counts as written.
    pub(crate) durable: bool,
}

/// Writes new files. Fails with the number of the first one that could not be written, and why;
/// those before it are then as they should be, and some of the others are there.
pub(crate) fn write_all_new(files: &[New<'_>]) -> Result<(), (usize, io::Error)> {
    let batches: Vec<&[New<'_>]> = files.chunks(BATCH).collect();
    let written = parallel::map_on(THREADS, &batches, || (), |(), batch| write_batch(batch));
    let mut numbered = written.into_iter().enumerate();
    numbered.try_for_each(|(index, done)| done.map_err(|(own, error)| (index * BATCH + own, error)))
}

fn write_batch(files: &[New<'_>]) -> Result<(), (usize, io::Error)> {
    let at = |index: usize| move |error: io::Error| (index, error);
    let mut to_wait_for = Vec::new();
    let created = files.iter().enumerate().try_for_each(|(index, file)| {
        let written = create(&file.path, file.bytes, file.mode).map_err(at(index))?;
        if file.durable {
            send_off(&written);
            to_wait_for.push((index, written));
        }
        Ok(())
    });
    // Also when a later one fails: a run may do without that one, and take those before it.
    to_wait_for
        .iter()
        .try_for_each(|(index, file)| file.sync_data().map_err(at(*index)))?;
    created
}

/// Writes a new file that nobody reads yet, with these permission bits; `durable` waits until it is
/// on the disk.
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32, durable: bool) -> io::Result<()> {
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
    // The mode given at creation is narrowed by the umask; what was asked for is meant.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(file)
}

/// Has the system begin to write a file out, without waiting: on Linux that is what happens to the
/// bytes of a file that nobody needs any more. It is no more than a hint.
fn send_off(file: &fs::File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

/// Waits until it is on the disk which files are in these directories, and under which names. A
/// file system that cannot do that for a directory, or a directory that may not be read, is left to
/// the order that the file system keeps by itself.
pub(crate) fn sync_directories(paths: &BTreeSet<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    use ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    for path in paths {
        let here = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        match fs::File::open(here).and_then(|directory| directory.sync_all()) {
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
    fn the_first_file_that_fails_is_told_and_no_file_is_overwritten() {
        let directory =
            std::env::temp_dir().join(format!("score-rs-durable-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let path = |index: usize| directory.join(index.to_string());
        let new = |index: usize| New {
            path: path(index),
            bytes: b"new",
            mode: 0o640,
            durable: !index.is_multiple_of(3),
        };
        let files: Vec<New<'_>> = (0..100).map(new).collect();
        assert!(write_all_new(&[]).is_ok() && write_all_new(&files[..50]).is_ok());
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
        let (index, error) = write_all_new(&files[50..]).unwrap_err();
        assert_eq!((index, error.kind()), (11, ErrorKind::AlreadyExists));
        assert_eq!(fs::read(path(99)).unwrap(), b"old");
        assert!(sync_directories(&BTreeSet::from([directory.clone(), PathBuf::new()])).is_ok());
        let (missing, _) = sync_directories(&BTreeSet::from([path(1000)])).unwrap_err();
        assert_eq!(missing, path(1000));
        fs::remove_dir_all(&directory).unwrap();
    }
}
