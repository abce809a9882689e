//! The forms of names, said in words when one is wrong.

use crate::base::diagnostics::{Problem, Report};
use crate::base::text::Spanned;
use crate::front::model::{is_dns_label, is_name};

/// Workload, container, port and resource names: Score specification, `metadata.name`.
pub(super) fn check_name(what: &str, name: &Spanned<String>, report: &mut Report) {
    if is_name(&name.value) {
        return;
    }
    let problem =
        Problem::new("invalid-name", format!("`{}` cannot be the name of a {what}", name.value)).at(name.span);
    let rule = "names have 2 to 63 of the characters a-z, 0-9 and `-`, and neither begin nor end with `-`";
    let _ = report.error(problem.help(match suggest(&name.value) {
        Some(better) => format!("{rule}; `{better}` would do"),
        None => rule.to_owned(),
    }));
}

/// The name of a workload and the like that is most like this text, when there is any.
pub(super) fn suggest(name: &str) -> Option<String> {
    let plain: String =
        name.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '-' }).collect();
    Some(plain.to_ascii_lowercase().trim_matches('-').to_owned()).filter(|better| is_name(better))
}

/// Annotation keys: up to 316 characters, an optional DNS name before one `/`, then a name of up to 63.
pub(super) fn check_annotation_key(key: &Spanned<String>, report: &mut Report) {
    let (host, name) = match key.value.split_once('/') {
        Some((host, name)) => (Some(host), name),
        None => (None, key.value.as_str()),
    };
    let edge = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    let name_good = (1..=63).contains(&name.len())
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
    if name_good && host.is_none_or(is_dns_name) {
        return;
    }
    let problem = Problem::new("invalid-name", format!("`{}` cannot be the key of an annotation", key.value));
    let help = "write a name of up to 63 of the characters A-Z, a-z, 0-9, `-`, `_` and `.`, with at most one `host/` before it";
    let _ = report.error(problem.at(key.span).help(help));
}

fn is_dns_name(host: &str) -> bool {
    host.len() <= 253 && host.split('.').all(is_dns_label)
}

/// Resource types and classes: 2 to 63 of `A-Z a-z 0-9 -`.
pub(super) fn check_type(what: &str, name: &Spanned<String>, report: &mut Report) {
    if is_name(&name.value.to_ascii_lowercase()) {
        return;
    }
    let problem = Problem::new("invalid-name", format!("`{}` cannot be a resource's {what}", name.value));
    let rule = "use 2 to 63 of the characters A-Z, a-z, 0-9 and `-`, neither beginning nor ending with `-`";
    let better: String = name.value.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let _ = report.error(problem.at(name.span).help(match is_name(&better.trim_matches('-').to_ascii_lowercase()) {
        true => format!("{rule}; `{}` would do", better.trim_matches('-')),
        false => rule.to_owned(),
    }));
}

/// Resource ids: labels with dots between them.
pub(super) fn check_id(id: &Spanned<String>, report: &mut Report) {
    if (2..=63).contains(&id.value.len()) && id.value.split('.').all(is_dns_label) {
        return;
    }
    let problem = Problem::new("invalid-name", format!("`{}` cannot be a resource's id", id.value)).at(id.span);
    let rule = "use 2 to 63 of the characters a-z, 0-9 and `-`, with dots between its parts";
    let better = suggest(&id.value).filter(|better| is_name(better));
    let _ = report.error(problem.help(better.map_or(rule.to_owned(), |better| format!("{rule}; `{better}` would do"))));
}
