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
    if before == after {
        let reason = match file.before.is_some() && file.after.is_some() {
            true => "only secrets differ; --show-secrets shows them",
            false => "an empty file",
        };
        return format!("--- {}\n+++ {}\n({reason})\n", header.0, header.1);
    }
    let diff = TextDiff::from_lines(&before, &after);
    diff.unified_diff().header(&header.0, &header.1).to_string()
}
