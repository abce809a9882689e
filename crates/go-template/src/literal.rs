//! Constants in an action: strings, characters and numbers.

use std::borrow::Cow;

use crate::TemplateError;

/// A number constant, with each kind of number that it can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub int: Option<i64>,
    pub float: Option<f64>,
    /// Whether it is a float where any kind will do, since it has a point or an exponent.
    pub prefers_float: bool,
}

/// An error in a constant, from its beginning on.
pub(super) struct LiteralError {
    pub length: usize,
    pub message: String,
}

impl LiteralError {
    pub fn new(length: usize, message: impl Into<String>) -> LiteralError {
        LiteralError {
            length,
            message: message.into(),
        }
    }

    pub fn at(self, start: usize) -> TemplateError {
        TemplateError::new(start, start + self.length, self.message)
    }
}

/// A string between double quotes, with Go's escapes.
pub(super) fn quoted(rest: &str) -> Result<(Cow<'_, str>, usize), LiteralError> {
    let ends = |byte: u8| matches!(byte, b'"' | b'\\' | b'\n');
    let plain = 1 + rest[1..].bytes().take_while(|byte| !ends(*byte)).count();
    if rest[plain..].starts_with('"') {
        return Ok((Cow::Borrowed(&rest[1..plain]), plain + 1));
    }
    let (bytes, length) = escaped(rest, '"', "string")?;
    let text = String::from_utf8(bytes)
        .map_err(|_| LiteralError::new(length, "the string's escapes do not form text (UTF-8)"))?;
    Ok((Cow::Owned(text), length))
}

/// A string between backquotes, where nothing is special but carriage returns, which Go drops.
pub(super) fn raw(rest: &str) -> Result<(Cow<'_, str>, usize), LiteralError> {
    let Some(length) = rest[1..].find('`') else {
        return Err(LiteralError::new(rest.len(), "unterminated raw string"));
    };
    let text = &rest[1..=length];
    let text = match text.contains('\r') {
        true => Cow::Owned(text.replace('\r', "")),
        false => Cow::Borrowed(text),
    };
    Ok((text, length + 2))
}

/// A character between single quotes; it stands for its number.
pub(super) fn character(rest: &str) -> Result<(Number, usize), LiteralError> {
    let (bytes, length) = escaped(rest, '\'', "character constant")?;
    let text = String::from_utf8(bytes)
        .map_err(|_| LiteralError::new(length, "the escape is not a character"))?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => {
            let code = u32::from(one);
            Ok((
                Number {
                    int: Some(i64::from(code)),
                    float: Some(f64::from(code)),
                    prefers_float: false,
                },
                length,
            ))
        }
        _ => Err(LiteralError::new(
            length,
            "a character constant holds exactly one character",
        )),
    }
}

fn escaped(rest: &str, quote: char, what: &str) -> Result<(Vec<u8>, usize), LiteralError> {
    let mut bytes = Vec::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            _ if character == quote => return Ok((bytes, at + 1)),
            '\n' => return Err(LiteralError::new(at, format!("unterminated {what}"))),
            '\\' => {
                let length = escape(&rest[at + 1..], quote, &mut bytes).ok_or_else(|| {
                    let next = rest[at + 1..].chars().next().map_or(0, char::len_utf8);
                    LiteralError::new(at + 1 + next, format!("bad escape in a {what}"))
                })?;
                for _ in 0..length {
                    characters.next();
                }
            }
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err(LiteralError::new(
        rest.len(),
        format!("unterminated {what}"),
    ))
}

/// Appends what the escape after a backslash stands for and gives its length; all escapes are
/// ASCII.
fn escape(rest: &str, quote: char, bytes: &mut Vec<u8>) -> Option<usize> {
    let first = rest.chars().next()?;
    let simple = match first {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        _ if first == quote => u8::try_from(first).ok()?,
        'x' => {
            bytes.push(u8::try_from(code(rest.get(1..3)?, 16)?).ok()?);
            return Some(3);
        }
        'u' | 'U' => {
            let length = if first == 'u' { 4 } else { 8 };
            let character = char::from_u32(code(rest.get(1..=length)?, 16)?)?;
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(1 + length);
        }
        '0'..='7' => {
            bytes.push(u8::try_from(code(rest.get(..3)?, 8)?).ok()?);
            return Some(3);
        }
        _ => return None,
    };
    bytes.push(simple);
    Some(1)
}

fn code(digits: &str, radix: u32) -> Option<u32> {
    digits
        .chars()
        .all(|c| c.is_digit(radix))
        .then(|| u32::from_str_radix(digits, radix).ok())?
}

/// A number in any of Go's forms; `None` for anything else and for complex numbers.
pub(super) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let is_hexadecimal = lower.starts_with("0x");
    let prefers_float = lower.contains(['.', 'p']) || (!is_hexadecimal && lower.contains('e'));
    if !prefers_float {
        let int = signed(text)?;
        return Some(Number {
            int: Some(int),
            float: Some(int as f64),
            prefers_float,
        });
    }
    let float = real(text)?;
    // A float without a fraction may stand where an integer is asked for.
    let is_whole = float.fract() == 0.0 && float.abs() < 9.0e18;
    Some(Number {
        int: is_whole.then_some(float as i64),
        float: Some(float),
        prefers_float,
    })
}

/// The sign of a number, and its digits in lower case without the underscores between them.
fn sign_and_digits(text: &str) -> Option<(bool, String)> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = digits.to_ascii_lowercase();
    // After a prefix such as `0x` one may stand too.
    let after_prefix = match digits.get(..2) {
        Some("0x" | "0o" | "0b") => &digits[1..],
        _ => &digits,
    };
    let parts: Vec<&str> = after_prefix.split('_').collect();
    let is_digit = |c: char| c.is_ascii_hexdigit() || "xob".contains(c);
    let between = parts.windows(2).all(|pair| {
        pair[0].ends_with(is_digit) && pair[1].starts_with(|c: char| c.is_ascii_hexdigit())
    });
    between.then(|| (text.starts_with('-'), digits.replace('_', "")))
}

/// A whole number with a sign.
pub(super) fn signed(text: &str) -> Option<i64> {
    let (negative, digits) = sign_and_digits(text)?;
    let magnitude = whole(&digits)?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn whole(plain: &str) -> Option<i128> {
    let (digits, radix) = match plain.get(..2) {
        Some("0x") => (&plain[2..], 16),
        Some("0o") => (&plain[2..], 8),
        Some("0b") => (&plain[2..], 2),
        Some(_) if plain.starts_with('0') => (&plain[1..], 8),
        _ => (plain, 10),
    };
    (!digits.starts_with(['+', '-'])).then(|| i128::from_str_radix(digits, radix).ok())?
}

/// A float with a sign. Too large a one is none; `inf` and `nan` are floats too.
pub(super) fn real(text: &str) -> Option<f64> {
    let (negative, digits) = sign_and_digits(text)?;
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = match digits.strip_prefix("0x") {
        Some(rest) => hexadecimal_float(rest)?,
        None => digits.parse::<f64>().ok()?,
    };
    let names_infinity = digits.starts_with('i');
    (magnitude.is_finite() || magnitude.is_nan() || names_infinity).then_some(if negative {
        -magnitude
    } else {
        magnitude
    })
}

fn hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let value = u64::from_str_radix(&digits, 16).ok()? as f64;
    let exponent = exponent
        .parse::<i32>()
        .ok()?
        .checked_sub(4 * i32::try_from(after.len()).ok()?)?;
    Some(value * 2f64.powi(exponent)).filter(|float| float.is_finite())
}
