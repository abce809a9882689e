//! The schema of a project's file names every rule.

use std::path::Path;

use score_rs::report::rules::ALL;
use serde_json::Value;

/// The schema of a project's file, of which the names of the rules are what the pages say.
fn project_schema() -> String {
    let rules: Vec<String> = ALL.iter().map(|rule| {
        let about = Value::from(rule.summary());
        let level = if rule.is_always_error() { "fixed" } else { "level" };
        format!(
            "        \"{}\": {{ \"description\": {about}, \"allOf\": [{{ \"$ref\": \"#/definitions/{level}\" }}] }}",
            rule.name()
        )
    }).collect();
    format!(
        r##"{{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Project",
  "description": "The settings of a project, which apply to all runs of score-rs in it.",
  "$comment": "What this schema cannot say, and a run checks: duplicate keys.",
  "type": ["object", "null"],
  "additionalProperties": false,
  "properties": {{
    "rules": {{
      "title": "Rules",
      "description": "The level of each rule, by its name. The name of a rule is the word in brackets in a message.",
      "type": "object",
      "additionalProperties": false,
      "properties": {{
{}
      }},
      "examples": [{{ "deprecated-syntax": "deny" }}]
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
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        project_schema(),
        "run it with UPDATE_FIXTURES=1"
    );
}
