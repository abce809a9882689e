//! Reads the files that a workload takes from beside its Score file.

use std::collections::BTreeSet;
use std::path::Path;

use crate::check::check_reference;
use crate::link::Graph;
use crate::model::{FileContent, Workload};
use crate::placeholder::{self, Mode, Text};
use crate::support::host::Host;
use crate::support::project_files::{FileRules, ProjectFiles};
use diagnostics::report::{Report, Reported};
use diagnostics::source::{ReservedSources, Sources, Span, Spanned};

/// The content of a file beside a Score file.
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
                let mut reader = SourceReader {
                    numbers: &mut sources.reserve(1),
                    sources,
                    host,
                    rules,
                };
                // Errors are in the report.
                let _ = reader.read(&linked.workload, path, *expand, report);
            }
        }
    }
}

/// Reads the files that workloads name.
pub(super) struct SourceReader<'a> {
    pub(super) sources: &'a Sources,
    /// For the files that are read.
    pub(super) numbers: &'a mut ReservedSources,
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
        let files = ProjectFiles {
            host: self.host,
            rules: self.rules,
            directory: self.directory(workload),
            namer: "this Score file",
        };
        let (path, bytes) = files
            .read(&source.value)
            .map_err(|problem| report.error(problem.at(source.span)))?;
        let (name, id) = (path.display().to_string(), self.numbers.take());
        let add = |text: &str| id.inspect(|id| self.sources.set_file(*id, name, text));
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                // The sources list every file that was read.
                add("");
                return Ok(Source::Bytes(error.into_bytes()));
            }
        };
        let id = add(&text).filter(|_| expand && text.contains('$'));
        let Some(id) = id else {
            return Ok(Source::Plain(text));
        };
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

    /// The directory of a workload's Score file.
    fn directory(&self, workload: &Workload) -> &Path {
        let score_file = Path::new(self.sources.get(workload.span.source).name());
        score_file.parent().unwrap_or(Path::new(""))
    }
}
