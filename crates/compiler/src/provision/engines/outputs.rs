//! `outputs://` definitions: templates that read the outputs of another program, such as Terraform,
//! from a file.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::template::CurrentResource;
use crate::parse;
use crate::placeholder::resolve::mark_secret;
use crate::provision::definition::REQUESTED_BY;
use crate::provision::run::Run;
use crate::rules::{TEMPLATE_ERROR, WRONG_SECTION_TYPE};
use crate::support::project_files::ProjectFiles;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::rule::Rule;
use diagnostics::source::{SourceId, Span};
use diagnostics::suggestions::{list_known, suggestion};
use diagnostics::value::{Map, Value};
use yaml::rules::WRONG_TYPE;
use yaml::{Entry, Kind, Node as Tree};

rules! {
    /// An output that its program marks as sensitive would be written as plain text.
    pub SENSITIVE_OUTPUT: "sensitive-output", Error;
}

/// The keys of `source`.
const KEYS: [&str; 2] = ["file", "secretRef"];

const FILE_HELP: &str = "write `file: PATH`, as in `file: terraform/{{ .Environment.Name }}.json`";

/// The outputs in a file, by name.
#[derive(Debug, Default)]
pub(crate) struct OutputsFile {
    path: String,
    outputs: IndexMap<String, FileOutput>,
}

#[derive(Debug)]
struct FileOutput {
    key: Span,
    /// `None` of a sensitive one for which `source` names no Secret.
    value: Option<Value>,
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

    fn sensitive(&self, name: &str) -> Fault {
        Fault {
            rule: &SENSITIVE_OUTPUT,
            what: format!("`{name}` in `{}` is sensitive", self.path),
            help: format!(
                "name the Secret that has it in `source`: `secretRef: {{{name}: {{name: SECRET, key: KEY}}}}`"
            ),
        }
    }

    /// What to write instead of the name of an output that does not exist.
    fn known(&self, name: &str) -> String {
        let names = || self.outputs.keys().map(String::as_str);
        suggestion(name, names(), || match self.outputs.is_empty() {
            true => "write the outputs into the file, which has none".to_owned(),
            false => list_known("output", names()),
        })
    }
}

impl Run<'_> {
    /// Reads the file that `source` names.
    pub(super) fn read_outputs(
        &self,
        resource: &mut CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<Arc<OutputsFile>, Reported> {
        let Some(source) = self.section(resource, "source", report)? else {
            let problem = resource.section_problem(&WRONG_SECTION_TYPE, "source", "is empty");
            let problem = self.in_rendered(problem, None, resource);
            return Err(report.error(problem.help(FILE_HELP)));
        };
        let mut references = Vec::new();
        let mut file = None;
        report.collect(|report| {
            for (key, entry) in source.as_map().into_iter().flatten() {
                match key.as_str() {
                    "file" => file = entry.value.as_str().map(|name| (name, entry.value.span)),
                    "secretRef" => references = self.references(resource, &entry.value, report),
                    _ => self.report_unknown_key(resource, (key, entry), &KEYS, report),
                }
            }
        })?;
        let Some((name, place)) = file else {
            let what = "has no `file` that is a path";
            let problem = self.source_problem(resource, source.span, what);
            return Err(report.error(problem.help(FILE_HELP)));
        };
        let mut file = self.open_outputs(resource, name, place, report)?;
        report.collect(|report| {
            for (name, place, reference) in references {
                if let Some(output) = file.outputs.get_mut(&name) {
                    output.value = Some(Value::String(reference));
                    continue;
                }
                let what = format!("has a `secretRef` for `{name}`, which the file does not have");
                let problem = self.source_problem(resource, place, &what);
                report.push(problem.help(file.known(&name)));
            }
        })?;
        Ok(Arc::new(file))
    }

    /// The outputs of a file that are kept in Secrets, with the references to them.
    fn references(
        &self,
        resource: &CurrentResource<'_>,
        tree: &Tree,
        report: &mut Report,
    ) -> Vec<(String, Span, String)> {
        let mut references = Vec::new();
        for (name, entry) in tree.as_map().into_iter().flatten() {
            let text = |key| entry.value.get(key).and_then(Tree::as_str);
            let secret = entry.value.get("name");
            let secret =
                secret.and_then(|secret| self.object_name(resource, "name", secret, report));
            match (secret, text("key")) {
                (Some(secret), Some(key)) => {
                    references.push((name.clone(), entry.key, mark_secret(&secret, key)));
                }
                _ => {
                    let what =
                        format!("has a `secretRef` for `{name}` that names no key of a Secret");
                    let problem = self.source_problem(resource, entry.key, &what);
                    report.push(problem.help("write `{name: SECRET, key: KEY}`"));
                }
            }
        }
        if tree.as_map().is_none() {
            let problem =
                self.source_problem(resource, tree.span, "has a `secretRef` that is no mapping");
            report.push(problem.help("write the names of outputs with `{name: SECRET, key: KEY}`"));
        }
        references
    }

    /// Reads a file. `name` is relative to the file of the definition, or for a remote definition
    /// to the project.
    fn open_outputs(
        &self,
        resource: &mut CurrentResource<'_>,
        name: &str,
        place: Span,
        report: &mut Report,
    ) -> Result<OutputsFile, Reported> {
        let definition = self.sources.get(resource.definition.uri.span.source);
        let path = Path::new(definition.name());
        let directory = path.parent().filter(|_| definition.is_file());
        let files = ProjectFiles {
            host: self.context.host,
            rules: self.context.file_rules,
            directory: directory.unwrap_or(Path::new("")),
            namer: "this definition",
        };
        let (path, bytes) = files
            .read(name)
            .map_err(|problem| report.error(self.in_rendered(problem, Some(place), resource)))?;
        let path = path.display().to_string();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some(source) = resource.places.take() else {
            return Ok(OutputsFile::default());
        };
        self.sources.set_private_file(source, path.clone(), text);
        let outputs = self.parse_outputs(source, report)?;
        Ok(OutputsFile { path, outputs })
    }

    /// The entries of a file of outputs.
    fn parse_outputs(
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
            .map(|(name, entry)| (name.clone(), self.file_output(name, entry)))
            .collect())
    }

    /// An entry of the file: a value, or one that Terraform describes. The names of others tell
    /// whether messages may show them.
    fn file_output(&self, name: &str, entry: &Entry) -> FileOutput {
        let described = |key| entry.value.get(key);
        let (value, shown_as, is_sensitive) = match (described("value"), described("sensitive")) {
            (
                Some(value),
                Some(Tree {
                    kind: Kind::Bool(true),
                    ..
                }),
            ) => (value, "secret", true),
            (
                Some(value),
                Some(Tree {
                    kind: Kind::Bool(false),
                    ..
                }),
            ) => (value, "", false),
            _ => (&entry.value, name, false),
        };
        let value = value.to_value();
        if !shown_as.is_empty() {
            let named = Map::from_iter([(shown_as.to_owned(), value.clone())]);
            self.keep_secrets_of(&Value::Map(named));
        }
        FileOutput {
            key: entry.key,
            value: (!is_sensitive).then_some(value),
        }
    }

    /// The outputs of a definition without `outputs`: all of the file. A sensitive one that a
    /// placeholder uses is an error.
    pub(super) fn outputs_of_file(
        &self,
        resource: &CurrentResource<'_>,
        file: &OutputsFile,
        report: &mut Report,
    ) -> Map {
        let mut all = Map::new();
        for (name, output) in &file.outputs {
            if let Some(value) = &output.value {
                all.insert(name.clone(), value.clone());
            } else if self.is_used(resource.node, name) {
                let fault = file.sensitive(name);
                let problem = resource.problem(fault.rule, &fault.what).at(output.key);
                let problem = problem.secondary(resource.node.span, REQUESTED_BY);
                report.push(problem.help(fault.help));
            }
        }
        all
    }
}
