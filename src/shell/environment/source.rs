//! Where definitions and patch templates come from. This is the only place that decides what a source is.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::diagnostics::{Problem, Report};
use crate::base::host::{Host, Refusal};
use crate::base::path::normal;
use crate::base::text::{SourceId, Sources, Span};
use crate::middle::provision::library::Embedded;
use crate::shell::os;
use crate::shell::project::{self, Stop, read_bytes, unreadable};

/// Where definitions or patch templates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What is embedded in this program.
    Builtin,
    /// One file.
    File(PathBuf),
    /// Every file of the right kind in a directory, by name.
    Directory(PathBuf),
    /// Something that has to be fetched, as it was written.
    Remote(String),
}

/// A source, and where it was listed; `None` where nobody wrote it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The source.
    pub source: Source,
    /// Where it was listed in an environment.
    pub span: Option<Span>,
}

/// What the files of a list of sources are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `*.provisioners.yaml`, and what is embedded.
    Definitions,
    /// `*.tpl`.
    Patches,
}

impl Purpose {
    fn suffix(self) -> &'static str {
        match self {
            Purpose::Definitions => ".provisioners.yaml",
            Purpose::Patches => ".tpl",
        }
    }
}

impl Source {
    /// What a text stands for; paths begin at `base`.
    pub fn of(text: &str, purpose: Purpose, base: &Path) -> Source {
        if text == "builtin" && purpose == Purpose::Definitions {
            return Source::Builtin;
        }
        if text == "-" || text.contains("://") {
            return Source::Remote(text.to_owned());
        }
        let path = normal(&base.join(text));
        if os::is_directory(&path) { Source::Directory(path) } else { Source::File(path) }
    }

    /// A source that a flag names, which is a file whatever it looks like.
    pub fn flag(path: &Path) -> Listed {
        Listed { source: Source::File(path.to_path_buf()), span: None }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Builtin => formatter.write_str("builtin"),
            Source::File(path) | Source::Directory(path) => write!(formatter, "{}", path.display()),
            Source::Remote(text) => formatter.write_str(text),
        }
    }
}

/// The texts of a list of sources, in the order in which they count.
pub struct Texts {
    /// The files.
    pub files: Vec<SourceId>,
    /// When what is embedded is asked.
    pub embedded: Embedded,
}

/// Reads every file of a list of sources, each once, at its first place. What is embedded counts at its last place, so that
/// an environment never hides the files of one that it extends behind it.
pub fn read(
    list: &[Listed],
    purpose: Purpose,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Texts, Stop> {
    let mut texts = Texts { files: Vec::new(), embedded: Embedded::NotAsked };
    let mut known: Vec<PathBuf> = Vec::new();
    for listed in list {
        if listed.source == Source::Builtin {
            texts.embedded = Embedded::After(texts.files.len());
        }
        for path in files(listed, purpose, report) {
            if !known.contains(&path) {
                texts.files.extend(read_file(&path, listed.span, host, sources, report)?);
                known.push(path);
            }
        }
    }
    Ok(texts)
}

/// The files of a source. What cannot be had is reported.
pub fn files(listed: &Listed, purpose: Purpose, report: &mut Report) -> Vec<PathBuf> {
    match &listed.source {
        Source::Builtin => Vec::new(),
        Source::File(path) => vec![path.clone()],
        Source::Directory(directory) => {
            let files = os::files_ending_in(directory, purpose.suffix());
            if let (Some(span), []) = (listed.span, files.as_slice()) {
                let message = format!("the directory `{}` has no `*{}`", directory.display(), purpose.suffix());
                let _ = report.error(
                    Problem::new("no-such-file", message).at(span).help("name another directory, or remove this"),
                );
            }
            files
        }
        Source::Remote(text) => {
            let problem = Problem::new("remote-source", format!("`{text}` cannot be fetched yet"));
            let problem = listed.span.map_or_else(|| problem.clone(), |span| problem.clone().at(span));
            let _ = report.error(problem.help("download it into the project, and name the file here"));
            Vec::new()
        }
    }
}

/// Reads a file. That an environment names one that is not there is its author's error; a flag names it for this run.
pub fn read_file(
    path: &Path,
    span: Option<Span>,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, Stop> {
    let Some(span) = span else { return project::read(host, path, sources, report) };
    match host.read(path) {
        Ok(bytes) => Ok(read_bytes(&path.display().to_string(), bytes, sources, report)),
        Err(Refusal::NotFound) => {
            let problem = Problem::new("no-such-file", format!("there is no file `{}`", path.display())).at(span);
            let _ = report.error(problem.help("name a file, from the directory of this environment"));
            Ok(None)
        }
        Err(refusal) => Err(unreadable(path, &refusal)),
    }
}
