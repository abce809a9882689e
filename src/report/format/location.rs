//! A location as programs read it: a source and a range, with the origin of a generated text.

use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use compiler::support::path::normal;
use diagnostics::percent;
use diagnostics::report::Diagnostic;
use diagnostics::source::{Position, Sources, Span};

/// The kind of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A file of the user.
    File,
    /// Another input: standard input, a flag, an embedded definition.
    Input,
    /// A text that a template has generated.
    #[serde(rename = "made")]
    Generated,
}

/// The start or the end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Point {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) offset: usize,
}

/// A range of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Location {
    /// The path of a file, relative to the base if it is inside; else the name of the source.
    pub(super) source: String,
    pub(super) kind: Kind,
    pub(super) start: Point,
    pub(super) end: Point,
    /// Where it was generated, for a generated text.
    pub(super) origin: Option<Box<Location>>,
}

impl Location {
    /// The location of a span.
    pub(super) fn new(sources: &Sources, span: Span, base: Base) -> Location {
        let source = sources.get(span.source);
        let point = |offset: u32| {
            let Position { line, column } = source.position(offset as usize);
            Point {
                line,
                column,
                offset: offset as usize,
            }
        };
        let kind = match (source.is_file(), source.is_generated()) {
            (true, _) => Kind::File,
            (false, true) => Kind::Generated,
            (false, false) => Kind::Input,
        };
        let name = match kind {
            Kind::File => base.path(source.name()),
            _ => source.name().to_owned(),
        };
        let origin = sources
            .origin(span)
            .map(|origin| Box::new(Location::new(sources, origin, base)));
        Location {
            source: name,
            kind,
            start: point(span.start),
            end: point(span.end),
            origin,
        }
    }

    /// This location, or its nearest origin, that is in a file.
    pub(super) fn in_file(&self) -> Option<&Location> {
        match self.kind {
            Kind::File => Some(self),
            _ => self.origin.as_ref()?.in_file(),
        }
    }

    /// `SOURCE:LINE:COLUMN`.
    pub(super) fn show(&self) -> String {
        format!("{}:{}:{}", self.source, self.start.line, self.start.column)
    }
}

/// The span of a diagnostic in a file: its own, the origin of that, or a related one.
pub(super) fn file_span(sources: &Sources, diagnostic: &Diagnostic) -> Option<Span> {
    let related = diagnostic.related().iter().map(|related| related.span);
    diagnostic
        .span()
        .into_iter()
        .chain(related)
        .find_map(|span| {
            std::iter::successors(Some(span), |span| sources.origin(*span))
                .find(|span| sources.get(span.source).is_file())
        })
}

/// What paths of files are relative to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base<'a> {
    /// The working directory.
    Directory(&'a Path),
    /// The root of the repository, as hosts of repositories expect.
    Repository { directory: &'a Path, root: &'a Path },
}

impl Base<'_> {
    /// A path without `.`, relative to the base if it is inside.
    fn path(self, path: &str) -> String {
        let path = Path::new(path);
        match self {
            Base::Directory(directory) => without_dots(path, directory),
            Base::Repository { directory, root } => {
                let full = normal(&directory.join(path));
                match full.strip_prefix(root) {
                    Ok(inside) => inside.display().to_string(),
                    Err(_) => without_dots(path, directory),
                }
            }
        }
    }
}

/// A path without `.`, relative to the directory if it is inside.
fn without_dots(path: &Path, directory: &Path) -> String {
    let plain: PathBuf = path
        .strip_prefix(directory)
        .unwrap_or(path)
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    plain.display().to_string()
}

/// Encodes a path for a URI.
pub(super) fn percent_encode(path: &str) -> String {
    percent::encode(path, "-._~/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_working_directory() {
        let relative = |path| Base::Directory(Path::new("/work/shop")).path(path);
        assert_eq!(relative("./a/./b.yaml"), "a/b.yaml");
        assert_eq!(relative("/work/shop/a.yaml"), "a.yaml");
        assert_eq!(relative("/work/other/a.yaml"), "/work/other/a.yaml");
        assert_eq!(relative("../a.yaml"), "../a.yaml");
    }

    #[test]
    fn paths_are_relative_to_the_repository() {
        let base = Base::Repository {
            directory: Path::new("/work/shop"),
            root: Path::new("/work"),
        };
        assert_eq!(base.path("./a/./b.yaml"), "shop/a/b.yaml");
        assert_eq!(base.path("/work/other/a.yaml"), "other/a.yaml");
        assert_eq!(base.path("../a.yaml"), "a.yaml");
        assert_eq!(base.path("../../a.yaml"), "../../a.yaml");
    }

    #[test]
    fn reserved_bytes_are_encoded() {
        assert_eq!(
            percent_encode("a b/ä:%#?.yaml"),
            "a%20b/%C3%A4%3A%25%23%3F.yaml"
        );
    }
}
