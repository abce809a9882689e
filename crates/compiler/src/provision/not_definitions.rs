//! Files that are no definitions files but, for example, a Score file or a web page.

use diagnostics::report::Problem;
use diagnostics::source::{SourceId, Sources, Span};
use yaml::rules::WRONG_TYPE;
use yaml::{Entries, Node};

/// A web page: what a browser shows of a file in place of the file itself.
pub(super) fn web_page(sources: &Sources, source: SourceId) -> Option<Problem> {
    let text = sources.text(source);
    let start = text.find(|letter: char| !letter.is_whitespace() && letter != '\u{feff}')?;
    let line = text[start..].lines().next()?;
    let help = "name the file itself; a web site often has it under a link `Raw`";
    let place = Span::new(source, start, start + line.len());
    line.starts_with('<')
        .then(|| problem("a web page", place).help(help))
}

/// A document of another kind.
pub(super) fn other_document(document: &Node) -> Option<Problem> {
    let entries = document.as_map()?;
    let place = entries.first()?.1.key;
    let (what, help) = describe(entries)?;
    Some(problem(&what, place).help(help))
}

fn problem(what: &str, place: Span) -> Problem {
    let message = format!("a definitions file must be a list, this is {what}");
    Problem::new(&WRONG_TYPE, message).at(place)
}

fn describe(entries: &Entries) -> Option<(String, &'static str)> {
    let text = |key: &str| entries.get(key).and_then(|entry| entry.value.as_str());
    let has = |keys: &[&str]| keys.iter().all(|key| entries.contains_key(*key));
    let is_score = text("apiVersion").is_some_and(|version| version.starts_with("score"));
    let (what, help) = match text("kind") {
        _ if is_score || has(&["metadata", "containers"]) => {
            ("a Score file".to_owned(), "name it without the flag")
        }
        Some(kind) if has(&["apiVersion"]) => (
            format!("a Kubernetes `{kind}`"),
            "put it into the `manifests` of a definition",
        ),
        _ if has(&["services"]) => (
            "a Compose file".to_owned(),
            "put its services into the `services` of a definition",
        ),
        _ if has(&["uri", "type"]) => (
            "a single definition".to_owned(),
            "begin it with `- `, and indent its other lines by two spaces",
        ),
        _ if has(&["target"]) || has(&["extends"]) => (
            "an environment".to_owned(),
            "name its definitions; its directory is named with `--env`",
        ),
        _ => return None,
    };
    Some((what, help))
}
