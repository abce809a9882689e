//! A line of an output file, and the values on it.

use std::path::Path;

use crate::cli::output::conflicts;
use crate::cli::output::destination::Destination;
use crate::project::environment::{Environment, Registry};
use crate::project::remote::Remotes;
use crate::system::os::{self, Os};
use compiler::emit::Syntax;
use compiler::support::host::Host;
use compiler::support::places::Step;
use compiler::targets::ALL;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources, Span};
use yaml::{Kind, Node};

/// A line of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileLine {
    pub(super) path: String,
    /// From 1.
    pub(super) line: usize,
}

impl FileLine {
    /// Reads `FILE:LINE`; an editor may add a column.
    pub(super) fn parse(text: &str) -> Option<FileLine> {
        let (path, line) = text.rsplit_once(':')?;
        let line = line.parse().ok()?;
        if let Some((file, number)) = path.rsplit_once(':')
            && let Ok(number) = number.parse()
        {
            return Some(FileLine {
                path: file.to_owned(),
                line: number,
            });
        }
        Some(FileLine {
            path: path.to_owned(),
            line,
        })
    }

    /// The environment that writes the file: one that names it, or a built-in one if no other writes a
    /// file of this name.
    pub(super) fn environment(&self) -> Option<String> {
        let os = Os::new(None);
        let (mut sources, mut report) = (Sources::default(), Report::default());
        let remotes = Remotes::at_hand();
        let all = Registry::new(&os, &remotes).all_lenient(&mut sources, &mut report);
        let path = Path::new(&self.path);
        let is_written = |environment: &Environment| match conflicts::destination(
            None,
            environment,
            Syntax::Yaml,
        ) {
            Destination::Directory {
                path: directory,
                by_workload,
            } => {
                let mut parents = path.ancestors().skip(1).take(1 + usize::from(by_workload));
                parents.any(|parent| os::is_same_path(parent, &directory))
            }
            other => os::is_same_path(path, other.path()),
        };
        let mut environments = all.ok()?.0;
        environments.retain(is_written);
        let names_output = |one: &&Environment| one.output().is_some();
        if let Some(named) = environments.iter().find(names_output) {
            return Some(named.name.clone());
        }
        let built_in = ALL.iter().map(|target| Environment::built_in(*target));
        let mut built_in = built_in.filter(|one| environments.is_empty() && is_written(one));
        built_in.next().map(|environment| environment.name)
    }

    /// The syntax that the file is written in.
    pub(super) fn syntax(&self) -> Syntax {
        let path = Path::new(&self.path);
        let text = Os::new(None).read(path).unwrap_or_default();
        match path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            true => Syntax::Json,
            false if text.starts_with(b"---\n{") => Syntax::Kyaml,
            false => Syntax::Yaml,
        }
    }
}

/// The values on a line of a text, each with the index of its document. Of several inside each
/// other, only the innermost count.
pub(super) fn values_on(
    sources: &Sources,
    source: SourceId,
    line: usize,
) -> Vec<(usize, Vec<Step>)> {
    let trees = yaml::parse(sources, source, &mut Report::default());
    let mut search = Search {
        sources,
        line,
        found: Vec::new(),
        around: None,
    };
    for (index, tree) in trees.iter().enumerate() {
        search.visit(index, tree, &mut Vec::new());
    }
    match search.found.is_empty() {
        true => search.around.into_iter().collect(),
        false => search.found,
    }
}

struct Search<'a> {
    sources: &'a Sources,
    line: usize,
    /// What begins on the line.
    found: Vec<(usize, Vec<Step>)>,
    /// The text of several lines that the line is a part of.
    around: Option<(usize, Vec<Step>)>,
}

impl Search<'_> {
    fn line_of(&self, span: Span) -> usize {
        self.sources.position(span).line
    }

    fn last_line_of(&self, span: Span) -> usize {
        let end = (span.end as usize)
            .saturating_sub(1)
            .max(span.start as usize);
        self.line_of(Span::new(span.source, end, end))
    }

    fn visit(&mut self, index: usize, node: &Node, path: &mut Vec<Step>) {
        match &node.kind {
            Kind::Map(entries) => {
                for (key, entry) in entries {
                    let starts = self.line_of(entry.key) == self.line;
                    self.visit_part(index, Step::Key(key.into()), starts, &entry.value, path);
                }
            }
            Kind::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    let starts = self.line_of(item.span) == self.line;
                    self.visit_part(index, Step::Index(number), starts, item, path);
                }
            }
            _ => {
                let lines = self.line_of(node.span)..=self.last_line_of(node.span);
                if lines.contains(&self.line) {
                    self.around = Some((index, path.clone()));
                }
            }
        }
    }

    fn visit_part(
        &mut self,
        index: usize,
        step: Step,
        starts: bool,
        node: &Node,
        path: &mut Vec<Step>,
    ) {
        path.push(step);
        let before = self.found.len();
        self.visit(index, node, path);
        if starts && self.found.len() == before {
            self.found.push((index, path.clone()));
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::reasons::show;

    #[test]
    fn a_line_has_the_values_that_begin_on_it() {
        let text = "kind: A\n---\nspec:\n  list:\n  - name: x\n    text: |\n      one\n      two\n  args: [a, b]\n";
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let on = |line| -> Vec<String> {
            let values = values_on(&sources, id, line);
            let values = values.iter();
            values
                .map(|(index, path)| format!("{index} {}", show(path)))
                .collect()
        };
        assert_eq!(on(1), ["0 kind"]);
        assert_eq!(on(3), ["1 spec"]);
        assert_eq!(on(5), ["1 spec.list[0].name"]);
        assert_eq!(on(7), ["1 spec.list[0].text"]);
        assert_eq!(on(9), ["1 spec.args[0]", "1 spec.args[1]"]);
        assert_eq!(on(2), [""; 0]);
    }

    #[test]
    fn a_line_is_read_as_editors_copy_it() {
        let line = |path: &str, line| FileLine {
            path: path.to_owned(),
            line,
        };
        assert_eq!(FileLine::parse("a/b.yaml:12"), Some(line("a/b.yaml", 12)));
        assert_eq!(FileLine::parse("a/b.yaml:12:3"), Some(line("a/b.yaml", 12)));
        assert_eq!(FileLine::parse("Deployment/shop"), None);
        assert_eq!(FileLine::parse("Role/system:node"), None);
    }
}
