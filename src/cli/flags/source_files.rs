//! Flags that say which files beside a Score file may be read.

use compiler::plan::FileRules;

/// Flags of every command that reads such files.
#[derive(Debug, clap::Args)]
pub(crate) struct FileFlags {
    /// Let `files.source` read files outside the project
    #[arg(long)]
    allow_outside: bool,
}

impl FileFlags {
    /// What they allow.
    pub(crate) fn rules(&self) -> FileRules {
        FileRules {
            allow_outside: self.allow_outside,
        }
    }
}
