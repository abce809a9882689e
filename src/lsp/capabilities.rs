//! What the server can do, and what the client can.

use std::path::PathBuf;

use lsp_types::OneOf;
use lsp_types::{
    InitializeParams, SaveOptions, ServerCapabilities, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use super::files::path_of;
use super::position::Encoding;

/// What columns count, of what the client offers.
pub(super) fn encoding(params: &InitializeParams) -> Encoding {
    let general = params.capabilities.general.as_ref();
    Encoding::choose(general.and_then(|general| general.position_encodings.as_deref()))
}

/// Whether the client can be asked for settings, and to watch files.
pub(super) fn of_client(params: &InitializeParams) -> (bool, bool) {
    let Some(workspace) = params.capabilities.workspace.as_ref() else {
        return (false, false);
    };
    let watching = workspace.did_change_watched_files.as_ref();
    let watching = watching.and_then(|watching| watching.dynamic_registration);
    (
        workspace.configuration.unwrap_or_default(),
        watching.unwrap_or_default(),
    )
}

/// The folders that are open in the client.
#[allow(deprecated, reason = "older clients name one folder only")]
pub(super) fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten();
    let mut folders: Vec<PathBuf> = folders.filter_map(|folder| path_of(&folder.uri)).collect();
    if folders.is_empty() {
        folders.extend(params.root_uri.as_ref().and_then(path_of));
    }
    folders
}

/// What the server can do.
pub(super) fn of_server(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(TextDocumentSyncSaveOptions::SaveOptions(
                    SaveOptions::default(),
                )),
                ..TextDocumentSyncOptions::default()
            },
        )),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}
