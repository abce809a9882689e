//! The network: asking a web server, and running git. Nothing here is touched before something has
//! to be fetched.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::io_error_text::reason;
use super::process;
pub(crate) use super::temp_dir::Workshop;
use compiler::support::host::{Finished, HostError, Program};

/// What remains of the time that fetching something may take.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    /// One that begins now.
    pub(crate) fn after(limit: Duration) -> Deadline {
        Deadline {
            start: Instant::now(),
            limit,
        }
    }

    /// How much is left; why not, when nothing is.
    fn left(&self) -> Result<Duration, String> {
        let left = self
            .limit
            .checked_sub(self.start.elapsed())
            .filter(|left| !left.is_zero());
        left.ok_or_else(|| self.over())
    }

    fn over(&self) -> String {
        format!(
            "it took longer than {} s; `--fetch-timeout` gives it longer",
            self.limit.as_secs_f64()
        )
    }
}

/// What a web server answered.
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Where it says that the thing is instead.
    pub(crate) location: Option<String>,
    /// How it wants to be asked, each way of its own.
    pub(crate) challenges: Vec<String>,
    /// What it gave; empty unless the status says that all is well.
    pub(crate) body: Vec<u8>,
}

/// Something that asks web servers, with the certificates that this computer trusts and the proxy
/// that its environment names.
pub(crate) struct Client {
    agent: Agent,
    deadline: Deadline,
}

impl Client {
    /// One that gives up when the time is over.
    pub(crate) fn new(deadline: Deadline) -> Client {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = Agent::config_builder()
            .tls_config(tls.unversioned_rustls_crypto_provider(provider).build())
            .http_status_as_error(false)
            // Where a redirect may lead is decided by who asks.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("score-rs/", env!("CARGO_PKG_VERSION")));
        Client {
            agent: config.build().new_agent(),
            deadline,
        }
    }

    /// Asks for a URL, once. `direct` goes past any proxy. An answer of more than `most` bytes is
    /// refused.
    pub(crate) fn get(
        &self,
        url: &str,
        headers: &[(&str, String)],
        direct: bool,
        most: u64,
    ) -> Result<Answer, String> {
        let failed = |error: Error| self.words(&error, most);
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut config = request.config().timeout_global(Some(self.deadline.left()?));
        if direct {
            config = config.proxy(None);
        }
        let mut answer = config.build().call().map_err(failed)?;
        let status = answer.status().as_u16();
        let header = |name: &str| {
            let values = answer.headers().get_all(name).into_iter();
            values
                .filter_map(|value| value.to_str().ok())
                .map(str::to_owned)
                .collect::<Vec<String>>()
        };
        let told = header("content-length")
            .pop()
            .and_then(|length| length.parse::<u64>().ok());
        if status == 200 && told.is_some_and(|length| length > most) {
            return Err(failed(Error::BodyExceedsLimit(most)));
        }
        let (location, challenges) = (header("location").pop(), header("www-authenticate"));
        let body = match status {
            200 => answer
                .body_mut()
                .with_config()
                .limit(most)
                .read_to_vec()
                .map_err(failed)?,
            _ => Vec::new(),
        };
        Ok(Answer {
            status,
            location,
            challenges,
            body,
        })
    }

    fn words(&self, error: &Error, most: u64) -> String {
        match error {
            Error::Timeout(_) => self.deadline.over(),
            Error::BodyExceedsLimit(_) => format!("it is larger than {} MiB", most >> 20),
            Error::HostNotFound => UNKNOWN_HOST.to_owned(),
            Error::Rustls(error) => of_certificate(error),
            Error::Io(error) => of_connection(error),
            Error::ConnectionFailed => {
                "no connection can be made; look whether there is a network".to_owned()
            }
            Error::InvalidProxyUrl => {
                "the proxy that HTTPS_PROXY or ALL_PROXY names is no address; correct it".to_owned()
            }
            Error::ConnectProxyFailed(why) => format!("the proxy does not lead there: {why}"),
            Error::Protocol(_) | Error::Http(_) => {
                "what answers there does not speak HTTP; correct the address".to_owned()
            }
            other => other.to_string(),
        }
    }
}

const UNKNOWN_HOST: &str =
    "its host is not known; correct the address, or look whether there is a network";

fn of_connection(error: &io::Error) -> String {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let words = match (error.kind(), inner) {
        (_, Some(inner)) => return of_certificate(inner),
        (ErrorKind::ConnectionRefused, _) => {
            "the connection is refused: nothing listens there; correct the address, or try again when the server runs"
        }
        (
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted,
            _,
        ) => "the server ended the connection before it had given all; try again",
        (
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown,
            _,
        ) => {
            "no way leads to its host; look whether there is a network, or name a proxy in HTTPS_PROXY"
        }
        (ErrorKind::TimedOut, _) => {
            "its host does not answer; correct the address, or look whether something is in the way"
        }
        (ErrorKind::PermissionDenied, _) => {
            "this computer lets nobody connect there; look at its firewall"
        }
        // The standard library has no kind for it.
        _ if error.to_string().starts_with("failed to lookup address") => UNKNOWN_HOST,
        _ => return reason(error),
    };
    words.to_owned()
}

fn of_certificate(error: &rustls::Error) -> String {
    use rustls::CertificateError as Why;
    let rustls::Error::InvalidCertificate(why) = error else {
        return format!("no protected connection can be made: {error}");
    };
    match why {
        Why::UnknownIssuer => {
            "nobody that this computer trusts has signed its certificate; SSL_CERT_FILE can name who else is trusted"
                .to_owned()
        }
        Why::Expired | Why::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "its certificate is for another host".to_owned(),
        other => format!("its certificate is not valid: {other}"),
    }
}

/// A directory for something that is not needed for long.
pub(crate) fn workshop() -> Result<Workshop, String> {
    process::clean_up_when_interrupted();
    Workshop::new()
}

/// What would make git work on another repository, as it does below a git hook.
const OF_ANOTHER_REPOSITORY: [&str; 10] = [
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

/// Runs git in a directory until it ends or the time is over. It asks nobody anything, and goes to
/// a network by these protocols alone, with the credentials that it is configured for.
pub(crate) fn run_git(
    directory: &Path,
    arguments: &[&str],
    protocols: &str,
    ssh: Option<&str>,
    deadline: Deadline,
) -> Result<Finished, String> {
    let program = Program {
        path: "git".into(),
        arguments: arguments.iter().map(|own| (*own).to_owned()).collect(),
        input: Vec::new(),
        limit: deadline.left()?,
    };
    let ran = process::run_with(&program, |command| {
        OF_ANOTHER_REPOSITORY
            .iter()
            .for_each(|name| _ = command.env_remove(name));
        command
            .current_dir(directory)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ALLOW_PROTOCOL", protocols);
        // Messages are shown as they are, so they are in one language.
        command.env("LC_ALL", "C");
        if let Some(ssh) = ssh {
            command.env("GIT_SSH_COMMAND", ssh);
        }
    });
    ran.map_err(|refusal| match refusal {
        HostError::NotFound => "there is no program `git`; install it".to_owned(),
        HostError::Failed(_) if deadline.left().is_err() => deadline.over(),
        HostError::Failed(why) => why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_fails_in_words() {
        for number in 1..200 {
            let said = of_connection(&io::Error::from_raw_os_error(number));
            assert!(
                !said.contains("os error") && !said.starts_with(char::is_uppercase),
                "{said}"
            );
        }
        let of = |errno: rustix::io::Errno| {
            of_connection(&io::Error::from_raw_os_error(errno.raw_os_error()))
        };
        assert!(
            of(rustix::io::Errno::CONNREFUSED)
                .starts_with("the connection is refused: nothing listens there; ")
        );
        assert!(of(rustix::io::Errno::NETUNREACH).starts_with("no way leads to its host; "));
        assert!(of(rustix::io::Errno::TIMEDOUT).starts_with("its host does not answer; "));
        let lookup =
            io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(of_connection(&lookup), UNKNOWN_HOST);
    }
}
