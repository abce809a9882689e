//! An object that a patch is for, while the documents change.

use super::context::Context;
use super::objects::ObjectPath;
use super::values::{NO_WORKLOAD_HELP, Scope, WorkloadScope};
use crate::plan::Workload;
use diagnostics::source::Sources;

/// An object that a patch is for.
pub(super) struct SelectedObject<'a> {
    pub(super) path: ObjectPath,
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) workload: Option<&'a Workload>,
}

impl<'a> SelectedObject<'a> {
    pub(super) fn scope<'s>(&'s self, sources: &'s Sources, context: &'s Context<'a>) -> Scope<'s> {
        Scope {
            sources,
            environment: &context.environment,
            workload: match self.workload {
                Some(workload) => WorkloadScope::Known(workload),
                None => WorkloadScope::None {
                    object: &self.description,
                    help: NO_WORKLOAD_HELP,
                },
            },
        }
    }
}
