//! Derived names: the same project, environment and name give the same identity on every machine,
//! without any state. A name that is already deployed wins over the derived one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::model::Uid;
use diagnostics::hex;

/// What distinguishes the objects of one environment from those of another.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// The project name, where one is set; never a directory's name.
    pub project: Option<String>,
    /// The environment's name.
    pub environment: String,
    /// The path of its directory from the project, with `/`, unless that is the usual directory for
    /// this name. It distinguishes two environments of one name.
    pub place: Option<String>,
    /// The name of the preview, where the environment is one of previews. Each has names and
    /// passwords of its own.
    pub preview: Option<String>,
    /// Names that win over derived ones.
    pub persisted: PersistedNames,
}

/// Names under which things are deployed, from an earlier run or from an import. Without an entry,
/// the name is derived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersistedNames {
    /// The guids of resources, by uid.
    pub guids: BTreeMap<String, String>,
    /// The instance suffixes of workloads, by the workload's name, without the `-` before them.
    pub instance_suffixes: BTreeMap<String, String>,
    /// The workloads that shared resources are provisioned for, by the uid of the resource.
    /// Definitions derive names from them.
    pub source_workloads: BTreeMap<String, String>,
    /// The volume claims of each workload, by the uid of the resource. They hold data, and
    /// Kubernetes cannot rename them.
    pub claims: BTreeMap<String, BTreeMap<String, String>>,
}

/// The rule of [`is_project_name`] as a help text.
pub const PROJECT_RULE: &str =
    "use 1 to 63 of the characters a-z, 0-9, `-` and `_`, beginning with a letter or a digit";

/// Whether this is a valid project name: the rule of Compose, and short enough for a file name. It
/// holds for Kubernetes too, where only derived names contain it.
pub fn is_project_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=63).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with(['-', '_'])
}

impl Identity {
    /// The identity with names that are already deployed.
    pub fn with_persisted(&self, names: &PersistedNames) -> Identity {
        Identity {
            persisted: names.clone(),
            ..self.clone()
        }
    }

    /// The unique name of the environment in the project: its name, with a hash of its directory
    /// when that is not the usual one, and the name of the preview. It may be used as the path of a
    /// directory.
    pub fn key(&self) -> Cow<'_, str> {
        let key = match &self.place {
            Some(place) => Cow::Owned(format!(
                "{}-{}",
                self.environment,
                short_hash([place.as_bytes()])
            )),
            None => Cow::Borrowed(self.environment.as_str()),
        };
        match &self.preview {
            Some(preview) => Cow::Owned(format!("{key}/{preview}")),
            None => key,
        }
    }

    /// The name under which a lock pins what resources of this environment have: with the name of
    /// the project, since another project has other names and passwords.
    pub fn lock_key(&self) -> String {
        match &self.project {
            Some(project) => format!("{project}/{}", self.key()),
            None => self.key().into_owned(),
        }
    }

    /// The guid of a resource: the persisted one, or a derived one in the form of a version 5 UUID.
    pub fn guid(&self, uid: &Uid) -> String {
        self.persisted
            .guids
            .get(&uid.to_string())
            .cloned()
            .unwrap_or_else(|| self.derived_guid(uid))
    }

    fn derived_guid(&self, uid: &Uid) -> String {
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&self.digest(&uid.to_string())[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x50;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let digits = hex::encode(&bytes);
        [
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        ]
        .join("-")
    }

    /// The imported suffix in the instance label of a workload, if any.
    pub fn instance_suffix(&self, workload: &str) -> Option<&str> {
        self.persisted
            .instance_suffixes
            .get(workload)
            .map(String::as_str)
    }

    /// The persisted name of a workload's volume claim, if any.
    pub fn claim(&self, workload: &str, uid: &Uid) -> Option<&str> {
        self.persisted
            .claims
            .get(workload)?
            .get(&uid.to_string())
            .map(String::as_str)
    }

    fn digest(&self, uid: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [
            "score-rs identity",
            self.project.as_deref().unwrap_or(""),
            &self.key(),
            "resource",
            uid,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// The first ten hexadecimal digits of a hash over `parts`.
pub fn short_hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..5])
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
            ..Identity::default()
        };
        // When this value changes, all deployed objects are renamed.
        assert_eq!(identity(None, "kubernetes").guid(&uid), GUID);
        assert_ne!(identity(Some("a"), "kubernetes").guid(&uid), GUID);
        assert_ne!(identity(None, "staging").guid(&uid), GUID);
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
    }

    #[test]
    fn project_names_follow_the_rule_of_compose() {
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
    fn persisted_names_win() {
        let uid = Uid {
            kind: "redis".into(),
            class: "default".into(),
            id: "shop.cache".into(),
        };
        let entry = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let names = PersistedNames {
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
        let persisted = derived.with_persisted(&names);
        assert_eq!(
            (persisted.guid(&uid), persisted.instance_suffix("shop")),
            ("given".to_owned(), Some("old"))
        );
        assert_eq!(
            (
                persisted.claim("shop", &uid),
                persisted.claim("other", &uid)
            ),
            (Some("vol-1"), None)
        );
        let other = Uid {
            id: "shop.other".into(),
            ..uid
        };
        assert_eq!(persisted.guid(&other), derived.guid(&other));
        assert_eq!(persisted.instance_suffix("other"), None);
    }

    const GUID: &str = "c26b120f-d894-57cb-aecc-8ad9f8d4630b";
}
