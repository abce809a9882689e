//! Words, numbers, strings and signs, with their places.

use crate::Error;
use crate::literal;
use crate::tree::Literal;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token<'t> {
    /// A name or a reserved word.
    Word(&'t str),
    /// A name in backticks, which may have other letters.
    Quoted(&'t str),
    Literal(Literal),
    /// A whole number of at least 2^63, which only a minus before it can make fit.
    LargeInt(u64),
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct Lexeme<'t> {
    pub token: Token<'t>,
    pub start: usize,
    pub end: usize,
}

/// Longer ones first.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",",
    "(", ")", "[", "]", "{", "}",
];

/// All tokens of `text`; the last is the end.
pub(crate) fn lex(text: &str) -> Result<Vec<Lexeme<'_>>, Error> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        at = skip_blanks(text, at);
        let (token, end) = next(text, at)?;
        let is_end = token == Token::End;
        out.push(Lexeme {
            token,
            start: at,
            end,
        });
        if is_end {
            return Ok(out);
        }
        at = end;
    }
}

fn skip_blanks(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at = text.len()
            - rest
                .trim_start_matches([' ', '\t', '\n', '\r', '\x0c'])
                .len();
        if !text[at..].starts_with("//") {
            return at;
        }
        at = text[at..].find('\n').map_or(text.len(), |end| at + end);
    }
}

fn next(text: &str, at: usize) -> Result<(Token<'_>, usize), Error> {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else {
        return Ok((Token::End, at));
    };
    if let Some(prefix) = literal::string_prefix(rest) {
        let (value, length) = literal::string(rest, prefix, at)?;
        return Ok((Token::Literal(value), at + length));
    }
    let digit_at = |index: usize| rest.as_bytes().get(index).is_some_and(u8::is_ascii_digit);
    if digit_at(0) || (first == '.' && digit_at(1)) {
        let (token, length) = number(rest, at)?;
        return Ok((token, at + length));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = rest
            .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .unwrap_or(rest.len());
        return Ok((word(&rest[..length]), at + length));
    }
    if let Some(name) = quoted_name(rest) {
        return Ok((Token::Quoted(name), at + name.len() + 2));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Token::Sign(sign), at + sign.len())),
        None => {
            let help = match first {
                '=' => Some("write `==` to compare"),
                '&' => Some("write `&&`"),
                '|' => Some("write `||`"),
                _ => None,
            };
            let end = at + first.len_utf8();
            let shown = diagnostics::visible::line(&text[at..end]);
            Err(Error::new(at, end, format!("unexpected `{shown}`")).help(help))
        }
    }
}

fn quoted_name(rest: &str) -> Option<&str> {
    let (name, _) = rest.strip_prefix('`')?.split_once('`')?;
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "_.-/ ".contains(letter);
    (!name.is_empty() && name.chars().all(is_letter)).then_some(name)
}

fn word(text: &str) -> Token<'_> {
    match text {
        "null" => Token::Literal(Literal::Null),
        "true" => Token::Literal(Literal::Bool(true)),
        "false" => Token::Literal(Literal::Bool(false)),
        "in" => Token::Sign("in"),
        _ => Token::Word(text),
    }
}

fn number(rest: &str, at: usize) -> Result<(Token<'_>, usize), Error> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        from + bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let wrong = |length: usize| {
        let message = format!("`{}` is not a number of 64 bits", &rest[..length]);
        Error::new(at, at + length, message)
    };
    let (mut end, radix) = match rest.get(..2) {
        Some("0x" | "0X") => {
            let count = bytes[2..]
                .iter()
                .take_while(|byte| byte.is_ascii_hexdigit());
            (2 + count.count(), 16)
        }
        _ => (digits(0), 10),
    };
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let mut is_double = false;
    if radix == 10 && bytes.get(end) == Some(&b'.') && is_digit(end + 1) {
        (end, is_double) = (digits(end + 1), true);
    }
    if radix == 10 && matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if is_digit(end + 1 + signed) {
            (end, is_double) = (digits(end + 1 + signed), true);
        }
    }
    if is_double {
        let value: f64 = rest[..end].parse().map_err(|_| wrong(end))?;
        if value.is_infinite() {
            return Err(wrong(end));
        }
        return Ok((Token::Literal(Literal::Double(value)), end));
    }
    let digits = &rest[if radix == 16 { 2 } else { 0 }..end];
    let value = u64::from_str_radix(digits, radix).map_err(|_| wrong(end))?;
    if matches!(bytes.get(end), Some(b'u' | b'U')) {
        return Ok((Token::Literal(Literal::Uint(value)), end + 1));
    }
    let token = match i64::try_from(value) {
        Ok(value) => Token::Literal(Literal::Int(value)),
        Err(_) => Token::LargeInt(value),
    };
    Ok((token, end))
}
