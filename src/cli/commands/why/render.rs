//! The answer as text.

use serde::Serialize;

use super::question::Question;
use crate::cli::display::json;
use crate::cli::display::table::wrap;
use crate::cli::display::terminal::width;
use compiler::reasons::{Kind, Link, show};
use compiler::support::places::Step;
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// A value, and what decided it.
pub(super) struct Row {
    pub(super) environment: String,
    pub(super) object: String,
    pub(super) path: Vec<Step>,
    pub(super) value: Value,
    pub(super) links: Vec<Link>,
}

/// The rows as text, without known secrets.
pub(super) fn render(question: &Question<'_>, rows: &[Row], sources: &Sources) -> String {
    let text = match question.is_json {
        true => json(rows, sources),
        false => for_people(rows, sources),
    };
    match question.show_secrets {
        true => text,
        false => sources.secrets().hide(&text),
    }
}

/// A row as a program reads it.
#[derive(Serialize)]
struct JsonRow<'a> {
    environment: &'a str,
    object: &'a str,
    path: String,
    value: &'a Value,
    reasons: Vec<JsonLink<'a>>,
}

#[derive(Serialize)]
struct JsonLink<'a> {
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

fn json(rows: &[Row], sources: &Sources) -> String {
    let link = |link: &'_ Link| {
        let position = link.span.map(|span| sources.position(span));
        (link.span, position)
    };
    let rows = rows.iter().map(|row| JsonRow {
        environment: &row.environment,
        object: &row.object,
        path: path(row),
        value: &row.value,
        reasons: row
            .links
            .iter()
            .map(|one| {
                let (span, position) = link(one);
                JsonLink {
                    kind: one.kind.name(),
                    text: &one.text,
                    file: span.map(|span| sources.get(span.source).name()),
                    line: position.map(|position| position.line),
                    column: position.map(|position| position.column),
                    replaced: one.replaced.as_ref(),
                    page: one.page,
                }
            })
            .collect(),
    });
    let rows: Vec<JsonRow<'_>> = rows.collect();
    json::document(&rows)
}

fn path(row: &Row) -> String {
    let path = show(&row.path);
    match path.starts_with('[') {
        true => path,
        false => format!(".{path}"),
    }
}

fn for_people(rows: &[Row], sources: &Sources) -> String {
    let mut text = String::new();
    let is_one = rows.len() == 1;
    let mut environment = None;
    let has_objects = rows.iter().any(|row| row.object != rows[0].object);
    let object = |row: &Row| match has_objects {
        true => format!("{} ", row.object),
        false => String::new(),
    };
    let many = rows
        .iter()
        .any(|row| row.environment != rows[0].environment);
    for row in rows {
        if many && environment != Some(&row.environment) {
            text += &format!("{}:\n", row.environment);
            environment = Some(&row.environment);
        }
        match is_one {
            true => text += &format!("{}\n", one_line(&row.value)),
            false => text += &format!("{}{}: {}\n", object(row), path(row), one_line(&row.value)),
        }
        text += &links(&row.links, sources);
    }
    text
}

/// The longest value that is shown whole.
const LONGEST: usize = 60;

/// The first line of a value.
fn one_line(value: &Value) -> String {
    let text = match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_json(),
    };
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < text.trim_end().len() {
        short += "..";
    }
    short
}

/// Two columns: where, and what is there.
fn links(links: &[Link], sources: &Sources) -> String {
    let places: Vec<String> = links.iter().map(|link| place(link, sources)).collect();
    let widest = places.iter().map(|place| place.chars().count()).max();
    let widest = widest.unwrap_or(0);
    let has_room = widest <= width() / 2;
    let mut text = String::new();
    for (link, place) in links.iter().zip(places) {
        text += &match has_room {
            true => format!(
                "  {place:widest$}  {}\n",
                wrapped(&describe(link), widest + 4)
            ),
            false => format!("  {place}\n      {}\n", wrapped(&describe(link), 6)),
        };
    }
    text
}

/// A text in lines that fit, all but the first indented.
fn wrapped(text: &str, indent: usize) -> String {
    let room = width().saturating_sub(indent).max(20);
    wrap(text, room).join(&format!("\n{}", " ".repeat(indent)))
}

/// Where a link is written: the page, where score-rs decides itself.
pub(in crate::cli) fn place(link: &Link, sources: &Sources) -> String {
    let Some(span) = link.span else {
        return link
            .page
            .map(|page| format!("spec/{page}"))
            .unwrap_or_default();
    };
    let source = sources.get(span.source);
    let position = sources.position(span);
    match (source.is_file(), span.end) {
        (true, 0) => source.name().to_owned(),
        (true, _) => format!("{}:{}:{}", source.name(), position.line, position.column),
        (false, _) if source.text().contains('\n') => {
            format!("{}:{}:{}", source.name(), position.line, position.column)
        }
        (false, _) => source.name().to_owned(),
    }
}

/// What a link says.
pub(in crate::cli) fn describe(link: &Link) -> String {
    let text = &link.text;
    match (link.kind, &link.replaced) {
        (Kind::Score | Kind::Definition | Kind::Default, _) => text.clone(),
        (_, Some(replaced)) => format!("changed from {} by {text}", one_line(replaced)),
        (Kind::Override, None) => format!("added by an override: {text}"),
        (Kind::Patch, None) => format!("added by {text}"),
        (Kind::Environment, None) => format!("{text} of the environment"),
    }
}
