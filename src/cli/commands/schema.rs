use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::cli::ExitCode;
use crate::cli::display::terminal::print;
use crate::report::schemas::{SCHEMAS, schema};
use crate::system::error::CliError;

/// Print a JSON Schema for editors and programs
///
/// With the schema of a file, an editor completes and explains its keys. The schema `report` is for
/// programs that read reports.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs schema workload > score.schema.json

An editor with a YAML language server uses it for a file with this first line:
  # yaml-language-server: $schema=score.schema.json")]
pub(crate) struct Arguments {
    /// Kind of file
    #[arg(value_parser = kinds())]
    kind: String,
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(
        SCHEMAS
            .iter()
            .map(|schema| PossibleValue::new(schema.kind).help(schema.about)),
    )
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    // The parser lets no other kind through.
    print(schema(&arguments.kind).map_or("", |schema| schema.text))?;
    Ok(ExitCode::Success)
}
