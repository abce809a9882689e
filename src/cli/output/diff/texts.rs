//! Files line by line.

use similar::TextDiff;

use super::ComparedFile;
use super::secrets::Secrets;

/// The difference as `diff -u` shows it, with secrets hidden.
pub(super) fn show(file: &ComparedFile, secrets: &Secrets) -> String {
    let text = |text: Option<&str>| secrets.hide(text.unwrap_or_default());
    let (before, after) = (text(file.before.as_deref()), text(file.after));
    let path = file.path.display().to_string();
    let name = |exists: bool, prefix: &str| match exists {
        true => format!("{prefix}/{path}"),
        false => "/dev/null".to_owned(),
    };
    let header = (
        name(file.before.is_some(), "a"),
        name(file.after.is_some(), "b"),
    );
    let reason = match file.before.is_some() && file.after.is_some() {
        true if before == after => Some("only secrets differ; --show-secrets shows them"),
        // The lines would look the same.
        true if before.lines().eq(after.lines()) => Some(
            "only line ends differ; git keeps those of the output with `eol=lf` in .gitattributes",
        ),
        false if before == after => Some("an empty file"),
        _ => None,
    };
    if let Some(reason) = reason {
        return format!("--- {}\n+++ {}\n({reason})\n", header.0, header.1);
    }
    let diff = TextDiff::from_lines(&before, &after);
    diff.unified_diff().header(&header.0, &header.1).to_string()
}
