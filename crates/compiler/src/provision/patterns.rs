//! What the rendered texts of a section look like, so that most of them need no parsing.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use diagnostics::source::SourceId;
use yaml::pattern::Pattern;
use yaml::{LazyNode, Node};

/// The most patterns of a section: each way through its template gives another one.
const MAX_PATTERNS: usize = 4;

/// The patterns of a section. What a text is read as does not depend on them.
#[derive(Debug, Default)]
pub struct Patterns {
    /// Whether a text was parsed. A section that is rendered once needs no pattern.
    is_used: AtomicBool,
    known: RwLock<Vec<Arc<Pattern>>>,
}

impl Patterns {
    /// The only document of a text; `None` when it has to be parsed. `computed` are the ranges that
    /// are not text of the template.
    pub(super) fn read(
        &self,
        source: SourceId,
        text: &str,
        computed: &[Range<usize>],
    ) -> Option<LazyNode> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut known = known.iter();
        known.find_map(|pattern| LazyNode::read(pattern, source, text, computed))
    }

    /// Learns from a text that was parsed: `tree` is its only document, and nothing was reported.
    pub(super) fn learn(&self, text: &str, computed: &[Range<usize>], tree: &Node) {
        if !self.is_used.swap(true, Ordering::Relaxed) {
            return;
        }
        let is_full = |known: &Vec<_>| known.len() >= MAX_PATTERNS;
        if is_full(&self.known.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let pattern = Pattern::new(text, computed, tree.clone());
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if !is_full(&known) {
            known.extend(pattern.map(Arc::new));
        }
    }
}
