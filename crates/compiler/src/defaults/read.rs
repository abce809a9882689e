//! Reads the settings, and reports what is wrong with them.

use std::collections::BTreeMap;

use super::settings::{
    ContainerDefaults, ProbeDefaults, ServiceAccount, Strategy, Texts, Timings, WorkloadDefaults,
};
use crate::decode::resource_limits::read_compute;
use crate::model::{is_dns_name, is_label_value};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use diagnostics::value::Value;
use yaml::reader::{self, Fields};
use yaml::{Kind, Node};

rules! {
    /// A default of the environment is not valid where it would be written.
    pub INVALID_DEFAULT: "invalid-default", Error;
}

/// The labels that score-rs writes.
const OWN_LABELS: [&str; 4] = [
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
];

/// The value of a key that is known before environments are merged and workloads are read: no
/// `null`, which removes an inherited one, and no placeholder.
fn value<'n>(fields: &mut Fields<'n>, key: &'static str, report: &mut Report) -> Option<&'n Node> {
    let is_later = fields
        .entry(key)
        .is_some_and(|entry| is_later(&entry.value));
    (!is_later).then(|| fields.optional(key, report)).flatten()
}

/// The entries of a mapping whose keys are the author's choice, but `null`.
fn entries<'n>(
    node: &'n Node,
    what: &str,
    report: &mut Report,
) -> Vec<(Spanned<String>, &'n Node)> {
    let Kind::Map(entries) = &node.kind else {
        return reader::named_entries(node, what, report);
    };
    let entries = entries.iter().filter(|(_, entry)| !entry.value.is_null());
    let entries = entries.map(|(key, entry)| (Spanned::new(key.into(), entry.key), &entry.value));
    entries.collect()
}

fn is_later(node: &Node) -> bool {
    let has_placeholder = |text: &str| text.contains("${");
    node.is_null() || node.as_str().is_some_and(has_placeholder)
}

/// A part of `resources` without what is known only later.
fn known(node: &Node) -> Node {
    let mut node = node.clone();
    if let Kind::Map(entries) = &mut node.kind {
        let keys = ["limits", "requests", "memory", "cpu"];
        entries.retain(|key, entry| !keys.contains(&key.as_str()) || !is_later(&entry.value));
        for entry in entries.values_mut() {
            entry.value = known(&entry.value);
        }
    }
    node
}

pub(super) fn container(node: &Node, sources: &Sources, report: &mut Report) -> ContainerDefaults {
    let Some(mut fields) = reader::fields(node, "`container`", report) else {
        return ContainerDefaults::default();
    };
    let resources = value(&mut fields, "resources", report);
    let resources = resources.map(|node| read_compute(sources, &known(node), report));
    let mut probe = |key, counts_successes| {
        let node = value(&mut fields, key, report)?;
        let timings = timings(node, key, counts_successes, report);
        Some(Spanned::new(timings, node.span))
    };
    let liveness = probe("livenessProbe", false);
    let readiness = probe("readinessProbe", true);
    let startup = probe("startupProbe", false);
    fields.finish(|_| None, report);
    ContainerDefaults {
        resources: resources.unwrap_or_default(),
        probes: ProbeDefaults {
            liveness: liveness.map(|timings| timings.value).unwrap_or_default(),
            readiness: readiness.map(|timings| timings.value).unwrap_or_default(),
            startup,
        },
    }
}

/// Only a readiness probe may need several successes (Kubernetes, `Probe`).
fn timings(node: &Node, what: &str, counts_successes: bool, report: &mut Report) -> Timings {
    let Some(mut fields) = reader::fields(node, &format!("`{what}`"), report) else {
        return Timings::new();
    };
    let keys = [
        ("initialDelaySeconds", 0),
        ("periodSeconds", 1),
        ("timeoutSeconds", 1),
        ("failureThreshold", 1),
        ("successThreshold", 1),
    ];
    let known = keys
        .iter()
        .take(keys.len() - usize::from(!counts_successes));
    let timings =
        known.filter_map(|(key, least)| Some((*key, number(&mut fields, key, *least, report)?)));
    let timings = timings.collect();
    fields.finish(|_| None, report);
    timings
}

fn number(
    fields: &mut Fields<'_>,
    key: &'static str,
    least: i128,
    report: &mut Report,
) -> Option<Spanned<i32>> {
    let node = value(fields, key, report)?;
    let number = reader::integer(node, &format!("`{key}`"), least, i32::MAX.into(), report)?;
    Some(Spanned::new(number.try_into().ok()?, node.span))
}

pub(super) fn workload(node: &Node, report: &mut Report) -> WorkloadDefaults {
    let Some(mut fields) = reader::fields(node, "`workload`", report) else {
        return WorkloadDefaults::default();
    };
    let replicas = number(&mut fields, "replicas", 0, report);
    let strategy = value(&mut fields, "strategy", report);
    let strategy = strategy.map(|node| self::strategy(node, report));
    let grace = number(&mut fields, "terminationGracePeriodSeconds", 0, report);
    let secrets = value(&mut fields, "imagePullSecrets", report);
    let secrets = secrets.map(|node| reader::list(node, "`imagePullSecrets`", report));
    let secrets = secrets.into_iter().flatten();
    let secrets = secrets.filter(|node| !is_later(node));
    let secrets = secrets.filter_map(|node| object_name(node, "an image pull secret", report));
    let image_pull_secrets = secrets.collect();
    let account = value(&mut fields, "serviceAccount", report);
    let service_account = account.and_then(|node| self::service_account(node, report));
    let labels = texts(&mut fields, "labels", report);
    let annotations = texts(&mut fields, "annotations", report);
    check_labels(&labels, report);
    fields.finish(|_| None, report);
    WorkloadDefaults {
        replicas,
        strategy: strategy.unwrap_or_default(),
        termination_grace_period: grace,
        image_pull_secrets,
        service_account,
        labels: labels
            .into_iter()
            .map(|(key, text)| (key.value, text))
            .collect(),
        annotations: of_workloads(annotations, report),
    }
}

fn strategy(node: &Node, report: &mut Report) -> Strategy {
    let Some(mut fields) = reader::fields(node, "`strategy`", report) else {
        return Strategy::default();
    };
    let kinds = ["RollingUpdate", "Recreate"].map(|kind| (kind, kind));
    let kind = value(&mut fields, "type", report).and_then(|node| {
        let kind = reader::word(node, "`type`", &kinds, report)?;
        Some(Spanned::new(kind, node.span))
    });
    let rolling = value(&mut fields, "rollingUpdate", report);
    let is_recreate = kind.as_ref().is_some_and(|kind| kind.value == "Recreate");
    if let Some(node) = rolling.filter(|_| is_recreate) {
        let message = "`rollingUpdate` is not allowed with `type: Recreate`";
        let help = "remove it; `rollingUpdate: null` removes an inherited one";
        invalid(message, node.span, help, report);
    }
    let rolling = rolling.map(|node| rolling_update(node, report));
    fields.finish(|_| None, report);
    Strategy {
        kind,
        rolling: rolling.unwrap_or_default(),
    }
}

fn rolling_update(node: &Node, report: &mut Report) -> BTreeMap<&'static str, Spanned<Value>> {
    let Some(mut fields) = reader::fields(node, "`rollingUpdate`", report) else {
        return BTreeMap::new();
    };
    let keys = ["maxSurge", "maxUnavailable"];
    let values = keys.into_iter().filter_map(|key| {
        let value = share(value(&mut fields, key, report)?, key, report)?;
        Some((key, value))
    });
    let values: BTreeMap<_, _> = values.collect();
    fields.finish(|_| None, report);
    let is_zero = |key| {
        let value = values
            .get(key)
            .map(|value: &Spanned<Value>| value.value.to_text());
        value.is_some_and(|text| text.trim_end_matches('%').bytes().all(|byte| byte == b'0'))
    };
    if keys.into_iter().all(is_zero) {
        let help = "let one of them be at least 1";
        invalid(
            "`maxSurge` and `maxUnavailable` cannot both be 0",
            node.span,
            help,
            report,
        );
    }
    values
}

/// A number of pods, or a percentage of them.
fn share(node: &Node, key: &str, report: &mut Report) -> Option<Spanned<Value>> {
    let what = format!("`{key}`");
    if let Kind::String(text, _) = &node.kind {
        let digits = text.strip_suffix('%').unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("`{text}` is not a valid value of {what}");
            let help = "write a number, or a percentage such as `25%`";
            invalid(message, node.span, help, report);
            return None;
        }
    } else {
        reader::integer(node, &what, 0, i32::MAX.into(), report)?;
    }
    Some(Spanned::new(node.to_value(), node.span))
}

fn service_account(node: &Node, report: &mut Report) -> Option<ServiceAccount> {
    let mut fields = reader::fields(node, "`serviceAccount`", report)?;
    let name = value(&mut fields, "name", report);
    let name = name.and_then(|node| object_name(node, "a service account", report));
    let annotations = texts(&mut fields, "annotations", report);
    fields.finish(|_| None, report);
    Some(ServiceAccount {
        name,
        annotations: annotations
            .into_iter()
            .map(|(key, text)| (key.value, text))
            .collect(),
        span: node.span,
    })
}

fn object_name(node: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    let name = reader::string(node, &format!("the name of {what}"), report)?;
    if !is_dns_name(&name.value) {
        let message = format!("`{}` is not a valid name of {what}", name.value);
        let help = "use the characters a-z, 0-9, `-` and `.`, with a letter or digit at both ends";
        invalid(message, node.span, help, report);
        return None;
    }
    Some(name)
}

/// Labels or annotations, with the places of their keys.
fn texts(
    fields: &mut Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Vec<(Spanned<String>, Spanned<String>)> {
    let Some(node) = value(fields, key, report) else {
        return Vec::new();
    };
    let mut texts = Vec::new();
    for (key, node) in entries(node, &format!("`{key}`"), report) {
        if !is_key(&key.value) {
            let message = format!(
                "`{}` is not a valid key of a label or annotation",
                key.value
            );
            let help = "use up to 63 letters, digits, `-`, `_` and `.`, with at most one `host/` \
                        before them";
            invalid(message, key.span, help, report);
        } else if let Some(text) = reader::string(node, &format!("`{}`", key.value), report) {
            texts.push((key, text));
        }
    }
    texts
}

fn is_key(key: &str) -> bool {
    let (host, name) = match key.split_once('/') {
        Some((host, name)) => (Some(host), name),
        None => (None, key),
    };
    !name.is_empty() && is_label_value(name) && host.is_none_or(is_dns_name)
}

fn check_labels(labels: &[(Spanned<String>, Spanned<String>)], report: &mut Report) {
    for (key, value) in labels {
        if OWN_LABELS.contains(&key.value.as_str()) {
            let message = format!("score-rs writes the label `{}` itself", key.value);
            invalid(
                message,
                key.span,
                "remove it; a patch can change it",
                report,
            );
        } else if !value.value.contains("${") && !is_label_value(&value.value) {
            let message = format!("`{}` is not a valid value of a label", value.value);
            let help = "use up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at \
                        both ends, or write an annotation";
            invalid(message, value.span, help, report);
        }
    }
}

/// Annotations without those that score-rs reads in Score files, which are reported: they were read
/// before defaults are written.
fn of_workloads(
    annotations: Vec<(Spanned<String>, Spanned<String>)>,
    report: &mut Report,
) -> Texts {
    let mut texts = Texts::new();
    for (key, text) in annotations {
        let host = key.value.split_once('/').map_or("", |(host, _)| host);
        let is_own = |own: &&str| {
            host.strip_suffix(*own)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if ["score.dev", "score-rs.dev"].iter().any(is_own) {
            let message = format!("`{}` is read only in Score files", key.value);
            let help = "remove it, and write it in the Score files or in `overrides`";
            invalid(message, key.span, help, report);
        } else {
            texts.insert(key.value, text);
        }
    }
    texts
}

fn invalid(message: impl Into<String>, span: Span, help: &str, report: &mut Report) {
    report.push(Problem::new(&INVALID_DEFAULT, message).at(span).help(help));
}
