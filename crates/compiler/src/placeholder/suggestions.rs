//! What is almost a placeholder: those of other tools, and Score's own without its braces; and
//! help for references to outputs that do not exist.

use std::ops::Range;

use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, floor_char_boundary};
use diagnostics::suggestions::{list_names, suggestion};

rules! {
    /// A string refers to an output or a `metadata` key, but not with the delimiters `${` and `}`.
    pub MISSPELLED_PLACEHOLDER: "misspelled-placeholder", Warning;
}

/// Where values from outside are kept in languages that people come from.
const OUTSIDE: [&str; 8] = [
    "env", "secrets", "vars", "var", "local", "Values", "values", "ENV",
];

/// How to write a literal `${`, after a clause of a help.
pub(crate) const LITERAL: &str = "; for a literal `${`, write `$${`";

/// As [`LITERAL`], after a sentence.
pub(crate) const LITERAL_SENTENCE: &str = " For a literal `${`, write `$${`";

/// What to write instead of a path of names whose root is not one of Score's, and how to write a
/// literal `${` where that may be the intention.
pub(crate) fn instead(root: &str, rest: &[String]) -> (String, Option<&'static str>) {
    let from_environment = |name: &str| {
        let name = name.to_ascii_uppercase();
        format!(
            "declare `env: {{type: environment}}` under `resources`, and write `${{resources.env.{name}}}`"
        )
    };
    // A shell's default for an unset variable may follow the name.
    let word = root
        .split([':', '-', '+', '=', '?'])
        .next()
        .unwrap_or_default();
    let slashed = root
        .strip_prefix("resources/")
        .filter(|path| path.contains('/'));
    if let Some(path) = slashed {
        return (
            format!("write `${{resources.{}}}`", path.replace('/', ".")),
            None,
        );
    }
    let help = match rest {
        [] if is_variable(word) => from_environment(word),
        [name] if OUTSIDE.contains(&root) && is_word(name) => from_environment(name),
        [] => "name a resource's output as `${resources.NAME.OUTPUT}`".to_owned(),
        _ if ["containers", "service"].contains(&root) => {
            "write the value itself: placeholders can refer only to metadata and resources"
                .to_owned()
        }
        _ => {
            let path = format!("{root}.{}", rest.join("."));
            format!("if `{root}` is a resource, write `${{resources.{path}}}`")
        }
    };
    (help, Some(LITERAL))
}

/// Help for an output that a resource does not have; `names` are those of its outputs.
pub(crate) fn output_help(output: &str, names: &[&str]) -> String {
    suggestion(output, names.iter().copied(), || match names {
        [] => "this resource declares no outputs".to_owned(),
        _ => format!(
            "write one of its outputs: {}",
            list_names(names.iter().copied())
        ),
    })
}

/// The reference that is meant by one of another tool, such as `secrets.TOKEN` of GitHub.
pub(crate) fn reference_from_outside(text: &str) -> Option<String> {
    let (root, name) = text.split_once('.')?;
    (OUTSIDE.contains(&root) && is_word(name))
        .then(|| format!("resources.env.{}", name.to_ascii_uppercase()))
}

/// Whether a word looks like a variable of a process.
fn is_variable(word: &str) -> bool {
    let allowed =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    word.starts_with(|first: char| first.is_ascii_uppercase()) && word.chars().all(allowed)
}

fn is_word(word: &str) -> bool {
    !word.is_empty()
        && word
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Warns of a placeholder in a name, where nothing is filled in.
pub(crate) fn warn_of_name(name: &str, place: Span, report: &mut Report) {
    if ["${resources.", "${metadata."]
        .iter()
        .any(|root| name.contains(root))
    {
        let problem = Problem::new(
            &MISSPELLED_PLACEHOLDER,
            format!("the placeholder in the name `{name}` is not replaced"),
        )
        .at(place);
        report
            .push(problem.help("write the name itself: placeholders are replaced in values only"));
    }
}

/// Warns of every reference that has other delimiters than `${` and `}`.
pub(crate) fn warn(text: &str, mut place: impl FnMut(usize, usize) -> Span, report: &mut Report) {
    for (range, path) in ["resources.", "metadata."]
        .into_iter()
        .flat_map(|root| unbraced(text, root))
    {
        let written = &text[range.clone()];
        let message = format!("`{written}` is not a placeholder, and is not replaced");
        let problem =
            Problem::new(&MISSPELLED_PLACEHOLDER, message).at(place(range.start, range.end));
        report.push(problem.help(format!("write `${{{path}}}`")));
    }
}

/// How many bytes of a path are looked at.
const LONGEST: usize = 300;

/// The references below a root that another tool's marks surround, with the path of each.
fn unbraced<'text>(
    text: &'text str,
    root: &'static str,
) -> impl Iterator<Item = (Range<usize>, &'text str)> {
    text.match_indices(root).filter_map(move |(at, _)| {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let rest = &text[at..];
        let rest = &rest[..floor_char_boundary(rest, LONGEST)];
        let path = rest[..rest
            .find(|letter: char| !is_part(letter))
            .unwrap_or(rest.len())]
            .trim_end_matches(['.', '-']);
        let parts = path.split('.').count();
        let whole = if root == "resources." {
            parts >= 3
        } else {
            parts >= 2
        };
        let end = at + path.len();
        let (before, after) = (&text[..at], &text[end..]);
        let blanks = after.len() - after.trim_start_matches(' ').len();
        let closed = |opening: &str, closing: &str| {
            let start = before.trim_end_matches(' ').strip_suffix(opening)?.len();
            let reported = text[..start].ends_with(['$', '{']);
            (!reported && after[blanks..].starts_with(closing))
                .then(|| start..end + blanks + closing.len())
        };
        let bare = || {
            let start = before
                .strip_suffix('$')
                .filter(|earlier| !earlier.ends_with('$'))?
                .len();
            Some(start..end)
        };
        let range = closed("{{", "}}")
            // Below `.metadata` are the objects of Kubernetes, in templates for its own tools.
            .or_else(|| closed("{{ .", "}}").filter(|_| root != "metadata."))
            .or_else(|| closed("$(", ")"))
            .or_else(|| closed("<%=", "%>"))
            .or_else(|| closed("{", "}"))
            .or_else(|| closed("%", "%"))
            .or_else(bare)?;
        whole.then_some((range, path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_in_the_marks_of_other_tools_are_found() {
        for (text, found) in [
            ("$resources.db.host", "$resources.db.host"),
            ("x $(resources.db.host) y", "$(resources.db.host)"),
            ("{{ resources.db.host }}", "{{ resources.db.host }}"),
            ("{resources.db.host}/x", "{resources.db.host}"),
            ("a=%metadata.name%", "%metadata.name%"),
            ("see $metadata.name.", "$metadata.name"),
        ] {
            let all: Vec<_> = ["resources.", "metadata."]
                .into_iter()
                .flat_map(|root| unbraced(text, root))
                .collect();
            assert_eq!(
                all.into_iter()
                    .map(|(range, _)| &text[range])
                    .collect::<Vec<_>>(),
                [found]
            );
        }
    }

    #[test]
    fn words_and_what_is_escaped_are_left_alone() {
        for text in [
            "${resources.db.host}",
            "${{resources.db.host}}",
            "$${resources.db.host}",
            "$$resources.db.host",
            "the resources.db.host",
            "{resources.db}",
        ] {
            assert_eq!(unbraced(text, "resources.").count(), 0, "{text}");
        }
    }

    #[test]
    fn variables_are_asked_from_outside() {
        for (root, rest, expected) in [
            ("HOME", None, "resources.env.HOME}"),
            ("PORT:-80", None, "resources.env.PORT}"),
            ("var", Some("region"), "resources.env.REGION}"),
            ("resources/db/host", None, "resources.db.host}"),
            ("db", Some("host"), "if `db` is a resource"),
            ("1", None, "resources.NAME.OUTPUT}"),
            ("service", Some("port"), "write the value itself"),
        ] {
            let rest: Vec<String> = rest.into_iter().map(str::to_owned).collect();
            assert!(
                instead(root, &rest).0.contains(expected),
                "{root}: {}",
                instead(root, &rest).0
            );
        }
    }
}
