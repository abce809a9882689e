//! What the run waits for. On a terminal, what takes longer than a second is shown in a line that
//! is erased before anything else is written. A thread writes it, which starts with the first wait.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::terminal::terminal_width;
use diagnostics::visible::{self, without_commands};

/// How long to wait without a line.
const QUIET_WAIT: Duration = Duration::from_secs(1);
/// The time between two updates of the line.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);
/// Returns to the start of the line and erases it.
const ERASE: &str = "\r\x1b[K";

static STATE: Mutex<State> = Mutex::new(State {
    is_on: false,
    has_thread: false,
    next: 0,
    waits: BTreeMap::new(),
    line: String::new(),
});
/// The first wait has begun.
static BEGUN: Condvar = Condvar::new();

struct State {
    is_on: bool,
    has_thread: bool,
    next: u64,
    /// Those that have not ended, in the order in which they began.
    waits: BTreeMap<u64, (Instant, String)>,
    /// What the terminal shows now.
    line: String,
}

/// From now on, shows waits if standard error is a terminal that can erase a line.
pub(crate) fn show_waits() {
    let can_erase = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    state().is_on = can_erase && stderr().is_terminal();
}

/// A wait, which ends when this is dropped.
pub(crate) struct Wait(Option<u64>);

/// Begins a wait for something that `text` describes, such as `fetching URL`.
pub(crate) fn begin_wait(text: impl FnOnce() -> String) -> Wait {
    let mut state = state();
    if !state.is_on {
        return Wait(None);
    }
    let number = state.next;
    state.next += 1;
    state.waits.insert(number, (Instant::now(), text()));
    if !std::mem::replace(&mut state.has_thread, true) {
        thread::spawn(follow);
    }
    BEGUN.notify_one();
    Wait(Some(number))
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            let mut state = state();
            state.waits.remove(&number);
            if state.waits.is_empty() {
                state.show(String::new());
            }
        }
    }
}

/// Erases the line before other output. It is shown again if the wait goes on.
pub(super) fn erase() {
    state().show(String::new());
}

fn follow() {
    let mut state = state();
    loop {
        let line = state.current_line();
        state.show(line);
        state = match state.waits.is_empty() {
            true => BEGUN.wait(state).unwrap_or_else(PoisonError::into_inner),
            false => {
                let waited = BEGUN.wait_timeout(state, UPDATE_INTERVAL);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// The longest wait and the number of others; empty when none takes long.
    fn current_line(&self) -> String {
        let mut long = self
            .waits
            .values()
            .filter(|(start, _)| start.elapsed() >= QUIET_WAIT);
        let Some((start, text)) = long.next() else {
            return String::new();
        };
        let others = match long.count() {
            0 => String::new(),
            count => format!(", and {count} more"),
        };
        let end = format!(" ({} s{others})", start.elapsed().as_secs());
        let width = terminal_width().unwrap_or(80).saturating_sub(end.len() + 1);
        let text = visible::line(text);
        let text: String = without_commands(&text).chars().take(width).collect();
        text + &end
    }

    fn show(&mut self, line: String) {
        if line != self.line {
            // A failure cannot be reported anywhere.
            let _ = stderr()
                .lock()
                .write_all(format!("{ERASE}{line}").as_bytes());
            self.line = line;
        }
    }
}
