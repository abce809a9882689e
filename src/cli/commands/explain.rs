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
use crate::report::rules;
use crate::system::error::CliError;
use crate::system::os;
use diagnostics::rule::Rule;
use diagnostics::suggestions::{closest_match, list_names};

/// Explain a rule: causes, a wrong and a right example
///
/// Each reported problem has the name of its rule in brackets. Without a name, all rules are
/// listed. The page is formatted text in a terminal, and Markdown in a pipe or file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs explain                               # list all rules
  score-rs explain unknown-output
  score-rs explain unknown-key wrong-type | less")]
pub(crate) struct Arguments {
    /// Names of rules, such as `unknown-key`
    #[arg(value_name = "NAME", value_parser = NameParser, hide_possible_values = true)]
    names: Vec<&'static Rule>,
    #[command(flatten)]
    format: ListFormatFlag,
}

/// A page as a program reads it.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    level: &'static str,
    summary: &'static str,
    /// The whole page, as Markdown.
    page: &'static str,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let rules = match arguments.names.as_slice() {
        [] => rules::ALL.as_slice(),
        named => named,
    };
    let rows: Vec<Row> = rules.iter().map(|rule| Row::of(rule)).collect();
    let text = || {
        if arguments.names.is_empty() {
            table_of(&rows)
        } else {
            pages_of(rules)
        }
    };
    print(&arguments.format.json(&rows).unwrap_or_else(text))?;
    Ok(ExitCode::Success)
}

impl Row {
    fn of(rule: &'static Rule) -> Row {
        Row {
            name: rule.name(),
            level: rules::severities(rule),
            summary: rule.summary(),
            page: rule.page(),
        }
    }
}

fn table_of(rows: &[Row]) -> String {
    table(vec![
        Column::new("NAME", rows.iter().map(|row| row.name.to_owned())),
        Column::new("LEVEL", rows.iter().map(|row| row.level.to_owned())),
        Column::new("SUMMARY", rows.iter().map(|row| row.summary.to_owned())).below_row(),
    ])
}

fn pages_of(rules: &[&'static Rule]) -> String {
    let is_terminal = stdout().is_terminal();
    let page = |rule: &&'static Rule| match is_terminal {
        true => to_terminal_text(rule.page(), width(), os::wants_colour(is_terminal)),
        false => rule.page().to_owned(),
    };
    rules.iter().map(page).collect::<Vec<_>>().join("\n")
}

/// Parses a name, and lists all names for completion scripts.
#[derive(Debug, Clone)]
struct NameParser;

impl TypedValueParser for NameParser {
    type Value = &'static Rule;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<&'static Rule, clap::Error> {
        find.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        Some(Box::new(rules::names().map(PossibleValue::new)))
    }
}

fn find(text: &str) -> Result<&'static Rule, String> {
    // People copy names as reports show them, in brackets.
    let text = text.trim_matches(['[', ']']);
    if let Some(rule) = rules::find(text) {
        return Ok(rule);
    }
    let containing: Vec<&str> = rules::names()
        .filter(|name| name.contains(text) && !text.is_empty())
        .collect();
    let suggestion = closest_match(text, rules::names()).or(containing
        .first()
        .copied()
        .filter(|_| containing.len() == 1));
    Err(match suggestion {
        Some(name) => format!("did you mean `{name}`?"),
        None if containing.is_empty() => "`score-rs explain` lists the names".to_owned(),
        None => format!("names with it are {}", list_names(containing)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_with_brackets_and_typos_are_suggested() {
        assert_eq!(find("before-cycle").unwrap().name(), "before-cycle");
        assert_eq!(find("[before-cycle]").unwrap().name(), "before-cycle");
        assert_eq!(
            find("befor-cycle").unwrap_err(),
            "did you mean `before-cycle`?"
        );
        assert_eq!(
            find("collision-of-files").unwrap_err(),
            "`score-rs explain` lists the names"
        );
        assert_eq!(
            find("before-cy").unwrap_err(),
            "did you mean `before-cycle`?"
        );
        assert_eq!(
            find("cycle").unwrap_err(),
            "names with it are `before-cycle`, `extends-cycle` and `resource-cycle`"
        );
        assert_eq!(find("").unwrap_err(), "`score-rs explain` lists the names");
    }
}
