//! The request of a preview, and the requests that it is compared with.

use super::{Input, InputFlags};
use crate::project::environment::preview::Preview as Settings;
use crate::project::environment::{Environment, Registry};
use crate::system::error::CliError;
use compiler::compile::Preview;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;

impl<E: clap::Args> InputFlags<E> {
    /// Rejects an environment with `preview` without a number, and `--namespace` for a preview,
    /// because that namespace may contain other objects.
    pub(super) fn check_preview(&self, environment: &Environment) -> Result<(), CliError> {
        let Some(preview) = environment.preview() else {
            return Ok(());
        };
        let name = &environment.name;
        // What is wrong with the file is reported without a number.
        if preview.number.is_none() && environment.require_complete().is_ok() {
            return Err(CliError::Usage(format!(
                "the environment `{name}` needs the number of a preview: add it, as in `--preview 142`"
            )));
        }
        if self.names.namespace.is_some() {
            return Err(CliError::Usage(format!(
                "--namespace cannot set the namespace of a preview: set `namespace` in `preview` of \
                 the environment `{name}`"
            )));
        }
        Ok(())
    }

    /// The requests for another preview and for the extended environment. Their problems were
    /// reported for this one.
    pub(super) fn compared_requests(
        &self,
        preview: &Settings,
        input: &Input,
        environment: &Environment,
        host: &dyn Host,
        sources: &mut Sources,
    ) -> Result<Option<Preview<'static>>, CliError> {
        let number = preview.other_number();
        let mut registry = Registry::new(host, &input.remotes).for_preview(Some(&number));
        let Some(other) = registry.preview_of(environment, sources)? else {
            return Ok(None);
        };
        let mut request = |environment: &Environment| {
            self.request_of_one(input, environment, host, sources, &mut Report::default())
        };
        let extended = environment.extended();
        let extended = extended.filter(|_| !preview.share.is_empty());
        Ok(Some(Preview {
            span: preview.span,
            other: request(&other)?,
            extended: extended.as_ref().map(request).transpose()?,
            share: preview.share.clone(),
        }))
    }
}
