//! How an image is made: Compose's `build`, with paths as the output's directory sees them.

use super::interpolation::literal;
use crate::model::Build;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};
use yaml::rules::UNKNOWN_KEY;
use yaml::{Entries, Entry, reader};

/// The keys of `build` (Compose specification, "Compose Build Specification").
const KEYS: [&str; 25] = [
    "additional_contexts",
    "args",
    "cache_from",
    "cache_to",
    "context",
    "dockerfile",
    "dockerfile_inline",
    "entitlements",
    "extra_hosts",
    "isolation",
    "labels",
    "network",
    "no_cache",
    "no_cache_filter",
    "platforms",
    "privileged",
    "provenance",
    "pull",
    "sbom",
    "secrets",
    "shm_size",
    "ssh",
    "tags",
    "target",
    "ulimits",
];

/// The value of `build`. `project` is the way from the directory of the output to where paths are
/// given from.
pub(super) fn section(build: &Build, project: &str, report: &mut Report) -> Value {
    let node = match build {
        // A directory is a name, in which a dollar is a dollar; a section is Compose's own text,
        // variables included.
        Build::Context(context) => {
            return with_context(literal(&placed(&context.value, project)), Map::new());
        }
        Build::Section(node) => node,
    };
    let Some(entries) = node.as_map() else {
        reader::wrong_type(node, "a build", "a directory or a mapping", report);
        return Value::Null;
    };
    warn_of_unknown(entries, report);
    let mut rest: Map = entries
        .iter()
        .map(|(key, entry)| (key.clone(), entry.value.to_value()))
        .collect();
    rest.shift_remove("context");
    if let Some(contexts) = rest.get_mut("additional_contexts") {
        place_each(contexts, project);
    }
    let given = entries
        .get("context")
        .map(|entry| reader::string(&entry.value, "`context`", report));
    let context = given.map_or(".".to_owned(), |given| {
        given.map_or(String::new(), |given| given.value)
    });
    with_context(Value::String(placed(&context, project)), rest)
}

/// The context comes first, as people write it.
fn with_context(context: Value, rest: Map) -> Value {
    Value::Map(
        std::iter::once(("context".to_owned(), context))
            .chain(rest)
            .collect(),
    )
}

/// Compose gets new keys faster than this list does, so one that is not on it is passed on.
fn warn_of_unknown(entries: &Entries, report: &mut Report) {
    let unknown =
        |(key, _): &(&String, &Entry)| !KEYS.contains(&key.as_str()) && !key.starts_with("x-");
    for (key, entry) in entries.iter().filter(unknown) {
        let help = suggestion(key, KEYS, || {
            format!(
                "look whether your Compose knows it; the usual keys are {}",
                list_names(KEYS)
            )
        });
        let message = format!("`build` of Compose has no key `{key}`; it is passed on as it is");
        report.push_as(
            Severity::Warning,
            Problem::new(&UNKNOWN_KEY, message).at(entry.key).help(help),
        );
    }
}

/// Further contexts, as a mapping of names to paths or as a list of `NAME=PATH`.
fn place_each(contexts: &mut Value, project: &str) {
    match contexts {
        Value::Map(map) => {
            for value in map.values_mut() {
                if let Value::String(path) = value {
                    *path = placed(path, project);
                }
            }
        }
        Value::List(items) => {
            for item in items {
                if let Value::String(text) = item
                    && let Some((name, path)) = text.split_once('=')
                {
                    *text = format!("{name}={}", placed(path, project));
                }
            }
        }
        _ => {}
    }
}

/// A context as the output names it: a relative path is led from the output's directory, everything
/// else stays.
fn placed(context: &str, project: &str) -> String {
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

/// Whether Compose would take this for a path below the output's directory: it is no absolute path,
/// no home directory, no variable that may hold either, and no repository, image or service.
fn is_relative(context: &str) -> bool {
    let elsewhere = ["/", "~", "$", "git@", "github.com/", "service:"];
    !context.contains("://") && !elsewhere.iter().any(|start| context.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::{Sources, Spanned};
    use yaml;

    #[test]
    fn relative_contexts_are_led_from_the_output() {
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
        for (context, project, wanted) in rows {
            assert_eq!(placed(context, project), wanted, "{context} from {project}");
        }
    }

    #[test]
    fn what_is_no_relative_path_stays() {
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
            assert_eq!(placed(context, ".."), context);
        }
    }

    fn of(text: &str) -> (String, Vec<String>) {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = Report::default();
        let node = yaml::parse(&sources, id, &mut report).remove(0);
        let section = section(&Build::Section(node), "..", &mut report);
        let said = report
            .in_order()
            .iter()
            .map(|one| format!("{} {}", one.name(), one.help().unwrap_or("")))
            .collect();
        (section.to_json(), said)
    }

    #[test]
    fn a_section_is_passed_on_with_its_paths_led_anew() {
        let text = "{target: dev, args: {A: '$B'}, additional_contexts: {x: lib, y: 'docker-image://z'}, x-own: 1}";
        let wanted = r#"{"additional_contexts":{"x":"../lib","y":"docker-image://z"},"args":{"A":"$B"},"context":"..","target":"dev","x-own":1}"#;
        assert_eq!(of(text), (wanted.to_owned(), vec![]));
        let list = "{context: app, additional_contexts: [x=lib]}";
        assert_eq!(
            of(list).0,
            r#"{"additional_contexts":["x=../lib"],"context":"../app"}"#
        );
    }

    #[test]
    fn unknown_keys_are_passed_on_with_a_warning() {
        let (json, said) = of("{context: app, tagret: dev}");
        assert_eq!(json, r#"{"context":"../app","tagret":"dev"}"#);
        assert_eq!(said, ["unknown-key did you mean `target`?"]);
        assert_eq!(
            of("{context: [a]}").1,
            ["wrong-type write `a` alone, not as a list"]
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
