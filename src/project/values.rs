//! What the environment knows, changed by `--set KEY=VALUE`, as provisioners see it in
//! `.Environment.Values`.

use std::collections::BTreeSet;

use compiler::parse;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::closest_match;
use diagnostics::value::Value;
use yaml::{self, Entries, Entry, Kind, Node};

rules! {
    /// `--set` is not of the form `KEY=VALUE`, or its key leads through a value that is no mapping.
    pub INVALID_SET_FLAG: "invalid-set-flag", Error;

    /// A value of the environment, or one given with `--set`, is read by no provisioner, and its
    /// key is spelt nearly like one that is.
    pub UNUSED_VALUE: "unused-value", Warning;
}

/// How many parts a key may have; what is written by hand has a few.
const DEEPEST: usize = 100;

/// The values that an environment knows, changed by all flags. Each is merged into what is there:
/// mappings key by key, an empty value or `null` removes, all else replaces. Also gives them as
/// they were written, for their places.
pub(crate) fn values(
    known: Option<Node>,
    flags: &[String],
    readers: &ValueUsage,
    sources: &mut Sources,
    report: &mut Report,
) -> (Value, Option<Node>) {
    let mut values = known.as_ref().map_or_else(Value::map, Node::to_value);
    for (key, entry) in known.as_ref().and_then(Node::as_map).into_iter().flatten() {
        readers.check(key, entry.key, sources, report);
    }
    let mut written = known;
    for flag in flags {
        if let Ok(change) = change(flag, &values, readers, sources, report) {
            values.merge_patch(&change.to_value());
            match &mut written {
                Some(written) => written.merge(&change),
                None => written = Some(change),
            }
        }
    }
    (values, written)
}

/// Who reads values: the embedded definitions, whose names are known, and texts of the project.
pub(crate) struct ValueUsage {
    embedded: BTreeSet<&'static str>,
    own: Vec<SourceId>,
    /// Whether these are all that there are.
    all: bool,
}

impl ValueUsage {
    /// From the texts of all embedded definitions, and the definitions files of the project; `all`
    /// unless one of these could not be read.
    pub(crate) fn new(
        embedded: impl Iterator<Item = &'static str>,
        own: Vec<SourceId>,
        all: bool,
    ) -> ValueUsage {
        let end =
            |rest: &str| rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let names = |text: &'static str| {
            let found = text.split(".Environment.Values.").skip(1);
            found.map(move |rest| &rest[..end(rest).unwrap_or(rest.len())])
        };
        ValueUsage {
            embedded: embedded.flat_map(names).collect(),
            own,
            all,
        }
    }

    /// Warns of a key that nothing reads and that is spelt nearly like one that something does. Any
    /// other may be meant for a definition that this run does not have.
    fn check(&self, key: &str, span: Span, sources: &Sources, report: &mut Report) {
        if !self.all
            || self.embedded.contains(key)
            || self
                .own
                .iter()
                .any(|text| sources.text(*text).contains(key))
        {
            return;
        }
        if let Some(near) = closest_match(key, self.embedded.iter().copied()) {
            let problem = Problem::new(
                &UNUSED_VALUE,
                format!("no provisioner reads a value called `{key}`"),
            )
            .at(span);
            report.push(problem.help(format!("did you mean `{near}`?")));
        }
    }
}

/// A flag as a mapping that holds one value; `known` is what it changes.
fn change(
    flag: &str,
    known: &Value,
    readers: &ValueUsage,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Node, Reported> {
    let id = sources.add("--set", flag);
    let Some((key, text)) = flag.split_once('=') else {
        return Err(refused(
            "this value has no `=`",
            Span::new(id, 0, flag.len()),
            report,
        ));
    };
    let parts = super::inputs::split_path(key);
    let span = Span::new(id, 0, key.len());
    if parts.iter().any(String::is_empty) {
        return Err(refused("a part of this key is empty", span, report));
    }
    if parts.len() > DEEPEST {
        return Err(refused(
            &format!("a key of {} parts leads too deep", parts.len()),
            span,
            report,
        ));
    }
    if let Some(count) = scalar_on_the_way(known, &parts) {
        let message = format!(
            "`{}` is no mapping, so nothing can be set in it",
            parts[..count].join(".")
        );
        let help = "set it to a mapping first, or leave one of the two out";
        return Err(report.error(Problem::new(&INVALID_SET_FLAG, message).at(span).help(help)));
    }
    if let [first, ..] = parts.as_slice() {
        // A dot inside the key is written with one character more.
        let written = first.len() + first.matches('.').count();
        readers.check(first, span.part(0, written), sources, report);
    }
    let source = sources.add(format!("--set {key}"), text);
    let documents = report.collect(|report| parse::yaml_documents(sources, source, report))?;
    let nothing = || Node {
        span: Span::new(id, 0, flag.len()),
        kind: Kind::Null,
    };
    let value = documents.into_iter().next().unwrap_or_else(nothing);
    // The place of every part is that of the whole key: a flag is short.
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

/// How many parts of a key lead to something that holds no keys, though the key goes on; `None`
/// where all is well.
fn scalar_on_the_way(known: &Value, parts: &[String]) -> Option<usize> {
    let mut here = known;
    for (index, part) in parts.iter().enumerate() {
        match here {
            Value::Map(map) => here = map.get(part)?,
            Value::Null => return None,
            _ => return Some(index),
        }
    }
    None
}

fn refused(message: &str, span: Span, report: &mut Report) -> Reported {
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
        let readers = ValueUsage::new(
            ["{{ .Environment.Values.domain }} {{ .Environment.Values.routePort"].into_iter(),
            Vec::new(),
            true,
        );
        let (values, _) = values(None, &flags, &readers, &mut Sources::default(), &mut report);
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
    fn what_is_no_key_is_refused() {
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
            "a key of 101 parts leads too deep"
        );
        assert!(read(&["a=[1"]).is_err());
    }

    #[test]
    fn a_key_does_not_lead_through_a_text() {
        let no_mapping = |key: &str| {
            Err(format!(
                "`{key}` is no mapping, so nothing can be set in it"
            ))
        };
        assert_eq!(read(&["a=x", "a.y=z"]), no_mapping("a"));
        assert_eq!(read(&["a.b=[1]", "a.b.c.d="]), no_mapping("a.b"));
    }

    #[test]
    fn a_key_that_is_nearly_one_that_is_read_is_told() {
        assert_eq!(
            read(&["domian=x"]).unwrap_err(),
            "no provisioner reads a value called `domian`"
        );
        assert!(read(&["routeport=1"]).is_err());
        assert!(read(&["region=x"]).is_ok());
    }
}
