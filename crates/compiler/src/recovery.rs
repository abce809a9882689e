//! Overrides that could not be read, and what is no error of its own for that reason.

use diagnostics::report::Diagnostic;

/// Which overrides could not be read, which was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Documents or single values, which may change anything in a workload.
    pub documents: bool,
    /// Images or builds.
    pub images: bool,
}

/// Problems of the stage of overrides that none of the others can mend: none makes a workload.
const SURE_OF_OVERRIDES: [&str; 2] = ["unknown-workload", "override-without-workload"];

/// Problems of a workload that something is not there, which an override may have added.
const SAY_MISSING: [&str; 11] = [
    "empty-probe",
    "file-content",
    "healthy-without-probe",
    "missing-image",
    "missing-key",
    "missing-schedule",
    "no-containers",
    "unknown-container",
    "unknown-metadata",
    "unknown-resource",
    "unused-annotation",
];

impl Lost {
    /// Whether any could not be read.
    pub fn anything(self) -> bool {
        self.documents || self.images
    }

    /// Whether a problem of another override is one whatever these say.
    pub fn leaves_override(self, problem: &Diagnostic) -> bool {
        !self.documents || SURE_OF_OVERRIDES.contains(&problem.name())
    }

    /// Whether a problem of a workload is one whatever these say. What somebody wrote and what is
    /// wrong is told.
    pub fn leaves(self, problem: &Diagnostic) -> bool {
        !self.documents || !SAY_MISSING.contains(&problem.name())
    }
}
