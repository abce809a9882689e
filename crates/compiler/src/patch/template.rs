//! Patch templates.
//!
//! A template reads the documents as `.Compose` or `.Manifests`, the workloads as `.Workloads`, and
//! their `x-` keys as `.Extensions`.
//! It renders to a list of operations, which are applied in order.

mod apply;
mod operation;
mod path_error;
#[cfg(test)]
mod tests;

use self::apply::Effect;
use self::operation::{Operation, Path};
use self::path_error::PathError;
use super::context::{Context, View};
use super::rejection::rejected;
use super::rules::INVALID_PATCH_PATH;
use crate::parse;
use crate::provision::engines::template::environment_data;
use crate::rules::TEMPLATE_NO_VALUE;
use crate::support::document::Document;
use crate::support::rendered::{
    MAX_ERRORS, NO_VALUE_HELP, RenderedFrom, TemplateText, VALID_YAML_HELP,
};
use diagnostics::report::{Problem, Report, Reported, Severity};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::value::{Map, Value};
use go_template::{Data, ExtraFunction, Failure, Limits, Template, TemplateError, Tools};

rules! {
    /// A patch template renders to no operation, so it changes nothing.
    pub PATCH_WITHOUT_OPERATIONS: "patch-without-operations", Note;

    /// A path has the index of an item that an earlier operation of the template moved.
    pub SHIFTED_PATCH_INDEX: "shifted-patch-index", Warning;

    /// A patch template is invalid, or fails while it is rendered.
    pub PATCH_TEMPLATE_ERROR: "patch-template-error", Error;
}

/// The functions that only patch templates have.
const FUNCTIONS: [&str; 1] = ["substituteValue"];

/// The place of a template that is a whole file.
#[derive(Debug)]
struct File(SourceId);

impl TemplateText for File {
    fn text<'a>(&'a self, sources: &'a Sources) -> &'a str {
        sources.text(self.0)
    }

    fn place(&self, _: &Sources, start: usize, end: usize) -> Span {
        Span::new(self.0, start, end)
    }
}

/// Applies one template to the documents.
pub(super) fn apply(
    sources: &mut Sources,
    template: SourceId,
    context: &Context<'_>,
    documents: &mut Vec<Document>,
    report: &mut Report,
) {
    let Some(rendered) = render(sources, template, context, documents, report) else {
        return;
    };
    let mut own_report = Report::default();
    if let Ok(operations) = own_report.collect(|report| read(sources, rendered, report)) {
        if operations.is_empty() {
            own_report.push(without_operations(template));
        }
        apply_all(&operations, *context.view, documents, &mut own_report);
    }
    own_report.trace_to_origins(sources);
    report.merge(own_report);
    for document in documents {
        let origin = document.origin.filter(|origin| origin.source == rendered);
        if let Some(origin) = origin {
            document.origin = sources.origin(origin);
            (context.view.complete)(&mut document.value, None, context.plan);
        }
    }
}

fn without_operations(template: SourceId) -> Problem {
    let message = "this patch template renders no operation, so it changes nothing";
    Problem::new(&PATCH_WITHOUT_OPERATIONS, message)
        .at(Span::new(template, 0, 0))
        .help("check the names after `range` and the conditions, unless it is for other workloads or environments")
}

fn apply_all(
    operations: &[Operation],
    view: View,
    documents: &mut Vec<Document>,
    report: &mut Report,
) {
    let mut removed: Vec<&Path> = Vec::new();
    for operation in operations {
        let shifts = |removed: &&&Path| operation.path.is_shifted_by(removed);
        let shifting = removed.iter().find(shifts);
        match (apply::apply(operation, view, documents), shifting) {
            (Err(error), None) => report.push(path_problem(operation, error)),
            (Err(error), Some(_)) => {
                report.push(path_problem(operation, error).help(SHIFTED_HELP));
            }
            (Ok(_), Some(removed)) => report.push(shifted_problem(operation, removed)),
            (Ok(Effect::RemovedItem), None) => removed.push(&operation.path),
            (Ok(Effect::Other), None) => {}
        }
    }
}

/// What to do about an index that counts without an item that was deleted.
const SHIFTED_HELP: &str =
    "write the operations that delete items last, from the last item to the first";

fn shifted_problem(operation: &Operation, removed: &Path) -> Problem {
    let message = format!(
        "`{}` may be another item than the template saw: the deletion of `{}` moved those after it",
        operation.path.text(),
        removed.text()
    );
    Problem::new(&SHIFTED_PATCH_INDEX, message)
        .at(operation.path.span)
        .secondary(removed.span, "the item is deleted here")
        .help(SHIFTED_HELP)
}

fn path_problem(operation: &Operation, error: PathError) -> Problem {
    let path = operation.path.text();
    let message = format!("the patch of `{path}` cannot be applied: {}", error.message);
    let problem = Problem::new(&INVALID_PATCH_PATH, message).at(operation.path.span);
    problem.help(error.help)
}

/// Reports a patch template that does not parse. Its operations are known only with the documents.
pub(super) fn check(sources: &Sources, template: SourceId, report: &mut Report) {
    if let Err(error) = Template::parse(sources.get(template).text(), &FUNCTIONS) {
        template_error(template, error, report);
    }
}

fn template_error(template: SourceId, error: TemplateError, report: &mut Report) -> Reported {
    let help = error.help.unwrap_or("fix the patch template");
    let problem = Problem::new(&PATCH_TEMPLATE_ERROR, error.message).at(Span::new(
        template,
        error.start,
        error.end,
    ));
    report.error(problem.help(help))
}

/// Reports each failure at what the template rejects, and any other error at the template.
fn report_failures(
    failures: Vec<Failure>,
    template: SourceId,
    context: &Context<'_>,
    report: &mut Report,
) {
    for Failure { error, iterations } in failures {
        let rejected = rejected(&iterations, context.plan, context.view.workload_name);
        match (&error.failure, rejected) {
            (Some(message), Some(rejected)) => {
                let place = Span::new(template, error.start, error.end);
                report.push(
                    Problem::new(&PATCH_TEMPLATE_ERROR, message.as_str())
                        .at(rejected)
                        .secondary(place, "rejected by the patch template here")
                        .help("change the workload; if it is right, fix the patch template"),
                );
            }
            _ => {
                template_error(template, error, report);
            }
        }
    }
}

/// Renders a template to a source of its own; `None` when an error was reported.
fn render(
    sources: &mut Sources,
    template: SourceId,
    context: &Context<'_>,
    documents: &[Document],
    report: &mut Report,
) -> Option<SourceId> {
    let text = sources.get(template).text().to_owned();
    let parsed = Template::parse(&text, &FUNCTIONS)
        .map_err(|error| template_error(template, error, report))
        .ok()?;
    let substitute = |arguments: &[Data]| match arguments {
        [Data::Text(workload), Data::Text(text)] => {
            context.plan.substitute(workload, text).map(Data::text)
        }
        _ => Err("substituteValue takes two strings, a workload's name and a text".to_owned()),
    };
    let random = |_: u32| {
        Err("random functions are not available in a patch template: its output would change with every resource".to_owned())
    };
    let function: &ExtraFunction<'_> = &substitute;
    let tools = Tools {
        random: &random,
        functions: &[("substituteValue", function)],
        limits: Limits::default(),
    };
    let rendered = parsed
        .render_collecting(&data(context, documents), &tools)
        .map_err(|failures| report_failures(failures, template, context, report))
        .ok()?;
    for (start, end) in &rendered.missing {
        let message = "this rendered as `<no value>`: the name does not exist or is null";
        let problem = Problem::new(&TEMPLATE_NO_VALUE, message)
            .at(Span::new(template, *start, *end))
            .help(NO_VALUE_HELP);
        report.push_as(Severity::Warning, problem);
    }
    let name = format!("rendered {}", sources.get(template).name());
    let origin = RenderedFrom::new(File(template), &rendered.text, rendered.pieces);
    let source = sources.reserve(1).take()?;
    sources.set_generated(source, name, Box::new(origin));
    Some(source)
}

/// The operations in a rendered text.
fn read(sources: &Sources, rendered: SourceId, report: &mut Report) -> Vec<Operation> {
    let mut syntax = Report::default();
    let documents = parse::yaml_documents(sources, rendered, &mut syntax);
    for diagnostic in syntax.errors().take(MAX_ERRORS) {
        let cause = diagnostic.cause();
        let message = format!("the patch template did not render to valid YAML: {cause}");
        let problem = Problem::new(&PATCH_TEMPLATE_ERROR, message).help(VALID_YAML_HELP);
        report.push(diagnostic.span().into_iter().fold(problem, Problem::at));
    }
    let documents = documents.iter().filter(|document| !document.is_null());
    documents
        .flat_map(|document| operation::read(document, report))
        .collect()
}

fn data(context: &Context<'_>, documents: &[Document]) -> Data {
    let mut values = documents.iter().map(|document| Data::from(&document.value));
    let root = match context.view.is_list {
        true => Data::list(values.collect()),
        false => values.next().unwrap_or_default(),
    };
    let workloads: Map = context
        .plan
        .workloads
        .iter()
        .map(|workload| (workload.name.value.clone(), workload.spec.clone()))
        .collect();
    let extensions: Map = context
        .plan
        .workloads
        .iter()
        .map(|workload| (workload.name.value.clone(), workload.extensions.clone()))
        .collect();
    let environment = &context.plan.identity.environment;
    let fields = vec![
        (context.view.name, root),
        ("Workloads", Data::from(&Value::Map(workloads))),
        ("Extensions", Data::from(&Value::Map(extensions))),
        ("Namespace", Data::text(context.namespace)),
        (
            "Environment",
            environment_data(environment, context.target, context.environment.values),
        ),
    ];
    Data::structure("PatchData", fields)
}
