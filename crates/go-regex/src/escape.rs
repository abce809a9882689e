//! What stands behind a backslash.

use std::fmt::Write;

use regex::Regex;

use super::Translator;

impl Translator<'_> {
    /// What stands behind a backslash, outside classes. Only ASCII is a word or a digit.
    pub(super) fn escape(&mut self) -> Option<()> {
        let translated = match self.rest.chars().next()? {
            'A' => "\\A",
            'z' => "\\z",
            'b' => "(?-u:\\b)",
            'B' => "(?-u:\\B)",
            _ => {
                if let Some(class) = self.escaped_class()? {
                    _ = write!(self.out, "[{class}]");
                } else {
                    let character = self.escaped_character()?;
                    self.literal(character);
                }
                return Some(());
            }
        };
        self.take();
        self.out.push_str(translated);
        Some(())
    }

    /// `\d`, `\w`, `\s` and `\p{..}`, as parts of a class.
    pub(super) fn escaped_class(&mut self) -> Option<Option<String>> {
        let class = match self.rest.chars().next()? {
            'd' => "0-9",
            'D' => "[^0-9]",
            'w' => "0-9A-Za-z_",
            'W' => "[^0-9A-Za-z_]",
            's' => "\\t\\n\\f\\r ",
            'S' => "[^\\t\\n\\f\\r ]",
            'p' | 'P' => return self.property().map(Some),
            _ => return Some(None),
        };
        self.take();
        Some(Some(class.to_owned()))
    }

    /// `\pL`, `\p{Greek}`, `\p{^Greek}`: a category or a script.
    fn property(&mut self) -> Option<String> {
        let negated = self.take()? == 'P';
        let rest = self.rest;
        let name = match self.take()? {
            '{' => {
                let (name, after) = self.rest.split_once('}')?;
                self.rest = after;
                name
            }
            character => &rest[..character.len_utf8()],
        };
        let plain = name.strip_prefix('^').unwrap_or(name);
        let mark = if negated != (plain.len() < name.len()) {
            'P'
        } else {
            'p'
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_- ".contains(c);
        if plain.is_empty() || !plain.chars().all(is_name) {
            return None;
        }
        ["gc", "sc"]
            .map(|kind| format!("\\{mark}{{{kind}={plain}}}"))
            .into_iter()
            .find(|class| Regex::new(class).is_ok())
    }

    /// The character that an escape stands for.
    pub(super) fn escaped_character(&mut self) -> Option<char> {
        Some(match self.take()? {
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => return self.hexadecimal(),
            // A single digit other than 0 would be a reference to a group.
            '1'..='7' if !self.rest.starts_with(|c: char| c.is_digit(8)) => return None,
            first @ '0'..='7' => {
                let mut code = first.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else {
                        break;
                    };
                    self.take();
                    code = code * 8 + digit;
                }
                return char::from_u32(code);
            }
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => other,
            _ => return None,
        })
    }

    /// `\x41` and `\x{e9}`.
    fn hexadecimal(&mut self) -> Option<char> {
        let digits = if self.take_if("{") {
            let (digits, after) = self.rest.split_once('}')?;
            self.rest = after;
            digits
        } else {
            let digits = self.rest.get(..2)?;
            self.rest = &self.rest[2..];
            digits
        };
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        are_digits.then(|| {
            u32::from_str_radix(digits, 16)
                .ok()
                .and_then(char::from_u32)
        })?
    }
}
