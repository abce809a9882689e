use clap::Arg;

use super::environment::TARGETS;
use super::files::FileFlags;
use super::input::InputFlags;
use super::screen::{Channel, ScreenFlags, print, print_bytes};
use super::{FINE, WRONG_INPUT};
use crate::base::diagnostics::Report;
use crate::base::host::Host;
use crate::base::text::Sources;
use crate::pipeline;
use crate::shell::fix::{Look, fix};
use crate::shell::os::{self, Os};
use crate::shell::project::{STANDARD_INPUT, Stop};

/// Check Score files: every problem of every file, with its place
///
/// Nothing is written without `--fix`. Exit status: 0 no errors, 1 errors, 2 wrong usage, 3 a file could not be read or
/// written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs validate                                      every Score file here
  score-rs validate --env kubernetes                     and what they ask the environment for
  score-rs validate --fix                                mend what can be mended without doubt
  score-rs validate --format short --strict shop.yaml    for an editor or a hook")]
#[command(mut_args(adapt))]
pub(super) struct Arguments {
    /// Mend what can be mended without doubt, in the files themselves, and report what is left
    ///
    /// Older forms of Score, removed keys, slips of the pen, missing quotes. All else in the files stays as it is, byte for
    /// byte. What `-` reads is written to standard output.
    #[arg(long)]
    fix: bool,
    /// Show what `--fix` would change, and change nothing; exit status 1 when there is something
    #[arg(long)]
    diff: bool,
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
        "provisioners" | "set" => flag.requires("env"),
        _ => flag,
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    let os = Os::new(None);
    if arguments.fix || arguments.diff {
        return mend(arguments, &os);
    }
    let seen = look(arguments, &os, &os)?;
    arguments.screen.show(&seen.sources, &seen.report, Channel::Output);
    Ok(end(arguments, &seen))
}

/// Looks at all that is named, without changing anything.
fn look(arguments: &Arguments, os: &Os, host: &dyn Host) -> Result<Look, Stop> {
    let named = arguments.input.environment.named_target()?;
    let mut sources = Sources::default();
    let mut report = Report::default();
    let mut levels = arguments.screen.levels(host, &mut sources)?;
    let trace = arguments.screen.trace(Channel::Output);
    let (watch, follow) = (|stage| trace.stage(stage), |sources: &_, bound: &_| trace.bound(sources, bound));
    let mut request = arguments.input.request(named.unwrap_or(TARGETS[0]), host, &mut sources, &mut report)?;
    request.file_rules = arguments.files.rules();
    (request.watch, request.follow) = (&watch, &follow);
    trace.input(named.map(|_| &arguments.input.environment), host, &request, &sources);
    // What failed is in the report, which decides below.
    let _ = match named {
        Some(_) => pipeline::validate_for_environment(&mut sources, host, &request, &mut report),
        None => pipeline::validate(&mut sources, host, &request, &mut report),
    };
    trace.end(os);
    levels.judge(arguments.input.seen(), &sources, &mut report);
    let files = request.score_files.len();
    Ok(Look { sources, report, files })
}

/// Mends what can be mended, or shows how, and tells what is left.
fn mend(arguments: &Arguments, os: &Os) -> Result<u8, Stop> {
    let standard_input = arguments.input.standard_input_name();
    let fixed = fix(os, &standard_input, |host| look(arguments, os, host))?;
    let look = &fixed.look;
    let input = look.sources.read_names().any(|name| name == STANDARD_INPUT || name == standard_input);
    if arguments.diff {
        let diff = fixed.diff();
        print(&diff)?;
        arguments.screen.show(&look.sources, &look.report, Channel::Error);
        let code = end(arguments, look);
        return Ok(if diff.is_empty() { code } else { WRONG_INPUT });
    }
    fixed.write(os)?;
    if input {
        print_bytes(&fixed.standard_input(os))?;
    }
    arguments.screen.show(&look.sources, &look.report, if input { Channel::Error } else { Channel::Output });
    if let (Some(words), false) = (fixed.words(), arguments.screen.quiet()) {
        os::write_standard_error(&format!("fixed {words}\n"));
    }
    Ok(end(arguments, look))
}

/// Says that all is right when it is, and gives the exit code.
fn end(arguments: &Arguments, look: &Look) -> u8 {
    if look.report.failed().is_err() {
        return WRONG_INPUT;
    }
    if !arguments.screen.quiet() {
        let files = match look.files {
            1 => "1 file is".to_owned(),
            count => format!("{count} files are"),
        };
        os::write_standard_error(&format!("{files} valid\n"));
    }
    FINE
}
