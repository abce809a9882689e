//! Flags that set the level of rules.

use super::headings::MESSAGES;
use crate::report::lint_levels::{Level, Levels};
use crate::system::error::CliError;

/// Flags that set levels. They take precedence over the project's file.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct LintLevelFlags {
    /// Treat warnings as errors
    #[arg(long, help_heading = MESSAGES)]
    strict: bool,
    /// Hide the named warnings or notes
    ///
    /// `score-rs explain` lists the names. May be repeated, or be a list with commas.
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = MESSAGES)]
    allow: Vec<String>,
    /// Report the named warnings or notes as warnings
    ///
    /// It takes precedence over `score-rs.yaml`. May be repeated, or be a list with commas.
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = MESSAGES)]
    warn: Vec<String>,
    /// Treat the named warnings or notes as errors
    ///
    /// May be repeated, or be a list with commas.
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = MESSAGES)]
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
