//! Where definitions and patch templates come from. This is the only place that decides what a
//! source is.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::project::inputs::{self, CliError, read_bytes, read_remote, unreadable};
use crate::project::remote::remotes::NOT_LOCKED;
use crate::project::remote::{Remotes, Wanted};
use crate::system::os;
use compiler::provision::library::Embedded;
use compiler::support::host::{Host, HostError};
use compiler::support::path::normal;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::unambiguous_typo;
use yaml::{self, Kind, Node};

rules! {
    /// An environment names a file that is not there, or a directory without files of the kind that
    /// is wanted.
    pub NO_SUCH_FILE: "no-such-file", Error;
}

const STANDARD_INPUT: &str = "-";

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
    /// What somebody writes to this program.
    StandardInput,
    /// Something that could not be read where it was listed, which was reported.
    Unread,
}

/// A source, and where it was listed; `None` where nobody wrote it.
#[derive(Debug, Clone)]
pub struct SourceRef {
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
    pub fn suffix(self) -> &'static str {
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
        match text {
            STANDARD_INPUT => Source::StandardInput,
            remote if remote.contains("://") => Source::Remote(remote.to_owned()),
            path => Source::at(normal(&base.join(path))),
        }
    }

    fn at(path: PathBuf) -> Source {
        if os::is_directory(&path) {
            Source::Directory(path)
        } else {
            Source::File(path)
        }
    }
}

impl SourceRef {
    /// A source that a flag names. What is embedded has no name there.
    pub fn flag(flag: &str, path: &Path, sources: &mut Sources) -> SourceRef {
        let source = match path.to_str() {
            Some(STANDARD_INPUT) => Source::StandardInput,
            Some(remote) if remote.contains("://") => Source::Remote(remote.to_owned()),
            _ => Source::at(path.to_path_buf()),
        };
        // That a file is not there is told as everywhere else on the command line.
        if matches!(source, Source::File(_)) {
            return SourceRef { source, span: None };
        }
        let text = source.to_string();
        let id = sources.add(flag, text.as_str());
        SourceRef {
            source,
            span: Some(Span::new(id, 0, text.len())),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Builtin => formatter.write_str("builtin"),
            Source::File(path) | Source::Directory(path) => write!(formatter, "{}", path.display()),
            Source::Remote(text) => formatter.write_str(text),
            Source::StandardInput => formatter.write_str(STANDARD_INPUT),
            Source::Unread => Ok(()),
        }
    }
}

/// The texts of a list of sources, in the order in which they count.
pub struct Texts {
    /// The files.
    pub files: Vec<SourceId>,
    /// When what is embedded is asked.
    pub embedded: Embedded,
    /// How many files come before the first thing that could not be had, which was reported.
    pub unread: Option<usize>,
}

/// Reads every source of a list, each once, at its first place. What is embedded counts at its last
/// place, so that an environment never hides the files of one that it extends behind it. Nothing
/// may be made of them when one is missing.
pub fn read(
    list: &[SourceRef],
    purpose: Purpose,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Texts, CliError> {
    let mut texts = Texts {
        files: Vec::new(),
        embedded: Embedded::NotAsked,
        unread: None,
    };
    let mut known: Vec<Source> = Vec::new();
    let mut ahead = false;
    for listed in list {
        if listed.source == Source::Builtin {
            texts.embedded = Embedded::After(texts.files.len());
        }
        let place = texts.files.len();
        let (found, sound) = report.observe(|report| each(listed, purpose, report));
        let mut is_whole = sound.is_ok();
        for source in found {
            if known.contains(&source) {
                continue;
            }
            // The first one that is remote has all of them fetched.
            let is_first =
                matches!(source, Source::Remote(_)) && !std::mem::replace(&mut ahead, true);
            let ahead = if is_first { list } else { &[] };
            let reading = Reading {
                source: &source,
                span: listed.span,
                purpose,
                remotes,
                ahead,
            };
            let (text, sound) = report.observe(|report| reading.read(host, sources, report));
            is_whole &= sound.is_ok() && source != Source::Unread;
            texts.files.extend(text?);
            known.push(source);
        }
        if !is_whole {
            texts.unread.get_or_insert(place);
        }
    }
    Ok(texts)
}

/// One text that is to be read.
struct Reading<'a> {
    source: &'a Source,
    span: Option<Span>,
    purpose: Purpose,
    remotes: &'a Remotes,
    /// What is fetched at the same time.
    ahead: &'a [SourceRef],
}

impl Reading<'_> {
    /// The text; `None` where there is none, or it could not be had, which is reported.
    fn read(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<SourceId>, CliError> {
        match self.source {
            Source::File(path) => {
                read_file(path, Some(self.purpose), self.span, host, sources, report)
            }
            Source::StandardInput => inputs::read(host, Path::new("-"), sources, report),
            Source::Remote(text) => {
                let place = span_of(self.span, text, sources);
                let wanted = Wanted {
                    text,
                    span: place,
                    suffix: self.purpose.suffix(),
                };
                let ahead = all_remote(self.ahead, place, self.purpose);
                let fetched = self.remotes.fetch_ahead(&ahead, host, sources, report);
                let read =
                    |()| read_fetched(wanted, self.purpose, self.remotes, host, sources, report);
                match fetched.and_then(read) {
                    Err(CliError::Reported) => Ok(None),
                    other => other,
                }
            }
            Source::Builtin | Source::Directory(_) | Source::Unread => Ok(None),
        }
    }
}

/// The place of a remote source: its own text, where it was written in no file.
fn span_of(written: Option<Span>, text: &str, sources: &mut Sources) -> Span {
    written.unwrap_or_else(|| Span::new(sources.add(text, ""), 0, 0))
}

/// The remote sources of a list, each once.
fn all_remote(list: &[SourceRef], span: Span, purpose: Purpose) -> Vec<Wanted<'_>> {
    let mut known = BTreeSet::new();
    let texts = list.iter().filter_map(|listed| match &listed.source {
        Source::Remote(text) => known.insert(text).then_some(text),
        _ => None,
    });
    texts
        .map(|text| Wanted {
            text,
            span,
            suffix: purpose.suffix(),
        })
        .collect()
}

fn read_fetched(
    wanted: Wanted<'_>,
    purpose: Purpose,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    let text = remotes.get(wanted, host, sources, report)?;
    let source = read_remote(wanted.text, text.bytes, sources, report);
    if let (Purpose::Definitions, true, Some(source)) = (purpose, text.is_new, source) {
        report.collect(|report| refuse_programs(wanted, source, sources, report))?;
    }
    Ok(source)
}

/// A definition that runs a program does so on this computer. One that comes from elsewhere, and
/// that nobody has had the time to look at, must not.
fn refuse_programs(wanted: Wanted<'_>, source: SourceId, sources: &Sources, report: &mut Report) {
    // What is wrong with the text is told by who reads it as definitions.
    for document in yaml::parse(sources, source, &mut Report::default()) {
        let Kind::List(entries) = &document.kind else {
            continue;
        };
        let uris = entries.iter().filter_map(|entry| entry.get("uri"));
        for uri in uris.filter(|uri| Node::as_str(uri).is_some_and(|uri| uri.starts_with("cmd:"))) {
            let message = format!(
                "this definition runs a program, and `{}` is not locked",
                wanted.text
            );
            let help = "look at what it runs, then run `score-rs lock`";
            let problem = Problem::new(&NOT_LOCKED, message)
                .at(uri.span)
                .secondary(wanted.span, "asked for here");
            report.push(problem.help(help));
        }
    }
}

/// The parts of a source: the files of a directory, else itself. What is not there is reported.
pub fn each(listed: &SourceRef, purpose: Purpose, report: &mut Report) -> Vec<Source> {
    let Source::Directory(directory) = &listed.source else {
        return vec![listed.source.clone()];
    };
    let files = os::files_ending_in(directory, purpose.suffix());
    if let (Some(span), []) = (listed.span, files.as_slice()) {
        let message = format!(
            "the directory `{}` has no `*{}`",
            directory.display(),
            purpose.suffix()
        );
        report.push(
            Problem::new(&NO_SUCH_FILE, message)
                .at(span)
                .help("name another directory, or remove this"),
        );
    }
    files.into_iter().map(Source::File).collect()
}

fn did_you_mean(near: String) -> String {
    format!("did you mean `{near}`?")
}

/// What is there and is nearly called as a `path` that leads nowhere, in the form in which that was
/// `written`.
fn near_file(path: &Path, written: &str, purpose: Option<Purpose>) -> Option<String> {
    let written = written.trim_matches(['"', '\'']);
    let name = path.file_name()?.to_str()?;
    let above = written.strip_suffix(name)?;
    let embedded = (above.is_empty() && purpose == Some(Purpose::Definitions)).then_some("builtin");
    let there = os::file_names(path.parent()?);
    let mut names: Vec<&str> = there.iter().map(String::as_str).chain(embedded).collect();
    names.sort_unstable();
    unambiguous_typo(name, names).map(|near| format!("{above}{near}"))
}

/// Reads a file for a purpose, where it is one of those. That an environment names one that is not
/// there is its author's error; a flag names it for this run.
pub fn read_file(
    path: &Path,
    purpose: Option<Purpose>,
    span: Option<Span>,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    let Some(span) = span else {
        return inputs::read(host, path, sources, report);
    };
    match host.read(path) {
        Ok(bytes) => Ok(read_bytes(
            &path.display().to_string(),
            bytes,
            sources,
            report,
        )),
        Err(HostError::NotFound) => {
            let problem = Problem::new(
                &NO_SUCH_FILE,
                format!("there is no file `{}`", path.display()),
            )
            .at(span);
            let help = near_file(path, sources.slice(span), purpose).map_or_else(
                || "name a file, from the directory of this environment".to_owned(),
                did_you_mean,
            );
            report.push(problem.help(help));
            Ok(None)
        }
        Err(refusal) => Err(unreadable(path, &refusal)),
    }
}
