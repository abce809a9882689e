//! The values of an environment that Compose has a fixed form for (`spec/provisioners.md` lists
//! them). Definitions read some of them, too; here they are checked where they are written.

use std::net::IpAddr;

use crate::targets::target::Options;
use diagnostics::report::{Problem, Report};
use diagnostics::rule::Rule;
use yaml::rules::{OUT_OF_RANGE, WRONG_TYPE};
use yaml::{Node, reader};

/// The restart policies (Compose specification, `restart`), the default first.
pub(super) const RESTART_POLICIES: [&str; 4] = ["on-failure", "unless-stopped", "always", "no"];
/// What workloads that are called must be before their callers start, the default first.
const WAIT_CONDITIONS: [&str; 2] = ["started", "healthy"];

/// Reads the values that the target uses, and checks those of the built-in definitions.
pub(super) fn read(values: &Node, options: &mut Options, report: &mut Report) {
    options.restart = choose(values, "restart", &RESTART_POLICIES, report);
    let waits = choose(values, "waitUntil", &WAIT_CONDITIONS, report);
    options.waits_for_health = waits == Some("healthy");
    let registry = values.get("imageRegistry");
    options.image_registry =
        registry.and_then(|node| reader::string(node, "`values.imageRegistry`", report));
    check(values, "routePort", report, |text| {
        match text.parse::<u64>().map(u16::try_from) {
            Ok(Ok(_)) => None,
            Ok(Err(_)) => Some((&OUT_OF_RANGE, "a port number up to 65535")),
            Err(_) => Some((&WRONG_TYPE, "a port number up to 65535")),
        }
    });
    check(values, "publishAddress", report, |text| {
        let is_address = text.parse::<IpAddr>().is_ok();
        (!is_address).then_some((&WRONG_TYPE, "an IP address, such as 127.0.0.1"))
    });
}

/// The value with this name, which is one of a few.
fn choose(
    values: &Node,
    name: &str,
    choices: &[&'static str],
    report: &mut Report,
) -> Option<&'static str> {
    let what = format!("`values.{name}`");
    let text = reader::string(values.get(name)?, &what, report)?;
    let choices: Vec<_> = choices.iter().map(|choice| (*choice, *choice)).collect();
    reader::choice(&text, &what, &choices, report)
}

/// Reports a value with what it must be, if it is there and something else. An empty one is the
/// default.
fn check(
    values: &Node,
    name: &str,
    report: &mut Report,
    fault: impl Fn(&str) -> Option<(&'static Rule, &'static str)>,
) {
    let Some(node) = values.get(name) else { return };
    let text = node.to_value().to_text();
    if ["", "null"].contains(&text.as_str()) {
        return;
    }
    if let Some((rule, expected)) = fault(&text) {
        let message = format!("`values.{name}` must be {expected}, this is `{text}`");
        let problem = Problem::new(rule, message).at(node.span);
        report.push(problem.help(format!("write {expected}")));
    }
}
