//! Patch templates.
//!
//! A template reads the documents as `.Compose` or `.Manifests` and the workloads as `.Workloads`.
//! It renders to a list of operations, which are applied in order.

use super::context::Context;
use super::rejection::rejected;
use super::rules::INVALID_PATCH_PATH;

use crate::parse;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::value::{Map, Value};
use go_template::{Data, ExtraFunction, Failure, Limits, Template, TemplateError, Tools};
use yaml::{Kind, Node, reader};

rules! {
    /// A patch template is invalid, or fails while it is rendered.
    pub PATCH_TEMPLATE_ERROR: "patch-template-error", Error;
}

/// The maximum number of parts of a path.
const DEEPEST: usize = 100;

/// The functions that only patch templates have.
const FUNCTIONS: [&str; 1] = ["substituteValue"];

/// Applies one template to the documents.
pub(super) fn apply(
    sources: &mut Sources,
    template: SourceId,
    context: &Context<'_>,
    root: Value,
    report: &mut Report,
) -> Value {
    match operations(sources, template, context, &root, report) {
        Some(operations) => apply_all(&operations, root, report),
        None => root,
    }
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

/// Renders a template and reads its operations; `None` when an error was reported.
fn operations(
    sources: &mut Sources,
    template: SourceId,
    context: &Context<'_>,
    root: &Value,
    report: &mut Report,
) -> Option<Vec<Operation>> {
    let text = sources.get(template).text().clone();
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
        .render_collecting(&data(context, root), &tools)
        .map_err(|failures| report_failures(failures, template, context, report))
        .ok()?;
    let name = format!("rendered {}", sources.get(template).name());
    let source = sources.add(name, rendered.text);
    let trees = report
        .collect(|report| parse::yaml_documents(sources, source, report))
        .ok()?;
    let mut list = Vec::new();
    for tree in trees.iter().filter(|tree| !tree.is_null()) {
        for item in reader::list(tree, "the output of a patch template", report) {
            list.extend(read_operation(item, report));
        }
    }
    Some(list)
}

fn data(context: &Context<'_>, root: &Value) -> Data {
    let workloads: Map = context
        .plan
        .workloads
        .iter()
        .map(|workload| (workload.name.value.clone(), workload.spec.clone()))
        .collect();
    let fields = vec![
        (context.view.name, Data::from(root)),
        ("Workloads", Data::from(&Value::Map(workloads))),
        ("Namespace", Data::text(context.namespace)),
    ];
    Data::structure("PatchData", fields)
}

/// A change of one value.
struct Operation {
    path: Vec<Part>,
    /// The path as written.
    path_text: String,
    path_span: Span,
    /// The new value; `None` deletes.
    value: Option<Value>,
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A key, or the index of a list.
    Name(String),
    /// A key of digits, written with a `:` before it.
    Key(String),
}

fn read_operation(node: &Node, report: &mut Report) -> Option<Operation> {
    let mut fields = reader::fields(node, "a patch operation", report)?;
    let op = fields
        .required("op", report)
        .and_then(|node| reader::string(node, "`op`", report));
    let path = fields
        .required("path", report)
        .and_then(|node| read_path(node, report));
    let value = fields.entry("value").map(|entry| entry.value.to_value());
    fields.entry("description");
    fields.finish(|_| None, report);
    let sets = reader::choice(&op?, "`op`", &[("set", true), ("delete", false)], report)?;
    let path = path?;
    let value = sets.then(|| value.unwrap_or_default());
    Some(Operation {
        path: split_path(&path.value),
        path_text: path.value,
        path_span: path.span,
        value,
    })
}

/// A path. YAML reads a path of a single index, such as `0` or `-1`, as a number.
fn read_path(node: &Node, report: &mut Report) -> Option<Spanned<String>> {
    match node.kind {
        Kind::Int(index) => Some(Spanned::new(index.to_string(), node.span)),
        _ => reader::string(node, "`path`", report),
    }
}

/// Splits a path at its dots; `\.` is a dot inside a part.
fn split_path(path: &str) -> Vec<Part> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut characters = path.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.extend(characters.next_if_eq(&'.').or(Some('\\')))),
            '.' => parts.push(String::new()),
            other => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.push(other)),
        }
    }
    let part = |part: String| match part.strip_prefix(':') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Part::Key(digits.to_owned())
        }
        _ => Part::Name(part),
    };
    parts.into_iter().map(part).collect()
}

fn apply_all(operations: &[Operation], mut root: Value, report: &mut Report) -> Value {
    for operation in operations {
        let result = match operation.path.len() {
            0..=DEEPEST => set(&mut root, &operation.path, operation.value.as_ref()),
            parts => Err(format!("the path has too many parts: {parts}")),
        };
        if let Err(message) = result {
            let message = format!(
                "the patch of `{}` cannot be applied: {message}",
                operation.path_text
            );
            report.push(
                Problem::new(&INVALID_PATCH_PATH, message)
                    .at(operation.path_span)
                    .help("correct the path in the patch template"),
            );
        }
    }
    root
}

fn set(here: &mut Value, path: &[Part], value: Option<&Value>) -> Result<(), String> {
    let Some((part, rest)) = path.split_first() else {
        *here = value.cloned().unwrap_or_default();
        return Ok(());
    };
    if *here == Value::Null {
        // A missing value becomes what the path needs: a list to append to, else a mapping.
        let appends = *part == Part::Name("-1".to_owned()) && value.is_some();
        *here = if appends {
            Value::List(Vec::new())
        } else {
            Value::map()
        };
    }
    let kind = here.kind();
    match (here, part) {
        (Value::Map(map), Part::Name(key) | Part::Key(key)) => {
            if rest.is_empty() && value.is_none() {
                // A missing key is no error: templates delete keys that other tools always write.
                map.shift_remove(key);
                return Ok(());
            }
            if value.is_none() && !map.contains_key(key) {
                return Err(format!("there is no `{key}`"));
            }
            set(map.entry(key.clone()).or_default(), rest, value)
        }
        (Value::List(items), Part::Name(index)) => apply_in_list(items, index, rest, value),
        (_, Part::Name(key) | Part::Key(key)) => Err(format!("there is no `{key}` inside {kind}")),
    }
}

fn apply_in_list(
    items: &mut Vec<Value>,
    part: &str,
    rest: &[Part],
    value: Option<&Value>,
) -> Result<(), String> {
    if part == "-1" && value.is_some() {
        let mut item = Value::Null;
        set(&mut item, rest, value)?;
        items.push(item);
        return Ok(());
    }
    let count = items.len();
    let index: usize = part
        .parse()
        .map_err(|_| format!("`{part}` is not a list index"))?;
    match items.get_mut(index) {
        None => Err(format!(
            "the list has {count} items, so there is no index {index}"
        )),
        Some(_) if rest.is_empty() && value.is_none() => {
            items.remove(index);
            Ok(())
        }
        Some(item) => set(item, rest, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;
    use crate::patch::{Environment, Patch, patch};
    use crate::plan::Plan;
    use crate::support::document::Document;
    use crate::support::places::Places;
    use crate::targets::compose::Compose;
    use crate::targets::target::Target;

    fn apply_to_sample(template: &str) -> (String, Vec<String>) {
        let mut sources = Sources::default();
        let id = sources.add("p.tpl", template);
        let service = Value::Map(Map::from_iter([("image".to_owned(), Value::from("nginx"))]));
        let services = Value::Map(Map::from_iter([("web".to_owned(), service)]));
        let root = Value::Map(Map::from_iter([
            ("services".to_owned(), services),
            (
                "list".to_owned(),
                Value::List(vec![Value::Int(9_007_199_254_740_993)]),
            ),
        ]));
        let plan = Plan {
            identity: Identity::default(),
            workloads: Vec::new(),
            resources: Vec::new(),
            hash_key: None,
        };
        let context = Context {
            view: &Compose.info().patch_view,
            namespace: "",
            plan: &plan,
            environment: Environment {
                name: "",
                values: &Value::Null,
                has_all_values: true,
            },
            is_whole_project: true,
        };
        let mut report = Report::default();
        let documents = vec![Document {
            value: root,
            origin: None,
            places: Places::default(),
        }];
        let out = patch(
            &mut sources,
            &[Patch::Template(id)],
            &context,
            documents,
            &mut report,
        );
        let text = out
            .map(|documents| documents[0].value.to_json())
            .unwrap_or_default();
        (
            text,
            report
                .in_order()
                .iter()
                .map(|diagnostic| diagnostic.message().to_owned())
                .collect(),
        )
    }

    #[test]
    fn operations_set_append_and_delete() {
        let (text, problems) = apply_to_sample(
            "{{ range $name, $_ := .Compose.services }}\n- {op: set, path: \"services.{{ $name }}.user\", value: 1000}\n{{ end }}\n\
             - {op: set, path: list.-1, value: x}\n- {op: delete, path: services.web.image}\n\
             - {op: delete, path: services.web.absent}\n- {op: set, path: 'a\\.b.:0', value: y, description: why}\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            text,
            r#"{"a.b":{"0":"y"},"list":[9007199254740993,"x"],"services":{"web":{"user":1000}}}"#
        );
    }

    #[test]
    fn appending_creates_a_missing_list() {
        let (text, problems) =
            apply_to_sample("- {op: set, path: services.web.command.-1.a, value: x}\n");
        assert_eq!(problems, Vec::<String>::new());
        assert!(text.contains(r#""command":[{"a":"x"}]"#), "{text}");
    }

    #[test]
    fn invalid_operations_are_reported() {
        let (_, problems) = apply_to_sample(
            "- {op: set, path: list.7, value: 1}\n- {op: drop, path: a}\n- {op: delete, path: no.way}\n",
        );
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
