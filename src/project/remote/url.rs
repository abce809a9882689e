//! URLs of remote sources. `spec/remote.md` describes them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::digest::Digest;
use diagnostics::suggestions::{list_names, suggestion};

/// The URL of a remote source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceUrl {
    /// A file of a web server.
    Web(String),
    /// A file or directory of a git repository.
    Git(GitFile),
    /// A file or directory of an artifact in an OCI registry.
    Oci(Artifact),
}

/// A file or directory of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitFile {
    /// The repository, as git takes it.
    pub(super) repository: String,
    /// The path from the root of the repository, which is empty.
    pub(super) path: String,
    /// A branch, tag or commit; `None` for the default branch.
    pub(super) reference: Option<String>,
}

/// A file or directory of an artifact in an OCI registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// The host, with its port if the URL has one.
    pub(super) registry: String,
    /// The name in the registry.
    pub(super) repository: String,
    /// A tag or digest.
    pub(super) version: String,
    /// The path in the artifact, if the URL names one: the title of a file, or a directory.
    pub(super) file: Option<String>,
}

/// Why a text is not the URL of a remote source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlError {
    pub(crate) message: String,
    pub(crate) help: String,
}

type UrlResult<T> = Result<T, UrlError>;

fn error<T>(message: impl Into<String>, help: impl Into<String>) -> UrlResult<T> {
    Err(UrlError {
        message: message.into(),
        help: help.into(),
    })
}

const SCHEMES: [&str; 4] = ["https", "git-https", "git-ssh", "oci"];

impl SourceUrl {
    /// Parses a text that contains `://`.
    pub(crate) fn parse(text: &str) -> UrlResult<SourceUrl> {
        if text
            .chars()
            .any(|character| character.is_control() || character.is_whitespace())
        {
            return error(
                "a URL cannot contain white space",
                "write `%20` for a space",
            );
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        match scheme {
            "https" | "http" => web(text, scheme, rest),
            "git-https" | "git-http" | "git-ssh" => git(scheme, rest),
            "oci" => oci(rest),
            "file" => error(
                "`file://` is not supported for local files",
                "write the path alone",
            ),
            _ => {
                let others = || format!("write one of {}", list_names(SCHEMES.into_iter()));
                error(
                    format!("`{scheme}://` is not supported"),
                    suggestion(scheme, SCHEMES, others),
                )
            }
        }
    }
}

/// The host, and the path with what follows it.
pub(super) fn split_host(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()))
}

fn web(text: &str, scheme: &str, rest: &str) -> UrlResult<SourceUrl> {
    let (host, path) = split_host(rest);
    check_host(host)?;
    require_https(scheme, "https", host)?;
    if path.contains('#') {
        return error("a file on a web server has no `#` part", "remove it");
    }
    Ok(SourceUrl::Web(text.to_owned()))
}

fn git(scheme: &str, rest: &str) -> UrlResult<SourceUrl> {
    let form = format!("write `{scheme}://HOST/REPOSITORY.git/PATH?ref=VERSION`");
    let (host, path) = split_host(rest);
    match host.split_once('@') {
        Some((user, host)) if scheme == "git-ssh" => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            if user.is_empty() || user.starts_with('-') || !user.bytes().all(plain) {
                return error(
                    "the part before `@` is not a plain user name",
                    "write only the user, as in `git@`; ssh has the keys",
                );
            }
            check_host(host)?;
        }
        _ => check_host(host)?,
    }
    require_https(scheme.trim_start_matches("git-"), "git-https", host)?;
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let split = path
        .split_once(".git/")
        .or(path.strip_suffix(".git").map(|repository| (repository, "")));
    let Some((repository, file)) = split.filter(|(repository, _)| repository.len() > 1) else {
        return error(
            "the URL of a git repository needs `.git` at its end, before the path of a file or directory",
            form,
        );
    };
    let path = percent_decode(file)?;
    let path = check_path(&path, "the repository")?;
    let repository = format!(
        "{}://{host}{repository}.git",
        scheme.trim_start_matches("git-")
    );
    Ok(SourceUrl::Git(GitFile {
        repository,
        path,
        reference: query.map(reference).transpose()?,
    }))
}

fn reference(query: &str) -> UrlResult<String> {
    let Some(reference) = query
        .strip_prefix("ref=")
        .filter(|rest| !rest.contains('&'))
    else {
        return error(
            format!("`?{query}` contains more than the version"),
            "write only `?ref=VERSION`",
        );
    };
    let reference = percent_decode(reference)?;
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"._/+-@#=%,".contains(&byte) || byte >= 0x80;
    let is_valid = !reference.is_empty()
        && !reference.starts_with(['-', '+', '/'])
        && reference.bytes().all(plain);
    if !is_valid
        || ["..", "@{", "//"]
            .iter()
            .any(|part| reference.contains(part))
    {
        return error(
            format!("`{reference}` is not a valid version"),
            "name a branch, a tag or a whole commit",
        );
    }
    Ok(reference)
}

fn oci(rest: &str) -> UrlResult<SourceUrl> {
    let form = "write `oci://REGISTRY/NAME:TAG`, and `#PATH` for a file or directory in it";
    let (rest, file) = rest
        .split_once('#')
        .map_or((rest, None), |(rest, file)| (rest, Some(file)));
    let (registry, name) = rest.split_once('/').unwrap_or((rest, ""));
    check_host(registry)?;
    let (name, digest) = name
        .split_once('@')
        .map_or((name, None), |(name, digest)| (name, Some(digest)));
    let (repository, tag) = name
        .split_once(':')
        .map_or((name, None), |(name, tag)| (name, Some(tag)));
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let is_valid =
        |part: &str| !part.is_empty() && !part.starts_with(['.', '-']) && part.bytes().all(plain);
    if !repository.split('/').all(is_valid) {
        return error(format!("`{repository}` is not a valid artifact name"), form);
    }
    let in_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if let Some(tag) =
        tag.filter(|tag| tag.is_empty() || tag.starts_with(['.', '-']) || !tag.bytes().all(in_tag))
    {
        return error(format!("`{tag}` is not a valid tag"), form);
    }
    if let Some(digest) = digest.filter(|digest| Digest::parse(digest).is_none()) {
        return error(
            format!("`{digest}` is not a valid digest"),
            "write `@sha256:` and 64 hexadecimal digits",
        );
    }
    if file == Some("") {
        return error(
            "there is nothing after `#`",
            "write a path there, or remove the `#`",
        );
    }
    let file = file.map(percent_decode).transpose()?;
    let file = file
        .map(|path| check_path(&path, "the artifact"))
        .transpose()?
        .filter(|path| !path.is_empty());
    let version = digest.or(tag).unwrap_or("latest").to_owned();
    Ok(SourceUrl::Oci(Artifact {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        version,
        file,
    }))
}

/// A path in a repository or artifact, without the `/` at its end; empty for all of it. A path that
/// leads out is refused.
fn check_path(path: &str, whole: &str) -> UrlResult<String> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    let mut parts = trimmed.split('/');
    if !trimmed.is_empty() && parts.any(|part| ["", ".", ".."].contains(&part)) {
        return error(
            format!("`{path}` is outside of {whole}"),
            "write a path from its root, without `.` and `..`",
        );
    }
    Ok(trimmed.to_owned())
}

/// Why a URL cannot name a user, and what to do.
const USER_INFO: (&str, &str) = (
    "a URL cannot contain a user name or password",
    "remove the part before `@`; URLs are printed and stored in files that others can read",
);

/// Checks that the URL of a repository has no password or token. ssh needs a user name, which is no
/// secret.
pub(crate) fn check_repository(text: &str) -> Result<(), String> {
    let scheme = text.split_once("://").map_or("ssh", |(scheme, _)| scheme);
    match user_info(text) {
        Some(user) if !scheme.ends_with("ssh") || user.contains(':') => {
            Err(format!("{}: {}", USER_INFO.0, USER_INFO.1))
        }
        _ => Ok(()),
    }
}

/// What a URL says before `@`: a user name, which may be a token, and perhaps a password.
pub(crate) fn user_info(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit_once('@').map(|(user, _)| user)
}

/// Checks a host with an optional port. git could take one that begins with `-` for an option.
fn check_host(text: &str) -> UrlResult<()> {
    if text.contains('@') {
        return error(USER_INFO.0, USER_INFO.1);
    }
    let (host, port) = split_port(text);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let is_name = !host.is_empty() && !host.starts_with(['-', '.']) && host.bytes().all(plain);
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_ipv6 = address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    if (is_name || is_ipv6) && port.is_none_or(|port| port.parse::<u16>().is_ok()) {
        return Ok(());
    }
    match text {
        "" => error("this URL has no host", "write a host after `://`"),
        _ => error(
            format!("`{text}` is not a valid host"),
            "write a host such as `example.com`, optionally with `:PORT`",
        ),
    }
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    }
}

fn require_https(scheme: &str, replacement: &str, host: &str) -> UrlResult<()> {
    if scheme != "http" || is_loopback(host) {
        return Ok(());
    }
    let help = format!(
        "write `{replacement}://`; `http` is allowed only for this machine, such as 127.0.0.1"
    );
    error("content over `http` can be changed in transit", help)
}

/// Whether a host, with an optional port, is this machine, so that nothing leaves it.
pub(super) fn is_loopback(host: &str) -> bool {
    let (host, _) = split_port(host);
    let ipv6 = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || ipv6
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether a request to a URL is allowed: by `https`, or to this machine.
pub(super) fn is_secure(url: &str) -> bool {
    match url.split_once("://") {
        Some(("https", rest)) => check_host(split_host(rest).0).is_ok(),
        Some(("http", rest)) => {
            let host = split_host(rest).0;
            check_host(host).is_ok() && is_loopback(host)
        }
        _ => false,
    }
}

/// Encodes what has a meaning in URLs, and white space.
pub(super) fn percent_encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '%' | '?' | '#' | ' ' => encoded.push_str(&format!("%{:02X}", u32::from(character))),
            _ => encoded.push(character),
        }
    }
    encoded
}

/// Decodes `%41` and its like.
fn percent_decode(text: &str) -> UrlResult<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let code = text
            .get(index + 1..index + 3)
            .filter(|_| *byte == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(code.unwrap_or(*byte));
        index += if code.is_some() { 3 } else { 1 };
    }
    match String::from_utf8(decoded) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        _ => error(
            format!("`{text}` is not valid text"),
            "write letters as they are, or `%` and the two digits of a byte",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git_file(repository: &str, path: &str, reference: Option<&str>) -> SourceUrl {
        let reference = reference.map(str::to_owned);
        SourceUrl::Git(GitFile {
            repository: repository.to_owned(),
            path: path.to_owned(),
            reference,
        })
    }

    fn artifact(registry: &str, repository: &str, version: &str, file: Option<&str>) -> SourceUrl {
        let (registry, repository) = (registry.to_owned(), repository.to_owned());
        SourceUrl::Oci(Artifact {
            registry,
            repository,
            version: version.to_owned(),
            file: file.map(str::to_owned),
        })
    }

    #[test]
    fn urls_are_parsed() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let rows = [
            (
                "https://example.com/a.yaml?x=1",
                SourceUrl::Web("https://example.com/a.yaml?x=1".to_owned()),
            ),
            (
                "http://127.0.0.1:80/a",
                SourceUrl::Web("http://127.0.0.1:80/a".to_owned()),
            ),
            (
                "http://[::1]:80/a",
                SourceUrl::Web("http://[::1]:80/a".to_owned()),
            ),
            (
                "git-https://h.org/a/b.git/c/d.yaml",
                git_file("https://h.org/a/b.git", "c/d.yaml", None),
            ),
            (
                "git-https://h.org/b.git/d%20e?ref=v1%2F2",
                git_file("https://h.org/b.git", "d e", Some("v1/2")),
            ),
            (
                "git-ssh://git@h.org:22/b.git/d?ref=main",
                git_file("ssh://git@h.org:22/b.git", "d", Some("main")),
            ),
            (
                "git-http://localhost:1/b.git/x.git/d",
                git_file("http://localhost:1/b.git", "x.git/d", None),
            ),
            (
                "git-https://h.org/b.git?ref=v1",
                git_file("https://h.org/b.git", "", Some("v1")),
            ),
            (
                "git-https://h.org/b.git/c/",
                git_file("https://h.org/b.git", "c", None),
            ),
            ("oci://h.io/a#/", artifact("h.io", "a", "latest", None)),
            ("oci://h.io/a:1#b/", artifact("h.io", "a", "1", Some("b"))),
            (
                "oci://ghcr.io/a/b",
                artifact("ghcr.io", "a/b", "latest", None),
            ),
            (
                "oci://127.0.0.1:5000/b:1.2#x/y.yaml",
                artifact("127.0.0.1:5000", "b", "1.2", Some("x/y.yaml")),
            ),
            (
                &format!("oci://h.io/b:1@{digest}"),
                artifact("h.io", "b", &digest, None),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(SourceUrl::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn invalid_urls_are_refused() {
        let rows = [
            ("ftp://example.com/a", "`ftp://` is not supported"),
            ("file:///etc/hosts", "is not supported for local files"),
            ("http://example.com/a", "can be changed in transit"),
            (
                "http://localhost.example.com/a",
                "can be changed in transit",
            ),
            (
                "git-http://example.com/a.git/b",
                "can be changed in transit",
            ),
            ("https://me:secret@example.com/a", "user name or password"),
            (
                "git-https://token@example.com/a.git/b",
                "user name or password",
            ),
            (
                "git-ssh://me:secret@example.com/a.git/b",
                "not a plain user name",
            ),
            (
                "git-ssh://-oProxyCommand=x@h/a.git/b",
                "not a plain user name",
            ),
            ("git-ssh://-oProxyCommand=x/a.git/b", "is not a valid host"),
            ("https:///a", "has no host"),
            ("https://h:99999/a", "is not a valid host"),
            ("https://h/a b", "white space"),
            ("git-https://h/a/b", "needs `.git` at its end"),
            ("git-https://h/.git/b", "needs `.git` at its end"),
            ("git-https://h/.git", "needs `.git` at its end"),
            ("git-https://h/a.git/b//c", "outside of the repository"),
            ("git-https://h/a.git/../b", "outside of the repository"),
            ("git-https://h/a.git/%2e%2e/b", "outside of the repository"),
            ("git-https://h/a.git/b?ref=-x", "is not a valid version"),
            ("git-https://h/a.git/b?ref=%2Dx", "is not a valid version"),
            ("git-https://h/a.git/b?ref=a:b", "is not a valid version"),
            ("git-https://h/a.git/b?ref=", "is not a valid version"),
            (
                "git-https://h/a.git/b?version=1",
                "contains more than the version",
            ),
            (
                "git-https://h/a.git/b?ref=1&x=2",
                "contains more than the version",
            ),
            ("oci://h", "is not a valid artifact name"),
            ("oci://h/A", "is not a valid artifact name"),
            ("oci://h/a/../b", "is not a valid artifact name"),
            ("oci://h/a:", "is not a valid tag"),
            ("oci://h/a:b/c", "is not a valid tag"),
            ("oci://h/a@sha256:12", "is not a valid digest"),
            ("oci://h/a#", "there is nothing after"),
            ("oci://h/a#b/../../c", "outside of the artifact"),
            ("oci://h/a#/etc/passwd", "outside of the artifact"),
        ];
        for (text, expected) in rows {
            let message = SourceUrl::parse(text).map_err(|error| error.message);
            assert!(
                message.as_ref().is_err_and(|text| text.contains(expected)),
                "{text}: {message:?}"
            );
        }
    }
}
