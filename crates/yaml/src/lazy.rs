//! Trees that are made when somebody looks at them.

use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

use crate::pattern::{Pattern, Words};
use crate::tree::Node;
use diagnostics::source::SourceId;

/// A tree. Where a [`Pattern`] gives it, it is made when somebody looks at it: it takes much more
/// memory than its text.
#[derive(Debug, Clone)]
pub struct LazyNode(Form);

#[derive(Debug, Clone)]
enum Form {
    Tree(Node),
    Text(Box<Text>),
}

/// A text that fits a pattern.
#[derive(Debug, Clone)]
struct Text {
    pattern: Arc<Pattern>,
    source: SourceId,
    words: Words,
    tree: OnceLock<Node>,
}

impl LazyNode {
    /// The only document of a text, as [`Pattern::read`] gives it.
    pub fn read(
        pattern: &Arc<Pattern>,
        source: SourceId,
        text: &str,
        ranges: &[Range<usize>],
    ) -> Option<LazyNode> {
        if !pattern.has_fixed_keys() {
            return pattern.read(source, text, ranges).map(LazyNode::from);
        }
        let form = || Text {
            pattern: Arc::clone(pattern),
            source,
            words: pattern.words(text, ranges),
            tree: OnceLock::new(),
        };
        let fits = pattern.fits(text, ranges);
        fits.then(|| LazyNode(Form::Text(Box::new(form()))))
    }

    /// A tree of the same kind, which need not be made.
    pub fn outline(&self) -> &Node {
        match &self.0 {
            Form::Tree(tree) => tree,
            Form::Text(text) => text.pattern.tree(),
        }
    }

    /// The pattern that gives the tree.
    pub fn pattern(&self) -> Option<Arc<Pattern>> {
        match &self.0 {
            Form::Tree(_) => None,
            Form::Text(text) => Some(Arc::clone(&text.pattern)),
        }
    }

    /// The tree.
    pub fn into_node(self) -> Node {
        match self.0 {
            Form::Tree(tree) => tree,
            Form::Text(mut text) => text.tree.take().unwrap_or_else(|| text.read()),
        }
    }
}

impl Text {
    fn read(&self) -> Node {
        let (text, ranges) = self.pattern.text(&self.words);
        let tree = self.pattern.copy(self.source, &text, &ranges);
        // There always is one, since the pattern has fixed keys.
        tree.unwrap_or_else(|| self.pattern.tree().clone())
    }
}

impl Deref for LazyNode {
    type Target = Node;

    fn deref(&self) -> &Node {
        match &self.0 {
            Form::Tree(tree) => tree,
            Form::Text(text) => text.tree.get_or_init(|| text.read()),
        }
    }
}

impl From<Node> for LazyNode {
    fn from(tree: Node) -> LazyNode {
        LazyNode(Form::Tree(tree))
    }
}
