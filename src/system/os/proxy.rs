//! The proxy of a request, from the environment variables that curl, git and Go read.

use std::fmt;
use std::net::IpAddr;

use ureq::Proxy;

/// A proxy and the variable that names it.
#[derive(Debug)]
pub(super) struct ChosenProxy {
    pub(super) proxy: Proxy,
    variable: &'static str,
}

impl fmt::Display for ChosenProxy {
    /// Without its user and password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.proxy.host(), self.proxy.port());
        write!(
            formatter,
            "through the proxy `{host}:{port}` of `{}`",
            self.variable
        )
    }
}

/// As curl does: lower case first. Only HTTPS goes through a proxy, so that `http_proxy`, which is
/// a header of a request for CGI programs, is never read.
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The proxy for a URL with `https://`; `None` for none.
pub(super) fn for_url(url: &str) -> Result<Option<ChosenProxy>, String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    choose(host, |name| std::env::var(name).ok())
}

fn choose(
    host: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<ChosenProxy>, String> {
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    let chosen = PROXIES.iter().find_map(|name| Some((*name, value(name)?)));
    let exceptions = EXCEPTIONS.iter().find_map(|name| value(name));
    match chosen {
        Some((name, url)) if !is_excepted(host, &exceptions.unwrap_or_default()) => parse(&url)
            .map(|proxy| {
                Some(ChosenProxy {
                    proxy,
                    variable: name,
                })
            })
            .map_err(|why| format!("the proxy URL in the environment variable `{name}` {why}")),
        _ => Ok(None),
    }
}

/// Parses `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`. An error does not show the text, which may
/// have a password.
fn parse(text: &str) -> Result<Proxy, String> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        return Err(format!(
            "has a scheme that is not supported; write one of {}",
            SCHEMES.join(", ")
        ));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (name, port) = split_port(host);
    if name.is_empty() {
        return Err("has no host; write `http://HOST:PORT`".to_owned());
    }
    if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        return Err("has a port that is not a number up to 65535; correct it".to_owned());
    }
    let invalid = "is not valid; write `http://USER:PASSWORD@HOST:PORT`, with `%` and two \
                   hexadecimal digits for special characters";
    Proxy::new(&format!("{scheme}://{authority}")).map_err(|_| invalid.to_owned())
}

/// A host, and its port if it has one. The host of `[::1]:443` is `::1`.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let is_address = text.parse::<IpAddr>().is_ok();
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !is_address && !port.contains(']') => (name, Some(port)),
        _ => (text, None),
    };
    (name.trim_start_matches('[').trim_end_matches(']'), port)
}

/// Whether a host of a URL is in a list such as `NO_PROXY`.
fn is_excepted(host: &str, list: &str) -> bool {
    let (name, port) = split_port(host);
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let port = port.unwrap_or("443");
    list.split(|character: char| character == ',' || character.is_whitespace())
        .filter(|entry| !entry.is_empty())
        .any(|entry| matches(&entry.to_ascii_lowercase(), &name, port))
}

/// `*`, a network, an address, or a domain with all that is below it; the last two also with a
/// port.
fn matches(entry: &str, name: &str, port: &str) -> bool {
    let address = name.parse::<IpAddr>().ok();
    if let Some((network, bits)) = entry.split_once('/') {
        let network = network.parse::<IpAddr>().ok().zip(bits.parse().ok());
        return address
            .zip(network)
            .is_some_and(|(address, (network, bits))| is_in_network(address, network, bits));
    }
    let (entry, entry_port) = split_port(entry);
    if entry_port.is_some_and(|entry_port| entry_port != port) {
        return false;
    }
    if let (Some(address), Ok(entry)) = (address, entry.parse::<IpAddr>()) {
        return address == entry;
    }
    // A dot in front changes nothing, as for curl.
    let domain = entry.trim_start_matches('*').trim_matches('.');
    let below = || {
        name.strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    entry == "*" || !domain.is_empty() && address.is_none() && (name == domain || below())
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            bits <= 32 && (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            bits <= 128 && (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy of `https://example.com` with these variables.
    fn chosen(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let value = |name: &str| {
            let (_, value) = variables.iter().find(|(other, _)| *other == name)?;
            Some((*value).to_owned())
        };
        Ok(choose("example.com", value)?.map(|chosen| chosen.to_string()))
    }

    #[test]
    fn the_first_variable_with_a_value_is_used() {
        let of = |name: &str| Ok(Some(format!("through the proxy `p:1` of `{name}`")));
        let all: Vec<(&str, &str)> = PROXIES.iter().map(|name| (*name, "http://p:1")).collect();
        for (index, name) in PROXIES.iter().enumerate() {
            assert_eq!(chosen(&all[index..]), of(name));
            assert_eq!(
                chosen(&[("https_proxy", ""), all[index]][usize::from(index == 0)..]),
                of(name)
            );
        }
        for name in ["http_proxy", "HTTP_PROXY", "NO_PROXY"] {
            assert_eq!(chosen(&[(name, "http://p:1")]), Ok(None));
        }
        assert_eq!(
            chosen(&[all[0], ("no_proxy", ""), ("NO_PROXY", "*")]),
            Ok(None)
        );
        assert_eq!(
            chosen(&[all[0], ("no_proxy", "x"), ("NO_PROXY", "*")]),
            of(PROXIES[0])
        );
    }

    #[test]
    fn proxy_urls_are_parsed() {
        for (text, expected) in [
            ("p", "http p 80 - -"),
            ("p:3128", "http p 3128 - -"),
            ("p:3128/", "http p 3128 - -"),
            ("HTTP://p:1/x", "http p 1 - -"),
            ("https://p", "https p 443 - -"),
            ("http://p:", "http p 80 - -"),
            ("me:s%40c@p:1", "http p 1 me s@c"),
            ("me:s@c@p:1", "http p 1 me s@c"),
            ("http://me@p:1", "http p 1 me -"),
            ("http://[::1]:8080", "http [::1] 8080 - -"),
            ("socks4a://p", "socks4a p 1080 - -"),
            ("socks5h://me:x@p:9050", "socks5h p 9050 me x"),
        ] {
            let proxy = parse(text).unwrap();
            let (user, password) = (proxy.username(), proxy.password());
            let parts = [
                proxy.host(),
                &proxy.port().to_string(),
                user.unwrap_or("-"),
                password.unwrap_or("-"),
            ];
            let protocol = proxy.protocol().to_string().to_lowercase();
            assert_eq!(
                format!("{protocol} {}", parts.join(" ")),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn an_invalid_proxy_url_names_its_variable_and_no_password() {
        for (text, expected) in [
            ("ftp://p", "has a scheme that is not supported"),
            ("socks://p", "has a scheme that is not supported"),
            ("http://", "has no host"),
            ("http://:80", "has no host"),
            ("http://me:secret@", "has no host"),
            ("http://p:99999", "has a port that is not a number"),
            ("http://p:80a", "has a port that is not a number"),
            ("http://me:se cret@p", "is not valid"),
            ("http://p p", "is not valid"),
            ("p\n", "is not valid"),
        ] {
            let error = chosen(&[("HTTPS_PROXY", text)]).expect_err(text);
            let expected =
                format!("the proxy URL in the environment variable `HTTPS_PROXY` {expected}");
            assert!(
                error.starts_with(&expected) && !error.contains("cret"),
                "{text:?}: {error}"
            );
            assert_eq!(
                chosen(&[("HTTPS_PROXY", text), ("NO_PROXY", "example.com")]),
                Ok(None)
            );
        }
    }

    #[test]
    fn exceptions_are_domains_addresses_and_networks() {
        for (host, list) in [
            ("example.com", "*"),
            ("example.com", "a, *"),
            ("example.com", "example.com"),
            ("example.com", "a,b  EXAMPLE.com"),
            ("Example.com.", "example.com"),
            ("a.example.com", "example.com"),
            ("a.b.example.com", ".example.com"),
            ("example.com", ".example.com"),
            ("a.example.com", "*.example.com"),
            ("example.com", "example.com:443"),
            ("example.com:8443", "example.com:8443"),
            ("example.com:8443", "example.com"),
            ("10.1.2.3", "10.1.2.3"),
            ("10.1.2.3", "10.0.0.0/8"),
            ("10.1.2.3", "0.0.0.0/0"),
            ("10.1.2.3:5000", "10.1.2.3:5000"),
            ("[fd00::1]", "fd00::1"),
            ("[fd00::1]:5000", "[fd00::1]:5000"),
            ("[fd00::1]:5000", "fd00::/8"),
        ] {
            assert!(is_excepted(host, list), "{host} {list}");
        }
        for (host, list) in [
            ("example.com", ""),
            ("example.com", " ,"),
            ("example.com", "."),
            ("notexample.com", "example.com"),
            ("example.com", "a.example.com"),
            ("example.com.evil.org", "example.com"),
            ("example.com", "example.com:80"),
            ("example.com:8443", "example.com:443"),
            ("10.1.2.3", "11.0.0.0/8"),
            ("10.1.2.3", "10.0.0.0/33"),
            ("10.1.2.3", "10.0.0.0/x"),
            ("10.1.2.3", "2.3"),
            ("example.com", "0.0.0.0/0"),
            ("[fd00::1]", "fe00::/8"),
            ("[fd00::1]", "10.0.0.0/8"),
        ] {
            assert!(!is_excepted(host, list), "{host} {list}");
        }
    }
}
