//! Provisioning for an environment whose secrets are in a store, and are not known to the run.
//!
//! Random functions give stand-ins, which depend on the names of a resource but on no seed. Each
//! resource is provisioned with two sets of them: what differs is what a store has to give.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;

use super::run::Run;
use crate::patch::values::{self, Scope, WorkloadScope};
use crate::placeholder::resolve::Outputs;
use crate::provision::state::without_secrets;
use crate::provision::stored::named_texts;
use crate::provision::{ProvisionedResource, State, StoredSecret, StoredSecrets};
use crate::request::Matches;
use crate::support::host::Host;
use crate::support::random::Key;
use crate::support::stand_ins::{Answers, StandIns};
use crate::targets::target::{DrawnSet, DrawnTwice};
use diagnostics::redaction::{MIN_SECRET_LENGTH, visit_texts};
use diagnostics::report::Report;

/// What the two sets of stand-ins are drawn from.
const SEEDS: [&str; 2] = ["stand-in", "other stand-in"];

/// The resources, and what was stored for them.
type Provisioned = (Vec<ProvisionedResource>, State);

/// The resources of two runs with different stand-ins.
struct Twice {
    first: Provisioned,
    second: Provisioned,
    /// What finds the stand-ins of each.
    stored: [StoredSecrets; 2],
}

impl Twice {
    fn sets(&self) -> [DrawnSet<'_>; 2] {
        let [first, second] = &self.stored;
        let sets = [(&self.first, first), (&self.second, second)];
        sets.map(|((resources, _), stored)| DrawnSet { resources, stored })
    }

    /// The secrets in the outputs and the sections of resources.
    fn used(&self) -> BTreeSet<&StoredSecret> {
        let (resources, stored) = (self.first.0.iter(), &self.stored[0]);
        resources.flat_map(|one| used(one, stored)).collect()
    }
}

/// The secrets of a resource, as a store has them.
pub struct SecretEntry {
    /// The uid of the resource.
    pub resource: String,
    /// The key of the entry.
    pub key: String,
    /// The values by their names.
    pub values: IndexMap<String, String>,
}

impl Run<'_, '_> {
    /// As `provision`, with stand-ins for random values. Keeps what finds them, and reports what
    /// depends on them otherwise. Of the stored state, only that of programs changes.
    pub(super) fn provision_stand_ins(
        &mut self,
        host: &dyn Host,
        matches: &Matches,
    ) -> Provisioned {
        let mut report = Report::default();
        let twice = self.provision_twice(host, matches, &Answers::default(), &mut report);
        if report.result().is_ok() {
            let drawn = DrawnTwice {
                nodes: &matches.graph.resources,
                sets: twice.sets(),
            };
            let sources = &*self.sources;
            self.request
                .target
                .check_drawn(&drawn, sources, &mut report);
        }
        self.merge(report);
        let Twice {
            first,
            second,
            stored: [stored, _],
        } = twice;
        self.stored.merge(stored);
        let state = with_state_of_programs(&self.request.state, matches, &first.1, &second.1);
        (first.0, state)
    }

    /// Writes into outputs where the store has the values that only it has.
    pub(super) fn name_secrets(&self, (mut resources, state): Provisioned) -> Provisioned {
        for resource in &mut resources {
            if let Outputs::Values(outputs) = &mut resource.outputs {
                let outputs = outputs.values_mut();
                outputs.for_each(|output| self.stored.name_in(output));
            }
        }
        (resources, state)
    }

    /// The random values of resources, as they are without a store, that any output or manifest has.
    pub(super) fn list_secrets(&mut self, host: &dyn Host, matches: &Matches) -> Vec<SecretEntry> {
        let answers = Answers::default();
        let twice = self.provision_twice(host, matches, &answers, &mut Report::default());
        let used = twice.used();
        let mut report = Report::default();
        let host = StandIns {
            host,
            key: None,
            answers: &answers,
        };
        let (resources, state) =
            self.provision_with(&host, matches, &self.request.state, false, &mut report);
        let path = self.store_path(&mut report);
        self.merge(report);
        // The extended environment lists what a preview shares.
        let preview = self.request.preview.as_ref();
        let is_shared = |uid| preview.is_some_and(|preview| preview.item_of(uid).is_some());
        let nodes = matches.graph.resources.iter().zip(&resources);
        let own = nodes.filter(|(node, _)| !is_shared(&node.uid));
        let entries = own.map(|(node, resource)| {
            let secret = |name: &str| StoredSecret::new(&node.uid, path.as_deref(), name);
            let mut values = named_texts(&node.uid, resource, &state);
            values.retain(|name, _| used.contains(&secret(name)));
            SecretEntry {
                resource: node.uid.to_string(),
                key: secret("").key,
                values,
            }
        });
        entries.filter(|entry| !entry.values.is_empty()).collect()
    }

    /// Provisions with two sets of stand-ins. What an earlier run has stored counts as far as it was
    /// not drawn.
    fn provision_twice(
        &mut self,
        host: &dyn Host,
        matches: &Matches,
        answers: &Answers,
        report: &mut Report,
    ) -> Twice {
        let path = self.store_path(report);
        let state = &self.request.state;
        let mut provision = |previous: &State, report: &mut Report| {
            let [first, second] = SEEDS.map(|seed| StandIns {
                host,
                key: Some(Key::from_seed(seed.as_bytes())),
                answers,
            });
            let first = self.provision_with(&first, matches, previous, true, report);
            let mut unread = Report::default();
            let second = self.provision_with(&second, matches, previous, true, &mut unread);
            let drawn = drawn_texts(matches, &first, &second);
            (first, second, drawn)
        };
        let mut previous = state.clone();
        if !state.is_empty() {
            previous = kept_state(state, matches, &|_, _| true);
            let (.., drawn) = provision(&previous, &mut Report::default());
            let mut names: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
            for text in drawn {
                names.entry(text.resource).or_default().insert(text.name);
            }
            let is_drawn = |resource: usize, name: &str| {
                let names = names.get(&resource);
                names.is_some_and(|names| names.contains(name))
            };
            previous = kept_state(state, matches, &is_drawn);
        }
        let (first, second, drawn) = provision(&previous, report);
        let stored = stored(matches, &drawn, path.as_deref());
        Twice {
            first,
            second,
            stored,
        }
    }

    /// What the keys of the environment begin with. Each preview has keys of its own.
    fn store_path(&self, report: &mut Report) -> Option<String> {
        let preview = self.request.identity.preview.clone();
        let parts = [self.written_store_path(report), preview];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    fn written_store_path(&self, report: &mut Report) -> Option<String> {
        let path = self.request.options.secret_store.as_ref()?.path.as_ref()?;
        let environment = self.environment();
        let scope = Scope {
            sources: self.sources,
            environment: &environment,
            workload: WorkloadScope::None {
                object: "the path of a store",
                help: "write `${environment.name}` or `${environment.values.KEY}`",
            },
        };
        Some(values::resolve(path, &scope, report)?.to_value().to_text())
    }
}

/// The secrets in the outputs and the sections of a resource, in base64 too.
pub(super) fn used<'a>(
    resource: &ProvisionedResource,
    stored: &'a StoredSecrets,
) -> Vec<&'a StoredSecret> {
    let mut used = Vec::new();
    let mut find = |text: &str, _| {
        used.extend(stored.find(text));
        let decoded = STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        used.extend(decoded.iter().flat_map(|text| stored.find(text)));
    };
    if let Outputs::Values(outputs) = &resource.outputs {
        let outputs = outputs.values();
        outputs.for_each(|output| visit_texts(output, &mut find));
    }
    let sections = resource.sections.values();
    sections.for_each(|section| visit_texts(&section.to_value(), &mut find));
    used
}

/// A text of a resource that is not the same in two runs.
struct DrawnText {
    /// The index of the resource.
    resource: usize,
    name: String,
    text: String,
    /// What the second run has.
    other: Option<String>,
}

fn drawn_texts(matches: &Matches, first: &Provisioned, second: &Provisioned) -> Vec<DrawnText> {
    let resources = first.0.iter().zip(&second.0);
    let nodes = matches.graph.resources.iter().zip(resources).enumerate();
    let drawn = nodes.flat_map(|(resource, (node, (one, other)))| {
        let texts = named_texts(&node.uid, one, &first.1);
        let mut others = named_texts(&node.uid, other, &second.1);
        let drawn = texts.into_iter().filter_map(move |(name, text)| {
            let other = others.shift_remove(&name);
            let is_drawn = text.len() >= MIN_SECRET_LENGTH && other.as_ref() != Some(&text);
            is_drawn.then_some(DrawnText {
                resource,
                name,
                text,
                other,
            })
        });
        drawn.collect::<Vec<_>>()
    });
    drawn.collect()
}

/// What finds the secrets of each set.
fn stored(matches: &Matches, drawn: &[DrawnText], path: Option<&str>) -> [StoredSecrets; 2] {
    let secret = |one: &DrawnText| {
        StoredSecret::new(&matches.graph.resources[one.resource].uid, path, &one.name)
    };
    let first = drawn.iter().map(|one| (one.text.clone(), secret(one)));
    let second = drawn
        .iter()
        .filter_map(|one| Some((one.other.clone()?, secret(one))));
    [StoredSecrets::new(first), StoredSecrets::new(second)]
}

/// The stored state without secrets, and without the texts of templates for which `is_drawn` holds:
/// the index of their resource and their name. Programs keep their state, which no one else sees.
fn kept_state(state: &State, matches: &Matches, is_drawn: &dyn Fn(usize, &str) -> bool) -> State {
    let mut kept = state.clone();
    kept.shared = without_secrets(&state.shared, &|_| false);
    let nodes = matches.graph.resources.iter().enumerate();
    for (index, node) in nodes.filter(|(index, _)| !matches.is_of_program(*index)) {
        if let Some(state) = kept.resources.get_mut(&node.uid.to_string()) {
            *state = without_secrets(state, &|name| is_drawn(index, name));
        }
    }
    kept
}

/// The stored state with what programs gave in a run with stand-ins. What is not the same with others
/// is not stored.
fn with_state_of_programs(
    stored: &State,
    matches: &Matches,
    first: &State,
    second: &State,
) -> State {
    let mut state = stored.clone();
    let nodes = matches.graph.resources.iter().enumerate();
    let programs = nodes.filter(|(index, _)| matches.is_of_program(*index));
    let programs: Vec<String> = programs.map(|(_, node)| node.uid.to_string()).collect();
    if !programs.is_empty() && first.shared == second.shared {
        state.shared = without_secrets(&first.shared, &|_| false);
    }
    for uid in programs {
        let given = first.resources.get(&uid);
        if let Some(given) = given.filter(|given| second.resources.get(&uid) == Some(*given)) {
            state.resources.insert(uid.clone(), given.clone());
            let uri = first.provisioners.get(&uid).cloned();
            state.provisioners.extend(uri.map(|uri| (uid, uri)));
        }
    }
    state
}
