//! `livenessProbe` and `readinessProbe`.

use super::foreign;
use crate::base::diagnostics::{Problem, Report};
use crate::base::text::Sources;
use crate::base::yaml::{Kind, Node, rewrite, shape};
use crate::front::model::{HttpGet, Probe, Scheme};

pub(super) fn read_probe(sources: &Sources, node: &Node, what: &str, report: &mut Report) -> Option<Probe> {
    let mut fields = shape::fields(node, what, report)?;
    let http = fields.optional("httpGet", report);
    let exec = fields.optional("exec", report);
    let reported = fields.has_reported_keys();
    fields.finish(foreign::in_probe, report);
    if http.is_none() && exec.is_none() && !reported {
        let problem = Problem::new("empty-probe", format!("{what} asks nothing")).at(node.span);
        let _ = report.error(problem.help("give it `httpGet` or `exec`, or remove it"));
    }
    let http_get = http.and_then(|node| read_http_get(node, report));
    let exec = exec.and_then(|node| read_exec(sources, node, report));
    Some(Probe { http_get, exec, span: node.span })
}

fn read_http_get(node: &Node, report: &mut Report) -> Option<HttpGet> {
    let mut fields = shape::fields(node, "`httpGet`", report)?;
    let path = fields.required("path", report).and_then(|node| shape::string(node, "`path`", report));
    let port = fields.required("port", report).and_then(|node| super::port_number(node, "`port`", report));
    let host = fields.optional("host", report).and_then(|node| shape::string(node, "`host`", report));
    let scheme = match fields.optional("scheme", report) {
        Some(node) => shape::word(node, "`scheme`", &[("HTTP", Scheme::Http), ("HTTPS", Scheme::Https)], report),
        None => Some(Scheme::Http),
    };
    let headers = fields.optional("httpHeaders", report).map(|node| read_headers(node, report));
    fields.finish(|_| None, report);
    Some(HttpGet {
        host: host.map(|host| host.value),
        scheme: scheme?,
        path: path?.value,
        port: port?,
        headers: headers.unwrap_or_default(),
    })
}

fn read_headers(node: &Node, report: &mut Report) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for item in shape::list(node, "`httpHeaders`", report) {
        let Some(mut fields) = shape::fields(item, "a header", report) else { continue };
        let name = fields.required("name", report).and_then(|node| shape::string(node, "`name`", report));
        let value = fields.required("value", report).and_then(|node| shape::string(node, "`value`", report));
        fields.finish(|_| None, report);
        if let (Some(name), Some(value)) = (name, value) {
            headers.push((name.value, value.value));
        }
    }
    headers
}

fn read_exec(sources: &Sources, node: &Node, report: &mut Report) -> Option<Vec<String>> {
    if let Kind::List(_) = node.kind {
        let problem = shape::type_problem(node, "`exec`", "a mapping").help("write `command:` before the list");
        let _ = report.error(problem.mended_by(rewrite::nest_list(sources, node, "command")));
        return None;
    }
    if let Kind::String(line, _) = &node.kind
        && !line.starts_with("command:")
    {
        let help = format!("write it one line below, as `command: {}`", shape::as_list(line));
        shape::wrong_type_with(node, "`exec`", "a mapping", &help, report);
        return None;
    }
    let mut fields = shape::fields(node, "`exec`", report)?;
    let command = fields.required("command", report);
    fields.finish(|_| None, report);
    let command = command?;
    if let Kind::String(line, _) = &command.kind {
        shape::line_for_words(command, "`command`", line, report);
        return None;
    }
    let items = shape::list(command, "`command`", report);
    if matches!(&command.kind, Kind::List(items) if items.is_empty()) {
        let problem = Problem::new("empty-probe", "`exec` runs nothing, since its `command` is empty").at(command.span);
        let _ = report.error(problem.help("name the program to run, or remove the probe"));
    }
    Some(items.iter().filter_map(|item| shape::string(item, "an item of `command`", report)).map(|s| s.value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(yaml: &str) -> Vec<&'static str> {
        let mut sources = Sources::default();
        let id = sources.add("t", yaml);
        let node = crate::base::yaml::parse(&sources, id, &mut Report::default()).remove(0);
        let mut report = Report::default();
        read_probe(&sources, &node, "`livenessProbe`", &mut report);
        report.in_order().iter().map(|diagnostic| diagnostic.name()).collect()
    }

    #[test]
    fn a_probe_asks_something() {
        assert_eq!(problems("exec: {command: [/bin/true]}"), [""; 0]);
        assert_eq!(problems("exec: {command: []}"), ["empty-probe"]);
        assert_eq!(problems("{}"), ["empty-probe"]);
    }
}
