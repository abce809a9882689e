use indexmap::IndexMap;

use super::{Annotation, Container, Resource};
use crate::placeholder::Reference;
use crate::recovery::Incomplete;
use diagnostics::source::{Span, Spanned};
use diagnostics::value::{Map, Value};

/// One workload: a document of a Score file.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The document; its source is the Score file, whatever overrides have changed.
    pub span: Span,
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// The whole of `metadata`, for placeholders and provisioners.
    pub metadata: Map,
    /// `metadata.annotations`, in the order written.
    pub annotations: Vec<Annotation>,
    /// The containers by name.
    pub containers: IndexMap<String, Container>,
    /// `service.ports` by name.
    pub ports: IndexMap<String, Port>,
    /// The resources by name.
    pub resources: IndexMap<String, Resource>,
    /// Its `x-` keys, wherever they are.
    pub extension_keys: Vec<Spanned<String>>,
    /// The `x-` keys at its top level, with their values.
    pub extensions: Value,
    /// The document as it was written, after overrides, which patch templates see; nothing where the
    /// run has no patches.
    pub spec: Value,
    /// The parts of the document that could not be read.
    pub incomplete: Incomplete,
}

impl Workload {
    /// Every placeholder of the containers and of the params, with its place.
    pub fn references(&self) -> impl Iterator<Item = (&Reference, Span)> {
        let containers = self.containers.values();
        let resources = self.resources.values();
        containers
            .flat_map(Container::references)
            .chain(resources.flat_map(Resource::references))
    }
}

/// A port that the workload's service offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The name of the port.
    pub name: Spanned<String>,
    /// The port that others connect to, 1 to 65535.
    pub port: u16,
    /// The port that the container listens on; the same when not given.
    pub target_port: u16,
    /// The transport protocol.
    pub protocol: Protocol,
    /// The place of the port's mapping.
    pub span: Span,
}

/// A transport protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The default.
    Tcp,
    /// Datagrams.
    Udp,
}

impl Protocol {
    /// The name as Score and Kubernetes write it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        }
    }
}
