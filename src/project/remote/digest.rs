//! SHA-256 digests.

use std::fmt;

use sha2::{Digest as _, Sha256};

use diagnostics::hex;

/// A SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Digest(String);

const PREFIX: &str = "sha256:";

impl Digest {
    /// The digest of bytes.
    pub(super) fn of(bytes: &[u8]) -> Digest {
        Digest(hex::encode(&Sha256::digest(bytes)))
    }

    /// Parses `sha256:` and 64 hexadecimal digits in lower case.
    pub(super) fn parse(text: &str) -> Option<Digest> {
        let digits = text.strip_prefix(PREFIX)?;
        (digits.len() == 64 && is_hexadecimal(digits)).then(|| Digest(digits.to_owned()))
    }

    /// The 64 digits without the prefix, which can be the name of a file.
    pub(super) fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", self.0)
    }
}

/// Whether a text is the full id of a git commit, SHA-1 or SHA-256.
pub(super) fn is_commit_id(text: &str) -> bool {
    [40, 64].contains(&text.len()) && is_hexadecimal(text)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_computed_and_parsed() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), empty);
        assert_eq!(Digest::parse(empty), Some(Digest::of(b"")));
        for text in [
            &empty[7..],
            &empty[..70],
            "sha512:ab",
            &empty.to_uppercase(),
            &empty.replace('e', "/"),
        ] {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
