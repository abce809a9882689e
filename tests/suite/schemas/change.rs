//! Documents that are nearly right: one thing is dropped, put in, renamed or replaced.

use serde_json::{Map, Value, json};

/// Values to put in the place of others: of every type, and about the edges of every rule.
fn values() -> Vec<Value> {
    let long = |length: usize| "a".repeat(length);
    let host = |length: usize| format!("{}/b", vec!["a".repeat(49); 6].join(".")[..length].to_owned());
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
        "${resources.db}",
        "$${x}",
        "ap-",
        "bar\u{e9}",
        "\n",
        "ab\n",
    ];
    let texts = texts.map(str::to_owned).into_iter().chain([
        long(63),
        long(64),
        long(317),
        host(253),
        host(254),
        format!("{}.b", long(60)),
        format!("{}.bc", long(61)),
    ]);
    let mut values: Vec<Value> = texts.map(Value::from).collect();
    values.extend([json!(null), json!(true), json!(0), json!(1), json!(-1), json!(65_535), json!(65_536), json!(1.5)]);
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
    ]);
    values
}

/// Keys to put in or to rename others to; any text is one too.
#[rustfmt::skip]
const KEYS: [&str; 33] = [
    "zzz", "name", "annotations", "ports", "port", "protocol", "image", "target", "content", "source", "binaryContent", "mode", "noExpand", "path",
    "readOnly", "read_only", "ready", "limits", "memory", "httpGet", "exec", "command", "scheme", "type", "class", "id", "metadata", "params", "properties",
    "uri", "args", "outputs", "description",
];

/// A way to change what stands at a place.
enum Change<'a> {
    Drop,
    Replace(&'a Value),
    Rename(&'a str),
    PutIn(&'a str, &'a Value),
}

/// The JSON pointers of all places in a document, itself first.
fn places(document: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let mut at = 0;
    while let Some(place) = places.get(at).cloned() {
        match document.pointer(&place) {
            Some(Value::Object(map)) => {
                places.extend(map.keys().map(|key| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))));
            }
            Some(Value::Array(items)) => places.extend((0..items.len()).map(|item| format!("{place}/{item}"))),
            _ => {}
        }
        at += 1;
    }
    places
}

/// A changed document; `None` when the change is not one for this place.
fn apply(document: &Value, place: &str, change: &Change<'_>) -> Option<Value> {
    let mut changed = document.clone();
    if let Change::Replace(value) = change {
        *changed.pointer_mut(place)? = (*value).clone();
        return Some(changed);
    }
    if let Change::PutIn(key, value) = change {
        changed.pointer_mut(place)?.as_object_mut()?.insert((*key).to_owned(), (*value).clone());
        return Some(changed);
    }
    let (parent, own) = place.rsplit_once('/')?;
    let own = own.replace("~1", "/").replace("~0", "~");
    match (changed.pointer_mut(parent)?, change) {
        (Value::Object(map), Change::Drop) => drop(map.remove(&own)),
        (Value::Object(map), Change::Rename(key)) => {
            let entries: Map<String, Value> = std::mem::take(map)
                .into_iter()
                .map(|(name, value)| (if name == own { (*key).to_owned() } else { name }, value))
                .collect();
            *map = entries;
        }
        (Value::Array(items), Change::Drop) => drop(items.remove(own.parse().ok()?)),
        _ => return None,
    }
    Some(changed)
}

fn names(values: &[Value]) -> Vec<&str> {
    KEYS.into_iter().chain(values.iter().filter_map(Value::as_str)).collect()
}

/// Everything that one change can make of a document.
pub fn every_change(document: &Value) -> Vec<Value> {
    let values = values();
    let names = names(&values);
    let filler = [json!("ab"), json!(true)];
    let mut all = Vec::new();
    let (texts, others): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.is_string());
    for place in places(document) {
        let mut add = |change: Change<'_>| all.extend(apply(document, &place, &change));
        add(Change::Drop);
        others.iter().for_each(|value| add(Change::Replace(value)));
        // One text is as good as another where none is wanted; a word of the language is not one name among many.
        let is_text = document.pointer(&place).is_some_and(Value::is_string);
        let is_word = place.rsplit('/').next().is_some_and(|own| KEYS.contains(&own));
        texts.iter().take(if is_text { texts.len() } else { 1 }).for_each(|value| add(Change::Replace(value)));
        names.iter().take(if is_word { 3 } else { names.len() }).for_each(|name| add(Change::Rename(name)));
        for key in KEYS {
            filler.iter().for_each(|value| add(Change::PutIn(key, value)));
        }
    }
    all
}

/// One change, as four numbers choose it.
pub fn change(document: &Value, [kind, place, first, second]: &[u32; 4]) -> Value {
    let (values, places) = (values(), places(document));
    let names = names(&values);
    let place = &places[*place as usize % places.len()];
    let value = &values[*first as usize % values.len()];
    let name = names[*second as usize % names.len()];
    let change = match kind % 5 {
        0 => Change::Drop,
        1 => Change::Rename(name),
        2 => Change::PutIn(name, value),
        _ => Change::Replace(value),
    };
    apply(document, place, &change).unwrap_or_else(|| document.clone())
}
