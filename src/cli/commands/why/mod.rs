//! `why`: what decided a value of the output.

pub(crate) mod answer;
mod file_line;
mod question;
pub(super) mod render;

use std::path::{Path, PathBuf};

use crate::cli::ExitCode;
use crate::cli::compilation::{self, Compilation, CompileFlags, OutputFlags};
use crate::cli::display::terminal::{print_data, print_text};
use crate::cli::flags::headings::OUTPUT;
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::output::writer::EnvironmentOutput;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::emit::Syntax;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use file_line::FileLine;
use question::{Question, Subject};

/// Show why a value of the output is what it is
///
/// Prints the lines that decided it, in order: of the Score file, of overrides, of the environment,
/// of the definition, of patches, and what score-rs decides itself, with the page that says so.
/// Compiles as `generate` with the same flags, and writes nothing. Known secrets are hidden.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs why Deployment/shop -e staging       # every value of the object
  score-rs why Deployment/shop .spec.template.spec.containers[0] -e staging
  score-rs why service/shop-web .environment.HOST
  score-rs why deploy/staging.yaml:8            # a line of the output")]
pub(crate) struct Arguments {
    /// An object as `KIND/NAME`, or a line of the output as `FILE:LINE`
    ///
    /// Without it, or with `.`, every value of the output is shown. The kinds of Compose are `service`, `volume`, `network`, `config` and `model`; what is in
    /// none of them is in `project`. NAME is the name of the object or of its workload. An output
    /// that `generate` would change is an error.
    #[arg(value_name = "OBJECT")]
    object: Option<String>,
    /// The path of a field, as in `.spec.containers[0].image`
    ///
    /// A key with dots is written in brackets and quotes: `.metadata.labels["app.kubernetes.io/name"]`.
    /// `[name=main]` is the item of a list with this name. Without it, every value of the object is
    /// shown.
    #[arg(value_name = "FIELD")]
    field: Option<String>,
    #[command(flatten)]
    format: ListFormatFlag,
    /// Output file or directory that a line belongs to
    ///
    /// The default is `output` of the environment, or else the file that is named.
    #[arg(short, long, value_name = "PATH", conflicts_with = "all_environments", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    #[command(flatten)]
    output_flags: OutputFlags,
    /// Print known passwords instead of hiding them
    #[arg(long, help_heading = OUTPUT)]
    show_secrets: bool,
    #[command(flatten)]
    compile: CompileFlags,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let line = arguments.object.as_deref().and_then(FileLine::parse);
    if line.is_some() && arguments.field.is_some() {
        return Err(CliError::Usage(
            "a line of a file has its field already: leave out FIELD".to_owned(),
        ));
    }
    let output = arguments.output.as_deref();
    let environment = line.as_ref().and_then(|line| line.environment());
    // The file is the output of an environment, or of a run with `--output`.
    let file = line.as_ref().map(|line| Path::new(&line.path));
    let output = output.or(file.filter(|_| environment.is_none()));
    let subject = match &line {
        Some(line) => Subject::Line(line),
        None => Subject::Object {
            object: arguments.object.as_deref().filter(|object| *object != "."),
            field: arguments.field.as_deref().unwrap_or("."),
        },
    };
    let question = Question {
        subject,
        is_json: arguments.format.is_json(),
        show_secrets: arguments.show_secrets,
    };
    let answer =
        |outputs: &[EnvironmentOutput], os: &Os, sources: &mut Sources, report: &mut Report| {
            question.answer(outputs, os, sources, report)
        };
    let compiled = Compilation {
        output,
        env_file: None,
        syntax: line.as_ref().map_or(Syntax::Yaml, FileLine::syntax),
        output_flags: &arguments.output_flags,
        flags: &arguments.compile,
        writes: false,
        registry: None,
        question: Some(compilation::Question {
            environment: environment.as_deref(),
            answer: &answer,
        }),
    }
    .run()?;
    match question.is_json {
        true => print_data(&compiled.answer)?,
        false => print_text(&compiled.answer)?,
    }
    Ok(ExitCode::Success)
}
