//! The file of an `outputs://` definition.

use indexmap::IndexMap;

use crate::parse;
use crate::provision::run::Run;
use crate::rules::TEMPLATE_ERROR;
use diagnostics::redaction::visit_secrets;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::rule::Rule;
use diagnostics::source::{SourceId, Span};
use diagnostics::suggestions::{list_known, suggestion};
use diagnostics::value::{Map, Value};
use yaml::rules::WRONG_TYPE;
use yaml::{Entry, Node as Tree};

rules! {
    /// An output that its program marks as sensitive would be written as plain text.
    pub SENSITIVE_OUTPUT: "sensitive-output", Error;
}

/// The outputs in a file, by name.
#[derive(Debug, Default)]
pub(crate) struct OutputsFile {
    pub(super) path: String,
    /// The whole file.
    pub(super) place: Option<Span>,
    pub(super) outputs: IndexMap<String, FileOutput>,
}

#[derive(Debug)]
pub(super) struct FileOutput {
    pub(super) key: Span,
    /// `None` of a sensitive one for which `source` names no Secret.
    pub(super) value: Option<Value>,
}

/// Why an output cannot be used.
pub(super) struct Fault {
    pub(super) rule: &'static Rule,
    pub(super) what: String,
    pub(super) help: String,
}

impl OutputsFile {
    /// An output as the function `output` gives it.
    pub(super) fn get(&self, name: &str) -> Result<&Value, Fault> {
        match self.outputs.get(name) {
            Some(output) => output.value.as_ref().ok_or_else(|| self.sensitive(name)),
            None => Err(Fault {
                rule: &TEMPLATE_ERROR,
                what: format!("`{}` has no output `{name}`", self.path),
                help: self.known(name),
            }),
        }
    }

    pub(super) fn sensitive(&self, name: &str) -> Fault {
        Fault {
            rule: &SENSITIVE_OUTPUT,
            what: format!("`{name}` in `{}` is sensitive", self.path),
            help: format!(
                "name the Secret that has it in `source`: `secretRef: {{{name}: {{name: SECRET, key: KEY}}}}`"
            ),
        }
    }

    /// What to write instead of the name of an output that does not exist.
    pub(super) fn known(&self, name: &str) -> String {
        let names = || self.outputs.keys().map(String::as_str);
        suggestion(name, names(), || match self.outputs.is_empty() {
            true => "write the outputs into the file, which has none".to_owned(),
            false => list_known("output", names()),
        })
    }
}

impl Run<'_> {
    /// The entries of a file of outputs.
    pub(super) fn parse_outputs(
        &self,
        source: SourceId,
        report: &mut Report,
    ) -> Result<IndexMap<String, FileOutput>, Reported> {
        let documents =
            report.collect(|report| parse::yaml_documents(self.sources, source, report))?;
        let entries = match documents.as_slice() {
            [tree] => tree.as_map(),
            _ => None,
        };
        let Some(entries) = entries else {
            let place = documents
                .last()
                .map_or(Span::new(source, 0, 0), |tree| tree.span);
            let problem = Problem::new(&WRONG_TYPE, "a file of outputs must be one mapping");
            let help = "write it again, for example with `terraform output -json`";
            return Err(report.error(problem.at(place).help(help)));
        };
        let outputs = entries.iter();
        Ok(outputs
            .map(|(name, entry)| (name.into(), self.file_output(name, entry)))
            .collect())
    }

    /// An entry of the file: a value, or one that Terraform describes. The names of others tell
    /// whether messages may show them.
    fn file_output(&self, name: &str, entry: &Entry) -> FileOutput {
        let described = |key| entry.value.get(key).map(Tree::to_value);
        let (value, is_sensitive) = match (described("value"), described("sensitive")) {
            (Some(value), Some(Value::Bool(is_sensitive))) => (value, Some(is_sensitive)),
            _ => (entry.value.to_value(), None),
        };
        let is_sensitive = is_sensitive.or_else(|| self.is_for_store(name, &value).then_some(true));
        if is_sensitive != Some(false) {
            let name = if is_sensitive.is_some() {
                "secret"
            } else {
                name
            };
            let named = Map::from_iter([(name.to_owned(), value.clone())]);
            self.keep_secrets_of(&Value::Map(named));
        }
        FileOutput {
            key: entry.key,
            value: Some(value).filter(|_| is_sensitive != Some(true)),
        }
    }

    /// Whether a value that nothing describes is in the store of the environment, by its name: it must
    /// not be in the output.
    fn is_for_store(&self, name: &str, value: &Value) -> bool {
        let named = Map::from_iter([(name.to_owned(), value.clone())]);
        let mut is_secret = false;
        visit_secrets(&Value::Map(named), &mut |_| is_secret = true);
        self.context.has_stand_ins && is_secret
    }
}
