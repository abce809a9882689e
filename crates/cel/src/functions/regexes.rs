//! Regular expressions in the syntax of RE2, by the crate `regex`.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};

use super::{Context, fail, flag, int, no_overload, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::Value;

/// The most memory that a compiled expression takes.
const MAX_SIZE: usize = 1 << 20;

/// Compiles an expression. RE2's classes are of ASCII.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern);
    RegexBuilder::new(&translated)
        .size_limit(MAX_SIZE)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            _ => "the regular expression is not valid".to_owned(),
        })
}

/// The classes of Perl as RE2 has them, `\Q..\E`, and a bracket that the crate would take for a class in a class.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    let mut class: Option<usize> = None;
    while let Some(character) = rest.next() {
        let ahead = rest.as_str();
        match (character, class) {
            ('\\', _) => escape(&mut rest, class.is_some(), &mut out),
            ('[', None) => {
                out.push('[');
                class = Some(out.len());
                if let Some(after) = ahead.strip_prefix('^') {
                    out.push('^');
                    class = Some(out.len());
                    rest = after.chars();
                }
            }
            // A bracket at the start of a class stands for itself.
            (']', Some(start)) if out.len() == start => out.push_str("\\]"),
            (']', Some(_)) => {
                out.push(']');
                class = None;
            }
            ('[', Some(_)) if !ahead.starts_with(':') => out.push_str("\\["),
            ('&' | '~', Some(_)) => out.extend(['\\', character]),
            ('-', Some(_)) if ahead.starts_with('-') => out.push_str("\\-"),
            _ => out.push(character),
        }
        if class.is_some() && character == '[' && ahead.starts_with(':') {
            // A named class such as `[:alpha:]` goes over as it is.
            if let Some(end) = ahead.find(":]").filter(|_| out.len() > 1) {
                out.push_str(&ahead[..end + 2]);
                rest = ahead[end + 2..].chars();
            }
        }
    }
    out
}

fn escape(rest: &mut std::str::Chars<'_>, in_class: bool, out: &mut String) {
    let ascii = match rest.clone().next() {
        Some('d') => "0-9",
        Some('w') => "0-9A-Za-z_",
        Some('s') => "\\t\\n\\x0C\\r ",
        Some('D') => "^0-9",
        Some('W') => "^0-9A-Za-z_",
        Some('S') => "^\\t\\n\\x0C\\r ",
        Some('b') if !in_class => {
            rest.next();
            return out.push_str("(?-u:\\b)");
        }
        Some('Q') if !in_class => {
            rest.next();
            let text = rest.as_str();
            let (literal, after) = text.split_once("\\E").unwrap_or((text, ""));
            out.push_str(&regex::escape(literal));
            *rest = after.chars();
            return;
        }
        Some(other) => {
            rest.next();
            return out.extend(['\\', other]);
        }
        None => return out.push('\\'),
    };
    rest.next();
    match in_class && !ascii.starts_with('^') {
        true => out.push_str(ascii),
        false => out.extend(["[", ascii, "]"]),
    }
}

/// The text and the expression of a call; the check has compiled the expression when it is a literal.
fn parts<'v, 'c, 'a>(
    context: &Context<'c, 'a>,
    arguments: &'v [Value<'a>],
) -> Result<(&'v str, Cow<'c, Regex>), Failure<'a>> {
    let [of, pattern, ..] = arguments else {
        return Err(no_overload(arguments));
    };
    let (of, pattern) = (text(of)?, text(pattern)?);
    let cost = (of.len() as u64 + 1).div_ceil(10) * (pattern.len() as u64).div_ceil(4);
    (context.spend)(cost)?;
    match context.regex {
        Some(regex) => Ok((of, Cow::Borrowed(regex))),
        None => {
            // Compiling takes longer than matching as a rule.
            (context.spend)(pattern.len() as u64)?;
            Ok((of, Cow::Owned(compile(pattern).map_err(fail)?)))
        }
    }
}

pub(super) fn matches<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, regex) = parts(context, arguments)?;
    flag(regex.is_match(of))
}

pub(super) fn find<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, regex) = parts(context, arguments)?;
    let found = regex.find(of);
    Ok(Value::text(found.map_or("", |found| found.as_str())))
}

pub(super) fn find_all<'a>(context: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let (of, regex) = parts(context, arguments)?;
    let count = match arguments.get(2).map(int).transpose()? {
        None => usize::MAX,
        Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
    };
    let found = regex.find_iter(of).take(count);
    Ok(Value::list(
        found.map(|found| Value::text(found.as_str())).collect(),
    ))
}
