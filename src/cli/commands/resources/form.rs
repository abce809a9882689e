//! The form in which outputs are printed: JSON, YAML, or what a Go template makes of them.

use compiler::rules::TEMPLATE_ERROR;
use compiler::rules::TEMPLATE_NO_VALUE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};
use go_template::{Data, Limits, Template, TemplateError, Tools};
use yaml::write::write_yaml;

const HELP: &str = "write `json`, `yaml` or a template such as `{{ .host }}:{{ .port }}`";

/// How outputs are printed.
pub(super) enum Form {
    Json,
    Yaml,
    Template(Template, SourceId),
}

/// Reads the value of the flag. A word that is no form and has nothing of a template is a slip of
/// the pen.
pub(super) fn parse_flag(text: &str) -> Result<String, String> {
    match text {
        "json" | "yaml" => Ok(text.to_owned()),
        _ if text.contains("{{") => Ok(text.to_owned()),
        _ => Err(suggestion(text, ["json", "yaml"], || HELP.to_owned())),
    }
}

impl Form {
    /// The form that a value of the flag stands for.
    pub(super) fn read(
        text: &str,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Form, Reported> {
        match text {
            "json" => return Ok(Form::Json),
            "yaml" => return Ok(Form::Yaml),
            _ => {}
        }
        let source = sources.add("--format", text);
        let template =
            Template::parse(text, &[]).map_err(|error| template_error(error, source, report))?;
        Ok(Form::Template(template, source))
    }

    /// The outputs as text that ends its last line.
    pub(super) fn print(&self, outputs: &Map, report: &mut Report) -> Result<String, Reported> {
        let mut text = match self {
            Form::Json => {
                serde_json::to_string_pretty(&Value::Map(outputs.clone())).unwrap_or_default()
            }
            Form::Yaml => write_yaml(&Value::Map(outputs.clone())),
            Form::Template(template, source) => render(template, *source, outputs, report)?,
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text)
    }
}

fn render(
    template: &Template,
    source: SourceId,
    outputs: &Map,
    report: &mut Report,
) -> Result<String, Reported> {
    let random =
        |_: u32| Err("there are no random functions here: an output is what it is".to_owned());
    let tools = Tools {
        random: &random,
        functions: &[],
        limits: Limits::default(),
    };
    let data = Data::from(&Value::Map(outputs.clone()));
    let rendered = template
        .render(&data, &tools)
        .map_err(|error| template_error(error, source, report))?;
    report.collect(|report| {
        for (start, end) in &rendered.missing {
            let problem = Problem::new(&TEMPLATE_NO_VALUE, "no output has this name")
                .at(Span::new(source, *start, *end));
            let help = match outputs.is_empty() {
                true => "leave out `--format`; this resource gives no outputs to format".to_owned(),
                false => format!(
                    "write one of its outputs: {}",
                    list_names(outputs.keys().map(String::as_str))
                ),
            };
            report.push(problem.help(help));
        }
    })?;
    Ok(rendered.text)
}

fn template_error(error: TemplateError, source: SourceId, report: &mut Report) -> Reported {
    let problem =
        Problem::new(&TEMPLATE_ERROR, error.message).at(Span::new(source, error.start, error.end));
    report.error(problem.help(HELP))
}
