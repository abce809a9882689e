//! Which fields of its data a template may read.

use std::collections::BTreeSet;

use crate::Template;
use crate::tree::{Branch, Node, Operand, OperandKind, Pipe};

impl Template {
    /// Whether rendering may read this field of the data. Also where the data is used as a whole,
    /// as in `{{ toJson . }}`, since what that reads is not known.
    pub fn may_read(&self, field: &str) -> bool {
        self.reads.all || self.reads.fields.contains(field)
    }
}

/// The fields of the data that a template may read.
#[derive(Debug, Default)]
pub(super) struct FieldReads {
    fields: BTreeSet<String>,
    /// Whether the data is used as a whole.
    all: bool,
}

impl FieldReads {
    /// A named template sees the data only where it is called with all of it.
    pub(super) fn of(root: &[Node]) -> FieldReads {
        let mut reads = FieldReads::default();
        reads.body(root, true);
        reads
    }

    /// `is_data` says whether the dot is the data.
    fn body(&mut self, body: &[Node], is_data: bool) {
        for node in body {
            match node {
                Node::Action(pipe) => self.pipe(pipe, is_data),
                Node::If(branch) => self.branch(branch, is_data, is_data),
                Node::With(branch) | Node::Range(branch) => self.branch(branch, is_data, false),
                Node::Template { argument, .. } => {
                    argument.iter().for_each(|pipe| self.pipe(pipe, is_data));
                }
                Node::Text(_) | Node::Break | Node::Continue => {}
            }
        }
    }

    fn branch(&mut self, branch: &Branch, is_data: bool, is_data_inside: bool) {
        self.pipe(&branch.pipe, is_data);
        self.body(&branch.body, is_data_inside);
        self.body(&branch.otherwise, is_data);
    }

    fn pipe(&mut self, pipe: &Pipe, is_data: bool) {
        for command in &pipe.commands {
            let operands = std::iter::once(&command.first).chain(&command.arguments);
            operands.for_each(|operand| self.operand(operand, is_data));
        }
    }

    fn operand(&mut self, operand: &Operand, is_data: bool) {
        match &operand.kind {
            OperandKind::Dot => self.all |= is_data,
            OperandKind::Field(names) if is_data => self.field(names),
            OperandKind::Variable(name, names) if name == "$" => self.field(names),
            OperandKind::Pipe(pipe) => self.pipe(pipe, is_data),
            OperandKind::Chain(operand, _) => self.operand(operand, is_data),
            _ => {}
        }
    }

    /// The first of several names is that of the field.
    fn field(&mut self, names: &[String]) {
        match names.first() {
            Some(name) if self.fields.contains(name) => {}
            Some(name) => _ = self.fields.insert(name.clone()),
            None => self.all = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_that_may_read_a_field_are_recognized() {
        for template in [
            "{{ .Shared.a }}",
            "{{ toJson . }}",
            "{{.}}",
            "{{ $|toJson }}",
            "{{ $x := . }}{{ $x.Shared }}",
            "{{ (.).Shared }}",
            "{{ with .Params }}{{ $.Shared.a }}{{ end }}",
            "{{ with .Params }}{{ else }}{{ .Shared.a }}{{ end }}",
            "{{ if .Params }}{{ index (dict \"a\" .Shared) \"a\" }}{{ end }}",
            "{{ range $k, $v := .Shared }}{{ end }}",
            "{{ with . }}{{ .Shared }}{{ end }}",
            "{{ define \"a\" }}{{ .Shared }}{{ end }}{{ template \"a\" . }}",
            "{{ block \"a\" $ }}{{ .Shared }}{{ end }}",
        ] {
            let parsed = Template::parse(template, &[]).unwrap();
            assert!(parsed.may_read("Shared"), "{template}");
        }
    }

    #[test]
    fn other_templates_are_recognized() {
        for template in [
            "",
            "{{ .Params.a }}: 1.5",
            "{{ .IsShared }}",
            "{{ $x := .Uid }}{{ $x }}",
            "host: a.b\ncost: 5$ x .Shared",
            "{{ with .Params }}{{ . | quote }}{{ .Shared }}{{ end }}",
            "{{ range .Params }}{{ . }}{{ .Shared }}{{ end }}",
            "{{ define \"a\" }}{{ . }}{{ .Shared }}{{ end }}{{ template \"a\" .Params }}",
            "{{ .Params.Shared }}{{ (index .Params \"a\").Shared }}",
        ] {
            let parsed = Template::parse(template, &[]).unwrap();
            assert!(!parsed.may_read("Shared"), "{template}");
        }
    }
}
