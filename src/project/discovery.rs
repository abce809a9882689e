//! The Score files of a run that names none: those of the project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::environment::Registry;
use super::environment::source::Source;
use super::overrides::workload_names;
use super::remote::{Remotes, vendor_directory};
use crate::system::error::CliError;
use crate::system::os::{self, ScoreFiles};
use crate::system::text_file;
use compiler::support::host::Host;
use compiler::support::path::normal;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::closest_match;

rules! {
    /// A symbolic link to a directory with Score files is not followed.
    pub LINK_NOT_FOLLOWED: "link-not-followed", Note;

    /// A file has the name of a Score file and is not used.
    pub SKIPPED_FILE: "skipped-file", Note;
}

/// What an `apiVersion` of Score begins with.
const GROUP: &str = "score.dev";

/// Reads the Score files of the project, sorted by path.
pub(crate) fn read(
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Vec<SourceId>, CliError> {
    let ScoreFiles {
        mut files, links, ..
    } = os::find_score_files().map_err(CliError::Io)?;
    report_links(&links, report);
    let overrides = overrides_of_environments(&files, host)?;
    files.retain(|file| !overrides.contains(&normal(file)));
    if let Some(copies) = vendor_directory(host) {
        files.retain(|file| !file.starts_with(&copies));
    }
    let mut used = Vec::new();
    let read = text_file::read_each(host, &files, sources, report)?;
    for (file, source) in files.into_iter().zip(read) {
        let Some(source) = source else { continue };
        match foreign_version(sources.text(source)) {
            Some(span) => skip_foreign(Span::new(source, span.0, span.1), sources, report),
            None => used.push((file, source)),
        }
    }
    let used = without_repeated(&used, sources, report);
    if used.is_empty() && report.result().is_ok() {
        let help = "name a Score file, or run in a directory with a `score.yaml` or `*.score.yaml`";
        return Err(CliError::Usage(format!(
            "there is no Score file here: {help}"
        )));
    }
    Ok(used)
}

fn report_links(links: &[(PathBuf, PathBuf)], report: &mut Report) {
    for (link, file) in links {
        let message = format!(
            "the link `{}` is not followed, so `{}` is not read",
            link.display(),
            file.display()
        );
        let help = "name the Score files, or replace the link with the directory";
        report.push(Problem::new(&LINK_NOT_FOLLOWED, message).help(help));
    }
}

/// The files that any environment merges into workloads. They are looked for only where a file may
/// be one of them.
fn overrides_of_environments(
    files: &[PathBuf],
    host: &dyn Host,
) -> Result<BTreeSet<PathBuf>, CliError> {
    if files.iter().all(|file| rank(file) == 0) {
        return Ok(BTreeSet::new());
    }
    // Errors of an environment are for the run that uses it.
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let remotes = Remotes::at_hand();
    let mut registry = Registry::new(host, &remotes);
    let (environments, _) = registry.all_lenient(&mut sources, &mut report)?;
    let overrides = environments
        .iter()
        .flat_map(|environment| environment.overrides());
    let files = overrides.filter_map(|file| match file.source.source {
        Source::File(path) => Some(path),
        _ => None,
    });
    Ok(files.collect())
}

/// The place of an `apiVersion` that is that of another tool. A file with `containers` is a workload
/// with a mistake.
fn foreign_version(text: &str) -> Option<(usize, usize)> {
    const KEY: &str = "apiVersion:";
    if text.lines().any(|line| line.starts_with("containers:")) {
        return None;
    }
    let mut start = 0;
    let line = text.split_inclusive('\n').find_map(|line| {
        let at = start;
        start += line.len();
        line.starts_with(KEY).then_some((at, line))
    });
    let (at, line) = line?;
    let value = line[KEY.len()..].split('#').next()?.trim();
    let group = value.trim_matches(['"', '\'']).split('/').next()?;
    let is_meant = group.is_empty() || closest_match(group, [GROUP]).is_some();
    (!is_meant).then(|| {
        let begin = at + line.find(value).unwrap_or_default();
        (begin, begin + value.len())
    })
}

fn skip_foreign(version: Span, sources: &Sources, report: &mut Report) {
    let name = sources.get(version.source).name();
    let message = format!("`{name}` is not a Score file, so it is not used");
    let help = "name the file on the command line to use it; Score files have \
                `apiVersion: score.dev/v1b1`";
    report.push(Problem::new(&SKIPPED_FILE, message).at(version).help(help));
}

/// Which of several files of a directory that declare one workload is used: the lowest.
fn rank(file: &Path) -> u8 {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    match stem.unwrap_or_default() {
        "score" => 0,
        stem if stem.ends_with(".score") => 1,
        _ => 2,
    }
}

/// The files without those whose workloads a file with a better name in their directory declares.
fn without_repeated(
    files: &[(PathBuf, SourceId)],
    sources: &Sources,
    report: &mut Report,
) -> Vec<SourceId> {
    let mut directories: BTreeMap<Option<&Path>, Vec<Candidate<'_>>> = BTreeMap::new();
    for (path, source) in files {
        let candidate = Candidate {
            path,
            source: *source,
            rank: rank(path),
        };
        directories
            .entry(path.parent())
            .or_default()
            .push(candidate);
    }
    let mut repeated = BTreeSet::new();
    for candidates in directories.values() {
        for (file, by) in repeated_in(candidates, sources) {
            skip_repeated(file, by, report);
            repeated.insert(file.source);
        }
    }
    let sources = files.iter().map(|(_, source)| *source);
    sources
        .filter(|source| !repeated.contains(source))
        .collect()
}

/// A file and how good its name is.
struct Candidate<'a> {
    path: &'a Path,
    source: SourceId,
    rank: u8,
}

/// The files of a directory whose workloads one with a better name declares, each with that one.
fn repeated_in<'c>(
    candidates: &'c [Candidate<'c>],
    sources: &Sources,
) -> Vec<(&'c Candidate<'c>, &'c Path)> {
    // Only files with names of different ranks have to be read.
    if candidates
        .windows(2)
        .all(|pair| pair[0].rank == pair[1].rank)
    {
        return Vec::new();
    }
    let names: Vec<BTreeSet<String>> = candidates
        .iter()
        .map(|file| workload_names(sources, &[file.source]))
        .collect();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, names) in names.iter().enumerate() {
        for name in names {
            by_name.entry(name).or_default().push(index);
        }
    }
    let better = |(index, file): (usize, &'c Candidate<'c>)| {
        let others = by_name.get(names[index].first()?.as_str())?;
        let by = others.iter().find(|other| {
            candidates[**other].rank < file.rank && names[index].is_subset(&names[**other])
        })?;
        Some((file, candidates[*by].path))
    };
    candidates.iter().enumerate().filter_map(better).collect()
}

fn skip_repeated(file: &Candidate<'_>, by: &Path, report: &mut Report) {
    let (path, by) = (file.path.display(), by.display());
    let message = format!("`{path}` declares the workload of `{by}`, so it is not used");
    let help = format!("name `{path}` on the command line to use it, or rename its workload");
    let start = Span::new(file.source, 0, 0);
    report.push(Problem::new(&SKIPPED_FILE, message).at(start).help(help));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_tool_has_another_version() {
        for foreign in [
            "apiVersion: humanitec.org/v1b1\nmetadata: {}\n",
            "# a comment\napiVersion: \"apps/v1\" # yes\n",
            "apiVersion: v1",
        ] {
            let (start, end) = foreign_version(foreign).unwrap();
            assert!(foreign[start..end].contains("v1"), "{foreign}");
        }
        for ours in [
            "apiVersion: score.dev/v1b1\n",
            "apiVersion: scor.dev/v1b1\n",
            "apiVersion:\n",
            "apiVersion: v1\ncontainers: {}\n",
            "metadata: {name: shop}\n",
            "  apiVersion: v1\n",
        ] {
            assert_eq!(foreign_version(ours), None, "{ours}");
        }
    }
}
