//! Where output goes, and what is in the way there.

pub(crate) mod conflicts;
pub(crate) mod destination;
pub(crate) mod diff;
pub(crate) mod input_guard;
pub(crate) mod persisted;
pub(crate) mod symlinks;
pub(crate) mod writer;
