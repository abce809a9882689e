use std::path::{Path, PathBuf};

use super::{provisioners, validate};
use crate::cli::ExitCode;
use crate::lsp::{self, Compiler, Platform, Scope};
use crate::report::autofix::ValidationRun;
use crate::report::lint_levels::Levels;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::KnownOutputs;
use compiler::support::host::Host;
use diagnostics::source::Sources;

/// Run the language server for editors
///
/// Editors start it, talk to it on standard input and output, and show problems, completion and more
/// for Score files, environments, definitions and patches. It runs no programs, fetches nothing, and
/// writes only to the cache. The setting `score-rs.environment` of the editor names the environment
/// that Score files are for.
#[derive(Debug, clap::Args)]
// Without examples: nobody types it.
pub(crate) struct Arguments {
    /// Accepted, as some editors add it: no other channel is used
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Reads a command line that begins with the name of a command.
pub(crate) type Parse<T> = fn(&[String]) -> Result<T, clap::Error>;

/// The command line as the server uses it.
struct CommandLine {
    parse_validate: Parse<validate::Arguments>,
    parse_provisioners: Parse<provisioners::Arguments>,
}

pub(crate) fn run(
    _: &Arguments,
    parse_validate: Parse<validate::Arguments>,
    parse_provisioners: Parse<provisioners::Arguments>,
) -> Result<ExitCode, CliError> {
    let compiler = CommandLine {
        parse_validate,
        parse_provisioners,
    };
    // The protocol asks for the code 1 when the client goes away without a word.
    Ok(match lsp::serve(Box::new(compiler))? {
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
        let flags = match scope {
            Scope::Files => Vec::new(),
            Scope::Environment(name) => vec!["--offline".to_owned(), format!("--env={name}")],
            Scope::All => ["--offline", "--all-environments"]
                .map(str::to_owned)
                .into(),
        };
        validate::validate(&self.validate_arguments(flags, files)?, os, host)
    }

    fn platform(&self, scope: &Scope, host: &dyn Host) -> Result<Platform, CliError> {
        let mut words = ["provisioners", "list", "--offline"]
            .map(str::to_owned)
            .to_vec();
        if let Scope::Environment(name) = scope {
            words.push(format!("--env={name}"));
        }
        let arguments = (self.parse_provisioners)(&words).map_err(usage)?;
        arguments.platform(host)
    }

    fn outputs(
        &self,
        environment: &str,
        file: &Path,
        host: &dyn Host,
    ) -> Result<KnownOutputs, CliError> {
        let flags = vec!["--offline".to_owned(), format!("--env={environment}")];
        let arguments = self.validate_arguments(flags, &[file.to_path_buf()])?;
        validate::known_outputs(&arguments, host)
    }
}

impl CommandLine {
    fn validate_arguments(
        &self,
        flags: Vec<String>,
        files: &[PathBuf],
    ) -> Result<validate::Arguments, CliError> {
        let command = ["validate", "--quiet"].map(str::to_owned).into_iter();
        let files = files.iter().map(|file| file.display().to_string());
        let end = ["--".to_owned()];
        let words: Vec<String> = command.chain(flags).chain(end).chain(files).collect();
        (self.parse_validate)(&words).map_err(usage)
    }
}

fn usage(error: clap::Error) -> CliError {
    CliError::Usage(error.to_string())
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
