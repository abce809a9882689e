//! Literals of strings and bytes, with their escapes.

use crate::Error;
use crate::tree::Literal;

/// What stands before the quotes, and the quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix {
    is_raw: bool,
    is_bytes: bool,
    /// Bytes before the quotes.
    length: usize,
    quotes: &'static str,
}

/// The prefix, when a string begins here.
pub(crate) fn string_prefix(rest: &str) -> Option<Prefix> {
    let is = |index: usize, letter: u8| {
        let byte = rest.as_bytes().get(index).copied();
        byte.is_some_and(|byte| byte.eq_ignore_ascii_case(&letter))
    };
    let is_bytes = is(0, b'b');
    let is_raw = is(usize::from(is_bytes), b'r');
    let length = usize::from(is_bytes) + usize::from(is_raw);
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let quotes = quotes
        .into_iter()
        .find(|quotes| rest[length..].starts_with(quotes))?;
    Some(Prefix {
        is_raw,
        is_bytes,
        length,
        quotes,
    })
}

/// Reads the literal at the start of `rest`, which is at `at`: its value, and its length.
pub(crate) fn string(rest: &str, prefix: Prefix, at: usize) -> Result<(Literal, usize), Error> {
    let opening = prefix.length + prefix.quotes.len();
    let mut body = Body {
        text: rest,
        position: opening,
        at,
        is_bytes: prefix.is_bytes,
        out: Vec::new(),
    };
    let closed = loop {
        let left = &rest[body.position..];
        if left.starts_with(prefix.quotes) {
            break true;
        }
        match left.chars().next() {
            None => break false,
            Some('\n' | '\r') if prefix.quotes.len() == 1 => break false,
            Some('\\') if !prefix.is_raw => body.escape()?,
            Some(character) => {
                body.push(character);
                body.position += character.len_utf8();
            }
        }
    };
    if !closed {
        let message = format!("the string is not closed: there is no {}", prefix.quotes);
        return Err(Error::new(at, at + opening, message));
    }
    let length = body.position + prefix.quotes.len();
    if prefix.is_bytes {
        return Ok((Literal::Bytes(body.out), length));
    }
    match String::from_utf8(body.out) {
        Ok(text) => Ok((Literal::Text(text), length)),
        Err(_) => Err(Error::new(at, at + length, "the string is not UTF-8")),
    }
}

struct Body<'t> {
    text: &'t str,
    position: usize,
    at: usize,
    is_bytes: bool,
    out: Vec<u8>,
}

impl Body<'_> {
    fn push(&mut self, character: char) {
        let mut buffer = [0; 4];
        self.out
            .extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }

    fn escape(&mut self) -> Result<(), Error> {
        let letter = self.text[self.position + 1..].chars().next();
        let simple = match letter {
            Some('a') => '\x07',
            Some('b') => '\x08',
            Some('f') => '\x0c',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\x0b',
            Some(same @ ('\\' | '?' | '"' | '\'' | '`')) => same,
            Some('x' | 'X') => return self.code(2, 2, 16),
            Some('u') if !self.is_bytes => return self.code(2, 4, 16),
            Some('U') if !self.is_bytes => return self.code(2, 8, 16),
            Some('0'..='3') => return self.code(1, 3, 8),
            _ => return Err(self.wrong(letter.map_or(0, char::len_utf8))),
        };
        self.push(simple);
        self.position += 2;
        Ok(())
    }

    /// A character or byte by its number, of `count` digits after `skipped` bytes.
    fn code(&mut self, skipped: usize, count: usize, radix: u32) -> Result<(), Error> {
        let start = self.position + skipped;
        let digits = self.text.get(start..start + count);
        let number = digits
            .filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)))
            .and_then(|digits| u32::from_str_radix(digits, radix).ok());
        match number.and_then(|number| Some((number, char::from_u32(number)?))) {
            Some((number, _)) if self.is_bytes => self.out.push((number & 0xff) as u8),
            Some((_, character)) => self.push(character),
            None => return Err(self.wrong(1)),
        }
        self.position = start + count;
        Ok(())
    }

    fn wrong(&self, length: usize) -> Error {
        let start = self.position;
        let text = &self.text[start..start + 1 + length];
        let shown = diagnostics::visible::line(text);
        let start = self.at + start;
        Error::new(
            start,
            start + 1 + length,
            format!("`{shown}` is not an escape"),
        )
        .help(Some(
            "write a backslash twice, or put `r` before the quotes of a regular expression",
        ))
    }
}
