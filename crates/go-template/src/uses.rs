//! What a template reads and calls, and its text without actions: for checks that render nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::Template;
use crate::tree::{Body, Command, Node, Operand, OperandKind, Pipe, Span};

/// A name in a template, and its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The first byte of the place.
    pub start: usize,
    /// The byte after the place.
    pub end: usize,
    /// The name; of a field with the names before it, as in `Init.name`.
    pub name: String,
}

/// What a template reads of a mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappingReads {
    /// The keys that it names.
    pub keys: BTreeSet<Use>,
    /// Whether it may read every key: the mapping is used as a whole, or a key is computed.
    pub all: bool,
}

/// The character that stands for a byte of an action that writes something.
pub const WRITTEN: char = '\u{1}';

/// The character that stands for a byte of any other action.
pub const SILENT: char = '\u{2}';

/// The functions that look at a value without reading what is in it.
const NEUTRAL: [&str; 9] = [
    "not", "empty", "len", "kindIs", "kindOf", "typeOf", "typeIs", "eq", "ne",
];

/// The functions that give one of their arguments.
const PASSING: [&str; 6] = ["default", "or", "and", "coalesce", "ternary", "deepCopy"];

impl Template {
    /// What the template reads of a mapping that is a field of its data, such as `Params`.
    pub fn reads_of(&self, field: &str) -> MappingReads {
        let mut walk = Walk {
            template: self,
            field,
            aliases: BTreeMap::new(),
            entered: BTreeSet::new(),
            reads: MappingReads::default(),
        };
        walk.body(&self.root, What::Data, What::Data);
        walk.reads
    }

    /// The fields and variables that the template reads, the functions that it calls, in order.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        let bodies = std::iter::once(&self.root).chain(self.definitions.values());
        for body in bodies {
            each_operand(body, &mut |operand| uses.extend(named(operand)));
        }
        uses.sort();
        uses
    }

    /// The text with each byte of an action replaced by [`WRITTEN`] or [`SILENT`], so that lines
    /// and columns are the same.
    pub fn outline(&self) -> String {
        let mut bytes: Vec<u8> = self.text.bytes().map(silenced).collect();
        let bodies = std::iter::once(&self.root).chain(self.definitions.values());
        for body in bodies {
            self.copy_texts(body, &mut bytes);
        }
        // Whole texts were replaced or copied.
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn copy_texts(&self, body: &Body, bytes: &mut [u8]) {
        for node in body {
            match node {
                Node::Text(Span { start, end }) => {
                    bytes[*start..*end].copy_from_slice(&self.text.as_bytes()[*start..*end]);
                }
                Node::Action(pipe) if pipe.variables.is_empty() => {
                    fill(bytes, pipe.span);
                }
                Node::Template { span, .. } => fill(bytes, *span),
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    self.copy_texts(&branch.body, bytes);
                    self.copy_texts(&branch.otherwise, bytes);
                }
                _ => {}
            }
        }
    }
}

/// White space stays, so that lines do.
fn silenced(byte: u8) -> u8 {
    match byte {
        b'\n' | b'\r' | b' ' | b'\t' => byte,
        _ => SILENT as u8,
    }
}

fn fill(bytes: &mut [u8], span: Span) {
    bytes[span.start..span.end].fill(WRITTEN as u8);
}

fn each_operand<'t>(body: &'t Body, visit: &mut dyn FnMut(&'t Operand)) {
    for node in body {
        match node {
            Node::Action(pipe) => of_pipe(pipe, visit),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                of_pipe(&branch.pipe, visit);
                each_operand(&branch.body, visit);
                each_operand(&branch.otherwise, visit);
            }
            Node::Template {
                argument: Some(pipe),
                ..
            } => of_pipe(pipe, visit),
            _ => {}
        }
    }
}

fn of_pipe<'t>(pipe: &'t Pipe, visit: &mut dyn FnMut(&'t Operand)) {
    for command in &pipe.commands {
        for operand in std::iter::once(&command.first).chain(&command.arguments) {
            visit(operand);
            match &operand.kind {
                OperandKind::Pipe(inner) => of_pipe(inner, visit),
                OperandKind::Chain(inner, _) => {
                    visit(inner);
                    if let OperandKind::Pipe(inner) = &inner.kind {
                        of_pipe(inner, visit);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The name of a field, a variable or a function.
fn named(operand: &Operand) -> Option<Use> {
    let name = match &operand.kind {
        OperandKind::Field(names) => names.join("."),
        OperandKind::Variable(name, names) if name == "$" => names.join("."),
        OperandKind::Variable(name, _) => name.clone(),
        OperandKind::Function(callee) => callee.name().to_owned(),
        _ => return None,
    };
    Some(Use {
        start: operand.span.start,
        end: operand.span.end,
        name,
    })
}

/// What a value is, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Data,
    Mapping,
    Other,
}

struct Walk<'t> {
    template: &'t Template,
    field: &'t str,
    /// The variables that hold the data or the mapping.
    aliases: BTreeMap<&'t str, What>,
    /// The named templates that were looked at, with what they were called with.
    entered: BTreeSet<(&'t str, What)>,
    reads: MappingReads,
}

impl<'t> Walk<'t> {
    fn body(&mut self, body: &'t Body, dot: What, root: What) {
        for node in body {
            match node {
                Node::Action(pipe) => {
                    let value = self.pipe(pipe, dot, root);
                    self.reads.all |= pipe.variables.is_empty() && value != What::Other;
                }
                Node::If(branch) => {
                    self.pipe(&branch.pipe, dot, root);
                    self.body(&branch.body, dot, root);
                    self.body(&branch.otherwise, dot, root);
                }
                Node::With(branch) => {
                    let value = self.pipe(&branch.pipe, dot, root);
                    self.body(&branch.body, value, root);
                    self.body(&branch.otherwise, dot, root);
                }
                Node::Range(branch) => {
                    let value = self.pipe(&branch.pipe, dot, root);
                    self.reads.all |= value != What::Other;
                    for name in &branch.pipe.variables {
                        self.aliases.insert(name, What::Other);
                    }
                    self.body(&branch.body, What::Other, root);
                    self.body(&branch.otherwise, dot, root);
                }
                Node::Template { name, argument, .. } => {
                    let value = argument.as_ref().map(|pipe| self.pipe(pipe, dot, root));
                    self.call(name, value.unwrap_or(What::Other));
                }
                Node::Text(_) | Node::Break | Node::Continue => {}
            }
        }
    }

    fn call(&mut self, name: &'t str, value: What) {
        let template: &'t Template = self.template;
        if let Some(body) = template.definitions.get(name)
            && self.entered.insert((name, value))
        {
            self.body(body, value, value);
        }
    }

    fn pipe(&mut self, pipe: &'t Pipe, dot: What, root: What) -> What {
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, value, dot, root));
        }
        let value = value.unwrap_or(What::Other);
        for name in &pipe.variables {
            self.aliases.insert(name, value);
        }
        value
    }

    fn command(
        &mut self,
        command: &'t Command,
        piped: Option<What>,
        dot: What,
        root: What,
    ) -> What {
        let OperandKind::Function(callee) = &command.first.kind else {
            return self.operand(&command.first, dot, root);
        };
        let mut values: Vec<What> = Vec::new();
        for argument in &command.arguments {
            values.push(self.operand(argument, dot, root));
        }
        values.extend(piped);
        let key = |index: usize| match &command.arguments.get(index)?.kind {
            OperandKind::Text(text) => Some((text.clone(), command.arguments[index].span)),
            _ => None,
        };
        let is_mapping = |index: usize| values.get(index) == Some(&What::Mapping);
        let name = callee.name();
        match name {
            _ if values.iter().all(|value| *value == What::Other) => What::Other,
            _ if NEUTRAL.contains(&name) => What::Other,
            _ if PASSING.contains(&name) => {
                let mut values = values.into_iter();
                values
                    .find(|value| *value != What::Other)
                    .unwrap_or(What::Other)
            }
            "index" | "get" | "hasKey" if is_mapping(0) => self.read(key(1)),
            "dig" if values.last() == Some(&What::Mapping) => self.read(key(0)),
            "pick" if is_mapping(0) => {
                for index in 1..command.arguments.len() {
                    self.read(key(index));
                }
                What::Other
            }
            _ => {
                self.reads.all = true;
                What::Other
            }
        }
    }

    /// Reads a key of the mapping; without one, any.
    fn read(&mut self, key: Option<(String, Span)>) -> What {
        match key {
            Some((name, Span { start, end })) => {
                self.reads.keys.insert(Use { start, end, name });
            }
            None => self.reads.all = true,
        }
        What::Other
    }

    fn operand(&mut self, operand: &'t Operand, dot: What, root: What) -> What {
        match &operand.kind {
            OperandKind::Dot => dot,
            OperandKind::Field(names) => self.fields(dot, names, operand.span),
            OperandKind::Variable(name, names) => {
                let value = match name.as_str() {
                    "$" => root,
                    name => self.aliases.get(name).copied().unwrap_or(What::Other),
                };
                self.fields(value, names, operand.span)
            }
            OperandKind::Pipe(pipe) => self.pipe(pipe, dot, root),
            OperandKind::Chain(inner, names) => {
                let value = self.operand(inner, dot, root);
                self.fields(value, names, operand.span)
            }
            _ => What::Other,
        }
    }

    fn fields(&mut self, value: What, names: &[String], span: Span) -> What {
        match (value, names) {
            (value, []) => value,
            (What::Data, [first, rest @ ..]) if first == self.field => {
                self.fields(What::Mapping, rest, span)
            }
            (What::Mapping, [key, ..]) => self.read(Some((key.clone(), span))),
            _ => What::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(template: &str) -> String {
        let reads = Template::parse(template, &[]).unwrap().reads_of("Params");
        let keys: Vec<String> = reads.keys.into_iter().map(|key| key.name).collect();
        format!("{}{}", keys.join(" "), if reads.all { " *" } else { "" })
    }

    #[test]
    fn keys_are_found_however_they_are_read() {
        for template in [
            "{{ .Params.size }}",
            "{{ $.Params.size.of | default 1 }}",
            "{{ index .Params \"size\" }}",
            "{{ (index $.Params \"size\").a }}",
            "{{ with .Params }}{{ .size }}{{ end }}",
            "{{ $p := .Params | default dict }}{{ $p.size }}",
            "{{ dig \"size\" 1 .Params }}",
            "{{ .Params | dig \"size\" 1 }}",
            "{{ if hasKey .Params \"size\" }}a{{ end }}",
            "{{ get (.Params) \"size\" }}",
            "{{ define \"a\" }}{{ .Params.size }}{{ end }}{{ template \"a\" . }}",
            "{{ $d := . }}{{ $d.Params.size }}",
            "{{ if .Params }}{{ .Params.size }}{{ end }}",
            "{{ pick .Params \"size\" | toPrettyJson }}",
        ] {
            assert_eq!(reads(template), "size", "{template}");
        }
    }

    #[test]
    fn a_mapping_used_as_a_whole_is_read_completely() {
        for template in [
            "{{ toPrettyJson .Params }}",
            "{{ .Params | toJson }}",
            "{{ .Params }}",
            "{{ range $k, $v := .Params }}{{ end }}",
            "{{ $k := \"a\" }}{{ index .Params $k }}",
            "{{ toJson . }}",
            "{{ with .Params }}{{ toPrettyJson . }}{{ end }}",
            "{{ merge .Params (dict) }}",
        ] {
            assert_eq!(reads(template), " *", "{template}");
        }
        for template in [
            "",
            "{{ .Init.size }}",
            "{{ if .Params }}a{{ end }}",
            "{{ .Init.Params.a }}",
        ] {
            assert_eq!(reads(template), "", "{template}");
        }
    }

    #[test]
    fn an_outline_has_the_text_and_what_is_written() {
        let template = "a: {{ .x }}\n{{- if .y }}\nb: 1\n{{- end }}";
        let outline = Template::parse(template, &[]).unwrap().outline();
        let shown = outline.replace(WRITTEN, "w").replace(SILENT, "s");
        assert_eq!(shown, "a: ss ww ss\nsss ss ss ss\nb: 1\nsss sss ss");
        assert_eq!(outline.len(), template.len());
    }

    #[test]
    fn uses_are_fields_variables_and_functions() {
        let template = "{{ $a := printf \"%s\" .Init.name }}{{ $a | quote }}";
        let uses = Template::parse(template, &[]).unwrap().uses();
        let names: Vec<&str> = uses.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["printf", "Init.name", "$a", "quote"]);
    }
}
