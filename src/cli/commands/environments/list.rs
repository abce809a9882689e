use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::display::cells::BUILT_IN;
use crate::cli::display::table::{Column, table};
use crate::cli::display::terminal::print_data;
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::flags::remote::RemoteFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::session::Session;
use crate::project::environment::{Environment, Registry, TARGETS};
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;

/// List the environments of the project and the built-in ones
///
/// An environment of the project replaces a built-in one with the same name.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    format: ListFormatFlag,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

/// An environment as a program reads it.
#[derive(Serialize)]
struct Row {
    name: String,
    target: &'static str,
    extends: Option<String>,
    /// Whether it is the one where none is named.
    default: bool,
    output: String,
    source: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::new(None);
    let reporter = arguments.reporting.reporter();
    let (mut environments, _) = Session::run(reporter, Coverage::Partial, &os, |session| {
        let remotes = arguments.remote.remotes(false);
        let result = Registry::new(&os, &remotes).all(&mut session.sources, &mut session.report);
        session.verbose.remotes(&remotes);
        result
    })?;
    let default = default_name(&environments);
    for target in TARGETS {
        if environments
            .iter()
            .all(|environment| environment.name != target.name())
        {
            environments.push(Environment::built_in(target));
        }
    }
    let rows: Vec<Row> = environments
        .iter()
        .map(|environment| row(environment, &default))
        .collect();
    let json = arguments.format.json(&rows);
    print_data(&json.unwrap_or_else(|| table_of(&rows)))?;
    Ok(ExitCode::Success)
}

/// The name of the environment that is used where none is named.
fn default_name(declared: &[Environment]) -> String {
    let is_default = |environment: &&Environment| {
        environment
            .file()
            .and_then(|file| file.default.as_ref())
            .is_some_and(|flag| flag.value)
    };
    match (declared.iter().find(is_default), declared) {
        (Some(environment), _) | (None, [environment]) => environment.name.clone(),
        _ => TARGETS[0].name().to_owned(),
    }
}

fn row(environment: &Environment, default: &str) -> Row {
    let output = environment.output().map(|output| output.value.clone());
    let declaration = environment.file();
    Row {
        name: environment.name.clone(),
        target: environment.target.name(),
        extends: declaration
            .and_then(|file| file.extends.as_ref())
            .map(|name| name.value.clone()),
        default: environment.name == default,
        output: output.unwrap_or_else(|| environment.target.info().default_output.to_owned()),
        source: declaration.map_or(BUILT_IN.to_owned(), |file| file.base.file()),
    }
}

fn table_of(rows: &[Row]) -> String {
    let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
    table(vec![
        Column::new("NAME", rows.iter().map(|row| row.name.clone())),
        Column::new("TARGET", rows.iter().map(|row| row.target.to_owned())),
        Column::new(
            "EXTENDS",
            rows.iter().map(|row| or_none(row.extends.as_deref())),
        )
        .hidden_if_all("-"),
        Column::new(
            "DEFAULT",
            rows.iter().map(|row| or_none(row.default.then_some("yes"))),
        ),
        Column::new("OUTPUT", rows.iter().map(|row| row.output.clone())),
        Column::new("SOURCE", rows.iter().map(|row| row.source.clone())),
    ])
}
