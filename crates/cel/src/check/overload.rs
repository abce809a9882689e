//! Which form of a function the types of the arguments fit.

use super::Checker;
use crate::Error;
use crate::functions;
use crate::types::{Signature, Type};

impl Checker {
    /// The result of a call: of the overload that fits, or `dyn` when several with different results do.
    pub(super) fn overload(
        &mut self,
        name: &str,
        is_member: bool,
        given: Vec<Type>,
        (start, end): (usize, usize),
    ) -> Type {
        let Some(function) = functions::find(name) else {
            return Type::Dyn;
        };
        let mut found: Option<Type> = None;
        let mut counts = Vec::new();
        for text in function.overloads {
            let before = self.bindings.mark();
            match self.apply(text, is_member, &given) {
                Applied::Fits(result) => {
                    // What the first says of the arguments counts for the others.
                    found = Some(match found {
                        Some(other) if other != result => Type::Dyn,
                        _ => result,
                    });
                    continue;
                }
                Applied::Count(count) => counts.push(count),
                Applied::Form => {}
                Applied::Types => counts.push(given.len()),
            }
            self.bindings.undo(before);
        }
        found.unwrap_or_else(|| {
            let error = no_overload(name, is_member, &self.finished(&given), counts);
            self.report(Error {
                start,
                end,
                ..error
            })
        })
    }

    /// Tries one overload.
    fn apply(&mut self, text: &str, is_member: bool, given: &[Type]) -> Applied {
        let signature = Signature::read(text, &mut self.bindings);
        if signature.is_member != is_member {
            return Applied::Form;
        }
        if signature.arguments.len() != given.len() {
            return Applied::Count(signature.arguments.len());
        }
        let mut pairs = signature.arguments.iter().zip(given);
        match pairs.all(|(wanted, given)| self.bindings.fits(wanted, given)) {
            true => Applied::Fits(self.bindings.resolve(&signature.result)),
            false => Applied::Types,
        }
    }
}

/// How an overload and arguments go together.
enum Applied {
    /// With this result.
    Fits(Type),
    /// It is a method and the call is not, or the other way round.
    Form,
    /// It takes another number of arguments.
    Count(usize),
    /// It takes other types.
    Types,
}

/// Why no overload fits. `counts` are the numbers of arguments that overloads of the same form take.
fn no_overload(name: &str, is_member: bool, given: &[Type], mut counts: Vec<usize>) -> Error {
    let shown = functions::shown(name);
    let types: Vec<String> = given.iter().map(|of| format!("`{of}`")).collect();
    counts.sort_unstable();
    counts.dedup();
    if counts.is_empty() {
        let (message, help) = match is_member {
            true => (
                format!("`{shown}` is no method"),
                format!("write `{shown}(..)`"),
            ),
            false => (
                format!("`{shown}` is a method"),
                format!("write `value.{shown}(..)`"),
            ),
        };
        return Error::new(0, 0, message).help(Some(help));
    }
    let before = usize::from(is_member);
    if !counts.contains(&given.len()) {
        let wanted: Vec<String> = counts
            .iter()
            .map(|count| (count - before).to_string())
            .collect();
        let found = given.len() - before;
        let message = format!("`{shown}` takes {}, not {found}", numbers(&wanted));
        return Error::new(0, 0, message);
    }
    let message = match types.as_slice() {
        [first, rest @ ..] if is_member && !rest.is_empty() => {
            format!(
                "`{shown}` does not work on {first} with {}",
                rest.join(", ")
            )
        }
        _ => format!("`{shown}` does not work on {}", types.join(" and ")),
    };
    Error::new(0, 0, message).help(advice(given))
}

fn numbers(wanted: &[String]) -> String {
    match wanted {
        [one] if one == "1" => "1 argument".to_owned(),
        _ => format!("{} arguments", wanted.join(" or ")),
    }
}

/// What to write where numbers or texts meet others.
fn advice(given: &[Type]) -> Option<&'static str> {
    let has = |of: &Type| given.contains(of);
    if has(&Type::Double) && (has(&Type::Int) || has(&Type::Uint)) {
        return Some("write `double(..)` around the whole number");
    }
    if has(&Type::Int) && has(&Type::Uint) {
        return Some("write `int(..)` around the unsigned number");
    }
    if has(&Type::String) && (has(&Type::Int) || has(&Type::Double)) {
        return Some("write `string(..)` around the number");
    }
    None
}
