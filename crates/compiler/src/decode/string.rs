//! Strings of a Score file, with help for the forms of other tools.

use diagnostics::report::Report;
use diagnostics::source::Spanned;
use yaml::{Kind, Node, reader};

/// The text of a string, or `None` after a report.
pub(super) fn string(node: &Node, what: &str, report: &mut Report) -> Option<Spanned<String>> {
    reader::string_with(node, what, placeholder_help, report)
}

/// What to write instead of a mapping that stands for a value from elsewhere: a placeholder without
/// its `$`, or `valueFrom` of Kubernetes.
fn placeholder_help(node: &Node) -> Option<String> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    if let (1, Some((key, entry))) = (entries.len(), entries.first())
        && entry.value.is_null()
    {
        let is_reference = key.starts_with("resources.") || key.starts_with("metadata.");
        return is_reference.then(|| format!("write `${{{key}}}`"));
    }
    let has = |key: &str| entries.contains_key(key);
    (has("valueFrom") && !has("value")).then(|| {
        "write an output of a resource that has this value, as in `${resources.NAME.OUTPUT}`"
            .to_owned()
    })
}
