//! What is about to take its place, so that a run that is killed in between is finished by the next one.
//!
//! Files take their places one by one. Before the first of several does, the journal names all of them; it goes when the
//! last one has. Who finds one, and holds the lock, knows that a run has died, and puts the rest in its place.

use std::path::{Path, PathBuf};

use super::os;

/// Below the current directory, in what is kept.
pub(super) const JOURNAL: &str = "journal";

/// A file that lies ready beside the one it will replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) temporary: PathBuf,
    pub(super) path: PathBuf,
}

/// The name of the file that lies ready for the item with this number. It is not made of the item's own name, which may be
/// as long as names can be.
pub(super) fn temporary_name(index: usize) -> String {
    format!(".score-rs.{}.{index}.tmp", os::process_number())
}

/// The number of the run that has made a file with this name; `None` for a name that is none of ours.
fn made_by(name: &str) -> Option<u32> {
    let (run, index) = name.strip_prefix(".score-rs.")?.strip_suffix(".tmp")?.split_once('.')?;
    index.parse::<usize>().ok()?;
    run.parse().ok()
}

/// A journal that names files.
pub(super) struct Journal {
    path: PathBuf,
    /// Whether its directory was made for it.
    made: Vec<PathBuf>,
}

impl Journal {
    /// Writes down what is about to happen. One file alone needs no journal.
    pub(super) fn open(ready: &[Ready]) -> std::io::Result<Option<Journal>> {
        if ready.len() < 2 {
            return Ok(None);
        }
        let directory = Path::new(os::KEPT);
        let made = os::make_directories(directory, 0o700)?;
        // No item has this number.
        let temporary = directory.join(temporary_name(usize::MAX));
        let path = directory.join(JOURNAL);
        let written = os::write_new(&temporary, &encode(ready), 0o600, false);
        match written.and_then(|()| os::rename(&temporary, &path)) {
            Ok(()) => Ok(Some(Journal { path, made })),
            Err(error) => {
                os::remove(&temporary);
                made.iter().rev().for_each(|directory| os::remove_directory(directory));
                Err(error)
            }
        }
    }

    /// Everything is in its place, or was taken back.
    pub(super) fn close(self) {
        os::remove(&self.path);
        self.made.iter().rev().for_each(|directory| os::remove_directory(directory));
    }
}

/// Finishes what a run that has died left undone. Asked under the lock.
pub(super) fn recover() {
    let journal = Path::new(os::KEPT).join(JOURNAL);
    let Some(bytes) = os::read_if_there(&journal) else { return };
    for Ready { temporary, path } in decode(&bytes) {
        // What is not there any more is in its place already.
        let _ = os::rename(&temporary, &path);
    }
    os::remove(&journal);
}

/// Removes what runs that have died have left in a directory.
pub(super) fn sweep(directory: &Path) {
    for name in os::file_names(directory) {
        if made_by(&name).is_some_and(|run| !os::is_running(run)) {
            os::remove(&directory.join(name));
        }
    }
}

fn encode(ready: &[Ready]) -> Vec<u8> {
    let paths = ready.iter().flat_map(|one| [&one.temporary, &one.path]);
    paths.flat_map(|path| [path.as_os_str().as_encoded_bytes(), b"\0"].concat()).collect()
}

/// The pairs of a journal. It may come from anybody, so nothing is believed but that a file of ours takes the place of
/// another one beside it.
fn decode(bytes: &[u8]) -> Vec<Ready> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let paths: Vec<PathBuf> = text.split_terminator('\0').map(PathBuf::from).collect();
    let pairs = paths.chunks_exact(2).map(|pair| Ready { temporary: pair[0].clone(), path: pair[1].clone() });
    let is_ours = |one: &Ready| {
        let name = one.temporary.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| made_by(name).is_some()) && one.temporary.parent() == one.path.parent()
    };
    pairs.filter(is_ours).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(temporary: &str, path: &str) -> Ready {
        Ready { temporary: temporary.into(), path: path.into() }
    }

    #[test]
    fn a_journal_is_read_as_it_was_written() {
        let list = [ready("a/.score-rs.7.0.tmp", "a/b\nc"), ready(".score-rs.7.1.tmp", "ü")];
        assert_eq!(decode(&encode(&list)), list);
        assert_eq!(decode(b""), []);
        assert_eq!(decode(b"x"), []);
    }

    #[test]
    fn only_files_of_ours_are_moved_and_only_within_their_directory() {
        for (temporary, path) in [
            ("a/secret", "a/public"),
            ("a/.score-rs.7.0.tmp", "b/c"),
            ("a/.score-rs.x.0.tmp", "a/c"),
            ("a/.score-rs.7.tmp", "a/c"),
            ("..", "../x"),
        ] {
            assert_eq!(decode(&encode(&[ready(temporary, path)])), [], "{temporary}");
        }
    }
}
