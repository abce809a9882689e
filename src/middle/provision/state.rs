use std::collections::BTreeMap;

use crate::base::value::Value;

/// What provisioners have asked to remember, by resource identity, and what they share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The `state` of each resource.
    pub resources: BTreeMap<String, Value>,
    /// The `shared` state of all.
    pub shared: Value,
}
