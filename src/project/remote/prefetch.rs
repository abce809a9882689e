//! Fetching several sources at the same time.

use std::time::Duration;

use super::fetch::{Download, fetch};
use super::lock::Pin;
use super::remotes::{LockState, RemoteRef, Remotes};
use super::url::SourceUrl;
use crate::system::error::CliError;
use compiler::support::host::Host;
use compiler::support::parallel::map_on;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// The number of sources that are fetched at the same time.
const CONCURRENCY: usize = 8;

/// A source to fetch.
struct Job {
    text: String,
    url: SourceUrl,
    pin: Option<Pin>,
    suffix: &'static str,
}

impl Job {
    fn run(&self, timeout: Duration, host: &dyn Host) -> Result<Download, String> {
        let pin = self.pin.as_ref();
        fetch(&self.text, &self.url, pin, self.suffix, timeout, host)
    }
}

impl Remotes {
    /// Fetches those of these sources that [`Remotes::get`] would have to fetch. It reports their
    /// errors there, so that the order of errors does not depend on the network.
    pub(crate) fn prefetch(
        &self,
        remotes: &[RemoteRef<'_>],
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(), CliError> {
        if self.policy.offline || remotes.len() < 2 {
            return Ok(());
        }
        let state = self.lock_state(host, sources, report)?;
        let jobs: Vec<Job> = remotes
            .iter()
            .filter_map(|remote| self.job(*remote, &state, host))
            .collect();
        if jobs.len() > 1 {
            let timeout = self.policy.timeout;
            let downloads = map_on(CONCURRENCY, &jobs, || (), |(), job| job.run(timeout, host));
            self.prefetched
                .borrow_mut()
                .extend(jobs.into_iter().map(|job| job.text).zip(downloads));
        }
        Ok(())
    }

    /// The job for a source; `None` when it is at hand or may not be fetched.
    fn job(&self, remote: RemoteRef<'_>, state: &LockState, host: &dyn Host) -> Option<Job> {
        let url = SourceUrl::parse(remote.text).ok()?;
        let entry = state.after.sources.get(remote.text);
        let is_forbidden = self.policy.locked && !state.before.sources.contains_key(remote.text);
        let is_at_hand = self.fetched.borrow().contains_key(remote.text)
            || self.prefetched.borrow().contains_key(remote.text)
            || entry.is_some_and(|entry| self.cache.get(host, &entry.pin.digest).is_some());
        let pin = entry.map(|entry| entry.pin.clone());
        let job = Job {
            text: remote.text.to_owned(),
            url,
            pin,
            suffix: remote.suffix,
        };
        (!is_forbidden && !is_at_hand).then_some(job)
    }
}
