//! `--set KEY=VALUE`: what the environment knows, as provisioners see it in `.Environment.Values`.

use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::text::{Sources, Span};
use crate::base::value::{Map, Value};
use crate::base::yaml;

/// How many parts a key may have; what is written by hand has a few.
const DEEPEST: usize = 100;

/// The values that an environment knows, changed by all flags. Each is merged into what is there: mappings key by key, an
/// empty value or `null` removes, all else replaces.
pub(super) fn values(known: Value, flags: &[String], sources: &mut Sources, report: &mut Report) -> Value {
    let mut values = known;
    for flag in flags {
        if let Ok(change) = change(flag, sources, report) {
            values.merge_patch(&change);
        }
    }
    values
}

/// A flag as a mapping that holds one value.
fn change(flag: &str, sources: &mut Sources, report: &mut Report) -> Result<Value, Reported> {
    let id = sources.add("--set", flag);
    let Some((key, text)) = flag.split_once('=') else {
        return Err(refused("this value has no `=`", Span::new(id, 0, flag.len()), report));
    };
    let parts = super::project::split_path(key);
    let span = Span::new(id, 0, key.len());
    if parts.iter().any(String::is_empty) {
        return Err(refused("a part of this key is empty", span, report));
    }
    if parts.len() > DEEPEST {
        return Err(refused(&format!("a key of {} parts leads too deep", parts.len()), span, report));
    }
    let source = sources.add(format!("--set {key}"), text);
    let documents = report.collect(|report| yaml::parse(sources, source, report))?;
    let value = documents.first().map_or(Value::Null, yaml::Node::to_value);
    Ok(parts.into_iter().rev().fold(value, |inner, part| Value::Map(Map::from_iter([(part, inner)]))))
}

fn refused(message: &str, span: Span, report: &mut Report) -> Reported {
    let problem = Problem::new("set-key", message).at(span);
    report.error(problem.help("write `--set KEY=VALUE`, as in `--set domain=example.com`; a dot inside a key is `\\.`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &[&str]) -> Result<String, String> {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let mut report = Report::default();
        let values = values(Value::map(), &flags, &mut Sources::default(), &mut report);
        match report.in_order().first() {
            Some(problem) => Err(problem.message().to_owned()),
            None => Ok(values.to_json()),
        }
    }

    #[test]
    fn values_are_yaml_and_merged_in_order() {
        let json = |flags: &[&str]| read(flags).unwrap();
        assert_eq!(json(&[]), "{}");
        assert_eq!(json(&["domain=example.com", "port=80"]), r#"{"domain":"example.com","port":80}"#);
        assert_eq!(json(&["a.b=x=y", "a.c\\.d=\"1\""]), r#"{"a":{"b":"x=y","c.d":"1"}}"#);
        assert_eq!(json(&["a={b: 1, c: 2}", "a.b=[3]", "a.c="]), r#"{"a":{"b":[3]}}"#);
        assert_eq!(json(&["a=1", "a.b=2", "a.b=null"]), r#"{"a":{}}"#);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(read(&["domain"]).unwrap_err(), "this value has no `=`");
        for flag in ["=x", "a..b=x", ".=x"] {
            assert_eq!(read(&[flag]).unwrap_err(), "a part of this key is empty", "{flag}");
        }
        assert_eq!(read(&[&format!("a{}=x", ".a".repeat(100))]).unwrap_err(), "a key of 101 parts leads too deep");
        assert!(read(&["a=[1"]).is_err());
    }
}
