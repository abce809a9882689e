//! Mappings with known keys, read key by key.

use std::collections::BTreeMap;

use super::entries::{is_entry, report_empty_value};
use super::key_advice::KeyAdvice;
use super::{not_a_mapping, type_problem};
use crate::edit;
use crate::rules::MISSING_KEY;
use crate::rules::UNKNOWN_KEY;
use crate::tree::{Entries, Entry, Kind, Node, Style};
use diagnostics::ordered_map::Key;
use diagnostics::report::{Problem, Report, Severity};
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, list_names, unambiguous_typo};

/// A mapping that is read key by key. The keys that were not read are unknown; one of the
/// `finish` functions reports them.
pub struct Fields<'node> {
    /// The place of the whole mapping.
    pub span: Span,
    what: String,
    entries: Option<&'node Entries>,
    known: Vec<&'static str>,
    /// Required keys that are missing, with an example of the value of each. They are reported
    /// last, since an unknown key may be a typo of one.
    missing: Vec<(&'static str, &'static str)>,
    /// Keys without a value, with a severity and a help for each. They are reported last, since the
    /// keys that follow may belong below one.
    empty: Vec<(&'static str, Severity, String)>,
}

/// Begins to read a mapping; `None` after a report when the node is something else.
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

/// As [`fields`], for a mapping in whose place people write the value of its `main` key alone.
/// `key` is the place of the key whose value this is, where a fix may move the value below it.
pub fn fields_or_short_form<'node>(
    sources: &Sources,
    key: Option<Span>,
    node: &'node Node,
    what: &str,
    main: &str,
    report: &mut Report,
) -> Option<Fields<'node>> {
    let value = match &node.kind {
        Kind::String(text, Style::Plain) if !is_entry(text, main) => text.clone(),
        Kind::Int(number) => number.to_string(),
        _ => return fields(node, what, report),
    };
    let problem = type_problem(node, what, "a mapping")
        .help(format!("write it one line below, as `{main}: {value}`"));
    let edits = key.and_then(|key| edit::nest(sources, key, node, main));
    report.push(problem.with_edits(edits));
    None
}

impl<'node> Fields<'node> {
    /// The value of a key that may be missing. A `null` value is reported.
    ///
    /// For a missing key this gives the list or mapping under a key that is a typo of it, so that
    /// its contents are checked too; the typo is reported at the end.
    pub fn optional(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        let Some(entry) = self.entry(key) else {
            let is_section = |node: &&Node| matches!(node.kind, Kind::Map(_) | Kind::List(_));
            // Most mappings have no section under an unknown key.
            let sections = self.entries.into_iter().flatten();
            let mut sections = sections.filter(|(_, entry)| is_section(&&entry.value));
            let may_be_typo = sections.any(|(other, _)| !self.known.contains(&other.as_str()));
            let misspelled = may_be_typo.then(|| self.misspelled(key)).flatten();
            return misspelled.filter(is_section);
        };
        if entry.value.is_null() {
            self.empty_value(key, Severity::Error, entry, value_or_removal(key), report);
            return None;
        }
        Some(&entry.value)
    }

    /// As [`Fields::optional`], for a list or mapping. Without a value it has no entries, which is
    /// a warning.
    pub fn section(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        let entry = self.entry(key).filter(|entry| entry.value.is_null());
        let Some(entry) = entry else {
            return self.optional(key, report);
        };
        self.empty_value(key, Severity::Warning, entry, value_or_removal(key), report);
        None
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        self.required_as(key, "", report)
    }

    /// As [`Fields::required`], with an example of the value for the help. For a missing key this
    /// gives the value of a key that is a typo of it.
    pub fn required_as(
        &mut self,
        key: &'static str,
        example: &'static str,
        report: &mut Report,
    ) -> Option<&'node Node> {
        let Some(entry) = self.entry(key) else {
            self.missing.push((key, example));
            return self.misspelled(key);
        };
        if entry.value.is_null() {
            let help = match example {
                "" => format!("give `{key}` a value; {} needs it", self.what),
                _ => format!("write `{key}: {example}`; {} needs it", self.what),
            };
            self.empty_value(key, Severity::Error, entry, help, report);
            return None;
        }
        Some(&entry.value)
    }

    /// Reports a key without a value, at the end when other keys follow, which may belong below it.
    fn empty_value(
        &mut self,
        key: &'static str,
        severity: Severity,
        entry: &Entry,
        help: String,
        report: &mut Report,
    ) {
        match self.entries.and_then(Entries::last) {
            Some((last, _)) if last != key => self.empty.push((key, severity, help)),
            _ => report_empty_value(key, severity, entry, help, report),
        }
    }

    fn report_missing(&self, (key, example): (&str, &str), report: &mut Report) {
        let message = format!("{} needs the key `{key}`", self.what);
        // The first line is enough to find the mapping.
        let place = self
            .entries
            .and_then(|entries| entries.values().next())
            .map_or(self.span, |first| first.key);
        let help = format!("add `{}` here", format!("{key}: {example}").trim_end());
        report.push(Problem::new(&MISSING_KEY, message).at(place).help(help));
    }

    /// Reports the keys without a value, but not the `owners` of a key that follows.
    fn report_empty(&self, owners: &[&str], report: &mut Report) {
        let reported = |(key, ..): &&(&str, Severity, String)| !owners.contains(key);
        for (key, severity, help) in self.empty.iter().filter(reported) {
            let Some(entry) = self.entries.and_then(|entries| entries.get(*key)) else {
                continue;
            };
            report_empty_value(key, *severity, entry, help.clone(), report);
        }
    }

    /// The key without a value that stands right before an unknown one and that the unknown one
    /// belongs below. Where advice or a near name explains the unknown key, it must name this
    /// owner.
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
        let (owner, ..) = self.empty.iter().find(|(empty, ..)| empty == before)?;
        match (advice, near) {
            (Some(advice), _) => advice.keys.contains(owner),
            (None, Some(_)) => false,
            (None, None) => true,
        }
        .then_some(*owner)
    }

    /// Whether there is a key that was not read so far, or one without a value. It is
    /// reported, and may be what seems to be missing.
    pub fn has_reported_keys(&self) -> bool {
        let mut entries = self.entries.into_iter().flatten();
        entries.any(|(key, entry)| !self.known.contains(&key.as_str()) || entry.value.is_null())
    }

    /// As [`Fields::finish`], for a mapping that may have any other keys.
    pub fn finish_open(self, report: &mut Report) {
        self.report_empty(&[], report);
        for (key, example) in &self.missing {
            let others: Vec<_> = self.unknown().collect();
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
            // Where any key is allowed, only one with the same letters is certainly a typo.
            let typo_of = unambiguous_typo(near, [*key])
                .filter(|_| near.len() == key.len() && same_letters(near, key));
            let problem = problem.help(format!("write `{key}` instead of `{near}`, or add it"));
            report.push(problem.suggest_replacement(entry.key, near, typo_of));
        }
    }

    /// The place and value of a key that is there.
    pub fn entry(&mut self, key: &'static str) -> Option<&'node Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.and_then(|entries| entries.get(key))
    }

    /// The entries whose keys were not read so far.
    fn unknown(&self) -> impl Iterator<Item = (&'node Key, &'node Entry)> {
        let entries = self.entries.into_iter().flatten();
        entries.filter(|(key, _)| !self.known.contains(&key.as_str()))
    }

    /// The value of the only unknown key that is a typo of this one.
    fn misspelled(&self, key: &str) -> Option<&'node Node> {
        let is_near = |(other, _): &(&Key, &Entry)| unambiguous_typo(other, [key]).is_some();
        let mut near = self.unknown().filter(is_near);
        let (_, entry) = near.next().filter(|_| near.next().is_none())?;
        Some(&entry.value).filter(|value| !value.is_null())
    }

    /// The place of a key.
    pub fn key(&self, key: &str) -> Option<Span> {
        self.entries
            .and_then(|entries| entries.get(key))
            .map(|entry| entry.key)
    }

    /// How many of the written keys stand for each known key, by a typo or as an alias.
    fn claims(&self, advice: impl Fn(&str) -> Option<KeyAdvice>) -> BTreeMap<&'static str, usize> {
        let mut claims = BTreeMap::new();
        for key in self.entries.into_iter().flat_map(Entries::keys) {
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

    /// The only known key that an unknown one can be a typo of.
    fn unambiguous_typo(&self, key: &str) -> Option<&'static str> {
        (!self.known.contains(&key))
            .then(|| unambiguous_typo(key, self.known.iter().copied()))
            .flatten()
    }

    /// Whether `entry` is the only one that can become the `known` key.
    fn is_free(&self, known: &str, entry: &Entry, claims: &BTreeMap<&'static str, usize>) -> bool {
        self.known.contains(&known)
            && !self.is_beside(known, entry)
            && claims.get(known) == Some(&1)
    }

    /// Whether a `known` key is written in the same file as `entry`. In another file it may be what
    /// the entry overrides.
    fn is_beside(&self, known: &str, entry: &Entry) -> bool {
        let other = self.entries.and_then(|entries| entries.get(known));
        other.is_some_and(|other| other.key.source == entry.key.source)
    }

    /// The closest known key that is not written beside this one.
    fn near(&self, key: &str, entry: &Entry) -> Option<&'static str> {
        let known = self.known.iter().copied();
        closest_match(key, known.filter(|known| !self.is_beside(known, entry)))
    }

    /// The known key that is closest to each unknown one.
    pub fn closest_keys(&self) -> impl Iterator<Item = Option<&'static str>> {
        let unknown = self.unknown();
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
                    .known_keys(&self.known)
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

fn value_or_removal(key: &str) -> String {
    format!("give `{key}` a value, or remove the key")
}
