//! `changes`: what a reviewer of a change has to know about the output.

mod compare;
mod human;
mod markdown;
mod objects;
mod parts;
mod review;
mod sections;
mod side;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::display::json;
use crate::cli::display::terminal::{print_bytes, print_text};
use crate::cli::flags::environment::AllEnvironmentsFlag;
use crate::cli::flags::reporting::{Channel, ReportingFlags};
use crate::cli::flags::source_files::SourceFileFlags;
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::project::prices::Prices;
use crate::project::revision;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use diagnostics::report::Severity;
use review::{Review, Status};
use side::Side;

/// Show what changed in the output since a revision, for a review
///
/// Compiles the project as it is and as it was in a revision of git, with the same seed and without
/// stored state, and compares the two: what is refused, recreated or restarted, passwords, resources,
/// images, exceptions from policies, costs, and each field with the line that decided it. What a
/// program (`cmd://`) would give is unknown. No program of the project runs, and nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs changes --against origin/main -e staging
  score-rs changes --against HEAD             # what is not committed
  score-rs changes --against origin/main --all-environments -f markdown")]
pub(crate) struct Arguments {
    /// Revision of git to compare with: a branch, a tag or a commit
    #[arg(long, value_name = "REV")]
    against: String,
    /// Output format
    #[arg(short, long, value_enum, default_value = "human")]
    format: ChangesFormat,
    /// File with prices, as for `score-rs cost`
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    all: AllEnvironmentsFlag,
    #[command(flatten)]
    files: SourceFileFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ChangesFormat {
    /// For a terminal
    Human,
    /// For a comment of a pull request: at most 65,536 characters
    Markdown,
    /// For programs
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::for_validation();
    let reporter = arguments.reporting.reporter();
    let revision = revision::open(&arguments.against)?;
    let mut session = Session::begin(reporter, Channel::Stderr, &os)?;
    let review = review(arguments, &os, &mut session, || {
        os::enter_revision(&revision)
    });
    session
        .report
        .retain(|problem| problem.severity() == Severity::Error);
    reporter.print(&session.sources, &session.report, Channel::Stderr)?;
    let review = review?;
    match arguments.format {
        ChangesFormat::Human => print_text(&human::text(&review))?,
        ChangesFormat::Markdown => print_bytes(markdown::text(&review).as_bytes())?,
        ChangesFormat::Json => print_bytes(json::document(&review).as_bytes())?,
    }
    let is = |status: Status| review.environments.iter().any(|one| one.status == status);
    Ok(match () {
        () if is(Status::Failed) => ExitCode::InvalidInput,
        () if is(Status::Changed) || is(Status::New) || is(Status::Removed) => ExitCode::Difference,
        () => ExitCode::Success,
    })
}

/// Compiles both sides and compares them. `enter` makes the revision what is read until it is dropped.
fn review<'a, G>(
    arguments: &'a Arguments,
    os: &Os,
    session: &mut Session<'_>,
    enter: impl Fn() -> G,
) -> Result<Review<'a>, CliError> {
    let prices = match &arguments.prices {
        Some(path) => Some(Prices::read(
            path,
            os,
            &mut session.sources,
            &mut session.report,
        )?),
        None => None,
    };
    let named = arguments.input.environment.named(os);
    let after = Side::compile(arguments, named.as_deref(), os, session)?;
    // Without a name, the revision may have another default.
    let name = named.or_else(|| after.only_name());
    let first = session.sources.count();
    let before = {
        let _guard = enter();
        let side = Side::compile(arguments, name.as_deref(), os, session);
        side.or_else(|error| Side::failed(error, &after))
    };
    let revision = &arguments.against;
    session.sources.prefix_files(first, &format!("{revision}:"));
    let before = before?;
    if after.is_empty() && before.is_empty() {
        return Err(side::nothing(arguments, os, session));
    }
    Ok(Review {
        against: revision,
        environments: compare::compare(before, after, prices.as_ref(), &session.sources, revision),
    })
}
