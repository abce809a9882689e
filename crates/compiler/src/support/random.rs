//! Randomness that is derived: the same seed and the same names give the same text on every
//! machine.

use go_template::RandomSource;
use sha2::{Digest, Sha256};

/// A key from which streams and further keys are derived by name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of a project: whatever bytes its seed holds.
    pub fn from_seed(seed: &[u8]) -> Key {
        Key(Sha256::new()
            .chain_update(b"score-rs seed\0")
            .chain_update(seed)
            .finalize()
            .into())
    }

    /// The key that belongs to `name` under this one. Lengths are hashed too, so that no two chains
    /// of names collide.
    pub fn derive(&self, name: &str) -> Key {
        let length = (name.len() as u64).to_be_bytes();
        Key(Sha256::new()
            .chain_update(self.0)
            .chain_update(length)
            .chain_update(name)
            .finalize()
            .into())
    }

    /// The endless stream of numbers that belongs to this key.
    pub fn stream(&self) -> Stream {
        Stream {
            key: *self,
            block: 0,
            bytes: [0; 32],
            used: 32,
        }
    }

    /// The key's own bytes, for identities.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An endless stream of bytes: SHA-256 over the key and a counter.
pub struct Stream {
    key: Key,
    block: u64,
    bytes: [u8; 32],
    used: usize,
}

impl RandomSource for Stream {
    fn next_byte(&mut self) -> u8 {
        if self.used == self.bytes.len() {
            self.bytes = Sha256::new()
                .chain_update(self.key.0)
                .chain_update(self.block.to_be_bytes())
                .finalize()
                .into();
            self.block += 1;
            self.used = 0;
        }
        let byte = self.bytes[self.used];
        self.used += 1;
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ_by_name() {
        let key = Key::from_seed(b"seed");
        let draw = |name: &str| {
            let mut stream = key.derive(name).stream();
            (0..40).map(|_| stream.below(62)).collect::<Vec<_>>()
        };
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
        assert!(key.derive("ab").derive("c") != key.derive("a").derive("bc"));
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut stream = Key::from_seed(b"").stream();
        assert!((0..1000).all(|_| stream.below(7) < 7));
        assert_eq!(stream.below(0), 0);
    }
}
