//! Cuts a template into pieces of text and actions, and actions into tokens.

use std::borrow::Cow;

use nom::branch::alt;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{not, opt, recognize};
use nom::sequence::terminated;
use nom::{IResult, Parser};

use crate::TemplateError;
use crate::literal::{self, LiteralError, Number};
use crate::tree::Span;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const TRIMMING_CLOSE: &str = "-}}";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// A piece of the template.
#[derive(Debug)]
pub(super) enum Piece<'t> {
    Text(Span),
    Action { tokens: Vec<Token<'t>>, span: Span },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'t> {
    pub kind: TokenKind<'t>,
    pub span: Span,
    /// Whether white space stands before it: `a .b` has two operands, `a.b` is one.
    pub spaced: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind<'t> {
    Word(&'t str),
    Field(&'t str),
    Variable(&'t str),
    Number(Number),
    Text(Cow<'t, str>),
    Dot,
    Bar,
    Assign,
    Declare,
    Comma,
    Open,
    Close,
}

/// Cuts the whole template. The pieces of text are without the white space that trim marks remove.
pub(super) fn cut(text: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let Some(length) = opening(rest) else {
            push_text(&mut pieces, at, text.len());
            return Ok(pieces);
        };
        let open = at + length;
        let inside = &text[open + OPEN.len()..];
        let trims = inside.starts_with('-') && inside[1..].starts_with(SPACES);
        let before = if trims {
            rest[..length].trim_end_matches(SPACES).len()
        } else {
            length
        };
        push_text(&mut pieces, at, at + before);
        let start = open + OPEN.len() + if trims { 2 } else { 0 };
        let action = Action { text, open };
        let (tokens, end, trims_after) = action.read(start)?;
        if let Some(tokens) = tokens {
            pieces.push(Piece::Action {
                tokens,
                span: Span { start: open, end },
            });
        }
        let after = &text[end..];
        at = if trims_after {
            text.len() - after.trim_start_matches(SPACES).len()
        } else {
            end
        };
    }
}

/// Where the next action begins.
fn opening(rest: &str) -> Option<usize> {
    let mut braces = rest.match_indices('{').map(|(at, _)| at);
    braces.find(|at| rest[*at..].starts_with(OPEN))
}

fn push_text(pieces: &mut Vec<Piece<'_>>, start: usize, end: usize) {
    if start < end {
        pieces.push(Piece::Text(Span { start, end }));
    }
}

struct Action<'t> {
    text: &'t str,
    open: usize,
}

/// The tokens of an action (`None` for a comment), its end, and whether it trims the text after it.
type ActionRead<'t> = (Option<Vec<Token<'t>>>, usize, bool);

impl<'t> Action<'t> {
    fn read(&self, start: usize) -> Result<ActionRead<'t>, TemplateError> {
        let trimmed = start + spaces(&self.text[start..]);
        let inside = &self.text[trimmed..];
        // Only a trim mark may stand between the braces and a comment.
        if inside.starts_with("/*") && (trimmed == start || start > self.open + OPEN.len()) {
            return self.comment(trimmed);
        }
        self.tokens(start)
    }

    fn comment(&self, start: usize) -> Result<ActionRead<'t>, TemplateError> {
        let Some(length) = self.text[start..].find("*/") else {
            return Err(TemplateError::new(
                self.open,
                self.text.len(),
                "unclosed comment",
            ));
        };
        let end = start + length + 2;
        let blank = spaces(&self.text[end..]);
        match closing(&self.text[end + blank..], blank > 0) {
            Some((length, trims)) if trims || blank == 0 => Ok((None, end + blank + length, trims)),
            _ => Err(TemplateError::new(
                self.open,
                end,
                "a comment must end right before the closing `}}`",
            )),
        }
    }

    fn tokens(&self, start: usize) -> Result<ActionRead<'t>, TemplateError> {
        let mut tokens: Vec<Token<'t>> = Vec::with_capacity(16);
        let mut at = start;
        loop {
            let blank = spaces(&self.text[at..]);
            at += blank;
            let rest = &self.text[at..];
            if let Some((length, trims)) = closing(rest, blank > 0) {
                tokens.shrink_to_fit();
                return Ok((Some(tokens), at + length, trims));
            }
            if rest.is_empty() {
                let end = self.text.trim_end().len();
                let message = "unclosed action: `}}` is missing";
                return Err(TemplateError::new(self.open, end, message));
            }
            let (kind, length) = token(rest).map_err(|error| error.at(at))?;
            tokens.push(Token {
                kind,
                span: Span {
                    start: at,
                    end: at + length,
                },
                spaced: blank > 0 || tokens.is_empty(),
            });
            at += length;
        }
    }
}

/// The length of the closing mark at the beginning of `rest`, and whether it trims, which it can
/// only after a blank.
fn closing(rest: &str, spaced: bool) -> Option<(usize, bool)> {
    if rest.starts_with(CLOSE) {
        return Some((CLOSE.len(), false));
    }
    (spaced && rest.starts_with(TRIMMING_CLOSE)).then_some((TRIMMING_CLOSE.len(), true))
}

/// The length of the white space at the beginning of a text.
fn spaces(text: &str) -> usize {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    text.bytes().take_while(is_space).count()
}

fn token(rest: &str) -> Result<(TokenKind<'_>, usize), LiteralError> {
    match rest.as_bytes() {
        [b'"', ..] => literal::quoted(rest).map(|(text, length)| (TokenKind::Text(text), length)),
        [b'`', ..] => literal::raw(rest).map(|(text, length)| (TokenKind::Text(text), length)),
        [b'\'', ..] => {
            literal::character(rest).map(|(number, length)| (TokenKind::Number(number), length))
        }
        [b'+' | b'-', b'0'..=b'9', ..]
        | [b'+' | b'-', b'.', b'0'..=b'9', ..]
        | [b'.', b'0'..=b'9', ..]
        | [b'0'..=b'9', ..] => {
            let (after, text) = number(rest).map_err(|_| unexpected(rest))?;
            number_token(text, after)
        }
        [b':', b'=', ..] => Ok((TokenKind::Declare, 2)),
        [b'=', ..] => Ok((TokenKind::Assign, 1)),
        [b'|', ..] => Ok((TokenKind::Bar, 1)),
        [b',', ..] => Ok((TokenKind::Comma, 1)),
        [b'(', ..] => Ok((TokenKind::Open, 1)),
        [b')', ..] => Ok((TokenKind::Close, 1)),
        _ => name(rest),
    }
}

/// A word, a field, a variable, or the dot alone.
fn name(rest: &str) -> Result<(TokenKind<'_>, usize), LiteralError> {
    let (kind, length) = match rest.as_bytes().first() {
        Some(b'.') => match word(&rest[1..]) {
            0 => return Ok((TokenKind::Dot, 1)),
            length => (TokenKind::Field(&rest[1..=length]), 1 + length),
        },
        Some(b'$') => {
            let length = 1 + word_characters(&rest[1..]);
            (TokenKind::Variable(&rest[..length]), length)
        }
        _ => match word(rest) {
            0 => return Err(unexpected(rest)),
            length => (TokenKind::Word(&rest[..length]), length),
        },
    };
    check_end(&rest[length..], length)?;
    Ok((kind, length))
}

fn number_token<'t>(text: &'t str, after: &str) -> Result<(TokenKind<'t>, usize), LiteralError> {
    let tail = word_characters(after);
    let length = text.len() + tail;
    match literal::number(text) {
        Some(number) if tail == 0 => Ok((TokenKind::Number(number), length)),
        _ => Err(LiteralError::new(
            length,
            format!("bad number `{text}{}`", &after[..tail]),
        )),
    }
}

/// Checks that what follows a name can follow an operand, so that `.a"b"` is not two operands.
fn check_end(after: &str, length: usize) -> Result<(), LiteralError> {
    let next = after.chars().next();
    let is_end = match next {
        Some('.' | ',' | '|' | ':' | '=' | '(' | ')') | None => true,
        Some(next) => SPACES.contains(&next) || after.starts_with(CLOSE),
    };
    if is_end {
        Ok(())
    } else {
        Err(LiteralError::new(
            length + next.map_or(0, char::len_utf8),
            bad_character(next),
        ))
    }
}

fn unexpected(rest: &str) -> LiteralError {
    let next = rest.chars().next();
    LiteralError::new(next.map_or(0, char::len_utf8), bad_character(next))
}

fn bad_character(character: Option<char>) -> String {
    match character {
        Some('}') => "an action ends with `}}`, but this is a single `}`".to_owned(),
        _ => format!(
            "unexpected character {:?} in an action",
            character.unwrap_or(' ')
        ),
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The length of the word at the beginning of a text, which no number begins; 0 without one.
fn word(text: &str) -> usize {
    match text.starts_with(char::is_numeric) {
        true => 0,
        false => word_characters(text),
    }
}

fn word_characters(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// The text of a number, which `literal::number` checks.
fn number(input: &str) -> IResult<&str, &str> {
    recognize((opt(one_of("+-")), alt((prefixed, decimal)), opt(char('i')))).parse(input)
}

fn prefixed(input: &str) -> IResult<&str, &str> {
    let digits = |c: char| c.is_ascii_hexdigit() || c == '_';
    recognize((
        char('0'),
        one_of("xXoObB"),
        take_while(digits),
        opt((char('.'), take_while(digits))),
        opt((
            one_of("pP"),
            opt(one_of("+-")),
            take_while1(|c: char| c.is_ascii_digit()),
        )),
    ))
    .parse(input)
}

fn decimal(input: &str) -> IResult<&str, &str> {
    let digits = |c: char| c.is_ascii_digit() || c == '_';
    recognize((
        take_while(digits),
        opt(terminated((char('.'), take_while(digits)), not(char('.')))),
        opt((one_of("eE"), opt(one_of("+-")), take_while1(digits))),
    ))
    .parse(input)
}
