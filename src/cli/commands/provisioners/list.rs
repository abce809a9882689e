use serde::Serialize;

use super::read_library;
use crate::cli::ExitCode;
use crate::cli::display::cells::{BUILT_IN, definition_source, names};
use crate::cli::display::table::{Column, listing};
use crate::cli::display::terminal::print_data;
use crate::cli::flags::environment::EnvironmentFlags;
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::flags::reporting::ReportingFlags;
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use compiler::provision::declarations::{names as names_of, object_schema};
use compiler::provision::library::Definition;
use diagnostics::source::Sources;
use diagnostics::value::Value;
use yaml::Node;

/// List resource types and their definitions by precedence
///
/// For each resource, the first definition that matches is used. One that comes after a definition for
/// the same resources is not used. In the table, `*` is any class or ID, or params or outputs that the
/// definition does not declare. `score-rs explain TYPE` describes the params and outputs of a type.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs provisioners list
  score-rs provisioners list --env kubernetes --format json")]
pub(super) struct Arguments {
    #[command(flatten)]
    format: ListFormatFlag,
    #[command(flatten)]
    pub(super) environment: EnvironmentFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
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
    params: Option<Vec<&'a str>>,
    outputs: Option<Vec<&'a str>>,
    /// The JSON Schema of the params; `null` where any is accepted.
    params_schema: Option<Value>,
    /// The JSON Schema of the outputs.
    outputs_schema: Option<Value>,
    description: Option<&'a str>,
    /// Why the environment forbids its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    forbidden: Option<&'a str>,
    /// The earlier definition that provisions its resources, so that it is not used.
    shadowed_by: Option<String>,
    /// The sections it has, which say for which targets it was written.
    sections: Vec<&'a str>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let read = read_library(&arguments.environment, &arguments.reporting)?;
    let forbidden = read.environment.forbidden_types();
    let rows: Vec<Row<'_>> = read
        .library
        .definitions()
        .iter()
        .enumerate()
        .map(|(index, definition)| {
            let types = forbidden.as_ref();
            let sentence = types.and_then(|types| types.get(&definition.kind));
            let sentence = sentence.and_then(Node::as_str);
            let shadow = read.library.shadowed_by(index);
            Row {
                shadowed_by: shadow.map(|first| definition_source(first, &read.sources)),
                ..row(definition, sentence, &read.remotes, &read.sources)
            }
        })
        .collect();
    let json = arguments.format.json(&rows);
    print_data(&json.unwrap_or_else(|| table_of(&rows)))?;
    Ok(ExitCode::Success)
}

fn row<'a>(
    definition: &'a Definition,
    forbidden: Option<&'a str>,
    remotes: &Remotes,
    sources: &Sources,
) -> Row<'a> {
    let params = definition.supported_params.as_ref();
    let outputs = definition.expected_outputs.as_ref();
    Row {
        kind: &definition.kind,
        class: definition.class.as_deref(),
        id: definition.id.as_deref(),
        uri: &definition.uri.value,
        source: definition_source(definition, sources),
        digest: remotes.digest(sources.get(definition.uri.span.source).name()),
        params: names_of(params),
        outputs: names_of(outputs),
        params_schema: params.map(object_schema),
        outputs_schema: outputs.map(object_schema),
        description: definition.description.as_deref(),
        forbidden,
        shadowed_by: None,
        sections: definition.sections.keys().copied().collect(),
    }
}

/// The start of a digest, which is enough to tell it from another one.
fn short_digest(digest: Option<&str>) -> String {
    digest
        .and_then(|digest| digest.get(..19))
        .unwrap_or("-")
        .to_owned()
}

/// `*` stands for any.
fn table_of(rows: &[Row<'_>]) -> String {
    listing(vec![
        Column::new("TYPE", rows.iter().map(|row| row.kind.to_owned())),
        Column::new(
            "CLASS",
            rows.iter().map(|row| row.class.unwrap_or("*").to_owned()),
        )
        .hidden_if_all("*"),
        Column::new(
            "ID",
            rows.iter().map(|row| row.id.unwrap_or("*").to_owned()),
        )
        .hidden_if_all("*"),
        Column::new("SOURCE", rows.iter().map(|row| row.source.clone())).hidden_if_all(BUILT_IN),
        Column::new(
            "DESCRIPTION",
            rows.iter().map(|row| match row.forbidden {
                Some(sentence) => format!("forbidden: {sentence}"),
                None => row.description.unwrap_or("").to_owned(),
            }),
        )
        .below_row(),
        Column::new(
            "PARAMS",
            rows.iter().map(|row| names(row.params.as_deref())),
        )
        .below_row_as("params: "),
        Column::new(
            "OUTPUTS",
            rows.iter().map(|row| names(row.outputs.as_deref())),
        )
        .below_row_as("outputs: "),
        Column::new(
            "DIGEST",
            rows.iter().map(|row| short_digest(row.digest.as_deref())),
        )
        .hidden_if_all("-"),
        Column::new(
            "SHADOWED BY",
            rows.iter()
                .map(|row| row.shadowed_by.clone().unwrap_or_else(|| "-".to_owned())),
        )
        .hidden_if_all("-")
        .below_row_as("not used; shadowed by "),
    ])
}
