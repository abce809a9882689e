//! Sources by HTTPS: proxies and certificates. `tls/` has the certificate of `example.test` and
//! `127.0.0.1`, its key and its authority, which are for these tests only.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Reply, read, write};
use super::{PATH, bucket, in_one_line, project, run_in};
use crate::sandbox::{RunResult, Sandbox};

const AUTHORITY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/integration/remote/tls/authority.pem"
);

/// Serves one file by HTTPS, to connections that `begin` has prepared. It ends with the process.
fn serve(begin: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    let config = Arc::new(config.unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            begin(&mut stream);
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            read(&mut stream);
            write(&mut stream, &Reply::ok(bucket("one")));
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    host
}

/// As a proxy, which answers a request `CONNECT` and keeps it.
fn http_proxy(requests: &Arc<Mutex<Vec<String>>>, answer: &'static str) -> String {
    let requests = Arc::clone(requests);
    serve(move |stream| {
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).unwrap();
        requests.lock().unwrap().push(request);
        let _ = write!(stream, "HTTP/1.1 {answer}\r\n\r\n");
    })
}

/// As a SOCKS 5 proxy without authentication, by RFC 1928.
fn socks_proxy() -> String {
    serve(|stream| {
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).unwrap();
        stream.write_all(&[5, 0]).unwrap();
        let mut request = [0; 4 + 1 + "example.test".len() + 2];
        stream.read_exact(&mut request).unwrap();
        assert_eq!(&request[..5], [5, 1, 0, 3, 12]);
        assert_eq!(&request[5..17], b"example.test");
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    })
}

fn generate(sandbox: &Sandbox, variables: &[(&str, &str)]) -> RunResult {
    run_in(sandbox, &["generate", "--fetch-timeout", "10"], variables)
}

#[track_caller]
fn check_fetched(host: &str, variables: &[(&str, &str)]) {
    let sandbox = project(&[&format!("https://{host}{PATH}")]);
    let mut all = vec![("SSL_CERT_FILE", AUTHORITY)];
    all.extend(variables);
    let result = generate(&sandbox, &all);
    assert_eq!(result.code, Some(0), "{variables:?}: {}", result.stderr);
}

#[track_caller]
fn check_fails(host: &str, variables: &[(&str, &str)], reason: &str) {
    let result = generate(&project(&[&format!("https://{host}{PATH}")]), variables);
    let message = in_one_line(&result.stderr);
    assert_eq!(result.code, Some(3), "{variables:?}: {message}");
    assert!(message.contains(reason), "{variables:?}: {message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[test]
fn a_proxy_is_used_for_https() {
    let requests = Arc::default();
    let proxy = http_proxy(&requests, "200 OK");
    let url = format!("http://me:s%40c@{proxy}");
    check_fetched("example.test", &[("HTTPS_PROXY", &url)]);
    check_fetched(
        "example.test",
        &[("all_proxy", &proxy), ("NO_PROXY", "test.example.test")],
    );
    let requests: Vec<String> = requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 2);
    assert!(
        requests[0].starts_with("CONNECT example.test:443 HTTP/1.1\r\n"),
        "{requests:?}"
    );
    // `me:s@c`
    assert!(
        requests[0].contains("Proxy-Authorization: Basic bWU6c0Bj\r\n"),
        "{requests:?}"
    );
    assert!(!requests[1].contains("Authorization"), "{requests:?}");
    let proxy = socks_proxy();
    check_fetched(
        "example.test",
        &[("HTTPS_PROXY", &format!("socks5h://{proxy}"))],
    );
}

#[test]
fn problems_of_a_proxy_name_its_variable() {
    let refused = http_proxy(&Arc::default(), "407 Proxy Authentication Required");
    for (variable, url, reason) in [
        (
            "HTTPS_PROXY",
            "ftp://me:s3cret@127.0.0.1:1",
            "the proxy URL in the environment variable `HTTPS_PROXY` has a scheme that is not supported",
        ),
        (
            "all_proxy",
            "http://127.0.0.1:100000",
            "the proxy URL in the environment variable `all_proxy` has a port that is not a number",
        ),
        (
            "https_proxy",
            "http://me:s3cret@127.0.0.1:1",
            "(through the proxy `127.0.0.1:1` of `https_proxy`)",
        ),
        ("ALL_PROXY", &refused, "the proxy does not connect: "),
        ("ALL_PROXY", &refused, "of `ALL_PROXY`)"),
    ] {
        check_fails("example.test", &[(variable, url)], reason);
    }
    // A proxy that is not used does not matter.
    let variables = [("HTTPS_PROXY", "ftp://x"), ("NO_PROXY", ".test:443")];
    check_fails("example.test", &variables, "its host name does not resolve");
}

#[test]
fn authorities_are_those_of_a_file_or_directory() {
    let host = serve(|_| {});
    check_fetched(&host, &[]);
    let sandbox = Sandbox::with_files(&[("authorities/README", "no certificate")]);
    sandbox.write("authorities/a.pem", std::fs::read(AUTHORITY).unwrap());
    let directories = format!(":/gone:{}", sandbox.path("authorities").display());
    check_fetched(
        &host,
        &[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", &directories)],
    );
    let path = |name: &str| sandbox.path(name).to_str().unwrap().to_owned();
    check_fetched(&host, &[("SSL_CERT_DIR", "/gone")]);
    sandbox.write("text.pem", "no certificate");
    sandbox.write("empty/x", "");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    sandbox.write("broken.pem", broken);
    let names = |path: &str, variable: &str| format!("`{path}`, which `{variable}` names");
    for name in ["text.pem", "broken.pem"] {
        let reason = format!(
            "{}, has no usable certificate",
            names(&path(name), "SSL_CERT_FILE")
        );
        check_fails(&host, &[("SSL_CERT_FILE", &path(name))], &reason);
    }
    let reason = format!(
        "cannot read {}: ",
        names(&path("gone.pem"), "SSL_CERT_FILE")
    );
    check_fails(&host, &[("SSL_CERT_FILE", &path("gone.pem"))], &reason);
    let reason = format!(
        "{}, has no usable certificate",
        names(&path("empty"), "SSL_CERT_DIR")
    );
    check_fails(&host, &[("SSL_CERT_DIR", &path("empty"))], &reason);
    let reason = format!(
        "{}, has no usable certificate",
        names(&path("gone"), "SSL_CERT_DIR")
    );
    check_fails(&host, &[("SSL_CERT_DIR", &path("gone"))], &reason);
    check_fails(
        &host,
        &[("SSL_CERT_FILE", "")],
        "`SSL_CERT_FILE` is empty; unset it",
    );
}
