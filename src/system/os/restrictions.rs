//! Restrictions for a project that is not trusted, such as in a plugin of Argo CD, which compiles
//! repositories of many people. They are set once, before anything is read, and for the whole
//! process, so that no caller can omit them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::real_path;

/// The variables that score-rs itself reads through a host. They always have the values of the
/// machine.
const OWN_VARIABLES: [&str; 12] = [
    "ARGOCD_APP_NAMESPACE",
    "ARGOCD_APP_PARAMETERS",
    "ARGOCD_APP_SOURCE_PATH",
    "CI",
    "DOCKER_CONFIG",
    "HOME",
    "REGISTRY_AUTH_FILE",
    "SCORE_RS_ALLOW_COMMANDS",
    "SCORE_RS_ENV",
    "SCORE_RS_SEED",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
];

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

/// The name under which the machine has a variable that a project or score-rs reads.
pub(super) fn variable_name(name: &str) -> String {
    match RESTRICTIONS.get() {
        Some(restrictions) if !OWN_VARIABLES.contains(&name) => {
            format!("{}{name}", restrictions.variable_prefix)
        }
        _ => name.to_owned(),
    }
}
