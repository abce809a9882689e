//! The check before the evaluation: names, numbers of arguments, and operands that can never fit, as cel-go finds them.

mod literals;
mod overload;

use diagnostics::suggestions::suggestion;

use crate::Error;
use crate::functions;
use crate::macros;
use crate::tree::{Call, Fold, Kind, Literal, Macro, Node};
use crate::types::{Bindings, Type};

/// Checks a tree, and finds the type of the whole. Literal regular expressions are compiled on the way.
pub(crate) fn check(root: &mut Node, variables: &[(&str, Type)]) -> Result<Type, Vec<Error>> {
    let mut checker = Checker {
        scope: variables
            .iter()
            .map(|(name, of)| ((*name).to_owned(), of.clone()))
            .collect(),
        bindings: Bindings::default(),
        formats: 0,
        errors: Vec::new(),
    };
    let found = checker.node(root);
    match checker.errors.is_empty() {
        true => Ok(checker.bindings.finish(&found)),
        false => Err(checker.errors),
    }
}

struct Checker {
    /// The variables, the innermost last.
    scope: Vec<(String, Type)>,
    bindings: Bindings,
    /// How many calls of `format` are around: lists in them may have items of several types.
    formats: usize,
    errors: Vec<Error>,
}

impl Checker {
    fn report(&mut self, error: Error) -> Type {
        self.errors.push(error);
        Type::Dyn
    }

    fn node(&mut self, node: &mut Node) -> Type {
        let place = node.sign;
        match &mut node.kind {
            Kind::Literal(literal) => literal_type(literal),
            Kind::Name(name) => self.name(name, place),
            Kind::Select {
                operand,
                field,
                optional,
            } => {
                let of = self.node(operand);
                self.select(&of, field, *optional, place)
            }
            Kind::Has { operand, field } => {
                let of = self.node(operand);
                self.select(&of, field, false, place);
                Type::Bool
            }
            Kind::Index {
                operand,
                index,
                optional,
            } => {
                let name = if *optional { "_[?_]" } else { "_[_]" };
                let types = vec![self.node(operand), self.node(index)];
                self.overload(name, false, types, place)
            }
            Kind::Call(_) => self.checked_call(node),
            Kind::And(operands) | Kind::Or(operands) => {
                for operand in operands {
                    let of = self.node(operand);
                    self.expect(&Type::Bool, &of, operand);
                }
                Type::Bool
            }
            Kind::Conditional(parts) => self.conditional(parts, place),
            Kind::List(items) => {
                let mut item_type = None;
                for (item, optional) in items {
                    self.join(&mut item_type, item, *optional);
                }
                Type::list(item_type.unwrap_or_else(|| self.bindings.fresh()))
            }
            Kind::Map(entries) => {
                let (mut key_type, mut value_type) = (None, None);
                for (key, value, optional) in entries {
                    self.join(&mut key_type, key, false);
                    self.join(&mut value_type, value, *optional);
                }
                Type::map(
                    key_type.unwrap_or_else(|| self.bindings.fresh()),
                    value_type.unwrap_or_else(|| self.bindings.fresh()),
                )
            }
            Kind::Fold(fold) => self.fold(fold),
        }
    }

    fn name(&mut self, name: &str, (start, end): (usize, usize)) -> Type {
        let found = self.scope.iter().rev().find(|(known, _)| known == name);
        if let Some((_, of)) = found {
            return of.clone();
        }
        if functions::type_name(name).is_some() {
            return Type::Type;
        }
        let known: Vec<&str> = self.scope.iter().map(|(name, _)| name.as_str()).collect();
        let help = suggestion(name, known.iter().copied(), || listed("variables", &known));
        let message = format!("unknown variable `{name}`");
        self.report(Error::new(start, end, message).help(Some(help)))
    }

    fn select(&mut self, of: &Type, field: &str, optional: bool, place: (usize, usize)) -> Type {
        let (start, end) = place;
        let (inner, wraps) = match self.bindings.resolve(of) {
            Type::Optional(value) => (self.bindings.resolve(&value), true),
            other => (other, optional),
        };
        let found = match inner {
            Type::Dyn | Type::Variable(_) => Type::Dyn,
            Type::Map(entry) => entry.1,
            Type::Object(fields) => match fields.iter().find(|(name, _)| name == field) {
                Some((_, of)) => of.clone(),
                None => return self.unknown_field(&fields, field, place),
            },
            other => {
                let message = format!("`{other}` has no fields");
                return self.report(Error::new(start, end, message));
            }
        };
        match wraps {
            true => Type::optional(found),
            false => found,
        }
    }

    fn unknown_field(
        &mut self,
        fields: &[(String, Type)],
        field: &str,
        (start, end): (usize, usize),
    ) -> Type {
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let help = suggestion(field, names.iter().copied(), || listed("fields", &names));
        let message = format!("unknown field `{field}`");
        self.report(Error::new(start, end, message).help(Some(help)))
    }

    fn call(&mut self, call: &mut Call, place: (usize, usize)) -> Type {
        if call.function.is_none() {
            self.unknown_function(call, place);
            if macros::is_macro(&call.name) {
                return Type::Dyn;
            }
        }
        let is_format = usize::from(call.name == "format");
        self.formats += is_format;
        let types: Vec<Type> = match self.formatted(call) {
            Some(types) => types,
            None => {
                let nodes = call.arguments.iter_mut();
                nodes.map(|node| self.node(node)).collect()
            }
        };
        self.formats -= is_format;
        self.compile_pattern(call);
        self.overload(&call.name, call.is_member, types, place)
    }

    fn unknown_function(&mut self, call: &Call, (start, end): (usize, usize)) {
        let name = &call.name;
        let error = Error::new(start, end, format!("unknown function `{name}`"));
        let help = if macros::is_macro(name) {
            format!("`{name}` is a macro: check the number of its arguments")
        } else {
            suggestion(name, functions::names(), || {
                "use a function of the CEL libraries of Kubernetes".to_owned()
            })
        };
        self.errors.push(error.help(Some(help)));
    }

    fn finished(&self, types: &[Type]) -> Vec<Type> {
        types.iter().map(|of| self.bindings.finish(of)).collect()
    }

    fn expect(&mut self, wanted: &Type, given: &Type, node: &Node) {
        if !self.bindings.fits(wanted, given) {
            let given = self.bindings.finish(given);
            let message = format!("expected `{wanted}`, found `{given}`");
            self.errors.push(Error::new(node.start, node.end, message));
        }
    }

    fn conditional(&mut self, parts: &mut [Node; 3], (start, end): (usize, usize)) -> Type {
        let [condition, yes, no] = parts;
        let of = self.node(condition);
        self.expect(&Type::Bool, &of, condition);
        let (one, other) = (self.node(yes), self.node(no));
        if self.bindings.fits(&one, &other) {
            return match self.bindings.resolve(&one) {
                Type::Dyn => Type::Dyn,
                _ if self.bindings.resolve(&other) == Type::Dyn => Type::Dyn,
                one => one,
            };
        }
        let (one, other) = (self.bindings.finish(&one), self.bindings.finish(&other));
        let message = format!("the values of a condition have two types, `{one}` and `{other}`");
        self.report(Error::new(start, end, message))
    }

    /// Items of a list, and keys and values of a map, have one type, but for those that `format` writes.
    fn join(&mut self, common: &mut Option<Type>, node: &mut Node, optional: bool) {
        let mut of = self.node(node);
        if optional && self.bindings.finish(&of) != Type::Dyn {
            let value = self.bindings.fresh();
            self.expect(&Type::optional(value.clone()), &of, node);
            of = self.bindings.resolve(&value);
        }
        let Some(wanted) = common.clone() else {
            *common = Some(of);
            return;
        };
        let fits = self.bindings.fits(&wanted, &of);
        let (wanted, of) = (self.bindings.finish(&wanted), self.bindings.finish(&of));
        if fits && wanted == of {
            return;
        }
        *common = Some(Type::Dyn);
        if self.formats == 0 {
            let message = format!("expected `{wanted}` as before, found `{of}`");
            let help = "write `dyn(..)` around each item to have several types";
            self.errors
                .push(Error::new(node.start, node.end, message).help(Some(help)));
        }
    }

    fn fold(&mut self, fold: &mut Fold) -> Type {
        let range = self.node(&mut fold.range);
        let Some((first, second)) = self.variables(fold, &range) else {
            let shown = self.bindings.finish(&range);
            let message = match fold.macro_ {
                Macro::OptMap | Macro::OptFlatMap => format!("`{shown}` is not an optional"),
                _ => format!("`{shown}` is neither a list nor a map"),
            };
            return self.report(Error::new(fold.range.start, fold.range.end, message));
        };
        let depth = self.scope.len();
        self.scope.push((fold.first.clone(), first.clone()));
        if let Some(name) = &fold.second {
            self.scope.push((name.clone(), second));
        }
        if let Some(filter) = &mut fold.filter {
            let of = self.node(filter);
            self.expect(&Type::Bool, &of, filter);
        }
        let body = self.node(&mut fold.body);
        self.scope.truncate(depth);
        self.folded(fold, first, body)
    }

    /// The types of the variables, unless the range cannot be one.
    fn variables(&mut self, fold: &Fold, range: &Type) -> Option<(Type, Type)> {
        let is_optional = matches!(fold.macro_, Macro::OptMap | Macro::OptFlatMap);
        Some(match self.bindings.resolve(range) {
            Type::Optional(value) if is_optional => (*value, Type::Dyn),
            Type::Dyn | Type::Variable(_) => (Type::Dyn, Type::Dyn),
            _ if is_optional => return None,
            Type::List(item) if fold.second.is_some() => (Type::Int, *item),
            Type::List(item) => (*item, Type::Dyn),
            Type::Map(entry) => *entry,
            _ => return None,
        })
    }

    fn folded(&mut self, fold: &Fold, first: Type, body: Type) -> Type {
        match fold.macro_ {
            Macro::All | Macro::Exists | Macro::ExistsOne => {
                self.expect(&Type::Bool, &body, &fold.body);
                Type::Bool
            }
            Macro::Filter => {
                self.expect(&Type::Bool, &body, &fold.body);
                Type::list(first)
            }
            Macro::Map => Type::list(body),
            Macro::TransformMap => Type::map(first, body),
            Macro::TransformMapEntry => {
                let (key, value) = (self.bindings.fresh(), self.bindings.fresh());
                let wanted = Type::map(key, value);
                self.expect(&wanted, &body, &fold.body);
                wanted
            }
            Macro::SortBy => {
                let keys = vec![Type::list(body.clone())];
                self.overload("sort", true, keys, fold.body.sign);
                match self.bindings.finish(&body) {
                    Type::Dyn => Type::Dyn,
                    _ => Type::list(first),
                }
            }
            Macro::OptMap => Type::optional(body),
            Macro::OptFlatMap => {
                let value = Type::optional(self.bindings.fresh());
                self.expect(&value, &body, &fold.body);
                value
            }
        }
    }
}

fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::Text(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    }
}

/// What there is, where no name is near the one that is written.
fn listed(what: &str, names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match shown.is_empty() {
        true => format!("there are no {what} here"),
        false => format!("there are {}", shown.join(", ")),
    }
}
