//! Cuts a template into pieces of text and actions, and actions into tokens.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, one_of, satisfy};
use nom::combinator::{map, not, opt, peek, recognize};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::TemplateError;
use crate::literal::{self, LiteralError, Number};
use crate::tree::Span;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// A piece of the template.
#[derive(Debug)]
pub(super) enum Piece {
    Text(Span),
    Action { tokens: Vec<Token>, span: Span },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Span,
    /// Whether white space stands before it: `a .b` has two operands, `a.b` is one.
    pub spaced: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Word(String),
    Field(String),
    Variable(String),
    Number(Number),
    Text(String),
    Dot,
    Bar,
    Assign,
    Declare,
    Comma,
    Open,
    Close,
}

/// Cuts the whole template. The pieces of text are without the white space that trim marks remove.
pub(super) fn cut(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let Some(length) = rest.find(OPEN) else {
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

fn push_text(pieces: &mut Vec<Piece>, start: usize, end: usize) {
    if start < end {
        pieces.push(Piece::Text(Span { start, end }));
    }
}

struct Action<'t> {
    text: &'t str,
    open: usize,
}

/// The tokens of an action (`None` for a comment), its end, and whether it trims the text after it.
type ActionRead = (Option<Vec<Token>>, usize, bool);

impl Action<'_> {
    fn read(&self, start: usize) -> Result<ActionRead, TemplateError> {
        let inside = self.text[start..].trim_start_matches(SPACES);
        let trimmed = self.text.len() - inside.len();
        // Only a trim mark may stand between the braces and a comment.
        if inside.starts_with("/*") && (trimmed == start || start > self.open + OPEN.len()) {
            return self.comment(trimmed);
        }
        self.tokens(start)
    }

    fn comment(&self, start: usize) -> Result<ActionRead, TemplateError> {
        let Some(length) = self.text[start..].find("*/") else {
            return Err(TemplateError::new(
                self.open,
                self.text.len(),
                "unclosed comment",
            ));
        };
        let end = start + length + 2;
        match closing(&self.text[end..]) {
            Some((length, trims)) => Ok((None, end + length, trims)),
            None => Err(TemplateError::new(
                self.open,
                end,
                "a comment must end right before the closing `}}`",
            )),
        }
    }

    fn tokens(&self, start: usize) -> Result<ActionRead, TemplateError> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut at = start;
        loop {
            let rest = &self.text[at..];
            if let Some((length, trims)) = closing(rest) {
                return Ok((Some(tokens), at + length, trims));
            }
            let unspaced = rest.trim_start_matches(SPACES);
            if unspaced.is_empty() {
                return Err(TemplateError::new(
                    self.open,
                    self.text.trim_end().len(),
                    "unclosed action: `}}` is missing",
                ));
            }
            if unspaced.len() < rest.len() && closing(unspaced).is_some_and(|(_, trims)| !trims) {
                at = self.text.len() - unspaced.len();
                continue;
            }
            let from = self.text.len() - unspaced.len();
            let (kind, length) = token(unspaced).map_err(|error| error.at(from))?;
            let spaced = unspaced.len() < rest.len() || tokens.is_empty();
            at = from + length;
            tokens.push(Token {
                kind,
                span: Span {
                    start: from,
                    end: at,
                },
                spaced,
            });
        }
    }
}

/// The length of the closing mark at the beginning of `rest`, and whether it trims.
fn closing(rest: &str) -> Option<(usize, bool)> {
    if rest.starts_with(CLOSE) {
        return Some((CLOSE.len(), false));
    }
    let trimming = rest.starts_with(SPACES) && rest[1..].starts_with("-}}");
    if trimming {
        return Some((4, true));
    }
    // Several blanks may stand before the mark; only the last belongs to it.
    let unspaced = rest.trim_start_matches(SPACES);
    (unspaced.len() < rest.len() && unspaced.starts_with("-}}"))
        .then_some((rest.len() - unspaced.len() + 3, true))
}

fn token(rest: &str) -> Result<(TokenKind, usize), LiteralError> {
    match rest.as_bytes().first() {
        Some(b'"') => literal::quoted(rest).map(|(text, length)| (TokenKind::Text(text), length)),
        Some(b'`') => literal::raw(rest).map(|(text, length)| (TokenKind::Text(text), length)),
        Some(b'\'') => {
            literal::character(rest).map(|(number, length)| (TokenKind::Number(number), length))
        }
        _ => {
            if let Ok((after, text)) = number(rest) {
                return number_token(text, after);
            }
            let (after, kind) = simple(rest).map_err(|_| unexpected(rest))?;
            let length = rest.len() - after.len();
            if matches!(
                kind,
                TokenKind::Word(_) | TokenKind::Field(_) | TokenKind::Variable(_)
            ) {
                check_end(after, length)?;
            }
            Ok((kind, length))
        }
    }
}

fn number_token(text: &str, after: &str) -> Result<(TokenKind, usize), LiteralError> {
    let tail: usize = after
        .chars()
        .take_while(|&c| is_word(c))
        .map(char::len_utf8)
        .sum();
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
    let is_end = next
        .is_none_or(|c| SPACES.contains(&c) || ".,|:=()".contains(c) || after.starts_with(CLOSE));
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

fn word(input: &str) -> IResult<&str, &str> {
    recognize((
        satisfy(|c| is_word(c) && !c.is_numeric()),
        take_while(is_word),
    ))
    .parse(input)
}

fn simple(input: &str) -> IResult<&str, TokenKind> {
    alt((
        map(preceded(char('.'), word), |name| {
            TokenKind::Field(name.to_owned())
        }),
        map(char('.'), |_| TokenKind::Dot),
        map(recognize((char('$'), take_while(is_word))), |name: &str| {
            TokenKind::Variable(name.to_owned())
        }),
        map(word, |name| TokenKind::Word(name.to_owned())),
        map(tag(":="), |_| TokenKind::Declare),
        map(char('='), |_| TokenKind::Assign),
        map(char('|'), |_| TokenKind::Bar),
        map(char(','), |_| TokenKind::Comma),
        map(char('('), |_| TokenKind::Open),
        map(char(')'), |_| TokenKind::Close),
    ))
    .parse(input)
}

/// The text of a number, which `literal::number` checks.
fn number(input: &str) -> IResult<&str, &str> {
    let start = preceded(
        opt(one_of("+-")),
        alt((
            recognize(satisfy(|c| c.is_ascii_digit())),
            recognize((char('.'), satisfy(|c| c.is_ascii_digit()))),
        )),
    );
    let (_, _) = peek(start).parse(input)?;
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
