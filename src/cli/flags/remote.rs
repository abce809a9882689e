//! Flags that say how definitions and patch templates from elsewhere are fetched.

use std::time::Duration;

use super::headings::REMOTE;
use crate::project::remote::{FetchPolicy, Remotes};

/// Flags of every command that reads what an environment lists.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoteFlags {
    /// Fail if a remote source is not in `score-rs.lock`
    #[arg(long, help_heading = REMOTE)]
    locked: bool,
    /// Fetch nothing; fail if a remote source is not locked and cached
    #[arg(long, help_heading = REMOTE)]
    offline: bool,
    #[command(flatten)]
    fetch: FetchFlags,
}

/// Flags of every command that may fetch.
#[derive(Debug, clap::Args)]
pub(crate) struct FetchFlags {
    /// Time limit to fetch a remote source, in seconds
    #[arg(long, value_name = "SECONDS", help_heading = REMOTE, default_value = "30", value_parser = clap::value_parser!(u64).range(1..=3600))]
    fetch_timeout: u64,
}

impl RemoteFlags {
    /// The time limit to fetch or push something.
    pub(crate) fn timeout(&self) -> Duration {
        self.fetch.timeout()
    }

    /// The remote sources of a run; `updates_lock` when it writes the lock.
    pub(crate) fn remotes(&self, updates_lock: bool) -> Remotes {
        Remotes::new(FetchPolicy {
            locked: self.locked,
            offline: self.offline,
            updates_lock,
            only_locks: false,
            timeout: self.timeout(),
        })
    }
}

impl FetchFlags {
    /// The remote sources of a run whose purpose is to write the lock.
    pub(crate) fn remotes_to_lock(&self) -> Remotes {
        Remotes::new(FetchPolicy {
            locked: false,
            offline: false,
            updates_lock: true,
            only_locks: true,
            timeout: self.timeout(),
        })
    }

    /// The time limit to fetch or push something.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.fetch_timeout)
    }
}
