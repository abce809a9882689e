//! An environment part by part, each with the place of whoever said it last.

use super::Environment;
use super::source::{Purpose, Source, SourceRef, each};
use crate::project::remote::Lock;
use compiler::model::Build;
use diagnostics::report::Report;
use diagnostics::source::{Span, Spanned};
use diagnostics::value::{Map, Value};
use yaml::{Kind, Node};

/// One thing that an environment says.
pub struct Part {
    /// The way to it, as in `values.domain` or `patches[0]`.
    pub key: String,
    /// What is said.
    pub value: Value,
    /// Where it was written; `None` for what is so because nobody says otherwise.
    pub span: Option<Span>,
}

impl Part {
    fn new(key: impl Into<String>, value: Value, span: Option<Span>) -> Part {
        Part {
            key: key.into(),
            value,
            span,
        }
    }
}

/// Everything that an environment and the lock say, in the order of `spec/environments.md`.
pub fn parts(environment: &Environment, lock: &Lock) -> Vec<Part> {
    let mut parts = Vec::new();
    let target = environment
        .first(|own| own.target.as_ref())
        .map(|target| target.span);
    parts.push(Part::new("target", text(environment.target.name()), target));
    let own = environment.declaration();
    parts.extend(
        own.and_then(|own| own.extends.as_ref())
            .map(|name| of_text("extends", name)),
    );
    parts.extend(
        own.and_then(|own| own.default.as_ref())
            .map(|flag| of_flag("default", flag)),
    );
    parts.extend(
        environment
            .first(|own| own.project.as_ref())
            .map(|name| of_text("project", name)),
    );
    parts.extend(
        environment
            .first(|own| own.namespace.as_ref())
            .map(|name| of_text("namespace", name)),
    );
    let generate = environment.first(|own| own.generate_namespace.as_ref());
    parts.extend(generate.map(|flag| of_flag("generateNamespace", flag)));
    parts.extend(of_sources(
        "provisioners",
        &environment.provisioners(),
        Purpose::Definitions,
        lock,
    ));
    for (index, file) in environment.overrides().into_iter().enumerate() {
        let path = text(&file.path.display().to_string());
        let value = match &file.workload {
            None => path,
            Some(workload) => Value::Map(Map::from_iter([
                ("workload".to_owned(), text(&workload.value)),
                ("file".to_owned(), path),
            ])),
        };
        parts.push(Part::new(
            format!("overrides[{index}]"),
            value,
            Some(file.span),
        ));
    }
    let images = environment.images().into_iter();
    parts.extend(images.map(|(key, image)| of_text(&format!("images.{key}"), &image.value)));
    parts.extend(environment.builds().into_iter().map(|(key, build)| {
        let value = match &build.value.value {
            Build::Context(context) => text(&context.value),
            Build::Section(node) => node.to_value(),
        };
        Part::new(format!("builds.{key}"), value, Some(build.value.span))
    }));
    let publish = environment.publish().enumerate();
    parts.extend(publish.map(|(index, own)| {
        Part::new(
            format!("publish[{index}]"),
            text(&own.value.0),
            Some(own.span),
        )
    }));
    parts.extend(of_sources(
        "patches",
        &environment.patches(),
        Purpose::Patches,
        lock,
    ));
    if let Some(values) = environment.values() {
        leaves("values", &values, &mut parts);
    }
    let output = environment.first(|own| own.output.as_ref());
    let usual = || Part::new("output", text(environment.target.default_output()), None);
    parts.push(output.map_or_else(usual, |output| of_text("output", output)));
    parts
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn of_text(key: &str, written: &Spanned<String>) -> Part {
    Part::new(key, text(&written.value), Some(written.span))
}

fn of_flag(key: &str, written: &Spanned<bool>) -> Part {
    Part::new(key, Value::Bool(written.value), Some(written.span))
}

/// Every file of a list of sources, each once, and what the lock says of it. What is embedded
/// counts where it stands last.
fn of_sources(key: &str, list: &[SourceRef], purpose: Purpose, lock: &Lock) -> Vec<Part> {
    let mut found: Vec<(Source, Option<Span>)> = Vec::new();
    let last = list
        .iter()
        .rposition(|listed| listed.source == Source::Builtin);
    for (index, listed) in list.iter().enumerate() {
        if listed.source != Source::Builtin || last == Some(index) {
            let parts = each(listed, purpose, &mut Report::default());
            found.extend(parts.into_iter().map(|source| (source, listed.span)));
        }
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut known: Vec<Source> = Vec::new();
    for (source, span) in found {
        if known.contains(&source) {
            continue;
        }
        let (key, source_text) = (format!("{key}[{}]", known.len()), source.to_string());
        let digest = lock
            .digest(&source_text)
            .filter(|_| matches!(source, Source::Remote(_)));
        parts.push(Part::new(key.clone(), text(&source_text), span));
        parts.extend(
            digest.map(|(digest, span)| Part::new(format!("{key}.digest"), text(&digest), span)),
        );
        known.push(source);
    }
    parts
}

fn leaves(key: &str, node: &Node, parts: &mut Vec<Part>) {
    match &node.kind {
        Kind::Map(entries) if !entries.is_empty() => {
            for (name, entry) in entries {
                leaves(
                    &format!("{key}.{}", name.replace('.', "\\.")),
                    &entry.value,
                    parts,
                );
            }
        }
        _ => parts.push(Part::new(key, node.to_value(), Some(node.span))),
    }
}
