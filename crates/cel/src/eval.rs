//! Evaluation of a tree. Nothing is copied from the data; paths and reads are kept only when somebody asks.

mod member;

use std::cell::{Cell, RefCell};

use crate::functions::Context;
use crate::inputs::{EXPRESSION_LIMIT, Inputs, Knowledge};
use crate::path::{Path, Step};
use crate::tree::{Call, Kind as NodeKind, Literal, Node};
use crate::value::{Kind, Text, Value};
use crate::{Error, Failure, Read, Verdict, functions};

pub(crate) type Outcome<'a> = Result<Value<'a>, Failure<'a>>;

/// Evaluates an expression.
pub(crate) fn evaluate<'a>(root: &'a Node, inputs: &Inputs<'a>) -> Verdict<'a> {
    let evaluator = Evaluator {
        inputs,
        left: Cell::new(EXPRESSION_LIMIT),
        visible: Cell::new(inputs.composed.len()),
        log: RefCell::default(),
    };
    let result = evaluator.eval(root, None);
    Verdict {
        result,
        reads: deepest(evaluator.log.into_inner()),
    }
}

/// The reads that no other one goes beyond, each once, in their order.
fn deepest(reads: Vec<Read<'_>>) -> Vec<Read<'_>> {
    let steps: Vec<Vec<&Step<'_>>> = reads.iter().map(|read| read.path.steps()).collect();
    let mut order: Vec<usize> = (0..reads.len()).collect();
    // The first of equal ones stands last among them.
    order.sort_by(|one, other| steps[*one].cmp(&steps[*other]).then(other.cmp(one)));
    let is_passed = |pair: &[usize]| steps[pair[1]].starts_with(&steps[pair[0]]);
    let mut kept: Vec<usize> = order
        .windows(2)
        .filter(|pair| !is_passed(pair))
        .map(|pair| pair[0])
        .collect();
    kept.extend(order.last());
    kept.sort_unstable();
    kept.into_iter().map(|index| reads[index].clone()).collect()
}

/// The most reads that a composed variable passes on to each expression that reads it.
const MAX_COMPOSED_READS: usize = 100;

/// A variable of a macro.
pub(crate) struct Scope<'s, 'a> {
    pub name: &'a str,
    pub value: Value<'a>,
    pub outer: Option<&'s Scope<'s, 'a>>,
}

pub(crate) struct Evaluator<'e, 'a> {
    pub inputs: &'e Inputs<'a>,
    /// What the expression may still cost.
    left: Cell<u64>,
    /// How many composed variables can be read: those before the one that is being evaluated.
    visible: Cell<usize>,
    pub log: RefCell<Vec<Read<'a>>>,
}

/// An error at a node.
pub(crate) fn error<'a>(node: &Node, message: impl Into<String>) -> Failure<'a> {
    Failure::Error(Error::new(node.start, node.end, message))
}

impl<'a> Evaluator<'_, 'a> {
    /// Uses up units.
    pub fn spend(&self, units: u64) -> Result<(), Failure<'a>> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(units));
        match left >= units && self.inputs.budget.spend(units) {
            true => Ok(()),
            false => Err(Failure::Limit),
        }
    }

    fn knowledge(&self, path: Option<&Path<'a>>) -> Knowledge {
        match (self.inputs.oracle, path) {
            (Some(oracle), Some(path)) => oracle(path),
            _ => Knowledge::Known,
        }
    }

    fn keeps_paths(&self) -> bool {
        self.inputs.is_traced || self.inputs.oracle.is_some()
    }

    fn read(&self, path: Option<&Path<'a>>, is_missing: bool) {
        if let Some(path) = path.filter(|_| self.inputs.is_traced) {
            let path = path.clone();
            self.log.borrow_mut().push(Read { path, is_missing });
        }
    }

    /// How many reads there are.
    pub fn mark(&self) -> usize {
        self.log.borrow().len()
    }

    /// Forgets the reads between two marks, when there are others after them.
    pub fn keep_from(&self, start: usize, end: usize) {
        let mut log = self.log.borrow_mut();
        if log.len() > end {
            log.drain(start..end);
        }
    }

    /// The value of a node, all of it.
    pub fn eval(&self, node: &'a Node, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        let value = self.part(node, scope)?;
        match (self.knowledge(value.path.as_ref()), value.path) {
            (Knowledge::Partly, Some(path)) => Err(Failure::Unknown(path)),
            (_, path) => Ok(Value { path, ..value }),
        }
    }

    /// The value of a node of which only known parts are read.
    pub fn part(&self, node: &'a Node, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        match &node.kind {
            NodeKind::Literal(literal) => Ok(literal_value(literal)),
            NodeKind::Name(name) => self.name(node, name, scope),
            NodeKind::Select {
                operand,
                field,
                optional,
            } => {
                if let Some(outcome) = self.composed(node, operand, field, scope) {
                    return outcome;
                }
                let of = self.part(operand, scope)?;
                self.spend(1)?;
                let key = Kind::Text(Text::Borrowed(field)).into();
                self.member(node, of, key, *optional)
            }
            NodeKind::Has { operand, field } => {
                if self.is_composed(operand, field, scope) {
                    return Ok(Kind::Bool(true).into());
                }
                let of = self.part(operand, scope)?;
                let key = Kind::Text(Text::Borrowed(field)).into();
                let found = self.member(node, of, key, true)?;
                Ok(Kind::Bool(matches!(found.kind, Kind::Optional(Some(_)))).into())
            }
            NodeKind::Index {
                operand,
                index,
                optional,
            } => {
                let of = self.part(operand, scope)?;
                let key = self.eval(index, scope)?;
                self.spend(1)?;
                self.member(node, of, key, *optional)
            }
            NodeKind::Call(call) => self.call(node, call, scope),
            NodeKind::And(operands) => self.logic(operands, false, scope),
            NodeKind::Or(operands) => self.logic(operands, true, scope),
            NodeKind::Conditional(parts) => {
                let [condition, yes, no] = &**parts;
                let start = self.mark();
                let chosen = if self.flag(condition, scope)? {
                    yes
                } else {
                    no
                };
                let end = self.mark();
                let outcome = self.part(chosen, scope);
                self.keep_from(start, end);
                outcome
            }
            NodeKind::List(items) => self.list(items, scope),
            NodeKind::Map(entries) => self.map(entries, scope),
            NodeKind::Fold(fold) => self.fold(fold, scope),
        }
    }

    fn name(&self, node: &Node, name: &'a str, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        self.spend(1)?;
        if let Some(value) = local(name, scope) {
            self.read(value.path.as_ref(), false);
            return Ok(value.clone());
        }
        let variables = &self.inputs.variables;
        if let Some((_, data)) = variables.iter().find(|(known, _)| *known == name) {
            let path = self.keeps_paths().then(|| Path::variable(name));
            self.check_known(path.as_ref())?;
            self.read(path.as_ref(), false);
            return Ok(Value::data(data, path));
        }
        match functions::type_name(name) {
            Some(of) => Ok(Kind::Type(of).into()),
            None => Err(error(node, format!("`{name}` has no value"))),
        }
    }

    fn check_known(&self, path: Option<&Path<'a>>) -> Result<(), Failure<'a>> {
        match (self.knowledge(path), path) {
            (Knowledge::Unknown, Some(path)) => Err(Failure::Unknown(path.clone())),
            _ => Ok(()),
        }
    }

    fn is_composed(&self, operand: &Node, field: &str, scope: Option<&Scope<'_, 'a>>) -> bool {
        self.find_composed(operand, field, scope).is_some()
    }

    fn find_composed(
        &self,
        operand: &Node,
        field: &str,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Option<usize> {
        let NodeKind::Name(object) = &operand.kind else {
            return None;
        };
        if local(object, scope).is_some() {
            return None;
        }
        let visible = &self.inputs.composed[..self.visible.get()];
        visible
            .iter()
            .position(|composed| composed.object == object && composed.name == field)
    }

    /// The value of a composed variable, evaluated once. Its reads count for whoever reads it.
    fn composed(
        &self,
        node: &Node,
        operand: &Node,
        field: &str,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Option<Outcome<'a>> {
        let position = self.find_composed(operand, field, scope)?;
        let composed = &self.inputs.composed[position];
        if let Err(stop) = self.spend(1) {
            return Some(Err(stop));
        }
        let (outcome, reads) = composed.value.get_or_init(|| {
            let visible = self.visible.replace(position);
            let log = self.log.take();
            let outcome = self.part(&composed.expression.root, None);
            self.visible.set(visible);
            let mut reads = deepest(self.log.replace(log));
            reads.truncate(MAX_COMPOSED_READS);
            (outcome, reads)
        });
        self.log.borrow_mut().extend(reads.iter().cloned());
        Some(match outcome {
            Err(Failure::Error(inner)) if inner.variable.is_none() => {
                let variable = Some(format!("{}.{}", composed.object, composed.name));
                let inner = inner.clone();
                Err(Failure::Error(Error { variable, ..inner }))
            }
            Err(Failure::Limit) => Err(error(node, "the variable costs more than is allowed")),
            other => other.clone(),
        })
    }

    fn call(&self, node: &'a Node, call: &'a Call, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        if let ("or" | "orValue", [first, second]) = (&*call.name, call.arguments.as_slice()) {
            return self.alternative(node, first, second, call.name == "orValue", scope);
        }
        let mut arguments = Vec::with_capacity(call.arguments.len());
        let mut cost = 1;
        for argument in &call.arguments {
            let value = self.eval(argument, scope)?;
            if let Kind::Text(_) | Kind::Bytes(_) = value.kind {
                cost += value.size() as u64 / 10;
            }
            arguments.push(value);
        }
        self.spend(cost)?;
        if let ("@in", [key, of]) = (&*call.name, arguments.as_slice()) {
            self.look_up(key, of)?;
        }
        let Some(function) = call.function else {
            return Err(error(node, format!("unknown function `{}`", call.name)));
        };
        let context = Context {
            regex: call.regex.as_ref(),
            spend: &|units| self.spend(units),
        };
        match (function.run)(&context, &arguments) {
            Err(Failure::Error(inner)) => Err(Failure::Error(Error {
                start: node.start,
                end: node.end,
                ..inner
            })),
            other => other,
        }
    }

    /// `or` and `orValue`: the second is evaluated only when the first has no value.
    fn alternative(
        &self,
        node: &Node,
        first: &'a Node,
        second: &'a Node,
        unwraps: bool,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let value = self.eval(first, scope)?;
        self.spend(1)?;
        match &value.kind {
            Kind::Optional(Some(inner)) if unwraps => Ok((**inner).clone()),
            Kind::Optional(Some(_)) => Ok(value),
            Kind::Optional(None) => self.eval(second, scope),
            _ => Err(error(
                node,
                format!("`{}` is not an optional", value.type_name()),
            )),
        }
    }

    /// A value that must be `true` or `false`.
    pub fn flag(&self, node: &'a Node, scope: Option<&Scope<'_, 'a>>) -> Result<bool, Failure<'a>> {
        let value = self.eval(node, scope)?;
        match value.kind {
            Kind::Bool(flag) => Ok(flag),
            _ => Err(error(
                node,
                format!("expected true or false, found `{}`", value.type_name()),
            )),
        }
    }

    /// `&&` and `||`: one operand that is `decisive` decides, whatever the others are or fail with.
    fn logic(
        &self,
        operands: &'a [Node],
        decisive: bool,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let start = self.mark();
        let mut failed = None;
        for operand in operands {
            let before = self.mark();
            match self.flag(operand, scope) {
                Ok(flag) if flag == decisive => {
                    self.keep_from(start, before);
                    return Ok(Kind::Bool(decisive).into());
                }
                Ok(_) => {}
                Err(Failure::Limit) => return Err(Failure::Limit),
                Err(failure) => failed = Some(weightier(failed, failure)),
            }
        }
        failed.map_or_else(|| Ok(Kind::Bool(!decisive).into()), Err)
    }

    fn list(&self, items: &'a [(Node, bool)], scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        self.spend(10)?;
        let mut out = Vec::with_capacity(items.len());
        for (item, optional) in items {
            let value = self.eval(item, scope)?;
            match (optional, value.kind) {
                (false, kind) => out.push(Value { kind, ..value }),
                (true, Kind::Optional(None)) => {}
                (true, Kind::Optional(Some(inner))) => out.push((*inner).clone()),
                (true, _) => return Err(error(item, "expected an optional")),
            }
        }
        Ok(Value::list(out))
    }

    fn map(&self, entries: &'a [(Node, Node, bool)], scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        self.spend(30)?;
        let mut out: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for (key_node, value_node, optional) in entries {
            let key = self.eval(key_node, scope)?;
            let value = self.eval(value_node, scope)?;
            let value = match (optional, &value.kind) {
                (false, _) => value,
                (true, Kind::Optional(None)) => continue,
                (true, Kind::Optional(Some(inner))) => (**inner).clone(),
                (true, _) => return Err(error(value_node, "expected an optional")),
            };
            self.spend(out.len() as u64 / 10)?;
            insert(&mut out, key, value, false).map_err(|message| error(key_node, message))?;
        }
        Ok(Kind::Map(crate::value::Map::Made(out.into())).into())
    }
}

/// Adds an entry to a map under construction. When a key is there already, it is an error or the new value counts.
pub(crate) fn insert<'a>(
    entries: &mut Vec<(Value<'a>, Value<'a>)>,
    key: Value<'a>,
    value: Value<'a>,
    is_once: bool,
) -> Result<(), String> {
    if !matches!(
        key.kind,
        Kind::Bool(_) | Kind::Int(_) | Kind::Uint(_) | Kind::Double(_) | Kind::Text(_)
    ) {
        return Err(format!("`{}` is no type for a key", key.type_name()));
    }
    match entries.iter_mut().find(|(known, _)| known.equals(&key)) {
        Some(_) if is_once => return Err("the key is there twice".to_owned()),
        Some((_, known)) => *known = value,
        None => entries.push((key, value)),
    }
    Ok(())
}

/// Of two failures the one that says more: what is unknown could still decide.
pub(crate) fn weightier<'a>(known: Option<Failure<'a>>, other: Failure<'a>) -> Failure<'a> {
    match known {
        Some(Failure::Error(_)) if matches!(other, Failure::Unknown(_)) => other,
        Some(known) => known,
        None => other,
    }
}

fn local<'s, 'a>(name: &str, mut scope: Option<&'s Scope<'s, 'a>>) -> Option<&'s Value<'a>> {
    while let Some(inner) = scope {
        if inner.name == name {
            return Some(&inner.value);
        }
        scope = inner.outer;
    }
    None
}

pub(crate) fn literal_value(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Kind::Null,
        Literal::Bool(flag) => Kind::Bool(*flag),
        Literal::Int(number) => Kind::Int(*number),
        Literal::Uint(number) => Kind::Uint(*number),
        Literal::Double(number) => Kind::Double(*number),
        Literal::Text(text) => Kind::Text(Text::Borrowed(text)),
        Literal::Bytes(bytes) => Kind::Bytes(bytes.as_slice().into()),
    }
    .into()
}
