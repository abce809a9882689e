//! Strings: cutting, joining, quoting, printing.

use std::collections::BTreeSet;

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;
use crate::{print as format, quote as quoting};

/// A string, when the budget has room for it.
pub(super) fn text_answer(text: String, budget: &Budget) -> Answer {
    budget.room(text.len())?;
    Ok(Data::text(text))
}

/// As [`text_answer`], for bytes that may be parts of characters: those are no text here.
pub(super) fn text_of(bytes: Vec<u8>, budget: &Budget) -> Answer {
    match String::from_utf8(bytes) {
        Ok(text) => text_answer(text, budget),
        Err(_) => Err("the result would not be text (UTF-8)".to_owned()),
    }
}

pub(super) fn print(arguments: &Arguments, budget: &Budget) -> Answer {
    format::print(arguments.all(), budget).map(Data::text)
}

pub(super) fn println(arguments: &Arguments, budget: &Budget) -> Answer {
    format::print_line(arguments.all(), budget).map(Data::text)
}

pub(super) fn printf(arguments: &Arguments, budget: &Budget) -> Answer {
    format::print_format(arguments.text(0), arguments.after(1), budget).map(Data::text)
}

pub(super) fn to_string(arguments: &Arguments, budget: &Budget) -> Answer {
    format::plain(arguments.any(0), budget).map(Data::text)
}

pub(super) fn trunc(arguments: &Arguments, budget: &Budget) -> Answer {
    let (count, text) = (arguments.int(0), arguments.text(1));
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if size >= text.len() {
        return Ok(arguments.any(1).clone());
    }
    let (start, end) = if count < 0 {
        (text.len() - size, text.len())
    } else {
        (0, size)
    };
    cut(text, start, end, budget)
}

pub(super) fn substr(arguments: &Arguments, budget: &Budget) -> Answer {
    let (start, end, text) = (arguments.int(0), arguments.int(1), arguments.text(2));
    let start_at = usize::try_from(start).unwrap_or(0);
    let end_at = match usize::try_from(end) {
        Ok(end) if start < 0 || end <= text.len() => end,
        _ if start < 0 => return Err(format!("cannot cut off the string at {end}")),
        _ => text.len(),
    };
    cut(text, start_at, end_at, budget)
}

/// The bytes from `start` to `end`. Where Go would cut a character in half, this is an error.
fn cut(text: &str, start: usize, end: usize, budget: &Budget) -> Answer {
    match text.get(start..end) {
        Some(part) => text_answer(part.to_owned(), budget),
        None if start > end || end > text.len() => Err(format!(
            "bytes {start} to {end} are outside a string of {} bytes",
            text.len()
        )),
        None => Err(format!(
            "cutting from byte {start} to {end} would split a character"
        )),
    }
}

pub(super) fn trim(arguments: &Arguments, budget: &Budget) -> Answer {
    text_answer(arguments.text(0).trim().to_owned(), budget)
}

pub(super) fn trim_all(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len())?;
    let trimmed: BTreeSet<char> = arguments.text(0).chars().collect();
    text_answer(
        arguments
            .text(1)
            .trim_matches(|c| trimmed.contains(&c))
            .to_owned(),
        budget,
    )
}

pub(super) fn trim_prefix(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = arguments.text(1);
    text_answer(
        text.strip_prefix(arguments.text(0))
            .unwrap_or(text)
            .to_owned(),
        budget,
    )
}

pub(super) fn trim_suffix(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = arguments.text(1);
    text_answer(
        text.strip_suffix(arguments.text(0))
            .unwrap_or(text)
            .to_owned(),
        budget,
    )
}

pub(super) fn upper(arguments: &Arguments, budget: &Budget) -> Answer {
    text_answer(arguments.text(0).chars().map(uppercase).collect(), budget)
}

pub(super) fn lower(arguments: &Arguments, budget: &Budget) -> Answer {
    text_answer(arguments.text(0).chars().map(lowercase).collect(), budget)
}

/// Go maps one character to one: `ß` stays, and `İ` becomes `i`.
pub(super) fn uppercase(character: char) -> char {
    let mut mapped = character.to_uppercase();
    if mapped.len() == 1 {
        mapped.next().unwrap_or(character)
    } else {
        character
    }
}

pub(super) fn lowercase(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

/// As in Go, each byte is taken for a character when there is something to remove.
pub(super) fn nospace(arguments: &Arguments, budget: &Budget) -> Answer {
    let bytes = arguments.text(0).bytes().map(char::from);
    if bytes.clone().any(char::is_whitespace) {
        return text_answer(bytes.filter(|c| !c.is_whitespace()).collect(), budget);
    }
    Ok(arguments.any(0).clone())
}

pub(super) fn repeat(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = arguments.text(1);
    let count =
        usize::try_from(arguments.int(0)).map_err(|_| "the count is negative".to_owned())?;
    budget.room(text.len().saturating_mul(count))?;
    Ok(Data::text(if text.is_empty() {
        String::new()
    } else {
        text.repeat(count)
    }))
}

pub(super) fn contains(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(arguments.text(1).contains(arguments.text(0))))
}

pub(super) fn has_prefix(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(arguments.text(1).starts_with(arguments.text(0))))
}

pub(super) fn has_suffix(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(arguments.text(1).ends_with(arguments.text(0))))
}

/// What `quote`, `squote` and `cat` skip.
fn present(arguments: &Arguments) -> impl Iterator<Item = &Data> {
    arguments
        .all()
        .iter()
        .filter(|value| !matches!(value, Data::Nil | Data::Missing))
}

pub(super) fn quote(arguments: &Arguments, budget: &Budget) -> Answer {
    let quoted = present(arguments)
        .map(|value| format::plain(value, budget).map(|text| quoting::quote(&text, false)));
    text_answer(quoted.collect::<Result<Vec<_>, _>>()?.join(" "), budget)
}

pub(super) fn squote(arguments: &Arguments, budget: &Budget) -> Answer {
    let quoted = present(arguments)
        .map(|value| format::plain(value, budget).map(|text| format!("'{text}'")));
    text_answer(quoted.collect::<Result<Vec<_>, _>>()?.join(" "), budget)
}

pub(super) fn cat(arguments: &Arguments, budget: &Budget) -> Answer {
    let parts = present(arguments).map(|value| format::plain(value, budget));
    text_answer(parts.collect::<Result<Vec<_>, _>>()?.join(" "), budget)
}

pub(super) fn indent(arguments: &Arguments, budget: &Budget) -> Answer {
    indent_lines("", arguments, budget)
}

pub(super) fn nindent(arguments: &Arguments, budget: &Budget) -> Answer {
    indent_lines("\n", arguments, budget)
}

fn indent_lines(before: &str, arguments: &Arguments, budget: &Budget) -> Answer {
    let width =
        usize::try_from(arguments.int(0)).map_err(|_| "the indentation is negative".to_owned())?;
    let text = arguments.text(1);
    let lines = text.matches('\n').count() + 1;
    budget.room(width.saturating_mul(lines).saturating_add(text.len() + 1))?;
    let blanks = " ".repeat(width);
    Ok(Data::text(format!(
        "{before}{blanks}{}",
        text.replace('\n', &format!("\n{blanks}"))
    )))
}

pub(super) fn replace(arguments: &Arguments, budget: &Budget) -> Answer {
    let (old, new, text) = (arguments.text(0), arguments.text(1), arguments.text(2));
    let count = text.matches(old).count();
    budget.room(text.len().saturating_add(new.len().saturating_mul(count)))?;
    Ok(Data::text(text.replace(old, new)))
}

pub(super) fn plural(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(arguments.any(usize::from(arguments.int(2) != 1)).clone())
}

pub(super) fn fail(arguments: &Arguments, _: &Budget) -> Answer {
    Err(arguments.text(0).to_owned())
}

pub(super) fn hello(_: &Arguments, _: &Budget) -> Answer {
    Ok(Data::text("Hello!"))
}
