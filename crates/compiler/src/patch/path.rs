//! Paths of `each`, `set` and `delete`: keys with dots between them, `[*]` for all items of a list
//! and `[0]` for one. `\.` is a dot inside a key.

use super::rules::{INVALID_PATCH, INVALID_PATCH_PATH};
use crate::support::places::Step;
use crate::support::reasons::value_at;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_known, suggestion, unambiguous_typo};
use diagnostics::value::Value;

/// A path, and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    parts: Vec<(Part, Span)>,
    pub(super) span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
    /// Every item of a list.
    All,
}

/// The part of a path that leads nowhere.
#[derive(Debug, Clone)]
pub(super) struct DeadEnd {
    place: Span,
    message: String,
    help: String,
    /// How many parts of the path lead somewhere.
    depth: usize,
    /// Whether the part is surely misspelled.
    pub(super) is_typo: bool,
}

impl DeadEnd {
    /// The one that has come further.
    pub(super) fn deeper(self, other: Option<DeadEnd>) -> DeadEnd {
        other
            .filter(|other| other.depth > self.depth)
            .unwrap_or(self)
    }

    pub(super) fn problem(self) -> Problem {
        Problem::new(&INVALID_PATCH_PATH, self.message)
            .at(self.place)
            .help(self.help)
    }
}

impl Path {
    /// Reads a path that is written at `span`.
    pub(crate) fn read(text: &str, span: Span, report: &mut Report) -> Option<Path> {
        let parts = split(text);
        match parts {
            Ok(parts) => {
                let place = |start, end| part_of(span, text, start, end);
                let parts = parts.into_iter();
                let parts = parts.map(|(part, start, end)| (part, place(start, end)));
                let parts = parts.collect();
                Some(Path { parts, span })
            }
            Err((message, start, end)) => {
                let help = "write keys with dots between them, and `[*]` or an index such as `[0]` \
                            behind the key of a list, as in `spec.template.spec.containers[*].image`";
                let message = format!("`{text}` is not a valid path: {message}");
                let place = part_of(span, text, start, end);
                report.push(Problem::new(&INVALID_PATCH, message).at(place).help(help));
                None
            }
        }
    }

    /// The path of a field of all objects of a kind, which has no index.
    pub(super) fn of_all_items(self, report: &mut Report) -> Option<Path> {
        let is_index = |(part, _): &&(Part, Span)| matches!(part, Part::Index(_));
        let Some((_, place)) = self.parts.iter().find(is_index) else {
            return Some(self);
        };
        let message = "a field that is patchable cannot be that of one item of a list";
        let problem = Problem::new(&INVALID_PATCH, message).at(*place);
        report.push(problem.help("write `[*]`, for all items"));
        None
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// How many of its parts a way has at its beginning.
    pub(super) fn common_length(&self, steps: &[Step]) -> usize {
        let fits = |((part, _), step): &(&(Part, Span), &Step)| match (part, step) {
            (Part::Key(key), Step::Key(other)) => key == other,
            (Part::All, Step::Index(_)) => true,
            _ => false,
        };
        self.parts.iter().zip(steps).take_while(fits).count()
    }

    /// Its parts as a way, with their places. The indices of `[*]` have no meaning.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (Step, Span)> {
        self.parts.iter().map(|(part, place)| match part {
            Part::Key(key) => (Step::Key(key.clone()), *place),
            Part::Index(index) => (Step::Index(*index), *place),
            Part::All => (Step::Index(0), *place),
        })
    }

    /// The ways in `value` that the path stands for. Where it leads nowhere, the reason.
    pub(super) fn find(&self, value: &Value) -> Result<Vec<Vec<Step>>, DeadEnd> {
        let mut ends = vec![(Vec::new(), value)];
        for (depth, (part, place)) in self.parts.iter().enumerate() {
            let mut next = Vec::new();
            let mut dead_end = None;
            for (steps, value) in ends {
                match inside(value, part) {
                    Some(found) => next.extend(found.into_iter().map(|(step, value)| {
                        let steps = steps.iter().cloned().chain([step]).collect::<Vec<_>>();
                        (steps, value)
                    })),
                    None => dead_end = Some(nothing(value, part, *place, depth)),
                }
            }
            ends = next;
            if let (true, Some(dead_end)) = (ends.is_empty(), dead_end) {
                return Err(dead_end);
            }
        }
        Ok(ends.into_iter().map(|(steps, _)| steps).collect())
    }

    /// The places in `value` that can be written: keys at the end may be missing.
    pub(super) fn find_or_create(&self, value: &Value) -> Result<Vec<Opening>, DeadEnd> {
        let is_key = |(part, _): &&(Part, Span)| matches!(part, Part::Key(_));
        let keys = self.parts.iter().rev().take_while(is_key).count();
        let (fixed, free) = self.parts.split_at(self.parts.len() - keys);
        let fixed = Path {
            parts: fixed.to_vec(),
            span: self.span,
        };
        let openings = fixed.find(value)?.into_iter();
        openings
            .map(|steps| Opening::find(value, steps, free, fixed.parts.len()))
            .collect()
    }
}

/// A place that can be written.
pub(super) struct Opening {
    /// The way to a value that is there.
    pub(super) steps: Vec<Step>,
    /// The keys from there on, with their places. The last one may be there too.
    pub(super) keys: Vec<(String, Span)>,
}

impl Opening {
    fn find(
        value: &Value,
        mut steps: Vec<Step>,
        free: &[(Part, Span)],
        depth: usize,
    ) -> Result<Opening, DeadEnd> {
        let mut here = value_at(value, &steps).unwrap_or(&Value::Null);
        let mut keys = Vec::new();
        for (index, (part, place)) in free.iter().enumerate() {
            let Part::Key(key) = part else { continue };
            if keys.is_empty() && !matches!(here, Value::Map(_) | Value::Null) {
                return Err(nothing(here, part, *place, depth + index));
            }
            match here.get(key) {
                Some(inside) if keys.is_empty() && index + 1 < free.len() => {
                    here = inside;
                    steps.push(Step::Key(key.clone()));
                }
                _ => keys.push((key.clone(), *place)),
            }
        }
        Ok(Opening { steps, keys })
    }
}

/// The place of a part of a text that is written at `span`; that of the whole where it has escapes.
pub(super) fn part_of(span: Span, text: &str, start: usize, end: usize) -> Span {
    match ((span.end - span.start) as usize).checked_sub(text.len()) {
        Some(0) => span.part(start, end),
        Some(2) => span.part(start + 1, end + 1),
        _ => span,
    }
}

/// A part of a JSON pointer without its escapes.
pub(crate) fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The value at the end of a way, to change.
pub(super) fn at_mut<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    steps
        .iter()
        .try_fold(value, |value, step| match (step, value) {
            (Step::Key(key), Value::Map(map)) => map.get_mut(key),
            (Step::Index(index), Value::List(items)) => items.get_mut(*index),
            _ => None,
        })
}

fn inside<'v>(value: &'v Value, part: &Part) -> Option<Vec<(Step, &'v Value)>> {
    match (part, value) {
        (Part::Key(key), value) => Some(vec![(Step::Key(key.clone()), value.get(key)?)]),
        (Part::Index(index), Value::List(items)) => {
            Some(vec![(Step::Index(*index), items.get(*index)?)])
        }
        (Part::All, Value::List(items)) => {
            let items = items.iter().enumerate();
            Some(
                items
                    .map(|(index, item)| (Step::Index(index), item))
                    .collect(),
            )
        }
        _ => None,
    }
}

fn nothing(value: &Value, part: &Part, place: Span, depth: usize) -> DeadEnd {
    let kind = value.kind();
    let keys = value.as_map().into_iter().flat_map(|map| map.keys());
    let is_typo = matches!(part, Part::Key(key) if unambiguous_typo(key, keys).is_some());
    let (message, help) = match (part, value) {
        (Part::Key(key), Value::Map(map)) => {
            let keys = || map.keys();
            let help = suggestion(key, keys(), || list_known("key", keys()));
            (format!("there is no `{key}` here"), help)
        }
        (Part::Key(key), Value::List(_)) => (
            format!("there is no `{key}` in a list"),
            "write `[*]` behind the key of the list, for all its items".to_owned(),
        ),
        (Part::Key(key), _) => (
            format!("there is no `{key}` inside {kind}"),
            "correct the path".to_owned(),
        ),
        (Part::Index(index), Value::List(items)) => (
            format!(
                "there is no index {index}: the list has {} items",
                items.len()
            ),
            "correct the index, or write `[*]` for all items".to_owned(),
        ),
        (Part::Index(_) | Part::All, _) => (
            format!("there is no list here, but {kind}"),
            "write `[*]` and an index only behind the key of a list".to_owned(),
        ),
    };
    DeadEnd {
        place,
        message,
        help,
        depth,
        is_typo,
    }
}

/// Something, and its range in a path.
type Ranged<T> = (T, usize, usize);

/// The parts of a path with the range of each, else what is wrong and where.
fn split(text: &str) -> Result<Vec<Ranged<Part>>, Ranged<&'static str>> {
    let mut parts = Vec::new();
    let mut key = String::new();
    let mut start = 0;
    // Whether a key must follow: at the beginning and behind a dot.
    let mut needs_key = true;
    let mut characters = text.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        match character {
            '\\' => {
                let dot = characters.next_if(|(_, next)| *next == '.');
                key.push(dot.map_or('\\', |(_, dot)| dot));
            }
            '.' | '[' => {
                match key.is_empty() {
                    true if needs_key && !(character == '[' && parts.is_empty()) => {
                        return Err(("a part is empty", offset, offset + 1));
                    }
                    true => {}
                    false => parts.push((Part::Key(std::mem::take(&mut key)), start, offset)),
                }
                needs_key = character == '.';
                start = offset + 1;
                if character == '[' {
                    let end = text[offset..].find(']').map(|end| offset + end);
                    let end = end.ok_or(("`[` has no `]`", offset, text.len()))?;
                    let index = match &text[offset + 1..end] {
                        "*" => Part::All,
                        index => index.parse().map(Part::Index).map_err(|_| {
                            ("between `[` and `]` is `*` or a number", offset + 1, end)
                        })?,
                    };
                    parts.push((index, offset, end + 1));
                    while characters.next_if(|(next, _)| *next <= end).is_some() {}
                    start = end + 1;
                    if !matches!(characters.peek(), None | Some((_, '.' | '['))) {
                        return Err(("a dot is missing behind `]`", end + 1, text.len()));
                    }
                }
            }
            other => key.push(other),
        }
    }
    match key.is_empty() {
        true if needs_key => {
            return Err(("a part is empty", text.len().saturating_sub(1), text.len()));
        }
        true => {}
        false => parts.push((Part::Key(key), start, text.len())),
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::Sources;

    fn read(text: &str) -> (Option<Path>, Vec<String>) {
        let mut sources = Sources::default();
        let span = Span::new(sources.add("p", text), 0, text.len());
        let mut report = Report::default();
        let path = Path::read(text, span, &mut report);
        let problems = report.in_order();
        let problem = |one: &&diagnostics::report::Diagnostic| {
            let place = one
                .span()
                .map(|span| sources.slice(span))
                .unwrap_or_default();
            format!("{place}: {}", one.message())
        };
        let problems = problems.iter().map(problem).collect();
        (path, problems)
    }

    #[test]
    fn a_path_has_keys_and_lists() {
        let parts = |text: &str| -> Vec<Part> {
            let (path, problems) = read(text);
            assert_eq!(problems, Vec::<String>::new(), "{text}");
            path.unwrap()
                .parts
                .into_iter()
                .map(|(part, _)| part)
                .collect()
        };
        let key = |key: &str| Part::Key(key.to_owned());
        assert_eq!(parts("a.b"), [key("a"), key("b")]);
        assert_eq!(parts(r"a\.b.c\d"), [key("a.b"), key(r"c\d")]);
        assert_eq!(
            parts("a[*].b[10]"),
            [key("a"), Part::All, key("b"), Part::Index(10)]
        );
        assert_eq!(parts("a[0][*]"), [key("a"), Part::Index(0), Part::All]);
        assert_eq!(parts("[*]"), [Part::All]);
    }

    #[test]
    fn an_invalid_path_is_reported_at_its_part() {
        for (text, expected) in [
            ("", ": "),
            ("a..b", ".: "),
            (".a", ".: "),
            ("a.", ".: "),
            ("a.[0]", "[: "),
            ("a[x].b", "x: "),
            ("a[0", "[0: "),
            ("a[0]b", "b: "),
        ] {
            let (path, problems) = read(text);
            assert_eq!(path, None, "{text}");
            assert!(problems[0].starts_with(expected), "{text}: {problems:?}");
        }
    }
}
