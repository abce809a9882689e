//! Text files and standard input, read into [`Sources`].

use std::path::{Path, PathBuf};

use super::error::CliError;
use super::os;
use compiler::support::host::{Host, HostError};
use compiler::support::parallel;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};

rules! {
    /// A file that must be text is not valid UTF-8.
    pub NOT_UTF8: "not-utf8", Error;
}

/// The name of standard input in messages.
pub(crate) const STANDARD_INPUT: &str = "<stdin>";

/// Reads a text file. `None` when it is not UTF-8, which is reported.
pub(crate) fn read(
    host: &dyn Host,
    path: &Path,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    add_read(path, host.read(path), sources, report)
}

/// As [`read`], for several files, which are read at the same time. The first that cannot be read
/// decides the error.
pub(crate) fn read_each(
    host: &dyn Host,
    paths: &[PathBuf],
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<Option<SourceId>>, CliError> {
    let contents = parallel::map(paths, |path| host.read(path));
    let contents = paths.iter().zip(contents);
    contents
        .map(|(path, content)| add_read(path, content, sources, report))
        .collect()
}

fn add_read(
    path: &Path,
    content: Result<Vec<u8>, HostError>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    let bytes = content.map_err(|error| unreadable(path, &error))?;
    Ok(add_file(
        &path.display().to_string(),
        bytes,
        sources,
        report,
    ))
}

/// As [`read`], for a path of the command line, which may also be a pipe; `-` is standard input.
pub(crate) fn read_named(
    host: &dyn Host,
    path: &Path,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    read_with_stdin_name(host, path, Path::new(STANDARD_INPUT), sources, report)
}

/// As [`read_named`], where standard input has the text of a file, such as one that an editor has not
/// saved yet, and its name.
pub(crate) fn read_with_stdin_name(
    host: &dyn Host,
    path: &Path,
    stdin_name: &Path,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<SourceId>, CliError> {
    let (name, bytes) = match path.to_str() {
        Some("-") => (stdin_name.display().to_string(), host.standard_input()),
        _ => (path.display().to_string(), host.read_named(path)),
    };
    let bytes = bytes.map_err(|error| unreadable(Path::new(&name), &error))?;
    Ok(add_file(&name, bytes, sources, report))
}

/// As [`read_named`], for several files; those that are not UTF-8 are reported and left out.
pub(crate) fn read_all(
    host: &dyn Host,
    paths: &[PathBuf],
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<SourceId>, CliError> {
    paths
        .iter()
        .filter_map(|path| read_named(host, path, sources, report).transpose())
        .collect()
}

/// Adds the bytes of a file or of standard input; `None` when they are not UTF-8, which is
/// reported.
pub(crate) fn add_file(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<SourceId> {
    let add = |text: String, sources: &mut Sources| match name {
        STANDARD_INPUT => sources.add(name, text),
        path => sources.add_file(path, text),
    };
    add_utf8(bytes, add, sources, report)
}

/// As [`add_file`], for a text that is not a file of this machine.
pub(crate) fn add_remote(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<SourceId> {
    add_utf8(
        bytes,
        |text, sources| sources.add(name, text),
        sources,
        report,
    )
}

fn add_utf8(
    bytes: Vec<u8>,
    add: impl Fn(String, &mut Sources) -> SourceId,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<SourceId> {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Some(add(text, sources)),
        Err(error) => error,
    };
    if let Some(format) = binary_format(error.as_bytes()) {
        let id = add(String::new(), sources);
        let problem = Problem::new(&NOT_UTF8, format!("this is {format}, not text"));
        let help = "name a text file; extract an archive first";
        report.push(problem.at(Span::new(id, 0, 0)).help(help));
        return None;
    }
    let offset = error.utf8_error().valid_up_to();
    let id = add(
        String::from_utf8_lossy(error.as_bytes()).into_owned(),
        sources,
    );
    let has_utf16_mark = [[0xff, 0xfe], [0xfe, 0xff]]
        .iter()
        .any(|mark| error.as_bytes().starts_with(mark));
    let message = if has_utf16_mark {
        "this is UTF-16 text, not UTF-8"
    } else {
        "this is not UTF-8 text"
    };
    // The replacement character, three bytes long, stands where the first wrong byte was.
    let problem = Problem::new(&NOT_UTF8, message).at(Span::new(id, offset, offset + 3));
    report.push(problem.help("save the file as UTF-8, or use another one"));
    None
}

/// The format of a file that is no text, by the bytes that it begins with.
fn binary_format(bytes: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 7] = [
        (b"\x1f\x8b", "a gzip archive"),
        (b"PK\x03\x04", "a zip archive"),
        (b"BZh", "a bzip2 archive"),
        (b"\xfd7zXZ\0", "an xz archive"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive"),
        (b"\x7fELF", "a program"),
        (b"\x89PNG", "an image"),
    ];
    let format = FORMATS.iter().find(|(start, _)| bytes.starts_with(start));
    format.map(|(_, name)| *name)
}

/// The error for a file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &HostError) -> CliError {
    let reason = match error {
        HostError::NotFound if os::is_link(path) => {
            "the link leads to nothing; correct or remove it"
        }
        HostError::NotFound => "there is no such file",
        HostError::Failed(reason) => reason,
    };
    let message = format!("cannot read `{}`: {reason}", path.display());
    CliError::Io(match (error, os::in_start_directory(path)) {
        (HostError::NotFound, Some(other)) => format!("{message}; {}", directory_hint(&other)),
        _ => message,
    })
}

/// What to write for a path that is relative to the directory of the caller instead of the one that
/// `-C` names.
fn directory_hint(path: &Path) -> String {
    let current = os::current_directory().unwrap_or_default();
    let relative = path.strip_prefix(&current).unwrap_or(path);
    format!(
        "paths are relative to the directory of `-C`: write `{}`",
        relative.display()
    )
}
