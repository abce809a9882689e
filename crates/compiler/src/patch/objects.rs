//! The objects in the documents of a target.

use super::context::{Context, View};
use super::merge::ObjectKind;
use crate::plan::{Plan, Resource, Workload};
use crate::support::document::Document;
use crate::support::places::Step;
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};
use std::borrow::Cow;

/// An object: a document, or an entry of a section of one.
#[derive(Debug, Clone)]
pub(super) struct ObjectPath {
    /// The index of the document.
    pub(super) document: usize,
    /// The way to the object in it.
    pub(super) steps: Vec<Step>,
}

/// An object, and what patches select it by.
pub(super) struct Object<'a> {
    pub(super) path: ObjectPath,
    pub(super) value: &'a Value,
    pub(super) kind: ObjectKind<'a>,
    pub(super) name: &'a str,
    pub(super) workload: Option<&'a Workload>,
    labels: Option<&'a Value>,
    plan: &'a Plan,
    origin: Option<Span>,
}

impl<'a> Object<'a> {
    /// The resource whose definition made it.
    pub(super) fn resource(&self) -> Option<&'a Resource> {
        let mut resources = self.plan.resources.iter();
        match self.path.steps.as_slice() {
            [Step::Key(section), Step::Key(name)] => resources.find(|resource| {
                let written = resource.provisioned.sections.get(section.as_str());
                written.is_some_and(|section| section.get(name).is_some())
            }),
            _ => {
                let origin = self.origin?;
                resources.find(|resource| resource.span == origin)
            }
        }
    }

    /// The value of a label; a list of labels has `KEY=VALUE`.
    pub(super) fn label(&self, key: &str) -> Option<Cow<'a, str>> {
        match self.labels? {
            Value::List(items) => items.iter().find_map(|item| {
                let (name, value) = item.as_str()?.split_once('=')?;
                (name == key).then_some(value.into())
            }),
            labels => labels.get(key).map(|value| match value.as_str() {
                Some(text) => text.into(),
                None => value.to_text().into(),
            }),
        }
    }

    /// Whether both are the same object in a cluster. One without a namespace is in that of the output.
    pub(super) fn is_same(&self, other: &Object<'_>, namespace: &str) -> bool {
        let namespace_of = |object: &Object<'_>| {
            let written = object.value.at(&["metadata", "namespace"]);
            written.map_or_else(|| namespace.to_owned(), Value::to_text)
        };
        self.name == other.name
            && self.kind == other.kind
            && namespace_of(self) == namespace_of(other)
    }

    /// The keys of its labels.
    pub(super) fn label_keys(&self) -> Vec<&str> {
        match self.labels {
            Some(Value::List(items)) => {
                let items = items.iter().filter_map(Value::as_str);
                items.filter_map(|item| item.split('=').next()).collect()
            }
            Some(Value::Map(map)) => map.keys().collect(),
            _ => Vec::new(),
        }
    }

    /// Its kind and name, for messages.
    pub(super) fn describe(&self) -> String {
        format!("`{}/{}`", self.kind.kind, self.name)
    }
}

/// All objects, in the order of the output.
pub(super) fn objects<'a>(documents: &'a [Document], context: &Context<'a>) -> Vec<Object<'a>> {
    let view = context.view;
    let documents = documents.iter().enumerate();
    if view.kinds.is_empty() {
        let object = |(index, document): (usize, &'a Document)| {
            let text = |key| document.value.get(key).and_then(Value::as_str);
            let name = document.value.at(&["metadata", "name"]);
            Object {
                path: ObjectPath {
                    document: index,
                    steps: Vec::new(),
                },
                value: &document.value,
                kind: ObjectKind {
                    api_version: text("apiVersion").unwrap_or_default(),
                    kind: text("kind").unwrap_or_default(),
                },
                name: name.and_then(Value::as_str).unwrap_or_default(),
                workload: workload(&document.value, context),
                labels: document.value.at(view.labels),
                plan: context.plan,
                origin: document.origin,
            }
        };
        return documents.map(object).collect();
    }
    let sections = documents.flat_map(|(index, document)| {
        let sections = view.kinds.iter().filter_map(|(kind, section)| {
            let map = document.value.get(section)?.as_map()?;
            Some((*kind, *section, map))
        });
        sections.map(move |section| (index, section))
    });
    let objects = sections
        .flat_map(|(index, (kind, section, map))| of_section(index, kind, section, map, context));
    objects.collect()
}

fn of_section<'a>(
    document: usize,
    kind: &'a str,
    section: &'a str,
    map: &'a Map,
    context: &Context<'a>,
) -> impl Iterator<Item = Object<'a>> {
    let (plan, view) = (context.plan, context.view);
    map.iter().map(move |(name, value)| Object {
        path: ObjectPath {
            document,
            steps: vec![Step::Key(section.to_owned()), Step::Key(name.into())],
        },
        value,
        kind: ObjectKind {
            api_version: "",
            kind,
        },
        name,
        workload: value
            .at(view.workload_name)
            .and_then(Value::as_str)
            .and_then(|name| plan.workload(name)),
        labels: value.at(view.labels),
        plan,
        origin: None,
    })
}

fn workload<'a>(value: &Value, context: &Context<'a>) -> Option<&'a Workload> {
    let name = value.at(context.view.workload_name)?.as_str()?;
    context.plan.workload(name)
}

/// The kinds of a view that has a fixed list of them.
pub(super) fn kinds(view: &View) -> impl Iterator<Item = &'static str> + Clone {
    view.kinds.iter().map(|(kind, _)| *kind)
}
