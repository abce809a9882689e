//! `x-` keys, which belong to the author of a file and not to the language. They can be where a
//! mapping has fixed keys; in a mapping of names, such a key is a name.

use std::collections::BTreeSet;

use crate::model::{Workload, is_extension_key};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Value;
use yaml::{Kind, Node};

rules! {
    /// A Score file has a key that begins with `x-`, which other Score tools reject.
    pub EXTENSION_KEY: "extension-key", Note;
}

/// A mapping with fixed keys, as the mappings of this form in it.
type Fixed = &'static [(&'static str, Inside)];

/// What is under a key of a mapping.
enum Inside {
    /// A mapping with fixed keys.
    One(Fixed),
    /// A mapping of names, or a list, of mappings with fixed keys.
    Each(Fixed),
}

use Inside::{Each, One};

const WORKLOAD: Fixed = &[
    ("service", One(&[("ports", Each(&[]))])),
    ("containers", Each(CONTAINER)),
    ("resources", Each(&[])),
];

const CONTAINER: Fixed = &[
    ("files", Each(&[])),
    ("volumes", Each(&[])),
    ("before", Each(&[])),
    (
        "resources",
        One(&[("limits", One(&[])), ("requests", One(&[]))]),
    ),
    ("livenessProbe", One(PROBE)),
    ("readinessProbe", One(PROBE)),
];

const PROBE: Fixed = &[
    ("httpGet", One(&[("httpHeaders", Each(&[]))])),
    ("exec", One(&[])),
];

/// The `x-` keys of a document, in the order in which they are written.
pub(super) fn keys(document: &Node) -> Vec<Spanned<String>> {
    let mut keys = Vec::new();
    visit(document, WORKLOAD, &mut |node| {
        let entries = node.as_map().into_iter().flatten();
        let extensions = entries.filter(|(key, _)| is_extension_key(key));
        keys.extend(extensions.map(|(key, entry)| Spanned::new(key.into(), entry.key)));
    });
    keys
}

/// The `x-` keys of a mapping, with their values.
pub(super) fn values(mapping: &Node) -> Value {
    let entries = mapping.as_map().into_iter().flatten();
    let extensions = entries.filter(|(key, _)| is_extension_key(key));
    let values = extensions.map(|(key, entry)| (key.clone(), entry.value.to_value()));
    Value::Map(values.collect())
}

fn visit(node: &Node, fixed: Fixed, found: &mut dyn FnMut(&Node)) {
    found(node);
    for (key, inside) in fixed {
        match (node.get(key), inside) {
            (Some(node), One(fixed)) => visit(node, fixed, found),
            (Some(node), Each(fixed)) => match &node.kind {
                Kind::Map(entries) => entries
                    .values()
                    .for_each(|entry| visit(&entry.value, fixed, found)),
                Kind::List(items) => items.iter().for_each(|item| visit(item, fixed, found)),
                _ => {}
            },
            (None, _) => {}
        }
    }
}

/// The document without its `x-` keys.
pub(super) fn without(mut document: Node) -> Node {
    remove(&mut document, WORKLOAD);
    document
}

fn remove(node: &mut Node, fixed: Fixed) {
    let Some(entries) = node.as_map_mut() else {
        return;
    };
    entries.retain(|key, _| !is_extension_key(key));
    for (key, inside) in fixed {
        match (entries.get_mut(*key).map(|entry| &mut entry.value), inside) {
            (Some(node), One(fixed)) => remove(node, fixed),
            (Some(node), Each(fixed)) => match &mut node.kind {
                Kind::Map(entries) => entries
                    .values_mut()
                    .for_each(|entry| remove(&mut entry.value, fixed)),
                Kind::List(items) => items.iter_mut().for_each(|item| remove(item, fixed)),
                _ => {}
            },
            (None, _) => {}
        }
    }
}

/// Notes the first `x-` key of each file.
pub(crate) fn report(workloads: &[Workload], report: &mut Report) {
    let mut seen = BTreeSet::new();
    let keys = workloads
        .iter()
        .flat_map(|workload| &workload.extension_keys);
    let mut keys: Vec<&Spanned<String>> = keys.collect();
    keys.sort_by_key(|key| key.span);
    for key in keys.into_iter().filter(|key| seen.insert(key.span.source)) {
        report.push(problem(&key.value, key.span));
    }
}

fn problem(key: &str, span: Span) -> Problem {
    let message = format!("`{key}` is an extension, and other Score tools reject the file");
    Problem::new(&EXTENSION_KEY, message)
        .at(span)
        .help("if other tools read the file, move it to `metadata`, which can have any keys")
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::Sources;

    #[test]
    fn extensions_are_where_keys_are_fixed() {
        let text = "x-a: 1
metadata: {name: shop, x-no: 1}
service: {x-b: 1, ports: {x-no: {port: 80, x-c: 1}}}
containers:
  x-no:
    x-d: {x-no: 1}
    variables: {x-no: 1}
    files: {x-no: {content: '', x-e: 1}, /a: [x-no]}
    volumes: [{target: /b, x-f: 1}]
    before: {x-no: {ready: started, x-g: 1}}
    resources: {x-h: 1, limits: {x-i: 1}, requests: {x-j: 1}}
    livenessProbe: {x-k: 1, httpGet: {x-l: 1, httpHeaders: [{x-m: 1}]}}
    readinessProbe: {exec: {x-n: 1}}
resources:
  x-no: {x-o: 1, metadata: {x-no: 1}, params: {x-no: 1}}
x-: 1
X-p: 1
x_q: 1
";
        let mut sources = Sources::default();
        let id = sources.add("score.yaml", text);
        let document = yaml::parse(&sources, id, &mut Report::default()).remove(0);
        let found: String = keys(&document)
            .iter()
            .map(|key| key.value.trim_start_matches("x-").to_owned())
            .collect();
        let mut letters: Vec<char> = found.chars().collect();
        letters.sort_unstable();
        assert_eq!(letters, ('a'..='o').collect::<Vec<_>>());
        let rest = without(document);
        assert!(keys(&rest).is_empty());
        assert_eq!(rest.to_value().to_json().matches("x-no").count(), 10);
    }
}
