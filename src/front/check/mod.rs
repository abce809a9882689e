//! Stage 4: what a workload says must hold together.
//!
//! - **Promise:** in a [`Checked`] workload every reference leads somewhere and every wait ends.
//! - **Takes:** a workload.
//! - **Gives:** the same, marked as checked; all rules run before it fails.
//! - **Never:** knows which provisioners there are.

mod before;
mod references;

use std::ops::Deref;

use crate::base::diagnostics::{Report, Reported};
use crate::front::model::Workload;

pub use references::check_reference;

/// The rules, each in a file of its own, in the order they run.
const RULES: [fn(&Workload, &mut Report); 2] = [references::check, before::check];

/// Something that passed every rule. Only [`check`] makes one.
#[derive(Debug, Clone)]
pub struct Checked<T>(T);

impl<T> Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Runs every rule over a workload.
pub fn check(workload: Workload, report: &mut Report) -> Result<Checked<Workload>, Reported> {
    report.collect(|report| RULES.iter().for_each(|rule| rule(&workload, report)))?;
    Ok(Checked(workload))
}
