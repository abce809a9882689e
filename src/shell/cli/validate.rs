use clap::{Arg, ArgGroup};

use super::environment::AllEnvironments;
use super::everywhere::for_each;
use super::files::FileFlags;
use super::input::InputFlags;
use super::screen::{Channel, ScreenFlags};
use super::trace::Trace;
use super::{FINE, WRONG_INPUT};
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::pipeline::{self, Request};
use crate::shell::environment::{Environment, TARGETS};
use crate::shell::os::{self, Os};
use crate::shell::project::Stop;

/// Check Score files: every problem of every file, with its place
///
/// Nothing is written. Exit status: 0 no errors, 1 errors, 2 wrong usage, 3 a file could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs validate                                      every Score file here
  score-rs validate --env kubernetes                     and what they ask the environment for
  score-rs validate --all-environments                   of every environment of the project
  score-rs validate --format short --strict shop.yaml    for an editor or a hook")]
#[command(group(ArgGroup::new("for").args(["env", "all_environments"])))]
#[command(mut_args(adapt))]
pub(super) struct Arguments {
    #[command(flatten)]
    all: AllEnvironments,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    files: FileFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

/// Without an environment only the files themselves are checked, so its flags say something else than elsewhere; and the
/// problems are what this command gives, so their format is its format.
fn adapt(flag: Arg) -> Arg {
    match flag.get_id().as_str() {
        "message-format" => flag.long("format").alias("message-format"),
        "env" => flag.help("Also check that the provisioners of this environment know what the files ask for"),
        "provisioners" | "set" | "locked" | "offline" => flag.requires("for"),
        _ => flag,
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    let os = Os::new(None);
    let mut sources = Sources::default();
    let mut report = Report::default();
    let trace = arguments.screen.trace(Channel::Output);
    let checked = check(arguments, &os, &trace, &mut sources, &mut report);
    trace.end(&os);
    let failed = arguments.screen.judge(&mut report);
    arguments.screen.show(&sources, &report, Channel::Output);
    let counts = checked?;
    if !failed && !arguments.screen.quiet() {
        os::write_standard_error(&format!("{}\n", praise(counts)));
    }
    Ok(if failed { WRONG_INPUT } else { FINE })
}

/// Checks all that was asked for; gives the number of files, and that of environments when all were asked for.
fn check(
    arguments: &Arguments,
    os: &Os,
    trace: &Trace,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<(usize, Option<usize>), Stop> {
    let all = arguments.all.all_environments;
    let (watch, follow) = (|stage| trace.stage(stage), |sources: &_, bound: &_| trace.bound(sources, bound));
    let environments = match all {
        true => arguments.all.find(os, sources, report)?,
        false => arguments.input.environment.find_named(os, sources, report)?.into_iter().collect(),
    };
    let input = arguments.input.read(os, sources, report)?;
    let counts = (input.score_files.len(), all.then_some(environments.len()));
    if environments.is_empty() {
        // What environments say about workloads is no part of the files themselves.
        let environment = Environment::built_in(TARGETS[0]);
        let mut request: Request<'_> = arguments.input.request(&input, &environment, os, sources, report)?;
        request.watch = &watch;
        request.file_rules = arguments.files.rules();
        trace.input(None, &request, sources);
        pipeline::validate(sources, os, &request, report)?;
    }
    let checked = for_each(environments, sources, report, |environment, sources, report| {
        let mut request: Request<'_> = arguments.input.request(&input, &environment, os, sources, report)?;
        (request.watch, request.follow) = (&watch, &follow);
        request.file_rules = arguments.files.rules();
        trace.input(Some(if all { "one of all" } else { "named by --env" }), &request, sources);
        // Where definitions are missing, that they give nothing is no second error.
        match report.failed() {
            Ok(()) => pipeline::validate_for_environment(sources, os, &request, report)?,
            Err(_) => pipeline::validate(sources, os, &request, report)?,
        };
        Ok(())
    });
    trace.remotes(&input.remotes);
    checked.map(|_| counts)
}

fn praise((files, environments): (usize, Option<usize>)) -> String {
    let files = match files {
        1 => "1 file is".to_owned(),
        count => format!("{count} files are"),
    };
    match environments {
        None => format!("{files} valid"),
        Some(1) => format!("{files} valid in 1 environment"),
        Some(count) => format!("{files} valid in {count} environments"),
    }
}
