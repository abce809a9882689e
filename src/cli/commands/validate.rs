use clap::{Arg, ArgGroup};

use crate::cli::flags::environment::AllEnvironments;
use crate::cli::flags::reporting::{Channel, ScreenFlags, print, print_bytes};
use crate::cli::flags::source_files::FileFlags;
use crate::cli::output::conflicts::{check_outputs, place};
use crate::cli::output::symlinks::refuse_found;
use crate::cli::per_environment::for_each;
use crate::cli::request::InputFlags;
use crate::cli::session::Reading;
use crate::cli::{FINE, WRONG_INPUT};
use crate::project::environment::{Environment, TARGETS};
use crate::report::autofix::{ValidationRun, fix};
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::text_file::STANDARD_INPUT;
use compiler::compile::{self, Request};
use compiler::emit::Syntax;
use compiler::support::host::Host;

/// Check Score files: every problem of every file, with its place
///
/// Nothing is written without `--fix`. Exit status: 0 no errors, 1 errors, 2 wrong usage, 3 a file
/// could not be read or written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs validate                                      every Score file here
  score-rs validate --env kubernetes                     and what they ask the environment for
  score-rs validate --fix                                mend what can be mended without doubt
  score-rs validate --all-environments                   of every environment of the project
  score-rs validate --format short --strict shop.yaml    for an editor or a hook")]
#[command(group(ArgGroup::new("for").args(["env", "all_environments"])))]
#[command(mut_args(adapt))]
pub(crate) struct Arguments {
    /// Mend what can be mended without doubt, in the files themselves, and report what is left
    ///
    /// Older forms of Score, removed keys, slips of the pen, missing quotes. All else in the files
    /// stays as it is, byte for byte. What `-` reads is written to standard output.
    #[arg(long)]
    fix: bool,
    /// Show what `--fix` would change, and change nothing; exit status 1 when there is something
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    all: AllEnvironments,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    files: FileFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

/// Without an environment only the files themselves are checked, so its flags say something else
/// than elsewhere; and the problems are what this command gives, so their format is its format.
fn adapt(flag: Arg) -> Arg {
    match flag.get_id().as_str() {
        "message-format" => flag.long("format").alias("message-format"),
        "env" => flag
            .help(
                "Also check that the provisioners of this environment know what the files ask for",
            )
            .long_help(ENV),
        "provisioners" | "set" | "locked" | "offline" => flag.requires("for"),
        _ => flag,
    }
}

const ENV: &str =
    "Also check that the provisioners of this environment know what the files ask for: a directory below \
`environments/` by its name, a path, or `compose` or `kubernetes`, which are built in

Without it only the files themselves are checked, whatever $SCORE_RS_ENV or `default: true` say.";

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    let os = Os::new(None);
    if arguments.fix || arguments.diff {
        return mend(arguments, &os);
    }
    let seen = look(arguments, &os, &os)?;
    arguments
        .screen
        .show(&seen.sources, &seen.report, Channel::Output)?;
    Ok(end(arguments, &seen))
}

/// Looks at all that is named, without changing anything.
fn look(arguments: &Arguments, os: &Os, host: &dyn Host) -> Result<ValidationRun, CliError> {
    let mut reading = Reading::begin(&arguments.screen, Channel::Output, host)?;
    let checked = check(arguments, host, &mut reading);
    reading.judge(arguments.input.seen(), os);
    // What failed is in the report, which decides below.
    let success_message = match checked {
        Ok(counts) => success_message(counts),
        Err(CliError::Reported) => String::new(),
        Err(stop) => return Err(stop),
    };
    Ok(ValidationRun {
        sources: reading.sources,
        report: reading.report,
        success_message,
    })
}

/// Mends what can be mended, or shows how, and tells what is left.
fn mend(arguments: &Arguments, os: &Os) -> Result<u8, CliError> {
    let standard_input = arguments.input.standard_input_name();
    let fixed = fix(os, &standard_input, |host| look(arguments, os, host))?;
    let look = &fixed.run;
    let input = look
        .sources
        .read_names()
        .any(|name| name == STANDARD_INPUT || name == standard_input);
    if arguments.diff {
        let diff = fixed.diff();
        print(&diff)?;
        arguments
            .screen
            .show(&look.sources, &look.report, Channel::Error)?;
        let code = end(arguments, look);
        return Ok(if diff.is_empty() { code } else { WRONG_INPUT });
    }
    let found = fixed.paths().filter(|path| !arguments.input.names(path));
    refuse_found(found, os)?;
    fixed.write(os)?;
    if input {
        print_bytes(&fixed.standard_input(os))?;
    }
    arguments.screen.show(
        &look.sources,
        &look.report,
        if input {
            Channel::Error
        } else {
            Channel::Output
        },
    )?;
    if let (Some(words), false) = (fixed.summary(), arguments.screen.quiet()) {
        os::write_standard_error(&format!("fixed {words}\n"));
    }
    Ok(end(arguments, look))
}

/// Says that all is right when it is, and gives the exit code.
fn end(arguments: &Arguments, look: &ValidationRun) -> u8 {
    if look.report.result().is_err() {
        return WRONG_INPUT;
    }
    if !arguments.screen.quiet() {
        os::write_standard_error(&format!("{}\n", look.success_message));
    }
    FINE
}

/// Checks all that was asked for; gives the number of files, and that of environments when all were
/// asked for.
fn check(
    arguments: &Arguments,
    host: &dyn Host,
    reading: &mut Reading<'_>,
) -> Result<(usize, Option<usize>), CliError> {
    let Reading {
        sources,
        report,
        trace,
        ..
    } = reading;
    let all = arguments.all.all_environments;
    let (watch, follow) = (
        |stage| trace.stage(stage),
        |sources: &_, bound: &_| trace.bound(sources, bound),
    );
    let (environments, sound) = match all {
        true => arguments.all.find(host, sources, report)?,
        false => (
            arguments
                .input
                .environment
                .find_named(host, sources, report)?
                .into_iter()
                .collect(),
            Ok(()),
        ),
    };
    // Where an environment does not say it, whoever generates does, for one at a time.
    let says = environments
        .iter()
        .filter(|own| own.first(|own| own.output.as_ref()).is_some());
    let outputs = check_outputs(
        says,
        &|environment| place(None, environment, Syntax::default()),
        report,
    );
    let input = arguments.input.read(host, sources, report)?;
    let counts = (input.score_files.len(), all.then_some(environments.len()));
    if environments.is_empty() {
        // What environments say about workloads is no part of the files themselves.
        let environment = Environment::built_in(TARGETS[0]);
        let mut request: Request<'_> =
            arguments
                .input
                .request(&input, &environment, host, sources, report)?;
        request.watch = &watch;
        request.file_rules = arguments.files.rules();
        trace.input(None, &request, sources);
        compile::validate(sources, host, &request, report)?;
    }
    let checked = for_each(
        environments,
        sources,
        report,
        |environment, sources, report| {
            let mut request: Request<'_> =
                arguments
                    .input
                    .request(&input, &environment, host, sources, report)?;
            (request.watch, request.follow) = (&watch, &follow);
            request.file_rules = arguments.files.rules();
            trace.input(
                Some(if all { "one of all" } else { "named by --env" }),
                &request,
                sources,
            );
            Ok(compile::validate_for_environment(
                sources, host, &request, report,
            )?)
        },
    );
    trace.remotes(&input.remotes);
    checked?;
    sound.and(outputs)?;
    Ok(counts)
}

fn success_message((files, environments): (usize, Option<usize>)) -> String {
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
