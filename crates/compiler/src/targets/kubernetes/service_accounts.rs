//! The ServiceAccounts that `defaults:` of the environment gives to workloads.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::defaults::account;
use super::labels;
use super::object::{is_kind, text};
use super::objects::document;
use crate::defaults::read::INVALID_DEFAULT;
use crate::plan::Workload;
use crate::support::document::Document;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;

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
