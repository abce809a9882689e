use super::{Annotation, Uid};
use crate::placeholder::{Reference, Text};
use diagnostics::source::{Span, Spanned};
use diagnostics::value::{Map, Value};

/// Params by name, in the order written.
pub type ParamList = Vec<(Spanned<String>, Spanned<Params>)>;

/// Something a workload needs from its environment.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The name within the workload.
    pub name: Spanned<String>,
    /// The type, which decides what may provision it.
    pub kind: Spanned<String>,
    /// The class, when given.
    pub class: Option<Spanned<String>>,
    /// The id that other workloads may share, when given.
    pub id: Option<Spanned<String>>,
    /// The annotations of its metadata.
    pub annotations: Vec<Annotation>,
    /// Free metadata for the provisioner, and its place.
    pub metadata: Option<Spanned<Map>>,
    /// Its `x-` keys, and its place.
    pub extensions: Spanned<Value>,
    /// Parameters for the provisioner, and their place.
    pub params: Option<Spanned<ParamList>>,
}

impl Resource {
    /// The resource's identity; one without an id belongs to its workload alone.
    pub fn uid(&self, workload: &str) -> Uid {
        Uid {
            kind: self.kind.value.clone(),
            class: self
                .class
                .as_ref()
                .map_or_else(|| "default".to_owned(), |class| class.value.clone()),
            id: self.id.as_ref().map_or_else(
                || format!("{workload}.{}", self.name.value),
                |id| id.value.clone(),
            ),
        }
    }

    /// Every placeholder among the params, with its place.
    pub fn references(&self) -> Vec<(&Reference, Span)> {
        let mut list = Vec::new();
        for (_, param) in self.params.iter().flat_map(|params| &params.value) {
            param.value.collect_references(&mut list);
        }
        list
    }
}

/// A parameter: any value, with placeholders in its strings.
#[derive(Debug, Clone)]
pub enum Params {
    /// A string.
    Text(Text),
    /// A number, boolean or null.
    Scalar(Value),
    /// A list.
    List(Vec<Params>),
    /// A mapping.
    Map(Vec<(String, Params)>),
}

impl Params {
    fn collect_references<'a>(&'a self, list: &mut Vec<(&'a Reference, Span)>) {
        match self {
            Params::Text(text) => list.extend(text.references()),
            Params::Scalar(_) => {}
            Params::List(items) => items.iter().for_each(|item| item.collect_references(list)),
            Params::Map(entries) => entries
                .iter()
                .for_each(|(_, item)| item.collect_references(list)),
        }
    }
}
