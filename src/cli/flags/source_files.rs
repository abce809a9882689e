//! The flag that says which files beside a Score file may be read.

use super::headings::WORKLOADS;
use compiler::plan::FileRules;

/// The flag of every command that reads such files.
#[derive(Debug, clap::Args)]
pub(crate) struct SourceFileFlags {
    /// Allow `files.source` to read files outside the project
    #[arg(long, help_heading = WORKLOADS)]
    allow_outside: bool,
}

impl SourceFileFlags {
    pub(crate) fn rules(&self) -> FileRules {
        FileRules {
            allow_outside: self.allow_outside,
        }
    }
}
