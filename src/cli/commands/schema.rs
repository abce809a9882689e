use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::cli::ExitCode;
use crate::cli::display::json::document;
use crate::cli::display::terminal::print;
use crate::cli::flags::environment::{EnvironmentFlags, SchemaEnvFlag};
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::library;
use crate::cli::session::Session;
use crate::report::schemas::{SCHEMAS, for_environment, schema};
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;

/// Print a JSON Schema for editors and programs
///
/// With the schema of a file, an editor completes and explains its keys. With `--env`, the schema of
/// Score files also knows the resource types of the environment and their params. The schema
/// `report` is for programs that read reports.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs schema workload > score.schema.json
  score-rs schema workload --env kubernetes > score.schema.json

An editor with a YAML language server uses it for a file with this first line:
  # yaml-language-server: $schema=score.schema.json")]
pub(crate) struct Arguments {
    /// Kind of file
    #[arg(value_parser = kinds())]
    kind: String,
    #[command(flatten)]
    environment: EnvironmentFlags<SchemaEnvFlag>,
    #[command(flatten)]
    reporting: ReportingFlags,
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(
        SCHEMAS
            .iter()
            .map(|schema| PossibleValue::new(schema.kind).help(schema.about)),
    )
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let text = match (arguments.kind.as_str(), arguments.environment.is_named()) {
        ("workload", true) => workload_schema(arguments)?,
        (kind, true) => {
            return Err(CliError::Usage(format!(
                "the schema of `{kind}` is the same for all environments: remove `--env`"
            )));
        }
        // The parser lets no other kind through.
        (kind, false) => schema(kind).map_or_else(String::new, |schema| schema.text.to_owned()),
    };
    print(&text)?;
    Ok(ExitCode::Success)
}

/// The schema of Score files for the environment of `--env`.
fn workload_schema(arguments: &Arguments) -> Result<String, CliError> {
    let (os, flags) = (Os::new(None), &arguments.environment);
    let reporter = arguments.reporting.reporter();
    let remotes = flags.remote.remotes(false);
    let (library, _) = Session::run(reporter, Coverage::Partial, &os, |session| {
        let found = flags.find(&remotes, &os, &mut session.sources, &mut session.report)?;
        library::read(&found, "named by --env", flags, &remotes, &os, session)
    })?;
    Ok(document(&for_environment(&library)))
}
