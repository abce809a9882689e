//! References to groups in a replacement.

use go_regex::Names;
use regex::Captures;

/// Appends the replacement, with `$1`, `${1}` and `$name` replaced by what these groups matched.
pub(super) fn expand(captures: &Captures, names: &Names, replacement: &str, out: &mut String) {
    let mut rest = replacement;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = reference(after) {
            out.push_str(group(captures, names, name));
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
}

/// The name behind a `$` and what follows it. It is as long as can be: `$1W` names the group `1W`.
fn reference(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('{');
    let name = inside.unwrap_or(text);
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    let end = name.find(|c| !is_word(c)).unwrap_or(name.len());
    let (name, after) = name.split_at(end);
    let after = match inside {
        Some(_) => after.strip_prefix('}')?,
        None => after,
    };
    (!name.is_empty()).then_some((name, after))
}

/// What the group matched. Of several groups with the name, the first one that matched counts.
fn group<'t>(captures: &Captures<'t>, names: &Names, name: &str) -> &'t str {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    let found = if is_number && (name == "0" || !name.starts_with('0')) {
        name.parse().ok().and_then(|number| captures.get(number))
    } else {
        let numbers = names.iter().filter(|(other, _)| other == name);
        numbers
            .filter_map(|(_, number)| captures.get(*number))
            .next()
    };
    found.map_or("", |part| part.as_str())
}
