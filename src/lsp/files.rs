//! Paths and their URIs, and which kind of file a path is of.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

use crate::project::environment::patches::SUFFIXES as PATCHES;
use crate::project::environment::{ENVIRONMENTS, FILE as ENVIRONMENT_FILE};
use crate::report::lint_levels::file::FILE as PROJECT_FILE;
use crate::system::os;
use diagnostics::percent;

/// What a file of a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Score,
    Environment,
    Definitions,
    Patches,
    Project,
    /// Another file that a project may name: an override, a patch template, a policy.
    Other,
}

impl Kind {
    /// By the name of the file, or by what a Score file begins with.
    pub(super) fn of(path: &Path, text: &str) -> Kind {
        let name = path.file_name().unwrap_or_default();
        let text_name = name.to_string_lossy();
        let ends = |endings: &[&str]| endings.iter().any(|ending| text_name.ends_with(ending));
        if ends(&[".provisioners.yaml", ".provisioners.yml"]) {
            Kind::Definitions
        } else if ends(&PATCHES) {
            Kind::Patches
        } else if text_name == ENVIRONMENT_FILE {
            Kind::Environment
        } else if text_name == PROJECT_FILE {
            Kind::Project
        } else if environment_of(path).is_some() {
            Kind::Other
        } else if os::is_score_file(name) || text.starts_with("apiVersion: score.dev/") {
            Kind::Score
        } else {
            Kind::Other
        }
    }

    /// The name of its schema.
    pub(super) fn schema(self) -> Option<&'static str> {
        match self {
            Kind::Score => Some("workload"),
            Kind::Environment => Some("environment"),
            Kind::Definitions => Some("provisioners"),
            Kind::Patches => Some("patches"),
            Kind::Project => Some("project"),
            Kind::Other => None,
        }
    }
}

/// The environment whose directory a file is in.
pub(super) fn environment_of(path: &Path) -> Option<&str> {
    let mut parts = path
        .parent()?
        .components()
        .rev()
        .map(|part| part.as_os_str());
    let mut inner = None;
    loop {
        let part = parts.next()?;
        if part == ENVIRONMENTS {
            return inner?;
        }
        inner = Some(part.to_str());
    }
}

/// The path of a URI of a file.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // A host may come first, which is this machine.
    let path = &rest[rest.find('/')?..];
    Some(PathBuf::from(decode(path)))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The URI of an absolute path.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    let path = percent::encode(path.to_str()?, "-._~/");
    Uri::from_str(&format!("file://{path}")).ok()
}

/// The project that a file is of: the nearest directory with environments or a project file, up to
/// the folder that is open in the editor; else that folder.
pub(super) fn project_of(path: &Path, folders: &[PathBuf]) -> PathBuf {
    let parent = path.parent().unwrap_or(Path::new("/"));
    let folder = folders
        .iter()
        .filter(|folder| path.starts_with(folder))
        .max_by_key(|folder| folder.components().count());
    let is_project = |directory: &&Path| {
        let is_environment = directory
            .file_name()
            .is_some_and(|name| name == ENVIRONMENTS);
        !is_environment
            && (os::exists(&directory.join(ENVIRONMENTS))
                || os::exists(&directory.join(PROJECT_FILE)))
    };
    let inside = |directory: &&Path| folder.is_none_or(|folder| directory.starts_with(folder));
    let found = parent.ancestors().take_while(inside).find(is_project);
    let project = found.or(folder.map(PathBuf::as_path)).unwrap_or(parent);
    project.to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_leads_back_to_its_path() {
        for path in ["/a/score.yaml", "/a b/ü%#?.yaml"] {
            let uri = uri_of(Path::new(path)).unwrap();
            assert_eq!(path_of(&uri).unwrap(), Path::new(path));
        }
        let uri = Uri::from_str("file://localhost/a/c%3A.yaml").unwrap();
        assert_eq!(path_of(&uri).unwrap(), Path::new("/a/c:.yaml"));
        assert_eq!(path_of(&Uri::from_str("untitled:one").unwrap()), None);
    }

    #[test]
    fn the_kind_of_a_file_is_that_of_its_name() {
        let kind = |path: &str| Kind::of(Path::new(path), "");
        assert_eq!(kind("/a/score.yaml"), Kind::Score);
        assert_eq!(
            kind("/a/environments/local/environment.yaml"),
            Kind::Environment
        );
        assert_eq!(kind("/a/environments/local/score.yaml"), Kind::Other);
        assert_eq!(kind("/a/x.provisioners.yml"), Kind::Definitions);
        assert_eq!(kind("/a/x.patches.yaml"), Kind::Patches);
        assert_eq!(kind("/a/score-rs.yaml"), Kind::Project);
        assert_eq!(kind("/a/app.yaml"), Kind::Other);
        let text = "apiVersion: score.dev/v1b1\n";
        assert_eq!(Kind::of(Path::new("/a/app.yaml"), text), Kind::Score);
    }

    #[test]
    fn a_file_of_an_environment_is_in_its_directory() {
        let name = |path: &str| environment_of(Path::new(path)).map(str::to_owned);
        assert_eq!(
            name("/a/environments/prod/x/y.tpl"),
            Some("prod".to_owned())
        );
        assert_eq!(name("/a/environments/y.yaml"), None);
        assert_eq!(name("/a/b/y.yaml"), None);
    }
}
