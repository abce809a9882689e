use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::FINE;
use super::environment::EnvironmentFlags;
use super::screen::{Channel, ScreenFlags};
use crate::back::target::Target;
use crate::base::diagnostics::Report;
use crate::base::text::{Sources, suggestion};
use crate::middle::provision::Library;
use crate::middle::provision::library::Definition;
use crate::shell::os::{self, Os};
use crate::shell::project::{self, Stop};

/// Show which resource types can be provisioned, and by what
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the definitions of an environment in the order in which they are asked
    List(List),
    /// Print the built-in definitions of a type, to read or to start your own from
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    environment: EnvironmentFlags,
    /// For people or for programs
    #[arg(short, long, value_enum, default_value = "table")]
    format: Form,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The resource type, such as `postgres`
    #[arg(value_name = "TYPE")]
    kind: String,
    #[command(flatten)]
    environment: EnvironmentFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
}

/// A definition as a program reads it.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    class: Option<&'a str>,
    id: Option<&'a str>,
    uri: &'a str,
    source: &'a str,
    params: Option<&'a [String]>,
    outputs: Option<&'a [String]>,
    description: Option<&'a str>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
    match &arguments.action {
        Action::List(arguments) => list(arguments),
        Action::Show(arguments) => show(arguments),
    }
}

fn show(arguments: &Show) -> Result<u8, Stop> {
    let os = Os::new(None);
    let target = arguments.environment.target(&os)?;
    let found = target.builtins().iter().find(|(kind, _)| *kind == arguments.kind);
    let Some((_, text)) = found else {
        let kinds = target.builtins().iter().map(|(kind, _)| *kind);
        let help =
            suggestion(&arguments.kind, kinds, || "`score-rs provisioners list` shows which there are".to_owned());
        let message = format!("nothing built in provisions `{}` on {}: {help}", arguments.kind, target.name());
        return Err(Stop::Usage(message));
    };
    print(text)
}

fn list(arguments: &List) -> Result<u8, Stop> {
    let os = Os::new(None);
    let target = arguments.environment.target(&os)?;
    let mut sources = Sources::default();
    let mut report = Report::default();
    let library = library(target, &arguments.environment.provisioners, &mut sources, &mut report)?;
    let screen = ScreenFlags::usual();
    let failed = screen.judge(&mut report);
    screen.show(&sources, &report, Channel::Error);
    let rows: Vec<Row<'_>> = library.definitions().iter().map(|definition| row(definition, &sources)).collect();
    let printed = match arguments.format {
        Form::Table => print(&table(&rows)),
        Form::Json => print(&format!("{}\n", serde_json::to_string_pretty(&rows).unwrap_or_default())),
    };
    if failed { Ok(super::WRONG_INPUT) } else { printed }
}

fn print(text: &str) -> Result<u8, Stop> {
    let failed = |error: std::io::Error| Stop::World(format!("cannot write to standard output: {error}"));
    os::write_standard_output(text.as_bytes()).map_err(failed)?;
    Ok(FINE)
}

fn library(
    target: &dyn Target,
    files: &[PathBuf],
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Library, Stop> {
    let os = Os::new(None);
    let files = project::read_all(&os, files, sources, report)?;
    // With an error in one of the files there is no list; the report says why.
    Ok(Library::assemble(sources, &files, target.builtins(), &|_| true, report).unwrap_or_default())
}

fn row<'a>(definition: &'a Definition, sources: &'a Sources) -> Row<'a> {
    Row {
        kind: &definition.kind,
        class: definition.class.as_deref(),
        id: definition.id.as_deref(),
        uri: &definition.uri.value,
        source: if definition.builtin { "built in" } else { sources.get(definition.uri.span.source).name() },
        params: definition.supported_params.as_deref(),
        outputs: definition.expected_outputs.as_deref(),
        description: definition.description.as_deref(),
    }
}

/// One line a definition; `*` stands for any.
fn table(rows: &[Row<'_>]) -> String {
    let names = |list: Option<&[String]>| match list {
        None => "*".to_owned(),
        Some([]) => "-".to_owned(),
        Some(names) => names.join(","),
    };
    let mut lines: Vec<[String; 6]> =
        vec![["TYPE", "CLASS", "SOURCE", "PARAMS", "OUTPUTS", "DESCRIPTION"].map(str::to_owned)];
    lines.extend(rows.iter().map(|row| {
        [
            row.kind.to_owned(),
            row.class.unwrap_or("*").to_owned(),
            row.source.to_owned(),
            names(row.params),
            names(row.outputs),
            row.description.unwrap_or("").to_owned(),
        ]
    }));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let show = |line: &[String; 6]| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    lines.iter().map(show).collect()
}
