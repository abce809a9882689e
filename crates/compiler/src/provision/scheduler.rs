//! Decides which resources are provisioned at the same time.
//!
//! The result is the same as for one resource after the other in the order of the graph. A resource
//! starts when all that it needs are settled. The shared state is the only other dependency: a
//! template that uses it waits for its turn. A program always gets it, and programs take most of
//! the time. So a program starts early with the shared state so far, and runs again if that has
//! changed when its turn comes.

use std::sync::Arc;

use super::engines::template::{WorkerCache, output_of};
use super::library::{Definition, Engine};
use super::run::{Outcome, ProvisionOutput, Run};
use crate::support::parallel;
use diagnostics::value::Value;

/// How many programs run at the same time.
const MAX_PROGRAMS: usize = 16;

/// How a definition uses the shared state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SharedState {
    /// A template that does not mention it.
    Unused,
    /// A template that mentions it.
    Sequential,
    /// A program, which reads it and may change it.
    Program,
}

/// Provisions all resources. Gives their outcomes, in the order of the graph, and the final shared
/// state.
pub(super) fn provision_all(run: &Run<'_>) -> (Vec<Outcome>, Value) {
    let count = run.graph.resources.len();
    let shared = match &run.context.previous.shared {
        Value::Map(map) => Value::Map(map.clone()),
        _ => Value::map(),
    };
    let definitions = run.context.library.definitions();
    let mut uses = vec![None; definitions.len()];
    let uses = run
        .bindings
        .iter()
        .map(|binding| *uses[*binding].get_or_insert_with(|| shared_state(&definitions[*binding])));
    let mut schedule = Schedule {
        run,
        cache: WorkerCache::default(),
        uses: uses.collect(),
        outcomes: (0..count).map(|_| None).collect(),
        settled: vec![false; count],
        seen_version: vec![None; count],
        waiting: (0..count).collect(),
        turn: 0,
        shared: Arc::new(shared),
        is_shared_unknown: false,
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
    let mut outcomes = Vec::with_capacity(count);
    outcomes.extend(schedule.outcomes.into_iter().flatten());
    (outcomes, Arc::unwrap_or_clone(schedule.shared))
}

struct Schedule<'a> {
    run: &'a Run<'a>,
    cache: WorkerCache,
    /// How each resource uses the shared state.
    uses: Vec<SharedState>,
    outcomes: Vec<Option<Outcome>>,
    /// Whether the outcome of a resource is final.
    settled: Vec<bool>,
    /// The version of the shared state that a program has run with.
    seen_version: Vec<Option<u32>>,
    /// The resources without an outcome that need not wait for their turn, in order.
    waiting: Vec<usize>,
    /// The first resource that may still change the shared state.
    turn: usize,
    /// The shared state after the resources before `turn`.
    shared: Arc<Value>,
    /// Whether something that is not known may have changed it.
    is_shared_unknown: bool,
    /// Counts the changes of the shared state. Its values cannot be compared instead, since NaN
    /// does not equal itself.
    version: u32,
}

impl Schedule<'_> {
    /// Moves `turn` forward as far as possible.
    fn take_turns(&mut self) {
        while let Some(uses) = self.uses.get(self.turn).copied() {
            let resource = self.turn;
            match uses {
                SharedState::Unused => {}
                SharedState::Sequential if self.may_begin(resource) => {
                    let is_unknown =
                        self.is_shared_unknown && reads_shared(self.run.definition(resource));
                    let (run, cache, shared) = (self.run, &self.cache, Arc::clone(&self.shared));
                    let outcome = match is_unknown {
                        true => run.leave_unknown(cache, resource, shared),
                        false => run.provision_one(cache, resource, shared, &self.outcomes),
                    };
                    self.outcomes[resource] = Some(outcome);
                    self.settle_in_turn(resource);
                }
                SharedState::Program if self.seen_version[resource] == Some(self.version) => {
                    self.settle_in_turn(resource);
                }
                SharedState::Program if self.seen_version[resource].take().is_some() => {
                    self.outcomes[resource] = None;
                    self.waiting.push(resource);
                    return;
                }
                SharedState::Sequential | SharedState::Program => return,
            }
            self.turn += 1;
        }
    }

    fn settle_in_turn(&mut self, resource: usize) {
        self.settled[resource] = true;
        self.seen_version[resource] = None;
        let output = output_of(&self.outcomes, resource);
        self.is_shared_unknown |= output.is_some_and(ProvisionOutput::is_unknown);
        let patch = output.and_then(|output| output.shared.as_ref());
        if let Some(patch) = patch.filter(|patch| **patch != Value::map()) {
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

    /// The resources that can start now, programs first.
    fn ready(&mut self) -> Vec<usize> {
        let waiting = std::mem::take(&mut self.waiting);
        let waiting = waiting
            .into_iter()
            .filter(|resource| self.uses[*resource] != SharedState::Sequential);
        let (mut ready, waiting): (Vec<usize>, Vec<usize>) =
            waiting.partition(|resource| self.may_begin(*resource));
        self.waiting = waiting;
        ready.sort_by_key(|resource| self.uses[*resource] != SharedState::Program);
        ready
    }

    fn work_on(&mut self, ready: &[usize]) {
        let programs = ready
            .iter()
            .filter(|resource| self.uses[**resource] == SharedState::Program)
            .count();
        let threads = parallel::threads_for(ready.len() - programs).max(programs.min(MAX_PROGRAMS));
        let work = |cache: &WorkerCache, resource: &usize| {
            self.run
                .provision_one(cache, *resource, Arc::clone(&self.shared), &self.outcomes)
        };
        let outcomes = parallel::map_on(threads, ready, WorkerCache::default, work);
        for (resource, outcome) in ready.iter().copied().zip(outcomes) {
            self.outcomes[resource] = Some(outcome);
            match self.uses[resource] {
                SharedState::Program => self.seen_version[resource] = Some(self.version),
                _ => self.settled[resource] = true,
            }
        }
    }
}

fn shared_state(definition: &Definition) -> SharedState {
    match definition.engine {
        Engine::Command => SharedState::Program,
        Engine::Template | Engine::LocalEnvironment | Engine::Outputs => {
            let writes = definition.sections.contains_key("shared");
            if writes || reads_shared(definition) {
                SharedState::Sequential
            } else {
                SharedState::Unused
            }
        }
    }
}

/// Whether a template of a definition may read `.Shared`. One that does not parse may.
fn reads_shared(definition: &Definition) -> bool {
    let mut sections = definition.sections.values();
    sections.any(|section| {
        let template = section.template();
        template.map_or(true, |template| template.may_read("Shared"))
    })
}
