//! Flags that say which files beside a Score file may be read.

use crate::middle::plan::FileRules;

/// Flags of every command that reads such files.
#[derive(Debug, clap::Args)]
pub(super) struct FileFlags {
    /// Let `files.source` read files outside the project
    #[arg(long)]
    allow_outside: bool,
}

impl FileFlags {
    /// What they allow.
    pub(super) fn rules(&self) -> FileRules {
        FileRules { allow_outside: self.allow_outside }
    }
}
