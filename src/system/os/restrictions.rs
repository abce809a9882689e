//! Restrictions for a project that is not trusted, such as in a plugin of Argo CD, which compiles
//! repositories of many people. They are set once, before anything is read, and for the whole
//! process, so that no caller can omit them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::real_path;

/// Why a file is not read.
pub(super) const OUTSIDE: &str = "it is outside the repository";

/// Limits for a project that is not trusted.
#[derive(Debug)]
pub(crate) struct Restrictions {
    /// Only files in this directory are read, also after links are followed.
    pub(crate) root: PathBuf,
    /// Whether definitions and remote sources may run programs.
    pub(crate) runs_programs: bool,
    /// The beginning of the names of the variables that a project may read.
    pub(crate) variable_prefix: &'static str,
}

static RESTRICTIONS: OnceLock<Restrictions> = OnceLock::new();

/// Restricts this process until it ends.
pub(crate) fn restrict(restrictions: Restrictions) {
    let root = real_path(&restrictions.root);
    let _ = RESTRICTIONS.set(Restrictions {
        root,
        ..restrictions
    });
}

/// Whether the project is not trusted.
pub(crate) fn is_restricted() -> bool {
    RESTRICTIONS.get().is_some()
}

/// Whether programs may run.
pub(super) fn runs_programs() -> bool {
    RESTRICTIONS
        .get()
        .is_none_or(|restrictions| restrictions.runs_programs)
}

/// Whether a path may be read.
pub(super) fn may_read(path: &Path) -> bool {
    RESTRICTIONS
        .get()
        .is_none_or(|restrictions| real_path(path).starts_with(&restrictions.root))
}

/// As [`may_read`], as an error.
pub(super) fn check(path: &Path) -> io::Result<()> {
    match may_read(path) {
        true => Ok(()),
        false => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
    }
}

/// The name under which the machine has a variable that a project reads.
pub(super) fn project_variable_name(name: &str) -> String {
    let restrictions = RESTRICTIONS.get();
    let prefix = restrictions.map_or("", |restrictions| restrictions.variable_prefix);
    format!("{prefix}{name}")
}
