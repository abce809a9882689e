//! Flags that decide how much each kind of problem weighs.

use crate::report::lint_levels::{Level, Levels};
use crate::system::error::CliError;

/// What the command line says about levels. It counts more than the project's file.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct LevelFlags {
    /// Turn warnings into errors
    #[arg(long)]
    strict: bool,
    /// Do not show the warnings or notes of this name. May be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    allow: Vec<String>,
    /// Show what has this name as a warning, whatever `score-rs.yaml` says. May be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    warn: Vec<String>,
    /// Make errors of the warnings or notes of this name. May be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    deny: Vec<String>,
}

impl LevelFlags {
    /// Adds what the flags say to what the project says.
    pub(crate) fn set(&self, levels: &mut Levels) -> Result<(), CliError> {
        let flags = [
            ("--allow", &self.allow, Level::Allow),
            ("--warn", &self.warn, Level::Warn),
            ("--deny", &self.deny, Level::Deny),
        ];
        let mut given: Vec<&str> = Vec::new();
        for (flag, names, level) in flags {
            for name in names {
                levels
                    .set(name, level)
                    .map_err(|why| CliError::Usage(format!("{flag} {name}: {why}")))?;
            }
            let mut own: Vec<&str> = names.iter().map(String::as_str).collect();
            own.sort_unstable();
            own.dedup();
            if let Some(twice) = own.iter().find(|name| given.contains(name)) {
                return Err(CliError::Usage(format!(
                    "`{twice}` is given two levels: keep one of the flags"
                )));
            }
            given.extend(own);
        }
        if self.strict {
            levels.set_strict();
        }
        Ok(())
    }
}
