//! The feature `networkPolicies`.

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
    NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::pods::{Labels, Pods, Port};
use super::traffic::Traffic;
use crate::features::network_policies::{NetworkPolicies, Peer};
use crate::plan::Workload;
use crate::targets::kubernetes::labels;
use crate::targets::kubernetes::workload_kind::object_name;

/// The label with the name of a namespace, which the API server sets.
const NAMESPACE: &str = "kubernetes.io/metadata.name";

/// The ports and the peers of a rule.
type Rule = (Vec<NetworkPolicyPort>, Vec<NetworkPolicyPeer>);

pub(super) fn policy(
    workload: &Workload,
    settings: &NetworkPolicies,
    traffic: &Traffic<'_>,
) -> NetworkPolicy {
    let types = ["Ingress", "Egress"].into_iter().map(str::to_owned);
    let ingress = ingress(workload, settings, traffic).into_iter();
    let ingress = ingress.map(|(ports, peers)| NetworkPolicyIngressRule {
        from: some(peers),
        ports: some(ports),
    });
    let egress = match settings.strict {
        true => egress(workload, settings, traffic),
        false => Vec::new(),
    };
    let egress = egress
        .into_iter()
        .map(|(ports, peers)| NetworkPolicyEgressRule {
            to: some(peers),
            ports: some(ports),
        });
    let spec = NetworkPolicySpec {
        pod_selector: Some(selector(labels::selector(workload))),
        policy_types: Some(types.take(1 + usize::from(settings.strict)).collect()),
        ingress: some(ingress.collect()),
        egress: some(egress.collect()),
    };
    let name = object_name(&workload.name.value, &workload.annotations);
    NetworkPolicy {
        metadata: labels::metadata(name, workload),
        spec: Some(spec),
    }
}

fn ingress(workload: &Workload, settings: &NetworkPolicies, traffic: &Traffic<'_>) -> Vec<Rule> {
    let mut rules = by_ports(traffic.callers(workload));
    let routed = traffic.routed(workload);
    if !routed.is_empty() {
        let gateway = settings.gateway.as_ref().map_or_else(every_namespace, peer);
        rules.push((ports(routed), vec![gateway]));
    }
    rules.extend(settings.from.iter().map(rule));
    rules
}

fn egress(workload: &Workload, settings: &NetworkPolicies, traffic: &Traffic<'_>) -> Vec<Rule> {
    let mut rules = by_ports(&traffic.callees(workload));
    if settings.dns {
        let server = Peer {
            namespace: Some("kube-system".to_owned()),
            pods: [("k8s-app".to_owned(), "kube-dns".to_owned())].into(),
            ..Peer::default()
        };
        let ports = ["UDP", "TCP"].map(|protocol| port(IntOrString::Int(53), protocol));
        rules.push((ports.into(), vec![peer(&server)]));
    }
    rules.extend(settings.to.iter().map(rule));
    rules
}

/// A rule for each list of ports, with all pods whose ports these are.
fn by_ports(pods: &[Pods]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for pods in pods {
        let (ports, peer) = (ports(&pods.ports), pods_peer(pods));
        match rules.iter_mut().find(|(other, _)| *other == ports) {
            Some((_, peers)) => peers.push(peer),
            None => rules.push((ports, vec![peer])),
        }
    }
    rules
}

fn ports(ports: &[Port]) -> Vec<NetworkPolicyPort> {
    let ports = ports.iter();
    ports
        .map(|Port(number, protocol)| port(number.clone(), protocol))
        .collect()
}

fn port(port: IntOrString, protocol: &str) -> NetworkPolicyPort {
    NetworkPolicyPort {
        port: Some(port),
        protocol: Some(protocol.to_owned()),
        ..NetworkPolicyPort::default()
    }
}

/// The rule of an entry of `from` or `to`.
fn rule(entry: &Peer) -> Rule {
    let protocol = entry.protocol.unwrap_or("TCP");
    let numbers = entry.ports.iter();
    let ports = numbers.map(|number| port(IntOrString::Int(i32::from(*number)), protocol));
    let mut ports: Vec<NetworkPolicyPort> = ports.collect();
    if let (true, Some(protocol)) = (ports.is_empty(), entry.protocol) {
        ports.push(NetworkPolicyPort {
            protocol: Some(protocol.to_owned()),
            ..NetworkPolicyPort::default()
        });
    }
    let is_anybody = entry.namespace.is_none() && entry.pods.is_empty() && entry.cidr.is_none();
    let peers = (!is_anybody).then(|| peer(entry));
    (ports, peers.into_iter().collect())
}

fn peer(entry: &Peer) -> NetworkPolicyPeer {
    if let Some(cidr) = &entry.cidr {
        let ip_block = IPBlock {
            cidr: cidr.clone(),
            except: None,
        };
        return NetworkPolicyPeer {
            ip_block: Some(ip_block),
            ..NetworkPolicyPeer::default()
        };
    }
    let namespace = entry.namespace.as_deref().map(|name| match name {
        "*" => LabelSelector::default(),
        name => selector([(NAMESPACE.to_owned(), name.to_owned())].into()),
    });
    // Without both, it is every pod of the namespace of the workload.
    let has_pods = !entry.pods.is_empty() || namespace.is_none();
    let pods = has_pods.then(|| selector(entry.pods.clone()));
    NetworkPolicyPeer {
        namespace_selector: namespace,
        pod_selector: pods,
        ip_block: None,
    }
}

fn every_namespace() -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector::default()),
        ..NetworkPolicyPeer::default()
    }
}

fn pods_peer(pods: &Pods) -> NetworkPolicyPeer {
    peer(&Peer {
        namespace: pods.namespace.clone(),
        pods: pods.labels.clone(),
        ..Peer::default()
    })
}

fn selector(labels: Labels) -> LabelSelector {
    LabelSelector {
        match_labels: (!labels.is_empty()).then_some(labels),
        ..LabelSelector::default()
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
