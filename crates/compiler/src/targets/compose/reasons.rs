//! Why the fields of a Compose file are what they are.

use super::collector::{self, COLLECTOR};
use super::file_hashes;
use super::healthcheck::{self, HELPER};
use super::mounted_files::Mount;
use super::networks;
use super::service::{self, WORKLOAD_NAME, service_name};
use crate::defaults::places;
use crate::features::fill;
use crate::model::{Build, Ready};
use crate::plan::{Container, File, Volume, Workload};
use crate::support::document::Document;
use crate::support::places::Step;
use crate::support::reasons::Part::{I, K};
use crate::support::reasons::{
    Cause, Part, WrittenWorkload, by, decided, default_rules, keys, list, node_at, parts, value_at,
};
use crate::targets::target::{Added, Lowered, ObjectName};
use diagnostics::value::Value;
use yaml::Node;

default_rules! {
    HOST_NAME: "targets.md#containers", "the main container of a workload has the host name and the networks of the workload";
    NETWORK: "targets.md#containers", "the other containers of a workload join the network of its main container";
    OTHER_NETWORKS: "targets.md#containers", "a workload joins the networks of the services of its resources";
    RESTART: "targets.md#restarts-order-and-changed-files-on-compose", "services that keep running have `restart: on-failure`, or `values.restart`";
    WAITS_FOR_RESOURCE: "provisioners.md#compose-sections", "a workload waits for the services of its resources";
    WAITS_FOR_WORKLOAD: "targets.md#restarts-order-and-changed-files-on-compose", "a workload waits for the workloads that it calls";
    WAITS_FOR_CONTAINER: "targets.md#order-of-start", "a container waits for those with `before`";
    HEALTH_CHECK: "targets.md#probes", "the readiness probe, or else the liveness probe, becomes a health check, every 5 seconds and 12 times where nothing is set";
    HELPER_PROGRAM: "targets.md#probes", "an `httpGet` probe runs a program that one helper service copies into a volume";
    FILE_MOUNT: "targets.md#files-on-compose", "a file is one of the `configs`, or mounted read-only from a directory beside the output";
    FILES_HASH: "targets.md#restarts-order-and-changed-files-on-compose", "a hash of the files of a service recreates its container when they change";
    VOLUME: "targets.md#volumes", "a mount is one of a named volume unless the output `type` says something else";
    EXPOSE: "targets.md#service", "the ports of a workload are exposed by the service with its network";
    UDP: "targets.md#published-ports", "a published port has the protocol of the port of the workload";
    MODELS: "provisioners.md#compose-sections", "a workload lists the models of its resources, which Compose starts only then";
    BUILD: "targets.md#images-that-are-built", "the paths of a build are written relative to the directory of the output";
    TELEMETRY: "features.md#telemetry", "telemetry adds variables to all containers, and on Compose a collector";
    SECRETS_FILE: "secrets.md#where-secrets-are-written", "variables with secrets are moved to an env file that git ignores";
}

/// What gave a value of the Compose file.
pub(super) fn causes(lowered: &Lowered<'_>, document: &Value, path: &[Step]) -> Vec<Cause> {
    let path = &parts(path)[..];
    match path {
        [K("name")] => vec![Cause::Setting("project")],
        [K("services"), K(name), rest @ ..] => of_service(lowered, document, name, rest),
        [K("volumes"), K(HELPER), ..] => vec![Cause::Default(&HELPER_PROGRAM)],
        [K(section @ ("networks" | "volumes" | "models")), rest @ ..] => {
            section_value(lowered, section, rest)
        }
        _ => Vec::new(),
    }
}

/// What was added after patches, or changed: configs in the place of mounts, and env files.
pub(super) fn added(lowered: &Lowered<'_>, added: &Added<'_>) -> Vec<Cause> {
    match &parts(added.path)[..] {
        [K("configs"), K(name), ..] => config_content(added, lowered, name),
        [K("services"), K(service), K("configs"), I(index), K(key)] => {
            let entries = added.document.value.at(&["services", service, "configs"]);
            let target =
                entries.and_then(|entries| entries.as_list()?.get(*index)?.get("target")?.as_str());
            let target = target.map(plain).unwrap_or_default();
            let causes = config_causes(added, lowered, service, &target, key);
            match *key {
                "uid" | "gid" => decided(&FILE_MOUNT, causes),
                _ => by(causes, &FILE_MOUNT),
            }
        }
        [K("services"), _, K("env_file"), ..] => by(vec![Cause::Setting("secrets")], &SECRETS_FILE),
        [K("services"), _, K("volumes"), _, K("bind"), ..] => vec![Cause::Default(&FILE_MOUNT)],
        _ => Vec::new(),
    }
}

/// A text of the Compose file as a process sees it.
fn plain(text: &str) -> String {
    text.replace("$$", "$")
}

/// What gave an entry of `configs` of a service, mounted at `target`.
fn config_causes(
    added: &Added<'_>,
    lowered: &Lowered<'_>,
    service: &str,
    target: &str,
    key: &str,
) -> Vec<Cause> {
    if let Some(of) = Of::find(lowered, service) {
        let mut files = of.container.files.iter();
        let file = files
            .find(|file| file.target.value.trim_end_matches('/') == target.trim_end_matches('/'));
        return file.map_or_else(Vec::new, |file| {
            let (target, entry) = of.written.mount(file.target.span);
            match key {
                "content" => of.written.content(&entry),
                "mode" => of.written.of_mount(&entry, &["mode"]),
                _ => target,
            }
        });
    }
    // A service of a definition, whose mount is at this path or above it.
    let mounts = added.before.value.at(&["services", service, "volumes"]);
    let mounts = mounts.and_then(Value::as_list).unwrap_or_default();
    let mounts = mounts.iter().enumerate().filter_map(|(index, mount)| {
        let mount = Mount::read(mount)?;
        let rest = target.strip_prefix(mount.target.as_str())?;
        Some((index, format!("{}{rest}", mount.source)))
    });
    let mounts: Vec<(usize, String)> = mounts.collect();
    let Some((index, path)) = mounts.into_iter().next() else {
        return Vec::new();
    };
    if key == "content" {
        let directory = &lowered.options.mounts_in_output;
        let path = path.strip_prefix(directory.as_str()).unwrap_or(&path);
        let name = path.trim_start_matches('/');
        return section_value(lowered, "files", &[K(name)]);
    }
    let mount = [K(service), K("volumes"), I(index)];
    section_value(lowered, "services", &mount)
}

/// What gave the content of a config: the file of the first service that has it.
fn config_content(added: &Added<'_>, lowered: &Lowered<'_>, name: &str) -> Vec<Cause> {
    let services = added.document.value.get("services").and_then(Value::as_map);
    for (service, value) in services.into_iter().flatten() {
        let configs = value.get("configs").and_then(Value::as_list);
        let mut configs = configs.into_iter().flatten();
        let config = configs.find(|one| one.get("source").and_then(Value::as_str) == Some(name));
        let target = config.and_then(|config| config.get("target")?.as_str());
        if let Some(target) = target {
            return config_causes(added, lowered, service, &plain(target), "content");
        }
    }
    Vec::new()
}

/// A value of a section of a definition; where several resources share it, of the last one that has
/// it.
fn section_value(lowered: &Lowered<'_>, section: &str, path: &[Part<'_>]) -> Vec<Cause> {
    let steps: Vec<Step> = path.iter().map(Part::step).collect();
    let resources = lowered.plan.resources.iter().enumerate().rev();
    for (index, resource) in resources {
        let found = resource.provisioned.sections.get_key_value(section);
        let Some((section, tree)) = found else {
            continue;
        };
        let older: Vec<Step> = steps
            .iter()
            .map(|step| match step {
                Step::Key(key) if key == "read_only" => Step::Key("readOnly".to_owned()),
                other => other.clone(),
            })
            .collect();
        if let Some(node) = node_at(tree, &steps).or_else(|| node_at(tree, &older)) {
            return vec![Cause::Rendered {
                resource: index,
                section,
                span: node.span,
            }];
        }
    }
    Vec::new()
}

fn of_service(
    lowered: &Lowered<'_>,
    document: &Value,
    name: &str,
    path: &[Part<'_>],
) -> Vec<Cause> {
    match path {
        [K("labels"), K(file_hashes::LABEL)] | [K("environment"), K(file_hashes::VARIABLE)] => {
            return vec![Cause::Default(&FILES_HASH)];
        }
        [K(section @ ("labels" | "environment")), I(index)] => {
            let entries = document.at(&["services", name, section]);
            let text = entries.and_then(|entries| entries.as_list()?.get(*index)?.as_str());
            let hashes = [file_hashes::LABEL, file_hashes::VARIABLE];
            if text.is_some_and(|text| hashes.iter().any(|hash| text.starts_with(hash))) {
                return vec![Cause::Default(&FILES_HASH)];
            }
        }
        _ => {}
    }
    if name == HELPER {
        return vec![Cause::Default(&HELPER_PROGRAM)];
    }
    if name == COLLECTOR
        && let Some((_, span)) = collector::settings(lowered.plan, lowered.options)
    {
        return by(vec![Cause::Part("features.telemetry", span)], &TELEMETRY);
    }
    let service = document.at(&["services", name]).unwrap_or(&Value::Null);
    let causes = match Of::find(lowered, name) {
        Some(of) => Of { service, ..of }.causes(path),
        None => section_value(lowered, "services", &[&[K(name)], path].concat()),
    };
    match path {
        [K("ports"), I(index), K(key)] if causes.is_empty() => {
            published(lowered, service, *index, key)
        }
        _ => causes,
    }
}

/// A port that the environment or a flag publishes.
fn published(lowered: &Lowered<'_>, service: &Value, index: usize, key: &str) -> Vec<Cause> {
    let ports = service.get("ports").and_then(Value::as_list);
    let port = ports.and_then(|ports| ports.get(index));
    let text = |key: &str| port.and_then(|port| port.get(key)?.as_str());
    let mut requests = lowered.options.publish.iter();
    let request = requests.find(|request| {
        let address = request.address.map(|address| address.to_string());
        text("published") == Some(&request.host_port.to_string())
            && text("host_ip") == address.as_deref()
    });
    request.map_or_else(Vec::new, |request| {
        let causes = vec![Cause::Part("publish", request.span)];
        match key {
            "protocol" => by(causes, &UDP),
            _ => causes,
        }
    })
}

/// A service of a workload.
struct Of<'a> {
    lowered: &'a Lowered<'a>,
    workload: &'a Workload,
    container: &'a Container,
    written: WrittenWorkload<'a>,
    service: &'a Value,
}

impl<'a> Of<'a> {
    fn find(lowered: &'a Lowered<'a>, name: &str) -> Option<Of<'a>> {
        let workloads = lowered.plan.workloads.iter();
        let mut services = workloads.flat_map(|workload| {
            let containers = workload.containers.iter();
            containers.map(move |container| (workload, container))
        });
        let (workload, container) =
            services.find(|(workload, container)| service_name(workload, container) == name)?;
        Some(Of {
            lowered,
            workload,
            container,
            written: lowered.written(&workload.name.value)?,
            service: &Value::Null,
        })
    }

    fn value<const N: usize>(&self, path: [&str; N]) -> Vec<Cause> {
        let name = self.container.name.value.as_str();
        self.written
            .value(["containers", name].into_iter().chain(path))
    }

    fn name(&self) -> Vec<Cause> {
        self.written.value(["metadata", "name"])
    }

    fn item(&self, path: &[&str], index: usize) -> Vec<Cause> {
        let name = self.container.name.value.as_str();
        let mut steps = keys(["containers", name].into_iter().chain(path.iter().copied()));
        steps.push(Step::Index(index));
        self.written.value_at(steps)
    }

    fn causes(&self, path: &[Part<'_>]) -> Vec<Cause> {
        match path {
            [K("image")] => self.value(["image"]),
            [K("build"), rest @ ..] => self.build(rest),
            [K("hostname")] => by(self.name(), &HOST_NAME),
            [K("networks"), K(name), rest @ ..] => self.network(name, rest),
            [K("network_mode")] => by(self.owner(), &NETWORK),
            [K("entrypoint"), I(index)] => self.item(&["command"], *index),
            [K("command"), I(index)] => self.item(&["args"], *index),
            [K("environment"), K(name)] => self.variable(name),
            [K("depends_on"), K(service), ..] => self.waits_for(service),
            [K("healthcheck"), rest @ ..] => self.health_check(rest),
            [K("expose"), I(index)] => by(self.exposed(*index), &EXPOSE),
            [K("volumes"), I(index), rest @ ..] => self.mount(*index, rest),
            [K("models"), I(index)] => self.model(*index),
            [K("restart")] => by(vec![Cause::Setting("values.restart")], &RESTART),
            [K("deploy"), K("resources"), K(bound), K(amount)] => {
                let bound = match *bound {
                    "reservations" => "requests",
                    bound => bound,
                };
                let quantities = match bound {
                    "limits" => &self.container.limits,
                    _ => &self.container.requests,
                };
                let place = places::amount(quantities, amount);
                let amount = if *amount == "cpus" { "cpu" } else { amount };
                let own = self.value(["resources", bound, amount]);
                self.written.or_default(own, place)
            }
            [K("deploy"), K("replicas")] => self.default(&["replicas"]),
            [K("stop_grace_period")] => self.default(&["terminationGracePeriodSeconds"]),
            [K("labels"), K(key)] => self.default(&["labels", key]),
            [K("annotations"), K(WORKLOAD_NAME)] => self.name(),
            [K("annotations"), K(key)] => self.written.or_default(
                self.written.value(["metadata", "annotations", key]),
                self.workload.defaults.place(&["annotations", key]),
            ),
            _ => Vec::new(),
        }
    }

    fn variable(&self, name: &str) -> Vec<Cause> {
        let own = self.value(["variables", name]);
        let text = self.container.variable(name);
        let features = &self.lowered.options.features;
        let place = text.and_then(|text| fill::place(self.workload, (name, text), features));
        match place {
            Some(span) => {
                let feature = Cause::Part("features.telemetry", span);
                by(own.into_iter().chain([feature]).collect(), &TELEMETRY)
            }
            None => own,
        }
    }

    fn default(&self, path: &[&str]) -> Vec<Cause> {
        self.written.default(self.workload.defaults.place(path))
    }

    fn build(&self, path: &[Part<'_>]) -> Vec<Cause> {
        let Some(build) = &self.container.build else {
            return Vec::new();
        };
        let steps: Vec<Step> = path.iter().map(Part::step).collect();
        let node = match build {
            Build::Context(_) => None,
            Build::Section(node) => node_at(node, &steps),
        };
        let span = node.map_or_else(|| build.span(), |node| node.span);
        let causes = vec![Cause::Part("builds", span)];
        match path {
            [K("context" | "additional_contexts"), ..] => by(causes, &BUILD),
            _ => causes,
        }
    }

    fn network(&self, name: &str, path: &[Part<'_>]) -> Vec<Cause> {
        match path {
            [K("aliases"), ..] => by(self.name(), &HOST_NAME),
            _ => {
                let resources = self.workload.resources.iter().filter(|index| {
                    networks::needed(&[**index], &self.lowered.plan.resources)
                        .iter()
                        .any(|other| other == name)
                });
                let causes = resources.map(|index| Cause::Resource(*index)).collect();
                by(causes, &OTHER_NETWORKS)
            }
        }
    }

    /// The container with the network of the workload.
    fn owner(&self) -> Vec<Cause> {
        let mode = self.service.get("network_mode").and_then(Value::as_str);
        let owner = mode.and_then(|mode| mode.strip_prefix("service:"));
        self.container_of(owner.unwrap_or_default())
    }

    /// The key of the container of the same workload with this service.
    fn container_of(&self, service: &str) -> Vec<Cause> {
        let mut containers = self.workload.containers.iter();
        let container = containers.find(|one| service_name(self.workload, one) == service);
        container.map_or_else(Vec::new, |container| {
            [
                self.name(),
                self.written.key(["containers", &container.name.value]),
            ]
            .concat()
        })
    }

    fn waits_for(&self, service: &str) -> Vec<Cause> {
        if service == HELPER {
            return vec![Cause::Default(&HELPER_PROGRAM)];
        }
        let mut others = self.workload.containers.iter();
        if let Some(other) = others.find(|one| service_name(self.workload, one) == service) {
            let own = &self.container.name.value;
            let entries = other
                .before
                .iter()
                .filter(|one| one.container.value == *own);
            let causes = entries.flat_map(|entry| self.written.place(entry.span));
            let mut causes: Vec<Cause> = causes.collect();
            if other
                .before
                .iter()
                .all(|entry| entry.ready != Ready::Healthy)
            {
                return by(causes, &WAITS_FOR_CONTAINER);
            }
            causes.push(Cause::Default(&HEALTH_CHECK));
            return by(causes, &WAITS_FOR_CONTAINER);
        }
        let resources = self.workload.resources.iter();
        let from_resource = resources.filter_map(|index| {
            let resource = self.lowered.plan.resources.get(*index)?;
            let services = resource.provisioned.sections.get("services")?;
            Some((*index, services.get(service)?.span))
        });
        let causes: Vec<Cause> = from_resource
            .map(|(resource, span)| Cause::Rendered {
                resource,
                section: "services",
                span,
            })
            .collect();
        if !causes.is_empty() {
            return decided(&WAITS_FOR_RESOURCE, causes);
        }
        let called = Of::find(self.lowered, service);
        let calls = self.workload.resources.iter().filter(|index| {
            let calls = &self.lowered.plan.resources[**index].provisioned.calls;
            let called = called.as_ref();
            called.is_some_and(|called| calls.ports.contains_key(&called.workload.name.value))
        });
        let calls = calls.map(|index| Cause::Resource(*index)).collect();
        let causes = decided(&WAITS_FOR_WORKLOAD, calls);
        match self.lowered.options.waits_for_health {
            true => [vec![Cause::Setting("values.waitUntil")], causes].concat(),
            false => causes,
        }
    }

    fn health_check(&self, path: &[Part<'_>]) -> Vec<Cause> {
        let probe = match self.container.readiness {
            Some(_) => "readinessProbe",
            None => "livenessProbe",
        };
        let effective = healthcheck::effective_probe(self.container);
        let is_http = effective.is_some_and(healthcheck::needs_helper);
        match path {
            [K("test"), I(0)] => decided(&HEALTH_CHECK, self.value([probe])),
            [K("test"), I(index)] if !is_http => self.item(&[probe, "exec", "command"], index - 1),
            [K("test"), I(index)] => by(self.http_part(probe, *index), &HELPER_PROGRAM),
            [K(key)] => by(self.timing(key), &HEALTH_CHECK),
            _ => vec![Cause::Default(&HEALTH_CHECK)],
        }
    }

    /// The defaults that a field of the health check is from.
    fn timing(&self, key: &str) -> Vec<Cause> {
        let timings = healthcheck::timings(self.container);
        let place = |key| timings.get(key).map(|number| number.span);
        let startup = self.container.probes.startup.as_ref();
        let place = match key {
            "interval" => place("periodSeconds"),
            "timeout" => place("timeoutSeconds"),
            "retries" => place("failureThreshold"),
            _ => startup
                .map(|startup| startup.span)
                .or(place("initialDelaySeconds")),
        };
        self.written.default(place)
    }

    /// A word of the command for an `httpGet` probe: a header, or the URL at its end.
    fn http_part(&self, probe: &str, index: usize) -> Vec<Cause> {
        let test = self.service.at(&["healthcheck", "test"]);
        let test = test.and_then(Value::as_list).unwrap_or_default();
        let word = test.get(index).and_then(Value::as_str).unwrap_or_default();
        let before = index.checked_sub(1).and_then(|index| test.get(index));
        let field = |key| self.value([probe, "httpGet", key]);
        if index + 1 == test.len() {
            return ["path", "port", "host", "scheme"]
                .into_iter()
                .flat_map(field)
                .collect();
        }
        if before.and_then(Value::as_str) != Some("--header") {
            return Vec::new();
        }
        let headers = self.written.tree.get("containers");
        let path = keys([
            self.container.name.value.as_str(),
            probe,
            "httpGet",
            "httpHeaders",
        ]);
        let headers = headers.and_then(|tree| node_at(tree, &path));
        let headers = headers.map(list).unwrap_or_default();
        let mut headers = headers.iter();
        let header = headers.find(|header| {
            let text = |key| header.get(key).and_then(Node::as_str).unwrap_or_default();
            format!("{}: {}", text("name"), text("value")) == plain(word)
        });
        let value = header.and_then(|header| header.get("value"));
        value.map_or_else(Vec::new, |value| self.written.place(value.span))
    }

    fn exposed(&self, index: usize) -> Vec<Cause> {
        let exposed = self.service.get("expose").and_then(Value::as_list);
        let text = exposed.and_then(|list| list.get(index)?.as_str());
        let mut ports = self.workload.ports.iter();
        let port = ports.find(|port| text == Some(service::exposed(port).as_str()));
        port.map_or_else(Vec::new, |port| {
            let field = |key| {
                self.written
                    .value(["service", "ports", &port.name.value, key])
            };
            let fields = [
                field("targetPort"),
                field("port"),
                self.written.place(port.span),
            ];
            fields
                .into_iter()
                .find(|causes| !causes.is_empty())
                .unwrap_or_default()
        })
    }

    fn mount(&self, index: usize, path: &[Part<'_>]) -> Vec<Cause> {
        let mounts = self.service.get("volumes").and_then(Value::as_list);
        let mount = mounts.and_then(|list| list.get(index));
        let target = mount.and_then(|mount| mount.get("target")?.as_str());
        let target = target.map(plain).unwrap_or_default();
        let mut files = self.container.files.iter();
        if let Some(file) = files.find(|file| file.target.value == target) {
            return self.file_mount(file, path);
        }
        let mut volumes = self.container.volumes.iter();
        match volumes.find(|volume| volume.target.value == target) {
            Some(volume) => self.volume_mount(volume, path),
            None => vec![Cause::Default(&HELPER_PROGRAM)],
        }
    }

    fn file_mount(&self, file: &File, path: &[Part<'_>]) -> Vec<Cause> {
        let (target, _) = self.written.mount(file.target.span);
        match path {
            [K("target")] => target,
            [K("source")] => by(target, &FILE_MOUNT),
            _ => decided(&FILE_MOUNT, target),
        }
    }

    fn volume_mount(&self, volume: &Volume, path: &[Part<'_>]) -> Vec<Cause> {
        let (target, entry) = self.written.mount(volume.target.span);
        let mut resources = self.lowered.plan.resources.iter();
        let resource = resources.position(|resource| resource.uid == volume.uid);
        let output = |path: &[Part<'_>]| {
            let steps: Vec<Step> = path.iter().map(Part::step).collect();
            let is_given = value_at(&Value::Map(volume.outputs.clone()), &steps).is_some();
            let cause = resource.filter(|_| is_given).map(|resource| Cause::Output {
                resource,
                path: steps,
            });
            cause.into_iter().collect::<Vec<_>>()
        };
        let sub_path = || self.written.of_mount(&entry, &["path"]);
        match path {
            [K("target")] => target,
            [K("read_only")] => self.written.of_mount(&entry, &["readOnly", "read_only"]),
            [K("source")] if output(path).is_empty() => vec![Cause::Default(&VOLUME)],
            [K("source")] => {
                let kind = volume.outputs.get("type").and_then(Value::as_str);
                let sub_path = if kind == Some("bind") {
                    sub_path()
                } else {
                    Vec::new()
                };
                [output(path), sub_path].concat()
            }
            [K("type")] => match output(path) {
                none if none.is_empty() => vec![Cause::Default(&VOLUME)],
                given => given,
            },
            [K("volume"), K("subpath")] => [output(path), sub_path()].concat(),
            _ => output(path),
        }
    }

    fn model(&self, index: usize) -> Vec<Cause> {
        let models = self.service.get("models").and_then(Value::as_list);
        let name = models.and_then(|list| list.get(index)?.as_str());
        let causes = self.workload.resources.iter().filter_map(|resource| {
            let sections = &self.lowered.plan.resources[*resource].provisioned.sections;
            let entries = sections.get("models")?.as_map()?;
            Some(Cause::Rendered {
                resource: *resource,
                section: "models",
                span: entries.get(name?)?.key,
            })
        });
        by(causes.collect(), &MODELS)
    }
}

/// The objects of a Compose file. What is in none is of the project.
pub(super) fn objects(documents: &[Document]) -> Vec<ObjectName> {
    let sections = ["services", "networks", "volumes", "models", "configs"];
    let mut objects = Vec::new();
    for (document, Document { value, .. }) in documents.iter().enumerate() {
        for section in sections {
            let entries = value.get(section).and_then(Value::as_map);
            objects.extend(entries.into_iter().flatten().map(|(name, entry)| {
                let annotations = entry.get("annotations");
                let workload = annotations.and_then(|map| map.get(WORKLOAD_NAME)?.as_str());
                ObjectName {
                    kind: section.trim_end_matches('s').to_owned(),
                    name: name.into(),
                    workload: workload.map(str::to_owned),
                    document,
                    path: keys([section, name]),
                }
            }));
        }
        objects.push(ObjectName {
            kind: "project".to_owned(),
            name: String::new(),
            workload: None,
            document,
            path: Vec::new(),
        });
    }
    objects
}
