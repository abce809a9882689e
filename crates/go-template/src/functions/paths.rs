//! Paths with slashes, and URLs.

use super::text::text_answer;
use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::{Data, Map};

/// The last part; `.` for nothing, `/` for the root.
pub(super) fn base(arguments: &Arguments, budget: &Budget) -> Answer {
    let path = arguments.text(0);
    let trimmed = path.trim_end_matches('/');
    let last = trimmed.rsplit('/').next().unwrap_or_default();
    let base = match (path.is_empty(), last.is_empty()) {
        (true, _) => ".",
        (_, true) => "/",
        _ => last,
    };
    text_answer(base.to_owned(), budget)
}

/// Everything but the last part, cleaned.
pub(super) fn dir(arguments: &Arguments, budget: &Budget) -> Answer {
    let path = arguments.text(0);
    text_answer(
        clean_path(&path[..path.rfind('/').map_or(0, |slash| slash + 1)]),
        budget,
    )
}

pub(super) fn clean(arguments: &Arguments, budget: &Budget) -> Answer {
    text_answer(clean_path(arguments.text(0)), budget)
}

fn clean_path(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            ".." if is_rooted => {}
            _ => parts.push(part),
        }
    }
    match (is_rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// From the last dot of the last part on.
pub(super) fn ext(arguments: &Arguments, budget: &Budget) -> Answer {
    let last = arguments.text(0).rsplit('/').next().unwrap_or_default();
    text_answer(
        last.rfind('.')
            .map_or(String::new(), |dot| last[dot..].to_owned()),
        budget,
    )
}

pub(super) fn is_abs(arguments: &Arguments, _: &Budget) -> Answer {
    Ok(Data::Bool(arguments.text(0).starts_with('/')))
}

const PARTS_COST: usize = 20;

/// The parts of a URL, each under its name.
pub(super) fn url_parse(arguments: &Arguments, budget: &Budget) -> Answer {
    let text = arguments.text(0);
    // Each part becomes a string, and a map is large for the little that it holds.
    budget.room(text.len())?;
    budget.spend(PARTS_COST)?;
    if text.contains(|c: char| c.is_ascii_control()) {
        return Err("a URL cannot contain control characters".to_owned());
    }
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (scheme, rest) = scheme(rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path, opaque) = match rest.strip_prefix("//") {
        Some(after) => {
            let slash = after.find('/').unwrap_or(after.len());
            (&after[..slash], &after[slash..], "")
        }
        None if !scheme.is_empty() && !rest.starts_with('/') => ("", "", rest),
        None => ("", rest, ""),
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let entries = [
        ("scheme", scheme.to_ascii_lowercase()),
        ("host", host.to_owned()),
        ("hostname", host_name(host)?.to_owned()),
        ("path", percent_decode(path)?),
        ("query", query.to_owned()),
        ("opaque", opaque.to_owned()),
        ("fragment", percent_decode(fragment)?),
        ("userinfo", user.to_owned()),
    ];
    Ok(Data::map(
        entries.map(|(name, part)| (name, Data::text(part))),
    ))
}

fn scheme(text: &str) -> (&str, &str) {
    let is_scheme = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    match text.split_once(':') {
        Some((name, rest)) if is_scheme(name) => (name, rest),
        _ => ("", text),
    }
}

/// The host without its port, and without the brackets of an IPv6 address.
fn host_name(host: &str) -> Result<&str, String> {
    if let Some(inside) = host.strip_prefix('[') {
        return inside
            .split_once(']')
            .map(|(name, _)| name)
            .ok_or_else(|| "missing `]` in the host".to_owned());
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{port}` is not a port"));
    }
    Ok(name)
}

fn percent_decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match (
            first,
            digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'%', None) => return Err("`%` needs two hexadecimal digits after it".to_owned()),
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| "the URL is not valid UTF-8".to_owned())
}

/// Builds a URL of the parts that `urlParse` gives.
pub(super) fn url_join(arguments: &Arguments, budget: &Budget) -> Answer {
    let map = arguments.map(0);
    let part = |name: &str| part(&map, name);
    let (scheme, opaque, host, user) = (
        part("scheme")?,
        part("opaque")?,
        part("host")?,
        part("userinfo")?,
    );
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || !user.is_empty() {
            out.push_str("//");
        }
        if !user.is_empty() {
            out.push_str(&user);
            out.push('@');
        }
        out.push_str(&host);
        let path = part("path")?;
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        out.push_str(&percent_encode(&path));
    } else {
        out.push_str(&opaque);
    }
    for (mark, name) in [('?', "query"), ('#', "fragment")] {
        let text = part(name)?;
        if !text.is_empty() {
            out.push(mark);
            out.push_str(&if mark == '?' {
                text
            } else {
                percent_encode(&text)
            });
        }
    }
    text_answer(out, budget)
}

fn part(map: &Map, name: &str) -> Result<String, String> {
    match map.get(name) {
        None => Ok(String::new()),
        Some(Data::Text(text)) => Ok(text.to_string()),
        Some(other) => Err(format!(
            "`{name}` must be a string; got {}",
            other.type_name()
        )),
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!*'()".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
}
