//! Regular expressions as Go reads them.

mod expand;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use go_regex::{Names, translate};
use regex::{Captures, Regex, RegexBuilder};

use super::text::text_answer;
use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::{Data, Element, List};

/// Limits in bytes on the size of a compiled expression. The smallest that suffices decides the
/// cost.
const SIZE_LIMITS: [usize; 3] = [1 << 14, 1 << 17, 1 << 20];

/// Steps of compiling an expression of the smallest size. The cost grows with the size.
const COMPILING_COST: usize = 500;

/// Steps of reading one character of an expression.
const CHARACTER_COST: usize = 4;

/// Steps of reading a class like `\p{..}`, which becomes hundreds of ranges of characters.
const CLASS_COST: usize = 500;

/// The same without regard to case: every character of every range is looked up.
const FOLDED_CLASS_COST: usize = 50_000;

/// What makes a class larger than a few ASCII characters.
const WIDE: [&str; 9] = [
    "\\p", "\\P", "\\x", "\\u", "\\U", "\\D", "\\W", "\\S", "[:^",
];

/// An expression, and how many times larger it may be than the smallest limit.
#[derive(Clone)]
struct Expression {
    /// Shared, since a clone of a `Regex` begins with an empty cache.
    regex: Rc<Regex>,
    names: Rc<Names>,
    ratio: usize,
}

impl Expression {
    /// Pays for the search for one more match in `rest` bytes, all of which it may read.
    fn search(&self, rest: usize, budget: &Budget) -> Result<(), String> {
        budget.spend(1 + rest.saturating_mul(self.ratio) / 32)
    }
}

fn ratio(size: usize) -> usize {
    SIZE_LIMITS[size] / SIZE_LIMITS[0]
}

/// Steps of reading an expression, before it is known how large it becomes.
fn reading_cost(pattern: &str) -> usize {
    let count = |marks: &[&str]| {
        marks
            .iter()
            .map(|mark| pattern.matches(mark).count())
            .sum::<usize>()
    };
    let classes = match folds_case(pattern) && (count(&WIDE) > 0 || !pattern.is_ascii()) {
        true => FOLDED_CLASS_COST * (count(&WIDE) + count(&["["])),
        false => CLASS_COST * count(&["\\p", "\\P"]),
    };
    COMPILING_COST + CHARACTER_COST * pattern.len() + classes
}

/// Whether the flag `i` stands anywhere, as in `(?i)` or `(?s-i:`.
fn folds_case(pattern: &str) -> bool {
    pattern.split("(?").skip(1).any(|flags| {
        let mut letters = flags
            .chars()
            .take_while(|c| c.is_ascii_alphabetic() || *c == '-');
        letters.any(|letter| letter == 'i')
    })
}

/// The expression, once the budget has paid for compiling it and for reading `text` with it.
fn compile(pattern: &str, text: &str, budget: &Budget) -> Result<Expression, String> {
    build(pattern, text, budget)?
}

/// As [`compile`]. The outer error is a used up budget, the inner one an invalid expression.
fn build(pattern: &str, text: &str, budget: &Budget) -> Result<Result<Expression, String>, String> {
    // Compiling costs far more than a step. A cached expression costs the same, so that the limits
    // of a template do not depend on what was rendered before it.
    budget.spend(reading_cost(pattern))?;
    match cached(pattern) {
        Some(Ok(expression)) => {
            budget.spend(COMPILING_COST * expression.ratio)?;
            budget.spend(text.len().saturating_mul(expression.ratio))?;
            Ok(Ok(expression))
        }
        Some(Err(message)) => Ok(Err(message)),
        None => {
            budget.spend(COMPILING_COST * ratio(SIZE_LIMITS.len() - 1))?;
            Ok(Err(format!(
                "the regular expression `{pattern}` is too large"
            )))
        }
    }
}

/// A compiled expression, or why there is none; `None` when it is too large.
type Compiled = Option<Result<Expression, String>>;

/// How many compiled expressions a thread keeps.
const MAX_CACHED: usize = 64;

thread_local! {
    static CACHE: RefCell<VecDeque<(String, Compiled)>> = const { RefCell::new(VecDeque::new()) };
}

fn cached(pattern: &str) -> Compiled {
    CACHE.with_borrow_mut(|list| {
        if let Some((_, compiled)) = list.iter().find(|(key, _)| key == pattern) {
            return compiled.clone();
        }
        let compiled = compile_within_limits(pattern);
        if list.len() == MAX_CACHED {
            list.pop_front();
        }
        list.push_back((pattern.to_owned(), compiled.clone()));
        compiled
    })
}

fn compile_within_limits(pattern: &str) -> Compiled {
    let invalid = || Some(Err(format!("`{pattern}` is not a regular expression")));
    let Some(translated) = translate(pattern) else {
        return invalid();
    };
    for (size, limit) in SIZE_LIMITS.into_iter().enumerate() {
        match RegexBuilder::new(&translated.pattern)
            .size_limit(limit)
            .nest_limit(100)
            .build()
        {
            Ok(regex) => {
                return Some(Ok(Expression {
                    regex: Rc::new(regex),
                    names: Rc::new(translated.names),
                    ratio: ratio(size),
                }));
            }
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(_) => return invalid(),
        }
    }
    None
}

/// Whether Go reads a text as a regular expression.
pub fn is_regex(pattern: &str) -> bool {
    translate(pattern).is_some()
}

/// Whether a text matches an expression somewhere; `None` for an expression that cannot be used.
pub fn regex_matches(pattern: &str, text: &str) -> Option<bool> {
    let expression = cached(pattern)?.ok()?;
    Some(expression.regex.is_match(text))
}

/// An expression that cannot be used matches nothing.
pub(super) fn is_match(arguments: &Arguments, budget: &Budget) -> Answer {
    let result = build(arguments.text(0), arguments.text(1), budget)?;
    Ok(Data::Bool(result.is_ok_and(|expression| {
        expression.regex.is_match(arguments.text(1))
    })))
}

pub(super) fn must_match(arguments: &Arguments, budget: &Budget) -> Answer {
    Ok(Data::Bool(
        compile(arguments.text(0), arguments.text(1), budget)?
            .regex
            .is_match(arguments.text(1)),
    ))
}

pub(super) fn find(arguments: &Arguments, budget: &Budget) -> Answer {
    let Expression { regex, .. } = compile(arguments.text(0), arguments.text(1), budget)?;
    Ok(Data::text(
        regex
            .find(arguments.text(1))
            .map_or("", |part| part.as_str()),
    ))
}

/// A negative count means all of them.
fn max_count(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

pub(super) fn find_all(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = arguments.text(1);
    let expression = compile(arguments.text(0), text, budget)?;
    let mut parts = Vec::new();
    for part in expression
        .regex
        .find_iter(text)
        .take(max_count(arguments.int(2)))
    {
        expression.search(text.len() - part.end(), budget)?;
        parts.push(Data::text(part.as_str()));
    }
    Ok(Data::List(List::nil_if_empty(Element::Text, parts)))
}

pub(super) fn replace_all(arguments: &Arguments, budget: &Budget) -> Answer {
    replace(arguments, budget, expand::expand)
}

pub(super) fn replace_all_literal(arguments: &Arguments, budget: &Budget) -> Answer {
    replace(arguments, budget, |_, _, replacement, out| {
        out.push_str(replacement)
    })
}

/// The size is checked match by match, since each may add as much text as it likes.
fn replace(
    arguments: &Arguments,
    budget: &Budget,
    expand: fn(&Captures, &Names, &str, &mut String),
) -> Answer {
    let (text, replacement) = (arguments.text(1), arguments.text(2));
    let expression = compile(arguments.text(0), text, budget)?;
    let mut out = String::new();
    let mut from = 0;
    for captures in expression.regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        out.push_str(&text[from..whole.start()]);
        // A reference has at least two bytes and adds at most the whole match.
        let most = replacement
            .len()
            .saturating_add((replacement.len() / 2).saturating_mul(whole.len()));
        if out.len().saturating_add(most) > budget.limits().value {
            return Err("the text would be too long".to_owned());
        }
        expression.search(text.len() - whole.end(), budget)?;
        expand(&captures, &expression.names, replacement, &mut out);
        from = whole.end();
    }
    out.push_str(&text[from..]);
    text_answer(out, budget)
}

pub(super) fn split(arguments: &Arguments, budget: &Budget) -> Answer {
    let (pattern, text, count) = (
        arguments.text(0),
        arguments.text(1),
        max_count(arguments.int(2)),
    );
    let expression = compile(pattern, text, budget)?;
    if count == 0 {
        return Ok(Data::List(List::nil_if_empty(Element::Text, Vec::new())));
    }
    if text.is_empty() && !pattern.is_empty() {
        return Ok(Data::texts([""]));
    }
    let (mut parts, mut start, mut end) = (Vec::new(), 0, 0);
    for part in expression.regex.find_iter(text) {
        expression.search(text.len() - part.end(), budget)?;
        if parts.len() + 1 == count {
            break;
        }
        end = part.start();
        // An empty match at the very start cuts nothing off.
        if part.end() != 0 {
            parts.push(&text[start..end]);
        }
        start = part.end();
    }
    if end != text.len() {
        parts.push(&text[start..]);
    }
    Ok(Data::texts(parts))
}

pub(super) fn quote_meta(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut out = String::new();
    for character in arguments.text(0).chars() {
        if "\\.+*?()|[]{}^$".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    text_answer(out, budget)
}
