//! Published ports: host ports that are mapped to a workload or to a service of a provisioner.

use std::net::IpAddr;

use crate::model::Uid;
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::{Span, Spanned};
use yaml::rules::OUT_OF_RANGE;

rules! {
    /// The value of `--publish` is not of the form `HOST_PORT:WORKLOAD:PORT`.
    pub INVALID_PUBLISH_FLAG: "invalid-publish-flag", Error;
}

/// A published port.
#[derive(Debug, Clone)]
pub struct Publish {
    /// The address of the host; all addresses when `None`.
    pub address: Option<IpAddr>,
    /// The port of the host.
    pub host_port: u16,
    /// The place of the address and the port of the host.
    pub host: Span,
    /// What the port is mapped to.
    pub to: Destination,
    /// The port of the container: a number, or the name of a port of the workload.
    pub port: Spanned<String>,
    /// The place of the whole text.
    pub span: Span,
}

/// What a published port is mapped to.
#[derive(Debug, Clone)]
pub enum Destination {
    /// A workload, by name.
    Workload(Spanned<String>),
    /// The service that an output of a resource names.
    Output {
        /// The uid of the resource, as `resources list` shows it.
        uid: Spanned<String>,
        /// The output.
        output: Spanned<String>,
    },
}

/// Help on the syntax of a published port.
pub const HELP: &str = "write `HOST_PORT:WORKLOAD:PORT` or `HOST_PORT:TYPE.CLASS#ID.OUTPUT:PORT`, as in `8080:shop:web`";

impl Publish {
    /// Parses `[ADDRESS:]HOST_PORT:WORKLOAD:PORT` or
    /// `[ADDRESS:]HOST_PORT:TYPE.CLASS#ID.OUTPUT:PORT`; `span` is the place of `text`.
    ///
    /// # Errors
    ///
    /// When the text has another form.
    pub fn parse(text: &str, span: Span, report: &mut Report) -> Result<Publish, Reported> {
        // From the right, since only the address may contain more colons.
        let mut parts = text.rsplitn(3, ':');
        let (port, to, host) = (parts.next(), parts.next(), parts.next());
        let (Some(port), Some(to), Some(host)) = (port, to, host) else {
            let message = "this does not map a host port to a workload port";
            return Err(invalid_form(message, span, report));
        };
        if port.is_empty() || to.is_empty() || host.is_empty() {
            return Err(invalid_form("a part of it is empty", span, report));
        }
        let host_span = span.part(0, host.len());
        let to_span = span.part(host.len() + 1, host.len() + 1 + to.len());
        let port = Spanned::new(
            port.to_owned(),
            span.part(text.len() - port.len(), text.len()),
        );
        let (address, host_port) = host_side(host, host_span, report)?;
        Ok(Publish {
            address,
            host_port,
            host: host_span,
            to: destination(to, to_span, report)?,
            port,
            span,
        })
    }

    /// Whether the port is mapped to an output of this resource.
    pub fn leads_to(&self, resource: &Uid) -> bool {
        matches!(&self.to, Destination::Output { uid, .. } if uid.value == resource.to_string())
    }
}

fn invalid_form(message: impl Into<String>, span: Span, report: &mut Report) -> Reported {
    report.error(
        Problem::new(&INVALID_PUBLISH_FLAG, message)
            .at(span)
            .help(HELP),
    )
}

/// `8080`, `127.0.0.1:8080` or `[::1]:8080`.
fn host_side(
    text: &str,
    span: Span,
    report: &mut Report,
) -> Result<(Option<IpAddr>, u16), Reported> {
    let (address, port) = match text.rsplit_once(':') {
        Some((address, port)) => (Some(address), port),
        None => (None, text),
    };
    let address = match address {
        None => None,
        Some(text) => Some(self::address(text).ok_or_else(|| {
            let problem = Problem::new(
                &INVALID_PUBLISH_FLAG,
                format!("`{text}` is not an IP address"),
            );
            let help =
                "write an IP address, as in `127.0.0.1:8080`, or leave it out for all addresses";
            report.error(problem.at(span.part(0, text.len())).help(help))
        })?),
    };
    let place = span.part(text.len() - port.len(), text.len());
    Ok((address, port_number(port, "a host port", place, report)?))
}

fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse().ok()
}

/// Parses the number of a port. `what` names it in messages.
///
/// # Errors
///
/// When the text is not a number from 1 to 65535.
pub fn port_number(
    text: &str,
    what: &str,
    span: Span,
    report: &mut Report,
) -> Result<u16, Reported> {
    // `parse` accepts a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text
        .parse::<u16>()
        .ok()
        .filter(|number| digits && *number > 0);
    number.ok_or_else(|| {
        let rule = if digits {
            &OUT_OF_RANGE
        } else {
            &INVALID_PUBLISH_FLAG
        };
        let problem = Problem::new(rule, format!("`{text}` is not {what}")).at(span);
        report.error(problem.help("write a number from 1 to 65535"))
    })
}

/// `WORKLOAD` or `TYPE.CLASS#ID.OUTPUT`. The name of a workload has no `#`, a uid always has one.
fn destination(text: &str, span: Span, report: &mut Report) -> Result<Destination, Reported> {
    let Some((_, id)) = text.split_once('#') else {
        return Ok(Destination::Workload(Spanned::new(text.to_owned(), span)));
    };
    // An id may contain dots, so the output is what follows the last one.
    let Some((_, output)) = id
        .rsplit_once('.')
        .filter(|(id, output)| !id.is_empty() && !output.is_empty())
    else {
        let message = format!("`{text}` does not name an output of a resource");
        return Err(invalid_form(message, span, report));
    };
    let end = text.len() - output.len() - 1;
    let uid = Spanned::new(text[..end].to_owned(), span.part(0, end));
    Ok(Destination::Output {
        uid,
        output: Spanned::new(output.to_owned(), span.part(end + 1, text.len())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::source::Sources;

    fn parsed(text: &str) -> Result<String, String> {
        let mut sources = Sources::default();
        let span = Span::new(sources.add("--publish", text), 0, text.len());
        let mut report = Report::default();
        let shown = |span: Span| sources.slice(span).to_owned();
        let Ok(publish) = Publish::parse(text, span, &mut report) else {
            let diagnostic = report.in_order()[0];
            return Err(format!(
                "{} ({})",
                diagnostic.message(),
                shown(diagnostic.span().unwrap())
            ));
        };
        let to = match &publish.to {
            Destination::Workload(name) => shown(name.span),
            Destination::Output { uid, output } => {
                format!("{} . {}", shown(uid.span), shown(output.span))
            }
        };
        let address = publish
            .address
            .map_or("*".to_owned(), |address| address.to_string());
        Ok(format!(
            "{address} {} -> {to} {}",
            publish.host_port,
            shown(publish.port.span)
        ))
    }

    #[test]
    fn both_forms_are_parsed_with_and_without_an_address() {
        let rows = [
            ("8080:shop:80", "* 8080 -> shop 80"),
            ("127.0.0.1:8080:shop:web", "127.0.0.1 8080 -> shop web"),
            ("[::1]:8080:shop:80", "::1 8080 -> shop 80"),
            (
                "5432:postgres.default#shop.db.host:5432",
                "* 5432 -> postgres.default#shop.db . host 5432",
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(parsed(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_invalid_form_is_reported_at_its_place() {
        let rows = [
            (
                "8080",
                "this does not map a host port to a workload port (8080)",
            ),
            (
                "8080:shop",
                "this does not map a host port to a workload port (8080:shop)",
            ),
            ("8080::80", "a part of it is empty (8080::80)"),
            ("0:shop:80", "`0` is not a host port (0)"),
            ("65536:shop:80", "`65536` is not a host port (65536)"),
            ("+80:shop:80", "`+80` is not a host port (+80)"),
            (
                "localhost:80:shop:80",
                "`localhost` is not an IP address (localhost)",
            ),
            (
                "80:redis.default#cache:6379",
                "`redis.default#cache` does not name an output of a resource (redis.default#cache)",
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(parsed(text), Err(expected.to_owned()), "{text}");
        }
    }
}
