//! The schema of the project file lists every rule.

use std::path::Path;

use score_rs::shell::pages;
use serde_json::Value;

use crate::snapshots::assert_file;

/// The schema of the project file, generated from the pages of the rules.
fn project_schema() -> String {
    let rules: Vec<String> = pages::PAGES.iter().map(|(name, page)| {
        let about = Value::from(pages::summary(page));
        let level = if pages::is_error(name) { "fixed" } else { "level" };
        format!(
            "        \"{name}\": {{ \"description\": {about}, \"allOf\": [{{ \"$ref\": \"#/definitions/{level}\" }}] }}"
        )
    }).collect();
    format!(
        r##"{{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Project",
  "description": "What a project has decided for all runs of score-rs in it.",
  "$comment": "What this schema cannot say, and a run does: keys given twice.",
  "type": ["object", "null"],
  "additionalProperties": false,
  "properties": {{
    "rules": {{
      "title": "Rules",
      "description": "How much each kind of problem weighs: the word in brackets behind its message, with its level.",
      "type": "object",
      "additionalProperties": false,
      "properties": {{
{}
      }},
      "examples": [{{ "deprecated-form": "deny" }}]
    }}
  }},
  "definitions": {{
    "level": {{ "enum": ["allow", "warn", "deny"] }},
    "fixed": {{ "enum": ["deny"], "doNotSuggest": true }}
  }}
}}
"##,
        rules.join(",\n")
    )
}

#[test]
fn the_project_schema_lists_every_rule() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/schemas/project.schema.json");
    assert_file(&path, &project_schema());
}
