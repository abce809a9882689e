//! A location as programs read it: a source and a range, with the origin of a generated text.

use std::path::{Component, Path, PathBuf};

use serde::Serialize;

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
    /// The path of a file, relative to the working directory if it is inside; else the name of the
    /// source.
    pub(super) source: String,
    pub(super) kind: Kind,
    pub(super) start: Point,
    pub(super) end: Point,
    /// Where it was generated, for a generated text.
    pub(super) origin: Option<Box<Location>>,
}

impl Location {
    /// The location of a span; `directory` is the working directory.
    pub(super) fn new(sources: &Sources, span: Span, directory: &Path) -> Location {
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
            Kind::File => relative(source.name(), directory),
            _ => source.name().to_owned(),
        };
        let origin = sources
            .origin(span)
            .map(|origin| Box::new(Location::new(sources, origin, directory)));
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

/// A path without `.`, relative to the working directory if it is inside.
fn relative(path: &str, directory: &Path) -> String {
    let path = Path::new(path)
        .strip_prefix(directory)
        .unwrap_or(Path::new(path));
    let plain: PathBuf = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    plain.display().to_string()
}

/// Encodes a path for a URI.
pub(super) fn percent_encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_working_directory() {
        let relative = |path| relative(path, Path::new("/work/shop"));
        assert_eq!(relative("./a/./b.yaml"), "a/b.yaml");
        assert_eq!(relative("/work/shop/a.yaml"), "a.yaml");
        assert_eq!(relative("/work/other/a.yaml"), "/work/other/a.yaml");
        assert_eq!(relative("../a.yaml"), "../a.yaml");
    }

    #[test]
    fn reserved_bytes_are_encoded() {
        assert_eq!(
            percent_encode("a b/ä:%#?.yaml"),
            "a%20b/%C3%A4%3A%25%23%3F.yaml"
        );
    }
}
