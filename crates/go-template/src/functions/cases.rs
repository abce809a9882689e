//! `snakecase`, `kebabcase` and `camelcase`.

use std::sync::LazyLock;

use regex::Regex;

use super::text::{lowercase, text_answer, uppercase};
use super::{Answer, Arguments};
use crate::budget::Budget;

pub(super) fn snakecase(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len())?;
    text_answer(connect(arguments.text(0), '_'), budget)
}

pub(super) fn kebabcase(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len())?;
    text_answer(connect(arguments.text(0), '-'), budget)
}

/// What a word is made of.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Digits.
    Number,
    /// Letters of which the first is a capital.
    Capital,
    /// Small letters.
    Small,
    /// `_`, `-` and white space.
    Connector,
    Punctuation,
    Other,
}

#[derive(Clone, Copy)]
struct Word<'t> {
    kind: Kind,
    text: &'t str,
}

fn is_connector(character: char) -> bool {
    matches!(character, '_' | '-') || character.is_whitespace()
}

fn kind_of(character: char) -> Kind {
    match character {
        _ if is_connector(character) => Kind::Connector,
        _ if is_punctuation(character) => Kind::Punctuation,
        _ if character.is_uppercase() => Kind::Capital,
        _ if is_letter(character) => Kind::Small,
        _ if character.is_numeric() => Kind::Number,
        _ => Kind::Other,
    }
}

fn is_punctuation(character: char) -> bool {
    static BEYOND_ASCII: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\p{P}").ok());
    if character.is_ascii() {
        return character.is_ascii_punctuation() && !"$+<=>^`|~".contains(character);
    }
    let text = character.to_string();
    BEYOND_ASCII.as_ref().is_some_and(|any| any.is_match(&text))
}

/// Letters that have no words between blanks are no letters here.
fn is_letter(character: char) -> bool {
    character.is_alphabetic()
        && !matches!(character, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}')
}

/// The words of `HTTPServer2xx` are `HTTP`, `Server`, `2` and `xx`.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = kind_of(first);
        let (word, after) = rest.split_at(word_length(kind, rest));
        words.push(Word { kind, text: word });
        rest = after;
    }
    words
}

/// The bytes of the word of this kind at the beginning of `text`.
fn word_length(kind: Kind, text: &str) -> usize {
    let run = |from: usize, kind: Kind| {
        let rest = &text[from..];
        from + rest.find(|c| kind_of(c) != kind).unwrap_or(rest.len())
    };
    if kind != Kind::Capital {
        return run(0, kind);
    }
    let capitals = run(0, Kind::Capital);
    let last = text[..capitals]
        .char_indices()
        .last()
        .map_or(0, |(at, _)| at);
    let is_followed = text[capitals..]
        .chars()
        .next()
        .is_some_and(|next| kind_of(next) == Kind::Small);
    match is_followed {
        // `HTTPStatus`: the last capital belongs to the next word.
        true if last > 0 => last,
        true => run(capitals, Kind::Small),
        false => capitals,
    }
}

/// Small words with `connector` between them.
fn connect(text: &str, connector: char) -> String {
    let words = words(text);
    let mut writer = Writer {
        words: &words,
        connector,
        out: String::new(),
    };
    while writer.words.len() > 1 {
        writer.step();
    }
    writer.word();
    writer.out
}

struct Writer<'w, 't> {
    /// The words that are not written yet.
    words: &'w [Word<'t>],
    connector: char,
    out: String,
}

impl Writer<'_, '_> {
    fn kind(&self, ahead: usize) -> Option<Kind> {
        self.words.get(ahead).map(|word| word.kind)
    }

    /// Writes one word.
    fn word(&mut self) {
        let Some((word, rest)) = self.words.split_first() else {
            return;
        };
        self.words = rest;
        match word.kind {
            Kind::Connector => {
                let connectors = word.text.chars().map(|_| self.connector);
                self.out.extend(connectors);
            }
            Kind::Capital => self.out.extend(word.text.chars().map(lowercase)),
            _ => self.out.push_str(word.text),
        }
    }

    /// Writes one word, with the digits that belong to it and the connector behind them.
    fn step(&mut self) {
        let kind = self.kind(0);
        self.word();
        match kind {
            Some(Kind::Number) => self.small_and_numbers(),
            Some(Kind::Connector | Kind::Punctuation) => return,
            _ => match (self.kind(0), self.kind(1)) {
                (Some(Kind::Number), None) => return,
                // Digits before small letters begin a word: `HTTP2xx` is `http_2xx`.
                (Some(Kind::Number), Some(Kind::Small)) => {
                    self.out.push(self.connector);
                    self.word();
                    self.small_and_numbers();
                }
                // Others end one: `Bld4Floor` is `bld4_floor`.
                (Some(Kind::Number), _) => self.word(),
                _ => {}
            },
        }
        if !matches!(
            self.kind(0),
            None | Some(Kind::Connector | Kind::Punctuation)
        ) {
            self.out.push(self.connector);
        }
    }

    fn small_and_numbers(&mut self) {
        while matches!(self.kind(0), Some(Kind::Small | Kind::Number)) {
            self.word();
        }
    }
}

/// Words after connectors begin with a capital; connectors that lead or are doubled stay.
pub(super) fn camelcase(arguments: &Arguments, budget: &Budget) -> Answer {
    budget.spend(arguments.text(0).len())?;
    text_answer(camel(arguments.text(0)), budget)
}

fn camel(text: &str) -> String {
    let name = text.trim_start_matches(is_connector);
    let mut out = text[..text.len() - name.len()].to_owned();
    let mut characters = name.chars();
    let Some(first) = characters.next() else {
        // As in Go, the last connector comes twice.
        out.extend(text.chars().next_back());
        return out;
    };
    let (mut last, mut in_capitals) = (uppercase(first), first.is_uppercase());
    for character in characters {
        let starts_word = is_connector(last) && !is_connector(character);
        if !starts_word {
            out.push(last);
        }
        last = match starts_word {
            true => uppercase(character),
            false if in_capitals && !is_connector(last) => lowercase(character),
            false => character,
        };
        if starts_word || !is_connector(last) {
            in_capitals = character.is_uppercase() && (starts_word || in_capitals);
        }
    }
    out.push(last);
    out
}
