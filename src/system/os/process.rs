//! Running a program for a provisioner: without a shell, in a process group of its own, for a
//! limited time.

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
use compiler::support::host::{Finished, HostError, Program};

/// How much a program may answer; no definition's sections come near it.
const LARGEST_ANSWER: u64 = 16 << 20;
/// How much of what a program says on standard error is kept.
const LARGEST_COMPLAINT: u64 = 1 << 20;
/// How long a finished program's own children may keep its output open.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process groups that run now: they are ended when this program is interrupted.
static RUNNING: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Runs a program to its end.
pub(super) fn run(program: &Program) -> Result<Finished, HostError> {
    run_with(program, |_| {})
}

/// As [`run`], in surroundings that are arranged before.
pub(super) fn run_with(
    program: &Program,
    arrange: impl FnOnce(&mut Command),
) -> Result<Finished, HostError> {
    clean_up_when_interrupted();
    let mut command = Command::new(&program.path);
    arrange(&mut command);
    command
        .args(&program.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // The list is held while the program starts, so that an interrupt finds it there or it never
    // starts.
    let mut groups = running();
    // A group of its own, so that it can be ended together with whatever it starts.
    let mut child = command
        .process_group(0)
        .spawn()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => HostError::NotFound,
            ErrorKind::PermissionDenied => {
                HostError::Failed("its program may not be run: permission denied".to_owned())
            }
            _ => HostError::Failed(format!("its program cannot be run: {}", reason(&error))),
        })?;
    let group = i32::try_from(child.id()).unwrap_or(0);
    groups.push(group);
    drop(groups);
    let result = converse(&mut child, group, program);
    running().retain(|other| *other != group);
    result
}

/// The list of what runs. A thread that panicked while it held the list has left it whole.
fn running() -> MutexGuard<'static, Vec<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the program its input, collects what it says, and waits for its end or the end of its
/// time.
fn converse(child: &mut Child, group: i32, program: &Program) -> Result<Finished, HostError> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let input = program.input.clone();
    let writer = thread::spawn(move || {
        // A program need not read what it is told.
        stdin.map(|mut stdin| stdin.write_all(&input)).is_some()
    });
    let output = thread::spawn(move || read_up_to(stdout, LARGEST_ANSWER));
    let errors = thread::spawn(move || read_beginning(stderr, LARGEST_COMPLAINT));
    let status = wait(child, program.limit);
    if matches!(status, Ok(Some(_))) {
        let started = Instant::now();
        while !(output.is_finished() && errors.is_finished()) && started.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
    }
    // Whatever is left of the group holds the pipes open or runs on; both end here.
    if !(output.is_finished() && errors.is_finished() && matches!(status, Ok(Some(_)))) {
        end_group(group);
        let _ = child.wait();
    }
    let broken = || HostError::Failed("its program's output cannot be read".to_owned());
    let output = output.join().map_err(|_| broken())?.map_err(|_| broken())?;
    let errors = errors.join().map_err(|_| broken())?.unwrap_or_default();
    let _ = writer.join();
    match status {
        Err(error) => Err(HostError::Failed(format!(
            "its program cannot be waited for: {}",
            reason(&error)
        ))),
        Ok(None) => Err(HostError::Failed(format!(
            "its program ran longer than {} s and was stopped",
            program.limit.as_secs_f64()
        ))),
        Ok(Some(_)) if output.len() as u64 > LARGEST_ANSWER => Err(HostError::Failed(format!(
            "its program answered with more than {} MiB",
            LARGEST_ANSWER >> 20
        ))),
        Ok(Some(status)) => Ok(Finished {
            success: status.success(),
            how: describe(status),
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

/// Reads one byte more than the limit, so that a reader can tell that there was more. Then the pipe
/// is closed, and a program that goes on writing is ended by that.
fn read_up_to(from: Option<impl Read>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(limit + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Reads all and keeps the beginning: a program that talks much has done nothing wrong, and must
/// not be ended by a pipe that is closed.
fn read_beginning(from: Option<impl Read>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        from.by_ref().take(limit).read_to_end(&mut bytes)?;
        io::copy(&mut from, &mut io::sink())?;
    }
    Ok(bytes)
}

/// The status of a program that ended in time, `None` for one that did not.
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

fn end_group(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// An interrupted compiler must not leave a program running: being in another group, it does not
/// hear the interrupt. Nor may it leave a directory that nobody will look for.
pub(super) fn clean_up_when_interrupted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
            return;
        };
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                // The list stays locked, so that no program is started any more.
                let groups = running();
                groups.iter().copied().for_each(end_group);
                temp_dir::remove_all();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    });
}
