//! Sources that are directories of repositories and artifacts, and directories that stand for them.

use super::source::{NO_SUCH_FILE, Purpose, Source, SourceRef, expand, ignore_reported, span_of};
use crate::project::remote::{Located, RemoteDirectory, RemoteRef, Remotes, TreePath};
use crate::system::error::CliError;
use compiler::support::host::Host;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{list_names, suggestion};

/// The files of a source, which are reported when there are none.
pub(crate) fn expand_remote(
    source_ref: &SourceRef,
    purpose: Purpose,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Source>, CliError> {
    let expansion = Expansion {
        source_ref,
        purpose,
        remotes,
    };
    expansion.sources(host, sources, report)
}

/// Finds the files of a source.
struct Expansion<'a> {
    source_ref: &'a SourceRef,
    purpose: Purpose,
    remotes: &'a Remotes,
}

impl Expansion<'_> {
    /// The files of a directory, which are reported when there are none; any other source itself.
    fn sources(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<Source>, CliError> {
        let Source::Remote(text) = &self.source_ref.source else {
            return expand(self.source_ref, self.purpose, report);
        };
        let result = self.remote_sources(text, host, sources, report);
        result.or_else(|error| {
            ignore_reported(error)?;
            Ok(vec![Source::Unreadable])
        })
    }

    fn remote_sources(
        &self,
        text: &str,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<Source>, CliError> {
        if let Some(path) = TreePath::of(text)
            && let Some(local) = self.remotes.replacement(&path, host, sources, report)?
        {
            let local = SourceRef {
                source: match self.purpose {
                    Purpose::Overrides => Source::File(local),
                    _ => Source::from_path(local),
                },
                span: self.source_ref.span,
            };
            return expand(&local, self.purpose, report);
        }
        let remote = RemoteRef {
            text,
            span: span_of(self.source_ref.span, text, sources),
            suffix: self.purpose.suffix(),
        };
        match self.remotes.locate(remote, host, sources, report)? {
            Located::File(_) => Ok(vec![self.source_ref.source.clone()]),
            Located::Directory(directory) if self.purpose == Purpose::Overrides => {
                report_directory(remote, &directory, report);
                Ok(Vec::new())
            }
            Located::Directory(directory) => Ok(self.files(&directory, remote.span, report)),
        }
    }

    fn files(&self, directory: &RemoteDirectory, span: Span, report: &mut Report) -> Vec<Source> {
        let RemoteDirectory { tree, path, .. } = directory;
        let names = tree.names_in(path.path()).into_iter();
        let suffixes = self.purpose.suffixes();
        let files: Vec<Source> = names
            .filter(|name| suffixes.iter().any(|suffix| name.ends_with(suffix)))
            .map(|name| Source::Remote(path.join(name).url()))
            .collect();
        let is_written = self.source_ref.span.is_some();
        if files.is_empty() && !tree.is_directory(path.path()) {
            report_missing(directory, span, report);
        } else if files.is_empty() && is_written {
            let (url, files) = (path.url(), self.purpose.files());
            let message = format!("the directory `{url}` has no {files}");
            let help = match tree.names_in(path.path()).as_slice() {
                [] => directories_help(directory),
                names => format!(
                    "name a file or another directory; it has {}",
                    list_names(names.iter().copied())
                ),
            };
            report.push(Problem::new(&NO_SUCH_FILE, message).at(span).help(help));
        }
        files
    }
}

/// Reports a directory where only a file can be named, or a path that does not exist.
pub(super) fn report_directory(
    remote: RemoteRef<'_>,
    directory: &RemoteDirectory,
    report: &mut Report,
) {
    if !directory.tree.is_directory(directory.path.path()) {
        return report_missing(directory, remote.span, report);
    }
    let message = format!("`{}` is a directory", remote.text);
    let problem = Problem::new(&NO_SUCH_FILE, message).at(remote.span);
    report.push(problem.help("name a file of it"));
}

/// Reports a path that a repository or artifact does not have.
pub(super) fn report_missing(directory: &RemoteDirectory, span: Span, report: &mut Report) {
    let (path, whole) = (directory.path.path(), directory.path.tree());
    let message = format!("there is no `{path}` in `{whole}`");
    let problem = Problem::new(&NO_SUCH_FILE, message).at(span);
    report.push(problem.help(directories_help(directory)));
}

fn directories_help(directory: &RemoteDirectory) -> String {
    let RemoteDirectory { tree, path, .. } = directory;
    let files: Vec<&str> = tree.files().map(|(path, _)| path).collect();
    let known = || tree.directories().into_iter().chain(files.iter().copied());
    suggestion(path.path(), known(), || match tree.directories() {
        directories if directories.is_empty() => {
            format!("it has {}", list_names(files.iter().copied()))
        }
        directories => format!("its directories are {}", list_names(directories)),
    })
}
