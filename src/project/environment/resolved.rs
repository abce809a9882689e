//! One environment with everything that it extends.
//!
//! What is nearer has the last word: its definitions are asked first, its overrides and patches are
//! applied last, its values and names replace those of what it extends.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use indexmap::IndexMap;

use super::extends::Chain;
use super::file::{Declaration, Keyed, Lost};
use super::source::{Purpose, Source, SourceRef};
use super::{ENVIRONMENTS, TARGETS};
use crate::system::os;
use compiler::identity::Identity;
use compiler::model::Build;
use compiler::support::path::from;
use compiler::targets::publish::Publish;
use compiler::targets::target::Target;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::list_names;
use yaml::rules::MISSING_KEY;
use yaml::{Entries, Kind, Node};

rules! {
    /// An environment says something that only the other target knows.
    pub WRONG_TARGET: "wrong-target", Error;
}

/// An environment, ready to be used.
pub struct Environment {
    /// Its name, which is a part of every derived name.
    pub name: String,
    /// What workloads are compiled to; any, where [`Lost::target`] says that it is not known.
    pub target: &'static dyn Target,
    /// What of it could not be read. Nothing may be made for it then.
    pub lost: Lost,
    /// The declarations, its own first; none for a built-in environment.
    chain: Vec<Rc<Declaration>>,
}

/// A file to merge into workloads.
pub struct OverrideFile {
    /// The workload; every workload when `None`.
    pub workload: Option<Spanned<String>>,
    /// The file.
    pub path: PathBuf,
    /// Where it was named.
    pub span: Span,
}

impl Environment {
    /// One that nobody declared.
    pub fn built_in(target: &'static dyn Target) -> Environment {
        Environment {
            name: target.name().to_owned(),
            target,
            lost: Lost::default(),
            chain: Vec::new(),
        }
    }

    /// One of which nothing is known, not even which it is.
    pub fn unknown(reported: Reported) -> Environment {
        Environment {
            lost: Lost::all(reported),
            ..Environment::built_in(TARGETS[0])
        }
    }

    /// Merges a chain; reports when it has no target, and what in it is for another one.
    pub(super) fn of(chain: Chain, report: &mut Report) -> Environment {
        let Chain {
            declarations,
            built_in,
            cut,
        } = chain;
        let mut lost = declarations
            .iter()
            .fold(Lost::default(), |lost, own| lost.and(own.lost));
        if let Some(reported) = cut {
            lost = Lost {
                target: lost.target,
                provisioners: lost.provisioners,
                ..Lost::all(reported)
            };
        }
        // What stands before the first one that says it counts, and what could not be read may have
        // said it.
        let says = declarations
            .iter()
            .find(|own| own.target.is_some() || own.lost.target);
        let written = says.and_then(|own| own.target.as_ref());
        let target = written
            .map(|target| target.value)
            .or(built_in.filter(|_| says.is_none()));
        lost.target = target.is_none();
        let mut own = Report::default();
        match target {
            Some(target) => {
                let place = written.map(|target| target.span);
                declarations
                    .iter()
                    .for_each(|one| check_target(one, target, place, &mut own));
            }
            None if says.is_none() && cut.is_none() => {
                without_target(&declarations, &mut own);
            }
            None => {}
        }
        lost.anything = lost.anything.or(own.result().err());
        report.merge(own);
        let name = declarations
            .first()
            .map_or_else(String::new, |own| own.name.clone());
        Environment {
            name,
            target: target.unwrap_or(TARGETS[0]),
            lost,
            chain: declarations,
        }
    }

    /// The proof that all of it could be read, or that what is wrong was reported.
    pub fn sound(&self) -> Result<(), Reported> {
        self.lost.anything.map_or(Ok(()), Err)
    }

    /// What sets its objects apart. An environment of `environments/` is known by its name; two
    /// elsewhere may have one name.
    pub fn identity(&self) -> Identity {
        let directory = self.chain.first().map(|own| &own.directory);
        let place = directory.map(|directory| match os::current_directory() {
            Ok(project) => from(&project, &project.join(directory)),
            Err(_) => directory.clone(),
        });
        let place = place.filter(|place| *place != Path::new(ENVIRONMENTS).join(&self.name));
        let place = place.map(|place| place.display().to_string());
        Identity {
            environment: self.name.clone(),
            place,
            ..Identity::default()
        }
    }

    /// Its own declaration; `None` for a built-in environment.
    pub fn declaration(&self) -> Option<&Declaration> {
        self.chain.first().map(Rc::as_ref)
    }

    /// What the nearest declaration says that says anything.
    pub fn first<T>(
        &self,
        part: impl Fn(&Declaration) -> Option<&Spanned<T>>,
    ) -> Option<&Spanned<T>> {
        self.chain.iter().find_map(|own| part(own))
    }

    /// Those farthest away first.
    fn farthest_first(&self) -> impl Iterator<Item = &Declaration> {
        self.chain.iter().rev().map(Rc::as_ref)
    }

    /// Where its definitions come from, in the order in which they are asked.
    pub fn provisioners(&self) -> Vec<SourceRef> {
        let mut list = Vec::new();
        for own in &self.chain {
            let unread = || SourceRef {
                source: Source::Unread,
                span: None,
            };
            let sources = own.provisioners.as_deref();
            if own.lost.provisioners
                && sources.is_none_or(|sources| sources.iter().all(Option::is_some))
            {
                list.push(unread());
            }
            match sources {
                Some(sources) => list.extend(sources.iter().map(|source| match source {
                    Some(source) => listed(source, Purpose::Definitions, &own.directory),
                    None => unread(),
                })),
                None => list.push(SourceRef {
                    source: Source::Directory(own.directory.clone()),
                    span: None,
                }),
            }
        }
        if self.lost.extends {
            list.push(SourceRef {
                source: Source::Unread,
                span: None,
            });
        }
        // Whoever lists nothing means what is embedded too, after all files.
        if self
            .chain
            .last()
            .is_none_or(|own| own.provisioners.is_none())
        {
            list.push(SourceRef {
                source: Source::Builtin,
                span: None,
            });
        }
        list
    }

    /// Where its patch templates come from, in the order in which they are applied.
    pub fn patches(&self) -> Vec<SourceRef> {
        let of = |own: &Declaration| -> Vec<SourceRef> {
            own.patches
                .iter()
                .map(|source| listed(source, Purpose::Patches, &own.directory))
                .collect()
        };
        self.farthest_first().flat_map(of).collect()
    }

    /// Whether any of its definitions or patch templates has to be fetched.
    pub fn is_remote(&self) -> bool {
        self.provisioners()
            .iter()
            .chain(&self.patches())
            .any(|listed| matches!(listed.source, Source::Remote(_)))
    }

    /// The files that are merged into workloads, in the order in which they are.
    pub fn overrides(&self) -> Vec<OverrideFile> {
        let of = |own: &Declaration| -> Vec<OverrideFile> {
            let file = |one: &super::file::Override| OverrideFile {
                workload: one.workload.clone(),
                path: compiler::support::path::normal(&own.directory.join(&one.file.value)),
                span: one.file.span,
            };
            own.overrides.iter().map(file).collect()
        };
        self.farthest_first().flat_map(of).collect()
    }

    /// Its images, by what they are for.
    pub fn images(&self) -> IndexMap<&str, &Keyed<String>> {
        let all = self.farthest_first().flat_map(|own| &own.images);
        all.map(|(key, image)| (key.as_str(), image)).collect()
    }

    /// Its builds, by what they are for.
    pub fn builds(&self) -> IndexMap<&str, &Keyed<Build>> {
        self.farthest_first()
            .flat_map(|own| &own.builds)
            .map(|(key, build)| (key.as_str(), build))
            .collect()
    }

    /// The ports of the host that it publishes.
    pub fn publish(&self) -> impl Iterator<Item = &Spanned<(String, Publish)>> {
        self.farthest_first().flat_map(|own| &own.publish)
    }

    /// What it knows: a mapping, each part with the place of whoever won. `None` when nobody says
    /// anything.
    pub fn values(&self) -> Option<Node> {
        let mut written = self
            .farthest_first()
            .filter_map(|own| own.values.as_ref())
            .peekable();
        let mut values = Node {
            span: written.peek()?.span,
            kind: Kind::Map(Entries::new()),
        };
        written.for_each(|own| values.merge(own));
        Some(values)
    }
}

fn listed(source: &Spanned<String>, purpose: Purpose, base: &Path) -> SourceRef {
    SourceRef {
        source: Source::of(&source.value, purpose, base),
        span: Some(source.span),
    }
}

fn without_target(chain: &[Rc<Declaration>], report: &mut Report) -> Reported {
    let (name, place) = chain
        .first()
        .map_or(("", None), |own| (own.name.as_str(), Some(own.start)));
    let message = match chain.len() {
        1 => format!("the environment `{name}` needs the key `target`"),
        _ => {
            let others = list_names(chain[1..].iter().map(|own| own.name.as_str()));
            format!(
                "the environment `{name}` needs the key `target`, which {others} does not have either"
            )
        }
    };
    let problem =
        Problem::new(&MISSING_KEY, message).help("add `target: compose` or `target: kubernetes`");
    report.error(match place {
        Some(place) => problem.at(place),
        None => problem,
    })
}

/// Reports keys that only another target knows; they would do nothing.
fn check_target(own: &Declaration, target: &dyn Target, place: Option<Span>, report: &mut Report) {
    for (key, wanted) in own
        .of_target
        .iter()
        .filter(|(_, wanted)| *wanted != target.name())
    {
        let message = format!(
            "`{}` is for {wanted}, and this environment is for {}",
            key.value,
            target.name()
        );
        let mut problem = Problem::new(&WRONG_TARGET, message).at(key.span);
        if let Some(place) = place {
            problem = problem.secondary(place, "the target is set here");
        }
        report.push(problem.help(format!("remove `{}`", key.value)));
    }
}
