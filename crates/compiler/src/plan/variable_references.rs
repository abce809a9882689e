//! References `$(NAME)` from texts of a container to its variables.

use std::collections::BTreeMap;

use super::Container;
use crate::placeholder::resolve::{ResolvedText, Segment};
use crate::placeholder::{Piece, Text};
use crate::support::graph;
use diagnostics::report::{Problem, Report};

rules! {
    /// With the variables that it refers to, a text is longer than a program can be given.
    pub VALUE_TOO_LONG: "value-too-long", Error;
}

/// The most bytes of a variable or argument on Linux (`MAX_ARG_STRLEN`).
const LONGEST: usize = 128 * 1024;

impl Container {
    /// A text with the values of the variables in the place of references to them.
    pub fn expanded(&self, text: &ResolvedText) -> ResolvedText {
        text.map_variables(&mut |name, _| match self.variable(name) {
            Some(value) => self.expanded(value).segments,
            None => Vec::new(),
        })
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&ResolvedText> {
        let mut variables = self.variables.iter();
        variables.find_map(|(other, value)| (other.value == name).then_some(value))
    }

    /// A text of a probe's command, in which a dollar before a reference makes it text.
    pub fn probe_text(&self, text: &Text) -> ResolvedText {
        let mut resolved = ResolvedText::empty(text.span);
        let mut before = "";
        for piece in &text.pieces {
            match piece {
                Piece::Plain(plain) => {
                    before = plain;
                    resolved.push(Segment::Plain(plain.clone()));
                    continue;
                }
                Piece::Variable(name, _) if self.variable(name).is_none() => {
                    resolved.push(as_text(name));
                }
                Piece::Variable(name, _) if before.ends_with('$') => {
                    resolved.push(Segment::Plain(format!("({name})")));
                }
                Piece::Variable(name, span) => resolved.push(Segment::Variable {
                    name: name.clone(),
                    span: *span,
                }),
                Piece::Placeholder(..) => {}
            }
            before = "";
        }
        resolved
    }

    /// Makes text of what refers to no variable, and puts each variable behind those that it refers
    /// to. A reference that leads back to its own variable is text too: there is no value for it.
    pub(super) fn link_variables(&mut self, report: &mut Report) {
        self.variables
            .sort_by(|(left, _), (right, _)| left.value.cmp(&right.value));
        let names: Vec<String> = self
            .variables
            .iter()
            .map(|(name, _)| name.value.clone())
            .collect();
        let index = |name: &str| {
            names
                .binary_search_by(|other| other.as_str().cmp(name))
                .ok()
        };
        let needs = |variables: &[(_, ResolvedText)]| -> Vec<Vec<usize>> {
            let values = variables.iter().map(|(_, value)| value);
            values
                .map(|value| value.variables().filter_map(index).collect())
                .collect()
        };
        let all = needs(&self.variables);
        let has_cycle = graph::order(&all).is_err();
        for (own, (_, value)) in self.variables.iter_mut().enumerate() {
            keep_variables(value, &|name| {
                index(name).is_some_and(|target| !has_cycle || !reaches(&all, target, own))
            });
        }
        for text in self.command.iter_mut().chain(&mut self.args) {
            keep_variables(text, &|name| index(name).is_some());
        }
        let order = graph::order(&needs(&self.variables)).unwrap_or_default();
        let mut variables: Vec<Option<_>> = self.variables.drain(..).map(Some).collect();
        let ordered = order.iter();
        self.variables
            .extend(ordered.filter_map(|index| variables[*index].take()));
        self.report_long_texts(report);
    }

    fn report_long_texts(&self, report: &mut Report) {
        let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
        let length = |text: &ResolvedText, lengths: &BTreeMap<&str, usize>| {
            let lengths_of = text.segments.iter().map(|segment| match segment {
                Segment::Plain(text) => text.len(),
                Segment::Variable { name, .. } => {
                    lengths.get(name.as_str()).copied().unwrap_or_default()
                }
                _ => 0,
            });
            // At least 1 for each segment, so that expanding a text takes no more steps than this.
            lengths_of.fold(0_usize, |sum, length| sum.saturating_add(length.max(1)))
        };
        let mut check = |text: &ResolvedText, length: usize| {
            if length > LONGEST && text.variables().next().is_some() {
                let message = "with the variables that it refers to, this is longer than 128 KiB, which no program can be given";
                let problem = Problem::new(&VALUE_TOO_LONG, message).at(text.span);
                report.push(problem.help("refer to fewer or shorter variables, or use a file"));
            }
        };
        for (name, value) in &self.variables {
            let length = length(value, &lengths);
            check(value, length);
            lengths.insert(&name.value, length);
        }
        let texts = self.command.iter().chain(&self.args);
        texts.for_each(|text| check(text, length(text, &lengths)));
        let probes = [&self.liveness, &self.readiness].into_iter().flatten();
        for text in probes.flat_map(|probe| probe.exec.iter().flatten()) {
            let text = self.probe_text(text);
            check(&text, length(&text, &lengths));
        }
    }
}

fn as_text(name: &str) -> Segment {
    Segment::Plain(format!("$({name})"))
}

/// Makes text of the references to other variables.
fn keep_variables(text: &mut ResolvedText, is_kept: &dyn Fn(&str) -> bool) {
    if text.variables().next().is_some() {
        *text = text.map_variables(&mut |name, span| match is_kept(name) {
            true => vec![Segment::Variable {
                name: name.to_owned(),
                span,
            }],
            false => vec![as_text(name)],
        });
    }
}

/// Whether there is a way from a node to another one.
fn reaches(needs: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; needs.len()];
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        if node == to {
            return true;
        }
        if !std::mem::replace(&mut seen[node], true) {
            open.extend(&needs[node]);
        }
    }
    false
}
