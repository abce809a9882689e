//! Why a program returned no result, for diagnostics.

use std::path::Path;

use super::host::{HostError, ProgramResult};
use diagnostics::source::floor_char_boundary;

/// How many bytes of the standard error of a failed program are shown.
const MAX_SHOWN: usize = 2_000;

/// Why a program returned no result, and what to do.
#[derive(Debug)]
pub(crate) struct ProgramFailure {
    pub(crate) why: String,
    pub(crate) help: String,
}

impl ProgramFailure {
    pub(crate) fn new(why: impl Into<String>, help: impl Into<String>) -> ProgramFailure {
        ProgramFailure {
            why: why.into(),
            help: help.into(),
        }
    }

    /// The program did not end by itself. `key` is what names it.
    pub(crate) fn not_ended(path: &Path, error: HostError, key: &str) -> ProgramFailure {
        match error {
            HostError::NotFound => {
                let why = format!(
                    "the program `{}` or the interpreter in its first line does not exist",
                    path.display()
                );
                ProgramFailure::new(why, format!("install the program, or correct {key}"))
            }
            HostError::Failed(why) => ProgramFailure::new(
                why,
                "make sure that the program can run and exits in time; `--command-timeout` \
                 raises the limit",
            ),
        }
    }

    /// The program exited with an error; its standard error is the reason.
    pub(crate) fn exited(result: &ProgramResult) -> ProgramFailure {
        let stderr = String::from_utf8_lossy(&result.errors);
        let stderr = stderr.trim();
        let start = floor_char_boundary(stderr, stderr.len().saturating_sub(MAX_SHOWN));
        let (reason, help) = match &stderr[start..] {
            "" => (
                "its standard error is empty".to_owned(),
                "make the program print the reason to standard error",
            ),
            end => (
                format!("its standard error: {end}"),
                "fix what the program reports",
            ),
        };
        let why = format!("its program ended with {}; {reason}", result.status);
        ProgramFailure::new(why, help)
    }
}
