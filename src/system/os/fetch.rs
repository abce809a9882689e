//! The network: HTTP requests.

use std::cell::OnceCell;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody, Body, Error, Proxy, http};

use super::io_error_text::reason;
use super::{certificates, proxy};

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
    pub(crate) fn left(&self) -> Result<Duration, String> {
        let left = self
            .limit
            .checked_sub(self.start.elapsed())
            .filter(|left| !left.is_zero());
        left.ok_or_else(|| self.message())
    }

    pub(super) fn message(&self) -> String {
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

/// What a request sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Upload<'a> {
    /// The method, such as `POST`.
    pub(crate) method: &'static str,
    /// The header `Content-Type`.
    pub(crate) media_type: &'a str,
    pub(crate) body: &'a [u8],
}

/// A request: `GET`, or one that sends something.
pub(crate) struct Request<'a> {
    /// By HTTPS, or to this machine.
    pub(crate) url: &'a str,
    /// Its headers.
    pub(crate) headers: &'a [(&'a str, String)],
    /// What is sent.
    pub(crate) upload: Option<Upload<'a>>,
    /// Whether no proxy is used.
    pub(crate) direct: bool,
}

/// An HTTP client with the certificates that the system trusts and the proxy of the environment
/// variables. It reads neither before a request needs them.
pub(crate) struct Client {
    /// For HTTPS.
    secure: OnceCell<Result<Agent, String>>,
    /// For HTTP, which needs no certificates.
    plain: OnceCell<Agent>,
    /// When its requests end.
    pub(crate) deadline: Deadline,
}

impl Client {
    /// A client whose requests end at the deadline.
    pub(crate) fn new(deadline: Deadline) -> Client {
        Client {
            secure: OnceCell::new(),
            plain: OnceCell::new(),
            deadline,
        }
    }

    fn agent(&self, url: &str) -> Result<Agent, String> {
        let secure = || certificates::trusted().map(new_agent);
        match url.starts_with("https://") {
            true => self.secure.get_or_init(secure).clone(),
            false => {
                let plain = || new_agent(RootCerts::PlatformVerifier);
                Ok(self.plain.get_or_init(plain).clone())
            }
        }
    }

    /// Sends one request. A body of more than `limit` bytes is an error.
    pub(crate) fn send(&self, request: &Request<'_>, limit: u64) -> Result<Response, String> {
        let proxy = match request.direct {
            true => None,
            false => proxy::for_url(request.url)?,
        };
        let through = proxy.as_ref().map(|proxy| format!(" ({proxy})"));
        let failed = |error: Error| {
            let reason = self.describe(&error, limit);
            format!("{reason}{}", through.as_deref().unwrap_or_default())
        };
        let agent = self.agent(request.url)?;
        let timeout = self.deadline.left()?;
        let mut builder = http::Request::builder().uri(request.url);
        for (name, value) in request.headers {
            builder = builder.header(*name, value);
        }
        let proxy = proxy.map(|chosen| chosen.proxy);
        let response = match request.upload {
            None => run(&agent, builder.body(()), proxy, timeout),
            Some(Upload {
                method,
                media_type,
                body,
            }) => {
                let builder = builder.method(method).header("Content-Type", media_type);
                run(&agent, builder.body(body), proxy, timeout)
            }
        };
        response
            .and_then(|response| read(response, limit))
            .map_err(failed)
    }

    fn describe(&self, error: &Error, limit: u64) -> String {
        match error {
            Error::Timeout(_) => self.deadline.message(),
            Error::BodyExceedsLimit(_) => format!("it is larger than {} MiB", limit >> 20),
            Error::HostNotFound => UNKNOWN_HOST.to_owned(),
            Error::Rustls(error) => describe_certificate(error),
            Error::Io(error) => describe_connection(error),
            Error::ConnectionFailed => "the connection failed; check the network".to_owned(),
            Error::ConnectProxyFailed(why) => format!("the proxy does not connect: {why}"),
            Error::Protocol(_) | Error::Http(_) => {
                "the server does not speak HTTP; correct the URL".to_owned()
            }
            other => other.to_string(),
        }
    }
}

fn new_agent(roots: RootCerts) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder().root_certs(roots);
    let config = Agent::config_builder()
        .tls_config(tls.unversioned_rustls_crypto_provider(provider).build())
        .http_status_as_error(false)
        // The caller decides whether to follow a redirect.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("score-rs/", env!("CARGO_PKG_VERSION")));
    config.build().new_agent()
}

fn run<T: AsSendBody>(
    agent: &Agent,
    request: Result<http::Request<T>, http::Error>,
    proxy: Option<Proxy>,
    timeout: Duration,
) -> Result<http::Response<Body>, Error> {
    let config = agent.configure_request(request?);
    let request = config.timeout_global(Some(timeout)).proxy(proxy).build();
    agent.run(request)
}

fn read(mut response: http::Response<Body>, limit: u64) -> Result<Response, Error> {
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
        return Err(Error::BodyExceedsLimit(limit));
    }
    let (location, challenges) = (header("location").pop(), header("www-authenticate"));
    let body = match status {
        200 => response
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()?,
        _ => Vec::new(),
    };
    Ok(Response {
        status,
        location,
        challenges,
        body,
    })
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
            "its certificate is signed by an unknown authority; name a file with that authority in SSL_CERT_FILE"
                .to_owned()
        }
        Why::Expired | Why::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "its certificate is for another host".to_owned(),
        other => format!("its certificate is not valid: {other}"),
    }
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
