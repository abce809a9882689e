//! `score-rs provisioners lint`: what is probably wrong in definitions, without rendering them.

use std::path::PathBuf;

use crate::cli::ExitCode;
use crate::cli::flags::reporting::{Channel, ReportOutputFlags};
use crate::cli::session::Session;
use crate::project::environment::FILE;
use crate::project::lint::files::Files;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::{self, Os};

/// Find mistakes in definitions
///
/// Reads definitions, environments and patches by themselves, without Score files: what cannot be
/// read, params and outputs that are declared or used wrongly, random values that are not kept,
/// passwords, names that may be too long. Nothing is rendered. A rule can be silenced in
/// `score-rs.yaml`, by a flag, or by a comment `# score-rs: allow NAME`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs provisioners lint
  score-rs provisioners lint platform/postgres.provisioners.yaml
  score-rs provisioners lint platform --format github")]
pub(super) struct Arguments {
    /// Definitions files, or directories with definitions
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    reporting: ReportOutputFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let os = Os::for_validation();
    let reporter = arguments.reporting.reporter();
    let mut session = Session::begin(reporter, Channel::Stdout, &os)?;
    let files = find(&arguments.paths)?;
    files.check(&os, &mut session.sources, &mut session.report)?;
    session.apply_levels(Coverage::Partial, &os);
    reporter.print(&session.sources, &session.report, Channel::Stdout)?;
    if session.has_errors() {
        return Ok(ExitCode::InvalidInput);
    }
    let count = files.definitions.len();
    let files = if count == 1 { "file" } else { "files" };
    reporter.status([format!("{count} {files} of definitions checked")]);
    Ok(ExitCode::Success)
}

/// The files that the command line names, and those in its directories.
fn find(paths: &[PathBuf]) -> Result<Files, CliError> {
    let mut files = Files::default();
    for path in paths {
        if os::is_directory(path) {
            files.add_below(path)?;
        } else if path.file_name() == Some(FILE.as_ref()) {
            files.environments.push(path.clone());
        } else {
            files.definitions.push(path.clone());
        }
    }
    if files.is_empty() {
        let paths: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        return Err(CliError::Usage(format!(
            "there is no `*.provisioners.yaml` in `{}`: name a file or directory with definitions",
            paths.join("`, `")
        )));
    }
    Ok(files)
}
