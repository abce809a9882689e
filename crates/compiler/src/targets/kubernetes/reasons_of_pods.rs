//! Why the fields of a pod of a workload are what they are.

use super::reasons_of_workloads::Of;
use super::{environment, files, volumes};
use crate::defaults::places;
use crate::features::fill;
use crate::features::settings::Spread;
use crate::model::Ready;
use crate::placeholder::resolve::Segment;
use crate::plan::{Container, Content, File, Volume};
use crate::support::places::Step;
use crate::support::reasons::Part::{I, K};
use crate::support::reasons::{Cause, Part, WrittenWorkload, by, decided, default_rules, keys};
use diagnostics::value::Value;

default_rules! {
    SERVICE_LINKS: "targets.md#pods", "pods get no variables such as `SHOP_PORT` for other Services";
    FEATURE: "features.md#features", "a feature of the environment adds objects and fields to all workloads";
    SIDECAR: "targets.md#order-of-start", "a container that keeps running and that another one waits for is a sidecar";
    STARTUP: "targets.md#order-of-start", "a sidecar that must be healthy gets a startup probe, every 2 seconds and 60 times";
    KEY_VARIABLE: "secrets.md#where-secrets-are-written", "a key of a Secret or ConfigMap that is a part of a text gets a variable of its own";
    KEY_OF_CLUSTER: "secrets.md#where-secrets-are-written", "a value from a Secret or ConfigMap of the cluster is a reference to it";
    PORTS: "targets.md#service", "the ports of the Service are listed for one container, and a name that is not valid there is left out";
    VOLUME_NAME: "targets.md#volumes", "the name of a volume in a pod is derived from its resource, or from the container and the path of a file";
    FILE_MOUNT: "targets.md#files", "each file is mounted read-only at its path, under the last part of the path";
}

/// The key of the feature whose variables containers get.
pub(super) const TELEMETRY: &str = "features.telemetry";

/// What gave a value of the `spec` of a pod.
pub(super) fn causes(of: &Of<'_>, path: &[Part<'_>]) -> Vec<Cause> {
    match path {
        [K("terminationGracePeriodSeconds")] => of.default(&["terminationGracePeriodSeconds"]),
        [K("serviceAccountName")] => of.default(&["serviceAccount"]),
        [K("imagePullSecrets"), I(index), _] => {
            let secret = of.workload.defaults.image_pull_secrets.get(*index);
            of.written.default(secret.map(|name| name.span))
        }
        [K("topologySpreadConstraints"), ..] => {
            let spread = of
                .lowered
                .options
                .features
                .of::<Spread>(&of.workload.annotations);
            by(
                of.feature("features.spread", spread.map(|(_, span)| span)),
                &FEATURE,
            )
        }
        [K("enableServiceLinks")] => vec![Cause::Default(&SERVICE_LINKS)],
        [
            K(key @ ("containers" | "initContainers")),
            I(index),
            rest @ ..,
        ] => {
            let list = Step::Key((*key).to_owned());
            let found = of.in_pod(&[list, Step::Index(*index)]).and_then(|object| {
                let name = object.get("name")?.as_str()?;
                let mut containers = of.workload.containers.iter();
                let container = containers.find(|one| one.name.value == name)?;
                Some(InContainer {
                    of,
                    container,
                    object,
                })
            });
            found.map_or_else(Vec::new, |container| container.causes(rest))
        }
        [K("volumes"), I(index), rest @ ..] => {
            let list = Step::Key("volumes".to_owned());
            let volume = of.in_pod(&[list, Step::Index(*index)]);
            let name = volume.and_then(|volume| volume.get("name")?.as_str());
            pod_volume(of, name, rest)
        }
        _ => Vec::new(),
    }
}

/// A field of a volume of a pod.
fn pod_volume(of: &Of<'_>, name: Option<&str>, path: &[Part<'_>]) -> Vec<Cause> {
    let mut files = of.files();
    let file = files
        .find(|(container, file)| name == Some(&files::volume_name(&files::hash(container, file))));
    match (file, path) {
        (Some((container, file)), path) => file_volume(&of.written, container, file, path),
        (None, [K("name")]) => by(volume(of, name, &[]), &VOLUME_NAME),
        (None, path) => volume(of, name, &[&[K("source")], path].concat()),
    }
}

/// A field of the volume of a file.
fn file_volume(
    written: &WrittenWorkload<'_>,
    container: &Container,
    file: &File,
    path: &[Part<'_>],
) -> Vec<Cause> {
    let (target, entry) = written.mount(file.target.span);
    let is_reference = match &file.content {
        Content::Text(text) => matches!(
            text.segments.as_slice(),
            [Segment::Secret { .. } | Segment::ConfigMap { .. }]
        ),
        Content::Bytes(_) => false,
    };
    match path {
        [K("name")] => by(target, &VOLUME_NAME),
        [.., K("mode")] => written.of_mount(&entry, &["mode"]),
        [.., K("name" | "secretName" | "key")] if is_reference => {
            decided(&KEY_OF_CLUSTER, written.content(&entry))
        }
        [.., K("key" | "path")] => by(target, &FILE_MOUNT),
        _ => {
            let mut causes = written.value(["metadata", "name"]);
            causes.extend(written.key(["containers", &container.name.value]));
            by([causes, target].concat(), &FILE_MOUNT)
        }
    }
}

/// An output of the resource whose volume has this name in the pod; without a path, the volume's
/// resource.
pub(super) fn volume(of: &Of<'_>, name: Option<&str>, path: &[Part<'_>]) -> Vec<Cause> {
    let containers = of.workload.containers.iter();
    let mut all = containers.flat_map(|container| &container.volumes);
    let volume = all.find(|volume| name == Some(&volumes::name(volume)));
    volume.map_or_else(Vec::new, |volume| output(of, volume, path))
}

fn output(of: &Of<'_>, volume: &Volume, path: &[Part<'_>]) -> Vec<Cause> {
    let mut resources = of.lowered.plan.resources.iter();
    let resource = resources.position(|resource| resource.uid == volume.uid);
    let cause = resource.map(|resource| match path {
        [] => Cause::Resource(resource),
        path => Cause::Output {
            resource,
            path: path.iter().map(Part::step).collect(),
        },
    });
    cause.into_iter().collect()
}

/// A container of a pod.
struct InContainer<'a> {
    of: &'a Of<'a>,
    container: &'a Container,
    object: &'a Value,
}

impl InContainer<'_> {
    fn value<const N: usize>(&self, path: [&str; N]) -> Vec<Cause> {
        let name = self.container.name.value.as_str();
        let head = ["containers", name].into_iter();
        self.of.written.value(head.chain(path))
    }

    fn item(&self, key: &str, index: usize) -> Vec<Cause> {
        let name = self.container.name.value.as_str();
        let mut path = keys(["containers", name, key]);
        path.push(Step::Index(index));
        self.of.written.value_at(path)
    }

    fn causes(&self, path: &[Part<'_>]) -> Vec<Cause> {
        let name = self.container.name.value.as_str();
        match path {
            [K("name")] => self.of.written.key(["containers", name]),
            [K("image")] => self.value(["image"]),
            [K(list @ ("command" | "args")), I(index)] => self.item(list, *index),
            [K("env"), I(index), rest @ ..] => self.variable(*index, rest),
            [K("resources"), K(bound), K(amount)] => {
                let quantities = match *bound {
                    "limits" => &self.container.limits,
                    _ => &self.container.requests,
                };
                let place = places::amount(quantities, amount);
                let own = self.value(["resources", bound, amount]);
                self.of.written.with_default(own, place)
            }
            [K(probe @ ("livenessProbe" | "readinessProbe")), K(key)]
                if self.container.probes.place(probe, key).is_some() =>
            {
                self.of
                    .written
                    .default(self.container.probes.place(probe, key))
            }
            [K("startupProbe"), rest @ ..] if !self.must_be_healthy() => self.startup(rest),
            [K("restartPolicy")] => decided(&SIDECAR, self.before()),
            [K("startupProbe"), K("periodSeconds" | "failureThreshold")] => {
                decided(&STARTUP, self.before())
            }
            [K("startupProbe"), rest @ ..] => {
                let probe = match self.container.readiness {
                    Some(_) => "readinessProbe",
                    None => "livenessProbe",
                };
                by(self.probe(probe, rest), &STARTUP)
            }
            [K(probe @ ("livenessProbe" | "readinessProbe")), rest @ ..] => self.probe(probe, rest),
            [K("ports"), I(index), K(key)] => self.port(*index, key),
            [K("volumeMounts"), I(index), K(key)] => self.mount(*index, key),
            _ => Vec::new(),
        }
    }

    /// The entries of `before` that make the container a sidecar.
    fn before(&self) -> Vec<Cause> {
        let entries = self.container.before.iter();
        let started = entries.filter(|entry| entry.ready != Ready::Complete);
        let causes = started.flat_map(|entry| self.of.written.place(entry.span));
        causes.collect()
    }

    fn must_be_healthy(&self) -> bool {
        let mut entries = self.container.before.iter();
        entries.any(|entry| entry.ready == Ready::Healthy)
    }

    /// A startup probe by the defaults, which asks what the liveness probe asks.
    fn startup(&self, path: &[Part<'_>]) -> Vec<Cause> {
        let probes = &self.container.probes;
        if let [K(key)] = path
            && let Some(place) = probes.place("startupProbe", key)
        {
            return self.of.written.default(Some(place));
        }
        let mut causes = self.probe("livenessProbe", path);
        let startup = probes.startup.as_ref();
        causes.extend(self.of.written.default(startup.map(|startup| startup.span)));
        causes
    }

    fn probe(&self, probe: &str, path: &[Part<'_>]) -> Vec<Cause> {
        let name = self.container.name.value.as_str();
        let mut steps = keys(["containers", name, probe]);
        steps.extend(path.iter().map(Part::step));
        self.of.written.value_at(steps)
    }

    /// A variable, or one that score-rs adds for a key of a Secret or ConfigMap.
    fn variable(&self, index: usize, path: &[Part<'_>]) -> Vec<Cause> {
        let variables = self.object.get("env").and_then(Value::as_list);
        let variable = variables.and_then(|list| list.get(index));
        let Some(name) = variable.and_then(|one| one.get("name")?.as_str()) else {
            return Vec::new();
        };
        let own = self.container.name.value.as_str();
        if let Some(text) = self.container.variable(name) {
            let features = &self.of.lowered.options.features;
            let place = fill::place(self.of.workload, (name, text), features);
            if place.is_some() {
                let own = self.value(["variables", name]);
                let feature = self.of.feature(TELEMETRY, place);
                return by([own, feature].concat(), &FEATURE);
            }
            return match path {
                [K("name")] => self.of.written.key(["containers", own, "variables", name]),
                [K("value")] => self.value(["variables", name]),
                _ => decided(&KEY_OF_CLUSTER, self.value(["variables", name])),
            };
        }
        // The variables whose text has the key.
        let source = variable.and_then(|one| one.get("valueFrom"));
        let users = self.container.variables.iter().filter(|(_, value)| {
            let segments = value.segments.iter();
            let mut sources = segments.filter_map(environment::source_value);
            sources.any(|other| Some(&other) == source)
        });
        let causes = users.flat_map(|(name, _)| self.value(["variables", &name.value]));
        decided(&KEY_VARIABLE, causes.collect())
    }

    fn port(&self, index: usize, key: &str) -> Vec<Cause> {
        let ports = self.object.get("ports").and_then(Value::as_list);
        let written = ports.and_then(|list| list.get(index));
        let number = written.and_then(|port| port.get("containerPort"));
        let protocol = written.and_then(|port| port.get("protocol")?.as_str());
        let mut ports = self.of.workload.ports.iter();
        let port = ports.position(|port| {
            number == Some(&Value::from(i64::from(port.target_port)))
                && protocol == Some(port.protocol.name())
        });
        port.map_or_else(Vec::new, |port| by(self.of.port(port, key), &PORTS))
    }

    fn mount(&self, index: usize, key: &str) -> Vec<Cause> {
        let mounts = self.object.get("volumeMounts").and_then(Value::as_list);
        let mount = mounts.and_then(|list| list.get(index));
        let path = mount.and_then(|mount| mount.get("mountPath")?.as_str());
        let written = self.of.written;
        let mut files = self.container.files.iter();
        if let Some(file) = files.find(|file| Some(file.target.value.as_str()) == path) {
            let (target, _) = written.mount(file.target.span);
            return match key {
                "mountPath" => target,
                "name" => by(target, &VOLUME_NAME),
                "readOnly" => decided(&FILE_MOUNT, target),
                _ => by(target, &FILE_MOUNT),
            };
        }
        let mut volumes = self.container.volumes.iter();
        let volume = volumes.find(|volume| Some(volume.target.value.as_str()) == path);
        let Some(volume) = volume else {
            return Vec::new();
        };
        let (target, entry) = written.mount(volume.target.span);
        match key {
            "mountPath" => target,
            "subPath" => written.of_mount(&entry, &["path"]),
            "readOnly" => written.of_mount(&entry, &["readOnly", "read_only"]),
            _ => {
                let resource = output(self.of, volume, &[]);
                let source = written.of_mount(&entry, &["source"]);
                by([source, resource].concat(), &VOLUME_NAME)
            }
        }
    }
}
