//! What the environments of a project offer to Score files: their resource types, for developers.

mod example;
mod needs;
mod page;

use std::collections::BTreeSet;

use super::flags::environment::definitions_of;
use super::library;
use super::session::Session;
use crate::project::environment::{Environment, Registry, TARGETS};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::Request;
use compiler::provision::Library;
use compiler::provision::library::Definition;
use diagnostics::value::Value;
use yaml::Node;

pub(super) use page::{index, page};

/// An environment and its definitions.
pub(super) struct Offer {
    environment: Environment,
    /// The files of the definitions, and when the embedded ones are tried.
    definitions: Request<'static>,
    library: Library,
}

impl Offer {
    /// A request for the environment without Score files.
    fn request(&self) -> Request<'static> {
        let environment = &self.environment;
        let mut request = Request::new(environment.target);
        request.identity = environment.identity();
        request
            .definitions
            .clone_from(&self.definitions.definitions);
        request.embedded = self.definitions.embedded;
        request
            .embedded_kinds
            .clone_from(&self.definitions.embedded_kinds);
        request.written_values = environment.values();
        let values = request.written_values.as_ref().map(Node::to_value);
        request.values = values.unwrap_or_else(Value::map);
        request.external_workloads = environment.external_workloads();
        request
    }

    /// The definitions that provision something. One of a type that the environment forbids, or
    /// that comes after a definition for the same resources, does not.
    fn definitions(&self) -> impl Iterator<Item = &Definition> {
        let all = self.library.definitions().iter().enumerate();
        let forbidden = self.environment.forbidden_types();
        all.filter(move |(index, definition)| {
            let forbidden = forbidden.as_ref().and_then(Node::as_map);
            let is_forbidden = forbidden.is_some_and(|types| types.contains_key(&definition.kind));
            !is_forbidden && self.library.shadowed_by(*index).is_none()
        })
        .map(|(_, definition)| definition)
    }

    /// The definitions of a type.
    fn of_type(&self, kind: &str) -> impl Iterator<Item = &Definition> {
        self.definitions()
            .filter(move |definition| definition.kind == kind)
    }
}

/// Reads the definitions of all environments in `environments/`, or else of the built-in ones.
pub(super) fn read(
    remotes: &Remotes,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<Vec<Offer>, CliError> {
    let mut registry = Registry::new(os, remotes);
    let mut environments = registry.all(&mut session.sources, &mut session.report)?;
    environments.retain(|environment| environment.preview().is_none());
    if environments.is_empty() {
        environments = TARGETS.map(Environment::built_in).into();
    }
    let offers = environments.into_iter().map(|environment| {
        let Session {
            sources, report, ..
        } = session;
        let texts = definitions_of(&environment, Vec::new(), remotes, os, sources, report)?;
        let (definitions, library) = library::assemble(&environment, texts, sources, report);
        Ok(Offer {
            environment,
            definitions,
            library,
        })
    });
    let offers: Result<Vec<Offer>, CliError> = offers.collect();
    session.report.result()?;
    offers
}

/// The resource types that an environment has, by name.
pub(super) fn types(offers: &[Offer]) -> BTreeSet<&str> {
    let definitions = offers.iter().flat_map(Offer::definitions);
    definitions
        .map(|definition| definition.kind.as_str())
        .collect()
}
