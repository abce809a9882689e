//! The messages of a client, one after the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use lsp_server::{Connection, ErrorCode, Message, Request, RequestId, Response};
use lsp_types::InitializeParams;
use serde_json::{Value, json};

use super::Compiler;
use super::capabilities;
use super::check::{Context, Scope};
use super::client::{Client, Event, SETTINGS, forward};
use super::documents::Documents;
use super::files::Kind;
use super::knowledge::Knowledge;
use super::project::{Project, WholeCheck};
use super::reference::Reference;
use super::schemas::Schemas;
use crate::system::error::CliError;
use crate::system::os;

/// How long nobody types before a large project is validated as a whole.
const PAUSE: Duration = Duration::from_millis(300);

/// Serves the client at standard input and output until it says that it is done. Whether it said so
/// before it went away.
pub(crate) fn serve(compiler: Box<dyn Compiler>) -> Result<bool, CliError> {
    let (connection, threads) = Connection::stdio();
    let failed = |error: &dyn std::fmt::Display| {
        CliError::Io(format!("the editor cannot be served: {error}"))
    };
    let (id, params) = connection
        .initialize_start()
        .map_err(|error| failed(&error))?;
    let params: InitializeParams =
        serde_json::from_value(params).map_err(|error| failed(&error))?;
    let encoding = capabilities::encoding(&params);
    let answer = json!({
        "capabilities": capabilities::of_server(encoding),
        "serverInfo": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
    });
    connection
        .initialize_finish(id, answer)
        .map_err(|error| failed(&error))?;
    let (sender, messages) = (connection.sender, connection.receiver);
    let context = Context {
        compiler,
        encoding,
        reference: Reference::default(),
        schemas: Schemas::default(),
    };
    let client = Client::new(move |message| _ = sender.send(message));
    let mut session = Session::new(client, context, &params);
    let events = session.to_events.clone();
    thread::spawn(move || forward(messages.into_iter(), &events));
    session.client.ask_for_settings();
    session.client.watch_files();
    let is_done = session.run();
    drop(session);
    // The reader may still wait for a client that said `exit` and stays.
    drop(threads);
    Ok(is_done)
}

/// What the server knows.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) context: Arc<Context>,
    pub(super) documents: Documents,
    pub(super) projects: BTreeMap<PathBuf, Project>,
    pub(super) folders: Vec<PathBuf>,
    pub(super) knowledge: BTreeMap<PathBuf, Knowledge>,
    /// What Score files are validated for.
    pub(super) main: Scope,
    events: Receiver<Event>,
    to_events: Sender<Event>,
    queue: VecDeque<Message>,
    /// The project that is validated as a whole beside the server.
    running: Option<PathBuf>,
    directory: PathBuf,
    shut_down: bool,
    is_over: bool,
}

impl Session {
    fn new(client: Client, context: Context, params: &InitializeParams) -> Session {
        let (to_events, events) = channel();
        let mut session = Session {
            client,
            context: Arc::new(context),
            documents: Documents::default(),
            projects: BTreeMap::new(),
            folders: capabilities::folders(params),
            knowledge: BTreeMap::new(),
            main: Scope::Files,
            events,
            to_events,
            queue: VecDeque::new(),
            running: None,
            directory: PathBuf::new(),
            shut_down: false,
            is_over: false,
        };
        (session.client.has_settings, session.client.watches_files) =
            capabilities::of_client(params);
        if let Some(options) = &params.initialization_options {
            session.set_settings(options);
        }
        session
    }

    /// Acts on events until the client is done; whether it said so.
    fn run(&mut self) -> bool {
        while !self.is_over {
            if let Some(event) = self.next_event() {
                self.handle(event);
                self.pull();
            }
            while let Some(message) = self.queue.pop_front() {
                self.take(message);
                self.pull();
            }
            self.check_changed();
        }
        self.shut_down
    }

    /// The next event; `None` when the pause was long enough to validate a project as a whole.
    fn next_event(&mut self) -> Option<Event> {
        let outdated = self.projects.values().find(|project| project.is_outdated);
        let outdated = outdated.map(|project| project.root.clone());
        let Some(root) = outdated.filter(|_| self.running.is_none()) else {
            return Some(self.events.recv().unwrap_or(Event::Closed));
        };
        match self.events.recv_timeout(PAUSE) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Disconnected) => Some(Event::Closed),
            Err(RecvTimeoutError::Timeout) => {
                self.begin_whole(&root);
                None
            }
        }
    }

    /// Takes the events that are there, so that a request that was cancelled is not answered.
    fn pull(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.handle(event);
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Message(message) => self.queue.push_back(message),
            Event::Checked(whole) => self.finish_whole(*whole),
            Event::Closed => {
                self.queue.clear();
                self.is_over = true;
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Request(request) => self.take_request(request),
            Message::Notification(notification) if notification.method == "exit" => {
                self.handle(Event::Closed);
            }
            Message::Notification(notification) => self.notice(notification),
            Message::Response(response) => self.take_response(response),
        }
    }

    fn take_request(&mut self, request: Request) {
        let id = request.id.clone();
        if request.method == "shutdown" {
            self.shut_down = true;
            self.client.answer(id, ());
        } else if self.is_cancelled(&id) {
            self.client.refuse(
                id,
                ErrorCode::RequestCanceled,
                "the client does not need it any more",
            );
        } else {
            self.answer(request);
        }
    }

    /// Whether the client has cancelled a request before it was looked at.
    fn is_cancelled(&self, id: &RequestId) -> bool {
        let id = json!(id);
        self.queue.iter().any(|message| match message {
            Message::Notification(notification) => {
                notification.method == "$/cancelRequest" && notification.params["id"] == id
            }
            _ => false,
        })
    }

    fn take_response(&mut self, response: Response) {
        if response.id == RequestId::from(SETTINGS.to_owned())
            && let Some(settings) = response
                .response_result
                .ok()
                .as_ref()
                .and_then(|result| result.get(0))
        {
            self.set_settings(settings);
        }
    }

    /// Takes over `environment`, of the settings of this program or of all settings.
    pub(super) fn set_settings(&mut self, settings: &Value) {
        let own = settings.get("score-rs").unwrap_or(settings);
        let Some(name) = own.get("environment").and_then(Value::as_str) else {
            return;
        };
        let scope = match name.trim() {
            "" => Scope::Files,
            name => Scope::Environment(name.to_owned()),
        };
        if scope != self.main {
            self.main = scope;
            self.outdate();
        }
    }

    /// Has everything validated again.
    pub(super) fn outdate(&mut self) {
        self.knowledge.clear();
        for document in self.documents.iter() {
            if let Some(project) = self.projects.get_mut(&document.project) {
                project.changed.insert(document.path.clone());
                project.is_outdated = true;
            }
        }
    }

    /// Has the project of an open file validated again.
    pub(super) fn mark_changed(&mut self, path: &Path) {
        let Some(document) = self.documents.get(path) else {
            return;
        };
        let root = document.project.clone();
        if document.kind != Kind::Score {
            self.knowledge.remove(&root);
        }
        self.enter(&root);
        let project = self
            .projects
            .entry(root.clone())
            .or_insert_with(|| Project::new(root));
        project.changed.insert(path.to_path_buf());
        project.is_outdated = true;
    }

    /// Validates what has changed, and sends what is found.
    pub(super) fn check_changed(&mut self) {
        let outdated = self
            .projects
            .values()
            .filter(|project| !project.is_current());
        for root in outdated
            .map(|project| project.root.clone())
            .collect::<Vec<_>>()
        {
            self.enter(&root);
            if let Some(project) = self.projects.get_mut(&root) {
                let changed = project.changed.clone();
                project.check_changed(&self.documents, &self.main, &self.context);
                project.publish(&self.documents, &changed, &self.client);
            }
        }
    }

    /// Makes a directory the working directory. No other one is while a validation runs beside the
    /// server, since the working directory is that of the process.
    pub(super) fn enter(&mut self, root: &Path) {
        if self.directory == root {
            return;
        }
        while self.running.is_some() {
            let event = self.events.recv().unwrap_or(Event::Closed);
            self.handle(event);
        }
        if os::change_directory(root).is_ok() {
            self.directory = root.to_path_buf();
        }
    }

    /// Validates a project as a whole, before the next answer.
    pub(super) fn check_whole(&mut self, root: &Path) {
        if let Some(project) = self.projects.get_mut(root) {
            let whole = project
                .whole(&self.documents, &self.main)
                .run(&self.context);
            project.changed.clear();
            project.accept(whole, &self.documents, &self.main);
            project.publish(&self.documents, &BTreeSet::new(), &self.client);
        }
    }

    /// Validates a project as a whole, beside the server.
    fn begin_whole(&mut self, root: &Path) {
        self.enter(root);
        let Some(project) = self.projects.get_mut(root) else {
            return;
        };
        project.is_outdated = false;
        let whole = project.whole(&self.documents, &self.main);
        let (context, events) = (self.context.clone(), self.to_events.clone());
        self.running = Some(root.to_path_buf());
        thread::spawn(move || _ = events.send(Event::Checked(Box::new(whole.run(&context)))));
    }

    fn finish_whole(&mut self, whole: WholeCheck) {
        self.running = None;
        if let Some(project) = self.projects.get_mut(&whole.root) {
            project.accept(whole, &self.documents, &self.main);
            project.publish(&self.documents, &BTreeSet::new(), &self.client);
        }
    }
}
