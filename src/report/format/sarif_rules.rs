//! The description of a rule in SARIF, from its page.

use serde_json::{Value, json};

use diagnostics::rule::Rule;
use diagnostics::source::floor_char_boundary;

/// The longest description that GitHub shows, in bytes.
const MAX_DESCRIPTION: usize = 1000;

/// The `reportingDescriptor` of a rule that is shown with a name.
pub(super) fn rule(rule: &Rule, name: &str) -> Value {
    let body = rule
        .page()
        .split_once('\n')
        .map_or("", |(_, rest)| rest)
        .trim_start();
    let cause = section(rule.page(), "Cause").map(one_paragraph);
    json!({
        "id": name,
        "shortDescription": { "text": clip(rule.summary()) },
        "fullDescription": { "text": clip(cause.as_deref().unwrap_or(rule.summary())) },
        "help": { "text": body, "markdown": body },
        "defaultConfiguration": { "level": rule.severity().as_str() },
    })
}

/// The text of a section of a page.
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
    &text[..floor_char_boundary(text, MAX_DESCRIPTION)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rules;

    #[test]
    fn a_rule_is_described_by_its_page() {
        let rule = rule(rules::find("before-cycle").unwrap(), "before-cycle");
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
}
