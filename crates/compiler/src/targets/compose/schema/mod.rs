//! What the Compose specification allows: the keys of each section and the types of their values.
//!
//! Docker Compose refuses a file with another key or type as a whole, so each is an error. It reads
//! variables before it looks at types, so that text may stand for a number or a boolean.

mod tables;
#[cfg(test)]
mod tests;

use diagnostics::source::Span;
use diagnostics::suggestions::{closest_match, list_names, suggestion};
use yaml::deserialize::FieldError;
use yaml::{Entries, Kind, Node};

pub(super) use tables::{BUILD, FILE};

rules! {
    /// A part of the Compose file is not what the Compose specification allows.
    pub INVALID_COMPOSE: "invalid-compose", Error;
}

/// What a value may be.
enum Type {
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
    required: &'static [&'static str],
    keys: &'static [(&'static str, &'static Type)],
}

/// A section of the file that definitions have, too.
pub(super) fn check_element(section: &str, name: &str, node: &Node) -> Vec<FieldError> {
    let known = FILE.keys.iter().find(|(key, _)| *key == section);
    let mut faults = Faults::default();
    if let Some((_, Type::Map(element))) = known {
        faults.within(section, |faults| {
            faults.within(name, |faults| element.check(node, faults));
        });
    }
    if section == "services" {
        check_source(name, node, &mut faults);
    }
    faults.errors
}

/// A whole file.
pub(super) fn check_file(file: &Node) -> Vec<FieldError> {
    let mut faults = Faults::default();
    FILE.check(file, &mut faults);
    let services = file.get("services").and_then(Node::as_map);
    for (name, entry) in services.into_iter().flatten() {
        check_source(name, &entry.value, &mut faults);
    }
    faults.errors
}

/// The `build` of a service.
pub(super) fn check_build(build: &Node) -> Vec<FieldError> {
    let mut faults = Faults::default();
    faults.within("build", |faults| BUILD.check(build, faults));
    faults.errors
}

/// A service is made from something.
fn check_source(name: &str, service: &Node, faults: &mut Faults) {
    const SOURCES: [&str; 4] = ["image", "build", "extends", "provider"];
    let Some(entries) = service.as_map() else {
        return;
    };
    let is_given = |key: &&str| {
        entries
            .get(*key)
            .is_some_and(|entry| !entry.value.is_null())
    };
    if !SOURCES.iter().any(is_given) {
        // A misspelled key is reported already.
        let mut keys = entries.keys().map(String::as_str);
        let is_typo = |key: &str| {
            let is_unknown = tables::SERVICE.keys.iter().all(|(known, _)| *known != key);
            is_unknown && closest_match(key, SOURCES).is_some()
        };
        if !keys.any(is_typo) {
            let place = entries
                .values()
                .next()
                .map_or(service.span, |entry| entry.key);
            faults.path = format!("services.{name}");
            faults.add(place, "needs an `image` or a `build`");
            faults.path.clear();
        }
    }
}

#[derive(Default)]
struct Faults {
    path: String,
    errors: Vec<FieldError>,
}

impl Faults {
    fn add(&mut self, span: Span, what: impl std::fmt::Display) {
        let message = match self.path.as_str() {
            "" => format!("the file {what}"),
            path => format!("`{path}` {what}"),
        };
        self.errors.push(FieldError {
            span,
            path: self.path.clone(),
            message,
        });
    }

    fn within(&mut self, key: &str, look: impl FnOnce(&mut Faults)) {
        let length = self.path.len();
        if length > 0 && !key.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(key);
        look(self);
        self.path.truncate(length);
    }
}

impl Shape {
    fn check(&self, node: &Node, faults: &mut Faults) {
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

    fn check(&self, node: &Node, faults: &mut Faults) {
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
