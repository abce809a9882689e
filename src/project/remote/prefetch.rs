//! Fetching several sources at the same time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::fetch::{Download, fetch};
use super::lock::Pin;
use super::remotes::{Address, LockState, RemoteRef, Remotes, address};
use super::tree::Tree;
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
    address: Address,
    url: SourceUrl,
    pin: Option<Pin>,
}

impl Job {
    /// What can be fetched once: two directories of a repository that is not locked yet are both in
    /// its tree.
    fn whole(&self) -> &str {
        let Address { key, want, path } = &self.address;
        let is_file = Tree::has_place_for(key.split('?').next().unwrap_or(key));
        match path {
            Some(path) if want.is_tree.is_none() && !is_file => path.tree(),
            _ => key,
        }
    }

    fn run(&self, timeout: Duration, host: &dyn Host) -> Result<Download, String> {
        let (Address { key, want, .. }, pin) = (&self.address, self.pin.as_ref());
        fetch(key, &self.url, pin, *want, timeout, host)
    }
}

impl Remotes {
    /// Fetches those of these sources that [`Remotes::locate`] would have to fetch. It reports their
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
        let mut known = BTreeSet::new();
        let jobs = remotes.iter();
        let jobs: Vec<Job> = jobs
            .filter_map(|remote| self.job(*remote, &state, host))
            .filter(|job| known.insert(job.whole().to_owned()))
            .collect();
        if jobs.len() > 1 {
            let timeout = self.policy.timeout;
            let downloads = map_on(CONCURRENCY, &jobs, || (), |(), job| job.run(timeout, host));
            self.prefetched
                .borrow_mut()
                .extend(jobs.into_iter().map(|job| job.address.key).zip(downloads));
        }
        Ok(())
    }

    /// The job for a source; `None` when it is at hand or may not be fetched.
    fn job(&self, remote: RemoteRef<'_>, state: &LockState, host: &dyn Host) -> Option<Job> {
        let url = SourceUrl::parse(remote.text).ok()?;
        let address = address(remote, false, state);
        let key = &address.key;
        let entry = state.after.sources.get(key);
        let is_forbidden = self.policy.locked && !state.before.sources.contains_key(key);
        let is_at_hand = self.fetched.borrow().contains_key(key)
            || self.prefetched.borrow().contains_key(key)
            || entry.is_some_and(|entry| self.cache.get(host, &entry.pin.digest).is_some());
        let pin = entry.map(|entry| entry.pin.clone());
        let is_vendored = entry.is_some() && state.before.vendor.is_some();
        let job = Job { address, url, pin };
        (!is_forbidden && !is_at_hand && !is_vendored).then_some(job)
    }
}
