//! `local-env://` definitions: each output is an environment variable, or a key of a Secret or
//! ConfigMap of the cluster.

use super::template::CurrentResource;
use crate::model::is_dns_name;
use crate::placeholder::resolve::{ClusterConfigRef, Outputs};
use crate::provision::definition::REQUESTED_BY;
use crate::provision::run::{ProvisionOutput, ProvisionedResource, Run};
use crate::rules::WRONG_SECTION_TYPE;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Span;
use diagnostics::suggestions::{list_names, suggestion};
use diagnostics::value::Value;
use yaml::{Entry, Kind, Node as Tree};

/// The keys of `source`.
const KEYS: [&str; 3] = ["secret", "configMap", "secretKeys"];

impl Run<'_> {
    /// Without a `source`, or with an empty one, each output is an environment variable.
    pub(crate) fn run_local_env(
        &self,
        resource: &mut CurrentResource<'_>,
        report: &mut Report,
    ) -> Result<ProvisionOutput, Reported> {
        let outputs = match self.section(resource, "source", report)? {
            Some(tree) => report.collect(|report| self.cluster_config(resource, &tree, report))?,
            None => variables(resource),
        };
        Ok(ProvisionOutput {
            resource: ProvisionedResource {
                outputs,
                sections: self.target_sections(resource, report)?,
                entered: std::mem::take(&mut resource.entered),
                is_builtin: resource.definition.builtin,
                ..ProvisionedResource::default()
            },
            ..ProvisionOutput::default()
        })
    }

    /// Reads the `source` of a definition.
    fn cluster_config(
        &self,
        resource: &CurrentResource<'_>,
        tree: &Tree,
        report: &mut Report,
    ) -> Outputs {
        let mut config = ClusterConfigRef::default();
        for (key, entry) in tree.as_map().into_iter().flatten() {
            let value = &entry.value;
            match key.as_str() {
                _ if value.is_null() => {}
                "secret" => config.secret = self.object_name(resource, key, value, report),
                "configMap" => config.config_map = self.object_name(resource, key, value, report),
                "secretKeys" => config.secret_keys = self.secret_keys(resource, value, report),
                _ => self.report_unknown_key(resource, (key, entry), &KEYS, report),
            }
        }
        // After an error above, the parts need not fit together.
        if let (Ok(()), Some((what, help))) = (report.result(), inconsistency(&config)) {
            let key = if config.secret.is_some() {
                "secret"
            } else {
                "secretKeys"
            };
            let place = tree
                .get(key)
                .and_then(|value| self.written(resource, key, value))
                .map_or(tree.span, |entry| entry.value.span);
            report.push(self.source_problem(resource, place, what).help(help));
        }
        if config == ClusterConfigRef::default() {
            variables(resource)
        } else {
            Outputs::ClusterConfig(config)
        }
    }

    pub(super) fn report_unknown_key(
        &self,
        resource: &CurrentResource<'_>,
        (key, entry): (&str, &Entry),
        keys: &[&'static str],
        report: &mut Report,
    ) {
        let keys = || keys.iter().copied();
        let help = suggestion(key, keys(), || {
            format!("remove it; the keys are {}", list_names(keys()))
        });
        let place = self
            .written(resource, key, &entry.value)
            .map_or(entry.key, |written| written.key);
        let what = format!("has no key `{key}`");
        report.push(self.source_problem(resource, place, &what).help(help));
    }

    pub(super) fn object_name(
        &self,
        resource: &CurrentResource<'_>,
        key: &str,
        value: &Tree,
        report: &mut Report,
    ) -> Option<String> {
        let name = value
            .as_str()
            .filter(|name| is_dns_name(name))
            .map(str::to_owned);
        if name.is_none() {
            let what = format!("has a `{key}` that is not a valid object name");
            let help = "write a name of lower-case letters, digits, `-` and `.`";
            let place = self
                .written(resource, key, value)
                .map_or(value.span, |entry| entry.value.span);
            report.push(self.source_problem(resource, place, &what).help(help));
        }
        name
    }

    fn secret_keys(
        &self,
        resource: &CurrentResource<'_>,
        value: &Tree,
        report: &mut Report,
    ) -> Vec<String> {
        let written = self
            .written(resource, "secretKeys", value)
            .map(|entry| entry.value.span);
        let Kind::List(items) = &value.kind else {
            let what = "has `secretKeys` that is not a list";
            let problem = self.source_problem(resource, written.unwrap_or(value.span), what);
            report.push(problem.help("write a list of keys"));
            return Vec::new();
        };
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            match item.as_str() {
                Some(key) => keys.push(key.to_owned()),
                None => {
                    let what = format!("has a key in `secretKeys` that is {}", item.kind_name());
                    let place = written.unwrap_or(item.span);
                    let problem = self.source_problem(resource, place, &what);
                    report.push(problem.help("write it in quotes"));
                }
            }
        }
        keys
    }

    /// The entry in the environment that an embedded definition passes on, since users cannot
    /// change the definition.
    fn written(&self, resource: &CurrentResource<'_>, key: &str, value: &Tree) -> Option<&Entry> {
        let values = self
            .context
            .written_values
            .filter(|_| resource.definition.builtin)?;
        find_entry(values, key, &value.to_value())
    }

    /// A problem of `source`. `place` is in the rendered text or in the environment.
    pub(super) fn source_problem(
        &self,
        resource: &CurrentResource<'_>,
        place: Span,
        what: &str,
    ) -> Problem {
        let problem = resource.section_problem(&WRONG_SECTION_TYPE, "source", what);
        match self.sources.origin(place) {
            Some(_) => self.in_rendered(problem, Some(place), resource),
            None => problem
                .at(place)
                .secondary(resource.node.span, REQUESTED_BY),
        }
    }
}

/// The first entry with this key and value, at any depth.
fn find_entry<'a>(tree: &'a Tree, key: &str, value: &Value) -> Option<&'a Entry> {
    let entries = tree.as_map()?;
    entries
        .get(key)
        .filter(|entry| entry.value.to_value() == *value)
        .or_else(|| {
            entries
                .values()
                .find_map(|entry| find_entry(&entry.value, key, value))
        })
}

/// Outputs that are environment variables. Where the embedded definition has a `source`, it can
/// take them from a Secret instead: `--set environment.secret=NAME`.
fn variables(resource: &CurrentResource<'_>) -> Outputs {
    let definition = resource.definition;
    Outputs::Environment {
        secret_possible: definition.builtin && definition.sections.contains_key("source"),
    }
}

/// What is missing in the parts taken together, and the help for it.
fn inconsistency(config: &ClusterConfigRef) -> Option<(&'static str, &'static str)> {
    match (
        &config.secret,
        &config.config_map,
        config.secret_keys.is_empty(),
    ) {
        (None, _, false) => Some((
            "has `secretKeys` but no `secret`",
            "name the Secret in `secret`, or remove `secretKeys`",
        )),
        (Some(_), Some(_), true) => Some((
            "names a Secret and a ConfigMap, but not which keys are in which",
            "list the keys of the Secret in `secretKeys`; all others are taken from the ConfigMap",
        )),
        _ => None,
    }
}
