//! The services that routes lead to.

use crate::targets::kubernetes::object::{items, text};
use diagnostics::value::Value;

/// The services that a route or an Ingress leads to, each with the name or number of its port.
pub(super) fn backends(object: &Value) -> Vec<(&str, String)> {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    let kind = text(object, &["kind"]).unwrap_or_default();
    if kind == "Ingress" {
        let rules = items(spec, "rules").iter();
        let paths = rules
            .filter_map(|rule| rule.get("http"))
            .flat_map(|http| items(http, "paths"));
        let backends = paths.filter_map(|path| path.get("backend"));
        let backends = backends.chain(spec.get("defaultBackend"));
        let services = backends.filter_map(|backend| backend.get("service"));
        return services
            .filter_map(|service| backend(service, service.get("port")?))
            .collect();
    }
    if !kind.ends_with("Route") {
        return Vec::new();
    }
    let rules = items(spec, "rules")
        .iter()
        .flat_map(|rule| items(rule, "backendRefs"));
    let services = rules.filter(|one| text(one, &["kind"]).is_none_or(|kind| kind == "Service"));
    services
        .filter_map(|service| backend(service, service))
        .collect()
}

fn backend<'v>(service: &'v Value, port: &Value) -> Option<(&'v str, String)> {
    let keys = ["number", "name", "port"];
    // The name of a backend of the Gateway API is that of the Service.
    let mut keys = keys
        .iter()
        .filter(|key| **key != "name" || port.get("port").is_none());
    let port = keys.find_map(|key| port.get(key))?.to_text();
    Some((text(service, &["name"])?, port))
}
