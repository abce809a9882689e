//! What the fuzz targets share: a world without files, data for templates, and a mutator that
//! writes template actions.

pub mod actions;
pub mod data;
pub mod world;
