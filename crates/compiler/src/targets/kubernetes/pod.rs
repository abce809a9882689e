//! The pod of a workload: containers, init containers, sidecars, volumes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, PersistentVolumeClaim, PodSpec, ResourceRequirements, Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::defaults::timed;
use super::files::FileObject;
use super::secret_values::SecretValues;
use super::{environment, files, image, names, probe, volumes};
use crate::model::{Quantities, Ready};
use crate::plan::{self, Workload};
use crate::support::graph;
use diagnostics::report::Report;

/// A pod and the objects it needs.
#[derive(Default)]
pub(super) struct Pod {
    pub(super) spec: PodSpec,
    pub(super) files: Vec<FileObject>,
    pub(super) claims: Vec<PersistentVolumeClaim>,
    /// Annotations besides those of the workload.
    pub(super) annotations: BTreeMap<String, String>,
}

/// When a container runs, which depends on what the others wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It completes before another starts: an init container.
    Init,
    /// It starts before another and keeps running: an init container with `restartPolicy: Always`.
    Sidecar {
        /// Whether another container waits until it is healthy.
        must_be_healthy: bool,
    },
    /// No container waits for it.
    Main,
}

fn role(container: &plan::Container) -> Role {
    match container.before.as_slice() {
        [] => Role::Main,
        _ if container.runs_to_completion() => Role::Init,
        before => Role::Sidecar {
            must_be_healthy: before.iter().any(|entry| entry.ready == Ready::Healthy),
        },
    }
}

/// Builds the pod of a workload.
pub(super) fn pod(
    workload: &Workload,
    is_stateful: bool,
    secrets: &SecretValues<'_>,
    report: &mut Report,
) -> Pod {
    let mut pod = Pod::default();
    let mut pod_volumes: Vec<Volume> = Vec::new();
    let mut init = Vec::new();
    // The Score file does not say which container listens on a port, so the ports are declared on
    // one: preferably one whose probe says that it listens.
    let containers = workload.containers.iter().enumerate();
    let first_main = containers
        .filter(|(_, container)| role(container) == Role::Main)
        .min_by_key(|(index, container)| (!container.listens_on(&workload.ports), *index))
        .map(|(index, _)| index);
    for index in start_order(workload) {
        let source = &workload.containers[index];
        let role = role(source);
        let mut container = self::container(&workload.name.value, source, role, report);
        if Some(index) == first_main {
            container.ports = container_ports(workload);
        }
        let mut mounts = Vec::new();
        for file in &source.files {
            if let Some(mount) = files::mount(workload, source, file, secrets, report) {
                pod.files.extend(mount.object);
                pod_volumes.push(mount.volume);
                mounts.push(mount.mount);
            }
        }
        for volume in &source.volumes {
            mounts.push(volumes::mount(volume));
            add_backing(
                volume,
                is_stateful,
                &mut pod_volumes,
                &mut pod.claims,
                report,
            );
        }
        container.volume_mounts = (!mounts.is_empty()).then_some(mounts);
        match role {
            Role::Main => pod.spec.containers.push(container),
            _ => init.push(container),
        }
    }
    // A pod needs a container that is no init container. There is one, since `before` has no cycle.
    pod.spec
        .containers
        .sort_by(|left, right| left.name.cmp(&right.name));
    pod.spec.init_containers = (!init.is_empty()).then_some(init);
    // A Service `server` would set `SERVER_PORT=tcp://..`, which many programs read as a number.
    pod.spec.enable_service_links = Some(false);
    pod.spec.volumes = (!pod_volumes.is_empty()).then_some(pod_volumes);
    pod
}

/// The containers in an order in which each follows those that it waits for: Kubernetes starts init
/// containers one after the other.
fn start_order(workload: &Workload) -> Vec<usize> {
    let awaited = workload.awaited();
    let needs: Vec<Vec<usize>> = awaited
        .iter()
        .map(|containers| containers.iter().map(|(index, _)| *index).collect())
        .collect();
    graph::order(&needs).unwrap_or_else(|_| (0..needs.len()).collect())
}

/// A container; what has an error is left out of it.
fn container(
    workload: &str,
    source: &plan::Container,
    role: Role,
    report: &mut Report,
) -> Container {
    let image = image::image(workload, source, report);
    let command = literals(&source.command, "a command", report);
    let args = literals(&source.args, "an argument", report);
    let env = environment::variables(&source.variables, report);
    let mut container = Container {
        name: source.name.value.clone(),
        image: image.ok(),
        command: (!command.is_empty()).then_some(command),
        args: (!args.is_empty()).then_some(args),
        env: (!env.is_empty()).then_some(env),
        resources: requirements(&source.limits, &source.requests),
        ..Container::default()
    };
    let (liveness, readiness) = (source.liveness.as_ref(), source.readiness.as_ref());
    if let Role::Sidecar { must_be_healthy } = role {
        container.restart_policy = Some("Always".to_owned());
        let startup = readiness.or(liveness).filter(|_| must_be_healthy);
        container.startup_probe = startup.and_then(|probe| probe::startup(source, probe, report));
    }
    // Kubernetes does not probe init containers.
    if role != Role::Init {
        let times = &source.probes;
        let liveness = liveness.and_then(|probe| probe::probe(source, probe, report));
        let readiness = readiness.and_then(|probe| probe::probe(source, probe, report));
        let startup = liveness.clone().zip(times.startup.as_ref());
        let startup = startup.map(|(probe, times)| timed(probe, &times.value));
        container.startup_probe = container.startup_probe.or(startup);
        container.liveness_probe = liveness.map(|probe| timed(probe, &times.liveness));
        container.readiness_probe = readiness.map(|probe| timed(probe, &times.readiness));
    }
    container
}

/// Texts that the container's process sees as they are.
fn literals(
    texts: &[crate::placeholder::resolve::ResolvedText],
    what: &str,
    report: &mut Report,
) -> Vec<String> {
    texts
        .iter()
        .filter_map(|text| environment::process_text(text, what, report).ok())
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
    let has_any = limits.is_some() || requests.is_some();
    has_any.then(|| ResourceRequirements {
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
        let is_same = |other: &ContainerPort| {
            other.container_port == number && other.protocol.as_deref() == Some(protocol)
        };
        if !ports.iter().any(is_same) {
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

/// Adds what a mount refers to, once for all containers that share it.
fn add_backing(
    volume: &plan::Volume,
    is_stateful: bool,
    pod_volumes: &mut Vec<Volume>,
    claims: &mut Vec<PersistentVolumeClaim>,
    report: &mut Report,
) {
    let name = volumes::name(volume);
    let has_volume = pod_volumes.iter().any(|other| other.name == name);
    let has_claim = |other: &PersistentVolumeClaim| other.metadata.name.as_deref() == Some(&name);
    if has_volume || claims.iter().any(has_claim) {
        return;
    }
    match volumes::backing(volume, is_stateful, report) {
        Ok(volumes::Backing::Volume(backing)) => pod_volumes.push(*backing),
        Ok(volumes::Backing::Claim(claim)) => claims.push(*claim),
        Err(_) => {}
    }
}
