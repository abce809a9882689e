//! Addresses of remote sources, as people write them. `spec/remote.md` describes them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::digest::Digest;
use diagnostics::suggestions::{list_names, suggestion};

/// Where a remote source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A file that a web server gives, by its URL.
    Web(String),
    /// A file of a git repository.
    Git(GitFile),
    /// A file of an artifact in an OCI registry.
    Oci(Artifact),
}

/// A file of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GitFile {
    /// The repository, as git takes it.
    pub(super) repository: String,
    /// The file, from the root of the repository.
    pub(super) path: String,
    /// A branch, tag or commit; without one, what the repository has checked out.
    pub(super) reference: Option<String>,
}

/// A file of an artifact in an OCI registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Artifact {
    /// The host, and its port where one was written.
    pub(super) registry: String,
    /// The name in the registry.
    pub(super) repository: String,
    /// A tag or digest.
    pub(super) version: String,
    /// The title of the file in the artifact, where one was written.
    pub(super) file: Option<String>,
}

/// Why a text is no address, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: String,
}

type Parsed<T> = Result<T, Wrong>;

fn wrong<T>(message: impl Into<String>, help: impl Into<String>) -> Parsed<T> {
    Err(Wrong {
        message: message.into(),
        help: help.into(),
    })
}

const SCHEMES: [&str; 4] = ["https", "git-https", "git-ssh", "oci"];

impl Address {
    /// Reads an address, which has `://` in it.
    pub(super) fn parse(text: &str) -> Parsed<Address> {
        if text
            .chars()
            .any(|own| own.is_control() || own.is_whitespace())
        {
            return wrong(
                "an address cannot have white space in it",
                "write `%20` for a space",
            );
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        match scheme {
            "https" | "http" => web(text, scheme, rest),
            "git-https" | "git-http" | "git-ssh" => git(scheme, rest),
            "oci" => oci(rest),
            "file" => wrong(
                "`file://` is for what is on this computer",
                "write the path alone",
            ),
            _ => {
                let others = || format!("write one of {}", list_names(SCHEMES.into_iter()));
                wrong(
                    format!("`{scheme}://` is not known"),
                    suggestion(scheme, SCHEMES, others),
                )
            }
        }
    }
}

/// Where a host ends and a path begins.
fn split_host(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()))
}

fn web(text: &str, scheme: &str, rest: &str) -> Parsed<Address> {
    let (host, path) = split_host(rest);
    check_host(host)?;
    protected(scheme, "https", host)?;
    if path.contains('#') {
        return wrong("a file on a web server has no `#` part", "remove it");
    }
    Ok(Address::Web(text.to_owned()))
}

fn git(scheme: &str, rest: &str) -> Parsed<Address> {
    let form = format!("write `{scheme}://HOST/REPOSITORY.git/FILE?ref=VERSION`");
    let (host, path) = split_host(rest);
    match host.split_once('@') {
        Some((user, host)) if scheme == "git-ssh" => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            if user.is_empty() || user.starts_with('-') || !user.bytes().all(plain) {
                return wrong(
                    "the part before `@` is no plain user name",
                    "write the user alone, as in `git@`; keys are kept by ssh",
                );
            }
            check_host(host)?;
        }
        _ => check_host(host)?,
    }
    protected(scheme.trim_start_matches("git-"), "git-https", host)?;
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let Some((repository, file)) = path
        .split_once(".git/")
        .filter(|(repository, _)| repository.len() > 1)
    else {
        return wrong(
            "an address of a file in a git repository has `.git/` before the file",
            form,
        );
    };
    let path = decoded(file)?;
    if path.split('/').any(|part| ["", ".", ".."].contains(&part)) {
        return wrong(format!("`{path}` names no file of the repository"), form);
    }
    let repository = format!(
        "{}://{host}{repository}.git",
        scheme.trim_start_matches("git-")
    );
    Ok(Address::Git(GitFile {
        repository,
        path,
        reference: query.map(reference).transpose()?,
    }))
}

fn reference(query: &str) -> Parsed<String> {
    let Some(reference) = query
        .strip_prefix("ref=")
        .filter(|rest| !rest.contains('&'))
    else {
        return wrong(
            format!("`?{query}` says more than which version"),
            "write `?ref=VERSION` and nothing else",
        );
    };
    let reference = decoded(reference)?;
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"._/+-@#=%,".contains(&byte) || byte >= 0x80;
    let named = !reference.is_empty()
        && !reference.starts_with(['-', '+', '/'])
        && reference.bytes().all(plain);
    if !named
        || ["..", "@{", "//"]
            .iter()
            .any(|part| reference.contains(part))
    {
        return wrong(
            format!("`{reference}` cannot be a version"),
            "name a branch, a tag or a whole commit",
        );
    }
    Ok(reference)
}

fn oci(rest: &str) -> Parsed<Address> {
    let form = "write `oci://REGISTRY/NAME:TAG`, and `#FILE` for one of several files";
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
    let named =
        |part: &str| !part.is_empty() && !part.starts_with(['.', '-']) && part.bytes().all(plain);
    if !repository.split('/').all(named) {
        return wrong(
            format!("`{repository}` cannot be the name of an artifact"),
            form,
        );
    }
    let in_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if let Some(tag) =
        tag.filter(|tag| tag.is_empty() || tag.starts_with(['.', '-']) || !tag.bytes().all(in_tag))
    {
        return wrong(format!("`{tag}` cannot be a tag"), form);
    }
    if let Some(digest) = digest.filter(|digest| Digest::parse(digest).is_none()) {
        return wrong(
            format!("`{digest}` is no digest"),
            "write `@sha256:` and 64 hexadecimal digits",
        );
    }
    let file = file.map(decoded).transpose()?;
    if file.as_deref() == Some("") {
        return wrong(
            "nothing stands after `#`",
            "write the name of a file there, or remove the `#`",
        );
    }
    let version = digest.or(tag).unwrap_or("latest").to_owned();
    Ok(Address::Oci(Artifact {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        version,
        file,
    }))
}

/// A host, maybe with a port. One that began with `-` could be taken for an option by a program.
fn check_host(text: &str) -> Parsed<()> {
    if text.contains('@') {
        let help = "remove what is before `@`; an address is shown and kept in files that anybody may read";
        return wrong("an address cannot hold a user or password", help);
    }
    let (host, port) = split_port(text);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let named = !host.is_empty() && !host.starts_with(['-', '.']) && host.bytes().all(plain);
    let numbered = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let numbered = numbered.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok());
    if (named || numbered) && port.is_none_or(|port| port.parse::<u16>().is_ok()) {
        return Ok(());
    }
    match text {
        "" => wrong("this address names no host", "write a host after `://`"),
        _ => wrong(
            format!("`{text}` cannot be a host"),
            "write a host such as `example.com`, maybe with `:PORT`",
        ),
    }
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    }
}

fn protected(scheme: &str, instead: &str, host: &str) -> Parsed<()> {
    if scheme != "http" || is_this_machine(host) {
        return Ok(());
    }
    let help = format!(
        "write `{instead}://`; without it, only addresses of this machine such as 127.0.0.1 are asked"
    );
    wrong(
        "what comes by `http` may be changed by anybody on its way",
        help,
    )
}

/// Whether a host, maybe with a port, is this machine, so that nothing leaves it.
pub(super) fn is_this_machine(host: &str) -> bool {
    let (host, _) = split_port(host);
    let numbered = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|own| own.is_loopback())
        || numbered
            .parse::<Ipv6Addr>()
            .is_ok_and(|own| own.is_loopback())
}

/// Whether a URL may be asked: by `https`, or on this machine.
pub(super) fn may_be_asked(url: &str) -> bool {
    match url.split_once("://") {
        Some(("https", rest)) => check_host(split_host(rest).0).is_ok(),
        Some(("http", rest)) => {
            let host = split_host(rest).0;
            check_host(host).is_ok() && is_this_machine(host)
        }
        _ => false,
    }
}

/// The text that `%41` and its like stand for.
fn decoded(text: &str) -> Parsed<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = text
            .get(at + 1..at + 3)
            .filter(|_| *byte == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        found.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    match String::from_utf8(found) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        _ => wrong(
            format!("`{text}` is no text"),
            "write letters as they are, or `%` and the two digits of a byte",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git_file(repository: &str, path: &str, reference: Option<&str>) -> Address {
        let reference = reference.map(str::to_owned);
        Address::Git(GitFile {
            repository: repository.to_owned(),
            path: path.to_owned(),
            reference,
        })
    }

    fn artifact(registry: &str, repository: &str, version: &str, file: Option<&str>) -> Address {
        let (registry, repository) = (registry.to_owned(), repository.to_owned());
        Address::Oci(Artifact {
            registry,
            repository,
            version: version.to_owned(),
            file: file.map(str::to_owned),
        })
    }

    #[test]
    fn addresses_are_read() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let rows = [
            (
                "https://example.com/a.yaml?x=1",
                Address::Web("https://example.com/a.yaml?x=1".to_owned()),
            ),
            (
                "http://127.0.0.1:80/a",
                Address::Web("http://127.0.0.1:80/a".to_owned()),
            ),
            (
                "http://[::1]:80/a",
                Address::Web("http://[::1]:80/a".to_owned()),
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
        for (text, wanted) in rows {
            assert_eq!(Address::parse(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let rows = [
            ("ftp://example.com/a", "`ftp://` is not known"),
            ("file:///etc/hosts", "is for what is on this computer"),
            ("http://example.com/a", "may be changed by anybody"),
            (
                "http://localhost.example.com/a",
                "may be changed by anybody",
            ),
            (
                "git-http://example.com/a.git/b",
                "may be changed by anybody",
            ),
            ("https://me:secret@example.com/a", "user or password"),
            ("git-https://token@example.com/a.git/b", "user or password"),
            (
                "git-ssh://me:secret@example.com/a.git/b",
                "no plain user name",
            ),
            ("git-ssh://-oProxyCommand=x@h/a.git/b", "no plain user name"),
            ("git-ssh://-oProxyCommand=x/a.git/b", "cannot be a host"),
            ("https:///a", "names no host"),
            ("https://h:99999/a", "cannot be a host"),
            ("https://h/a b", "white space"),
            ("git-https://h/a/b", "`.git/` before the file"),
            ("git-https://h/.git/b", "`.git/` before the file"),
            ("git-https://h/a.git/", "names no file"),
            ("git-https://h/a.git/../b", "names no file"),
            ("git-https://h/a.git/%2e%2e/b", "names no file"),
            ("git-https://h/a.git/b?ref=-x", "cannot be a version"),
            ("git-https://h/a.git/b?ref=%2Dx", "cannot be a version"),
            ("git-https://h/a.git/b?ref=a:b", "cannot be a version"),
            ("git-https://h/a.git/b?ref=", "cannot be a version"),
            (
                "git-https://h/a.git/b?version=1",
                "says more than which version",
            ),
            (
                "git-https://h/a.git/b?ref=1&x=2",
                "says more than which version",
            ),
            ("oci://h", "name of an artifact"),
            ("oci://h/A", "name of an artifact"),
            ("oci://h/a/../b", "name of an artifact"),
            ("oci://h/a:", "cannot be a tag"),
            ("oci://h/a:b/c", "cannot be a tag"),
            ("oci://h/a@sha256:12", "is no digest"),
            ("oci://h/a#", "nothing stands after"),
        ];
        for (text, wanted) in rows {
            let message = Address::parse(text).map_err(|wrong| wrong.message);
            assert!(
                message.as_ref().is_err_and(|own| own.contains(wanted)),
                "{text}: {message:?}"
            );
        }
    }
}
