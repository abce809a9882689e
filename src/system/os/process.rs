//! Running a program without a shell, in a process group of its own and with a time limit.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::io_error_text::reason;
use super::temp_dir;
use compiler::support::host::{HostError, Program, ProgramResult, SEED_VARIABLE};

/// The most bytes of standard output; more is an error. No provisioner output comes near this.
const MAX_STDOUT: u64 = 16 << 20;
/// The most bytes of standard error that are returned; the rest is dropped.
const MAX_STDERR: u64 = 1 << 20;
/// How long the children of a program that has ended may keep its output open.
const OUTPUT_GRACE_PERIOD: Duration = Duration::from_secs(2);

/// The process groups that run now, to kill them when this process is interrupted.
static GROUPS: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Runs a program to its end.
pub(super) fn run(program: &Program) -> Result<ProgramResult, HostError> {
    run_with(program, |_| {})
}

/// As [`run`], with a function that sets up directory and variables.
pub(super) fn run_with(
    program: &Program,
    set_up: impl FnOnce(&mut Command),
) -> Result<ProgramResult, HostError> {
    clean_up_when_interrupted();
    let mut command = Command::new(&program.path);
    set_up(&mut command);
    command
        .env_remove(SEED_VARIABLE)
        .args(&program.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // The list is locked while the program starts, so that an interrupt either finds it in the list
    // or prevents it.
    let mut groups = running_groups();
    // A group of its own, so that it can be killed together with whatever it starts.
    let mut child = command
        .process_group(0)
        .spawn()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => HostError::NotFound,
            ErrorKind::PermissionDenied => {
                HostError::Failed("its program cannot be run: permission denied".to_owned())
            }
            _ => HostError::Failed(format!("its program cannot be run: {}", reason(&error))),
        })?;
    let group = i32::try_from(child.id()).unwrap_or(0);
    groups.push(group);
    drop(groups);
    let result = communicate(&mut child, group, program);
    running_groups().retain(|other| *other != group);
    result
}

/// Locks the list. A thread that panicked while it held the lock has left a valid list.
fn running_groups() -> MutexGuard<'static, Vec<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the input, reads both outputs, and waits for the program to end or to run out of time.
fn communicate(
    child: &mut Child,
    group: i32,
    program: &Program,
) -> Result<ProgramResult, HostError> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let input = program.input.clone();
    let writer = thread::spawn(move || {
        // A program does not have to read its input.
        stdin.map(|mut stdin| stdin.write_all(&input)).is_some()
    });
    let output = thread::spawn(move || read_up_to(stdout, MAX_STDOUT));
    let errors = thread::spawn(move || read_beginning(stderr, MAX_STDERR));
    let status = wait(child, program.limit);
    if matches!(status, Ok(Some(_))) {
        let started = Instant::now();
        while !(output.is_finished() && errors.is_finished())
            && started.elapsed() < OUTPUT_GRACE_PERIOD
        {
            thread::sleep(Duration::from_millis(1));
        }
    }
    // What is left of the group may keep the pipes open or run on.
    if !(output.is_finished() && errors.is_finished() && matches!(status, Ok(Some(_)))) {
        kill_group(group);
        let _ = child.wait();
    }
    let unreadable = || HostError::Failed("its program's output cannot be read".to_owned());
    let output = output
        .join()
        .map_err(|_| unreadable())?
        .map_err(|_| unreadable())?;
    let errors = errors.join().map_err(|_| unreadable())?.unwrap_or_default();
    let _ = writer.join();
    match status {
        Err(error) => Err(HostError::Failed(format!(
            "waiting for its program failed: {}",
            reason(&error)
        ))),
        Ok(None) => Err(HostError::Failed(format!(
            "its program ran longer than {} s and was stopped",
            program.limit.as_secs_f64()
        ))),
        Ok(Some(_)) if output.len() as u64 > MAX_STDOUT => Err(HostError::Failed(format!(
            "its program printed more than {} MiB",
            MAX_STDOUT >> 20
        ))),
        Ok(Some(status)) => Ok(ProgramResult {
            success: status.success(),
            status: describe(status),
            output,
            errors,
        }),
    }
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown status".to_owned(),
    }
}

/// Reads at most one byte more than the limit, so that the caller can tell that there was more. The
/// closed pipe then ends a program that goes on writing.
fn read_up_to(from: Option<impl Read>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(limit + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Reads everything and returns the beginning. Much text on standard error is not an error, so the
/// pipe stays open.
fn read_beginning(from: Option<impl Read>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        from.by_ref().take(limit).read_to_end(&mut bytes)?;
        io::copy(&mut from, &mut io::sink())?;
    }
    Ok(bytes)
}

/// The exit status; `None` for a program that has run out of time.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= limit {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn kill_group(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// From now on, an interrupt kills the running programs, which do not get the signal since they are
/// in other groups, and removes the temporary directories.
pub(super) fn clean_up_when_interrupted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
            return;
        };
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                // The list stays locked, so that no other program starts.
                let groups = running_groups();
                groups.iter().copied().for_each(kill_group);
                temp_dir::remove_all();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    });
}
