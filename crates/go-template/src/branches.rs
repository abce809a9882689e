//! The branches of a template, to know which of them a test covers.

use crate::Template;
use crate::tree::{Body, Branch as Block, Callee, Node, OperandKind, Pipe, Span};

/// A body of a template that runs or not: of `if`, `else`, `with`, `range` or `define`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// What opens it: `if`, `else`, `with`, `range` or `define`.
    pub name: &'static str,
    /// What [`Rendered::entered`](crate::Rendered::entered) has when it ran; `None` of `define`,
    /// whose text tells that it ran.
    pub key: Option<u32>,
    /// The first byte of the body.
    pub start: usize,
    /// The byte after the body.
    pub end: usize,
    /// The place to show: the condition, or the first text of the body.
    pub opener: (usize, usize),
    /// Whether the body itself writes anything, besides what branches inside it write.
    pub writes: bool,
}

/// The key of the body of a block.
pub(crate) fn body_key(block: &Block) -> u32 {
    crate::offset(block.pipe.span.start)
}

/// The key of the `else` of a block.
pub(crate) fn else_key(block: &Block) -> u32 {
    crate::offset(block.pipe.span.end)
}

impl Template {
    /// All branches, in the order of the text. An `else if` is one branch. `silent` are functions of
    /// the host that write nothing.
    pub fn branches(&self, silent: &[&str]) -> Vec<Branch> {
        let mut found = Finder {
            text: &self.text,
            silent,
            branches: Vec::new(),
        };
        found.find(&self.root);
        for body in self.definitions.values() {
            found.add("define", None, body, None);
            found.find(body);
        }
        found.branches.sort_by_key(|branch| branch.start);
        found.branches
    }

    /// Whether the template writes anything outside of its branches.
    pub fn writes(&self, silent: &[&str]) -> bool {
        let finder = Finder {
            text: &self.text,
            silent,
            branches: Vec::new(),
        };
        finder.writes(&self.root)
    }
}

struct Finder<'t> {
    text: &'t str,
    silent: &'t [&'t str],
    branches: Vec<Branch>,
}

impl Finder<'_> {
    fn find(&mut self, body: &Body) {
        for node in body {
            let (name, block) = match node {
                Node::If(block) => ("if", block),
                Node::With(block) => ("with", block),
                Node::Range(block) => ("range", block),
                _ => continue,
            };
            let key = Some(body_key(block));
            self.add(name, key, &block.body, Some(block.pipe.span));
            self.find(&block.body);
            if !matches!(block.otherwise.as_slice(), [Node::If(_) | Node::With(_)]) {
                self.add("else", Some(else_key(block)), &block.otherwise, None);
            }
            self.find(&block.otherwise);
        }
    }

    fn add(&mut self, name: &'static str, key: Option<u32>, body: &Body, opener: Option<Span>) {
        let Some(extent) = extent(body) else {
            return;
        };
        let writes = self.writes(body);
        if key.is_none() && !writes {
            return;
        }
        let opener = opener.unwrap_or_else(|| self.first_text(extent));
        self.branches.push(Branch {
            name,
            key,
            start: extent.start,
            end: extent.end,
            opener: (opener.start, opener.end),
            writes,
        });
    }

    /// The first line of a range that has more than white space.
    fn first_text(&self, extent: Span) -> Span {
        let text = &self.text[extent.start..extent.end];
        let start = extent.start + (text.len() - text.trim_start().len());
        let line = self.text[start..].lines().next().unwrap_or_default();
        let end = start + line.trim_end().len();
        Span { start, end }
    }

    fn writes(&self, body: &Body) -> bool {
        body.iter().any(|node| match node {
            Node::Text(span) => !self.text[span.start..span.end].trim().is_empty(),
            Node::Action(pipe) => pipe.variables.is_empty() && !self.is_silent(pipe),
            Node::Template { .. } => true,
            _ => false,
        })
    }

    fn is_silent(&self, pipe: &Pipe) -> bool {
        let last = pipe.commands.last().map(|command| &command.first.kind);
        let name = match last {
            Some(OperandKind::Function(callee)) => Callee::name(callee),
            _ => return false,
        };
        name == "fail" || self.silent.contains(&name)
    }
}

/// What the nodes of a body span; `None` of an empty one.
fn extent(body: &Body) -> Option<Span> {
    let spans = body.iter().filter_map(node_extent);
    spans.reduce(|all, span| Span {
        start: all.start.min(span.start),
        end: all.end.max(span.end),
    })
}

fn node_extent(node: &Node) -> Option<Span> {
    match node {
        Node::Text(span) | Node::Template { span, .. } => Some(*span),
        Node::Action(pipe) => Some(pipe.span),
        Node::If(block) | Node::With(block) | Node::Range(block) => {
            let bodies = [extent(&block.body), extent(&block.otherwise)];
            let ends = bodies.into_iter().flatten().map(|span| span.end);
            let end = ends.fold(block.pipe.span.end, usize::max);
            Some(Span {
                start: block.pipe.span.start,
                end,
            })
        }
        Node::Break | Node::Continue => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::run;
    use crate::{Data, Limits};

    fn branches(template: &str) -> Vec<String> {
        let parsed = Template::parse(template, &["warn"]).unwrap();
        let branches = parsed.branches(&["warn"]);
        let show = |branch: Branch| {
            let text = &template[branch.start..branch.end];
            let silent = if branch.writes { "" } else { " silent" };
            format!("{}{silent}: {}", branch.name, text.trim())
        };
        branches.into_iter().map(show).collect()
    }

    #[test]
    fn every_body_is_a_branch() {
        assert_eq!(
            branches("{{ if .a }}a{{ else if .b }}b{{ else }}c{{ end }}"),
            ["if: a", "if: b", "else: c"]
        );
        assert_eq!(
            branches("{{ range .a }}{{ . }}{{ else }}none{{ end }}{{ with .b }}x{{ end }}"),
            ["range: .", "else: none", "with: x"]
        );
        assert_eq!(
            branches("{{ define \"n\" }}text{{ end }}{{ if .a }}{{ end }}"),
            ["define: text"]
        );
    }

    #[test]
    fn branches_that_write_nothing_are_silent() {
        assert_eq!(
            branches("{{ if .a }}{{ fail \"no\" }}{{ end }}{{ if .b }} {{ warn \"\" }} {{ end }}"),
            ["if silent: fail \"no\"", "if silent: {{ warn \"\" }}"]
        );
        assert_eq!(
            branches("{{ if .a }}{{ $x := 1 }}{{ if $x }}y{{ end }}{{ end }}"),
            ["if silent: 1 }}{{ if $x }}y", "if: y"]
        );
    }

    #[test]
    fn the_branches_that_ran_are_recorded() {
        let template = "{{ if true }}a{{ else }}b{{ end }}{{ range list 1 2 }}{{ $x := . }}{{ else }}c{{ end }}";
        let parsed = Template::parse(template, &[]).unwrap();
        let rendered = run(template, &Data::Missing, Limits::default()).unwrap();
        let entered = rendered.entered;
        let ran = parsed.branches(&[]);
        let ran = ran
            .iter()
            .filter(|branch| entered.contains(&branch.key.unwrap()));
        assert_eq!(
            ran.map(|branch| branch.name).collect::<Vec<_>>(),
            ["if", "range"]
        );
    }
}
