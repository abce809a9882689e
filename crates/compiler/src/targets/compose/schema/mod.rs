//! What the Compose specification allows: the keys of each section and the types of their values.
//!
//! Docker Compose refuses a file with another key or type as a whole, so each is an error. It reads
//! variables before it looks at types, so that text may stand for a number or a boolean.

mod shape;
mod tables;
#[cfg(test)]
mod tests;

use crate::support::faults::Faults;
use diagnostics::suggestions::closest_match;
use shape::Type;
use tables::{BUILD, FILE};
use yaml::Node;
use yaml::deserialize::FieldError;

rules! {
    /// A part of the Compose file is not what the Compose specification allows.
    pub INVALID_COMPOSE: "invalid-compose", Error;
}

/// What messages call a file.
const WHOLE: &str = "the file";

/// A section of the file that definitions have, too.
pub(super) fn check_element(section: &str, name: &str, node: &Node) -> Vec<FieldError> {
    let known = FILE.keys.iter().find(|(key, _)| *key == section);
    let mut faults = Faults::of(WHOLE);
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
    let mut faults = Faults::of(WHOLE);
    FILE.check(file, &mut faults);
    let services = file.get("services").and_then(Node::as_map);
    for (name, entry) in services.into_iter().flatten() {
        check_source(name, &entry.value, &mut faults);
    }
    faults.errors
}

/// The `build` of a service.
pub(super) fn check_build(build: &Node) -> Vec<FieldError> {
    let mut faults = Faults::of(WHOLE);
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
        let mut keys = entries.keys();
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
