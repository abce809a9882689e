//! The operating system. Only this folder touches files, processes, the network, clocks and
//! randomness.

pub(crate) mod journal;
pub(crate) mod os;
pub(crate) mod transaction;
