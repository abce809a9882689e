//! What a workload says for a software catalog, by annotations `catalog.score-rs.dev/NAME`, and the
//! rules of Backstage for it.

use crate::model::Annotation;

/// What these annotations begin with.
pub const PREFIX: &str = "catalog.score-rs.dev/";

/// Who owns the workload.
pub const OWNER: &str = "owner";
/// How far it is, such as `production`.
pub const LIFECYCLE: &str = "lifecycle";
/// A sentence about it.
pub const DESCRIPTION: &str = "description";
/// Words, separated by commas.
pub const TAGS: &str = "tags";
/// URLs, each with the title of its link.
pub const LINKS: [(&str, &str); 3] = [
    ("runbook", "Runbook"),
    ("on-call", "On-call"),
    ("dashboard", "Dashboard"),
];

/// The longest name.
pub const LONGEST: usize = 63;

/// The names of all annotations.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    let links = LINKS.iter().map(|(name, _)| *name);
    [OWNER, LIFECYCLE, DESCRIPTION, TAGS]
        .into_iter()
        .chain(links)
}

/// The value of the annotation with this name.
pub fn text<'a>(annotations: &'a [Annotation], name: &str) -> Option<&'a str> {
    let mut named = annotations.iter();
    let found = named.find(|one| one.key.value.strip_prefix(PREFIX) == Some(name));
    found.map(|annotation| annotation.value.value.as_str())
}

/// The tags in a text.
pub fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

/// What to write instead of a value that the annotation with this name cannot have.
pub fn mistake(name: &str, value: &str) -> Option<&'static str> {
    let (is_valid, help) = match name {
        OWNER => (is_reference(value), REFERENCE_RULE),
        TAGS => (
            tags(value).all(is_tag),
            "separate tags with commas; a tag has the characters a-z, 0-9, `:`, `+`, `#`, and single `-` between them",
        ),
        LIFECYCLE | DESCRIPTION => (
            !value.trim().is_empty(),
            "write a text, or remove the annotation",
        ),
        _ => (
            is_url(value),
            "write a URL, such as https://wiki.example.com/orders",
        ),
    };
    (!is_valid).then_some(help)
}

/// The rule of [`is_reference`] as a help text.
pub const REFERENCE_RULE: &str =
    "write the name of a group or user, such as `team-a` or `user:jane`";

/// Whether this names an entity: `[KIND:][NAMESPACE/]NAME`.
pub fn is_reference(text: &str) -> bool {
    let (kind, rest) = text.split_once(':').unwrap_or(("group", text));
    let (namespace, name) = rest.split_once('/').unwrap_or(("default", rest));
    let is_kind = kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_namespace = crate::model::is_dns_label(&namespace.to_ascii_lowercase());
    !kind.is_empty() && is_kind && is_namespace && is_name(name)
}

/// Whether an entity can have this name.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && crate::model::is_label_value(name)
}

fn is_tag(tag: &str) -> bool {
    let is_part = |part: &str| {
        let mut bytes = part.bytes();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !part.is_empty() && bytes.all(|byte| plain(byte) || b":+#".contains(&byte))
    };
    tag.len() <= LONGEST && tag.split('-').all(is_part)
}

/// Whether this is a URL with a scheme, also one such as `mailto:`.
pub fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut letters = scheme.bytes();
    let has_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let has_host = match rest.strip_prefix("//") {
        Some(rest) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@[]%".contains(&byte);
            !host.is_empty() && !host.starts_with(':') && host.bytes().all(plain)
        }
        None => !rest.is_empty(),
    };
    let has_blanks = text
        .chars()
        .any(|char| char.is_whitespace() || char.is_control());
    let is_web = !["http", "https"].contains(&scheme) || rest.starts_with("//");
    has_scheme && has_host && is_web && !has_blanks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_the_rules_of_backstage() {
        for (name, value, is_valid) in [
            (OWNER, "team-a", true),
            (OWNER, "user:default/jane.doe", true),
            (OWNER, "Team A", false),
            (OWNER, "user:", false),
            (OWNER, "a/b/c", false),
            (LIFECYCLE, " ", false),
            (TAGS, "java, c++,team:a-b", true),
            (TAGS, "Java", false),
            (TAGS, "a,", false),
            (TAGS, "a--b", false),
            ("runbook", "https://wiki.example.com/a b", false),
            ("runbook", "https://wiki.example.com/a", true),
            ("runbook", "https://", false),
            ("runbook", "https:x", false),
            ("runbook", "https://<shop>/", false),
            ("on-call", "mailto:on-call@example.com", true),
            ("dashboard", "grafana/d/1", false),
        ] {
            assert_eq!(mistake(name, value).is_none(), is_valid, "{name}: {value}");
        }
    }
}
