//! What pods of workloads are not allowed to do, by `podSecurity:` of the environment
//! (`spec/targets.md`). Only what is missing is added.

use std::collections::BTreeSet;

use crate::support::document::Document;
use crate::targets::kubernetes::object::{
    insert_before, is_kind, items, map_before, map_mut, text,
};
use crate::targets::target::PodSecurity;
use diagnostics::value::{Map, Value};

/// The account of pods that name none.
const DEFAULT_ACCOUNT: &str = "default";

/// The service accounts whose token pods may need: those to which the output binds a role, those in
/// it that mount their token, and `default` if it is in the output.
pub(super) fn accounts_with_token(documents: &[Document]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for document in documents {
        let subjects = items(&document.value, "subjects").iter();
        let accounts = subjects.filter(|one| text(one, &["kind"]) == Some("ServiceAccount"));
        names.extend(accounts.filter_map(|one| text(one, &["name"])));
        if is_kind(document, "ServiceAccount") {
            let name = text(&document.value, &["metadata", "name"]);
            let mounts = document.value.get("automountServiceAccountToken") == Some(&true.into());
            names.extend(name.filter(|name| mounts || *name == DEFAULT_ACCOUNT));
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

/// Adds a setting to the template of a pod. `accounts` are those of [`accounts_with_token`], and
/// `defaulted` is the account that the pod has by default; somebody has asked for any other.
pub(super) fn apply(
    template: &mut Value,
    setting: PodSecurity,
    accounts: &BTreeSet<String>,
    defaulted: Option<&str>,
) {
    let is_windows = text(template, &["spec", "os", "name"]) == Some("windows");
    if setting == PodSecurity::None || is_windows {
        return;
    }
    let has_injection = has_injection(template);
    let Some(spec) = map_mut(template, "spec") else {
        return;
    };
    let mut keys = ["serviceAccountName", "serviceAccount"].iter();
    let account = keys.find_map(|key| spec.get(*key)?.as_str());
    let is_wanted = account.is_some() && account != defaulted;
    let may_need_token = accounts.contains(account.unwrap_or(DEFAULT_ACCOUNT));
    if !has_injection && !is_wanted && !may_need_token {
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
