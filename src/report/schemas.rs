//! The JSON Schemas of what people write, for editors, and of what programs read.

/// A JSON Schema and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The kind of file, as `score-rs schema` takes it.
    pub kind: &'static str,
    /// What such a file is.
    pub about: &'static str,
    /// The schema, as `spec/schemas/` has it. Those for editors are written in draft-07, which YAML
    /// language servers know best.
    pub text: &'static str,
}

/// All schemas. `tests/suite/schemas/` holds each against what reads or writes such files.
pub const SCHEMAS: [Schema; 5] = [
    Schema {
        kind: "workload",
        about: "Score files",
        text: include_str!("../../spec/schemas/workload.schema.json"),
    },
    Schema {
        kind: "provisioners",
        about: "Definitions files, `*.provisioners.yaml`",
        text: include_str!("../../spec/schemas/provisioners.schema.json"),
    },
    Schema {
        kind: "environment",
        about: "Environments, `environment.yaml`",
        text: include_str!("../../spec/schemas/environment.schema.json"),
    },
    Schema {
        kind: "project",
        about: "The project's own `score-rs.yaml`",
        text: include_str!("../../spec/schemas/project.schema.json"),
    },
    Schema {
        kind: "report",
        about: "What `--format json` and `--message-format json` print",
        text: include_str!("../../spec/schemas/report.schema.json"),
    },
];

/// The schema of a kind of file.
pub fn schema(kind: &str) -> Option<&'static Schema> {
    SCHEMAS.iter().find(|schema| schema.kind == kind)
}

/// The line that tells an editor with a YAML language server which schema a file has; it stands at
/// the top of the file. `place` is a URL, or a path that is relative to the file.
pub fn editor_line(place: &str) -> String {
    format!("# yaml-language-server: $schema={place}\n")
}
