//! Writes the defaults into the plan.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::settings::{ContainerDefaults, WorkloadDefaults};
use super::{Defaults, KINDS, read};
use crate::check::requests_within_limits;
use crate::model::{Annotation, Quantities};
use crate::patch::Environment;
use crate::patch::values::{self, Scope, WorkloadScope};
use crate::placeholder::{self, Token};
use crate::plan::{Container, Plan, Workload};
use crate::support::quantity::Amount;
use diagnostics::report::{Report, Severity};
use diagnostics::source::{Sources, Spanned};
use yaml::{Entry, Kind, Node, Style};

/// The annotation with the kind of a workload.
const KIND: &str = "k8s.score.dev/kind";

/// The keys below which every value is a text.
const OF_TEXTS: [&str; 3] = ["annotations", "labels", "resources"];

/// What placeholders of defaults are replaced with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// For the places of placeholders.
    pub sources: &'a Sources,
    /// The environment.
    pub environment: &'a Environment<'a>,
    /// Whether no container requests more than its default.
    pub is_small: bool,
}

/// Fills in what nobody said. Nothing is filled in where a default is wrong.
pub fn fill(plan: &mut Plan, defaults: &Defaults, context: Context<'_>, report: &mut Report) {
    if defaults.written.is_none() {
        return;
    }
    // What is wrong for every workload is reported once.
    let mut places = BTreeSet::new();
    // What is the same for every workload of a kind.
    let mut of_kinds = BTreeMap::new();
    for kind in KINDS {
        let mut found = Report::default();
        let Some(settings) = settings(defaults, kind, None, context, &mut found) else {
            return;
        };
        let container = &settings.0;
        let (limits, requests) = (&container.resources.limits, &container.resources.requests);
        requests_within_limits::compare_all(limits, requests, &mut found);
        found.retain(|problem| {
            let place = (problem.span(), problem.message().to_owned());
            problem.severity() == Severity::Error && places.insert(place)
        });
        report.merge(found);
        let written = defaults.of_kind(kind);
        if written.is_none_or(|node| !has_metadata(&node)) {
            of_kinds.insert(kind, settings);
        }
    }
    if !places.is_empty() {
        return;
    }
    for workload in &mut plan.workloads {
        let kind = Annotation::find(&workload.annotations, KIND);
        let kind = kind.map_or(KINDS[0], |kind| kind.value.value.as_str());
        let own;
        let settings = match of_kinds.get(kind) {
            Some(settings) => Some(settings),
            None => {
                let mut found = Report::default();
                own = settings(defaults, kind, Some(workload), context, &mut found);
                found.retain(|problem| problem.severity() == Severity::Error);
                report.merge(found);
                own.as_ref()
            }
        };
        if let Some((container, of_workload)) = settings {
            workload.defaults.clone_from(of_workload);
            let containers = workload.containers.iter_mut();
            for one in containers {
                fill_container(one, container);
                if context.is_small {
                    lower_requests(one, container);
                }
            }
        }
    }
}

/// The settings for a kind: those of a workload, or without one, those that depend on none.
fn settings(
    defaults: &Defaults,
    kind: &str,
    workload: Option<&Workload>,
    context: Context<'_>,
    report: &mut Report,
) -> Option<(ContainerDefaults, WorkloadDefaults)> {
    let resolver = Resolver { workload, context };
    let node = resolver.resolve(&defaults.of_kind(kind)?, false, report)?;
    let container = node.get("container");
    let container = container.map(|node| read::container(node, context.sources, report));
    let workload = node
        .get("workload")
        .map(|node| read::workload(node, report));
    Some((container.unwrap_or_default(), workload.unwrap_or_default()))
}

struct Resolver<'a> {
    workload: Option<&'a Workload>,
    context: Context<'a>,
}

impl Resolver<'_> {
    /// A tree with its placeholders replaced, without `null`, and without each value that names
    /// metadata that the workload does not have.
    fn resolve(&self, node: &Node, is_text: bool, report: &mut Report) -> Option<Node> {
        let kind = match &node.kind {
            Kind::Null => return None,
            Kind::String(text, _) if text.contains('$') => {
                return self.text(node, text, is_text, report);
            }
            Kind::List(items) => {
                let items = items.iter();
                Kind::List(
                    items
                        .filter_map(|item| self.resolve(item, is_text, report))
                        .collect(),
                )
            }
            Kind::Map(entries) => {
                let entries = entries.iter().filter_map(|(key, entry)| {
                    let is_text = is_text || OF_TEXTS.contains(&key.as_str());
                    let value = self.resolve(&entry.value, is_text, report)?;
                    Some((
                        key.clone(),
                        Entry {
                            key: entry.key,
                            value,
                        },
                    ))
                });
                Kind::Map(entries.collect())
            }
            kind => kind.clone(),
        };
        Some(Node {
            span: node.span,
            kind,
        })
    }

    /// Metadata and values are often texts; where a text makes no sense, a number is one.
    fn text(&self, node: &Node, text: &str, is_text: bool, report: &mut Report) -> Option<Node> {
        let metadata = metadata_paths(text);
        let workload = match self.workload {
            Some(workload) => {
                let has = |path: &Vec<String>| {
                    let keys = path.iter();
                    let mut keys = keys.map(String::as_str);
                    let first = keys.next().and_then(|key| workload.metadata.get(key));
                    first
                        .and_then(|value| keys.try_fold(value, |value, key| value.get(key)))
                        .is_some()
                };
                if !metadata.iter().all(has) {
                    return None;
                }
                WorkloadScope::Known(workload)
            }
            None => WorkloadScope::Unknown,
        };
        let scope = Scope {
            sources: self.context.sources,
            environment: self.context.environment,
            workload,
        };
        let resolved = values::resolve(node, &scope, report)?;
        if self.workload.is_none() && !metadata.is_empty() {
            return None;
        }
        let value = resolved.to_value();
        let text = value.to_text();
        let kind = match (&resolved.kind, text.parse::<i128>()) {
            (Kind::Null, _) => return None,
            (Kind::List(_) | Kind::Map(_), _) => return Some(resolved),
            (Kind::String(..), Ok(number)) if !is_text && number.to_string() == text => {
                Kind::Int(number)
            }
            (_, _) if is_text => Kind::String(text, Style::Plain),
            (kind, _) => kind.clone(),
        };
        Some(Node {
            span: node.span,
            kind,
        })
    }
}

/// Whether a value names metadata of workloads.
fn has_metadata(node: &Node) -> bool {
    match &node.kind {
        Kind::String(text, _) => text.contains('$') && !metadata_placeholders(text).is_empty(),
        Kind::List(items) => items.iter().any(has_metadata),
        Kind::Map(entries) => entries.values().any(|entry| has_metadata(&entry.value)),
        _ => false,
    }
}

/// The paths in the metadata of workloads that the placeholders of a text name.
pub(crate) fn metadata_paths(text: &str) -> Vec<Vec<String>> {
    let mut paths = metadata_placeholders(text);
    paths.retain(|keys| !keys.is_empty());
    paths
}

/// As [`metadata_paths`]; the path of `${workload.metadata}`, which is an error, is empty.
fn metadata_placeholders(text: &str) -> Vec<Vec<String>> {
    let paths = placeholder::tokens(text)
        .into_iter()
        .filter_map(|(token, _, _)| match token {
            Token::Placeholder(inner) => {
                let path = placeholder::path(inner);
                path.strip_prefix(["workload".to_owned(), "metadata".to_owned()].as_slice())
                    .map(<[String]>::to_vec)
            }
            _ => None,
        });
    paths.collect()
}

fn fill_container(container: &mut Container, defaults: &ContainerDefaults) {
    let (limits, requests) = (&mut container.limits, &mut container.requests);
    let Quantities { memory, cpu } = &defaults.resources.limits;
    let of = &defaults.resources.requests;
    fill_amounts(&mut limits.memory, &mut requests.memory, memory, &of.memory);
    fill_amounts(&mut limits.cpu, &mut requests.cpu, cpu, &of.cpu);
    container.probes = defaults.probes.clone();
}

/// Requests no more than the defaults. A limit stays, so that the container can use more.
fn lower_requests(container: &mut Container, defaults: &ContainerDefaults) {
    let requests = &mut container.requests;
    let defaults = &defaults.resources.requests;
    lower(&mut requests.memory, &defaults.memory);
    lower(&mut requests.cpu, &defaults.cpu);
}

fn lower(request: &mut Option<Spanned<String>>, default: &Option<Spanned<String>>) {
    let amounts = amount(request).zip(amount(default));
    if amounts.is_some_and(|(own, default)| own.compare(default) == Some(Ordering::Greater)) {
        request.clone_from(default);
    }
}

fn amount(text: &Option<Spanned<String>>) -> Option<Amount> {
    Amount::parse(&text.as_ref()?.value)
}

/// A default that would make the request larger than the limit is left out.
fn fill_amounts(
    limit: &mut Option<Spanned<String>>,
    request: &mut Option<Spanned<String>>,
    default_limit: &Option<Spanned<String>>,
    default_request: &Option<Spanned<String>>,
) {
    let fits = |request: &Option<Spanned<String>>, limit: &Option<Spanned<String>>| {
        let amounts = amount(request).zip(amount(limit));
        amounts.is_none_or(|(request, limit)| request.compare(limit) != Some(Ordering::Greater))
    };
    if limit.is_none() && fits(request, default_limit) {
        limit.clone_from(default_limit);
    }
    if request.is_none() && fits(default_request, limit) {
        request.clone_from(default_request);
    }
}
