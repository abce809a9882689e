//! Remote sources of what environments name: files, and the trees of repositories and artifacts.
//!
//! [`Remotes`] gives the bytes of a source by its URL, exactly those that `score-rs.lock` pins. A
//! source that is not in the lock yet is reported and added. A pinned source that is in the cache
//! needs no network, and nothing that was fetched is executed here.

mod address;
mod artifact;
mod bundle;
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
pub(crate) mod replace;
pub(crate) mod required_version;
mod tar;
mod tree;
mod url;
mod vendor;
mod web;

pub use address::TreePath;
pub(crate) use artifact::Origin;
pub(crate) use bundle::bundle_artifact;
pub(crate) use flux::flux_artifact;
pub(crate) use lock::{Lock, PATH as LOCK_PATH};
pub(crate) use push::PushUrl;
pub(crate) use remotes::{FetchPolicy, Located, RemoteDirectory, RemoteRef, Remotes};
pub(crate) use remotes::{INVALID_REMOTE_SOURCE, NOT_LOCKED};
pub(crate) use tree::Tree;
pub(crate) use url::{SourceUrl, check_repository};
pub(crate) use vendor::{Copies, is_directory_of_project, vendor_directory};
