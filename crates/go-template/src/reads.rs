//! Which fields of its data a template may read.

use crate::Template;
use crate::tree::{Branch, Node, Operand, OperandKind, Pipe};

impl Template {
    /// Whether rendering may read this field of the data. Also where the data is used as a whole,
    /// as in `{{ toJson . }}`, since what that reads is not known.
    pub fn may_read(&self, field: &str) -> bool {
        // A named template sees the data only where it is called with all of it.
        body_reads(&self.root, field, true)
    }
}

/// `is_data` says whether the dot is the data.
fn body_reads(body: &[Node], field: &str, is_data: bool) -> bool {
    let branch_reads = |branch: &Branch, is_data_inside: bool| {
        pipe_reads(&branch.pipe, field, is_data)
            || body_reads(&branch.body, field, is_data_inside)
            || body_reads(&branch.otherwise, field, is_data)
    };
    body.iter().any(|node| match node {
        Node::Action(pipe) => pipe_reads(pipe, field, is_data),
        Node::If(branch) => branch_reads(branch, is_data),
        Node::With(branch) | Node::Range(branch) => branch_reads(branch, false),
        Node::Template { argument, .. } => {
            let mut argument = argument.iter();
            argument.any(|pipe| pipe_reads(pipe, field, is_data))
        }
        Node::Text(_) | Node::Break | Node::Continue => false,
    })
}

fn pipe_reads(pipe: &Pipe, field: &str, is_data: bool) -> bool {
    let mut commands = pipe.commands.iter();
    commands.any(|command| {
        let mut operands = std::iter::once(&command.first).chain(&command.arguments);
        operands.any(|operand| operand_reads(operand, field, is_data))
    })
}

fn operand_reads(operand: &Operand, field: &str, is_data: bool) -> bool {
    let may_be = |names: &[String]| names.first().is_none_or(|name| name == field);
    match &operand.kind {
        OperandKind::Dot => is_data,
        OperandKind::Field(names) => is_data && may_be(names),
        OperandKind::Variable(name, names) => name == "$" && may_be(names),
        OperandKind::Pipe(pipe) => pipe_reads(pipe, field, is_data),
        OperandKind::Chain(operand, _) => operand_reads(operand, field, is_data),
        _ => false,
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
