//! Where the output goes, what may be in the way there, and writing or comparing it.

pub(crate) mod conflicts;
pub(crate) mod destination;
pub(crate) mod diff;
pub(crate) mod exposure;
pub(crate) mod ignored_files;
pub(crate) mod input_guard;
pub(crate) mod persisted;
pub(crate) mod seed;
pub(crate) mod symlinks;
pub(crate) mod writer;
