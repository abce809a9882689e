//! Environment variables, commands and arguments (Kubernetes, "EnvVar": `$(NAME)` is expanded, `$$`
//! is `$`).

use k8s_openapi::api::core::v1::{ConfigMapKeySelector, EnvVar, EnvVarSource, SecretKeySelector};

use crate::placeholder::resolve::{Piece, Resolved, config_map_not_possible};
use crate::rules::INVALID_NAME;
use crate::rules::SECRET_NOT_ALLOWED;
use crate::rules::UNSET_VARIABLE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Spanned;

/// A text that must reach the process as it is: dollars that Kubernetes would read as its own are
/// doubled.
pub(super) fn literal(text: &str) -> String {
    escaped(text, false)
}

/// As [`literal`]; `before_reference` says that a `$(..)` of ours follows, which a dollar just
/// before it would undo.
fn escaped(text: &str, before_reference: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let (before, dollars) = rest.split_at(start);
        let run = dollars.len() - dollars.trim_start_matches('$').len();
        let after = &dollars[run..];
        out.push_str(before);
        // One dollar before anything but `(` means nothing to Kubernetes and stays readable. But
        // the kubelet copies one byte after such a dollar, as if it were a character, which breaks
        // every letter outside of ASCII.
        let broken = after.starts_with(|next: char| !next.is_ascii());
        let special =
            run > 1 || broken || after.starts_with('(') || (before_reference && after.is_empty());
        out.extend(std::iter::repeat_n(
            '$',
            if special { run * 2 } else { run },
        ));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A text in which everything is known now, such as an argument.
pub(super) fn plain(text: &Resolved, what: &str, report: &mut Report) -> Result<String, Reported> {
    let mut out = String::new();
    for piece in &text.pieces {
        match piece {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Secret { name, key } => {
                let message = format!(
                    "{what} cannot hold the key `{key}` of the secret `{name}`: it would be readable to all"
                );
                let help = "put the secret into a variable, and let the program read that";
                return Err(report.error(
                    Problem::new(&SECRET_NOT_ALLOWED, message)
                        .at(text.span)
                        .help(help),
                ));
            }
            Piece::ConfigMap { name, key } => {
                return Err(config_map_not_possible(what, name, key, text.span, report));
            }
            Piece::Deferred(variable) => return Err(deferred(variable, text, report)),
        }
    }
    Ok(out)
}

fn deferred(variable: &str, text: &Resolved, report: &mut Report) -> Reported {
    let message = format!("the value of `{variable}` is not known when manifests are generated");
    let help = format!("set `{variable}` for this run");
    report.error(
        Problem::new(&UNSET_VARIABLE, message)
            .at(text.span)
            .help(help),
    )
}

/// The variables of a container. A variable that is one key of a Secret or ConfigMap refers to it;
/// one with such keys inside a longer text gets a variable of its own for each, listed before all
/// others, since only earlier ones are expanded.
pub(super) fn variables(
    variables: &[(Spanned<String>, Resolved)],
    report: &mut Report,
) -> Vec<EnvVar> {
    let mut parts: Vec<EnvVar> = Vec::new();
    let mut list: Vec<EnvVar> = Vec::with_capacity(variables.len());
    for (name, value) in variables {
        check_name(name, report);
        let own = match value.pieces.as_slice() {
            [piece] if source(piece).is_some() => EnvVar {
                name: name.value.clone(),
                value_from: source(piece),
                ..EnvVar::default()
            },
            _ => {
                let text = expanded(value, variables, &mut parts, report);
                EnvVar {
                    name: name.value.clone(),
                    value: Some(text),
                    ..EnvVar::default()
                }
            }
        };
        list.push(own);
    }
    parts.append(&mut list);
    parts
}

/// A text with `$(..)` for each key, which Kubernetes replaces.
fn expanded(
    value: &Resolved,
    variables: &[(Spanned<String>, Resolved)],
    parts: &mut Vec<EnvVar>,
    report: &mut Report,
) -> String {
    let mut text = String::new();
    for (index, piece) in value.pieces.iter().enumerate() {
        match piece {
            Piece::Plain(plain) => {
                let before_reference = value.pieces.get(index + 1).and_then(source).is_some();
                text.push_str(&escaped(plain, before_reference));
            }
            Piece::Secret { name, key } => {
                text.push_str(&format!(
                    "$({})",
                    part(piece, ["SECRET", name, key], variables, parts)
                ));
            }
            Piece::ConfigMap { name, key } => {
                text.push_str(&format!(
                    "$({})",
                    part(piece, ["CONFIG", name, key], variables, parts)
                ));
            }
            Piece::Deferred(variable) => {
                deferred(variable, value, report);
            }
        }
    }
    text
}

/// A variable's name is printable ASCII without `=` (Kubernetes, "EnvVar"); that it has no `=` is a
/// rule of Score too.
fn check_name(name: &Spanned<String>, report: &mut Report) {
    if !name.value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let message = format!(
            "Kubernetes cannot have a variable called `{}`",
            name.value.escape_debug()
        );
        let help = "use the letters, digits and signs of ASCII";
        report.push(
            Problem::new(&INVALID_NAME, message)
                .at(name.span)
                .help(help),
        );
    }
}

/// The name of the variable for a key, added on first use; readable, and unlike any that the author
/// wrote.
fn part(
    piece: &Piece,
    words: [&str; 3],
    variables: &[(Spanned<String>, Resolved)],
    parts: &mut Vec<EnvVar>,
) -> String {
    let source = source(piece);
    if let Some(known) = parts.iter().find(|known| known.value_from == source) {
        return known.name.clone();
    }
    let words = words.join("_").to_ascii_uppercase();
    let mut name: String = words
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    while variables.iter().any(|(other, _)| other.value == name)
        || parts.iter().any(|other| other.name == name)
    {
        name.push('_');
    }
    parts.push(EnvVar {
        name: name.clone(),
        value_from: source,
        ..EnvVar::default()
    });
    name
}

/// Where Kubernetes finds a value that is not known now.
fn source(piece: &Piece) -> Option<EnvVarSource> {
    match piece {
        Piece::Secret { name, key } => {
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
        Piece::ConfigMap { name, key } => {
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
        Piece::Plain(_) | Piece::Deferred(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Kubernetes makes of a value, as its documentation says, where no variable is known.
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
            assert_eq!(expand(&literal(text)), text, "{text}");
        }
        assert_eq!(literal("echo $HOME ${HOME}"), "echo $HOME ${HOME}");
        assert_eq!(literal("$é and $e"), "$$é and $e");
        assert_eq!(format!("{}$(NAME)", escaped("a$", true)), "a$$$(NAME)");
    }
}
