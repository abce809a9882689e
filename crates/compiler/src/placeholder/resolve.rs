//! Placeholders to values: what a text says once every resource is provisioned.

use super::{Reference, Text};
use crate::placeholder;
use crate::rules::INVALID_NAME;
use crate::rules::INVALID_SECRET_REFERENCE;
use crate::rules::UNKNOWN_METADATA;
use crate::rules::UNKNOWN_OUTPUT;
use crate::rules::UNKNOWN_RESOURCE;
use crate::rules::UNSET_VARIABLE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};

rules! {
    /// A value that a ConfigMap of the cluster keeps is used where only a value that is known now
    /// can stand.
    pub CONFIG_MAP_NOT_ALLOWED: "config-map-not-allowed", Error;
}

/// A part of a resolved text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands for itself.
    Plain(String),
    /// A key of a secret that exists where the workload runs.
    Secret {
        /// The secret's name.
        name: String,
        /// The key in it.
        key: String,
    },
    /// A key of a ConfigMap that exists where the workload runs.
    ConfigMap {
        /// The ConfigMap's name.
        name: String,
        /// The key in it.
        key: String,
    },
    /// A variable that is filled in after compiling.
    Deferred(String),
}

/// A text with every placeholder replaced, and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The parts in order; no two plain ones stand side by side.
    pub pieces: Vec<Piece>,
    /// Where the text was written.
    pub span: Span,
}

impl Resolved {
    /// The text, when nothing in it is secret or deferred.
    pub fn as_plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Plain(text)] => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (Some(Piece::Plain(before)), Piece::Plain(text)) => before.push_str(&text),
            (_, Piece::Plain(text)) if text.is_empty() => {}
            (_, piece) => self.pieces.push(piece),
        }
    }
}

/// What a provisioned resource offers.
#[derive(Debug, Clone, PartialEq)]
pub enum Outputs {
    /// Values by name.
    Values(Map),
    /// Any name, as a variable of the environment in which the workload is started.
    Environment {
        /// Whether the embedded definition would take them from a Secret of the cluster, were it
        /// told which.
        may_be_kept: bool,
    },
    /// Any name, as a key of what the cluster keeps.
    Kept(Kept),
}

/// Settings that the cluster keeps: a Secret, a ConfigMap, or one of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The Secret's name.
    pub secret: Option<String>,
    /// The ConfigMap's name.
    pub config_map: Option<String>,
    /// With both, the keys that the Secret has; all others are the ConfigMap's.
    pub secret_keys: Vec<String>,
}

impl Kept {
    /// Where a key is found; `None` where there is neither Secret nor ConfigMap.
    fn piece(&self, key: String) -> Option<Piece> {
        let secret = self
            .secret
            .clone()
            .filter(|_| self.config_map.is_none() || self.secret_keys.contains(&key));
        match (secret, self.config_map.clone()) {
            (Some(name), _) => Some(Piece::Secret { name, key }),
            (None, Some(name)) => Some(Piece::ConfigMap { name, key }),
            (None, None) => None,
        }
    }
}

impl Default for Outputs {
    fn default() -> Outputs {
        Outputs::Values(Map::new())
    }
}

/// Where placeholders of one workload are looked up.
pub struct Scope<'a> {
    /// The workload's `metadata`.
    pub metadata: &'a Map,
    /// The outputs of the workload's resource of a name.
    pub outputs: &'a dyn Fn(&str) -> Option<&'a Outputs>,
    /// The value that a variable of the environment has now.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether a variable may be left to whoever starts the workload; else its value now is taken.
    pub defer: bool,
}

/// Resolves a text to its parts.
pub fn resolve(text: &Text, scope: &Scope<'_>, report: &mut Report) -> Result<Resolved, Reported> {
    let mut resolved = Resolved {
        pieces: Vec::new(),
        span: text.span,
    };
    for piece in &text.pieces {
        match piece {
            placeholder::Piece::Plain(plain) => resolved.push(Piece::Plain(plain.clone())),
            placeholder::Piece::Placeholder(reference, span) => {
                match look_up(reference, *span, scope, report)? {
                    Found::Piece(piece) => resolved.push(piece),
                    Found::Value(value) => {
                        for piece in read_secrets(&value.to_text(), *span, report)? {
                            resolved.push(piece);
                        }
                    }
                }
            }
        }
    }
    Ok(resolved)
}

/// Resolves a text for a provisioner: one placeholder alone keeps its type, so that a number stays
/// a number, and secrets stay in the text form that provisioners use. Nothing is deferred.
pub fn resolve_value(
    text: &Text,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Result<Value, Reported> {
    let scope = Scope {
        defer: false,
        ..*scope
    };
    let mut look =
        |reference: &Reference, span: Span| match look_up(reference, span, &scope, report)? {
            Found::Value(value) => Ok(value),
            Found::Piece(piece) => mark_piece(&piece, span, report),
        };
    if let [placeholder::Piece::Placeholder(reference, span)] = text.pieces.as_slice() {
        return look(reference, *span);
    }
    let mut joined = String::new();
    for piece in &text.pieces {
        match piece {
            placeholder::Piece::Plain(plain) => joined.push_str(plain),
            placeholder::Piece::Placeholder(reference, span) => {
                joined.push_str(&look(reference, *span)?.to_text())
            }
        }
    }
    Ok(Value::String(joined))
}

/// What a placeholder stands for.
enum Found {
    Value(Value),
    /// What is not known now.
    Piece(Piece),
}

/// What is not known now, as a provisioner may be given it: a secret's text form.
fn mark_piece(piece: &Piece, span: Span, report: &mut Report) -> Result<Value, Reported> {
    match piece {
        Piece::Plain(text) => Ok(Value::String(text.clone())),
        Piece::Secret { name, key } => Ok(Value::String(mark_secret(name, key))),
        Piece::ConfigMap { name, key } => {
            Err(config_map_not_possible("a param", name, key, span, report))
        }
        Piece::Deferred(variable) => Err(unset_variable(variable, false, span, report)),
    }
}

/// Reports a value of a ConfigMap where only a value that is known now can stand.
pub fn config_map_not_possible(
    what: &str,
    name: &str,
    key: &str,
    span: Span,
    report: &mut Report,
) -> Reported {
    let message = format!(
        "{what} cannot hold the key `{key}` of the ConfigMap `{name}`: its value is not known now"
    );
    let help = "use it in a variable, or in a file that is nothing else; or write the value here";
    report.error(
        Problem::new(&CONFIG_MAP_NOT_ALLOWED, message)
            .at(span)
            .help(help),
    )
}

fn look_up(
    reference: &Reference,
    span: Span,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Result<Found, Reported> {
    match reference {
        Reference::Metadata(path) => match walk_metadata(scope.metadata, path) {
            Some(value) => Ok(Found::Value(value.clone())),
            // `check` finds these in Score files; what a patch template brings comes here
            // unchecked.
            None => {
                let message = format!("`metadata` has no key `{}`", path.join("."));
                Err(report.error(
                    Problem::new(&UNKNOWN_METADATA, message)
                        .at(span)
                        .help("correct the placeholder"),
                ))
            }
        },
        Reference::Resource { name, path } => match (scope.outputs)(name) {
            Some(Outputs::Values(outputs)) => {
                walk_outputs(name, outputs, path, span, report).map(Found::Value)
            }
            Some(Outputs::Kept(kept)) => kept_key(kept, path, span, report).map(Found::Piece),
            Some(Outputs::Environment { .. }) if scope.defer => {
                Ok(Found::Piece(Piece::Deferred(path.join("."))))
            }
            Some(Outputs::Environment { may_be_kept }) => {
                let variable = path.join(".");
                match (scope.variable)(&variable) {
                    Some(value) => Ok(Found::Value(Value::String(value))),
                    None => Err(unset_variable(&variable, *may_be_kept, span, report)),
                }
            }
            // As above: in a Score file `check` finds these.
            None => {
                let problem = Problem::new(
                    &UNKNOWN_RESOURCE,
                    format!("the workload has no resource `{name}`"),
                );
                Err(report.error(
                    problem
                        .at(span)
                        .help("correct the placeholder, or declare the resource"),
                ))
            }
        },
    }
}

fn kept_key(
    kept: &Kept,
    path: &[String],
    span: Span,
    report: &mut Report,
) -> Result<Piece, Reported> {
    let key = path.join(".");
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if !key.chars().all(allowed) {
        let message = format!("a Secret or ConfigMap cannot have the key `{key}`");
        let help = "use letters, digits, `-`, `_` and `.` in its name";
        return Err(report.error(Problem::new(&INVALID_NAME, message).at(span).help(help)));
    }
    kept.piece(key.clone())
        .ok_or_else(|| unset_variable(&key, false, span, report))
}

fn unset_variable(variable: &str, may_be_kept: bool, span: Span, report: &mut Report) -> Reported {
    let problem = Problem::new(
        &UNSET_VARIABLE,
        format!("the environment variable `{variable}` is not set"),
    )
    .at(span);
    let kept = if may_be_kept {
        "; `--set environment.secret=NAME` leaves it to a Secret of the cluster instead"
    } else {
        ""
    };
    report.error(problem.help(format!(
        "set it for this run, as in `{variable}=VALUE score-rs generate ..`{kept}"
    )))
}

fn walk_metadata<'a>(metadata: &'a Map, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(metadata.get(first)?, |value, key| value.get(key))
}

fn walk_outputs(
    resource: &str,
    outputs: &Map,
    path: &[String],
    span: Span,
    report: &mut Report,
) -> Result<Value, Reported> {
    let mut here: Option<&Map> = Some(outputs);
    let mut found = &Value::Null;
    for key in path {
        match here.and_then(|map| map.get(key)) {
            Some(value) => {
                found = value;
                here = value.as_map();
            }
            None => return Err(unknown_output(resource, key, here, span, report)),
        }
    }
    Ok(found.clone())
}

fn unknown_output(
    resource: &str,
    key: &str,
    known: Option<&Map>,
    span: Span,
    report: &mut Report,
) -> Reported {
    let names: Vec<&str> = known
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    let help = suggestion(key, names.iter().copied(), || {
        format!(
            "write one of its outputs: {}",
            list_names(names.iter().copied())
        )
    });
    let message = format!("the resource `{resource}` has no output `{key}`");
    report.error(Problem::new(&UNKNOWN_OUTPUT, message).at(span).help(help))
}

const OPEN: &str = "\u{1F510}\u{1F4AC}";
const CLOSE: &str = "\u{1F4AC}\u{1F510}";

/// Writes a reference to a secret in the text form that provisioners use.
pub fn mark_secret(name: &str, key: &str) -> String {
    format!("{OPEN}{name}_{key}{CLOSE}")
}

/// Where a text form of a reference to a secret begins in a text.
pub fn find_secret(text: &str) -> Option<usize> {
    text.find(OPEN)
}

/// Reads the references to secrets in a text; those in outputs were found whole when the outputs
/// were made.
fn read_secrets(text: &str, span: Span, report: &mut Report) -> Result<Vec<Piece>, Reported> {
    split_secrets(text).ok_or_else(|| {
        let problem = Problem::new(
            &INVALID_SECRET_REFERENCE,
            "the reference to a secret in this value is cut short",
        )
        .at(span);
        report.error(problem.help(WHOLE_SECRET))
    })
}

/// What mends a reference that is cut short.
pub const WHOLE_SECRET: &str =
    "write all of it, as `encodeSecretRef NAME KEY` does in a definition";

/// The parts of a text with references to secrets; `None` where one is cut short.
pub fn split_secrets(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (inside, after) = after.split_once(CLOSE)?;
        let (name, key) = inside.split_once('_')?;
        pieces.push(Piece::Plain(before.to_owned()));
        pieces.push(Piece::Secret {
            name: name.to_owned(),
            key: key.to_owned(),
        });
        rest = after;
    }
    pieces.push(Piece::Plain(rest.to_owned()));
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::Sources;

    fn span() -> Span {
        let mut sources = Sources::default();
        Span::new(sources.add("t", ""), 0, 0)
    }

    #[test]
    fn secrets_are_read_from_their_text_form() {
        let mut report = Report::default();
        let text = format!("a{}b", mark_secret("name", "key_2"));
        let pieces = read_secrets(&text, span(), &mut report);
        let secret = Piece::Secret {
            name: "name".into(),
            key: "key_2".into(),
        };
        assert_eq!(
            pieces,
            Ok(vec![
                Piece::Plain("a".into()),
                secret,
                Piece::Plain("b".into())
            ])
        );
        assert!(read_secrets(OPEN, span(), &mut report).is_err());
        assert!(read_secrets(&format!("{OPEN}nokey{CLOSE}"), span(), &mut report).is_err());
    }

    #[test]
    fn a_value_inside_text_becomes_json() {
        let outputs = Outputs::Values(Map::from_iter([
            ("port".to_owned(), Value::Int(5432)),
            (
                "deep".to_owned(),
                Value::Map(Map::from_iter([("a".to_owned(), Value::Bool(true))])),
            ),
        ]));
        let metadata = Map::new();
        let find = |_: &str| Some(&outputs);
        let scope = Scope {
            metadata: &metadata,
            outputs: &find,
            variable: &|_| None,
            defer: true,
        };
        let mut report = Report::default();
        let parse = |text: &str| {
            placeholder::parse(
                text,
                span(),
                |_, _| span(),
                placeholder::Mode::Strict,
                &mut Report::default(),
            )
        };
        let text = |input: &str, report: &mut Report| {
            resolve(&parse(input), &scope, report)
                .ok()
                .and_then(|found| found.as_plain().map(str::to_owned))
        };
        assert_eq!(
            text("p=${resources.x.port}", &mut report).as_deref(),
            Some("p=5432")
        );
        assert_eq!(
            text("${resources.x.deep}", &mut report).as_deref(),
            Some(r#"{"a":true}"#)
        );
        assert_eq!(
            text("${resources.x.deep.a}", &mut report).as_deref(),
            Some("true")
        );
        assert!(report.is_empty());
        assert_eq!(text("${resources.x.prot}", &mut report), None);
        assert_eq!(report.in_order()[0].help(), Some("did you mean `port`?"));
        let value = resolve_value(&parse("${resources.x.port}"), &scope, &mut report);
        assert_eq!(value, Ok(Value::Int(5432)));
    }
}
