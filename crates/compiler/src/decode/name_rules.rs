//! The syntax of names, and messages about invalid ones.

use crate::model::{is_dns_label, is_dns_name, is_label_value, is_name};
use crate::rules::INVALID_NAME;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;

/// Workload, container, port and resource names: Score specification, `metadata.name`.
pub(super) fn check_name(what: &str, name: &Spanned<String>, report: &mut Report) {
    if is_name(&name.value) {
        return;
    }
    let message = format!(
        "`{}` is not a valid {what} name{}",
        name.value,
        why(&name.value, false)
    );
    let rule = "2 to 63 of the characters a-z, 0-9 and `-`, neither beginning nor ending with `-`";
    report.push(
        Problem::new(&INVALID_NAME, message)
            .at(name.span)
            .help(help(name, suggest(&name.value), rule)),
    );
}

/// The name to write instead, if one suggests itself, and the rule.
fn help(name: &Spanned<String>, better: Option<String>, rule: &str) -> String {
    match better {
        _ if is_filled_in(&name.value) => {
            "write the name itself: placeholders are not replaced here".to_owned()
        }
        Some(better) => format!("write `{better}`, or another name of {rule}"),
        None => format!("write a name of {rule}"),
    }
}

/// Whether a name contains a template or a placeholder, as if it were replaced.
fn is_filled_in(name: &str) -> bool {
    name.contains("${") || name.contains("{{")
}

/// What is wrong with a name, where it is not obvious; `cased`: upper-case letters are allowed.
fn why(name: &str, cased: bool) -> String {
    let length = name.chars().count();
    let wrong = |letter: &char| !(letter.is_ascii_alphanumeric() || *letter == '-');
    match name.chars().find(wrong) {
        _ if is_filled_in(name) => String::new(),
        Some(' ') => ": it has a space".to_owned(),
        Some(letter) if letter.is_control() => ": it has a control character".to_owned(),
        Some(letter) => format!(": it has a `{letter}`"),
        None if !cased && name.contains(|letter: char| letter.is_ascii_uppercase()) => {
            ": it has upper-case letters".to_owned()
        }
        None if name.starts_with('-') => ": it begins with `-`".to_owned(),
        None if name.ends_with('-') => ": it ends with `-`".to_owned(),
        None if length < 2 => format!(
            ": it has {}",
            if length == 0 {
                "no character"
            } else {
                "only one character"
            }
        ),
        None => format!(": it has {length} characters"),
    }
}

/// The name of a workload and the like that is most like this text, when there is any.
pub(super) fn suggest(name: &str) -> Option<String> {
    let plain: String = name
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        })
        .collect();
    Some(plain.to_ascii_lowercase().trim_matches('-').to_owned()).filter(|better| is_name(better))
}

/// Annotation keys: up to 316 characters, an optional DNS name before one `/`, then a name of up to
/// 63. Kubernetes ignores the case of both (`ValidateAnnotations`).
pub(super) fn check_annotation_key(key: &Spanned<String>, report: &mut Report) {
    let (host, name) = match key.value.split_once('/') {
        Some((host, name)) => (Some(host), name),
        None => (None, key.value.as_str()),
    };
    let name_good = !name.is_empty() && is_label_value(name);
    if name_good && host.is_none_or(|host| is_dns_name(&host.to_ascii_lowercase())) {
        return;
    }
    let problem = Problem::new(
        &INVALID_NAME,
        format!("`{}` is not a valid annotation key", key.value),
    );
    let help = "write a name of up to 63 of the characters A-Z, a-z, 0-9, `-`, `_` and `.`, with at most one `host/` before it";
    report.push(problem.at(key.span).help(help));
}

/// Resource types and classes: 2 to 63 of `A-Z a-z 0-9 -`.
pub(super) fn check_type(what: &str, name: &Spanned<String>, report: &mut Report) {
    if is_name(&name.value.to_ascii_lowercase()) {
        return;
    }
    let message = format!(
        "`{}` is not a valid resource {what}{}",
        name.value,
        why(&name.value, true)
    );
    let rule =
        "2 to 63 of the characters A-Z, a-z, 0-9 and `-`, neither beginning nor ending with `-`";
    // A version behind a colon is no part of the type, as it would be of an image.
    let kind = name.value.split(':').next().unwrap_or_default();
    let better: String = kind
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let better = Some(better.trim_matches('-').to_owned())
        .filter(|better| is_name(&better.to_ascii_lowercase()));
    report.push(
        Problem::new(&INVALID_NAME, message)
            .at(name.span)
            .help(help(name, better, rule)),
    );
}

/// Resource ids: labels with dots between them.
pub(super) fn check_id(id: &Spanned<String>, report: &mut Report) {
    if (2..=63).contains(&id.value.len()) && id.value.split('.').all(is_dns_label) {
        return;
    }
    let dotted = id.value.contains('.');
    let message = format!(
        "`{}` is not a valid resource id{}",
        id.value,
        if dotted {
            String::new()
        } else {
            why(&id.value, false)
        }
    );
    let rule = "2 to 63 of the characters a-z, 0-9 and `-`, with dots between its parts";
    report.push(Problem::new(&INVALID_NAME, message).at(id.span).help(help(
        id,
        suggest(&id.value),
        rule,
    )));
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::{Sources, Span};

    #[test]
    fn the_case_of_an_annotation_key_does_not_matter() {
        let is_valid = |key: &str| {
            let span = Span::new(Sources::default().add("t", key), 0, key.len());
            let mut report = Report::default();
            check_annotation_key(&Spanned::new(key.to_owned(), span), &mut report);
            report.is_empty()
        };
        for key in ["Example.com/Team", "EXAMPLE.COM/a", "a.B-c.d/x_Y.z", "Team"] {
            assert!(is_valid(key), "{key}");
        }
        for key in [
            "-example.com/a",
            "exa_mple.com/a",
            "Example..com/a",
            "Example.com/",
            "é/a",
        ] {
            assert!(!is_valid(key), "{key}");
        }
    }
}
