//! The content of a container's files.

use std::path::{Component, Path, PathBuf};

use super::{Content, File, Planner, in_scope};
use crate::base::diagnostics::{Problem, Report, Reported};
use crate::base::host::Refusal;
use crate::base::text::{Span, Spanned};
use crate::front::check::check_reference;
use crate::front::model::{self, FileContent};
use crate::front::placeholder::{self, Mode, Text};
use crate::middle::link::Linked;
use crate::middle::resolve::{Resolved, resolve};

impl Planner<'_> {
    /// Decides a file; `None` when something about it was reported.
    pub(super) fn file(&mut self, linked: &Linked, file: &model::File, report: &mut Report) -> Option<File> {
        let content = match &file.content {
            FileContent::Bytes(bytes) => Content::Bytes(bytes.clone()),
            FileContent::Text(text) => Content::Text(self.file_text(linked, text, report).ok()?),
            FileContent::Source { path, expand } => self.source_content(linked, path, *expand, report).ok()?,
        };
        Some(File { target: file.target.clone(), content, mode: file.mode })
    }

    /// A file is written now, so nothing in it can be left to whoever starts the workload.
    fn file_text(&self, linked: &Linked, text: &Text, report: &mut Report) -> Result<Resolved, Reported> {
        in_scope(self, linked, false, |scope| resolve(text, scope, report))
    }

    fn source_content(
        &mut self,
        linked: &Linked,
        source: &Spanned<String>,
        expand: bool,
        report: &mut Report,
    ) -> Result<Content, Reported> {
        let path = self.find(linked, source, report)?;
        let bytes = self.host.read(&path).map_err(|refusal| {
            let why = match refusal {
                Refusal::NotFound => "there is no such file".to_owned(),
                Refusal::Failed(why) => why,
            };
            let problem = Problem::new("file-source", format!("`{}` cannot be read: {why}", path.display()));
            report.error(problem.at(source.span).help("name a file relative to this Score file"))
        })?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            // What is not text has no placeholders. That it was read is known all the same.
            Err(error) => {
                self.sources.add_file(path.display().to_string(), "");
                return Ok(Content::Bytes(error.into_bytes()));
            }
        };
        let id = self.sources.add_file(path.display().to_string(), text.as_str());
        if !expand || !text.contains('$') {
            return Ok(Content::Text(plain(text, source.span)));
        }
        let whole = Span::new(id, 0, text.len());
        let place = |start, end| whole.part(start, end);
        let parsed = report.collect(|report| {
            let parsed = placeholder::parse(&text, whole, place, Mode::Strict, report);
            for (reference, span) in parsed.references() {
                check_reference(&linked.workload, reference, span, report);
            }
            parsed
        })?;
        Ok(Content::Text(self.file_text(linked, &parsed, report)?))
    }

    /// The path of a source: relative to its Score file, and inside the project unless that was allowed.
    fn find(&self, linked: &Linked, source: &Spanned<String>, report: &mut Report) -> Result<PathBuf, Reported> {
        let score_file = Path::new(self.sources.get(linked.workload.span.source).name());
        let beside = score_file.parent().unwrap_or(Path::new(""));
        let path = normal(&beside.join(&source.value));
        if self.rules.allow_outside || is_inside(&path, &normal(beside)) || is_inside(&path, Path::new("")) {
            return Ok(path);
        }
        let problem = Problem::new("outside-project", format!("`{}` lies outside the project", source.value));
        Err(report.error(problem.at(source.span).help("copy it into the project, or allow it with `--allow-outside`")))
    }
}

fn plain(text: String, span: Span) -> Resolved {
    Resolved { pieces: vec![crate::middle::resolve::Piece::Plain(text)], span }
}

/// Whether a path stays below a directory. Below the empty path, the working directory, no absolute path is.
fn is_inside(path: &Path, root: &Path) -> bool {
    path.strip_prefix(root).is_ok_and(|rest| rest.is_relative() && !leaves(rest))
}

fn leaves(path: &Path) -> bool {
    path.components().any(|part| part == Component::ParentDir)
}

/// The path without `.` and with `..` taken back where something stands before it.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_normal() {
        for (path, expected) in
            [("./a/../b", "b"), ("a/./b", "a/b"), ("../a", "../a"), ("a/../../b", "../b"), ("/a/../b", "/b")]
        {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
        assert!(leaves(&normal(Path::new("a/../../b"))));
    }

    #[test]
    fn a_path_is_inside_or_outside_of_a_directory() {
        for (path, root, expected) in [
            ("a/b", "", true),
            ("../a", "", false),
            ("/etc/hosts", "", false),
            ("/etc/hosts", "/etc", true),
            ("/etc/hosts", "etc", false),
            ("../shop/a", "../shop", true),
            ("../other", "../shop", false),
        ] {
            assert_eq!(is_inside(Path::new(path), Path::new(root)), expected, "{path} in {root}");
        }
    }
}
