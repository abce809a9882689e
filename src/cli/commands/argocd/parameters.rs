//! The parameters of an Application, `ARGOCD_APP_PARAMETERS`. They have values and no flags, so
//! that they cannot name a path, a definition or a file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Project;
use crate::cli::flags::environment::VARIABLE as ENV_VARIABLE;
use crate::project::environment::Environment;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::support::host::Host;
use diagnostics::suggestions::{list_names, suggestion};

/// The names of parameters.
pub(super) const ENVIRONMENT: &str = "environment";
pub(super) const IMAGE: &str = "image";
pub(super) const SET: &str = "set";
pub(super) const PREVIEW: &str = "preview";
const NAMES: [&str; 4] = [ENVIRONMENT, IMAGE, PREVIEW, SET];

/// A parameter, as Argo CD passes it.
#[derive(Debug, Deserialize)]
struct Parameter {
    name: String,
    string: Option<String>,
    array: Option<Vec<String>>,
    map: Option<BTreeMap<String, String>>,
}

impl Parameter {
    /// Its values: those of a map as `KEY=VALUE`.
    fn values(&self) -> Result<Vec<String>, CliError> {
        let map = self.map.iter().flatten();
        let pairs = map.map(|(key, value)| match key.contains('=') {
            true => Err(wrong(&self.name, &format!("the key `{key}` has a `=`"))),
            false => Ok(format!("{key}={value}")),
        });
        let others = self.string.iter().chain(self.array.iter().flatten());
        let others = others.filter(|value| !value.is_empty()).cloned();
        others.map(Ok).chain(pairs).collect()
    }
}

fn wrong(name: &str, why: &str) -> CliError {
    CliError::Usage(format!(
        "the parameter `{name}` of the Application is wrong: {why}"
    ))
}

/// The parameters of an Application.
#[derive(Debug)]
pub(super) struct Parameters(Vec<Parameter>);

impl Parameters {
    pub(super) fn of_application(os: &Os) -> Result<Parameters, CliError> {
        const VARIABLE: &str = "ARGOCD_APP_PARAMETERS";
        let text = os.variable(VARIABLE).unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(Parameters(Vec::new()));
        }
        let list: Option<Vec<Parameter>> = serde_json::from_str(&text)
            .map_err(|error| CliError::Usage(format!("{VARIABLE} cannot be read: {error}")))?;
        let list = list.unwrap_or_default();
        match list.iter().find(|one| !NAMES.contains(&one.name.as_str())) {
            Some(unknown) => {
                let others = || format!("those are {}", list_names(NAMES.into_iter()));
                let help = suggestion(&unknown.name, NAMES, others);
                Err(wrong(&unknown.name, &format!("unknown parameter; {help}")))
            }
            None => Ok(Parameters(list)),
        }
    }

    fn values(&self, name: &str) -> Result<Vec<String>, CliError> {
        let parameters = self.0.iter().filter(|one| one.name == name);
        let values: Result<Vec<_>, _> = parameters.map(Parameter::values).collect();
        Ok(values?.concat())
    }

    /// The value of a parameter that can have only one.
    fn value(&self, name: &str) -> Result<Option<String>, CliError> {
        let mut values = self.values(name)?;
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(wrong(name, "it has several values")),
        }
    }

    /// The environment that the Application sets, or else the sidecar, or else the default; `None`
    /// if the project does not have it.
    pub(super) fn environment<'p>(
        &self,
        project: &'p Project,
        os: &Os,
    ) -> Result<Option<&'p Environment>, CliError> {
        if let Some(name) = self.value(ENVIRONMENT)? {
            let environment = project.find(&name);
            return match environment {
                Some(_) => Ok(environment),
                None => Err(no_environment(&name, project)),
            };
        }
        let by_sidecar = os.variable(ENV_VARIABLE).filter(|name| !name.is_empty());
        Ok(project.find(by_sidecar.as_deref().unwrap_or(&project.default)))
    }

    /// The arguments of `generate`. Each value is in one argument with its flag, so that it cannot
    /// be parsed as another flag.
    pub(super) fn flags(&self, project: &Project, os: &Os) -> Result<Vec<String>, CliError> {
        let environment = self.environment(project, os)?;
        let mut flags: Vec<String> = [
            "generate",
            "--output=-",
            "--stateless",
            "--locked",
            "--message-format=short",
        ]
        .map(str::to_owned)
        .to_vec();
        flags.push(format!("--env={}", name_for(environment, project)?));
        for image in self.values(IMAGE)? {
            flags.push(format!("--image={image}"));
        }
        if let Some(number) = self.value(PREVIEW)? {
            flags.push(format!("--preview={number}"));
        }
        for value in self.values(SET)? {
            check_key(&value, environment)?;
            flags.push(format!("--set={value}"));
        }
        let namespace = default_namespace(environment, os);
        flags.extend(namespace.map(|name| format!("--namespace={name}")));
        Ok(flags)
    }
}

/// The name of the environment for `--env`. It must be for Kubernetes.
fn name_for<'e>(
    environment: Option<&'e Environment>,
    project: &Project,
) -> Result<&'e str, CliError> {
    // Problems of the environment are reported by the run.
    let is_usable =
        |one: &Environment| one.require_complete().is_err() || one.target.info().is_shared;
    match environment {
        Some(environment) if is_usable(environment) => Ok(&environment.name),
        None if project.environments.is_empty() => Ok("kubernetes"),
        _ => {
            let why = "the environment is not for Kubernetes; choose another one";
            Err(wrong(ENVIRONMENT, why))
        }
    }
}

/// The namespace of the Application, for an environment without one. A preview never gets it,
/// because it may contain other objects.
fn default_namespace(environment: Option<&Environment>, os: &Os) -> Option<String> {
    let has_own = |one: &Environment| one.namespace().is_some() || one.preview().is_some();
    let namespace = os.variable("ARGOCD_APP_NAMESPACE");
    namespace.filter(|name| !name.is_empty() && !environment.is_some_and(has_own))
}

fn no_environment(name: &str, project: &Project) -> CliError {
    let others = || match project.environments.is_empty() {
        true => "leave it out".to_owned(),
        false => format!("those are {}", list_names(project.names())),
    };
    let help = suggestion(name, project.names(), others);
    let why = format!("there is no environment `{name}` in `environments/`; {help}");
    wrong(ENVIRONMENT, &why)
}

/// An Application can change only values that the environment has, because definitions may read
/// others that only files of the platform should set.
fn check_key(value: &str, environment: Option<&Environment>) -> Result<(), CliError> {
    let Some((key, _)) = value.split_once('=') else {
        return Err(wrong(SET, &format!("`{value}` is not `KEY=VALUE`")));
    };
    let declared = environment.and_then(Environment::values);
    let declared = declared.as_ref().and_then(yaml::Node::as_map);
    let names: Vec<&str> = declared
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    let first = key.split('.').next().unwrap_or(key);
    if names.contains(&first) {
        return Ok(());
    }
    let others = || "add it there first".to_owned();
    let help = suggestion(first, names.iter().copied(), others);
    let why = format!("`values` of the environment have no key `{first}`; {help}");
    Err(wrong(SET, &why))
}
