//! Environment variables, commands and arguments, in which Kubernetes expands `$(NAME)` and reads
//! `$$` as `$` (Kubernetes, "EnvVar").

use k8s_openapi::api::core::v1::{ConfigMapKeySelector, EnvVar, EnvVarSource, SecretKeySelector};

use super::key_order;
use crate::placeholder::resolve::{ResolvedText, Segment, config_map_not_possible};
use crate::rules::INVALID_NAME;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::rules::UNSET_VARIABLE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Spanned;
use diagnostics::value::Value;

/// Escapes a text so that the process sees it as it is: doubles the dollars that Kubernetes would
/// interpret. With `before_reference`, a reference `$(..)` follows, and a dollar at the end of the
/// text would escape it.
pub(super) fn escape(text: &str, before_reference: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let (before, dollars) = rest.split_at(start);
        let run = dollars.len() - dollars.trim_start_matches('$').len();
        let after = &dollars[run..];
        out.push_str(before);
        // A single dollar has a meaning only before `(`; elsewhere it stays as it is. But the
        // kubelet copies one byte after it, which would break a character outside ASCII.
        let before_non_ascii = after.starts_with(|next: char| !next.is_ascii());
        let must_double = run > 1
            || before_non_ascii
            || after.starts_with('(')
            || (before_reference && after.is_empty());
        out.extend(std::iter::repeat_n(
            '$',
            if must_double { run * 2 } else { run },
        ));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A text that needs its value now, such as an argument.
pub(super) fn plain_text(
    text: &ResolvedText,
    what: &str,
    report: &mut Report,
) -> Result<String, Reported> {
    join(text, what, &|plain, _| plain.to_owned(), report)
}

/// A text in which Kubernetes inserts the values of variables.
pub(super) fn process_text(
    text: &ResolvedText,
    what: &str,
    report: &mut Report,
) -> Result<String, Reported> {
    join(text, what, &escape, report)
}

/// `plain` writes text that is no reference, and is told whether one follows.
fn join(
    text: &ResolvedText,
    what: &str,
    plain: &dyn Fn(&str, bool) -> String,
    report: &mut Report,
) -> Result<String, Reported> {
    let mut out = String::new();
    for (index, segment) in text.segments.iter().enumerate() {
        match segment {
            Segment::Plain(text_part) => {
                let next = text.segments.get(index + 1);
                out.push_str(&plain(text_part, next.is_some()));
            }
            Segment::Variable { name, .. } => out.push_str(&format!("$({name})")),
            Segment::Secret { name, key } => {
                let message = format!(
                    "{what} cannot contain the key `{key}` of the Secret `{name}`: it would be exposed in plain text"
                );
                let help = "put the secret into an environment variable that the program reads";
                return Err(report.error(
                    Problem::new(&SECRET_NOT_ALLOWED, message)
                        .at(text.span)
                        .help(help),
                ));
            }
            Segment::ConfigMap { name, key } => {
                return Err(config_map_not_possible(what, name, key, text.span, report));
            }
            Segment::Deferred(variable) => return Err(unset_variable(variable, text, report)),
        }
    }
    Ok(out)
}

fn unset_variable(variable: &str, text: &ResolvedText, report: &mut Report) -> Reported {
    let message = format!("the value of `{variable}` is not known when manifests are generated");
    let help = format!("set `{variable}` for this run");
    report.error(
        Problem::new(&UNSET_VARIABLE, message)
            .at(text.span)
            .help(help),
    )
}

/// The variables of a container. A value that is one key of a Secret or ConfigMap becomes a
/// reference to it. For each such key inside a longer text there is an extra variable. These come
/// first, since Kubernetes expands only references to earlier variables.
pub(super) fn variables(
    variables: &[(Spanned<String>, ResolvedText)],
    report: &mut Report,
) -> Vec<EnvVar> {
    let mut key_variables: Vec<EnvVar> = Vec::new();
    let mut list: Vec<EnvVar> = Vec::with_capacity(variables.len());
    for (name, value) in variables {
        check_name(name, report);
        let variable = match value.segments.as_slice() {
            [segment] if source(segment).is_some() => EnvVar {
                name: name.value.clone(),
                value_from: source(segment),
                ..EnvVar::default()
            },
            _ => {
                let text = text_with_references(value, variables, &mut key_variables, report);
                EnvVar {
                    name: name.value.clone(),
                    value: Some(text),
                    ..EnvVar::default()
                }
            }
        };
        list.push(variable);
    }
    key_variables.append(&mut list);
    key_variables
}

/// A text with a reference `$(..)` for each key of a Secret or ConfigMap.
fn text_with_references(
    value: &ResolvedText,
    variables: &[(Spanned<String>, ResolvedText)],
    key_variables: &mut Vec<EnvVar>,
    report: &mut Report,
) -> String {
    let mut text = String::new();
    for (index, segment) in value.segments.iter().enumerate() {
        match segment {
            Segment::Plain(plain) => {
                let before_reference = value.segments.get(index + 1).is_some();
                text.push_str(&escape(plain, before_reference));
            }
            Segment::Variable { name, .. } => text.push_str(&format!("$({name})")),
            Segment::Secret { name, key } => {
                text.push_str(&format!(
                    "$({})",
                    key_variable(segment, ["SECRET", name, key], variables, key_variables)
                ));
            }
            Segment::ConfigMap { name, key } => {
                text.push_str(&format!(
                    "$({})",
                    key_variable(segment, ["CONFIG", name, key], variables, key_variables)
                ));
            }
            Segment::Deferred(variable) => {
                unset_variable(variable, value, report);
            }
        }
    }
    text
}

/// Checks that a name is printable ASCII (Kubernetes, "EnvVar"). Kubernetes forbids `=` too, which
/// no Score file can have here.
fn check_name(name: &Spanned<String>, report: &mut Report) {
    if !name.value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let message = format!(
            "`{}` is not a valid variable name in Kubernetes",
            name.value.escape_debug()
        );
        let help = "use printable ASCII characters";
        report.push(
            Problem::new(&INVALID_NAME, message)
                .at(name.span)
                .help(help),
        );
    }
}

/// The name of the extra variable for a key, added on first use. It differs from all names in the
/// Score file.
fn key_variable(
    segment: &Segment,
    words: [&str; 3],
    variables: &[(Spanned<String>, ResolvedText)],
    key_variables: &mut Vec<EnvVar>,
) -> String {
    let source = source(segment);
    let is_same = |other: &&EnvVar| other.value_from == source;
    if let Some(variable) = key_variables.iter().find(is_same) {
        return variable.name.clone();
    }
    let words = words.join("_").to_ascii_uppercase();
    let mut name: String = words
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    while variables.iter().any(|(other, _)| other.value == name)
        || key_variables.iter().any(|other| other.name == name)
    {
        name.push('_');
    }
    key_variables.push(EnvVar {
        name: name.clone(),
        value_from: source,
        ..EnvVar::default()
    });
    name
}

/// The same as a value of a document.
pub(super) fn source_value(segment: &Segment) -> Option<Value> {
    source(segment).map(|source| key_order::value(&source))
}

/// The key of a Secret or ConfigMap that a segment refers to.
fn source(segment: &Segment) -> Option<EnvVarSource> {
    match segment {
        Segment::Secret { name, key } => {
            let selector = SecretKeySelector {
                name: name.clone(),
                key: key.clone(),
                optional: None,
            };
            Some(EnvVarSource {
                secret_key_ref: Some(selector),
                ..EnvVarSource::default()
            })
        }
        Segment::ConfigMap { name, key } => {
            let selector = ConfigMapKeySelector {
                name: name.clone(),
                key: key.clone(),
                optional: None,
            };
            Some(EnvVarSource {
                config_map_key_ref: Some(selector),
                ..EnvVarSource::default()
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expands a value as the documentation of Kubernetes says, without any variable.
    fn expand(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match (character, rest.peek()) {
                ('$', Some('$')) => {
                    rest.next();
                    out.push('$');
                }
                ('$', Some('(')) => out.push_str("<expanded>"),
                _ => out.push(character),
            }
        }
        out
    }

    #[test]
    fn the_process_sees_every_dollar() {
        for text in [
            "$", "$$", "$HOME", "$(HOME)", "$$(HOME)", "a$$$b", "${HOME}", "$$$(x)$", "100$",
        ] {
            assert_eq!(expand(&escape(text, false)), text, "{text}");
        }
        assert_eq!(escape("echo $HOME ${HOME}", false), "echo $HOME ${HOME}");
        assert_eq!(escape("$é and $e", false), "$$é and $e");
        assert_eq!(format!("{}$(NAME)", escape("a$", true)), "a$$$(NAME)");
    }
}
