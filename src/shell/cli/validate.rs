use clap::Arg;

use super::environment::TARGETS;
use super::files::FileFlags;
use super::input::InputFlags;
use super::screen::{Channel, ScreenFlags};
use super::{FINE, WRONG_INPUT};
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::pipeline;
use crate::shell::os::{self, Os};
use crate::shell::project::Stop;

/// Check Score files: every problem of every file, with its place
///
/// Nothing is written. Exit status: 0 no errors, 1 errors, 2 wrong usage, 3 a file could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs validate                                      every Score file here
  score-rs validate --env kubernetes                     and what they ask the environment for
  score-rs validate --format short --strict shop.yaml    for an editor or a hook")]
#[command(mut_args(adapt))]
pub(super) struct Arguments {
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
    let named = arguments.input.environment.named_target()?;
    let mut sources = Sources::default();
    let mut report = Report::default();
    let trace = arguments.screen.trace(Channel::Output);
    let (watch, follow) = (|stage| trace.stage(stage), |sources: &_, bound: &_| trace.bound(sources, bound));
    let mut request = arguments.input.request(named.unwrap_or(TARGETS[0]), &os, &mut sources, &mut report)?;
    request.file_rules = arguments.files.rules();
    (request.watch, request.follow) = (&watch, &follow);
    trace.input(named.map(|_| &arguments.input.environment), &os, &request, &sources);
    // What failed is in the report, which decides below.
    let _ = match named {
        Some(_) => pipeline::validate_for_environment(&mut sources, &os, &request, &mut report),
        None => pipeline::validate(&mut sources, &os, &request, &mut report),
    };
    trace.end(&os);
    let failed = arguments.screen.judge(&mut report);
    arguments.screen.show(&sources, &report, Channel::Output);
    if !failed && !arguments.screen.quiet() {
        let files = match request.score_files.len() {
            1 => "1 file is".to_owned(),
            count => format!("{count} files are"),
        };
        os::write_standard_error(&format!("{files} valid\n"));
    }
    Ok(if failed { WRONG_INPUT } else { FINE })
}
