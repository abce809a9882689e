use clap::ValueEnum;
use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::display::json;
use crate::cli::display::terminal::print_data;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::diagram::picture::Picture;
use compiler::diagram::{Diagram, Node, dot, mermaid, svg};
use diagnostics::suggestions::{list_names, suggestion};

/// Show workloads, their resources, and which workloads call which
///
/// Prints a picture or JSON. In a picture, each workload has a box, and so has a resource that two to
/// eight workloads use. Other resources are lines in the boxes of their workloads. No program runs,
/// and nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs graph -e staging                     # for a Markdown page
  score-rs graph -e staging -f svg > graph.svg
  score-rs graph -e staging --focus shop -f dot | dot -Tpng > shop.png")]
pub(crate) struct Arguments {
    /// Output format
    #[arg(short, long, value_enum, default_value = "mermaid")]
    format: GraphFormat,
    /// Show only a workload or resource, and what is connected to it
    ///
    /// NAME is the name of a workload, the UID of a resource (`TYPE.CLASS#ID`), or its ID.
    #[arg(long, value_name = "NAME")]
    focus: Option<String>,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// A flowchart of Mermaid
    Mermaid,
    /// For Graphviz
    Dot,
    /// Nodes and edges for programs
    Json,
    /// One picture file
    Svg,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::for_validation();
    let reporter = arguments.reporting.reporter();
    let ((diagram, environment), _) =
        Session::run(reporter, arguments.input.coverage(), &os, |session| {
            draw(arguments, &os, session)
        })?;
    let focus = arguments.focus.as_deref();
    let focus = focus.map(|name| find(&diagram, name)).transpose()?;
    let picture = || Picture::new(&diagram, focus);
    let text = match arguments.format {
        GraphFormat::Mermaid => mermaid::write(&picture()),
        GraphFormat::Dot => dot::write(&picture()),
        GraphFormat::Svg => svg::write(&picture(), &environment),
        GraphFormat::Json => match focus {
            Some(index) => to_json(&diagram.around(index), &environment),
            None => to_json(&diagram, &environment),
        },
    };
    print_data(&text)?;
    Ok(ExitCode::Success)
}

/// The diagram, and the name of its environment.
fn draw(
    arguments: &Arguments,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<(Diagram, String), CliError> {
    let flags = &arguments.input;
    let remotes = flags.remotes();
    let environment = flags.find_environment(&remotes, os, session)?;
    let diagram = flags.draw(&environment, remotes, os, session)?.diagram;
    Ok((diagram, environment.name))
}

fn find(diagram: &Diagram, name: &str) -> Result<usize, CliError> {
    diagram.find(name).ok_or_else(|| {
        let names: Vec<String> = diagram.nodes.iter().map(Node::name).collect();
        let names = || names.iter().map(String::as_str);
        let help = suggestion(name, names(), || {
            format!("write one of {}", list_names(names()))
        });
        CliError::Usage(format!(
            "there is no workload or resource `{name}` for --focus: {help}"
        ))
    })
}

#[derive(Serialize)]
struct JsonGraph<'a> {
    environment: &'a str,
    nodes: Vec<JsonNode<'a>>,
    edges: Vec<JsonEdge<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum JsonNode<'a> {
    Workload {
        name: &'a str,
        external: bool,
    },
    Resource {
        name: String,
        #[serde(rename = "type")]
        kind: &'a str,
        class: &'a str,
        id: &'a str,
        route: Option<&'a str>,
    },
}

#[derive(Serialize)]
struct JsonEdge<'a> {
    relation: &'static str,
    from: String,
    to: String,
    names: Vec<&'a str>,
}

fn to_json(diagram: &Diagram, environment: &str) -> String {
    let nodes = diagram.nodes.iter().map(|node| match node {
        Node::Workload { name, is_external } => JsonNode::Workload {
            name,
            external: *is_external,
        },
        Node::Resource { uid, address, .. } => JsonNode::Resource {
            name: uid.to_string(),
            kind: &uid.kind,
            class: &uid.class,
            id: &uid.id,
            route: address.as_deref(),
        },
    });
    let edges = diagram.edges.iter().map(|edge| JsonEdge {
        relation: edge.relation.name(),
        from: diagram.nodes[edge.from].name(),
        to: diagram.nodes[edge.to].name(),
        names: edge.names.iter().map(String::as_str).collect(),
    });
    let graph = JsonGraph {
        environment,
        nodes: nodes.collect(),
        edges: edges.collect(),
    };
    json::document(&graph)
}
