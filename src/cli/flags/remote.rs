//! Flags that say how definitions and patch templates from elsewhere are had.

use std::time::Duration;

use crate::project::remote::{Remotes, Rules};

/// Flags of every command that reads what an environment lists.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Remote definitions")]
pub(crate) struct RemoteFlags {
    /// Use nothing remote that `score-rs.lock` does not name
    #[arg(long)]
    locked: bool,
    /// Fetch nothing: what is remote has to be in the lock and in the cache
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    patience: PatienceFlags,
}

/// Flags of every command that may fetch.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Remote definitions")]
pub(crate) struct PatienceFlags {
    /// How long fetching one source may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..=3600))]
    fetch_timeout: u64,
}

impl RemoteFlags {
    /// The remote sources of a run; `keeps` when it writes what it adds to the lock.
    pub(crate) fn remotes(&self, keeps: bool) -> Remotes {
        let limit = self.patience.limit();
        Remotes::new(Rules {
            locked: self.locked,
            offline: self.offline,
            keeps,
            limit,
        })
    }
}

impl PatienceFlags {
    /// The remote sources of a run that is there to write the lock.
    pub(crate) fn remotes_to_lock(&self) -> Remotes {
        Remotes::new(Rules {
            locked: false,
            offline: false,
            keeps: true,
            limit: self.limit(),
        })
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(self.fetch_timeout)
    }
}
