use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::display::cells::{BUILT_IN, definition_source, names};
use crate::cli::display::table::{Column, table};
use crate::cli::display::terminal::print_data;
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::check::Purpose;
use compiler::compile::{self, Matches};
use compiler::link::{Graph, ResourceNode};
use compiler::provision::declarations::names as names_of;
use compiler::provision::library::Definition;
use diagnostics::source::Sources;

/// List resources with their workloads and provisioners
///
/// Nothing is provisioned or written, and no passwords are printed. In the table, PARAMS are those
/// that the workloads set, and `*` in OUTPUTS is any output.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs resources list
  score-rs resources list --env kubernetes --format json")]
pub(super) struct Arguments {
    #[command(flatten)]
    format: ListFormatFlag,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

/// A resource as a program reads it.
#[derive(Serialize)]
struct Row<'a> {
    uid: String,
    #[serde(rename = "type")]
    kind: &'a str,
    class: &'a str,
    id: &'a str,
    workloads: Vec<Use<'a>>,
    provisioner: Provisioner<'a>,
    /// The names of the params that are given.
    params: Vec<&'a str>,
    /// The names of the outputs; `null` when the provisioner does not declare them.
    outputs: Option<Vec<&'a str>>,
}

/// A workload, and its name for a resource.
#[derive(Serialize)]
struct Use<'a> {
    workload: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Provisioner<'a> {
    uri: &'a str,
    source: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::new(None);
    let reporter = arguments.reporting.reporter();
    let (matches, session) = Session::run(reporter, arguments.input.coverage(), &os, |session| {
        match_resources(arguments, &os, session)
    })?;
    let rows = rows(&matches, &session.sources);
    match arguments.format.json(&rows) {
        Some(json) => print_data(&json)?,
        None if rows.is_empty() => reporter.status(["these workloads need no resources"]),
        None => print_data(&table_of(&rows))?,
    }
    Ok(ExitCode::Success)
}

fn match_resources(
    arguments: &Arguments,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<Matches, CliError> {
    let flags = &arguments.input;
    let remotes = flags.remotes();
    let environment = flags.find_environment(&remotes, os, session)?;
    let (request, remotes) = flags.request_for(&environment, remotes, os, session)?;
    flags.log_input(&request, &remotes, os, session);
    let request = session.verbose.follow(request);
    Ok(compile::match_resources(
        &mut session.sources,
        &request,
        Purpose::Validate,
        &mut session.report,
    )?)
}

/// The resources, sorted by identity.
fn rows<'a>(matches: &'a Matches, sources: &'a Sources) -> Vec<Row<'a>> {
    let graph = &matches.graph;
    let definition = |index: usize| &matches.library.definitions()[matches.bindings[index]];
    let mut rows: Vec<(&ResourceNode, Row<'_>)> = graph
        .resources
        .iter()
        .zip(uses(graph))
        .enumerate()
        .map(|(index, (node, uses))| (node, row(node, uses, definition(index), graph, sources)))
        .collect();
    rows.sort_by_key(|(node, _)| &node.uid);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row<'a>(
    node: &'a ResourceNode,
    workloads: Vec<Use<'a>>,
    definition: &'a Definition,
    graph: &'a Graph,
    sources: &Sources,
) -> Row<'a> {
    Row {
        uid: node.uid.to_string(),
        kind: &node.uid.kind,
        class: &node.uid.class,
        id: &node.uid.id,
        workloads,
        provisioner: Provisioner {
            uri: &definition.uri.value,
            source: definition_source(definition, sources),
        },
        params: params(node, graph),
        outputs: names_of(definition.expected_outputs.as_ref()),
    }
}

/// For each resource of the graph, the workloads that use it.
fn uses(graph: &Graph) -> Vec<Vec<Use<'_>>> {
    let mut uses: Vec<Vec<Use<'_>>> = graph.resources.iter().map(|_| Vec::new()).collect();
    for linked in &graph.workloads {
        for (name, index) in &linked.resources {
            uses[*index].push(Use {
                workload: &linked.workload.name.value,
                name,
            });
        }
    }
    uses
}

fn params<'a>(node: &'a ResourceNode, graph: &'a Graph) -> Vec<&'a str> {
    let params = graph.params(node).into_iter().flatten();
    params.map(|(key, _)| key.value.as_str()).collect()
}

fn table_of(rows: &[Row<'_>]) -> String {
    let uses = |row: &Row<'_>| {
        let uses: Vec<String> = row
            .workloads
            .iter()
            .map(|usage| format!("{}.{}", usage.workload, usage.name))
            .collect();
        uses.join(",")
    };
    let provisioner = |row: &Row<'_>| match &row.provisioner {
        Provisioner { source, .. } if source == BUILT_IN => source.clone(),
        Provisioner { uri, source } => format!("{uri} ({source})"),
    };
    table(vec![
        Column::new("UID", rows.iter().map(|row| row.uid.clone())),
        Column::new("USED BY", rows.iter().map(uses)),
        Column::new("PROVISIONER", rows.iter().map(provisioner)),
        Column::new("PARAMS", rows.iter().map(|row| names(Some(&row.params)))).hidden_if_all("-"),
        Column::new(
            "OUTPUTS",
            rows.iter().map(|row| names(row.outputs.as_deref())),
        ),
    ])
}
