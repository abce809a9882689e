//! Replaces the placeholders of a text by values, once all resources are provisioned.

use super::suggestions::output_help;
use super::{Reference, Text};
use crate::placeholder;
use crate::rules::INVALID_NAME;
use crate::rules::INVALID_SECRET_REFERENCE;
use crate::rules::PRIVATE_SOURCE;
use crate::rules::UNKNOWN_METADATA;
use crate::rules::UNKNOWN_OUTPUT;
use crate::rules::UNKNOWN_RESOURCE;
use crate::rules::UNSET_VARIABLE;
use crate::support::host::SEED_VARIABLE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};

rules! {
    /// A value from a ConfigMap of the cluster is used where the value must be known at compile
    /// time.
    pub CONFIG_MAP_NOT_ALLOWED: "config-map-not-allowed", Error;
}

/// A part of a resolved text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text without a reference.
    Plain(String),
    /// A key of a Secret in the place where the workload runs.
    Secret {
        /// The name of the Secret.
        name: String,
        /// The key in it.
        key: String,
    },
    /// A key of a ConfigMap in the place where the workload runs.
    ConfigMap {
        /// The name of the ConfigMap.
        name: String,
        /// The key in it.
        key: String,
    },
    /// A variable of the environment in which the workload is started.
    Deferred(String),
    /// A variable of the container itself.
    Variable {
        /// Its name.
        name: String,
        /// The place of the reference.
        span: Span,
    },
}

/// A text with all placeholders replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedText {
    /// The parts in order; no two plain ones are adjacent.
    pub segments: Vec<Segment>,
    /// The place of the text.
    pub span: Span,
}

impl ResolvedText {
    /// The text, when it has no reference to a Secret, ConfigMap or variable.
    pub fn as_plain(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [] => Some(""),
            [Segment::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether a plain part of it is such a text.
    pub fn has_plain(&self, is_such: impl Fn(&str) -> bool) -> bool {
        let mut segments = self.segments.iter();
        segments.any(|segment| matches!(segment, Segment::Plain(text) if is_such(text)))
    }

    /// A text that is not known.
    pub fn unknown(span: Span) -> ResolvedText {
        ResolvedText {
            segments: vec![Segment::Plain(UNKNOWN.to_owned())],
            span,
        }
    }

    /// A text of no segments.
    pub fn empty(span: Span) -> ResolvedText {
        ResolvedText {
            segments: Vec::new(),
            span,
        }
    }

    /// The same text with other segments in the place of its references to variables of the
    /// container.
    pub fn map_variables(&self, of: &mut dyn FnMut(&str, Span) -> Vec<Segment>) -> ResolvedText {
        let mut text = ResolvedText::empty(self.span);
        for segment in &self.segments {
            match segment {
                Segment::Variable { name, span } => {
                    of(name, *span)
                        .into_iter()
                        .for_each(|segment| text.push(segment));
                }
                other => text.push(other.clone()),
            }
        }
        text
    }

    /// The names of variables of the container that this refers to.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Variable { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }

    /// Adds a segment.
    pub fn push(&mut self, segment: Segment) {
        match (self.segments.last_mut(), segment) {
            (Some(Segment::Plain(last)), Segment::Plain(text)) => last.push_str(&text),
            (_, Segment::Plain(text)) if text.is_empty() => {}
            (last, segment) => {
                if last.is_none() {
                    // Most texts have one segment; a list would have room for four.
                    self.segments.reserve_exact(1);
                }
                self.segments.push(segment);
            }
        }
    }
}

/// The outputs of a provisioned resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Outputs {
    /// Values by name.
    Values(Map),
    /// Each name is a variable of the environment in which the workload is started.
    Environment {
        /// Whether the embedded definition can take them from a Secret of the cluster instead, when
        /// `--set` names one.
        secret_possible: bool,
    },
    /// Each name is a key of a Secret or ConfigMap of the cluster.
    ClusterConfig(ClusterConfigRef),
    /// Not known, since the resource failed or is the work of a program that does not run: any name
    /// may be there.
    Unknown,
}

/// Stands for the value of an output that is not known. No stage finds anything wrong with it.
pub const UNKNOWN: &str = "(unknown)";

/// A Secret, a ConfigMap, or one of each, that the cluster has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterConfigRef {
    /// The name of the Secret.
    pub secret: Option<String>,
    /// The name of the ConfigMap.
    pub config_map: Option<String>,
    /// With both, the keys of the Secret; the ConfigMap has all others.
    pub secret_keys: Vec<String>,
}

impl ClusterConfigRef {
    /// The reference to a key; `None` without a Secret and a ConfigMap.
    fn segment(&self, key: String) -> Option<Segment> {
        let secret = self
            .secret
            .clone()
            .filter(|_| self.config_map.is_none() || self.secret_keys.contains(&key));
        match (secret, self.config_map.clone()) {
            (Some(name), _) => Some(Segment::Secret { name, key }),
            (None, Some(name)) => Some(Segment::ConfigMap { name, key }),
            (None, None) => None,
        }
    }
}

impl Outputs {
    /// The values, where they are known.
    pub fn values(&self) -> Option<&Map> {
        match self {
            Outputs::Values(values) => Some(values),
            _ => None,
        }
    }
}

impl Default for Outputs {
    fn default() -> Outputs {
        Outputs::Values(Map::new())
    }
}

/// The values that the placeholders of a workload may refer to.
pub struct Scope<'a> {
    /// The workload's `metadata`.
    pub metadata: &'a Map,
    /// Gives the outputs of a resource by its name in the workload.
    pub outputs: &'a dyn Fn(&str) -> Option<&'a Outputs>,
    /// Gives the current value of an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether variables stay open until the workload is started; else their current values are
    /// used.
    pub defer: bool,
}

/// Resolves a text of a container.
pub fn resolve(
    text: &Text,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Result<ResolvedText, Reported> {
    let mut resolved = ResolvedText::empty(text.span);
    for piece in &text.pieces {
        match piece {
            placeholder::Piece::Plain(plain) => resolved.push(Segment::Plain(plain.clone())),
            placeholder::Piece::Variable(name, span) => resolved.push(Segment::Variable {
                name: name.clone(),
                span: *span,
            }),
            placeholder::Piece::Placeholder(reference, span) => {
                match look_up(reference, *span, scope, report)? {
                    Lookup::Segment(segment) => resolved.push(segment),
                    Lookup::Value(value) => {
                        for segment in read_secrets(&value.to_text(), *span, report)? {
                            resolved.push(segment);
                        }
                    }
                }
            }
        }
    }
    Ok(resolved)
}

/// Resolves a text for a provisioner. A single placeholder keeps its type, so that a number stays
/// a number. References to secrets have their text form. No variable is deferred.
pub fn resolve_value(
    text: &Text,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Result<Value, Reported> {
    let scope = Scope {
        defer: false,
        ..*scope
    };
    let mut value_of =
        |reference: &Reference, span: Span| match look_up(reference, span, &scope, report)? {
            Lookup::Value(value) => Ok(value),
            Lookup::Segment(segment) => mark_segment(&segment, span, report),
        };
    if let [placeholder::Piece::Placeholder(reference, span)] = text.pieces.as_slice() {
        return value_of(reference, *span);
    }
    let mut joined = String::new();
    for piece in &text.pieces {
        match piece {
            placeholder::Piece::Plain(plain) => joined.push_str(plain),
            placeholder::Piece::Variable(name, _) => joined.push_str(&format!("$({name})")),
            placeholder::Piece::Placeholder(reference, span) => {
                joined.push_str(&value_of(reference, *span)?.to_text())
            }
        }
    }
    Ok(Value::String(joined))
}

/// The meaning of a placeholder.
enum Lookup {
    Value(Value),
    /// A reference that is resolved where the workload runs.
    Segment(Segment),
}

/// A reference as a provisioner gets it. Only references to secrets have a text form.
fn mark_segment(segment: &Segment, span: Span, report: &mut Report) -> Result<Value, Reported> {
    match segment {
        Segment::Plain(text) => Ok(Value::String(text.clone())),
        Segment::Secret { name, key } => Ok(Value::String(mark_secret(name, key))),
        Segment::ConfigMap { name, key } => {
            Err(config_map_not_possible("a param", name, key, span, report))
        }
        Segment::Deferred(variable) => Err(unset_variable(variable, false, span, report)),
        Segment::Variable { name, .. } => Ok(Value::String(format!("$({name})"))),
    }
}

/// Reports a value of a ConfigMap where the value must be known now.
pub fn config_map_not_possible(
    what: &str,
    name: &str,
    key: &str,
    span: Span,
    report: &mut Report,
) -> Reported {
    let message = format!(
        "{what} cannot contain the key `{key}` of the ConfigMap `{name}`: its value is known only in the cluster"
    );
    let help = "use it in a variable or as the whole content of a file, or write the value here";
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
) -> Result<Lookup, Reported> {
    match reference {
        Reference::Metadata(path) => match walk_metadata(scope.metadata, path) {
            Some(value) => Ok(Lookup::Value(value.clone())),
            // `check` reports these for Score files, but not for patch templates.
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
                walk_outputs(name, outputs, path, span, report).map(Lookup::Value)
            }
            Some(Outputs::Unknown) => Ok(Lookup::Value(Value::from(UNKNOWN))),
            Some(Outputs::ClusterConfig(config)) => {
                cluster_config_key(config, path, span, report).map(Lookup::Segment)
            }
            Some(Outputs::Environment { .. }) if path.join(".") == SEED_VARIABLE => {
                let message = format!(
                    "`{SEED_VARIABLE}` is the seed of all passwords, which resources cannot return"
                );
                let problem = Problem::new(&PRIVATE_SOURCE, message).at(span);
                Err(report.error(problem.help("name another variable")))
            }
            Some(Outputs::Environment { .. }) if scope.defer => {
                Ok(Lookup::Segment(Segment::Deferred(path.join("."))))
            }
            Some(Outputs::Environment { secret_possible }) => {
                let variable = path.join(".");
                match (scope.variable)(&variable) {
                    Some(value) => Ok(Lookup::Value(Value::String(value))),
                    None => Err(unset_variable(&variable, *secret_possible, span, report)),
                }
            }
            // As above.
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

fn cluster_config_key(
    config: &ClusterConfigRef,
    path: &[String],
    span: Span,
    report: &mut Report,
) -> Result<Segment, Reported> {
    let key = path.join(".");
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if !key.chars().all(allowed) {
        let message = format!("`{key}` is not a valid key of a Secret or ConfigMap");
        let help = "use letters, digits, `-`, `_` and `.` in its name";
        return Err(report.error(Problem::new(&INVALID_NAME, message).at(span).help(help)));
    }
    config
        .segment(key.clone())
        .ok_or_else(|| unset_variable(&key, false, span, report))
}

fn unset_variable(
    variable: &str,
    secret_possible: bool,
    span: Span,
    report: &mut Report,
) -> Reported {
    let problem = Problem::new(
        &UNSET_VARIABLE,
        format!("the environment variable `{variable}` is not set"),
    )
    .at(span);
    let secret_hint = if secret_possible {
        "; or read it from a Secret in the cluster with `--set environment.secret=NAME`"
    } else {
        ""
    };
    report.error(problem.help(format!(
        "set it for this run, as in `{variable}=VALUE score-rs generate ..`{secret_hint}"
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
    let mut parent: Option<&Map> = Some(outputs);
    let mut output = &Value::Null;
    for key in path {
        match parent.and_then(|map| map.get(key)) {
            Some(value) => {
                output = value;
                parent = value.as_map();
            }
            None => return Err(unknown_output(resource, key, parent, span, report)),
        }
    }
    Ok(output.clone())
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
    let help = output_help(key, &names);
    let message = format!("the resource `{resource}` has no output `{key}`");
    report.error(Problem::new(&UNKNOWN_OUTPUT, message).at(span).help(help))
}

const OPEN: &str = "\u{1F510}\u{1F4AC}";
const CLOSE: &str = "\u{1F4AC}\u{1F510}";

/// Writes a reference to a secret in the text form that provisioners use.
pub fn mark_secret(name: &str, key: &str) -> String {
    format!("{OPEN}{name}_{key}{CLOSE}")
}

/// The offset of the first reference to a secret in a text.
pub fn find_secret(text: &str) -> Option<usize> {
    text.find(OPEN)
}

/// Reads the references to secrets in a text. Those in outputs were checked by `provision`.
fn read_secrets(text: &str, span: Span, report: &mut Report) -> Result<Vec<Segment>, Reported> {
    split_secrets(text).ok_or_else(|| {
        let problem = Problem::new(
            &INVALID_SECRET_REFERENCE,
            "the reference to a secret in this value is incomplete",
        )
        .at(span);
        report.error(problem.help(SECRET_REFERENCE_HELP))
    })
}

/// A value without the references to secrets in its texts, which are no secrets themselves.
pub fn without_secret_references(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_references(text)),
        Value::List(items) => Value::List(items.iter().map(without_secret_references).collect()),
        Value::Map(map) => {
            let entries = map.iter();
            let entries = entries.map(|(key, item)| (key.clone(), without_secret_references(item)));
            Value::Map(entries.collect())
        }
        other => other.clone(),
    }
}

fn without_references(text: &str) -> String {
    let segments = split_secrets(text).unwrap_or_else(|| vec![Segment::Plain(text.to_owned())]);
    let plain = segments.into_iter().filter_map(|segment| match segment {
        Segment::Plain(text) => Some(text),
        _ => None,
    });
    plain.collect()
}

/// The help for a reference that is cut short.
pub const SECRET_REFERENCE_HELP: &str =
    "write the complete reference, as `encodeSecretRef NAME KEY` does in a definition";

/// Splits a text at its references to secrets; `None` when one is cut short.
pub fn split_secrets(text: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (inside, after) = after.split_once(CLOSE)?;
        let (name, key) = inside.split_once('_')?;
        segments.push(Segment::Plain(before.to_owned()));
        segments.push(Segment::Secret {
            name: name.to_owned(),
            key: key.to_owned(),
        });
        rest = after;
    }
    segments.push(Segment::Plain(rest.to_owned()));
    Some(segments)
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
    fn references_to_secrets_are_read_from_their_text_form() {
        let mut report = Report::default();
        let text = format!("a{}b", mark_secret("name", "key_2"));
        let segments = read_secrets(&text, span(), &mut report);
        let secret = Segment::Secret {
            name: "name".into(),
            key: "key_2".into(),
        };
        assert_eq!(
            segments,
            Ok(vec![
                Segment::Plain("a".into()),
                secret,
                Segment::Plain("b".into())
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
                .and_then(|resolved| resolved.as_plain().map(str::to_owned))
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
