//! Encodings, check sums and escapes.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;

use super::text::{text_answer, text_of};
use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;
use crate::print;
use crate::quote::is_printable;
use diagnostics::hex;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn b64enc(arguments: &Arguments, budget: &Budget) -> Answer {
    text_answer(STANDARD.encode(arguments.text(0)), budget)
}

/// Sprig gives the text of the error as the result. Here it is an error: the text would end up in a
/// password.
pub(super) fn b64dec(arguments: &Arguments, budget: &Budget) -> Answer {
    let bytes = STANDARD
        .decode(arguments.text(0).replace(['\n', '\r'], ""))
        .map_err(|error| error.to_string())?;
    text_of(bytes, budget)
}

pub(super) fn b32enc(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut out = String::new();
    for group in arguments.text(0).as_bytes().chunks(5) {
        let bits = group
            .iter()
            .chain([0u8; 5].iter())
            .take(5)
            .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let used = (group.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = (bits >> (35 - 5 * place)) & 31;
            out.push(if place < used {
                char::from(BASE32[digit as usize])
            } else {
                '='
            });
        }
    }
    text_answer(out, budget)
}

pub(super) fn b32dec(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = arguments.text(0).replace(['\n', '\r'], "");
    if !text.len().is_multiple_of(8) {
        return Err("base32 text has a length that is a multiple of 8".to_owned());
    }
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 6 {
        return Err("too much padding for base32".to_owned());
    }
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for digit in digits.bytes() {
        let value = BASE32.iter().position(|other| *other == digit);
        let value =
            value.ok_or_else(|| format!("{:?} is not a base32 digit", char::from(digit)))?;
        bits = bits << 5 | value as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    text_of(bytes, budget)
}

/// Steps of the sum of the shortest text.
const SUM_COST: usize = 32;

fn sum(digest: impl AsRef<[u8]>) -> Answer {
    Ok(Data::text(hex::encode(digest.as_ref())))
}

pub(super) fn sha1sum(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(SUM_COST + arguments.text(0).len() / 64)?;
    sum(sha1::Sha1::digest(arguments.text(0)))
}

pub(super) fn sha256sum(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(SUM_COST + arguments.text(0).len() / 64)?;
    sum(sha2::Sha256::digest(arguments.text(0)))
}

pub(super) fn sha512sum(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(SUM_COST + arguments.text(0).len() / 64)?;
    sum(sha2::Sha512::digest(arguments.text(0)))
}

pub(super) fn adler32sum(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len() / 64)?;
    let (low, high) = arguments
        .text(0)
        .bytes()
        .fold((1u32, 0u32), |(low, high), byte| {
            let low = (low + u32::from(byte)) % 65521;
            (low, (high + low) % 65521)
        });
    Ok(Data::text((high << 16 | low).to_string()))
}

/// The text that `html`, `js` and `urlquery` escape: what `print` writes, with `<no value>` for nil.
fn text_to_escape(arguments: &Arguments, budget: &Budget) -> Result<String, String> {
    let printed = |value: &Data| match value {
        Data::Nil | Data::Missing => Data::text("<no value>"),
        value => value.clone(),
    };
    let values: Vec<Data> = arguments.all().iter().map(printed).collect();
    let text = print::print(&values, budget)?;
    budget.room(text.len().saturating_mul(6))?;
    Ok(text)
}

pub(super) fn html(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut out = String::new();
    for character in text_to_escape(arguments, budget)?.chars() {
        match character {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\0' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    Ok(Data::text(out))
}

pub(super) fn js(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut out = String::new();
    for character in text_to_escape(arguments, budget)?.chars() {
        match character {
            '\\' | '\'' | '"' => {
                out.push('\\');
                out.push(character);
            }
            // Writing to a string cannot fail.
            '<' | '>' | '&' | '=' | '\0'..='\x1f' => {
                _ = write!(out, "\\u{:04X}", u32::from(character))
            }
            _ if character.is_ascii() || is_printable(character) => out.push(character),
            _ => _ = write!(out, "\\u{:04X}", u32::from(character)),
        }
    }
    Ok(Data::text(out))
}

pub(super) fn urlquery(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut out = String::new();
    for byte in text_to_escape(arguments, budget)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            b' ' => out.push('+'),
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    Ok(Data::text(out))
}
