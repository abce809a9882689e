//! What several stages need: the [`host::Host`], output data and its places, and small algorithms. Nothing here
//! knows a stage or a target.

pub mod document;
pub(crate) mod faults;
pub mod glob;
pub mod graph;
pub mod host;
pub mod parallel;
pub mod path;
pub mod places;
pub(crate) mod program_failure;
pub(crate) mod project_files;
pub mod quantity;
pub mod random;
pub mod reasons;
pub(crate) mod rendered;
mod similar_file;
pub(crate) mod stand_ins;
