//! What overrides add under a name that differs in a letter from one that was there: mostly a slip, and never refused where
//! it makes a whole thing, since to add one is what overrides may do.

use std::collections::BTreeSet;

use crate::base::diagnostics::{Problem, Report};
use crate::base::text::slip;
use crate::base::yaml::{Entries, Entry, Node};

/// A part of a workload that has names, and what it lacks where one was added by mistake.
struct Named {
    kind: &'static str,
    path: &'static [&'static str],
    /// What each must have.
    needs: &'static str,
    /// The diagnostic where there is no such thing.
    unknown: &'static str,
}

const NAMED: [Named; 3] = [
    Named { kind: "container", path: &["containers"], needs: "image", unknown: "unknown-container" },
    Named { kind: "resource", path: &["resources"], needs: "type", unknown: "unknown-resource" },
    Named { kind: "port", path: &["service", "ports"], needs: "port", unknown: "unknown-port" },
];

/// The names in each document, before anything was changed.
pub(super) struct Before(Vec<Vec<BTreeSet<String>>>);

impl Before {
    pub(super) fn of(documents: &[Node]) -> Before {
        let names = |document: &Node, named: &Named| {
            let entries = entries(document, named.path).into_iter().flat_map(Entries::keys);
            entries.cloned().collect()
        };
        Before(documents.iter().map(|own| NAMED.iter().map(|named| names(own, named)).collect()).collect())
    }

    /// Reports what was added under a name that is nearly another one. What is not whole is taken out again, so that it is
    /// told once.
    pub(super) fn report_added(&self, documents: &mut [Node], report: &mut Report) {
        for (document, before) in documents.iter_mut().zip(&self.0) {
            for (named, before) in NAMED.iter().zip(before) {
                if let Some(entries) = entries_mut(document, named.path) {
                    entries.retain(|name, entry| before.contains(name) || named.stays(name, entry, before, report));
                }
            }
        }
    }
}

impl Named {
    /// Whether something that was added may stay.
    fn stays(&self, name: &str, entry: &Entry, before: &BTreeSet<String>, report: &mut Report) -> bool {
        let Some(near) = slip(name, before.iter().map(String::as_str)) else { return true };
        let Named { kind, needs, unknown, .. } = self;
        let help = format!("did you mean `{near}`?");
        let is_whole = entry.value.as_map().is_none_or(|own| own.contains_key(*needs));
        if is_whole {
            let message = format!("this override adds the {kind} `{name}` beside `{near}`");
            report.warning(Problem::new("added-by-override", message).at(entry.key).help(help));
        } else {
            let message = format!("there is no {kind} `{name}` to change, and this adds one without `{needs}`");
            let _ = report.error(Problem::new(unknown, message).at(entry.key).help(help));
        }
        is_whole
    }
}

fn entries<'a>(document: &'a Node, path: &[&str]) -> Option<&'a Entries> {
    path.iter().try_fold(document, |node, key| node.get(key))?.as_map()
}

fn entries_mut<'a>(document: &'a mut Node, path: &[&str]) -> Option<&'a mut Entries> {
    path.iter().try_fold(document, |node, key| Some(&mut node.as_map_mut()?.get_mut(*key)?.value))?.as_map_mut()
}
