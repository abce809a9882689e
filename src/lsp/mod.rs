//! The language server: diagnostics while somebody types, completion, and what else an editor asks.
//!
//! [`session`] takes the messages of the client in order and gives each request to the file of its
//! feature. [`documents`] has the unsaved texts, [`project`] what was found wrong in the files of a
//! project. What a file means is not decided here: [`Compiler`] is the compiler as the command line
//! runs it, on the files of a [`Host`] that has the unsaved texts.

mod actions;
mod capabilities;
pub(crate) mod check;
mod client;
mod completion;
mod documents;
mod files;
mod findings;
mod hover;
mod knowledge;
mod names;
mod navigation;
mod notifications;
mod place;
pub(crate) mod platform;
mod position;
mod project;
mod query;
mod reference;
mod related;
mod requests;
mod schemas;
mod session;
mod symbols;
mod templates;
mod tokens;

use std::path::{Path, PathBuf};

pub(crate) use check::Scope;
pub(crate) use platform::Platform;
pub(crate) use session::serve;

use crate::report::autofix::ValidationRun;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::KnownOutputs;
use compiler::support::host::Host;

/// What the server asks of the command line. Paths are relative to the working directory.
pub(crate) trait Compiler: Send + Sync {
    /// What `validate` reports of these Score files, or of all when there are none.
    fn validate(
        &self,
        scope: &Scope,
        files: &[PathBuf],
        os: &Os,
        host: &dyn Host,
    ) -> Result<ValidationRun, CliError>;

    /// The definitions of an environment; of the default one where the scope names none.
    fn platform(&self, scope: &Scope, host: &dyn Host) -> Result<Platform, CliError>;

    /// The outputs of the resources of a Score file in an environment, but for secrets.
    fn outputs(
        &self,
        environment: &str,
        file: &Path,
        host: &dyn Host,
    ) -> Result<KnownOutputs, CliError>;
}
