//! The pipeline, called with texts, in a world that has nothing but a seed.

use std::path::Path;

use compiler::compile::{self, Request};
use compiler::overlay::{Scope, Scoped};
use compiler::support::host::{Host, HostError};
use compiler::support::random::Key;
use compiler::targets::compose::Compose;
use compiler::targets::kubernetes::Kubernetes;
use compiler::targets::target::Target;
use diagnostics::report::Report;
use diagnostics::source::{SourceId, Sources};
use score_rs::report::format::{Format, RenderOptions, render, summary};
use yaml::apply_fixes::apply_fixes;

/// What everything is compiled to.
pub const TARGETS: [&dyn Target; 2] = [&Compose, &Kubernetes];

/// The key that all randomness of a run comes from.
pub fn key() -> Key {
    Key::from_seed(b"fuzz")
}

struct Nowhere;

impl Host for Nowhere {
    fn read(&self, _: &Path) -> Result<Vec<u8>, HostError> {
        Err(HostError::NotFound)
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name != "UNSET").then(|| format!("${name}"))
    }

    fn seed(&self) -> Result<Key, HostError> {
        Ok(key())
    }
}

/// What stands between a Score file and an override file in one fuzzed text.
const BETWEEN: &str = "\n%%% override\n";
/// How often a text is fixed; texts that people write need two or three rounds.
const MOST_ROUNDS: usize = 10;

/// Validates a Score file by itself, then against the provisioners of each target, and fixes it
/// until nothing changes.
pub fn validate(text: &str) {
    let (score, change) = text
        .split_once(BETWEEN)
        .map_or((text, None), |(score, change)| (score, Some(change)));
    let mut texts = vec![score.to_owned()];
    while let Some(fixed) = look(texts.last().map_or("", String::as_str), change) {
        assert!(!texts.contains(&fixed), "fixing does not end");
        texts.push(fixed);
        if texts.len() > MOST_ROUNDS {
            break;
        }
    }
    for target in TARGETS {
        let (mut sources, mut report) = (Sources::default(), Report::default());
        let request = read(&mut sources, score, change, target, &mut report);
        let _ = compile::validate_for_environment(&mut sources, &Nowhere, &request, &mut report);
        show(&sources, &report);
    }
}

/// Validates a Score file; its fixed text, if there is something to fix.
fn look(score: &str, change: Option<&str>) -> Option<String> {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let request = read(&mut sources, score, change, TARGETS[0], &mut report);
    let _ = compile::validate(&mut sources, &Nowhere, &request, &mut report);
    show(&sources, &report);
    let file = *request.score_files.first()?;
    apply_fixes(&sources, &report.in_order(), |source| source == file)
        .texts
        .remove(&file)
}

/// A request for a Score file and what is merged into it.
fn read<'a>(
    sources: &mut Sources,
    score: &str,
    change: Option<&str>,
    target: &'a dyn Target,
    report: &mut Report,
) -> Request<'a> {
    let mut request = request(vec![sources.add("score.yaml", score)], Vec::new(), target);
    if let Some(change) = change {
        let file = sources.add("override.yaml", change);
        let documents = yaml::parse(sources, file, report).into_iter();
        request.overrides.merges = documents
            .map(|change| Scoped {
                scope: Scope::Only,
                span: change.span,
                change,
            })
            .collect();
    }
    request
}

/// Compiles a Score file with a definitions file; none when its text is empty.
pub fn generate(score: &str, definitions: &str, target: &dyn Target) {
    let mut sources = Sources::default();
    let mut report = Report::default();
    let files = vec![sources.add("score.yaml", score)];
    let definitions = match definitions {
        "" => Vec::new(),
        text => vec![sources.add("own.provisioners.yaml", text)],
    };
    let output = compile::generate(
        &mut sources,
        &Nowhere,
        &request(files, definitions, target),
        &mut report,
    );
    assert_eq!(
        output.is_err(),
        report.result().is_err(),
        "a run fails exactly when its report holds an error"
    );
    show(&sources, &report);
}

fn request<'a>(
    score_files: Vec<SourceId>,
    definitions: Vec<SourceId>,
    target: &'a dyn Target,
) -> Request<'a> {
    let mut request = Request {
        score_files,
        definitions,
        ..Request::new(target)
    };
    request.identity.project = Some("fuzz".to_owned());
    request.options.mounts = "mounts".into();
    request.options.mounts_in_output = "./mounts".into();
    request.options.http_probes = true;
    request
}

/// Every form of the report, on a wide and on a narrow screen.
fn show(sources: &Sources, report: &Report) {
    let wide = RenderOptions {
        colour: true,
        width: 100,
        notes: true,
        links: true,
        directory: "/work".into(),
        repository: "/work".into(),
    };
    let narrow = RenderOptions {
        colour: false,
        width: 20,
        links: false,
        ..wide.clone()
    };
    let rest = [
        Format::Short,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
    ];
    let rest = rest.map(|format| (format, &wide));
    for (format, screen) in [(Format::Human, &wide), (Format::Human, &narrow)]
        .into_iter()
        .chain(rest)
    {
        let text = render(format, sources, report, screen);
        assert!(
            report.in_order().is_empty() || !text.is_empty(),
            "a report that says nothing"
        );
    }
    let _ = summary(report);
}
