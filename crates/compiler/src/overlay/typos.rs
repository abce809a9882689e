//! Entries that overrides add under a name that differs by one letter from an existing one: mostly
//! typos. A complete entry is only a warning, since overrides may add entries.

use std::collections::BTreeSet;

use crate::model::is_name;
use crate::rules::{UNKNOWN_CONTAINER, UNKNOWN_PORT, UNKNOWN_RESOURCE};
use diagnostics::ordered_map::Key;
use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use diagnostics::suggestions::unambiguous_typo;
use yaml::{Entries, Entry, Node};

rules! {
    /// An override adds a container, resource or port whose name is almost the name of an existing
    /// one.
    pub MISSPELLED_OVERRIDE_NAME: "misspelled-override-name", Warning;
}

/// A part of a workload with named entries, and the key that an entry lacks if it was added by
/// mistake.
struct Named {
    kind: &'static str,
    path: &'static [&'static str],
    /// What each must have.
    needs: &'static str,
    /// The diagnostic where there is no such thing.
    unknown: &'static Rule,
}

const NAMED: [Named; 3] = [
    Named {
        kind: "container",
        path: &["containers"],
        needs: "image",
        unknown: &UNKNOWN_CONTAINER,
    },
    Named {
        kind: "resource",
        path: &["resources"],
        needs: "type",
        unknown: &UNKNOWN_RESOURCE,
    },
    Named {
        kind: "port",
        path: &["service", "ports"],
        needs: "port",
        unknown: &UNKNOWN_PORT,
    },
];

/// Who adds more at once has not misspelled them.
const MOST_ADDED: usize = 100;

/// Whether two names differ only in one letter after their last `-`, as `cache-a` and `cache-b` do;
/// such names are intended.
pub(crate) fn are_of_one_row(one: &str, other: &str) -> bool {
    let row = |name: &str| {
        name.rsplit_once('-')
            .filter(|(_, last)| last.len() == 1)
            .map(|(row, _)| row.to_owned())
    };
    row(one).is_some_and(|row_of_one| row(other) == Some(row_of_one))
}

/// The names in each document, before anything was changed.
pub(super) struct Before(Vec<Vec<BTreeSet<String>>>);

impl Before {
    pub(super) fn of(documents: &[Node]) -> Before {
        let names = |document: &Node, named: &Named| {
            let entries = entries(document, named.path)
                .into_iter()
                .flat_map(Entries::keys);
            entries.map(str::to_owned).collect()
        };
        Before(
            documents
                .iter()
                .map(|document| NAMED.iter().map(|named| names(document, named)).collect())
                .collect(),
        )
    }

    /// Reports entries that were added under a name that is nearly another one. Incomplete entries
    /// are removed again, so that each is reported once.
    pub(super) fn report_added(&self, documents: &mut [Node], report: &mut Report) {
        for (document, before) in documents.iter_mut().zip(&self.0) {
            for (named, before) in NAMED.iter().zip(before) {
                let Some(entries) = entries_mut(document, named.path) else {
                    continue;
                };
                // A renamed entry has no other entry next to it.
                let before: BTreeSet<&str> = before
                    .iter()
                    .map(String::as_str)
                    .filter(|name| entries.contains_key(*name))
                    .collect();
                if entries.len() - before.len() <= MOST_ADDED {
                    let stays = |name: &Key, entry: &mut Entry| {
                        before.contains(name.as_str()) || named.stays(name, entry, &before, report)
                    };
                    entries.retain(stays);
                }
            }
        }
    }
}

impl Named {
    /// Whether something that was added may stay.
    fn stays(
        &self,
        name: &str,
        entry: &Entry,
        before: &BTreeSet<&str>,
        report: &mut Report,
    ) -> bool {
        let near = unambiguous_typo(name, before.iter().copied())
            .filter(|near| !are_of_one_row(name, near));
        let Some(near) = near else { return true };
        let Named {
            kind,
            needs,
            unknown,
            ..
        } = self;
        let help = format!("did you mean `{near}`?");
        let lacks = entry
            .value
            .as_map()
            .is_some_and(|entries| !entries.contains_key(*needs));
        let why = match (is_name(name), lacks) {
            (true, false) => {
                let message = format!("this override adds a {kind} `{name}` next to `{near}`");
                report.push(
                    Problem::new(&MISSPELLED_OVERRIDE_NAME, message)
                        .at(entry.key)
                        .help(help),
                );
                return true;
            }
            (false, _) => "the name is not valid for a new one".to_owned(),
            (true, true) => format!("the override adds one without `{needs}`"),
        };
        let message = format!("there is no {kind} `{name}` to change, and {why}");
        report.push(Problem::new(unknown, message).at(entry.key).help(help));
        false
    }
}

fn entries<'a>(document: &'a Node, path: &[&str]) -> Option<&'a Entries> {
    path.iter()
        .try_fold(document, |node, key| node.get(key))?
        .as_map()
}

fn entries_mut<'a>(document: &'a mut Node, path: &[&str]) -> Option<&'a mut Entries> {
    path.iter()
        .try_fold(document, |node, key| {
            Some(&mut node.as_map_mut()?.get_mut(*key)?.value)
        })?
        .as_map_mut()
}
