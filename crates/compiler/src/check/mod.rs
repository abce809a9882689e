//! Stage 4: checks that a workload is consistent.
//!
//! It takes a workload and returns it as [`Checked`] after all rules ran. Where nothing was
//! reported, every reference has a target and no containers wait for each other. It does not know
//! the provisioners.

pub(crate) mod before;
pub mod catalog;
pub(crate) mod features;
pub(crate) mod images;
pub(crate) mod mount_paths;
pub(crate) mod references;
pub(crate) mod requests_within_limits;

use std::ops::Deref;

use crate::model::Workload;
use crate::support::parallel;
use diagnostics::report::Report;
use diagnostics::rule::Rule;

pub use references::check_reference;

/// One file of this folder: its function and its rules.
struct Check {
    run: fn(&Workload, &mut Report),
    rules: &'static [&'static Rule],
}

/// The checks of these files.
macro_rules! checks {
    ($($file:ident),+) => {
        &[$(Check { run: $file::check, rules: $file::RULES }),+]
    };
}

/// The checks of every run, in the order they run.
const ALWAYS: &[Check] = checks![
    references,
    before,
    catalog,
    features,
    mount_paths,
    requests_within_limits
];

/// Checks that hold only where output is wanted.
const FOR_GENERATE: &[Check] = checks![images];

/// The rules that the checks report.
pub(crate) fn rules() -> impl Iterator<Item = &'static [&'static Rule]> {
    [ALWAYS, FOR_GENERATE]
        .into_iter()
        .flatten()
        .map(|check| check.rules)
}

/// What a workload is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To check the file. An image `.` is correct: it is set when manifests are generated.
    Validate,
    /// To make output of it.
    Generate,
}

/// Data that every rule of a purpose has checked; the problems are in the report, and a run with
/// errors generates nothing. Only [`check`] creates one.
#[derive(Debug, Clone)]
pub struct Checked<T>(T);

impl<T> Checked<T> {
    /// The checked data.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Runs every check of the purpose over the workloads, also over those of which a part could not be
/// read.
pub fn check(
    purpose: Purpose,
    workloads: Vec<Workload>,
    report: &mut Report,
) -> Vec<Checked<Workload>> {
    let more = match purpose {
        Purpose::Generate => FOR_GENERATE,
        Purpose::Validate => &[],
    };
    parallel::map_reporting(&workloads, report, |workload, report| {
        ALWAYS
            .iter()
            .chain(more)
            .for_each(|check| (check.run)(workload, report));
    });
    workloads.into_iter().map(Checked).collect()
}
