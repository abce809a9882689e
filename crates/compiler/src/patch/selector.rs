//! `target`: which objects a patch is for.

use super::context::View;
use super::glob::{self, Glob};
use super::objects::{Object, kinds};
use super::rules::{INVALID_PATCH, PATCH_WITHOUT_TARGET};
use crate::support::glob::fits;
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{closest_match, list_names, suggestion, unambiguous_typo};
use std::borrow::Cow;
use std::collections::BTreeSet;
use yaml::rules::UNKNOWN_VALUE;
use yaml::{Kind, Node, reader};

/// Which objects a patch is for: those to which all of it applies.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Selector {
    criteria: Vec<Criterion>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
struct Criterion {
    property: Property,
    /// One of these must fit.
    globs: Vec<Glob>,
    span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Property {
    Kind,
    ApiVersion,
    Name,
    Label(String),
    Workload,
    Resource,
    Type,
}

impl Property {
    /// Its word in messages.
    fn word(&self) -> String {
        match self {
            Property::Kind => "kind".to_owned(),
            Property::ApiVersion => "apiVersion".to_owned(),
            Property::Name => "name".to_owned(),
            Property::Label(key) => format!("label `{key}`"),
            Property::Workload => "workload".to_owned(),
            Property::Resource => "resource".to_owned(),
            Property::Type => "resource type".to_owned(),
        }
    }

    /// What an object has of it.
    fn of<'o>(&self, object: &Object<'o>) -> Option<Cow<'o, str>> {
        Some(match self {
            Property::Kind => object.kind.kind.into(),
            Property::ApiVersion => object.kind.api_version.into(),
            Property::Name => object.name.into(),
            Property::Label(key) => object.label(key)?,
            Property::Workload => object.workload?.name.value.as_str().into(),
            Property::Resource => object.resource()?.uid.to_string().into(),
            Property::Type => object.resource()?.uid.kind.as_str().into(),
        })
    }
}

impl Criterion {
    fn fits(&self, object: &Object<'_>) -> bool {
        self.property
            .of(object)
            .is_some_and(|value| self.globs.iter().any(|glob| fits(&glob.value, &value)))
    }
}

/// The keys of a target with one pattern each.
const PATTERNS: [(&str, Property); 5] = [
    ("apiVersion", Property::ApiVersion),
    ("name", Property::Name),
    ("workload", Property::Workload),
    ("resource", Property::Resource),
    ("type", Property::Type),
];

impl Selector {
    /// Reads a `target`.
    pub(super) fn read(node: &Node, report: &mut Report) -> Option<Selector> {
        let mut fields = reader::fields(node, "a target", report)?;
        let mut criteria = Vec::new();
        if let Some(node) = fields.optional("kind", report) {
            let kinds = match &node.kind {
                Kind::List(items) => items.as_slice(),
                _ => std::slice::from_ref(node),
            };
            let kinds = kinds.iter();
            let kinds = kinds.filter_map(|kind| reader::string(kind, "a kind", report));
            criteria.push(Criterion {
                property: Property::Kind,
                globs: kinds.collect(),
                span: node.span,
            });
        }
        for (key, property) in PATTERNS {
            let Some(node) = fields.optional(key, report) else {
                continue;
            };
            if let Some(text) = reader::string(node, &format!("`{key}`"), report) {
                criteria.push(pattern(property, text));
            }
        }
        if let Some(labels) = fields.optional("labels", report) {
            for (key, node) in reader::named_entries(labels, "`labels`", report) {
                if let Some(text) = reader::string(node, "a label", report) {
                    criteria.push(Criterion {
                        span: key.span,
                        ..pattern(Property::Label(key.value), text)
                    });
                }
            }
        }
        let is_empty = criteria.is_empty() && !fields.has_reported_keys();
        fields.finish(|_| None, report);
        if is_empty {
            let message = "this target selects nothing: it has no keys";
            let help = "write `kind`, `name`, `labels`, `workload`, `resource` or `type`";
            report.push(
                Problem::new(&INVALID_PATCH, message)
                    .at(node.span)
                    .help(help),
            );
        }
        let globs = criteria.iter().flat_map(|one| &one.globs);
        globs.for_each(|glob| glob::check(glob, report));
        Some(Selector { criteria })
    }

    /// Limits it to the objects of one workload. Reports another workload.
    pub(super) fn limit(&mut self, workload: &str, place: Span, report: &mut Report) {
        let is_workload = |one: &Criterion| one.property == Property::Workload;
        if let Some(other) = self.criteria.iter().find(|one| is_workload(one)) {
            let others = other.globs.iter().filter(|glob| glob.value != workload);
            for glob in others {
                let message = format!("this file is only for objects of the workload `{workload}`");
                let problem = Problem::new(&INVALID_PATCH, message).at(glob.span);
                report.push(problem.help("remove `workload`"));
            }
        }
        self.criteria.retain(|one| !is_workload(one));
        // First, so that of what finds nothing the others are to blame.
        let name = Spanned::new(workload.to_owned(), place);
        self.criteria.insert(0, pattern(Property::Workload, name));
    }

    /// The kinds, and where they are written.
    pub(super) fn kinds(&self) -> Option<(&[Glob], Span)> {
        let is_kind = |one: &&Criterion| one.property == Property::Kind;
        let found = self.criteria.iter().find(is_kind);
        found.map(|one| (one.globs.as_slice(), one.span))
    }

    pub(super) fn fits(&self, object: &Object<'_>) -> bool {
        self.criteria.iter().all(|criterion| criterion.fits(object))
    }

    /// Reports what a view never has.
    pub(super) fn check(&self, view: &View, report: &mut Report) {
        if view.kinds.is_empty() {
            return;
        }
        for criterion in &self.criteria {
            match criterion.property {
                Property::Kind => criterion
                    .globs
                    .iter()
                    .for_each(|kind| check_kind(kind, view, report)),
                Property::ApiVersion => {
                    let message = "objects of this target have no `apiVersion`";
                    let problem = Problem::new(&INVALID_PATCH, message).at(criterion.span);
                    report.push(problem.help("remove it"));
                }
                _ => {}
            }
        }
    }

    /// Reports kinds that are surely misspelled, in a list of which others fit.
    pub(super) fn report_misspelled(&self, objects: &[Object<'_>], report: &mut Report) {
        let kinds = self.kinds().map_or(&[][..], |(kinds, _)| kinds);
        let known: BTreeSet<&str> = objects.iter().map(|object| object.kind.kind).collect();
        for kind in kinds {
            let is_known = known.iter().any(|known| fits(&kind.value, known));
            if is_known || unambiguous_typo(&kind.value, known.iter().copied()).is_none() {
                continue;
            }
            let criterion = Criterion {
                property: Property::Kind,
                globs: vec![kind.clone()],
                span: kind.span,
            };
            let nothing = Nothing {
                criterion: &criterion,
                missing_label: None,
                names: known.iter().map(|known| (*known).to_owned()).collect(),
            };
            report.push(nothing.problem());
        }
    }

    /// Reports that no object fits, at the condition that excludes the last ones. Where not all
    /// objects are there, it is only reported where a condition is surely misspelled.
    pub(super) fn report_nothing(
        &self,
        objects: &[Object<'_>],
        is_whole_project: bool,
        report: &mut Report,
    ) {
        let mut left: Vec<&Object<'_>> = objects.iter().collect();
        for criterion in &self.criteria {
            let fitting: Vec<_> = left
                .iter()
                .copied()
                .filter(|one| criterion.fits(one))
                .collect();
            if !fitting.is_empty() {
                left = fitting;
                continue;
            }
            let missing_label = match &criterion.property {
                Property::Label(key) if left.iter().all(|one| one.label(key).is_none()) => {
                    Some(key)
                }
                _ => None,
            };
            let names: BTreeSet<String> = match missing_label {
                Some(_) => {
                    let keys = left.iter().flat_map(|one| one.label_keys());
                    keys.map(str::to_owned).collect()
                }
                None => left
                    .iter()
                    .filter_map(|one| criterion.property.of(one))
                    .map(Cow::into_owned)
                    .collect(),
            };
            let nothing = Nothing {
                criterion,
                missing_label,
                names,
            };
            if is_whole_project || nothing.is_typo() {
                report.push(nothing.problem());
            }
            return;
        }
    }
}

fn pattern(property: Property, text: Spanned<String>) -> Criterion {
    Criterion {
        property,
        span: text.span,
        globs: vec![text],
    }
}

/// Kinds of Kubernetes begin with a capital letter. A name that is one here but for its case is a typo.
fn is_of_kubernetes(kind: &str, view: &View) -> bool {
    kind.starts_with(|first: char| first.is_ascii_uppercase())
        && unambiguous_typo(kind, kinds(view)).is_none()
}

fn check_kind(kind: &Spanned<String>, view: &View, report: &mut Report) {
    if kinds(view).any(|known| known == kind.value) {
        return;
    }
    if is_of_kubernetes(&kind.value, view) {
        let message = format!("`{}` is a kind of Kubernetes", kind.value);
        let help = format!(
            "move the patch to an environment for Kubernetes, or write one of {}",
            list_names(kinds(view))
        );
        let problem = Problem::new(&UNKNOWN_VALUE, message).at(kind.span);
        return report.push(problem.help(help));
    }
    let problem = Problem::new(&UNKNOWN_VALUE, format!("`kind` cannot be `{}`", kind.value));
    let help = suggestion(&kind.value, kinds(view), || {
        format!("write one of {}", list_names(kinds(view)))
    });
    let typo_of = unambiguous_typo(&kind.value, kinds(view));
    report.push(problem.at(kind.span).help(help).suggest_replacement(
        kind.span,
        &kind.value,
        typo_of,
    ));
}

/// A condition that no object fits.
struct Nothing<'a> {
    criterion: &'a Criterion,
    /// The key of a label that no object has.
    missing_label: Option<&'a String>,
    /// What the objects have.
    names: BTreeSet<String>,
}

impl Nothing<'_> {
    /// What the patch wants.
    fn wanted(&self) -> Vec<&str> {
        match self.missing_label {
            Some(key) => vec![key],
            None => {
                let globs = self.criterion.globs.iter();
                globs.map(|glob| glob.value.as_str()).collect()
            }
        }
    }

    fn is_typo(&self) -> bool {
        let names = || self.names.iter().map(String::as_str);
        let mut wanted = self.wanted().into_iter();
        wanted.any(|text| unambiguous_typo(text, names()).is_some())
    }

    fn problem(&self) -> Problem {
        let names = || self.names.iter().map(String::as_str);
        let wanted = self.wanted();
        let (word, place) = match (self.missing_label, self.criterion.globs.as_slice()) {
            (Some(_), _) => ("label".to_owned(), self.criterion.span),
            (None, [only]) => (self.criterion.property.word(), only.span),
            (None, _) => (self.criterion.property.word(), self.criterion.span),
        };
        let message = format!(
            "no object has the {word} {}",
            list_names(wanted.iter().copied())
        );
        let near = wanted.iter().find_map(|text| closest_match(text, names()));
        let help = match (near, self.names.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, true) => "correct it, or write `expect: any` where there may be none".to_owned(),
            (None, false) => format!(
                "write one of {}, or `expect: any` where there may be none",
                list_names(names())
            ),
        };
        Problem::new(&PATCH_WITHOUT_TARGET, message)
            .at(place)
            .help(help)
    }
}
