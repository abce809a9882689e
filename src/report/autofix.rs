//! `validate --fix`: applies edits and validates again, until there are none left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use similar::TextDiff;

use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::overlay::{DASH, OverlayHost, Texts, file_key};
use crate::system::project_lock;
use crate::system::text_file::STANDARD_INPUT;
use crate::system::transaction::{FileWrite, write};
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::{Source, SourceId, Sources};
use yaml::apply_fixes::{AppliedFixes, apply_fixes};

/// The most rounds. An edit may reveal another problem with an edit, two or three times in
/// practice.
const MAX_ROUNDS: usize = 10;

/// The result of one validation.
pub(crate) struct ValidationRun {
    pub(crate) sources: Sources,
    pub(crate) report: Report,
    /// The message when there is no error.
    pub(crate) success_message: String,
}

/// The result of [`fix`].
pub(crate) struct FixResult {
    /// The last run, with the fixed texts.
    pub(crate) run: ValidationRun,
    changes: BTreeMap<PathBuf, FileChange>,
    /// The number of fixed problems.
    problems: usize,
}

/// A file that changes.
struct FileChange {
    /// Its path as the user names it.
    path: PathBuf,
    /// Its name in messages.
    name: String,
    before: Arc<str>,
    after: String,
}

/// The file that has the text of a source; `None` for a source that is no file, such as a flag.
fn file_of<'a>(source: &'a Source, standard_input: &str) -> Option<&'a Path> {
    match source.name() {
        STANDARD_INPUT => Some(Path::new(DASH)),
        name if name == standard_input => Some(Path::new(DASH)),
        name => source.is_file().then(|| Path::new(name)),
    }
}

/// Validates and applies edits in memory, until there are no more edits.
///
/// `standard_input` is its name in reports, which may be that of a file that it stands for. That
/// file is not changed.
pub(crate) fn fix(
    os: &Os,
    standard_input: &str,
    validate: impl Fn(&dyn Host) -> Result<ValidationRun, CliError>,
) -> Result<FixResult, CliError> {
    let mut host = OverlayHost::new(os, Texts::new());
    let mut changes = BTreeMap::new();
    let mut problems = 0;
    let mut run = validate(&host)?;
    for _ in 0..MAX_ROUNDS {
        let files = fixable_files(&run.sources, &run.report, standard_input);
        let fixes = apply_fixes(&run.sources, &run.report.in_order(), |source| {
            files.contains_key(&source)
        });
        if fixes.texts.is_empty() {
            break;
        }
        problems += fixes.problems;
        record(&mut changes, &run.sources, &files, standard_input, fixes);
        for (file, change) in &changes {
            host.set(file.clone(), change.after.as_str());
        }
        run = validate(&host)?;
    }
    changes.retain(|_, change| *change.before != *change.after);
    Ok(FixResult {
        run,
        changes,
        problems,
    })
}

/// The sources with edits that may be fixed, each with the identity of its file. A file that was
/// read twice is fixed once.
fn fixable_files(
    sources: &Sources,
    report: &Report,
    standard_input: &str,
) -> BTreeMap<SourceId, PathBuf> {
    let mut known = BTreeSet::new();
    let mut files = BTreeMap::new();
    let edits = report
        .in_order()
        .into_iter()
        .flat_map(|diagnostic| diagnostic.edits());
    for source in edits.map(|edit| edit.span.source).collect::<BTreeSet<_>>() {
        let Some(file) = file_of(sources.get(source), standard_input) else {
            continue;
        };
        let identity = file_key(file);
        if known.insert(identity.clone()) {
            files.insert(source, identity);
        }
    }
    files
}

/// Adds the fixed texts of one round to the changes.
fn record(
    changes: &mut BTreeMap<PathBuf, FileChange>,
    sources: &Sources,
    files: &BTreeMap<SourceId, PathBuf>,
    standard_input: &str,
    fixes: AppliedFixes,
) {
    for (id, after) in fixes.texts {
        let source = sources.get(id);
        let (Some(identity), Some(path)) = (files.get(&id), file_of(source, standard_input)) else {
            continue;
        };
        let change = changes
            .entry(identity.clone())
            .or_insert_with(|| FileChange {
                path: path.to_path_buf(),
                name: source.name().to_owned(),
                before: source.text().into(),
                after: String::new(),
            });
        change.after = after;
    }
}

impl FixResult {
    /// The paths of the files that change, as the user names them; `-` for standard input.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.changes.values().map(|change| change.path.as_path())
    }

    /// Writes all changed files, or none. `log` gets a line when another run writes for long.
    pub(crate) fn write(&self, os: &Os, log: &dyn Fn(&str)) -> Result<(), CliError> {
        let _lock = project_lock::lock(log)?;
        let mut writes = Vec::new();
        for change in self
            .changes
            .values()
            .filter(|change| change.path.as_os_str() != DASH)
        {
            if !os
                .read(&change.path)
                .is_ok_and(|bytes| bytes == change.before.as_bytes())
            {
                let path = change.path.display();
                return Err(CliError::Io(format!(
                    "`{path}` was changed while it was read; nothing was written"
                )));
            }
            // Replacing a file needs only write permission for the directory. A file that is itself
            // read-only is meant to stay as it is.
            os::check_writable(&change.path).map_err(|error| {
                let (path, reason) = (change.path.display(), os::reason(&error));
                CliError::Io(format!(
                    "cannot write `{path}`: {reason}; nothing was written"
                ))
            })?;
            let content = Some(change.after.clone().into_bytes());
            writes.push(FileWrite {
                path: change.path.clone(),
                content,
                mode: 0o644,
                durable: true,
            });
        }
        write(&writes, &[]).map(drop)
    }

    /// The fixed text of standard input; its own text when nothing was fixed in it.
    pub(crate) fn standard_input(&self, os: &Os) -> Vec<u8> {
        match self.changes.get(Path::new(DASH)) {
            Some(change) => change.after.clone().into_bytes(),
            None => os.standard_input().unwrap_or_default(),
        }
    }

    /// The changes as a unified diff for `patch -p0`; empty when there are none.
    pub(crate) fn diff(&self) -> String {
        let diff = |change: &FileChange| {
            let diff = TextDiff::from_lines(&*change.before, change.after.as_str());
            diff.unified_diff()
                .header(&change.name, &change.name)
                .to_string()
        };
        self.changes.values().map(diff).collect()
    }

    /// The numbers of fixed problems and files; `None` when nothing was fixed.
    pub(crate) fn summary(&self) -> Option<String> {
        let count = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            many => format!("{many} {word}s"),
        };
        (!self.changes.is_empty()).then(|| {
            format!(
                "{} in {}",
                count(self.problems, "problem"),
                count(self.changes.len(), "file")
            )
        })
    }
}
