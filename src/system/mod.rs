//! The operating system. Only this folder touches files, processes, the network, clocks and
//! randomness.
//!
//! The compiler reaches the system through the trait `Host` alone, which a test or an editor
//! implements in memory. The command implements it with `os::Os` and also calls the functions of
//! `os` directly, because they need the real system and have no meaning in memory: locks, atomic
//! renames and rollbacks, links and file identities, directory listings, the terminal, and the exit
//! of child processes.

pub(crate) mod error;
pub(crate) mod journal;
pub(crate) mod os;
pub(crate) mod overlay;
pub(crate) mod project_lock;
pub(crate) mod text_file;
pub(crate) mod transaction;
