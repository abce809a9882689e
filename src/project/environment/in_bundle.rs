//! What an environment names must be in the bundle that it is pushed in.

use std::path::{Path, PathBuf};

use super::base::Base;
use super::decode::decode;
use super::extends::UNKNOWN_ENVIRONMENT;
use super::file::{EnvironmentFile, ListEntry};
use super::source::{NO_SUCH_FILE, Purpose};
use super::{FILE, built_in};
use crate::project::remote::{INVALID_REMOTE_SOURCE, Tree};
use compiler::support::path::{is_inside, normal};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::suggestions::{list_names, suggestion};

/// An environment of a bundle. It may have no target: others extend it.
pub(crate) struct BundledEnvironment<'a> {
    /// Its text.
    pub(crate) source: SourceId,
    /// Its directory from the root of the bundle.
    pub(crate) directory: PathBuf,
    pub(crate) tree: &'a Tree,
}

impl BundledEnvironment<'_> {
    /// Reports its problems, and the paths that lead to nothing or out of the bundle.
    pub(crate) fn check(&self, sources: &Sources, report: &mut Report) {
        let base = Base::Directory(self.directory.clone());
        let start = Span::new(self.source, 0, 0);
        let file = EnvironmentFile::new("environment".to_owned(), base, start);
        let file = decode(file, None, sources, report);
        for path in paths(&file) {
            let named = self.directory.join(&path.value);
            if let Some(name) = self.in_bundle(&named, path, report)
                && self.tree.file(&name).is_none()
                && !self.tree.is_directory(&name)
            {
                let message = format!("there is no `{name}` in the bundle");
                let problem = Problem::new(&NO_SUCH_FILE, message).at(path.span);
                report.push(problem.help(self.help(&name)));
            }
        }
        if let Some(extends) = file.extends.as_ref().filter(|one| is_path(&one.value)) {
            self.check_extends(extends, report);
        }
    }

    fn check_extends(&self, extends: &Spanned<String>, report: &mut Report) {
        let is_name = !extends.value.contains('/');
        let from = self.directory.join(if is_name { ".." } else { "" });
        let Some(name) = self.in_bundle(&from.join(&extends.value), extends, report) else {
            return;
        };
        let directories = self.tree.directories_with(FILE);
        let is_built_in = is_name && built_in(&extends.value).is_some();
        if !directories.contains(name.as_str()) && !is_built_in {
            let message = format!("there is no environment `{name}` in the bundle");
            let problem = Problem::new(&UNKNOWN_ENVIRONMENT, message).at(extends.span);
            let known = || directories.iter().copied().filter(|one| !one.is_empty());
            let others = || format!("its environments are {}", list_names(known()));
            report.push(problem.help(suggestion(&name, known(), others)));
        }
    }

    /// A path from the root of the bundle.
    fn in_bundle(
        &self,
        path: &Path,
        written: &Spanned<String>,
        report: &mut Report,
    ) -> Option<String> {
        let path = normal(path);
        if is_inside(&path, Path::new("")) {
            return path.to_str().map(str::to_owned);
        }
        let message = format!("`{}` is outside of the bundle", written.value);
        let problem = Problem::new(&INVALID_REMOTE_SOURCE, message).at(written.span);
        report.push(problem.help("move it into the directory that is pushed, or push a parent"));
        None
    }

    fn help(&self, name: &str) -> String {
        let files = self.tree.files().map(|(path, _)| path);
        let known: Vec<&str> = self.tree.directories().into_iter().chain(files).collect();
        suggestion(name, known.iter().copied(), || {
            "write a path relative to the directory of this environment".to_owned()
        })
    }
}

fn is_path(text: &str) -> bool {
    !text.contains("://")
}

/// The paths that an environment names, but what it extends.
fn paths(file: &EnvironmentFile) -> impl Iterator<Item = &Spanned<String>> {
    fn source<T>(entry: &ListEntry<T>) -> Option<&Spanned<String>> {
        match entry {
            ListEntry::Source(text) => Some(text),
            ListEntry::Inline(..) => None,
        }
    }
    let is_builtin = |one: &&Spanned<String>| Purpose::Definitions.is_builtin(&one.value);
    let definitions = file.provisioners.iter().flatten().flatten();
    let definitions = definitions.filter(move |one| !is_builtin(one));
    let overrides = file.overrides.iter().map(|one| &one.file);
    let patches = file.patches.iter().filter_map(source);
    let policies = file.policies.iter().filter_map(source);
    let paths = definitions.chain(overrides).chain(patches);
    let paths = paths.chain(&file.schemas).chain(policies);
    paths.filter(|one| is_path(&one.value))
}
