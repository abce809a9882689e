//! The seed that random values are derived from.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Os, restrictions};
use compiler::support::host::{Host, HostError, SEED_VARIABLE};
use compiler::support::random::Key;
use diagnostics::hex;

/// The seed file of a project, from its directory.
pub(super) const FILE: &str = ".score-rs/seed";

/// The bits below which a seed is weak.
const MIN_BITS: f64 = 64.0;
/// The bits that a word of a natural language adds: it is one of some thousand.
const BITS_PER_WORD: f64 = 12.0;
/// The bits that another character adds: a hexadecimal digit has four.
const BITS_PER_CHARACTER: f64 = 3.5;
/// The length from which lower-case letters in a row count as a word.
const MIN_WORD_LENGTH: usize = 4;

/// Where a seed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeedOrigin {
    /// The file of `--seed-file`.
    Flag,
    /// The variable `SCORE_RS_SEED`.
    Variable,
    /// The file in the project.
    Stored,
    /// This run, which found none.
    Generated,
    /// This run, which found none and keeps nothing. The seed is the same for all such runs.
    ThrowAway,
}

/// The seed of a run.
pub(crate) struct Seed {
    pub(crate) origin: SeedOrigin,
    /// Its bytes, without white space around them.
    pub(super) text: Vec<u8>,
}

impl Seed {
    /// The seed in the file of a flag, in the variable, or in the file of the project, if there is
    /// one.
    pub(super) fn find(flag: Option<&Path>, os: &Os) -> Result<Option<Seed>, HostError> {
        if let Some(path) = flag {
            return Seed::parse(&os.read_named(path)?, SeedOrigin::Flag).map(Some);
        }
        if let Some(text) = os
            .variable(SEED_VARIABLE)
            .filter(|text| !text.trim().is_empty())
        {
            return Ok(Some(Seed {
                origin: SeedOrigin::Variable,
                text: text.trim().into(),
            }));
        }
        if restrictions::is_restricted() {
            let why = "SCORE_RS_SEED is not set, and no other seed is used here";
            return Err(HostError::Failed(why.to_owned()));
        }
        match os.read(Path::new(FILE)) {
            Ok(bytes) => Seed::parse(&bytes, SeedOrigin::Stored).map(Some),
            Err(HostError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The seed in the bytes of a file. An empty one is an error: it would give everybody the same
    /// passwords.
    fn parse(bytes: &[u8], origin: SeedOrigin) -> Result<Seed, HostError> {
        match bytes.trim_ascii() {
            [] => Err(HostError::Failed("it is empty".to_owned())),
            text => Ok(Seed {
                origin,
                text: text.to_vec(),
            }),
        }
    }

    /// The seed of runs whose results nobody sees.
    pub(super) fn throw_away() -> Seed {
        Seed {
            origin: SeedOrigin::ThrowAway,
            text: b"validate".to_vec(),
        }
    }

    pub(super) fn generate() -> Result<Seed, HostError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| HostError::Failed(error.to_string()))?;
        Ok(Seed {
            origin: SeedOrigin::Generated,
            text: hex::encode(&bytes).into_bytes(),
        })
    }

    pub(super) fn key(&self) -> Key {
        Key::from_seed(&self.text)
    }

    /// Whether it was set for this run, and may be set for other projects too.
    pub(crate) fn is_set_by_user(&self) -> bool {
        matches!(self.origin, SeedOrigin::Flag | SeedOrigin::Variable)
    }

    /// Whether it can be guessed: somebody who knows one password could then find the others.
    pub(crate) fn is_weak(&self) -> bool {
        self.origin != SeedOrigin::Generated && estimated_bits(&self.text) < MIN_BITS
    }
}

/// An estimate of how many bits a guess has to find. Words count once each, and what repeats or
/// continues a sequence such as `abc` or `111` does not count.
fn estimated_bits(text: &[u8]) -> f64 {
    let mut groups = BTreeSet::new();
    let (mut bits, mut rest) = (0.0, text);
    while let [first, after @ ..] = rest {
        let word_length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_lowercase())
            .count();
        if word_length >= MIN_WORD_LENGTH {
            let (word, after) = rest.split_at(word_length);
            bits += if groups.insert(word) {
                BITS_PER_WORD
            } else {
                0.0
            };
            rest = after;
            continue;
        }
        let end = text.len() - rest.len();
        let group = &text[end.saturating_sub(2)..=end];
        let continues = group.len() == 3
            && group[1].wrapping_sub(group[0]) == first.wrapping_sub(group[1])
            && matches!(first.wrapping_sub(group[1]), 0 | 1 | u8::MAX);
        if groups.insert(group) && !continues {
            bits += BITS_PER_CHARACTER;
        }
        rest = after;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_seeds_are_weak() {
        for text in [
            "x",
            "dev",
            "fixtures",
            "changeme-changeme-changeme-changeme-changeme",
            "my-company-seed-2026",
            "0123456789abcdef0123456789abcdef",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "a1b2a1b2a1b2a1b2a1b2a1b2a1b2a1b2",
            "zyxwvutsrqponmlkjihgfedcba9876543210",
            "secret1",
            "P@ssw0rd2026!",
        ] {
            assert!(estimated_bits(text.as_bytes()) < MIN_BITS, "{text}");
        }
    }

    #[test]
    fn random_seeds_and_long_passphrases_are_not_weak() {
        for text in [
            "e2d59247cc931abf9e66769658d0c758",
            "47710ea9233556355d46de41c3688e25715e027768cd4a9aa62c7f919789ae77",
            "nxNUjFWCMfMqdH8eNgz+oi95",
            "tango-whiskey-ladder-sunset-mountain-copper",
        ] {
            assert!(estimated_bits(text.as_bytes()) >= MIN_BITS, "{text}");
        }
        // Bytes that are not text.
        let bytes: Vec<u8> = (0_u8..32)
            .map(|byte| byte.wrapping_mul(151) ^ 0xa5)
            .collect();
        assert!(estimated_bits(&bytes) >= MIN_BITS);
    }
}
