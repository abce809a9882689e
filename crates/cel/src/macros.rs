//! Calls that are macros: their arguments are not values, but a field or a variable with a body.

use crate::Error;
use crate::tree::{Fold, Kind, Macro, Node};

/// `has(a.b)`.
pub(crate) fn has(argument: Node, sign: (usize, usize)) -> Result<Kind, Error> {
    match argument.kind {
        Kind::Select {
            operand,
            field,
            optional: false,
        } => Ok(Kind::Has { operand, field }),
        _ => Err(Error::new(sign.0, sign.1, "`has` needs a field").help(Some(
            "write `has(a.b)`; for a key of a map write `\"key\" in a.b`",
        ))),
    }
}

/// A form of a macro: its name, the numbers of its variables and of what follows them, and what it does.
pub(crate) type Form = (&'static str, usize, usize, Macro);

const FORMS: [Form; 19] = [
    ("all", 1, 1, Macro::All),
    ("all", 2, 1, Macro::All),
    ("exists", 1, 1, Macro::Exists),
    ("exists", 2, 1, Macro::Exists),
    ("exists_one", 1, 1, Macro::ExistsOne),
    ("exists_one", 2, 1, Macro::ExistsOne),
    ("existsOne", 2, 1, Macro::ExistsOne),
    ("map", 1, 1, Macro::Map),
    ("map", 1, 2, Macro::Map),
    ("filter", 1, 1, Macro::Filter),
    ("transformList", 2, 1, Macro::Map),
    ("transformList", 2, 2, Macro::Map),
    ("transformMap", 2, 1, Macro::TransformMap),
    ("transformMap", 2, 2, Macro::TransformMap),
    ("transformMapEntry", 2, 1, Macro::TransformMapEntry),
    ("transformMapEntry", 2, 2, Macro::TransformMapEntry),
    ("sortBy", 1, 1, Macro::SortBy),
    ("optMap", 1, 1, Macro::OptMap),
    ("optFlatMap", 1, 1, Macro::OptFlatMap),
];

/// Whether `name` is the name of a macro.
pub(crate) fn is_macro(name: &str) -> bool {
    name == "has" || FORMS.iter().any(|(known, ..)| *known == name)
}

/// The macro of this name with so many arguments.
pub(crate) fn find(name: &str, count: usize) -> Option<Form> {
    let mut forms = FORMS.into_iter();
    forms.find(|(known, variables, others, _)| *known == name && variables + others == count)
}

/// A call of a macro of `range`.
pub(crate) fn fold(
    (_, variables, others, macro_): Form,
    range: Node,
    sign: (usize, usize),
    arguments: Vec<Node>,
) -> Result<Kind, Error> {
    let mut arguments = arguments.into_iter();
    let mut names = Vec::new();
    for argument in arguments.by_ref().take(variables) {
        match argument.kind {
            Kind::Name(name) if !names.contains(&name) => names.push(name),
            _ => {
                return Err(
                    Error::new(argument.start, argument.end, "expected a name").help(Some(
                        "the first argument of a macro names its variable, as in `list.all(item, item > 0)`",
                    )),
                );
            }
        }
    }
    let second = (variables == 2).then(|| names.pop()).flatten();
    let filter = (others == 2).then(|| arguments.next()).flatten();
    match (names.pop(), arguments.next()) {
        (Some(first), Some(body)) => Ok(Kind::Fold(Box::new(Fold {
            macro_,
            range,
            first,
            second,
            filter,
            body,
        }))),
        _ => Err(Error::new(sign.0, sign.1, "the macro has no body")),
    }
}
