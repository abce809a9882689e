//! The patches of workloads: a file `NAME.patches.yaml` beside the Score file of the workload `NAME`.

use super::environment::patches::{SUFFIXES, items_of};
use super::environment::source::{Purpose, Source, expand};
use super::environment::{Environment, Registry};
use super::overrides::workload_names;
use super::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os::{self, Hidden};
use crate::system::text_file;
use compiler::patch::{Patch, SelectorPatch};
use compiler::support::host::Host;
use compiler::support::parallel;
use compiler::targets::{is_for_others, known_kinds};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::{closest_match, list_names, unambiguous_typo};
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

rules! {
    /// A patch beside Score files is for no workload or no environment.
    pub UNUSED_PATCHES: "unused-patches", Warning;
}

/// Reads the patches of the workloads of a run.
pub(crate) struct WorkloadPatches<'a> {
    pub(crate) score_files: &'a [SourceId],
    /// Whether the run has all Score files, so that a file of patches must be for one of them.
    pub(crate) has_all_files: bool,
    /// The files of `--patch`.
    pub(crate) flags: &'a [PathBuf],
    pub(crate) environment: &'a Environment,
    pub(crate) remotes: &'a Remotes,
}

impl WorkloadPatches<'_> {
    /// The patches, in the order of the Score files. Reports files that are for no workload.
    pub(crate) fn read(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Vec<Patch>, CliError> {
        let mut found = Vec::new();
        let directories: Vec<_> = self.directories(sources).into_iter().collect();
        let files = parallel::map(&directories, |(directory, _)| files_in(directory));
        for ((_, score_files), files) in directories.into_iter().zip(files) {
            let files = files?;
            found.extend((!files.is_empty()).then_some((score_files, files)));
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        // Errors of an environment are for the run that uses it.
        let lenient = &mut (Sources::default(), Report::default());
        let mut registry = Registry::new(host, self.remotes);
        let (others, _) = registry.all_lenient(&mut lenient.0, &mut lenient.1)?;
        let of_platform = self.files_of_platform(&others, host)?;
        let mut patches = Vec::new();
        for (score_files, files) in found {
            let names = workload_names(sources, &score_files);
            let is_other = |path: &Path| of_platform.contains(&host.real_path(path));
            for (name, path) in files.into_iter().filter(|(_, path)| !is_other(path)) {
                if names.contains(&name) {
                    let file = text_file::read(host, &path, sources, report)?;
                    let read = |file| of(&name, file, sources, report);
                    let file = file.map(read).unwrap_or_default();
                    for patch in &file {
                        self.check_kinds(patch, &others, report);
                    }
                    patches.extend(file.into_iter().map(|one| Patch::Selector(Box::new(one))));
                } else if self.has_all_files && names.len() >= score_files.len() {
                    let source = sources.add_file(path.display().to_string(), "");
                    report.push(unused(&name, &path, source, &names));
                }
            }
        }
        Ok(patches)
    }

    /// The directories with Score files, in their order. Standard input has none.
    fn directories(&self, sources: &Sources) -> IndexMap<PathBuf, Vec<SourceId>> {
        let mut directories: IndexMap<PathBuf, Vec<SourceId>> = IndexMap::new();
        let files = self.score_files.iter().map(|id| (*id, sources.get(*id)));
        for (id, source) in files.filter(|(_, source)| source.is_file()) {
            let directory = Path::new(source.name()).parent();
            let directory = directory.unwrap_or(Path::new("")).to_owned();
            directories.entry(directory).or_default().push(id);
        }
        directories
    }

    /// The files that flags or any environment name as patches, which may lie anywhere.
    fn files_of_platform(
        &self,
        others: &[Environment],
        host: &dyn Host,
    ) -> Result<BTreeSet<PathBuf>, CliError> {
        let environments = others.iter().chain([self.environment]);
        let mut files = self.flags.to_vec();
        for source in environments.flat_map(Environment::patch_sources) {
            let expanded = expand(&source, Purpose::Patches, &mut Report::default())?.into_iter();
            files.extend(expanded.filter_map(|source| match source {
                Source::File(path) => Some(path),
                _ => None,
            }));
        }
        Ok(files.iter().map(|file| host.real_path(file)).collect())
    }

    /// Reports a patch that is ignored here, for its kinds, and in each environment of the project.
    fn check_kinds(&self, patch: &SelectorPatch, others: &[Environment], report: &mut Report) {
        let target = self.environment.target;
        let patchable = |other: &Environment| {
            let kinds = other.patchable();
            kinds.is_some_and(|known| {
                patch
                    .kinds()
                    .any(|kind| known.kinds().any(|one| one == kind))
            })
        };
        let is_ignored = is_for_others(target, patch) && !self.environment.is_built_in();
        let kind = patch.kinds().next().filter(|_| is_ignored);
        let Some(kind) = kind.filter(|_| !others.iter().any(patchable)) else {
            return;
        };
        let message = format!("no environment lets patches of workloads change `{kind}` objects");
        let help = match unambiguous_typo(kind, known_kinds().filter(|known| *known != kind)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "remove the patch, or correct its `kind`".to_owned(),
        };
        let problem = Problem::new(&UNUSED_PATCHES, message).at(patch.kind_place());
        report.push(problem.help(help));
    }
}

/// The files of patches in a directory, each with the name of its workload.
fn files_in(directory: &Path) -> Result<Vec<(String, PathBuf)>, CliError> {
    let found = os::files_ending_in(directory, &SUFFIXES, Hidden::Skipped);
    let named = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let name = SUFFIXES.iter().find_map(|end| name.strip_suffix(end))?;
        Some((name.to_owned(), path))
    };
    let files = found.map_err(CliError::Io)?.into_iter();
    let mut files: Vec<_> = files.filter_map(named).collect();
    files.sort();
    Ok(files)
}

/// The patches in the file of a workload.
fn of(name: &str, file: SourceId, sources: &Sources, report: &mut Report) -> Vec<SelectorPatch> {
    let read = |node: &_, report: &mut _| SelectorPatch::of_workload(node, name, report);
    items_of(file, sources, report, read)
}

fn unused(name: &str, path: &Path, source: SourceId, names: &BTreeSet<String>) -> Problem {
    let message = format!("no Score file beside this one has the workload `{name}`");
    let known = || names.iter().map(String::as_str);
    let suffix = path.display().to_string();
    let suffix = SUFFIXES.iter().find(|ending| suffix.ends_with(**ending));
    let help = match closest_match(name, known()) {
        Some(near) => format!("rename it to `{near}{}`", suffix.unwrap_or(&SUFFIXES[0])),
        None => format!(
            "name it after one of {}, or list it in `patches` of an environment",
            list_names(known())
        ),
    };
    Problem::new(&UNUSED_PATCHES, message)
        .at(Span::new(source, 0, 0))
        .help(help)
}
