//! Follows `extends` from one environment to the next.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::file::EnvironmentFile;
use super::{TARGETS, built_in};
use compiler::recovery::Part;
use compiler::support::path::normal;
use compiler::targets::target::Target;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Spanned;
use diagnostics::suggestions::{list_names, suggestion};

rules! {
    /// Environments extend each other in a cycle.
    pub EXTENDS_CYCLE: "extends-cycle", Error;

    /// An environment extends another one that does not exist.
    pub UNKNOWN_ENVIRONMENT: "unknown-environment", Error;
}

/// An environment and everything that it extends.
pub(super) struct ExtendsChain {
    /// The files, that of the environment itself first.
    pub(super) files: Vec<Rc<EnvironmentFile>>,
    /// The built-in environment that the last one extends.
    pub(super) built_in: Option<&'static dyn Target>,
    /// Set if the parent of the last one could not be read, which was reported.
    pub(super) broken: Option<Reported>,
}

impl ExtendsChain {
    /// A complete chain.
    pub(super) fn new(files: Vec<Rc<EnvironmentFile>>) -> ExtendsChain {
        ExtendsChain {
            files,
            built_in: None,
            broken: None,
        }
    }
}

/// Reads environments by their directories.
pub(super) trait Directories {
    /// The error for a file that cannot be read.
    type Failure;

    /// The environment of a directory; `None` when it has none.
    fn load(
        &mut self,
        directory: &Path,
        report: &mut Report,
    ) -> Result<Option<Rc<EnvironmentFile>>, Self::Failure>;

    /// The names of the environments in the directories of a directory.
    fn names(&self, directory: &Path) -> Vec<String>;
}

/// Follows `extends` to its end, or as far as environments can be read.
pub(super) fn follow_extends<D: Directories>(
    first: Rc<EnvironmentFile>,
    directories: &mut D,
    report: &mut Report,
) -> Result<ExtendsChain, D::Failure> {
    let mut chain = ExtendsChain::new(vec![first]);
    while let Some(link) = chain.files.last().and_then(ExtendsLink::of) {
        let known = chain
            .files
            .iter()
            .position(|file| normal(&file.directory) == link.directory);
        if let Some(start) = known {
            chain.broken = Some(report_cycle(&chain.files[start..], report));
            return Ok(chain);
        }
        if let Some(next) = directories.load(&link.directory, report)? {
            chain.files.push(next);
            continue;
        }
        chain.built_in = built_in(&link.extends.value);
        if chain.built_in.is_none() {
            let names = directories.names(&normal(&link.file.directory.join("..")));
            chain.broken = Some(report_unknown(&link, &names, report));
        }
        return Ok(chain);
    }
    chain.broken = chain
        .files
        .last()
        .filter(|last| last.incomplete.lacks(&Part::Extends))
        .and_then(|last| last.incomplete.error());
    Ok(chain)
}

/// The key `extends` of an environment.
struct ExtendsLink {
    file: Rc<EnvironmentFile>,
    extends: Spanned<String>,
    /// The directory of the environment that it names.
    directory: PathBuf,
}

impl ExtendsLink {
    /// A value with a `/` is a path from the directory of the environment, any other the name of a
    /// directory beside it.
    fn of(file: &Rc<EnvironmentFile>) -> Option<ExtendsLink> {
        let extends = file.extends.clone()?;
        let base = match extends.value.contains('/') {
            true => file.directory.clone(),
            false => file.directory.join(".."),
        };
        Some(ExtendsLink {
            file: Rc::clone(file),
            directory: normal(&base.join(&extends.value)),
            extends,
        })
    }
}

/// Reports a cycle. The message begins with the same environment wherever the cycle was entered, so
/// that it is reported once.
fn report_cycle(cycle: &[Rc<EnvironmentFile>], report: &mut Report) -> Reported {
    let first = (0..cycle.len())
        .min_by_key(|index| normal(&cycle[*index].directory))
        .unwrap_or(0);
    let cycle = [&cycle[first..], &cycle[..first]].concat();
    let names: Vec<&str> = cycle
        .iter()
        .chain(cycle.first())
        .map(|file| file.name.as_str())
        .collect();
    let path: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let mut problem = Problem::new(
        &EXTENDS_CYCLE,
        format!(
            "environments extend each other in a cycle: {}",
            path.join(" -> ")
        ),
    );
    let spans = cycle
        .iter()
        .filter_map(|file| file.extends.as_ref().map(|extends| extends.span));
    for (index, span) in spans.enumerate() {
        problem = match index {
            0 => problem.at(span),
            _ => problem.secondary(
                span,
                format!("`{}` extends `{}` here", names[index], names[index + 1]),
            ),
        };
    }
    report.error(problem.help("remove `extends` from one of them"))
}

fn report_unknown(link: &ExtendsLink, names: &[String], report: &mut Report) -> Reported {
    let extends = &link.extends;
    let others = || {
        let names = names.iter().map(String::as_str);
        let declared = names.filter(|name| *name != link.file.name);
        declared.chain(TARGETS.iter().map(|target| target.name()))
    };
    let message = format!("there is no environment `{}` to extend", extends.value);
    let help = suggestion(&extends.value, others(), || {
        format!("write one of {}", list_names(others()))
    });
    report.error(
        Problem::new(&UNKNOWN_ENVIRONMENT, message)
            .at(extends.span)
            .help(help),
    )
}
