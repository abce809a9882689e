//! What pods of workloads are not allowed to do, by `podSecurity:` of the environment
//! (`spec/targets.md`). Only what is missing is added.

use crate::support::document::Document;
use crate::targets::kubernetes::object::{
    insert_before, is_kind, items, map_before, map_mut, text,
};
use crate::targets::target::PodSecurity;
use diagnostics::value::{Map, Value};

/// Whether the output gives something to the service account `default`, which pods without another
/// one use.
pub(super) fn has_default_account(documents: &[Document]) -> bool {
    documents.iter().any(|document| {
        let is_default = |account: &Value| {
            text(account, &["kind"]) == Some("ServiceAccount")
                && text(account, &["name"]) == Some("default")
        };
        let is_account = is_kind(document, "ServiceAccount")
            && text(&document.value, &["metadata", "name"]) == Some("default");
        is_account || items(&document.value, "subjects").iter().any(is_default)
    })
}

/// Adds a setting to the template of a pod.
pub(super) fn apply(template: &mut Value, setting: PodSecurity, has_account: bool) {
    let is_windows = text(template, &["spec", "os", "name"]) == Some("windows");
    if setting == PodSecurity::None || is_windows {
        return;
    }
    let needs_token = has_account || has_injection(template);
    let Some(spec) = map_mut(template, "spec") else {
        return;
    };
    let has_account = ["serviceAccountName", "serviceAccount"]
        .iter()
        .any(|key| spec.contains_key(*key));
    if !needs_token && !has_account {
        let place = ["enableServiceLinks", "initContainers", "containers"];
        add(spec, "automountServiceAccountToken", false.into(), &place);
    }
    let is_restricted = setting == PodSecurity::Restricted;
    if let Some(context) = map_before(spec, "securityContext", &["initContainers", "containers"]) {
        if is_restricted {
            add(context, "runAsNonRoot", true.into(), &["seccompProfile"]);
        }
        add(
            context,
            "seccompProfile",
            one("type", "RuntimeDefault"),
            &[],
        );
    }
    for key in ["initContainers", "containers"] {
        if let Some(Value::List(containers)) = spec.get_mut(key) {
            let containers = containers.iter_mut().filter_map(Value::as_map_mut);
            containers.for_each(|container| restrict(container, is_restricted));
        }
    }
}

/// The API server refuses `allowPrivilegeEscalation: false` in a container that is privileged or
/// has this capability.
fn restrict(container: &mut Map, is_restricted: bool) {
    let Some(context) = map_before(container, "securityContext", &["volumeMounts"]) else {
        return;
    };
    let capabilities = context.get("capabilities").unwrap_or(&Value::Null);
    let mut added = items(capabilities, "add").iter().filter_map(Value::as_str);
    let is_admin = added.any(|name| ["ALL", "SYS_ADMIN", "CAP_SYS_ADMIN"].contains(&name));
    if !is_admin && context.get("privileged") != Some(&true.into()) {
        let value = false.into();
        add(
            context,
            "allowPrivilegeEscalation",
            value,
            &["capabilities"],
        );
    }
    if is_restricted && let Some(capabilities) = map_before(context, "capabilities", &[]) {
        add(capabilities, "drop", Value::List(vec!["ALL".into()]), &[]);
    }
    if context.is_empty() {
        container.shift_remove("securityContext");
    }
}

fn add(map: &mut Map, key: &str, value: Value, before: &[&str]) {
    if !map.contains_key(key) {
        insert_before(map, key, value, before);
    }
}

fn one(key: &str, value: &str) -> Value {
    Value::Map(Map::from_iter([(key.to_owned(), value.into())]))
}

/// Whether a label or annotation asks for a sidecar, such as those of Istio, Linkerd, Vault and
/// OpenTelemetry, which all have this word. An injected container may need the token.
fn has_injection(template: &Value) -> bool {
    let metadata = template.get("metadata").unwrap_or(&Value::Null);
    let maps = ["labels", "annotations"].map(|key| metadata.get(key).and_then(Value::as_map));
    maps.into_iter().flatten().flatten().any(|(key, value)| {
        let asks =
            key.contains("inject") || ["dapr.io/enabled", "istio.io/rev"].contains(&key.as_str());
        asks && !["false", "disabled"].contains(&value.to_text().as_str())
    })
}
