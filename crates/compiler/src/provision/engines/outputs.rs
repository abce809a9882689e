//! `outputs://` definitions: templates that read the outputs of another program, such as Terraform,
//! from a file.

use std::path::Path;
use std::sync::Arc;

use super::outputs_file::OutputsFile;
use super::template::CurrentResource;
use crate::placeholder::resolve::mark_secret;
use crate::provision::run::Run;
use crate::rules::WRONG_SECTION_TYPE;
use crate::support::project_files::ProjectFiles;
use diagnostics::report::{Report, Reported};
use diagnostics::source::Span;
use diagnostics::value::{Map, Value};
use yaml::Node as Tree;

/// The keys of `source`.
const KEYS: [&str; 2] = ["file", "secretRef"];

const FILE_HELP: &str = "write `file: PATH`, as in `file: terraform/{{ .Environment.Name }}.json`";

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
            let key = entry.value.get("key").and_then(Tree::as_str);
            let (Some(secret), Some(key)) = (entry.value.get("name"), key) else {
                let what = format!("has a `secretRef` for `{name}` that names no key of a Secret");
                let problem = self.source_problem(resource, entry.key, &what);
                report.push(problem.help("write `{name: SECRET, key: KEY}`"));
                continue;
            };
            if let Some(secret) = self.object_name(resource, "name", secret, report) {
                references.push((name.into(), entry.key, mark_secret(&secret, key)));
            }
        }
        if tree.as_map().is_none() {
            let problem = self.source_problem(
                resource,
                tree.span,
                "has a `secretRef` that is not a mapping",
            );
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
            .map_err(|problem| report.error(self.in_rendered(*problem, Some(place), resource)))?;
        let path = path.display().to_string();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some(source) = resource.places.take() else {
            return Ok(OutputsFile::default());
        };
        self.sources.set_private_file(source, path.clone(), text);
        let outputs = self.parse_outputs(source, report)?;
        Ok(OutputsFile {
            path,
            place: Some(Span::new(source, 0, bytes.len())),
            outputs,
        })
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
                report.push(resource.fault(file.sensitive(name), output.key));
            }
        }
        all
    }
}
