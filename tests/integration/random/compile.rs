//! Compiles a project in memory.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use compiler::compile::{Request, generate};
use compiler::emit::{Layout, OutputText, Syntax};
use compiler::support::host::{Host, HostError};
use compiler::support::random::Key;
use compiler::targets::compose::Compose;
use compiler::targets::kubernetes::Kubernetes;
use compiler::targets::target::{Options, Target};
use diagnostics::report::{Report, Severity};
use diagnostics::source::Sources;
use serde_json::Value;

use super::project::Project;

/// A definition whose outputs are its params.
const ECHO: &str = "- uri: template://echo\n  type: echo\n  outputs: '{{ .Params | toRawJson }}'\n";

/// The directory of mounted files, the same as that of the binary.
pub const MOUNTS: &str = ".score-rs/compose/mounts";

/// Source files and a seed.
struct SourceFiles<'a>(&'a BTreeMap<String, String>);

impl Host for SourceFiles<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        let content = path
            .to_str()
            .and_then(|path| self.0.get(path))
            .ok_or(HostError::NotFound)?;
        Ok(content.clone().into_bytes())
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(Key::from_seed(b"random"))
    }
}

/// The output.
#[derive(Debug, PartialEq)]
pub struct Compiled {
    pub text: String,
    /// Path, content and mode of each further file.
    pub files: Vec<(String, Option<Vec<u8>>, u32)>,
}

/// The target with this name.
pub fn target(name: &str) -> &'static dyn Target {
    if name == "compose" {
        &Compose
    } else {
        &Kubernetes
    }
}

/// Compiles a project whose keys are shuffled by `order`, or returns the reported errors.
pub fn compile(
    project: &Project,
    target_name: &str,
    syntax: Syntax,
    order: u64,
) -> Result<Compiled, String> {
    let mut sources = Sources::default();
    let mut texts: Vec<String> = project
        .workloads
        .iter()
        .map(|workload| score_text(workload, order))
        .collect();
    if order % 2 == 1 {
        texts.reverse();
    }
    let score_files = texts
        .into_iter()
        .enumerate()
        .map(|(at, text)| sources.add(format!("{at}.score.yaml"), text))
        .collect();
    let definitions = vec![sources.add("echo.provisioners.yaml", ECHO)];
    let options = Options {
        mounts: MOUNTS.to_owned(),
        mounts_in_output: format!("./{MOUNTS}"),
        http_probes: true,
        ..Options::default()
    };
    let layout = Layout {
        syntax,
        ..Layout::default()
    };
    let request = Request {
        score_files,
        definitions,
        options,
        layout,
        ..Request::new(target(target_name))
    };
    let mut report = Report::default();
    let output = generate(
        &mut sources,
        &SourceFiles(&project.files),
        &request,
        &mut report,
    )
    .map_err(|_| errors(&report))?;
    let OutputText::One(text) = output.emitted else {
        panic!("more than one file")
    };
    let files = output
        .artifacts
        .into_iter()
        .map(|file| (file.path, file.content, file.mode.unwrap_or(0o644)))
        .collect();
    Ok(Compiled { text, files })
}

fn errors(report: &Report) -> String {
    let errors = report
        .in_order()
        .into_iter()
        .filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors
        .map(|error| format!("{} [{}]", error.message(), error.name()))
        .collect::<Vec<_>>()
        .join("; ")
}

/// A Score file: JSON or indented YAML.
fn score_text(workload: &Value, order: u64) -> String {
    if order % 4 < 2 {
        json(workload, order)
    } else {
        block(workload, order, 0)
    }
}

/// The entries of a mapping in random order.
fn shuffled(map: &serde_json::Map<String, Value>, order: u64) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_cached_key(|(key, _)| {
        let mut hasher = DefaultHasher::new();
        (order, key).hash(&mut hasher);
        hasher.finish()
    });
    entries
}

/// A scalar as JSON that is valid YAML: some characters must be escaped.
fn scalar(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap();
    let escaped = |character: char| match character {
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
            format!("\\u{:04x}", u32::from(character))
        }
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// A value as JSON that is valid YAML, with its keys in random order.
pub fn json(value: &Value, order: u64) -> String {
    match value {
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                format!("{}: {}", scalar(key), json(value, order))
            };
            format!(
                "{{{}}}",
                shuffled(map, order)
                    .into_iter()
                    .map(entry)
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items
                    .iter()
                    .map(|item| json(item, order))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        other => scalar(other),
    }
}

/// Block YAML with JSON strings.
fn block(value: &Value, order: u64, depth: usize) -> String {
    let line = |begin: String, item: &Value| {
        let is_block = item
            .as_object()
            .map(|map| !map.is_empty())
            .or(item.as_array().map(|items| !items.is_empty()));
        let break_or_blank = if is_block == Some(true) { "\n" } else { " " };
        format!(
            "{}{begin}{break_or_blank}{}",
            "  ".repeat(depth),
            block(item, order, depth + 1)
        )
    };
    match value {
        Value::Object(map) if !map.is_empty() => shuffled(map, order)
            .into_iter()
            .map(|(key, item)| line(format!("{}:", scalar(key)), item))
            .collect(),
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .map(|item| line("-".to_owned(), item))
            .collect(),
        other => scalar(other) + "\n",
    }
}
