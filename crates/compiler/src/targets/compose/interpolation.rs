//! Texts as Compose writes them: every dollar that the container must see is doubled, since Compose
//! replaces variables in all values of a file (Compose specification, "Interpolation").

use crate::placeholder::resolve::{Piece, Resolved, config_map_not_possible};
use crate::rules::INVALID_NAME;
use crate::rules::SECRET_NOT_ALLOWED;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::value::Value;

/// A text that stands for itself.
pub(super) fn literal(text: &str) -> Value {
    Value::String(text.replace('$', "$$"))
}

/// A resolved text; a variable of the environment is left for Compose to fill in.
pub(super) fn resolved(text: &Resolved, report: &mut Report) -> Result<Value, Reported> {
    let mut out = String::new();
    for piece in &text.pieces {
        match piece {
            Piece::Plain(plain) => out.push_str(&plain.replace('$', "$$")),
            Piece::Deferred(variable) if is_variable(variable) => {
                out.push_str(&format!("${{{variable}}}"))
            }
            Piece::Deferred(variable) => {
                let problem = Problem::new(
                    &INVALID_NAME,
                    format!("Compose cannot read a variable called `{variable}`"),
                );
                let help = "use a name of letters, digits and `_` that does not begin with a digit";
                return Err(report.error(problem.at(text.span).help(help)));
            }
            Piece::Secret { name, key } => return Err(secret(name, key, text, report)),
            Piece::ConfigMap { name, key } => {
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

fn secret(name: &str, key: &str, text: &Resolved, report: &mut Report) -> Reported {
    let message = format!(
        "this refers to the key `{key}` of the Kubernetes secret `{name}`, which Compose does not have"
    );
    let help = "use a provisioner that gives the value itself on Compose";
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
