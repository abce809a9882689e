//! URLs, taken apart and put together.

use super::text::text_answer;
use super::{Answer, Arguments};
use crate::budget::Budget;
use crate::data::{Data, Map};
use diagnostics::percent;

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
    let (scheme, rest) = scheme(rest)?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path, opaque) = match rest.strip_prefix("//") {
        Some(after) if !scheme.is_empty() || !after.starts_with('/') => {
            let slash = after.find('/').unwrap_or(after.len());
            (&after[..slash], &after[slash..], "")
        }
        None if !scheme.is_empty() && !rest.starts_with('/') => ("", "", rest),
        _ => ("", rest, ""),
    };
    let first = path.split('/').next().unwrap_or_default();
    if scheme.is_empty() && authority.is_empty() && first.contains(':') {
        return Err("the first part of a path cannot contain a colon".to_owned());
    }
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = decode_host(host)?;
    let entries = [
        ("scheme", scheme.to_ascii_lowercase()),
        ("hostname", host_name(&host).to_owned()),
        ("host", host),
        ("path", percent_decode(path)?),
        ("query", query.to_owned()),
        ("opaque", opaque.to_owned()),
        ("fragment", percent_decode(fragment)?),
        ("userinfo", user_info(user)?),
    ];
    Ok(Data::map(
        entries.map(|(name, part)| (name, Data::text(part))),
    ))
}

/// The scheme and what follows its colon. Without one, the scheme is empty.
fn scheme(text: &str) -> Result<(&str, &str), String> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    match rest.strip_prefix(':') {
        Some(_) if name.is_empty() => Err("the scheme is missing before `:`".to_owned()),
        Some(after) if starts => Ok((name, after)),
        _ => Ok(("", text)),
    }
}

/// The host with its port. Escapes stand for bytes beyond ASCII, and in the zone of an address.
fn decode_host(host: &str) -> Result<String, String> {
    let (address, port) = match (host.starts_with('['), host.rfind(']')) {
        (true, None) => return Err("missing `]` in the host".to_owned()),
        (true, Some(end)) => host.split_at(end + 1),
        (false, _) => host.split_at(host.rfind(':').unwrap_or(host.len())),
    };
    let is_port = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return Err(format!("`{port}` is not a port"));
    }
    let is_allowed = |c: char| {
        !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c)
    };
    if let Some(wrong) = address.chars().find(|c| !is_allowed(*c)) {
        return Err(format!("unexpected {wrong:?} in the host"));
    }
    let zone = if host.starts_with('[') {
        address.find("%25")
    } else {
        None
    };
    let (before, zone) = address.split_at(zone.unwrap_or(address.len()));
    let escapes_ascii = |text: &str| {
        let mut escapes = text.split('%').skip(1);
        escapes.any(|after| {
            !after.starts_with("25") && after.starts_with(|c: char| ('0'..='7').contains(&c))
        })
    };
    if escapes_ascii(before) {
        return Err("an escape in the host must be a character beyond ASCII".to_owned());
    }
    Ok(percent_decode(before)? + &percent_decode(zone)? + port)
}

/// The host without its port, and without the brackets of an IPv6 address.
fn host_name(host: &str) -> &str {
    if let Some((name, _)) = host
        .strip_prefix('[')
        .and_then(|inside| inside.split_once(']'))
    {
        return name;
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The name and the password, each with its special characters escaped.
fn user_info(user: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if let Some(wrong) = user.chars().find(|c| !is_allowed(*c)) {
        return Err(format!("unexpected {wrong:?} before `@`"));
    }
    let escaped =
        |text: &str| percent_decode(text).map(|text| percent::encode(&text, "-_.~$&+,;="));
    match user.split_once(':') {
        Some((name, password)) => Ok(format!("{}:{}", escaped(name)?, escaped(password)?)),
        None => escaped(user),
    }
}

fn percent_decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
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
            out.push_str(&user_info(&user)?);
            out.push('@');
        }
        out.push_str(&host);
        let path = part("path")?;
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        out.push_str(&percent::encode(&path, PATH));
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
                percent::encode(&text, FRAGMENT)
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

/// What stands for itself in a path and in a fragment, besides letters and digits.
const PATH: &str = "-_.~$&+,/:;=@!*'()";
const FRAGMENT: &str = "-_.~$&+,/:;=?@!*'()";
