//! Waiting until a run would read something else.
//!
//! While a run is recorded, each of its questions to the file system is kept with the answer. The
//! system only says that something has changed in the directories of these questions; whether an
//! input has changed is found by asking again. So events may get lost or be about other files, and
//! what the run itself has written is no change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::directory_listing::{files_ending_in, find_score_files, subdirectories};
use super::{Hidden, or_current, real_path};

/// How long nothing must change before the next run: an editor replaces a file in several steps,
/// and git many files one by one.
const QUIET: Duration = Duration::from_millis(100);
/// How often to look where the system cannot watch, for example when there are too many
/// directories.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

static RECORD: Mutex<Option<Inputs>> = Mutex::new(None);

/// What a run asks the file system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// The version of a file.
    File(PathBuf),
    /// [`files_ending_in`], without hidden files.
    FilesEndingIn(PathBuf, Vec<&'static str>),
    /// [`subdirectories`].
    Subdirectories(PathBuf),
    /// [`find_score_files`].
    ScoreFiles,
}

/// Everything that a run has asked.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// The first answer to each question.
    answers: BTreeMap<Question, String>,
    /// The versions of the files that the run has written.
    written: BTreeSet<String>,
}

/// The answers of a moment, and the directories on which they depend.
#[derive(PartialEq, Eq)]
struct Look<'a> {
    answers: Vec<(&'a Question, String)>,
    directories: BTreeSet<PathBuf>,
}

/// Does the work of a run, and records its inputs.
pub(crate) fn record_inputs<T>(work: impl FnOnce() -> T) -> (T, Inputs) {
    *record() = Some(Inputs::default());
    let result = work();
    (result, record().take().unwrap_or_default())
}

fn record() -> MutexGuard<'static, Option<Inputs>> {
    RECORD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes a question and its answer, if a run is recorded.
pub(super) fn note<T: std::fmt::Debug>(question: impl FnOnce() -> Question, answer: &T) {
    if let Some(inputs) = record().as_mut() {
        let answer = format!("{answer:?}");
        inputs.answers.entry(question()).or_insert(answer);
    }
}

/// Notes that a run depends on a file, whether it exists or not. Called before the file is read.
pub(crate) fn note_file(path: &Path) {
    if let Some(inputs) = record().as_mut() {
        let question = Question::File(path.to_path_buf());
        inputs
            .answers
            .entry(question)
            .or_insert_with(|| version(path));
    }
}

/// Notes that a run has replaced a file.
pub(super) fn note_written(path: &Path) {
    if let Some(inputs) = record().as_mut() {
        inputs.written.insert(version(path));
    }
}

/// Notes that a run has removed a file.
pub(super) fn note_removed(path: &Path) {
    if let Some(inputs) = record().as_mut() {
        inputs.answers.remove(&Question::File(path.to_path_buf()));
    }
}

/// A text that is another one after each change of a file; empty when it does not exist.
fn version(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else {
        return String::new();
    };
    let (inode, length) = (metadata.ino(), metadata.len());
    let (seconds, rest) = (metadata.mtime(), metadata.mtime_nsec());
    format!("{inode} {length} {seconds}.{rest}")
}

impl Question {
    /// Asks, and adds the directories on which the answer depends.
    fn ask(&self, directories: &mut BTreeSet<PathBuf>) -> String {
        match self {
            Question::File(path) => {
                directories.extend(directories_of(path));
                // For a link, also where it leads to.
                directories.extend(directories_of(&real_path(path)));
                version(path)
            }
            Question::FilesEndingIn(path, suffixes) => {
                directories.extend(directories_of(&path.join("name")));
                format!("{:?}", files_ending_in(path, suffixes, Hidden::Skipped))
            }
            Question::Subdirectories(path) => {
                directories.extend(directories_of(&path.join("name")));
                format!("{:?}", subdirectories(path))
            }
            Question::ScoreFiles => {
                let found = find_score_files();
                let walked = found.iter().flat_map(|found| &found.directories);
                directories.extend(walked.map(|path| or_current(path).to_path_buf()));
                format!("{:?}", found.map(|found| (found.files, found.links)))
            }
        }
    }
}

/// The existing directories above a path: inside the project all of them, since each can be
/// replaced; else the nearest two.
fn directories_of(path: &Path) -> impl Iterator<Item = PathBuf> {
    let limit = if path.is_absolute() { 2 } else { usize::MAX };
    path.ancestors()
        .skip(1)
        .map(or_current)
        .filter(|directory| directory.is_dir())
        .take(limit)
        .map(Path::to_path_buf)
}

impl Inputs {
    /// Waits until an input has changed, and then until all of them have stayed the same for
    /// [`QUIET`].
    pub(crate) fn wait_for_change(&self) {
        let mut look = self.look();
        loop {
            // A new one each time: the old one does not watch a directory that was replaced.
            let watch = Watch::new(&look.directories);
            thread::sleep(QUIET);
            let next = self.look();
            if next == look {
                if self.differs(&next) {
                    return;
                }
                watch.wait();
                look = self.look();
            } else {
                look = next;
            }
        }
    }

    fn look(&self) -> Look<'_> {
        let mut directories = BTreeSet::new();
        let questions = self.answers.keys();
        let answers = questions
            .map(|question| (question, question.ask(&mut directories)))
            .collect();
        Look {
            answers,
            directories,
        }
    }

    /// Whether an answer is neither that of the run nor a file that it has written.
    fn differs(&self, look: &Look<'_>) -> bool {
        look.answers.iter().any(|(question, answer)| {
            self.answers.get(question) != Some(answer) && !self.written.contains(answer)
        })
    }
}

/// Waits for changes in directories; `None` where the system cannot watch them.
struct Watch(Option<(RecommendedWatcher, Receiver<()>)>);

impl Watch {
    fn new(directories: &BTreeSet<PathBuf>) -> Watch {
        Watch(watch(directories).ok())
    }

    /// Waits until something has changed since this was created.
    fn wait(&self) {
        let is_woken = self
            .0
            .as_ref()
            .is_some_and(|(_, events)| events.recv().is_ok());
        if !is_woken {
            thread::sleep(POLL_INTERVAL);
        }
    }
}

fn watch(directories: &BTreeSet<PathBuf>) -> notify::Result<(RecommendedWatcher, Receiver<()>)> {
    let (sender, events) = sync_channel(1);
    let on_event = move |event: notify::Result<notify::Event>| {
        // Reading is no change. One event is as good as many.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(on_event)?;
    let mut paths = watcher.paths_mut();
    for directory in directories {
        paths.add(directory, RecursiveMode::NonRecursive)?;
    }
    paths.commit()?;
    Ok((watcher, events))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_answer_is_a_change() {
        let directory =
            std::env::temp_dir().join(format!("score-rs-watching-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let path = |name: &str| directory.join(name);
        let write = |name: &str, text: &str| fs::write(path(name), text).unwrap();
        write("input", "one");
        write("output", "one");
        let ((), inputs) = record_inputs(|| {
            ["input", "missing", "output"]
                .iter()
                .for_each(|name| note_file(&path(name)));
            let found = files_ending_in(&directory, &[".tpl"], Hidden::Skipped);
            assert_eq!(found, Ok(Vec::new()));
            write("new", "its own output");
            crate::system::os::rename(&path("new"), &path("output")).unwrap();
        });
        let differs = || inputs.differs(&inputs.look());
        assert!(!differs());
        write("other", "no input");
        write(".hidden.tpl", "is not listed");
        assert!(!differs());
        for name in ["missing", "a.tpl"] {
            write(name, "");
            assert!(differs(), "{name}");
            fs::remove_file(path(name)).unwrap();
            assert!(!differs(), "{name}");
        }
        for name in ["input", "output"] {
            write(name, "another text");
            assert!(differs(), "{name}");
        }
        let watched = inputs.look().directories;
        assert!(watched.contains(&directory), "{watched:?}");
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn the_directories_of_a_path_exist() {
        let found = |path: &str| directories_of(Path::new(path)).collect::<Vec<_>>();
        assert_eq!(
            found("src/system/os/missing/file"),
            ["src/system/os", "src/system", "src", "."].map(PathBuf::from)
        );
        assert_eq!(found("file"), [PathBuf::from(".")]);
        assert_eq!(found("/missing/file"), [PathBuf::from("/")]);
    }
}
