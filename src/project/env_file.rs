//! The env file of Compose. It gets a line for each variable that it lacks; everything else in it
//! stays byte for byte, since users keep secrets there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::system::error::CliError;
use crate::system::os::{self, PathState};
use crate::system::text_file;
use crate::system::transaction::FileWrite;
use compiler::support::host::Host;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};

rules! {
    /// A value in the env file has a quote that is not closed.
    pub UNCLOSED_QUOTE: "unclosed-quote", Error;
}

/// An env file before the run.
pub(crate) struct EnvFile {
    path: PathBuf,
    /// Its text; `None` when there is no file.
    text: Option<String>,
    names: BTreeSet<String>,
}

/// An env file with the missing variables.
pub(crate) struct CompletedEnvFile {
    /// The whole file.
    pub(crate) write: FileWrite,
    /// The variables that it did not have.
    pub(crate) added: Vec<String>,
}

impl EnvFile {
    /// Reads the file. Reports one that cannot be completed.
    pub(crate) fn read(
        host: &dyn Host,
        path: &Path,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<EnvFile, CliError> {
        let mut file = EnvFile {
            path: path.to_path_buf(),
            text: None,
            names: BTreeSet::new(),
        };
        // A device or pipe has no text to complete, and reading it may never end.
        if matches!(
            os::inspect(path, &[]),
            PathState::Missing | PathState::Special
        ) {
            return Ok(file);
        }
        let Some(source) = text_file::read(host, path, sources, report)? else {
            return Ok(file);
        };
        let text = sources.text(source);
        match names(text) {
            Ok(names) => file.names = names.into_iter().map(str::to_owned).collect(),
            Err(quote) => {
                let problem = Problem::new(
                    &UNCLOSED_QUOTE,
                    "this quote is never closed, so nothing can be appended after it",
                );
                let place = Span::new(source, quote, quote + 1);
                report.push(
                    problem
                        .at(place)
                        .help("close the value with the same quote"),
                );
            }
        }
        file.text = Some(sources.text(source).to_owned());
        Ok(file)
    }

    /// The file with a line for each missing variable; `None` when it does not change.
    pub(crate) fn complete(&self, variables: &BTreeSet<String>) -> Option<CompletedEnvFile> {
        let added: Vec<String> = variables
            .iter()
            .filter(|name| !self.names.contains(*name))
            .cloned()
            .collect();
        if added.is_empty() && self.text.is_some() {
            return None;
        }
        let content = append(self.text.as_deref().unwrap_or(""), &added).into_bytes();
        // Only its owner may read a new file; an existing one keeps its mode.
        let write = FileWrite {
            path: self.path.clone(),
            content: Some(content),
            mode: 0o600,
            durable: true,
        };
        Some(CompletedEnvFile { write, added })
    }
}

/// Appends a line `NAME=` for each name, with the line ends of the text.
fn append(text: &str, names: &[String]) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') && !names.is_empty() {
        out.push_str(end);
    }
    for name in names {
        out.push_str(&format!("{name}={end}"));
    }
    out
}

/// The names of the variables of an env file, as Compose reads it; an error has the offset of a
/// quote that does not end.
///
/// Compose reads `NAME=value` and `NAME: value`, also after `export`, and `NAME` alone, which has
/// the value of the environment variable. A value in quotes may have several lines, and the text
/// after it is read like a new line.
fn names(text: &str) -> Result<Vec<&str>, usize> {
    let mut names = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(names);
        }
        if rest.starts_with('#') {
            rest = after_line(rest);
            continue;
        }
        let end = rest.find(['=', ':', '\n']).unwrap_or(rest.len());
        names.push(without_export(&rest[..end]).trim());
        let value = rest.get(end + 1..).unwrap_or("");
        rest = match rest.as_bytes().get(end) {
            Some(b'=' | b':') => after_value(value).map_err(|quote| text.len() - quote.len())?,
            _ => value,
        };
    }
}

fn without_export(name: &str) -> &str {
    name.strip_prefix("export")
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .unwrap_or(name)
}

fn after_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

/// The text after a value; an error has the text from a quote that does not end.
fn after_value(text: &str) -> Result<&str, &str> {
    let value = text.trim_start_matches(|space: char| space.is_whitespace() && space != '\n');
    let Some(quote @ ('"' | '\'')) = value.chars().next() else {
        return Ok(after_line(value));
    };
    let mut escaped = false;
    for (index, character) in value.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return Ok(&value[index + 1..]),
            _ => {}
        }
    }
    Err(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_compose_reads_them() {
        let rows: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("A=1\nB=\n", &["A", "B"]),
            ("# A=1\n\n  #B=2\nC=3", &["C"]),
            (
                "export A=1\nexport\tB=2\nexported=3\n",
                &["A", "B", "exported"],
            ),
            ("  A = 1\n B : 2\n", &["A", "B"]),
            ("A\nB=1\n", &["A", "B"]),
            ("A=it's # \"odd\nB=1\n", &["A", "B"]),
            ("A=\"one\nB=two\"\nC=3\n", &["A", "C"]),
            ("A='one\nB=\"two'\nC=3\n", &["A", "C"]),
            ("A=\"a \\\" b\nB=1\"\nC=2", &["A", "C"]),
            ("A=\"b\\\\\"\nC=2", &["A", "C"]),
            ("A= 'x' # comment\nB=1", &["A", "B"]),
            ("A=1\r\nB=2\r\nC", &["A", "B", "C"]),
            ("\u{feff}A=1\n", &["A"]),
        ];
        for (text, expected) in rows {
            assert_eq!(names(text).as_deref(), Ok(expected), "{text:?}");
        }
        assert_eq!(names("A=1\nB= \"open\nC=1\n"), Err(7));
    }

    #[test]
    fn existing_text_stays_as_it_is() {
        let completed = |text: Option<&str>, variables: &[&str]| {
            let names = text.map(|text| names(text).unwrap()).unwrap_or_default();
            let names = names.into_iter().map(str::to_owned).collect();
            let file = EnvFile {
                path: PathBuf::new(),
                text: text.map(str::to_owned),
                names,
            };
            let variables = variables.iter().map(|name| (*name).to_owned()).collect();
            file.complete(&variables)
                .map(|completed| String::from_utf8(completed.write.content.unwrap()).unwrap())
        };
        assert_eq!(completed(None, &["B", "A"]).as_deref(), Some("A=\nB=\n"));
        assert_eq!(
            completed(None, &[]).as_deref(),
            Some(""),
            "whoever names a file to Compose needs one"
        );
        assert_eq!(
            completed(Some("# mine\nB=1"), &["B", "A"]).as_deref(),
            Some("# mine\nB=1\nA=\n")
        );
        assert_eq!(
            completed(Some("B=1\r\n"), &["B", "A"]).as_deref(),
            Some("B=1\r\nA=\r\n")
        );
        assert_eq!(completed(Some("B='1'\n\n"), &["B"]), None);
        assert_eq!(completed(Some(""), &[]), None);
    }
}
