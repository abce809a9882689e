//! Texts in a Compose file. Compose replaces variables in all values (Compose specification,
//! "Interpolation"), so every dollar that the container must see is doubled.

use crate::placeholder::resolve::{ResolvedText, Segment, config_map_not_possible};
use crate::plan::Container;
use crate::rules::INVALID_NAME;
use crate::rules::SECRET_NOT_ALLOWED;
use diagnostics::redaction::Redactor;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::value::Value;

/// A text without variables.
pub(super) fn literal(text: &str) -> Value {
    Value::String(text.replace('$', "$$"))
}

/// A resolved text. A deferred variable is left to the interpolation of Compose.
pub(super) fn with_variables(text: &ResolvedText, report: &mut Report) -> Result<Value, Reported> {
    let mut out = String::new();
    for segment in &text.segments {
        match segment {
            Segment::Plain(plain) => out.push_str(&plain.replace('$', "$$")),
            Segment::Deferred(variable) if is_variable(variable) => {
                out.push_str(&format!("${{{variable}}}"))
            }
            Segment::Deferred(variable) => {
                let problem = Problem::new(
                    &INVALID_NAME,
                    format!("`{variable}` is not a valid variable name in Compose"),
                );
                let help = "use a name of letters, digits and `_` that does not begin with a digit";
                return Err(report.error(problem.at(text.span).help(help)));
            }
            Segment::Secret { name, key } => {
                return Err(secret_not_possible(name, key, text, report));
            }
            // Only texts of containers have these, and they are expanded.
            Segment::Variable { name, .. } => out.push_str(&format!("$$({name})")),
            Segment::ConfigMap { name, key } => {
                return Err(config_map_not_possible(
                    "a Compose file",
                    name,
                    key,
                    text.span,
                    report,
                ));
            }
        }
    }
    Ok(Value::String(out))
}

/// A text of a command with the values of the container's variables. The command is part of the
/// Compose file, so none of `secrets` can be in it.
pub(super) fn command_text(
    container: &Container,
    text: &ResolvedText,
    secrets: Option<&Redactor>,
    report: &mut Report,
) -> Result<Value, Reported> {
    let expanded = container.expanded(text);
    let is_secret = |text: &ResolvedText| {
        let plain = |segment: &Segment| match segment {
            Segment::Plain(text) => Some(text.clone()),
            _ => None,
        };
        let plain: String = text.segments.iter().filter_map(plain).collect();
        secrets.is_some_and(|secrets| secrets.is_match(&plain))
    };
    if !is_secret(&expanded) {
        return with_variables(&expanded, report);
    }
    let secret = text.segments.iter().find_map(|segment| match segment {
        Segment::Variable { name, span } => {
            let value = container.variable(name)?;
            is_secret(&container.expanded(value)).then_some(*span)
        }
        _ => None,
    });
    let message =
        "with `secrets: file`, a command cannot contain a secret: it is part of the Compose file";
    let help = "let the program read a variable, or a shell, as in `[\"sh\", \"-c\", \"exec app --password=$PASSWORD\"]`";
    let problem = Problem::new(&SECRET_NOT_ALLOWED, message).at(secret.unwrap_or(text.span));
    Err(report.error(problem.help(help)))
}

fn secret_not_possible(
    name: &str,
    key: &str,
    text: &ResolvedText,
    report: &mut Report,
) -> Reported {
    let message = format!(
        "this refers to the key `{key}` of the Kubernetes Secret `{name}`, which Compose does not have"
    );
    let help = "use a provisioner that returns the value itself for Compose";
    report.error(
        Problem::new(&SECRET_NOT_ALLOWED, message)
            .at(text.span)
            .help(help),
    )
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
