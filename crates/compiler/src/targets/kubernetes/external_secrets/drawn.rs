//! What depends on random values in the manifests of definitions. A store has the values themselves:
//! a Secret can contain them as they are, and nothing else can depend on them.
//!
//! Each resource is provisioned with two sets of stand-ins, so that all that depends on them differs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::link::ResourceNode;
use crate::placeholder::resolve::Outputs;
use crate::provision::definition::REQUESTED_BY;
use crate::provision::{ProvisionedResource, StoredSecrets};
use crate::rules::SECRET_NOT_ALLOWED;
use crate::targets::kubernetes::api_kinds;
use crate::targets::target::DrawnTwice;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span};
use diagnostics::value::Value;
use yaml::{Kind, Node};

/// What the store of the environment has is wanted there only by reference.
pub(super) const NOT_IN_OUTPUT: &str =
    "a generated password, which only the store of `secrets: external` has";

/// The sections of a Secret with its content, and whether it is in base64.
const CONTENT: [(&str, bool); 2] = [("data", true), ("stringData", false)];

/// Reports what depends on a random value otherwise.
pub(in crate::targets::kubernetes) fn check(
    drawn: &DrawnTwice<'_>,
    sources: &Sources,
    report: &mut Report,
) {
    let [first, second] = drawn.sets;
    let resources = first.resources.iter().zip(second.resources);
    for (node, (one, other)) in drawn.nodes.iter().zip(resources) {
        let mut check = Check {
            node,
            stored: [first.stored, second.stored],
            sources,
            report,
        };
        check.outputs(one, other);
        check.manifests(one, other);
    }
}

/// The text that is encoded in base64.
fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// The check of one resource.
struct Check<'a> {
    node: &'a ResourceNode,
    /// What finds the stand-ins of each set.
    stored: [&'a StoredSecrets; 2],
    sources: &'a Sources,
    report: &'a mut Report,
}

impl Check<'_> {
    fn outputs(&mut self, one: &ProvisionedResource, other: &ProvisionedResource) {
        let (Outputs::Values(outputs), Outputs::Values(others)) = (&one.outputs, &other.outputs)
        else {
            return;
        };
        for (name, output) in outputs {
            let other = others.get(name).map(Value::to_json);
            let is_same = other.is_some_and(|other| self.is_same(&output.to_json(), &other));
            if !is_same {
                let what = format!("the output `{name}`");
                self.report_computed(&what, one.outputs_span.unwrap_or(self.node.span));
            }
        }
    }

    fn manifests(&mut self, one: &ProvisionedResource, other: &ProvisionedResource) {
        let mut manifests = api_kinds::manifests(&one.sections);
        let mut others = api_kinds::manifests(&other.sections);
        loop {
            match (manifests.next(), others.next()) {
                (Some(one), Some(other)) => self.manifest(one, other),
                (Some(only), None) => self.report_exposed(only.span),
                // The first run has no place for what only the second has.
                (None, Some(_)) => self.report_exposed(self.node.span),
                (None, None) => return,
            }
        }
    }

    fn manifest(&mut self, one: &Node, other: &Node) {
        let is_secret = one.get("kind").and_then(Node::as_str) == Some("Secret");
        let (Some(entries), Some(others), true) = (one.as_map(), other.as_map(), is_secret) else {
            return self.equal(one, other);
        };
        for (key, entry) in entries {
            let content = CONTENT.iter().find(|(section, _)| section == key);
            match (content, others.get(key)) {
                (Some((_, is_encoded)), Some(other)) => {
                    self.content(&entry.value, &other.value, *is_encoded);
                }
                (None, Some(other)) => self.equal(&entry.value, &other.value),
                (_, None) => self.report_exposed(entry.value.span),
            }
        }
    }

    /// Compares the content of two Secrets, which can have random values.
    fn content(&mut self, one: &Node, other: &Node, is_encoded: bool) {
        let (Some(entries), Some(others)) = (one.as_map(), other.as_map()) else {
            return self.equal(one, other);
        };
        for (key, entry) in entries {
            let (Some(one), Some(other)) = (entry.value.as_str(), others.get(key)) else {
                self.report_exposed(entry.value.span);
                continue;
            };
            let other = other.value.as_str().unwrap_or_default();
            let is_same = match is_encoded {
                true => self.is_same_decoded(one, other),
                false => self.is_same(one, other),
            };
            if !is_same {
                self.report_computed(&format!("`{key}` of this Secret"), entry.value.span);
            }
        }
    }

    /// Whether two texts have the same random values, as they are, between the same text.
    fn is_same(&self, one: &str, other: &str) -> bool {
        let [first, second] = self.stored;
        one == other || first.split(one) == second.split(other)
    }

    /// As [`Check::is_same`], of texts in base64. Bytes that are no text must be the same.
    fn is_same_decoded(&self, one: &str, other: &str) -> bool {
        match (decoded(one), decoded(other)) {
            (Some(one), Some(other)) => self.is_same(&one, &other),
            _ => one == other,
        }
    }

    /// Reports where two values differ.
    fn equal(&mut self, one: &Node, other: &Node) {
        match (&one.kind, &other.kind) {
            (Kind::Map(entries), Kind::Map(others)) if entries.len() == others.len() => {
                for (key, entry) in entries {
                    match others.get(key) {
                        Some(other) => self.equal(&entry.value, &other.value),
                        None => self.report_exposed(entry.key),
                    }
                }
            }
            (Kind::List(items), Kind::List(others)) if items.len() == others.len() => {
                for (one, other) in items.iter().zip(others) {
                    self.equal(one, other);
                }
            }
            (kind, other) if kind == other => {}
            _ => self.report_exposed(one.span),
        }
    }

    fn report_exposed(&mut self, span: Span) {
        let message = format!("this depends on {NOT_IN_OUTPUT}");
        let help = "write it into a Secret, and refer to its key; derive a name from `.Guid`";
        self.report(message, help, span);
    }

    fn report_computed(&mut self, what: &str, span: Span) {
        let message = format!("{what} is computed from {NOT_IN_OUTPUT}");
        let help = "use the generated value as it is, with at least 6 characters";
        self.report(message, help, span);
    }

    fn report(&mut self, message: String, help: &'static str, span: Span) {
        let problem = Problem::new(&SECRET_NOT_ALLOWED, message).at_rendered(self.sources, span);
        let problem = problem.secondary(self.node.span, REQUESTED_BY);
        self.report.push(problem.help(help));
    }
}
