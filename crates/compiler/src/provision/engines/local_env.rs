//! `local-env://` definitions: any output, from the environment or from what the cluster keeps.

use super::template::Current;
use crate::model::is_dns_label;
use crate::placeholder::resolve::{Kept, Outputs};
use crate::provision::{Made, Provisioned, Run};
use crate::rules::WRONG_SECTION_TYPE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::Value;
use yaml::{Entry, Kind, Node as Tree};

const KEYS: [&str; 3] = ["secret", "configMap", "secretKeys"];

impl Run<'_> {
    /// Without a `source`, or with an empty one, every output is a variable of the environment.
    pub(crate) fn environment(
        &self,
        current: &mut Current<'_>,
        report: &mut Report,
    ) -> Result<Made, Reported> {
        let outputs = match self.section(current, "source", report)? {
            Some(tree) => report.collect(|report| self.kept(current, &tree, report))?,
            None => variables(current),
        };
        Ok(Made {
            provisioned: Provisioned {
                outputs,
                ..Provisioned::default()
            },
            ..Made::default()
        })
    }

    fn kept(&self, current: &Current<'_>, tree: &Tree, report: &mut Report) -> Outputs {
        let mut kept = Kept::default();
        for (key, entry) in tree.as_map().into_iter().flatten() {
            let value = &entry.value;
            match key.as_str() {
                _ if value.is_null() => {}
                "secret" => kept.secret = self.kept_name(current, key, value, report),
                "configMap" => kept.config_map = self.kept_name(current, key, value, report),
                "secretKeys" => kept.secret_keys = self.kept_keys(current, value, report),
                _ => {
                    let help = suggestion(key, KEYS, || {
                        format!("remove it; the keys are {}", list_names(KEYS))
                    });
                    let place = self
                        .written(current, key, value)
                        .map_or(entry.key, |written| written.key);
                    self.report_kept(
                        current,
                        place,
                        &format!("has no key `{key}`"),
                        &help,
                        report,
                    );
                }
            }
        }
        // What follows from an error above is not told again.
        if let (Ok(()), Some((what, help))) = (report.result(), inconsistency(&kept)) {
            let key = if kept.secret.is_some() {
                "secret"
            } else {
                "secretKeys"
            };
            let written = tree
                .get(key)
                .and_then(|value| self.written(current, key, value));
            self.report_kept(
                current,
                written.map_or(tree.span, |written| written.value.span),
                what,
                help,
                report,
            );
        }
        if kept == Kept::default() {
            variables(current)
        } else {
            Outputs::Kept(kept)
        }
    }

    fn kept_name(
        &self,
        current: &Current<'_>,
        key: &str,
        value: &Tree,
        report: &mut Report,
    ) -> Option<String> {
        let name = value
            .as_str()
            .filter(|name| is_object_name(name))
            .map(str::to_owned);
        if name.is_none() {
            let what = format!("has a `{key}` that is no name of an object");
            let help = "write a name of small letters, digits, `-` and `.`";
            let place = self
                .written(current, key, value)
                .map_or(value.span, |written| written.value.span);
            self.report_kept(current, place, &what, help, report);
        }
        name
    }

    fn kept_keys(&self, current: &Current<'_>, value: &Tree, report: &mut Report) -> Vec<String> {
        let written = self
            .written(current, "secretKeys", value)
            .map(|written| written.value.span);
        let Kind::List(items) = &value.kind else {
            let place = written.unwrap_or(value.span);
            self.report_kept(
                current,
                place,
                "has `secretKeys` that are no list",
                "write a list of keys",
                report,
            );
            return Vec::new();
        };
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            match item.as_str() {
                Some(key) => keys.push(key.to_owned()),
                None => {
                    let what = format!("has a key in `secretKeys` that is {}", item.kind_name());
                    self.report_kept(
                        current,
                        written.unwrap_or(item.span),
                        &what,
                        "write it in quotes",
                        report,
                    );
                }
            }
        }
        keys
    }

    /// Where somebody wrote what an embedded definition passes on, which nobody can mend there.
    fn written(&self, current: &Current<'_>, key: &str, value: &Tree) -> Option<&Entry> {
        let values = self
            .settings
            .written_values
            .filter(|_| current.definition.builtin)?;
        find(values, key, &value.to_value())
    }

    fn report_kept(
        &self,
        current: &Current<'_>,
        place: Span,
        what: &str,
        help: &str,
        report: &mut Report,
    ) {
        let message = format!("`source` of `{}` {what}", current.node.uid);
        let problem = Problem::new(&WRONG_SECTION_TYPE, message);
        let problem = match self.sources.origin(place) {
            Some(_) => self.in_rendered(problem, Some(place), current),
            None => problem
                .at(place)
                .secondary(current.node.span, "this resource asks for it"),
        };
        report.push(problem.help(help));
    }
}

/// The entry of a key with a value, however deep it lies.
fn find<'a>(tree: &'a Tree, key: &str, value: &Value) -> Option<&'a Entry> {
    let entries = tree.as_map()?;
    let own = entries
        .get(key)
        .filter(|entry| entry.value.to_value() == *value);
    own.or_else(|| {
        entries
            .values()
            .find_map(|entry| find(&entry.value, key, value))
    })
}

/// Variables of the environment. The embedded definition that has a `source` takes one from `--set
/// environment.secret=NAME`.
fn variables(current: &Current<'_>) -> Outputs {
    let definition = current.definition;
    Outputs::Environment {
        may_be_kept: definition.builtin && definition.sections.contains_key("source"),
    }
}

/// What the parts together do not say, and how to say it.
fn inconsistency(kept: &Kept) -> Option<(&'static str, &'static str)> {
    match (&kept.secret, &kept.config_map, kept.secret_keys.is_empty()) {
        (None, _, false) => Some((
            "has `secretKeys` and no Secret",
            "name the Secret in `secret`, or remove `secretKeys`",
        )),
        (Some(_), Some(_), true) => Some((
            "names a Secret and a ConfigMap, and not which has what",
            "name the keys of the Secret in `secretKeys`; all others are taken from the ConfigMap",
        )),
        _ => None,
    }
}

/// Labels joined by dots (RFC 1123). No `_`, which ends the name in the text form of a reference.
fn is_object_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_label)
}
