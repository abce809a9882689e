//! `catalog`: the entities of a software catalog.

mod completion;
mod documents;
pub(crate) mod entities;
mod entity;
pub(crate) mod merge;
mod names;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::display::json;
use crate::cli::display::terminal::{print_data, print_text};
use crate::cli::flags::headings::OUTPUT;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::output::diff;
use crate::cli::output::input_guard;
use crate::cli::output::symlinks::check_found_files;
use crate::cli::request::InputFlags;
use crate::cli::session::Session;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::text_file;
use crate::system::transaction::{FileWrite, write};
use diagnostics::value::Value;
use entities::Platform;
use entity::Entity;
use merge::{Catalog, new_text};

/// Describe workloads and resources for a software catalog
///
/// Writes entities for Backstage to `catalog-info.yaml`: a component for each workload, APIs for the
/// ports that others call, resources, and the system. A hand-written entity keeps all that it has,
/// and gets what it lacks. Entities that this command has written are updated, and removed when
/// their workload or resource is gone. No program runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs catalog -e staging
  score-rs catalog -e staging --check        # is the file up to date?
  score-rs catalog -e staging --format json  # for other catalogs")]
pub(crate) struct Arguments {
    /// File to merge the entities into; `-` prints them alone
    #[arg(short, long, value_name = "FILE", default_value = "catalog-info.yaml", help_heading = OUTPUT)]
    output: PathBuf,
    /// Format of the entities; `json` prints them
    #[arg(short, long, value_enum, default_value = "yaml", help_heading = OUTPUT)]
    format: CatalogFormat,
    /// Write nothing; print a line diff, and fail if there is a difference
    #[arg(long, help_heading = OUTPUT)]
    check: bool,
    #[command(flatten)]
    input: InputFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CatalogFormat {
    /// Documents of a catalog file
    Yaml,
    /// A JSON list on standard output
    Json,
}

/// A catalog file before and after the run.
struct CatalogFile<'a> {
    path: &'a Path,
    before: Option<String>,
    after: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let prints = arguments.output.as_os_str() == "-" || arguments.format == CatalogFormat::Json;
    if prints && arguments.check {
        return Err(CliError::Usage(
            "--check compares a file: remove `--output -` and `--format json`".to_owned(),
        ));
    }
    let os = Os::for_validation();
    let reporter = arguments.reporting.reporter();
    let path = Some(arguments.output.as_path()).filter(|_| !prints);
    let ((entities, file), _) =
        Session::run(reporter, arguments.input.coverage(), &os, |session| {
            entities_of(arguments, path, &os, session)
        })?;
    match file {
        Some(file) if arguments.check => check(&file),
        Some(file) => {
            let line = update(&file, &os)?;
            reporter.status([line]);
            Ok(ExitCode::Success)
        }
        None => {
            let values: Vec<Value> = entities.iter().map(Entity::managed_value).collect();
            print_data(&match arguments.format {
                CatalogFormat::Json => json::document(&values),
                CatalogFormat::Yaml => new_text(&entities),
            })?;
            Ok(ExitCode::Success)
        }
    }
}

/// The entities, and the file at the path with them.
fn entities_of<'a>(
    arguments: &Arguments,
    path: Option<&'a Path>,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<(Vec<Entity>, Option<CatalogFile<'a>>), CliError> {
    let flags = &arguments.input;
    let remotes = flags.remotes();
    let environment = flags.find_environment(&remotes, os, session)?;
    let drawing = flags.draw(&environment, remotes, os, session)?;
    let settings = session.catalog_settings();
    let lifecycle = settings.lifecycle(&environment.name, &mut session.report);
    let catalog = match path {
        Some(path) => read(path, os, session)?,
        None => None,
    };
    let platform = Platform {
        drawing: &drawing,
        settings: &settings,
        lifecycle,
        is_whole_project: arguments.input.is_whole_project(),
        owners: catalog.as_ref().map(Catalog::owners).unwrap_or_default(),
    };
    let entities = platform.entities(&mut session.report);
    session.report.result()?;
    let file = path.map(|path| match &catalog {
        Some(catalog) => CatalogFile {
            path,
            before: Some(session.sources.text(catalog.source).to_owned()),
            after: catalog.merge(&session.sources, &entities, &mut session.report),
        },
        None => CatalogFile {
            path,
            before: None,
            after: new_text(&entities),
        },
    });
    Ok((entities, file))
}

/// The catalog file, if there is one. An input of the run cannot be that.
fn read(path: &Path, os: &Os, session: &mut Session<'_>) -> Result<Option<Catalog>, CliError> {
    input_guard::check([path].into_iter(), &session.sources, os)?;
    if !os::may_exist(path) {
        return Ok(None);
    }
    let (sources, report) = (&mut session.sources, &mut session.report);
    let source = text_file::read(os, path, sources, report)?;
    let catalog = source.map(|source| Catalog::read(sources, source, report));
    report.result()?;
    Ok(catalog)
}

fn check(file: &CatalogFile<'_>) -> Result<ExitCode, CliError> {
    let text = diff::lines(file.path, file.before.as_deref(), &file.after);
    print_text(&text)?;
    Ok(match text.is_empty() {
        true => ExitCode::Success,
        false => ExitCode::Difference,
    })
}

/// Writes the file, unless it has this text. Returns a line for the person who runs the command.
fn update(file: &CatalogFile<'_>, os: &Os) -> Result<String, CliError> {
    let path = file.path.display();
    if file.before.as_deref() == Some(file.after.as_str()) {
        return Ok(format!("{path} is up to date"));
    }
    check_found_files([file.path], os)?;
    let new = FileWrite {
        path: file.path.to_path_buf(),
        content: Some(file.after.as_bytes().to_vec()),
        mode: 0o644,
        durable: true,
    };
    write(&[new], &[])?;
    Ok(format!("wrote {path}"))
}
