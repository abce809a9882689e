//! Valid documents.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::random::project::project;

/// Documents that have every field between them. Each is small, because it is validated for each
/// change. Values that it shares with the first document are changed only there.
pub fn everything(kind: &str) -> Vec<Value> {
    let probe = json!({
        "httpGet": {"path": "/", "port": 80, "host": "h", "scheme": "HTTP", "httpHeaders": [{"name": "a", "value": "b"}]},
    });
    let of = |container: Value| json!({"apiVersion": "score.dev/v1b1", "metadata": {"name": "all"}, "containers": {"main": container}});
    let plain = json!({
        "image": "a", "command": ["a"], "args": ["b"], "variables": {"A": "${metadata.name}"},
        "before": {"other": {"ready": "healthy"}},
        "resources": {"limits": {"memory": "1Gi", "cpu": "1"}, "requests": {"memory": "1M", "cpu": "1m"}},
    });
    let mounted = json!({
        "image": "a",
        "files": {"/f": {"content": "a", "mode": "0644", "noExpand": true}, "/g": {"source": "a"}, "/h": {"binaryContent": "AAEC"}},
        "volumes": {"/v": {"source": "${resources.db}", "path": "a", "readOnly": true}},
    });
    let probed = json!({"image": "a", "livenessProbe": probe, "readinessProbe": {"exec": {"command": ["true"]}}});
    let older_files = json!({
        "image": "a",
        "files": [{"target": "/f", "content": ["a"], "mode": "644", "noExpand": false}, {"target": "/g", "source": "a"}, {"target": "/h", "binaryContent": "AA=="}],
    });
    let older_volumes = json!({
        "image": "a",
        "volumes": [{"target": "/v", "source": "db", "path": "a", "read_only": true}, {"target": "/w", "source": "db", "readOnly": true}],
    });
    let around = json!({
        "apiVersion": "score.dev/v1b1",
        "metadata": {"name": "all", "annotations": {"k8s.score.dev/kind": "CronJob", "k8s.score.dev/schedule": "* * * * *", "k8s.score.dev/time-zone": "UTC", "a": "b"}, "free": {"a": null}},
        "containers": {"main": {"image": "a"}},
        "service": {"ports": {"web": {"port": 80, "targetPort": 8080, "protocol": "TCP"}}},
    });
    let resources = json!({
        "apiVersion": "score.dev/v1b1", "metadata": {"name": "all"}, "containers": {"main": {"image": "a"}},
        "resources": {"db": {"type": "volume", "class": "large", "id": "a.b", "metadata": {"annotations": {"a": "b"}, "c": 1}, "params": {"a": [1]}}},
    });
    let older = json!({
        "apiVersion": "score.dev/v1b1", "metadata": {"name": "all"}, "containers": {"main": {"image": "a"}},
        "service": {}, "resources": {"db": {"type": "volume", "metadata": {"annotations": {}}, "params": {}, "properties": {}}},
    });
    let names = json!(["ab"]);
    let mut definition = json!({"uri": "template://a", "type": "a", "class": "b", "id": "c", "description": "d", "supported_params": names, "expected_outputs": names});
    for section in SECTIONS {
        definition[section] = json!("a: 1");
    }
    let command = json!({"uri": "cmd://a", "type": "a", "args": names});
    let local = json!({"uri": "local-env://a", "type": "a", "source": "b"});
    let outputs = json!({"uri": "outputs://a", "type": "a", "source": "file: b"});
    match kind {
        "workload" => {
            let containers = [plain, mounted, probed, older_files, older_volumes].map(of);
            [of(json!({"image": "a"}))]
                .into_iter()
                .chain(containers)
                .chain([around, resources, older])
                .collect()
        }
        "environment" => environments(),
        "patches" => vec![
            patches(),
            json!([{"target": {"kind": "A"}, "json6902": [{"op": "test", "path": "/a", "value": 1}]}]),
        ],
        "project" => vec![
            json!({"version": ">=0.1, <2", "rules": {"inferred-port": "deny", "port-mapping-ignored": "allow", "missing-key": "deny"}}),
            json!({"catalog": {
                "owner": "user:default/jane", "ownerAnnotation": "team", "system": "shop", "lifecycle": "production",
                "annotations": {"github.com/project-slug": "a/b"}, "excludeTypes": ["environment"],
            }}),
            json!({"catalog": {"lifecycle": {"staging": "experimental", "prod": "production"}}}),
            json!({"replace": {"oci://registry.example.com/platform": "../platform"}}),
            json!(null),
        ],
        "definition-tests" => vec![json!({"definitions": ["a.yaml"], "tests": [
            {"name": "a", "target": "compose", "resource": {"type": "a", "id": "b.c", "params": {"a": 1}}, "workload": {"service": {}}, "values": {"a": 1},
             "namespace": "a", "project": "a", "environment": "a", "variables": {"A": "b"}, "defaults": {"a": 1}, "state": {"a": 1}, "snapshot": "a.yaml",
             "expect": {"outputs": {"a": 1}, "manifests": [{"kind": "A", "absent": true}], "services": {"a": {}}, "volumes": {"a": {}}, "networks": {"a": {}},
                "models": {"a": {}}, "directories": {"a": {}}, "files": {"a": "b"}, "info_logs": ["a"], "generated": [{"kind": "A"}],
                "errors": [{"name": "template-error", "message": "a"}], "warnings": [{"message": "b"}]}},
            {"name": "b", "target": "kubernetes", "resource": {"type": "a"}, "expect": {"generated": {"services": {}}}},
        ]})],
        "prices" => vec![
            json!({"currency": "EUR", "cpuHour": 0.03, "memoryGiBHour": 0.004, "storageGiBMonth": 1, "loadBalancerMonth": 18.25}),
        ],
        _ => vec![
            json!([definition]),
            json!([command, local, outputs]),
            json!([typed_definition()]),
        ],
    }
}

/// A definition with all that is known of params and outputs.
fn typed_definition() -> Value {
    json!({"uri": "template://a", "type": "a",
        "supported_params": {
            "a": {"type": "string", "format": "storage", "minimum": "1Gi", "maximum": "5Gi", "default": "2Gi", "examples": ["3Gi"], "description": "b", "required": false},
            "b": {"type": "string", "pattern": "^a", "minLength": 1, "maxLength": 3, "enum": ["a", "ab"]},
            "c": {"type": "array", "minItems": 0, "maxItems": 2, "items": {"type": "integer", "minimum": 1, "maximum": 2}},
            "d": {"type": "object", "required": true, "properties": {"e": {"type": "number"}}},
            "f": null,
        },
        "expected_outputs": {
            "a": {"type": "boolean", "secret": false, "required": false},
            "b": {"type": "array", "items": {"type": "string", "secret": true}},
        },
    })
}

/// Environments for each target, and one that inherits its target.
fn environments() -> Vec<Value> {
    vec![
        json!({"target": "kubernetes"}),
        json!({"extends": "b"}),
        json!({"extends": "b", "rules": {"inferred-port": "deny"}}),
        json!({"extends": "oci://registry.example.com/platform:v1#base", "overrides": ["git-https://example.com/p.git/a.yaml?ref=v1"]}),
        json!({"target": "kubernetes", "namespace": "shop", "generateNamespace": false, "project": "shop", "default": true, "output": "a/b"}),
        json!({"target": "kubernetes", "identity": "compose", "secrets": "none"}),
        json!({"target": "kubernetes", "podSecurity": "restricted"}),
        json!({"target": "kubernetes", "features": {"autoscaling": true, "disruption": false, "networkPolicies": true, "rollout": true, "spread": true, "telemetry": true}}),
        json!({"extends": "b", "features": {"rollout": {"steps": [10, "30s", 50, "pause"]}}}),
        json!({"extends": "b", "features": {"telemetry": {
            "endpoint": "http://collector.observability:4317", "protocol": "grpc", "inject": "java", "instrumentation": "a/b",
            "scrape": false, "path": "/a", "alerts": true, "labels": {"a": "b"}, "collector": false, "port": 3000,
        }}}),
        json!({"extends": "b", "features": {
            "autoscaling": {"min": 2, "max": 4, "cpu": 70},
            "disruption": {"maxUnavailable": 1},
            "spread": {"topology": "node", "maxSkew": 2, "required": true},
        }}),
        json!({"extends": "b", "defaults": {"container": defaults_of_containers(), "workload": {
            "replicas": 2, "terminationGracePeriodSeconds": 30, "imagePullSecrets": ["a"],
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
            "serviceAccount": {"name": "a.b", "annotations": {"a": "b"}},
            "labels": {"a.b/c": "d"}, "annotations": {"a": "b"},
        }}}),
        json!({"extends": "b", "defaults": {"kinds": {
            "Deployment": {"workload": {"strategy": {"type": "Recreate"}}}, "StatefulSet": {"workload": null},
            "Job": {"container": {"resources": null}}, "CronJob": {"workload": {"replicas": "${environment.values.a}"}},
        }}}),
        json!({"target": "kubernetes", "features": {"networkPolicies": {
            "mode": "strict", "dns": false, "gateway": {"namespace": "gateways"},
            "from": [{"namespace": "*", "pods": {"a": "b"}, "ports": [80]}],
            "to": [{"cidr": "10.0.0.0/8", "ports": 443, "protocol": "UDP"}],
        }}}),
        json!({"target": "compose", "identity": "a.b", "secrets": "file"}),
        json!({"target": "kubernetes", "secrets": {"external": {"store": "vault", "kind": "ClusterSecretStore", "path": "a/${environment.name}"}}}),
        json!({"target": "kubernetes", "images": {"shop": "nginx:1", "shop.main": "nginx:1"}, "values": {"a": {"b": null}}}),
        json!({"target": "kubernetes", "externalWorkloads": {"api": {"namespace": "shop", "service": "api-v1", "ports": {"http": 8080}}, "other": {}}}),
        json!({"target": "compose", "builds": {"shop": ".", "shop.main": {"context": "."}}, "publish": ["8080:shop:80"]}),
        json!({"extends": "b", "provisioners": ["builtin"], "overrides": ["a.yaml", {"workload": "a", "file": "b"}], "patches": ["a.tpl"], "schemas": ["crds"], "policies": ["policies", {"cmd": ["conftest", "-"], "name": "a", "showSecrets": true}], "exceptions": "none", "namespaceLabels": {"team": "a"}, "patchable": {"Deployment": ["spec.replicas"], "Ingress": true}}),
        json!({"target": "kubernetes", "patches": patches()}),
        json!({"extends": "b", "preview": {"name": "a-${preview.number}", "namespace": "b-${preview.name}", "lifetime": "7d", "share": ["redis"], "small": true, "seed": {"postgres": {"command": ["psql"]}}}}),
        json!({"target": "kubernetes", "provisioners": [{"builtin": ["dns"]}], "forbiddenTypes": {"mssql": "use postgres", "redis": null}}),
    ]
}

fn defaults_of_containers() -> Value {
    let timings = json!({"initialDelaySeconds": 0, "periodSeconds": 1, "timeoutSeconds": 1, "failureThreshold": 1});
    json!({
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}},
        "livenessProbe": timings, "startupProbe": timings,
        "readinessProbe": {"successThreshold": 2},
    })
}

/// A list of patches with every key.
fn patches() -> Value {
    let target = json!({"kind": ["A", "B"], "apiVersion": "a/*", "name": "a?", "labels": {"a": "b"}, "workload": "*", "resource": "a.*", "type": "a"});
    let operation = json!({"op": "add", "path": "/a", "value": null, "from": "/b"});
    json!([
        {"target": target, "merge": {"a": null}, "each": "a[*]", "set": {"a.b": null}, "delete": ["a"], "json6902": [operation], "add": {"a": 1}, "expect": "any"},
        {"target": {"kind": "A"}, "delete": true},
        {"add": {"a": {}}},
    ])
}

/// The templates of a definition.
const SECTIONS: [&str; 12] = [
    "init",
    "state",
    "shared",
    "outputs",
    "manifests",
    "directories",
    "files",
    "networks",
    "volumes",
    "services",
    "models",
    "info_logs",
];

/// The workloads of a random project, each also in the older form.
pub fn workloads() -> BoxedStrategy<Vec<Value>> {
    let both = |workload: Value| [older(workload.clone()), workload];
    project()
        .prop_map(move |project| project.workloads.into_iter().flat_map(both).collect())
        .boxed()
}

fn older(mut workload: Value) -> Value {
    for container in workload["containers"].as_object_mut().unwrap().values_mut() {
        for key in ["files", "volumes"] {
            let Some(Value::Object(map)) = container.get(key).cloned() else {
                continue;
            };
            container[key] = map
                .into_iter()
                .map(|(target, item)| older_item(&target, item))
                .collect();
        }
    }
    for resource in workload
        .get_mut("resources")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
    {
        resource["properties"] = json!({"host": null});
    }
    workload
}

fn older_item(target: &str, mut item: Value) -> Value {
    item["target"] = json!(target);
    if let Some(content) = item.get("content").and_then(Value::as_str) {
        item["content"] = content.split('\n').map(Value::from).collect();
    }
    if let Some(read_only) = item.as_object_mut().and_then(|map| map.remove("readOnly")) {
        item["read_only"] = read_only;
    }
    item
}

/// Documents with every field of a kind.
pub fn whole(kind: &str) -> BoxedStrategy<Vec<Value>> {
    Just(everything(kind)).boxed()
}

/// Random definitions files.
pub fn definitions() -> BoxedStrategy<Vec<Value>> {
    let text = || prop_oneof![3 => "[ -~]{0,20}".prop_map(Value::from), 1 => Just(Value::Null)];
    let names = || {
        prop::option::of(prop::collection::vec("[a-z]{0,4}", 0..3)).prop_map(|names| json!(names))
    };
    let texts =
        prop::collection::btree_map(select(&SECTIONS[..]).prop_map(str::to_owned), text(), 0..6);
    let lists = prop::collection::btree_map(
        select(&["supported_params", "expected_outputs"][..]).prop_map(str::to_owned),
        names(),
        0..2,
    );
    let details = prop::collection::btree_map(
        select(&["class", "id", "description"][..]).prop_map(str::to_owned),
        text(),
        0..3,
    );
    let engine_fields = (
        select(&["template", "cmd", "local-env", "outputs"][..]),
        "[a-z./#-]{0,8}",
        names(),
        text(),
        any::<bool>(),
    );
    let definition = ("[ -~]{0,8}", texts, lists, details, engine_fields).prop_map(
        |(kind, texts, lists, details, (engine, rest, args, source, more))| {
            let mut map: Map<String, Value> =
                texts.into_iter().chain(lists).chain(details).collect();
            map.insert("uri".to_owned(), json!(format!("{engine}://{rest}")));
            map.insert("type".to_owned(), json!(kind));
            if more && engine == "cmd" {
                map.insert("args".to_owned(), args);
            } else if more && ["local-env", "outputs"].contains(&engine) {
                map.insert("source".to_owned(), source);
            }
            Value::Object(map)
        },
    );
    prop::collection::vec(definition, 0..4)
        .prop_map(|list| vec![Value::Array(list)])
        .boxed()
}
