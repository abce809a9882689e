//! Tables of the keys of a section, and how a section is compared with them.

use crate::support::faults::Faults;
use diagnostics::suggestions::{list_names, suggestion};
use yaml::{Entries, Kind, Node};

/// What a value may be.
pub(super) enum Type {
    Text,
    /// `true`, `false` or text.
    Boolean,
    /// A number or text.
    Number,
    /// A whole number, or a variable.
    Whole,
    /// Any value without parts.
    Scalar,
    Null,
    Any,
    Word(&'static [&'static str]),
    List(&'static Type),
    /// A mapping with any keys.
    Map(&'static Type),
    /// A mapping with these keys.
    Shape(&'static Shape),
    Either(&'static [&'static Type]),
}

/// The keys of a section.
pub(super) struct Shape {
    pub(super) required: &'static [&'static str],
    pub(super) keys: &'static [(&'static str, &'static Type)],
}

impl Shape {
    pub(super) fn check(&self, node: &Node, faults: &mut Faults) {
        let Some(entries) = node.as_map() else {
            let what = format!("must be a mapping, this is {}", node.kind_name());
            return faults.add(node.span, what);
        };
        self.check_entries(entries, faults);
        for key in self
            .required
            .iter()
            .filter(|key| !entries.contains_key(**key))
        {
            faults.add(node.span, format!("needs the key `{key}`"));
        }
    }

    fn check_entries(&self, entries: &Entries, faults: &mut Faults) {
        for (key, entry) in entries {
            match self.keys.iter().find(|(known, _)| known == key) {
                Some((_, expected)) => {
                    faults.within(key, |faults| expected.check(&entry.value, faults));
                }
                None if key.starts_with("x-") => {}
                None => {
                    let known = self.keys.iter().map(|(known, _)| *known);
                    let help = suggestion(key, known.clone(), || {
                        format!("the keys are {}", list_names(known))
                    });
                    faults.add(entry.key, format!("has no key `{key}`; {help}"));
                }
            }
        }
    }
}

impl Type {
    /// Whether a value is of this type, apart from what is inside it.
    fn fits(&self, node: &Node) -> bool {
        match (self, &node.kind) {
            (Type::Any, _) => true,
            (Type::Null, kind) => *kind == Kind::Null,
            (Type::Text | Type::Word(_), kind) => matches!(kind, Kind::String(..)),
            (Type::Boolean, kind) => matches!(kind, Kind::Bool(_) | Kind::String(..)),
            (Type::Number, kind) => {
                matches!(kind, Kind::Int(_) | Kind::Float(_) | Kind::String(..))
            }
            (Type::Whole, Kind::String(text, _)) => text.contains('$'),
            (Type::Whole, kind) => matches!(kind, Kind::Int(_)),
            (Type::Scalar, kind) => !matches!(kind, Kind::List(_) | Kind::Map(_)),
            (Type::List(_), kind) => matches!(kind, Kind::List(_)),
            (Type::Map(_) | Type::Shape(_), kind) => matches!(kind, Kind::Map(_)),
            (Type::Either(types), _) => types.iter().any(|one| one.fits(node)),
        }
    }

    fn names(&self, names: &mut Vec<&'static str>) {
        let name = match self {
            Type::Any | Type::Null => return,
            Type::Text | Type::Word(_) => "a string",
            Type::Boolean => "`true` or `false`",
            Type::Number => "a number",
            Type::Whole => "a whole number",
            Type::Scalar => "a string, number or boolean",
            Type::List(_) => "a list",
            Type::Map(_) | Type::Shape(_) => "a mapping",
            Type::Either(types) => return types.iter().for_each(|one| one.names(names)),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }

    pub(super) fn check(&self, node: &Node, faults: &mut Faults) {
        if !self.fits(node) {
            let mut names = Vec::new();
            self.names(&mut names);
            let names = names.join(" or ");
            let what = format!("must be {names}, this is {}", node.kind_name());
            return faults.add(node.span, what);
        }
        match (self, &node.kind) {
            (Type::Word(words), Kind::String(text, _))
                if !words.contains(&text.as_str()) && !text.contains('$') =>
            {
                let words = list_names(words.iter().copied());
                faults.add(node.span, format!("is `{text}`, not one of {words}"));
            }
            (Type::List(item), Kind::List(items)) => {
                for (index, node) in items.iter().enumerate() {
                    faults.within(&format!("[{index}]"), |faults| item.check(node, faults));
                }
            }
            (Type::Map(value), Kind::Map(entries)) => {
                for (key, entry) in entries.iter().filter(|(key, _)| !key.starts_with("x-")) {
                    faults.within(key, |faults| value.check(&entry.value, faults));
                }
            }
            (Type::Shape(shape), _) => shape.check(node, faults),
            (Type::Either(types), _) => {
                if let Some(one) = types.iter().find(|one| one.fits(node)) {
                    one.check(node, faults);
                }
            }
            _ => {}
        }
    }
}
