//! What `--verbose` prints on standard error: what was read and chosen, and how long each stage
//! took. It never prints a value, which could be a secret.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::cells::definition_source;
use super::terminal::print_message;
use crate::project::remote::Remotes;
use crate::system::os::{self, Os};
use compiler::compile::{Matches, Request};
use compiler::patch::Patch;
use compiler::provision::library::Engine;
use diagnostics::source::{SourceId, Sources};

/// Follows a run; prints only when it is on.
pub(crate) struct Verbose {
    is_on: bool,
    /// The stages so far, with their start times.
    stages: Rc<RefCell<Vec<(&'static str, Duration)>>>,
    on_stage: Box<dyn Fn(&'static str)>,
}

impl Verbose {
    /// Starts the clock.
    pub(crate) fn new(is_on: bool) -> Verbose {
        let stages = Rc::new(RefCell::new(vec![("read", os::elapsed())]));
        let list = Rc::clone(&stages);
        Verbose {
            is_on,
            stages,
            on_stage: Box::new(move |name| list.borrow_mut().push((name, os::elapsed()))),
        }
    }

    /// The request, which reports its progress here.
    pub(crate) fn follow<'a>(&'a self, request: Request<'a>) -> Request<'a> {
        Request {
            watch: &*self.on_stage,
            follow: match self.is_on {
                true => &log_matches,
                false => request.follow,
            },
            ..request
        }
    }

    /// As [`Verbose::follow`], for a run without programs.
    pub(crate) fn follow_validation<'a>(&'a self, request: Request<'a>) -> Request<'a> {
        let follow = match self.is_on {
            true => &log_matches_without_programs,
            false => request.follow,
        };
        Request {
            follow,
            ..self.follow(request)
        }
    }

    /// The Score files of the project that are not used because git ignores them.
    pub(crate) fn ignored(&self) {
        if self.is_on {
            let ignored = os::ignored_score_files();
            let lines = ignored.iter().map(|path| path.display());
            lines.for_each(|path| log(&format!("ignored by .gitignore: {path}")));
        }
    }

    /// The environment, if there is one, and every file.
    pub(crate) fn input(&self, chosen_by: Option<&str>, request: &Request<'_>, sources: &Sources) {
        if !self.is_on {
            return;
        }
        match chosen_by {
            Some(how) => log(&format!(
                "environment {}, {how}",
                request.identity.environment
            )),
            None => log("no environment: only the files themselves are checked"),
        }
        let patches = request.patches.iter().filter_map(|patch| match patch {
            Patch::Template(source) => Some(*source),
            // Those of an environment are in its file.
            Patch::Selector(_) => None,
        });
        let lists = [
            ("Score file", &request.score_files),
            ("definitions", &request.definitions),
            ("patch template", &patches.collect()),
        ];
        let mut listed: Vec<&str> = Vec::new();
        for (kind, ids) in lists {
            let names = ids.iter().map(|id: &SourceId| sources.get(*id).name());
            names
                .clone()
                .for_each(|name| log(&format!("{kind} {name}")));
            listed.extend(names);
        }
        listed.sort_unstable();
        sources
            .files()
            .filter(|name| listed.binary_search(name).is_err())
            .for_each(|name| log(&format!("also read {name}")));
    }

    /// Where remote sources came from.
    pub(crate) fn remotes(&self, remotes: &Remotes) {
        if self.is_on {
            remotes.origins().iter().for_each(|line| log(line));
        }
    }

    /// The run starts again, and prints everything once more.
    pub(crate) fn restart(&self) {
        if self.is_on {
            log("another run changed the state since this run read it: starting again");
        }
    }

    /// The end of the run: the origin of its seed, and the time of each stage.
    pub(crate) fn end(&self, os: &Os) {
        if !self.is_on {
            return;
        }
        if let Some(origin) = os.seed_origin() {
            log(&format!("seed from {origin}"));
        }
        let stages = self.stages.borrow();
        let ends = stages
            .iter()
            .skip(1)
            .map(|(_, start)| *start)
            .chain([os::elapsed()]);
        let times: Vec<(&str, Duration)> = stages
            .iter()
            .zip(ends)
            .map(|((name, start), end)| (*name, end.saturating_sub(*start)))
            .collect();
        let total: Duration = times.iter().map(|(_, time)| *time).sum();
        let parts: Vec<String> = times
            .iter()
            .map(|(name, time)| format!("{name} {}", milliseconds(*time)))
            .collect();
        log(&format!(
            "took {} ms: {}",
            milliseconds(total),
            parts.join(", ")
        ));
    }
}

fn log(line: &str) {
    print_message(&format!("verbose: {line}"));
}

/// The definition of each resource, and the workloads that use it.
fn log_matches(sources: &Sources, matches: &Matches) {
    let (graph, definitions) = (&matches.graph, matches.library.definitions());
    for (index, (node, binding)) in graph.resources.iter().zip(&matches.bindings).enumerate() {
        let definition = &definitions[*binding];
        let workloads: Vec<&str> = graph
            .workloads
            .iter()
            .filter(|linked| linked.resources.values().any(|resource| *resource == index))
            .map(|linked| linked.workload.name.value.as_str())
            .collect();
        let (workloads, place) = (workloads.join(", "), definition_source(definition, sources));
        log(&format!(
            "resource {} of {workloads}: {} ({place})",
            node.uid, definition.uri.value
        ));
    }
}

/// The same, and the programs that validation does not run.
fn log_matches_without_programs(sources: &Sources, matches: &Matches) {
    log_matches(sources, matches);
    let definitions = matches.library.definitions();
    for (node, binding) in matches.graph.resources.iter().zip(&matches.bindings) {
        let definition = &definitions[*binding];
        if definition.engine == Engine::Command {
            let (uri, uid) = (&definition.uri.value, &node.uid);
            log(&format!(
                "not run: {uri} of {uid}; what depends on its result is not checked"
            ));
        }
    }
}

/// Milliseconds with one digit after the point.
fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}
