//! How results are shown on a terminal.

pub(crate) mod cells;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod verbose;
