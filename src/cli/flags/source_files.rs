//! The flag that says which files beside a Score file may be read.

use compiler::plan::FileRules;

/// The flag of every command that reads such files.
#[derive(Debug, clap::Args)]
pub(crate) struct SourceFileFlags {
    /// Let `files.source` read files outside the project
    #[arg(long)]
    allow_outside: bool,
}

impl SourceFileFlags {
    pub(crate) fn rules(&self) -> FileRules {
        FileRules {
            allow_outside: self.allow_outside,
        }
    }
}
