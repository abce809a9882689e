//! The content of a container's files.

use super::source::{Source, read_source};
use super::{Content, File, Planner, in_scope};
use crate::link::LinkedWorkload;
use crate::model::{self, FileContent};
use crate::placeholder::Text;
use crate::placeholder::resolve::{Resolved, resolve};
use diagnostics::report::{Report, Reported};
use diagnostics::source::{Span, Spanned};

impl Planner<'_> {
    /// Decides a file; `None` when something about it was reported.
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

    /// A file is written now, so nothing in it can be left to whoever starts the workload.
    fn file_text(
        &self,
        linked: &LinkedWorkload,
        text: &Text,
        report: &mut Report,
    ) -> Result<Resolved, Reported> {
        in_scope(self, linked, false, |scope| resolve(text, scope, report))
    }

    fn source_content(
        &mut self,
        linked: &LinkedWorkload,
        source: &Spanned<String>,
        expand: bool,
        report: &mut Report,
    ) -> Result<Content, Reported> {
        match read_source(
            self.sources,
            self.host,
            self.rules,
            &linked.workload,
            (source, expand),
            report,
        )? {
            Source::Bytes(bytes) => Ok(Content::Bytes(bytes)),
            Source::Plain(text) => Ok(Content::Text(plain(text, source.span))),
            Source::Text(text) => Ok(Content::Text(self.file_text(linked, &text, report)?)),
        }
    }
}

fn plain(text: String, span: Span) -> Resolved {
    Resolved {
        pieces: vec![crate::placeholder::resolve::Piece::Plain(text)],
        span,
    }
}
