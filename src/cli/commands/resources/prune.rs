use crate::cli::ExitCode;
use crate::cli::display::terminal::print_text;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::output::symlinks::check_persisted_files;
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::project::state::StateFile;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use crate::system::transaction::{FileWrite, write};
use compiler::compile;
use compiler::link::Graph;
use compiler::provision::UnusedState;

/// Delete the state of unused resources and workloads
///
/// A workload or resource is unused if no Score file of the run declares it. A resource that is
/// added again later starts without state, and gets another password unless passwords are derived
/// from the seed. State that resources share is not deleted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs resources prune --dry-run
  score-rs resources prune --env staging")]
pub(super) struct Arguments {
    /// Only print what would be deleted
    #[arg(long)]
    dry_run: bool,
    /// Delete the state of all resources, also without any Score file
    #[arg(long, conflicts_with = "files")]
    all: bool,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::new(None);
    let reporter = arguments.reporting.reporter();
    // Held from before the state is read until it is written.
    let lock = project_lock::lock(&|line| reporter.status([line]))?;
    let ((graph, state_file), _) =
        Session::run(reporter, arguments.input.coverage(), &os, |session| {
            read(arguments, &os, session)
        })?;
    let unused = state_file.state.unused(&graph);
    if unused.is_empty() {
        reporter.status(["no unused state"]);
        return Ok(ExitCode::Success);
    }
    if !arguments.dry_run {
        let mut state = state_file.state.clone();
        state.prune(&unused);
        let writes: Vec<FileWrite> = state_file.state_write(&state).into_iter().collect();
        check_persisted_files(&writes, &os)?;
        write(&writes, &[])?;
    }
    drop(lock);
    print_text(&lines(&unused))?;
    reporter.status([summary(&unused, arguments.dry_run)]);
    Ok(ExitCode::Success)
}

/// The resources in use, none of them with `--all`, and the state.
fn read(
    arguments: &Arguments,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<(Graph, StateFile), CliError> {
    let flags = &arguments.input;
    let remotes = flags.remotes();
    let environment = flags.find_environment(&remotes, os, session)?;
    if arguments.all {
        let identity = flags.identity(&environment);
        let state_file = StateFile::read(os, &identity, &mut session.sources, &mut session.report)?;
        let nothing = Graph {
            workloads: Vec::new(),
            resources: Vec::new(),
        };
        return Ok((nothing, state_file?));
    }
    if flags.is_whole_project() && !os::has_score_files().map_err(CliError::Io)? {
        let help = "name a Score file, or delete everything with --all";
        return Err(CliError::Usage(format!(
            "there is no Score file here: {help}"
        )));
    }
    let (request, remotes) = flags.request_for(&environment, remotes, os, session)?;
    flags.log_input(&request, &remotes, os, session);
    let Session {
        sources,
        report,
        verbose,
        ..
    } = session;
    let request = verbose.follow(request);
    let graph = compile::link_workloads(sources, &request, report);
    let state_file = StateFile::read(os, &request.identity, sources, report)?;
    Ok((graph?, state_file?))
}

fn summary(unused: &UnusedState, dry_run: bool) -> String {
    let verb = if dry_run { "would delete" } else { "deleted" };
    let count = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    };
    let counts = [
        count(unused.resources.len(), "resource"),
        count(unused.workloads.len(), "workload"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    format!("{verb} the state of {}", counts.join(" and "))
}

fn lines(unused: &UnusedState) -> String {
    let workloads = unused
        .workloads
        .iter()
        .map(|name| format!("workload {name}\n"));
    unused
        .resources
        .iter()
        .map(|uid| format!("{uid}\n"))
        .chain(workloads)
        .collect()
}
