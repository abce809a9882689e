//! The settings of an environment, each with its place.

use super::Environment;
use super::list::ListItem;
use super::source::{Purpose, Source, SourceRef, expand};
use crate::project::remote::Lock;
use crate::system::error::CliError;
use compiler::model::Build;
use diagnostics::report::Report;
use diagnostics::source::{Span, Spanned};
use diagnostics::value::{Map, Value};
use yaml::{Kind, Node};

/// One setting of an environment.
pub struct Setting {
    /// Its path, as in `values.domain` or `patches[0]`.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// Where it is written; `None` for a default.
    pub span: Option<Span>,
}

impl Setting {
    pub(in crate::project) fn new(
        key: impl Into<String>,
        value: Value,
        span: Option<Span>,
    ) -> Setting {
        Setting {
            key: key.into(),
            value,
            span,
        }
    }
}

/// All settings of an environment, with the digests of the lock, in the order of
/// `spec/environments.md`.
pub fn settings(environment: &Environment, lock: &Lock) -> Result<Vec<Setting>, CliError> {
    let mut settings = header(environment);
    if let Some(preview) = environment.preview() {
        leaves("preview", &preview.node, &mut settings);
    }
    let definitions = only_sources(environment.provisioners());
    settings.extend(of_list(
        "provisioners",
        &definitions,
        Purpose::Definitions,
        lock,
    )?);
    settings.extend(environment.builtin_kinds().map(|kinds| {
        let names = kinds.value.iter().map(|kind| text(kind));
        let value = Value::List(names.collect());
        Setting::new("provisioners.builtin", value, Some(kinds.span))
    }));
    if let Some(types) = environment.forbidden_types() {
        leaves("forbiddenTypes", &types, &mut settings);
    }
    if let Some(rules) = environment.written_rules() {
        leaves("rules", &rules, &mut settings);
    }
    settings.extend(workload_settings(environment));
    let patches = environment.patches();
    settings.extend(of_list("patches", &patches, Purpose::Patches, lock)?);
    if let Some(patchable) = environment.written_patchable() {
        leaves("patchable", &patchable, &mut settings);
    }
    let schemas = only_sources(environment.schemas());
    settings.extend(of_list("schemas", &schemas, Purpose::Schemas, lock)?);
    let policies = environment.policies();
    settings.extend(of_list("policies", &policies, Purpose::Policies, lock)?);
    settings.extend(environment.exceptions().map(|setting| {
        let name = text(setting.value.name());
        Setting::new("exceptions", name, Some(setting.span))
    }));
    if let Some(labels) = environment.namespace_labels() {
        leaves("namespaceLabels", labels, &mut settings);
    }
    if let Some(values) = environment.values() {
        leaves("values", &values, &mut settings);
    }
    if let Some(defaults) = environment.defaults() {
        leaves("defaults", &defaults, &mut settings);
    }
    if let Some(features) = environment.features() {
        leaves("features", &features, &mut settings);
    }
    if let Some(workloads) = environment.written_external_workloads() {
        leaves("externalWorkloads", &workloads, &mut settings);
    }
    settings.push(match environment.output() {
        Some(output) => of_text("output", output),
        None => Setting::new(
            "output",
            text(environment.target.info().default_output),
            None,
        ),
    });
    Ok(settings)
}

/// The settings before the definitions.
fn header(environment: &Environment) -> Vec<Setting> {
    let target = environment
        .first(|file| file.target.as_ref())
        .map(|target| target.span);
    let file = environment.file();
    let optional = [
        file.and_then(|file| file.extends.as_ref())
            .map(|name| of_text("extends", name)),
        file.and_then(|file| file.default.as_ref())
            .map(|flag| of_flag("default", flag)),
        environment
            .first(|file| file.project.as_ref())
            .map(|name| of_text("project", name)),
        file.and_then(|file| file.identity.as_ref())
            .map(|name| of_text("identity", name)),
        environment
            .first(|file| file.secrets.as_ref())
            .map(|setting| {
                let value = match environment.secret_store() {
                    Some(store) => store.to_value(),
                    None => text(setting.value.name()),
                };
                Setting::new("secrets", value, Some(setting.span))
            }),
        environment
            .namespace()
            .map(|name| of_text("namespace", &name)),
        environment
            .generates_namespace()
            .map(|flag| of_flag("generateNamespace", &flag)),
        environment.pod_security().map(|setting| {
            let name = text(setting.value.name());
            Setting::new("podSecurity", name, Some(setting.span))
        }),
    ];
    let target = Setting::new("target", text(environment.target.name()), target);
    [target]
        .into_iter()
        .chain(optional.into_iter().flatten())
        .collect()
}

/// Overrides, images, builds and published ports.
fn workload_settings(environment: &Environment) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (index, file) in environment.overrides().into_iter().enumerate() {
        let path = text(&file.source.source.to_string());
        let value = match &file.workload {
            None => path,
            Some(workload) => Value::Map(Map::from_iter([
                ("workload".to_owned(), text(&workload.value)),
                ("file".to_owned(), path),
            ])),
        };
        settings.push(Setting::new(
            format!("overrides[{index}]"),
            value,
            file.source.span,
        ));
    }
    let images = environment.images().into_iter();
    settings.extend(images.map(|(key, image)| of_text(&format!("images.{key}"), &image.value)));
    settings.extend(environment.builds().into_iter().map(|(key, build)| {
        let value = match &build.value.value {
            Build::Context(context) => text(&context.value),
            Build::Section(node) => node.to_value(),
        };
        Setting::new(format!("builds.{key}"), value, Some(build.value.span))
    }));
    let publish = environment.publish().enumerate();
    settings.extend(publish.map(|(index, port)| {
        Setting::new(
            format!("publish[{index}]"),
            text(&port.value.0),
            Some(port.span),
        )
    }));
    settings
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn of_text(key: &str, written: &Spanned<String>) -> Setting {
    Setting::new(key, text(&written.value), Some(written.span))
}

fn of_flag(key: &str, written: &Spanned<bool>) -> Setting {
    Setting::new(key, Value::Bool(written.value), Some(written.span))
}

fn only_sources(sources: Vec<SourceRef>) -> Vec<ListItem<'static, ()>> {
    sources.into_iter().map(ListItem::Source).collect()
}

/// The items of a list: the files of sources, each once, with their digests in the lock, and what
/// is written in an environment. Only the last mention of the embedded definitions counts.
fn of_list<T>(
    key: &str,
    list: &[ListItem<'_, T>],
    purpose: Purpose,
    lock: &Lock,
) -> Result<Vec<Setting>, CliError> {
    let is_builtin = |item: &ListItem<'_, T>| matches!(item, ListItem::Source(source_ref) if source_ref.source == Source::Builtin);
    let last_builtin = list.iter().rposition(is_builtin);
    let mut settings: Vec<Setting> = Vec::new();
    let mut known: Vec<Source> = Vec::new();
    let mut count = 0;
    let mut next_key = || {
        count += 1;
        format!("{key}[{}]", count - 1)
    };
    for (index, item) in list.iter().enumerate() {
        let source_ref = match item {
            ListItem::Inline(_, node) => {
                let value = node.to_value();
                settings.push(Setting::new(next_key(), value, Some(node.span)));
                continue;
            }
            item if is_builtin(item) && last_builtin != Some(index) => continue,
            ListItem::Source(source_ref) => source_ref,
        };
        for source in expand(source_ref, purpose, &mut Report::default())? {
            if known.contains(&source) {
                continue;
            }
            let (key, source_text) = (next_key(), source.to_string());
            let digest = lock
                .digest(&source_text)
                .filter(|_| matches!(source, Source::Remote(_)));
            settings.push(Setting::new(
                key.clone(),
                text(&source_text),
                source_ref.span,
            ));
            settings.extend(
                digest.map(|(digest, span)| {
                    Setting::new(format!("{key}.digest"), text(&digest), span)
                }),
            );
            known.push(source);
        }
    }
    Ok(settings)
}

/// A setting for each value that is not a mapping.
fn leaves(key: &str, node: &Node, settings: &mut Vec<Setting>) {
    match &node.kind {
        Kind::Map(entries) if !entries.is_empty() => {
            for (name, entry) in entries {
                leaves(
                    &format!("{key}.{}", name.replace(".", "\\.")),
                    &entry.value,
                    settings,
                );
            }
        }
        _ => settings.push(Setting::new(key, node.to_value(), Some(node.span))),
    }
}
