//! A local web server for each test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A reply.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// A wrong `Content-Length`.
    pub length: Option<usize>,
    /// How long to wait before and after the headers.
    pub pause: Duration,
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Reply {
        Reply::status("200 OK", body)
    }

    pub fn status(status: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status: status.to_owned(),
            headers: Vec::new(),
            body: body.into(),
            length: None,
            pause: Duration::ZERO,
        }
    }

    pub fn missing() -> Reply {
        Reply::status("404 Not Found", "nothing here")
    }

    pub fn redirect_to(location: &str) -> Reply {
        Reply::status("302 Found", "").with_header("Location", location)
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A server that stops when it is dropped.
pub struct Server {
    pub host: String,
    requests: Arc<Mutex<Vec<Request>>>,
    is_stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn new(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (requests, is_stopped) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (log, stop, answer) = (
            Arc::clone(&requests),
            Arc::clone(&is_stopped),
            Arc::new(answer),
        );
        let thread = spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                spawn(move || {
                    let mut stream = stream.unwrap();
                    let request = read(&mut stream);
                    log.lock().unwrap().push(request.clone());
                    write(&mut stream, &answer(&request));
                });
            }
        });
        Server {
            host,
            requests,
            is_stopped,
            thread: Some(thread),
        }
    }

    /// A server with these files.
    pub fn serving(files: &[(&str, &str)]) -> Server {
        let files: Vec<(String, String)> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        Server::new(
            move |request| match files.iter().find(|(path, _)| *path == request.path) {
                Some((_, text)) => Reply::ok(text.as_str()),
                None => Reply::missing(),
            },
        )
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which then sees the flag.
        let _ = TcpStream::connect(&self.host);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

pub fn read(stream: &mut impl Read) -> Request {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let mut first = lines
        .first()
        .map_or("", String::as_str)
        .split(' ')
        .map(str::to_owned);
    let mut request = Request {
        method: first.next().unwrap_or_default(),
        path: first.next().unwrap_or_default(),
        ..Request::default()
    };
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    request.headers = headers
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    request.body.resize(length, 0);
    let _ = reader.read_exact(&mut request.body);
    request
}

pub fn write(stream: &mut impl Write, reply: &Reply) {
    sleep(reply.pause);
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", reply.status);
    head += &format!(
        "Content-Length: {}\r\n",
        reply.length.unwrap_or(reply.body.len())
    );
    reply
        .headers
        .iter()
        .for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    // The client may have closed the connection.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    sleep(reply.pause);
    let _ = stream.write_all(&reply.body);
}
