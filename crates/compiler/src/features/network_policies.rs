//! The settings of `networkPolicies`.

use std::collections::BTreeMap;

use super::feature::Feature;
use crate::model::is_cidr;
use diagnostics::report::{Problem, Report};
use yaml::reader::{self, Fields};
use yaml::rules::{MISSING_KEY, UNKNOWN_KEY, UNKNOWN_VALUE};
use yaml::{Kind, Node};

/// A NetworkPolicy for every workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkPolicies {
    /// Whether what pods may call is restricted too.
    pub strict: bool,
    /// Whether pods may ask the DNS server of the cluster.
    pub dns: bool,
    /// Who may call every workload.
    pub from: Vec<Peer>,
    /// What every workload may call.
    pub to: Vec<Peer>,
    /// Who may call what has a route; pods of every namespace if it is not set.
    pub gateway: Option<Peer>,
}

/// Pods or addresses, and which of their ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peer {
    /// The namespace of the pods: that of the workload if it is not set, `*` is every namespace.
    pub namespace: Option<String>,
    /// The labels of the pods.
    pub pods: BTreeMap<String, String>,
    /// A range of addresses.
    pub cidr: Option<String>,
    /// The ports; all if it is empty.
    pub ports: Vec<u16>,
    /// The protocol of the ports.
    pub protocol: Option<&'static str>,
}

impl Feature for NetworkPolicies {
    const NAME: &'static str = "networkPolicies";

    fn read(fields: &mut Fields<'_>, report: &mut Report) -> NetworkPolicies {
        let mode = fields.optional("mode", report);
        let modes = [("strict", true), ("ingressOnly", false)];
        let strict = mode.and_then(|node| reader::word(node, "`mode`", &modes, report));
        let dns = fields.optional("dns", report);
        let gateway = fields.optional("gateway", report);
        NetworkPolicies {
            strict: strict.unwrap_or_default(),
            dns: dns
                .and_then(|node| reader::boolean(node, "`dns`", report))
                .unwrap_or(true),
            from: peers(fields, "from", report),
            to: peers(fields, "to", report),
            gateway: gateway.and_then(|node| peer(node, "`gateway`", report)),
        }
    }
}

fn peers(fields: &mut Fields<'_>, key: &'static str, report: &mut Report) -> Vec<Peer> {
    let Some(node) = fields.optional(key, report) else {
        return Vec::new();
    };
    let items = reader::list(node, &format!("`{key}`"), report).iter();
    let what = format!("an entry of `{key}`");
    items.filter_map(|item| peer(item, &what, report)).collect()
}

fn peer(node: &Node, what: &str, report: &mut Report) -> Option<Peer> {
    let mut fields = reader::fields(node, what, report)?;
    let mut text = |key, report: &mut Report| {
        let node = fields.optional(key, report)?;
        Some(reader::string(node, &format!("`{key}`"), report)?.value)
    };
    let namespace = text("namespace", report);
    let cidr = text("cidr", report);
    let pods = fields.optional("pods", report);
    let pods = pods.map(|node| labels(node, report)).unwrap_or_default();
    let ports = fields.optional("ports", report);
    let ports = ports.map(|node| port_numbers(node, report));
    let protocol = fields.optional("protocol", report);
    let protocols = ["TCP", "UDP", "SCTP"].map(|name| (name, name));
    let protocol = protocol.and_then(|node| reader::word(node, "`protocol`", &protocols, report));
    check(node, what, cidr.as_deref(), report);
    fields.finish(|_| None, report);
    Some(Peer {
        namespace,
        pods,
        cidr,
        ports: ports.unwrap_or_default(),
        protocol,
    })
}

/// Reports an entry that says nothing, and what Kubernetes refuses.
fn check(node: &Node, what: &str, cidr: Option<&str>, report: &mut Report) {
    if node.as_map().is_some_and(yaml::Entries::is_empty) {
        let problem = Problem::new(&MISSING_KEY, format!("{what} is empty")).at(node.span);
        report.push(problem.help("write `namespace`, `pods`, `cidr` or `ports`"));
    }
    let Some((cidr, written)) = cidr.zip(node.get("cidr")) else {
        return;
    };
    if !is_plain_cidr(cidr) {
        let message = format!("`cidr` cannot be `{cidr}`");
        let problem = Problem::new(&UNKNOWN_VALUE, message).at(written.span);
        report.push(problem.help("write a range of addresses, as in `10.0.0.0/8`"));
    }
    for key in ["namespace", "pods"] {
        if let Some(other) = node.as_map().and_then(|entries| entries.get(key)) {
            let message = format!("{what} cannot have both `cidr` and `{key}`");
            let problem = Problem::new(&UNKNOWN_KEY, message).at(other.key);
            report.push(problem.help("write two entries"));
        }
    }
}

/// Whether the API server takes a range of addresses without a warning: its bits are a plain number.
fn is_plain_cidr(text: &str) -> bool {
    let bits = text.split_once('/').map_or("", |(_, bits)| bits);
    is_cidr(text) && (bits == "0" || !bits.starts_with(['0', '+']))
}

fn labels(node: &Node, report: &mut Report) -> BTreeMap<String, String> {
    let entries = reader::named_entries(node, "`pods`", report).into_iter();
    let labels = entries.filter_map(|(key, value)| {
        let value = reader::string(value, &format!("`{}`", key.value), report)?;
        Some((key.value, value.value))
    });
    labels.collect()
}

fn port_numbers(node: &Node, report: &mut Report) -> Vec<u16> {
    // One port is not worth a list.
    let items = match &node.kind {
        Kind::Int(_) => std::slice::from_ref(node),
        _ => reader::list(node, "`ports`", report),
    };
    let numbers = items.iter();
    let numbers = numbers.filter_map(|item| reader::port(item, "a port", report));
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::is_plain_cidr;

    #[test]
    fn ranges_of_addresses() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "fd00::/64", "10.1.2.3/32"] {
            assert!(is_plain_cidr(text), "{text}");
        }
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "a/8",
            "10.0.0.0/08",
            "10.0.0.0/+8",
        ] {
            assert!(!is_plain_cidr(text), "{text}");
        }
    }
}
