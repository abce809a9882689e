//! Comparing what would be written with what is there.
//!
//! - **Promise:** no file of the output is written; a difference is shown, and ends in exit code 1.
//! - **Takes:** what was made for each environment.
//! - **Gives:** text on standard output.
//! - **Never:** shows a secret that it knows, unless somebody asks for that.

mod changes;
mod secrets;
pub mod semantic;
mod texts;

use std::path::PathBuf;

use super::destination::{Place, outdated};
use super::writer::Written;
use crate::cli::flags::reporting::print;
use crate::cli::{FINE, WRONG_INPUT};
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::text_file::unreadable;
use compiler::emit::OutputText;
use compiler::support::host::{Host, HostError};
use secrets::Secrets;

/// How a difference is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Line by line, as `diff -u` does.
    Lines,
    /// Object by object and field by field.
    Fields,
}

/// A file as it is and as it would be; `None` where there is none.
struct Compared {
    /// The number of the output that it belongs to.
    output: usize,
    path: PathBuf,
    before: Option<String>,
    after: Option<String>,
}

/// Shows how the files that are there differ from what would be written.
pub(crate) fn compare(
    all: &[Written<'_>],
    os: &Os,
    view: View,
    show_secrets: bool,
    quiet: bool,
) -> Result<u8, CliError> {
    let mut files = Vec::new();
    for (output, one) in all.iter().enumerate() {
        files.extend(compared(output, one, os)?);
    }
    let different: Vec<&Compared> = files
        .iter()
        .filter(|file| file.before != file.after)
        .collect();
    let secrets = match show_secrets {
        true => Secrets::default(),
        false => Secrets::of(all.iter().flat_map(Written::states), &files),
    };
    let shown = match view {
        View::Lines => different
            .iter()
            .map(|file| texts::show(file, &secrets))
            .collect(),
        View::Fields => changes::show(&different, &files, &secrets),
    };
    print(&shown)?;
    // Two texts may say the same.
    let same = different.is_empty() || view == View::Fields && shown.is_empty();
    if !quiet {
        os::write_standard_error(&format!("{}\n", verdict(&files, &different, same, view)));
        if os.generated_seed().is_some() {
            let help = "give the one of what is there in SCORE_RS_SEED or with --seed-file";
            os::write_standard_error(&format!(
                "there is no seed here, so every password is another one: {help}\n"
            ));
        }
    }
    Ok(if same { FINE } else { WRONG_INPUT })
}

/// The output files of a run. What is mounted and what is kept lies in `.score-rs`, which is never
/// committed.
fn compared(output: usize, written: &Written<'_>, os: &Os) -> Result<Vec<Compared>, CliError> {
    let mut files: Vec<(PathBuf, Option<String>)> = Vec::new();
    match (written.place, &written.output.emitted) {
        (Place::File(path), OutputText::One(text)) => {
            files.push((path.clone(), Some(text.clone())))
        }
        (Place::Directory(path), OutputText::Directory { files: made, index }) => {
            files.extend(
                made.iter()
                    .chain(index)
                    .map(|file| (path.join(&file.name), Some(file.text.clone()))),
            );
            if let Some(index) = index {
                files.extend(
                    outdated(os, written.target, path, index, made)?
                        .into_iter()
                        .map(|path| (path, None)),
                );
            }
        }
        _ => {
            let help = "name the file or directory with -o";
            return Err(CliError::Usage(format!(
                "standard output cannot be compared with anything: {help}"
            )));
        }
    }
    files
        .into_iter()
        .map(|(path, after)| {
            Ok(Compared {
                output,
                before: before(&path, os)?,
                path,
                after,
            })
        })
        .collect()
}

fn before(path: &std::path::Path, os: &Os) -> Result<Option<String>, CliError> {
    match os.read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(HostError::NotFound) => Ok(None),
        Err(refusal) => Err(unreadable(path, &refusal)),
    }
}

fn verdict(files: &[Compared], different: &[&Compared], same: bool, view: View) -> String {
    match different {
        [] if files.len() == 1 => format!("{} is up to date", files[0].path.display()),
        [] => format!("{} files are up to date", files.len()),
        _ if same => "what is there says the same in another form".to_owned(),
        [one] if view == View::Lines => {
            format!(
                "{} is not up to date: run the same command without --check",
                one.path.display()
            )
        }
        many if view == View::Lines => {
            format!(
                "{} files are not up to date: run the same command without --check",
                many.len()
            )
        }
        [one] => format!("{} differs", one.path.display()),
        many => format!("{} files differ", many.len()),
    }
}
