use serde::Serialize;

use super::{Found, library};
use crate::cli::FINE;
use crate::cli::display::listing::{BUILT_IN, Listing, names, source};
use crate::cli::display::table::{Column, table};
use crate::cli::flags::environment::EnvironmentFlags;
use crate::cli::flags::reporting::{ScreenFlags, print};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use compiler::provision::library::Definition;
use diagnostics::source::Sources;

/// List the definitions of an environment in the order in which they are asked
///
/// `*` stands for any: a definition that takes any class, or that does not say which params or
/// outputs it knows.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    environment: EnvironmentFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

/// A definition as a program reads it.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    class: Option<&'a str>,
    id: Option<&'a str>,
    uri: &'a str,
    source: String,
    /// Of the file it is in, when that was fetched.
    digest: Option<String>,
    params: Option<&'a [String]>,
    outputs: Option<&'a [String]>,
    description: Option<&'a str>,
    /// The sections it has, which say for which targets it was written.
    sections: Vec<&'a str>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    let (
        Found {
            library, remotes, ..
        },
        sources,
    ) = library(&arguments.environment, &arguments.screen)?;
    let rows: Vec<Row<'_>> = library
        .definitions()
        .iter()
        .map(|definition| row(definition, &remotes, &sources))
        .collect();
    print(
        &arguments
            .listing
            .json(&rows)
            .unwrap_or_else(|| in_lines(&rows)),
    )?;
    Ok(FINE)
}

fn row<'a>(definition: &'a Definition, remotes: &Remotes, sources: &Sources) -> Row<'a> {
    Row {
        kind: &definition.kind,
        class: definition.class.as_deref(),
        id: definition.id.as_deref(),
        uri: &definition.uri.value,
        source: source(definition, sources),
        digest: remotes.digest(sources.get(definition.uri.span.source).name()),
        params: definition.supported_params.as_deref(),
        outputs: definition.expected_outputs.as_deref(),
        description: definition.description.as_deref(),
        sections: definition.sections.keys().copied().collect(),
    }
}

/// The beginning of a digest, which is enough to tell it from another one.
fn short(digest: Option<&str>) -> String {
    digest
        .and_then(|digest| digest.get(..19))
        .unwrap_or("-")
        .to_owned()
}

/// `*` stands for any.
fn in_lines(rows: &[Row<'_>]) -> String {
    table(vec![
        Column::new("TYPE", rows.iter().map(|row| row.kind.to_owned())),
        Column::new(
            "CLASS",
            rows.iter().map(|row| row.class.unwrap_or("*").to_owned()),
        )
        .unless("*"),
        Column::new(
            "ID",
            rows.iter().map(|row| row.id.unwrap_or("*").to_owned()),
        )
        .unless("*"),
        Column::new("SOURCE", rows.iter().map(|row| row.source.clone())).unless(BUILT_IN),
        Column::new("PARAMS", rows.iter().map(|row| names(row.params))),
        Column::new("OUTPUTS", rows.iter().map(|row| names(row.outputs))),
        Column::new(
            "DIGEST",
            rows.iter().map(|row| short(row.digest.as_deref())),
        )
        .unless("-"),
        Column::new(
            "DESCRIPTION",
            rows.iter()
                .map(|row| row.description.unwrap_or("").to_owned()),
        )
        .below(),
    ])
}
