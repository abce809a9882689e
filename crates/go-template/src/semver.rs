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
    /// How many numbers are not left out.
    precision: usize,
    /// The part after a `-`.
    pub prerelease: String,
    /// The part after a `+`.
    pub metadata: String,
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
            let mut all = true;
            for condition in conditions(alternative)
                .ok_or_else(|| format!("`{range}` is not a valid version constraint"))?
            {
                all &= condition.holds(self);
            }
            matches |= all;
        }
        Ok(matches)
    }

    fn read(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = text
            .split_once('+')
            .map_or((text, ""), |(text, metadata)| (text, metadata));
        let (core, prerelease) = text
            .split_once('-')
            .map_or((text, ""), |(core, prerelease)| (core, prerelease));
        let parts: Vec<&str> = core.split('.').collect();
        let is_label = |label: &str| {
            label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        };
        if parts.len() > 3 || !is_label(prerelease) || !is_label(metadata) {
            return None;
        }
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(&parts) {
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            *number = digits.then(|| part.parse().ok())??;
        }
        Some(Version {
            numbers,
            precision: parts.len(),
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
        })
    }

    fn compare(&self, other: &Version) -> Ordering {
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
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

/// A condition of a range: an operator and a version, of which the last numbers may be left out.
struct Condition {
    operator: String,
    version: Version,
}

fn conditions(text: &str) -> Option<Vec<Condition>> {
    if let Some((low, high)) = text.split_once(" - ") {
        return Some(vec![
            Condition::new(">=", low.trim())?,
            Condition::new("<=", high.trim())?,
        ]);
    }
    let mut conditions = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let operator_end = rest.find(|c: char| !"=!<>~^".contains(c))?;
        let (operator, after) = rest.split_at(operator_end);
        let after = after.trim_start();
        let version_end = after
            .find(|c: char| c == ',' || c.is_whitespace())
            .unwrap_or(after.len());
        conditions.push(Condition::new(operator, &after[..version_end])?);
        rest = after[version_end..].trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    (!conditions.is_empty()).then_some(conditions)
}

impl Condition {
    fn new(operator: &str, text: &str) -> Option<Condition> {
        let operators = [
            "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^",
        ];
        if !operators.contains(&operator) {
            return None;
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        // A star or an x leaves this number and all after it out.
        let parts: Vec<&str> = text.split('.').collect();
        let open = parts
            .iter()
            .position(|part| matches!(*part, "*" | "x" | "X"));
        let version = match open {
            Some(0) => Version {
                numbers: [0; 3],
                precision: 0,
                prerelease: String::new(),
                metadata: String::new(),
            },
            Some(open) => Version::read(&parts[..open].join("."))?,
            None => Version::read(text)?,
        };
        Some(Condition {
            operator: operator.to_owned(),
            version,
        })
    }

    fn holds(&self, version: &Version) -> bool {
        let bound = &self.version;
        // A prerelease is only in a range that names one.
        if !version.prerelease.is_empty() && bound.prerelease.is_empty() && self.operator != "!=" {
            return false;
        }
        let order = version.compare(bound);
        let prefix = |count: usize| version.numbers[..count] == bound.numbers[..count];
        match self.operator.as_str() {
            "" | "=" if bound.precision == 3 => order == Ordering::Equal,
            "!=" if bound.precision == 3 => order != Ordering::Equal,
            "!=" => !prefix(bound.precision),
            ">" if bound.precision == 3 => order == Ordering::Greater,
            // `>1.2` means: after every 1.2.
            ">" => version.numbers[..bound.precision] > bound.numbers[..bound.precision],
            "<" => order == Ordering::Less,
            ">=" | "=>" => order != Ordering::Less,
            "<=" | "=<" if bound.precision == 3 => order != Ordering::Greater,
            "<=" | "=<" => version.numbers[..bound.precision] <= bound.numbers[..bound.precision],
            "^" => order != Ordering::Less && prefix(self.caret_prefix()),
            // `~`, and no operator with numbers left out: the numbers are fixed, but for the patch.
            _ => order != Ordering::Less && prefix(bound.precision.min(2)),
        }
    }

    /// How many numbers `^` fixes: those up to the first that is not 0, and that one.
    fn caret_prefix(&self) -> usize {
        let first = self.version.numbers[..self.version.precision]
            .iter()
            .position(|number| *number != 0);
        first.map_or(self.version.precision, |first| first + 1)
    }
}
