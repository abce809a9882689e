//! A container with every field of the language.

use base64::prelude::{BASE64_STANDARD, Engine};
use compiler::support::quantity::Amount;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use super::texts::{any_text, shell_text, target, text, variable_name};

/// A container before its references to other parts of the workload are chosen.
#[derive(Debug, Clone)]
pub struct Draft {
    pub fields: Map<String, Value>,
    pub files: Vec<Map<String, Value>>,
    pub mounts: Vec<Mount>,
    /// The condition that each later container waits for, if any.
    pub before: Vec<Option<&'static str>>,
}

/// A volume that a container mounts.
#[derive(Debug, Clone)]
pub struct Mount {
    pub target: String,
    pub resource: Index,
    pub path: Option<String>,
    pub read_only: Option<bool>,
}

pub fn container() -> BoxedStrategy<Draft> {
    let before = prop_oneof![3 => Just(None), 2 => select(&["started", "healthy", "complete"][..]).prop_map(Some)];
    let files = prop::collection::vec(file(), 0..3);
    let mounts = prop::collection::vec(mount(), 0..3);
    (fields(), files, mounts, prop::collection::vec(before, 4))
        .prop_map(|(fields, mut files, mut mounts, before)| {
            // Each in its own directory, so that paths do not collide.
            for (index, file) in files.iter_mut().enumerate() {
                file["target"] = json!(format!("/f{index}{}", file["target"].as_str().unwrap()));
            }
            for (index, mount) in mounts.iter_mut().enumerate() {
                mount.target = format!("/v{index}{}", mount.target);
            }
            Draft {
                fields,
                files,
                mounts,
                before,
            }
        })
        .boxed()
}

fn fields() -> BoxedStrategy<Map<String, Value>> {
    let image = select(
        &[
            "nginx:1",
            "registry.example.com:5000/a/b@sha256:0a",
            "a:${metadata.name}",
            "busybox",
        ][..],
    );
    let words = || prop::option::of(prop::collection::vec(shell_text(), 0..4));
    let variables = prop::option::of(prop::collection::btree_map(variable_name(), text(), 0..8));
    let compute = prop::option::of((
        prop::option::of(quantities()),
        prop::option::of(quantities()),
    ));
    let probes = (prop::option::of(probe()), prop::option::of(probe()));
    (image, words(), words(), variables, compute, probes)
        .prop_map(
            |(image, command, args, variables, compute, (liveness, readiness))| {
                let compute = compute.map(|(mut limits, mut requests)| {
                    keep_requests_below_limits(&mut limits, &mut requests);
                    present_entries([("limits", limits), ("requests", requests)])
                });
                present_entries([
                    ("image", Some(json!(image))),
                    ("command", command.map(|words| json!(words))),
                    ("args", args.map(|words| json!(words))),
                    ("variables", variables.map(|variables| json!(variables))),
                    ("resources", compute.map(Value::Object)),
                    ("livenessProbe", liveness),
                    ("readinessProbe", readiness),
                ])
            },
        )
        .boxed()
}

/// A mapping of the entries with a value.
pub fn present_entries<const N: usize>(entries: [(&str, Option<Value>); N]) -> Map<String, Value> {
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// Swaps a request with its limit if it is larger.
fn keep_requests_below_limits(limits: &mut Option<Value>, requests: &mut Option<Value>) {
    let (Some(limits), Some(requests)) = (limits, requests) else {
        return;
    };
    for key in ["memory", "cpu"] {
        let amount = |of: &Value| Amount::parse(of.get(key)?.as_str()?);
        let (Some(limit), Some(request)) = (amount(limits), amount(requests)) else {
            continue;
        };
        if request
            .compare(limit)
            .is_some_and(std::cmp::Ordering::is_gt)
        {
            std::mem::swap(&mut limits[key], &mut requests[key]);
        }
    }
}

fn quantities() -> BoxedStrategy<Value> {
    const UNITS: &[&str] = &["", "k", "K", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"];
    let memory =
        ("[1-9][0-9]{0,4}(\\.[0-9]{1,3})?", select(UNITS)).prop_map(|(number, unit)| number + unit);
    let cpu = prop_oneof![
        "[1-9][0-9]{0,2}(\\.[0-9]{1,3})?",
        "[1-9][0-9]{0,4}m",
        "0\\.[1-9]"
    ];
    (prop::option::of(memory), prop::option::of(cpu))
        .prop_map(|(memory, cpu)| {
            Value::Object(present_entries([
                ("memory", memory.map(Value::from)),
                ("cpu", cpu.map(Value::from)),
            ]))
        })
        .boxed()
}

fn probe() -> BoxedStrategy<Value> {
    let exec = prop::collection::vec(shell_text(), 1..4)
        .prop_map(|command| json!({ "exec": { "command": command } }));
    let header = (
        "[A-Za-z0-9-]{1,12}",
        any_text().prop_filter("one line", |text| !text.contains(['\n', '\r'])),
    )
        .prop_map(|(name, value)| json!({ "name": name, "value": value }));
    let host = select(&["localhost", "10.0.0.1", "a-b.example"][..]).prop_map(Value::from);
    let http = (
        prop_oneof![
            Just("/".to_owned()),
            "/[!-~]{0,20}",
            Just("health?a=$b".to_owned())
        ],
        1..=65535_u16,
        prop::option::of(host),
        prop::option::of(select(&["HTTP", "HTTPS"][..]).prop_map(Value::from)),
        prop::option::of(prop::collection::vec(header, 0..3).prop_map(Value::from)),
    );
    let http = http.prop_map(|(path, port, host, scheme, headers)| {
        let port = Some(json!(port));
        let fields = [
            ("path", Some(json!(path))),
            ("port", port),
            ("host", host),
            ("scheme", scheme),
        ];
        let mut fields = present_entries(fields);
        fields.extend(headers.map(|headers| ("httpHeaders".to_owned(), headers)));
        json!({ "httpGet": fields })
    });
    prop_oneof![exec, http].boxed()
}

/// A file with its `target`. `source` has the content until the file has a name.
fn file() -> BoxedStrategy<Map<String, Value>> {
    let plain = (
        prop_oneof![Just("content"), Just("source")],
        any::<Option<bool>>(),
    )
        .prop_flat_map(|(key, no_expand)| {
            let content = if no_expand == Some(true) {
                any_text().boxed()
            } else {
                text().boxed()
            };
            content.prop_map(move |content| {
                present_entries([
                    (key, Some(json!(content))),
                    ("noExpand", no_expand.map(Value::from)),
                ])
            })
        });
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        any_text().prop_map(String::into_bytes),
    ];
    let binary = bytes.prop_map(|bytes| {
        present_entries([("binaryContent", Some(json!(BASE64_STANDARD.encode(bytes))))])
    });
    let mode = prop::option::of(prop_oneof!["0[0-7]{3}", "[0-7]{3}"]);
    (
        prop_oneof![3 => plain.boxed(), 1 => binary.boxed()],
        mode,
        target(),
    )
        .prop_map(|(mut fields, mode, target)| {
            fields.extend(mode.map(|mode| ("mode".to_owned(), json!(mode))));
            fields.insert("target".to_owned(), json!(target));
            fields
        })
        .boxed()
}

fn mount() -> BoxedStrategy<Mount> {
    let path = select(
        &[
            "a", "a/b", "on", "a b", "$x", "${x}", "é", "1e3", "a:b", "~",
        ][..],
    )
    .prop_map(str::to_owned);
    (
        target(),
        any::<Index>(),
        prop::option::of(path),
        any::<Option<bool>>(),
    )
        .prop_map(|(target, resource, path, read_only)| Mount {
            target,
            resource,
            path,
            read_only,
        })
        .boxed()
}
