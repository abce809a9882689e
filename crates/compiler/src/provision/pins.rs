//! What a lock says about resources.

use std::collections::BTreeMap;

use diagnostics::value::Map;

/// The defaults that a lock pins for each resource, by its uid.
pub type Pins = BTreeMap<String, Map>;

/// How often the passwords of each resource were rotated, by its uid.
pub type Rotations = BTreeMap<String, u32>;
