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
        if preview.number.is_none() {
            return Err(CliError::Usage(format!(
                "`{name}` is an environment of previews: name one with `--preview NUMBER`"
            )));
        }
        if self.names.namespace.is_some() {
            return Err(CliError::Usage(format!(
                "--namespace is not for a preview: `{name}` has `preview.namespace` for it"
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
            is_small: preview.small,
        }))
    }
}
