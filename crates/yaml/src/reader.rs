//! Typed readers for what people write by hand.
//!
//! Each function takes a node and its name in messages (`what`, as in "a container" or "`port`"),
//! and gives its value or reports what is wrong with it. They go on after an error, so that one run
//! finds every problem of a file. Serde stops at the first: what programs write is read with
//! [`crate::deserialize`].
//!
//! ```
//! use diagnostics::report::Report;
//! use diagnostics::source::Sources;
//! use yaml::reader;
//!
//! let mut sources = Sources::default();
//! let file = sources.add("ports.yaml", "port: 99999\nprotocl: UDP\n");
//! let mut report = Report::default();
//! let documents = yaml::parse(&sources, file, &mut report);
//!
//! let mut fields = reader::fields(&documents[0], "a port", &mut report).unwrap();
//! let port = fields.required("port", &mut report);
//! let port = port.and_then(|node| reader::integer(node, "`port`", 1, 65535, &mut report));
//! fields.optional("protocol", &mut report);
//! fields.finish(|_| None, &mut report);
//!
//! assert_eq!(port, None);
//! let messages: Vec<_> = report.in_order().iter().map(|one| one.message()).collect();
//! assert_eq!(
//!     messages,
//!     ["`port` must be from 1 to 65535, this is 99999", "a port has no key `protocl`"]
//! );
//! ```

mod entries;
mod fields;
mod key_advice;
#[cfg(test)]
mod tests;
mod words;

pub use entries::{named_entries, named_entries_with_members, not_a_mapping};
pub use fields::{Fields, fields, fields_or_short_form};
pub use key_advice::KeyAdvice;
pub use words::{line_for_words, list, words_as_list};

use crate::rules::OUT_OF_RANGE;
use crate::rules::UNKNOWN_VALUE;
use crate::rules::WRONG_TYPE;
use crate::tree::{Kind, Node, Style};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{list_names, suggestion, unambiguous_typo};

/// Reports that `node` is not of the `expected` type, as in "a string".
pub fn wrong_type(node: &Node, what: &str, expected: &str, report: &mut Report) {
    wrong_type_with(
        node,
        what,
        expected,
        &format!("write {expected} here"),
        report,
    );
}

/// As [`wrong_type`], with a help of its own.
pub fn wrong_type_with(node: &Node, what: &str, expected: &str, help: &str, report: &mut Report) {
    report.push(type_problem(node, what, expected).help(help));
}

/// The problem that `node` is not of the `expected` type.
pub fn type_problem(node: &Node, what: &str, expected: &str) -> Problem {
    Problem::new(
        &WRONG_TYPE,
        format!("{what} must be {expected}, this is {}", node.kind_name()),
    )
    .at(node.span)
}

/// Adds an edit that replaces a value, where the value is written on one line and as a scalar.
fn replace_value(problem: Problem, node: &Node, text: Option<String>) -> Problem {
    match (&node.kind, text) {
        (
            Kind::String(_, Style::Literal | Style::Folded)
            | Kind::List(_)
            | Kind::Map(_)
            | Kind::Null,
            _,
        ) => problem,
        (_, Some(text)) => problem.edit(node.span, text),
        _ => problem,
    }
}

/// The text of a string. For a number or boolean the help is to put it in quotes.
pub fn string(node: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    string_with(node, what, |_| None, report)
}

/// As [`string`], with a help of the caller's for some lists and mappings.
pub fn string_with(
    node: &Node,
    what: &str,
    help: impl Fn(&Node) -> Option<String>,
    report: &mut Report,
) -> Option<Spanned<String>> {
    match &node.kind {
        Kind::String(text, _) => Some(Spanned::new(text.clone(), node.span)),
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
            let problem = Problem::new(
                &WRONG_TYPE,
                format!("{what} must be a string, this is {}", node.kind_name()),
            );
            let problem = problem.at(node.span).help("put it in quotes");
            report.push(with_quotes(problem, node.span));
            None
        }
        Kind::List(_) | Kind::Map(_) => {
            let help = help(node).unwrap_or_else(|| string_help(node));
            wrong_type_with(node, what, "a string", &help, report);
            None
        }
        Kind::Null => {
            wrong_type(node, what, "a string", report);
            None
        }
    }
}

/// What to write instead of a list or mapping where a string belongs.
fn string_help(node: &Node) -> String {
    let only = match &node.kind {
        Kind::List(items) => items
            .first()
            .filter(|_| items.len() == 1)
            .and_then(Node::as_str)
            .map(|text| (text, false)),
        Kind::Map(entries) => entries
            .first()
            .filter(|(_, entry)| entries.len() == 1 && entry.value.is_null())
            .map(|(key, _)| (key.as_str(), true)),
        _ => None,
    };
    match only {
        Some((text, false)) => format!("write `{text}` alone, not as a list"),
        Some((_, true)) => "put text that begins with `{` in quotes".to_owned(),
        None if node.get("value").is_some() => "write the value alone, without `value:`".to_owned(),
        None => "write one string here; with several lines, as a block after `|`".to_owned(),
    }
}

/// Adds edits that put the text at `span`, a number or boolean, in quotes.
pub fn with_quotes(problem: Problem, span: Span) -> Problem {
    problem
        .edit(
            Span {
                end: span.start,
                ..span
            },
            "\"",
        )
        .edit(
            Span {
                start: span.end,
                ..span
            },
            "\"",
        )
}

/// A boolean.
pub fn boolean(node: &Node, what: &str, report: &mut Report) -> Option<bool> {
    match node.kind {
        Kind::Bool(flag) => Some(flag),
        _ => {
            let plain = matches!(node.kind, Kind::String(_, Style::Plain));
            let word = match node.as_str().map(str::to_ascii_lowercase).as_deref() {
                Some("true" | "yes" | "on") => Some("true"),
                Some("false" | "no" | "off") => Some("false"),
                Some("y") if plain => Some("true"),
                Some("n") if plain => Some("false"),
                _ => None,
            };
            let help = match word {
                Some(word) if plain => {
                    format!("write `{word}`; in YAML 1.2 other words are strings")
                }
                Some(word) => format!("write `{word}`, without quotes"),
                None => "write `true` or `false`".to_owned(),
            };
            let problem = type_problem(node, what, "`true` or `false`").help(help);
            report.push(replace_value(problem, node, word.map(str::to_owned)));
            None
        }
    }
}

/// The number of a port.
pub fn port(node: &Node, what: &str, report: &mut Report) -> Option<u16> {
    let number = integer(node, what, 1, u16::MAX.into(), report)?;
    number.try_into().ok()
}

/// A whole number from `low` to `high`.
pub fn integer(
    node: &Node,
    what: &str,
    low: i128,
    high: i128,
    report: &mut Report,
) -> Option<i128> {
    let outside = |number: String, report: &mut Report| {
        let problem = Problem::new(
            &OUT_OF_RANGE,
            format!("{what} must be from {low} to {high}, this is {number}"),
        );
        report.push(
            problem
                .at(node.span)
                .help(format!("write a number from {low} to {high}")),
        );
    };
    match node.kind {
        Kind::Int(number) if (low..=high).contains(&number) => return Some(number),
        Kind::Int(number) => outside(number.to_string(), report),
        // A whole number that is too large for 64 bits is read as a float.
        Kind::Float(number)
            if number.is_finite() && number.fract() == 0.0 && number.abs() > 1e15 =>
        {
            outside(number.to_string(), report);
        }
        _ => {
            let problem = match node.kind {
                Kind::Float(number) => {
                    let message = format!("{what} must be a whole number, this is {number:?}");
                    Problem::new(&WRONG_TYPE, message).at(node.span)
                }
                _ => type_problem(node, what, "a whole number"),
            };
            let number = whole_number(node);
            let help = match (number, &node.kind) {
                (Some(number), Kind::Float(_)) => format!("write `{number}`"),
                (None, Kind::Float(_)) => "write it without a fraction".to_owned(),
                _ => number_help(node, low, high),
            };
            let number = number
                .filter(|number| (low..=high).contains(number))
                .map(|number| number.to_string());
            report.push(replace_value(problem.help(help), node, number));
        }
    }
    None
}

/// What to write instead of something that is not a number.
fn number_help(node: &Node, low: i128, high: i128) -> String {
    let text = node.as_str().unwrap_or_default().trim();
    let number = text.trim_end_matches([',', ';']);
    match number.parse::<u64>() {
        Ok(_) if number == text => format!("write `{number}`, without quotes"),
        Ok(_) => format!("write `{number}` alone"),
        Err(_) if text.contains('$') || text.contains("{{") => {
            format!("write a number from {low} to {high}; placeholders are not replaced here")
        }
        Err(_) => format!("write a number from {low} to {high}"),
    }
}

/// The only whole number that a string or a float can stand for. With a leading zero it could be
/// octal.
fn whole_number(node: &Node) -> Option<i128> {
    match &node.kind {
        Kind::String(text, _) => {
            let number = text.trim().parse::<u64>().ok()?;
            (number.to_string() == text.trim()).then_some(number.into())
        }
        Kind::Float(number) if number.fract() == 0.0 && number.abs() < 1e9 => {
            format!("{number:.0}").parse().ok()
        }
        _ => None,
    }
}

/// As [`choice`], for a node.
pub fn word<T: Copy>(
    node: &Node,
    what: &str,
    choices: &[(&'static str, T)],
    report: &mut Report,
) -> Option<T> {
    if let Kind::String(text, _) = &node.kind {
        return choice(
            &Spanned::new(text.clone(), node.span),
            what,
            choices,
            report,
        );
    }
    let help = format!(
        "write one of {}",
        list_names(choices.iter().map(|(word, _)| *word))
    );
    wrong_type_with(node, what, "a string", &help, report);
    None
}

/// What one of a few words stands for.
pub fn choice<T: Copy>(
    text: &Spanned<String>,
    what: &str,
    choices: &[(&'static str, T)],
    report: &mut Report,
) -> Option<T> {
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text.value) {
        return Some(*value);
    }
    let words = choices.iter().map(|(word, _)| *word);
    let typo_of = unambiguous_typo(&text.value, words.clone());
    let help = suggestion(&text.value, words.clone(), || {
        format!("write one of {}", list_names(words))
    });
    let problem = Problem::new(&UNKNOWN_VALUE, format!("{what} cannot be `{}`", text.value));
    report.push(problem.at(text.span).help(help).suggest_replacement(
        text.span,
        &text.value,
        typo_of,
    ));
    None
}
