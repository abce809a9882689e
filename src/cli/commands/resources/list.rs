use serde::Serialize;

use crate::cli::FINE;
use crate::cli::display::listing::{BUILT_IN, Listing, names, source};
use crate::cli::display::table::{Column, table};
use crate::cli::flags::reporting::{Channel, ScreenFlags, print};
use crate::cli::request::InputFlags;
use crate::cli::session::Reading;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use compiler::check::Purpose;
use compiler::compile::{self, Matches, Request};
use compiler::link::{Graph, ResourceNode};
use compiler::provision::library::Definition;
use diagnostics::source::Sources;

/// List the resources of the workloads: who uses them, and what provisions them
///
/// Nothing is provisioned and nothing is written, so no password is shown. In the table `*` stands
/// for any output, and PARAMS are those that are given.
///
/// Exit status: 0 listed, 1 the input has errors, 2 wrong usage, 3 a file could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    screen: ScreenFlags,
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
    outputs: Option<&'a [String]>,
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

pub(super) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    let os = Os::new(None);
    let mut reading = Reading::begin(&arguments.screen, Channel::Error, &os)?;
    let bound = bound(arguments, &os, &mut reading);
    let bound = reading.end(arguments.input.seen(), &os, bound)?;
    let rows = rows(&bound, &reading.sources);
    match arguments.listing.json(&rows) {
        Some(json) => print(&json)?,
        None if rows.is_empty() && arguments.screen.quiet() => {}
        None if rows.is_empty() => os::write_standard_error("these workloads need no resources\n"),
        None => print(&in_lines(&rows))?,
    }
    Ok(FINE)
}

fn bound(arguments: &Arguments, os: &Os, reading: &mut Reading<'_>) -> Result<Matches, CliError> {
    let Reading {
        sources,
        report,
        trace,
        ..
    } = reading;
    let environment = arguments.input.environment.find(os, sources, report)?;
    let input = arguments.input.read(os, sources, report)?;
    let (watch, follow) = (
        |stage| trace.stage(stage),
        |sources: &_, bound: &_| trace.bound(sources, bound),
    );
    let mut request: Request<'_> =
        arguments
            .input
            .request(&input, &environment, os, sources, report)?;
    (request.watch, request.follow) = (&watch, &follow);
    trace.input(
        Some(arguments.input.environment.chosen_by(os)),
        &request,
        sources,
    );
    trace.remotes(&input.remotes);
    Ok(compile::match_resources(
        sources,
        &request,
        Purpose::Validate,
        report,
    )?)
}

/// The resources, sorted by identity.
fn rows<'a>(bound: &'a Matches, sources: &'a Sources) -> Vec<Row<'a>> {
    let uses = uses(&bound.graph);
    let definition = |index: usize| &bound.library.definitions()[bound.bindings[index]];
    let mut found: Vec<(&ResourceNode, Row<'_>)> = bound
        .graph
        .resources
        .iter()
        .zip(uses)
        .enumerate()
        .map(|(index, (node, uses))| {
            (
                node,
                row(node, uses, definition(index), &bound.graph, sources),
            )
        })
        .collect();
    found.sort_by_key(|(node, _)| &node.uid);
    found.into_iter().map(|(_, row)| row).collect()
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
            source: source(definition, sources),
        },
        params: params(node, graph),
        outputs: definition.expected_outputs.as_deref(),
    }
}

/// For each resource of the graph, by workload, who uses it.
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

fn params<'a>(node: &ResourceNode, graph: &'a Graph) -> Vec<&'a str> {
    let declared = node
        .params
        .as_ref()
        .and_then(|declaration| graph.declared(declaration)?.params.as_ref());
    declared
        .into_iter()
        .flat_map(|params| &params.value)
        .map(|(key, _)| key.value.as_str())
        .collect()
}

fn in_lines(rows: &[Row<'_>]) -> String {
    let uses = |row: &Row<'_>| {
        let uses: Vec<String> = row
            .workloads
            .iter()
            .map(|own| format!("{}.{}", own.workload, own.name))
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
        Column::new("PARAMS", rows.iter().map(|row| names(Some(&row.params)))).unless("-"),
        Column::new("OUTPUTS", rows.iter().map(|row| names(row.outputs))),
    ])
}
