//! The format in which outputs are printed: JSON, YAML, or a Go template.

use compiler::rules::TEMPLATE_ERROR;
use compiler::rules::TEMPLATE_NO_VALUE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{SourceId, Sources, Span};
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::{Map, Value};
use go_template::{Data, Limits, Template, TemplateError, Tools};
use yaml::write::write_yaml;

const HELP: &str = "write `json`, `yaml` or a template such as `{{ .host }}:{{ .port }}`";

pub(super) enum OutputFormat {
    Json,
    Yaml,
    Template(Template, SourceId),
}

/// Parses the value of the flag. A text without `{{` is no template, and probably a typo.
pub(super) fn parse_flag(text: &str) -> Result<String, String> {
    match text {
        "json" | "yaml" => Ok(text.to_owned()),
        _ if text.contains("{{") => Ok(text.to_owned()),
        _ => Err(suggestion(text, ["json", "yaml"], || HELP.to_owned())),
    }
}

impl OutputFormat {
    /// Reads a value of the flag.
    pub(super) fn read(
        text: &str,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<OutputFormat, Reported> {
        match text {
            "json" => return Ok(OutputFormat::Json),
            "yaml" => return Ok(OutputFormat::Yaml),
            _ => {}
        }
        let source = sources.add("--format", text);
        let template =
            Template::parse(text, &[]).map_err(|error| template_error(error, source, report))?;
        Ok(OutputFormat::Template(template, source))
    }

    /// The outputs as text that ends with a line break.
    pub(super) fn print(&self, outputs: &Map, report: &mut Report) -> Result<String, Reported> {
        let mut text = match self {
            OutputFormat::Json => {
                serde_json::to_string_pretty(&Value::Map(outputs.clone())).unwrap_or_default()
            }
            OutputFormat::Yaml => write_yaml(&Value::Map(outputs.clone())),
            OutputFormat::Template(template, source) => render(template, *source, outputs, report)?,
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
    let random = |_: u32| Err("random functions are not available here".to_owned());
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
                true => {
                    "leave out `--format`; this resource returns no outputs to format".to_owned()
                }
                false => format!("write one of its outputs: {}", list_names(outputs.keys())),
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
