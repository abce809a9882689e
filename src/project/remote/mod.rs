//! Remote sources of definitions and patch templates.
//!
//! [`Remotes`] gives the bytes of a source by its URL, exactly those that `score-rs.lock` pins. A
//! source that is not in the lock yet is reported and added. A pinned source that is in the cache
//! needs no network, and nothing that was fetched is executed here.

mod cache;
mod credentials;
mod digest;
mod fetch;
mod flux;
mod git;
mod http_headers;
pub(crate) mod lock;
mod manifest;
mod prefetch;
mod push;
mod registry;
pub(crate) mod remotes;
mod url;
mod web;

pub(crate) use flux::{FluxArtifact, Origin};
pub(crate) use lock::{Lock, PATH as LOCK_PATH};
pub(crate) use push::PushUrl;
pub(crate) use remotes::{FetchPolicy, RemoteRef, Remotes};
pub(crate) use url::check_repository;
