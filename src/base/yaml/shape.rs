//! Reading a tree by shape: each reader gives what it wants or reports, at the place, what stands there instead.
//!
//! Serde stops at the first error, so what people write by hand is read with these; every problem of a file is found in
//! one run. What other programs write is read with [`super::deserialize`].

use super::tree::{Entries, Entry, Kind, Node};
use crate::base::diagnostics::{Problem, Report};
use crate::base::text::{Span, Spanned, list_names, nearest, slip, suggestion};

/// A mapping that is being read key by key; what was not asked for is unknown.
pub struct Fields<'node> {
    /// The place of the whole mapping.
    pub span: Span,
    what: String,
    entries: Option<&'node Entries>,
    known: Vec<&'static str>,
    /// Required keys that are not there, while another is spelt nearly like them.
    misspelt: Vec<&'static str>,
}

/// Reads a mapping. `what` names it in messages, as in "a container". `None` after a report when it is something else.
pub fn fields<'node>(node: &'node Node, what: &str, report: &mut Report) -> Option<Fields<'node>> {
    match &node.kind {
        Kind::Map(entries) => Some(Fields {
            span: node.span,
            what: what.to_owned(),
            entries: Some(entries),
            known: Vec::new(),
            misspelt: Vec::new(),
        }),
        _ => {
            wrong_type(node, what, "a mapping", report);
            None
        }
    }
}

impl<'node> Fields<'node> {
    /// The value of a key that may be missing. A `null` value is reported, since it says nothing.
    pub fn optional(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        let entry = self.entry(key)?;
        if entry.value.is_null() {
            let problem = Problem::new("empty-value", format!("`{key}` has no value")).at(entry.key);
            let _ = report.error(problem.help(format!("give `{key}` a value, or remove the key")));
            return None;
        }
        Some(&entry.value)
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        if self.entries.is_some_and(|entries| entries.contains_key(key)) {
            return self.optional(key, report);
        }
        self.known.push(key);
        let written = self.entries.into_iter().flat_map(|entries| entries.keys()).map(String::as_str);
        match nearest(key, written) {
            // Most likely one slip of the pen, to be told once: as the unknown key, if that is what it is.
            Some(_) => self.misspelt.push(key),
            None => self.report_missing(key, report),
        }
        None
    }

    fn report_missing(&self, key: &str, report: &mut Report) {
        let message = format!("{} needs the key `{key}`", self.what);
        // The first line of a mapping is enough to find it; marking all of it would bury the message.
        let place = self.entries.and_then(|entries| entries.values().next()).map_or(self.span, |first| first.key);
        let _ = report.error(Problem::new("missing-key", message).at(place).help(format!("add `{key}:` here")));
    }

    /// Whether a key was written that nobody asked for until now, or that was and has no value: what seems to be missing may
    /// be just that, and it is reported.
    pub fn has_reported_keys(&self) -> bool {
        let mut entries = self.entries.into_iter().flatten();
        entries.any(|(key, entry)| !self.known.contains(&key.as_str()) || entry.value.is_null())
    }

    /// As [`Fields::finish`], for a mapping in which every other key is the author's own.
    pub fn finish_free(self, report: &mut Report) {
        for key in &self.misspelt {
            let others = self.entries.into_iter().flatten().filter(|(other, _)| !self.known.contains(&other.as_str()));
            let others: Vec<_> = others.collect();
            let near = nearest(key, others.iter().map(|(other, _)| other.as_str()));
            let Some((near, entry)) = others.into_iter().find(|(other, _)| near == Some(other.as_str())) else {
                self.report_missing(key, report);
                continue;
            };
            let problem = Problem::new("missing-key", format!("{} needs the key `{key}`", self.what)).at(entry.key);
            let _ = report.error(problem.help(format!("write `{key}` instead of `{near}`, or add it")));
        }
    }

    /// The key's place and value, when it is there at all.
    pub fn entry(&mut self, key: &'static str) -> Option<&'node Entry> {
        self.known.push(key);
        self.entries.and_then(|entries| entries.get(key))
    }

    /// The key that is meant beyond doubt, when nothing else has a claim to it.
    fn slip(&self, key: &str) -> Option<&'static str> {
        let meant = |key: &str| slip(key, self.known.iter().copied());
        let meant_here = meant(key).filter(|_| !self.known.contains(&key))?;
        let others = self.entries.into_iter().flat_map(|entries| entries.keys()).filter(|own| *own != key);
        let claimed =
            |own: &String| own == meant_here || !self.known.contains(&own.as_str()) && meant(own) == Some(meant_here);
        (!others.into_iter().any(claimed)).then_some(meant_here)
    }

    /// Reports every key that was not asked for. `elsewhere` says where such a key would belong, when it knows.
    pub fn finish(self, elsewhere: impl Fn(&str) -> Option<&'static str>, report: &mut Report) {
        let mut told: Vec<&str> = Vec::new();
        for (key, entry) in self.entries.into_iter().flatten() {
            if self.known.contains(&key.as_str()) {
                continue;
            }
            let near = nearest(key, self.known.iter().copied());
            told.extend(near);
            let help = match (near, elsewhere(key)) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, Some(place)) => format!("`{key}` belongs {place}; move it there"),
                (None, None) => format!("remove it; the keys here are {}", list_names(self.known.iter().copied())),
            };
            let problem = Problem::new("unknown-key", format!("{} has no key `{key}`", self.what));
            let problem = problem.at(entry.key).help(help).respell(entry.key, key, self.slip(key));
            let _ = report.error(problem);
        }
        self.misspelt.iter().filter(|key| !told.contains(key)).for_each(|key| self.report_missing(key, report));
    }
}

/// Reports that `node`, which is named `what`, is not `wanted`.
pub fn wrong_type(node: &Node, what: &str, wanted: &str, report: &mut Report) {
    let problem = Problem::new("wrong-type", format!("{what} must be {wanted}, this is {}", node.kind_name()));
    let _ = report.error(problem.at(node.span).help(format!("write {wanted} here")));
}

/// The text of a string. A number or boolean is reported with the quotes that make it one.
pub fn string(node: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    match &node.kind {
        Kind::String(text, _) => Some(Spanned::new(text.clone(), node.span)),
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
            let problem = Problem::new("wrong-type", format!("{what} must be a string, this is {}", node.kind_name()));
            let problem = problem.at(node.span).help("put it in quotes");
            let _ = report.error(quoted(problem, node.span));
            None
        }
        _ => {
            wrong_type(node, what, "a string", report);
            None
        }
    }
}

/// Mends a problem by putting what stands at `span`, a number or boolean, in quotes as it is.
pub fn quoted(problem: Problem, span: Span) -> Problem {
    problem.edit(Span { end: span.start, ..span }, "\"").edit(Span { start: span.end, ..span }, "\"")
}

/// A boolean.
pub fn boolean(node: &Node, what: &str, report: &mut Report) -> Option<bool> {
    match node.kind {
        Kind::Bool(flag) => Some(flag),
        _ => {
            wrong_type(node, what, "`true` or `false`", report);
            None
        }
    }
}

/// A whole number from `low` to `high`.
pub fn integer(node: &Node, what: &str, low: i128, high: i128, report: &mut Report) -> Option<i128> {
    match node.kind {
        Kind::Int(number) if (low..=high).contains(&number) => Some(number),
        Kind::Int(number) => {
            let problem =
                Problem::new("out-of-range", format!("{what} must be from {low} to {high}, this is {number}"));
            let _ = report.error(problem.at(node.span).help(format!("write a number from {low} to {high}")));
            None
        }
        _ => {
            wrong_type(node, what, "a whole number", report);
            None
        }
    }
}

/// The items of a list.
pub fn list<'node>(node: &'node Node, what: &str, report: &mut Report) -> &'node [Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => {
            wrong_type(node, what, "a list", report);
            &[]
        }
    }
}

/// The entries of a mapping whose keys are names of the author's choice. Entries without a value are reported.
pub fn named_entries<'node>(node: &'node Node, what: &str, report: &mut Report) -> Vec<(Spanned<String>, &'node Node)> {
    let Kind::Map(entries) = &node.kind else {
        wrong_type(node, what, "a mapping", report);
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, entry) in entries {
        if entry.value.is_null() {
            let problem = Problem::new("empty-value", format!("`{key}` has no value")).at(entry.key);
            let _ = report.error(problem.help(format!("give `{key}` a value, or remove the key")));
        } else {
            list.push((Spanned::new(key.clone(), entry.key), &entry.value));
        }
    }
    list
}

/// One of a few words.
pub fn choice<T: Copy>(
    text: &Spanned<String>,
    what: &str,
    choices: &[(&'static str, T)],
    report: &mut Report,
) -> Option<T> {
    let found = choices.iter().find(|(word, _)| *word == text.value);
    if found.is_none() {
        let words = choices.iter().map(|(word, _)| *word);
        let problem = Problem::new("unknown-value", format!("{what} cannot be `{}`", text.value)).at(text.span);
        let slip = slip(&text.value, words.clone());
        let help = suggestion(&text.value, words.clone(), || format!("write one of {}", list_names(words)));
        let _ = report.error(problem.help(help).respell(text.span, &text.value, slip));
    }
    found.map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::Sources;

    fn problems(yaml: &str, free: bool) -> Vec<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let node = crate::base::yaml::parse(&sources, id, &mut Report::default()).remove(0);
        let mut report = Report::default();
        let mut fields = fields(&node, "a thing", &mut report).unwrap();
        fields.required("image", &mut report);
        fields.optional("images", &mut report);
        if free {
            fields.finish_free(&mut report)
        } else {
            fields.finish(|_| None, &mut report)
        }
        report.in_order().iter().map(|diagnostic| diagnostic.message().to_owned()).collect()
    }

    #[test]
    fn a_misspelt_key_is_told_once_and_a_missing_one_always() {
        assert_eq!(problems("imgae: x", false), ["a thing has no key `imgae`"]);
        assert_eq!(problems("images: x", false), ["a thing needs the key `image`"]);
        assert_eq!(problems("imgae: x", true), ["a thing needs the key `image`"]);
        assert_eq!(problems("other: x", false), ["a thing needs the key `image`", "a thing has no key `other`"]);
        assert_eq!(problems("image: x", false), Vec::<String>::new());
    }
}
