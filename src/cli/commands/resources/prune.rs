use crate::cli::FINE;
use crate::cli::flags::reporting::{Channel, ScreenFlags, print};
use crate::cli::output::symlinks::refuse_links;
use crate::cli::request::InputFlags;
use crate::cli::session::Reading;
use crate::project::state::StateFile;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use crate::system::transaction::{FileWrite, write};
use compiler::compile::{self, Request};
use compiler::link::Graph;
use compiler::provision::UnusedState;

/// Forget what is kept of resources and workloads that are gone
///
/// A resource that comes back after that is made anew, with another password where that was not
/// derived. What resources share stays. Score files that are not named and not found count as gone.
///
/// Exit status: 0 done, also when there was nothing to do, 1 the input has errors, 2 wrong usage, 3
/// a file could not be read or written.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only say what would be forgotten
    #[arg(long)]
    dry_run: bool,
    /// Forget all of them, whatever Score files there are: also for a project that has none any
    /// more
    #[arg(long, conflicts_with = "files")]
    all: bool,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    project_lock::recover()?;
    let os = Os::new(None);
    let mut reading = Reading::begin(&arguments.screen, Channel::Error, &os)?;
    // Nobody may write between the reading and the writing.
    let lock = project_lock::lock()?;
    let found = read(arguments, &os, &mut reading);
    let (graph, kept) = reading.end(arguments.input.seen(), &os, found)?;
    let unused = kept.state.unused(&graph);
    if unused.is_empty() {
        if !arguments.screen.quiet() {
            os::write_standard_error("nothing is kept that is not used\n");
        }
        return Ok(FINE);
    }
    if !arguments.dry_run {
        let mut state = kept.state.clone();
        state.prune(&unused);
        let items: Vec<FileWrite> = kept.state_write(&state).into_iter().collect();
        refuse_links(&items, &os)?;
        write(&items, &[])?;
    }
    drop(lock);
    print(&in_lines(&unused))?;
    if !arguments.screen.quiet() {
        os::write_standard_error(&in_words(&unused, arguments.dry_run));
    }
    Ok(FINE)
}

/// The resources that there are, none where all are to be forgotten, and what is kept.
fn read(
    arguments: &Arguments,
    os: &Os,
    reading: &mut Reading<'_>,
) -> Result<(Graph, StateFile), CliError> {
    let Reading {
        sources,
        report,
        trace,
        ..
    } = reading;
    let environment = arguments.input.environment.find(os, sources, report)?;
    if arguments.all {
        let kept = StateFile::read(os, &arguments.input.identity(&environment), sources, report)?;
        return Ok((
            Graph {
                workloads: Vec::new(),
                resources: Vec::new(),
            },
            kept?,
        ));
    }
    if arguments.input.is_whole_project() && os::find_score_files().is_empty() {
        let help = "name a Score file, or forget everything with --all";
        return Err(CliError::Usage(format!(
            "there is no Score file here: {help}"
        )));
    }
    let input = arguments.input.read(os, sources, report)?;
    let watch = |stage| trace.stage(stage);
    let mut request: Request<'_> =
        arguments
            .input
            .request(&input, &environment, os, sources, report)?;
    request.watch = &watch;
    trace.input(
        Some(arguments.input.environment.chosen_by(os)),
        &request,
        sources,
    );
    let graph = compile::link_workloads(sources, &request, report);
    let kept = StateFile::read(os, &request.identity, sources, report)?;
    Ok((graph?, kept?))
}

/// Whether that is done, and how much it is.
fn in_words(unused: &UnusedState, dry_run: bool) -> String {
    let done = if dry_run { "would forget" } else { "forgot" };
    let count = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    };
    let counted = [
        count(unused.resources.len(), "resource"),
        count(unused.workloads.len(), "workload"),
    ];
    format!(
        "{done} {}\n",
        counted
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" and ")
    )
}

fn in_lines(unused: &UnusedState) -> String {
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
