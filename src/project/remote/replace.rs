//! `replace` of the project file: directories to work against instead of remote sources.

use std::path::{Path, PathBuf};

use super::address::TreePath;
use super::remotes::{INVALID_REMOTE_SOURCE, NOT_LOCKED, Remotes};
use super::url::SourceUrl;
use crate::project::environment::source::NO_SUCH_FILE;
use crate::report::lint_levels::file;
use crate::system::error::CliError;
use crate::system::os;
use crate::system::text_file;
use compiler::support::host::Host;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Spanned};
use yaml::{Node, reader};

/// The key of the project file.
pub(crate) const KEY: &str = "replace";

/// The directories of a project that stand for remote sources.
#[derive(Debug, Clone, Default)]
pub(super) struct Replacements {
    list: Vec<Replacement>,
    /// The directory of the project file, which the paths are relative to.
    directory: PathBuf,
}

/// A directory that stands for a repository or artifact.
#[derive(Debug, Clone)]
pub(crate) struct Replacement {
    /// The URL without a path; without a version it stands for all of them.
    url: Spanned<String>,
    path: Spanned<String>,
}

/// Reads the key of the project file.
pub(crate) fn read(node: &Node, report: &mut Report) -> Vec<Replacement> {
    let entries = reader::named_entries(node, "`replace`", report).into_iter();
    let entries = entries.filter_map(|(url, node)| {
        let path = reader::string(node, &format!("the directory for `{}`", url.value), report);
        let is_valid = check(&url, report);
        path.filter(|_| is_valid)
            .map(|path| Replacement { url, path })
    });
    entries.collect()
}

fn check(url: &Spanned<String>, report: &mut Report) -> bool {
    let form = "write the URL of a repository or artifact, such as `oci://REGISTRY/NAME:TAG`";
    let (reason, help) = match (SourceUrl::parse(&url.value), TreePath::of(&url.value)) {
        (Err(error), _) => (error.message, error.help),
        (_, None) => (
            "a file on a web server has no directories".to_owned(),
            form.to_owned(),
        ),
        (_, Some(path)) if !path.path().is_empty() => {
            let help = format!("write `{}`", path.tree());
            ("it names a part of it".to_owned(), help)
        }
        _ => return true,
    };
    let message = format!("`{}` cannot be replaced: {reason}", url.value);
    report.push(
        Problem::new(&INVALID_REMOTE_SOURCE, message)
            .at(url.span)
            .help(help),
    );
    false
}

impl Replacement {
    fn is_for(&self, path: &TreePath) -> bool {
        let url = self.url.value.trim_end_matches('/');
        url == path.tree() || url == without_version(path.tree())
    }
}

/// The URL of a repository or artifact without its version.
fn without_version(tree: &str) -> &str {
    let name = match tree.starts_with("oci://") {
        true => tree.rfind('/').map_or(0, |at| at + 1),
        false => 0,
    };
    let end = match name {
        0 => tree.find('?'),
        name => tree[name..].find([':', '@']).map(|at| name + at),
    };
    &tree[..end.unwrap_or(tree.len())]
}

impl Remotes {
    /// The path that stands for a remote one. It is refused where only locked sources may be used.
    pub(crate) fn replacement(
        &self,
        path: &TreePath,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<PathBuf>, CliError> {
        if self.policy.only_locks {
            return Ok(None);
        }
        let known = self.replacements.borrow().clone();
        let known = match known {
            Some(known) => known,
            None => of_project(host, sources)?,
        };
        *self.replacements.borrow_mut() = Some(known.clone());
        let Some(found) = known.list.iter().find(|one| one.is_for(path)) else {
            return Ok(None);
        };
        let (url, target) = (&found.url, &found.path);
        if self.policy.locked {
            let message = format!(
                "`{}` is replaced by `{}`, which is not locked",
                url.value, target.value
            );
            let problem = Problem::new(&NOT_LOCKED, message).at(url.span);
            return Err(report
                .error(problem.help("remove this line, or run without --locked"))
                .into());
        }
        let directory = known.directory.join(&target.value);
        if !os::is_directory(&directory) {
            let message = format!("there is no directory `{}`", directory.display());
            let problem = Problem::new(&NO_SUCH_FILE, message).at(target.span);
            let help = "write the path of a checkout, relative to this file, or remove the line";
            return Err(report.error(problem.help(help)).into());
        }
        Ok(Some(directory.join(path.path())))
    }
}

/// Problems of the project file were reported when its levels were read.
fn of_project(host: &dyn Host, sources: &mut Sources) -> Result<Replacements, CliError> {
    let report = &mut Report::default();
    let Some(path) = file::find(sources, report) else {
        return Ok(Replacements::default());
    };
    let Some(source) = text_file::read(host, &path, sources, report)? else {
        return Ok(Replacements::default());
    };
    let documents = yaml::parse(sources, source, report);
    let nodes = documents.iter().filter_map(|document| document.get(KEY));
    Ok(Replacements {
        list: nodes.flat_map(|node| read(node, report)).collect(),
        directory: path.parent().unwrap_or(Path::new("")).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_version_stands_for_all() {
        for (tree, expected) in [
            ("oci://h:5000/a:v1", "oci://h:5000/a"),
            ("oci://h/a@sha256:0", "oci://h/a"),
            ("oci://h:5000/a", "oci://h:5000/a"),
            (
                "git-ssh://git@h:22/a.git?ref=v1",
                "git-ssh://git@h:22/a.git",
            ),
        ] {
            assert_eq!(without_version(tree), expected);
        }
    }
}
