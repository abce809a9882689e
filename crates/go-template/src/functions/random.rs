//! Random values. Each call has a source of its own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::Data;
use diagnostics::hex;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BOTH: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn count(arguments: &Arguments, budget: &Budget) -> Result<usize, String> {
    let count =
        usize::try_from(arguments.int(0)).map_err(|_| "the length is negative".to_owned())?;
    budget.room(count)?;
    budget.spend(count)?;
    Ok(count)
}

fn random_text(arguments: &Arguments, budget: &Budget, alphabet: &str) -> Answer {
    let count = count(arguments, budget)?;
    let mut stream = budget.random_source()?;
    let letters = alphabet.as_bytes();
    let text = (0..count).map(|_| char::from(letters[stream.below(letters.len() as u64) as usize]));
    Ok(budget.generated_text(text.collect()))
}

pub(super) fn alpha_num(arguments: &Arguments, budget: &Budget) -> Answer {
    random_text(arguments, budget, BOTH)
}

pub(super) fn alpha(arguments: &Arguments, budget: &Budget) -> Answer {
    random_text(arguments, budget, LETTERS)
}

pub(super) fn numeric(arguments: &Arguments, budget: &Budget) -> Answer {
    random_text(arguments, budget, DIGITS)
}

pub(super) fn ascii(arguments: &Arguments, budget: &Budget) -> Answer {
    random_text(arguments, budget, &(' '..='~').collect::<String>())
}

/// As many random bytes, in base64.
pub(super) fn bytes(arguments: &Arguments, budget: &Budget) -> Answer {
    let count = count(arguments, budget)?;
    let mut stream = budget.random_source()?;
    Ok(budget.generated_text(
        STANDARD.encode((0..count).map(|_| stream.next_byte()).collect::<Vec<_>>()),
    ))
}

/// From the first number up to, not including, the second.
pub(super) fn int(arguments: &Arguments, budget: &Budget) -> Answer {
    let (low, high) = (arguments.int(0), arguments.int(1));
    if low >= high {
        return Err(format!("there is no number from {low} up to {high}"));
    }
    let offset = budget.random_source()?.below(high.abs_diff(low));
    Ok(Data::Int(low.wrapping_add_unsigned(offset)))
}

pub(super) fn shuffle(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut characters: Vec<char> = arguments.text(0).chars().collect();
    budget.spend(2 * characters.len())?;
    let mut stream = budget.random_source()?;
    for at in (1..characters.len()).rev() {
        characters.swap(at, stream.below(at as u64 + 1) as usize);
    }
    Ok(Data::text(characters.into_iter().collect::<String>()))
}

pub(super) fn uuid(_: &Arguments, budget: &Budget) -> Answer {
    let mut stream = budget.random_source()?;
    let mut bytes: [u8; 16] = std::array::from_fn(|_| stream.next_byte());
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(&bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
    Ok(Data::text(parts.join("-")))
}
