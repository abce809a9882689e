//! Reading a tree by shape: each reader gives what it wants or reports, at the place, what stands there instead.
//!
//! Serde stops at the first error, so what people write by hand is read with these; every problem of a file is found in
//! one run. What other programs write is read with [`super::deserialize`].

use indexmap::IndexMap;

use super::rewrite;
use super::tree::{Entries, Entry, Kind, Node, Style};
use crate::base::diagnostics::{Problem, Report};
use crate::base::text::{Sources, Span, Spanned, list_names, nearest, slip, suggestion};

/// A mapping that is being read key by key; what was not asked for is unknown.
pub struct Fields<'node> {
    /// The place of the whole mapping.
    pub span: Span,
    what: String,
    entries: Option<&'node Entries>,
    known: Vec<&'static str>,
    /// Required keys that are not there, with an example of the value of each. They are reported last, since another key may be
    /// a slip of the pen for one.
    missing: Vec<(&'static str, &'static str)>,
    /// Keys without a value, with what to do about each. They are reported last, since the keys that follow may be meant below.
    empty: Vec<(&'static str, String)>,
}

/// Reads a mapping. `what` names it in messages, as in "a container". `None` after a report when it is something else.
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

/// As [`fields`], for a mapping in whose place people write the value of its most important key. `key` is the place of its
/// own key where that one is meant beyond doubt.
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
    let problem = type_problem(node, what, "a mapping").help(format!("write it one line below, as `{short}: {value}`"));
    let _ = report.error(problem.mended_by(key.and_then(|key| rewrite::nest(sources, key, node, short))));
    None
}

impl<'node> Fields<'node> {
    /// The value of a key that may be missing. A `null` value is reported, since it says nothing.
    pub fn optional(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        let entry = self.entry(key)?;
        if entry.value.is_null() {
            self.nothing(key, entry, format!("give `{key}` a value, or remove the key"), report);
            return None;
        }
        Some(&entry.value)
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, key: &'static str, report: &mut Report) -> Option<&'node Node> {
        self.required_as(key, "", report)
    }

    /// As [`Fields::required`], with an example of the value, for the person who left it out.
    pub fn required_as(
        &mut self,
        key: &'static str,
        example: &'static str,
        report: &mut Report,
    ) -> Option<&'node Node> {
        let Some(entry) = self.entry(key) else {
            self.missing.push((key, example));
            return None;
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

    /// Reports a key without a value; later, when others follow, which may be meant to be its value.
    fn nothing(&mut self, key: &'static str, entry: &Entry, help: String, report: &mut Report) {
        match self.entries.and_then(IndexMap::last) {
            Some((last, _)) if last != key => self.empty.push((key, help)),
            _ => report_nothing(key, entry, help, report),
        }
    }

    fn report_missing(&self, (key, example): (&str, &str), report: &mut Report) {
        let message = format!("{} needs the key `{key}`", self.what);
        // The first line of a mapping is enough to find it; marking all of it would bury the message.
        let place = self.entries.and_then(|entries| entries.values().next()).map_or(self.span, |first| first.key);
        let help = format!("add `{}` here", format!("{key}: {example}").trim_end());
        let _ = report.error(Problem::new("missing-key", message).at(place).help(help));
    }

    /// Reports the keys without a value, but not those whose value was `told` to be what follows.
    fn report_empty(&self, told: &[&str], report: &mut Report) {
        for (key, help) in self.empty.iter().filter(|(key, _)| !told.contains(key)) {
            let Some(entry) = self.entries.and_then(|entries| entries.get(*key)) else { continue };
            report_nothing(key, entry, help.clone(), report);
        }
    }

    /// The key without a value that stands right before an unknown one, which was meant below it then. `advice` is what else would
    /// be said about that key: it counts when it names this very one.
    fn owner(&self, key: &str, advice: Option<&str>) -> Option<&'static str> {
        let entries = self.entries?;
        let (before, above) = entries.get_index(entries.get_index_of(key)?.checked_sub(1)?)?;
        let here = above.key.source == entries.get(key)?.key.source;
        let (owner, _) = self.empty.iter().find(|(empty, _)| empty == before).filter(|_| here)?;
        advice.is_none_or(|advice| advice.contains(&format!("`{owner}`"))).then_some(*owner)
    }

    /// Whether a key was written that nobody asked for until now, or that was and has no value: what seems to be missing may
    /// be just that, and it is reported.
    pub fn has_reported_keys(&self) -> bool {
        let mut entries = self.entries.into_iter().flatten();
        entries.any(|(key, entry)| !self.known.contains(&key.as_str()) || entry.value.is_null())
    }

    /// As [`Fields::finish`], for a mapping in which every other key is the author's own.
    pub fn finish_free(self, report: &mut Report) {
        self.report_empty(&[], report);
        for (key, example) in &self.missing {
            let others = self.entries.into_iter().flatten().filter(|(other, _)| !self.known.contains(&other.as_str()));
            let others: Vec<_> = others.collect();
            let near = nearest(key, others.iter().map(|(other, _)| other.as_str()));
            let Some((near, entry)) = others.into_iter().find(|(other, _)| near == Some(other.as_str())) else {
                self.report_missing((key, example), report);
                continue;
            };
            let problem = Problem::new("missing-key", format!("{} needs the key `{key}`", self.what)).at(entry.key);
            // Among keys of any name, only one with the same letters is this one beyond doubt.
            let meant = slip(near, [*key]).filter(|_| near.len() == key.len() && same_letters(near, key));
            let problem = problem.help(format!("write `{key}` instead of `{near}`, or add it"));
            let _ = report.error(problem.respell(entry.key, near, meant));
        }
    }

    /// The key's place and value, when it is there at all.
    pub fn entry(&mut self, key: &'static str) -> Option<&'node Entry> {
        self.known.push(key);
        self.entries.and_then(|entries| entries.get(key))
    }

    /// Where a key was written.
    pub fn key(&self, key: &str) -> Option<Span> {
        self.entries.and_then(|entries| entries.get(key)).map(|entry| entry.key)
    }

    /// The key that is meant beyond doubt, when nothing else has a claim to it. What it overrides has none.
    fn slip(&self, key: &str, entry: &Entry, means: impl Fn(&str) -> Option<&'static str>) -> Option<&'static str> {
        let meant = slip(key, self.known.iter().copied()).filter(|_| !self.known.contains(&key))?;
        self.is_free(meant, key, entry, means).then_some(meant)
    }

    /// Whether no other key is `meant` or means the same as this one.
    fn is_free(&self, meant: &str, key: &str, entry: &Entry, means: impl Fn(&str) -> Option<&'static str>) -> bool {
        let claimed = |(own, other): (&String, &Entry)| {
            let beside = other.key.source == entry.key.source;
            own == meant && beside
                || means(own) == Some(meant)
                || !self.known.contains(&own.as_str()) && slip(own, self.known.iter().copied()) == Some(meant)
        };
        let others = self.entries.into_iter().flatten().filter(|(own, _)| *own != key);
        self.known.contains(&meant) && !others.into_iter().any(claimed)
    }

    /// The known key that is spelt nearly like another one. One that stands beside it is not meant; one that it overrides may
    /// be.
    fn near(&self, key: &str, entry: &Entry) -> Option<&'static str> {
        let beside = |other: &Entry| other.key.source == entry.key.source;
        let free = |known: &&str| !self.entries.and_then(|entries| entries.get(*known)).is_some_and(beside);
        nearest(key, self.known.iter().copied().filter(free))
    }

    /// For every key that was not asked for until now, the known one that it may be a slip of the pen for.
    pub fn meant(&self) -> impl Iterator<Item = Option<&'static str>> {
        let unknown = self.entries.into_iter().flatten().filter(|(key, _)| !self.known.contains(&key.as_str()));
        unknown.map(|(key, entry)| self.near(key, entry))
    }

    /// Reports every key that was not asked for and every required one that is not there; gives whether all were known.
    /// `elsewhere` is the advice for a key that belongs somewhere else; a missing key that it names in backticks is not
    /// reported on top of it.
    pub fn finish(self, elsewhere: impl Fn(&str) -> Option<&'static str>, report: &mut Report) -> bool {
        self.finish_renaming(elsewhere, |_| None, report)
    }

    /// As [`Fields::finish`], where some of the keys with advice mean just the same as one that is known here.
    pub fn finish_renaming(
        self,
        elsewhere: impl Fn(&str) -> Option<&'static str>,
        means: impl Fn(&str) -> Option<&'static str>,
        report: &mut Report,
    ) -> bool {
        let mut told = String::new();
        let mut owners = Vec::new();
        let mut below = false;
        let mut all_known = true;
        for (key, entry) in self.entries.into_iter().flatten() {
            if self.known.contains(&key.as_str()) {
                below = false;
                continue;
            }
            all_known = false;
            // One line that is not indented explains those after it.
            if below {
                continue;
            }
            let near = self.near(key, entry);
            let owner = self.owner(key, elsewhere(key).or(near));
            owners.extend(owner);
            below = owner.is_some();
            let help = match (elsewhere(key), near) {
                _ if let Some(owner) = owner => {
                    format!("indent it below `{owner}:`, with the lines that belong to it")
                }
                (Some(advice), _) => advice.to_owned(),
                (None, Some(near)) => format!("did you mean `{near}`?"),
                (None, None) if self.known.len() == 1 => {
                    format!("remove it; the only key here is {}", list_names(self.known.iter().copied()))
                }
                (None, None) => format!("remove it; the keys here are {}", list_names(self.known.iter().copied())),
            };
            if !help.starts_with("remove it; ") {
                told += &help;
            }
            let problem = Problem::new("unknown-key", format!("{} has no key `{key}`", self.what));
            let better = match elsewhere(key) {
                Some(_) => means(key).filter(|meant| self.is_free(meant, key, entry, &means)),
                None => self.slip(key, entry, &means),
            };
            let _ = report.error(problem.at(entry.key).help(help).respell(entry.key, key, better));
        }
        self.report_empty(&owners, report);
        let unsaid = |key: &str| !told.contains(&format!("`{key}`"));
        let unsaid = self.missing.iter().filter(|(key, _)| unsaid(key));
        unsaid.for_each(|(key, example)| self.report_missing((key, example), report));
        all_known
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

/// Reports that `node`, which is named `what`, is not `wanted`.
pub fn wrong_type(node: &Node, what: &str, wanted: &str, report: &mut Report) {
    wrong_type_with(node, what, wanted, &format!("write {wanted} here"), report);
}

/// As [`wrong_type`], with better advice.
pub fn wrong_type_with(node: &Node, what: &str, wanted: &str, help: &str, report: &mut Report) {
    let _ = report.error(type_problem(node, what, wanted).help(help));
}

/// That `node`, which is named `what`, is not `wanted`.
pub fn type_problem(node: &Node, what: &str, wanted: &str) -> Problem {
    Problem::new("wrong-type", format!("{what} must be {wanted}, this is {}", node.kind_name())).at(node.span)
}

/// Mends a problem by writing something else in the place of a value, where that is all that was written there.
fn instead(problem: Problem, node: &Node, text: Option<String>) -> Problem {
    match (&node.kind, text) {
        (Kind::String(_, Style::Literal | Style::Folded) | Kind::List(_) | Kind::Map(_) | Kind::Null, _) => problem,
        (_, Some(text)) => problem.edit(node.span, text),
        _ => problem,
    }
}

/// Reports that `node` is no mapping, with what a mapping would look like.
pub fn not_a_mapping(node: &Node, what: &str, report: &mut Report) {
    let problem = type_problem(node, what, "a mapping");
    let joined = match &node.kind {
        Kind::String(text, Style::Plain) => meant_entry(text),
        _ => None,
    };
    let help = match &node.kind {
        Kind::List(items) if items.iter().any(|item| item.get("name").is_some()) => {
            "write each `name` as a key, without a dash, and the rest below it".to_owned()
        }
        Kind::List(_) => "write `KEY: VALUE` lines, without dashes".to_owned(),
        _ => "write `KEY: VALUE` lines below it".to_owned(),
    };
    let problem = match joined {
        // The whole word is written anew: it becomes a key and a value.
        Some(Meant { entry, help, sure }) => {
            let is_word = node.as_str().is_some_and(|text| node.span.word(text.len()) == Some(node.span));
            instead(problem.help(help), node, (sure && is_word).then_some(entry))
        }
        None => problem.help(help),
    };
    let _ = report.error(problem);
}

/// Whether a text that stands in the place of a mapping is an attempt at the entry of a key.
fn is_entry(text: &str, key: &str) -> bool {
    let wide = text.contains(WIDE_COLON);
    wide || text.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with([':', '=']))
}

/// The colon of East Asian writing, which an input method leaves behind.
const WIDE_COLON: char = '\u{ff1a}';

/// What a word was meant to be.
struct Meant {
    /// The entry of a mapping.
    entry: String,
    help: String,
    /// Whether only a space is missing.
    sure: bool,
}

/// What a word such as `name:shop` or `name=shop` was meant to be.
fn meant_entry(text: &str) -> Option<Meant> {
    let (key, rest) = text.split_at(text.find([':', '=', WIDE_COLON])?);
    let separator = rest.chars().next()?;
    let value = rest[separator.len_utf8()..].trim();
    let key = key.trim();
    let is_key = !key.is_empty() && key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !is_key || value.is_empty() || value.contains('\n') || rest.starts_with(":/") {
        return None;
    }
    let entry = format!("{key}: {value}");
    let help = match separator {
        ':' => format!("put a space after the colon: `{entry}`"),
        '=' => format!("write `{entry}`"),
        _ => format!("write `{entry}`, with a plain colon and a space after it"),
    };
    Some(Meant { entry, help, sure: separator == ':' })
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
        Kind::List(_) | Kind::Map(_) => {
            wrong_type_with(node, what, "a string", &as_text(node), report);
            None
        }
        Kind::Null => {
            wrong_type(node, what, "a string", report);
            None
        }
    }
}

/// How a list or mapping is written as one text.
fn as_text(node: &Node) -> String {
    let only = match &node.kind {
        Kind::List(items) => {
            items.first().filter(|_| items.len() == 1).and_then(Node::as_str).map(|text| (text, false))
        }
        Kind::Map(entries) => entries
            .first()
            .filter(|(_, entry)| entries.len() == 1 && entry.value.is_null())
            .map(|(key, _)| (key.as_str(), true)),
        _ => None,
    };
    match only {
        Some((text, false)) => format!("write `{text}` alone, not as a list"),
        Some((text, true)) if text.starts_with("resources.") || text.starts_with("metadata.") => {
            format!("write `${{{text}}}`")
        }
        Some((_, true)) => "put a text that begins with `{` in quotes".to_owned(),
        None if node.get("value").is_some() => "write the value alone, without `value:`".to_owned(),
        None if node.get("valueFrom").is_some() => {
            "write the output of a resource that gives it, as in `${resources.NAME.OUTPUT}`".to_owned()
        }
        None => "write one text here; with several lines, as a block after `|`".to_owned(),
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
            let plain = matches!(node.kind, Kind::String(_, Style::Plain));
            let meant = match node.as_str().map(str::to_ascii_lowercase).as_deref() {
                Some("true" | "yes" | "on") => Some("true"),
                Some("false" | "no" | "off") => Some("false"),
                Some("y") if plain => Some("true"),
                Some("n") if plain => Some("false"),
                _ => None,
            };
            let help = match meant {
                Some(word) if plain => format!("write `{word}`; in YAML 1.2 other words are texts"),
                Some(word) => format!("write `{word}`, without quotes"),
                None => "write `true` or `false`".to_owned(),
            };
            let problem = type_problem(node, what, "`true` or `false`").help(help);
            let _ = report.error(instead(problem, node, meant.map(str::to_owned)));
            None
        }
    }
}

/// A whole number from `low` to `high`.
pub fn integer(node: &Node, what: &str, low: i128, high: i128, report: &mut Report) -> Option<i128> {
    let outside = |number: String, report: &mut Report| {
        let problem = Problem::new("out-of-range", format!("{what} must be from {low} to {high}, this is {number}"));
        let _ = report.error(problem.at(node.span).help(format!("write a number from {low} to {high}")));
    };
    match node.kind {
        Kind::Int(number) if (low..=high).contains(&number) => return Some(number),
        Kind::Int(number) => outside(number.to_string(), report),
        // What is too large for a whole number has become one with a point.
        Kind::Float(number) if number.is_finite() && number.fract() == 0.0 && number.abs() > 1e15 => {
            outside(number.to_string(), report);
        }
        _ => {
            let problem = match node.kind {
                Kind::Float(number) => {
                    let message = format!("{what} must be a whole number, this is {number:?}");
                    Problem::new("wrong-type", message).at(node.span)
                }
                _ => type_problem(node, what, "a whole number"),
            };
            let number = whole_number(node);
            let help = match (number, &node.kind) {
                (Some(number), Kind::Float(_)) => format!("write `{number}`"),
                (None, Kind::Float(_)) => "write it without a fraction".to_owned(),
                _ => number_help(node, low, high),
            };
            let number = number.filter(|number| (low..=high).contains(number)).map(|number| number.to_string());
            let _ = report.error(instead(problem.help(help), node, number));
        }
    }
    None
}

/// What to write instead of something that is no number.
fn number_help(node: &Node, low: i128, high: i128) -> String {
    let text = node.as_str().unwrap_or_default().trim();
    let number = text.trim_end_matches([',', ';']);
    match number.parse::<u64>() {
        Ok(_) if number == text => format!("write `{number}`, without quotes"),
        Ok(_) => format!("write `{number}` alone"),
        Err(_) if text.contains('$') || text.contains("{{") => {
            format!("write a number from {low} to {high}; no placeholder is replaced here")
        }
        Err(_) => format!("write a number from {low} to {high}"),
    }
}

/// The whole number that a text or another number is beyond doubt: no zero before it makes another one of it.
fn whole_number(node: &Node) -> Option<i128> {
    match &node.kind {
        Kind::String(text, _) => {
            let number = text.trim().parse::<u64>().ok()?;
            (number.to_string() == text.trim()).then_some(number.into())
        }
        Kind::Float(number) if number.fract() == 0.0 && number.abs() < 1e9 => format!("{number:.0}").parse().ok(),
        _ => None,
    }
}

/// The items of a list.
pub fn list<'node>(node: &'node Node, what: &str, report: &mut Report) -> &'node [Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => {
            let help = match &node.kind {
                Kind::String(text, _) => format!("write a list: `{}`", as_list(text)),
                Kind::Map(_) => "write a list, with `- ` before each item".to_owned(),
                _ => "write a list, as in `[ITEM, ITEM]`".to_owned(),
            };
            let one = node.as_str().filter(|text| is_word(text)).map(as_list);
            let _ = report.error(instead(type_problem(node, what, "a list").help(help), node, one));
            &[]
        }
    }
}

/// Whether a text is one name or path, so that it cannot be several.
fn is_word(text: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._/@-".contains(character);
    !text.is_empty() && text.chars().all(plain)
}

/// Reports that a list of words is one line of them, and gives them as items where no shell would see more in the line than
/// words with blanks between them.
pub fn line_for_words(node: &Node, what: &str, line: &str, report: &mut Report) {
    let problem = Problem::new("wrong-type", format!("{what} must be a list of words, this is a string")).at(node.span);
    let plain = |character: char| character.is_ascii_alphanumeric() || " ._/:=@,+-".contains(character);
    if line.trim().is_empty() || line.len() > 60 || !line.chars().all(plain) {
        let help = "write a list of words; `[\"sh\", \"-c\", \"LINE\"]` runs a line in a shell";
        let _ = report.error(problem.help(help));
        return;
    }
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let list = as_list(line);
    // What follows `-c` is a line by itself, and what is set before a program is set by a shell.
    let is_plain =
        !words.contains(&"-c") && words.first().is_some_and(|first| first.starts_with('-') || !first.contains('='));
    let problem = problem.help(format!("write each word as an item: `{list}`"));
    let _ = report.error(instead(problem, node, is_plain.then_some(list)));
}

/// The words of a text as a list. One with quotes is a shell's own affair, which a shell may read.
pub fn as_list(text: &str) -> String {
    let quoted = |words: &[&str]| {
        let items: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        format!("[{}]", items.join(", "))
    };
    match text.contains(['"', '\'', '$', '|', '&', ';', '\n']) {
        true => quoted(&["sh", "-c", text.trim()]),
        false => quoted(&text.split_whitespace().collect::<Vec<_>>()),
    }
}

/// The entries of a mapping whose keys are names of the author's choice. Entries without a value are reported.
pub fn named_entries<'node>(node: &'node Node, what: &str, report: &mut Report) -> Vec<(Spanned<String>, &'node Node)> {
    let Kind::Map(entries) = &node.kind else {
        not_a_mapping(node, what, report);
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, entry) in entries {
        if entry.value.is_null() {
            report_nothing(key, entry, format!("give `{key}` a value, or remove the key"), report);
        } else {
            list.push((Spanned::new(key.clone(), entry.key), &entry.value));
        }
    }
    list
}

fn report_nothing(key: &str, entry: &Entry, help: String, report: &mut Report) {
    let problem = Problem::new("empty-value", format!("`{key}` has no value")).at(entry.key);
    let _ = report.error(problem.help(help));
}

/// As [`named_entries`], where the keys of one entry (`members`, of what is called `one`) may have slipped out of it.
pub fn named_entries_of<'node>(
    node: &'node Node,
    what: &str,
    one: &str,
    members: &[&str],
    report: &mut Report,
) -> Vec<(Spanned<String>, &'node Node)> {
    let entries = node.as_map().into_iter().flatten();
    let is_mapping = |entry: &Entry| matches!(entry.value.kind, Kind::Map(_));
    let slipped = entries.clone().find(|(key, entry)| members.contains(&key.as_str()) && !is_mapping(entry));
    let Some((key, entry)) = slipped else {
        let Kind::Map(_) = &node.kind else { return named_entries(node, what, report) };
        let member = members.first().copied().unwrap_or_default();
        for (key, entry) in entries.clone().filter(|(_, entry)| entry.value.is_null()) {
            report_nothing(key, entry, format!("write `{member}:` below it, indented, or remove `{key}`"), report);
        }
        let full = entries.filter(|(_, entry)| !entry.value.is_null());
        return full.map(|(key, entry)| (Spanned::new(key.clone(), entry.key), &entry.value)).collect();
    };
    let help = match entries.clone().find(|(_, entry)| entry.value.is_null()) {
        Some((name, _)) => format!("indent it below `{name}:`, with the lines that belong to it"),
        None => format!("write the name of {one} above it, and indent it below that name"),
    };
    let problem = Problem::new("unknown-key", format!("`{key}` is a key of {one}, not the name of one"));
    let _ = report.error(problem.at(entry.key).help(help));
    let others = entries.filter(|(key, entry)| !members.contains(&key.as_str()) && is_mapping(entry));
    others.map(|(key, entry)| (Spanned::new(key.clone(), entry.key), &entry.value)).collect()
}

/// As [`choice`], for a value of any kind.
pub fn word<T: Copy>(node: &Node, what: &str, choices: &[(&'static str, T)], report: &mut Report) -> Option<T> {
    if let Kind::String(text, _) = &node.kind {
        return choice(&Spanned::new(text.clone(), node.span), what, choices, report);
    }
    let help = format!("write one of {}", list_names(choices.iter().map(|(word, _)| *word)));
    wrong_type_with(node, what, "a string", &help, report);
    None
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
    use crate::base::edits::mend;
    use crate::base::text::Sources;

    /// A value as it is after the edits of a reader.
    fn mended(text: &str, read: impl Fn(&Node, &mut Report)) -> String {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let node = crate::base::yaml::parse(&sources, id, &mut Report::default()).remove(0);
        let mut report = Report::default();
        read(&node, &mut report);
        assert!(!report.is_empty(), "{text}");
        mend(&sources, &report.in_order(), |_| true).texts.remove(&id).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn a_value_in_another_form_is_mended_where_it_has_one_meaning() {
        let flag = |node: &Node, report: &mut Report| {
            let _ = boolean(node, "it", report);
        };
        for (text, after) in [
            ("\"true\"", "true"),
            ("'No'", "false"),
            ("on", "true"),
            ("n", "false"),
            ("'n'", "'n'"),
            ("1", "1"),
            ("|\n  yes\n", "|\n  yes\n"),
        ] {
            assert_eq!(mended(text, flag), after);
        }
        let number = |node: &Node, report: &mut Report| {
            let _ = integer(node, "it", 1, 65535, report);
        };
        for (text, after) in [
            ("\"80\"", "80"),
            ("' 80 '", "80"),
            ("80.0", "80"),
            ("'080'", "'080'"),
            ("'+80'", "'+80'"),
            ("80.5", "80.5"),
            ("'70000'", "'70000'"),
            ("http", "http"),
            ("|\n  80\n", "|\n  80\n"),
            ("[80]", "[80]"),
        ] {
            assert_eq!(mended(text, number), after);
        }
        let words = |node: &Node, report: &mut Report| line_for_words(node, "it", node.as_str().unwrap(), report);
        for (text, after) in [
            ("npm  start", "[\"npm\", \"start\"]"),
            ("'--port=8080'", "[\"--port=8080\"]"),
            ("sh -c exit", "sh -c exit"),
            ("A=b npm", "A=b npm"),
            ("'npm \"start\"'", "'npm \"start\"'"),
            ("npm start && exit", "npm start && exit"),
            ("echo $HOME", "echo $HOME"),
            ("ls *.js", "ls *.js"),
            ("\"\"", "\"\""),
            (">-\n  npm\n  start\n", ">-\n  npm\n  start\n"),
        ] {
            assert_eq!(mended(text, words), after);
        }
        let items = |node: &Node, report: &mut Report| {
            let _ = list(node, "it", report);
        };
        assert_eq!(mended("host", items), "[\"host\"]");
        assert_eq!(mended("host,port", items), "host,port");
        assert_eq!(mended("{a: b}", items), "{a: b}");
    }

    #[test]
    fn a_key_of_another_name_is_renamed_where_nothing_else_means_the_same() {
        let read = |node: &Node, report: &mut Report| {
            let mut fields = fields(node, "a thing", report).unwrap();
            fields.optional("variables", report);
            let told = |key: &str| key.starts_with("env").then_some("write it as `variables`");
            fields.finish_renaming(told, |key| key.starts_with("env").then_some("variables"), report);
        };
        assert_eq!(mended("{env: x}", read), "{variables: x}");
        for text in ["{env: x, environment: y}", "{env: x, variables: y}", "{env: x, varaibles: y}"] {
            assert_eq!(mended(text, read), text);
        }
    }

    fn problems(yaml: &str, free: bool) -> Vec<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let node = crate::base::yaml::parse(&sources, id, &mut Report::default()).remove(0);
        let mut report = Report::default();
        let mut fields = fields(&node, "a thing", &mut report).unwrap();
        fields.required_as("image", "IMAGE", &mut report);
        fields.optional("images", &mut report);
        if free {
            fields.finish_free(&mut report);
        } else {
            fields.finish(|_| None, &mut report);
        }
        report.in_order().iter().map(|diagnostic| diagnostic.message().to_owned()).collect()
    }

    #[test]
    fn a_misspelt_key_is_told_once_and_a_missing_one_always() {
        assert_eq!(problems("imgae: x", false), ["a thing has no key `imgae`"]);
        assert_eq!(problems("images: x", false), ["a thing needs the key `image`"]);
        assert_eq!(problems("imgae: x", true), ["a thing needs the key `image`"]);
        assert_eq!(problems("other: x", false), ["a thing has no key `other`", "a thing needs the key `image`"]);
        assert_eq!(problems("image: x", false), Vec::<String>::new());
    }
}
