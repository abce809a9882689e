//! Names that Backstage accepts, unique among the entities of a kind.

use std::collections::BTreeMap;

use compiler::catalog::{LONGEST, is_name};
use compiler::identity::short_hash;

/// The names of things: what each should be called, and what it is, which no other is. A name that
/// is too long, that has other characters, or that two things would have, gets a hash.
pub(super) fn names(things: &[(String, String)]) -> Vec<String> {
    // Backstage ignores case.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _) in things {
        *counts.entry(name.to_ascii_lowercase()).or_default() += 1;
    }
    let name_of = |(name, identity): &(String, String)| {
        let is_unique = counts.get(&name.to_ascii_lowercase()) == Some(&1);
        match is_name(name) && is_unique {
            true => name.clone(),
            false => hashed(name, identity),
        }
    };
    things.iter().map(name_of).collect()
}

fn hashed(name: &str, identity: &str) -> String {
    let hash = short_hash([identity.as_bytes()]);
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    let name: String = name
        .chars()
        .map(|char| if plain(char) { char } else { '-' })
        .take(LONGEST - hash.len() - 1)
        .collect();
    let separators = ['-', '_', '.'];
    match name.trim_matches(separators) {
        "" => hash,
        name => format!("{name}-{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plain_name_stays_and_others_get_a_hash() {
        let thing = |name: &str, identity: &str| (name.to_owned(), identity.to_owned());
        let long = "a".repeat(70);
        let things = [
            thing("orders-http", "1"),
            thing("a-b", "2"),
            thing("A-b", "3"),
            thing(&long, "4"),
            thing("a/b", "5"),
        ];
        let names = names(&things);
        assert_eq!(names[0], "orders-http");
        assert!(names[1].starts_with("a-b-") && names[2].starts_with("A-b-"));
        assert_eq!(names[3].len(), 63);
        assert!(names[4].starts_with("a-b-"));
    }

    proptest! {
        #[test]
        fn names_are_valid_and_unique(texts in prop::collection::vec("\\PC{0,80}|[a-c]-?[a-c]|[A-C.]{2,3}", 1..20)) {
            let things: Vec<(String, String)> = texts
                .into_iter()
                .enumerate()
                .map(|(index, text)| (text, index.to_string()))
                .collect();
            let names = names(&things);
            let mut seen = std::collections::BTreeSet::new();
            for name in names {
                prop_assert!(is_name(&name), "{name}");
                prop_assert!(seen.insert(name.to_ascii_lowercase()), "{name}");
            }
        }
    }
}
