//! The real world. The only file that may touch the file system, the environment and randomness;
//! its folder has programs and the network.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod atomic_replace;
mod durable_write;
pub(crate) mod fetch;
mod io_error_text;
mod process;
mod temp_dir;

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use compiler::support::host::{Finished, Host, HostError, Program};
use compiler::support::random::Key;

pub(crate) use atomic_replace::{
    Old, bytes_of, follow, make_directories, path_of, read_for_rollback, read_private, remove_old,
    version,
};
pub(crate) use durable_write::{New, sync_directories, write_all_new, write_new};
pub(crate) use io_error_text::reason;

/// The directory for what score-rs keeps; it ignores itself for git.
pub(crate) const KEPT: &str = ".score-rs";
const SEED_FILE: &str = ".score-rs/seed";
const SEED_VARIABLE: &str = "SCORE_RS_SEED";
/// Links may lead to each other. Linux follows as many, and takes no longer path.
const MOST_LINKS: u32 = 40;
const LONGEST_PATH: usize = 4096;
/// No Score file, definition or mounted file comes near this; a device or a wrong path may.
const LARGEST_FILE: u64 = 256 << 20;

/// The computer this runs on.
pub(crate) struct Os {
    seed_file: Option<PathBuf>,
    seed: OnceLock<Result<Seed, HostError>>,
    /// Whether the seed was asked for since somebody last wanted to know.
    drew: AtomicBool,
}

/// The seed of this run.
#[derive(Clone)]
struct Seed {
    key: Key,
    /// The text to keep, when it was made for this run.
    made: Option<String>,
}

impl Os {
    /// `seed_file` is where the user says the seed is.
    pub(crate) fn new(seed_file: Option<PathBuf>) -> Os {
        Os {
            seed_file,
            seed: OnceLock::new(),
            drew: AtomicBool::new(false),
        }
    }

    /// Whether something was derived from the seed since this was last asked, so that an output
    /// made since then may hold secrets.
    pub(crate) fn seed_was_used(&self) -> bool {
        self.drew.swap(false, Ordering::Relaxed)
    }

    /// Where the seed is, or will be, when it is in a file.
    pub(crate) fn seed_file(&self) -> &Path {
        self.seed_file.as_deref().unwrap_or(Path::new(SEED_FILE))
    }

    /// Where the seed of this run came from, when something was derived from it.
    pub(crate) fn seed_origin(&self) -> Option<String> {
        let Some(Ok(seed)) = self.seed.get() else {
            return None;
        };
        let variable = self.seed_file.is_none()
            && self
                .variable(SEED_VARIABLE)
                .is_some_and(|own| !own.trim().is_empty());
        let file = self.seed_file().display();
        Some(match (variable, &seed.made) {
            (true, _) => SEED_VARIABLE.to_owned(),
            (false, None) => file.to_string(),
            (false, Some(_)) => format!("{file}, which is new"),
        })
    }

    /// The seed file that cannot be used, and why, when something asked for the seed.
    pub(crate) fn bad_seed(&self) -> Option<(&Path, &HostError)> {
        let Some(Err(refusal)) = self.seed.get() else {
            return None;
        };
        Some((self.seed_file(), refusal))
    }

    /// The seed file to write, when a seed was made for this run.
    pub(crate) fn made_seed(&self) -> Option<(PathBuf, String)> {
        let Some(Ok(Seed {
            made: Some(text), ..
        })) = self.seed.get()
        else {
            return None;
        };
        Some((PathBuf::from(SEED_FILE), text.clone()))
    }

    /// The seed in a file. An empty one would give everybody the same passwords.
    fn seed_in(&self, path: &Path) -> Result<Seed, HostError> {
        let bytes = self.read(path)?;
        match bytes.trim_ascii() {
            [] => Err(HostError::Failed("it is empty".to_owned())),
            seed => Ok(Seed {
                key: Key::from_seed(seed),
                made: None,
            }),
        }
    }

    fn find_seed(&self) -> Result<Seed, HostError> {
        if let Some(path) = &self.seed_file {
            return self.seed_in(path);
        }
        if let Some(text) = self
            .variable(SEED_VARIABLE)
            .filter(|text| !text.trim().is_empty())
        {
            return Ok(Seed {
                key: Key::from_seed(text.trim().as_bytes()),
                made: None,
            });
        }
        match self.seed_in(Path::new(SEED_FILE)) {
            Ok(seed) => Ok(seed),
            Err(HostError::NotFound) => {
                let mut bytes = [0_u8; 32];
                getrandom::fill(&mut bytes)
                    .map_err(|error| HostError::Failed(error.to_string()))?;
                let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Ok(Seed {
                    key: Key::from_seed(text.as_bytes()),
                    made: Some(text),
                })
            }
            Err(refusal) => Err(refusal),
        }
    }
}

impl Host for Os {
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        let refuse = |error: io::Error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => HostError::NotFound,
            _ => HostError::Failed(reason(&error)),
        };
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(refuse)?;
        file.take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(refuse)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(HostError::Failed(format!(
                "it is larger than {} MiB",
                LARGEST_FILE >> 20
            )));
        }
        Ok(bytes)
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        real_path(path)
    }

    fn standard_input(&self) -> Result<Vec<u8>, HostError> {
        read_standard_input()
    }

    fn variable(&self, name: &str) -> Option<String> {
        // The standard library panics on names that no variable can have.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var(name).ok()
    }

    fn run(&self, program: &Program) -> Result<Finished, HostError> {
        process::run(program)
    }

    fn log(&self, said: &str) {
        write_standard_error(said);
    }

    fn seed(&self) -> Result<Key, HostError> {
        self.drew.store(true, Ordering::Relaxed);
        self.seed
            .get_or_init(|| self.find_seed())
            .clone()
            .map(|seed| seed.key)
    }
}

/// Where a path leads, link by link, be it to something that is not there yet.
fn real_path(path: &Path) -> PathBuf {
    let start = current_directory().unwrap_or_default().join(path);
    // The parts that are still to be gone, the next one last.
    let parts = |path: &Path| {
        path.components()
            .rev()
            .map(|part| PathBuf::from(part.as_os_str()))
            .collect::<Vec<_>>()
    };
    let (mut to_go, mut gone, mut links) = (parts(&start), PathBuf::new(), 0);
    while let Some(part) = to_go.pop() {
        if part == Path::new("..") {
            gone.pop();
            continue;
        }
        gone.push(&part);
        if gone.as_os_str().len() <= LONGEST_PATH
            && links < MOST_LINKS
            && let Ok(target) = fs::read_link(&gone)
        {
            links += 1;
            gone.pop();
            to_go.extend(parts(&target));
        }
    }
    gone
}

/// All that standard input holds. It is there only once, and may be asked for again.
fn read_standard_input() -> Result<Vec<u8>, HostError> {
    static READ: OnceLock<Result<Vec<u8>, HostError>> = OnceLock::new();
    let read = || {
        let mut bytes = Vec::new();
        let failed = |error: io::Error| HostError::Failed(reason(&error));
        io::stdin()
            .lock()
            .take(LARGEST_FILE)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        Ok(bytes)
    };
    READ.get_or_init(read).clone()
}

/// A lock that is held until it is dropped; `None` where the file system knows no locks.
pub(crate) struct Lock(Option<fs::File>);

impl Lock {
    /// Whether nobody else has it.
    pub(crate) fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

/// Waits for the lock on a directory, which needs no file of its own and ends with this program
/// however it ends.
pub(crate) fn lock_directory(path: &Path) -> Lock {
    Lock(
        fs::File::open(path)
            .ok()
            .filter(|directory| directory.lock().is_ok()),
    )
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(directory) = &self.0 {
            let _ = directory.unlock();
        }
    }
}

/// Whether a file could be made at a path, with the directories that it needs, as far as
/// permissions tell.
pub(crate) fn could_write(path: &Path) -> bool {
    let above = path
        .ancestors()
        .skip(1)
        .filter(|path| !path.as_os_str().is_empty());
    let there = above
        .clone()
        .find(|path| exists(path))
        .unwrap_or(Path::new("."));
    there.is_dir() && rustix::fs::access(there, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Asks the system for leave to write into a file that is there, and leaves it as it is. What is no
/// file is not asked: to open a pipe would wait for its reader.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_file() {
        true => fs::OpenOptions::new().write(true).open(path).map(drop),
        false => Ok(()),
    }
}

/// Writes to standard output. A reader that has seen enough and closed the pipe is no failure.
pub(crate) fn write_standard_output(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes to standard error; nobody is left to tell when that fails.
pub(crate) fn write_standard_error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// The Score files below the current directory, sorted: `score.yaml` and `*.score.yaml`. What git
/// ignores, hidden directories and `environments/` are passed over.
pub(crate) fn find_score_files() -> Vec<PathBuf> {
    let mut walk = ignore::WalkBuilder::new(".");
    walk.require_git(false).filter_entry(|entry| {
        let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        !(directory && entry.depth() == 1 && entry.file_name() == "environments")
    });
    let is_score = |name: &str| name == "score.yaml" || name.ends_with(".score.yaml");
    let mut files: Vec<PathBuf> = walk
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(is_score))
        .filter(is_file_or_broken)
        .map(|entry| {
            entry
                .path()
                .strip_prefix(".")
                .unwrap_or(entry.path())
                .to_path_buf()
        })
        .collect();
    files.sort();
    files
}

/// Whether there is a file to read, maybe through a link. A link that leads nowhere is one that
/// somebody meant, and is told when it is read; a pipe would be waited for.
fn is_file_or_broken(entry: &ignore::DirEntry) -> bool {
    let Some(kind) = entry.file_type() else {
        return false;
    };
    kind.is_file()
        || kind.is_symlink()
            && fs::metadata(entry.path()).map_or(true, |leads_to| leads_to.is_file())
}

/// The names of the directories in a directory, sorted, without hidden ones; none where nothing can
/// be seen.
pub(crate) fn directories(path: &Path) -> Vec<String> {
    names_in(path, |entry| entry.is_dir())
}

/// The files in a directory whose names end in `suffix`, sorted, without hidden ones.
pub(crate) fn files_ending_in(path: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut names = names_in(path, |entry| entry.is_file());
    names.retain(|name| name.ends_with(suffix));
    names.iter().map(|name| path.join(name)).collect()
}

fn names_in(path: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let entries = fs::read_dir(path)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let named = entries.filter(|entry| wanted(&entry.path()));
    let mut names: Vec<String> = named
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

/// The own name of a directory, also where its path ends in dots.
pub(crate) fn directory_name(path: &Path) -> String {
    let written = path
        .components()
        .next_back()
        .filter(|part| matches!(part, Component::Normal(_)));
    let name = written.map(|part| part.as_os_str().to_owned());
    let real = || {
        fs::canonicalize(if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        })
        .ok()
    };
    let name = name.or_else(|| real()?.file_name().map(std::ffi::OsStr::to_owned));
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// The directory in which this was started, when it has gone to another one.
static LEFT: OnceLock<PathBuf> = OnceLock::new();

/// Makes all relative paths begin in another directory from now on.
pub(crate) fn change_directory(path: &Path) -> io::Result<()> {
    let left = current_directory().ok();
    std::env::set_current_dir(path)?;
    left.into_iter().for_each(|left| _ = LEFT.set(left));
    Ok(())
}

/// Where a relative path leads from the directory that this was started in, if it has gone to
/// another one and something is there.
pub(crate) fn before_change(path: &Path) -> Option<PathBuf> {
    LEFT.get()
        .map(|left| left.join(path))
        .filter(|there| path.is_relative() && exists(there))
}

/// Where a path leads: through links, also those to what is not there yet; `None` where there is
/// nothing.
pub(crate) fn resolve_link(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = fs::canonicalize(path) {
        return Some(real);
    }
    follow(path).ok().filter(|target| target != path)
}

/// What tells one existing file from all others, whatever path leads to it. A device, such as a
/// terminal, may be read and written at once, so it has none.
pub(crate) fn file_identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}

/// Whether two paths lead to one place, also where nothing is yet.
pub(crate) fn is_same_place(one: &Path, other: &Path) -> bool {
    let identity = file_identity(one);
    identity.is_some() && identity == file_identity(other) || place(one) == place(other)
}

/// The absolute path of what is there or will be made, without links and dots.
fn place(path: &Path) -> PathBuf {
    let mut place = fs::canonicalize(".").unwrap_or_default();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = place.pop(),
            name => place.push(name),
        }
        place = resolve_link(&place).unwrap_or(place);
    }
    place
}

/// What stands at a path that is about to be written.
pub(crate) enum Existing {
    /// Nothing.
    Nothing,
    /// A file, its permission bits and whether it holds these bytes already.
    File { mode: u32, same: bool },
    /// A directory.
    Directory,
    /// A device, pipe or socket.
    Special,
}

/// Looks at a path that is about to be written.
pub(crate) fn look(path: &Path, bytes: &[u8]) -> Existing {
    match fs::metadata(path) {
        Err(_) => Existing::Nothing,
        Ok(metadata) if metadata.is_dir() => Existing::Directory,
        Ok(metadata) if metadata.is_file() => {
            let same = metadata.len() == bytes.len() as u64
                && fs::read(path).is_ok_and(|own| own == bytes);
            Existing::File {
                mode: metadata.permissions().mode() & 0o7777,
                same,
            }
        }
        Ok(_) => Existing::Special,
    }
}

/// Writes into what is there, without replacing it; for devices and pipes.
pub(crate) fn write_in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::OpenOptions::new()
        .write(true)
        .open(path)?
        .write_all(bytes)
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// The names of what is in a directory, in no order; none where there is no directory.
pub(crate) fn file_names(directory: &Path) -> Vec<String> {
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let entries = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Whether a process with this number is running, be it another user's.
pub(crate) fn is_running(process: u32) -> bool {
    let process = i32::try_from(process)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    process.is_some_and(|process| {
        rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}

/// Where this user's programs keep what can be had again; `None` where no home is known.
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let named = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")))
}

/// Puts a new file in the place of an old one, at once.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Removes a file that was not needed in the end.
pub(crate) fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// The directory in which this was started.
pub(crate) fn current_directory() -> io::Result<PathBuf> {
    std::env::current_dir()
}

/// The current directory and those above it up to the root of the repository that it is in, as ways
/// from here; the current one alone where there is no repository.
pub(crate) fn up_to_repository() -> Vec<PathBuf> {
    let here = current_directory().unwrap_or_default();
    let root = here
        .ancestors()
        .position(|above| exists(&above.join(".git")))
        .unwrap_or(0);
    (0..=root)
        .map(|up| std::iter::repeat_n("..", up).collect())
        .collect()
}

/// Whether there is anything at a path, be it a link that leads nowhere.
pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether what stands at a path is a link.
pub(crate) fn is_link(path: &Path) -> bool {
    path.is_symlink()
}

/// Whether a path leads to a directory in which there is nothing.
pub(crate) fn is_empty_directory(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether a path leads to a directory.
pub(crate) fn is_directory(path: &Path) -> bool {
    path.is_dir()
}

/// Removes a directory that was not needed in the end, unless something else has been put into it.
pub(crate) fn remove_directory(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// Sets the permission bits of what is there.
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// A number that no other run at this time has.
pub(crate) fn process_number() -> u32 {
    std::process::id()
}

/// How wide the terminal is, when there is one or the variable says so.
pub(crate) fn columns() -> Option<usize> {
    let said = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    said.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}

/// Whether a text for people shall have colours: on a terminal that shows them, and where
/// `CLICOLOR_FORCE` asks for them; never where `NO_COLOR` is set.
pub(crate) fn wants_colour(to_terminal: bool) -> bool {
    let forced = is_set("CLICOLOR_FORCE")
        && std::env::var_os("CLICOLOR_FORCE").is_none_or(|value| value != "0");
    !is_set("NO_COLOR")
        && (forced || to_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"))
}

/// Whether a terminal is known to show links (OSC 8). Others show them as rubbish, so in doubt
/// there are none. `FORCE_HYPERLINK`, which other programs know too, decides for itself: `0` is
/// never.
pub(crate) fn wants_links(to_terminal: bool) -> bool {
    let text = |name: &str| std::env::var(name).unwrap_or_default();
    let term = text("TERM");
    if !to_terminal || term == "dumb" {
        return false;
    }
    if is_set("FORCE_HYPERLINK") {
        return text("FORCE_HYPERLINK") != "0";
    }
    let known_program =
        ["iTerm.app", "WezTerm", "vscode", "ghostty"].contains(&text("TERM_PROGRAM").as_str());
    let known_term = [
        "xterm-kitty",
        "xterm-ghostty",
        "alacritty",
        "wezterm",
        "foot",
    ]
    .contains(&term.as_str());
    // Multiplexers pass them on or not, depending on what they were told.
    let multiplexed = is_set("TMUX") || term.starts_with("screen") || term.starts_with("tmux");
    let vte = text("VTE_VERSION")
        .parse::<u32>()
        .is_ok_and(|version| version >= 5000);
    !multiplexed
        && (known_program || known_term || vte || is_set("WT_SESSION") || is_set("KONSOLE_VERSION"))
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// The time since this was first asked, for telling how long something took; nothing that is
/// written depends on it.
pub(crate) fn elapsed() -> std::time::Duration {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
