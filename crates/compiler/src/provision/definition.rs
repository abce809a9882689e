//! An entry of a definitions file: the resources that it matches, its engine and its templates.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use super::declarations::{Declarations, Declares, Reading, read_declarations};
use super::patterns::Patterns;
use crate::model::Uid;
use crate::support::rendered::TemplateText;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Span, Spanned};
use go_template::{Template, TemplateError};
use yaml::rules::UNKNOWN_KEY;
use yaml::{Kind, Node, Style, reader, scalar_spans};

rules! {
    /// The `uri` of a definition has an unknown scheme.
    pub UNKNOWN_ENGINE: "unknown-engine", Error;
}

/// The engine that runs a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// `template://`: the sections are Go templates.
    Template,
    /// `cmd://`: a program is run.
    Command,
    /// `local-env://`: each output is an environment variable.
    LocalEnvironment,
    /// `outputs://`: as a template, with outputs of another program from a file.
    Outputs,
}

/// One entry of a definitions file.
#[derive(Debug)]
pub struct Definition {
    /// The URI, which is its name.
    pub uri: Spanned<String>,
    /// The engine that runs it.
    pub engine: Engine,
    /// Whether it is embedded in this program, so that users cannot change it.
    pub builtin: bool,
    /// The resource type that it matches.
    pub kind: String,
    /// The only class that it matches, if any.
    pub class: Option<String>,
    /// The only id that it matches, if any.
    pub id: Option<String>,
    /// A sentence that describes it.
    pub description: Option<String>,
    /// The params that it supports; `None` when not declared.
    pub supported_params: Option<Declarations>,
    /// The outputs that it gives; `None` when not declared.
    pub expected_outputs: Option<Declarations>,
    /// `cmd://` only: the arguments of the program.
    pub args: Vec<String>,
    /// Its sections by name; each is a template.
    pub sections: IndexMap<&'static str, SectionTemplate>,
}

impl Definition {
    /// The params that its templates read by name.
    pub fn read_params(&self) -> BTreeSet<&str> {
        let texts = self
            .sections
            .values()
            .map(|section| section.text.template());
        let uses = texts.flat_map(|text| text.split(".Params.").skip(1));
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        uses.filter_map(|rest| rest.split(|letter| !is_part(letter)).next())
            .collect()
    }

    /// Whether it matches a resource.
    pub fn is_for(&self, uid: &Uid) -> bool {
        let fits =
            |only: &Option<String>, name: &str| only.as_deref().is_none_or(|only| only == name);
        self.kind == uid.kind && fits(&self.class, &uid.class) && fits(&self.id, &uid.id)
    }
}

/// A section, which is parsed on first use.
#[derive(Debug)]
pub struct SectionTemplate {
    /// The text and its place.
    pub text: Arc<SectionText>,
    parsed: OnceLock<Result<Template, TemplateError>>,
    /// What its rendered texts look like.
    pub patterns: Patterns,
}

/// The text of a section with its place in the definitions file.
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

    /// The place of a range of the template in the definitions file.
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

impl TemplateText for Arc<SectionText> {
    fn text<'a>(&'a self, _: &'a Sources) -> &'a str {
        self.template()
    }

    fn place(&self, sources: &Sources, start: usize, end: usize) -> Span {
        SectionText::place(self, sources, start, end)
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
            patterns: Patterns::default(),
        }
    }

    /// The parsed template.
    pub fn template(&self) -> Result<&Template, &TemplateError> {
        self.parsed
            .get_or_init(|| Template::parse(self.text.template(), &function_names()))
            .as_ref()
    }
}

/// The label of the resource in a problem of its definition.
pub(crate) const REQUESTED_BY: &str = "used by this resource";

/// The functions of provisioner templates besides those of Go and sprig, each with what it takes.
pub const FUNCTIONS: [(&str, &str); 8] = [
    ("encodeSecretRef", "NAME KEY"),
    ("image", "DEFAULT REGISTRY"),
    ("cpu", "DEFAULT"),
    ("memory", "DEFAULT"),
    ("amount", "QUANTITY"),
    ("output", "NAME"),
    ("warn", "PATH TEXT HELP"),
    ("note", "PATH TEXT HELP"),
];

/// The names of [`FUNCTIONS`].
pub(super) fn function_names() -> [&'static str; 8] {
    FUNCTIONS.map(|(name, _)| name)
}

/// All sections of all engines and targets: a definition may serve both targets.
const SECTIONS: [&str; 14] = [
    "source",
    "defaults",
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

/// Reads an entry. Errors are reported; then it may still be given, for further checks.
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
        let node = non_null(&mut fields, key)?;
        reader::string(node, &format!("`{key}`"), report).map(|text| text.value)
    };
    let class = text("class", report);
    let id = text("id", report);
    let description = text("description", report);
    let mut declarations = |key: &'static str, declares, report: &mut Report| {
        let reading = Reading { declares, builtin };
        non_null(&mut fields, key).map(|node| read_declarations(node, key, reading, report))
    };
    let supported_params = declarations("supported_params", Declares::Params, report);
    let expected_outputs = declarations("expected_outputs", Declares::Outputs, report);
    let args = read_names(&mut fields, "args", report);
    let mut sections: IndexMap<&str, SectionTemplate> = IndexMap::new();
    for name in SECTIONS {
        if let Some(node) = non_null(&mut fields, name)
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
        report_foreign_key("args", "`cmd://` definitions have", node, report);
    }
    if sections.contains_key("source")
        && !matches!(engine, Engine::LocalEnvironment | Engine::Outputs)
    {
        let owners = "`local-env://` and `outputs://` definitions have";
        report_foreign_key("source", owners, node, report);
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

/// Reports a key that only the definitions of other engines have.
fn report_foreign_key(key: &str, owners: &str, node: &Node, report: &mut Report) {
    let message = format!("only {owners} `{key}`");
    let entry = node.as_map().and_then(|entries| entries.get(key));
    let problem =
        Problem::new(&UNKNOWN_KEY, message).at(entry.map_or(node.span, |entry| entry.key));
    report.push(problem.help(format!("remove `{key}`")));
}

/// The value of an optional key. Published definitions have `class: null`, which counts as missing.
fn non_null<'node>(fields: &mut reader::Fields<'node>, key: &'static str) -> Option<&'node Node> {
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
    let node = non_null(fields, key)?;
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
        ("outputs://", Engine::Outputs),
    ];
    let engine = engines
        .iter()
        .find(|(scheme, _)| uri.value.starts_with(scheme));
    if engine.is_none() {
        let problem = Problem::new(
            &UNKNOWN_ENGINE,
            format!("there is no engine for `{}`", uri.value),
        )
        .at(uri.span);
        let help = "begin it with `template://`, `cmd://`, `local-env://` or `outputs://`";
        report.push(problem.help(help));
    }
    engine.map(|(_, engine)| engine.clone())
}
