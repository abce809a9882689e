//! Compiles the texts of the page.

use std::path::Path;

use serde::{Deserialize, Serialize};

use compiler::compile::{Request, draw, generate};
use compiler::diagram::picture::Picture;
use compiler::diagram::svg;
use compiler::emit::OutputText;
use compiler::support::host::{Host, HostError};
use compiler::support::random::Key;
use compiler::targets::ALL;
use diagnostics::report::{Diagnostic, Report};
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// What the page asks for.
#[derive(Deserialize)]
struct Texts {
    score: String,
    definitions: String,
    values: String,
    target: String,
    namespace: String,
}

/// What the page shows.
#[derive(Serialize, Default)]
struct Answer {
    /// Empty where there are errors.
    output: String,
    /// Files beside the output.
    files: Vec<File>,
    problems: Vec<Problem>,
    /// Empty where there are errors.
    graph: String,
}

#[derive(Serialize)]
struct File {
    path: String,
    text: String,
}

#[derive(Serialize)]
struct Problem {
    level: &'static str,
    name: String,
    message: String,
    help: Option<String>,
    place: Option<Place>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    line: usize,
    column: usize,
    text: String,
}

/// There are no files and no programs here, and the seed is public.
struct Page;

impl Host for Page {
    fn read(&self, _: &Path) -> Result<Vec<u8>, HostError> {
        Err(HostError::Failed("this page has no files".to_owned()))
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(Key::from_seed(b"page"))
    }

    fn used_seed(&self) -> Option<Key> {
        self.seed().ok()
    }

    fn refuses_programs(&self) -> Option<&'static str> {
        Some("use a definition with a template: no program runs in this page")
    }
}

/// The answer to a request, both as JSON.
pub(crate) fn answer(request: &[u8]) -> Vec<u8> {
    let answer = match serde_json::from_slice(request) {
        Ok(texts) => compile(&texts),
        Err(error) => Answer {
            problems: vec![Problem {
                level: "error",
                name: String::new(),
                message: error.to_string(),
                help: None,
                place: None,
            }],
            ..Answer::default()
        },
    };
    serde_json::to_vec(&answer).unwrap_or_default()
}

fn compile(texts: &Texts) -> Answer {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let request = request(texts, &mut sources, &mut report);
    let output = generate(&mut sources, &Page, &request, &mut report).ok();
    let output = output.filter(|_| report.result().is_ok());
    let graph = output.as_ref().and_then(|_| {
        let (diagram, _) = draw(&mut sources, &Page, &request, &mut Report::default()).ok()?;
        Some(svg::write(&Picture::new(&diagram, None), &texts.target))
    });
    let problems = report.in_order().into_iter();
    let mut answer = Answer {
        problems: problems.map(|one| problem(one, &sources)).collect(),
        graph: graph.unwrap_or_default(),
        ..Answer::default()
    };
    if let Some(output) = output {
        let files = output.artifacts.into_iter().filter_map(|file| {
            let text = String::from_utf8_lossy(&file.content?).into_owned();
            let path = file.path;
            Some(File { path, text })
        });
        answer.files = files.collect();
        if let OutputText::One(text) = output.emitted {
            answer.output = text;
        }
    }
    answer
}

fn request(texts: &Texts, sources: &mut Sources, report: &mut Report) -> Request<'static> {
    let target = ALL.iter().find(|target| target.name() == texts.target);
    let mut request = Request::new(*target.unwrap_or(&ALL[0]));
    request.score_files = vec![sources.add("score.yaml", texts.score.as_str())];
    if !texts.definitions.trim().is_empty() {
        let source = sources.add("definitions.yaml", texts.definitions.as_str());
        request.definitions.push(source);
    }
    let options = &mut request.options;
    options.http_probes = true;
    options.namespace = Some(texts.namespace.clone()).filter(|name| !name.is_empty());
    options.mounts = format!(".score-rs/{}/mounts", texts.target);
    options.mounts_in_output = format!("./{}", options.mounts);
    let values = sources.add("values.yaml", texts.values.as_str());
    let (mut values, result) = report.observe(|report| yaml::parse(sources, values, report));
    match result {
        Ok(()) if !values.is_empty() => {
            let values = values.remove(0);
            if matches!(values.to_value(), Value::Map(_)) {
                request.values = values.to_value();
                request
                    .target
                    .read_values(&values, &mut request.options, report);
                request.written_values = Some(values);
            }
        }
        Ok(()) => {}
        Err(error) => request.incomplete.fail(error),
    }
    request
}

fn problem(diagnostic: &Diagnostic, sources: &Sources) -> Problem {
    let place = diagnostic.span().map(|span| {
        let source = sources.get(span.source);
        let position = sources.position(span);
        Place {
            file: source.name().to_owned(),
            line: position.line,
            column: position.column,
            text: source.line_at(span.start as usize).to_owned(),
        }
    });
    let hide = |text: &str| sources.secrets().hide(text);
    Problem {
        level: diagnostic.severity().as_str(),
        name: diagnostic.shown_name().to_owned(),
        message: hide(diagnostic.message()),
        help: diagnostic.help().map(hide),
        place,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    const SCORE: &str = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\n\
        containers: {web: {image: nginx:1, variables: {SIZE: \"${resources.key.size}\"}}}\n\
        resources: {key: {type: key}}\n";

    fn answer(target: &str, score: &str, definitions: &str) -> Value {
        let request = json!({
            "score": score, "definitions": definitions, "values": "size: 3", "target": target,
            "namespace": "here",
        });
        serde_json::from_slice(&super::answer(request.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn a_workload_is_compiled_with_definitions_and_values() {
        let definitions = "- uri: template://key\n  type: key\n  outputs: 'size: {{ .Environment.Values.size }}'\n";
        let answer = answer("kubernetes", SCORE, definitions);
        assert_eq!(answer["problems"], json!([]));
        let output = answer["output"].as_str().unwrap();
        assert!(output.contains("namespace: here"), "{output}");
        assert!(output.contains("value: \"3\""), "{output}");
        assert!(answer["graph"].as_str().unwrap().starts_with("<svg"));
    }

    #[test]
    fn a_problem_has_its_line() {
        let answer = answer("compose", SCORE, "- uri: cmd://x\n  type: key\n");
        assert_eq!(answer["output"], "");
        let problem = &answer["problems"][0];
        assert_eq!(problem["level"], "error");
        assert_eq!(problem["place"]["file"], "definitions.yaml");
        assert_eq!(problem["place"]["line"], 1);
        let text = super::answer(b"{");
        assert!(String::from_utf8(text).unwrap().contains("EOF"));
    }
}
