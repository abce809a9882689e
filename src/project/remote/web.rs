//! Files that web servers give.

use super::http_headers::{is_same_server, redirected};
use super::url::is_this_machine;
use crate::system::os::fetch::{Answer, Client};

/// No definitions file or patch template comes near this.
pub(super) const LARGEST: u64 = 10 << 20;
/// Redirects that lead farther than this lead nowhere.
const REDIRECTS: usize = 5;
const AUTHORIZATION: &str = "Authorization";

/// Asks for a URL and follows where it leads. A password or token is for the first server alone.
pub(super) fn ask(
    client: &Client,
    url: &str,
    headers: &[(&str, String)],
) -> Result<Answer, String> {
    let mut place = url.to_owned();
    for _ in 0..=REDIRECTS {
        let is_first = is_same_server(url, &place);
        let told: Vec<(&str, String)> = headers
            .iter()
            .filter(|(name, _)| is_first || *name != AUTHORIZATION)
            .cloned()
            .collect();
        let host = place.split_once("://").map_or("", |(_, rest)| {
            rest.split(['/', '?']).next().unwrap_or_default()
        });
        let answer = client.get(&place, &told, is_this_machine(host), LARGEST)?;
        match (&answer.location, answer.status) {
            (Some(location), 301 | 302 | 303 | 307 | 308) => place = redirected(&place, location)?,
            _ => return Ok(answer),
        }
    }
    Err(format!("the server sends on more than {REDIRECTS} times"))
}

/// The file at a URL.
pub(super) fn file(client: &Client, url: &str) -> Result<Vec<u8>, String> {
    let answer = ask(client, url, &[])?;
    accepted(&answer).map(|()| answer.body)
}

/// Whether an answer holds what was asked for.
pub(super) fn accepted(answer: &Answer) -> Result<(), String> {
    let what = match answer.status {
        200 => return Ok(()),
        404 | 410 => "there is no such file",
        401 | 403 => "the server does not give it to everybody",
        429 => "the server has been asked too often",
        500.. => "the server is not well",
        _ => "the server does not give it",
    };
    Err(format!("{what} (status {})", answer.status))
}

/// The header that says who asks.
pub(super) fn authorization(value: String) -> (&'static str, String) {
    (AUTHORIZATION, value)
}
