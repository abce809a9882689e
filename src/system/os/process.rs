//! Running a program without a shell, in a process group of its own and with a time limit.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::io_error_text::reason;
use super::restrictions;
use super::temp_dir;
use super::waiting::begin_wait;
use compiler::support::host::{HostError, Program, ProgramResult, SEED_VARIABLE};

/// The most bytes of standard output; more is an error. No provisioner output comes near this.
pub(super) const MAX_STDOUT: u64 = 16 << 20;
/// The most bytes of standard error that are returned; the rest is dropped.
const MAX_STDERR: u64 = 1 << 20;
/// How long the children of a program that has ended may keep its output open.
const OUTPUT_GRACE_PERIOD: Duration = Duration::from_secs(2);

/// How long the pipes of killed programs may stay open. Then a process outside of the group has
/// them, and what was read so far is the output.
const KILL_GRACE_PERIOD: Duration = Duration::from_millis(200);
/// The time between two calls of the check of a caller.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The process groups that run now, to kill them when this process is interrupted.
static GROUPS: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Runs a program to its end.
pub(super) fn run(program: &Program) -> Result<ProgramResult, HostError> {
    run_with(program, MAX_STDOUT, |_| {}, &|| Ok(()))
}

/// As [`run`], with the most bytes that it may print, a function that sets up directory and
/// variables, and a check that is called while the program runs: it is killed when that fails.
pub(super) fn run_with(
    program: &Program,
    most: u64,
    set_up: impl FnOnce(&mut Command),
    check: &dyn Fn() -> Result<(), String>,
) -> Result<ProgramResult, HostError> {
    if !restrictions::runs_programs() {
        return Err(HostError::Failed("programs are not run here".to_owned()));
    }
    clean_up_when_interrupted();
    let _wait = begin_wait(|| format!("running {}", program.path.display()));
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
    let result = communicate(&mut child, group, (program, most), check);
    running_groups().retain(|other| *other != group);
    result
}

fn running_groups() -> MutexGuard<'static, Vec<i32>> {
    lock(&GROUPS)
}

/// Locks a list. A thread that panicked while it held the lock has left a valid list.
fn lock<T>(list: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the input, reads both outputs, and waits for the program to end or to run out of time.
/// Nothing here waits for a pipe: a child that has left the process group is not killed, and may
/// keep it open for ever.
fn communicate(
    child: &mut Child,
    group: i32,
    (program, most): (&Program, u64),
    check: &dyn Fn() -> Result<(), String>,
) -> Result<ProgramResult, HostError> {
    if let Some(mut stdin) = child.stdin.take() {
        let input = program.input.clone();
        // A program does not have to read its input.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let output = Output::read(child.stdout.take(), most, false);
    let errors = Output::read(child.stderr.take(), MAX_STDERR, true);
    let ending = wait(child, program.limit, check);
    if matches!(ending, Ok(Ending::Exited(_))) {
        wait_for_end_of(&output, &errors, OUTPUT_GRACE_PERIOD);
    }
    // What is left of the group may keep the pipes open or run on.
    if !(output.is_complete() && errors.is_complete() && matches!(ending, Ok(Ending::Exited(_)))) {
        kill_group(group);
        let _ = child.wait();
        wait_for_end_of(&output, &errors, KILL_GRACE_PERIOD);
    }
    let failed = |reason: String| Err(HostError::Failed(reason));
    match ending {
        Err(error) => failed(format!(
            "waiting for its program failed: {}",
            reason(&error)
        )),
        Ok(Ending::TimedOut) => failed(format!(
            "its program ran longer than {} s and was stopped",
            program.limit.as_secs_f64()
        )),
        Ok(Ending::Stopped(reason)) => failed(reason),
        Ok(Ending::Exited(status)) => {
            let output = output.take();
            if output.len() as u64 > most {
                return failed(format!("its program printed more than {} MiB", most >> 20));
            }
            Ok(ProgramResult {
                success: status.success(),
                status: describe(status),
                output,
                errors: errors.take(),
            })
        }
    }
}

/// How a program ended.
enum Ending {
    Exited(ExitStatus),
    TimedOut,
    /// For the reason that the check of its caller gave.
    Stopped(String),
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown status".to_owned(),
    }
}

/// What a program has written so far. A thread of its own reads it, which nobody waits for.
struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Output {
    /// Begins to read. `drain` reads on after the limit and drops the rest; else the pipe is closed
    /// after one byte more, which ends a program that goes on writing.
    fn read(pipe: Option<impl Read + Send + 'static>, limit: u64, drain: bool) -> Output {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            if let Some(pipe) = pipe {
                read_into(&shared, pipe, limit, drain);
            }
        });
        Output { bytes, reader }
    }

    /// Whether the pipe is closed.
    fn is_complete(&self) -> bool {
        self.reader.is_finished()
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut lock(&self.bytes))
    }
}

fn read_into(bytes: &Mutex<Vec<u8>>, mut pipe: impl Read, limit: u64, drain: bool) {
    let most = usize::try_from(limit + u64::from(!drain)).unwrap_or(usize::MAX);
    let mut buffer = [0; 1 << 14];
    loop {
        let count = match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // What is read so far is not JSON then.
            Err(_) => return,
        };
        let mut bytes = lock(bytes);
        let wanted = count.min(most - bytes.len());
        bytes.extend_from_slice(&buffer[..wanted]);
        if !drain && bytes.len() == most {
            return;
        }
    }
}

fn wait_for_end_of(output: &Output, errors: &Output, limit: Duration) {
    let started = Instant::now();
    while !(output.is_complete() && errors.is_complete()) && started.elapsed() < limit {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits for the program to exit, to run out of time, or until the check fails.
fn wait(
    child: &mut Child,
    limit: Duration,
    check: &dyn Fn() -> Result<(), String>,
) -> io::Result<Ending> {
    let (started, mut checked) = (Instant::now(), Instant::now());
    let mut pause = Duration::from_micros(200);
    loop {
        let status = child.try_wait()?;
        if status.is_some() || checked.elapsed() >= CHECK_INTERVAL {
            checked = Instant::now();
            if let Err(reason) = check() {
                return Ok(Ending::Stopped(reason));
            }
        }
        if let Some(status) = status {
            return Ok(Ending::Exited(status));
        }
        if started.elapsed() >= limit {
            return Ok(Ending::TimedOut);
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
