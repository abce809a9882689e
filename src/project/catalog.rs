//! `catalog:` of the project file: what all entities of the software catalog have.

use compiler::catalog::{REFERENCE_RULE, is_name, is_reference};
use compiler::model::is_qualified_name;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::closest_match;
use yaml::reader::{self, Fields};
use yaml::rules::{MISSING_KEY, UNKNOWN_VALUE};
use yaml::{Kind, Node};

/// The lifecycle of entities without a setting.
const LIFECYCLE: &str = "production";

/// The settings; without any, each is the default.
#[derive(Debug, Default, Clone)]
pub(crate) struct CatalogSettings {
    /// The owner of what nobody else owns.
    pub(crate) owner: Option<String>,
    /// The annotation that names the owner of a workload.
    pub(crate) owner_annotation: Option<String>,
    /// The system that all entities are part of.
    pub(crate) system: Option<Spanned<String>>,
    /// Annotations of all components.
    pub(crate) annotations: Vec<(String, String)>,
    /// The types of resources that are no entities.
    pub(crate) exclude_types: Vec<Spanned<String>>,
    /// Whether there is a mistake in the settings, so that something may be missing.
    pub(crate) is_incomplete: bool,
    lifecycle: Lifecycle,
}

#[derive(Debug, Default, Clone)]
enum Lifecycle {
    #[default]
    Default,
    Always(String),
    ByEnvironment(Span, Vec<(Spanned<String>, String)>),
}

impl CatalogSettings {
    /// Reads the mapping, and reports what is wrong with it.
    pub(crate) fn read(node: &Node, report: &mut Report) -> CatalogSettings {
        let (settings, result) = report.observe(|report| CatalogSettings::read_keys(node, report));
        CatalogSettings {
            is_incomplete: result.is_err(),
            ..settings
        }
    }

    fn read_keys(node: &Node, report: &mut Report) -> CatalogSettings {
        let Some(mut fields) = reader::fields(node, "`catalog`", report) else {
            return CatalogSettings::default();
        };
        let owner = text(&mut fields, "owner", REFERENCE, report);
        let owner_annotation = text(&mut fields, "ownerAnnotation", KEY, report);
        let system = text(&mut fields, "system", NAME, report);
        let lifecycle = fields.optional("lifecycle", report);
        let lifecycle = lifecycle.map(|node| Lifecycle::read(node, report));
        let annotations = fields.optional("annotations", report);
        let annotations = annotations.map(|node| {
            let texts = texts(node, "`annotations`", report).into_iter();
            let texts = texts.filter_map(|(key, text)| {
                let key = checked(key, "a key of `annotations`", KEY, report)?;
                Some((key.value, text.value))
            });
            texts.collect()
        });
        let exclude_types = fields.optional("excludeTypes", report);
        let exclude_types = exclude_types.map(|node| {
            let items = reader::list(node, "`excludeTypes`", report).iter();
            let types = items.filter_map(|item| reader::string(item, "a type", report));
            types.collect()
        });
        fields.finish(|_| None, report);
        CatalogSettings {
            owner: owner.map(|owner| owner.value),
            owner_annotation: owner_annotation.map(|key| key.value),
            system,
            annotations: annotations.unwrap_or_default(),
            exclude_types: exclude_types.unwrap_or_default(),
            lifecycle: lifecycle.unwrap_or_default(),
            is_incomplete: false,
        }
    }

    /// The lifecycle of what is in an environment; reports one that is missing.
    pub(crate) fn lifecycle(&self, environment: &str, report: &mut Report) -> String {
        let (span, by_environment) = match &self.lifecycle {
            Lifecycle::Default => return LIFECYCLE.to_owned(),
            Lifecycle::Always(lifecycle) => return lifecycle.clone(),
            Lifecycle::ByEnvironment(span, map) => (*span, map),
        };
        let mut entries = by_environment.iter();
        if let Some((_, lifecycle)) = entries.find(|(name, _)| name.value == environment) {
            return lifecycle.clone();
        }
        if self.is_incomplete {
            return LIFECYCLE.to_owned();
        }
        let message = format!("`lifecycle` has no key for the environment `{environment}`");
        let problem = Problem::new(&MISSING_KEY, message);
        let names = by_environment.iter().map(|(name, _)| name.value.as_str());
        let closest = closest_match(environment, names);
        let closest = closest.and_then(|near| {
            let mut keys = by_environment.iter().map(|(name, _)| name);
            keys.find(|name| name.value == near)
        });
        report.push(match closest {
            Some(near) => {
                let help = format!("did you mean `{environment}` instead of `{}`?", near.value);
                problem.at(near.span).help(help)
            }
            None => {
                let help = format!("add `{environment}: {LIFECYCLE}`");
                problem.at(span).help(help)
            }
        });
        LIFECYCLE.to_owned()
    }
}

impl Lifecycle {
    fn read(node: &Node, report: &mut Report) -> Lifecycle {
        if let Kind::Map(_) = node.kind {
            let texts = texts(node, "`lifecycle`", report);
            let texts = texts.into_iter().filter_map(|(name, text)| {
                let what = format!("`{}`", name.value);
                let text = checked(text, &what, NOT_EMPTY, report)?;
                Some((name, text.value))
            });
            return Lifecycle::ByEnvironment(node.span, texts.collect());
        }
        let what = "`lifecycle`";
        let text = reader::string(node, what, report);
        let text = text.and_then(|text| checked(text, what, NOT_EMPTY, report));
        text.map_or(Lifecycle::Default, |text| Lifecycle::Always(text.value))
    }
}

/// A condition for a text, and what to write instead.
type TextRule = (fn(&str) -> bool, &'static str);

const REFERENCE: TextRule = (is_reference, REFERENCE_RULE);
const NAME: TextRule = (
    is_name,
    "use 1 to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
);
const NOT_EMPTY: TextRule = (
    |text| !text.is_empty(),
    "write a word, such as `production`",
);
const KEY: TextRule = (
    is_qualified_name,
    "write a key such as `team` or `example.com/team`",
);

/// The texts of a mapping.
fn texts(node: &Node, what: &str, report: &mut Report) -> Vec<(Spanned<String>, Spanned<String>)> {
    let entries = reader::named_entries(node, what, report).into_iter();
    let texts = entries.filter_map(|(key, node)| {
        let text = reader::string(node, &format!("`{}`", key.value), report)?;
        Some((key, text))
    });
    texts.collect()
}

/// The text of a key that a rule accepts.
fn text(
    fields: &mut Fields<'_>,
    key: &'static str,
    rule: TextRule,
    report: &mut Report,
) -> Option<Spanned<String>> {
    let node = fields.optional(key, report)?;
    let what = format!("`{key}`");
    let text = reader::string(node, &what, report)?;
    checked(text, &what, rule, report)
}

/// A text, unless a rule does not accept it, which is reported.
fn checked(
    text: Spanned<String>,
    what: &str,
    (is_valid, help): TextRule,
    report: &mut Report,
) -> Option<Spanned<String>> {
    if is_valid(&text.value) {
        return Some(text);
    }
    let message = format!("{what} cannot be `{}`", text.value);
    report.push(
        Problem::new(&UNKNOWN_VALUE, message)
            .at(text.span)
            .help(help),
    );
    None
}
