//! What to do about a key that is not known where it stands, but that people write there.

/// Advice for an unknown key of a mapping.
///
/// ```
/// use yaml::reader::KeyAdvice;
///
/// let advice = |key: &str| match key {
///     "entrypoint" => Some(KeyAdvice::alias("write it as `command`", &["command"])),
///     "restart" => Some(KeyAdvice::remove("remove it; the platform decides this", &[])),
///     _ => None,
/// };
/// assert_eq!(advice("entrypoint").unwrap().replacement(), Some("command"));
/// assert_eq!(advice("restart").unwrap().replacement(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyAdvice {
    /// The action, as a sentence.
    pub help: &'static str,
    /// The keys of this mapping that the help names.
    pub keys: &'static [&'static str],
    /// Whether the help is to remove the key. Otherwise a required key among `keys` is not
    /// reported as missing on top of the unknown one.
    pub removes: bool,
    /// Whether the unknown key is another name for the first of `keys`, so that a fix may rename
    /// it.
    pub is_alias: bool,
}

impl KeyAdvice {
    /// Advice to write the key, or what is in it, somewhere else.
    pub const fn new(help: &'static str, keys: &'static [&'static str]) -> KeyAdvice {
        KeyAdvice {
            help,
            keys,
            removes: false,
            is_alias: false,
        }
    }

    /// Advice to remove the key.
    pub const fn remove(help: &'static str, keys: &'static [&'static str]) -> KeyAdvice {
        KeyAdvice {
            removes: true,
            ..KeyAdvice::new(help, keys)
        }
    }

    /// Advice to rename the key to the first of `keys`, which means the same.
    pub const fn alias(help: &'static str, keys: &'static [&'static str]) -> KeyAdvice {
        KeyAdvice {
            is_alias: true,
            ..KeyAdvice::new(help, keys)
        }
    }

    /// The key of this mapping that means the same.
    pub fn replacement(&self) -> Option<&'static str> {
        self.keys.first().copied().filter(|_| self.is_alias)
    }
}
