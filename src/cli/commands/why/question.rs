//! What is asked: an object and a field of it, or a line of a file.

use super::file_line::FileLine;
use compiler::support::places::Step;
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::Value;

/// What the command is asked.
pub(super) struct Question<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) is_json: bool,
    pub(super) show_secrets: bool,
}

/// What a question is about.
pub(super) enum Subject<'a> {
    Object {
        /// All of them when `None`.
        object: Option<&'a str>,
        field: &'a str,
    },
    Line(&'a FileLine),
}

/// A part of a path as people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A key, or the index of an item.
    Name(String),
    /// The index of an item.
    Index(usize),
    /// The item of a list in which a key has this value.
    With(String, String),
}

/// What is wrong with a path, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) help: String,
}

/// The way to the value at a path as people write it.
pub(super) fn find(value: &Value, path: &str) -> Result<Vec<Step>, Fault> {
    let mut found = Vec::new();
    let mut here = value;
    for part in parse(path)? {
        let step = step(here, &part).ok_or_else(|| missing(here, &part, path))?;
        here = match &step {
            Step::Key(key) => here.get(key),
            Step::Index(index) => here.as_list().and_then(|items| items.get(*index)),
        }
        .ok_or_else(|| missing(here, &part, path))?;
        found.push(step);
    }
    Ok(found)
}

fn step(here: &Value, part: &Part) -> Option<Step> {
    match (here, part) {
        (Value::List(_), Part::Name(index)) => index.parse().ok().map(Step::Index),
        (Value::List(_), Part::Index(index)) => Some(Step::Index(*index)),
        (Value::List(items), Part::With(key, value)) => items
            .iter()
            .position(|item| item.get(key).is_some_and(|found| found.to_text() == *value))
            .map(Step::Index),
        (_, Part::Name(key)) => Some(Step::Key(key.clone())),
        (_, Part::Index(index)) => Some(Step::Key(index.to_string())),
        (_, Part::With(..)) => None,
    }
}

fn missing(here: &Value, part: &Part, path: &str) -> Fault {
    let name = match part {
        Part::Name(name) => name.clone(),
        Part::Index(index) => index.to_string(),
        Part::With(key, value) => format!("{key}={value}"),
    };
    let help = match here {
        Value::Map(map) => suggestion(&name, map.keys(), || {
            format!("write one of {}", list_names(map.keys()))
        }),
        Value::List(items) => match (part, items.len()) {
            (Part::With(key, value), _) => {
                let values = items.iter().filter_map(|item| item.get(key));
                let values: Vec<String> = values.map(Value::to_text).collect();
                let values = || values.iter().map(String::as_str);
                suggestion(value, values(), || {
                    format!("write one of {}", list_names(values()))
                })
            }
            (_, 0) => "the list is empty".to_owned(),
            (_, 1) => "the list has one item, `[0]`".to_owned(),
            (_, length) => format!("the items of the list are `[0]` to `[{}]`", length - 1),
        },
        _ => "the value before it has no fields; leave this out".to_owned(),
    };
    Fault {
        message: format!("there is no field `{name}` for `{path}`"),
        help,
    }
}

/// Reads a path such as `.spec.containers[0].env["a.b"]`.
fn parse(path: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        let (part, after) = match rest.strip_prefix('[') {
            Some(inside) => bracket(inside, path)?,
            None => word(rest.strip_prefix('.').unwrap_or(rest), path)?,
        };
        parts.extend(part);
        rest = after;
    }
    Ok(parts)
}

/// A key up to the next dot or bracket; in quotes it may have both, and `\.` is a dot.
fn word<'t>(text: &'t str, path: &str) -> Result<(Option<Part>, &'t str), Fault> {
    if text.starts_with(['"', '\'']) {
        let (name, rest) = quoted(text, path)?;
        return Ok((Some(Part::Name(name.to_owned())), rest));
    }
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '.' | '[' => return Ok((named(name), &text[index..])),
            '\\' => name.extend(characters.next().map(|(_, next)| next)),
            other => name.push(other),
        }
    }
    Ok((named(name), ""))
}

fn named(name: String) -> Option<Part> {
    (!name.is_empty()).then_some(Part::Name(name))
}

fn quoted<'t>(text: &'t str, path: &str) -> Result<(&'t str, &'t str), Fault> {
    let quote = text.chars().next().unwrap_or('"');
    let inside = text.get(1..).unwrap_or_default();
    inside
        .split_once(quote)
        .ok_or_else(|| unclosed(path, quote))
}

fn bracket<'t>(inside: &'t str, path: &str) -> Result<(Option<Part>, &'t str), Fault> {
    if inside.starts_with(['"', '\'']) {
        let (name, rest) = quoted(inside, path)?;
        let rest = rest.strip_prefix(']').ok_or_else(|| unclosed(path, ']'))?;
        return Ok((Some(Part::Name(name.to_owned())), rest));
    }
    let (text, rest) = inside.split_once(']').ok_or_else(|| unclosed(path, ']'))?;
    let part = match (text.split_once('='), text.parse()) {
        (Some((key, value)), _) => {
            let value = value.trim_matches(['"', '\'']);
            Part::With(
                key.trim_start_matches(['.', '@']).to_owned(),
                value.to_owned(),
            )
        }
        (None, Ok(index)) => Part::Index(index),
        (None, Err(_)) => Part::Name(text.to_owned()),
    };
    Ok((Some(part), rest))
}

fn unclosed(path: &str, end: char) -> Fault {
    Fault {
        message: format!("`{path}` is not a path: `{end}` is missing"),
        help: "write a path such as `.spec.containers[0].image`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::reasons::show;

    fn value() -> Value {
        let text =
            r#"{"a.b/c": 1, "list": [{"name": "x", "v": 2}, {"name": "y"}], "spec": {"k": 3}}"#;
        Value::from(serde_json::from_str::<serde_json::Value>(text).unwrap())
    }

    #[test]
    fn paths_are_read_as_people_write_them() {
        let rows = [
            (".", ""),
            (".spec.k", "spec.k"),
            ("spec.k", "spec.k"),
            ("$.spec['k']", "spec.k"),
            (".list[0].v", "list[0].v"),
            (".list.0.v", "list[0].v"),
            (".list[name=x].v", "list[0].v"),
            (".list[?]", ""),
            (".[\"a.b/c\"]", "[\"a.b/c\"]"),
            (".\"a.b/c\"", "[\"a.b/c\"]"),
            (r".a\.b/c", "[\"a.b/c\"]"),
        ];
        for (path, expected) in rows {
            match find(&value(), path) {
                Ok(found) => assert_eq!(show(&found), expected, "{path}"),
                Err(fault) => assert_eq!(path, ".list[?]", "{fault:?}"),
            }
        }
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let fault = |path| find(&value(), path).unwrap_err();
        assert_eq!(fault(".spce.k").help, "did you mean `spec`?");
        assert_eq!(
            fault(".list[2]").help,
            "the items of the list are `[0]` to `[1]`"
        );
        assert_eq!(fault(".list[name=other]").help, "write one of `x` and `y`");
        assert_eq!(
            fault(".spec.k.z").help,
            "the value before it has no fields; leave this out"
        );
        assert_eq!(
            fault(".list[0").message,
            "`.list[0` is not a path: `]` is missing"
        );
        assert_eq!(
            fault(".zzzzzz").help,
            "write one of `a.b/c`, `list` and `spec`"
        );
    }
}
