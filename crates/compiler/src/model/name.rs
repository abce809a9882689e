//! Names and numbers with a form of their own, parsed once.

use std::fmt;
use std::net::IpAddr;

/// Whether a key belongs to the author of a file and not to the language: it begins with `x-`.
pub fn is_extension_key(key: &str) -> bool {
    key.strip_prefix("x-").is_some_and(|rest| !rest.is_empty())
}

/// Whether `text` is a DNS label: 1 to 63 of `a-z 0-9 -`, not at either end a `-` (RFC 1123).
pub fn is_dns_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether `text` is a DNS subdomain, as the names of most objects of Kubernetes are (RFC 1123).
pub fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

/// Whether `text` is a DNS subdomain as the API server of Kubernetes has it: unlike
/// [`is_dns_name`], without a limit for each label.
pub fn is_dns_subdomain(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 253
        && text.split('.').all(|label| {
            let is_edge = !label.starts_with('-') && !label.ends_with('-');
            !label.is_empty() && is_edge && label.bytes().all(is_inner)
        })
}

/// Whether `text` is a qualified name of Kubernetes, as the key of a label is: a name, and in front
/// of it a domain and `/` or not.
pub fn is_qualified_name(text: &str) -> bool {
    let (host, name) = match text.split_once('/') {
        Some((host, name)) => (Some(host), name),
        None => (None, text),
    };
    !name.is_empty() && is_label_value(name) && host.is_none_or(is_dns_subdomain)
}

/// Whether `text` is a range of addresses, such as `10.0.0.0/8`.
pub fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let longest = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= longest)
}

/// Whether `text` is the value of a label of Kubernetes, which may be empty, or the part of a
/// qualified name after `/`.
pub fn is_label_value(text: &str) -> bool {
    let is_end = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 63
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && is_end(text.bytes().next())
        && is_end(text.bytes().next_back())
}

/// Whether `name` may name a workload, container, port or resource: 2 to 63 of `a-z 0-9 -`, not at
/// either end a `-`.
pub fn is_name(name: &str) -> bool {
    name.len() >= 2 && is_dns_label(name)
}

/// The identity of a resource across all workloads: `type.class#id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid {
    /// The type, such as `postgres`.
    pub kind: String,
    /// The class; `default` when none is given.
    pub class: String,
    /// The given id, or `workload.resource`.
    pub id: String,
}

impl fmt::Display for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}#{}", self.kind, self.class, self.id)
    }
}

/// The permission bits of a file, `0` to `0o777`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode(u16);

impl Mode {
    /// Reads three octal digits, with or without a leading `0`.
    pub fn parse(text: &str) -> Option<Mode> {
        let digits = match text.len() {
            3 => text,
            4 => text.strip_prefix('0')?,
            _ => return None,
        };
        let octal = digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
        octal
            .then(|| u16::from_str_radix(digits, 8).ok().map(Mode))
            .flatten()
    }

    /// The bits as a number.
    pub fn bits(self) -> u32 {
        u32::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_specification() {
        for good in ["ab", "a-b", "2048", &"a".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a", "-ab", "ab-", "Ab", "a_b", "a.b", &"a".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn modes_are_three_octal_digits() {
        assert_eq!(Mode::parse("0644").map(Mode::bits), Some(0o644));
        assert_eq!(Mode::parse("755").map(Mode::bits), Some(0o755));
        for bad in ["", "64", "1644", "0684", "+644", "rw-"] {
            assert_eq!(Mode::parse(bad), None, "{bad}");
        }
    }
}
