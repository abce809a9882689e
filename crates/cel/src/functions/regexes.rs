//! Regular expressions in the syntax of RE2, by the crate `regex`.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};

use super::{Context, fail, flag, int, no_overload, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::Value;

/// The most memory that a compiled expression takes.
const MAX_SIZE: usize = 1 << 20;

/// Compiles an expression.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let invalid = || "it is not a regular expression".to_owned();
    let translated = go_regex::translate(pattern).ok_or_else(invalid)?;
    RegexBuilder::new(&translated.pattern)
        .size_limit(MAX_SIZE)
        .nest_limit(100)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            _ => invalid(),
        })
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
