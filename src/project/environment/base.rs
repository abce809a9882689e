//! Where an environment is, which its paths are relative to.

use std::path::{Path, PathBuf};

use super::FILE;
use super::source::{Purpose, Source};
use crate::project::remote::TreePath;
use compiler::support::path::normal;

/// The directory of an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// A directory of this machine.
    Directory(PathBuf),
    /// A directory of a repository or artifact, which nothing leads out of.
    Remote(TreePath),
}

impl Base {
    /// A directory of this machine; `None` for a remote one.
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Base::Directory(directory) => Some(directory),
            Base::Remote(_) => None,
        }
    }

    /// The environment that one here extends: a URL, a path from here if it has a `/`, or else the
    /// name of a directory beside it. `None` for a URL without directories.
    pub(super) fn extended(&self, text: &str) -> Option<Base> {
        if text.contains("://") {
            return TreePath::of(text).map(Base::Remote);
        }
        let is_path = text.contains('/');
        Some(match self {
            Base::Directory(directory) if is_path => Base::Directory(normal(&directory.join(text))),
            Base::Directory(directory) => Base::Directory(normal(&directory.join("..").join(text))),
            Base::Remote(path) if is_path => Base::Remote(path.join(text)),
            Base::Remote(path) => Base::Remote(path.join("..").join(text)),
        })
    }

    /// The source that one of its lists names.
    pub(super) fn source(&self, text: &str, purpose: Purpose) -> Source {
        match self {
            Base::Directory(directory) => Source::parse(text, purpose, directory),
            // Everything else is a path of this machine.
            Base::Remote(_) if text.contains("://") || purpose.is_builtin(text) => {
                Source::parse(text, purpose, Path::new(""))
            }
            Base::Remote(path) => Source::Remote(path.join(text).url()),
        }
    }

    /// The directory as a source.
    pub(super) fn as_source(&self) -> Source {
        match self {
            Base::Directory(directory) => Source::Directory(directory.clone()),
            Base::Remote(path) => Source::Remote(path.url()),
        }
    }

    /// The name of the file of the environment.
    pub fn file(&self) -> String {
        match self {
            Base::Directory(directory) => directory.join(FILE).display().to_string(),
            Base::Remote(path) => path.join(FILE).url(),
        }
    }
}
