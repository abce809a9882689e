//! Texts of this program that an editor can open: the pages of rules and the built-in definitions.
//! They are written to the cache, since few editors can show a document that is not a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use lsp_types::Uri;

use super::files::uri_of;
use crate::system::os::{self, Os};
use compiler::support::host::Host;
use diagnostics::rule::Rule;

/// The directory of these texts, and which of them are there.
#[derive(Debug, Default)]
pub(super) struct Reference {
    written: Mutex<BTreeSet<PathBuf>>,
}

impl Reference {
    /// The page of a rule.
    pub(super) fn rule(&self, rule: &Rule) -> Option<Uri> {
        self.uri(&format!("rules/{}.md", rule.name()), rule.page())
    }

    /// The text of this name, which is relative to the directory.
    pub(super) fn uri(&self, name: &str, text: &str) -> Option<Uri> {
        let version = env!("CARGO_PKG_VERSION");
        let directory = os::cache_directory()?
            .join("score-rs/reference")
            .join(version);
        let path = directory.join(name);
        let mut written = self.written.lock().ok()?;
        if !written.contains(&path) {
            write(&path, text)?;
            written.insert(path.clone());
        }
        uri_of(&path)
    }
}

fn write(path: &Path, text: &str) -> Option<()> {
    let is_there = Os::for_validation()
        .read_named(path)
        .is_ok_and(|bytes| bytes == text.as_bytes());
    match is_there {
        true => Some(()),
        false => os::write_cached(path, text.as_bytes(), 0o400).ok(),
    }
}
