//! What a definition needs in an environment: kinds of an operator, values, programs. It is read
//! from the templates, which say the same for all resources.

use std::collections::BTreeSet;

use compiler::provision::library::{Definition, Engine};
use compiler::targets::sections_of_targets;
use compiler::targets::target::Target;

/// What a definition needs besides the target itself, each as an item of a list.
pub(super) fn needs(definition: &Definition, target: &dyn Target) -> Vec<String> {
    let mut needs = Vec::new();
    match definition.engine {
        Engine::Command => needs.push(format!("the program `{}`", definition.uri.value)),
        Engine::LocalEnvironment if !definition.sections.contains_key("source") => {
            needs.push("environment variables with the names of the outputs".to_owned());
        }
        Engine::LocalEnvironment | Engine::Template | Engine::Outputs => {}
    }
    let texts = || {
        let sections = definition.sections.iter();
        let is_used = |name: &&str| {
            let of_target = target.info().sections.contains(name);
            of_target || !sections_of_targets().any(|one| one == *name)
        };
        sections
            .filter(move |(name, _)| is_used(name))
            .map(|(_, section)| section.text.template())
    };
    let kinds: BTreeSet<String> = texts().flat_map(custom_kinds).collect();
    needs.extend(kinds);
    // Those of the embedded definitions all have a default.
    let texts = texts().filter(|_| !definition.builtin);
    let values: BTreeSet<&str> = texts.flat_map(values).collect();
    needs.extend(values.into_iter().map(|name| format!("the value `{name}`")));
    needs
}

/// The kinds of objects that are not part of Kubernetes. A kind follows its API version.
fn custom_kinds(template: &str) -> impl Iterator<Item = String> {
    let lines = template.lines();
    let next = template.lines().skip(1);
    lines.zip(next).filter_map(|(line, next)| {
        let (version, kind) = (value_of(line, "apiVersion: ")?, value_of(next, "kind: ")?);
        let is_custom = compiler::targets::kubernetes::is_custom_kind(version, kind);
        is_custom.then(|| format!("the kind `{kind}` of `{version}`"))
    })
}

/// The plain value of a key on a line.
fn value_of<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let value = line.trim().trim_start_matches("- ").strip_prefix(key)?;
    Some(value.trim()).filter(|value| !value.contains("{{"))
}

/// The values of the environment that a template reads.
fn values(template: &str) -> impl Iterator<Item = &str> {
    let parts = template.split(".Environment.Values.").skip(1);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_.".contains(letter);
    parts.filter_map(move |rest| {
        let name = rest.split(|letter| !is_name(letter)).next()?;
        Some(name.trim_end_matches('.')).filter(|name| !name.is_empty())
    })
}
