//! One `environment.yaml`, before it is merged with what it extends.

use std::path::PathBuf;

use indexmap::IndexMap;

use compiler::model::Build;
use compiler::targets::publish::Publish;
use compiler::targets::target::Target;
use diagnostics::report::Reported;
use diagnostics::source::{Span, Spanned};
use yaml::Node;

/// One `environment.yaml`. Keys that it does not have are `None` or empty.
pub struct EnvironmentFile {
    /// The name, which is that of the directory.
    pub name: String,
    /// The directory, which paths to files are relative to.
    pub directory: PathBuf,
    /// The beginning of the file.
    pub start: Span,
    /// The target.
    pub target: Option<Spanned<&'static dyn Target>>,
    /// The environment to merge this one into: a name, or a path from the directory.
    pub extends: Option<Spanned<String>>,
    /// Whether this is the default environment.
    pub default: Option<Spanned<bool>>,
    /// The project's name.
    pub project: Option<Spanned<String>>,
    /// Kubernetes: the namespace of all objects.
    pub namespace: Option<Spanned<String>>,
    /// Kubernetes: whether the namespace is written too.
    pub generate_namespace: Option<Spanned<bool>>,
    /// Sources of definitions, as written; an item that could not be read is `None`. Without the key
    /// the definitions of the directory count, with an empty list none do.
    pub provisioners: Option<Vec<Option<Spanned<String>>>>,
    /// Files to merge into workloads.
    pub overrides: Vec<Override>,
    /// Images by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub images: IndexMap<String, ForContainer<String>>,
    /// Compose: builds by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub builds: IndexMap<String, ForContainer<Build>>,
    /// Compose: ports of the host.
    pub publish: Vec<Spanned<(String, Publish)>>,
    /// Sources of patch templates, as written.
    pub patches: Vec<Spanned<String>>,
    /// Values for provisioners: a mapping.
    pub values: Option<Node>,
    /// The path of the output, from the project directory.
    pub output: Option<Spanned<String>>,
    /// Keys that only one target has, with the name of that target.
    pub target_keys: Vec<(Spanned<&'static str>, &'static str)>,
    /// The parts that could not be read.
    pub incomplete: Incomplete,
}

/// The parts of environments that could not be read, which was reported. A part that is missing for
/// this reason is not reported again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Incomplete {
    /// The proof of the report; `None` when everything could be read.
    pub reported: Option<Reported>,
    /// `target`.
    pub target: bool,
    /// `extends`.
    pub extends: bool,
    /// `provisioners`; items that could not be read are `None` in the list.
    pub provisioners: bool,
    /// `overrides`.
    pub overrides: bool,
    /// `images` or `builds`.
    pub images: bool,
    /// `values`.
    pub values: bool,
}

impl Incomplete {
    /// All parts.
    pub fn all(reported: Reported) -> Incomplete {
        let [target, extends, provisioners, overrides, images, values] = [true; 6];
        Incomplete {
            reported: Some(reported),
            target,
            extends,
            provisioners,
            overrides,
            images,
            values,
        }
    }

    /// Adds the part of a key; all parts for `None`, since any may be meant.
    pub fn add(&mut self, key: Option<&str>, reported: Reported) {
        let part = match key {
            Some("target") => &mut self.target,
            Some("extends") => &mut self.extends,
            Some("provisioners") => &mut self.provisioners,
            Some("overrides") => &mut self.overrides,
            Some("images" | "builds") => &mut self.images,
            Some("values") => &mut self.values,
            Some(_) => return,
            None => return *self = Incomplete::all(reported),
        };
        *part = true;
    }

    /// The parts of both.
    pub fn union(self, other: Incomplete) -> Incomplete {
        Incomplete {
            reported: self.reported.or(other.reported),
            target: self.target || other.target,
            extends: self.extends || other.extends,
            provisioners: self.provisioners || other.provisioners,
            overrides: self.overrides || other.overrides,
            images: self.images || other.images,
            values: self.values || other.values,
        }
    }
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
    pub fn new(name: String, directory: PathBuf, start: Span) -> EnvironmentFile {
        EnvironmentFile {
            name,
            directory,
            start,
            target: None,
            extends: None,
            default: None,
            project: None,
            namespace: None,
            generate_namespace: None,
            provisioners: None,
            overrides: Vec::new(),
            images: IndexMap::new(),
            builds: IndexMap::new(),
            publish: Vec::new(),
            patches: Vec::new(),
            values: None,
            output: None,
            target_keys: Vec::new(),
            incomplete: Incomplete::default(),
        }
    }
}
