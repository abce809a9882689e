//! What `defaults:` of the environment writes into the objects of a workload. Requests, limits and
//! timings of probes are in the plan of its containers.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::api::core::v1::{LocalObjectReference, PodSpec, Probe, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::labels;
use super::object::{is_kind, text};
use super::objects::document;
use crate::defaults::read::INVALID_DEFAULT;
use crate::defaults::settings::{Texts, Timings};
use crate::plan::Workload;
use crate::support::document::Document;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use diagnostics::value::Value;

/// A probe with its timings.
pub(super) fn timed(probe: Probe, timings: &Timings) -> Probe {
    let timing = |key| timings.get(key).map(|number: &Spanned<i32>| number.value);
    Probe {
        initial_delay_seconds: timing("initialDelaySeconds"),
        period_seconds: timing("periodSeconds"),
        timeout_seconds: timing("timeoutSeconds"),
        success_threshold: timing("successThreshold"),
        failure_threshold: timing("failureThreshold"),
        ..probe
    }
}

/// Completes the pods of a workload.
pub(super) fn complete(spec: &mut PodSpec, workload: &Workload) {
    let defaults = &workload.defaults;
    let grace = defaults.termination_grace_period.as_ref();
    spec.termination_grace_period_seconds = grace.map(|seconds| seconds.value.into());
    let secrets = defaults.image_pull_secrets.iter();
    let secrets = secrets.map(|name| LocalObjectReference {
        name: name.value.clone(),
    });
    let secrets: Vec<_> = secrets.collect();
    spec.image_pull_secrets = (!secrets.is_empty()).then_some(secrets);
    spec.service_account_name = account(workload).map(str::to_owned);
}

/// The strategy of a Deployment.
pub(super) fn strategy(workload: &Workload) -> Option<DeploymentStrategy> {
    let strategy = &workload.defaults.strategy;
    let share = |key| {
        let value: &Spanned<Value> = strategy.rolling.get(key)?;
        Some(match &value.value {
            Value::Int(number) => IntOrString::Int(i32::try_from(*number).unwrap_or(i32::MAX)),
            value => IntOrString::String(value.to_text()),
        })
    };
    let rolling = !strategy.rolling.is_empty();
    let rolling_update = rolling.then(|| RollingUpdateDeployment {
        max_surge: share("maxSurge"),
        max_unavailable: share("maxUnavailable"),
    });
    let kind = strategy.kind.as_ref().map(|kind| kind.value.to_owned());
    (rolling || kind.is_some()).then_some(DeploymentStrategy {
        type_: kind,
        rolling_update,
    })
}

/// The account that the pods of a workload use.
pub(super) fn account(workload: &Workload) -> Option<&str> {
    let account = workload.defaults.service_account.as_ref()?;
    Some(
        account
            .name
            .as_ref()
            .map_or(&workload.name.value, |name| &name.value),
    )
}

/// The accounts of workloads, each once, but those that a definition has.
pub(super) fn service_accounts(
    workloads: &[Workload],
    provisioned: &[Document],
    options: &Options,
    report: &mut Report,
) -> Vec<Document> {
    let mut users: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
    for workload in workloads {
        if let Some(name) = account(workload) {
            users.entry(name).or_default().push(workload);
        }
    }
    for document in provisioned
        .iter()
        .filter(|one| is_kind(one, "ServiceAccount"))
    {
        if let Some(name) = text(&document.value, &["metadata", "name"]) {
            users.remove(name);
        }
    }
    let accounts = users.iter();
    accounts
        .map(|(name, users)| service_account(name, users, options, report))
        .collect()
}

/// An account that only one workload uses is an object of that workload.
fn service_account(
    name: &str,
    users: &[&Workload],
    options: &Options,
    report: &mut Report,
) -> Document {
    let mut annotations = BTreeMap::new();
    for workload in users {
        let account = workload.defaults.service_account.as_ref();
        for (key, text) in account.into_iter().flat_map(|account| &account.annotations) {
            let first = annotations
                .entry(key.clone())
                .or_insert_with(|| text.value.clone());
            if *first != text.value {
                report_difference(name, key, first, text, workload, report);
            }
        }
    }
    let (mut metadata, origin) = match users {
        [workload] => (
            labels::metadata(name.to_owned(), workload),
            Some(workload.name.span),
        ),
        _ => (shared_metadata(name, users), None),
    };
    metadata
        .annotations
        .get_or_insert_default()
        .extend(annotations);
    metadata.annotations = metadata.annotations.filter(|texts| !texts.is_empty());
    let object = ServiceAccount {
        metadata,
        ..ServiceAccount::default()
    };
    let mut document = document(&object, options.namespace.as_deref(), origin);
    let account = users
        .iter()
        .find_map(|user| user.defaults.service_account.as_ref());
    if let Some(account) = account {
        let place = account.name.as_ref().map_or(account.span, |name| name.span);
        document.places.set(&[], place);
    }
    document
}

fn shared_metadata(name: &str, users: &[&Workload]) -> ObjectMeta {
    let project = users
        .first()
        .and_then(|workload| workload.project.as_deref());
    ObjectMeta {
        name: Some(name.to_owned()),
        labels: Some(labels::common(project)),
        ..ObjectMeta::default()
    }
}

fn report_difference(
    name: &str,
    key: &str,
    first: &str,
    text: &Spanned<String>,
    workload: &Workload,
    report: &mut Report,
) {
    let message = format!(
        "the ServiceAccount `{name}` is shared, but `{key}` would be both `{first}` and `{}`",
        text.value
    );
    let problem = Problem::new(&INVALID_DEFAULT, message).at(text.span);
    let problem = problem.secondary(workload.name.span, "for this workload");
    report.push(problem.help("give each workload its own account, or all the same annotation"));
}

/// Adds texts where there are none of the same key.
pub(super) fn add(texts: &mut BTreeMap<String, String>, defaults: &Texts) {
    for (key, text) in defaults {
        texts
            .entry(key.clone())
            .or_insert_with(|| text.value.clone());
    }
}
