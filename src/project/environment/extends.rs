//! From an environment to those that it extends, one after the other.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::file::Declaration;
use super::{TARGETS, built_in};
use compiler::support::path::normal;
use compiler::targets::target::Target;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Spanned;
use diagnostics::suggestions::{list_names, suggestion};

rules! {
    /// Environments extend each other in a circle.
    pub EXTENDS_CYCLE: "extends-cycle", Error;

    /// An environment extends one that is not there.
    pub UNKNOWN_ENVIRONMENT: "unknown-environment", Error;
}

/// An environment and everything that it extends.
pub(super) struct Chain {
    /// The declarations, its own first.
    pub(super) declarations: Vec<Rc<Declaration>>,
    /// The built-in environment that the last one extends.
    pub(super) built_in: Option<&'static dyn Target>,
    /// The proof that the last one extends something that could not be found out.
    pub(super) cut: Option<Reported>,
}

/// What a chain needs to know of the world.
pub(super) trait Neighbours {
    /// Why a file could not be read at all.
    type Failure;

    /// What is declared in a directory; `None` when nothing is.
    fn load(
        &mut self,
        directory: &Path,
        report: &mut Report,
    ) -> Result<Option<Rc<Declaration>>, Self::Failure>;

    /// The names of the environments in the directories beside each other in a directory.
    fn names(&self, directory: &Path) -> Vec<String>;
}

/// Follows `extends` to its end, or as far as that can be read.
pub(super) fn chain<N: Neighbours>(
    first: Rc<Declaration>,
    neighbours: &mut N,
    report: &mut Report,
) -> Result<Chain, N::Failure> {
    let mut declarations = vec![first];
    while let Some(Link {
        own,
        extends,
        directory,
    }) = declarations.last().and_then(link)
    {
        let known = declarations
            .iter()
            .position(|own| normal(&own.directory) == directory);
        if let Some(start) = known {
            let cut = Some(circle(&declarations[start..], report));
            return Ok(Chain {
                declarations,
                built_in: None,
                cut,
            });
        }
        match neighbours.load(&directory, report)? {
            Some(next) => declarations.push(next),
            None => match built_in(&extends.value) {
                Some(target) => {
                    return Ok(Chain {
                        declarations,
                        built_in: Some(target),
                        cut: None,
                    });
                }
                None => {
                    let around = own.directory.join("..");
                    let cut = Some(unknown(
                        &extends,
                        &own.name,
                        &neighbours.names(&normal(&around)),
                        report,
                    ));
                    return Ok(Chain {
                        declarations,
                        built_in: None,
                        cut,
                    });
                }
            },
        }
    }
    let cut = declarations
        .last()
        .filter(|last| last.lost.extends)
        .and_then(|last| last.lost.anything);
    Ok(Chain {
        declarations,
        built_in: None,
        cut,
    })
}

/// What an environment says of the next one.
struct Link {
    own: Rc<Declaration>,
    extends: Spanned<String>,
    directory: PathBuf,
}

/// A name is that of a directory beside this one; what has a `/` is a path that begins in this one.
fn link(own: &Rc<Declaration>) -> Option<Link> {
    let extends = own.extends.clone()?;
    let from = if extends.value.contains('/') {
        own.directory.clone()
    } else {
        own.directory.join("..")
    };
    Some(Link {
        own: Rc::clone(own),
        directory: normal(&from.join(&extends.value)),
        extends,
    })
}

/// Reports a circle, from whichever of its environments it was entered with the same words, so that
/// it is told once.
fn circle(round: &[Rc<Declaration>], report: &mut Report) -> Reported {
    let first = (0..round.len())
        .min_by_key(|index| normal(&round[*index].directory))
        .unwrap_or(0);
    let round = [&round[first..], &round[..first]].concat();
    let names: Vec<&str> = round
        .iter()
        .chain(round.first())
        .map(|own| own.name.as_str())
        .collect();
    let way: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let mut problem = Problem::new(
        &EXTENDS_CYCLE,
        format!(
            "environments extend each other in a circle: {}",
            way.join(" -> ")
        ),
    );
    let spans = round
        .iter()
        .filter_map(|own| own.extends.as_ref().map(|extends| extends.span));
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

fn unknown(
    extends: &Spanned<String>,
    own: &str,
    names: &[String],
    report: &mut Report,
) -> Reported {
    // What is built in can be extended too.
    let others = || {
        let beside = names.iter().map(String::as_str).filter(|name| *name != own);
        beside.chain(TARGETS.iter().map(|target| target.name()))
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
