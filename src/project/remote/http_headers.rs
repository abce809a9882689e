//! HTTP headers: redirects and authentication challenges.

use super::url::is_secure;
use diagnostics::percent;

/// The target of a redirect; an error when it may not be followed.
pub(super) fn redirect_url(from: &str, location: &str) -> Result<String, String> {
    let to = join_url(from, location);
    let is_https = |url: &str| url.starts_with("https://");
    if is_secure(&to) && (is_https(&to) || !is_https(from)) {
        return Ok(to);
    }
    Err(format!(
        "the server redirects to `{to}`, which does not use HTTPS"
    ))
}

fn join_url(from: &str, location: &str) -> String {
    let location = location.split('#').next().unwrap_or_default();
    let (scheme, rest) = from.split_once("://").unwrap_or(("https", from));
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = path.split('?').next().unwrap_or_default();
    match location {
        whole if whole.contains("://") => whole.to_owned(),
        other if other.starts_with("//") => format!("{scheme}:{other}"),
        absolute if absolute.starts_with('/') => format!("{scheme}://{host}{absolute}"),
        beside => {
            let directory = path.rfind('/').map_or("/", |end| &path[..=end]);
            format!("{scheme}://{host}{directory}{beside}")
        }
    }
}

/// Whether two URLs are of the same server, so that both may get the same credentials.
pub(super) fn is_same_server(one: &str, other: &str) -> bool {
    let server = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        Some((
            scheme.to_owned(),
            rest.split(['/', '?', '#']).next()?.to_owned(),
        ))
    };
    server(one) == server(other)
}

/// How a registry wants a client to authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With a user and password.
    Basic,
    /// With a token from another URL.
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

impl Challenge {
    /// Parses a `WWW-Authenticate` header; `None` for other schemes.
    pub(super) fn parse(header: &str) -> Option<Challenge> {
        let (kind, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if kind.eq_ignore_ascii_case("basic") {
            return Some(Challenge::Basic);
        }
        if !kind.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service, mut scope) = (None, None, None);
        for (key, value) in parameters(rest) {
            match key.to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value),
                "service" => service = Some(value),
                "scope" => scope = Some(value),
                _ => {}
            }
        }
        Some(Challenge::Bearer {
            realm: realm?,
            service,
            scope,
        })
    }
}

/// `key="value, with anything",other=value`.
fn parameters(mut rest: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    while let Some((key, after)) = rest.split_once('=') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        parameters.push((key.trim_matches([' ', ',']).to_owned(), value.to_owned()));
        rest = next;
    }
    parameters
}

/// Encodes a value for the query of a URL.
pub(super) fn encode_query(text: &str) -> String {
    percent::encode(text, "-._~:/,")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_followed_only_to_https_or_this_machine() {
        let from = "https://h.org/a/b?c=d/e";
        for (location, expected) in [
            ("https://i.org/x", "https://i.org/x"),
            ("/x?y", "https://h.org/x?y"),
            ("x", "https://h.org/a/x"),
            ("//i.org/x#y", "https://i.org/x"),
        ] {
            assert_eq!(redirect_url(from, location).as_deref(), Ok(expected));
        }
        for location in [
            "http://h.org/x",
            "http://127.0.0.1/x",
            "ftp://h.org/x",
            "file:///etc/hosts",
            "https://a@h/",
        ] {
            assert!(redirect_url(from, location).is_err(), "{location}");
        }
        let local = "http://127.0.0.1:8080";
        assert_eq!(
            redirect_url(local, "/x").as_deref(),
            Ok("http://127.0.0.1:8080/x")
        );
        assert!(redirect_url(local, "http://h.org/x").is_err());
        assert!(
            is_same_server("https://h.org/a", "https://h.org?b")
                && !is_same_server(local, "http://127.0.0.1:1/")
        );
    }

    #[test]
    fn challenges_are_parsed() {
        let header = r#"Bearer realm="https://a.io/token",service="r.io",scope="repository:a/b:pull,push", error="x""#;
        let expected = Challenge::Bearer {
            realm: "https://a.io/token".to_owned(),
            service: Some("r.io".to_owned()),
            scope: Some("repository:a/b:pull,push".to_owned()),
        };
        assert_eq!(Challenge::parse(header), Some(expected));
        assert_eq!(
            Challenge::parse("basic realm=\"x\""),
            Some(Challenge::Basic)
        );
        let bare = Challenge::Bearer {
            realm: "r".to_owned(),
            service: None,
            scope: None,
        };
        assert_eq!(Challenge::parse("bearer realm=r"), Some(bare));
        for header in ["", "Bearer", "Digest realm=\"x\"", "Bearer realm"] {
            assert_eq!(Challenge::parse(header), None, "{header}");
        }
        assert_eq!(encode_query("a b&c=ü/d:e"), "a%20b%26c%3D%C3%BC/d:e");
    }
}
