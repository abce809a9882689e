//! Stage 4: what a workload says must hold together.
//!
//! - **Promise:** where nothing was reported, every reference of a [`Checked`] workload leads
//!   somewhere and every wait ends.
//! - **Takes:** a workload.
//! - **Gives:** the same, marked as checked, after all rules ran.
//! - **Never:** knows which provisioners there are.

mod before;
mod images;
mod mount_paths;
mod ports;
mod probes;
mod references;
mod requests_within_limits;

use std::ops::Deref;

use crate::model::Workload;
use diagnostics::report::Report;

pub use references::check_reference;

/// A rule: reports what it finds.
type Rule = fn(&Workload, &mut Report);

/// The rules, each in a file of its own, in the order they run.
const RULES: [Rule; 4] = [
    references::check,
    before::check,
    mount_paths::check,
    requests_within_limits::check,
];

/// Rules for what only one of the targets refuses, which says so itself where it is asked for
/// output.
const TARGET_RULES: [Rule; 2] = [ports::check, probes::check];

/// Rules that hold only where output is wanted.
const OUTPUT_RULES: [Rule; 1] = [images::check];

/// What a workload is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To know whether the file is right. An image of `.` is: whoever generates names it.
    Validate,
    /// To make output of it.
    Generate,
}

/// Something over which every rule of a purpose has run; what they found is in the report, and
/// nothing is made of a run with errors. Only [`check`] makes one.
#[derive(Debug, Clone)]
pub struct Checked<T>(T);

impl<T> Checked<T> {
    /// What was checked, to take it apart.
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

/// Runs every rule of the purpose over a workload, also over one of which only a part could be
/// read.
pub fn check(purpose: Purpose, workload: Workload, report: &mut Report) -> Checked<Workload> {
    let more: &[Rule] = if purpose == Purpose::Generate {
        &OUTPUT_RULES
    } else {
        &TARGET_RULES
    };
    RULES
        .iter()
        .chain(more)
        .for_each(|rule| rule(&workload, report));
    Checked(workload)
}
