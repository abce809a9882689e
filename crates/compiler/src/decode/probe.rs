//! `livenessProbe` and `readinessProbe`.

use super::compose_k8s_hints;
use super::process_text::{process_string, process_text};
use crate::model::{HttpGet, Probe, Scheme};
use crate::placeholder::{self, Mode, Text};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{Sources, Spanned};
use yaml::{Kind, Node, edit, reader};

rules! {
    /// A probe has neither `httpGet` nor `exec`, or `exec` has an empty command.
    pub EMPTY_PROBE: "empty-probe", Error, absence;
}

pub(super) fn read_probe(
    sources: &Sources,
    node: &Node,
    what: &str,
    report: &mut Report,
) -> Option<Probe> {
    let mut fields = reader::fields(node, what, report)?;
    let http = fields.optional("httpGet", report);
    let exec = fields.optional("exec", report);
    let reported = fields.has_reported_keys();
    fields.finish(compose_k8s_hints::in_probe, report);
    if http.is_none() && exec.is_none() && !reported {
        let problem = Problem::new(&EMPTY_PROBE, format!("{what} has no handler")).at(node.span);
        report.push(problem.help("add `httpGet` or `exec`, or remove the probe"));
    }
    let http_get = http.and_then(|node| read_http_get(node, report));
    let exec = exec.and_then(|node| read_exec(sources, node, report));
    Some(Probe {
        http_get,
        exec,
        span: node.span,
    })
}

fn read_http_get(node: &Node, report: &mut Report) -> Option<HttpGet> {
    if let Some(address) = node.as_str() {
        let (path, port) = path_and_port(address);
        let help = format!("write `path: {path}` and `port: {port}` below it");
        reader::wrong_type_with(node, "`httpGet`", "a mapping", &help, report);
        return None;
    }
    let mut fields = reader::fields(node, "`httpGet`", report)?;
    let path = fields
        .required_as("path", "/", report)
        .and_then(|node| process_string(node, "`path`", report));
    let port = fields
        .required_as("port", "NUMBER", report)
        .and_then(|node| super::port_number(node, "`port`", report));
    let host = fields
        .optional("host", report)
        .and_then(|node| process_string(node, "`host`", report));
    let scheme = match fields.optional("scheme", report) {
        Some(node) => reader::word(
            node,
            "`scheme`",
            &[("HTTP", Scheme::Http), ("HTTPS", Scheme::Https)],
            report,
        ),
        None => Some(Scheme::Http),
    };
    let headers = fields
        .section("httpHeaders", report)
        .map(|node| read_headers(node, report));
    fields.finish(compose_k8s_hints::in_http_get, report);
    Some(HttpGet {
        host,
        scheme: scheme?,
        path: path?.value,
        port: port?,
        headers: headers.unwrap_or_default(),
    })
}

/// The path and the port that an address names, such as `http://localhost:8080/health`.
fn path_and_port(address: &str) -> (&str, &str) {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = host
        .rsplit_once(':')
        .map(|(_, port)| port)
        .filter(|port| port.parse::<u16>().is_ok());
    let usual = match scheme {
        _ if host.is_empty() => "NUMBER",
        "https" => "443",
        _ => "80",
    };
    (
        if path.is_empty() { "/" } else { path },
        port.unwrap_or(usual),
    )
}

fn read_headers(node: &Node, report: &mut Report) -> Vec<(Spanned<String>, String)> {
    let mut headers = Vec::new();
    if let Some((name, _)) = node.as_map().and_then(|entries| entries.first()) {
        let help = format!("write `- name: {name}` for each, and `value:` below it");
        reader::wrong_type_with(node, "`httpHeaders`", "a list", &help, report);
        return headers;
    }
    for item in reader::list(node, "`httpHeaders`", report) {
        let Some(mut fields) = reader::fields(item, "a header", report) else {
            continue;
        };
        let name = fields
            .required_as("name", "NAME", report)
            .and_then(|node| process_string(node, "`name`", report));
        let value = fields
            .required_as("value", "VALUE", report)
            .and_then(|node| process_string(node, "`value`", report));
        fields.finish(|_| None, report);
        if let (Some(name), Some(value)) = (name, value) {
            headers.push((name, value.value));
        }
    }
    headers
}

fn read_exec(sources: &Sources, node: &Node, report: &mut Report) -> Option<Vec<Text>> {
    if let Kind::List(items) = &node.kind {
        let words: Vec<String> = items
            .iter()
            .filter_map(Node::as_str)
            .map(|word| format!("{word:?}"))
            .collect();
        let help = format!(
            "write it one line below, as `command: [{}]`",
            words.join(", ")
        );
        let problem = reader::type_problem(node, "`exec`", "a mapping").help(help);
        report.push(problem.with_edits(edit::nest_list(sources, node, "command")));
        return None;
    }
    if let Kind::String(line, _) = &node.kind
        && !line.starts_with("command:")
    {
        let help = format!(
            "write it one line below, as `command: {}`",
            reader::words_as_list(line)
        );
        reader::wrong_type_with(node, "`exec`", "a mapping", &help, report);
        return None;
    }
    let mut fields = reader::fields(node, "`exec`", report)?;
    let command = fields.required_as("command", "[PROGRAM]", report);
    fields.finish(compose_k8s_hints::in_exec, report);
    let command = command?;
    if let Kind::String(line, _) = &command.kind {
        reader::line_for_words(command, "`command`", line, report);
        return None;
    }
    let items = reader::list(command, "`command`", report);
    if matches!(&command.kind, Kind::List(items) if items.is_empty()) {
        let problem =
            Problem::new(&EMPTY_PROBE, "the `command` of `exec` is empty").at(command.span);
        report.push(problem.help("write the program to run, or remove the probe"));
    }
    Some(
        items
            .iter()
            .filter_map(|item| {
                process_text(item, "an item of `command`", report)?;
                Some(placeholder::text(sources, item, Mode::Probe, report))
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(yaml: &str) -> Vec<&'static str> {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let node = yaml::parse(&sources, id, &mut Report::default()).remove(0);
        let mut report = Report::default();
        read_probe(&sources, &node, "`livenessProbe`", &mut report);
        report
            .in_order()
            .iter()
            .map(|diagnostic| diagnostic.name())
            .collect()
    }

    #[test]
    fn an_address_is_taken_apart() {
        assert_eq!(
            path_and_port("http://localhost:8080/health"),
            ("/health", "8080")
        );
        assert_eq!(path_and_port("https://localhost"), ("/", "443"));
        assert_eq!(path_and_port("/health"), ("/health", "NUMBER"));
    }

    #[test]
    fn a_probe_asks_something() {
        assert_eq!(problems("exec: {command: [/bin/true]}"), [""; 0]);
        assert_eq!(problems("exec: {command: []}"), ["empty-probe"]);
        assert_eq!(problems("{}"), ["empty-probe"]);
    }
}
