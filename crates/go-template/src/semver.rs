//! Semantic versions and ranges of versions, with the rules of the Go library that sprig uses.
//!
//! ```
//! use go_template::semver::Version;
//!
//! let version = Version::parse("v1.5.0").unwrap();
//! assert_eq!(version.is_in(">=1.2 <2 || ^3.1"), Ok(true));
//! assert_eq!(version.is_in("~1.4"), Ok(false));
//! ```

use std::cmp::Ordering;

/// A version. Numbers that are left out are 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Major, minor and patch.
    pub numbers: [u64; 3],
    /// The part after a `-`.
    pub prerelease: String,
    /// The part after a `+`.
    pub metadata: String,
    /// The text that was read.
    pub original: String,
}

impl Version {
    /// Reads a version, with or without a leading `v`.
    pub fn parse(text: &str) -> Result<Version, String> {
        Version::read(text).ok_or_else(|| format!("`{text}` is not a semantic version"))
    }

    /// Whether this version is in a range such as `>=1.2, <3 || ~4.1`.
    pub fn is_in(&self, range: &str) -> Result<bool, String> {
        let mut matches = false;
        for alternative in range.split("||") {
            let conditions = conditions(alternative)
                .ok_or_else(|| format!("`{range}` is not a valid version constraint"))?;
            // A prerelease is only in a range that names one.
            let considered = self.prerelease.is_empty()
                || conditions
                    .iter()
                    .any(|condition| !condition.version.prerelease.is_empty());
            matches |= considered && conditions.iter().all(|condition| condition.holds(self));
        }
        Ok(matches)
    }

    /// The order of two versions; what follows a `+` does not count.
    pub fn compare(&self, other: &Version) -> Ordering {
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }

    fn read(text: &str) -> Option<Version> {
        let Parts {
            numbers: texts,
            prerelease,
            metadata,
        } = Parts::read(text)?;
        let mut numbers = [0; 3];
        for (number, text) in numbers.iter_mut().zip(&texts) {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            *number = digits.then(|| text.parse().ok())??;
        }
        let leads_with_zero = |part: &str| {
            part.len() > 1
                && part.starts_with('0')
                && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        (!prerelease.split('.').any(leads_with_zero)).then(|| Version {
            numbers,
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: text.to_owned(),
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(out, "{major}.{minor}.{patch}")?;
        for (mark, label) in [('-', &self.prerelease), ('+', &self.metadata)] {
            if !label.is_empty() {
                write!(out, "{mark}{label}")?;
            }
        }
        Ok(())
    }
}

/// The parts of a version, whose numbers may be wildcards in a range.
struct Parts<'t> {
    numbers: Vec<&'t str>,
    prerelease: &'t str,
    metadata: &'t str,
}

impl Parts<'_> {
    fn read(text: &str) -> Option<Parts<'_>> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = label(text, '+')?;
        let (core, prerelease) = label(text, '-')?;
        let numbers: Vec<&str> = core.split('.').collect();
        let is_number = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || b"xX*|".contains(&byte))
        };
        (numbers.len() <= 3 && numbers.iter().all(is_number)).then_some(Parts {
            numbers,
            prerelease,
            metadata,
        })
    }
}

/// What stands before the mark, and the label behind it.
fn label(text: &str, mark: char) -> Option<(&str, &str)> {
    let Some((before, label)) = text.split_once(mark) else {
        return Some((text, ""));
    };
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    label.split('.').all(is_part).then_some((before, label))
}

fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        // A release comes after its prereleases.
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        _ => {}
    }
    let (mut one, mut other) = (left.split('.'), right.split('.'));
    loop {
        let order = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(one), Some(other)) => match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                (Ok(_), _) => Ordering::Less,
                (_, Ok(_)) => Ordering::Greater,
                _ => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// A condition of a range: an operator and a version.
struct Condition<'t> {
    operator: &'t str,
    version: Version,
    /// How many numbers come before the first that is left out or a wildcard.
    precision: usize,
}

const OPERATORS: [&str; 12] = [
    "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^",
];

fn conditions(text: &str) -> Option<Vec<Condition<'_>>> {
    let mut conditions = Vec::new();
    let mut rest = text.trim_ascii_start();
    // A range `1.2 - 1.4` needs a comma before it.
    let mut takes_range = true;
    loop {
        let (operator, after) = cut(rest, |c| !"=!<>~^".contains(c));
        let (version, after) = version(after.trim_ascii_start());
        let high = (operator.is_empty() && takes_range)
            .then(|| upper_bound(after))
            .flatten();
        if let Some((high, after)) = high {
            conditions.push(Condition::new(">=", version)?);
            conditions.push(Condition::new("<=", high)?);
            rest = after;
        } else {
            conditions.push(Condition::new(operator, version)?);
            rest = after;
        }
        let next = rest.trim_ascii_start();
        if next.is_empty() {
            return Some(conditions);
        }
        takes_range = next.starts_with(',');
        if next.len() == rest.len() && !takes_range {
            return None;
        }
        rest = next.strip_prefix(',').unwrap_or(next).trim_ascii_start();
    }
}

fn cut(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn version(text: &str) -> (&str, &str) {
    cut(text, |c| c == ',' || c.is_ascii_whitespace())
}

/// The version behind ` - `.
fn upper_bound(text: &str) -> Option<(&str, &str)> {
    let dash = text.trim_ascii_start().strip_prefix('-')?;
    let blank = text.starts_with(|c: char| c.is_ascii_whitespace());
    let high = dash.trim_ascii_start();
    (blank && high.len() < dash.len()).then(|| version(high))
}

impl<'t> Condition<'t> {
    fn new(operator: &'t str, text: &str) -> Option<Condition<'t>> {
        let parts = Parts::read(text).filter(|_| OPERATORS.contains(&operator))?;
        let is_wildcard = |part: &&str| matches!(*part, "x" | "X" | "*");
        let wildcard = parts.numbers.iter().position(is_wildcard);
        let precision = wildcard.unwrap_or(parts.numbers.len());
        let version = match precision {
            3 => Version::read(text)?,
            0 => Version::read(&with_label("0", parts.prerelease))?,
            _ => Version::read(&with_label(
                &parts.numbers[..precision].join("."),
                parts.prerelease,
            ))?,
        };
        Some(Condition {
            operator,
            version,
            precision,
        })
    }

    fn holds(&self, version: &Version) -> bool {
        let order = version.compare(&self.version);
        let is_less = order == Ordering::Less;
        match self.operator {
            "" | "=" if self.precision == 3 => order == Ordering::Equal,
            "" | "=" | "~" | "~>" => !is_less && self.is_near(version),
            "!=" => self.differs(version),
            ">" => match self.precision {
                1 | 2 => self.prefix(version, self.precision) == Ordering::Greater,
                _ => order == Ordering::Greater,
            },
            "<" => is_less,
            ">=" | "=>" => !is_less,
            "<=" | "=<" => match self.precision {
                3 => order != Ordering::Greater,
                1 => self.prefix(version, 1) != Ordering::Greater,
                _ => self.prefix(version, 2) != Ordering::Greater,
            },
            _ => !is_less && self.prefix(version, self.caret_prefix()) == Ordering::Equal,
        }
    }

    fn prefix(&self, version: &Version, count: usize) -> Ordering {
        version.numbers[..count].cmp(&self.version.numbers[..count])
    }

    /// `~`: the major and minor number are fixed; `~0.0.0` and `~*` fix nothing.
    fn is_near(&self, version: &Version) -> bool {
        match self.precision {
            1 => self.prefix(version, 1) == Ordering::Equal,
            0 | 3 if self.version.numbers == [0; 3] => true,
            _ => self.prefix(version, 2) == Ordering::Equal,
        }
    }

    fn differs(&self, version: &Version) -> bool {
        match self.precision {
            1 => self.prefix(version, 1) != Ordering::Equal,
            2 => {
                self.prefix(version, 2) != Ordering::Equal
                    || version.prerelease != self.version.prerelease
            }
            _ => version.compare(&self.version) != Ordering::Equal,
        }
    }

    /// How many numbers `^` fixes: those up to the first that is not 0, and that one.
    fn caret_prefix(&self) -> usize {
        let numbers = self.version.numbers;
        let first = numbers.iter().position(|number| *number != 0);
        let last = match self.precision {
            0 => 3,
            precision => precision,
        };
        first.map_or(last, |first| (first + 1).min(last))
    }
}

fn with_label(numbers: &str, prerelease: &str) -> String {
    match prerelease.is_empty() {
        true => numbers.to_owned(),
        false => format!("{numbers}-{prerelease}"),
    }
}
