//! `defaults:` of an environment: what workloads and containers have where their Score files say
//! nothing.
//!
//! The settings of a workload are those of its kind over those of all kinds. [`fill`] reads them
//! once their placeholders are replaced, and writes them into the plan.

pub mod fill;
pub(crate) mod places;
pub(crate) mod read;
pub mod settings;

use diagnostics::report::Report;
use diagnostics::source::Sources;
use yaml::reader::{self, Fields};
use yaml::{Kind, Node};

/// The kinds of workloads, as `k8s.score.dev/kind` names them.
pub(crate) const KINDS: [&str; 4] = ["Deployment", "StatefulSet", "Job", "CronJob"];

/// The parts that are set for all kinds and for each.
const PARTS: [&str; 2] = ["container", "workload"];

/// The defaults of an environment.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    written: Option<Node>,
}

impl Defaults {
    /// The defaults of a mapping, which [`check`] has checked.
    pub fn new(written: Option<Node>) -> Defaults {
        Defaults { written }
    }

    /// What is written for a label of workloads.
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        let written = self.written.as_ref()?;
        let kinds = KINDS
            .iter()
            .filter_map(|kind| written.get("kinds")?.get(kind));
        let mut parts = std::iter::once(written).chain(kinds);
        parts.find_map(|part| part.get("workload")?.get("labels")?.get(key)?.as_str())
    }

    /// The settings for a kind of workload; `None` where there are no defaults.
    fn of_kind(&self, kind: &str) -> Option<Node> {
        let written = self.written.as_ref()?;
        let parts = PARTS.iter().filter_map(|part| {
            let entry = written.as_map()?.get(*part)?;
            Some(((*part).to_owned(), entry.clone()))
        });
        let mut node = Node {
            span: written.span,
            kind: Kind::Map(parts.collect()),
        };
        if let Some(own) = written.get("kinds").and_then(|kinds| kinds.get(kind)) {
            node.merge(own);
        }
        Some(node)
    }
}

/// Reports what is wrong with `defaults:` of an environment, whatever its placeholders stand for.
pub fn check(node: &Node, sources: &Sources, report: &mut Report) {
    let Some(mut fields) = reader::fields(node, "`defaults`", report) else {
        return;
    };
    check_parts(&mut fields, sources, report);
    let kinds = part(&mut fields, "kinds");
    let kinds = kinds.and_then(|node| reader::fields(node, "`kinds`", report));
    if let Some(mut kinds) = kinds {
        for kind in KINDS {
            let node = part(&mut kinds, kind);
            let what = format!("`{kind}`");
            if let Some(mut fields) = node.and_then(|node| reader::fields(node, &what, report)) {
                check_parts(&mut fields, sources, report);
                fields.finish(|_| None, report);
            }
        }
        kinds.finish(|_| None, report);
    }
    fields.finish(|_| None, report);
}

fn check_parts(fields: &mut Fields<'_>, sources: &Sources, report: &mut Report) {
    if let Some(node) = part(fields, "container") {
        read::container(node, sources, report);
    }
    if let Some(node) = part(fields, "workload") {
        read::workload(node, report);
    }
}

/// The value of a key; `null` removes an inherited one.
fn part<'n>(fields: &mut Fields<'n>, key: &'static str) -> Option<&'n Node> {
    let value = &fields.entry(key)?.value;
    (!value.is_null()).then_some(value)
}
