//! Reading a tree by shape: each reader gives what it wants or reports, at the place, what stands
//! there instead.
//!
//! Serde stops at the first error, so what people write by hand is read with these; every problem
//! of a file is found in one run. What other programs write is read with [`crate::deserialize`].

mod entries;
mod fields;
mod key_advice;
#[cfg(test)]
mod tests;
mod words;

pub use entries::{named_entries, named_entries_of, not_a_mapping};
pub use fields::{Fields, fields, fields_of};
pub use key_advice::KeyAdvice;
pub use words::{as_list, line_for_words, list};

use crate::rules::OUT_OF_RANGE;
use crate::rules::UNKNOWN_VALUE;
use crate::rules::WRONG_TYPE;
use crate::tree::{Kind, Node, Style};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{list_names, suggestion, unambiguous_typo};

/// Reports that `node`, which is named `what`, is not `wanted`.
pub fn wrong_type(node: &Node, what: &str, wanted: &str, report: &mut Report) {
    wrong_type_with(node, what, wanted, &format!("write {wanted} here"), report);
}

/// As [`wrong_type`], with better advice.
pub fn wrong_type_with(node: &Node, what: &str, wanted: &str, help: &str, report: &mut Report) {
    report.push(type_problem(node, what, wanted).help(help));
}

/// That `node`, which is named `what`, is not `wanted`.
pub fn type_problem(node: &Node, what: &str, wanted: &str) -> Problem {
    Problem::new(
        &WRONG_TYPE,
        format!("{what} must be {wanted}, this is {}", node.kind_name()),
    )
    .at(node.span)
}

/// Mends a problem by writing something else in the place of a value, where that is all that was
/// written there.
fn instead(problem: Problem, node: &Node, text: Option<String>) -> Problem {
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

/// The text of a string. A number or boolean is reported with the quotes that make it one.
pub fn string(node: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    match &node.kind {
        Kind::String(text, _) => Some(Spanned::new(text.clone(), node.span)),
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
            let problem = Problem::new(
                &WRONG_TYPE,
                format!("{what} must be a string, this is {}", node.kind_name()),
            );
            let problem = problem.at(node.span).help("put it in quotes");
            report.push(quoted(problem, node.span));
            None
        }
        Kind::List(_) | Kind::Map(_) => {
            wrong_type_with(node, what, "a string", &as_text(node), report);
            None
        }
        Kind::Null => {
            wrong_type(node, what, "a string", report);
            None
        }
    }
}

/// How a list or mapping is written as one text.
fn as_text(node: &Node) -> String {
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
        Some((text, true)) if text.starts_with("resources.") || text.starts_with("metadata.") => {
            format!("write `${{{text}}}`")
        }
        Some((_, true)) => "put a text that begins with `{` in quotes".to_owned(),
        None if node.get("value").is_some() => "write the value alone, without `value:`".to_owned(),
        None if node.get("valueFrom").is_some() => {
            "write the output of a resource that gives it, as in `${resources.NAME.OUTPUT}`"
                .to_owned()
        }
        None => "write one text here; with several lines, as a block after `|`".to_owned(),
    }
}

/// Mends a problem by putting what stands at `span`, a number or boolean, in quotes as it is.
pub fn quoted(problem: Problem, span: Span) -> Problem {
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
            let meant = match node.as_str().map(str::to_ascii_lowercase).as_deref() {
                Some("true" | "yes" | "on") => Some("true"),
                Some("false" | "no" | "off") => Some("false"),
                Some("y") if plain => Some("true"),
                Some("n") if plain => Some("false"),
                _ => None,
            };
            let help = match meant {
                Some(word) if plain => format!("write `{word}`; in YAML 1.2 other words are texts"),
                Some(word) => format!("write `{word}`, without quotes"),
                None => "write `true` or `false`".to_owned(),
            };
            let problem = type_problem(node, what, "`true` or `false`").help(help);
            report.push(instead(problem, node, meant.map(str::to_owned)));
            None
        }
    }
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
        // What is too large for a whole number has become one with a point.
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
            report.push(instead(problem.help(help), node, number));
        }
    }
    None
}

/// What to write instead of something that is no number.
fn number_help(node: &Node, low: i128, high: i128) -> String {
    let text = node.as_str().unwrap_or_default().trim();
    let number = text.trim_end_matches([',', ';']);
    match number.parse::<u64>() {
        Ok(_) if number == text => format!("write `{number}`, without quotes"),
        Ok(_) => format!("write `{number}` alone"),
        Err(_) if text.contains('$') || text.contains("{{") => {
            format!("write a number from {low} to {high}; no placeholder is replaced here")
        }
        Err(_) => format!("write a number from {low} to {high}"),
    }
}

/// The whole number that a text or another number is beyond doubt: no zero before it makes another
/// one of it.
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

/// As [`choice`], for a value of any kind.
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

/// One of a few words.
pub fn choice<T: Copy>(
    text: &Spanned<String>,
    what: &str,
    choices: &[(&'static str, T)],
    report: &mut Report,
) -> Option<T> {
    let found = choices.iter().find(|(word, _)| *word == text.value);
    if found.is_none() {
        let words = choices.iter().map(|(word, _)| *word);
        let problem = Problem::new(&UNKNOWN_VALUE, format!("{what} cannot be `{}`", text.value))
            .at(text.span);
        let unambiguous_typo = unambiguous_typo(&text.value, words.clone());
        let help = suggestion(&text.value, words.clone(), || {
            format!("write one of {}", list_names(words))
        });
        report.push(problem.help(help).suggest_replacement(
            text.span,
            &text.value,
            unambiguous_typo,
        ));
    }
    found.map(|(_, value)| *value)
}
