//! A container as a service.

use super::interpolation::{literal, resolved};
use super::name_registry::{Named, add};
use super::provisioner_sections::Needs;
use super::{Project, build, healthcheck, quantity, volumes};
use crate::model::{Before, Protocol, Quantities, Ready};
use crate::plan::{Container, Workload};
use crate::support::graph;
use crate::targets::target::Options;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};

rules! {
    /// A container waits until another one is healthy, but without HTTP probes Compose cannot check
    /// that.
    pub HEALTH_NOT_CHECKED: "health-not-checked", Warning;

    /// On Compose, other workloads reach a port by its `targetPort`, not by its `port`.
    pub PORT_MAPPING_IGNORED: "port-mapping-ignored", Note;
}

/// One workload on its way into the file.
pub(super) struct Lowering<'a> {
    pub(super) workload: &'a Workload,
    pub(super) options: &'a Options,
    pub(super) needs: &'a Needs,
    pub(super) project: &'a mut Project,
    /// Set when some service needs the helper for HTTP probes.
    pub(super) probed: &'a mut bool,
}

impl Lowering<'_> {
    pub(super) fn add_services(&mut self, report: &mut Report) {
        self.note_ports(report);
        let workload = self.workload;
        let awaited = workload.awaited();
        let owner = network_owner(workload, &awaited);
        let owner_name = workload
            .containers
            .get(owner)
            .map(|owner| service_name(workload, owner))
            .unwrap_or_default();
        for (index, container) in workload.containers.iter().enumerate() {
            let Ok(service) = self.service(
                container,
                &awaited[index],
                index == owner,
                &owner_name,
                report,
            ) else {
                continue;
            };
            let name = service_name(workload, container);
            let span = Some(container.name.span);
            add(
                &mut self.project.services,
                "service",
                &name,
                Named::new(Value::Map(service), span),
                report,
            );
        }
    }

    /// Other services connect to the container itself, not to a mapped port.
    fn note_ports(&self, report: &mut Report) {
        for port in self
            .workload
            .ports
            .iter()
            .filter(|port| port.port != port.target_port)
        {
            let message = format!(
                "on Compose, other workloads reach the port `{}` of `{}` at {}, not at {}",
                port.name.value, self.workload.name.value, port.target_port, port.port
            );
            let problem = Problem::new(&PORT_MAPPING_IGNORED, message).at(port.name.span);
            report.push(
                problem.help("let them ask a `service-port` resource, which gives the right port on every target"),
            );
        }
    }

    fn service(
        &mut self,
        container: &Container,
        awaited: &[(usize, &Before)],
        owns_network: bool,
        owner_name: &str,
        report: &mut Report,
    ) -> Result<Map, Reported> {
        let workload = self.workload;
        let mut service = Map::new();
        let mut put = |key: &str, value: Value| {
            let empty = match &value {
                Value::List(items) => items.is_empty(),
                Value::Map(map) => map.is_empty(),
                value => *value == Value::Null,
            };
            if !empty {
                service.insert(key.to_owned(), value);
            }
        };
        put(
            "image",
            container
                .image
                .as_ref()
                .map_or(Ok(Value::Null), |image| resolved(image, report))?,
        );
        let project = &self.options.project_in_output;
        put(
            "build",
            container
                .build
                .as_ref()
                .map_or(Value::Null, |own| build::section(own, project, report)),
        );
        let on_network = owns_network || container.runs_to_completion();
        if owns_network {
            put("hostname", literal(&workload.name.value));
        }
        put("entrypoint", texts(&container.command, report)?);
        put("command", texts(&container.args, report)?);
        let mut variables = Map::new();
        for (name, value) in &container.variables {
            variables.insert(name.value.clone(), resolved(value, report)?);
        }
        put("environment", Value::Map(variables));
        let probe = healthcheck::probe(container.readiness.as_ref(), container.liveness.as_ref());
        healthcheck::note_liveness(
            container.readiness.as_ref(),
            container.liveness.as_ref(),
            report,
        );
        let helped = probe.is_some_and(healthcheck::needs_helper);
        let probe = probe.filter(|_| !helped || self.options.http_probes);
        let helped = helped && self.options.http_probes;
        *self.probed |= helped;
        put(
            "depends_on",
            self.depends_on(container, awaited, helped, report),
        );
        put(
            "healthcheck",
            probe.and_then(healthcheck::check).unwrap_or_default(),
        );
        if !on_network {
            put("network_mode", Value::from(format!("service:{owner_name}")));
        }
        if owns_network {
            put("networks", default_network(&workload.name.value));
            put("expose", exposed(workload));
        }
        let artifacts = &mut self.project.lowered.artifacts;
        let mut mounts = volumes::mounts(workload, container, self.options, artifacts, report);
        if helped {
            mounts.push(helper_mount());
        }
        put("volumes", Value::List(mounts));
        put("models", models(&workload.resources, self.needs));
        put("deploy", deploy(&container.limits, &container.requests));
        put("annotations", annotations(workload));
        Ok(service)
    }

    /// Whether Compose will know that a container is healthy.
    fn is_checked(&self, container: &Container) -> bool {
        let probe = healthcheck::probe(container.readiness.as_ref(), container.liveness.as_ref());
        probe.is_some_and(|probe| self.options.http_probes || !healthcheck::needs_helper(probe))
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

    /// What must have happened before a container starts: the resources of its workload, and
    /// containers `before` it.
    fn depends_on(
        &self,
        container: &Container,
        awaited: &[(usize, &Before)],
        helped: bool,
        report: &mut Report,
    ) -> Value {
        let mut conditions = Map::new();
        for resource in &self.workload.resources {
            for (service, condition) in &self.needs[*resource].waits {
                conditions.insert(service.clone(), Value::from(*condition));
            }
        }
        for (other, before) in awaited {
            let other = &self.workload.containers[*other];
            let condition = match before.ready {
                Ready::Started => "service_started",
                Ready::Healthy if self.is_checked(other) => "service_healthy",
                Ready::Healthy => {
                    self.warn_unchecked(container, other, before.span, report);
                    "service_started"
                }
                Ready::Complete => "service_completed_successfully",
            };
            conditions.insert(service_name(self.workload, other), Value::from(condition));
        }
        if helped {
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

/// The models among the resources of a workload. Compose downloads and runs only those that a
/// service lists.
fn models(resources: &[usize], needs: &Needs) -> Value {
    let mut names: Vec<&str> = resources
        .iter()
        .flat_map(|resource| &needs[*resource].models)
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

/// The service that has a workload's network, so that all of its ports are there.
pub(super) fn network_service(workload: &Workload) -> String {
    let owner = workload
        .containers
        .get(network_owner(workload, &workload.awaited()));
    owner
        .map(|owner| service_name(workload, owner))
        .unwrap_or_default()
}

/// The container whose network the others share: one that keeps running and that waits for no other
/// such container, also not by way of one that completes, since joining a network means waiting for
/// its owner. One without `before` of its own is preferred.
fn network_owner(workload: &Workload, awaited: &[Vec<(usize, &Before)>]) -> usize {
    let runs_on = |index: usize| !workload.containers[index].runs_to_completion();
    let needs: Vec<Vec<usize>> = awaited
        .iter()
        .map(|own| own.iter().map(|(index, _)| *index).collect())
        .collect();
    let order = graph::order(&needs).unwrap_or_else(|_| (0..needs.len()).collect());
    let mut waits = vec![false; needs.len()];
    for index in &order {
        waits[*index] = needs[*index]
            .iter()
            .any(|need| waits[*need] || runs_on(*need));
    }
    let free = order
        .into_iter()
        .filter(|index| !waits[*index] && runs_on(*index));
    free.min_by_key(|index| (!workload.containers[*index].before.is_empty(), *index))
        .unwrap_or(0)
}

fn texts(
    list: &[crate::placeholder::resolve::ResolvedText],
    report: &mut Report,
) -> Result<Value, Reported> {
    list.iter()
        .map(|text| resolved(text, report))
        .collect::<Result<_, _>>()
        .map(Value::List)
}

/// A container is found by its service's name; an alias lets others find it by its workload's.
fn default_network(workload: &str) -> Value {
    let aliases = Map::from_iter([(
        "aliases".to_owned(),
        Value::List(vec![Value::from(workload)]),
    )]);
    Value::Map(Map::from_iter([(
        "default".to_owned(),
        Value::Map(aliases),
    )]))
}

fn exposed(workload: &Workload) -> Value {
    let port = |port: &crate::model::Port| match port.protocol {
        Protocol::Tcp => port.target_port.to_string(),
        Protocol::Udp => format!("{}/udp", port.target_port),
    };
    let mut ports: Vec<Value> = Vec::new();
    for port in workload.ports.iter().map(port).map(Value::from) {
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

fn deploy(limits: &Quantities, requests: &Quantities) -> Value {
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
    if resources.is_empty() {
        return Value::Null;
    }
    Value::Map(Map::from_iter([(
        "resources".to_owned(),
        Value::Map(resources),
    )]))
}

fn annotations(workload: &Workload) -> Value {
    let mut map: Map = workload
        .annotations
        .iter()
        .map(|annotation| {
            (
                annotation.key.value.clone(),
                literal(&annotation.value.value),
            )
        })
        .collect();
    map.insert(
        "compose.score.dev/workload-name".to_owned(),
        literal(&workload.name.value),
    );
    map.sort_keys();
    Value::Map(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::compose::provisioner_sections::Need;

    #[test]
    fn a_service_lists_the_models_of_its_own_resources_once() {
        let need = |names: &[&str]| Need {
            waits: Vec::new(),
            models: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let needs = vec![
            need(&["small"]),
            need(&[]),
            need(&["large", "small"]),
            need(&["of-another-workload"]),
        ];
        assert_eq!(
            models(&[0, 1, 2], &needs),
            Value::List(vec![Value::from("large"), Value::from("small")])
        );
        assert_eq!(models(&[1], &needs), Value::List(Vec::new()));
    }
}
