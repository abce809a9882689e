//! Paths with slashes.

use super::text::text_answer;
use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;

/// The last part; `.` for nothing, `/` for the root.
pub(super) fn base(arguments: &Arguments, budget: &Budget) -> Answer {
    let path = arguments.text(0);
    let trimmed = path.trim_end_matches('/');
    let last = trimmed.rsplit('/').next().unwrap_or_default();
    let base = match (path.is_empty(), last.is_empty()) {
        (true, _) => ".",
        (_, true) => "/",
        _ => last,
    };
    text_answer(base.to_owned(), budget)
}

/// Everything but the last part, cleaned.
pub(super) fn dir(arguments: &Arguments, budget: &Budget) -> Answer {
    let path = arguments.text(0);
    text_answer(
        clean_path(&path[..path.rfind('/').map_or(0, |slash| slash + 1)]),
        budget,
    )
}

pub(super) fn clean(arguments: &Arguments, budget: &Budget) -> Answer {
    text_answer(clean_path(arguments.text(0)), budget)
}

fn clean_path(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            ".." if is_rooted => {}
            _ => parts.push(part),
        }
    }
    match (is_rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// From the last dot of the last part on.
pub(super) fn ext(arguments: &Arguments, budget: &Budget) -> Answer {
    let last = arguments.text(0).rsplit('/').next().unwrap_or_default();
    text_answer(
        last.rfind('.')
            .map_or(String::new(), |dot| last[dot..].to_owned()),
        budget,
    )
}

pub(super) fn is_abs(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(arguments.text(0).starts_with('/')))
}
