//! What a run keeps for the next one, and what is said of it.

use std::path::Path;

use crate::base::diagnostics::{Problem, Report};
use crate::shell::os::{self, Os};
use crate::shell::write::Item;

/// A directory for what is kept. It may hold secrets, so only its owner enters it, and it keeps itself out of git.
pub(super) fn kept_directory(parent: &Path) -> [Item; 2] {
    let directory = parent.join(os::KEPT);
    let ignore = Some(b"*\n".to_vec());
    [
        Item { path: directory.clone(), content: None, mode: 0o700, lasting: true },
        Item { path: directory.join(".gitignore"), content: ignore, mode: 0o644, lasting: true },
    ]
}

/// The seed that was made for this run, to be kept; nothing when there was one.
pub(super) fn new_seed(os: &Os) -> Vec<Item> {
    let Some((path, text)) = os.made_seed() else { return Vec::new() };
    let content = Some(format!("{text}\n").into_bytes());
    let seed = Item { path, content, mode: 0o600, lasting: true };
    kept_directory(Path::new("")).into_iter().chain([seed]).collect()
}

/// Says that a seed was made for this run.
pub(super) fn warn_of_seed(os: &Os, report: &mut Report) {
    if let Some((path, _)) = os.made_seed() {
        let message = format!("passwords are derived from a new seed, kept in `{}`", path.display());
        let help = "another machine makes others; to have the same, give both one seed in SCORE_RS_SEED or --seed-file";
        report.warning(Problem::new("new-seed", message).help(help));
    }
}
