//! Follows `extends` from one environment to the next.

use std::rc::Rc;

use super::base::Base;
use super::file::EnvironmentFile;
use super::{FILE, TARGETS, built_in};
use crate::project::remote::{INVALID_REMOTE_SOURCE, SourceUrl};
use compiler::recovery::Part;
use compiler::targets::target::Target;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Span, Spanned};
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

    /// The directory that stands for another one, which is named at `span`. An error when that one
    /// cannot be read, which was reported.
    fn find(
        &mut self,
        base: Base,
        span: Span,
        report: &mut Report,
    ) -> Result<Result<Base, Reported>, Self::Failure>;

    /// The environment of a directory that was found; `None` when it has none.
    fn load(
        &mut self,
        base: &Base,
        report: &mut Report,
    ) -> Result<Option<Rc<EnvironmentFile>>, Self::Failure>;

    /// The environments that `extends` can name beside an environment or in a remote tree.
    fn names(&self, link: &ExtendsLink) -> Vec<String>;
}

/// Follows `extends` to its end, or as far as environments can be read.
pub(super) fn follow_extends<D: Directories>(
    first: Rc<EnvironmentFile>,
    directories: &mut D,
    report: &mut Report,
) -> Result<ExtendsChain, D::Failure> {
    let mut chain = ExtendsChain::new(vec![first]);
    while let Some(link) = chain.files.last().and_then(ExtendsLink::of) {
        let extended = link.file.base.extended(&link.extends.value);
        let Some(base) = extended else {
            chain.broken = Some(report_url(&link.extends, report));
            return Ok(chain);
        };
        let base = match directories.find(base, link.extends.span, report)? {
            Ok(base) => base,
            Err(reported) => {
                chain.broken = Some(reported);
                return Ok(chain);
            }
        };
        let link = ExtendsLink { base, ..link };
        let known = chain.files.iter().position(|file| file.base == link.base);
        if let Some(start) = known {
            chain.broken = Some(report_cycle(&chain.files[start..], report));
            return Ok(chain);
        }
        if let Some(next) = directories.load(&link.base, report)? {
            chain.files.push(next);
            continue;
        }
        chain.built_in = built_in(&link.extends.value);
        if chain.built_in.is_none() {
            let names = directories.names(&link);
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
pub(super) struct ExtendsLink {
    file: Rc<EnvironmentFile>,
    pub(super) extends: Spanned<String>,
    /// The directory of the environment that it names; that of the environment before it is found.
    pub(super) base: Base,
}

impl ExtendsLink {
    fn of(file: &Rc<EnvironmentFile>) -> Option<ExtendsLink> {
        Some(ExtendsLink {
            file: Rc::clone(file),
            extends: file.extends.clone()?,
            base: file.base.clone(),
        })
    }

    /// The directory of the environment that extends.
    pub(super) fn from(&self) -> &Base {
        &self.file.base
    }

    /// Whether it names a directory by its URL.
    pub(super) fn is_url(&self) -> bool {
        self.extends.value.contains("://")
    }
}

/// Reports a URL that names no directory.
fn report_url(extends: &Spanned<String>, report: &mut Report) -> Reported {
    let url = &extends.value;
    let (reason, help) = match SourceUrl::parse(url) {
        Err(error) => (error.message, error.help),
        Ok(_) => (
            "a web server has no directories".to_owned(),
            "use a git repository or a registry: `git-https://HOST/REPOSITORY.git/PATH?ref=VERSION` \
             or `oci://REGISTRY/NAME:TAG#PATH`"
                .to_owned(),
        ),
    };
    let message = format!("`{url}` cannot be extended: {reason}");
    let problem = Problem::new(&INVALID_REMOTE_SOURCE, message).at(extends.span);
    report.error(problem.help(help))
}

/// Reports a cycle. The message begins with the same environment wherever the cycle was entered, so
/// that it is reported once.
fn report_cycle(cycle: &[Rc<EnvironmentFile>], report: &mut Report) -> Reported {
    let first = (0..cycle.len())
        .min_by_key(|index| &cycle[*index].base)
        .unwrap_or(0);
    let cycle = [&cycle[first..], &cycle[..first]].concat();
    let is_remote = cycle.iter().any(|file| file.base.directory().is_none());
    let name = |file: &Rc<EnvironmentFile>| match &file.base {
        // Many repositories have a directory with this name.
        Base::Remote(path) => path.url(),
        Base::Directory(directory) if is_remote => directory.display().to_string(),
        Base::Directory(_) => file.name.clone(),
    };
    let names: Vec<String> = cycle.iter().chain(cycle.first()).map(name).collect();
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
        let targets = TARGETS.iter().map(|target| target.name());
        declared.chain(targets.filter(|_| !link.is_url()))
    };
    let message = match &link.base {
        Base::Directory(_) => format!("there is no environment `{}` to extend", extends.value),
        Base::Remote(path) => format!(
            "there is no environment to extend: `{}` has no `{}`",
            path.tree(),
            path.join(FILE).path()
        ),
    };
    // What has a colon is meant as a URL.
    let is_nearly_url = !link.is_url() && extends.value.contains(':');
    let help = suggestion(&extends.value, others(), || match others().next() {
        _ if is_nearly_url => {
            "write a URL with `://`, such as `oci://REGISTRY/NAME:TAG#DIR`".to_owned()
        }
        Some(_) => format!("write one of {}", list_names(others())),
        None => format!("it has no `{FILE}` at all; name another repository or version"),
    });
    report.error(
        Problem::new(&UNKNOWN_ENVIRONMENT, message)
            .at(extends.span)
            .help(help),
    )
}
