//! The operations that patch templates render to.

use diagnostics::report::Report;
use diagnostics::source::{Span, Spanned};
use yaml::{Kind, Node, reader};

/// A change of one value.
pub(super) struct Operation {
    pub(super) path: Path,
    /// The new value; `None` deletes.
    pub(super) value: Option<Node>,
    pub(super) span: Span,
}

/// Where a value is in the documents.
pub(super) struct Path {
    pub(super) parts: Vec<Part>,
    pub(super) span: Span,
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A key, or the index of a list.
    Name(String),
    /// A key of digits, written with a `:` before it.
    Key(String),
}

impl Part {
    /// The key that it is in a mapping.
    pub(super) fn key(&self) -> &str {
        match self {
            Part::Name(key) | Part::Key(key) => key,
        }
    }

    /// The number that it is in a list; -1 is behind the last item.
    pub(super) fn index(&self) -> Option<i64> {
        match self {
            Part::Name(name) => name.parse().ok(),
            Part::Key(_) => None,
        }
    }

    fn written(&self) -> String {
        match self {
            Part::Name(name) => name.replace('.', "\\."),
            Part::Key(digits) => format!(":{digits}"),
        }
    }
}

impl Path {
    /// The path as it is written.
    pub(super) fn text(&self) -> String {
        self.up_to(self.parts.len())
    }

    /// Whether the deletion of the item at another path has moved what this path leads to.
    pub(super) fn is_shifted_by(&self, removed: &Path) -> bool {
        let Some((item, list)) = removed.parts.split_last() else {
            return false;
        };
        let index = self.parts.get(list.len()).and_then(Part::index);
        self.parts.starts_with(list) && index > item.index()
    }

    /// The first parts, as they are written.
    pub(super) fn up_to(&self, count: usize) -> String {
        let parts: Vec<String> = self.parts.iter().take(count).map(Part::written).collect();
        parts.join(".")
    }

    /// The path with another text in the place of one of its parts.
    pub(super) fn with(&self, index: usize, text: &str) -> String {
        let mut parts: Vec<String> = self.parts.iter().map(Part::written).collect();
        if let Some(part) = parts.get_mut(index) {
            text.clone_into(part);
        }
        parts.join(".")
    }
}

/// The operations in a rendered document.
pub(super) fn read(document: &Node, report: &mut Report) -> Vec<Operation> {
    let items = reader::list(document, "the output of a patch template", report);
    let items = items.iter();
    items
        .filter_map(|item| read_operation(item, report))
        .collect()
}

fn read_operation(node: &Node, report: &mut Report) -> Option<Operation> {
    let mut fields = reader::fields(node, "a patch operation", report)?;
    let op = fields
        .required("op", report)
        .and_then(|node| reader::string(node, "`op`", report))
        .and_then(|op| reader::choice(&op, "`op`", &[("set", true), ("delete", false)], report));
    let path = fields
        .required("path", report)
        .and_then(|node| read_path(node, report));
    let value = match fields.entry("value") {
        Some(entry) => Some(&entry.value),
        None if op == Some(true) => fields.required_as("value", "VALUE", report),
        None => None,
    };
    fields.entry("description");
    fields.finish(|_| None, report);
    let (path, value) = match (op?, value) {
        (true, value) => (path?, Some(value?.clone())),
        (false, _) => (path?, None),
    };
    Some(Operation {
        path: Path {
            parts: split_path(&path.value),
            span: path.span,
        },
        value,
        span: node.span,
    })
}

/// A path. YAML reads a path of a single index, such as `0` or `-1`, as a number.
fn read_path(node: &Node, report: &mut Report) -> Option<Spanned<String>> {
    match node.kind {
        Kind::Int(index) => Some(Spanned::new(index.to_string(), node.span)),
        _ => reader::string(node, "`path`", report),
    }
}

/// Splits a path at its dots; `\.` is a dot inside a part.
fn split_path(path: &str) -> Vec<Part> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut characters = path.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.extend(characters.next_if_eq(&'.').or(Some('\\')))),
            '.' => parts.push(String::new()),
            other => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.push(other)),
        }
    }
    let part = |part: String| match part.strip_prefix(':') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Part::Key(digits.to_owned())
        }
        _ => Part::Name(part),
    };
    parts.into_iter().map(part).collect()
}
