//! Each notification to what acts on it.

use lsp_server::Notification;
use lsp_types::notification::{
    DidChangeConfiguration, DidChangeTextDocument, DidChangeWatchedFiles,
    DidChangeWorkspaceFolders, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument,
    Notification as _,
};
use lsp_types::{
    DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::documents::Document;
use super::files::{path_of, project_of};
use super::session::Session;

impl Session {
    /// Acts on a notification. One that is wrong is ignored, as there is nobody to tell.
    pub(super) fn notice(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            DidOpenTextDocument::METHOD => with(params, |params| self.open(params)),
            DidChangeTextDocument::METHOD => with(params, |params| self.change(params)),
            DidCloseTextDocument::METHOD => with(params, |params| self.close(&params)),
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => self.outdate(),
            DidChangeConfiguration::METHOD => with(params, |params| self.configure(&params)),
            DidChangeWorkspaceFolders::METHOD => with(params, |params| self.change_folders(params)),
            _ => {}
        }
    }

    fn open(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let Some(path) = path_of(&item.uri) else {
            return;
        };
        let project = project_of(&path, &self.folders);
        let document = Document::new(item, path.clone(), project, self.context.encoding);
        self.documents.open(document);
        self.mark_changed(&path);
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        if let Some(path) = path_of(&document.uri) {
            let encoding = self.context.encoding;
            self.documents
                .change(&path, document.version, params.content_changes, encoding);
            self.mark_changed(&path);
        }
    }

    fn close(&mut self, params: &DidCloseTextDocumentParams) {
        let Some(document) = self.documents.of(&params.text_document.uri) else {
            return;
        };
        let (path, root) = (document.path.clone(), document.project.clone());
        self.documents.close(&path);
        self.knowledge.remove(&root);
        let is_used = self
            .documents
            .iter()
            .any(|document| document.project == root);
        let Some(project) = self.projects.get_mut(&root) else {
            return;
        };
        if is_used {
            project.forget(&path);
            project.is_outdated = true;
        } else {
            project.clear(&self.client);
            self.projects.remove(&root);
        }
    }

    fn configure(&mut self, params: &DidChangeConfigurationParams) {
        match &params.settings {
            Value::Object(settings) if !settings.is_empty() => self.set_settings(&params.settings),
            // A client that does not send them can be asked.
            _ => self.client.ask_for_settings(),
        }
    }

    fn change_folders(&mut self, params: DidChangeWorkspaceFoldersParams) {
        let removed: Vec<_> = params
            .event
            .removed
            .iter()
            .filter_map(|folder| path_of(&folder.uri))
            .collect();
        self.folders.retain(|folder| !removed.contains(folder));
        let added = params
            .event
            .added
            .iter()
            .filter_map(|folder| path_of(&folder.uri));
        self.folders.extend(added);
    }
}

fn with<P: DeserializeOwned>(params: Value, act: impl FnOnce(P)) {
    if let Ok(params) = serde_json::from_value(params) {
        act(params);
    }
}
