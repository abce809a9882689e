//! One `environment.yaml`, before it is merged with what it extends.

use indexmap::IndexMap;

use super::base::Base;
use super::preview::Preview;
use compiler::model::Build;
use compiler::patch::SelectorPatch;
use compiler::policy::{Exceptions, PolicyProgram};
use compiler::recovery::{Incomplete, Part};
use compiler::targets::publish::Publish;
use compiler::targets::secret_store::SecretStore;
use compiler::targets::target::{PodSecurity, SecretsSetting, Target};
use diagnostics::report::Reported;
use diagnostics::source::{Span, Spanned};
use yaml::Node;

/// One `environment.yaml`. Keys that it does not have are `None` or empty.
pub struct EnvironmentFile {
    /// The name, which is that of the directory.
    pub name: String,
    /// The directory, which paths to files are relative to.
    pub base: Base,
    /// The beginning of the file.
    pub start: Span,
    /// The target.
    pub target: Option<Spanned<&'static dyn Target>>,
    /// The environment to merge this one into: a name, or a path from the directory.
    pub extends: Option<Spanned<String>>,
    /// The settings of previews, if the environment is for them.
    pub preview: Option<Preview>,
    /// Whether this is the default environment.
    pub default: Option<Spanned<bool>>,
    /// The project's name.
    pub project: Option<Spanned<String>>,
    /// What enters derived names and passwords instead of the environment's name.
    pub identity: Option<Spanned<String>>,
    /// Where secrets are written.
    pub secrets: Option<Spanned<SecretsSetting>>,
    /// Kubernetes: the store of `secrets: external`.
    pub secret_store: Option<SecretStore>,
    /// Kubernetes: the namespace of all objects.
    pub namespace: Option<Spanned<String>>,
    /// Kubernetes: whether the namespace is written too.
    pub generate_namespace: Option<Spanned<bool>>,
    /// Kubernetes: what pods of workloads are not allowed to do.
    pub pod_security: Option<Spanned<PodSecurity>>,
    /// Sources of definitions, as written; an item that could not be read is `None`. Without the
    /// key the definitions of the directory count, with an empty list none do.
    pub provisioners: Option<Vec<Option<Spanned<String>>>>,
    /// The types of built-in definitions, if no mention of `builtin` is for all.
    pub builtin_kinds: Option<Spanned<Vec<String>>>,
    /// The types of resources that are forbidden: a mapping that was checked.
    pub forbidden_types: Option<Node>,
    /// The levels of rules: a mapping that was checked.
    pub rules: Option<Node>,
    /// Files to merge into workloads.
    pub overrides: Vec<Override>,
    /// Images by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub images: IndexMap<String, ForContainer<String>>,
    /// Compose: builds by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub builds: IndexMap<String, ForContainer<Build>>,
    /// Compose: ports of the host.
    pub publish: Vec<Spanned<(String, Publish)>>,
    /// Patches, in order.
    pub patches: Vec<ListEntry<SelectorPatch>>,
    /// What patches of workloads may change: a mapping that was checked.
    pub patchable: Option<Node>,
    /// Kubernetes: sources of schemas of custom kinds, as written.
    pub schemas: Vec<Spanned<String>>,
    /// Kubernetes: policies.
    pub policies: Vec<ListEntry<PolicyProgram>>,
    /// Kubernetes: whether Score files can have exceptions from policies.
    pub exceptions: Option<Spanned<Exceptions>>,
    /// Kubernetes: the labels of the namespace, which policies select by.
    pub namespace_labels: Option<Node>,
    /// Values for provisioners: a mapping.
    pub values: Option<Node>,
    /// The defaults: a mapping that was checked.
    pub defaults: Option<Node>,
    /// The features: a mapping that was checked.
    pub features: Option<Node>,
    /// The workloads elsewhere: a mapping that was checked.
    pub external_workloads: Option<Node>,
    /// The path of the output, from the project directory.
    pub output: Option<Spanned<String>>,
    /// Keys that only one target has, with the name of that target.
    pub target_keys: Vec<(Spanned<&'static str>, &'static str)>,
    /// The parts that could not be read.
    pub incomplete: Incomplete,
}

/// The parts that the keys of an environment are.
const PARTS: [(&str, Part); 8] = [
    ("target", Part::Target),
    ("extends", Part::Extends),
    ("provisioners", Part::Definitions),
    ("overrides", Part::Overrides),
    ("images", Part::Images),
    ("builds", Part::Images),
    ("values", Part::Values),
    ("externalWorkloads", Part::ExternalWorkloads),
];

/// An environment of which nothing could be read.
pub(super) fn unread(error: Reported) -> Incomplete {
    let mut incomplete = Incomplete::default();
    incomplete.fail(error);
    PARTS.into_iter().for_each(|(_, part)| incomplete.add(part));
    incomplete
}

/// Adds what an unknown key may be meant for; all parts for `None`.
pub(super) fn add_unknown_key(incomplete: &mut Incomplete, key: Option<&str>) {
    let parts = PARTS
        .into_iter()
        .filter(|(name, _)| key.is_none_or(|key| key == *name));
    parts.for_each(|(_, part)| incomplete.add(part));
}

/// An item of a list of sources, in which something may be written instead of a source.
pub enum ListEntry<T> {
    /// A source, as written.
    Source(Spanned<String>),
    /// What is written instead, and what it is read from.
    Inline(Box<T>, Node),
}

/// A file that is merged into workloads.
pub struct Override {
    /// The workload; every workload when `None`.
    pub workload: Option<Spanned<String>>,
    /// The file, from the directory of the environment.
    pub file: Spanned<String>,
}

/// A value for a workload or one of its containers.
#[derive(Clone)]
pub struct ForContainer<T> {
    /// The workload.
    pub workload: Spanned<String>,
    /// The container; `None` for all of them.
    pub container: Option<Spanned<String>>,
    /// The value.
    pub value: Spanned<T>,
}

impl EnvironmentFile {
    /// An environment without any key.
    pub fn new(name: String, base: Base, start: Span) -> EnvironmentFile {
        EnvironmentFile {
            name,
            base,
            start,
            target: None,
            extends: None,
            preview: None,
            default: None,
            project: None,
            identity: None,
            secrets: None,
            secret_store: None,
            namespace: None,
            generate_namespace: None,
            pod_security: None,
            provisioners: None,
            builtin_kinds: None,
            forbidden_types: None,
            rules: None,
            overrides: Vec::new(),
            images: IndexMap::new(),
            builds: IndexMap::new(),
            publish: Vec::new(),
            patches: Vec::new(),
            patchable: None,
            schemas: Vec::new(),
            policies: Vec::new(),
            exceptions: None,
            namespace_labels: None,
            values: None,
            defaults: None,
            features: None,
            external_workloads: None,
            output: None,
            target_keys: Vec::new(),
            incomplete: Incomplete::default(),
        }
    }
}
