//! One entry of a definitions file: what it is for, what runs it, and its templates.

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::model::Uid;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use go_template::{Template, TemplateError};
use yaml::rules::UNKNOWN_KEY;
use yaml::{Kind, Node, Style, reader, scalar_spans};

rules! {
    /// The `uri` of a definition names no engine that runs it.
    pub UNKNOWN_ENGINE: "unknown-engine", Error;
}

/// What runs a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// `template://`: the sections are Go templates.
    Template,
    /// `cmd://`: a program is run.
    Command,
    /// `local-env://`: any output is a variable of the environment.
    LocalEnvironment,
}

/// One entry of a definitions file.
#[derive(Debug)]
pub struct Definition {
    /// The URI that names it.
    pub uri: Spanned<String>,
    /// What runs it.
    pub engine: Engine,
    /// Whether it is embedded in this program, so that no user can change it.
    pub builtin: bool,
    /// The resource type it is for.
    pub kind: String,
    /// The only class it is for, when given.
    pub class: Option<String>,
    /// The only id it is for, when given.
    pub id: Option<String>,
    /// What it does, in a sentence.
    pub description: Option<String>,
    /// The params it knows; `None` when it does not say.
    pub supported_params: Option<Vec<String>>,
    /// The outputs it gives; `None` when it does not say.
    pub expected_outputs: Option<Vec<String>>,
    /// `cmd://` only: the arguments of the program.
    pub args: Vec<String>,
    /// The sections that are templates, by name.
    pub sections: IndexMap<&'static str, SectionTemplate>,
}

impl Definition {
    /// Whether it is for a resource of this identity.
    pub fn is_for(&self, uid: &Uid) -> bool {
        let fits = |wanted: &Option<String>, own: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == own)
        };
        self.kind == uid.kind && fits(&self.class, &uid.class) && fits(&self.id, &uid.id)
    }
}

/// The text of a section, read as a template when it is first needed.
#[derive(Debug)]
pub struct SectionTemplate {
    /// The text without surrounding white space, and where it was written.
    pub text: Arc<SectionText>,
    parsed: OnceLock<Result<Template, TemplateError>>,
}

/// The text of a section and where it was written.
#[derive(Debug)]
pub struct SectionText {
    decoded: String,
    style: Style,
    /// The place of the section's value.
    pub span: Span,
}

impl SectionText {
    /// The template: the text without surrounding white space.
    pub fn template(&self) -> &str {
        self.decoded.trim()
    }

    /// Where in the definitions file a range of the template was written.
    pub fn place(&self, sources: &Sources, start: usize, end: usize) -> Span {
        let trimmed = self.decoded.len() - self.decoded.trim_start().len();
        scalar_spans::locate_text(
            sources,
            self.span,
            self.style,
            &self.decoded,
            start + trimmed,
            end + trimmed,
        )
    }
}

impl SectionTemplate {
    fn new(decoded: String, style: Style, span: Span) -> SectionTemplate {
        SectionTemplate {
            text: Arc::new(SectionText {
                decoded,
                style,
                span,
            }),
            parsed: OnceLock::new(),
        }
    }

    /// The template, parsed once.
    pub fn template(&self) -> Result<&Template, &TemplateError> {
        self.parsed
            .get_or_init(|| Template::parse(self.text.template(), &FUNCTIONS))
            .as_ref()
    }
}

/// The functions that provisioner templates have beside those of Go and sprig.
pub(super) const FUNCTIONS: [&str; 1] = ["encodeSecretRef"];

/// All sections that any engine or target reads, so that a definition may serve both targets.
const SECTIONS: [&str; 13] = [
    "source",
    "init",
    "state",
    "shared",
    "outputs",
    "manifests",
    "directories",
    "files",
    "networks",
    "volumes",
    "services",
    "models",
    "info_logs",
];

/// Reads an entry; what is wrong with it is reported.
pub(super) fn read_definition(
    node: &Node,
    builtin: bool,
    report: &mut Report,
) -> Option<Definition> {
    let mut fields = reader::fields(node, "a provisioner definition", report)?;
    let uri = fields
        .required_as("uri", "template://NAME", report)
        .and_then(|node| reader::string(node, "`uri`", report));
    let kind = fields
        .required_as("type", "TYPE", report)
        .and_then(|node| reader::string(node, "`type`", report));
    let mut text = |key: &'static str, report: &mut Report| {
        let node = given(&mut fields, key)?;
        reader::string(node, &format!("`{key}`"), report).map(|text| text.value)
    };
    let class = text("class", report);
    let id = text("id", report);
    let description = text("description", report);
    let supported_params = read_names(&mut fields, "supported_params", report);
    let expected_outputs = read_names(&mut fields, "expected_outputs", report);
    let args_place = fields.entry("args").map(|entry| entry.key);
    let source_place = node
        .as_map()
        .and_then(|entries| entries.get("source"))
        .map(|entry| entry.key);
    let args = read_names(&mut fields, "args", report);
    let mut sections: IndexMap<&str, SectionTemplate> = IndexMap::new();
    for name in SECTIONS {
        if let Some(node) = given(&mut fields, name)
            && let (Some(text), Kind::String(_, style)) = (
                reader::string(node, &format!("`{name}`"), report),
                &node.kind,
            )
        {
            sections.insert(name, SectionTemplate::new(text.value, *style, node.span));
        }
    }
    fields.finish(|_| None, report);
    let uri = uri?;
    let engine = read_engine(&uri, report)?;
    if args.is_some() && engine != Engine::Command {
        let problem = Problem::new(&UNKNOWN_KEY, "only `cmd://` definitions have `args`");
        let problem = problem.at(args_place.unwrap_or(uri.span));
        report.push(problem.help("remove `args`"));
    }
    if let Some(source) = sections
        .get("source")
        .filter(|_| engine != Engine::LocalEnvironment)
    {
        let problem = Problem::new(
            &UNKNOWN_KEY,
            "only `local-env://` definitions have `source`",
        )
        .at(source_place.unwrap_or(source.text.span));
        report.push(problem.help("remove `source`"));
    }
    Some(Definition {
        uri,
        engine,
        builtin,
        kind: kind?.value,
        class,
        id,
        description,
        supported_params,
        expected_outputs,
        args: args.unwrap_or_default(),
        sections,
    })
}

/// A key that may be missing. Definitions often say `class: null`, which is what they would be
/// without it.
fn given<'node>(fields: &mut reader::Fields<'node>, key: &'static str) -> Option<&'node Node> {
    fields
        .entry(key)
        .map(|entry| &entry.value)
        .filter(|node| !node.is_null())
}

fn read_names(
    fields: &mut reader::Fields<'_>,
    key: &'static str,
    report: &mut Report,
) -> Option<Vec<String>> {
    let node = given(fields, key)?;
    let what = format!("`{key}`");
    let items = reader::list(node, &what, report);
    Some(
        items
            .iter()
            .filter_map(|item| reader::string(item, &what, report))
            .map(|name| name.value)
            .collect(),
    )
}

fn read_engine(uri: &Spanned<String>, report: &mut Report) -> Option<Engine> {
    let engines = [
        ("template://", Engine::Template),
        ("cmd://", Engine::Command),
        ("local-env://", Engine::LocalEnvironment),
    ];
    let found = engines
        .iter()
        .find(|(scheme, _)| uri.value.starts_with(scheme));
    if found.is_none() {
        let problem =
            Problem::new(&UNKNOWN_ENGINE, format!("no engine runs `{}`", uri.value)).at(uri.span);
        let _ =
            report.error(problem.help("begin it with `template://`, `cmd://` or `local-env://`"));
    }
    found.map(|(_, engine)| engine.clone())
}
