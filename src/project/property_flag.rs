//! `--override-property`: one value of a workload.

use compiler::overlay::{Property, Scope, Scoped};
use compiler::parse;
use compiler::rules::INVALID_OVERRIDE_PATH;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use yaml::{Kind, Node, Style};

/// The values that are strings; `*` is any part.
const STRINGS: [&str; 16] = [
    "apiVersion",
    "metadata.name",
    "metadata.annotations.*",
    "containers.*.image",
    "containers.*.command.*",
    "containers.*.args.*",
    "containers.*.variables.*",
    "containers.*.files.*.*",
    "containers.*.volumes.*.source",
    "containers.*.volumes.*.path",
    "containers.*.*.exec.command.*",
    "containers.*.*.httpGet.path",
    "containers.*.*.httpGet.host",
    "containers.*.*.httpGet.httpHeaders.*.*",
    "resources.*.id",
    "resources.*.metadata.annotations.*",
];

/// Parses `[WORKLOAD:]PATH=VALUE`. An empty value deletes.
pub(super) fn property(
    flag: &str,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Scoped<Property>, Reported> {
    let id = sources.add("--override-property", flag);
    let flag_span = Span::new(id, 0, flag.len());
    let Some((target, value)) = flag.split_once('=') else {
        let problem =
            Problem::new(&INVALID_OVERRIDE_PATH, "this override has no `=`").at(flag_span);
        return Err(
            report.error(problem.help("write `PATH=VALUE`, as in `containers.main.image=nginx:1`"))
        );
    };
    let (workload, path) = match target.split_once(':') {
        Some((workload, path)) if compiler::model::is_name(workload) => (Some(workload), path),
        _ => (None, target),
    };
    let path_start = target.len() - path.len();
    let workload = workload.map(|name| Spanned::new(name.to_owned(), Span::new(id, 0, name.len())));
    let parts = split_path(path);
    let value = match value {
        "" => None,
        _ => {
            let source = sources.add(format!("--override-property {target}"), value);
            Some(read_value(&parts, source, sources, report)?)
        }
    };
    let path_span = flag_span.part(path_start, target.len());
    Ok(Scoped {
        scope: Scope::named(workload),
        change: Property {
            path: parts,
            value,
            path_span,
        },
        span: flag_span,
    })
}

/// The parts of a dotted path; `\.` is a dot in a part.
pub(crate) fn split_path(path: &str) -> Vec<String> {
    path.replace("\\.", "\u{0}")
        .split('.')
        .map(|part| part.replace('\u{0}', "."))
        .collect()
}

/// The value of a flag: where a string is wanted the text as it is, unless it is in quotes, else
/// YAML.
fn read_value(
    path: &[String],
    source: SourceId,
    sources: &Sources,
    report: &mut Report,
) -> Result<Node, Reported> {
    let text = sources.text(source);
    let as_text = || Node {
        span: Span::new(source, 0, text.len()),
        kind: Kind::String(text.to_owned(), Style::Plain),
    };
    let is_string = STRINGS.iter().any(|pattern| fits(path, pattern));
    let is_yaml = text.starts_with(['"', '\'']) || !is_string;
    if !is_yaml {
        return Ok(as_text());
    }
    let mut yaml_report = Report::default();
    let documents = parse::yaml_documents(sources, source, &mut yaml_report);
    let result = yaml_report.result();
    report.merge(yaml_report);
    result?;
    let value = documents.into_iter().next();
    Ok(value
        .filter(|value| is_written_so(value, text))
        .unwrap_or_else(as_text))
}

/// Whether a path is one of a pattern. `noExpand` of a file is the only key there that is not a
/// string.
fn fits(path: &[String], pattern: &str) -> bool {
    let parts = pattern.split('.');
    path.len() == parts.clone().count()
        && path
            .iter()
            .zip(parts)
            .all(|(part, word)| word == "*" || part == word)
        && path.last().is_none_or(|last| last != "noExpand")
}

/// Whether the text of a value says the same to everybody: nothing of it is lost, as zeros before a
/// number or what follows a `#`.
fn is_written_so(value: &Node, text: &str) -> bool {
    match &value.kind {
        Kind::Int(_) | Kind::Float(_) => value.to_value().to_text() == text,
        Kind::String(content, Style::Plain) => content == text,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a flag as YAML shows its type.
    fn value(flag: &str) -> String {
        let (mut sources, mut report) = (Sources::default(), Report::default());
        let property = property(flag, &mut sources, &mut report).unwrap();
        match property.change.value {
            None => "deleted".to_owned(),
            Some(node) => format!("{:?}", node.to_value()),
        }
    }

    #[test]
    fn a_string_is_the_text_as_given() {
        for text in [
            "#alerts",
            "hello # world",
            "1234567",
            "0012345",
            "1.10",
            "yes",
            "a: b",
            "{\"a\": 1}",
            "*",
            " x ",
            "line\nline",
            "null",
        ] {
            for path in [
                "containers.web.variables.A",
                "shop:containers.web.args.-1",
                "metadata.annotations.a\\.b/c",
                "containers.web.files.a.content",
            ] {
                let expected = format!("{:?}", diagnostics::value::Value::from(text));
                assert_eq!(value(&format!("{path}={text}")), expected, "{path}");
            }
        }
        assert_eq!(
            value("containers.web.variables.A=\"5\""),
            value("metadata.name=5")
        );
        assert_eq!(value("containers.web.variables.A="), "deleted");
    }

    #[test]
    fn any_other_value_is_yaml_that_loses_nothing() {
        for text in ["0012345", "1.10", "#alerts", "a # b", "1e3", "0x1F"] {
            let expected = format!("{:?}", diagnostics::value::Value::from(text));
            assert_eq!(value(&format!("resources.db.params.a={text}")), expected);
        }
        for (text, expected) in [
            ("8080", "Int(8080)"),
            ("1.5", "Float(1.5)"),
            ("true", "Bool(true)"),
            ("null", "Null"),
            ("[a]", "List([String(\"a\")])"),
        ] {
            assert_eq!(value(&format!("resources.db.params.a={text}")), expected);
        }
    }

    #[test]
    fn paths_keep_escaped_dots() {
        assert_eq!(
            split_path("metadata.annotations.a\\.b/c"),
            ["metadata", "annotations", "a.b/c"]
        );
    }
}
