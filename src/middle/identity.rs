//! Names for things that need no memory: the same project, environment and name give the same identity everywhere.

use sha2::{Digest, Sha256};

use crate::front::model::Uid;

/// What sets one environment's objects apart from another's.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// The project name, where one is set; never a directory's name.
    pub project: Option<String>,
    /// The environment's name.
    pub environment: String,
}

impl Identity {
    /// A resource's guid, in the form of a version 5 UUID.
    pub fn guid(&self, uid: &Uid) -> String {
        let mut bytes: [u8; 16] = std::array::from_fn(|_| 0);
        bytes.copy_from_slice(&self.digest("resource", &uid.to_string())[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x50;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = to_hex(&bytes);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// The ten characters that set a workload's instance apart, for selectors.
    pub fn instance_suffix(&self, workload: &str) -> String {
        to_hex(&self.digest("workload", workload)[..5])
    }

    fn digest(&self, kind: &str, name: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in ["score-rs identity", self.project.as_deref().unwrap_or(""), &self.environment, kind, name] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// The first ten hexadecimal digits of a hash over `parts`: enough to tell names apart, short enough to read.
pub fn short_hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    to_hex(&hash.finalize()[..5])
}

fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_stable_and_distinct() {
        let uid = Uid { kind: "redis".into(), class: "default".into(), id: "shop.cache".into() };
        let identity = |project: Option<&str>, environment: &str| Identity {
            project: project.map(str::to_owned),
            environment: environment.to_owned(),
        };
        // A change of this value renames every object that users have deployed.
        assert_eq!(identity(None, "kubernetes").guid(&uid), GUID);
        assert_ne!(identity(Some("a"), "kubernetes").guid(&uid), GUID);
        assert_ne!(identity(None, "staging").guid(&uid), GUID);
        assert_eq!(identity(None, "kubernetes").instance_suffix("shop"), SUFFIX);
    }

    const GUID: &str = "c26b120f-d894-57cb-aecc-8ad9f8d4630b";
    const SUFFIX: &str = "79e8a60fa0";
}
