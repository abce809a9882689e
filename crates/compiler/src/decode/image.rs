//! The syntax of image names, so that names that no registry accepts are reported early.

use diagnostics::report::{Problem, Report};
use diagnostics::source::Spanned;
use yaml::{Kind, Node, Style};

rules! {
    /// The image name is invalid, so no registry can have such an image.
    pub INVALID_IMAGE_NAME: "invalid-image-name", Warning;
}

/// Warns of a name that is none. With placeholders in it, it is known only later; `.` is named from
/// outside.
pub(super) fn check_image(image: &Node, report: &mut Report) {
    // Other kinds are a template or a tag, and were reported.
    let Kind::String(name, style) = &image.kind else {
        return;
    };
    let is_reported = *style == Style::Plain && name.starts_with(['{', '!']);
    if is_reported || name == "." || name.contains("${") {
        return;
    }
    let Some((fault, help)) = fault(name) else {
        return;
    };
    let problem = Problem::new(
        &INVALID_IMAGE_NAME,
        format!("`{name}` is not a valid image name: {fault}"),
    );
    report.push(problem.at(image.span).help(help));
}

/// The name of an image in another registry, which may have a path. What Docker Hub has below
/// `library/` has this path in every copy of it.
///
/// # Errors
///
/// What is wrong with the registry.
pub(crate) fn below(registry: &str, name: &str) -> Result<String, String> {
    let registry = registry.trim_end_matches('/');
    let rest = match Parts::of(name).host {
        Some(host) => name[host.len()..].trim_start_matches('/').to_owned(),
        None if Parts::of(name).path.contains('/') => name.to_owned(),
        None => format!("library/{name}"),
    };
    let name = format!("{registry}/{rest}");
    match fault(registry).or_else(|| fault(&name)) {
        Some((fault, _)) => Err(fault),
        None => Ok(name),
    }
}

/// The name of an image in a registry that the environment names; one that is none is reported.
pub(crate) fn in_registry(name: &str, registry: &Spanned<String>, report: &mut Report) -> String {
    below(&registry.value, name).unwrap_or_else(|fault| {
        let message = format!("`{}` is not a registry: {fault}", registry.value);
        let problem = Problem::new(&INVALID_IMAGE_NAME, message).at(registry.span);
        report.push(problem.help("write a host and a path, as in `registry.example.com/mirror`"));
        name.to_owned()
    })
}

/// What is wrong with a name, and what to do.
pub(crate) fn fault(name: &str) -> Option<(String, String)> {
    if name.contains("{{") || name.contains('$') || name.contains('%') {
        let help = "write the name itself, or write `image: .` and set the name with `--image`";
        return Some((
            "placeholders are not replaced here".to_owned(),
            help.to_owned(),
        ));
    }
    if is_path(name) {
        let help = "to build the image, write `image: .` and pass the path with `--build`; otherwise write an image name, such as `example.com/shop:1`";
        return Some(("it is a path".to_owned(), help.to_owned()));
    }
    fault_of(name).map(|fault| (fault, fixed(name)))
}

/// Whether a name is a path on this machine.
fn is_path(name: &str) -> bool {
    ["./", "../", "/"]
        .iter()
        .any(|start| name.starts_with(start))
        || [".", ".."].contains(&name)
}

/// What is wrong with a name, as a clause of the message.
fn fault_of(name: &str) -> Option<String> {
    if let Some((scheme, _)) = name.split_once("://") {
        return Some(format!("it begins with `{scheme}://`"));
    }
    if name.contains(char::is_whitespace) {
        return Some("it has a space".to_owned());
    }
    if let Some(letter) = name.chars().find(|letter| !allowed(letter)) {
        return Some(format!("it has a `{letter}`"));
    }
    let parts = Parts::of(name);
    if parts
        .path
        .contains(|letter: char| letter.is_ascii_uppercase())
    {
        return Some("upper-case letters are allowed only in the tag".to_owned());
    }
    let host = parts.host.and_then(fault_of_host);
    let path = || parts.path.split('/').find_map(fault_of_part);
    let tag = || parts.tag.and_then(fault_of_tag);
    host.or_else(path)
        .or_else(tag)
        .or_else(|| parts.digest.and_then(fault_of_digest))
}

/// Characters of an image's name, of whatever part.
fn allowed(letter: &char) -> bool {
    letter.is_ascii_alphanumeric() || "._-/:@+[]".contains(*letter)
}

const MISSING: &str = "a part of it is empty";
const FORM: &str = "write it as `HOST/PATH:TAG`, as in `example.com/shop:1`";

/// What to write instead, where only the form of the name has to change: quotes, spaces, a scheme
/// before it, a comma after it, upper-case letters. Whoever leaves out anything else
/// makes another name.
fn fixed(name: &str) -> String {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let name = name.trim_matches(|edge: char| edge.is_whitespace() || "\"'`".contains(edge));
    let name = without_spaces(name.trim_end_matches([',', ';', '.']));
    let Parts { path, .. } = Parts::of(&name);
    let start = path.as_ptr() as usize - name.as_ptr() as usize;
    let (host, rest) = name.split_at(start);
    let (path, rest) = rest.split_at(path.len());
    let name = format!("{host}{}{rest}", path.to_ascii_lowercase());
    if is_path(&name) || fault_of(&name).is_some() {
        FORM.to_owned()
    } else {
        format!("write `{name}`")
    }
}

/// A name without the spaces beside the marks between its parts.
fn without_spaces(name: &str) -> String {
    let is_mark = |letter: char| ":/@".contains(letter);
    let mut image = String::new();
    for word in name.split_inclusive(is_mark) {
        let word = word.trim_start();
        match word.strip_suffix(is_mark) {
            Some(inner) => image.extend([inner.trim_end(), &word[inner.len()..]]),
            None => image.push_str(word),
        }
    }
    image
}

/// A name, taken apart at its marks.
pub(crate) struct Parts<'a> {
    /// The host of the registry, with its port.
    host: Option<&'a str>,
    path: &'a str,
    pub(crate) tag: Option<&'a str>,
    pub(crate) digest: Option<&'a str>,
}

impl Parts<'_> {
    pub(crate) fn of(name: &str) -> Parts<'_> {
        let is_host = |first: &str| {
            first.contains(['.', ':'])
                || first == "localhost"
                || first.contains(|one: char| one.is_ascii_uppercase())
        };
        let (host, rest) = match name.split_once('/').filter(|(first, _)| is_host(first)) {
            Some((host, rest)) => (Some(host), rest),
            None => (None, name),
        };
        let cut = |text: &'_ str, mark| text.find(mark).unwrap_or(text.len());
        let (rest, digest) = rest.split_at(cut(rest, '@'));
        let (path, tag) = rest.split_at(cut(rest, ':'));
        Parts {
            host,
            path,
            tag: tag.strip_prefix(':'),
            digest: digest.strip_prefix('@'),
        }
    }
}

fn fault_of_host(host: &str) -> Option<String> {
    let (name, port) = match host
        .strip_prefix('[')
        .and_then(|address| address.split_once(']'))
    {
        // An address of IPv6, which has colons of its own.
        Some((_, port)) => (
            "address",
            port.strip_prefix(':')
                .or((!port.is_empty()).then_some(port)),
        ),
        None => host
            .split_once(':')
            .map_or((host, None), |(name, port)| (name, Some(port))),
    };
    match port {
        Some("") => Some(MISSING.to_owned()),
        Some(port) if port.parse::<u16>().is_err() => Some(format!("`{port}` is not a valid port")),
        _ => fault_of_part(&name.to_ascii_lowercase()),
    }
}

/// What is wrong with a part of the path, or of the host in small letters.
fn fault_of_part(part: &str) -> Option<String> {
    let is_sign = |letter: char| !letter.is_ascii_alphanumeric();
    if part.is_empty() {
        return Some(MISSING.to_owned());
    }
    if let Some(letter) = part.chars().find(|letter| "+[]@:".contains(*letter)) {
        return Some(format!("it has a `{letter}` in the wrong place"));
    }
    if part.starts_with(is_sign) {
        return Some(format!("its part `{part}` begins with `{}`", &part[..1]));
    }
    if part.ends_with(is_sign) {
        return Some(format!(
            "its part `{part}` ends with `{}`",
            &part[part.len() - 1..]
        ));
    }
    let between = part
        .split(|letter: char| letter.is_ascii_alphanumeric())
        .filter(|signs| !signs.is_empty());
    let wrong = between
        .into_iter()
        .find(|signs| !["_", ".", "__"].contains(signs) && signs.contains(['_', '.']))?;
    Some(format!("its part `{part}` has `{wrong}`"))
}

fn fault_of_tag(tag: &str) -> Option<String> {
    const LONGEST: usize = 128;
    match tag
        .chars()
        .find(|letter| !(letter.is_ascii_alphanumeric() || "_.-".contains(*letter)))
    {
        _ if tag.is_empty() => Some(MISSING.to_owned()),
        Some(':') => Some("it has two tags".to_owned()),
        Some(letter) => Some(format!("its tag has a `{letter}`")),
        None if tag.starts_with(['.', '-']) => Some(format!("its tag begins with `{}`", &tag[..1])),
        None if tag.len() > LONGEST => Some(format!("its tag has more than {LONGEST} characters")),
        None => None,
    }
}

fn fault_of_digest(digest: &str) -> Option<String> {
    let is_hex = |hex: &str| hex.len() >= 32 && hex.bytes().all(|one| one.is_ascii_hexdigit());
    match digest.split_once(':') {
        Some(("sha256", hex)) if !is_hex(hex) || hex.len() != 64 => {
            Some("a digest is `sha256:` and 64 of the characters 0-9 and a-f".to_owned())
        }
        Some((algorithm, hex)) if !algorithm.is_empty() && is_hex(hex) => None,
        _ => Some(
            "the part after `@` is not a digest, which is `sha256:` and 64 of the characters 0-9 and a-f".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_replaces_the_one_of_a_name() {
        for (name, expected) in [
            (
                "postgres:17-alpine",
                "r.example.com/hub/library/postgres:17-alpine",
            ),
            ("apache/kafka:3.9.1", "r.example.com/hub/apache/kafka:3.9.1"),
            ("quay.io/minio/minio:1", "r.example.com/hub/minio/minio:1"),
            ("localhost:5000/a:1", "r.example.com/hub/a:1"),
            (
                "mirror.gcr.io/library/redis:7",
                "r.example.com/hub/library/redis:7",
            ),
        ] {
            for registry in ["r.example.com/hub", "r.example.com/hub/"] {
                assert_eq!(below(registry, name).as_deref(), Ok(expected));
            }
        }
        assert_eq!(
            below("localhost:5000", "a:1").as_deref(),
            Ok("localhost:5000/library/a:1")
        );
        for registry in [
            "",
            "https://r.example.com",
            "r.example.com:x",
            "r.example.com/a:1",
            "a b",
            "/a",
        ] {
            assert!(below(registry, "postgres:17").is_err(), "{registry}");
        }
    }

    #[test]
    fn names_of_images_are_taken() {
        let digest = "a1".repeat(32);
        for name in [
            "nginx",
            "nginx:1.25-Alpine",
            "a/b/c:v1",
            "localhost:5000/x",
            "localhost:5000/x:latest",
            "localhost:5000",
            "registry:5000/a/b",
            "Registry/x",
            "[::1]:5000/x",
            "[fe80::1]/x",
            "127.0.0.1:5000/x",
            "my_registry.local/x",
            "us-central1-docker.pkg.dev/my-project/a_b/c__d/e--f.g---h:_1.0-RC_2.",
            "gcr.io/google.com/cloud-sdk:emulators",
            "xn--bcher-kva.example/a:V1",
            &format!("a:1@sha256:{digest}"),
            &format!("example.com/shop@sha256:{digest}"),
            &format!("example.com:443/shop@sha512:{digest}{digest}"),
        ] {
            assert_eq!(fault(name), None, "{name}");
        }
    }

    #[test]
    fn only_the_form_of_a_name_is_fixed() {
        for (name, better) in [
            ("https://example.com/shop:1", "example.com/shop:1"),
            ("docker://Shop", "shop"),
            ("example.com/Shop:V1", "example.com/shop:V1"),
            ("example.com/shop :1", "example.com/shop:1"),
            (" example.com / shop: 1 @ sha256:", ""),
            ("example.com / shop: 1 ", "example.com/shop:1"),
            ("example.com/shop:1\"", "example.com/shop:1"),
            ("'shop:1',", ""),
            ("shop:1,", "shop:1"),
            ("a b", ""),
            ("\u{dc}n\u{ef}", ""),
            ("https://example.com/team Shop\":1", ""),
            ("https://", ""),
            ("https://.", ""),
            ("shop:", ""),
            ("", ""),
        ] {
            let help = if better.is_empty() {
                FORM.to_owned()
            } else {
                format!("write `{better}`")
            };
            assert_eq!(fault(name).map(|(_, help)| help), Some(help), "{name}");
        }
    }

    #[test]
    fn what_no_registry_can_have_is_told() {
        for (name, words) in [
            ("foo:latest:1", "it has two tags"),
            ("foo:1/2:3", ""),
            ("foo:latest/x", "`latest` is not a valid port"),
            ("foo:1.0+build", "its tag has a `+`"),
            ("foo:-1", "its tag begins with `-`"),
            ("./app", "it is a path"),
            ("../app", "it is a path"),
            ("/app", "it is a path"),
            ("..", "it is a path"),
            (
                "a@b",
                "the part after `@` is not a digest, which is `sha256:` and 64 of the characters 0-9 and a-f",
            ),
            (
                "a@sha256:abc",
                "a digest is `sha256:` and 64 of the characters 0-9 and a-f",
            ),
            ("a..b", "its part `a..b` has `..`"),
            ("x/a___b", "its part `a___b` has `___`"),
            ("x/a._b", "its part `a._b` has `._`"),
            ("x/-a", "its part `-a` begins with `-`"),
            ("x/a-:1", "its part `a-` ends with `-`"),
            ("x/a./b", "its part `a.` ends with `.`"),
            ("example.com:/x", MISSING),
            ("a//b", MISSING),
            ("a/b+c", "it has a `+` in the wrong place"),
            ("{{ .Values.image }}", "placeholders are not replaced here"),
        ] {
            let message = fault(name).map(|(fault, _)| fault).unwrap_or_default();
            assert_eq!(message, words, "{name}");
        }
    }

    #[test]
    fn what_is_advised_is_right() {
        use proptest::prelude::*;
        proptest!(|(name in "[a-bA:/@ .,_'\"+\\[\\]-]{0,12}|\\PC{0,12}")| {
            let help = fault(&name).map(|(_, help)| help).unwrap_or_default();
            if let Some(better) = help.strip_prefix("write `").and_then(|rest| rest.strip_suffix('`')) {
                prop_assert_eq!(fault(better), None);
            }
        });
    }
}
