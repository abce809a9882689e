//! Overrides that could not be read, and what is no error of its own for that reason.

use crate::check::before::HEALTHY_WITHOUT_PROBE;
use crate::check::images::MISSING_IMAGE;
use crate::decode::NO_CONTAINERS;
use crate::decode::files::FILE_CONTENT;
use crate::decode::probe::EMPTY_PROBE;
use crate::overlay::AMBIGUOUS_OVERRIDE;
use crate::rules::UNKNOWN_CONTAINER;
use crate::rules::UNKNOWN_METADATA;
use crate::rules::UNKNOWN_RESOURCE;
use crate::rules::UNKNOWN_WORKLOAD;
use crate::rules::UNUSED_ANNOTATION;
use crate::targets::kubernetes::workload_kind::MISSING_SCHEDULE;
use diagnostics::report::Diagnostic;
use diagnostics::rule::Rule;
use yaml::rules::MISSING_KEY;

/// Which overrides could not be read, which was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Documents or single values, which may change anything in a workload.
    pub documents: bool,
    /// Images or builds.
    pub images: bool,
}

/// Problems of the stage of overrides that none of the others can mend: none makes a workload.
const SURE_OF_OVERRIDES: [&Rule; 2] = [&UNKNOWN_WORKLOAD, &AMBIGUOUS_OVERRIDE];

/// Problems of a workload that something is not there, which an override may have added.
const SAY_MISSING: [&Rule; 11] = [
    &EMPTY_PROBE,
    &FILE_CONTENT,
    &HEALTHY_WITHOUT_PROBE,
    &MISSING_IMAGE,
    &MISSING_KEY,
    &MISSING_SCHEDULE,
    &NO_CONTAINERS,
    &UNKNOWN_CONTAINER,
    &UNKNOWN_METADATA,
    &UNKNOWN_RESOURCE,
    &UNUSED_ANNOTATION,
];

impl Lost {
    /// Whether any could not be read.
    pub fn anything(self) -> bool {
        self.documents || self.images
    }

    /// Whether a problem of another override is one whatever these say.
    pub fn leaves_override(self, problem: &Diagnostic) -> bool {
        !self.documents || SURE_OF_OVERRIDES.contains(&problem.rule())
    }

    /// Whether a problem of a workload is one whatever these say. What somebody wrote and what is
    /// wrong is told.
    pub fn leaves(self, problem: &Diagnostic) -> bool {
        !self.documents || !SAY_MISSING.contains(&problem.rule())
    }
}
