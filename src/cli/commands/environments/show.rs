use clap::ValueEnum;
use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::display::cells::{BUILT_IN, file_and_line};
use crate::cli::display::json;
use crate::cli::display::table::{Column, table};
use crate::cli::display::terminal::print_data;
use crate::cli::flags::environment::find;
use crate::cli::flags::preview::PreviewFlag;
use crate::cli::flags::remote::RemoteFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::session::Session;
use crate::project::environment::explain::{Setting, settings};
use crate::project::exceptions;
use crate::project::remote::Lock;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use diagnostics::value::Value;
use yaml::write::write_yaml;

/// Print the settings of an environment and where each is set
///
/// Includes the settings of the environments that it extends, and the exceptions from policies in
/// the Score files of the project. Flags of other commands, such as `--set`, take precedence over
/// them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs environments show staging
  score-rs environments show staging --format json")]
pub(super) struct Arguments {
    /// Environment, by name or path; default: as in `generate`
    #[arg(value_name = "NAME|PATH")]
    name: Option<String>,
    /// Environment; the same as the argument
    #[arg(short, long, value_name = "NAME|PATH", conflicts_with = "name")]
    env: Option<String>,
    #[command(flatten)]
    preview: PreviewFlag,
    /// Output format
    #[arg(short, long, value_enum, default_value = "table")]
    format: ShowFormat,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// A table for people
    Table,
    /// A JSON list for programs
    Json,
    /// A YAML list
    Yaml,
}

/// A setting as a program reads it.
#[derive(Serialize)]
struct Row {
    key: String,
    value: Value,
    source: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::new(None);
    let name = arguments.name.as_deref().or(arguments.env.as_deref());
    let reporter = arguments.reporting.reporter();
    let ((environment, lock, exceptions), session) =
        Session::run(reporter, Coverage::Partial, &os, |session| {
            let Session {
                sources, report, ..
            } = session;
            let remotes = arguments.remote.remotes(false);
            let environment = find(name, &arguments.preview, &remotes, &os, sources, report)?;
            let lock = match environment.is_remote() {
                true => Lock::of_project(&os, sources, report)?,
                false => Lock::default(),
            };
            let exceptions = match environment.policies().is_empty() {
                true => Vec::new(),
                false => exceptions::settings(&os, sources)?,
            };
            Ok((environment, lock, exceptions))
        })?;
    let default_source = match environment.file() {
        Some(_) => "default",
        None => BUILT_IN,
    };
    let row = |setting: Setting| Row {
        key: setting.key,
        value: setting.value,
        source: setting.span.map_or(default_source.to_owned(), |span| {
            file_and_line(span, &session.sources)
        }),
    };
    let settings = settings(&environment, &lock)?.into_iter();
    let rows: Vec<Row> = settings.chain(exceptions).map(row).collect();
    print_data(&match arguments.format {
        ShowFormat::Table => table_of(&rows),
        ShowFormat::Json => json::document(&rows),
        ShowFormat::Yaml => write_yaml(&Value::List(rows.into_iter().map(to_value).collect())),
    })?;
    Ok(ExitCode::Success)
}

fn to_value(row: Row) -> Value {
    Value::map_of([
        ("key", Value::String(row.key)),
        ("value", row.value),
        ("source", Value::String(row.source)),
    ])
}

/// The beginning of a long text. The other formats have all of it.
fn shortened(text: String) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

fn table_of(rows: &[Row]) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => shortened(other.to_json()),
    };
    table(vec![
        Column::new("KEY", rows.iter().map(|row| row.key.clone())),
        Column::new("VALUE", rows.iter().map(|row| plain(&row.value))),
        Column::new("SOURCE", rows.iter().map(|row| row.source.clone())),
    ])
}
