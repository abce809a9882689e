use std::path::PathBuf;
use std::time::Duration;

use super::generate::{TARGETS, built_in_target};
use super::screen::{Channel, ScreenFlags};
use super::{FINE, WRONG_INPUT};
use crate::back::target;
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::front::overlay::Overrides;
use crate::middle::identity::Identity;
use crate::middle::plan::FileRules;
use crate::middle::provision::State;
use crate::pipeline::{self, Request};
use crate::shell::os::Os;
use crate::shell::project::{self, Stop};
use crate::shell::values;

/// Check Score files: every problem of every file, with its place
///
/// Nothing is written. Exit status: 0 no errors, 1 errors, 2 wrong usage, 3 a file could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Score files; without any, every `score.yaml` and `*.score.yaml` of the project; `-` reads standard input
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
    /// Also check that the provisioners of this environment know what the files ask for: `compose` or `kubernetes`
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// A provisioner definitions file, asked before the built-in ones; with `--env`. May be repeated
    #[arg(long, value_name = "FILE", requires = "env")]
    provisioners: Vec<PathBuf>,
    /// Something that the environment knows and provisioners ask for; with `--env`. May be repeated
    #[arg(long, value_name = "KEY=VALUE", requires = "env")]
    set: Vec<String>,
    #[command(flatten)]
    screen: ScreenFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    let target = match &arguments.env {
        Some(name) => built_in_target(name)?,
        None => TARGETS[0],
    };
    let os = Os::new(None);
    let mut sources = Sources::default();
    let mut report = Report::default();
    let mut read = |paths: &[PathBuf]| -> Result<Vec<_>, Stop> {
        paths.iter().filter_map(|path| project::read(&os, path, &mut sources, &mut report).transpose()).collect()
    };
    let score_files = read(&project::score_files(&arguments.files)?)?;
    let definitions = read(&arguments.provisioners)?;
    let values = values::values(&arguments.set, &mut sources, &mut report);
    let count = score_files.len();
    let request = Request {
        score_files,
        overrides: Overrides::default(),
        target,
        identity: Identity::default(),
        values,
        definitions,
        patches: Vec::new(),
        options: target::Options::default(),
        file_rules: FileRules { allow_outside: false },
        command_timeout: Duration::ZERO,
        state: State::default(),
        watch: &|_| {},
    };
    // What failed is in the report, which decides below.
    let _ = match arguments.env {
        Some(_) => pipeline::validate_for_environment(&mut sources, &request, &mut report),
        None => pipeline::validate(&sources, &request, &mut report),
    };
    let failed = arguments.screen.judge(&mut report);
    arguments.screen.show(&sources, &report, Channel::Output);
    if !failed && !arguments.screen.quiet() {
        let files = if count == 1 { "1 file is".to_owned() } else { format!("{count} files are") };
        crate::shell::os::write_standard_error(&format!("{files} valid\n"));
    }
    Ok(if failed { WRONG_INPUT } else { FINE })
}
