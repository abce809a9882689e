use std::collections::BTreeMap;

use crate::base::value::Value;
use crate::middle::identity::KeptNames;

/// What one run leaves for the next: what provisioners have asked to remember, and the names that must not change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The `state` of each resource, by uid.
    pub resources: BTreeMap<String, Value>,
    /// The `shared` state of all.
    pub shared: Value,
    /// Names under which things are deployed.
    pub names: KeptNames,
}
