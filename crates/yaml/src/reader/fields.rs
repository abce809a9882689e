//! A mapping, key by key.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::entries::{is_entry, report_nothing};
use super::key_advice::KeyAdvice;
use super::{not_a_mapping, type_problem};
use crate::edit;
use crate::rules::MISSING_KEY;
use crate::rules::UNKNOWN_KEY;
use crate::tree::{Entries, Entry, Kind, Node, Style};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, list_names, unambiguous_typo};

/// A mapping that is being read key by key; what was not asked for is unknown.
pub struct Fields<'node> {
    /// The place of the whole mapping.
    pub span: Span,
    what: String,
    entries: Option<&'node Entries>,
    known: Vec<&'static str>,
    /// Required keys that are not there, with an example of the value of each. They are reported
    /// last, since another key may be a slip of the pen for one.
    missing: Vec<(&'static str, &'static str)>,
    /// Keys without a value, with what to do about each. They are reported last, since the keys
    /// that follow may be meant below.
    empty: Vec<(&'static str, String)>,
}

/// Reads a mapping. `what` names it in messages, as in "a container". `None` after a report when it
/// is something else.
pub fn fields<'node>(node: &'node Node, what: &str, report: &mut Report) -> Option<Fields<'node>> {
    match &node.kind {
        Kind::Map(entries) => Some(Fields {
            span: node.span,
            what: what.to_owned(),
            entries: Some(entries),
            known: Vec::new(),
            missing: Vec::new(),
            empty: Vec::new(),
        }),
        _ => {
            not_a_mapping(node, what, report);
            None
        }
    }
}

/// As [`fields`], for a mapping in whose place people write the value of its most important key.
/// `key` is the place of its own key where that one is meant beyond doubt.
pub fn fields_of<'node>(
    sources: &Sources,
    key: Option<Span>,
    node: &'node Node,
    what: &str,
    short: &str,
    report: &mut Report,
) -> Option<Fields<'node>> {
    let value = match &node.kind {
        Kind::String(text, Style::Plain) if !is_entry(text, short) => text.clone(),
        Kind::Int(number) => number.to_string(),
        _ => return fields(node, what, report),
    };
    let problem = type_problem(node, what, "a mapping")
        .help(format!("write it one line below, as `{short}: {value}`"));
    let _ =
        report.error(problem.with_edits(key.and_then(|key| edit::nest(sources, key, node, short))));
    None
}

impl<'node> Fields<'node> {
    /// The value of a key that may be missing. A `null` value is reported, since it says nothing.
    ///
    /// That of a key that is nearly this one is given too, when it is no plain value: what is in it
    /// is worth reading, and that the key is not known is reported in the end.
    pub fn optional(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        let Some(entry) = self.entry(key) else {
            let is_section = |node: &&Node| matches!(node.kind, Kind::Map(_) | Kind::List(_));
            return self.misspelt(key).filter(is_section);
        };
        if entry.value.is_null() {
            self.nothing(
                key,
                entry,
                format!("give `{key}` a value, or remove the key"),
                report,
            );
            return None;
        }
        Some(&entry.value)
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        self.required_as(key, "", report)
    }

    /// As [`Fields::required`], with an example of the value, for the person who left it out. The
    /// value of a key that is nearly this one is given too, when there is one; this one is missing
    /// all the same.
    pub fn required_as(
        &mut self,
        key: &'static str,
        example: &'static str,
        report: &mut Report,
    ) -> Option<&'node Node> {
        let Some(entry) = self.entry(key) else {
            self.missing.push((key, example));
            return self.misspelt(key);
        };
        if entry.value.is_null() {
            let help = match example {
                "" => format!("give `{key}` a value; {} needs it", self.what),
                _ => format!("write `{key}: {example}`; {} needs it", self.what),
            };
            self.nothing(key, entry, help, report);
            return None;
        }
        Some(&entry.value)
    }

    /// Reports a key without a value; later, when others follow, which may be meant to be its
    /// value.
    fn nothing(&mut self, key: &'static str, entry: &Entry, help: String, report: &mut Report) {
        match self.entries.and_then(IndexMap::last) {
            Some((last, _)) if last != key => self.empty.push((key, help)),
            _ => report_nothing(key, entry, help, report),
        }
    }

    fn report_missing(&self, (key, example): (&str, &str), report: &mut Report) {
        let message = format!("{} needs the key `{key}`", self.what);
        // The first line of a mapping is enough to find it; marking all of it would bury the
        // message.
        let place = self
            .entries
            .and_then(|entries| entries.values().next())
            .map_or(self.span, |first| first.key);
        let help = format!("add `{}` here", format!("{key}: {example}").trim_end());
        report.push(Problem::new(&MISSING_KEY, message).at(place).help(help));
    }

    /// Reports the keys without a value, but not the `owners` of a key that follows.
    fn report_empty(&self, owners: &[&str], report: &mut Report) {
        for (key, help) in self.empty.iter().filter(|(key, _)| !owners.contains(key)) {
            let Some(entry) = self.entries.and_then(|entries| entries.get(*key)) else {
                continue;
            };
            report_nothing(key, entry, help.clone(), report);
        }
    }

    /// The key without a value that stands right before an unknown one and that the unknown one
    /// belongs below. Where advice or a near name explains the unknown key, it must name this owner.
    fn owner(
        &self,
        key: &str,
        advice: Option<KeyAdvice>,
        near: Option<&str>,
    ) -> Option<&'static str> {
        let entries = self.entries?;
        let (before, above) = entries.get_index(entries.get_index_of(key)?.checked_sub(1)?)?;
        if above.key.source != entries.get(key)?.key.source {
            return None;
        }
        let (owner, _) = self.empty.iter().find(|(empty, _)| empty == before)?;
        match (advice, near) {
            (Some(advice), _) => advice.keys.contains(owner),
            (None, Some(_)) => false,
            (None, None) => true,
        }
        .then_some(*owner)
    }

    /// Whether a key was written that nobody asked for until now, or that was and has no value:
    /// what seems to be missing may be just that, and it is reported.
    pub fn has_reported_keys(&self) -> bool {
        let mut entries = self.entries.into_iter().flatten();
        entries.any(|(key, entry)| !self.known.contains(&key.as_str()) || entry.value.is_null())
    }

    /// As [`Fields::finish`], for a mapping in which every other key is the author's own.
    pub fn finish_open(self, report: &mut Report) {
        self.report_empty(&[], report);
        for (key, example) in &self.missing {
            let others = self
                .entries
                .into_iter()
                .flatten()
                .filter(|(other, _)| !self.known.contains(&other.as_str()));
            let others: Vec<_> = others.collect();
            let near = closest_match(key, others.iter().map(|(other, _)| other.as_str()));
            let Some((near, entry)) = others
                .into_iter()
                .find(|(other, _)| near == Some(other.as_str()))
            else {
                self.report_missing((key, example), report);
                continue;
            };
            let problem =
                Problem::new(&MISSING_KEY, format!("{} needs the key `{key}`", self.what))
                    .at(entry.key);
            // Among keys of any name, only one with the same letters is this one beyond doubt.
            let meant = unambiguous_typo(near, [*key])
                .filter(|_| near.len() == key.len() && same_letters(near, key));
            let problem = problem.help(format!("write `{key}` instead of `{near}`, or add it"));
            report.push(problem.suggest_replacement(entry.key, near, meant));
        }
    }

    /// The key's place and value, when it is there at all.
    pub fn entry(&mut self, key: &'static str) -> Option<&'node Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.and_then(|entries| entries.get(key))
    }

    /// The value of the only key that nobody has asked for and that is a slip of the pen for this
    /// one, when it has one.
    fn misspelt(&self, key: &str) -> Option<&'node Node> {
        let unknown = self
            .entries?
            .iter()
            .filter(|(own, _)| !self.known.contains(&own.as_str()));
        let mut near = unknown.filter(|(own, _)| unambiguous_typo(own, [key]).is_some());
        let (_, entry) = near.next().filter(|_| near.next().is_none())?;
        Some(&entry.value).filter(|value| !value.is_null())
    }

    /// Where a key was written.
    pub fn key(&self, key: &str) -> Option<Span> {
        self.entries
            .and_then(|entries| entries.get(key))
            .map(|entry| entry.key)
    }

    /// How many of the written keys stand for each known key, by a typo or as an alias.
    fn claims(&self, advice: impl Fn(&str) -> Option<KeyAdvice>) -> BTreeMap<&'static str, usize> {
        let mut claims = BTreeMap::new();
        for key in self.entries.into_iter().flat_map(IndexMap::keys) {
            let typo_of = self.unambiguous_typo(key);
            let alias_of = advice(key)
                .and_then(|advice| advice.replacement())
                .filter(|alias_of| typo_of != Some(*alias_of));
            for known in typo_of.into_iter().chain(alias_of) {
                *claims.entry(known).or_default() += 1;
            }
        }
        claims
    }

    /// The known key that an unknown one is meant to be beyond doubt.
    fn unambiguous_typo(&self, key: &str) -> Option<&'static str> {
        (!self.known.contains(&key))
            .then(|| unambiguous_typo(key, self.known.iter().copied()))
            .flatten()
    }

    /// Whether no key but this one is `meant` or means the same. What it overrides may be.
    fn is_free(&self, meant: &str, entry: &Entry, claims: &BTreeMap<&'static str, usize>) -> bool {
        let there = self.entries.and_then(|entries| entries.get(meant));
        let beside = there.is_some_and(|other| other.key.source == entry.key.source);
        self.known.contains(&meant) && !beside && claims.get(meant) == Some(&1)
    }

    /// The known key that is spelt nearly like another one. One that stands beside it is not meant;
    /// one that it overrides may be.
    fn near(&self, key: &str, entry: &Entry) -> Option<&'static str> {
        let beside = |other: &Entry| other.key.source == entry.key.source;
        let free = |known: &&str| {
            !self
                .entries
                .and_then(|entries| entries.get(*known))
                .is_some_and(beside)
        };
        closest_match(key, self.known.iter().copied().filter(free))
    }

    /// For every key that was not asked for until now, the known one that it may be a slip of the
    /// pen for.
    pub fn meant(&self) -> impl Iterator<Item = Option<&'static str>> {
        let unknown = self
            .entries
            .into_iter()
            .flatten()
            .filter(|(key, _)| !self.known.contains(&key.as_str()));
        unknown.map(|(key, entry)| self.near(key, entry))
    }

    /// Reports every unknown key and every required one that is missing; gives whether all keys
    /// were known. `advice` is for unknown keys that mean something somewhere.
    pub fn finish(self, advice: impl Fn(&str) -> Option<KeyAdvice>, report: &mut Report) -> bool {
        let claims = self.claims(&advice);
        // Keys of this mapping that a help for an unknown key names already.
        let mut named: Vec<&str> = Vec::new();
        let mut owners = Vec::new();
        let mut is_below_owner = false;
        let mut all_known = true;
        for (key, entry) in self.entries.into_iter().flatten() {
            if self.known.contains(&key.as_str()) {
                is_below_owner = false;
                continue;
            }
            all_known = false;
            // One line that is not indented explains those after it.
            if is_below_owner {
                continue;
            }
            let advice = advice(key);
            let near = self.near(key, entry);
            let owner = self.owner(key, advice, near);
            owners.extend(owner);
            is_below_owner = owner.is_some();
            match (owner, advice, near) {
                (Some(_), ..) => {}
                (None, Some(advice), _) if !advice.removes => named.extend(advice.keys),
                (None, None, Some(near)) => named.push(near),
                _ => {}
            }
            let better = match advice {
                Some(advice) => advice.replacement(),
                None => self.unambiguous_typo(key),
            };
            let better = better.filter(|known| self.is_free(known, entry, &claims));
            let problem = Problem::new(&UNKNOWN_KEY, format!("{} has no key `{key}`", self.what));
            report.push(
                problem
                    .at(entry.key)
                    .help(self.unknown_key_help(owner, advice, near))
                    .suggest_replacement(entry.key, key, better),
            );
        }
        self.report_empty(&owners, report);
        for (key, example) in &self.missing {
            if !named.contains(key) {
                self.report_missing((key, example), report);
            }
        }
        all_known
    }

    /// What to do about an unknown key: the best of what is known of it.
    fn unknown_key_help(
        &self,
        owner: Option<&str>,
        advice: Option<KeyAdvice>,
        near: Option<&str>,
    ) -> String {
        let known = || list_names(self.known.iter().copied());
        match (owner, advice, near) {
            (Some(owner), ..) => {
                format!("indent it below `{owner}:`, with the lines that belong to it")
            }
            (None, Some(advice), _) => advice.help.to_owned(),
            (None, None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None, None) if self.known.len() == 1 => {
                format!("remove it; the only key here is {}", known())
            }
            (None, None, None) => format!("remove it; the keys here are {}", known()),
        }
    }
}

fn same_letters(one: &str, other: &str) -> bool {
    let letters = |text: &str| {
        let mut letters: Vec<u8> = text.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
        letters.sort_unstable();
        letters
    };
    letters(one) == letters(other)
}
