//! Files of web servers.

use super::http_headers::{is_same_server, redirect_url};
use super::url::{is_loopback, split_host};
use crate::system::os::fetch::{Client, Request, Response, Upload};

/// In bytes. No definitions file or patch template comes near this.
pub(super) const MAX_SIZE: u64 = 10 << 20;
const MAX_REDIRECTS: usize = 5;
const AUTHORIZATION: &str = "Authorization";

/// Requests a URL and follows redirects. Only the first server gets the header `Authorization`.
pub(super) fn get(
    client: &Client,
    url: &str,
    headers: &[(&str, String)],
) -> Result<Response, String> {
    let mut target = url.to_owned();
    for _ in 0..=MAX_REDIRECTS {
        let is_first_server = is_same_server(url, &target);
        let headers: Vec<(&str, String)> = headers
            .iter()
            .filter(|(name, _)| is_first_server || *name != AUTHORIZATION)
            .cloned()
            .collect();
        let request = Request {
            url: &target,
            headers: &headers,
            upload: None,
            direct: is_on_this_machine(&target),
        };
        let response = client.send(&request, MAX_SIZE)?;
        match (&response.location, response.status) {
            (Some(location), 301 | 302 | 303 | 307 | 308) => {
                target = redirect_url(&target, location)?
            }
            _ => return Ok(response),
        }
    }
    Err(format!(
        "the server redirects more than {MAX_REDIRECTS} times"
    ))
}

/// Sends a form, which no redirect passes on.
pub(super) fn post(client: &Client, url: &str, form: &str) -> Result<Response, String> {
    let form = Upload {
        method: "POST",
        media_type: "application/x-www-form-urlencoded",
        body: form.as_bytes(),
    };
    upload(client, url, &[], form)
}

/// Sends something, which no redirect passes on.
pub(super) fn upload(
    client: &Client,
    url: &str,
    headers: &[(&str, String)],
    upload: Upload<'_>,
) -> Result<Response, String> {
    let request = Request {
        url,
        headers,
        upload: Some(upload),
        direct: is_on_this_machine(url),
    };
    client.send(&request, MAX_SIZE)
}

fn is_on_this_machine(url: &str) -> bool {
    let host = url.split_once("://").map(|(_, rest)| split_host(rest).0);
    is_loopback(host.unwrap_or_default())
}

/// The file at a URL.
pub(super) fn file(client: &Client, url: &str) -> Result<Vec<u8>, String> {
    let response = get(client, url, &[])?;
    let help = "no credentials are sent to web servers; use git or a registry for a private source";
    check_status(&response).map_err(|reason| match response.status {
        401 | 403 => format!("{reason}: {help}"),
        _ => reason,
    })?;
    Ok(response.body)
}

/// An error unless the status is 200.
pub(super) fn check_status(response: &Response) -> Result<(), String> {
    let message = match response.status {
        200 => return Ok(()),
        404 | 410 => "there is no such file",
        401 | 403 => "the server requires permission",
        429 => "the server received too many requests",
        500.. => "the server failed",
        _ => "the server refused the request",
    };
    Err(format!("{message} (status {})", response.status))
}

/// The header `Authorization`.
pub(super) fn authorization_header(value: String) -> (&'static str, String) {
    (AUTHORIZATION, value)
}
