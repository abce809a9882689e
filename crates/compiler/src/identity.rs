//! Names for things that need no memory: the same project, environment and name give the same
//! identity everywhere. What is deployed under another name already keeps it, as long as somebody
//! brings it along.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::model::Uid;

/// What sets one environment's objects apart from another's.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// The project name, where one is set; never a directory's name.
    pub project: Option<String>,
    /// The environment's name.
    pub environment: String,
    /// The path of its directory from the project, with `/`, where that is not what one of this
    /// name has. Two environments with one name are two.
    pub place: Option<String>,
    /// Names that are given already and win over derived ones.
    pub kept: KeptNames,
}

/// Names under which things are deployed, from an earlier run or another tool. What has no entry is
/// named as ever.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptNames {
    /// The guids of resources, by uid.
    pub guids: BTreeMap<String, String>,
    /// The instance suffixes of workloads, by the workload's name, without the `-` before them.
    pub instance_suffixes: BTreeMap<String, String>,
    /// The workloads that shared resources are provisioned for, by the uid of the resource.
    /// Definitions make names of them.
    pub source_workloads: BTreeMap<String, String>,
    /// The volume claims of each workload, by the uid of the resource. They hold data, and
    /// Kubernetes lets nobody rename them.
    pub claims: BTreeMap<String, BTreeMap<String, String>>,
}

/// What a project may be called, in words.
pub const PROJECT_RULE: &str =
    "use 1 to 63 of the characters a-z, 0-9, `-` and `_`, beginning with a letter or a digit";

/// Whether a project may be called this: Compose's own rule, and a length that file names have room
/// for. Kubernetes objects only have names that are derived from it, so the rule is the same for
/// them.
pub fn is_project_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=63).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with(['-', '_'])
}

impl Identity {
    /// The same with the names that things have already.
    pub fn keeping(&self, names: &KeptNames) -> Identity {
        Identity {
            kept: names.clone(),
            ..self.clone()
        }
    }

    /// What sets the environment apart from others of the project: its name, and a hash of the
    /// place where that is another than the usual one. It may name a directory.
    pub fn key(&self) -> Cow<'_, str> {
        match &self.place {
            Some(place) => Cow::Owned(format!(
                "{}-{}",
                self.environment,
                short_hash([place.as_bytes()])
            )),
            None => Cow::Borrowed(&self.environment),
        }
    }

    /// A resource's guid: the one it has, else one in the form of a version 5 UUID.
    pub fn guid(&self, uid: &Uid) -> String {
        self.kept
            .guids
            .get(&uid.to_string())
            .cloned()
            .unwrap_or_else(|| self.derived_guid(uid))
    }

    fn derived_guid(&self, uid: &Uid) -> String {
        let mut bytes: [u8; 16] = std::array::from_fn(|_| 0);
        bytes.copy_from_slice(&self.digest("resource", &uid.to_string())[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x50;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = to_hex(&bytes);
        [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-")
    }

    /// The ten characters that set a workload's instance apart, for selectors.
    pub fn instance_suffix(&self, workload: &str) -> String {
        let kept = self.kept.instance_suffixes.get(workload);
        kept.cloned()
            .unwrap_or_else(|| to_hex(&self.digest("workload", workload)[..5]))
    }

    /// The name of a workload's volume claim, where it has one already.
    pub fn claim(&self, workload: &str, uid: &Uid) -> Option<&str> {
        self.kept
            .claims
            .get(workload)?
            .get(&uid.to_string())
            .map(String::as_str)
    }

    fn digest(&self, kind: &str, name: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [
            "score-rs identity",
            self.project.as_deref().unwrap_or(""),
            &self.key(),
            kind,
            name,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// The first ten hexadecimal digits of a hash over `parts`: enough to tell names apart, short
/// enough to read.
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
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_stable_and_distinct() {
        let uid = Uid {
            kind: "redis".into(),
            class: "default".into(),
            id: "shop.cache".into(),
        };
        let identity = |project: Option<&str>, environment: &str| Identity {
            project: project.map(str::to_owned),
            environment: environment.to_owned(),
            place: None,
            kept: KeptNames::default(),
        };
        // A change of this value renames every object that users have deployed.
        assert_eq!(identity(None, "kubernetes").guid(&uid), GUID);
        assert_ne!(identity(Some("a"), "kubernetes").guid(&uid), GUID);
        assert_ne!(identity(None, "staging").guid(&uid), GUID);
        assert_eq!(identity(None, "kubernetes").instance_suffix("shop"), SUFFIX);
        let elsewhere = |place: &str| Identity {
            place: Some(place.to_owned()),
            ..identity(None, "prod")
        };
        let (a, b) = (elsewhere("teams/a/prod"), elsewhere("teams/b/prod"));
        assert!(
            a.key().starts_with("prod-") && a.key() != b.key(),
            "{} {}",
            a.key(),
            b.key()
        );
        assert!(a.guid(&uid) != b.guid(&uid) && a.guid(&uid) != identity(None, "prod").guid(&uid));
        assert_ne!(a.instance_suffix("shop"), b.instance_suffix("shop"));
    }

    #[test]
    fn projects_are_called_as_compose_wants_it() {
        for (name, fits) in [
            ("a", true),
            ("my_app", true),
            ("0-_", true),
            ("", false),
            ("_a", false),
            ("-a", false),
            ("My", false),
            ("a.b", false),
            ("../a", false),
            ("a/b", false),
        ] {
            assert_eq!(is_project_name(name), fits, "{name}");
        }
        assert!(is_project_name(&"a".repeat(63)) && !is_project_name(&"a".repeat(64)));
    }

    #[test]
    fn names_that_are_kept_win() {
        let uid = Uid {
            kind: "redis".into(),
            class: "default".into(),
            id: "shop.cache".into(),
        };
        let entry = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let names = KeptNames {
            guids: entry("redis.default#shop.cache", "given"),
            instance_suffixes: entry("shop", "old"),
            source_workloads: BTreeMap::new(),
            claims: BTreeMap::from([(
                "shop".to_owned(),
                entry("redis.default#shop.cache", "vol-1"),
            )]),
        };
        let derived = Identity {
            environment: "kubernetes".into(),
            ..Identity::default()
        };
        let kept = derived.keeping(&names);
        assert_eq!(
            (kept.guid(&uid), kept.instance_suffix("shop")),
            ("given".to_owned(), "old".to_owned())
        );
        assert_eq!(
            (kept.claim("shop", &uid), kept.claim("other", &uid)),
            (Some("vol-1"), None)
        );
        // What nobody keeps is derived as ever.
        let other = Uid {
            id: "shop.other".into(),
            ..uid
        };
        assert_eq!(kept.guid(&other), derived.guid(&other));
        assert_eq!(
            kept.instance_suffix("other"),
            derived.instance_suffix("other")
        );
    }

    const GUID: &str = "c26b120f-d894-57cb-aecc-8ad9f8d4630b";
    const SUFFIX: &str = "79e8a60fa0";
}
