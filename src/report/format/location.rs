//! A place as programs read it: in which text, from where to where, and where a made text came
//! from.

use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use diagnostics::source::{Position, Sources, Span};

/// What kind of text a place is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A file of the user.
    File,
    /// Something else that was read: standard input, a flag, a definition that comes with this
    /// program.
    Input,
    /// A text that a template wrote.
    Made,
}

/// One end of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Point {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) offset: usize,
}

/// A range of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    /// A path relative to the working directory for a file below it; else what people call the
    /// text.
    pub(super) source: String,
    pub(super) kind: Kind,
    pub(super) start: Point,
    pub(super) end: Point,
    /// What wrote it, for a made text.
    pub(super) origin: Option<Box<Place>>,
}

impl Place {
    /// The place of `span`, as seen from the working directory.
    pub(super) fn new(sources: &Sources, span: Span, directory: &Path) -> Place {
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
            (false, true) => Kind::Made,
            (false, false) => Kind::Input,
        };
        let name = match kind {
            Kind::File => relative(source.name(), directory),
            _ => source.name().to_owned(),
        };
        let origin = sources
            .origin(span)
            .map(|origin| Box::new(Place::new(sources, origin, directory)));
        Place {
            source: name,
            kind,
            start: point(span.start),
            end: point(span.end),
            origin,
        }
    }

    /// This place, or else the nearest of those that led to it, that is in a file.
    pub(super) fn in_file(&self) -> Option<&Place> {
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

/// A path without detours, relative where it is below the working directory.
fn relative(path: &str, directory: &Path) -> String {
    let below = Path::new(path)
        .strip_prefix(directory)
        .unwrap_or(Path::new(path));
    let plain: PathBuf = below
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    plain.display().to_string()
}

/// A path as a part of a URI: bytes that mean something there are escaped.
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
    fn paths_are_those_of_the_working_directory() {
        let relative = |path| relative(path, Path::new("/work/shop"));
        assert_eq!(relative("./a/./b.yaml"), "a/b.yaml");
        assert_eq!(relative("/work/shop/a.yaml"), "a.yaml");
        assert_eq!(relative("/work/other/a.yaml"), "/work/other/a.yaml");
        assert_eq!(relative("../a.yaml"), "../a.yaml");
    }

    #[test]
    fn uris_have_no_byte_that_means_something() {
        assert_eq!(
            percent_encode("a b/ä:%#?.yaml"),
            "a%20b/%C3%A4%3A%25%23%3F.yaml"
        );
    }
}
