//! Absolute URLs and paths, as Go reads the target of a request.

use std::fmt::Write;

use super::{Context, fail, flag, no_overload, text};
use crate::Failure;
use crate::eval::Outcome;
use crate::value::{Kind, Map, Value};

/// The parts of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    /// With the port.
    host: String,
    /// As it is written.
    path: String,
    query: String,
}

impl Url {
    /// Reads a URL with a scheme, or a path that begins with `/`.
    pub fn parse(text: &str) -> Option<Url> {
        if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return None;
        }
        if text == "*" {
            return Some(Url {
                scheme: String::new(),
                host: String::new(),
                path: text.to_owned(),
                query: String::new(),
            });
        }
        let (scheme, rest) = scheme_of(text)?;
        let before_fragment = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (rest, query) = before_fragment
            .split_once('?')
            .unwrap_or((before_fragment, ""));
        let mut url = Url {
            scheme: scheme.to_ascii_lowercase(),
            host: String::new(),
            path: String::new(),
            query: query.to_owned(),
        };
        if !rest.starts_with('/') {
            // `mailto:name` has neither host nor path.
            return (!scheme.is_empty()).then_some(url);
        }
        let mut path = rest;
        if let Some(after) = rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            let end = after.find('/').unwrap_or(after.len());
            let authority = &after[..end];
            path = &after[end..];
            let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
            let is_user = user.bytes().all(is_user_byte) && unescaped(user).is_some();
            url.host = is_user.then(|| host_of(host, &url.scheme)).flatten()?;
        }
        unescaped(path)?;
        path.clone_into(&mut url.path);
        Some(url)
    }

    /// The host without the port, and without brackets.
    fn hostname(&self) -> &str {
        if let Some((inside, _)) = self
            .host
            .strip_prefix('[')
            .and_then(|host| host.rsplit_once(']'))
        {
            return inside;
        }
        self.host
            .rsplit_once(':')
            .map_or(&self.host, |(name, _)| name)
    }

    fn port(&self) -> &str {
        let after = self
            .host
            .rsplit_once(']')
            .map_or(&*self.host, |(_, after)| after);
        after.rsplit_once(':').map_or("", |(_, port)| port)
    }

    /// The path with escapes where they are needed.
    fn escaped_path(&self) -> String {
        let is_kept = |byte: u8| is_path_byte(byte) || b"!'()*[]%".contains(&byte);
        if self.path.bytes().all(is_kept) {
            return self.path.clone();
        }
        let mut out = String::new();
        for byte in unescaped(&self.path).unwrap_or_default() {
            match is_path_byte(byte) {
                true => out.push(char::from(byte)),
                false => _ = write!(out, "%{byte:02X}"),
            }
        }
        out
    }

    /// The parameters in their order, each with its values.
    fn parameters(&self) -> Vec<(String, Vec<String>)> {
        let mut out: Vec<(String, Vec<String>)> = Vec::new();
        let decoded = |text: &str| {
            unescaped(&text.replace('+', " "))
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        for part in self
            .query
            .split('&')
            .filter(|part| !part.is_empty() && !part.contains(';'))
        {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let Some((key, value)) = decoded(key).zip(decoded(value)) else {
                continue;
            };
            match out.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value),
                None => out.push((key, vec![value])),
            }
        }
        out
    }
}

/// The scheme, or nothing, and the rest. `None` when there is a colon and nothing before it.
fn scheme_of(text: &str) -> Option<(&str, &str)> {
    let is_scheme = |sign: char| sign.is_ascii_alphanumeric() || "+-.".contains(sign);
    let end = text.find(|sign| !is_scheme(sign)).unwrap_or(text.len());
    match (
        text[end..].strip_prefix(':'),
        text.starts_with(|first: char| first.is_ascii_alphabetic()),
    ) {
        (Some(_), _) if end == 0 => None,
        (Some(rest), true) => Some((&text[..end], rest)),
        _ => Some(("", text)),
    }
}

fn is_user_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte)
}

/// A valid host with its port.
fn host_of(host: &str, scheme: &str) -> Option<String> {
    let is_port = |port: &str| {
        let digits = port.strip_prefix(':');
        port.is_empty()
            || digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
    };
    if let Some(inside) = host.strip_prefix('[') {
        let (address, port) = inside.rsplit_once(']')?;
        let (plain, _zone) = address.split_once("%25").unwrap_or((address, ""));
        let is_valid = is_port(port) && plain.parse::<std::net::Ipv6Addr>().is_ok();
        return is_valid.then(|| host.to_owned());
    }
    let is_web = scheme == "http" || scheme == "https";
    let colon = if is_web {
        host.find(':')
    } else {
        host.rfind(':')
    };
    let is_valid =
        colon.is_none_or(|colon| is_port(&host[colon..])) && host.bytes().all(is_host_byte);
    let bytes = unescaped_host(host).filter(|_| is_valid)?;
    String::from_utf8(bytes).ok()
}

fn is_host_byte(byte: u8) -> bool {
    !byte.is_ascii() || byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:<>\"%".contains(&byte)
}

/// Only bytes that are not ASCII may be escaped in a host.
fn unescaped_host(host: &str) -> Option<Vec<u8>> {
    let escaped = host.split('%').skip(1);
    let is_ascii = |part: &str| part.starts_with(|digit: char| digit < '8');
    if escaped.into_iter().any(is_ascii) {
        return None;
    }
    unescaped(host)
}

/// The bytes of a text with its escapes resolved; `None` when one is not valid.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        out.push((digit()? * 16 + digit()?) as u8);
    }
    Some(out)
}

pub(super) fn url<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let [of] = arguments else {
        return Err(no_overload(arguments));
    };
    let read = Url::parse(text(of)?).ok_or_else(|| {
        let shown = diagnostics::visible::line(text(of).unwrap_or_default()).into_owned();
        fail(format!("`{shown}` is not an absolute URL"))
    })?;
    Ok(Kind::Url(read.into()).into())
}

pub(super) fn is_url<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    match arguments {
        [of] => flag(Url::parse(text(of)?).is_some()),
        _ => Err(no_overload(arguments)),
    }
}

fn one<'v>(arguments: &'v [Value<'_>]) -> Result<&'v Url, Failure<'static>> {
    match arguments.first().map(|value| &value.kind) {
        Some(Kind::Url(url)) => Ok(url),
        _ => Err(fail("it does not work on a value that is not a URL")),
    }
}

pub(super) fn scheme<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.scheme.as_str()))
}

pub(super) fn host<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.host.as_str()))
}

pub(super) fn hostname<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.hostname()))
}

pub(super) fn port<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.port()))
}

pub(super) fn escaped_path<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    Ok(Value::text(one(arguments)?.escaped_path()))
}

pub(super) fn query<'a>(_: &Context<'_, 'a>, arguments: &[Value<'a>]) -> Outcome<'a> {
    let entries = one(arguments)?
        .parameters()
        .into_iter()
        .map(|(key, values)| {
            let values = values.into_iter().map(Value::text).collect();
            (Value::text(key), Value::list(values))
        });
    Ok(Kind::Map(Map::Made(entries.collect())).into())
}
