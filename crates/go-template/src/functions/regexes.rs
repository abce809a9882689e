//! Regular expressions as Go reads them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use super::text::text_answer;
use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;

/// Limits in bytes on the size of a compiled expression. The smallest that suffices decides the
/// cost.
const SIZE_LIMITS: [usize; 3] = [1 << 14, 1 << 17, 1 << 20];

/// Steps of compiling an expression of the smallest size. The cost grows with the size.
const COMPILING_COST: usize = 500;

/// Steps of reading one character of an expression.
const CHARACTER_COST: usize = 4;

/// Steps of reading a class like `\p{..}`, which becomes hundreds of ranges of characters.
const CLASS_COST: usize = 200;

/// The same without regard to case: every character of every range is looked up.
const FOLDED_CLASS_COST: usize = 50_000;

/// What makes a class larger than a few ASCII characters.
const WIDE: [&str; 9] = [
    "\\p", "\\P", "\\x", "\\u", "\\U", "\\D", "\\W", "\\S", "[:^",
];

/// An expression, and how many times larger it may be than the smallest limit.
struct Expression {
    regex: Regex,
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
        Some(Ok((regex, size))) => {
            budget.spend(COMPILING_COST * ratio(size))?;
            budget.spend(text.len().saturating_mul(ratio(size)))?;
            Ok(Ok(Expression {
                regex,
                ratio: ratio(size),
            }))
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

/// A compiled expression with the index of the size limit that it needed, or why there is none;
/// `None` when it is too large.
type Compiled = Option<Result<(Regex, usize), String>>;

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
    let translated = translate(pattern);
    for (size, limit) in SIZE_LIMITS.into_iter().enumerate() {
        match RegexBuilder::new(&translated)
            .size_limit(limit)
            .nest_limit(100)
            .build()
        {
            Ok(regex) => return Some(Ok((regex, size))),
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(_) => return Some(Err(format!("`{pattern}` is not a regular expression"))),
        }
    }
    None
}

/// Go's `\d`, `\w`, `\s` and `\b` know only ASCII, and brackets inside a class mean nothing special
/// there.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => escape(&mut characters, false, &mut out),
            '[' => class(&mut characters, &mut out),
            _ => out.push(character),
        }
    }
    out
}

fn escape(characters: &mut Peekable<Chars>, inside_class: bool, out: &mut String) {
    let Some(character) = characters.next() else {
        return out.push('\\');
    };
    let plain = match character {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\f\\r ",
        'D' => return out.push_str("[^0-9]"),
        'W' => return out.push_str("[^0-9A-Za-z_]"),
        'S' => return out.push_str("[^\\t\\n\\f\\r ]"),
        'b' if !inside_class => return out.push_str("(?-u:\\b)"),
        'Q' if !inside_class => return literal(characters, out),
        'z' | 'A' if !inside_class => {
            out.push('\\');
            return out.push(character);
        }
        _ if character.is_ascii_punctuation() => {
            return out.push_str(&regex::escape(&character.to_string()));
        }
        _ => {
            out.push('\\');
            return out.push(character);
        }
    };
    if inside_class {
        out.push_str(plain);
    } else {
        out.push('[');
        out.push_str(plain);
        out.push(']');
    }
}

/// `\Q..\E`: everything between stands for itself.
fn literal(characters: &mut Peekable<Chars>, out: &mut String) {
    let mut text = String::new();
    for character in characters.by_ref() {
        text.push(character);
        if text.ends_with("\\E") {
            text.truncate(text.len() - 2);
            break;
        }
    }
    out.push_str(&regex::escape(&text));
}

fn class(characters: &mut Peekable<Chars>, out: &mut String) {
    out.push('[');
    if characters.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    // A bracket that comes first stands for itself.
    if characters.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    while let Some(character) = characters.next() {
        match character {
            ']' => return out.push(']'),
            '\\' => escape(characters, true, out),
            '[' if characters.peek() == Some(&':') => named_class(characters, out),
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(character);
            }
            '-' if characters.peek() == Some(&'-') => out.push_str("\\-"),
            _ => out.push(character),
        }
    }
}

/// `[:alpha:]` is copied as it is.
fn named_class(characters: &mut Peekable<Chars>, out: &mut String) {
    out.push('[');
    for character in characters.by_ref() {
        out.push(character);
        if character == ']' {
            return;
        }
    }
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
        parts.push(part.as_str());
    }
    Ok(Data::texts(parts))
}

pub(super) fn replace_all(arguments: &Arguments, budget: &Budget) -> Answer {
    replace(arguments, budget, |captures, replacement, out| {
        captures.expand(replacement, out)
    })
}

pub(super) fn replace_all_literal(arguments: &Arguments, budget: &Budget) -> Answer {
    replace(arguments, budget, |_, replacement, out| {
        out.push_str(replacement)
    })
}

/// The size is checked match by match, since each may add as much text as it likes.
fn replace(
    arguments: &Arguments,
    budget: &Budget,
    expand: fn(&regex::Captures, &str, &mut String),
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
        expand(&captures, replacement, &mut out);
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
        return Ok(Data::texts(Vec::<String>::new()));
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
