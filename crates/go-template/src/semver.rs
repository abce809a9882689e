//! Semantic versions and ranges of them, with the rules of the library that sprig uses.

use std::cmp::Ordering;

/// A version; parts that are not written count as 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Major, minor and patch.
    pub numbers: [u64; 3],
    /// How many of the numbers were written.
    written: usize,
    /// What stands after a `-`.
    pub prerelease: String,
    /// What stands after a `+`.
    pub metadata: String,
}

impl Version {
    /// Reads a version, with or without a `v` before it.
    pub fn parse(text: &str) -> Result<Version, String> {
        Version::read(text).ok_or_else(|| format!("`{text}` is not a semantic version"))
    }

    /// Whether a range, such as `>=1.2, <3 || ~4.1`, takes this version.
    pub fn is_in(&self, range: &str) -> Result<bool, String> {
        let mut matches = false;
        for alternative in range.split("||") {
            let mut all = true;
            for condition in conditions(alternative)
                .ok_or_else(|| format!("`{range}` is not a range of versions"))?
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
            written: parts.len(),
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

/// One condition of a range: an operator and a version, of which trailing parts may be left open.
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
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let operator_end = rest.find(|c: char| !"=!<>~^".contains(c))?;
        let (operator, after) = rest.split_at(operator_end);
        let after = after.trim_start();
        let version_end = after
            .find(|c: char| c == ',' || c.is_whitespace())
            .unwrap_or(after.len());
        found.push(Condition::new(operator, &after[..version_end])?);
        rest = after[version_end..].trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    (!found.is_empty()).then_some(found)
}

impl Condition {
    fn new(operator: &str, text: &str) -> Option<Condition> {
        let known = [
            "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^",
        ];
        if !known.contains(&operator) {
            return None;
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        // A star, an x or nothing leaves this part and all after it open.
        let parts: Vec<&str> = text.split('.').collect();
        let open = parts
            .iter()
            .position(|part| matches!(*part, "*" | "x" | "X"));
        let version = match open {
            Some(0) => Version {
                numbers: [0; 3],
                written: 0,
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
        let wanted = &self.version;
        // Prereleases count only where the range itself names one.
        if !version.prerelease.is_empty() && wanted.prerelease.is_empty() && self.operator != "!=" {
            return false;
        }
        let order = version.compare(wanted);
        let prefix = |count: usize| version.numbers[..count] == wanted.numbers[..count];
        match self.operator.as_str() {
            "" | "=" if wanted.written == 3 => order == Ordering::Equal,
            "!=" if wanted.written == 3 => order != Ordering::Equal,
            "!=" => !prefix(wanted.written),
            ">" if wanted.written == 3 => order == Ordering::Greater,
            // `>1.2` means: after every 1.2.
            ">" => version.numbers[..wanted.written] > wanted.numbers[..wanted.written],
            "<" => order == Ordering::Less,
            ">=" | "=>" => order != Ordering::Less,
            "<=" | "=<" if wanted.written == 3 => order != Ordering::Greater,
            "<=" | "=<" => version.numbers[..wanted.written] <= wanted.numbers[..wanted.written],
            "^" => order != Ordering::Less && prefix(self.caret_prefix()),
            // `~` and no operator with open parts: the written parts stay, but the last of three
            // may grow.
            _ => order != Ordering::Less && prefix(wanted.written.min(2)),
        }
    }

    /// How many numbers `^` holds fixed: up to and with the first that is not 0.
    fn caret_prefix(&self) -> usize {
        let first = self.version.numbers[..self.version.written]
            .iter()
            .position(|number| *number != 0);
        first.map_or(self.version.written, |first| first + 1)
    }
}
