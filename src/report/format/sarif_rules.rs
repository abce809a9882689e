//! What SARIF says of a kind of diagnostic, taken from its page.

use serde_json::{Value, json};

use crate::report::docs::page;
use diagnostics::source::floor_char_boundary;

/// GitHub shows no more of a description.
const LONGEST: usize = 1000;

/// The rule of a name. One that has no page yet is described by its name.
pub(super) fn rule(name: &str) -> Value {
    let text = page(name).unwrap_or("");
    let body = text
        .split_once('\n')
        .map_or("", |(_, rest)| rest)
        .trim_start();
    let otherwise = || format!("{}.", name.replace('-', " "));
    let summary = Some(one_paragraph(body))
        .filter(|summary| !summary.is_empty())
        .unwrap_or_else(otherwise);
    let cause = section(text, "Cause")
        .map(one_paragraph)
        .filter(|cause| !cause.is_empty());
    let help = if body.is_empty() {
        summary.as_str()
    } else {
        body
    };
    let level = text
        .lines()
        .find_map(|line| line.strip_prefix("Level: "))
        .unwrap_or("error");
    json!({
        "id": name,
        "shortDescription": { "text": clip(&summary) },
        "fullDescription": { "text": clip(cause.as_ref().unwrap_or(&summary)) },
        "help": { "text": help, "markdown": help },
        // A kind that may be both is known by the heavier one.
        "defaultConfiguration": { "level": level.split(' ').next().unwrap_or("error") },
    })
}

/// What stands under a heading.
fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n"))?;
    Some(rest.split("\n## ").next().unwrap_or(rest).trim())
}

/// The first paragraph, as one line.
fn one_paragraph(text: &str) -> String {
    text.split("\n\n")
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn clip(text: &str) -> &str {
    &text[..floor_char_boundary(text, LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_a_rule() {
        let rule = rule("before-cycle");
        let text = |key: &str| rule[key]["text"].as_str().unwrap_or("").to_owned();
        assert!(
            text("shortDescription")
                .starts_with("Containers of a workload wait for each other in a cycle")
        );
        assert!(
            text("fullDescription").starts_with("`before` makes another container wait")
                && !text("fullDescription").contains('\n')
        );
        assert!(text("help").contains("## Wrong") && !text("help").contains("# before-cycle"));
        assert_eq!(rule["defaultConfiguration"]["level"], "error");
    }

    #[test]
    fn a_name_without_a_page_is_a_rule_too() {
        let rule = rule("no-such-page");
        assert_eq!(rule["shortDescription"]["text"], "no such page.");
        assert_eq!(rule["defaultConfiguration"]["level"], "error");
    }
}
