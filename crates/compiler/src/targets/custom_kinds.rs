//! The kinds of objects that an environment has schemas of, as data. The target Kubernetes reads them
//! and compares objects with them.

use std::sync::Arc;

use diagnostics::source::Spanned;
use yaml::Node;

/// The kinds that an environment has schemas of; `None` without the key `schemas`.
#[derive(Debug, Clone, Default)]
pub struct CustomKinds(Option<Arc<Vec<CustomKind>>>);

/// A kind that a schema describes.
#[derive(Debug)]
pub(crate) struct CustomKind {
    pub(crate) group: String,
    pub(crate) kind: Spanned<String>,
    /// Whether its objects belong to a namespace, where the schema says so.
    pub(crate) is_namespaced: Option<bool>,
    pub(crate) versions: Vec<Version>,
    /// What references in the schemas lead to, in an OpenAPI document.
    pub(crate) definitions: Option<Arc<Node>>,
}

/// A version of a kind.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) name: String,
    pub(crate) is_served: bool,
    pub(crate) schema: Arc<Node>,
}

impl CustomKinds {
    /// The kinds of an environment with the key `schemas`.
    pub(crate) fn new(kinds: Vec<CustomKind>) -> CustomKinds {
        CustomKinds(Some(Arc::new(kinds)))
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[CustomKind] {
        self.0.as_ref().map_or(&[], |kinds| kinds)
    }

    /// The schema of a kind.
    pub(crate) fn find(&self, api_version: &str, kind: &str) -> Option<&CustomKind> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let mut kinds = self.all().iter();
        kinds.find(|known| known.group == group && known.kind.value == kind)
    }

    /// Whether the environment has the key `schemas`.
    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Whether objects of a kind belong to a namespace, where its schema says so.
    pub(crate) fn is_namespaced(&self, api_version: &str, kind: &str) -> Option<bool> {
        self.find(api_version, kind)?.is_namespaced
    }
}
