//! `externalWorkloads` of an environment.

use compiler::model::is_dns_label;
use compiler::provision::{ExternalWorkload, ExternalWorkloads};
use compiler::rules::INVALID_NAME;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use yaml::{Node, reader};

/// Reads the workloads that are well-formed, and reports the others.
pub(super) fn read(node: &Node, report: &mut Report) -> ExternalWorkloads {
    reader::named_entries(node, "`externalWorkloads`", report)
        .into_iter()
        .filter_map(|(name, node)| {
            let is_valid = is_label(&name, "a workload", report);
            let workload = read_workload(&name.value, node, report)?;
            is_valid.then_some((name.value, workload))
        })
        .collect()
}

/// The places of the keys that only Kubernetes has.
pub(super) fn namespaces(node: &Node) -> impl Iterator<Item = Span> {
    let workloads = node.as_map().into_iter().flatten();
    workloads.filter_map(|(_, entry)| Some(entry.value.as_map()?.get("namespace")?.key))
}

fn read_workload(name: &str, node: &Node, report: &mut Report) -> Option<ExternalWorkload> {
    let mut fields = reader::fields(node, "an external workload", report)?;
    let mut label = |key: &'static str, report: &mut Report| {
        let node = fields.optional(key, report)?;
        reader::string(node, &format!("`{key}`"), report)
            .filter(|text| is_label(text, &format!("`{key}`"), report))
    };
    let namespace = label("namespace", report);
    let service = label("service", report).map_or_else(|| name.to_owned(), |text| text.value);
    let ports = fields
        .optional("ports", report)
        .map(|node| reader::named_entries(node, "`ports`", report))
        .into_iter()
        .flatten()
        .filter_map(|(name, node)| {
            let number = reader::port(node, "a port", report)?;
            Some((name.value, number))
        })
        .collect();
    fields.finish(|_| None, report);
    let host = match namespace {
        // A form that every cluster resolves, whatever its domain is called.
        Some(namespace) => format!("{service}.{}.svc", namespace.value),
        None => service.clone(),
    };
    Some(ExternalWorkload {
        service,
        host,
        ports,
    })
}

fn is_label(name: &Spanned<String>, what: &str, report: &mut Report) -> bool {
    let is_valid = is_dns_label(&name.value);
    if !is_valid {
        let message = format!("`{}` is not a valid name of {what}", name.value);
        let help =
            "use 1 to 63 of the characters a-z, 0-9 and `-`, not beginning or ending with `-`";
        report.push(
            Problem::new(&INVALID_NAME, message)
                .at(name.span)
                .help(help),
        );
    }
    is_valid
}
