//! How one error hides no other: each part of the input that could not be read is recorded, and
//! nothing in it is then reported as missing.

use std::collections::BTreeSet;

use diagnostics::report::{Diagnostic, Reported};

/// A part of the input that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A Score file of the run.
    ScoreFiles,
    /// Overrides, which may change anything in a workload.
    Overrides,
    /// Images or builds that are given from outside.
    Images,
    /// The target of the environment.
    Target,
    /// The environment that another one extends.
    Extends,
    /// The definitions of an environment.
    Definitions,
    /// A definitions file; its index in the order in which they are tried.
    DefinitionsFile(usize),
    /// A definition.
    Definition {
        /// How many definitions are matched before it.
        position: usize,
        /// The type that it is for, if that is known.
        kind: Option<String>,
    },
    /// The values of an environment.
    Values,
    /// The workloads elsewhere of an environment.
    ExternalWorkloads,
    /// `metadata` of a workload.
    Metadata,
    /// Ports of a workload's service.
    Ports,
    /// Containers of a workload, of any name.
    Containers,
    /// The container of this name.
    Container(String),
    /// Resources of a workload, of any name.
    Resources,
    /// The resource of this name.
    Resource(String),
}

/// What could not be read: the parts, and the error after which nothing can be generated. Whoever
/// records a part without an error keeps the error itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incomplete {
    error: Option<Reported>,
    parts: BTreeSet<Part>,
}

impl Incomplete {
    /// Records a part that could not be read.
    pub fn add(&mut self, part: Part) {
        self.parts.insert(part);
    }

    /// Records that a part was read after all.
    pub fn remove(&mut self, part: &Part) {
        self.parts.remove(part);
    }

    /// Records an error after which nothing can be generated.
    pub fn fail(&mut self, error: Reported) {
        self.error.get_or_insert(error);
    }

    /// The definitions that could not be read: how many are matched before each, and its type if
    /// that is known.
    pub fn definitions(&self) -> impl Iterator<Item = (usize, Option<&str>)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Definition { position, kind } => Some((*position, kind.as_deref())),
            _ => None,
        })
    }

    /// The first error after which nothing can be generated.
    pub fn error(&self) -> Option<Reported> {
        self.error
    }

    /// Records the parts of other input.
    pub fn merge(&mut self, other: &Incomplete) {
        self.error = self.error.or(other.error);
        self.parts.extend(other.parts.iter().cloned());
    }

    /// Whether this part could not be read.
    pub fn lacks(&self, part: &Part) -> bool {
        self.parts.contains(part)
    }

    /// Whether a container of this name may be in what could not be read.
    pub fn may_have_container(&self, name: &str) -> bool {
        self.lacks(&Part::Containers) || self.lacks(&Part::Container(name.to_owned()))
    }

    /// Whether a resource of this name may be in what could not be read.
    pub fn may_have_resource(&self, name: &str) -> bool {
        self.lacks(&Part::Resources) || self.lacks(&Part::Resource(name.to_owned()))
    }

    /// The containers that could not be read and whose names are known.
    pub fn containers(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Container(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The resources that could not be read and whose names are known.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Resource(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The index of the first definitions file that could not be read.
    pub fn first_definitions_file(&self) -> Option<usize> {
        self.parts.iter().find_map(|part| match part {
            Part::DefinitionsFile(index) => Some(*index),
            _ => None,
        })
    }

    /// The error after which nothing can be generated, where there was one.
    pub fn require_complete(&self) -> Result<(), Reported> {
        self.error.map_or(Ok(()), Err)
    }

    /// Whether a problem of a workload remains whatever is in the unread parts: an override that
    /// could not be read may add what is missing.
    pub fn allows(&self, problem: &Diagnostic) -> bool {
        !(self.lacks(&Part::Overrides) && problem.rule().reports_absence())
    }
}
