//! The pod of a workload: containers, init containers, sidecars, volumes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    ConfigMap, Container, ContainerPort, PersistentVolumeClaim, PodSpec, ResourceRequirements,
    Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{environment, files, image, names, probe, volumes};
use crate::model::{Quantities, Ready};
use crate::plan::{self, Workload};
use crate::support::graph;
use diagnostics::report::{Report, Reported};

/// A pod and the objects it needs.
#[derive(Default)]
pub(super) struct Pod {
    pub(super) spec: PodSpec,
    pub(super) config_maps: Vec<ConfigMap>,
    pub(super) claims: Vec<PersistentVolumeClaim>,
}

/// When a container runs, by what the others wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It ends before another starts: an init container.
    Init,
    /// It runs before another starts, and goes on: an init container that is restarted, which
    /// Kubernetes calls a sidecar.
    Sidecar { healthy: bool },
    /// Nobody waits for it.
    Main,
}

fn role(container: &plan::Container) -> Role {
    match container.before.as_slice() {
        [] => Role::Main,
        _ if container.runs_to_completion() => Role::Init,
        before => Role::Sidecar {
            healthy: before.iter().any(|own| own.ready == Ready::Healthy),
        },
    }
}

/// Builds the pod of a workload.
pub(super) fn pod(workload: &Workload, stateful: bool, report: &mut Report) -> Pod {
    let mut pod = Pod::default();
    let mut pod_volumes: Vec<Volume> = Vec::new();
    let mut init = Vec::new();
    // The service's ports are declared on one container; which of several listens, the Score file
    // does not say.
    let first_main = workload
        .containers
        .iter()
        .position(|container| role(container) == Role::Main);
    for index in start_order(workload) {
        let source = &workload.containers[index];
        let role = role(source);
        let Ok(mut container) = self::container(&workload.name.value, source, role, report) else {
            continue;
        };
        if Some(index) == first_main {
            container.ports = container_ports(workload);
        }
        let mut mounts = Vec::new();
        for file in &source.files {
            if let Some(mounted) = files::mounted(workload, source, file, report) {
                pod.config_maps.extend(mounted.config_map);
                pod_volumes.push(mounted.volume);
                mounts.push(mounted.mount);
            }
        }
        for volume in &source.volumes {
            mounts.push(volumes::mount(volume));
            add_backing(volume, stateful, &mut pod_volumes, &mut pod.claims, report);
        }
        container.volume_mounts = (!mounts.is_empty()).then_some(mounts);
        match role {
            Role::Main => pod.spec.containers.push(container),
            _ => init.push(container),
        }
    }
    // A pod needs a container that is not an init container; `before` has no cycle, so there is
    // one.
    pod.spec
        .containers
        .sort_by(|left, right| left.name.cmp(&right.name));
    pod.spec.init_containers = (!init.is_empty()).then_some(init);
    pod.spec.volumes = (!pod_volumes.is_empty()).then_some(pod_volumes);
    pod
}

/// The containers in an order in which each comes after those that must be before it, as Kubernetes
/// starts init containers one by one.
fn start_order(workload: &Workload) -> Vec<usize> {
    let awaited = workload.awaited();
    let needs: Vec<Vec<usize>> = awaited
        .iter()
        .map(|own| own.iter().map(|(index, _)| *index).collect())
        .collect();
    graph::order(&needs).unwrap_or_else(|_| (0..needs.len()).collect())
}

fn container(
    workload: &str,
    source: &plan::Container,
    role: Role,
    report: &mut Report,
) -> Result<Container, Reported> {
    let image = image::image(workload, source, report)?;
    let command = words(&source.command, "a command", report)?;
    let args = words(&source.args, "an argument", report)?;
    let env = environment::variables(&source.variables, report);
    let mut container = Container {
        name: source.name.value.clone(),
        image: Some(image),
        command: (!command.is_empty()).then_some(command),
        args: (!args.is_empty()).then_some(args),
        env: (!env.is_empty()).then_some(env),
        resources: requirements(&source.limits, &source.requests),
        ..Container::default()
    };
    match role {
        Role::Sidecar { healthy } => {
            container.restart_policy = Some("Always".to_owned());
            let startup = source
                .readiness
                .as_ref()
                .or(source.liveness.as_ref())
                .filter(|_| healthy);
            container.startup_probe = startup.and_then(|own| probe::startup(own, report));
        }
        // What runs to its end is asked nothing.
        Role::Init | Role::Main => {}
    }
    if role != Role::Init {
        container.liveness_probe = source
            .liveness
            .as_ref()
            .and_then(|own| probe::probe(own, report));
        container.readiness_probe = source
            .readiness
            .as_ref()
            .and_then(|own| probe::probe(own, report));
    }
    Ok(container)
}

fn words(
    texts: &[crate::placeholder::resolve::Resolved],
    what: &str,
    report: &mut Report,
) -> Result<Vec<String>, Reported> {
    texts
        .iter()
        .map(|text| environment::plain(text, what, report).map(|text| environment::literal(&text)))
        .collect()
}

fn requirements(limits: &Quantities, requests: &Quantities) -> Option<ResourceRequirements> {
    let amounts = |quantities: &Quantities| {
        let parts = [("cpu", &quantities.cpu), ("memory", &quantities.memory)];
        let amount = |text: &str| Quantity(text.replace('K', "k").replace("ki", "Ki"));
        let map: BTreeMap<String, Quantity> = parts
            .into_iter()
            .filter_map(|(key, text)| Some((key.to_owned(), amount(&text.as_ref()?.value))))
            .collect();
        (!map.is_empty()).then_some(map)
    };
    let (limits, requests) = (amounts(limits), amounts(requests));
    let any = limits.is_some() || requests.is_some();
    any.then(|| ResourceRequirements {
        limits,
        requests,
        ..ResourceRequirements::default()
    })
}

fn container_ports(workload: &Workload) -> Option<Vec<ContainerPort>> {
    let mut ports: Vec<ContainerPort> = Vec::new();
    for port in &workload.ports {
        let number = i32::from(port.target_port);
        let protocol = port.protocol.name();
        let twin = |other: &ContainerPort| {
            other.container_port == number && other.protocol.as_deref() == Some(protocol)
        };
        if !ports.iter().any(twin) {
            ports.push(ContainerPort {
                name: names::container_port(&port.name.value),
                container_port: number,
                protocol: Some(protocol.to_owned()),
                ..ContainerPort::default()
            });
        }
    }
    (!ports.is_empty()).then_some(ports)
}

/// Adds what stands behind a mount, once for all containers that share it.
fn add_backing(
    volume: &plan::Volume,
    stateful: bool,
    pod_volumes: &mut Vec<Volume>,
    claims: &mut Vec<PersistentVolumeClaim>,
    report: &mut Report,
) {
    let name = volumes::name(volume);
    let known = pod_volumes.iter().any(|other| other.name == name)
        || claims
            .iter()
            .any(|other| other.metadata.name.as_deref() == Some(&name));
    if known {
        return;
    }
    match volumes::backing(volume, stateful, report) {
        Ok(volumes::Backing::Volume(backing)) => pod_volumes.push(*backing),
        Ok(volumes::Backing::Claim(claim)) => claims.push(*claim),
        Err(_) => {}
    }
}
