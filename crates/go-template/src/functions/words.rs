//! Strings as words: letter case, wrapping, shortening.

use super::text::{lowercase, text_answer, text_of, uppercase};
use super::{Answer, Arguments};
use crate::budget::Budget;

/// Every first letter of a word in capitals; words end where no letter, digit or `_` is.
pub(super) fn title(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut before = ' ';
    let change = |character: char| {
        // Apart from ASCII only white space ends a word.
        let ends = before.is_ascii() || before.is_whitespace();
        let starts = ends && before != '_' && !before.is_alphanumeric();
        before = character;
        if starts {
            uppercase(character)
        } else {
            character
        }
    };
    text_answer(arguments.text(0).chars().map(change).collect(), budget)
}

/// The first letter of every word small; words end at white space.
pub(super) fn untitle(arguments: &Arguments, budget: &Budget) -> Answer {
    let mut before = ' ';
    let change = |character: char| {
        let starts = before.is_whitespace();
        before = character;
        if starts {
            lowercase(character)
        } else {
            character
        }
    };
    text_answer(arguments.text(0).chars().map(change).collect(), budget)
}

pub(super) fn swapcase(arguments: &Arguments, budget: &Budget) -> Answer {
    let change = |character: char| {
        if character.is_uppercase() {
            lowercase(character)
        } else if character.is_lowercase() {
            uppercase(character)
        } else {
            character
        }
    };
    text_answer(arguments.text(0).chars().map(change).collect(), budget)
}

/// The first of each word. As in Go, each byte is taken for a character.
pub(super) fn initials(arguments: &Arguments, budget: &Budget) -> Answer {
    let characters: String = arguments.text(0).bytes().map(char::from).collect();
    let words = characters.split_whitespace();
    text_answer(
        words.filter_map(|word| word.chars().next()).collect(),
        budget,
    )
}

/// Cuts to `width` bytes, the last three of which are dots.
pub(super) fn abbrev(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = arguments.text(1).as_bytes();
    text_of(abbreviate(text, 0, arguments.int(0)), budget)
}

/// Cuts both sides: what stands before `offset` becomes dots too.
pub(super) fn abbrev_both(arguments: &Arguments, budget: &Budget) -> Answer {
    let (left, right) = (arguments.int(0), arguments.int(1));
    if right < 4 || (left > 0 && right < 7) {
        return Ok(arguments.any(2).clone());
    }
    let text = arguments.text(2).as_bytes();
    let offset = usize::try_from(left).unwrap_or(0);
    text_of(abbreviate(text, offset, right), budget)
}

/// As in Go, bytes are counted, whatever characters they belong to.
fn abbreviate(text: &[u8], offset: usize, width: i64) -> Vec<u8> {
    let width = usize::try_from(width).ok().filter(|width| *width >= 4);
    let Some(width) = width.filter(|width| text.len() > *width) else {
        return text.to_vec();
    };
    let room = width - 3;
    let offset = offset.min(text.len() - room);
    let dots = b"...".as_slice();
    if offset <= 4 {
        return [&text[..room], dots].concat();
    }
    if offset + room < text.len() {
        return [dots, &abbreviate(&text[offset..], 0, room as i64)].concat();
    }
    [dots, &text[text.len() - room..]].concat()
}

pub(super) fn wrap(arguments: &Arguments, budget: &Budget) -> Answer {
    wrap_text(arguments.text(1), arguments.int(0), "\n", false, budget)
}

/// Like `wrap`, with any separator, and words that are too long are broken.
pub(super) fn wrap_with(arguments: &Arguments, budget: &Budget) -> Answer {
    wrap_text(
        arguments.text(2),
        arguments.int(0),
        arguments.text(1),
        true,
        budget,
    )
}

fn wrap_text(
    text: &str,
    width: i64,
    separator: &str,
    breaks_words: bool,
    budget: &Budget,
) -> Answer {
    let separator = if separator.is_empty() {
        "\n"
    } else {
        separator
    };
    let width = usize::try_from(width).unwrap_or(0).max(1);
    budget.room(
        text.len()
            .saturating_add((text.len() / width).saturating_mul(separator.len())),
    )?;
    budget.spend(text.len() / 8)?;
    let bytes = text.as_bytes();
    let mut lines: Vec<&[u8]> = Vec::new();
    let mut at = 0;
    while bytes.len() - at > width {
        if bytes[at] == b' ' {
            at += 1;
            continue;
        }
        let is_blank = |index: &usize| bytes[*index] == b' ';
        let blank = (at..=at + width).rev().find(is_blank);
        let end = match blank {
            Some(blank) => blank,
            None if breaks_words => at + width,
            None => match (at + width..bytes.len()).find(is_blank) {
                Some(blank) => blank,
                None => break,
            },
        };
        lines.push(&bytes[at..end]);
        at = if blank.is_none() && breaks_words {
            end
        } else {
            end + 1
        };
    }
    lines.push(&bytes[at.min(bytes.len())..]);
    text_of(lines.join(separator.as_bytes()), budget)
}
