use diagnostics::source::{Span, Spanned};
use yaml::Node;

/// How the image of a container is made. No key of a Score file says so; whoever compiles it does.
#[derive(Debug, Clone)]
pub enum Build {
    /// From a directory, or from what a builder takes in its place.
    Context(Spanned<String>),
    /// As this mapping says, in the words of a builder.
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
