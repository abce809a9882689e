//! The form of an image's name: what no registry can have is told before a cluster says so.

use crate::base::diagnostics::{Problem, Report};
use crate::base::yaml::{Kind, Node, Style};

/// Warns of a name that is none. With placeholders in it, it is known only later; `.` is named from outside.
pub(super) fn check_image(image: &Node, report: &mut Report) {
    // No plain text begins so: that nobody fills in such a template, or knows such a tag, has been said.
    let Kind::String(name, style) = &image.kind else { return };
    let said = *style == Style::Plain && name.starts_with(['{', '!']);
    if said || name == "." || name.contains("${") {
        return;
    }
    let Some((fault, help)) = fault(name) else { return };
    let problem = Problem::new("image-form", format!("`{name}` cannot be the name of an image: {fault}"));
    report.warning(problem.at(image.span).help(help));
}

/// What is wrong with a name, and what to do.
fn fault(name: &str) -> Option<(String, String)> {
    if let Some((scheme, _)) = name.split_once("://") {
        return Some((format!("it begins with `{scheme}://`"), mended(name)));
    }
    if name.contains("{{") || name.contains('$') || name.contains('%') {
        let help = "write the name itself, or `image: .` and give it with `--image`";
        return Some(("nothing is filled in here".to_owned(), help.to_owned()));
    }
    if name.contains(char::is_whitespace) {
        return Some(("it has a space".to_owned(), mended(name)));
    }
    if let Some(letter) = name.chars().find(|letter| !allowed(letter)) {
        return Some((format!("it has a `{letter}`"), mended(name)));
    }
    let (path, tag) = path_and_tag(name);
    if path.chars().any(|letter| letter.is_ascii_uppercase()) {
        return Some(("upper-case letters stand in the tag alone".to_owned(), mended(name)));
    }
    if path.is_empty() || path.split('/').any(str::is_empty) || tag == ":" {
        return Some(("a part of it is missing".to_owned(), FORM.to_owned()));
    }
    None
}

/// Characters of an image's name, of whatever part.
fn allowed(letter: &char) -> bool {
    letter.is_ascii_alphanumeric() || "._-/:@+[]".contains(*letter)
}

const FORM: &str = "write it as `HOST/PATH:TAG`, as in `example.com/shop:1`";

/// What to write instead, with every fault mended.
fn mended(name: &str) -> String {
    let name: String = name.split_once("://").map_or(name, |(_, rest)| rest).chars().filter(allowed).collect();
    let (path, tag) = path_and_tag(&name);
    let host = &name[..name.len() - path.len() - tag.len()];
    let name = format!("{host}{}{tag}", path.to_ascii_lowercase());
    if fault(&name).is_some() { FORM.to_owned() } else { format!("write `{name}`") }
}

/// What stands behind the registry's host: the path, and the tag or digest with what it begins with.
fn path_and_tag(name: &str) -> (&str, &str) {
    let rest = match name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" || host != host.to_ascii_lowercase() => {
            rest
        }
        _ => name,
    };
    rest.split_at(rest.find([':', '@']).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_taken() {
        let digest = format!("example.com/shop@sha256:{}", "a".repeat(64));
        for name in
            ["nginx", "nginx:1.25-Alpine", "a/b/c:v1", "localhost:5000/x", "Registry/x", "[::1]:5000/x", &digest]
        {
            assert_eq!(fault(name), None, "{name}");
        }
    }

    #[test]
    fn what_no_registry_can_have_is_mended() {
        for (name, help) in [
            ("https://example.com/shop:1", "write `example.com/shop:1`"),
            ("example.com/Shop:V1", "write `example.com/shop:V1`"),
            ("https://example.com/team Shop\":1", "write `example.com/teamshop:1`"),
            ("https://", "write it as `HOST/PATH:TAG`, as in `example.com/shop:1`"),
            ("example.com/shop :1", "write `example.com/shop:1`"),
            ("example.com/shop:1\"", "write `example.com/shop:1`"),
            ("{{ .Values.image }}", "write the name itself, or `image: .` and give it with `--image`"),
            ("shop:", "write it as `HOST/PATH:TAG`, as in `example.com/shop:1`"),
        ] {
            assert_eq!(fault(name).map(|(_, help)| help).as_deref(), Some(help), "{name}");
        }
    }
}
