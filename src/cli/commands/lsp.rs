use std::path::PathBuf;

use super::validate;
use crate::cli::ExitCode;
use crate::lsp::{self, Compiler, Scope};
use crate::report::autofix::ValidationRun;
use crate::report::lint_levels::Levels;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::support::host::Host;
use diagnostics::source::Sources;

/// Run the language server for editors, on standard input and output
///
/// Editors start it, and show problems, completion and more for Score files, environments,
/// definitions and patches. It runs no programs, fetches nothing, and writes only to the cache. The
/// setting `score-rs.environment` of the editor names the environment that Score files are for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs lsp    # as the command of a language server in the settings of an editor")]
pub(crate) struct Arguments {
    /// Ignored: standard input and output are always used
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Reads a command line that begins with the name of a command.
pub(crate) type Parse<T> = fn(&[String]) -> Result<T, clap::Error>;

/// The command line as the server uses it.
struct CommandLine {
    parse_validate: Parse<validate::Arguments>,
}

pub(crate) fn run(
    _: &Arguments,
    parse_validate: Parse<validate::Arguments>,
) -> Result<ExitCode, CliError> {
    let is_done = lsp::serve(Box::new(CommandLine { parse_validate }))?;
    // The protocol asks for the code 1 when the client goes away without a word.
    Ok(match is_done {
        true => ExitCode::Success,
        false => ExitCode::InvalidInput,
    })
}

impl Compiler for CommandLine {
    fn validate(
        &self,
        scope: &Scope,
        files: &[PathBuf],
        os: &Os,
        host: &dyn Host,
    ) -> Result<ValidationRun, CliError> {
        if let Some(refused) = refusal(host)? {
            return Ok(refused);
        }
        let mut words = vec!["validate".to_owned(), "--quiet".to_owned()];
        match scope {
            Scope::Files => {}
            Scope::Environment(name) => {
                words.extend(["--offline".to_owned(), format!("--env={name}")]);
            }
            Scope::All => words.extend(["--offline", "--all-environments"].map(str::to_owned)),
        }
        words.push("--".to_owned());
        words.extend(files.iter().map(|file| file.display().to_string()));
        let arguments =
            (self.parse_validate)(&words).map_err(|error| CliError::Usage(error.to_string()))?;
        validate::validate(&arguments, os, host)
    }
}

/// The report of a project that requires another version of this program.
fn refusal(host: &dyn Host) -> Result<Option<ValidationRun>, CliError> {
    let mut sources = Sources::default();
    let report = Levels::of_project(host, &mut sources)?.refusal();
    Ok(report.map(|report| ValidationRun {
        sources,
        report,
        success_message: String::new(),
    }))
}
