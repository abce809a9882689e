//! The schema of a project's file names every rule.

use std::path::Path;

use score_rs::shell::pages;
use serde_json::Value;

/// The schema of a project's file, of which the names of the rules are what the pages say.
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

/// `UPDATE_FIXTURES=1` writes it anew, say for a new diagnostic.
#[test]
fn the_schema_of_a_project_knows_every_rule() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/schemas/project.schema.json");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, project_schema()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), project_schema(), "run it with UPDATE_FIXTURES=1");
}
