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
use crate::provision::library::Engine;
use crate::provision::state::without_secrets;
use crate::provision::stored::named_texts;
use crate::provision::{ProvisionedResource, State, StoredSecret, StoredSecrets};
use crate::request::Matches;
use crate::support::host::Host;
use crate::support::random::Key;
use crate::support::stand_ins::{Answers, StandIns};
use crate::targets::target::{DrawnSet, DrawnTwice};
use diagnostics::redaction::MIN_SECRET_LENGTH;
use diagnostics::report::Report;
use diagnostics::value::Value;

/// What the two sets of stand-ins are drawn from.
const SEEDS: [&str; 2] = ["stand-in", "other stand-in"];

/// The resources, and what was stored for them.
type Provisioned = (Vec<ProvisionedResource>, State);

/// The resources of two runs with different stand-ins.
pub(super) struct Twice {
    pub(super) first: Provisioned,
    second: Provisioned,
    /// What finds the stand-ins of each.
    pub(super) stored: [StoredSecrets; 2],
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
        let twice = self.draw_twice(host, matches, &Answers::default(), &mut report);
        if report.result().is_ok() {
            let sets = [
                DrawnSet {
                    resources: &twice.first.0,
                    stored: &twice.stored[0],
                },
                DrawnSet {
                    resources: &twice.second.0,
                    stored: &twice.stored[1],
                },
            ];
            let drawn = DrawnTwice {
                nodes: &matches.graph.resources,
                sets,
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
        let twice = self.draw_twice(host, matches, &answers, &mut Report::default());
        let stored = &twice.stored[0];
        let used: BTreeSet<&StoredSecret> = twice
            .first
            .0
            .iter()
            .flat_map(|one| used(one, stored))
            .collect();
        let mut report = Report::default();
        let host = StandIns {
            host,
            key: None,
            answers: &answers,
        };
        let (resources, state) = self.draw(&host, matches, &self.request.state, false, &mut report);
        let path = self.store_path(&mut report);
        self.merge(report);
        // The extended environment lists what a preview shares.
        let preview = self.request.preview.as_ref();
        let is_shared = |uid| preview.is_some_and(|preview| preview.item_of(uid).is_some());
        let entries = matches
            .graph
            .resources
            .iter()
            .zip(&resources)
            .filter(|(node, _)| !is_shared(&node.uid))
            .map(|(node, resource)| {
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
    pub(super) fn draw_twice(
        &mut self,
        host: &dyn Host,
        matches: &Matches,
        answers: &Answers,
        report: &mut Report,
    ) -> Twice {
        let path = self.store_path(report);
        let state = &self.request.state;
        let mut draw = |previous: &State, report: &mut Report| {
            let [first, second] = SEEDS.map(|seed| StandIns {
                host,
                key: Some(Key::from_seed(seed.as_bytes())),
                answers,
            });
            let first = self.draw(&first, matches, previous, true, report);
            let mut unread = Report::default();
            let second = self.draw(&second, matches, previous, true, &mut unread);
            let drawn = drawn_texts(matches, &first, &second);
            (first, second, drawn)
        };
        let mut previous = state.clone();
        if !state.is_empty() {
            previous = kept_state(state, matches, None);
            let (.., drawn) = draw(&previous, &mut Report::default());
            let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for text in drawn {
                let uid = matches.graph.resources[text.resource].uid.to_string();
                names.entry(uid).or_default().insert(text.name);
            }
            previous = kept_state(state, matches, Some(&names));
        }
        let (first, second, drawn) = draw(&previous, report);
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
fn used<'a>(resource: &ProvisionedResource, stored: &'a StoredSecrets) -> Vec<&'a StoredSecret> {
    fn visit(value: &Value, visit_text: &mut dyn FnMut(&str)) {
        match value {
            Value::String(text) => visit_text(text),
            Value::List(items) => items.iter().for_each(|item| visit(item, visit_text)),
            Value::Map(map) => map.iter().for_each(|(_, item)| visit(item, visit_text)),
            _ => {}
        }
    }
    let mut used = Vec::new();
    let mut visit_text = |text: &str| {
        used.extend(stored.find(text));
        let decoded = STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        used.extend(decoded.iter().flat_map(|text| stored.find(text)));
    };
    if let Outputs::Values(outputs) = &resource.outputs {
        outputs
            .iter()
            .for_each(|(_, value)| visit(value, &mut visit_text));
    }
    let sections = resource.sections.values();
    sections.for_each(|section| visit(&section.to_value(), &mut visit_text));
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

/// The stored state without secrets, and without the texts of these names by the uids of their
/// resources. Without names, templates have no state at all. Programs keep theirs, which no one else
/// sees.
fn kept_state(
    state: &State,
    matches: &Matches,
    names: Option<&BTreeMap<String, BTreeSet<String>>>,
) -> State {
    let mut kept = state.clone();
    kept.shared = without_secrets(&state.shared, &|_| false);
    let definitions = matches.library.definitions();
    for (node, binding) in matches.graph.resources.iter().zip(&matches.bindings) {
        let uid = node.uid.to_string();
        if definitions[*binding].engine == Engine::Command {
            continue;
        }
        if let Some(state) = kept.resources.get_mut(&uid) {
            let drawn = names.map(|names| names.get(&uid));
            let is_drawn = |name: &str| {
                drawn.is_none_or(|names| names.is_some_and(|names| names.contains(name)))
            };
            *state = without_secrets(state, &is_drawn);
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
    let definitions = matches.library.definitions();
    for (node, binding) in matches.graph.resources.iter().zip(&matches.bindings) {
        let uid = node.uid.to_string();
        let given = first.resources.get(&uid);
        let is_program = definitions[*binding].engine == Engine::Command;
        if let Some(given) =
            given.filter(|given| is_program && second.resources.get(&uid) == Some(*given))
        {
            state.resources.insert(uid.clone(), given.clone());
            let uri = first.provisioners.get(&uid).cloned();
            state.provisioners.extend(uri.map(|uri| (uid, uri)));
        }
    }
    let has_programs = matches
        .bindings
        .iter()
        .any(|binding| definitions[*binding].engine == Engine::Command);
    if has_programs && first.shared == second.shared {
        state.shared = without_secrets(&first.shared, &|_| false);
    }
    state
}
