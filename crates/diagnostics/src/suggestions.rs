//! Names in messages: the known name that an unknown one is close to, and lists of names.

use std::cell::LazyCell;

/// How many candidates are compared with a name: a file of many mistakes must not cost the square
/// of its length.
const MAX_CANDIDATES: usize = 1000;

/// How many names a message lists.
const MAX_LISTED: usize = 30;

/// The length in bytes above which a name is not compared: the time grows with its square.
const MAX_LENGTH: usize = 200;

/// The set of letters in a name, without case. A typo adds one and removes one at most, so that
/// names whose sets differ in more need not be compared.
fn letter_set(name: &str) -> u64 {
    name.chars()
        .flat_map(char::to_lowercase)
        .fold(0, |set, letter| set | 1 << (u32::from(letter) % 64))
}

/// The candidate closest to `name` in spelling, when one is close: a third of the letters may
/// differ, at least one and at most three.
///
/// ```
/// use diagnostics::suggestions::closest_match;
///
/// assert_eq!(closest_match("imgae", ["image", "args"]), Some("image"));
/// assert_eq!(closest_match("db", ["cache", "dns"]), None);
/// ```
pub fn closest_match<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).clamp(1, 3);
    let (lower, letters) = (name.to_lowercase(), letter_set(name));
    let comparable = |candidate: &&str| {
        length <= MAX_LENGTH
            && candidate.chars().count().abs_diff(length) <= limit
            && (letter_set(candidate) ^ letters).count_ones() as usize <= 2 * limit
    };
    candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(comparable)
        .map(|candidate| {
            (
                strsim::osa_distance(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The only candidate that `name` can be a typo of, so that a fix may replace it: it differs in
/// case, in two letters that are exchanged, or in one letter that is missing, added or wrong. One
/// that differs in case alone wins over the others. Names that differ in a digit are two names,
/// and so are those of less than four letters that differ in a letter.
///
/// ```
/// use diagnostics::suggestions::unambiguous_typo;
///
/// assert_eq!(unambiguous_typo("imgae", ["image", "args"]), Some("image"));
/// assert_eq!(unambiguous_typo("cach", ["cache", "cacho"]), None);
/// assert_eq!(unambiguous_typo("db2", ["db1"]), None);
/// ```
pub fn unambiguous_typo<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let (lower, name_letters) = (LazyCell::new(|| name.to_lowercase()), letter_set(name));
    let is_close = |candidate: &&str| {
        name.len() <= MAX_LENGTH
            && candidate.len().abs_diff(name.len()) <= 4
            && (letter_set(candidate) ^ name_letters).count_ones() <= 2
            && strsim::osa_distance(&lower, &candidate.to_lowercase()) <= 1
    };
    let close: Vec<&str> = candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(is_close)
        .collect();
    let differs_in_case = |candidate: &&&str| candidate.to_lowercase() == *lower;
    if let Some(only) = close.iter().find(differs_in_case) {
        let mut others = close.iter().filter(differs_in_case);
        return others.all(|other| other == only).then_some(only);
    }
    let only = *close.first()?;
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    // Three letters in another order are a typo; with one wrong letter they may be another name.
    let is_long_enough = match sorted(only) == sorted(name) {
        true => name.len() >= 3,
        false => name.chars().count() >= 4,
    };
    let is_only = close.iter().all(|other| *other == only);
    (is_only && is_long_enough && digits(name) == digits(only)).then_some(only)
}

/// The help for an unknown name: the closest candidate, else what `otherwise` gives.
pub fn suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    closest_match(name, candidates).map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}

/// The names of a kind as a clause: `` the ports are `a` and `b` `` or `` the only port is `a` ``.
/// `kind` is the word for one of them.
pub fn list_known<'a>(kind: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => format!("there is no {kind}"),
        [only] => format!("the only {kind} is `{only}`"),
        _ => format!("the {kind}s are {}", list_names(names)),
    }
}

/// Names in backticks, in a list: `` `a`, `b` and `c` ``. A long list ends in a count.
pub fn list_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let mut quoted: Vec<String> = names
        .by_ref()
        .take(MAX_LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.count() {
        0 => {}
        more => quoted.push(format!("{more} more")),
    }
    match quoted.split_last() {
        None => String::from("none"),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_and_long_names_cost_little() {
        let names: Vec<String> = (0..100_000)
            .map(|number| format!("name-{number}"))
            .collect();
        assert!(list_names(names.iter().map(String::as_str)).ends_with("`name-29` and 99970 more"));
        assert_eq!(list_names(["a", "b", "c"]), "`a`, `b` and `c`");
        let long = "n".repeat(1_000_000);
        assert_eq!(closest_match(&long, [long.as_str()]), None);
        assert_eq!(
            closest_match("shpo", ["shop", "ship-of-fools"]),
            Some("shop")
        );
    }

    #[test]
    fn the_closest_name_is_a_plausible_one() {
        assert_eq!(closest_match("imgae", ["image", "args"]), Some("image"));
        assert_eq!(closest_match("db", ["cache", "dns"]), None);
        assert_eq!(closest_match("port", ["ports", "path"]), Some("ports"));
    }

    #[test]
    fn a_typo_is_unambiguous_where_one_candidate_is_left() {
        assert_eq!(unambiguous_typo("imgae", ["image", "args"]), Some("image"));
        assert_eq!(
            unambiguous_typo("livenessprobe", ["livenessProbe"]),
            Some("livenessProbe")
        );
        assert_eq!(unambiguous_typo("imgae", ["image", "image"]), Some("image"));
        assert_eq!(unambiguous_typo("tcp", ["TCP", "UDP"]), Some("TCP"));
        assert_eq!(unambiguous_typo("tdp", ["TCP", "UDP"]), None);
        assert_eq!(unambiguous_typo("wbe", ["web"]), Some("web"));
        assert_eq!(unambiguous_typo("https", ["HTTP", "HTTPS"]), Some("HTTPS"));
        assert_eq!(
            unambiguous_typo("readonly", ["read_only", "readOnly"]),
            Some("readOnly")
        );
        assert_eq!(unambiguous_typo("Web", ["web", "WEB"]), None);
        assert_eq!(unambiguous_typo("bd", ["db"]), None);
        assert_eq!(unambiguous_typo("db2", ["db1"]), None);
        assert_eq!(unambiguous_typo("cache2", ["cache1"]), None);
        assert_eq!(unambiguous_typo("cach", ["cache", "cacho"]), None);
        assert_eq!(unambiguous_typo("imgea", ["image"]), None);
    }

    #[test]
    fn names_are_listed_as_people_say_them() {
        assert_eq!(list_names(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(list_names([]), "none");
        assert_eq!(list_known("port", ["a", "b"]), "the ports are `a` and `b`");
        assert_eq!(list_known("port", ["a"]), "the only port is `a`");
        assert_eq!(list_known("port", []), "there is no port");
    }

    /// Letter sets save comparisons and must not change the result.
    #[test]
    fn letter_sets_change_no_result() {
        let words = [
            "image", "Images", "mage", "iamge", "imga", "imgea", "xmage", "imageee", "volume",
            "ab", "ba", "Ä", "ä", "",
        ];
        for (name, candidate) in words
            .iter()
            .flat_map(|name| words.iter().map(move |candidate| (*name, *candidate)))
        {
            let limit = (name.chars().count() / 3).clamp(1, 3);
            let distance = strsim::osa_distance(&name.to_lowercase(), &candidate.to_lowercase());
            assert_eq!(
                closest_match(name, [candidate]).is_some(),
                distance <= limit,
                "{name} {candidate}"
            );
        }
    }
}
