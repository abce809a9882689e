//! The schema of the project file lists every rule.

use std::path::Path;

use score_rs::report::rules::ALL;
use serde_json::Value;

use crate::snapshots::assert_file;

/// The schema of the project file, generated from the pages of the rules.
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
  "$comment": "What this schema cannot say, and a run checks: duplicate keys, URLs.",
  "type": ["object", "null"],
  "additionalProperties": false,
  "properties": {{
    "version": {{
      "title": "Version",
      "description": "The versions of score-rs that may be used, as for `check-version`: versions with `=`, `!=`, `>`, `>=`, `<`, `<=`, `~` or `^`, separated by commas. Another version is an error.",
      "type": "string",
      "pattern": "^ *[=!<>~^]{{0,2}} *v?([0-9]+|[xX*])([.]([0-9]+|[xX*])){{0,2}}([-+][0-9A-Za-z.+-]+)?([ ,]+[=!<>~^]{{0,2}} *v?([0-9]+|[xX*])([.]([0-9]+|[xX*])){{0,2}}([-+][0-9A-Za-z.+-]+)?)*( *[|][|] *[=!<>~^]{{0,2}} *v?([0-9]+|[xX*])([.]([0-9]+|[xX*])){{0,2}}([-+][0-9A-Za-z.+-]+)?([ ,]+[=!<>~^]{{0,2}} *v?([0-9]+|[xX*])([.]([0-9]+|[xX*])){{0,2}}([-+][0-9A-Za-z.+-]+)?)*)* *$",
      "examples": [">=0.2", "~0.2.1", ">=0.2, <2"]
    }},
    "replace": {{
      "title": "Replace",
      "description": "Directories to work against instead of repositories and artifacts, by URL; a URL without a version stands for all of them. Paths are relative to this file. `--locked` refuses it.",
      "type": "object",
      "additionalProperties": {{ "type": "string" }},
      "examples": [{{ "oci://registry.example.com/platform": "../platform" }}]
    }},
    "rules": {{
      "title": "Rules",
      "description": "The level of each rule, by its name. The name of a rule is the word in brackets in a message.",
      "type": "object",
      "additionalProperties": false,
      "properties": {{
{}
      }},
      "examples": [{{ "deprecated-syntax": "deny" }}]
    }},
    "catalog": {{
      "title": "Software catalog",
      "description": "What the entities of `score-rs catalog` have.",
      "type": "object",
      "additionalProperties": false,
      "properties": {{
        "owner": {{
          "description": "The group or user that owns what nobody else owns.",
          "allOf": [{{ "$ref": "#/definitions/reference" }}],
          "examples": ["team-a", "user:jane"]
        }},
        "ownerAnnotation": {{
          "description": "The annotation of workloads that names their owner, besides `catalog.score-rs.dev/owner`.",
          "allOf": [{{ "$ref": "#/definitions/key" }}],
          "examples": ["team"]
        }},
        "system": {{
          "description": "The system that all entities are part of. The default is the name of the project.",
          "type": "string",
          "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?$"
        }},
        "lifecycle": {{
          "description": "How far the workloads are: a word, or one for each environment. The default is `production`.",
          "oneOf": [
            {{ "type": "string", "minLength": 1 }},
            {{ "type": "object", "additionalProperties": {{ "type": "string", "minLength": 1 }} }}
          ],
          "examples": ["production", {{ "staging": "experimental", "prod": "production" }}]
        }},
        "annotations": {{
          "description": "Annotations of all components.",
          "type": "object",
          "propertyNames": {{ "$ref": "#/definitions/key" }},
          "additionalProperties": {{ "type": "string" }},
          "examples": [{{ "github.com/project-slug": "acme/shop" }}]
        }},
        "excludeTypes": {{
          "description": "Types of resources that are no entities.",
          "type": "array",
          "items": {{ "type": "string" }},
          "examples": [["environment", "volume"]]
        }}
      }}
    }}
  }},
  "definitions": {{
    "reference": {{ "type": "string", "pattern": "^([A-Za-z0-9]+:)?([A-Za-z0-9]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?$" }},
    "key": {{ "type": "string", "not": {{ "pattern": "^[^/]{{254}}" }}, "pattern": "^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9._-]{{0,61}}[A-Za-z0-9])?$" }},
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
