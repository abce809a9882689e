//! The `build` of a service, with paths relative to the directory of the output.

use super::interpolation::literal;
use super::schema::{self, INVALID_COMPOSE};
use crate::model::Build;
use diagnostics::report::{Problem, Report};
use diagnostics::value::{Map, Value};

/// The value of `build`. `project` is the path from the directory of the output to the current
/// directory, which paths are relative to.
pub(super) fn section(build: &Build, project: &str, report: &mut Report) -> Value {
    let node = match build {
        // In a directory a dollar is a dollar; a section is text of Compose, variables included.
        Build::Context(context) => {
            return with_context(literal(&rebase(&context.value, project)), Map::new());
        }
        Build::Section(node) => node,
    };
    for fault in schema::check_build(node) {
        let problem = Problem::new(&INVALID_COMPOSE, fault.message).at(fault.span);
        report.push(problem.help("write what `build` of the Compose specification has"));
    }
    let Some(entries) = node.as_map() else {
        return Value::Null;
    };
    let mut rest: Map = entries
        .iter()
        .map(|(key, entry)| (key.clone(), entry.value.to_value()))
        .collect();
    rest.shift_remove("context");
    if let Some(contexts) = rest.get_mut("additional_contexts") {
        rebase_each(contexts, project);
    }
    let context = entries
        .get("context")
        .and_then(|entry| entry.value.as_str());
    with_context(Value::String(rebase(context.unwrap_or("."), project)), rest)
}

/// A section with the context first, as people write it.
fn with_context(context: Value, rest: Map) -> Value {
    Value::Map(
        std::iter::once(("context".into(), context))
            .chain(rest)
            .collect(),
    )
}

/// Further contexts, as a mapping of names to paths or as a list of `NAME=PATH`.
fn rebase_each(contexts: &mut Value, project: &str) {
    match contexts {
        Value::Map(map) => {
            for value in map.values_mut() {
                if let Value::String(path) = value {
                    *path = rebase(path, project);
                }
            }
        }
        Value::List(items) => {
            for item in items {
                if let Value::String(text) = item
                    && let Some((name, path)) = text.split_once('=')
                {
                    *text = format!("{name}={}", rebase(path, project));
                }
            }
        }
        _ => {}
    }
}

/// Makes a relative path relative to the directory of the output; anything else stays as it is.
fn rebase(context: &str, project: &str) -> String {
    if !is_relative(context) {
        return context.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in project.split('/').chain(context.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts.first() {
        None => ".".to_owned(),
        Some(&"..") => parts.join("/"),
        Some(_) => format!("./{}", parts.join("/")),
    }
}

/// Whether Compose reads this as a relative path: not as an absolute path, a home directory, a
/// variable that may be either, a repository, an image or a service.
fn is_relative(context: &str) -> bool {
    let other_forms = ["/", "~", "$", "git@", "github.com/", "service:"];
    !context.contains("://") && !other_forms.iter().any(|start| context.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::{Sources, Spanned};

    #[test]
    fn relative_contexts_become_relative_to_the_output() {
        let rows = [
            ("app", "", "./app"),
            ("./app/", ".", "./app"),
            (".", "", "."),
            (".", "../..", "../.."),
            ("app", "..", "../app"),
            ("../shared", "..", "../../shared"),
            ("../other", "../../home/me", "../../home/other"),
            ("a/../b", "", "./b"),
            ("${DIR}/app", "..", "${DIR}/app"),
            ("apps/${NAME}", "..", "../apps/${NAME}"),
        ];
        for (context, project, expected) in rows {
            let rebased = rebase(context, project);
            assert_eq!(rebased, expected, "{context} from {project}");
        }
    }

    #[test]
    fn other_contexts_stay() {
        let contexts = [
            "/srv/app",
            "~/app",
            "https://github.com/score-spec/sample.git#main:app",
            "git@github.com:score-spec/sample.git",
            "github.com/score-spec/sample",
            "docker-image://alpine:3.20",
            "service:base",
        ];
        for context in contexts {
            assert_eq!(rebase(context, ".."), context);
        }
    }

    fn lowered(text: &str) -> (String, Vec<String>) {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = Report::default();
        let node = yaml::parse(&sources, id, &mut report).remove(0);
        let section = section(&Build::Section(node), "..", &mut report);
        let problems = report
            .in_order()
            .iter()
            .map(|problem| problem.message().to_owned())
            .collect();
        (section.to_json(), problems)
    }

    #[test]
    fn a_section_keeps_everything_but_its_relative_paths() {
        let text = "{target: dev, args: {A: '$B'}, additional_contexts: {x: lib, y: 'docker-image://z'}, x-own: 1}";
        let expected = r#"{"additional_contexts":{"x":"../lib","y":"docker-image://z"},"args":{"A":"$B"},"context":"..","target":"dev","x-own":1}"#;
        assert_eq!(lowered(text), (expected.to_owned(), vec![]));
        let list = "{context: app, additional_contexts: [x=lib]}";
        assert_eq!(
            lowered(list).0,
            r#"{"additional_contexts":["x=../lib"],"context":"../app"}"#
        );
    }

    #[test]
    fn a_section_has_the_keys_of_compose() {
        let (_, problems) = lowered("{context: app, tagret: dev}");
        assert_eq!(
            problems,
            ["`build` has no key `tagret`; did you mean `target`?"]
        );
        assert_eq!(
            lowered("{context: [a]}").1,
            ["`build.context` must be a string, this is a list"]
        );
    }

    #[test]
    fn a_dollar_in_a_directory_is_a_dollar() {
        let mut sources = Sources::default();
        let id = sources.add("t", "");
        let context = Spanned::new("a$b".to_owned(), diagnostics::source::Span::new(id, 0, 0));
        let value = section(&Build::Context(context), "", &mut Report::default());
        assert_eq!(value.to_json(), r#"{"context":"./a$$b"}"#);
    }
}
