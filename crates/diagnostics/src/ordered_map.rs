//! A mapping with text keys that keeps the order in which they were added.
//!
//! Documents consist of short mappings, most of which are built, walked and dropped. So the entries
//! are one list, in which a key is searched from the front; only a long mapping has an index. That
//! takes half the memory of a hash table for each mapping, and less time. Mappings that are equal in
//! thousands of documents can share their entries.

use std::borrow::Borrow;
use std::hash::{BuildHasher, RandomState};
use std::ops::Deref;
use std::sync::Arc;

use ecow::EcoString;
use hashbrown::HashTable;
use serde::ser::{Serialize, Serializer};

/// The longest mapping without an index.
const MAX_SEARCHED: usize = 16;

/// A key. Short ones, which most are, take no memory of their own.
pub type Key = EcoString;

/// A mapping that keeps the order in which its keys were added.
///
/// ```
/// use diagnostics::ordered_map::OrderedMap;
///
/// let mut ports = OrderedMap::from_iter([("web".to_owned(), 80), ("admin".to_owned(), 81)]);
/// ports.insert("web".to_owned(), 8080);
/// assert_eq!(ports.get("web"), Some(&8080));
/// assert_eq!(ports.keys().collect::<Vec<_>>(), ["web", "admin"]);
/// ```
#[derive(Debug, Clone)]
pub struct OrderedMap<V> {
    entries: Entries<V>,
    index: Option<Box<KeyIndex>>,
}

/// The entries of a mapping.
#[derive(Debug, Clone)]
enum Entries<V> {
    Own(Vec<(Key, V)>),
    /// Those of several mappings. They are copied before one of the mappings is changed.
    Shared(Arc<[(Key, V)]>),
}

impl<V> Deref for Entries<V> {
    type Target = [(Key, V)];

    fn deref(&self) -> &Self::Target {
        match self {
            Entries::Own(entries) => entries,
            Entries::Shared(entries) => entries,
        }
    }
}

impl<V: Clone> Entries<V> {
    fn edit(&mut self) -> &mut Vec<(Key, V)> {
        loop {
            match self {
                Entries::Own(entries) => return entries,
                Entries::Shared(entries) => *self = Entries::Own(entries.to_vec()),
            }
        }
    }
}

/// The positions of keys by their hashes.
#[derive(Debug, Clone, Default)]
struct KeyIndex {
    hashes: RandomState,
    positions: HashTable<usize>,
}

impl KeyIndex {
    fn of<V>(entries: &[(Key, V)]) -> KeyIndex {
        let mut index = KeyIndex {
            hashes: RandomState::default(),
            positions: HashTable::with_capacity(entries.len()),
        };
        (0..entries.len()).for_each(|position| index.add(entries, position));
        index
    }

    /// Adds the key at a position. The entries have it already.
    fn add<V>(&mut self, entries: &[(Key, V)], position: usize) {
        let hash = |position: &usize| self.hashes.hash_one(entries[*position].0.as_str());
        self.positions
            .insert_unique(hash(&position), position, hash);
    }

    fn find<V>(&self, entries: &[(Key, V)], key: &str) -> Option<usize> {
        let is_key = |position: &usize| entries[*position].0 == key;
        self.positions
            .find(self.hashes.hash_one(key), is_key)
            .copied()
    }
}

impl<V: Clone> OrderedMap<V> {
    /// A mapping without entries.
    pub const fn new() -> OrderedMap<V> {
        OrderedMap {
            entries: Entries::Own(Vec::new()),
            index: None,
        }
    }

    /// A mapping with room for as many entries.
    pub fn with_capacity(entries: usize) -> OrderedMap<V> {
        OrderedMap {
            entries: Entries::Own(Vec::with_capacity(entries)),
            index: None,
        }
    }

    /// A mapping of entries whose keys all differ, which is not checked.
    pub fn from_distinct(entries: impl IntoIterator<Item = (impl Into<Key>, V)>) -> OrderedMap<V> {
        let entries = entries.into_iter();
        let mut map = OrderedMap::with_capacity(entries.size_hint().0);
        entries.for_each(|(key, value)| map.push(key, value));
        map
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The position of a key.
    pub fn get_index_of(&self, key: &(impl Borrow<str> + ?Sized)) -> Option<usize> {
        let key = key.borrow();
        match &self.index {
            Some(index) => index.find(&self.entries, key),
            None => self.entries.iter().position(|(other, _)| other == key),
        }
    }

    /// Whether there is a value for a key.
    pub fn contains_key(&self, key: &(impl Borrow<str> + ?Sized)) -> bool {
        self.get_index_of(key).is_some()
    }

    /// The value of a key.
    pub fn get(&self, key: &(impl Borrow<str> + ?Sized)) -> Option<&V> {
        let position = self.get_index_of(key)?;
        self.entries.get(position).map(|(_, value)| value)
    }

    /// The value of a key, to change.
    pub fn get_mut(&mut self, key: &(impl Borrow<str> + ?Sized)) -> Option<&mut V> {
        let position = self.get_index_of(key)?;
        let entry = self.entries.edit().get_mut(position);
        entry.map(|(_, value)| value)
    }

    /// Sets the value of a key, which stays at its place, or is added at the end. Gives the earlier
    /// value.
    pub fn insert(&mut self, key: impl Into<Key>, value: V) -> Option<V> {
        let key = key.into();
        match self.get_index_of(&key) {
            Some(position) => Some(std::mem::replace(
                &mut self.entries.edit()[position].1,
                value,
            )),
            None => {
                self.push(key, value);
                None
            }
        }
    }

    /// The place of a key, where a value may be added.
    pub fn entry(&mut self, key: impl Into<Key>) -> Slot<'_, V> {
        Slot {
            map: self,
            key: key.into(),
        }
    }

    /// Adds an entry whose key is not in the mapping, which is not checked.
    pub fn push(&mut self, key: impl Into<Key>, value: V) {
        self.entries.edit().push((key.into(), value));
        match &mut self.index {
            Some(index) => index.add(&self.entries, self.entries.len() - 1),
            None if self.entries.len() > MAX_SEARCHED => self.reindex(),
            None => {}
        }
    }

    /// Inserts an entry at a position. The others keep their order; a key that is there moves.
    pub fn shift_insert(&mut self, position: usize, key: impl Into<Key>, value: V) -> Option<V> {
        let key = key.into();
        let earlier = self.shift_remove(&key);
        let entries = self.entries.edit();
        // Most mappings get only one more entry, and would keep room for as many as they have.
        entries.reserve_exact(1);
        entries.insert(position, (key, value));
        self.reindex();
        earlier
    }

    /// Removes an entry. The others keep their order.
    pub fn shift_remove(&mut self, key: &(impl Borrow<str> + ?Sized)) -> Option<V> {
        let position = self.get_index_of(key)?;
        self.shift_remove_index(position).map(|(_, value)| value)
    }

    /// Removes the entry at a position. The others keep their order.
    pub fn shift_remove_index(&mut self, position: usize) -> Option<(Key, V)> {
        (position < self.len()).then(|| {
            let removed = self.entries.edit().remove(position);
            self.reindex();
            removed
        })
    }

    /// Removes the entries for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(&Key, &mut V) -> bool) {
        let before = self.len();
        let entries = self.entries.edit();
        entries.retain_mut(|(key, value)| keep(key, value));
        if self.len() < before {
            self.reindex();
        }
    }

    /// Sorts the entries by their keys.
    pub fn sort_keys(&mut self) {
        // No key is there twice.
        let entries = self.entries.edit();
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.reindex();
    }

    /// Sorts the entries. `rank` is called once for each; those of the same rank keep their order.
    pub fn sort_by_cached_key<R: Ord>(&mut self, mut rank: impl FnMut(&Key, &V) -> R) {
        let entries = self.entries.edit();
        entries.sort_by_cached_key(|(key, value)| rank(key, value));
        self.reindex();
    }

    /// Lets copies of this mapping share its entries until one of them changes. A long mapping is
    /// copied as before.
    pub fn share(&mut self) {
        if self.index.is_none() {
            let entries = std::mem::take(self.entries.edit());
            self.entries = Entries::Shared(entries.into());
        }
    }

    fn reindex(&mut self) {
        let is_long = self.entries.len() > MAX_SEARCHED;
        self.index = is_long.then(|| Box::new(KeyIndex::of(&self.entries)));
    }

    /// The entry at a position.
    pub fn get_index(&self, position: usize) -> Option<(&Key, &V)> {
        let (key, value) = self.entries.get(position)?;
        Some((key, value))
    }

    /// The first entry.
    pub fn first(&self) -> Option<(&Key, &V)> {
        self.iter().next()
    }

    /// The last entry.
    pub fn last(&self) -> Option<(&Key, &V)> {
        self.iter().next_back()
    }

    /// The entries in order.
    pub fn iter(&self) -> Iter<'_, V> {
        self.into_iter()
    }

    /// The entries in order, to change the values.
    pub fn iter_mut(&mut self) -> IterMut<'_, V> {
        self.into_iter()
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// The values in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values in order, to change.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.entries.edit().iter_mut().map(|(_, value)| value)
    }
}

/// A key of an [`OrderedMap`] and its place, if it has one yet.
pub struct Slot<'a, V> {
    map: &'a mut OrderedMap<V>,
    key: Key,
}

impl<'a, V: Clone> Slot<'a, V> {
    /// The value of the key. Where there is none, this one is added at the end.
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> &'a mut V {
        let Slot { map, key } = self;
        let position = map.get_index_of(&key).unwrap_or_else(|| {
            map.push(key, value());
            map.len() - 1
        });
        &mut map.entries.edit()[position].1
    }

    /// As [`Slot::or_insert_with`].
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// As [`Slot::or_insert_with`].
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// The entries of an [`OrderedMap`], with values that can be changed.
pub type IterMut<'a, V> =
    std::iter::Map<std::slice::IterMut<'a, (Key, V)>, fn(&'a mut (Key, V)) -> (&'a Key, &'a mut V)>;

impl<'a, V: Clone> IntoIterator for &'a mut OrderedMap<V> {
    type Item = (&'a Key, &'a mut V);
    type IntoIter = IterMut<'a, V>;

    fn into_iter(self) -> IterMut<'a, V> {
        let entries = self.entries.edit().iter_mut();
        entries.map(|(key, value)| (&*key, value))
    }
}

/// The entries of an [`OrderedMap`].
pub type Iter<'a, V> =
    std::iter::Map<std::slice::Iter<'a, (Key, V)>, fn(&'a (Key, V)) -> (&'a Key, &'a V)>;

impl<'a, V> IntoIterator for &'a OrderedMap<V> {
    type Item = (&'a Key, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Iter<'a, V> {
        self.entries.iter().map(|(key, value)| (key, value))
    }
}

impl<V: Clone> IntoIterator for OrderedMap<V> {
    type Item = (Key, V);
    type IntoIter = std::vec::IntoIter<(Key, V)>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(self.entries.edit()).into_iter()
    }
}

impl<V: Clone> Default for OrderedMap<V> {
    fn default() -> OrderedMap<V> {
        OrderedMap::new()
    }
}

impl<K: Into<Key>, V: Clone> Extend<(K, V)> for OrderedMap<V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Into<Key>, V: Clone> FromIterator<(K, V)> for OrderedMap<V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> OrderedMap<V> {
        let entries = entries.into_iter();
        let mut map = OrderedMap::with_capacity(entries.size_hint().0);
        map.extend(entries);
        map
    }
}

/// The order of the keys does not count.
impl<V: Clone + PartialEq> PartialEq for OrderedMap<V> {
    fn eq(&self, other: &OrderedMap<V>) -> bool {
        let is_in_other = |(place, (key, value)): (usize, &(Key, V))| {
            let same_place = other.entries.get(place).filter(|(other, _)| other == key);
            same_place
                .map(|(_, value)| value)
                .or_else(|| other.get(key))
                == Some(value)
        };
        self.len() == other.len() && self.entries.iter().enumerate().all(is_in_other)
    }
}

impl<V: Clone + Eq> Eq for OrderedMap<V> {}

impl<V: Clone + Serialize> Serialize for OrderedMap<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> OrderedMap<usize> {
        (0..count).map(|n| (format!("key {n}"), n)).collect()
    }

    fn values(map: &OrderedMap<usize>) -> Vec<usize> {
        map.values().copied().collect()
    }

    #[test]
    fn short_and_long_mappings_keep_order_and_find_every_key() {
        for count in [0, 1, 2, 15, 16, 17, 18, 100, 1000] {
            let mut map = numbers(count);
            map.extend((0..count).map(|n| (format!("key {n}"), n + 1)));
            assert_eq!(values(&map), (1..=count).collect::<Vec<_>>());
            assert_eq!(OrderedMap::from_distinct(map.clone()), map);
            for n in 0..count {
                let key = format!("key {n}");
                assert_eq!(map.get(&key), Some(&(n + 1)));
                assert_eq!(map.get_index_of(&key), Some(n));
            }
            assert_eq!((map.len(), map.get("key")), (count, None));
            assert_eq!(*map.entry("key".to_owned()).or_default(), 0);
            assert_eq!(map.last(), Some((&"key".into(), &0)));
        }
    }

    #[test]
    fn keys_are_found_after_every_change_of_the_order() {
        for count in [3, 17, 40] {
            let mut map = numbers(count);
            assert_eq!(map.shift_remove("key 1"), Some(1));
            assert_eq!(map.shift_remove("key 1"), None);
            map.shift_insert(0, "key 1".to_owned(), 7);
            map.shift_insert(1, "key 2".to_owned(), 8);
            assert_eq!(values(&map)[..3], [7, 8, 0]);
            map.sort_by_cached_key(|_, value| usize::MAX - value);
            let find = |map: &OrderedMap<usize>| {
                map.iter().all(|(key, value)| map.get(key) == Some(value))
            };
            assert!(find(&map));
            map.sort_keys();
            assert!(find(&map) && map.keys().is_sorted());
            map.retain(|_, value| *value < 8);
            assert!(find(&map) && map.get("key 2").is_none());
        }
    }

    #[test]
    fn mappings_share_their_entries_until_one_changes() {
        for count in [0, 3, 16, 17] {
            let mut map = numbers(count);
            map.share();
            let mut other = map.clone();
            let is_shared =
                |other: &OrderedMap<usize>| other.entries.as_ptr() == map.entries.as_ptr();
            assert!(is_shared(&other) == (count < 17), "{count}");
            assert_eq!(other, numbers(count));
            assert_eq!(other.insert("new".to_owned(), 7), None);
            assert!(!is_shared(&other));
            assert_eq!((map.len(), other.len()), (count, count + 1));
            let entries: Vec<_> = map.clone().into_iter().collect();
            assert_eq!(map, OrderedMap::from_distinct(entries));
        }
    }

    #[test]
    fn the_order_does_not_count_when_mappings_are_compared() {
        for count in [2, 30] {
            let map = numbers(count);
            let mut other: OrderedMap<usize> = map.clone().into_iter().rev().collect();
            assert_eq!(map, other);
            other.insert("key 0".to_owned(), 5);
            assert_ne!(map, other);
            assert_ne!(map, numbers(count + 1));
        }
    }
}
