//! The services of a workload: one for each container.

use super::interpolation::{command_text, literal, with_variables};
use super::name_registry::Element;
use super::provisioner_sections::ServiceDeps;
use super::values::RESTART_POLICIES;
use super::{KIND, build, healthcheck, networks, quantity, volumes};
use crate::defaults::settings::Texts;
use crate::features;
use crate::model::{Annotation, Before, Port, Probe, Protocol, Quantities, Ready};
use crate::placeholder::resolve::ResolvedText;
use crate::plan::{Container, Plan, Workload};
use crate::support::document::Artifact;
use crate::support::graph;
use crate::targets::publish::Destination;
use crate::targets::target::Options;
use diagnostics::redaction::Redactor;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};

rules! {
    /// A container waits until another one is healthy, but without HTTP probes Compose cannot check
    /// that.
    pub HEALTH_NOT_CHECKED: "health-not-checked", Warning;

    /// On Compose, other workloads reach a port by its `targetPort`, not by its `port`.
    pub PORT_MAPPING_IGNORED: "port-mapping-ignored", Note;
}

/// The annotation with the name of the workload that a service belongs to.
pub(super) const WORKLOAD_NAME: &str = "compose.score.dev/workload-name";

/// What the services of one workload depend on.
pub(super) struct Context<'a> {
    pub(super) workload: &'a Workload,
    /// The services of the workloads that it calls, each with its condition.
    pub(super) called: Vec<(String, &'static str)>,
    /// The networks of its resources, besides that of the project.
    pub(super) networks: Vec<String>,
    pub(super) options: &'a Options,
    /// The secrets that the Compose file must not have.
    pub(super) secrets: Option<&'a Redactor>,
    /// The dependencies of each resource of the plan.
    pub(super) deps: &'a [ServiceDeps],
}

/// The services of one workload.
#[derive(Default)]
pub(super) struct WorkloadServices {
    /// By name.
    pub(super) services: Vec<(String, Element)>,
    /// The files that they mount.
    pub(super) artifacts: Vec<Artifact>,
    /// Whether one needs the helper for HTTP probes.
    pub(super) needs_probe_helper: bool,
}

impl Context<'_> {
    pub(super) fn services(&self, report: &mut Report) -> WorkloadServices {
        let mut services = WorkloadServices::default();
        self.note_ports(report);
        let workload = self.workload;
        let awaited = workload.awaited();
        let owner = network_owner(workload, &awaited);
        let owner_service = workload
            .containers
            .get(owner)
            .map(|container| service_name(workload, container))
            .unwrap_or_default();
        for (index, container) in workload.containers.iter().enumerate() {
            let owner_service = (index != owner).then_some(owner_service.as_str());
            let awaited = &awaited[index];
            let service = self.service(container, awaited, owner_service, &mut services, report);
            let name = service_name(workload, container);
            let element = Element::new(Value::Map(service), Some(container.name.span));
            services.services.push((name, element));
        }
        services
    }

    /// Notes each port with a `targetPort`: other services connect to the container itself.
    fn note_ports(&self, report: &mut Report) {
        let ports = self.workload.ports.iter();
        for port in ports.filter(|port| port.port != port.target_port) {
            let message = format!(
                "in Compose, other workloads reach port `{}` of `{}` at {}, not at {}",
                port.name.value, self.workload.name.value, port.target_port, port.port
            );
            let problem = Problem::new(&PORT_MAPPING_IGNORED, message).at(port.name.span);
            report.push(
                problem.help("take the port from a `service-port` resource, which returns the right one for every target"),
            );
        }
    }

    /// A container as a service; what it needs besides is added to `services`. `owner_service` is the
    /// service whose network it joins; `None` for the owner. What has an error is left out of it.
    fn service(
        &self,
        container: &Container,
        awaited: &[(usize, &Before)],
        owner_service: Option<&str>,
        services: &mut WorkloadServices,
        report: &mut Report,
    ) -> Map {
        let workload = self.workload;
        let mut service = Map::new();
        // Keys without a value are left out.
        let mut put = |key: &str, value: Value| {
            let is_empty = match &value {
                Value::List(items) => items.is_empty(),
                Value::Map(map) => map.is_empty(),
                value => *value == Value::Null,
            };
            if !is_empty {
                service.insert(key.to_owned(), value);
            }
        };
        let image = container.image.as_ref();
        let image = image.and_then(|image| with_variables(image, report).ok());
        put("image", image.unwrap_or_default());
        put("build", self.build(container, report));
        if owner_service.is_none() {
            put("hostname", literal(&workload.name.value));
        }
        let texts = |texts: &[ResolvedText], report: &mut Report| {
            let secrets = self.secrets;
            let texts = texts.iter();
            let texts =
                texts.filter_map(|text| command_text(container, text, secrets, report).ok());
            Value::List(texts.collect())
        };
        put("entrypoint", texts(&container.command, report));
        put("command", texts(&container.args, report));
        put("environment", environment(container, report));
        healthcheck::note_liveness(container, report);
        let probe = probe(container, self.options);
        let needs_helper = probe.is_some_and(healthcheck::needs_helper);
        services.needs_probe_helper |= needs_helper;
        let depends_on = self.depends_on(container, awaited, needs_helper, report);
        put("depends_on", depends_on);
        if let Some(probe) = probe {
            let secrets = self.secrets;
            let check = healthcheck::health_check(container, probe, secrets, report);
            put("healthcheck", check);
        }
        match owner_service {
            None => {
                let alias = Some(workload.name.value.as_str());
                put("networks", networks::section(&self.networks, alias));
                put("expose", exposed_ports(workload));
            }
            Some(_) if container.runs_to_completion() => {
                put("networks", networks::section(&self.networks, None));
            }
            Some(owner) => put("network_mode", Value::from(format!("service:{owner}"))),
        }
        let artifacts = &mut services.artifacts;
        let mut mounts = volumes::mounts(workload, container, self.options, artifacts, report);
        if needs_helper {
            mounts.push(helper_mount());
        }
        put("volumes", Value::List(mounts));
        put("models", models(&workload.resources, self.deps));
        if !container.runs_to_completion() && !is_job(workload) {
            let policy = self.options.restart.unwrap_or(RESTART_POLICIES[0]);
            put("restart", Value::from(policy));
        }
        let grace = workload.defaults.termination_grace_period.as_ref();
        put(
            "stop_grace_period",
            grace.map_or(Value::Null, |seconds| seconds_value(seconds.value)),
        );
        let replicas = replicas(workload, self.options);
        put(
            "deploy",
            deploy(&container.limits, &container.requests, replicas),
        );
        put(
            "labels",
            Value::Map(defaulted(&workload.defaults.labels).collect()),
        );
        put("annotations", annotations(workload));
        service
    }

    fn build(&self, container: &Container, report: &mut Report) -> Value {
        let project = &self.options.project_in_output;
        let build = container.build.as_ref();
        build.map_or(Value::Null, |build| build::section(build, project, report))
    }

    fn warn_unchecked(
        &self,
        container: &Container,
        other: &Container,
        place: Span,
        report: &mut Report,
    ) {
        let (name, other_name) = (&container.name.value, &other.name.value);
        let message = format!(
            "without HTTP probes `{name}` can wait only until `{other_name}` has started, not until it is healthy"
        );
        let problem = Problem::new(&HEALTH_NOT_CHECKED, message).at(place);
        report.push(problem.help(format!(
            "leave out `--no-http-probes`, or give `{other_name}` an `exec` probe"
        )));
    }

    /// What a container waits for: the resources of its workload, other containers, and the helper.
    fn depends_on(
        &self,
        container: &Container,
        awaited: &[(usize, &Before)],
        needs_helper: bool,
        report: &mut Report,
    ) -> Value {
        let mut conditions = Map::new();
        for (service, condition) in &self.called {
            conditions.insert(service.clone(), Value::from(*condition));
        }
        for resource in &self.workload.resources {
            for (service, condition) in &self.deps[*resource].conditions {
                conditions.insert(service.clone(), Value::from(*condition));
            }
        }
        for (other, before) in awaited {
            let other = &self.workload.containers[*other];
            let condition = match before.ready {
                Ready::Started => "service_started",
                Ready::Healthy if probe(other, self.options).is_some() => "service_healthy",
                Ready::Healthy => {
                    self.warn_unchecked(container, other, before.span, report);
                    "service_started"
                }
                Ready::Complete => "service_completed_successfully",
            };
            conditions.insert(service_name(self.workload, other), Value::from(condition));
        }
        if needs_helper {
            conditions.insert(
                healthcheck::HELPER.to_owned(),
                Value::from("service_completed_successfully"),
            );
        }
        conditions.sort_keys();
        let entry =
            |condition: Value| Value::Map(Map::from_iter([("condition".to_owned(), condition)]));
        Value::Map(
            conditions
                .into_iter()
                .map(|(name, condition)| (name, entry(condition)))
                .collect(),
        )
    }
}

/// The probe that Compose checks; `None` also for one that the options leave out.
fn probe<'c>(container: &'c Container, options: &Options) -> Option<&'c Probe> {
    let probe = healthcheck::effective_probe(container)?;
    let is_supported = options.http_probes || !healthcheck::needs_helper(probe);
    is_supported.then_some(probe)
}

/// Whether a workload runs once: it is a Job or a CronJob on Kubernetes.
fn is_job(workload: &Workload) -> bool {
    let kind = Annotation::find(&workload.annotations, KIND);
    kind.is_some_and(|kind| ["Job", "CronJob"].contains(&kind.value.value.as_str()))
}

fn environment(container: &Container, report: &mut Report) -> Value {
    let variables = container.variables.iter().filter_map(|(name, value)| {
        let value = with_variables(&container.expanded(value), report).ok()?;
        Some((name.value.clone(), value))
    });
    let mut variables: Map = variables.collect();
    variables.sort_keys();
    Value::Map(variables)
}

/// The models among the resources of a workload.
fn models(resources: &[usize], deps: &[ServiceDeps]) -> Value {
    let mut names: Vec<&str> = resources
        .iter()
        .flat_map(|resource| &deps[*resource].models)
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    Value::List(names.into_iter().map(Value::from).collect())
}

/// The name of a container's service.
pub(super) fn service_name(workload: &Workload, container: &Container) -> String {
    format!("{}-{}", workload.name.value, container.name.value)
}

/// The service that has the network of a workload, and so all of its ports.
pub(super) fn network_service(workload: &Workload) -> String {
    network_container(workload)
        .map(|container| service_name(workload, container))
        .unwrap_or_default()
}

fn network_container(workload: &Workload) -> Option<&Container> {
    let owner = network_owner(workload, &workload.awaited());
    workload.containers.get(owner)
}

/// The service that those who call a workload wait for, and its condition: the container whose
/// probe says that it listens, or else the one with the network. A health check that Compose does
/// not make, or of what ends, is not waited for.
pub(super) fn condition(workload: &Workload, options: &Options) -> Option<(String, &'static str)> {
    let mut containers = workload.containers.iter();
    let listens = |container: &&Container| {
        !container.runs_to_completion() && container.listens_on(&workload.ports)
    };
    let container = containers
        .find(listens)
        .or_else(|| network_container(workload))?;
    let is_healthy = options.waits_for_health
        && !container.runs_to_completion()
        && !is_job(workload)
        && probe(container, options).is_some();
    let condition = if is_healthy {
        "service_healthy"
    } else {
        "service_started"
    };
    Some((service_name(workload, container), condition))
}

/// The container whose network the others join: one that keeps running. To join a network means to
/// wait for its owner, so the owner waits for no other container that keeps running, not even
/// through one that completes. One whose probe says that it listens is preferred, then one without
/// `before`.
fn network_owner(workload: &Workload, awaited: &[Vec<(usize, &Before)>]) -> usize {
    let keeps_running = |index: usize| !workload.containers[index].runs_to_completion();
    let needs: Vec<Vec<usize>> = awaited
        .iter()
        .map(|containers| containers.iter().map(|(index, _)| *index).collect())
        .collect();
    let order = graph::order(&needs).unwrap_or_else(|_| (0..needs.len()).collect());
    let mut waits = vec![false; needs.len()];
    for index in &order {
        waits[*index] = needs[*index]
            .iter()
            .any(|need| waits[*need] || keeps_running(*need));
    }
    let candidates = order
        .into_iter()
        .filter(|index| !waits[*index] && keeps_running(*index));
    candidates
        .min_by_key(|index| {
            let container = &workload.containers[*index];
            let listens = container.listens_on(&workload.ports);
            (!listens, !container.before.is_empty(), *index)
        })
        .unwrap_or(0)
}

/// A port as `expose` has it.
pub(super) fn exposed(port: &Port) -> String {
    match port.protocol {
        Protocol::Tcp => port.target_port.to_string(),
        Protocol::Udp => format!("{}/udp", port.target_port),
    }
}

fn exposed_ports(workload: &Workload) -> Value {
    let mut ports: Vec<Value> = Vec::new();
    for port in workload.ports.iter().map(exposed).map(Value::from) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    Value::List(ports)
}

fn helper_mount() -> Value {
    Value::Map(Map::from_iter([
        ("type".to_owned(), Value::from("volume")),
        ("source".to_owned(), Value::from(healthcheck::HELPER)),
        ("target".to_owned(), Value::from(healthcheck::MOUNT)),
        ("read_only".to_owned(), Value::Bool(true)),
    ]))
}

/// A time, as Compose writes it.
pub(super) fn seconds_value(seconds: i32) -> Value {
    Value::from(format!("{seconds}s"))
}

/// The number of containers by the defaults; `None` where others join the network of one container,
/// or the host has a port for only one.
fn replicas(workload: &Workload, options: &Options) -> Option<i32> {
    let mut publish = options.publish.iter();
    let is_published = publish.any(
        |port| matches!(&port.to, Destination::Workload(name) if name.value == workload.name.value),
    );
    let is_one = workload.containers.len() > 1 || is_published || is_job(workload);
    let replicas = workload.defaults.replicas.as_ref();
    replicas.filter(|_| !is_one).map(|number| number.value)
}

/// Labels or annotations by the defaults.
fn defaulted(texts: &Texts) -> impl Iterator<Item = (String, Value)> {
    texts
        .iter()
        .map(|(key, text)| (key.clone(), literal(&text.value)))
}

fn deploy(limits: &Quantities, requests: &Quantities, replicas: Option<i32>) -> Value {
    let amounts = |quantities: &Quantities| {
        let cpus = quantities
            .cpu
            .as_ref()
            .map(|cpu| ("cpus".to_owned(), quantity::cpus(&cpu.value)));
        let memory = quantities
            .memory
            .as_ref()
            .map(|memory| ("memory".to_owned(), quantity::memory(&memory.value)));
        Value::Map(cpus.into_iter().chain(memory).collect())
    };
    let parts = [
        ("limits", amounts(limits)),
        ("reservations", amounts(requests)),
    ];
    let resources: Map = parts
        .into_iter()
        .filter(|(_, amounts)| amounts.as_map().is_some_and(|map| !map.is_empty()))
        .map(|(key, amounts)| (key.to_owned(), amounts))
        .collect();
    let replicas = replicas.map(|number| ("replicas".to_owned(), Value::from(i64::from(number))));
    let resources =
        (!resources.is_empty()).then(|| ("resources".to_owned(), Value::Map(resources)));
    Value::Map(replicas.into_iter().chain(resources).collect())
}

fn annotations(workload: &Workload) -> Value {
    let own = workload.annotations.iter();
    let own = own.filter(|annotation| !annotation.key.value.starts_with(features::PREFIX));
    let own = own.map(|annotation| {
        (
            annotation.key.value.clone(),
            literal(&annotation.value.value),
        )
    });
    let mut map: Map = defaulted(&workload.defaults.annotations)
        .chain(own)
        .collect();
    map.insert(WORKLOAD_NAME.to_owned(), literal(&workload.name.value));
    map.sort_keys();
    Value::Map(map)
}

/// Marks an added service as one of a workload.
pub(super) fn complete(service: &mut Value, workload: Option<&Workload>, _: &Plan) {
    let (Some(workload), Some(service)) = (workload, service.as_map_mut()) else {
        return;
    };
    let annotations = service.entry("annotations".to_owned());
    if let Some(annotations) = annotations.or_insert_with(Value::map).as_map_mut() {
        let name = annotations.entry(WORKLOAD_NAME.to_owned());
        name.or_insert_with(|| literal(&workload.name.value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_service_lists_the_models_of_its_resources_once() {
        let deps_on = |names: &[&str]| ServiceDeps {
            conditions: Vec::new(),
            models: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let deps = [
            deps_on(&["small"]),
            deps_on(&[]),
            deps_on(&["large", "small"]),
            deps_on(&["of-another-workload"]),
        ];
        assert_eq!(
            models(&[0, 1, 2], &deps),
            Value::List(vec![Value::from("large"), Value::from("small")])
        );
        assert_eq!(models(&[1], &deps), Value::List(Vec::new()));
    }
}
