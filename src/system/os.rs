//! The file system, the environment variables, the clock and randomness; the modules below have
//! programs and the network. Everything that `clippy.toml` forbids elsewhere is here.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod atomic_replace;
mod certificates;
mod directory_listing;
mod durable_write;
pub(crate) mod fetch;
pub(crate) mod git;
mod io_error_text;
mod process;
mod proxy;
mod restrictions;
mod revision;
mod seed;
mod temp_dir;
mod terminal;
mod waiting;
mod watching;

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use compiler::support::host::{Host, HostError, Program, ProgramResult, SEED_VARIABLE};
use compiler::support::random::Key;
use diagnostics::visible::{self, without_commands};

pub(crate) use atomic_replace::{
    OldFile, file_version, follow_links, make_directories, path_bytes, path_from_bytes,
    read_for_rollback, read_private, remove_if_exists,
};
pub(crate) use directory_listing::{
    Hidden, ScoreFiles, directory_names, entry_names, files_below, files_below_ending_in,
    files_ending_in, find_score_files, has_score_files, ignored_score_files, is_score_file,
    subdirectories,
};
pub(crate) use durable_write::{NewFile, sync_directories, write_new_file, write_new_files};
pub(crate) use git::tracked_by_git;
pub(crate) use io_error_text::reason;
pub(crate) use restrictions::{Restrictions, is_restricted, restrict};
pub(crate) use revision::{Entry, Revision, enter_revision, is_in_revision};
pub(crate) use seed::{Seed, SeedOrigin};
pub(crate) use temp_dir::TempDir;
pub(crate) use terminal::{terminal_width, wants_colour, wants_links};
pub(crate) use waiting::{begin_wait, show_waits};
pub(crate) use watching::{note_file, record_inputs};

/// The directory of a project for the seed, the state and mounted files. It has a `.gitignore` that
/// names all of it.
pub(crate) const DATA_DIRECTORY: &str = ".score-rs";
/// The number of symbolic links that Linux follows in one path.
const MAX_LINKS: u32 = 40;
/// How many bytes of a file are compared at a time: little enough for the cache of a core.
const COMPARED_PART: usize = 64 << 10;
/// The longest path that Linux takes, in bytes.
const MAX_PATH: usize = 4096;
/// In bytes. No Score file, definition or mounted file comes near this; a device or a wrong path
/// may.
const MAX_FILE_SIZE: u64 = 256 << 20;

/// The machine that this process runs on.
pub(crate) struct Os {
    seed_file: Option<PathBuf>,
    seed: OnceLock<Result<Seed, HostError>>,
    /// Whether the seed was read since [`Os::take_seed_used`] was last called.
    seed_used: AtomicBool,
    /// Whether a run without a seed generates one.
    needs_seed: bool,
}

impl Os {
    /// `seed_file` is the file that the user names for the seed.
    pub(crate) fn new(seed_file: Option<PathBuf>) -> Os {
        Os {
            seed_file,
            seed: OnceLock::new(),
            seed_used: AtomicBool::new(false),
            needs_seed: true,
        }
    }

    /// For a run that keeps nothing, and so needs no seed of its own: without one, or with one that
    /// cannot be read, what it derives is thrown away.
    pub(crate) fn for_validation() -> Os {
        Os {
            needs_seed: false,
            ..Os::new(None)
        }
    }

    /// Whether something was derived from the seed since the last call, so that an output of that
    /// time may contain secrets.
    pub(crate) fn take_seed_used(&self) -> bool {
        self.seed_used.swap(false, Ordering::Relaxed)
    }

    /// Whether something was derived from the seed since the last [`Os::take_seed_used`].
    pub(crate) fn is_seed_used(&self) -> bool {
        self.seed_used.load(Ordering::Relaxed)
    }

    /// The seed file, whether it exists or not.
    pub(crate) fn seed_file(&self) -> &Path {
        self.seed_file.as_deref().unwrap_or(Path::new(seed::FILE))
    }

    /// The seed of this run, when something was derived from it.
    pub(crate) fn used_seed(&self) -> Option<&Seed> {
        self.seed.get()?.as_ref().ok()
    }

    /// Where the seed of this run comes from, when something was derived from it.
    pub(crate) fn seed_origin(&self) -> Option<String> {
        let file = self.seed_file().display();
        Some(match self.used_seed()?.origin {
            SeedOrigin::ThrowAway => return None,
            SeedOrigin::Variable => SEED_VARIABLE.to_owned(),
            SeedOrigin::Generated => format!("{file} (new)"),
            SeedOrigin::Flag | SeedOrigin::Stored => file.to_string(),
        })
    }

    /// The seed file and why it cannot be used, when the seed was needed.
    pub(crate) fn seed_error(&self) -> Option<(&Path, &HostError)> {
        let error = self.seed.get()?.as_ref().err()?;
        Some((self.seed_file(), error))
    }

    /// The seed file to write and its text, when a seed was generated in this run.
    pub(crate) fn generated_seed(&self) -> Option<(PathBuf, String)> {
        let seed = self
            .used_seed()
            .filter(|seed| seed.origin == SeedOrigin::Generated)?;
        let text = String::from_utf8_lossy(&seed.text).into_owned();
        Some((PathBuf::from(seed::FILE), text))
    }
}

impl Host for Os {
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        if !restrictions::may_read(path) {
            return Err(HostError::Failed(restrictions::OUTSIDE.to_owned()));
        }
        if let Some(content) = revision::read(path) {
            return content;
        }
        note_file(path);
        // Opening a pipe waits for its writer, so it is not even opened.
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
                Err(HostError::Failed(directory_listing::NOT_A_FILE.to_owned()))
            }
            _ => self.read_named(path),
        }
    }

    fn read_named(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        if let Some(content) = revision::read(path) {
            return content;
        }
        note_file(path);
        let to_host_error = |error: io::Error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => HostError::NotFound,
            _ => HostError::Failed(reason(&error)),
        };
        let file = fs::File::open(path).map_err(to_host_error)?;
        // With room for all of it, the file is read at once.
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let mut bytes = Vec::with_capacity(size.min(MAX_FILE_SIZE) as usize);
        file.take(MAX_FILE_SIZE + 1)
            .read_to_end(&mut bytes)
            .map_err(to_host_error)?;
        if bytes.len() as u64 > MAX_FILE_SIZE {
            return Err(HostError::Failed(format!(
                "it is larger than {} MiB",
                MAX_FILE_SIZE >> 20
            )));
        }
        Ok(bytes)
    }

    fn names_in(&self, directory: &Path) -> Vec<String> {
        directory_listing::entry_names(directory)
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        revision::real_path(path).unwrap_or_else(|| real_path(path))
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

    fn project_variable(&self, name: &str) -> Option<String> {
        self.variable(&restrictions::project_variable_name(name))
    }

    fn refuses_programs(&self) -> Option<&'static str> {
        let help =
            "use a definition with a template, or let the machine set SCORE_RS_ALLOW_COMMANDS";
        (!restrictions::runs_programs()).then_some(help)
    }

    fn run(&self, program: &Program) -> Result<ProgramResult, HostError> {
        note_file(&program.path);
        process::run(program)
    }

    fn log(&self, text: &str) {
        let text = visible::lines(text);
        let text = without_commands(&text);
        let end = if text.ends_with('\n') { "" } else { "\n" };
        write_standard_error(&format!("{text}{end}"));
    }

    fn seed(&self) -> Result<Key, HostError> {
        self.seed_used.store(true, Ordering::Relaxed);
        let find = || match Seed::find(self.seed_file.as_deref(), self) {
            Ok(Some(seed)) => Ok(seed),
            _ if !self.needs_seed => Ok(Seed::throw_away()),
            Ok(None) => Seed::generate(),
            Err(error) => Err(error),
        };
        self.seed
            .get_or_init(find)
            .as_ref()
            .map(Seed::key)
            .map_err(Clone::clone)
    }

    fn used_seed(&self) -> Option<Key> {
        Os::used_seed(self).map(Seed::key)
    }

    fn is_private(&self, path: &Path) -> bool {
        let in_data_directory = |path: &Path| {
            // Some file systems do not distinguish capital letters.
            let mut parts = path.components().map(Component::as_os_str);
            parts.any(|part| part.eq_ignore_ascii_case(DATA_DIRECTORY))
        };
        let real = real_path(path);
        in_data_directory(path)
            || in_data_directory(&real)
            || real.starts_with(real_path(Path::new(DATA_DIRECTORY)))
            // The variables of processes, and the files that they have open.
            || real.starts_with("/proc")
            || is_same_path(self.seed_file(), path)
    }
}

/// The absolute path without links, whether something exists there or not.
fn real_path(path: &Path) -> PathBuf {
    let start = current_directory().unwrap_or_default().join(path);
    // In reverse, so that `pop` gives the next part.
    let parts = |path: &Path| {
        path.components()
            .rev()
            .map(|part| PathBuf::from(part.as_os_str()))
            .collect::<Vec<_>>()
    };
    let (mut pending, mut resolved, mut links) = (parts(&start), PathBuf::new(), 0);
    while let Some(part) = pending.pop() {
        if part == Path::new("..") {
            resolved.pop();
            continue;
        }
        resolved.push(&part);
        // Links may point to each other.
        if resolved.as_os_str().len() <= MAX_PATH
            && links < MAX_LINKS
            && let Ok(target) = fs::read_link(&resolved)
        {
            links += 1;
            resolved.pop();
            pending.extend(parts(&target));
        }
    }
    resolved
}

/// All of standard input. It can be read only once, so later calls give the same bytes.
fn read_standard_input() -> Result<Vec<u8>, HostError> {
    static INPUT: OnceLock<Result<Vec<u8>, HostError>> = OnceLock::new();
    let read = || {
        let mut bytes = Vec::new();
        let failed = |error: io::Error| HostError::Failed(reason(&error));
        io::stdin()
            .lock()
            .take(MAX_FILE_SIZE)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        Ok(bytes)
    };
    INPUT.get_or_init(read).clone()
}

/// A lock on a directory until it is dropped; `None` where the file system has no locks.
pub(crate) struct DirectoryLock(Option<fs::File>);

impl DirectoryLock {
    /// Whether no other process has it.
    pub(crate) fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

/// Waits for the lock on a directory. It needs no lock file, and the system removes it when this
/// process ends, however that happens. `on_wait` is called once, when it takes long.
pub(crate) fn lock_directory(path: &Path, on_wait: &dyn Fn()) -> DirectoryLock {
    let lock = |directory: &fs::File| {
        let start = Instant::now();
        while start.elapsed() < QUIET_WAIT {
            match directory.try_lock() {
                Ok(()) => return true,
                Err(fs::TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
                Err(fs::TryLockError::Error(_)) => return false,
            }
        }
        on_wait();
        directory.lock().is_ok()
    };
    DirectoryLock(fs::File::open(path).ok().filter(lock))
}

/// How long to wait for a lock without a message.
const QUIET_WAIT: Duration = Duration::from_secs(1);

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        if let Some(directory) = &self.0 {
            let _ = directory.unlock();
        }
    }
}

/// Whether permissions allow to create a file at a path, with the directories that it needs.
pub(crate) fn can_create(path: &Path) -> bool {
    let nearest = path
        .ancestors()
        .skip(1)
        .filter(|path| !path.as_os_str().is_empty())
        .find(|path| exists(path))
        .unwrap_or(Path::new("."));
    nearest.is_dir() && rustix::fs::access(nearest, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Fails when permissions do not allow to write to an existing file, which is not changed. A pipe
/// or device is not opened: that may wait for a reader.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_file() {
        true => fs::OpenOptions::new().write(true).open(path).map(drop),
        false => Ok(()),
    }
}

/// Writes to standard output. A pipe that its reader has closed is not an error.
pub(crate) fn write_standard_output(bytes: &[u8]) -> io::Result<()> {
    waiting::erase();
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Ends the process. Its memory is not freed first: the system does that faster.
pub(crate) fn exit(code: u8) -> ! {
    // A failure cannot be reported any more.
    let _ = io::stdout().flush();
    signal_hook::low_level::exit(code.into())
}

/// Writes to standard error. A failure is ignored, since it cannot be reported anywhere.
pub(crate) fn write_standard_error(text: &str) {
    waiting::erase();
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// The name of a directory, also when its path ends in `.` or `..`.
pub(crate) fn directory_name(path: &Path) -> String {
    let last = path
        .components()
        .next_back()
        .filter(|part| matches!(part, Component::Normal(_)));
    let real = || fs::canonicalize(or_current(path)).ok();
    let name = last
        .map(|part| part.as_os_str().to_owned())
        .or_else(|| real()?.file_name().map(std::ffi::OsStr::to_owned));
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// A path for the system, which does not take an empty one.
fn or_current(path: &Path) -> &Path {
    match path.as_os_str().is_empty() {
        true => Path::new("."),
        false => path,
    }
}

/// The directory in which the process was started, after [`change_directory`].
static START_DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

/// Changes the directory that relative paths begin in.
pub(crate) fn change_directory(path: &Path) -> io::Result<()> {
    let start = current_directory().ok();
    std::env::set_current_dir(path)?;
    start
        .into_iter()
        .for_each(|start| _ = START_DIRECTORY.set(start));
    Ok(())
}

/// A relative path from the directory in which the process was started, after
/// [`change_directory`] and when something exists there.
pub(crate) fn in_start_directory(path: &Path) -> Option<PathBuf> {
    START_DIRECTORY
        .get()
        .map(|start| start.join(path))
        .filter(|full| path.is_relative() && exists(full))
}

/// The path without links, also for a link to something that does not exist; `None` for anything
/// else that does not exist.
pub(crate) fn resolve_link(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = fs::canonicalize(path) {
        return Some(real);
    }
    follow_links(path).ok().filter(|target| target != path)
}

/// Device and inode of an existing file, which are the same for every path to it. `None` for a
/// device, such as a terminal: it may be input and output at the same time.
pub(crate) fn file_identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}

/// Whether two paths are of the same file, whether it exists or not.
pub(crate) fn is_same_path(one: &Path, other: &Path) -> bool {
    let identity = file_identity(one);
    identity.is_some() && identity == file_identity(other)
        || absolute_path(one) == absolute_path(other)
}

/// Whether a path is that of a directory or of something in it.
pub(crate) fn is_inside(path: &Path, directory: &Path) -> bool {
    absolute_path(path).starts_with(absolute_path(directory))
}

/// The absolute path without links and dots, whether something exists there or not.
fn absolute_path(path: &Path) -> PathBuf {
    let mut absolute = fs::canonicalize(".").unwrap_or_default();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = absolute.pop(),
            name => absolute.push(name),
        }
        absolute = resolve_link(&absolute).unwrap_or(absolute);
    }
    absolute
}

/// What exists at a path that is to be written.
pub(crate) enum PathState {
    /// Nothing.
    Missing,
    /// A file, its permission bits and whether it has the bytes to write already.
    File { mode: u32, same: bool },
    /// A directory.
    Directory,
    /// A device, pipe or socket.
    Special,
}

/// Inspects a path that is to be written.
pub(crate) fn inspect(path: &Path, bytes: &[u8]) -> PathState {
    match fs::metadata(path) {
        Err(_) => PathState::Missing,
        Ok(metadata) if metadata.is_dir() => PathState::Directory,
        Ok(metadata) if metadata.is_file() => PathState::File {
            mode: metadata.permissions().mode() & 0o7777,
            same: is_same(path, &metadata, bytes),
        },
        Ok(_) => PathState::Special,
    }
}

/// Whether a file has exactly these bytes.
pub(crate) fn has_content(path: &Path, bytes: &[u8]) -> bool {
    note_file(path);
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && is_same(path, &metadata, bytes))
}

/// The same for a file with this metadata. It is never in memory as a whole.
fn is_same(path: &Path, metadata: &fs::Metadata, bytes: &[u8]) -> bool {
    if metadata.len() != bytes.len() as u64 {
        return false;
    }
    let Ok(mut file) = fs::File::open(path) else {
        return false;
    };
    let mut part = vec![0; bytes.len().min(COMPARED_PART)];
    let mut parts = bytes.chunks(COMPARED_PART);
    parts.all(|expected| {
        let part = &mut part[..expected.len()];
        file.read_exact(part).is_ok() && part == expected
    })
}

/// Writes to an existing device or pipe, which is not replaced.
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

/// Whether a process with this id is running, also as another user.
pub(crate) fn is_running(process: u32) -> bool {
    let process = i32::try_from(process)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    process.is_some_and(|process| {
        rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}

/// The cache directory of the user; `None` when no variable names it or the home directory.
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
}

/// Writes a file of the cache, and its directory. Several runs may do so at the same time: each
/// writes a temporary file of its own, and the last one to finish wins.
pub(crate) fn write_cached(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    make_directories(directory, 0o700)?;
    let name = name.to_string_lossy();
    let temporary = directory.join(format!(".{name}.{}", process_id()));
    // A run that was killed may have had the same process id.
    discard_file(&temporary);
    let saved =
        write_new_file(&temporary, bytes, mode, false).and_then(|()| rename(&temporary, path));
    if saved.is_err() {
        discard_file(&temporary);
    }
    saved
}

/// Renames a file, which atomically replaces one that exists at the new path.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    watching::note_written(to);
    Ok(())
}

/// Removes a temporary file, if that is possible.
pub(crate) fn discard_file(path: &Path) {
    let _ = fs::remove_file(path);
}

/// The directory that relative paths begin in.
pub(crate) fn current_directory() -> io::Result<PathBuf> {
    std::env::current_dir()
}

/// The root of the git repository of the current directory; outside a repository that directory.
pub(crate) fn repository_root() -> PathBuf {
    let directory = current_directory().unwrap_or_default();
    let root = directory
        .ancestors()
        .nth(depth_in_repository().unwrap_or(0));
    root.unwrap_or(&directory).to_owned()
}

/// The number of directories from the current one up to the root of its git repository; `None`
/// outside a repository.
fn depth_in_repository() -> Option<usize> {
    current_directory()
        .unwrap_or_default()
        .ancestors()
        .position(|ancestor| exists(&ancestor.join(".git")))
}

/// The current directory and its ancestors up to the root of the git repository, as relative paths;
/// the current directory alone outside a repository.
pub(crate) fn ancestors_in_repository() -> Vec<PathBuf> {
    (0..=depth_in_repository().unwrap_or(0))
        .map(|levels| std::iter::repeat_n("..", levels).collect())
        .collect()
}

/// Whether the current directory is in a git repository.
pub(crate) fn is_in_repository() -> bool {
    depth_in_repository().is_some()
}

/// The permissions of a directory that only its owner may enter.
pub(crate) const PRIVATE_DIRECTORY: u32 = 0o700;

/// Makes an existing directory private. Only its owner can do that, so that a failure is ignored.
pub(crate) fn restrict_directory(path: &Path) {
    if let Ok(metadata) = fs::metadata(path) {
        let mode = metadata.permissions().mode() & 0o777;
        if mode & !PRIVATE_DIRECTORY != 0 {
            let permissions = fs::Permissions::from_mode(mode & PRIVATE_DIRECTORY);
            let _ = fs::set_permissions(path, permissions);
        }
    }
}

/// Whether users other than the owner of a file have permission to read it.
pub(crate) fn is_readable_by_others(path: &Path) -> bool {
    fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o044 != 0)
}

/// Whether something may exist at a path: that it does not is certain only when its directory may
/// be searched.
pub(crate) fn may_exist(path: &Path) -> bool {
    if let Some(exists) = revision::exists(path) {
        return exists;
    }
    match path.symlink_metadata() {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    }
}

/// Whether anything exists at a path, also a broken link.
pub(crate) fn exists(path: &Path) -> bool {
    revision::exists(path).unwrap_or_else(|| path.symlink_metadata().is_ok())
}

/// Whether a path is a symbolic link.
pub(crate) fn is_link(path: &Path) -> bool {
    revision::is_link(path).unwrap_or_else(|| path.is_symlink())
}

/// Whether a path is an empty directory, or a link to one.
pub(crate) fn is_empty_directory(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether a path is a directory, or a link to one.
pub(crate) fn is_directory(path: &Path) -> bool {
    match revision::kind(path) {
        Some(entry) => matches!(entry, Some(Entry::Directory | Entry::Unread(_))),
        None => path.is_dir(),
    }
}

/// Removes an empty directory, if that is possible.
pub(crate) fn discard_directory(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// Sets the permission bits of a file.
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// The id of this process, which no other one has at the same time and on the same machine.
pub(crate) fn process_id() -> u32 {
    std::process::id()
}

/// The time since the first call, for progress messages; no output depends on it.
pub(crate) fn elapsed() -> std::time::Duration {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
