//! Checks that each resource has a definition.

use crate::link::{Graph, ResourceNode};
use crate::model::is_name;
use crate::provision::library::{Library, Match};
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_known, suggestion};

rules! {
    /// The environment has no provisioner for this type of resource.
    pub NO_PROVISIONER: "no-provisioner", Error;
}

/// Names that people use for one type. The first is that of the built-in definition.
const SYNONYMS: [&[&str]; 13] = [
    &["postgres", "postgresql", "pg", "psql"],
    &["mysql", "mariadb"],
    &["mssql", "sqlserver", "sql-server"],
    &["mongodb", "mongo"],
    &["redis", "valkey", "keydb"],
    &["amqp", "rabbitmq", "rabbit"],
    &["kafka-topic", "kafka", "topic"],
    &[
        "s3",
        "bucket",
        "s3-bucket",
        "minio",
        "object-storage",
        "objectstore",
    ],
    &["elasticsearch", "elastic", "opensearch"],
    &["route", "ingress", "http-route", "httproute"],
    &["dns", "domain", "hostname"],
    &["volume", "pvc", "persistent-volume", "disk"],
    &["environment", "env"],
];

/// Reports each resource without a definition, at its type.
pub(super) fn check(library: &Library, matches: &[Match], graph: &Graph, report: &mut Report) {
    if !matches.contains(&Match::Nothing) {
        return;
    }
    let spans = type_spans(graph);
    for (index, node) in graph.resources.iter().enumerate() {
        if matches[index] == Match::Nothing && is_valid_type(node) {
            report_unprovided(library, node, spans[index].unwrap_or(node.span), report);
        }
    }
}

/// Whether type and class are valid names. Others were reported at the same place.
fn is_valid_type(node: &ResourceNode) -> bool {
    [&node.uid.kind, &node.uid.class]
        .iter()
        .all(|word| is_name(&word.to_ascii_lowercase()))
}

/// The place of each resource's type, in the first workload by name that declares it.
pub(super) fn type_spans(graph: &Graph) -> Vec<Option<Span>> {
    let mut spans = vec![None; graph.resources.len()];
    for linked in &graph.workloads {
        for (name, index) in &linked.resources {
            let span = linked
                .workload
                .resources
                .get(name)
                .map(|resource| resource.kind.span);
            spans[*index] = spans[*index].or(span);
        }
    }
    spans
}

fn report_unprovided(library: &Library, node: &ResourceNode, place: Span, report: &mut Report) {
    let mut kinds: Vec<&str> = library.kinds().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let same_kind = library
        .definitions()
        .iter()
        .any(|definition| definition.kind == node.uid.kind);
    let message = match same_kind {
        true => format!(
            "no provisioner of type `{}` matches `{}`",
            node.uid.kind, node.uid
        ),
        false => format!(
            "there is no provisioner for resources of type `{}`",
            node.uid.kind
        ),
    };
    let others = || kinds.iter().copied().filter(|kind| *kind != node.uid.kind);
    let help = match synonym(&node.uid.kind, others()) {
        Some(kind) => format!("did you mean `{kind}`?"),
        None => suggestion(&node.uid.kind, others(), || {
            format!(
                "add a definition with `--provisioners FILE`; {}",
                list_known("type", kinds.iter().copied())
            )
        }),
    };
    report.push(Problem::new(&NO_PROVISIONER, message).at(place).help(help));
}

/// The known type that a type is another name for.
fn synonym<'a>(kind: &str, mut known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = kind.to_ascii_lowercase();
    let names = SYNONYMS
        .iter()
        .find(|names| names.contains(&lower.as_str()))?;
    known.find(|known| names.contains(known))
}
