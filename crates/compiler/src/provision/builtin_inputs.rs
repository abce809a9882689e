//! Values of the environment that the embedded definitions read and a cluster would refuse: sizes
//! and names.

use std::collections::BTreeSet;

use super::library::{Binding, Definition, Library};
use crate::decode::resource_limits::check_storage;
use crate::model::is_dns_name;
use crate::rules::INVALID_NAME;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::value::Value;
use yaml::Node;

/// What an input must be.
#[derive(Clone, Copy)]
enum Input {
    Size,
    Name,
}

/// Values of the environment by name.
const VALUES: [(&str, Input); 5] = [
    ("gateway", Input::Name),
    ("gatewayNamespace", Input::Name),
    ("ingressClass", Input::Name),
    ("kafkaStorage", Input::Size),
    ("storageClass", Input::Name),
];

/// Whether an embedded definition reads a param or a value, such as `Params.storage`.
fn reads(definition: &Definition, path: &str) -> bool {
    let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric());
    let has = |text: &str| text.split(path).skip(1).any(is_end);
    let mut sections = definition.sections.values();
    definition.builtin && sections.any(|section| has(section.text.template()))
}

/// Checks the values of the environment that the definitions in use read.
pub fn check_values(
    library: &Library,
    bindings: &[Option<Binding>],
    values: Option<&Node>,
    report: &mut Report,
) {
    let used: BTreeSet<Binding> = bindings.iter().flatten().copied().collect();
    let is_read = |path: &str| {
        let mut used = used.iter().map(|binding| &library.definitions()[*binding]);
        used.any(|definition| reads(definition, path))
    };
    for (name, input) in VALUES {
        let path = format!("Environment.Values.{name}");
        if let Some(node) = values.and_then(|values| values.get(name))
            && is_read(&path)
        {
            let what = format!("`values.{name}`");
            check(input, &what, &node.to_value(), node.span, report);
        }
    }
}

/// `null` means that the input is not set.
fn check(input: Input, what: &str, value: &Value, span: Span, report: &mut Report) {
    if *value == Value::Null {
        return;
    }
    let text = Spanned::new(value.to_text(), span);
    match input {
        Input::Size => check_storage(&text, report),
        Input::Name if !is_dns_name(&text.value) => {
            let message = format!(
                "{what} must be the name of an object, which `{}` cannot be",
                text.value
            );
            let help = "use the characters a-z, 0-9, `-` and `.`, beginning and ending with a letter or digit";
            report.push(Problem::new(&INVALID_NAME, message).at(span).help(help));
        }
        Input::Name => {}
    }
}
