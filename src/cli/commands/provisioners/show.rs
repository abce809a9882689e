use super::read_library;
use crate::cli::ExitCode;
use crate::cli::display::cells::definition_source;
use crate::cli::display::terminal::print_text;
use crate::cli::flags::environment::EnvironmentFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::project::environment::TARGETS;
use crate::system::error::CliError;
use compiler::provision::library::Definition;
use compiler::targets::target::Target;
use diagnostics::report::Report;
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::suggestion;
use diagnostics::value::Value;
use yaml::write::write_yaml;
use yaml::{self, Node};

/// Print the definitions of a resource type
///
/// A printed definition is a starting point for your own. Your own definitions come first, because
/// they take precedence; a comment says where each one is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs provisioners show postgres > my.provisioners.yaml
  score-rs generate --provisioners my.provisioners.yaml")]
pub(super) struct Arguments {
    /// Resource type, such as `postgres`
    #[arg(value_name = "TYPE")]
    kind: String,
    #[command(flatten)]
    environment: EnvironmentFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let read = read_library(&arguments.environment, &arguments.reporting)?;
    let (kind, target) = (arguments.kind.as_str(), read.environment.target);
    let definitions = read.library.definitions();
    let mut texts: Vec<String> = definitions
        .iter()
        .filter(|definition| !definition.builtin && definition.kind == kind)
        .filter_map(|definition| project_definition(definition, &read.sources))
        .collect();
    if read.library.builtin_kinds().contains(&kind) {
        let mut builtins = target.info().builtins.iter();
        let builtin = builtins.find(|(name, _)| *name == kind);
        texts.extend(builtin.map(|(_, text)| (*text).to_owned()));
    }
    if texts.is_empty() {
        let kinds = definitions
            .iter()
            .map(|definition| definition.kind.as_str());
        return Err(unknown_kind(kind, kinds, target));
    }
    print_text(&texts.join("\n"))?;
    Ok(ExitCode::Success)
}

/// A definition of the project as YAML, after a comment with its place.
fn project_definition(definition: &Definition, sources: &Sources) -> Option<String> {
    let entry = entry(definition.uri.span, sources)?;
    Some(format!(
        "# {}\n{}",
        definition_source(definition, sources),
        write_yaml(&Value::List(vec![entry.to_value()]))
    ))
}

/// The entry of a definitions file whose URI is at this place.
fn entry(uri: Span, sources: &Sources) -> Option<Node> {
    // The errors of this file were reported when the library was read.
    let documents = yaml::parse(sources, uri.source, &mut Report::default());
    let entries = documents
        .into_iter()
        .filter_map(|document| match document.kind {
            yaml::Kind::List(entries) => Some(entries),
            _ => None,
        });
    entries
        .flatten()
        .find(|entry| entry.get("uri").is_some_and(|node| node.span == uri))
}

fn unknown_kind<'a>(
    kind: &str,
    kinds: impl Iterator<Item = &'a str>,
    target: &dyn Target,
) -> CliError {
    let has_kind = |other: &&&dyn Target| {
        other.name() != target.name() && other.info().builtins.iter().any(|(name, _)| *name == kind)
    };
    let help = match TARGETS.iter().find(has_kind) {
        Some(other) => format!("there is one with `--env {}`", other.name()),
        None => suggestion(kind, kinds, || {
            "run `score-rs provisioners list` to list them".to_owned()
        }),
    };
    CliError::Usage(format!(
        "there is no provisioner of type `{kind}` for {}: {help}",
        target.name()
    ))
}
