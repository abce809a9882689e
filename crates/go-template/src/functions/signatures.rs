//! What functions take, for people.

use super::{Action, Function, Kind, table};

/// The functions that can be called, each with what it takes: `trunc` with `int string`. The last
/// word ends with `...` where there may be more of it.
pub fn signatures() -> impl Iterator<Item = (&'static str, String)> {
    let functions = table::FUNCTIONS.iter();
    let available = functions.filter(|function| !matches!(function.action, Action::Unavailable(_)));
    available.map(|function| (function.name, takes(function)))
}

fn takes(function: &Function) -> String {
    let fixed = function.kinds.iter().map(|kind| word(*kind).to_owned());
    let rest = function.rest.map(|kind| format!("{}...", word(kind)));
    fixed.chain(rest).collect::<Vec<_>>().join(" ")
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Any | Kind::Value => "any",
        Kind::Text => "string",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Flag => "bool",
        Kind::Map => "map",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_has_the_kinds_of_a_function() {
        let find = |name: &str| signatures().find(|(other, _)| *other == name);
        assert_eq!(find("trunc").unwrap().1, "int string");
        assert_eq!(find("printf").unwrap().1, "string any...");
        assert_eq!(find("env"), None);
    }
}
