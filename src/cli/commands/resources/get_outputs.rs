use super::output_format::{OutputFormat, parse_flag};
use crate::cli::ExitCode;
use crate::cli::display::terminal::print_data;
use crate::cli::flags::provisioning::ProvisioningFlags;
use crate::cli::flags::reporting::{Channel, ReportingFlags};
use crate::cli::output::persisted::persisted_files;
use crate::cli::output::seed::{check_seed, refuse_new_seed, require_seed, warn_about_new_seed};
use crate::cli::output::symlinks::check_persisted_files;
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::project::state::{self, StateFile};
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::project_lock;
use crate::system::transaction::write;
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
    // As in `generate`: another run may change the state meanwhile.
    state::retry_on_conflict(|| attempt(arguments))
}

/// Prints the outputs; `None` when the state that was read is outdated.
fn attempt(arguments: &Arguments) -> Result<Option<ExitCode>, CliError> {
    let reporter = arguments.reporting.reporter();
    let os = arguments.provisioning.os(reporter)?;
    let mut session = Session::begin(reporter, Channel::Stderr, &os)?;
    let result = compile(arguments, &os, &mut session);
    require_seed(&os, true)?;
    if let Ok((.., state_file)) = &result
        && session.report.result().is_ok()
    {
        let had_state = state_file.as_ref().is_some_and(StateFile::exists);
        warn_about_new_seed(&os, had_state, &mut session.report);
    }
    session.apply_levels(arguments.input.coverage(), &os);
    let lock = project_lock::lock(&|line| reporter.status([line]))?;
    if result
        .as_ref()
        .is_ok_and(|(.., state_file)| state::is_outdated(state_file.as_ref(), &os))
    {
        session.verbose.restart();
        return Ok(None);
    }
    let (text, state, state_file) = session.print_report(result)?;
    let writes = persisted_files(&os, state_file.as_ref(), &state);
    check_persisted_files(&writes, &os)?;
    write(&writes, &[])?;
    drop(lock);
    print_data(&text)?;
    Ok(Some(ExitCode::Success))
}

/// The text to print, the state after the run, and the one before it.
fn compile(
    arguments: &Arguments,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<(String, State, Option<StateFile>), CliError> {
    let Session {
        sources,
        report,
        verbose,
        ..
    } = session;
    let (flags, provisioning) = (&arguments.input, &arguments.provisioning);
    let environment = flags.environment.find(os, sources, report)?;
    let input = flags.read(os, sources, report)?;
    flags.log_ignored(verbose);
    let mut request = flags.request(&input, &environment, os, sources, report)?;
    request.command_timeout = provisioning.command_timeout();
    let state_file = provisioning.read_state(&mut request, os, sources, report)?;
    verbose.input(Some(flags.environment.chosen_by(os)), &request, sources);
    verbose.remotes(&input.remotes);
    let state_file = state_file?;
    let request: Request<'_> = verbose.follow(request);
    let (text, state) = text(arguments, os, &request, sources, report)?;
    if os.is_seed_used() {
        check_seed(os, &request.identity, request.target, report);
        if provisioning.requires_seed(os) && request.target.info().is_shared {
            refuse_new_seed(os, std::slice::from_ref(&arguments.uid), report);
        }
    }
    if let Some(state_file) = &state_file {
        state_file.warn_if_not_saved(&state, report);
    }
    provisioning.warn_about_ignored_state(&request.identity, &state, os, report);
    Ok((text, state, state_file))
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
