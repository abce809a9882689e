//! Directives of a format: what follows a `%`.

use crate::data::Data;

/// Go refuses a width or precision beyond this.
const MAX_WIDTH: usize = 1_000_000;

/// A directive: `%` with flags, width, precision and verb.
#[derive(Debug, Clone, Default)]
pub(super) struct Spec {
    pub plus: bool,
    pub minus: bool,
    pub sharp: bool,
    pub space: bool,
    pub zero: bool,
    /// `%#v`: as Go source.
    pub source: bool,
    /// `%+v`: with the names of fields.
    pub names_fields: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub verb: Option<char>,
    /// What is wrong with the width, the precision or the index.
    pub broken: Option<&'static str>,
    pub notes: String,
}

/// The operands of `printf` and which one is next.
pub(super) struct Operands<'a> {
    pub values: &'a [Data],
    pub next: usize,
    pub reordered: bool,
    /// Whether the rest of the format has no `]`, so that it is searched once.
    pub unclosed: bool,
}

impl Operands<'_> {
    /// A width or precision given as `*`.
    pub fn size(&mut self) -> Option<i64> {
        let value = self.values.get(self.next);
        self.next += 1;
        let number = match value? {
            Data::Int(number) | Data::Int64(number) => *number,
            Data::Uint8(number) => i64::from(*number),
            Data::Uint64(number) => i64::try_from(*number).ok()?,
            _ => return None,
        };
        (number.unsigned_abs() <= MAX_WIDTH as u64).then_some(number)
    }
}

impl Spec {
    pub fn of(verb: char) -> Spec {
        Spec {
            verb: Some(verb),
            ..Spec::default()
        }
    }

    pub fn read<'f>(mut rest: &'f str, operands: &mut Operands) -> (Spec, &'f str) {
        let mut spec = Spec::default();
        while let Some(flag) = rest.chars().next() {
            match flag {
                '+' => spec.plus = true,
                '-' => spec.minus = true,
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        rest = spec.index(rest, operands);
        rest = spec.read_width(rest, operands);
        if let Some(after) = rest.strip_prefix('.') {
            rest = spec.index(after, operands);
            rest = spec.read_precision(rest, operands);
        }
        rest = spec.index(rest, operands);
        let mut characters = rest.chars();
        spec.verb = characters.next();
        // With this verb the flags mean something else, and for all that the value contains.
        if spec.verb == Some('v') {
            spec.source = std::mem::take(&mut spec.sharp);
            spec.names_fields = std::mem::take(&mut spec.plus);
        }
        (spec, characters.as_str())
    }

    fn read_width<'f>(&mut self, rest: &'f str, operands: &mut Operands) -> &'f str {
        if let Some(after) = rest.strip_prefix('*') {
            match operands.size() {
                Some(size) => {
                    self.minus |= size < 0;
                    self.width = Some(size.unsigned_abs() as usize);
                }
                None => self.notes.push_str("%!(BADWIDTH)"),
            }
            return after;
        }
        let (width, after) = digits(rest);
        self.width = width;
        after
    }

    fn read_precision<'f>(&mut self, rest: &'f str, operands: &mut Operands) -> &'f str {
        if let Some(after) = rest.strip_prefix('*') {
            match operands.size() {
                Some(size) if size >= 0 => self.precision = Some(size.unsigned_abs() as usize),
                _ => self.notes.push_str("%!(BADPREC)"),
            }
            return after;
        }
        let (precision, after) = digits(rest);
        self.precision = Some(precision.unwrap_or(0));
        after
    }

    /// `[2]`: the operand to use next.
    fn index<'f>(&mut self, rest: &'f str, operands: &mut Operands) -> &'f str {
        let Some(inside) = rest.strip_prefix('[') else {
            return rest;
        };
        operands.reordered = true;
        let closed = if operands.unclosed {
            None
        } else {
            inside.split_once(']')
        };
        let Some((number, after)) = closed else {
            operands.unclosed = true;
            self.broken = Some("(BADINDEX)");
            return inside;
        };
        match number.parse::<usize>() {
            Ok(number) if (1..=operands.values.len()).contains(&number) => {
                operands.next = number - 1
            }
            _ => self.broken = Some("(BADINDEX)"),
        }
        after
    }

    /// Zeros fill on the left only.
    pub fn fills_zeros(&self) -> bool {
        self.zero && !self.minus
    }
}

fn digits(rest: &str) -> (Option<usize>, &str) {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    (
        rest[..length]
            .parse()
            .ok()
            .filter(|number| *number <= MAX_WIDTH),
        &rest[length..],
    )
}
