//! Go's regular expressions, written as the crate `regex` reads them.
//!
//! The two differ in what they refuse and in what escapes and classes mean. Literals are escaped
//! here, so that the crate gives no character another meaning.
//!
//! ```
//! // Classes are of ASCII in Go.
//! let digits = go_regex::translate(r"^\d+$").unwrap().pattern;
//! assert!(regex::Regex::new(&digits).unwrap().is_match("12"));
//! assert!(!regex::Regex::new(&digits).unwrap().is_match("\u{663}"));
//! assert!(go_regex::translate("(?=a)").is_none());
//! ```

mod class;
mod escape;

use std::fmt::Write;

/// Copies of an expression that repetitions may ask for, also nested ones.
const MAX_COPIES: u32 = 1_000;

/// Groups within groups.
const MAX_DEPTH: usize = 100;

/// An expression for the crate `regex`.
pub struct Translated {
    /// The text of it.
    pub pattern: String,
    /// The names of groups with their numbers. Go lets several groups have one name.
    pub names: Names,
}

/// Names of groups with their numbers.
pub type Names = Vec<(String, usize)>;

/// Translates an expression; `None` for what Go refuses.
pub fn translate(pattern: &str) -> Option<Translated> {
    let mut translator = Translator {
        rest: pattern,
        out: String::with_capacity(pattern.len()),
        atom: None,
        copies: 1,
        groups: Vec::new(),
        after_repetition: false,
        names: Names::new(),
        captures: 0,
    };
    while translator.step()?.is_some() {}
    translator.groups.is_empty().then_some(Translated {
        pattern: translator.out,
        names: translator.names,
    })
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    /// What a repetition would repeat.
    atom: Option<Atom>,
    /// The most copies that an atom of this group has.
    copies: u32,
    /// The open groups.
    groups: Vec<Group>,
    /// Whether the last item was a repetition, which cannot be repeated.
    after_repetition: bool,
    names: Names,
    /// How many groups have a number.
    captures: usize,
}

#[derive(Clone, Copy)]
struct Atom {
    start: usize,
    end: usize,
    copies: u32,
    repeated: bool,
}

struct Group {
    start: usize,
    /// [`Translator::copies`] of the group around this one.
    copies: u32,
}

impl<'p> Translator<'p> {
    fn take(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn take_if(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Translates one item. The inner `None` is the end, the outer one an error.
    fn step(&mut self) -> Option<Option<()>> {
        let Some(character) = self.rest.chars().next() else {
            return Some(None);
        };
        let start = self.out.len();
        if let Some((counts, copies)) = self.repetition()? {
            self.repeat(&counts, copies)?;
            self.after_repetition = true;
            return Some(Some(()));
        }
        self.after_repetition = false;
        self.take();
        match character {
            '(' => return self.open().map(Some),
            ')' => return self.close().map(Some),
            '|' => {
                self.out.push('|');
                self.atom = None;
                return Some(Some(()));
            }
            '^' | '$' | '.' => self.out.push(character),
            '[' => self.class()?,
            '\\' if self.take_if("Q") => {
                self.verbatim();
                return Some(Some(()));
            }
            '\\' => self.escape()?,
            _ => self.literal(character),
        }
        self.set_atom(start, 1);
        Some(Some(()))
    }

    fn set_atom(&mut self, start: usize, copies: u32) {
        self.copies = self.copies.max(copies);
        self.atom = Some(Atom {
            start,
            end: self.out.len(),
            copies,
            repeated: false,
        });
    }

    fn literal(&mut self, character: char) {
        self.out
            .push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
    }

    /// `\Q..\E`: everything between stands for itself.
    fn verbatim(&mut self) {
        let (text, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        self.rest = after;
        for character in text.chars() {
            let start = self.out.len();
            self.literal(character);
            self.set_atom(start, 1);
        }
    }

    /// A repetition, and how many copies it makes. Braces around anything else are literals.
    fn repetition(&mut self) -> Option<Option<(String, u32)>> {
        let rest = self.rest;
        let mark = match rest.as_bytes().first() {
            Some(b'*' | b'+' | b'?') => &rest[..1],
            Some(b'{') => match counts(rest) {
                Some((mark, copies)) => {
                    self.rest = &rest[mark.len()..];
                    let lazy = if self.take_if("?") { "?" } else { "" };
                    return Some(Some((format!("{mark}{lazy}"), copies?)));
                }
                None => return Some(None),
            },
            _ => return Some(None),
        };
        self.rest = &rest[1..];
        let lazy = if self.take_if("?") { "?" } else { "" };
        Some(Some((format!("{mark}{lazy}"), 1)))
    }

    fn repeat(&mut self, mark: &str, copies: u32) -> Option<()> {
        let mut atom = self.atom?;
        if self.after_repetition {
            return None;
        }
        // Flags may stand between an atom and what repeats it.
        if atom.repeated {
            self.out.insert(atom.end, ')');
            self.out.insert_str(atom.start, "(?:");
            atom.end += 4;
        }
        self.out.insert_str(atom.end, mark);
        atom.copies = atom.copies.saturating_mul(copies);
        if copies > 1 && atom.copies > MAX_COPIES {
            return None;
        }
        self.copies = self.copies.max(atom.copies);
        self.atom = Some(Atom {
            end: atom.end + mark.len(),
            repeated: true,
            ..atom
        });
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        let start = self.out.len();
        if !self.take_if("?") {
            self.capture();
        } else if self.take_if("P<") || self.take_if("<") {
            let (name, after) = self.rest.split_once('>')?;
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(is_word) {
                return None;
            }
            self.rest = after;
            self.capture();
            self.names.push((name.to_owned(), self.captures));
        } else if !self.flags()? {
            return Some(());
        }
        self.groups.push(Group {
            start,
            copies: self.copies,
        });
        (self.atom, self.copies) = (None, 1);
        (self.groups.len() <= MAX_DEPTH).then_some(())
    }

    fn capture(&mut self) {
        self.out.push('(');
        self.captures += 1;
    }

    /// The flags behind `(?`. Tells whether a group follows.
    fn flags(&mut self) -> Option<bool> {
        let (mut on, mut off, mut turns_off) = (String::new(), String::new(), false);
        let ending = loop {
            match self.take()? {
                flag @ ('i' | 'm' | 's' | 'U') => match turns_off {
                    true => off.push(flag),
                    false => on.push(flag),
                },
                '-' if !turns_off => turns_off = true,
                ending @ (':' | ')') => break ending,
                _ => return None,
            }
        };
        if turns_off && off.is_empty() {
            return None;
        }
        let once = |flags: &str, but: &str| -> String {
            let all = ['i', 'm', 's', 'U'].into_iter();
            all.filter(|flag| flags.contains(*flag) && !but.contains(*flag))
                .collect()
        };
        let (on, off) = (once(&on, &off), once(&off, ""));
        let dash = if off.is_empty() { "" } else { "-" };
        if ending == ':' || !on.is_empty() || !off.is_empty() {
            // Writing to a string cannot fail.
            _ = write!(self.out, "(?{on}{dash}{off}{ending}");
        }
        Some(ending == ':')
    }

    fn close(&mut self) -> Option<()> {
        let group = self.groups.pop()?;
        let copies = std::mem::replace(&mut self.copies, group.copies);
        self.out.push(')');
        self.set_atom(group.start, copies);
        Some(())
    }
}

/// `{2}`, `{2,}` or `{2,3}` at the beginning of `text`, and the number of copies, which is `None`
/// where it is too large.
fn counts(text: &str) -> Option<(&str, Option<u32>)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (low, high) = inside.split_once(',').unwrap_or((inside, inside));
    let low_count = count(low)?;
    let high_count = if high.is_empty() {
        low_count
    } else {
        count(high)?
    };
    let is_valid = low_count <= high_count && high_count <= MAX_COPIES;
    Some((
        &text[..inside.len() + 2],
        is_valid.then_some(high_count.max(1)),
    ))
}

/// Digits without a leading zero. A number that is far too large is one more than allowed.
fn count(digits: &str) -> Option<u32> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let leads_with_zero = digits.len() > 1 && digits.starts_with('0');
    (are_digits && !leads_with_zero).then(|| digits.parse().unwrap_or(MAX_COPIES + 1))
}
