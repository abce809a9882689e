use serde::Serialize;

use super::reporting;
use crate::cli::FINE;
use crate::cli::display::listing::{BUILT_IN, Listing};
use crate::cli::display::table::{Column, table};
use crate::cli::flags::reporting::{ScreenFlags, print};
use crate::project::environment::{Environment, FILE, Registry, TARGETS};
use crate::system::error::CliError;
use crate::system::os::Os;

/// List the environments of the project, and the built-in ones
///
/// A declared environment that is called like a built-in one takes its place.
///
/// Exit status: 0 listed, 1 an environment has errors, 2 wrong usage, 3 a file could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    screen: ScreenFlags,
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

pub(super) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    let os = Os::new(None);
    let (mut environments, _) = reporting(&arguments.screen, &os, |sources, report| {
        Registry::new(&os).all(sources, report)
    })?;
    let declared = environments.len();
    for target in TARGETS {
        if environments.iter().all(|own| own.name != target.name()) {
            environments.push(Environment::built_in(target));
        }
    }
    let is_set = |own: &Environment| {
        own.file()
            .and_then(|own| own.default.as_ref())
            .is_some_and(|flag| flag.value)
    };
    let default = match environments.iter().find(|own| is_set(own)) {
        Some(own) => own.name.clone(),
        None if declared == 1 => environments[0].name.clone(),
        None => TARGETS[0].name().to_owned(),
    };
    let rows: Vec<Row> = environments.iter().map(|own| row(own, &default)).collect();
    print(
        &arguments
            .listing
            .json(&rows)
            .unwrap_or_else(|| in_lines(&rows)),
    )?;
    Ok(FINE)
}

fn row(own: &Environment, default: &str) -> Row {
    let output = own
        .first(|own| own.output.as_ref())
        .map(|output| output.value.clone());
    let declaration = own.file();
    Row {
        name: own.name.clone(),
        target: own.target.name(),
        extends: declaration
            .and_then(|own| own.extends.as_ref())
            .map(|name| name.value.clone()),
        default: own.name == default,
        output: output.unwrap_or_else(|| own.target.info().default_output.to_owned()),
        source: declaration.map_or(BUILT_IN.to_owned(), |own| {
            own.directory.join(FILE).display().to_string()
        }),
    }
}

fn in_lines(rows: &[Row]) -> String {
    let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
    table(vec![
        Column::new("NAME", rows.iter().map(|row| row.name.clone())),
        Column::new("TARGET", rows.iter().map(|row| row.target.to_owned())),
        Column::new(
            "EXTENDS",
            rows.iter().map(|row| or_none(row.extends.as_deref())),
        )
        .unless("-"),
        Column::new(
            "DEFAULT",
            rows.iter().map(|row| or_none(row.default.then_some("yes"))),
        ),
        Column::new("OUTPUT", rows.iter().map(|row| row.output.clone())),
        Column::new("SOURCE", rows.iter().map(|row| row.source.clone())),
    ])
}
