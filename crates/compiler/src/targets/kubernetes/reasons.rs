//! Why the fields of an object of a workload are what they are.

use super::cluster_names;
use super::external_secrets;
use super::features::{INJECT, rollout};
use super::files;
use super::labels::{INSTANCE as INSTANCE_LABEL, WORKLOAD_NAME};
use super::object::{self, is_kind, text};
use super::reasons_of_pods::{FEATURE, TELEMETRY};
use super::reasons_of_workloads::Of;
use super::workload_kind::object_name;
use super::{annotations, api_kinds, defaults, reasons_of_pods};
use crate::features;
use crate::features::telemetry::Telemetry;
use crate::plan::{Container, File};
use crate::support::document::Document;
use crate::support::places::Step;
use crate::support::reasons::Part::{I, K};
use crate::support::reasons::{Cause, DefaultRule, Part, by, default_rules, list, node_at, parts};
use crate::targets::target::{Added, Lowered, ObjectName};
use diagnostics::source::Span;
use diagnostics::value::Value;

default_rules! {
    OBJECT: "targets.md#workload", "a workload becomes a Deployment, unless `k8s.score.dev/kind` says another kind";
    SERVICE: "targets.md#service", "a workload with ports gets a Service";
    HEADLESS: "targets.md#workload", "a StatefulSet gets a headless Service `NAME-headless-svc`";
    SHORTENED: "targets.md#workload", "a name is changed where Kubernetes does not accept that of the workload";
    FILE_OBJECT: "targets.md#files", "each file is a ConfigMap of its own, or a Secret if it contains a secret";
    NAMESPACE_OBJECT: "environments.md#environmentyaml", "`generateNamespace` adds the Namespace object";
    INSTANCE: "targets.md#workload", "the label `app.kubernetes.io/instance` is the name of the object that runs the workload, and selectors use it";
    MANAGED_BY: "targets.md#workload", "objects of workloads are labeled with the program that generates them";
    IMPORTED: "import.md", "an imported workload keeps the label that its deployed selectors have";
    RECREATE: "targets.md#claims-on-kubernetes", "a Deployment that mounts a volume of one node stops the old pod before it starts the new one";
    JOB_RESTART: "targets.md#workload", "a container of a Job or CronJob that fails is restarted in its pod";
    JOB_NAME: "targets.md#jobs", "the name of a Job ends in a hash of what cannot change in it";
    CONCURRENCY: "targets.md#jobs", "a CronJob that mounts a claim of one node waits for its last run";
    CONFIG_HASH: "targets.md#pods", "a hash of the ConfigMaps and Secrets that a pod reads starts a rollout when they change";
    NETWORK_POLICY: "features.md#network-policies", "a network policy allows the calls that the resources of the workloads show";
    POD_SECURITY: "targets.md#pods", "`podSecurity` adds what pods are not allowed to do, `baseline` where nothing is set";
    PREVIEW_NAME: "previews.md#what-depends-on-it", "the name of an object of no namespace that all previews would have ends in the namespace of the preview";
    CLAIM: "targets.md#volumes", "a volume with `claimSpec` is a claim template of a StatefulSet";
}

/// The kinds of the objects of features: the key, the kind, and what is done by it.
const FEATURES: [(&str, &str, &DefaultRule); 5] = [
    ("features.autoscaling", "HorizontalPodAutoscaler", &FEATURE),
    ("features.disruption", "PodDisruptionBudget", &FEATURE),
    ("features.networkPolicies", "NetworkPolicy", &NETWORK_POLICY),
    (TELEMETRY, "PodMonitor", &FEATURE),
    (TELEMETRY, "PrometheusRule", &FEATURE),
];

/// What gave a value of an object of the output.
pub(super) fn causes(lowered: &Lowered<'_>, document: &Document, path: &[Step]) -> Vec<Cause> {
    if path == [Step::Key("metadata".into()), Step::Key("namespace".into())]
        && !writes_namespace(lowered, document)
    {
        return vec![Cause::Setting("namespace")];
    }
    if let Some(place) = retargeted(lowered, document, path) {
        return by(vec![Cause::Part("features.rollout", place)], &FEATURE);
    }
    if is_made_external(lowered, document) {
        return of_external_secret(lowered, document, path);
    }
    match Of::find(lowered, document) {
        Some(of) => of.causes(&parts(path)),
        None => of_definition(lowered, document, path),
    }
}

/// Where the feature is switched on that changed what an object of a definition scales.
fn retargeted(lowered: &Lowered<'_>, document: &Document, path: &[Step]) -> Option<Span> {
    let [K("spec"), K(target), K("apiVersion" | "kind")] = parts(path)[..] else {
        return None;
    };
    let kind = text(&document.value, &["spec", target, "kind"]);
    let is_ours = rollout::TARGETS.contains(&target) && kind == Some(rollout::ROLLOUT[1]);
    let name = text(&document.value, &["spec", target, "name"]).filter(|_| is_ours)?;
    rollout::place(lowered.plan.workload(name)?, &lowered.options.features)
}

/// Whether an ExternalSecret was a Secret.
fn is_made_external(lowered: &Lowered<'_>, document: &Document) -> bool {
    lowered.options.secret_store.is_some()
        && is_kind(document, external_secrets::KIND)
        && of_definition(lowered, document, &[Step::Key("kind".into())]).is_empty()
}

/// What the Secret would have there, or else the setting that made it external.
fn of_external_secret(lowered: &Lowered<'_>, document: &Document, path: &[Step]) -> Vec<Cause> {
    let mut secret = document.clone();
    if let Some(object) = secret.value.as_map_mut() {
        object.insert("kind".to_owned(), "Secret".into());
    }
    let paths = external_secrets::paths_in_secret(path).into_iter();
    let mut written = paths.map(|path| causes(lowered, &secret, &path));
    let written = written.find(|causes| !causes.is_empty());
    written.unwrap_or_else(|| vec![Cause::Setting("secrets")])
}

/// Whether the manifest of a definition gives the namespace of an object.
fn writes_namespace(lowered: &Lowered<'_>, document: &Document) -> bool {
    let name = Step::Key("namespace".into());
    let path = [Step::Key("metadata".into()), name];
    let causes = of_definition(lowered, document, &path);
    causes
        .iter()
        .any(|cause| matches!(cause, Cause::Rendered { .. }))
}

/// The manifest of a definition that an object is, or else the environment, which wants a Namespace.
fn of_definition(lowered: &Lowered<'_>, document: &Document, path: &[Step]) -> Vec<Cause> {
    let resources = lowered.plan.resources.iter().enumerate().rev();
    for (index, resource) in resources.filter(|(_, one)| Some(one.span) == document.origin) {
        let manifests = resource.provisioned.sections.get("manifests");
        let manifests = manifests.map(|section| list(section)).unwrap_or_default();
        let objects = manifests.iter().flat_map(api_kinds::objects);
        let mut objects: Vec<_> = objects.collect();
        objects.reverse();
        let is_same = |object: &&yaml::Node| {
            let value = object.to_value();
            let own = [text(&value, &["kind"]), text(&value, &["metadata", "name"])];
            own == [
                text(&document.value, &["kind"]),
                text(&document.value, &["metadata", "name"]),
            ]
        };
        let written = objects.into_iter().find(is_same);
        if let Some(node) = written.and_then(|object| node_at(object, path)) {
            let (section, span) = ("manifests", node.span);
            return vec![Cause::Rendered {
                resource: index,
                section,
                span,
            }];
        }
    }
    match parts(path).as_slice() {
        _ if document.origin.is_some() => Vec::new(),
        path if text(&document.value, &["kind"]) == Some("ServiceAccount") => {
            of_shared_account(lowered, document, path)
        }
        [K("metadata"), K("name")] => by(vec![Cause::Setting("namespace")], &NAMESPACE_OBJECT),
        [K("metadata"), K("annotations"), K(super::objects::LIFETIME)] => {
            vec![Cause::Setting("lifetime")]
        }
        _ => by(vec![Cause::Setting("generateNamespace")], &NAMESPACE_OBJECT),
    }
}

/// A field of an account that several workloads use.
fn of_shared_account(lowered: &Lowered<'_>, document: &Document, path: &[Part<'_>]) -> Vec<Cause> {
    let name = text(&document.value, &["metadata", "name"]);
    let mut workloads = lowered.plan.workloads.iter();
    let user = workloads.find(|workload| defaults::account(workload) == name);
    let written = user.and_then(|workload| lowered.written(&workload.name.value));
    let (Some(user), Some(written)) = (user, written) else {
        return Vec::new();
    };
    let default = |path: &[&str]| written.default(user.defaults.place(path));
    match path {
        [
            K("metadata"),
            K("labels"),
            K("app.kubernetes.io/managed-by"),
        ] => {
            vec![Cause::Default(&MANAGED_BY)]
        }
        [K("metadata"), K("labels"), _] => vec![Cause::Setting("project")],
        [K("metadata"), K("annotations"), K(key)] => {
            default(&["serviceAccount", "annotations", key])
        }
        _ => default(&["serviceAccount"]),
    }
}

/// What [`super::finish`] added to an object, or changed in it.
pub(super) fn added(lowered: &Lowered<'_>, added: &Added<'_>) -> Vec<Cause> {
    if cluster_names::is_renamed(added, lowered.options) {
        return by(vec![Cause::Setting("namespace")], &PREVIEW_NAME);
    }
    let path = parts(added.path);
    match path.as_slice() {
        [K("metadata"), K("name")] => return vec![Cause::Default(&JOB_NAME)],
        [.., K("annotations"), K("k8s.score.dev/template-hash")] => {
            return vec![Cause::Default(&JOB_NAME)];
        }
        [.., K("annotations"), K("k8s.score.dev/config-hash")] => {
            return vec![Cause::Default(&CONFIG_HASH)];
        }
        [.., K("concurrencyPolicy")] => return vec![Cause::Default(&CONCURRENCY)],
        _ => {}
    }
    let is_security = path
        .iter()
        .any(|part| [K("securityContext"), K("automountServiceAccountToken")].contains(part));
    if !is_security {
        return Vec::new();
    }
    let workload = object::workload(&added.document.value, lowered.plan);
    let workload = workload.and_then(|workload| lowered.written(&workload.name.value));
    let own = workload
        .map(|written| written.value(["metadata", "annotations", annotations::POD_SECURITY]));
    match own {
        Some(own) if !own.is_empty() => by(own, &POD_SECURITY),
        _ => by(vec![Cause::Setting("podSecurity")], &POD_SECURITY),
    }
}

impl<'a> Of<'a> {
    fn kind(&self) -> &str {
        text(&self.document.value, &["kind"]).unwrap_or_default()
    }

    fn causes(&self, path: &[Part<'_>]) -> Vec<Cause> {
        let kind = self.kind();
        let feature = FEATURES.iter().find(|(_, of, _)| *of == kind);
        if let ([K("apiVersion" | "kind" | "spec"), ..], Some((key, _, rule))) = (path, feature) {
            return by(self.feature(key, self.document.places.find(&[])), rule);
        }
        let is_file = ["ConfigMap", "Secret"].contains(&kind);
        match path {
            [K("apiVersion")] | [K("kind")] => self.head(path == [K("kind")]),
            [K("metadata"), rest @ ..] => self.metadata(rest),
            [K("type")] => vec![Cause::Default(&FILE_OBJECT)],
            [K("data" | "binaryData"), K(_)] => self.file().map_or_else(Vec::new, |(_, file)| {
                let (_, entry) = self.written.mount(file.target.span);
                self.written.content(&entry)
            }),
            _ if is_file => Vec::new(),
            [K("spec"), rest @ ..] if kind == "Service" => self.service(rest),
            [K("spec"), rest @ ..] => self.runner(rest),
            _ => Vec::new(),
        }
    }

    /// The place of the settings of `telemetry`.
    pub(super) fn telemetry(&self) -> Option<Span> {
        let features = &self.lowered.options.features;
        let settings = features.of::<Telemetry>(&self.workload.annotations);
        settings.map(|(_, span)| span)
    }

    /// The feature that makes a Deployment a Rollout.
    fn rollout(&self) -> Vec<Cause> {
        let place = rollout::place(self.workload, &self.lowered.options.features);
        by(self.feature("features.rollout", place), &FEATURE)
    }

    /// A feature at its place in the environment, and the annotation of the workload that changes it.
    pub(super) fn feature(&self, key: &'static str, place: Option<Span>) -> Vec<Cause> {
        let name = key.trim_start_matches("features.");
        let own = self.annotation(&format!("{}{name}", features::PREFIX));
        let place = place.map(|span| Cause::Part(key, span));
        place.into_iter().chain(own).collect()
    }

    fn head(&self, is_kind: bool) -> Vec<Cause> {
        let rule = match self.kind() {
            "Service" if self.is_headless() => &HEADLESS,
            "Service" => &SERVICE,
            "ConfigMap" | "Secret" => &FILE_OBJECT,
            "ServiceAccount" => return self.default(&["serviceAccount"]),
            "Rollout" => return self.rollout(),
            _ if is_kind => return by(self.annotation(annotations::KIND), &OBJECT),
            _ => &OBJECT,
        };
        vec![Cause::Default(rule)]
    }

    fn is_headless(&self) -> bool {
        self.kind() == "Service" && text(&self.document.value, &["spec", "clusterIP"]).is_some()
    }

    /// The file that an object holds.
    fn file(&self) -> Option<(&'a Container, &'a File)> {
        let name = text(&self.document.value, &["metadata", "name"])?;
        let mut files = self.files();
        files.find(|(container, file)| {
            files::object_name(self.workload, container, &files::hash(container, file)) == name
        })
    }

    fn metadata(&self, path: &[Part<'_>]) -> Vec<Cause> {
        match path {
            [K("name")] => self.object_name(),
            [K("labels"), K(key)] => self.label(key),
            [K("annotations"), K(key)] if self.is_injected(key) => {
                by(self.feature(TELEMETRY, self.telemetry()), &FEATURE)
            }
            [K("annotations"), K(WORKLOAD_NAME)] => self.name(),
            [K("annotations"), K(key)] if self.kind() == "ServiceAccount" => {
                self.default(&["serviceAccount", "annotations", key])
            }
            [K("annotations"), K(key)] => self.written.or_default(
                self.annotation(key),
                self.workload.defaults.place(&["annotations", key]),
            ),
            _ => Vec::new(),
        }
    }

    /// Whether an annotation comes from the feature `telemetry`.
    fn is_injected(&self, key: &str) -> bool {
        key.starts_with(INJECT) && self.annotation(key).is_empty()
    }

    fn object_name(&self) -> Vec<Cause> {
        if self.kind() == "ServiceAccount" {
            return self.default(&["serviceAccount"]);
        }
        let written = text(&self.document.value, &["metadata", "name"]);
        let is_own = written == Some(&self.workload.name.value);
        match self.kind() {
            "ConfigMap" | "Secret" => {
                let container = self.file().map(|(container, _)| &container.name.value);
                let mut causes = self.name();
                causes.extend(
                    container
                        .map(|name| self.written.key(["containers", name]))
                        .into_iter()
                        .flatten(),
                );
                by(causes, &FILE_OBJECT)
            }
            "Service" if self.is_headless() => by(self.name(), &HEADLESS),
            "Service" => match self.annotation(annotations::SERVICE_NAME) {
                none if none.is_empty() && is_own => self.name(),
                none if none.is_empty() => by(self.name(), &SHORTENED),
                name => name,
            },
            _ if is_own => self.name(),
            _ => by(self.name(), &SHORTENED),
        }
    }

    fn label(&self, key: &str) -> Vec<Cause> {
        match key {
            "app.kubernetes.io/name" => self.name(),
            "app.kubernetes.io/part-of" => vec![Cause::Setting("project")],
            "app.kubernetes.io/managed-by" => vec![Cause::Default(&MANAGED_BY)],
            key if self.workload.defaults.labels.contains_key(key) => {
                self.default(&["labels", key])
            }
            INSTANCE_LABEL => self.instance(),
            _ => by(self.feature(TELEMETRY, self.telemetry()), &FEATURE),
        }
    }

    /// The label that selectors use.
    fn instance(&self) -> Vec<Cause> {
        let mut causes = by(self.name(), &INSTANCE);
        let name = &self.workload.name.value;
        if self.workload.instance_suffix.is_some() {
            causes.push(Cause::Default(&IMPORTED));
        } else if object_name(name, &self.workload.annotations) != *name {
            causes.push(Cause::Default(&SHORTENED));
        }
        causes
    }

    fn service(&self, path: &[Part<'_>]) -> Vec<Cause> {
        match path {
            [K("selector"), _] => self.instance(),
            [K("clusterIP")] => vec![Cause::Default(&HEADLESS)],
            [K("ports"), I(index), K(key)] => self.port(*index, key),
            _ => Vec::new(),
        }
    }

    /// The `spec` of what runs the pods.
    fn runner(&self, path: &[Part<'_>]) -> Vec<Cause> {
        match path {
            [K("jobTemplate"), K("spec"), rest @ ..] => self.runner(rest),
            [K("selector"), K("matchLabels"), _] => self.instance(),
            [K("replicas")] => self.default(&["replicas"]),
            [K("strategy"), K("canary"), K("steps"), ..] => self.rollout(),
            [K("strategy"), K("rollingUpdate" | "canary"), K(key)] => {
                self.default(&["strategy", "rollingUpdate", key])
            }
            [K("strategy"), K("type")] => {
                let written = text(&self.document.value, &["spec", "strategy", "type"]);
                match &self.workload.defaults.strategy.kind {
                    Some(kind) if written == Some(kind.value) => {
                        self.default(&["strategy", "type"])
                    }
                    _ => vec![Cause::Default(&RECREATE)],
                }
            }
            [K("serviceName")] => by(self.name(), &HEADLESS),
            [K("schedule")] => self.annotation(annotations::SCHEDULE),
            [K("timeZone")] => self.annotation(annotations::TIME_ZONE),
            [K("ttlSecondsAfterFinished")] => self.annotation(annotations::JOB_TTL),
            [K("volumeClaimTemplates"), I(index), rest @ ..] => self.claim(*index, rest),
            [K("template"), K("metadata"), rest @ ..] => self.metadata(rest),
            [K("template"), K("spec"), K("restartPolicy")] => {
                vec![Cause::Default(&JOB_RESTART)]
            }
            [K("template"), K("spec"), rest @ ..] => reasons_of_pods::causes(self, rest),
            _ => Vec::new(),
        }
    }

    fn claim(&self, index: usize, path: &[Part<'_>]) -> Vec<Cause> {
        let name = ["spec", "volumeClaimTemplates"];
        let claims = self.document.value.at(&name).and_then(Value::as_list);
        let claim = claims.and_then(|claims| claims.get(index));
        let name = claim.and_then(|claim| text(claim, &["metadata", "name"]));
        match path {
            [K("metadata"), K("name")] => by(
                reasons_of_pods::volume(self, name, &[]),
                &reasons_of_pods::VOLUME_NAME,
            ),
            [K("spec"), rest @ ..] => {
                let rest = [&[K("claimSpec")], rest].concat();
                reasons_of_pods::volume(self, name, &rest)
            }
            _ => vec![Cause::Default(&CLAIM)],
        }
    }
}

/// The objects of an output.
pub(super) fn objects(documents: &[Document]) -> Vec<ObjectName> {
    let documents = documents.iter().enumerate();
    let objects = documents.map(|(document, Document { value, .. })| {
        let text = |path: &[&str]| text(value, path).map(str::to_owned);
        ObjectName {
            kind: text(&["kind"]).unwrap_or_default(),
            name: text(&["metadata", "name"]).unwrap_or_default(),
            workload: text(&["metadata", "annotations", WORKLOAD_NAME]),
            document,
            path: Vec::new(),
        }
    });
    objects.collect()
}
