use diagnostics::source::{Span, Spanned};
use yaml::Node;

/// How the image of a container is built. Score files have no key for it: a flag or the environment
/// sets it.
#[derive(Debug, Clone)]
pub enum Build {
    /// From a directory, or from what a builder accepts in its place.
    Context(Spanned<String>),
    /// As in this mapping, with the keys of a builder.
    Section(Node),
}

impl Build {
    /// Where it was given.
    pub fn span(&self) -> Span {
        match self {
            Build::Context(context) => context.span,
            Build::Section(node) => node.span,
        }
    }
}
