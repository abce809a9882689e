//! How results are shown on a terminal.

pub(crate) mod listing;
pub(crate) mod markdown;
pub(crate) mod table;
pub(crate) mod verbose;
