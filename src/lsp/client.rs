//! What the server sends: answers, diagnostics, and requests of its own.

use std::sync::mpsc::Sender;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{Notification as _, PublishDiagnostics};
use lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};
use serde::Serialize;
use serde_json::{Value, json};

/// The editor at the other end.
pub(super) struct Client {
    sender: Box<dyn Fn(Message)>,
    /// Whether it can be asked for settings.
    pub(super) has_settings: bool,
    /// Whether it can be asked to watch files.
    pub(super) watches_files: bool,
}

/// The id of the request for settings.
pub(super) const SETTINGS: &str = "settings";

impl Client {
    pub(super) fn new(sender: impl Fn(Message) + 'static) -> Client {
        Client {
            sender: Box::new(sender),
            has_settings: false,
            watches_files: false,
        }
    }

    /// Answers a request.
    pub(super) fn answer(&self, id: RequestId, result: impl Serialize) {
        (self.sender)(Response::new_ok(id, result).into());
    }

    /// Refuses a request.
    pub(super) fn refuse(&self, id: RequestId, code: ErrorCode, reason: &str) {
        (self.sender)(Response::new_err(id, code as i32, reason.to_owned()).into());
    }

    pub(super) fn publish(&self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        let params = PublishDiagnosticsParams::new(uri, diagnostics, version);
        let method = PublishDiagnostics::METHOD.to_owned();
        (self.sender)(Notification::new(method, params).into());
    }

    /// Asks for the settings of `score-rs`.
    pub(super) fn ask_for_settings(&self) {
        if self.has_settings {
            let params = json!({ "items": [{ "section": "score-rs" }] });
            self.request(SETTINGS, "workspace/configuration", params);
        }
    }

    /// Asks to be told when a file changes that the compiler may read.
    pub(super) fn watch_files(&self) {
        if self.watches_files {
            let watchers = json!({ "watchers": [{ "globPattern": "**/*" }] });
            let method = "workspace/didChangeWatchedFiles";
            let params = json!({ "registrations": [{ "id": "files", "method": method, "registerOptions": watchers }] });
            self.request("files", "client/registerCapability", params);
        }
    }

    fn request(&self, id: &str, method: &str, params: Value) {
        let request = Request::new(RequestId::from(id.to_owned()), method.to_owned(), params);
        (self.sender)(request.into());
    }
}

/// Something that the server acts on.
pub(super) enum Event {
    /// A message of the client.
    Message(Message),
    /// The client is gone.
    Closed,
    /// A validation of a whole project has ended.
    Checked(Box<super::project::WholeCheck>),
}

/// Passes the messages of the client on, so that one channel has all events.
pub(super) fn forward(messages: impl Iterator<Item = Message>, events: &Sender<Event>) {
    for message in messages {
        if events.send(Event::Message(message)).is_err() {
            return;
        }
    }
    _ = events.send(Event::Closed);
}
