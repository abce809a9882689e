//! Flags that set the level of rules.

use crate::report::lint_levels::{Level, Levels};
use crate::system::error::CliError;

/// Flags that set levels. They take precedence over the project's file.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct LintLevelFlags {
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

impl LintLevelFlags {
    /// Sets the levels that the flags name. Two levels for one rule are an error.
    pub(crate) fn apply(&self, levels: &mut Levels) -> Result<(), CliError> {
        let flags = [
            ("--allow", &self.allow, Level::Allow),
            ("--warn", &self.warn, Level::Warn),
            ("--deny", &self.deny, Level::Deny),
        ];
        let mut names_of_other_flags: Vec<&str> = Vec::new();
        for (flag, names, level) in flags {
            for name in names {
                levels
                    .set(name, level)
                    .map_err(|reason| CliError::Usage(format!("{flag} {name}: {reason}")))?;
            }
            let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            if let Some(name) = names
                .iter()
                .find(|name| names_of_other_flags.contains(name))
            {
                return Err(CliError::Usage(format!(
                    "`{name}` has two levels: keep one of the flags"
                )));
            }
            names_of_other_flags.extend(names);
        }
        if self.strict {
            levels.set_strict();
        }
        Ok(())
    }
}
