//! Sources of definitions and patch templates that have to be fetched.
//!
//! - **Promise:** what is used is what the lock says, byte for byte; what the lock does not say yet
//!   is told.
//! - **Takes:** an address, the lock, and what may be done.
//! - **Gives:** bytes with their digest, and the lock to write.
//! - **Never:** asks a network for what the lock names and the cache holds, or runs anything that
//!   was fetched.

mod cache;
mod digest;
mod fetch;
mod git;
mod http_headers;
pub(crate) mod lock;
mod manifest;
mod prefetch;
mod registry;
pub(crate) mod remotes;
mod url;
mod web;

pub(crate) use lock::{Lock, PATH as LOCK_PATH};
pub(crate) use remotes::{Remotes, Rules, Wanted};
