//! Results that several tests share.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

/// Results by key. Each is computed once.
pub struct Cache<T: 'static>(Mutex<BTreeMap<String, &'static OnceLock<T>>>);

impl<T> Cache<T> {
    pub const fn new() -> Cache<T> {
        Cache(Mutex::new(BTreeMap::new()))
    }

    pub fn get(&self, key: &str, compute: impl FnOnce() -> T) -> &'static T {
        let mut results = self.0.lock().unwrap();
        let result = *results
            .entry(key.to_owned())
            .or_insert_with(|| Box::leak(Box::default()));
        // Other keys must not wait for this one.
        drop(results);
        result.get_or_init(compute)
    }
}
