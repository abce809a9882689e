//! Strings as words: letter case, wrapping, shortening.

use super::text::{lowercase, text_answer, uppercase};
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
        } else {
            uppercase(character)
        }
    };
    text_answer(arguments.text(0).chars().map(change).collect(), budget)
}

pub(super) fn initials(arguments: &Arguments, budget: &Budget) -> Answer {
    text_answer(
        arguments
            .text(0)
            .split_whitespace()
            .filter_map(|word| word.chars().next())
            .collect(),
        budget,
    )
}

/// Cuts to `width` characters, the last three of which are dots.
pub(super) fn abbrev(arguments: &Arguments, budget: &Budget) -> Answer {
    let characters: Vec<char> = arguments.text(1).chars().collect();
    text_answer(abbreviate(&characters, 0, arguments.int(0)), budget)
}

/// Cuts both sides: what stands before `offset` becomes dots too.
pub(super) fn abbrev_both(arguments: &Arguments, budget: &Budget) -> Answer {
    let characters: Vec<char> = arguments.text(2).chars().collect();
    let (left, right) = (arguments.int(0), arguments.int(1));
    if right < 4 || (left > 0 && right < 7) {
        return Ok(arguments.any(2).clone());
    }
    text_answer(
        abbreviate(&characters, usize::try_from(left).unwrap_or(0), right),
        budget,
    )
}

fn abbreviate(characters: &[char], offset: usize, width: i64) -> String {
    let length = characters.len();
    let whole = || characters.iter().collect::<String>();
    let Some(width) = usize::try_from(width).ok().filter(|width| *width >= 4) else {
        return whole();
    };
    if length <= width {
        return whole();
    }
    let room = width - 3;
    let offset = if length.saturating_sub(offset) < room {
        length - room
    } else {
        offset
    };
    let head = |from: &[char], count: usize| from[..count].iter().collect::<String>();
    if offset <= 4 {
        return head(characters, room) + "...";
    }
    if offset + room < length {
        return format!("...{}", abbreviate(&characters[offset..], 0, room as i64));
    }
    format!("...{}", head(&characters[length - room..], room))
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
    let characters: Vec<char> = text.chars().collect();
    let mut lines: Vec<String> = Vec::new();
    let mut at = 0;
    while characters.len() - at > width {
        if characters[at] == ' ' {
            at += 1;
            continue;
        }
        let blank = (at..=at + width)
            .rev()
            .find(|index| characters.get(*index) == Some(&' '));
        let end = match blank {
            Some(blank) => blank,
            None if breaks_words => at + width,
            None => match (at + width..characters.len()).find(|index| characters[*index] == ' ') {
                Some(blank) => blank,
                None => break,
            },
        };
        lines.push(characters[at..end].iter().collect());
        at = if blank.is_none() && breaks_words {
            end
        } else {
            end + 1
        };
    }
    lines.push(characters[at.min(characters.len())..].iter().collect());
    text_answer(lines.join(separator), budget)
}

pub(super) fn snakecase(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len())?;
    text_answer(connect_words(arguments.text(0), '_'), budget)
}

pub(super) fn kebabcase(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len())?;
    text_answer(connect_words(arguments.text(0), '-'), budget)
}

/// Small words with `connector` between them.
fn connect_words(text: &str, connector: char) -> String {
    let mut out = String::new();
    for (index, part) in text.split(is_connector).enumerate() {
        if index > 0 {
            out.push(connector);
        }
        let words: Vec<String> = words(part)
            .into_iter()
            .map(|word| word.chars().map(lowercase).collect())
            .collect();
        out.push_str(&words.join(&connector.to_string()));
    }
    out
}

fn is_connector(character: char) -> bool {
    matches!(character, '_' | '-') || character.is_whitespace()
}

/// The words of `HTTPServer2xx`: `HTTP`, `Server`, `2xx`.
fn words(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, &character) in characters.iter().enumerate() {
        if index == 0 || starts_word(&characters, index) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    words
}

fn starts_word(characters: &[char], index: usize) -> bool {
    let (before, character) = (characters[index - 1], characters[index]);
    let next = characters.get(index + 1);
    if character.is_numeric() {
        // Digits that small letters follow make a word of their own, but not inside such a word.
        let after = || characters[index..].iter().find(|c| !c.is_numeric());
        let begins = !before.is_numeric() && after().is_some_and(|c| c.is_lowercase());
        return begins && !in_number_word(&characters[..index]);
    }
    character.is_uppercase() && (!before.is_uppercase() || next.is_some_and(|c| c.is_lowercase()))
}

/// Whether the small letters just before belong to digits: the `m` of `2m3s`.
fn in_number_word(before: &[char]) -> bool {
    before
        .iter()
        .rev()
        .find(|c| !c.is_lowercase())
        .is_some_and(|c| c.is_numeric())
        && before.last().is_some_and(|c| c.is_lowercase())
}

/// Words after `_`, `-` and blanks begin with a capital; leading and doubled ones stay.
pub(super) fn camelcase(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len())?;
    let parts: Vec<&str> = arguments.text(0).split(is_connector).collect();
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        // One connector between two words goes away; any other stays as `_`.
        if index > 0
            && (part.is_empty() || out.is_empty() || parts[index - 1].is_empty() && index == 1)
        {
            out.push('_');
        }
        let has_lowercase = part.chars().any(char::is_lowercase);
        for (place, character) in part.chars().enumerate() {
            out.push(if place == 0 {
                uppercase(character)
            } else if has_lowercase {
                character
            } else {
                lowercase(character)
            });
        }
    }
    text_answer(out, budget)
}
