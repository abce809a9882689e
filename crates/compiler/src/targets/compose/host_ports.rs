//! The ports of the host that the services of a Compose file publish.

use std::net::IpAddr;

use super::name_registry::Element;
use crate::model::Protocol;
use diagnostics::source::Span;
use diagnostics::value::Value;

/// A range of published ports.
pub(super) struct HostPorts {
    /// The address of the host; all addresses when `None`.
    pub(super) address: Option<IpAddr>,
    /// The first and the last port.
    pub(super) ports: (u16, u16),
    pub(super) protocol: Protocol,
    /// The place of the request.
    pub(super) span: Option<Span>,
    /// The service, when it is a provisioner's.
    pub(super) service: Option<String>,
}

impl HostPorts {
    /// Whether both would listen on the same port of the same address.
    pub(super) fn conflicts_with(&self, other: &HostPorts) -> bool {
        self.protocol == other.protocol
            && self.ports.0 <= other.ports.1
            && other.ports.0 <= self.ports.1
            && (covers(self.address, other.address) || covers(other.address, self.address))
    }
}

/// Whether one address is the other, or stands for all addresses of its family.
fn covers(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    match (one, other) {
        (None, _) => true,
        (Some(one), Some(other)) => {
            one == other || one.is_unspecified() && one.is_ipv4() == other.is_ipv4()
        }
        (Some(_), None) => false,
    }
}

/// The ports that a service publishes by itself, except those that Docker or a variable decides.
pub(super) fn published_by(name: &str, service: &Element) -> Vec<HostPorts> {
    let ports = service
        .value
        .get("ports")
        .and_then(Value::as_list)
        .unwrap_or_default();
    let published = ports.iter().filter_map(|port| {
        if port.as_map().is_some() {
            long_syntax(port)
        } else {
            short_syntax(port)
        }
    });
    published
        .map(|ports| HostPorts {
            span: service.span,
            service: Some(name.to_owned()),
            ..ports
        })
        .collect()
}

/// `target`, `published`, `host_ip`, `protocol`.
fn long_syntax(port: &Value) -> Option<HostPorts> {
    let text = |key: &str| port.get(key).map(Value::to_text);
    let address = text("host_ip")
        .filter(|address| !address.is_empty())
        .map(|address| address.parse().ok());
    host_ports(address, &text("published")?, text("protocol").as_deref())
}

/// `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`.
fn short_syntax(port: &Value) -> Option<HostPorts> {
    let text = port.as_str()?;
    let (text, protocol) = match text.split_once('/') {
        Some((text, protocol)) => (text, Some(protocol)),
        None => (text, None),
    };
    let mut parts = text.rsplitn(3, ':').skip(1);
    let published = parts.next()?;
    let address = parts.next().map(|text| {
        text.trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    });
    host_ports(address, published, protocol)
}

/// `None` where the address, a port or the protocol cannot be read: `address` is `Some(None)` for
/// an address that is no IP address, such as a variable.
fn host_ports(
    address: Option<Option<IpAddr>>,
    published: &str,
    protocol: Option<&str>,
) -> Option<HostPorts> {
    let address = match address {
        None => None,
        Some(address) => Some(address?),
    };
    let (first, last) = published.split_once('-').unwrap_or((published, published));
    let ports = (first.parse().ok()?, last.parse().ok()?);
    let protocol = match protocol {
        None | Some("tcp") => Protocol::Tcp,
        Some("udp") => Protocol::Udp,
        Some(_) => return None,
    };
    Some(HostPorts {
        address,
        ports,
        protocol,
        span: None,
        service: None,
    })
    .filter(|published| published.ports.0 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;

    fn published(ports: &str) -> Vec<HostPorts> {
        let mut sources = Sources::default();
        let id = sources.add("t", format!("ports: {ports}"));
        let value = yaml::parse(&sources, id, &mut Report::default())
            .remove(0)
            .to_value();
        published_by("x", &Element::new(value, None))
    }

    #[test]
    fn every_form_of_a_port_is_parsed() {
        let shown = |ports: &str| -> Vec<String> {
            let shown = |published: HostPorts| {
                let address = published
                    .address
                    .map_or("*".to_owned(), |address| address.to_string());
                format!(
                    "{address} {}-{} {}",
                    published.ports.0,
                    published.ports.1,
                    published.protocol.name()
                )
            };
            published(ports).into_iter().map(shown).collect()
        };
        assert_eq!(
            shown("['8080:80', '127.0.0.1:53:53/udp']"),
            ["* 8080-8080 TCP", "127.0.0.1 53-53 UDP"]
        );
        assert_eq!(shown("['[::1]:8000-8010:80-90']"), ["::1 8000-8010 TCP"]);
        assert_eq!(
            shown("[{target: 80, published: 8080, protocol: udp}]"),
            ["* 8080-8080 UDP"]
        );
        assert_eq!(
            shown("[{target: 80, published: '8080', host_ip: 10.0.0.1}]"),
            ["10.0.0.1 8080-8080 TCP"]
        );
        assert_eq!(
            shown("['80', 80, '${PORT}:80', '0:80', {target: 80}, '80:80/sctp']"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn ports_conflict_where_the_second_could_not_listen() {
        let conflict = |one: &str, other: &str| {
            let (one, other) = (
                published(&format!("['{one}']")).remove(0),
                published(&format!("['{other}']")).remove(0),
            );
            assert_eq!(one.conflicts_with(&other), other.conflicts_with(&one));
            one.conflicts_with(&other)
        };
        assert!(
            conflict("80:1", "80:2")
                && conflict("80:1", "127.0.0.1:80:1")
                && conflict("80:1", "[::1]:80:1")
        );
        assert!(conflict("0.0.0.0:80:1", "10.0.0.1:80:1") && conflict("75-85:1", "80:1"));
        assert!(!conflict("80:1", "81:1") && !conflict("80:1", "80:1/udp"));
        assert!(
            !conflict("127.0.0.1:80:1", "10.0.0.1:80:1") && !conflict("0.0.0.0:80:1", "[::1]:80:1")
        );
    }
}
