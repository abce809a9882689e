//! The values of the environment and of `--set KEY=VALUE`, which provisioners read as
//! `.Environment.Values`.

use std::collections::BTreeSet;

use compiler::parse;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::closest_match;
use diagnostics::value::Value;
use yaml::{self, Entries, Entry, Kind, Node};

rules! {
    /// `--set` is not of the form `KEY=VALUE`, or its key continues inside a value that is not a
    /// mapping.
    pub INVALID_SET_FLAG: "invalid-set-flag", Error;

    /// No provisioner reads a value with this key, but the key is almost one that they read.
    pub UNUSED_VALUE: "unused-value", Warning;
}

/// The most parts of a key. A key that a person writes has a few.
const MAX_PARTS: usize = 100;

/// Merges the flags into the values of an environment: mappings key by key, an empty value or
/// `null` removes a key, any other replaces. Also returns the values as a tree with their places.
pub(crate) fn values(
    environment: Option<Node>,
    flags: &[String],
    usage: &ValueUsage,
    sources: &mut Sources,
    report: &mut Report,
) -> (Value, Option<Node>) {
    let mut values = environment.as_ref().map_or_else(Value::map, Node::to_value);
    for (key, entry) in environment
        .as_ref()
        .and_then(Node::as_map)
        .into_iter()
        .flatten()
    {
        usage.check(key, entry.key, sources, report);
    }
    let mut written = environment;
    for flag in flags {
        if let Ok(change) = change(flag, &values, usage, sources, report) {
            values.merge_patch(&change.to_value());
            match &mut written {
                Some(written) => written.merge(&change),
                None => written = Some(change),
            }
        }
    }
    (values, written)
}

/// Which values are read: by the embedded definitions and the targets, and by the texts of the
/// project.
pub(crate) struct ValueUsage {
    embedded: BTreeSet<&'static str>,
    project: Vec<SourceId>,
    patches: BTreeSet<SourceId>,
    /// Whether all texts of the project could be read.
    is_complete: bool,
}

impl ValueUsage {
    /// Takes the texts of all embedded definitions, the names that the targets read, and the
    /// definitions files and patches of the project, of which some may be missing unless `is_complete`.
    pub(crate) fn new(
        embedded: impl Iterator<Item = &'static str>,
        targets: impl Iterator<Item = &'static str>,
        project: Vec<SourceId>,
        patches: BTreeSet<SourceId>,
        is_complete: bool,
    ) -> ValueUsage {
        let end =
            |rest: &str| rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let names = |text: &'static str| {
            let uses = text.split(".Environment.Values.").skip(1);
            uses.map(move |rest| &rest[..end(rest).unwrap_or(rest.len())])
        };
        ValueUsage {
            embedded: embedded.flat_map(names).chain(targets).collect(),
            project,
            patches,
            is_complete,
        }
    }

    /// Whether a patch reads a value: `${environment.values.KEY}`, or in a template
    /// `.Environment.Values.KEY`. The values themselves may be in the same text.
    fn is_in_patch(&self, key: &str, sources: &Sources) -> bool {
        let forms = ["values", "Values"].map(|values| format!("nvironment.{values}.{key}"));
        let mut texts = self.patches.iter().map(|patch| sources.text(*patch));
        texts.any(|text| forms.iter().any(|form| text.contains(form)))
    }

    /// Warns about a key that is not read and nearly the same as one that is. Any other may be for
    /// a definition that this run does not use.
    fn check(&self, key: &str, span: Span, sources: &Sources, report: &mut Report) {
        if !self.is_complete
            || self.embedded.contains(key)
            || self
                .project
                .iter()
                .any(|text| sources.text(*text).contains(key))
            || self.is_in_patch(key, sources)
        {
            return;
        }
        if let Some(near) = closest_match(key, self.embedded.iter().copied()) {
            let problem = Problem::new(
                &UNUSED_VALUE,
                format!("no provisioner reads a value named `{key}`"),
            )
            .at(span);
            report.push(problem.help(format!("did you mean `{near}`?")));
        }
    }
}

/// A flag as a mapping with one value. `current` is the mapping that it is merged into.
fn change(
    flag: &str,
    current: &Value,
    usage: &ValueUsage,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Node, Reported> {
    let id = sources.add("--set", flag);
    let Some((key, text)) = flag.split_once('=') else {
        return Err(invalid_flag(
            "this value has no `=`",
            Span::new(id, 0, flag.len()),
            report,
        ));
    };
    let parts = super::property_flag::split_path(key);
    let span = Span::new(id, 0, key.len());
    if parts.iter().any(String::is_empty) {
        return Err(invalid_flag("a part of this key is empty", span, report));
    }
    if parts.len() > MAX_PARTS {
        return Err(invalid_flag(
            &format!("the key has too many parts: {}", parts.len()),
            span,
            report,
        ));
    }
    if let Some(count) = scalar_in_path(current, &parts) {
        let message = format!(
            "`{}` is not a mapping, so nothing can be set in it",
            parts[..count].join(".")
        );
        let help = "set it to a mapping first, or leave one of the two out";
        return Err(report.error(Problem::new(&INVALID_SET_FLAG, message).at(span).help(help)));
    }
    if let [first, ..] = parts.as_slice() {
        // A dot in the key is written as `\.`.
        let written_length = first.len() + first.matches('.').count();
        usage.check(first, span.part(0, written_length), sources, report);
    }
    let source = sources.add(format!("--set {key}"), text);
    let documents = report.collect(|report| parse::yaml_documents(sources, source, report))?;
    let nothing = || Node {
        span: Span::new(id, 0, flag.len()),
        kind: Kind::Null,
    };
    let value = documents.into_iter().next().unwrap_or_else(nothing);
    // A flag is short, so every part has the place of the whole key.
    Ok(parts.into_iter().rev().fold(value, |inner, part| {
        let entry = Entry {
            key: span,
            value: inner,
        };
        Node {
            span,
            kind: Kind::Map(Entries::from_iter([(part, entry)])),
        }
    }))
}

/// The number of parts of a key up to a value that is not a mapping, when more parts follow.
fn scalar_in_path(current: &Value, parts: &[String]) -> Option<usize> {
    let mut value = current;
    for (index, part) in parts.iter().enumerate() {
        match value {
            Value::Map(map) => value = map.get(part)?,
            Value::Null => return None,
            _ => return Some(index),
        }
    }
    None
}

fn invalid_flag(message: &str, span: Span, report: &mut Report) -> Reported {
    let problem = Problem::new(&INVALID_SET_FLAG, message).at(span);
    report.error(problem.help(
        "write `--set KEY=VALUE`, as in `--set domain=example.com`; a dot inside a key is `\\.`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &[&str]) -> Result<String, String> {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let mut report = Report::default();
        let usage = ValueUsage::new(
            ["{{ .Environment.Values.domain }} {{ .Environment.Values.routePort"].into_iter(),
            ["waitUntil"].into_iter(),
            Vec::new(),
            BTreeSet::new(),
            true,
        );
        let (values, _) = values(None, &flags, &usage, &mut Sources::default(), &mut report);
        match report.in_order().first() {
            Some(problem) => Err(problem.message().to_owned()),
            None => Ok(values.to_json()),
        }
    }

    #[test]
    fn values_are_yaml_and_merged_in_order() {
        let json = |flags: &[&str]| read(flags).unwrap();
        assert_eq!(json(&[]), "{}");
        assert_eq!(
            json(&["domain=example.com", "port=80"]),
            r#"{"domain":"example.com","port":80}"#
        );
        assert_eq!(
            json(&["a.b=x=y", "a.c\\.d=\"1\""]),
            r#"{"a":{"b":"x=y","c.d":"1"}}"#
        );
        assert_eq!(
            json(&["a={b: 1, c: 2}", "a.b=[3]", "a.c="]),
            r#"{"a":{"b":[3]}}"#
        );
        assert_eq!(
            json(&["a={c: 1}", "a.b=2", "a.b=null", "a.c="]),
            r#"{"a":{}}"#
        );
        assert_eq!(
            json(&["a.b=1", "a=x", "a={b: 2}", "a=", "a.b.c=3"]),
            r#"{"a":{"b":{"c":3}}}"#
        );
    }

    #[test]
    fn invalid_keys_are_refused() {
        assert_eq!(read(&["domain"]).unwrap_err(), "this value has no `=`");
        for flag in ["=x", "a..b=x", ".=x"] {
            assert_eq!(
                read(&[flag]).unwrap_err(),
                "a part of this key is empty",
                "{flag}"
            );
        }
        assert_eq!(
            read(&[&format!("a{}=x", ".a".repeat(100))]).unwrap_err(),
            "the key has too many parts: 101"
        );
        assert!(read(&["a=[1"]).is_err());
    }

    #[test]
    fn a_key_cannot_be_set_in_a_scalar() {
        let no_mapping = |key: &str| {
            Err(format!(
                "`{key}` is not a mapping, so nothing can be set in it"
            ))
        };
        assert_eq!(read(&["a=x", "a.y=z"]), no_mapping("a"));
        assert_eq!(read(&["a.b=[1]", "a.b.c.d="]), no_mapping("a.b"));
    }

    #[test]
    fn a_misspelled_key_is_reported() {
        assert_eq!(
            read(&["domian=x"]).unwrap_err(),
            "no provisioner reads a value named `domian`"
        );
        assert!(read(&["routeport=1"]).is_err());
        assert!(read(&["region=x"]).is_ok());
    }
}
