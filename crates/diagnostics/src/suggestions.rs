//! Names: the known one that a misspelled one is meant to be, and lists of them in messages.

/// How many names are compared with a misspelt one: a file of mistakes must not cost the square of
/// its length.
const MOST_CANDIDATES: usize = 1000;

/// How many names a message lists; nobody reads more.
const MOST_LISTED: usize = 30;

/// Which letters there are in a name, in whatever case and order: a slip adds one and takes one
/// away at most, so that names that differ in more need not be compared.
fn letters(name: &str) -> u64 {
    name.chars()
        .flat_map(char::to_lowercase)
        .fold(0, |all, letter| all | 1 << (u32::from(letter) % 64))
}

/// The candidate closest to `name` in spelling, when one is close enough to be what was meant.
pub fn closest_match<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = (length / 3).clamp(1, 3);
    // Comparing takes time by length times length, and a slip of the pen in something this long is
    // not what is wrong.
    let (lower, letters) = (name.to_lowercase(), letters(name));
    let comparable = |candidate: &&str| {
        length <= 200
            && candidate.chars().count().abs_diff(length) <= limit
            && (self::letters(candidate) ^ letters).count_ones() as usize <= 2 * limit
    };
    candidates
        .into_iter()
        .take(MOST_CANDIDATES)
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

/// The one candidate that `name` was meant to be beyond doubt: it has the same letters in another
/// case, two of them exchanged, or one too many, too few or wrong. One that differs in case alone
/// counts for more than all others. Names that differ in a digit are two names, and short ones
/// differ in a letter too easily.
pub fn unambiguous_typo<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let (lower, own_letters) = (name.to_lowercase(), letters(name));
    let close = candidates
        .into_iter()
        .take(MOST_CANDIDATES)
        .filter(|candidate| {
            let comparable = name.len() <= 200 && candidate.len().abs_diff(name.len()) <= 4;
            comparable
                && (letters(candidate) ^ own_letters).count_ones() <= 2
                && strsim::osa_distance(&lower, &candidate.to_lowercase()) <= 1
        });
    let close: Vec<&str> = close.collect();
    // One that differs in case alone is meant, whatever else is near.
    let same_word = |candidate: &&&str| candidate.to_lowercase() == lower;
    let only = *close.iter().find(same_word).or(close.first())?;
    let rivals = if only.to_lowercase() == lower {
        close.iter().filter(same_word).count()
    } else {
        close.len()
    };
    if close.iter().filter(|candidate| **candidate == only).count() != rivals {
        return None;
    }
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    // The same letters in another order, which is no accident in a name of three.
    let same_letters =
        only.to_lowercase() == lower || name.len() >= 3 && sorted(only) == sorted(name);
    let long_enough = name.chars().count() >= 4;
    let same_digits = only.to_lowercase() == lower || digits(name) == digits(only);
    (same_digits && (same_letters || long_enough)).then_some(only)
}

/// What to do about a name that nobody knows: take the nearest known one, else what `otherwise`
/// says.
pub fn suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    closest_match(name, candidates).map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}

/// What there is of a kind, as a clause: `` the ports are `a` and `b` `` or `` the only port is `a`
/// ``. `kind` is the word for one of them.
pub fn list_known<'a>(kind: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => format!("there is no {kind}"),
        [only] => format!("the only {kind} is `{only}`"),
        _ => format!("the {kind}s are {}", list_names(names)),
    }
}

/// Names in backticks, as a message lists them: `` `a`, `b` and `c` ``.
pub fn list_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let mut quoted: Vec<String> = names
        .by_ref()
        .take(MOST_LISTED)
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
    fn the_nearest_name_is_a_plausible_one() {
        assert_eq!(closest_match("imgae", ["image", "args"]), Some("image"));
        assert_eq!(closest_match("db", ["cache", "dns"]), None);
        assert_eq!(closest_match("port", ["ports", "path"]), Some("ports"));
    }

    #[test]
    fn a_slip_of_the_pen_is_beyond_doubt() {
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

    /// The letters that names have in common are looked at before the names are compared, and
    /// change nothing of the result.
    #[test]
    fn no_slip_is_too_far_to_be_compared() {
        let words = [
            "image", "Images", "mage", "iamge", "imga", "imgea", "xmage", "imageee", "volume",
            "ab", "ba", "Ä", "ä", "",
        ];
        for (own, other) in words
            .iter()
            .flat_map(|own| words.iter().map(move |other| (*own, *other)))
        {
            let limit = (own.chars().count() / 3).clamp(1, 3);
            let distance = strsim::osa_distance(&own.to_lowercase(), &other.to_lowercase());
            assert_eq!(
                closest_match(own, [other]).is_some(),
                distance <= limit,
                "{own} {other}"
            );
        }
    }
}
