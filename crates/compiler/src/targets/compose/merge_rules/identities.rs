//! What items of lists are known by. Of two with the same identity, the later one counts.

use diagnostics::value::Value;

/// The key of `KEY=VALUE`.
pub(super) fn key(item: &Value) -> String {
    let text = item.to_text();
    text.split('=').next().unwrap_or_default().to_owned()
}

/// A host and its address, which are `HOST=ADDRESS` or `HOST:ADDRESS`.
pub(super) fn host(item: &Value) -> String {
    let text = item.to_text();
    match text.contains('=') {
        true => text,
        false => text.replacen(':', "=", 1),
    }
}

/// The target of a volume or device: `SOURCE:TARGET:MODE`, `TARGET`, or the long form.
pub(super) fn volume(item: &Value) -> String {
    if let Some(target) = item.get("target") {
        return target.to_text();
    }
    let text = item.to_text();
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    parts.next().unwrap_or(first).to_owned()
}

/// The target of a config or secret; without one, its name.
pub(super) fn mount(item: &Value) -> String {
    let target = item.get("target").or_else(|| item.get("source"));
    target.unwrap_or(item).to_text()
}

/// The path of a file with variables.
pub(super) fn path_of(item: &Value) -> String {
    item.get("path").unwrap_or(item).to_text()
}

/// The address, the ports and the protocol of a published port.
pub(super) fn port(item: &Value) -> String {
    let part = |key: &str| item.get(key).map(Value::to_text).unwrap_or_default();
    if item.as_map().is_some() {
        let protocol = item
            .get("protocol")
            .map_or_else(|| "tcp".to_owned(), Value::to_text);
        return format!(
            "{}:{}:{}/{protocol}",
            part("host_ip"),
            part("published"),
            part("target")
        );
    }
    let text = item.to_text();
    let (ports, protocol) = text.rsplit_once('/').unwrap_or((&text, "tcp"));
    match ports.matches(':').count() {
        0 => format!("::{ports}/{protocol}"),
        1 => format!(":{ports}/{protocol}"),
        _ => format!("{ports}/{protocol}"),
    }
}
