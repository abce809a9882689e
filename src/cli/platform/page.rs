//! The pages about resource types, as Markdown.

use super::example::example;
use super::needs::needs;
use super::{Offer, types};
use compiler::provision::declarations::{Declaration, Declarations};
use compiler::provision::library::Definition;
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// The list of all types.
pub(in crate::cli) fn index(offers: &[Offer]) -> String {
    let mut page = "# Resource types\n\nWhat Score files can ask for in `resources`.\n".to_owned();
    page.push_str("\n| type | what it is | environments |\n|---|---|---|\n");
    for kind in types(offers) {
        let environments = having(offers, kind).map(|offer| code(&offer.environment.name));
        let environments: Vec<String> = environments.collect();
        let sentence = text(sentence(offers, kind)).replace('|', "\\|");
        let environments = environments.join(", ");
        page.push_str(&format!(
            "| [{kind}](types/{kind}.md) | {sentence} | {environments} |\n"
        ));
    }
    page
}

/// What a type is in most environments.
fn sentence<'o>(offers: &'o [Offer], kind: &'o str) -> &'o str {
    let all = || {
        let definitions = offers.iter().flat_map(|offer| offer.of_type(kind));
        definitions.filter_map(|definition| definition.description.as_deref())
    };
    let count = |sentence: &&str| all().filter(|other| other == sentence).count();
    all().max_by_key(count).unwrap_or_default()
}

/// The page of a type.
pub(in crate::cli) fn page(kind: &str, offers: &[Offer], sources: &mut Sources) -> String {
    let mut page = format!("# {kind}\n");
    let groups = groups(offers, kind, sources);
    let is_one = groups.len() == 1;
    for (body, names) in groups {
        if !is_one {
            page.push_str(&format!("\n## In {}\n", names.join(" and ")));
        }
        page.push_str(&body.replace("\n## ", if is_one { "\n## " } else { "\n### " }));
        if is_one {
            page.push_str(&format!("\n## Environments\n\n{}\n", list(names)));
        }
    }
    page
}

/// What is the same in several environments, with their names.
fn groups(offers: &[Offer], kind: &str, sources: &mut Sources) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>, &Definition, Vec<&Offer>)> = Vec::new();
    for offer in having(offers, kind) {
        for definition in offer.of_type(kind) {
            let body = body(definition, offer);
            let name = code(&offer.environment.name);
            match groups.iter_mut().find(|(same, ..)| *same == body) {
                Some((_, names, _, offers)) => {
                    names.push(name);
                    offers.push(offer);
                }
                None => groups.push((body, vec![name], definition, vec![offer])),
            }
        }
    }
    let with_example = |(mut body, names, definition, offers): (String, _, _, Vec<&Offer>)| {
        if let Some(example) = example(definition, &offers, sources) {
            body.push_str(&format!("\n## Example\n\n```yaml\n{example}```\n"));
        }
        (body, names)
    };
    groups.into_iter().map(with_example).collect()
}

fn having<'o>(offers: &'o [Offer], kind: &'o str) -> impl Iterator<Item = &'o Offer> {
    let offers = offers.iter();
    offers.filter(move |offer| offer.of_type(kind).next().is_some())
}

/// The sentence, params, outputs and needs of a definition.
fn body(definition: &Definition, offer: &Offer) -> String {
    let mut body = String::new();
    if let Some(sentence) = &definition.description {
        body.push_str(&format!("\n{}\n", text(sentence)));
    }
    let only: Vec<String> = [("class", &definition.class), ("ID", &definition.id)]
        .into_iter()
        .filter_map(|(what, only)| Some(format!("the {what} {}", code(only.as_deref()?))))
        .collect();
    if !only.is_empty() {
        body.push_str(&format!("\nFor {} only.\n", only.join(" and ")));
    }
    for (heading, declared, any) in [
        ("Params", &definition.supported_params, "Any params."),
        ("Outputs", &definition.expected_outputs, "Any outputs."),
    ] {
        let lines = match declared {
            None => any.to_owned(),
            Some(declared) if declared.is_empty() => "None.".to_owned(),
            Some(declared) => declarations(declared, heading == "Params", ""),
        };
        body.push_str(&format!("\n## {heading}\n\n{lines}\n"));
    }
    let needs = needs(definition, offer.environment.target);
    if !needs.is_empty() {
        body.push_str(&format!("\n## What it needs\n\n{}\n", list(needs)));
    }
    body.push_str(&format!("\nProvided by {}.\n", code(&definition.uri.value)));
    body
}

/// A list of params or outputs.
fn declarations(declared: &Declarations, is_of_params: bool, indent: &str) -> String {
    let lines = declared.iter().map(|(name, declared)| {
        let mut line = format!("{indent}- {}", code(name));
        let facts = facts(declared, is_of_params);
        if !facts.is_empty() {
            line.push_str(&format!(" ({})", facts.join(", ")));
        }
        if let Some(sentence) = &declared.description {
            line.push_str(&format!(": {}", text(sentence)));
        }
        if !declared.properties.is_empty() {
            let inner = declarations(&declared.properties, is_of_params, &format!("{indent}    "));
            line.push_str(&format!("\n{inner}"));
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn facts(declared: &Declaration, is_of_params: bool) -> Vec<String> {
    let mut facts = Vec::new();
    match declared.summary().as_str() {
        "*" => {}
        summary => facts.push(text(summary)),
    }
    match (is_of_params, declared.is_required) {
        (true, true) => facts.push("required".to_owned()),
        (false, false) => facts.push("not always there".to_owned()),
        _ => {}
    }
    if declared.is_secret {
        facts.push("secret".to_owned());
    }
    let value = |value: &Value| code(&value.to_text());
    facts.extend(
        declared
            .default
            .as_ref()
            .map(|default| format!("default {}", value(default))),
    );
    facts
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    let items = items.into_iter().map(|item| format!("- {item}"));
    items.collect::<Vec<_>>().join("\n")
}

/// A text in which Markdown sees no HTML, on one line.
fn text(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('<', "&lt;")
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace(['`', '\n'], " "))
}
