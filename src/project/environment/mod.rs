//! Environments: directories with an `environment.yaml`, which says what workloads are compiled to
//! and what differs there.
//!
//! [`Registry`] reads the environments of a project and returns an [`Environment`] in which
//! everything that it extends is merged. All problems of an `environment.yaml` are reported in one
//! run. Flags are not known here.

mod base;
pub(crate) mod decode;
pub(crate) mod default;
pub mod explain;
pub(crate) mod extends;
mod external_workloads;
mod file;
mod in_bundle;
pub mod list;
pub(crate) mod output_path;
pub mod patches;
pub(crate) mod policies;
pub(crate) mod preview;
mod provisioners;
pub(crate) mod registry;
mod remote_source;
pub(crate) mod resolved;
pub mod source;

pub use base::Base;
pub(crate) use decode::{NAME_RULE, is_environment_name};
pub(crate) use in_bundle::BundledEnvironment;
pub use registry::{EnvironmentName, Registry};
pub(crate) use remote_source::expand_remote;
pub use resolved::Environment;

use std::path::PathBuf;
use std::rc::Rc;

use compiler::targets::target::Target;
use decode::decode;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources, Span};
use extends::ExtendsChain;
use file::EnvironmentFile;

/// The targets. Each is also a built-in environment, and the first is the default one.
pub const TARGETS: [&dyn Target; 2] = compiler::targets::ALL;

/// The directory with the environments of a project.
pub const ENVIRONMENTS: &str = "environments";

/// The file of an environment.
pub const FILE: &str = "environment.yaml";

/// The target of a built-in environment.
fn built_in(name: &str) -> Option<&'static dyn Target> {
    TARGETS.iter().find(|target| target.name() == name).copied()
}

/// Reports the problems of the text of an `environment.yaml`, without those that depend on what it
/// extends. Reads no file.
pub fn check_text(sources: &Sources, source: SourceId, report: &mut Report) {
    let file = EnvironmentFile::new(
        "environment".to_owned(),
        Base::Directory(PathBuf::new()),
        Span::new(source, 0, 0),
    );
    let file = decode(file, None, sources, report);
    // The target may be that of the environment that it extends.
    if file.target.is_some() || file.extends.is_none() {
        Environment::merge(ExtendsChain::new(vec![Rc::new(file)]), report);
    }
}
