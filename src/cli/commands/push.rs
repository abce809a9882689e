use crate::cli::ExitCode;
use crate::cli::compilation::{Compilation, CompileFlags, OutputFlags};
use crate::cli::display::terminal::print;
use crate::cli::flags::headings::OUTPUT;
use crate::project::remote::{Origin, PushUrl, check_repository, flux_artifact};
use crate::system::error::CliError;
use crate::system::os::Os;
use clap::builder::NonEmptyStringValueParser;
use compiler::emit::Syntax;

/// Push Kubernetes manifests to an OCI registry, for Flux
///
/// Compiles as `generate` does, and pushes the manifests as an artifact that an OCIRepository of
/// Flux reads. Prints its name with its digest. Equal input has an equal digest. On any error,
/// nothing is pushed. Generated passwords in the manifests are an error, unless `--warn
/// secret-in-output` or `score-rs.yaml` allows them.
#[derive(Debug, clap::Args)]
#[command(mut_arg("all_environments", |arg| arg.hide(true)))]
#[command(after_help = "Examples:
  score-rs push oci://registry.example.com/shop:v1 -e prod
  score-rs push oci://registry.example.com/shop:v1 -e prod --dry-run
  score-rs push oci://registry.example.com/shop:prod -e prod --revision v1.2")]
pub(crate) struct Arguments {
    /// Where to push: `oci://REGISTRY/NAME:TAG`
    #[arg(value_name = "URL")]
    url: String,
    /// Push nothing; print the name with the digest
    #[arg(long)]
    dry_run: bool,
    /// URL of the repository, for an annotation of the artifact
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new(), help_heading = OUTPUT)]
    source: Option<String>,
    /// Revision of the repository, for an annotation of the artifact
    ///
    /// Flux shows it as BRANCH@sha1:COMMIT. Another revision has another digest.
    #[arg(long, value_name = "REVISION", value_parser = NonEmptyStringValueParser::new(), help_heading = OUTPUT)]
    revision: Option<String>,
    #[command(flatten)]
    output_flags: OutputFlags,
    #[command(flatten)]
    compile: CompileFlags,
}

/// Rejects a value of --source with a password. Not while flags are parsed, because such an error
/// repeats the value.
pub(super) fn check_source(source: Option<&str>) -> Result<(), CliError> {
    let result = source.map_or(Ok(()), check_repository);
    result.map_err(|why| CliError::Usage(format!("--source is wrong: {why}")))
}

/// The URL of an artifact. Not while flags are parsed either: it may have a token.
pub(super) fn parse_url(text: &str) -> Result<PushUrl, CliError> {
    PushUrl::parse(text).map_err(|why| CliError::Usage(format!("the URL is wrong: {why}")))
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let url = parse_url(&arguments.url)?;
    if arguments.compile.all.all_environments {
        let help = "name one with --env";
        return Err(CliError::Usage(format!(
            "an artifact has the manifests of one environment: {help}"
        )));
    }
    check_source(arguments.source.as_deref())?;
    let compilation = Compilation {
        output: None,
        env_file: None,
        syntax: Syntax::Yaml,
        output_flags: &arguments.output_flags,
        flags: &arguments.compile,
        writes: !arguments.dry_run,
        registry: Some(&arguments.url),
        question: None,
    };
    let compiled = compilation.run()?;
    let origin = Origin {
        source: arguments.source.as_deref(),
        revision: arguments.revision.as_deref(),
    };
    let artifact = flux_artifact(compiled.text(), origin);
    let flags = &arguments.compile;
    let reporter = flags.reporting.reporter();
    if !arguments.dry_run {
        // What the next run needs is stored first.
        let written = compiled.write()?;
        reporter.status(written.messages.iter().map(ToString::to_string));
        let timeout = flags.input.environment.remote.timeout();
        url.push(&artifact, timeout, &Os::new(None))
            .map_err(|reason| {
                CliError::Io(format!("cannot push to `{}`: {reason}", arguments.url))
            })?;
        reporter.status([format!("pushed {}", arguments.url)]);
    }
    print(&format!("{}\n", url.reference(&artifact.digest())))?;
    Ok(ExitCode::Success)
}
