//! Plans the files of a container.

use super::source::{Source, SourceReader};
use super::{Content, File, Planner};
use crate::link::LinkedWorkload;
use crate::model::{self, FileContent};
use crate::placeholder::Text;
use crate::placeholder::resolve::{ResolvedText, Segment, resolve};
use diagnostics::report::{Report, Reported};
use diagnostics::source::Spanned;

impl Planner<'_> {
    /// Plans a file; `None` when an error was reported.
    pub(super) fn file(
        &mut self,
        linked: &LinkedWorkload,
        file: &model::File,
        report: &mut Report,
    ) -> Option<File> {
        let content = match &file.content {
            FileContent::Bytes(bytes) => Content::Bytes(bytes.clone()),
            FileContent::Text(text) => Content::Text(self.file_text(linked, text, report).ok()?),
            FileContent::Source { path, expand } => {
                self.source_content(linked, path, *expand, report).ok()?
            }
        };
        Some(File {
            target: file.target.clone(),
            content,
            mode: file.mode,
        })
    }

    /// The text of a file. It is written now, so no variable can stay open.
    fn file_text(
        &self,
        linked: &LinkedWorkload,
        text: &Text,
        report: &mut Report,
    ) -> Result<ResolvedText, Reported> {
        self.in_scope(linked, false, |scope| resolve(text, scope, report))
    }

    fn source_content(
        &mut self,
        linked: &LinkedWorkload,
        source: &Spanned<String>,
        expand: bool,
        report: &mut Report,
    ) -> Result<Content, Reported> {
        let mut reader = SourceReader {
            sources: self.sources,
            host: self.context.host,
            rules: self.context.file_rules,
        };
        match reader.read(&linked.workload, source, expand, report)? {
            Source::Bytes(bytes) => Ok(Content::Bytes(bytes)),
            Source::Plain(text) => Ok(Content::Text(ResolvedText {
                segments: vec![Segment::Plain(text)],
                span: source.span,
            })),
            Source::Text(text) => Ok(Content::Text(self.file_text(linked, &text, report)?)),
        }
    }
}
