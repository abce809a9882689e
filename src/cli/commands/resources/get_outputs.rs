use super::output_format::{OutputFormat, parse_flag};
use crate::cli::ExitCode;
use crate::cli::display::terminal::print_data;
use crate::cli::flags::provisioning::ProvisioningFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::provisioning_run::{self, Provisioned};
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::check::Purpose;
use compiler::compile::{self, Request};
use compiler::link::Graph;
use compiler::model::Uid;
use compiler::placeholder::resolve::Outputs;
use compiler::provision::State;
use compiler::rules::UNKNOWN_RESOURCE;
use compiler::support::host::Host;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, list_names};
use diagnostics::value::Map;

rules! {
    /// The resource accepts any output name, so there is no list of outputs to print.
    pub UNDECLARED_OUTPUTS: "undeclared-outputs", Note;
}

/// Print the outputs of a resource, including passwords
///
/// All resources are provisioned, as in `generate` with the same flags, because they can share
/// state. This runs the programs of `cmd://` provisioners. Only the state and a new seed are
/// written, so that `generate` uses the values that were printed. On Kubernetes, a password that is
/// stored in a Secret is printed as the reference to it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs resources get-outputs 'postgres.default#shop.db'
  score-rs resources get-outputs 'postgres.default#shop.db' -f '{{ .host }}'")]
pub(super) struct Arguments {
    /// UID of the resource, as in `score-rs resources list`
    #[arg(value_name = "UID")]
    uid: String,
    /// `json`, `yaml`, or a Go template such as `{{ .host }}`
    #[arg(short, long, value_name = "json|yaml|TEMPLATE", default_value = "json", value_parser = parse_flag)]
    format: String,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    provisioning: ProvisioningFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let reporter = arguments.reporting.reporter();
    let (provisioning, coverage) = (&arguments.provisioning, arguments.input.coverage());
    let text = provisioning_run::run(provisioning, reporter, coverage, |os, session| {
        compile(arguments, os, session)
    })?;
    print_data(&text)?;
    Ok(ExitCode::Success)
}

/// The text to print.
fn compile(
    arguments: &Arguments,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<Provisioned<String>, CliError> {
    let provisioning = &arguments.provisioning;
    let (request, state_file) =
        provisioning_run::request(&arguments.input, provisioning, os, session)?;
    let Session {
        sources,
        report,
        verbose,
        ..
    } = session;
    let request = verbose.follow(request);
    let (value, state) = text(arguments, os, &request, sources, report)?;
    provisioning.check_seed(&request, std::slice::from_ref(&arguments.uid), os, report);
    if let Some(state_file) = &state_file {
        state_file.warn_if_not_saved(&state, report);
    }
    provisioning.warn_about_ignored_state(&request.identity, &state, os, report);
    Ok(Provisioned {
        value,
        state_file,
        state,
    })
}

/// Provisions all resources; returns the outputs of one as text, and the state.
fn text(
    arguments: &Arguments,
    host: &dyn Host,
    request: &Request<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<(String, State), Reported> {
    let format = OutputFormat::read(&arguments.format, sources, report)?;
    let matches = compile::match_resources(sources, request, Purpose::Validate, report)?;
    let index = find(&arguments.uid, &matches.graph, sources, report)?;
    let (provisioned, state) =
        compile::provision_resources(sources, host, request, &matches, report)?;
    let any = match &provisioned[index].outputs {
        Outputs::Values(outputs) => return Ok((format.print(outputs, report)?, state)),
        Outputs::Environment { .. } => "environment variable, by its name",
        // Every output of a run that succeeds is known.
        Outputs::Unknown => "output",
        Outputs::ClusterConfig(_) => "key of a Secret or ConfigMap in the cluster",
    };
    let node = &matches.graph.resources[index];
    let message = format!("`{}` returns any {any}", node.uid);
    report.push(Problem::new(&UNDECLARED_OUTPUTS, message).at(node.span));
    Ok((format.print(&Map::new(), report)?, state))
}

/// The index of the resource with this identity.
fn find(
    uid: &str,
    graph: &Graph,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<usize, Reported> {
    let uids: Vec<String> = graph
        .resources
        .iter()
        .map(|node| node.uid.to_string())
        .collect();
    if let Some(index) = uids.iter().position(|other| other == uid) {
        return Ok(index);
    }
    let names = uids.iter().map(String::as_str);
    let help = match suggested_uid(uid, graph, &uids) {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None if uids.is_empty() => "these workloads need no resources".to_owned(),
        None => format!("write one of the resources: {}", list_names(names)),
    };
    let span = Span::new(sources.add("UID", uid), 0, uid.len());
    let problem = Problem::new(&UNKNOWN_RESOURCE, format!("there is no resource `{uid}`")).at(span);
    Err(report.error(problem.help(help)))
}

/// The identity that `text` most likely stands for. It may be only the part that the Score file
/// shows, or lack the class, which few know.
fn suggested_uid<'a>(text: &str, graph: &Graph, uids: &'a [String]) -> Option<&'a str> {
    let nodes = || graph.resources.iter().map(|node| &node.uid).zip(uids);
    let without_class = |uid: &Uid| format!("{}#{}", uid.kind, uid.id);
    let abbreviated = nodes()
        .find(|(uid, _)| uid.id == text || without_class(uid) == text)
        .map(|(_, uid)| uid.as_str());
    let closest_without_class = || {
        let names: Vec<String> = nodes().map(|(uid, _)| without_class(uid)).collect();
        let closest = closest_match(text, names.iter().map(String::as_str))?;
        uids.get(names.iter().position(|name| name == closest)?)
            .map(String::as_str)
    };
    abbreviated
        .or_else(|| closest_match(text, uids.iter().map(String::as_str)))
        .or_else(closest_without_class)
}
