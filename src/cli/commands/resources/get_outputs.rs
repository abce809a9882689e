use super::form::{Form, parse_flag};
use crate::cli::FINE;
use crate::cli::flags::provisioning::ProvisioningFlags;
use crate::cli::flags::reporting::{Channel, ScreenFlags, print};
use crate::cli::output::persisted::{kept_files, need_seed, warn_if_lost, warn_of_seed};
use crate::cli::output::symlinks::refuse_links;
use crate::cli::request::InputFlags;
use crate::cli::session::Reading;
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

/// Print the outputs of a resource, passwords included, as `generate` uses them
///
/// All resources are provisioned as `generate` does with the same flags, programs of `cmd://`
/// provisioners included, since they may share what they know. Nothing is written but a new seed
/// and the state, so that `generate` will use what was printed. On Kubernetes a password that is
/// kept in a Secret is printed as the reference to it.
///
/// Exit status: 0 printed, 1 the input has errors, 2 wrong usage, 3 a file could not be read or
/// written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs resources get-outputs 'postgres.default#shop.db'
  score-rs resources get-outputs 'postgres.default#shop.db' -f '{{ .host }}:{{ .port }}'")]
pub(super) struct Arguments {
    /// The resource, as `score-rs resources list` calls it
    #[arg(value_name = "UID")]
    uid: String,
    /// `json`, `yaml`, or a Go template that sees the outputs
    #[arg(short, long, value_name = "json|yaml|TEMPLATE", default_value = "json", value_parser = parse_flag)]
    format: String,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    provisioning: ProvisioningFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    // As in `generate`: what another run keeps in between counts.
    state::retry_on_conflict(|| attempt(arguments))
}

fn attempt(arguments: &Arguments) -> Result<Option<u8>, CliError> {
    let os = arguments.provisioning.os()?;
    let mut reading = Reading::begin(&arguments.screen, Channel::Error, &os)?;
    let made = compile(arguments, &os, &mut reading);
    need_seed(&os, true)?;
    if made.is_ok() {
        warn_of_seed(&os, &mut reading.report);
    }
    reading.judge(arguments.input.seen(), &os);
    let lock = project_lock::lock()?;
    if made
        .as_ref()
        .is_ok_and(|(.., kept)| state::is_outdated(kept.as_ref(), &os))
    {
        reading.trace.again();
        return Ok(None);
    }
    let (text, state, kept) = reading.show(made)?;
    let items = kept_files(&os, kept.as_ref(), &state);
    refuse_links(&items, &os)?;
    write(&items, &[])?;
    drop(lock);
    print(&text)?;
    Ok(Some(FINE))
}

/// The text to print, the state to keep, and the one that it was made from.
fn compile(
    arguments: &Arguments,
    os: &Os,
    reading: &mut Reading<'_>,
) -> Result<(String, State, Option<StateFile>), CliError> {
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
    request.command_timeout = arguments.provisioning.command_timeout();
    let kept = arguments
        .provisioning
        .kept(&mut request, os, sources, report)?;
    trace.input(
        Some(arguments.input.environment.chosen_by(os)),
        &request,
        sources,
    );
    trace.remotes(&input.remotes);
    let kept = kept?;
    let (text, state) = text(arguments, os, &request, sources, report)?;
    warn_if_lost(kept.as_ref(), &state, report);
    arguments
        .provisioning
        .warn_if_passed_over(&request.identity, &state, os, report);
    Ok((text, state, kept))
}

fn text(
    arguments: &Arguments,
    host: &dyn Host,
    request: &Request<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<(String, State), Reported> {
    let form = Form::read(&arguments.format, sources, report)?;
    let bound = compile::match_resources(sources, request, Purpose::Validate, report)?;
    let index = find(&arguments.uid, &bound.graph, sources, report)?;
    let (provisioned, state) =
        compile::provision_resources(sources, host, request, &bound, report)?;
    let any = match &provisioned[index].outputs {
        Outputs::Values(outputs) => return Ok((form.print(outputs, report)?, state)),
        Outputs::Environment { .. } => "variable of the environment, under its own name",
        Outputs::ClusterConfig(_) => "key of a Secret or ConfigMap that the cluster keeps",
    };
    let node = &bound.graph.resources[index];
    report.push(
        Problem::new(
            &UNDECLARED_OUTPUTS,
            format!("`{}` gives any {any}", node.uid),
        )
        .at(node.span),
    );
    Ok((form.print(&Map::new(), report)?, state))
}

/// The resource that is meant.
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
    if let Some(index) = uids.iter().position(|own| own == uid) {
        return Ok(index);
    }
    let names = uids.iter().map(String::as_str);
    let help = match meant(uid, graph, &uids) {
        Some(near) => format!("did you mean `{near}`?"),
        None if uids.is_empty() => "these workloads need no resources".to_owned(),
        None => format!("write one of the resources: {}", list_names(names)),
    };
    let place = Span::new(sources.add("UID", uid), 0, uid.len());
    let problem =
        Problem::new(&UNKNOWN_RESOURCE, format!("there is no resource `{uid}`")).at(place);
    Err(report.error(problem.help(help)))
}

/// The identity that is most like what was given. Somebody may have given only the part that the
/// Score file shows, or left out the class, which few know.
fn meant<'a>(given: &str, graph: &Graph, uids: &'a [String]) -> Option<&'a str> {
    let nodes = || graph.resources.iter().map(|node| &node.uid).zip(uids);
    let short = |own: &Uid| format!("{}#{}", own.kind, own.id);
    let shown = nodes()
        .find(|(own, _)| own.id == given || short(own) == given)
        .map(|(_, uid)| uid.as_str());
    let nearest_short = || {
        let short: Vec<String> = nodes().map(|(own, _)| short(own)).collect();
        let near = closest_match(given, short.iter().map(String::as_str))?;
        uids.get(short.iter().position(|own| own == near)?)
            .map(String::as_str)
    };
    shown
        .or_else(|| closest_match(given, uids.iter().map(String::as_str)))
        .or_else(nearest_short)
}
