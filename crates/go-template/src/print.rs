//! Writes values as text, as Go's `fmt` does.

use crate::budget::Budget;
use crate::data::{Data, MAX_DEPTH};
use crate::directive::{Operands, Spec};
use crate::float;
use crate::quote::{can_backquote, is_printable, quote, quote_character};
use crate::semver::Version;

/// `%v` of one value.
pub(super) fn plain(value: &Data, budget: &Budget) -> Result<String, String> {
    if let Data::Text(text) = value {
        budget.room(text.len())?;
        return Ok(text.to_string());
    }
    let mut printer = Printer::new(budget);
    printer.argument(value, &Spec::of('v'))?;
    printer.finish()
}

/// `print`: a blank between two operands of which neither is a string.
pub(super) fn print(values: &[Data], budget: &Budget) -> Result<String, String> {
    let mut printer = Printer::new(budget);
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value, Data::Text(_));
        if !after_text && !is_text {
            printer.push(" ")?;
        }
        printer.argument(value, &Spec::of('v'))?;
        after_text = is_text;
    }
    printer.finish()
}

/// `println`: a blank between all operands, a line break at the end.
pub(super) fn print_line(values: &[Data], budget: &Budget) -> Result<String, String> {
    let mut printer = Printer::new(budget);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.push(" ")?;
        }
        printer.argument(value, &Spec::of('v'))?;
    }
    printer.push("\n")?;
    printer.finish()
}

/// `printf`.
pub(super) fn print_format(
    format: &str,
    values: &[Data],
    budget: &Budget,
) -> Result<String, String> {
    let mut printer = Printer::new(budget);
    let mut arguments = Operands {
        values,
        next: 0,
        reordered: false,
        unclosed: false,
    };
    let mut rest = format;
    while let Some(percent) = rest.find('%') {
        printer.push(&rest[..percent])?;
        rest = &rest[percent + 1..];
        let (spec, after) = Spec::read(rest, &mut arguments);
        rest = after;
        printer.directive(spec, &mut arguments)?;
    }
    printer.push(rest)?;
    printer.extra(&arguments)?;
    printer.finish()
}

struct Printer<'b, 'a> {
    out: String,
    budget: &'b Budget<'a>,
    depth: usize,
}

type Printed = Result<(), String>;

impl<'b, 'a> Printer<'b, 'a> {
    fn new(budget: &'b Budget<'a>) -> Self {
        Printer {
            out: String::new(),
            budget,
            depth: 0,
        }
    }

    fn finish(self) -> Result<String, String> {
        self.budget.room(self.out.len())?;
        Ok(self.out)
    }

    fn push(&mut self, text: &str) -> Printed {
        if self.out.len() + text.len() > self.budget.limits().value {
            return Err(format!(
                "the text would be too long (more than {} bytes)",
                self.budget.limits().value
            ));
        }
        self.out.push_str(text);
        Ok(())
    }

    fn directive(&mut self, spec: Spec, operands: &mut Operands) -> Printed {
        self.push(&spec.notes)?;
        let Some(verb) = spec.verb else {
            return self.push("%!(NOVERB)");
        };
        if verb == '%' {
            return self.push("%");
        }
        if let Some(broken) = spec.broken {
            return self.push(&format!("%!{verb}{broken}"));
        }
        let Some(value) = operands.values.get(operands.next) else {
            return self.push(&format!("%!{verb}(MISSING)"));
        };
        operands.next += 1;
        self.argument(value, &spec)
    }

    fn extra(&mut self, operands: &Operands) -> Printed {
        if operands.reordered || operands.next >= operands.values.len() {
            return Ok(());
        }
        self.push("%!(EXTRA ")?;
        for (index, value) in operands.values[operands.next..].iter().enumerate() {
            if index > 0 {
                self.push(", ")?;
            }
            self.push(&value.type_name())?;
            if !matches!(value, Data::Nil | Data::Missing) {
                self.push("=")?;
                self.argument(value, &Spec::of('v'))?;
            }
        }
        self.push(")")
    }

    fn argument(&mut self, value: &Data, spec: &Spec) -> Printed {
        match (value, spec.verb) {
            (_, Some('T')) => self.pad(&value.type_name(), spec),
            (Data::Missing | Data::Nil, Some('v')) => self.pad("<nil>", spec),
            (Data::Missing | Data::Nil, _) => self.bad_verb(value, spec),
            _ => self.value(value, spec),
        }
    }

    fn value(&mut self, value: &Data, spec: &Spec) -> Printed {
        self.budget.spend(1)?;
        match value {
            Data::Missing | Data::Nil if spec.source => self.push("interface {}(nil)"),
            Data::Missing | Data::Nil => self.push("<nil>"),
            Data::Bool(flag) => match spec.verb {
                Some('t' | 'v') => self.pad(if *flag { "true" } else { "false" }, spec),
                _ => self.bad_verb(value, spec),
            },
            Data::Int(number) | Data::Int64(number) => {
                self.integer(value, i128::from(*number), spec)
            }
            Data::Uint8(number) => self.unsigned(value, u64::from(*number), spec),
            Data::Uint64(number) => self.unsigned(value, *number, spec),
            Data::Float(number) => self.float(value, *number, spec),
            Data::Text(text) => self.text(value, text, spec),
            Data::Version {
                version,
                is_pointer,
            } => self.version(version, *is_pointer, spec),
            // `%w` is for errors, which no value is.
            Data::List(_) | Data::Map(_) | Data::Struct(_) if spec.verb == Some('w') => {
                self.bad_verb(value, spec)
            }
            Data::List(_) | Data::Map(_) | Data::Struct(_) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err("the value is nested too deep to print".to_owned());
                }
                self.container(value, spec)?;
                self.depth -= 1;
                Ok(())
            }
        }
    }

    fn container(&mut self, value: &Data, spec: &Spec) -> Printed {
        let source = spec.source;
        let (open, close, between) = match value {
            _ if source => ("{", "}", ", "),
            Data::List(_) => ("[", "]", " "),
            Data::Map(_) => ("map[", "]", " "),
            _ => ("{", "}", " "),
        };
        if source {
            self.push(&value.type_name())?;
        }
        if let (true, Data::List(list)) = (source, value)
            && list.is_nil()
        {
            return self.push("(nil)");
        }
        self.push(open)?;
        match value {
            Data::List(list) => {
                for (index, item) in list.items().iter().enumerate() {
                    self.push(if index > 0 { between } else { "" })?;
                    self.value(item, spec)?;
                }
            }
            Data::Map(map) => {
                for (index, (key, item)) in map.entries().into_iter().enumerate() {
                    self.push(if index > 0 { between } else { "" })?;
                    self.value(&Data::Text(key), spec)?;
                    self.push(":")?;
                    self.value(&item, spec)?;
                }
            }
            Data::Struct(body) => {
                for (index, (name, item)) in body.fields.iter().enumerate() {
                    self.push(if index > 0 { between } else { "" })?;
                    if source || spec.names_fields {
                        self.push(name)?;
                        self.push(":")?;
                    }
                    self.value(item, spec)?;
                }
            }
            _ => {}
        }
        self.push(close)
    }

    /// A version has a text for the verbs of texts; others print its parts.
    fn version(&mut self, version: &Version, is_pointer: bool, spec: &Spec) -> Printed {
        if matches!(spec.verb, Some('v' | 's' | 'q' | 'x' | 'X')) && !spec.source {
            let text = Data::text(version.to_string());
            return self.value(&text, spec);
        }
        let [major, minor, patch] = version.numbers.map(Data::Uint64);
        let text = |text: &str| Data::text(text);
        let fields = vec![
            ("major", major),
            ("minor", minor),
            ("patch", patch),
            ("pre", text(&version.prerelease)),
            ("metadata", text(&version.metadata)),
            ("original", text(&version.original)),
        ];
        let pointer = if is_pointer { "&" } else { "" };
        let parts = Data::structure("semver.Version", fields);
        if spec.verb == Some('w') {
            let star = if is_pointer { "*" } else { "" };
            self.push(&format!("%!w({star}semver.Version={pointer}"))?;
            self.value(&parts, &Spec::of('v'))?;
            return self.push(")");
        }
        self.push(pointer)?;
        self.value(&parts, spec)
    }

    fn bad_verb(&mut self, value: &Data, spec: &Spec) -> Printed {
        self.push(&format!("%!{}(", spec.verb.unwrap_or('v')))?;
        self.push(&value.type_name())?;
        if !matches!(value, Data::Nil | Data::Missing) {
            self.push("=")?;
            // The flags, the width and the precision hold for the value too.
            let plain = Spec {
                verb: Some('v'),
                ..spec.clone()
            };
            self.value(value, &plain)?;
        }
        self.push(")")
    }

    fn pad(&mut self, text: &str, spec: &Spec) -> Printed {
        let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
        let fill = if spec.fills_zeros() { "0" } else { " " };
        if !spec.minus {
            self.push(&fill.repeat(missing))?;
        }
        self.push(text)?;
        if spec.minus {
            self.push(&fill.repeat(missing))
        } else {
            Ok(())
        }
    }

    fn unsigned(&mut self, value: &Data, number: u64, spec: &Spec) -> Printed {
        let mut spec = spec.clone();
        if spec.source {
            (spec.verb, spec.sharp) = (Some('x'), true);
        }
        self.integer(value, i128::from(number), &spec)
    }

    fn integer(&mut self, value: &Data, number: i128, spec: &Spec) -> Printed {
        let magnitude = number.unsigned_abs();
        let sharp = |prefix: &'static str| {
            if spec.sharp { prefix } else { "" }
        };
        let (digits, prefix) = match spec.verb {
            Some('v' | 'd') => (magnitude.to_string(), ""),
            Some('b') => (format!("{magnitude:b}"), sharp("0b")),
            Some('o') if number == 0 => ("0".to_owned(), ""),
            Some('o') => (format!("{magnitude:o}"), sharp("0")),
            Some('O') => (format!("{magnitude:o}"), "0o"),
            Some('x') => (format!("{magnitude:x}"), sharp("0x")),
            Some('X') => (format!("{magnitude:X}"), sharp("0X")),
            Some('c') => return self.pad(&character(number).to_string(), spec),
            Some('q') => {
                return self.pad(&quote_character(character(number), spec.plus), spec);
            }
            Some('U') => return self.code_point(number, spec),
            _ => return self.bad_verb(value, spec),
        };
        let sign = sign(number < 0, spec);
        let min_digits = match (spec.precision, spec.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if spec.fills_zeros() => width.saturating_sub(sign.len()),
            _ => 0,
        };
        let digits = if spec.precision == Some(0) && number == 0 {
            String::new()
        } else {
            digits
        };
        let zeros = "0".repeat(min_digits.saturating_sub(digits.len()));
        self.pad(
            &format!("{sign}{prefix}{zeros}{digits}"),
            &Spec {
                zero: false,
                ..spec.clone()
            },
        )
    }

    fn code_point(&mut self, number: i128, spec: &Spec) -> Printed {
        // A negative number counts as the unsigned one with its bits.
        let code = number as u64;
        let digits = spec.precision.unwrap_or(4).max(4);
        let mut text = format!("U+{code:0digits$X}");
        let shown = u32::try_from(code).ok().and_then(char::from_u32);
        if let Some(shown) = shown.filter(|c| spec.sharp && is_printable(*c)) {
            text.push_str(&format!(" '{shown}'"));
        }
        self.pad(
            &text,
            &Spec {
                zero: false,
                ..spec.clone()
            },
        )
    }

    fn float(&mut self, value: &Data, number: f64, spec: &Spec) -> Printed {
        let verb = match spec.verb {
            Some('v') => 'g',
            Some(verb @ ('b' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'x' | 'X')) => verb,
            _ => return self.bad_verb(value, spec),
        };
        let default = matches!(verb, 'e' | 'E' | 'f' | 'F').then_some(6);
        let precision = spec.precision.or(default);
        let mut text = float::format(number, verb, precision);
        if spec.sharp && number.is_finite() && verb != 'b' {
            text = float::with_point(&text, verb, precision);
        }
        // Many digits are many divisions of a large number.
        self.budget.spend(text.len())?;
        let magnitude = text.trim_start_matches(['-', '+']);
        let sign = match sign(text.starts_with('-'), spec) {
            "" if text.starts_with('+') && spec.plus => "+",
            // Infinity carries its plus sign even when none is asked for.
            "" if text.starts_with('+') => "+",
            sign => sign,
        };
        let zeros = match spec.width {
            Some(width) if spec.fills_zeros() && number.is_finite() => {
                width.saturating_sub(sign.len() + magnitude.len())
            }
            _ => 0,
        };
        let text = format!("{sign}{}{magnitude}", "0".repeat(zeros));
        self.pad(
            &text,
            &Spec {
                zero: false,
                ..spec.clone()
            },
        )
    }

    fn text(&mut self, value: &Data, text: &str, spec: &Spec) -> Printed {
        let short = match spec.precision {
            Some(count) => text
                .char_indices()
                .nth(count)
                .map_or(text, |(end, _)| &text[..end]),
            None => text,
        };
        match spec.verb {
            Some('v') if spec.source => self.pad(&quote(short, false), spec),
            Some('v' | 's') => self.pad(short, spec),
            Some('q') if spec.sharp && can_backquote(short) => {
                self.pad(&format!("`{short}`"), spec)
            }
            Some('q') => self.pad(&quote(short, spec.plus), spec),
            Some(verb @ ('x' | 'X')) => {
                let bytes =
                    &text.as_bytes()[..spec.precision.unwrap_or(text.len()).min(text.len())];
                self.budget.room(bytes.len() * 3)?;
                self.pad(&hexadecimal(bytes, verb == 'X', spec), spec)
            }
            _ => self.bad_verb(value, spec),
        }
    }
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn character(number: i128) -> char {
    u32::try_from(number)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn hexadecimal(bytes: &[u8], capital: bool, spec: &Spec) -> String {
    let prefix = match (spec.sharp, capital) {
        (true, true) => "0X",
        (true, false) => "0x",
        _ => "",
    };
    let pairs = bytes.iter().map(|byte| {
        if capital {
            format!("{byte:02X}")
        } else {
            format!("{byte:02x}")
        }
    });
    if spec.space {
        pairs
            .map(|pair| format!("{prefix}{pair}"))
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        pairs.fold(
            if bytes.is_empty() {
                String::new()
            } else {
                prefix.to_owned()
            },
            |text, pair| text + &pair,
        )
    }
}
