use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;

use crate::cli::ExitCode;
use crate::cli::commands::push::{check_source, parse_url};
use crate::cli::display::terminal::print;
use crate::cli::flags::headings::OUTPUT;
use crate::cli::flags::remote::FetchFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::session::Session;
use crate::project::environment::{self, BundledEnvironment};
use crate::project::remote::{Origin, Tree, bundle_artifact};
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::text_file::{add_file, unreadable};
use compiler::parse;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// Push a directory as a bundle to an OCI registry
///
/// Pushes all files of DIR but hidden ones and those that `.gitignore` excludes. Equal files have an
/// equal digest, on every machine. Prints the name of the bundle with its digest. If a YAML file or
/// an environment has an error, nothing is pushed.
///
/// `version` in the file `score-rs.yaml` of DIR says which versions of score-rs can use the bundle.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs bundle push oci://registry.example.com/platform:v1
  score-rs bundle push oci://registry.example.com/platform:v1 platform --dry-run
  score-rs bundle push oci://registry.example.com/platform:v1 --revision v1")]
pub(super) struct Arguments {
    /// Where to push: `oci://REGISTRY/NAME:TAG`
    #[arg(value_name = "URL")]
    url: String,
    /// Directory to push
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// Push nothing; print the name with the digest
    #[arg(long)]
    dry_run: bool,
    /// URL of the repository, for an annotation of the artifact
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new(), help_heading = OUTPUT)]
    source: Option<String>,
    /// Revision of the repository, for an annotation of the artifact
    ///
    /// Another revision has another digest.
    #[arg(long, value_name = "REVISION", value_parser = NonEmptyStringValueParser::new(), help_heading = OUTPUT)]
    revision: Option<String>,
    #[command(flatten)]
    fetch: FetchFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let url = parse_url(&arguments.url)?;
    check_source(arguments.source.as_deref())?;
    let os = Os::new(None);
    let reporter = arguments.reporting.reporter();
    let (files, _) = Session::run(reporter, Coverage::Partial, &os, |session| {
        let (files, tree) = read(&arguments.directory, &os)?;
        check(
            &arguments.directory,
            &files,
            &tree,
            &mut session.sources,
            &mut session.report,
        );
        Ok(files)
    })?;
    let origin = Origin {
        source: arguments.source.as_deref(),
        revision: arguments.revision.as_deref(),
    };
    let artifact = bundle_artifact(&files, origin).map_err(CliError::Usage)?;
    if !arguments.dry_run {
        let pushed = url.push(&artifact, arguments.fetch.timeout(), &os);
        let failed = |reason| CliError::Io(format!("cannot push to `{}`: {reason}", arguments.url));
        pushed.map_err(failed)?;
        reporter.status([format!(
            "pushed {} with {} files",
            arguments.url,
            files.len()
        )]);
    }
    print(&format!("{}\n", url.reference(&artifact.digest())))?;
    Ok(ExitCode::Success)
}

/// The files of a bundle, by path, and those of them that others can name.
fn read(directory: &Path, os: &Os) -> Result<(BTreeMap<String, Vec<u8>>, Tree), CliError> {
    let mut files = BTreeMap::new();
    for (name, path) in os::files_below(directory).map_err(CliError::Io)? {
        let bytes = os.read(&path).map_err(|error| unreadable(&path, &error))?;
        files.insert(name, bytes);
    }
    let directory = directory.display();
    match Tree::of(&files) {
        Ok(tree) if tree.is_directory("") => Ok((files, tree)),
        Ok(_) => Err(CliError::Usage(format!(
            "`{directory}` has no YAML, JSON or template files: name the directory of a platform"
        ))),
        Err(reason) => Err(CliError::Usage(format!(
            "`{directory}` cannot be a bundle: {reason}"
        ))),
    }
}

/// Reports what is wrong with the YAML files and environments.
fn check(
    directory: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    tree: &Tree,
    sources: &mut Sources,
    report: &mut Report,
) {
    let is_yaml = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
    for (name, bytes) in files.iter().filter(|(name, _)| is_yaml(name)) {
        let path = directory.join(name).display().to_string();
        let Some(source) = add_file(&path, bytes.clone(), sources, report) else {
            continue;
        };
        let path = Path::new(name);
        if path
            .file_name()
            .is_some_and(|file| file == environment::FILE)
        {
            let environment = BundledEnvironment {
                source,
                directory: path.with_file_name(""),
                tree,
            };
            environment.check(sources, report);
        } else {
            parse::yaml_documents(sources, source, report);
        }
    }
}
