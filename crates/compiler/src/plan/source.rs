//! Reads the files that a workload takes from beside its Score file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::similar_file;
use crate::check::check_reference;
use crate::link::Graph;
use crate::model::{FileContent, Workload};
use crate::placeholder::{self, Mode, Text};
use crate::rules::{OUTSIDE_PROJECT, PRIVATE_SOURCE};
use crate::support::host::{Host, HostError, is_really_inside};
use crate::support::path::{is_inside, normal};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Sources, Span, Spanned};

rules! {
    /// The file in `source` cannot be read.
    pub UNREADABLE_FILE_SOURCE: "unreadable-file-source", Error;
}

/// Which files beside a Score file may be read.
#[derive(Debug, Clone, Copy)]
pub struct FileRules {
    /// Whether a file outside the project may be read.
    pub allow_outside: bool,
}

/// The content of such a file.
pub(super) enum Source {
    /// Not UTF-8, so without placeholders.
    Bytes(Vec<u8>),
    /// Text without placeholders.
    Plain(String),
    /// Text with placeholders, which are valid.
    Text(Text),
}

/// Checks that each file that a workload takes can be read and has valid placeholders. A file that
/// several containers take is read once.
pub fn check_sources(
    sources: &mut Sources,
    host: &dyn Host,
    rules: FileRules,
    graph: &Graph,
    report: &mut Report,
) {
    let mut reader = SourceReader {
        sources,
        host,
        rules,
    };
    for linked in &graph.workloads {
        let mut seen = BTreeSet::new();
        for file in linked
            .workload
            .containers
            .values()
            .flat_map(|container| &container.files)
        {
            if let FileContent::Source { path, expand } = &file.content
                && seen.insert((&path.value, expand))
            {
                // Errors are in the report.
                let _ = reader.read(&linked.workload, path, *expand, report);
            }
        }
    }
}

/// Reads the files that workloads name.
pub(super) struct SourceReader<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) host: &'a dyn Host,
    pub(super) rules: FileRules,
}

impl SourceReader<'_> {
    /// Reads a file. `source` is its path in the workload; `expand` says whether it may have
    /// placeholders.
    pub(super) fn read(
        &mut self,
        workload: &Workload,
        source: &Spanned<String>,
        expand: bool,
        report: &mut Report,
    ) -> Result<Source, Reported> {
        let path = self.path(workload, source, report)?;
        let bytes = self
            .host
            .read(&path)
            .map_err(|error| self.unreadable(workload, &path, error, source, report))?;
        let name = path.display().to_string();
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                // The sources list every file that was read.
                self.sources.add_file(name, "");
                return Ok(Source::Bytes(error.into_bytes()));
            }
        };
        let id = self.sources.add_file(name, text.as_str());
        if !expand || !text.contains('$') {
            return Ok(Source::Plain(text));
        }
        let whole = Span::new(id, 0, text.len());
        let place = |start, end| whole.part(start, end);
        report.collect(|report| {
            let parsed = placeholder::parse(&text, whole, place, Mode::Content, report);
            for (reference, span) in parsed.references() {
                check_reference(workload, reference, span, report);
            }
            Source::Text(parsed)
        })
    }

    /// The path of a file relative to the project: `source` is relative to the Score file, and must
    /// be inside the project unless the rules allow more.
    fn path(
        &self,
        workload: &Workload,
        source: &Spanned<String>,
        report: &mut Report,
    ) -> Result<PathBuf, Reported> {
        let directories = [self.directory(workload), Path::new("")];
        let path = normal(&directories[0].join(&source.value));
        if self.host.is_private(&path) {
            let message = format!(
                "`{}` is private to score-rs and may contain secrets",
                source.value
            );
            let help = "name another file; outputs of resources are written as placeholders";
            return Err(report.error(
                Problem::new(&PRIVATE_SOURCE, message)
                    .at(source.span)
                    .help(help),
            ));
        }
        if self.rules.allow_outside
            || directories
                .iter()
                .any(|root| is_really_inside(&path, root, self.host))
        {
            return Ok(path);
        }
        // A path that looks like one inside can only be outside through a symbolic link.
        let how = if directories
            .iter()
            .any(|root| is_inside(&path, &normal(root)))
        {
            "points by a symbolic link"
        } else {
            "lies"
        };
        let message = format!("`{}` {how} outside the project", source.value);
        let help = "copy it into the project, or allow it with `--allow-outside`";
        Err(report.error(
            Problem::new(&OUTSIDE_PROJECT, message)
                .at(source.span)
                .help(help),
        ))
    }

    fn unreadable(
        &self,
        workload: &Workload,
        path: &Path,
        error: HostError,
        source: &Spanned<String>,
        report: &mut Report,
    ) -> Reported {
        let (why, help) = match error {
            HostError::NotFound => {
                let directory = self.directory(workload);
                let help = similar_file::help(&source.value, directory, self.host);
                ("there is no such file".to_owned(), help)
            }
            HostError::Failed(why) => (why, "name a file that can be read".to_owned()),
        };
        let message = format!("`{}` cannot be read: {why}", path.display());
        report.error(
            Problem::new(&UNREADABLE_FILE_SOURCE, message)
                .at(source.span)
                .help(help),
        )
    }

    /// The directory of a workload's Score file.
    fn directory(&self, workload: &Workload) -> &Path {
        let score_file = Path::new(self.sources.get(workload.span.source).name());
        score_file.parent().unwrap_or(Path::new(""))
    }
}
