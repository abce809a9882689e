//! Which resources are provisioned at the same time.
//!
//! What comes out is what provisioning them one after the other, in the order of the graph, would
//! give. A resource may begin when those that it needs are settled. What all resources share is the
//! one other thing that passes from resource to resource: a template that has to do with it waits
//! for its turn. A program always has to do with it, and is what takes the time; so it is told what
//! is known by then, and asked again when that has changed by its turn.

use std::sync::Arc;

use super::engines::template::WorkerCache;
use super::library::{Definition, Engine};
use super::{Outcome, Run};
use crate::support::parallel;
use diagnostics::value::Value;

/// How many programs run at the same time.
const PROGRAMS: usize = 16;

/// What a definition has to do with what all resources share.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// Nothing: it is a template that does not mention it.
    Nothing,
    /// It is a template that mentions it.
    Sequential,
    /// It is a program, which is told it and may change it.
    Program,
}

/// Works on all resources. Gives their outcomes, in the order of the graph, and what they share in
/// the end.
pub(super) fn settle_all(run: &Run<'_>) -> (Vec<Outcome>, Value) {
    let count = run.graph.resources.len();
    let shared = run
        .previous
        .shared
        .as_map()
        .map_or_else(Value::map, |_| run.previous.shared.clone());
    let mut schedule = Schedule {
        run,
        desk: WorkerCache::default(),
        sharing: (0..count)
            .map(|resource| sharing(run.definition(resource)))
            .collect(),
        outcomes: (0..count).map(|_| None).collect(),
        settled: vec![false; count],
        told: vec![None; count],
        waiting: (0..count).collect(),
        turn: 0,
        shared: Arc::new(shared),
        version: 0,
    };
    loop {
        schedule.take_turns();
        let ready = schedule.ready();
        if ready.is_empty() {
            break;
        }
        schedule.work_on(&ready);
    }
    (
        schedule.outcomes.into_iter().flatten().collect(),
        Arc::unwrap_or_clone(schedule.shared),
    )
}

struct Schedule<'a> {
    run: &'a Run<'a>,
    desk: WorkerCache,
    sharing: Vec<Sharing>,
    outcomes: Vec<Option<Outcome>>,
    /// Whether an outcome is the last word.
    settled: Vec<bool>,
    /// What a program was told of what all share: which of its versions.
    told: Vec<Option<u32>>,
    /// Those that are not worked on in turn and have no outcome yet, in order.
    waiting: Vec<usize>,
    /// The first resource that may still change what all share.
    turn: usize,
    /// What the resources before `turn` have made of what all share.
    shared: Arc<Value>,
    /// How often that was changed. Values cannot tell: one that is not a number does not equal
    /// itself.
    version: u32,
}

impl Schedule<'_> {
    /// Goes on over the resources whose turn it can be.
    fn take_turns(&mut self) {
        while let Some(sharing) = self.sharing.get(self.turn).copied() {
            let resource = self.turn;
            match sharing {
                Sharing::Nothing => {}
                Sharing::Sequential if self.may_begin(resource) => {
                    let outcome = self.run.one(
                        &self.desk,
                        resource,
                        Arc::clone(&self.shared),
                        &self.outcomes,
                    );
                    self.outcomes[resource] = Some(outcome);
                    self.settle_in_turn(resource);
                }
                Sharing::Program if self.told[resource] == Some(self.version) => {
                    self.settle_in_turn(resource);
                }
                Sharing::Program if self.told[resource].take().is_some() => {
                    self.outcomes[resource] = None;
                    self.waiting.push(resource);
                    return;
                }
                Sharing::Sequential | Sharing::Program => return,
            }
            self.turn += 1;
        }
    }

    fn settle_in_turn(&mut self, resource: usize) {
        self.settled[resource] = true;
        self.told[resource] = None;
        let made = self.outcomes[resource]
            .as_ref()
            .and_then(|outcome| outcome.made.as_ref());
        if let Some(patch) = made
            .and_then(|made| made.shared.as_ref())
            .filter(|patch| **patch != Value::map())
        {
            let before = Arc::clone(&self.shared);
            Arc::make_mut(&mut self.shared).merge_patch(patch);
            self.version += u32::from(before != self.shared);
        }
    }

    fn may_begin(&self, resource: usize) -> bool {
        self.run.graph.resources[resource]
            .needs
            .iter()
            .all(|need| self.settled[*need])
    }

    /// The resources to work on now, programs first.
    fn ready(&mut self) -> Vec<usize> {
        let waiting = std::mem::take(&mut self.waiting);
        let waiting = waiting
            .into_iter()
            .filter(|resource| self.sharing[*resource] != Sharing::Sequential);
        let (mut ready, waiting): (Vec<usize>, Vec<usize>) =
            waiting.partition(|resource| self.may_begin(*resource));
        self.waiting = waiting;
        ready.sort_by_key(|resource| self.sharing[*resource] != Sharing::Program);
        ready
    }

    fn work_on(&mut self, ready: &[usize]) {
        let programs = ready
            .iter()
            .filter(|resource| self.sharing[**resource] == Sharing::Program)
            .count();
        let threads = parallel::threads_for(ready.len() - programs).max(programs.min(PROGRAMS));
        let work = |desk: &WorkerCache, resource: &usize| {
            self.run
                .one(desk, *resource, Arc::clone(&self.shared), &self.outcomes)
        };
        let outcomes = parallel::map_on(threads, ready, WorkerCache::default, work);
        for (resource, outcome) in ready.iter().copied().zip(outcomes) {
            self.outcomes[resource] = Some(outcome);
            match self.sharing[resource] {
                Sharing::Program => self.told[resource] = Some(self.version),
                _ => self.settled[resource] = true,
            }
        }
    }
}

fn sharing(definition: &Definition) -> Sharing {
    match definition.engine {
        Engine::Command => Sharing::Program,
        Engine::Template | Engine::LocalEnvironment => {
            let writes = definition.sections.contains_key("shared");
            let reads = || {
                definition
                    .sections
                    .values()
                    .any(|section| may_read_shared(section.text.template()))
            };
            if writes || reads() {
                Sharing::Sequential
            } else {
                Sharing::Nothing
            }
        }
    }
}

/// Whether a template may look at `.Shared`: it has the name, or a dot or dollar by itself, which
/// may be all data at once. Where that means something else, a resource waits that need not, and
/// nothing more.
fn may_read_shared(template: &str) -> bool {
    let bytes = template.as_bytes();
    let ends = |byte: Option<&u8>| {
        byte.is_none_or(|byte| byte.is_ascii_whitespace() || b"(){}|,=-".contains(byte))
    };
    let alone = |index: usize| {
        let before = index.checked_sub(1).and_then(|before| bytes.get(before));
        b".$".contains(&bytes[index]) && ends(before) && ends(bytes.get(index + 1))
    };
    template.contains("Shared") || (0..bytes.len()).any(alone)
}

#[cfg(test)]
mod tests {
    use super::may_read_shared;

    #[test]
    fn templates_that_may_see_what_all_share_are_told_from_those_that_do_not() {
        for template in [
            "{{ .Shared.a }}",
            "{{ toJson . }}",
            "{{.}}",
            "{{ $|toJson }}",
            "{{template \"a\" $}}",
        ] {
            assert!(may_read_shared(template), "{template}");
        }
        for template in [
            "",
            "{{ .Params.a }}: 1.5",
            "{{ $x := .Uid }}{{ $x }}",
            "host: a.b\ncost: 5$ x",
        ] {
            assert!(!may_read_shared(template), "{template}");
        }
    }
}
