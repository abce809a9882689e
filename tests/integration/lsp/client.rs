//! A client of the language server, which speaks its protocol to the binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// How long the server may take for an answer on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A server, and the client that talks to it.
pub struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    /// Messages that nobody has waited for yet.
    waiting: Vec<Value>,
    next_id: i64,
    pub root: String,
    version: i64,
}

impl Client {
    /// A server for the sandbox, without an environment.
    pub fn start(sandbox: &Sandbox) -> Client {
        Client::start_with(sandbox, json!({}), json!({}))
    }

    /// A server for an environment.
    pub fn start_for(sandbox: &Sandbox, environment: &str) -> Client {
        Client::start_with(sandbox, json!({}), json!({ "environment": environment }))
    }

    pub fn start_with(sandbox: &Sandbox, capabilities: Value, options: Value) -> Client {
        let root = std::fs::canonicalize(sandbox.path(".")).unwrap();
        let mut command = sandbox.command(&["lsp"]);
        command.env("XDG_CACHE_HOME", root.join("cache"));
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let (sender, messages) = channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || read_messages(BufReader::new(stdout), &sender));
        let mut client = Client {
            stdin: child.stdin.take().unwrap(),
            child,
            messages,
            waiting: Vec::new(),
            next_id: 0,
            root: root.display().to_string(),
            version: 0,
        };
        let folder = json!({ "uri": client.uri(""), "name": "root" });
        client.request(
            "initialize",
            json!({
                "processId": null, "rootUri": null, "workspaceFolders": [folder],
                "capabilities": capabilities, "initializationOptions": options,
            }),
        );
        client.notify("initialized", json!({}));
        client
    }

    pub fn uri(&self, path: &str) -> String {
        match path {
            "" => format!("file://{}", self.root),
            path => format!("file://{}/{path}", self.root),
        }
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.stdin.flush().unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request; returns its id.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The answer to a request: its result or its error.
    pub fn answer(&mut self, id: i64) -> Value {
        let answer =
            self.wait_for(|message| message["id"] == id && message.get("method").is_none());
        match answer.get("error") {
            Some(error) => error.clone(),
            None => answer["result"].clone(),
        }
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// A request about a place: that of `mark` in the text, or behind it with `after`.
    pub fn at(&mut self, method: &str, path: &str, position: Value) -> Value {
        let document = json!({ "uri": self.uri(path) });
        let mut params = json!({ "textDocument": document, "position": position });
        if method == "textDocument/references" {
            params["context"] = json!({ "includeDeclaration": true });
        }
        self.request(method, params)
    }

    pub fn wait_for(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.waiting.iter().position(&is_meant) {
            return self.waiting.remove(index);
        }
        loop {
            let message = self
                .messages
                .recv_timeout(TIMEOUT)
                .expect("the server sends something");
            if is_meant(&message) {
                return message;
            }
            self.waiting.push(message);
        }
    }

    /// Opens a file with this text; returns its diagnostics.
    pub fn open(&mut self, path: &str, text: &str) -> Vec<Value> {
        self.version += 1;
        let document = json!({
            "uri": self.uri(path), "languageId": "yaml", "version": self.version, "text": text,
        });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics(path)
    }

    /// Replaces the text of an open file; returns its diagnostics.
    pub fn replace(&mut self, path: &str, text: &str) -> Vec<Value> {
        self.change(path, json!([{ "text": text }]));
        self.diagnostics(path)
    }

    pub fn change(&mut self, path: &str, changes: Value) {
        self.version += 1;
        let document = json!({ "uri": self.uri(path), "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    pub fn close(&mut self, path: &str) {
        let document = json!({ "uri": self.uri(path) });
        self.notify("textDocument/didClose", json!({ "textDocument": document }));
    }

    /// The diagnostics of a file for its last version.
    pub fn diagnostics(&mut self, path: &str) -> Vec<Value> {
        let version = self.version;
        self.published(path, |params| params["version"] == version)
    }

    /// The next diagnostics of a file that fit.
    pub fn published(&mut self, path: &str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let uri = self.uri(path);
        let message = self.wait_for(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri.as_str()
                && fits(&message["params"])
        });
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Ends the server; returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.child.wait().unwrap().code()
    }

    /// The memory of the server in KiB.
    pub fn memory(&self) -> usize {
        let status = Path::new("/proc")
            .join(self.child.id().to_string())
            .join("status");
        let status = std::fs::read_to_string(status).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn read_messages(mut stdout: BufReader<ChildStdout>, sender: &Sender<Value>) {
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stdout.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            match line.trim() {
                "" => break,
                line => {
                    if let Some(number) = line.strip_prefix("Content-Length: ") {
                        length = number.parse().unwrap();
                    }
                }
            }
        }
        let mut bytes = vec![0; length];
        if stdout.read_exact(&mut bytes).is_err() {
            return;
        }
        if sender
            .send(serde_json::from_slice(&bytes).unwrap())
            .is_err()
        {
            return;
        }
    }
}

/// The position behind the first `before` in a text, in units of UTF-16.
pub fn after(text: &str, before: &str) -> Value {
    let offset = text.find(before).unwrap_or_else(|| panic!("{before}")) + before.len();
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |index| index + 1);
    json!({ "line": line, "character": text[start..offset].encode_utf16().count() })
}

/// `LINE:COLUMN NAME` of each diagnostic, from 0.
pub fn names(diagnostics: &[Value]) -> Vec<String> {
    let name = |diagnostic: &Value| {
        let start = &diagnostic["range"]["start"];
        let (line, column) = (&start["line"], &start["character"]);
        format!(
            "{line}:{column} {}",
            diagnostic["code"].as_str().unwrap_or("-")
        )
    };
    diagnostics.iter().map(name).collect()
}
