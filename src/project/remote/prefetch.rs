//! Fetching at the same time what will be asked for one after the other.

use std::time::Duration;

use super::fetch::{Fetched, fetch};
use super::lock::Pin;
use super::remotes::{Remotes, State, Wanted};
use super::url::Address;
use crate::project::inputs::CliError;
use compiler::support::host::Host;
use compiler::support::parallel::map_on;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// How many sources are fetched at the same time.
const AT_ONCE: usize = 8;

/// Something to fetch.
struct Job {
    text: String,
    address: Address,
    pin: Option<Pin>,
    suffix: &'static str,
}

impl Job {
    /// Fetches it. `limit` is how long that may take; a failure is in words.
    fn run(&self, limit: Duration, host: &dyn Host) -> Result<Fetched, String> {
        fetch(&self.address, self.pin.as_ref(), self.suffix, limit, host)
    }
}

impl Remotes {
    /// Fetches what of these will have to be fetched. What came of it is told when it is asked for,
    /// so that the first one that failed is told, whichever ended first.
    pub(crate) fn fetch_ahead(
        &self,
        wanted: &[Wanted<'_>],
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        if self.rules.offline || wanted.len() < 2 {
            return Ok(());
        }
        let state = self.read(host, sources, report)?;
        let jobs: Vec<Job> = wanted
            .iter()
            .filter_map(|own| self.job(*own, &state, host))
            .collect();
        if jobs.len() > 1 {
            let limit = self.rules.limit;
            let fetched = map_on(AT_ONCE, &jobs, || (), |(), job| job.run(limit, host));
            self.ahead
                .borrow_mut()
                .extend(jobs.into_iter().map(|job| job.text).zip(fetched));
        }
        Ok(())
    }

    /// What has to be fetched to have a source, if something has and may be.
    fn job(&self, wanted: Wanted<'_>, state: &State, host: &dyn Host) -> Option<Job> {
        let address = Address::parse(wanted.text).ok()?;
        let entry = state.is.0.get(wanted.text);
        let refused = self.rules.locked && !state.was.0.contains_key(wanted.text);
        let is_here = self.had.borrow().contains_key(wanted.text)
            || self.ahead.borrow().contains_key(wanted.text)
            || entry.is_some_and(|entry| self.cache.get(host, &entry.pin.digest).is_some());
        let pin = entry.map(|entry| entry.pin.clone());
        let job = Job {
            text: wanted.text.to_owned(),
            address,
            pin,
            suffix: wanted.suffix,
        };
        (!refused && !is_here).then_some(job)
    }
}
