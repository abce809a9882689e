//! `json6902`: the operations of RFC 6902.

use super::change::{Change, of_pointer};
use super::merge::MergeRules;
use super::path::{at_mut, part_of, unescaped};
use super::rules::{INVALID_PATCH, INVALID_PATCH_PATH};
use super::writer::{Writer, remove};
use crate::support::places::Step;
use crate::support::reasons::value_at;
use diagnostics::report::{Problem, Report};
use diagnostics::source::Span;
use diagnostics::suggestions::suggestion;
use diagnostics::value::Value;
use yaml::{Node, reader};

/// An operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    kind: OperationKind,
    path: Pointer,
    /// The value of `add`, `replace` and `test`.
    pub(super) value: Option<Node>,
    from: Option<Pointer>,
    span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OperationKind {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

const KINDS: [(&str, OperationKind); 6] = [
    ("add", OperationKind::Add),
    ("remove", OperationKind::Remove),
    ("replace", OperationKind::Replace),
    ("move", OperationKind::Move),
    ("copy", OperationKind::Copy),
    ("test", OperationKind::Test),
];

/// A JSON pointer (RFC 6901) with the place of each token.
#[derive(Debug, Clone, PartialEq)]
struct Pointer {
    tokens: Vec<(String, Span)>,
    text: String,
    span: Span,
}

impl Operation {
    /// Reads an operation.
    pub(super) fn read(node: &Node, report: &mut Report) -> Option<Operation> {
        let mut fields = reader::fields(node, "an operation", report)?;
        let op = fields.required("op", report);
        let kind = op.and_then(|node| reader::word(node, "`op`", &KINDS, report));
        let path = fields.required("path", report);
        let path = path.and_then(|node| Pointer::read(node, "`path`", report));
        // A value may be `null`.
        let value = fields.entry("value").map(|entry| entry.value.clone());
        let from = fields.optional("from", report);
        let needs_from = matches!(kind, Some(OperationKind::Move | OperationKind::Copy));
        let needs_value = !needs_from && !matches!(kind, None | Some(OperationKind::Remove));
        for (key, is_missing) in [
            ("value", needs_value && value.is_none()),
            ("from", needs_from && from.is_none()),
        ] {
            let place = op.filter(|_| is_missing && !fields.has_reported_keys());
            if let Some(op) = place {
                let message = format!("`{}` needs `{key}`", op.as_str().unwrap_or_default());
                let problem = Problem::new(&INVALID_PATCH, message).at(op.span);
                report.push(problem.help(format!("add `{key}`")));
            }
        }
        let from = from.and_then(|node| Pointer::read(node, "`from`", report));
        fields.finish(|_| None, report);
        Some(Operation {
            kind: kind?,
            path: path?,
            value,
            from,
            span: node.span,
        })
    }

    /// What the operation changes in an object.
    pub(super) fn changes(&self, object: &Value) -> Vec<Change> {
        let from = self.from.iter();
        let from = from.filter(|_| self.kind == OperationKind::Move);
        let pointers = [&self.path].into_iter().chain(from);
        pointers
            .filter(|_| self.kind != OperationKind::Test)
            .map(|pointer| of_pointer(object, &pointer.tokens, pointer.span))
            .collect()
    }

    /// Applies the operation; `value` is its own with the placeholders replaced.
    pub(super) fn apply(
        &self,
        object: &mut Value,
        value: Option<&Node>,
        rules: MergeRules,
        writer: &mut Writer<'_>,
    ) -> Result<(), Box<Problem>> {
        let null = Node::from_value(&Value::Null, self.span);
        let value = value.unwrap_or(&null);
        match self.kind {
            OperationKind::Add => self.path.add(object, value, rules, writer),
            OperationKind::Remove => self.path.remove(object, writer).map(|_| ()),
            OperationKind::Replace => {
                let steps = self.path.find(object)?;
                if let Some(place) = at_mut(object, &steps) {
                    *place = writer.within(&steps, |writer| writer.set_as_is(value));
                }
                Ok(())
            }
            OperationKind::Copy | OperationKind::Move => {
                let from = self.from.as_ref().unwrap_or(&self.path);
                let moved = match self.kind {
                    OperationKind::Copy => {
                        let steps = from.find(object)?;
                        value_at(object, &steps).cloned().unwrap_or_default()
                    }
                    _ => from.remove(object, writer)?,
                };
                let node = Node::from_value(&moved, self.path.span);
                self.path.add(object, &node, rules, writer)
            }
            OperationKind::Test => {
                let steps = self.path.find(object)?;
                let found = value_at(object, &steps).unwrap_or(&Value::Null);
                match *found == value.to_value() {
                    true => Ok(()),
                    false => {
                        let message =
                            format!("`{}` is {}, and not this", self.path.text, found.to_json());
                        let problem = Problem::new(&INVALID_PATCH, message).at(value.span);
                        Err(Box::new(
                            problem.help("correct the value, or remove this test"),
                        ))
                    }
                }
            }
        }
    }
}

impl Pointer {
    fn read(node: &Node, what: &str, report: &mut Report) -> Option<Pointer> {
        let text = reader::string(node, what, report)?;
        if !text.value.is_empty() && !text.value.starts_with('/') {
            let message = format!("`{}` is not a JSON pointer", text.value);
            let slashes = text.value.replace('.', "/");
            let help = format!("write the keys after slashes, as in `/{slashes}`");
            report.push(
                Problem::new(&INVALID_PATCH, message)
                    .at(text.span)
                    .help(help),
            );
            return None;
        }
        let mut start = 0;
        let mut tokens = Vec::new();
        for token in text.value.split('/').skip(1) {
            start += 1;
            let place = part_of(text.span, &text.value, start, start + token.len());
            tokens.push((unescaped(token), place));
            start += token.len();
        }
        Some(Pointer {
            tokens,
            span: text.span,
            text: text.value,
        })
    }

    /// The way to an existing value.
    fn find(&self, object: &Value) -> Result<Vec<Step>, Box<Problem>> {
        self.find_in(object, &self.tokens)
    }

    /// The way to an existing value, along the first tokens.
    fn find_in(
        &self,
        object: &Value,
        tokens: &[(String, Span)],
    ) -> Result<Vec<Step>, Box<Problem>> {
        let mut steps = Vec::new();
        let mut here = object;
        for (token, place) in tokens {
            let step = match here {
                Value::List(_) => index(token).map(Step::Index),
                _ => Some(Step::Key(token.clone())),
            };
            let inside = step
                .as_ref()
                .and_then(|step| value_at(here, std::slice::from_ref(step)));
            let Some((step, inside)) = step.clone().zip(inside) else {
                return Err(self.nothing(here, token, *place));
            };
            here = inside;
            steps.push(step);
        }
        Ok(steps)
    }

    fn nothing(&self, here: &Value, token: &str, place: Span) -> Box<Problem> {
        let keys = here.as_map().into_iter().flat_map(|map| map.keys());
        let message = match here {
            Value::List(items) => format!(
                "`{}` leads nowhere: the list has {} items, and no `{token}`",
                self.text,
                items.len()
            ),
            _ => format!("`{}` leads nowhere: there is no `{token}`", self.text),
        };
        let help = suggestion(token, keys, || "correct the path".to_owned());
        let problem = Problem::new(&INVALID_PATCH_PATH, message).at(place);
        Box::new(problem.help(help))
    }

    fn add(
        &self,
        object: &mut Value,
        value: &Node,
        rules: MergeRules,
        writer: &mut Writer<'_>,
    ) -> Result<(), Box<Problem>> {
        let Some(((last, place), parents)) = self.tokens.split_last() else {
            *object = writer.set_as_is(value);
            return Ok(());
        };
        let mut steps = self.find_in(object, parents)?;
        let Some(container) = at_mut(object, &steps) else {
            return Ok(());
        };
        match container {
            Value::Map(map) => {
                steps.push(Step::Key(last.clone()));
                let value = writer.within(&steps, |writer| writer.set_as_is(value));
                rules.set_key(&steps, map, last, value);
            }
            Value::List(items) => {
                let index = match last.as_str() {
                    "-" => Some(items.len()),
                    text => index(text).filter(|index| *index <= items.len()),
                };
                let Some(index) = index else {
                    return Err(self.nothing(&Value::List(std::mem::take(items)), last, *place));
                };
                steps.push(Step::Index(index));
                let value = writer.within(&steps, |writer| {
                    writer.insert_item();
                    writer.set_as_is(value)
                });
                items.insert(index, value);
            }
            scalar => {
                let scalar = scalar.clone();
                return Err(self.nothing(&scalar, last, *place));
            }
        }
        Ok(())
    }

    fn remove(&self, object: &mut Value, writer: &mut Writer<'_>) -> Result<Value, Box<Problem>> {
        let steps = self.find(object)?;
        writer.within(&steps, |writer| writer.remove(self.span));
        Ok(remove(object, &steps).unwrap_or_default())
    }
}

/// The index that a token stands for.
fn index(token: &str) -> Option<usize> {
    let has_zero = token.len() > 1 && token.starts_with('0');
    token
        .parse()
        .ok()
        .filter(|_| !has_zero && !token.starts_with('+'))
}
