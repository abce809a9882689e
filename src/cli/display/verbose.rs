//! What `--verbose` says: what was read, what was chosen, and how long each stage took. On standard
//! error, so that no output changes, and without a value that could be a secret.

use std::cell::RefCell;
use std::time::Duration;

use super::listing::source;
use crate::project::remote::Remotes;
use crate::system::os::{self, Os};
use compiler::compile::{Matches, Request};
use diagnostics::source::{SourceId, Sources};

/// Follows a run, and says nothing unless asked.
pub(crate) struct Trace {
    on: bool,
    /// The stages so far, and when each began.
    stages: RefCell<Vec<(&'static str, Duration)>>,
}

impl Trace {
    /// Begins to follow a run.
    pub(crate) fn new(on: bool) -> Trace {
        Trace {
            on,
            stages: RefCell::new(vec![("read", os::elapsed())]),
        }
    }

    fn log(&self, line: &str) {
        // A name may have a line break; a line is still one.
        let line: String = line
            .chars()
            .map(|own| if own.is_control() { ' ' } else { own })
            .collect();
        os::write_standard_error(&format!("verbose: {line}\n"));
    }

    /// What the command line led to: the environment, where one was chosen, and every file.
    pub(crate) fn input(&self, chosen_by: Option<&str>, request: &Request<'_>, sources: &Sources) {
        if !self.on {
            return;
        }
        match chosen_by {
            Some(how) => self.log(&format!(
                "environment {}, {how}",
                request.identity.environment
            )),
            None => self.log("no environment: only the files themselves are checked"),
        }
        let lists = [
            ("Score file", &request.score_files),
            ("definitions", &request.definitions),
            ("patch template", &request.patches),
        ];
        let mut named: Vec<&str> = Vec::new();
        for (kind, ids) in lists {
            let names = ids.iter().map(|id: &SourceId| sources.get(*id).name());
            names
                .clone()
                .for_each(|name| self.log(&format!("{kind} {name}")));
            named.extend(names);
        }
        named.sort_unstable();
        let others = sources
            .files()
            .filter(|name| named.binary_search(name).is_err());
        others.for_each(|name| self.log(&format!("also read {name}")));
    }

    /// Where remote sources came from.
    pub(crate) fn remotes(&self, remotes: &Remotes) {
        if self.on {
            remotes.origins().iter().for_each(|line| self.log(line));
        }
    }

    /// What serves each resource, and who asks for it.
    pub(crate) fn bound(&self, sources: &Sources, bound: &Matches) {
        if !self.on {
            return;
        }
        for (index, (node, binding)) in bound
            .graph
            .resources
            .iter()
            .zip(&bound.bindings)
            .enumerate()
        {
            let definition = &bound.library.definitions()[*binding];
            let users: Vec<&str> = bound
                .graph
                .workloads
                .iter()
                .filter(|own| own.resources.values().any(|resource| *resource == index))
                .map(|own| own.workload.name.value.as_str())
                .collect();
            let (users, place) = (users.join(", "), source(definition, sources));
            self.log(&format!(
                "resource {} of {users}: {} ({place})",
                node.uid, definition.uri.value
            ));
        }
    }

    /// A stage begins.
    pub(crate) fn stage(&self, name: &'static str) {
        self.stages.borrow_mut().push((name, os::elapsed()));
    }

    /// The run begins anew, and says everything once more.
    pub(crate) fn again(&self) {
        if self.on {
            self.log(
                "another run has changed what is kept here since this one read it: beginning again",
            );
        }
    }

    /// The run has ended: where its passwords came from, and how long its stages took.
    pub(crate) fn end(&self, os: &Os) {
        if !self.on {
            return;
        }
        if let Some(origin) = os.seed_origin() {
            self.log(&format!("seed from {origin}"));
        }
        let stages = self.stages.borrow();
        let ends = stages
            .iter()
            .skip(1)
            .map(|(_, begin)| *begin)
            .chain([os::elapsed()]);
        let times: Vec<(&str, Duration)> = stages
            .iter()
            .zip(ends)
            .map(|((name, begin), end)| (*name, end.saturating_sub(*begin)))
            .collect();
        let whole: Duration = times.iter().map(|(_, time)| *time).sum();
        let parts: Vec<String> = times
            .iter()
            .map(|(name, time)| format!("{name} {}", show(*time)))
            .collect();
        self.log(&format!("took {} ms: {}", show(whole), parts.join(", ")));
    }
}

/// Milliseconds with one digit after the point.
fn show(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}
