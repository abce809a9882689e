//! Why a value of the output is what it is: from each value back to the lines that decided it.
//!
//! A run keeps what this needs only when its request asks; the chain of a value is built when it is
//! asked for. Targets know what gave a value of their documents ([`Cause`]); the rest is the same
//! for all.
//!
//! [`Cause`]: crate::support::reasons::Cause

mod chain;
mod changes;
mod kept;

use std::collections::BTreeMap;

use crate::defaults::fill;
use crate::overlay::workload_name;
use crate::patch::Patch;
use crate::plan::Plan;
use crate::support::document::Document;
use crate::support::places::Step;
use crate::support::reasons::value_at;
use crate::targets::target::{Added, Lowered, ObjectName, Options, Target};
use chain::Chain;
use changes::{Earlier, earlier};
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;
use kept::Kept;
use yaml::Node;

pub use chain::{Kind, Link, show};
pub use kept::{Settings, Stages};

/// The reasons of all values of an output.
pub struct Reasons {
    kept: Kept,
    options: Options,
    documents: Vec<Document>,
}

impl std::fmt::Debug for Reasons {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Reasons").finish_non_exhaustive()
    }
}

impl Reasons {
    /// The reasons of documents, from what a run has kept.
    pub fn new(
        mut stages: Stages,
        settings: Settings,
        plan: Plan,
        options: Options,
        documents: Vec<Document>,
    ) -> Reasons {
        let parsed = std::mem::take(&mut stages.parsed).into_iter();
        let trees = parsed.zip(std::mem::take(&mut stages.overlaid));
        let mut by_name: BTreeMap<String, (Node, Node)> = trees
            .filter_map(|trees| Some((workload_name(&trees.1)?.to_owned(), trees)))
            .collect();
        // In the order of the plan.
        let workloads = plan.workloads.iter();
        (stages.parsed, stages.overlaid) = workloads
            .filter_map(|workload| by_name.remove(&workload.name.value))
            .unzip();
        Reasons {
            kept: Kept {
                stages,
                settings,
                plan,
            },
            options,
            documents,
        }
    }

    /// The documents of the output.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The objects of the output.
    pub fn objects(&self, target: &dyn Target) -> Vec<ObjectName> {
        target.objects(&self.documents)
    }

    /// What decided the value at a path of a document, in order: what is written first, then what
    /// changed it.
    pub fn chain(
        &self,
        target: &dyn Target,
        sources: &Sources,
        document: usize,
        path: &[Step],
    ) -> Vec<Link> {
        let (Some(written), Some(patched)) = (
            self.documents.get(document),
            self.kept.stages.patched.get(document),
        ) else {
            return Vec::new();
        };
        let mut chain = Chain::new(&self.kept, sources);
        let lowered = self.lowered();
        let added = Added {
            document: written,
            before: patched,
            path,
        };
        match earlier(&patched.value, &written.value, path) {
            Earlier::New => chain.add_all(&target.causes_of_added(&lowered, &added)),
            Earlier::Same(path) => self.before_finish(target, document, &path, &mut chain),
            Earlier::Changed(path) => {
                self.before_finish(target, document, &path, &mut chain);
                chain.add_all(&target.causes_of_added(&lowered, &added));
            }
        }
        chain.links
    }

    /// The metadata of a workload that the default of a label reads.
    pub fn metadata_of_label(&self, key: &str) -> Option<Vec<String>> {
        let text = self.kept.settings.defaults.label(key)?;
        fill::metadata_paths(text).into_iter().next()
    }

    fn lowered(&self) -> Lowered<'_> {
        Lowered {
            plan: &self.kept.plan,
            options: &self.options,
            trees: &self.kept.stages.overlaid,
        }
    }

    fn before_finish(
        &self,
        target: &dyn Target,
        index: usize,
        path: &[Step],
        chain: &mut Chain<'_>,
    ) {
        let Some(patched) = self.kept.stages.patched.get(index) else {
            return;
        };
        let original = match &self.kept.stages.lowered {
            None => Some(patched),
            Some(lowered) => {
                let mut lowered = lowered.iter();
                lowered.find(|other| target.is_same_object(other, patched))
            }
        };
        let Some(original) = original else {
            return chain.add_patch(self.patch_place(patched, path), None);
        };
        let causes = |path: &[Step]| target.causes(&self.lowered(), original, path);
        match earlier(&original.value, &patched.value, path) {
            Earlier::New => chain.add_patch(self.patch_place(patched, path), None),
            Earlier::Same(path) => chain.add_all(&causes(&path)),
            Earlier::Changed(earlier) => {
                chain.add_all(&causes(&earlier));
                let replaced = value_at(&original.value, &earlier);
                chain.add_patch(self.patch_place(patched, path), replaced);
            }
        }
    }

    /// Where a patch wrote a value; where that is not recorded, the beginning of the last patch. A
    /// mapping or list in which only parts were written has no place of its own.
    fn patch_place(&self, patched: &Document, path: &[Step]) -> Option<Span> {
        let value = value_at(&patched.value, path);
        let has_parts = matches!(value, Some(Value::Map(_) | Value::List(_)));
        let last = self.kept.settings.patches.last();
        let last = last.filter(|_| !has_parts).map(Patch::span);
        patched.places.find(path).or(last)
    }
}
