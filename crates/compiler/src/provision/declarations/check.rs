//! Compares values with declarations.

use std::cmp::Ordering;

use super::declaration::{Declaration, INVALID_DECLARATION, Type};
use crate::decode::resource_limits::problem_of_format;
use crate::json_schema::Schemas;
use crate::placeholder::resolve::find_secret;
use crate::support::faults::Faults;
use crate::support::quantity::Amount;
use diagnostics::report::Problem;
use diagnostics::rule::Rule;
use diagnostics::source::{Span, Spanned};
use diagnostics::suggestions::{closest_match, unambiguous_typo};
use diagnostics::value::Value;
use yaml::deserialize::FieldError;
use yaml::{Kind, Node, reader};

/// What messages call a value without a path, which is never shown.
const WHOLE: &str = "the value";

/// Takes a problem, which lacks its place.
pub(in crate::provision) type Tell<'a> = dyn FnMut(Problem, Span) + 'a;

/// What is checked.
pub(in crate::provision) struct Subject<'a> {
    /// The rule of its problems.
    pub(in crate::provision) rule: &'static Rule,
    /// What messages call it, such as `params.storage`.
    pub(in crate::provision) path: &'a str,
}

impl Declaration {
    /// Finds what is wrong with a value. A reference to a secret stands for any text.
    pub(in crate::provision) fn check(
        &self,
        subject: &Subject<'_>,
        node: &Node,
        tell: &mut Tell<'_>,
    ) {
        let Some(schema) = &self.schema else { return };
        if is_reference(node) && !matches!(self.kind, Some(Type::Object | Type::Array)) {
            return;
        }
        let mut faults = Faults::of(WHOLE);
        faults.path = subject.path.to_owned();
        let schemas = Schemas { definitions: None };
        schemas.check_plain(schema, node, &mut faults);
        match faults.errors.is_empty() {
            true => self.check_quantities(subject, subject.path, node, tell),
            false => {
                for error in faults.errors {
                    self.tell_fault(subject, error, node, tell);
                }
            }
        }
    }

    fn tell_fault(
        &self,
        subject: &Subject<'_>,
        error: FieldError,
        node: &Node,
        tell: &mut Tell<'_>,
    ) {
        let problem = Problem::new(subject.rule, error.message);
        let inner = error.path.strip_prefix(subject.path).unwrap_or_default();
        let problem = match self.part(inner) {
            None => problem.help("correct it, or remove it"),
            Some(part) if inner.is_empty() => part.with_help(problem, node),
            Some(part) => problem.help(format!("write {}", part.advice())),
        };
        tell(problem, error.span);
    }

    /// The declaration of a part of the value, by its path from here.
    fn part(&self, path: &str) -> Option<&Declaration> {
        let mut steps = path.split(['.', '[']).filter(|step| !step.is_empty());
        steps.try_fold(self, |part, step| match step.ends_with(']') {
            true => part.items.as_deref(),
            false => part.properties.get(step),
        })
    }

    /// Says what to write instead of a value.
    fn with_help(&self, problem: Problem, node: &Node) -> Problem {
        let words = self.words().iter().filter_map(Value::as_str);
        let near = node.as_str().and_then(|text| {
            let better = unambiguous_typo(text, words.clone());
            let near = closest_match(text, words).filter(|near| *near != text);
            near.map(|near| (near, text, better))
        });
        match (near, &node.kind, self.kind) {
            (Some((near, text, better)), ..) => problem
                .help(format!("did you mean `{near}`?"))
                .suggest_replacement(node.span, text, better),
            (None, Kind::Bool(_) | Kind::Int(_) | Kind::Float(_), Some(Type::String))
                if self.limits.is_empty() =>
            {
                reader::with_quotes(problem.help("put it in quotes"), node.span)
            }
            _ => problem.help(format!("write {}", self.advice())),
        }
    }

    /// Checks the quantities in a value of the right type.
    fn check_quantities(
        &self,
        subject: &Subject<'_>,
        path: &str,
        node: &Node,
        tell: &mut Tell<'_>,
    ) {
        match &node.kind {
            Kind::String(text, _) if find_secret(text).is_none() => {
                let text = Spanned::new(text.clone(), node.span);
                let format = self.limit("format").unwrap_or_default();
                match problem_of_format(format, &text) {
                    // The schema of definitions leaves all mistakes of values to one rule.
                    Some(_) if subject.rule.name() == INVALID_DECLARATION.name() => {
                        let message = format!(
                            "`{path}` is `{}`, which is not of the format `{format}`",
                            text.value
                        );
                        let problem = Problem::new(subject.rule, message);
                        tell(problem.help(format!("write {}", self.advice())), node.span);
                    }
                    Some(problem) => tell(problem, node.span),
                    None => self.check_amount(subject, path, &text, tell),
                }
            }
            Kind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    let declared = self.items.iter();
                    declared.for_each(|one| one.check_quantities(subject, &path, item, tell));
                }
            }
            Kind::Map(entries) => {
                for (key, entry) in entries {
                    let path = format!("{path}.{key}");
                    let declared = self.properties.get(key.as_str()).into_iter();
                    declared
                        .for_each(|one| one.check_quantities(subject, &path, &entry.value, tell));
                }
            }
            _ => {}
        }
    }

    /// Compares a quantity with its bounds.
    fn check_amount(
        &self,
        subject: &Subject<'_>,
        path: &str,
        text: &Spanned<String>,
        tell: &mut Tell<'_>,
    ) {
        for (key, wrong, rule) in [
            ("minimum", Ordering::Less, "at least"),
            ("maximum", Ordering::Greater, "at most"),
        ] {
            let Some(limit) = self.limit(key) else {
                continue;
            };
            let order = Amount::parse(&text.value)
                .zip(Amount::parse(limit))
                .and_then(|(given, limit)| given.compare(limit));
            if order == Some(wrong) {
                let message = format!("`{path}` is {}, and has to be {rule} {limit}", text.value);
                let problem = Problem::new(subject.rule, message);
                tell(problem.help(format!("write {}", self.advice())), text.span);
            }
        }
    }
}

fn is_reference(node: &Node) -> bool {
    node.as_str()
        .is_some_and(|text| find_secret(text).is_some())
}
