//! Every placeholder leads to a metadata key or a resource of the same workload.

use crate::base::diagnostics::{Problem, Report};
use crate::base::text::{Span, list_names, nearest, suggestion};
use crate::base::value::{Map, Value};
use crate::front::model::Workload;
use crate::front::placeholder::Reference;

pub(super) fn check(workload: &Workload, report: &mut Report) {
    for container in workload.containers.values() {
        for (reference, span) in container.references() {
            check_reference(workload, reference, span, report);
        }
        for volume in &container.volumes {
            check_resource(workload, &volume.resource.value, volume.resource.span, report);
        }
    }
    for resource in workload.resources.values() {
        for (reference, span) in resource.references() {
            check_reference(workload, reference, span, report);
        }
    }
}

/// Checks one placeholder; also used for those found later, in files that are read from disk.
pub fn check_reference(workload: &Workload, reference: &Reference, span: Span, report: &mut Report) {
    match reference {
        Reference::Metadata(_) if workload.unread.metadata => {}
        Reference::Metadata(path) => check_metadata(&workload.metadata, path, span, report),
        Reference::Resource { name, path } => {
            if check_resource(workload, name, span, report) && path.is_empty() {
                let message = format!("`${{resources.{name}}}` names no output of the resource");
                let help = format!("write `${{resources.{name}.OUTPUT}}`");
                let _ = report.error(Problem::new("missing-output-name", message).at(span).help(help));
            }
        }
    }
}

fn check_resource(workload: &Workload, name: &str, span: Span, report: &mut Report) -> bool {
    if workload.resources.contains_key(name) || workload.unread.resources.may_hold(name) {
        return true;
    }
    let names = workload.resources.keys().map(String::as_str).chain(workload.unread.resources.known());
    let names: Vec<&str> = names.collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("declare it under `resources` as `{name}: {{type: TYPE}}`"),
        None => format!("declare it under `resources`, or use what is there: {}", list_names(names.iter().copied())),
    };
    let message = format!("the workload has no resource `{name}`");
    let _ = report.error(Problem::new("unknown-resource", message).at(span).help(help));
    false
}

fn check_metadata(metadata: &Map, path: &[String], span: Span, report: &mut Report) {
    let mut here: Option<&Map> = Some(metadata);
    for (depth, key) in path.iter().enumerate() {
        let found = here.and_then(|map| map.get(key));
        if let (Some(value), Some(_)) = (found, here) {
            here = Value::as_map(value);
            continue;
        }
        let at =
            std::iter::once("metadata").chain(path[..depth].iter().map(String::as_str)).collect::<Vec<_>>().join(".");
        let keys: Vec<&str> = here.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        let help = suggestion(key, keys.iter().copied(), || {
            format!("`{at}` has {}; a dot inside a key is written `\\.`", list_names(keys.iter().copied()))
        });
        let problem = Problem::new("unknown-metadata", format!("`{at}` has no key `{key}`")).at(span);
        let _ = report.error(problem.help(help));
        return;
    }
}
