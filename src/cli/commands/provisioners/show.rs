use super::{Found, library};
use crate::cli::FINE;
use crate::cli::display::listing::source;
use crate::cli::flags::environment::EnvironmentFlags;
use crate::cli::flags::reporting::{ScreenFlags, print};
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

/// Print the definitions of a type, to read or to start your own from
///
/// Your own come first, as they are asked first; a comment says where each is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  score-rs provisioners show postgres > my.provisioners.yaml
  score-rs generate --provisioners my.provisioners.yaml")]
pub(super) struct Arguments {
    /// The resource type, such as `postgres`
    #[arg(value_name = "TYPE")]
    kind: String,
    #[command(flatten)]
    environment: EnvironmentFlags,
    #[command(flatten)]
    screen: ScreenFlags,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    let (
        Found {
            environment,
            library,
            ..
        },
        sources,
    ) = library(&arguments.environment, &arguments.screen)?;
    let target = environment.target;
    let own = library
        .definitions()
        .iter()
        .filter(|own| !own.builtin && own.kind == arguments.kind);
    let mut shown: Vec<String> = own
        .filter_map(|definition| written(definition, &sources))
        .collect();
    let asked = library.builtin_kinds().contains(&arguments.kind.as_str());
    let built_in = target
        .info()
        .builtins
        .iter()
        .find(|(kind, _)| asked && *kind == arguments.kind);
    shown.extend(built_in.map(|(_, text)| (*text).to_owned()));
    if shown.is_empty() {
        let kinds = library
            .definitions()
            .iter()
            .map(|definition| definition.kind.as_str());
        return Err(unknown(&arguments.kind, kinds, target));
    }
    print(&shown.join("\n"))?;
    Ok(FINE)
}

/// A definition of the project as data: what it says, under the place where it says it.
fn written(definition: &Definition, sources: &Sources) -> Option<String> {
    let entry = entry(definition.uri.span, sources)?;
    Some(format!(
        "# {}\n{}",
        source(definition, sources),
        write_yaml(&Value::List(vec![entry.to_value()]))
    ))
}

/// The entry of a definitions file that has its URI at a place.
fn entry(uri: Span, sources: &Sources) -> Option<Node> {
    // The file was read without an error, so there is none to report.
    let documents = yaml::parse(sources, uri.source, &mut Report::default());
    let entries = documents
        .into_iter()
        .filter_map(|document| match document.kind {
            yaml::Kind::List(entries) => Some(entries),
            _ => None,
        });
    entries
        .flatten()
        .find(|entry| entry.get("uri").is_some_and(|own| own.span == uri))
}

fn unknown<'a>(kind: &str, kinds: impl Iterator<Item = &'a str>, target: &dyn Target) -> CliError {
    let has = |other: &&&dyn Target| {
        other.name() != target.name() && other.info().builtins.iter().any(|(own, _)| *own == kind)
    };
    let help = match TARGETS.iter().find(has) {
        Some(other) => format!("there is one with `--env {}`", other.name()),
        None => suggestion(kind, kinds, || {
            "`score-rs provisioners list` shows which there are".to_owned()
        }),
    };
    CliError::Usage(format!(
        "nothing provisions `{kind}` on {}: {help}",
        target.name()
    ))
}
