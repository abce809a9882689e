//! Which ports of the host are taken.

use std::net::IpAddr;

use super::name_registry::Named;
use crate::model::Protocol;
use diagnostics::source::Span;
use diagnostics::value::Value;

/// Ports of the host that somebody publishes.
pub(super) struct HostPorts {
    /// The address they are published at; all when `None`.
    pub(super) address: Option<IpAddr>,
    /// The first and the last.
    pub(super) ports: (u16, u16),
    pub(super) protocol: Protocol,
    /// Who asked for it.
    pub(super) span: Option<Span>,
    /// The service, when nobody but a provisioner has named it.
    pub(super) by: Option<String>,
}

impl HostPorts {
    /// Whether both would listen at one port of one address, where the second of them fails.
    pub(super) fn meets(&self, other: &HostPorts) -> bool {
        self.protocol == other.protocol
            && self.ports.0 <= other.ports.1
            && other.ports.0 <= self.ports.1
            && (covers(self.address, other.address) || covers(other.address, self.address))
    }
}

/// Whether one address is the other, or stands for all addresses of its kind.
fn covers(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    match (one, other) {
        (None, _) => true,
        (Some(one), Some(other)) => {
            one == other || one.is_unspecified() && one.is_ipv4() == other.is_ipv4()
        }
        (Some(_), None) => false,
    }
}

/// What a service publishes by itself. A port that only Docker or a variable will know is nobody's
/// yet.
pub(super) fn taken_by(name: &str, service: &Named) -> Vec<HostPorts> {
    let ports = service
        .value
        .get("ports")
        .and_then(Value::as_list)
        .unwrap_or_default();
    let taken = ports.iter().filter_map(|port| {
        if port.as_map().is_some() {
            long(port)
        } else {
            short(port)
        }
    });
    taken
        .map(|taken| HostPorts {
            span: service.span,
            by: Some(name.to_owned()),
            ..taken
        })
        .collect()
}

/// `target`, `published`, `host_ip`, `protocol`.
fn long(port: &Value) -> Option<HostPorts> {
    let text = |key: &str| port.get(key).map(Value::to_text);
    let address = text("host_ip")
        .filter(|address| !address.is_empty())
        .map(|address| address.parse().ok());
    host_ports(address, &text("published")?, text("protocol").as_deref())
}

/// `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`.
fn short(port: &Value) -> Option<HostPorts> {
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

/// `None` also where an address was given and is none that is known now.
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
        by: None,
    })
    .filter(|taken| taken.ports.0 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;
    use yaml;

    fn taken(ports: &str) -> Vec<HostPorts> {
        let mut sources = Sources::default();
        let id = sources.add("t", format!("ports: {ports}"));
        let value = yaml::parse(&sources, id, &mut Report::default())
            .remove(0)
            .to_value();
        taken_by("x", &Named::new(value, None))
    }

    #[test]
    fn every_form_of_a_port_is_read() {
        let shown = |ports: &str| -> Vec<String> {
            let shown = |one: HostPorts| {
                let address = one
                    .address
                    .map_or("*".to_owned(), |address| address.to_string());
                format!(
                    "{address} {}-{} {}",
                    one.ports.0,
                    one.ports.1,
                    one.protocol.name()
                )
            };
            taken(ports).into_iter().map(shown).collect()
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
    fn ports_meet_where_the_second_could_not_listen() {
        let meet = |one: &str, other: &str| {
            let (one, other) = (
                taken(&format!("['{one}']")).remove(0),
                taken(&format!("['{other}']")).remove(0),
            );
            assert_eq!(one.meets(&other), other.meets(&one));
            one.meets(&other)
        };
        assert!(
            meet("80:1", "80:2") && meet("80:1", "127.0.0.1:80:1") && meet("80:1", "[::1]:80:1")
        );
        assert!(meet("0.0.0.0:80:1", "10.0.0.1:80:1") && meet("75-85:1", "80:1"));
        assert!(!meet("80:1", "81:1") && !meet("80:1", "80:1/udp"));
        assert!(!meet("127.0.0.1:80:1", "10.0.0.1:80:1") && !meet("0.0.0.0:80:1", "[::1]:80:1"));
    }
}
