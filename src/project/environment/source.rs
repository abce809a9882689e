//! Sources of definitions, patches, schemas and policies: files, directories, URLs, standard input and what is
//! embedded.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::base::Base;
use super::remote_source;
use crate::project::remote::remotes::NOT_LOCKED;
use crate::project::remote::{Located, RemoteRef, Remotes};
use crate::system::error::CliError;
use crate::system::os::{self, Hidden};
use crate::system::text_file::{self, add_file, add_remote, unreadable};
use compiler::provision::library::EmbeddedPosition;
use compiler::support::host::{Host, HostError};
use compiler::support::path::normal;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::suggestions::unambiguous_typo;
use yaml::{self, Kind, Node};

rules! {
    /// An environment refers to a file that does not exist, or to a directory without matching
    /// files.
    pub NO_SUCH_FILE: "no-such-file", Error;
}

const STANDARD_INPUT: &str = "-";

/// The name of the built-in definitions in `provisioners`.
pub(in crate::project) const BUILTIN: &str = "builtin";

/// A source of definitions, patches, schemas or policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The embedded definitions.
    Builtin,
    /// A file.
    File(PathBuf),
    /// The files in a directory with a suffix of the purpose, by name.
    Directory(PathBuf),
    /// A URL, as it is written.
    Remote(String),
    /// Standard input.
    StandardInput,
    /// An item of a list that could not be read, which was reported.
    Unreadable,
}

/// A source and where it is named.
#[derive(Debug, Clone)]
pub struct SourceRef {
    /// The source.
    pub source: Source,
    /// Its place in an environment or flag; `None` for a default or a file that a flag names.
    pub span: Option<Span>,
}

/// What a source is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Definitions: `*.provisioners.yaml`.
    Definitions,
    /// Patches: templates, `*.tpl`, and files with patches by selector, `*.patches.yaml`.
    Patches,
    /// Schemas of custom kinds: any YAML or JSON file.
    Schemas,
    /// Policies: any YAML file.
    Policies,
    /// Overrides: a YAML file. A directory has none.
    Overrides,
}

impl Purpose {
    /// The suffixes of the names of such files. Of a remote source that does not name its file, it is
    /// the file with the first one.
    pub fn suffixes(self) -> &'static [&'static str] {
        match self {
            Purpose::Definitions => &[".provisioners.yaml"],
            Purpose::Patches => &[".tpl", ".patches.yaml"],
            Purpose::Schemas => &[".yaml", ".yml", ".json"],
            Purpose::Policies | Purpose::Overrides => &[".yaml", ".yml"],
        }
    }

    /// Whether a text names the built-in definitions.
    pub(super) fn is_builtin(self, text: &str) -> bool {
        self == Purpose::Definitions && text == BUILTIN
    }

    /// The names of such files, for messages.
    pub(super) fn files(self) -> String {
        let suffixes = self.suffixes().iter();
        let suffixes = suffixes.map(|suffix| format!("`*{suffix}`"));
        suffixes.collect::<Vec<_>>().join(" or ")
    }

    /// The first suffix.
    pub fn suffix(self) -> &'static str {
        self.suffixes().first().copied().unwrap_or_default()
    }
}

impl Source {
    /// Parses a source; paths are relative to `base`.
    pub fn parse(text: &str, purpose: Purpose, base: &Path) -> Source {
        match text {
            text if purpose.is_builtin(text) => Source::Builtin,
            remote if remote.contains("://") => Source::Remote(remote.to_owned()),
            path if purpose == Purpose::Overrides => Source::File(normal(&base.join(path))),
            STANDARD_INPUT => Source::StandardInput,
            path => Source::from_path(normal(&base.join(path))),
        }
    }

    pub(super) fn from_path(path: PathBuf) -> Source {
        if os::is_directory(&path) {
            Source::Directory(path)
        } else {
            Source::File(path)
        }
    }
}

impl SourceRef {
    /// A source that is not written anywhere.
    pub fn implicit(source: Source) -> SourceRef {
        SourceRef { source, span: None }
    }

    /// A source that an environment in `base` names.
    pub(super) fn written(text: &Spanned<String>, purpose: Purpose, base: &Base) -> SourceRef {
        SourceRef {
            source: base.source(&text.value, purpose),
            span: Some(text.span),
        }
    }

    /// A source that a flag names. `builtin` has no meaning there.
    pub fn from_flag(flag: &str, path: &Path, sources: &mut Sources) -> SourceRef {
        let source = match path.to_str() {
            Some(STANDARD_INPUT) => Source::StandardInput,
            Some(remote) if remote.contains("://") => Source::Remote(remote.to_owned()),
            _ => Source::from_path(path.to_path_buf()),
        };
        // A missing file of the command line is no diagnostic, so it needs no place.
        if matches!(source, Source::File(_)) {
            return SourceRef::implicit(source);
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
            Source::Builtin => formatter.write_str(BUILTIN),
            Source::File(path) | Source::Directory(path) => write!(formatter, "{}", path.display()),
            Source::Remote(text) => formatter.write_str(text),
            Source::StandardInput => formatter.write_str(STANDARD_INPUT),
            Source::Unreadable => Ok(()),
        }
    }
}

/// The texts of a list of sources, in their order.
pub struct SourceTexts {
    /// The files.
    pub files: Vec<SourceId>,
    /// For each file, the index of its source in the list.
    pub indices: Vec<usize>,
    /// The position of the embedded definitions.
    pub embedded: EmbeddedPosition,
    /// The types of these; all when `None`.
    pub embedded_kinds: Option<Vec<String>>,
    /// The number of files before the first source that could not be read, which was reported.
    pub incomplete_from: Option<usize>,
}

/// Reads the sources of a list, each once, at its first position. The embedded definitions count at
/// their last position, so that they never come before the files of an environment that is
/// extended.
pub fn read_sources(
    list: &[SourceRef],
    purpose: Purpose,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<SourceTexts, CliError> {
    let mut texts = SourceTexts {
        files: Vec::new(),
        indices: Vec::new(),
        embedded: EmbeddedPosition::Never,
        embedded_kinds: None,
        incomplete_from: None,
    };
    let mut known: Vec<Source> = Vec::new();
    let mut has_prefetched = false;
    for (index, source_ref) in list.iter().enumerate() {
        if source_ref.source == Source::Builtin {
            texts.embedded = EmbeddedPosition::After(texts.files.len());
        }
        let position = texts.files.len();
        // The first remote source has all of them fetched at the same time.
        if matches!(source_ref.source, Source::Remote(_))
            && !std::mem::replace(&mut has_prefetched, true)
        {
            let span = source_ref
                .span
                .unwrap_or_else(|| span_of(None, "", sources));
            let others = remote_refs(list, span, purpose);
            let prefetched = remotes.prefetch(&others, host, sources, report);
            prefetched.or_else(ignore_reported)?;
        }
        let (expanded, result) = report.observe(|report| {
            remote_source::expand_remote(source_ref, purpose, remotes, host, sources, report)
        });
        let mut is_complete = result.is_ok();
        for source in expanded? {
            if known.contains(&source) {
                continue;
            }
            let reader = SourceReader {
                source: &source,
                span: source_ref.span,
                purpose,
                remotes,
            };
            let (text, result) = report.observe(|report| reader.read(host, sources, report));
            is_complete &= result.is_ok() && source != Source::Unreadable;
            let text = text?;
            texts.indices.extend(text.map(|_| index));
            texts.files.extend(text);
            known.push(source);
        }
        if !is_complete {
            texts.incomplete_from.get_or_insert(position);
        }
    }
    Ok(texts)
}

/// Reads one source.
struct SourceReader<'a> {
    source: &'a Source,
    span: Option<Span>,
    purpose: Purpose,
    remotes: &'a Remotes,
}

impl SourceReader<'_> {
    /// The text; `None` when the source has none of its own, or after a report.
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
            Source::StandardInput => text_file::read_named(host, Path::new("-"), sources, report),
            Source::Remote(text) => {
                let remote = RemoteRef {
                    text,
                    span: span_of(self.span, text, sources),
                    suffix: self.purpose.suffix(),
                };
                match read_remote(remote, self.purpose, self.remotes, host, sources, report) {
                    Err(CliError::Reported) => Ok(None),
                    other => other,
                }
            }
            Source::Builtin | Source::Directory(_) | Source::Unreadable => Ok(None),
        }
    }
}

/// What was reported stops only the source that it is about.
pub(super) fn ignore_reported(error: CliError) -> Result<(), CliError> {
    match error {
        CliError::Reported => Ok(()),
        error => Err(error),
    }
}

/// The place of a remote source; a text of its own when it is written in no file.
pub(super) fn span_of(written: Option<Span>, text: &str, sources: &mut Sources) -> Span {
    written.unwrap_or_else(|| Span::new(sources.add(text, ""), 0, 0))
}

/// The remote sources of a list, each once.
fn remote_refs(list: &[SourceRef], span: Span, purpose: Purpose) -> Vec<RemoteRef<'_>> {
    let mut known = BTreeSet::new();
    let texts = list
        .iter()
        .filter_map(|source_ref| match &source_ref.source {
            Source::Remote(text) => known.insert(text).then_some(text),
            _ => None,
        });
    texts
        .map(|text| RemoteRef {
            text,
            span,
            suffix: purpose.suffix(),
        })
        .collect()
}

pub(super) fn read_remote(
    remote: RemoteRef<'_>,
    purpose: Purpose,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    let text = match remotes.locate(remote, host, sources, report)? {
        Located::File(text) => text,
        Located::Directory(directory) => {
            remote_source::report_directory(remote, &directory, report);
            return Ok(None);
        }
    };
    let source = add_remote(remote.text, text.bytes, sources, report);
    if let (Purpose::Definitions, true, Some(source)) = (purpose, text.is_new, source) {
        report.collect(|report| refuse_programs(remote, source, sources, report))?;
    }
    Ok(source)
}

/// Reports definitions that run a program on this machine. The user has to lock a remote source
/// first, after a look at it.
fn refuse_programs(
    remote: RemoteRef<'_>,
    source: SourceId,
    sources: &Sources,
    report: &mut Report,
) {
    // Problems of the text are reported where it is read as definitions.
    for document in yaml::parse(sources, source, &mut Report::default()) {
        let Kind::List(entries) = &document.kind else {
            continue;
        };
        let uris = entries.iter().filter_map(|entry| entry.get("uri"));
        for uri in uris.filter(|uri| Node::as_str(uri).is_some_and(|uri| uri.starts_with("cmd:"))) {
            let message = format!(
                "this definition runs a program, and `{}` is not locked",
                remote.text
            );
            let help = "review the program, then run `score-rs lock`";
            let problem = Problem::new(&NOT_LOCKED, message)
                .at(uri.span)
                .secondary(remote.span, "used here");
            report.push(problem.help(help));
        }
    }
}

/// The files of a directory of this machine, which are reported when there are none; any other source
/// itself.
pub fn expand(
    source_ref: &SourceRef,
    purpose: Purpose,
    report: &mut Report,
) -> Result<Vec<Source>, CliError> {
    let Source::Directory(directory) = &source_ref.source else {
        return Ok(vec![source_ref.source.clone()]);
    };
    let files = os::files_ending_in(directory, purpose.suffixes(), Hidden::Skipped);
    let files = files.map_err(CliError::Io)?;
    if let (Some(span), []) = (source_ref.span, files.as_slice()) {
        let (directory, files) = (directory.display(), purpose.files());
        let message = format!("the directory `{directory}` has no {files}");
        report.push(
            Problem::new(&NO_SUCH_FILE, message)
                .at(span)
                .help("write another directory, or remove this"),
        );
    }
    Ok(files.into_iter().map(Source::File).collect())
}

/// A file with nearly the same name as a `path` that does not exist, in the form in which that is
/// `written`.
fn similar_file(path: &Path, written: &str, purpose: Option<Purpose>) -> Option<String> {
    let written = written.trim_matches(['"', '\'']);
    let name = path.file_name()?.to_str()?;
    let directory = written.strip_suffix(name)?;
    let embedded =
        (directory.is_empty() && purpose == Some(Purpose::Definitions)).then_some(BUILTIN);
    let entries = os::entry_names(path.parent()?);
    let mut names: Vec<&str> = entries.iter().map(String::as_str).chain(embedded).collect();
    names.sort_unstable();
    unambiguous_typo(name, names).map(|similar| format!("{directory}{similar}"))
}

/// Reads a file. A missing file is a diagnostic when an environment names it at `span`, else
/// [`CliError::Io`].
pub fn read_file(
    path: &Path,
    purpose: Option<Purpose>,
    span: Option<Span>,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    let Some(span) = span else {
        return text_file::read_named(host, path, sources, report);
    };
    match host.read(path) {
        Ok(bytes) => Ok(add_file(
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
            let help = match similar_file(path, sources.slice(span), purpose) {
                Some(similar) => format!("did you mean `{similar}`?"),
                None => "write a path relative to the directory of this environment".to_owned(),
            };
            report.push(problem.help(help));
            Ok(None)
        }
        Err(error) => Err(unreadable(path, &error)),
    }
}
