//! Addresses in texts.

use std::net::Ipv4Addr;

use crate::features::network_policies::Peer;
use crate::targets::kubernetes::checks::is_loopback;
use diagnostics::value::{Map, Value};

/// The keys of outputs that are hosts.
const HOST_KEYS: [&str; 3] = ["host", "hostname", "endpoint"];

/// What a text says where something listens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
    pub(super) is_url: bool,
}

impl<'a> Address<'a> {
    /// A host without a port.
    pub(super) fn of_host(host: &'a str) -> Address<'a> {
        Address {
            host,
            port: None,
            is_url: false,
        }
    }

    /// Whether it is in the pod itself.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(self.host)
    }

    /// The pods of the namespace that the name of a Service has, or the address; `None` for other
    /// names. `namespace` is that of who calls.
    pub(super) fn peer(&self, namespace: Option<&str>) -> Option<Peer> {
        let ports = self.port.into_iter().collect();
        if self.host.parse::<Ipv4Addr>().is_ok() {
            return Some(Peer {
                cidr: Some(format!("{}/32", self.host)),
                ports,
                ..Peer::default()
            });
        }
        Some(Peer {
            namespace: Some(self.namespace(namespace)??.to_owned()),
            ports,
            ..Peer::default()
        })
    }

    /// The namespace that the name of a Service has, or else that of who calls, if it is known;
    /// `None` for a name that is of no Service.
    pub(super) fn namespace<'n>(&self, own: Option<&'n str>) -> Option<Option<&'n str>>
    where
        'a: 'n,
    {
        let labels: Vec<&str> = self.host.split('.').collect();
        match labels.as_slice() {
            [_] => Some(own),
            [_, namespace] | [_, namespace, "svc", ..] => Some(Some(*namespace)),
            _ => None,
        }
    }
}

/// The address that the outputs of a resource give.
pub(super) fn of_outputs(outputs: &Map) -> Option<Address<'_>> {
    let port = match outputs.get("port") {
        Some(Value::Int(port)) => (*port).try_into().ok(),
        Some(Value::String(port)) => port.parse().ok(),
        _ => None,
    };
    let texts = outputs
        .iter()
        .filter_map(|(key, value)| Some((key, value.as_str()?)));
    let mut addresses = texts.filter_map(|(key, text)| {
        let url = written_in(text).into_iter().find(|address| address.is_url);
        let is_host = HOST_KEYS.contains(&key.as_str());
        url.or_else(|| address(text, "").filter(|_| is_host))
    });
    let address = addresses.next()?;
    let port = port.or(address.port);
    Some(Address { port, ..address })
}

/// The hosts of the URLs in a text, or of a text that is `HOST:PORT`.
pub(super) fn written_in(text: &str) -> Vec<Address<'_>> {
    let urls = text.match_indices("://").filter_map(|(at, separator)| {
        let scheme = text[..at]
            .rsplit(|one: char| !one.is_ascii_alphanumeric())
            .next();
        address(&text[at + separator.len()..], scheme?)
    });
    let mut addresses: Vec<Address<'_>> = urls.collect();
    if addresses.is_empty() {
        addresses.extend(address(text, "").filter(|address| address.port.is_some()));
    }
    addresses
}

/// The address that a text begins with.
fn address<'t>(text: &'t str, scheme: &str) -> Option<Address<'t>> {
    let is_end = |one: char| "/?#,;\"'".contains(one) || one.is_whitespace();
    let authority = text.split(is_end).next().unwrap_or(text);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_host_character = |one: char| one.is_ascii_alphanumeric() || ".-".contains(one);
    if host.is_empty() || !host.chars().all(is_host_character) {
        return None;
    }
    let of_scheme = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    Some(Address {
        host,
        port: port.parse().ok().or(of_scheme),
        is_url: !scheme.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Address, of_outputs, written_in};
    use diagnostics::value::{Map, Value};

    #[test]
    fn addresses_of_texts() {
        for (text, host, port, is_url) in [
            ("http://api:8080/v1?a=b", "api", Some(8080), true),
            (
                "https://api.example.com",
                "api.example.com",
                Some(443),
                true,
            ),
            ("jdbc:postgresql://db:5432/x", "db", Some(5432), true),
            ("redis://user:$@cache:6379", "cache", Some(6379), true),
            ("amqp://queue", "queue", None, true),
            ("api:8080", "api", Some(8080), false),
        ] {
            let address = Address { host, port, is_url };
            assert_eq!(written_in(text), [address], "{text}");
        }
        let two: Vec<&str> = written_in("http://a,http://b")
            .iter()
            .map(|one| one.host)
            .collect();
        assert_eq!(two, ["a", "b"]);
        for text in [
            "",
            "a text",
            "api",
            "file:///etc/passwd",
            "http://$/",
            "$:80",
            "a b:80",
        ] {
            assert_eq!(written_in(text), [], "{text}");
        }
    }

    #[test]
    fn a_service_has_a_namespace_and_an_address_is_a_range() {
        let peer = |text: &str| {
            let peer = written_in(text)[0].peer(Some("shop"))?;
            Some((peer.namespace, peer.cidr, peer.ports))
        };
        let namespace = |name: &str| Some((Some(name.to_owned()), None, vec![4317]));
        assert_eq!(peer("http://collector:4317"), namespace("shop"));
        assert_eq!(peer("http://collector.obs:4317"), namespace("obs"));
        assert_eq!(
            peer("http://collector.obs.svc.cluster.local:4317"),
            namespace("obs")
        );
        let range = Some("10.1.2.3/32".to_owned());
        assert_eq!(peer("https://10.1.2.3"), Some((None, range, vec![443])));
        assert_eq!(peer("https://otlp.example.com"), None);
        assert_eq!(written_in("http://collector:4317")[0].peer(None), None);
    }

    #[test]
    fn addresses_of_outputs() {
        let outputs = |entries: &[(&str, Value)]| -> Map {
            let entries = entries.iter().cloned();
            entries
                .map(|(key, value)| (key.to_owned(), value))
                .collect()
        };
        let database = outputs(&[
            ("name", "app".into()),
            ("host", "db".into()),
            ("port", Value::Int(5432)),
        ]);
        let address = of_outputs(&database).unwrap();
        assert_eq!((address.host, address.port), ("db", Some(5432)));
        let topic = outputs(&[("name", "orders".into()), ("size", Value::Int(1))]);
        assert_eq!(of_outputs(&topic), None);
    }
}
