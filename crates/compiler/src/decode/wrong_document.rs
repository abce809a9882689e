//! Documents that are not Score files. They are reported once, instead of once per key.

use super::API_VERSION;
use diagnostics::report::Problem;
use diagnostics::suggestions::closest_match;
use yaml::{Entries, Node};

rules! {
    /// A file is not a Score file but, for example, a Compose file, a Kubernetes manifest or Helm
    /// values.
    pub NOT_A_WORKLOAD: "not-a-workload", Error;
}

/// The keys without which nothing is a workload.
const REQUIRED: [&str; 3] = ["apiVersion", "metadata", "containers"];

/// The problem of a document that belongs to another program, or that is damaged on each line.
pub(super) fn not_a_workload(document: &Node) -> Option<Problem> {
    let entries = document.as_map()?;
    compose(entries)
        .or_else(|| kubernetes(entries))
        .or_else(|| begun_wrong(entries))
        .or_else(|| nothing(document, entries))
}

fn problem(message: impl Into<String>) -> Problem {
    Problem::new(&NOT_A_WORKLOAD, message)
}

fn has(entries: &Entries, keys: &[&str]) -> bool {
    keys.iter().any(|key| entries.contains_key(*key))
}

fn compose(entries: &Entries) -> Option<Problem> {
    let services = entries
        .get("services")
        .filter(|_| !has(entries, &REQUIRED))?;
    let is_compose = services.value.as_map()?.values().any(|service| {
        [
            "image",
            "build",
            "environment",
            "ports",
            "depends_on",
            "command",
        ]
        .iter()
        .any(|key| service.value.get(key).is_some())
    });
    let help = "write a Score file for each service that you build, with its dependencies as `resources`, or leave out this file";
    is_compose.then(|| {
        problem("this is a Compose file, not a Score file")
            .at(services.key)
            .help(help)
    })
}

fn kubernetes(entries: &Entries) -> Option<Problem> {
    let version = entries.get("apiVersion")?.value.as_str()?;
    let kind = entries
        .get("kind")
        .filter(|_| !version.to_ascii_lowercase().starts_with("score"))?;
    let name = kind
        .value
        .as_str()
        .filter(|_| !has(entries, &["containers"]))?;
    let message = format!("this is a Kubernetes `{name}`, not a Score file");
    let help =
        "write its containers and their dependencies as a Score file, or leave out this document";
    Some(problem(message).at(kind.value.span).help(help))
}

/// A file of which each line begins with something more: copied from a change, or with the numbers
/// of its lines.
fn begun_wrong(entries: &Entries) -> Option<Problem> {
    let (first, entry) = entries.first().filter(|_| !has(entries, &REQUIRED))?;
    let key = first.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
    let prefix = first.strip_suffix(key)?.trim();
    let is_known = REQUIRED.contains(&key) && !prefix.is_empty() && !prefix.contains('/');
    let numbered = prefix
        .trim_end_matches(['.', ':', '|'])
        .chars()
        .all(|letter| letter.is_ascii_digit());
    let (message, help) = match numbered {
        true => (
            "this line begins with a line number".to_owned(),
            "remove the line numbers from all lines".to_owned(),
        ),
        false => (
            format!("this line begins with `{prefix}`"),
            format!("remove `{prefix}` from the start of all lines"),
        ),
    };
    is_known.then(|| {
        problem(message)
            .at(entry.key.part(0, first.len() - key.len()))
            .help(help)
    })
}

fn nothing(document: &Node, entries: &Entries) -> Option<Problem> {
    let is_meant = |key: &str| {
        // A comment of another language has become a part of its key.
        closest_match(key, REQUIRED).is_some() || REQUIRED.iter().any(|known| key.contains(known))
    };
    if has(entries, &REQUIRED) || entries.keys().any(is_meant) {
        return None;
    }
    let place = entries
        .values()
        .next()
        .map_or(document.span, |first| first.key);
    let message = "this is not a Score file: it has no `apiVersion`, `metadata` or `containers`";
    let help = format!("begin it with `apiVersion: {API_VERSION}`, or leave out the file");
    Some(problem(message).at(place).help(help))
}
