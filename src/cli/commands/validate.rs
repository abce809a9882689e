mod platform;

use clap::ArgGroup;

use crate::cli::ExitCode;
use crate::cli::display::terminal::{print_bytes, print_text};
use crate::cli::display::verbose::Verbose;
use crate::cli::flags::environment::{AllEnvironmentsFlag, OptionalEnvFlag};
use crate::cli::flags::preview::EXAMPLE;
use crate::cli::flags::reporting::{Channel, ReportOutputFlags};
use crate::cli::flags::source_files::SourceFileFlags;
use crate::cli::output::conflicts::{check_outputs, destination};
use crate::cli::output::symlinks::check_found_files;
use crate::cli::per_environment::for_each;
use crate::cli::request::{Input, InputFlags, place_output};
use crate::cli::session::Session;
use crate::project::environment::{Environment, TARGETS};
use crate::project::state::StateFile;
use crate::report::autofix::{ValidationRun, fix};
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::text_file::STANDARD_INPUT;
use compiler::compile::{self, KnownOutputs, Request};
use compiler::emit::Syntax;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// Validate Score files and report each problem with its location
///
/// In a repository without Score files, environments are validated with the definitions, patches and
/// policies that they name, and all definitions by themselves, as `provisioners lint` does. Nothing is
/// written without --fix.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs validate                              # every Score file here
  score-rs validate --env kubernetes             # and for this environment
  score-rs validate --all-environments           # and for all environments
  score-rs validate --fix                        # fix what is unambiguous
  score-rs validate --format short --strict score.yaml   # in an editor or hook")]
#[command(group(ArgGroup::new("for").args(["env", "all_environments"])))]
// Without an environment only the files are checked, and these flags would have no effect.
#[command(group(
    ArgGroup::new("definitions")
        .args(["provisioners", "set", "locked", "offline"])
        .multiple(true)
        .requires("for")
))]
pub(crate) struct Arguments {
    /// Fix what is unambiguous, in the files, and report the rest
    ///
    /// Fixes deprecated syntax, removed keys, typos and missing quotes. Everything else in the
    /// files stays the same, byte for byte. With `-`, the fixed text goes to standard output.
    #[arg(long)]
    fix: bool,
    /// Print what `--fix` would change, and fail if there are changes
    ///
    /// No file is changed.
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    input: InputFlags<OptionalEnvFlag>,
    #[command(flatten)]
    all: AllEnvironmentsFlag,
    #[command(flatten)]
    files: SourceFileFlags,
    #[command(flatten)]
    reporting: ReportOutputFlags,
}

/// What was checked.
struct Counts {
    files: usize,
    /// The number of environments; `None` unless all were checked.
    environments: Option<usize>,
    /// Whether the files are definitions, since there is no Score file.
    is_platform: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::for_validation();
    if arguments.fix || arguments.diff {
        return fix_files(arguments, &os);
    }
    let run = validate(arguments, &os, &os)?;
    arguments
        .reporting
        .reporter()
        .print(&run.sources, &run.report, Channel::Stdout)?;
    Ok(finish(arguments, &run))
}

/// Validates everything that the command line names, with the files of `host`.
pub(crate) fn validate(
    arguments: &Arguments,
    os: &Os,
    host: &dyn Host,
) -> Result<ValidationRun, CliError> {
    let reporter = arguments.reporting.reporter();
    let mut session = Session::begin(reporter, Channel::Stdout, host)?;
    let result = check(arguments, host, &mut session);
    session.apply_levels(arguments.input.coverage(), os);
    let success_message = match result {
        Ok(counts) => success_message(&counts),
        // The report has the error.
        Err(CliError::Reported) => String::new(),
        Err(error) => return Err(error),
    };
    Ok(ValidationRun {
        sources: session.sources,
        report: session.report,
        success_message,
    })
}

/// Applies the fixes or prints them as a diff, and reports the problems that are left.
fn fix_files(arguments: &Arguments, os: &Os) -> Result<ExitCode, CliError> {
    let reporter = arguments.reporting.reporter();
    let stdin_name = arguments.input.stdin_name();
    let fixed = fix(os, &stdin_name, |host| validate(arguments, os, host))?;
    let run = &fixed.run;
    if arguments.diff {
        let diff = fixed.diff();
        print_text(&diff)?;
        reporter.print(&run.sources, &run.report, Channel::Stderr)?;
        let code = finish(arguments, run);
        return Ok(match (code, diff.is_empty()) {
            (ExitCode::Success, false) => ExitCode::Difference,
            _ => code,
        });
    }
    let found_files = fixed
        .paths()
        .filter(|path| !arguments.input.names_file(path));
    check_found_files(found_files, os)?;
    fixed.write(os, &|line| reporter.status([line]))?;
    let has_read_stdin = run
        .sources
        .read_names()
        .any(|name| name == STANDARD_INPUT || name == stdin_name);
    let channel = match has_read_stdin {
        true => Channel::Stderr,
        false => Channel::Stdout,
    };
    if has_read_stdin {
        print_bytes(&fixed.standard_input(os))?;
    }
    reporter.print(&run.sources, &run.report, channel)?;
    reporter.status(fixed.summary().map(|words| format!("fixed {words}")));
    Ok(finish(arguments, run))
}

/// Prints the success message unless there are errors, and returns the exit code.
fn finish(arguments: &Arguments, run: &ValidationRun) -> ExitCode {
    if run.report.result().is_err() {
        return ExitCode::InvalidInput;
    }
    arguments
        .reporting
        .reporter()
        .status([&run.success_message]);
    ExitCode::Success
}

fn check(
    arguments: &Arguments,
    host: &dyn Host,
    session: &mut Session<'_>,
) -> Result<Counts, CliError> {
    let (all, flags) = (&arguments.all, &arguments.input);
    let (sources, report) = (&mut session.sources, &mut session.report);
    let remotes = flags.remotes();
    let find_one = |sources: &mut Sources, report: &mut Report| {
        flags.environment.find(&remotes, host, sources, report)
    };
    let (environments, result) =
        all.find_or(Some(EXAMPLE), find_one, &remotes, host, sources, report)?;
    if flags.is_whole_project()
        && let Some(files) = platform::find()?
    {
        return platform::check(arguments, &files, environments, remotes, host, session);
    }
    let Session {
        sources,
        report,
        verbose,
        ..
    } = session;
    // Without an `output`, the command line of each `generate` decides.
    let with_output = environments
        .iter()
        .filter(|environment| environment.output().is_some());
    let outputs_result = check_outputs(
        with_output,
        |environment| destination(None, environment, Syntax::default()),
        Some(Syntax::default()),
        report,
    );
    let needs_lock = !environments.is_empty();
    let input = flags.read(remotes, needs_lock, host, sources, report)?;
    flags.log_ignored(verbose);
    let counts = Counts {
        files: input.score_files.len(),
        environments: all.all_environments.then_some(environments.len()),
        is_platform: false,
    };
    if environments.is_empty() {
        check_files(arguments, &input, verbose, host, sources, report)?;
    }
    let results = for_each(
        environments,
        sources,
        report,
        |environment, sources, report| {
            let request =
                environment_request(arguments, &environment, &input, host, sources, report)?;
            let chosen_by = match all.all_environments {
                true => "one of all",
                false => "named by --env",
            };
            verbose.input(Some(chosen_by), &request, sources);
            let request: Request<'_> = verbose.follow_validation(request);
            Ok(compile::validate_for_environment(
                sources, host, &request, report,
            )?)
        },
    );
    verbose.remotes(&input.remotes);
    results?;
    result.and(outputs_result)?;
    Ok(counts)
}

/// What an environment and the flags say about the Score files.
fn environment_request(
    arguments: &Arguments,
    environment: &Environment,
    input: &Input,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Request<'static>, CliError> {
    let flags = &arguments.input;
    let mut request = flags.request(input, environment, host, sources, report)?;
    request.file_rules = arguments.files.rules();
    if let Some(preview) = &mut request.preview {
        let others = preview.others();
        others.for_each(|other| other.file_rules = arguments.files.rules());
    }
    match StateFile::read(host, &request.identity, sources, report)? {
        Ok(state_file) => request.state = state_file.state,
        Err(error) => request.incomplete.fail(error),
    }
    if environment.require_complete().is_ok() {
        let destination = destination(None, environment, Syntax::default());
        place_output(&mut request, environment, &destination, report)?;
    }
    Ok(request)
}

/// The outputs of the resources of the Score files, for the environment of `--env`.
pub(crate) fn known_outputs(
    arguments: &Arguments,
    host: &dyn Host,
) -> Result<KnownOutputs, CliError> {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let (sources, report) = (&mut sources, &mut report);
    let flags = &arguments.input;
    let remotes = flags.remotes();
    let environment = flags.environment.find(&remotes, host, sources, report)?;
    let Some(environment) = environment else {
        return Ok(KnownOutputs::default());
    };
    let input = flags.read(remotes, true, host, sources, report)?;
    let request = environment_request(arguments, &environment, &input, host, sources, report)?;
    Ok(compile::known_outputs(sources, host, &request, report)?)
}

/// Checks the files alone, without what environments say about their workloads.
fn check_files(
    arguments: &Arguments,
    input: &Input,
    verbose: &Verbose,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<(), CliError> {
    let environment = Environment::built_in(TARGETS[0]);
    let flags = &arguments.input;
    let mut request = flags.request_without_pins(input, &environment, host, sources, report)?;
    request.file_rules = arguments.files.rules();
    verbose.input(None, &request, sources);
    let request: Request<'_> = verbose.follow(request);
    Ok(compile::validate(sources, host, &request, report)?)
}

fn success_message(counts: &Counts) -> String {
    if let (true, Some(environments)) = (counts.is_platform, counts.environments) {
        let count = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        let (files, environments) = (
            count(counts.files, "definitions file"),
            count(environments, "environment"),
        );
        return format!("no Score files; {files} and {environments} are valid");
    }
    let files = match counts.files {
        1 => "1 file is".to_owned(),
        count => format!("{count} files are"),
    };
    match counts.environments {
        None => format!("{files} valid"),
        Some(1) => format!("{files} valid in 1 environment"),
        Some(count) => format!("{files} valid in {count} environments"),
    }
}
