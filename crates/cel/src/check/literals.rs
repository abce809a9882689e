//! What can be wrong about literals: the text of `format`, regular expressions, what is converted.

use super::Checker;
use crate::Error;
use crate::functions;
use crate::tree::{Call, Kind, Literal, Node};
use crate::types::Type;

impl Checker {
    pub(super) fn checked_call(&mut self, node: &mut Node) -> Type {
        let place = node.sign;
        let Kind::Call(call) = &mut node.kind else {
            return Type::Dyn;
        };
        let before = self.errors.len();
        let of = self.call(call, place);
        if self.errors.len() == before
            && let Some(Err(message)) = functions::constant(node)
        {
            let argument = match &node.kind {
                Kind::Call(call) => call.arguments.first().unwrap_or(node),
                _ => node,
            };
            self.errors
                .push(Error::new(argument.start, argument.end, message));
        }
        of
    }

    /// `"..".format([..])`: the values must be as many as the text has places, and of types that can stand there.
    pub(super) fn formatted(&mut self, call: &mut Call) -> Option<Vec<Type>> {
        let ("format", [pattern, list]) = (&*call.name, call.arguments.as_mut_slice()) else {
            return None;
        };
        let (text, Kind::List(items)) = (text_of(pattern)?, &mut list.kind) else {
            return None;
        };
        let verbs = functions::format_verbs(text);
        let types: Vec<Type> = items.iter_mut().map(|(item, _)| self.node(item)).collect();
        let types = self.finished(&types);
        let mut report = |node: &Node, message| {
            self.errors.push(Error::new(node.start, node.end, message));
        };
        match verbs {
            Err(message) => report(pattern, message),
            Ok(verbs) if verbs.len() != types.len() => {
                let message = format!(
                    "the text has {} places, the list {} values",
                    verbs.len(),
                    types.len()
                );
                report(list, message);
            }
            Ok(verbs) => {
                for (((item, _), of), verb) in items.iter().zip(&types).zip(verbs) {
                    if !functions::format_takes(verb, of) {
                        report(item, format!("`%{verb}` does not write `{of}`"));
                    }
                }
            }
        }
        Some(vec![Type::String, Type::list(Type::Dyn)])
    }

    /// Compiles a literal regular expression.
    pub(super) fn compile_pattern(&mut self, call: &mut Call) {
        if functions::takes_pattern(&call.name)
            && let Some(node) = call.arguments.get(1)
            && let Some(pattern) = text_of(node)
        {
            match functions::compile_pattern(pattern) {
                Ok(regex) => call.regex = Some(regex),
                Err(message) => self.errors.push(Error::new(node.start, node.end, message)),
            }
        }
    }
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Literal(Literal::Text(text)) => Some(text),
        _ => None,
    }
}
