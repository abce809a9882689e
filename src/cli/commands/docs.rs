use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::flags::headings::OUTPUT;
use crate::cli::flags::remote::RemoteFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::platform;
use crate::cli::session::Session;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::transaction::{FileWrite, write};
use compiler::support::host::Host;

/// Write pages about the resource types of the environments
///
/// For developers: a page for each type, with its params, its outputs, the environments that have it
/// and an example that they all compile, and a list of all types. The environments are those in
/// `environments/`, or else the built-in ones. Pages of types that are gone are deleted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs docs -o docs/resources
  score-rs docs -o docs/resources --check   # exit code 4 if one would change")]
pub(crate) struct Arguments {
    /// Directory for the pages; it is created
    #[arg(short, long, value_name = "DIR", help_heading = OUTPUT)]
    output: PathBuf,
    /// Format of the pages
    #[arg(short, long, value_enum, default_value = "markdown", help_heading = OUTPUT)]
    format: Format,
    /// Write nothing; exit with code 4 if a page would change
    #[arg(long, help_heading = OUTPUT)]
    check: bool,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Markdown, for TechDocs of Backstage and other site generators
    Markdown,
}

/// The beginning of each page, by which pages that are gone are known.
const MARK: &str = "<!-- Written by `score-rs docs`, which overwrites changes. -->\n\n";

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let Format::Markdown = arguments.format;
    let os = Os::for_validation();
    let reporter = arguments.reporting.reporter();
    let (pages, session) = Session::run(reporter, Coverage::Partial, &os, |session| {
        let offers = platform::read(&arguments.remote.remotes(false), &os, session)?;
        let mut pages = vec![("index.md".to_owned(), platform::index(&offers))];
        for kind in platform::types(&offers) {
            let page = platform::page(kind, &offers, &mut session.sources);
            pages.push((format!("types/{kind}.md"), page));
        }
        Ok(pages)
    })?;
    let pages: Vec<FileWrite> = pages
        .into_iter()
        .map(|(name, page)| FileWrite {
            path: arguments.output.join(name),
            content: Some(format!("{MARK}{page}").into_bytes()),
            mode: 0o644,
            durable: false,
        })
        .collect();
    let outdated = outdated(&arguments.output, &pages, &os);
    if !arguments.check {
        write(&pages, &outdated)?;
        return Ok(ExitCode::Success);
    }
    let changed = pages
        .iter()
        .filter(|page| os.read(&page.path).ok() != page.content);
    let changed = changed.map(|page| format!("`{}` would change", page.path.display()));
    let outdated = outdated
        .iter()
        .map(|path| format!("`{}` would be deleted", path.display()));
    let messages: Vec<String> = changed.chain(outdated).collect();
    let code = match messages.is_empty() {
        true => ExitCode::Success,
        false => ExitCode::Difference,
    };
    session.reporter.status(messages);
    Ok(code)
}

/// The pages of an earlier run that this one does not have.
fn outdated(directory: &Path, pages: &[FileWrite], host: &dyn Host) -> Vec<PathBuf> {
    let types = directory.join("types");
    let paths = os::entry_names(&types)
        .into_iter()
        .map(|name| types.join(name));
    let is_page = |path: &PathBuf| {
        let text = host.read(path).ok();
        path.extension().is_some_and(|extension| extension == "md")
            && text.is_some_and(|text| text.starts_with(MARK.as_bytes()))
    };
    let is_gone = |path: &PathBuf| pages.iter().all(|page| page.path != *path);
    paths.filter(is_gone).filter(is_page).collect()
}
