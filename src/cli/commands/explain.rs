use std::ffi::OsStr;
use std::io::{IsTerminal, stdout};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::display::markdown::to_terminal_text;
use crate::cli::display::table::{Column, table};
use crate::cli::display::terminal::{print, width};
use crate::cli::flags::list_format::ListFormatFlag;
use crate::cli::flags::remote::RemoteFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::platform::{self, Offer};
use crate::cli::session::Session;
use crate::report::rules;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use diagnostics::rule::Rule;
use diagnostics::source::Sources;
use diagnostics::suggestions::{closest_match, list_names};

/// Explain a rule or a resource type
///
/// Each reported problem has the name of its rule in brackets; its page has causes, a wrong and a
/// right example. The page of a resource type has its params and outputs in each environment.
/// Without a name, all rules are listed. A page is formatted text in a terminal, and Markdown in a
/// pipe or file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs explain                               # list all rules
  score-rs explain unknown-output
  score-rs explain postgres
  score-rs explain unknown-key wrong-type | less")]
pub(crate) struct Arguments {
    /// Names of rules or resource types, such as `unknown-key` or `redis`
    #[arg(value_name = "NAME", value_parser = NameParser, hide_possible_values = true)]
    names: Vec<String>,
    #[command(flatten)]
    format: ListFormatFlag,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    reporting: ReportingFlags,
}

/// A page as a program reads it.
#[derive(Serialize)]
struct Row {
    name: String,
    level: &'static str,
    summary: &'static str,
    /// The whole page, as Markdown.
    page: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let names = &arguments.names;
    let mut types = None;
    let rows: Vec<Row> = match names.as_slice() {
        [] => rules::ALL.iter().map(|rule| Row::of(rule)).collect(),
        names => {
            let row = |name: &String| match rules::find(name) {
                Some(rule) => Ok(Row::of(rule)),
                // The project is read only for names of types.
                None => match &mut types {
                    Some(types) => Row::of_type(name, types),
                    types => Row::of_type(name, types.insert(Types::read(arguments)?)),
                },
            };
            names.iter().map(row).collect::<Result<_, _>>()?
        }
    };
    let text = || match names.is_empty() {
        true => table_of(&rows),
        false => pages_of(&rows),
    };
    print(&arguments.format.json(&rows).unwrap_or_else(text))?;
    Ok(ExitCode::Success)
}

/// The resource types of the environments.
struct Types {
    offers: Vec<Offer>,
    sources: Sources,
}

impl Types {
    fn read(arguments: &Arguments) -> Result<Types, CliError> {
        let os = Os::for_validation();
        let reporter = arguments.reporting.reporter();
        let (offers, session) = Session::run(reporter, Coverage::Partial, &os, |session| {
            platform::read(&arguments.remote.remotes(false), &os, session)
        })?;
        let sources = session.sources;
        Ok(Types { offers, sources })
    }
}

impl Row {
    fn of(rule: &'static Rule) -> Row {
        Row {
            name: rule.name().to_owned(),
            level: rules::severities(rule),
            summary: rule.summary(),
            page: rule.page().to_owned(),
        }
    }

    fn of_type(name: &str, types: &mut Types) -> Result<Row, CliError> {
        let Types { offers, sources } = types;
        if !platform::types(offers).contains(name) {
            let types = platform::types(offers);
            return Err(CliError::Usage(format!(
                "there is no rule and no resource type `{name}`: {}",
                help(name, types.into_iter())
            )));
        }
        Ok(Row {
            name: name.to_owned(),
            level: "resource type",
            summary: "",
            page: platform::page(name, offers, sources),
        })
    }
}

fn table_of(rows: &[Row]) -> String {
    table(vec![
        Column::new("NAME", rows.iter().map(|row| row.name.clone())),
        Column::new("LEVEL", rows.iter().map(|row| row.level.to_owned())),
        Column::new("SUMMARY", rows.iter().map(|row| row.summary.to_owned())).below_row(),
    ])
}

fn pages_of(rows: &[Row]) -> String {
    let is_terminal = stdout().is_terminal();
    let page = |row: &Row| match is_terminal {
        true => to_terminal_text(&row.page, width(), os::wants_colour(is_terminal)),
        false => row.page.clone(),
    };
    rows.iter().map(page).collect::<Vec<_>>().join("\n")
}

/// Parses a name, and lists those of rules for completion scripts.
#[derive(Debug, Clone)]
struct NameParser;

impl TypedValueParser for NameParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        // People copy names as reports show them, in brackets.
        let without_brackets =
            |text: &str| -> Result<String, String> { Ok(text.trim_matches(['[', ']']).to_owned()) };
        without_brackets.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        Some(Box::new(rules::names().map(PossibleValue::new)))
    }
}

/// What was meant by a name that is neither a rule nor one of `types`.
fn help<'a>(name: &str, types: impl Iterator<Item = &'a str>) -> String {
    let containing: Vec<&str> = rules::names()
        .filter(|rule| rule.contains(name) && !name.is_empty())
        .collect();
    let known: Vec<&str> = rules::names().collect();
    let known = known.into_iter().chain(types);
    let suggestion = closest_match(name, known).or(containing
        .first()
        .copied()
        .filter(|_| containing.len() == 1));
    match suggestion {
        Some(name) => format!("did you mean `{name}`?"),
        None if containing.is_empty() => {
            "`score-rs explain` lists the rules, and `score-rs provisioners list` the types"
                .to_owned()
        }
        None => format!("names with it are {}", list_names(containing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_of_names_are_suggested() {
        let lists =
            "`score-rs explain` lists the rules, and `score-rs provisioners list` the types";
        for (name, expected) in [
            ("befor-cycle", "did you mean `before-cycle`?"),
            ("postgers", "did you mean `postgres`?"),
            ("collision-of-files", lists),
            ("before-cy", "did you mean `before-cycle`?"),
            (
                "cycle",
                "names with it are `before-cycle`, `extends-cycle` and `resource-cycle`",
            ),
            ("", lists),
        ] {
            assert_eq!(help(name, ["postgres"].into_iter()), expected, "{name}");
        }
    }
}
