//! The operating system. Only this folder touches files, processes, the network, clocks and
//! randomness.

pub(crate) mod error;
pub(crate) mod journal;
pub(crate) mod os;
pub(crate) mod project_lock;
pub(crate) mod text_file;
pub(crate) mod transaction;
