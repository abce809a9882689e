//! `generate --watch`: the same run again each time an input has changed.

use super::{Compilation, Compiled};
use crate::cli::exit::print_error;
use crate::cli::output::destination::Destination;
use crate::cli::output::writer::{Message, Written};
use crate::system::error::CliError;
use crate::system::os;

impl Compilation<'_> {
    /// Writes all outputs again after each change of an input, until the process is interrupted.
    /// Only the first run ends with an error that no report has: later on, for example git may
    /// bring back what is missing.
    pub(in crate::cli) fn watch<T>(&self) -> Result<T, CliError> {
        let reporter = self.flags.reporting.reporter();
        let mut shown: Option<Vec<Message>> = None;
        loop {
            let start = os::elapsed();
            let (result, inputs) = os::record_inputs(|| self.run()?.require_files()?.write());
            let time = os::elapsed().saturating_sub(start).as_millis();
            let is_first = shown.is_none();
            match result {
                Ok(written) => {
                    reporter.status(lines(&written, shown.as_deref().unwrap_or_default(), time));
                    shown = Some(written.messages);
                }
                Err(error @ (CliError::Usage(_) | CliError::Io(_))) if is_first => {
                    return Err(error);
                }
                Err(error) => {
                    print_error(error);
                    shown.get_or_insert_default();
                }
            }
            if is_first {
                reporter.status(["watching for changes; stop with Ctrl-C"]);
            }
            inputs.wait_for_change();
        }
    }
}

impl Compiled<'_> {
    /// Rejects standard output: who reads it would not know where one run ends.
    fn require_files(self) -> Result<Self, CliError> {
        let mut outputs = self.outputs.iter();
        if outputs.any(|output| output.destination == Destination::Stdout) {
            let help = "name a file or directory with --output";
            let message = format!("--watch does not write to standard output: {help}");
            return Err(CliError::Usage(message));
        }
        Ok(self)
    }
}

/// What a run says that the one before it has not said, and in one line what it has done.
fn lines(written: &Written, shown: &[Message], milliseconds: u128) -> Vec<String> {
    let messages = &written.messages;
    let is_new = |message: &&Message| !shown.contains(message);
    let others = messages.iter().filter(is_new);
    let mut lines: Vec<String> = others
        .filter(|message| matches!(message, Message::Other(_)))
        .map(Message::to_string)
        .collect();
    let outputs: Vec<&str> = messages.iter().filter_map(Message::output).collect();
    let (outputs, count) = (outputs.join(", "), written.workloads);
    let verb = match written.is_changed {
        true => "wrote",
        false => "unchanged:",
    };
    let plural = if count == 1 { "" } else { "s" };
    lines.push(format!(
        "{verb} {outputs} ({count} workload{plural}, {milliseconds} ms)"
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_says_what_is_new_and_what_it_has_done() {
        let message = |text: &str| Message::Other(text.to_owned());
        let mut written = Written {
            messages: vec![
                message("a note"),
                Message::Wrote("compose.yaml".to_owned()),
                message("another"),
                Message::Wrote("2 files in k8s".to_owned()),
            ],
            workloads: 1,
            is_changed: true,
        };
        let line = "wrote compose.yaml, 2 files in k8s (1 workload, 7 ms)";
        assert_eq!(lines(&written, &[], 7), ["a note", "another", line]);
        assert_eq!(lines(&written, &[message("another")], 7), ["a note", line]);
        (written.workloads, written.is_changed) = (3, false);
        let shown = written.messages.clone();
        assert_eq!(
            lines(&written, &shown, 0),
            ["unchanged: compose.yaml, 2 files in k8s (3 workloads, 0 ms)"]
        );
    }
}
