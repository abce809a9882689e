//! The network: HTTP requests, and the program git.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::io_error_text::reason;
use super::process;
pub(crate) use super::temp_dir::TempDir;
use compiler::support::host::{HostError, Program, ProgramResult};

/// The time limit for fetching one source.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    /// Starts now.
    pub(crate) fn after(limit: Duration) -> Deadline {
        Deadline {
            start: Instant::now(),
            limit,
        }
    }

    /// The time that is left; an error when there is none.
    fn left(&self) -> Result<Duration, String> {
        let left = self
            .limit
            .checked_sub(self.start.elapsed())
            .filter(|left| !left.is_zero());
        left.ok_or_else(|| self.message())
    }

    fn message(&self) -> String {
        format!(
            "it took longer than {} s; `--fetch-timeout` raises the limit",
            self.limit.as_secs_f64()
        )
    }
}

/// An HTTP response.
pub(crate) struct Response {
    /// The status code.
    pub(crate) status: u16,
    /// The header `Location`.
    pub(crate) location: Option<String>,
    /// The headers `WWW-Authenticate`.
    pub(crate) challenges: Vec<String>,
    /// The body of a response with the status 200; empty for any other.
    pub(crate) body: Vec<u8>,
}

/// An HTTP client with the certificates that the system trusts and the proxy of the environment
/// variables.
pub(crate) struct Client {
    agent: Agent,
    deadline: Deadline,
}

impl Client {
    /// A client whose requests end at the deadline.
    pub(crate) fn new(deadline: Deadline) -> Client {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = Agent::config_builder()
            .tls_config(tls.unversioned_rustls_crypto_provider(provider).build())
            .http_status_as_error(false)
            // The caller decides whether to follow a redirect.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("score-rs/", env!("CARGO_PKG_VERSION")));
        Client {
            agent: config.build().new_agent(),
            deadline,
        }
    }

    /// Sends one `GET` request; `direct` ignores the proxy. A body of more than `limit` bytes is an
    /// error.
    pub(crate) fn get(
        &self,
        url: &str,
        headers: &[(&str, String)],
        direct: bool,
        limit: u64,
    ) -> Result<Response, String> {
        let failed = |error: Error| self.describe(&error, limit);
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut config = request.config().timeout_global(Some(self.deadline.left()?));
        if direct {
            config = config.proxy(None);
        }
        let mut response = config.build().call().map_err(failed)?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let values = response.headers().get_all(name).into_iter();
            values
                .filter_map(|value| value.to_str().ok())
                .map(str::to_owned)
                .collect::<Vec<String>>()
        };
        let content_length = header("content-length")
            .pop()
            .and_then(|length| length.parse::<u64>().ok());
        if status == 200 && content_length.is_some_and(|length| length > limit) {
            return Err(failed(Error::BodyExceedsLimit(limit)));
        }
        let (location, challenges) = (header("location").pop(), header("www-authenticate"));
        let body = match status {
            200 => response
                .body_mut()
                .with_config()
                .limit(limit)
                .read_to_vec()
                .map_err(failed)?,
            _ => Vec::new(),
        };
        Ok(Response {
            status,
            location,
            challenges,
            body,
        })
    }

    fn describe(&self, error: &Error, limit: u64) -> String {
        match error {
            Error::Timeout(_) => self.deadline.message(),
            Error::BodyExceedsLimit(_) => format!("it is larger than {} MiB", limit >> 20),
            Error::HostNotFound => UNKNOWN_HOST.to_owned(),
            Error::Rustls(error) => describe_certificate(error),
            Error::Io(error) => describe_connection(error),
            Error::ConnectionFailed => "the connection failed; check the network".to_owned(),
            Error::InvalidProxyUrl => {
                "the proxy URL in HTTPS_PROXY or ALL_PROXY is not valid; correct it".to_owned()
            }
            Error::ConnectProxyFailed(why) => format!("the proxy cannot connect: {why}"),
            Error::Protocol(_) | Error::Http(_) => {
                "the server does not speak HTTP; correct the URL".to_owned()
            }
            other => other.to_string(),
        }
    }
}

const UNKNOWN_HOST: &str = "its host name does not resolve; correct the URL, or check the network";

fn describe_connection(error: &io::Error) -> String {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let words = match (error.kind(), inner) {
        (_, Some(inner)) => return describe_certificate(inner),
        (ErrorKind::ConnectionRefused, _) => {
            "connection refused: nothing listens there; correct the URL, or try again when the server runs"
        }
        (
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted,
            _,
        ) => "the server closed the connection before the end; try again",
        (
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown,
            _,
        ) => "its host is unreachable; check the network, or set a proxy with HTTPS_PROXY",
        (ErrorKind::TimedOut, _) => {
            "its host does not respond; correct the URL, or check for a firewall"
        }
        (ErrorKind::PermissionDenied, _) => {
            "the connection is not permitted; check the firewall of this machine"
        }
        // The standard library has no error kind for this.
        _ if error.to_string().starts_with("failed to lookup address") => UNKNOWN_HOST,
        _ => return reason(error),
    };
    words.to_owned()
}

fn describe_certificate(error: &rustls::Error) -> String {
    use rustls::CertificateError as Why;
    let rustls::Error::InvalidCertificate(why) = error else {
        return format!("the TLS connection failed: {error}");
    };
    match why {
        Why::UnknownIssuer => {
            "its certificate is signed by an unknown authority; set SSL_CERT_FILE to trust that authority"
                .to_owned()
        }
        Why::Expired | Why::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "its certificate is for another host".to_owned(),
        other => format!("its certificate is not valid: {other}"),
    }
}

/// Creates a temporary directory.
pub(crate) fn temp_dir() -> Result<TempDir, String> {
    process::clean_up_when_interrupted();
    TempDir::new()
}

/// Variables that make git use another repository; a git hook runs with them.
const GIT_REPOSITORY_VARIABLES: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_CONFIG",
];

/// How long git may look for files in its index.
const LIST_LIMIT: Duration = Duration::from_secs(10);

/// Those of the paths that git tracks in the repository of the current directory; none when git
/// cannot tell.
pub(crate) fn tracked_by_git(paths: &[PathBuf]) -> Vec<PathBuf> {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    // No program of the repository's configuration is run.
    let options = ["-c", "core.fsmonitor=false", "ls-files", "-z", "--"];
    let program = Program {
        path: "git".into(),
        arguments: options
            .map(str::to_owned)
            .into_iter()
            .chain(names)
            .collect(),
        input: Vec::new(),
        limit: LIST_LIMIT,
    };
    let set_up = |command: &mut Command| {
        GIT_REPOSITORY_VARIABLES
            .iter()
            .for_each(|name| _ = command.env_remove(name));
    };
    match process::run_with(&program, set_up, &|| Ok(())) {
        Ok(result) if result.success => result
            .output
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| PathBuf::from(OsStr::from_bytes(name)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The most bytes that git may store for one source: its history is not fetched, but some servers
/// send every file of the commit.
const MAX_REPOSITORY_SIZE: u64 = 256 << 20;

/// The size of all files in a directory and below. What vanishes meanwhile has none.
fn directory_size(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let size = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => directory_size(&entry.path()),
        _ => entry.metadata().map_or(0, |metadata| metadata.len()),
    };
    entries.filter_map(Result::ok).map(size).sum()
}

/// Runs git in a directory, which may not grow too large. It does not prompt, and uses only these protocols, with the credentials
/// that it is configured for.
pub(crate) fn run_git(
    directory: &Path,
    arguments: &[&str],
    protocols: &str,
    ssh: Option<&str>,
    deadline: Deadline,
) -> Result<ProgramResult, String> {
    let program = Program {
        path: "git".into(),
        arguments: arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect(),
        input: Vec::new(),
        limit: deadline.left()?,
    };
    let set_up = |command: &mut Command| {
        GIT_REPOSITORY_VARIABLES
            .iter()
            .for_each(|name| _ = command.env_remove(name));
        command
            .current_dir(directory)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", protocols);
        // Messages of git are part of ours, which are in English.
        command.env("LC_ALL", "C");
        if let Some(ssh) = ssh {
            command.env("GIT_SSH_COMMAND", ssh);
        }
    };
    let check_size = || match directory_size(directory) <= MAX_REPOSITORY_SIZE {
        true => Ok(()),
        false => Err(format!(
            "git stores more than {} MiB for it; name a smaller repository",
            MAX_REPOSITORY_SIZE >> 20
        )),
    };
    let result = process::run_with(&program, set_up, &check_size);
    result.map_err(|error| match error {
        HostError::NotFound => "there is no program `git`; install it".to_owned(),
        HostError::Failed(_) if deadline.left().is_err() => deadline.message(),
        HostError::Failed(reason) => reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_errors_have_no_error_number() {
        for number in 1..200 {
            let text = describe_connection(&io::Error::from_raw_os_error(number));
            assert!(
                !text.contains("os error") && !text.starts_with(char::is_uppercase),
                "{text}"
            );
        }
        let of = |errno: rustix::io::Errno| {
            describe_connection(&io::Error::from_raw_os_error(errno.raw_os_error()))
        };
        assert!(
            of(rustix::io::Errno::CONNREFUSED)
                .starts_with("connection refused: nothing listens there; ")
        );
        assert!(of(rustix::io::Errno::NETUNREACH).starts_with("its host is unreachable; "));
        assert!(of(rustix::io::Errno::TIMEDOUT).starts_with("its host does not respond; "));
        let lookup =
            io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(describe_connection(&lookup), UNKNOWN_HOST);
    }
}
