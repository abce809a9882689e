//! What several stages need and no stage owns.
//!
//! Nothing here knows a stage or a target. [`host::Host`] is the only way to the outside world.

pub mod document;
pub mod graph;
pub mod host;
pub mod parallel;
pub mod path;
pub mod quantity;
pub mod random;
