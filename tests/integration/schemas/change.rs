//! Documents with one change: a value is dropped, added, renamed or replaced.

use serde_json::{Map, Value, json};

/// Texts for the rules of one kind of file.
fn texts_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "environment" => &[
            ".",
            "compose",
            "kubernetes",
            "a-b.c-d",
            "a.b.c",
            "8080:shop:80",
            "0:shop:80",
            "00080:shop:80",
            "65535:shop:80",
            "65536:shop:80",
            "+80:shop:80",
            "8080:shop",
            "8080::80",
            ":shop:80",
            "8080:shop:",
            "127.0.0.1:8080:shop:web",
            "[::1]:8080:shop:web",
            "localhost:80:shop:80",
            "80:redis#cache.host:6379",
            "80:redis#cache:6379",
            "80:redis#.host:6379",
            "80:redis#cache.:6379",
            "seed",
            "plain",
            "file",
            "Recreate",
            "app.kubernetes.io/name",
        ],
        "patches" => &["any", "add", "remove", "replace", "move", "copy", "test"],
        "project" => &["allow", "warn", "deny", "Deny"],
        _ => &[],
    }
}

/// Replacement values: of every type, and at the limits of every rule.
fn values(kind: &str) -> Vec<Value> {
    let long = |length: usize| "a".repeat(length);
    let host = |length: usize| {
        format!(
            "{}/b",
            vec!["a".repeat(49); 6].join(".")[..length].to_owned()
        )
    };
    let texts = [
        "",
        "a",
        "ab",
        "-a",
        "a-",
        "Ab",
        "a_b",
        "a.b",
        "a..b",
        ".a",
        "a b",
        "a/b",
        "a/b/c",
        "/",
        "/a",
        "/..",
        "/a/../b",
        "..",
        "a/../b",
        "/...",
        "a=b",
        "0644",
        "64",
        "0684",
        "1644",
        "1Gi",
        "1k",
        "1ki",
        "1K",
        "1.5.2M",
        "1.",
        ".5",
        "1m",
        "m",
        "1x",
        "AAEC",
        "AAE=",
        "AAF=",
        "AA==",
        "AB==",
        " A A\nA A ",
        "A",
        "AA=",
        "TCP",
        "tcp",
        "HTTPS",
        "started",
        "ended",
        "score.dev/v1b1",
        "cmd://x",
        "template://",
        "local-env:/x",
        "outputs://x",
        "${resources.db}",
        "$${x}",
        "ap-",
        "bar\u{e9}",
        "\n",
        "ab\n",
    ];
    let texts = texts
        .iter()
        .chain(texts_of(kind))
        .map(|text| (*text).to_owned())
        .chain([
            long(63),
            long(64),
            long(317),
            host(253),
            host(254),
            format!("{}.b", long(60)),
            format!("{}.bc", long(61)),
        ]);
    let mut values: Vec<Value> = texts.map(Value::from).collect();
    values.extend([
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(65_535),
        json!(65_536),
        json!(1.5),
    ]);
    values.extend([
        json!([]),
        json!([""]),
        json!([1]),
        json!([null]),
        json!({}),
        json!({"a": "b"}),
        json!({"ab": null}),
        json!({"content": ""}),
    ]);
    values.extend([
        json!({"target": "/a", "content": ""}),
        json!([{"target": "/a", "content": ""}]),
        json!([{"target": "/a", "source": "ab"}]),
        json!([{}]),
        json!({"workload": "a", "file": "b"}),
    ]);
    values
}

/// Keys to add and new names for keys; texts are used too.
#[rustfmt::skip]
fn keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "environment" => &["zzz", "target", "extends", "identity", "secrets", "namespace", "generateNamespace", "podSecurity", "builds", "publish", "workload", "file", "default"],
        "patches" => &["any", "add", "remove", "replace", "move", "copy", "test"],
        "project" => &["zzz", "inferred-port", "missing-key", "rules"],
        _ => &[
            "zzz", "name", "annotations", "ports", "port", "protocol", "image", "target", "content", "source", "binaryContent", "mode", "noExpand",
            "path", "readOnly", "read_only", "ready", "limits", "memory", "httpGet", "exec", "command", "scheme", "type", "class", "id", "metadata",
            "params", "properties", "uri", "args", "outputs", "description",
        ],
    }
}

/// A change of the value at a pointer.
enum Change<'a> {
    Drop,
    Replace(&'a Value),
    Rename(&'a str),
    Add(&'a str, &'a Value),
}

/// The JSON pointers of all values in a document, root first.
fn pointers(document: &Value) -> Vec<String> {
    let mut pointers = vec![String::new()];
    let mut at = 0;
    while let Some(pointer) = pointers.get(at).cloned() {
        match document.pointer(&pointer) {
            Some(Value::Object(map)) => {
                pointers.extend(
                    map.keys().map(|key| {
                        format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
                    }),
                );
            }
            Some(Value::Array(items)) => {
                pointers.extend((0..items.len()).map(|item| format!("{pointer}/{item}")))
            }
            _ => {}
        }
        at += 1;
    }
    pointers
}

/// A changed document; `None` if the change does not apply.
fn apply(document: &Value, pointer: &str, change: &Change<'_>) -> Option<Value> {
    let mut changed = document.clone();
    if let Change::Replace(value) = change {
        *changed.pointer_mut(pointer)? = (*value).clone();
        return Some(changed);
    }
    if let Change::Add(key, value) = change {
        changed
            .pointer_mut(pointer)?
            .as_object_mut()?
            .insert((*key).to_owned(), (*value).clone());
        return Some(changed);
    }
    let (parent, key) = pointer.rsplit_once('/')?;
    let name = key.replace("~1", "/").replace("~0", "~");
    match (changed.pointer_mut(parent)?, change) {
        (Value::Object(map), Change::Drop) => drop(map.remove(&name)),
        (Value::Object(map), Change::Rename(key)) => {
            let entries: Map<String, Value> = std::mem::take(map)
                .into_iter()
                .map(|(old, value)| (if old == name { (*key).to_owned() } else { old }, value))
                .collect();
            *map = entries;
        }
        (Value::Array(items), Change::Drop) => drop(items.remove(name.parse().ok()?)),
        _ => return None,
    }
    Some(changed)
}

fn names<'a>(kind: &str, values: &'a [Value]) -> Vec<&'a str> {
    keys(kind)
        .iter()
        .copied()
        .chain(values.iter().filter_map(Value::as_str))
        .collect()
}

/// All single changes of a document, except where it equals the `known` document. `accepts` is
/// whether the schema accepts a document.
pub fn every_change(
    kind: &str,
    document: &Value,
    known: &Value,
    accepts: &dyn Fn(&Value) -> bool,
) -> Vec<Value> {
    let values = values(kind);
    let (keys, names) = (keys(kind), names(kind, &values));
    let filler = [json!("ab"), json!(true)];
    let mut all = Vec::new();
    let (texts, others): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.is_string());
    let is_new = |pointer: &String| document.pointer(pointer) != known.pointer(pointer);
    for pointer in pointers(document).into_iter().filter(is_new) {
        let mut add = |change: Change<'_>| all.extend(apply(document, &pointer, &change));
        add(Change::Drop);
        others.iter().for_each(|value| add(Change::Replace(value)));
        // All texts only where a text is expected, and all names only where names are free.
        let is_text = document.pointer(&pointer).is_some_and(Value::is_string);
        texts
            .iter()
            .take(if is_text { texts.len() } else { 1 })
            .for_each(|value| add(Change::Replace(value)));
        let is_free = |name: &&str| {
            apply(document, &pointer, &Change::Rename(name))
                .is_some_and(|changed| accepts(&changed))
        };
        let takes_names = ["zzz", "/a"].iter().any(is_free);
        names
            .iter()
            .take(if takes_names { names.len() } else { 3 })
            .for_each(|name| add(Change::Rename(name)));
        for key in keys {
            filler.iter().for_each(|value| add(Change::Add(key, value)));
        }
    }
    all
}

/// The change that four numbers choose.
pub fn change(kind: &str, document: &Value, [way, pointer, first, second]: &[u32; 4]) -> Value {
    let (values, pointers) = (values(kind), pointers(document));
    let names = names(kind, &values);
    let pointer = &pointers[*pointer as usize % pointers.len()];
    let value = &values[*first as usize % values.len()];
    let name = names[*second as usize % names.len()];
    let change = match way % 5 {
        0 => Change::Drop,
        1 => Change::Rename(name),
        2 => Change::Add(name, value),
        _ => Change::Replace(value),
    };
    apply(document, pointer, &change).unwrap_or_else(|| document.clone())
}
