//! What one `environment.yaml` says, before anything that it extends is merged.

use std::path::PathBuf;

use indexmap::IndexMap;

use compiler::model::Build;
use compiler::targets::publish::Publish;
use compiler::targets::target::Target;
use diagnostics::report::Reported;
use diagnostics::source::{Span, Spanned};
use yaml::Node;

/// One `environment.yaml`. What is not written is `None` or empty.
pub struct Declaration {
    /// The name: that of the directory.
    pub name: String,
    /// The directory, which paths of its own files begin at.
    pub directory: PathBuf,
    /// The beginning of the file.
    pub start: Span,
    /// What workloads are compiled to.
    pub target: Option<Spanned<&'static dyn Target>>,
    /// The environment whose words count where this one has none: a name, or a path from the
    /// directory.
    pub extends: Option<Spanned<String>>,
    /// Whether this is the environment where none is named.
    pub default: Option<Spanned<bool>>,
    /// The project's name.
    pub project: Option<Spanned<String>>,
    /// Kubernetes: the namespace of all objects.
    pub namespace: Option<Spanned<String>>,
    /// Kubernetes: whether the namespace is written too.
    pub generate_namespace: Option<Spanned<bool>>,
    /// Where definitions are, as written, and `None` for each of which that could not be read;
    /// without a list, `None` is not the same as an empty one.
    pub provisioners: Option<Vec<Option<Spanned<String>>>>,
    /// Files to merge into workloads.
    pub overrides: Vec<Override>,
    /// Images by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub images: IndexMap<String, Keyed<String>>,
    /// Compose: builds by `WORKLOAD` or `WORKLOAD.CONTAINER`.
    pub builds: IndexMap<String, Keyed<Build>>,
    /// Compose: ports of the host.
    pub publish: Vec<Spanned<(String, Publish)>>,
    /// Where patch templates are, as written.
    pub patches: Vec<Spanned<String>>,
    /// What the environment knows: a mapping.
    pub values: Option<Node>,
    /// Where the output goes, from the project.
    pub output: Option<Spanned<String>>,
    /// Keys that only one target knows, with the name of that target.
    pub of_target: Vec<(Spanned<&'static str>, &'static str)>,
    /// What it says and could not be read.
    pub lost: Lost,
}

/// Parts of environments that could not be read, which was reported: that nothing is said of them
/// is no second error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// The proof, where anything could not be read.
    pub anything: Option<Reported>,
    /// What workloads are compiled to.
    pub target: bool,
    /// The environment whose words count where this one has none.
    pub extends: bool,
    /// Where definitions are: which of them could not be read is in the list, where there is one.
    pub provisioners: bool,
    /// Files to merge into workloads.
    pub overrides: bool,
    /// Images and builds.
    pub images: bool,
    /// Values.
    pub values: bool,
}

impl Lost {
    /// Everything.
    pub fn all(reported: Reported) -> Lost {
        let [target, extends, provisioners, overrides, images, values] = [true; 6];
        Lost {
            anything: Some(reported),
            target,
            extends,
            provisioners,
            overrides,
            images,
            values,
        }
    }

    /// Adds what a key says; without one, everything: it may be meant for any.
    pub fn add(&mut self, key: Option<&str>, reported: Reported) {
        let part = match key {
            Some("target") => &mut self.target,
            Some("extends") => &mut self.extends,
            Some("provisioners") => &mut self.provisioners,
            Some("overrides") => &mut self.overrides,
            Some("images" | "builds") => &mut self.images,
            Some("values") => &mut self.values,
            Some(_) => return,
            None => return *self = Lost::all(reported),
        };
        *part = true;
    }

    /// What could not be read of either.
    pub fn and(self, other: Lost) -> Lost {
        Lost {
            anything: self.anything.or(other.anything),
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

/// Something that is meant for a workload or one of its containers.
#[derive(Clone)]
pub struct Keyed<T> {
    /// The workload and where it was named.
    pub workload: Spanned<String>,
    /// The container, where one was named.
    pub container: Option<Spanned<String>>,
    /// What is meant for it.
    pub value: Spanned<T>,
}

impl Declaration {
    /// An environment that says nothing.
    pub fn new(name: String, directory: PathBuf, start: Span) -> Declaration {
        Declaration {
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
            of_target: Vec::new(),
            lost: Lost::default(),
        }
    }
}
