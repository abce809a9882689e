//! What is kept of a project between requests: its environment and the trees of its Score files.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::check::{Context, Scope};
use super::documents::{Documents, Tree};
use super::files::Kind;
use super::platform::Platform;
use super::position::Encoding;
use super::query::ScoreFiles;
use crate::system::os::{self, Os};
use crate::system::overlay::OverlayHost;
use compiler::support::host::Host;
use compiler::support::parallel;

/// What is kept of a project until one of its files is saved or its environment changes.
#[derive(Default)]
pub(super) struct Knowledge {
    platform: OnceCell<Option<Rc<Platform>>>,
    /// The saved Score files.
    saved: OnceCell<ScoreFiles>,
}

impl Knowledge {
    /// The environment of the project in the working directory; `None` when it has errors.
    pub(super) fn platform(
        &self,
        documents: &Documents,
        scope: &Scope,
        context: &Context,
    ) -> Option<Rc<Platform>> {
        let read = || {
            let os = Os::for_validation();
            let host = OverlayHost::new(&os, documents.texts());
            let platform = context.compiler.platform(scope, &host).ok()?;
            Some(Rc::new(platform))
        };
        self.platform.get_or_init(read).clone()
    }

    /// The Score files of the project in the working directory, with unsaved texts.
    pub(super) fn files(
        &self,
        root: &Path,
        documents: &Documents,
        encoding: Encoding,
    ) -> ScoreFiles {
        let saved = self.saved.get_or_init(|| read_files(root, encoding));
        let saved = saved
            .iter()
            .filter(|(path, _)| documents.get(path).is_none());
        let open = documents
            .iter()
            .filter(|document| document.project == root && document.kind == Kind::Score);
        let open = open.map(|document| {
            let tree = Tree::read(&document.path, &document.text, encoding).0;
            (document.path.clone(), Rc::new(tree))
        });
        let mut files: ScoreFiles = saved.cloned().chain(open).collect();
        files.sort_by(|(left, _), (right, _)| left.cmp(right));
        files
    }
}

fn read_files(root: &Path, encoding: Encoding) -> ScoreFiles {
    let Ok(found) = os::find_score_files() else {
        return Vec::new();
    };
    let os = Os::for_validation();
    let trees = parallel::map(&found.files, |path| {
        let text: Arc<str> = String::from_utf8(os.read(path).ok()?).ok()?.into();
        Some(Tree::read(path, &text, encoding).0)
    });
    let paths = found.files.iter().map(|path| root.join(path));
    let files = paths
        .zip(trees)
        .filter_map(|(path, tree)| Some((path, Rc::new(tree?))));
    files.collect::<Vec<(PathBuf, Rc<Tree>)>>()
}
