//! Mending files: problems whose edits are safe, until there are none left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use similar::TextDiff;

use crate::project::inputs::{CliError, STANDARD_INPUT};
use crate::project::state;
use crate::system::os::{self, Os};
use crate::system::transaction::{Item, write};
use compiler::support::host::{Finished, Host, HostError, Program};
use compiler::support::random::Key;
use diagnostics::report::Report;
use diagnostics::source::{Source, SourceId, Sources};
use yaml::apply_fixes::{AppliedFixes, apply_fixes};

/// How often files are looked at anew: an edit may bring to light what hid behind it. People need
/// two or three times.
const MOST_ROUNDS: usize = 10;

/// What stands for standard input where a file would be named on the command line.
const DASH: &str = "-";

/// What one look at the input gives.
pub(crate) struct Look {
    pub(crate) sources: Sources,
    pub(crate) report: Report,
    /// What to say when nothing is wrong.
    pub(crate) success_message: String,
}

/// What was mended, and what is left.
pub(crate) struct Fixed {
    /// The last look, at the mended texts.
    pub(crate) look: Look,
    changes: BTreeMap<PathBuf, Change>,
    problems: usize,
}

/// A file that changes.
struct Change {
    /// The file as the user named it.
    path: PathBuf,
    /// The name to show.
    name: String,
    before: Arc<str>,
    after: String,
}

/// The world with some files as they will be.
struct Ahead<'a> {
    os: &'a Os,
    changes: BTreeMap<PathBuf, Change>,
}

impl Ahead<'_> {
    fn changed(&self, path: &Path) -> Option<Vec<u8>> {
        if self.changes.is_empty() {
            return None;
        }
        self.changes
            .get(&key(path))
            .map(|change| change.after.clone().into_bytes())
    }
}

impl Host for Ahead<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
        // A file may be called `-` too, and is no standard input then.
        let changed = self.changed(path).filter(|_| path.as_os_str() != DASH);
        changed.map_or_else(|| self.os.read(path), Ok)
    }

    fn real_path(&self, path: &Path) -> PathBuf {
        self.os.real_path(path)
    }

    fn standard_input(&self) -> Result<Vec<u8>, HostError> {
        self.changed(Path::new(DASH))
            .map_or_else(|| self.os.standard_input(), Ok)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.os.variable(name)
    }

    fn seed(&self) -> Result<Key, HostError> {
        self.os.seed()
    }

    fn run(&self, program: &Program) -> Result<Finished, HostError> {
        self.os.run(program)
    }

    fn log(&self, said: &str) {
        self.os.log(said);
    }
}

/// The file that holds exactly the text of a source, as the user named it; `None` for what was
/// given in another way.
fn file<'a>(source: &'a Source, standard_input: &str) -> Option<&'a Path> {
    match source.name() {
        STANDARD_INPUT => Some(Path::new(DASH)),
        name if name == standard_input => Some(Path::new(DASH)),
        name => source.is_file().then(|| Path::new(name)),
    }
}

/// What tells a file from all others, whatever path leads to it.
fn key(path: &Path) -> PathBuf {
    match path.to_str() {
        Some(DASH) => path.to_path_buf(),
        _ => os::resolve_link(path).unwrap_or_else(|| path.to_path_buf()),
    }
}

/// Looks at the input and mends what can be mended, in memory, until nothing changes any more.
///
/// `standard_input` is what it is called in reports, maybe by the name of the file for which it
/// stands: that file stays as it is.
pub(crate) fn fix(
    os: &Os,
    standard_input: &str,
    look: impl Fn(&dyn Host) -> Result<Look, CliError>,
) -> Result<Fixed, CliError> {
    let mut ahead = Ahead {
        os,
        changes: BTreeMap::new(),
    };
    let mut problems = 0;
    let mut seen = look(&ahead)?;
    for _ in 0..MOST_ROUNDS {
        let files = files(&seen.sources, &seen.report, standard_input);
        let mended = apply_fixes(&seen.sources, &seen.report.in_order(), |source| {
            files.contains_key(&source)
        });
        if mended.texts.is_empty() {
            break;
        }
        problems += mended.problems;
        take(
            &mut ahead.changes,
            &seen.sources,
            &files,
            standard_input,
            mended,
        );
        seen = look(&ahead)?;
    }
    ahead
        .changes
        .retain(|_, change| *change.before != *change.after);
    Ok(Fixed {
        look: seen,
        changes: ahead.changes,
        problems,
    })
}

/// The sources that may be mended, each with what tells its file from others; a file that was read
/// twice is mended once.
fn files(sources: &Sources, report: &Report, standard_input: &str) -> BTreeMap<SourceId, PathBuf> {
    let mut known = BTreeSet::new();
    let mut files = BTreeMap::new();
    let edits = report
        .in_order()
        .into_iter()
        .flat_map(|diagnostic| diagnostic.edits());
    for source in edits.map(|edit| edit.span.source).collect::<BTreeSet<_>>() {
        let Some(file) = file(sources.get(source), standard_input) else {
            continue;
        };
        let key = key(file);
        if known.insert(key.clone()) {
            files.insert(source, key);
        }
    }
    files
}

fn take(
    changes: &mut BTreeMap<PathBuf, Change>,
    sources: &Sources,
    files: &BTreeMap<SourceId, PathBuf>,
    standard_input: &str,
    mended: AppliedFixes,
) {
    for (id, after) in mended.texts {
        let source = sources.get(id);
        let (Some(key), Some(path)) = (files.get(&id), file(source, standard_input)) else {
            continue;
        };
        let change = changes.entry(key.clone()).or_insert_with(|| Change {
            path: path.to_path_buf(),
            name: source.name().to_owned(),
            before: source.text().clone(),
            after: String::new(),
        });
        change.after = after;
    }
}

impl Fixed {
    /// The files that change, as the user named them; `-` for standard input.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.changes.values().map(|change| change.path.as_path())
    }

    /// Writes every changed file, or none.
    pub(crate) fn write(&self, os: &Os) -> Result<(), CliError> {
        let _lock = state::lock()?;
        let mut items = Vec::new();
        for change in self
            .changes
            .values()
            .filter(|change| change.path.as_os_str() != DASH)
        {
            if !os
                .read(&change.path)
                .is_ok_and(|now| now == change.before.as_bytes())
            {
                let path = change.path.display();
                return Err(CliError::World(format!(
                    "`{path}` was changed while it was read; nothing was written"
                )));
            }
            // A new file takes the place of the old one, for which leave to write in the directory
            // is enough. Who took the leave to write from the file itself meant it to stay.
            os::check_writable(&change.path).map_err(|error| {
                let (path, why) = (change.path.display(), os::reason(&error));
                CliError::World(format!("cannot write `{path}`: {why}; nothing was written"))
            })?;
            let content = Some(change.after.clone().into_bytes());
            items.push(Item {
                path: change.path.clone(),
                content,
                mode: 0o644,
                lasting: true,
            });
        }
        write(&items, &[])
    }

    /// Standard input as it should be; as it is when nothing was mended there.
    pub(crate) fn standard_input(&self, os: &Os) -> Vec<u8> {
        match self.changes.get(Path::new(DASH)) {
            Some(change) => change.after.clone().into_bytes(),
            None => os.standard_input().unwrap_or_default(),
        }
    }

    /// What differs, as `diff -u` shows it and `patch -p0` takes it; empty when nothing does.
    pub(crate) fn diff(&self) -> String {
        let one = |change: &Change| {
            let diff = TextDiff::from_lines(&*change.before, change.after.as_str());
            diff.unified_diff()
                .header(&change.name, &change.name)
                .to_string()
        };
        self.changes.values().map(one).collect()
    }

    /// What was mended, in words; `None` when nothing was.
    pub(crate) fn words(&self) -> Option<String> {
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
