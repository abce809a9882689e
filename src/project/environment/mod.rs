//! Environments: directories that say where workloads run, and what differs there.
//!
//! - **Promise:** every problem of an `environment.yaml` is reported in one run, at its place.
//! - **Takes:** the directories below `environments/`, or one that is named.
//! - **Gives:** one environment in which everything that it extends is merged, each part with its
//!   place.
//! - **Never:** reads a flag, or decides what a workload means.

pub(crate) mod decode;
pub(crate) mod default;
pub mod explain;
pub(crate) mod extends;
mod file;
pub(crate) mod registry;
pub(crate) mod resolved;
pub mod source;

pub(crate) use decode::{NAME_RULE, is_environment_name};
pub use registry::{Registry, Wanted};
pub use resolved::Environment;

use std::path::PathBuf;
use std::rc::Rc;

use compiler::targets::target::Target;
use decode::decode;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources, Span};
use extends::Chain;
use file::Declaration;

/// The targets, each of which is also a built-in environment.
pub const TARGETS: [&dyn Target; 2] = compiler::targets::ALL;

/// The directory of the environments of a project.
pub const ENVIRONMENTS: &str = "environments";

/// The file that makes a directory an environment.
pub const FILE: &str = "environment.yaml";

/// The built-in environment of a name.
fn built_in(name: &str) -> Option<&'static dyn Target> {
    TARGETS.iter().find(|target| target.name() == name).copied()
}

/// Reports what is wrong with the text of an `environment.yaml` whatever it extends; no file is
/// looked for.
pub fn check_text(sources: &Sources, source: SourceId, report: &mut Report) {
    let own = Declaration::new(
        "environment".to_owned(),
        PathBuf::new(),
        Span::new(source, 0, 0),
    );
    let own = decode(own, sources, report);
    // One that it extends may be what says the target.
    if own.target.is_some() || own.extends.is_none() {
        Environment::of(
            Chain {
                declarations: vec![Rc::new(own)],
                built_in: None,
                cut: None,
            },
            report,
        );
    }
}
