//! What is known of what is written at a place.

use std::fmt::Write;

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use super::files::Kind;
use super::names::{Name, ScoreDocument};
use super::place::{Part, Place};
use super::query::Query;
use super::schemas::documentation;
use super::templates;
use crate::report::rules;
use compiler::provision::declarations::{Declaration, Declarations};
use compiler::provision::library::Definition;
use diagnostics::source::Span;
use diagnostics::value::Value;

/// What the outputs of a resource of an open file are, where that is known and no secret.
pub(super) type Outputs<'a> = dyn Fn(&str, &str) -> Option<Value> + 'a;

/// What an editor shows at the place of a query.
pub(super) fn hover(query: &Query<'_>, outputs: &Outputs<'_>) -> Option<Hover> {
    let (text, span) = of_template(query)
        .or_else(|| of_name(query, outputs))
        .or_else(|| of_rule(query))
        .or_else(|| of_key(query))?;
    let contents = MarkupContent {
        kind: MarkupKind::Markdown,
        value: text,
    };
    Some(Hover {
        contents: HoverContents::Markup(contents),
        range: span.map(|span| query.range(span)),
    })
}

type Shown = (String, Option<Span>);

/// The word around the place. `before` says which letters in front of the place are part of it.
fn word<'q>(
    query: &Query<'q>,
    before: impl Fn(char) -> bool,
    after: impl Fn(char) -> bool,
) -> &'q str {
    let text: &str = &query.document.text;
    let (head, tail) = text.split_at(query.offset);
    let start = head.trim_end_matches(before).len();
    let end = tail.len() - tail.trim_start_matches(after).len();
    &text[start..query.offset + end]
}

fn of_template(query: &Query<'_>) -> Option<Shown> {
    let kind = query.document.kind;
    if !matches!(kind, Kind::Definitions | Kind::Other) {
        return None;
    }
    templates::typed(query.before())?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let chain = word(query, |letter| is_part(letter) || letter == '.', is_part);
    if let Some((path, name)) = chain.rsplit_once('.') {
        let path: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
        let fields = templates::fields(kind, &path).into_iter();
        let field = fields.into_iter().find(|field| field.name == name)?;
        return Some((field.about, None));
    }
    let mut functions = templates::functions(kind).into_iter();
    let (name, takes) = functions.find(|(name, _)| *name == chain)?;
    Some((format!("```\n{name} {takes}\n```"), None))
}

fn of_name(query: &Query<'_>, outputs: &Outputs<'_>) -> Option<Shown> {
    if query.document.kind != Kind::Score {
        return None;
    }
    let (score, occurrence) = query.occurrence()?;
    let text = match &occurrence.name {
        Name::Resource(resource) | Name::Type { resource } => of_resource(query, score, resource)?,
        Name::Param { resource, name } => {
            let definition = query.definition(score, resource)?;
            let params = definition.supported_params.as_ref();
            let about = declared(params.and_then(|params| params.get(name)));
            let place = place_of(query, definition);
            format!(
                "`{name}`: a param of `{}`{about}\n\n{place}",
                definition.kind
            )
        }
        Name::Output { resource, name } => {
            let definition = query.definition(score, resource)?;
            let given = definition.expected_outputs.as_ref();
            let about = declared(given.and_then(|given| given.get(name)));
            let mut text = format!("`{name}`: an output of `{}`{about}", definition.kind);
            if let Some(value) = outputs(resource, name) {
                // Writing to a string cannot fail.
                _ = write!(text, "\n\n`{}`", value.to_text());
            }
            format!("{text}\n\n{}", place_of(query, definition))
        }
        Name::Workload(name) if !occurrence.declares => of_workload(query, name)?,
        Name::Container(name) if !occurrence.declares => {
            let container = score.node.get("containers")?.get(name)?;
            format!(
                "container `{name}`: `{}`",
                container.get("image")?.as_str()?
            )
        }
        _ => return None,
    };
    Some((text, Some(occurrence.span)))
}

/// The definition of a resource.
fn of_resource(query: &Query<'_>, score: ScoreDocument<'_>, resource: &str) -> Option<String> {
    let uid = score.uid(resource)?;
    let Some(definition) = query.definition(score, resource) else {
        let environment = &query.platform?.environment;
        return Some(format!(
            "`{uid}`: no definition in the environment `{environment}`"
        ));
    };
    let list = |names: &Option<Declarations>| match names {
        None => "any".to_owned(),
        Some(names) if names.is_empty() => "none".to_owned(),
        Some(names) => names
            .keys()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    Some(format!(
        "`{uid}`\n\n{}\n\n- params: {}\n- outputs: {}\n\n{}",
        definition.description.as_deref().unwrap_or_default(),
        list(&definition.supported_params),
        list(&definition.expected_outputs),
        place_of(query, definition),
    ))
}

/// What a definition says of a param or output.
fn declared(declaration: Option<&Declaration>) -> String {
    let Some(declaration) = declaration.filter(|one| one.kind.is_some()) else {
        return String::new();
    };
    let default = declaration.default.as_ref();
    let default = default.map(|value| format!(", default `{}`", value.to_text()));
    let about = declaration.description.as_deref();
    let about = about.map(|about| format!("\n\n{about}"));
    format!(
        ", {}{}{}",
        declaration.summary(),
        default.unwrap_or_default(),
        about.unwrap_or_default()
    )
}

fn place_of(query: &Query<'_>, definition: &Definition) -> String {
    let Some(platform) = query.platform else {
        return String::new();
    };
    let name = platform.sources.get(definition.uri.span.source).name();
    format!("defined in {name}, environment `{}`", platform.environment)
}

/// A workload that a resource names.
fn of_workload(query: &Query<'_>, name: &str) -> Option<String> {
    let mut all = query.all_documents();
    let (path, _, document) = all.find(|(_, _, document)| document.workload() == Some(name))?;
    let ports = document
        .entries(&["service", "ports"])
        .map(|(port, entry)| {
            let number = entry
                .value
                .get("port")
                .map(|number| number.to_value().to_text());
            format!("\n- port `{port}`: {}", number.unwrap_or_default())
        });
    let ports = ports.collect::<String>();
    Some(format!("workload `{name}`, {}\n{ports}", path.display()))
}

/// The rule that a comment names.
fn of_rule(query: &Query<'_>) -> Option<Shown> {
    if query.place().part != Part::Comment {
        return None;
    }
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    let name = word(query, is_part, is_part);
    let rule = rules::find(name)?;
    Some((format!("**{name}**\n\n{}", rule.summary()), None))
}

/// The documentation of the key.
fn of_key(query: &Query<'_>) -> Option<Shown> {
    let text = &query.document.text;
    // The end of the key, so that it is part of the path.
    let line_end = text[query.offset..]
        .find('\n')
        .map_or(text.len(), |end| query.offset + end);
    let rest = &text[query.offset..line_end];
    let key_end = rest.find(':').map(|colon| query.offset + colon + 1);
    let place = match query.place() {
        place if place.part == Part::Key => Place::at(text, key_end?),
        place => place,
    };
    if matches!(place.part, Part::Comment | Part::Block) {
        return None;
    }
    let schema = query.context.schemas.get(query.document.kind.schema()?)?;
    Some((documentation(&schema, &place.path)?, None))
}
