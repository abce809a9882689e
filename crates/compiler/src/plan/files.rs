//! Plans the files of a container.

use super::source::{Source, SourceReader};
use super::{Content, File, Planner};
use crate::link::LinkedWorkload;
use crate::model::{self, FileContent};
use crate::placeholder::Text;
use crate::placeholder::resolve::{ResolvedText, Segment, resolve};
use diagnostics::report::{Report, Reported};
use diagnostics::source::{ReservedSources, Span};

impl Planner<'_> {
    /// Plans a file; `None` when an error was reported.
    pub(super) fn file(
        &self,
        linked: &LinkedWorkload,
        file: &model::File,
        numbers: &mut ReservedSources,
        report: &mut Report,
    ) -> Option<File> {
        let content = match &file.content {
            FileContent::Bytes(bytes) => Content::Bytes(bytes.clone()),
            FileContent::Text(text) => self.file_text(linked, file, text, report).ok()?,
            FileContent::Source { path, expand } => {
                let mut reader = SourceReader {
                    sources: self.sources,
                    numbers,
                    host: self.context.host,
                    rules: self.context.file_rules,
                };
                let read = reader.read(&linked.workload, path, *expand, report).ok()?;
                self.source_content(linked, file, read, path.span, report)
                    .ok()?
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
        file: &model::File,
        text: &Text,
        report: &mut Report,
    ) -> Result<Content, Reported> {
        let resolved = self.in_scope(linked, false, |scope| resolve(text, scope, report))?;
        let what = format!("the file `{}`", file.target.value);
        let can_refer = !self.context.defers_variables && text.pieces.len() == 1;
        self.check_plain_secrets(linked, text, &what, "", can_refer, report);
        Ok(Content::Text(resolved))
    }

    fn source_content(
        &self,
        linked: &LinkedWorkload,
        file: &model::File,
        source: Source,
        span: Span,
        report: &mut Report,
    ) -> Result<Content, Reported> {
        match source {
            Source::Bytes(bytes) => Ok(Content::Bytes(bytes)),
            Source::Plain(text) => Ok(Content::Text(ResolvedText {
                segments: vec![Segment::Plain(text)],
                span,
            })),
            Source::Text(text) => self.file_text(linked, file, &text, report),
        }
    }
}
