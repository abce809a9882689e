//! The JSON Schemas of files for editors, and of reports for programs.

mod of_environment;

pub use of_environment::for_environment;

/// A JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The kind of file, as `score-rs schema` takes it.
    pub kind: &'static str,
    /// What such files are.
    pub about: &'static str,
    /// The schema of `spec/schemas/`. Those for editors are written in draft-07, which YAML
    /// language servers support best.
    pub text: &'static str,
}

/// All schemas. `tests/integration/schemas/` compares each with the code that reads or writes such files.
pub const SCHEMAS: &[Schema] = &[
    Schema {
        kind: "workload",
        about: "Score files",
        text: include_str!("../../spec/schemas/workload.schema.json"),
    },
    Schema {
        kind: "provisioners",
        about: "Provisioner definitions, `*.provisioners.yaml`",
        text: include_str!("../../spec/schemas/provisioners.schema.json"),
    },
    Schema {
        kind: "definition-tests",
        about: "Tests of definitions, `*.test.yaml`",
        text: include_str!("../../spec/schemas/definition-tests.schema.json"),
    },
    Schema {
        kind: "environment",
        about: "Environments, `environment.yaml`",
        text: include_str!("../../spec/schemas/environment.schema.json"),
    },
    Schema {
        kind: "patches",
        about: "Patches by selector, `*.patches.yaml`",
        text: include_str!("../../spec/schemas/patches.schema.json"),
    },
    Schema {
        kind: "project",
        about: "Project settings, `score-rs.yaml`",
        text: include_str!("../../spec/schemas/project.schema.json"),
    },
    Schema {
        kind: "prices",
        about: "Prices of `cost --prices`",
        text: include_str!("../../spec/schemas/prices.schema.json"),
    },
    Schema {
        kind: "report",
        about: "Reports in the format `json`",
        text: include_str!("../../spec/schemas/report.schema.json"),
    },
];

/// The schema of a kind of file.
pub fn schema(kind: &str) -> Option<&'static Schema> {
    SCHEMAS.iter().find(|schema| schema.kind == kind)
}

/// The first line of a file, from which a YAML language server knows its schema. `location` is a
/// URL or a path relative to the file.
pub fn editor_line(location: &str) -> String {
    format!("# yaml-language-server: $schema={location}\n")
}
