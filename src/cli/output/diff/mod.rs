//! Compares what would be written with the files that exist. Writes nothing, prints the differences
//! on standard output, and hides the secrets that it knows.

pub(crate) mod changes;
mod mounted;
pub(crate) mod secrets;
pub mod semantic;
pub(crate) mod stored_data;
mod texts;

use std::path::{Path, PathBuf};

use super::destination::{Destination, stale_files};
use super::writer::EnvironmentOutput;
use crate::cli::display::terminal::print_text;
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::text_file::unreadable;
use compiler::emit::OutputText;
use compiler::support::host::{Host, HostError};
use diagnostics::source::Sources;
use mounted::Mounted;
use secrets::Secrets;

/// How a difference is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Line by line, as `diff -u` does.
    Lines,
    /// Object by object and field by field.
    Fields,
}

/// The result of a comparison.
pub(crate) struct Comparison {
    /// Whether the existing files are equal to those that would be written, or differ only in form.
    pub(crate) is_same: bool,
    /// Status messages.
    pub(crate) messages: Vec<String>,
}

/// A file before and after a run that writes it; `None` where it does not exist.
struct ComparedFile<'a> {
    /// The index of its output.
    output: usize,
    path: PathBuf,
    before: Option<String>,
    after: Option<&'a str>,
}

impl<'a> ComparedFile<'a> {
    /// Reads the file as it is before the run.
    fn read(
        output: usize,
        (path, after): (PathBuf, Option<&'a str>),
        os: &Os,
    ) -> Result<ComparedFile<'a>, CliError> {
        Ok(ComparedFile {
            output,
            before: text_before(&path, os)?,
            path,
            after,
        })
    }

    fn is_different(&self) -> bool {
        self.before.as_deref() != self.after
    }
}

/// Prints how the files that exist differ from those that would be written.
pub(crate) fn compare(
    outputs: &[EnvironmentOutput],
    os: &Os,
    sources: &Sources,
    view: View,
    show_secrets: bool,
) -> Result<Comparison, CliError> {
    let mut files = Vec::new();
    for (index, output) in outputs.iter().enumerate() {
        files.extend(compared_files(index, output, os)?);
    }
    let mounted = Mounted::compare(outputs, os, sources, show_secrets)?;
    let different: Vec<&ComparedFile> = files.iter().filter(|file| file.is_different()).collect();
    let secrets = match show_secrets {
        true => Secrets::default(),
        false => {
            let states = outputs.iter().flat_map(EnvironmentOutput::states);
            Secrets::find(sources.secrets().known_texts(), states, &files)
        }
    };
    let text = match view {
        View::Lines => different
            .iter()
            .map(|file| texts::show(file, &secrets))
            .collect(),
        View::Fields => changes::show(&different, &files, &secrets),
    };
    // Two texts may have the same fields.
    let outputs_are_same = different.is_empty() || view == View::Fields && text.is_empty();
    print_text(&(text + &mounted.text(&secrets)))?;
    let mut messages = Vec::new();
    if mounted.different.is_empty() || !different.is_empty() {
        messages.push(summary(&files, &different, outputs_are_same, view));
    }
    messages.extend(mounted.messages());
    let is_same = outputs_are_same && mounted.different.is_empty();
    if os.generated_seed().is_some() && !is_same {
        let help = "set the seed of the existing output with SCORE_RS_SEED or --seed-file";
        messages.push(format!("no seed found, so all passwords differ: {help}"));
    }
    Ok(Comparison { is_same, messages })
}

/// The difference of two texts of a file without secrets, line by line; empty if there is none.
pub(crate) fn lines(path: &Path, before: Option<&str>, after: &str) -> String {
    let file = ComparedFile {
        output: 0,
        path: path.to_owned(),
        before: before.map(str::to_owned),
        after: Some(after),
    };
    match file.is_different() {
        true => texts::show(&file, &Secrets::default()),
        false => String::new(),
    }
}

/// The files of an output that are committed.
fn compared_files<'a>(
    index: usize,
    output: &'a EnvironmentOutput,
    os: &Os,
) -> Result<Vec<ComparedFile<'a>>, CliError> {
    let files = texts_after(output, os)?.into_iter();
    files
        .map(|file| ComparedFile::read(index, file, os))
        .collect()
}

/// The files of an output, with their texts; `None` for those that are no longer part of it.
pub(crate) fn texts_after<'a>(
    output: &'a EnvironmentOutput,
    os: &Os,
) -> Result<Vec<(PathBuf, Option<&'a str>)>, CliError> {
    match (&output.destination, &output.output.emitted) {
        (Destination::File(path), OutputText::One(text)) => {
            Ok(vec![(path.clone(), Some(text.as_str()))])
        }
        (Destination::Directory { path, .. }, OutputText::Directory { files, index }) => {
            let mut texts: Vec<_> = files
                .iter()
                .chain(index)
                .map(|file| (path.join(&file.name), Some(file.text.as_str())))
                .collect();
            if let Some(index) = index {
                let stale = stale_files(os, output.environment.target, path, index, files)?;
                texts.extend(stale.into_iter().map(|path| (path, None)));
            }
            Ok(texts)
        }
        _ => {
            let help = "name the file or directory with -o";
            Err(CliError::Usage(format!(
                "standard output cannot be compared: {help}"
            )))
        }
    }
}

/// The text of a file; `None` where there is none.
pub(crate) fn text_before(path: &Path, os: &Os) -> Result<Option<String>, CliError> {
    let text = |bytes| {
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    };
    Ok(bytes_before(path, os)?.map(text))
}

/// The content of a file; `None` where there is none.
fn bytes_before(path: &Path, os: &Os) -> Result<Option<Vec<u8>>, CliError> {
    match os.read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(HostError::NotFound) => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn summary(
    files: &[ComparedFile],
    different: &[&ComparedFile],
    is_same: bool,
    view: View,
) -> String {
    let subject = match different {
        [] if files.len() == 1 => return format!("{} is up to date", files[0].path.display()),
        [] => return format!("{} files are up to date", files.len()),
        _ if is_same => return "only the format differs".to_owned(),
        [one] => one.path.display().to_string(),
        many => format!("{} files", many.len()),
    };
    let is_one = different.len() == 1;
    match view {
        View::Lines => {
            let verb = if is_one { "is" } else { "are" };
            format!("{subject} {verb} not up to date: run the same command without --check")
        }
        View::Fields => format!("{subject} differ{}", if is_one { "s" } else { "" }),
    }
}
