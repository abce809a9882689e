//! The feature `networkPolicies`: an evaluator of network policies, which shares no code with the
//! feature, finds that exactly the calls of the graph are allowed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::example;
use crate::sandbox::{Sandbox, objects_of};

/// A pod as a policy sees it.
struct Pod {
    name: String,
    namespace: String,
    labels: Value,
    /// Name, number and protocol.
    ports: Vec<(String, u64, String)>,
}

/// The pods of the objects, one for each that runs some.
fn pods(objects: &[Value]) -> Vec<Pod> {
    let templates = objects.iter().filter_map(|object| {
        let spec = &object["spec"];
        let template = match object["kind"].as_str()? {
            "Deployment" | "StatefulSet" | "Job" => &spec["template"],
            "CronJob" => &spec["jobTemplate"]["spec"]["template"],
            _ => return None,
        };
        Some((object, template))
    });
    let pods = templates.map(|(object, template)| {
        let containers = template["spec"]["containers"].as_array().unwrap().iter();
        let ports = containers.flat_map(|one| one["ports"].as_array().into_iter().flatten());
        let ports = ports.map(|port| {
            let text = |key: &str, or: &str| port[key].as_str().unwrap_or(or).to_owned();
            let number = port["containerPort"].as_u64().unwrap();
            (text("name", ""), number, text("protocol", "TCP"))
        });
        Pod {
            name: object["metadata"]["name"].as_str().unwrap().to_owned(),
            namespace: object["metadata"]["namespace"].as_str().unwrap().to_owned(),
            labels: template["metadata"]["labels"].clone(),
            ports: ports.collect(),
        }
    });
    pods.collect()
}

fn outsider(namespace: &str) -> Pod {
    Pod {
        name: namespace.to_owned(),
        namespace: namespace.to_owned(),
        labels: json!({}),
        ports: Vec::new(),
    }
}

/// An empty selector selects everything.
fn selects(selector: &Value, labels: &Value) -> bool {
    assert!(selector.get("matchExpressions").is_none(), "not evaluated");
    let wanted = selector["matchLabels"].as_object().into_iter().flatten();
    wanted
        .into_iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

fn is_peer(peer: &Value, other: &Pod, namespace: &str) -> bool {
    // Pods have no addresses here.
    if peer.get("ipBlock").is_some() {
        return false;
    }
    let of_namespace = match peer.get("namespaceSelector") {
        Some(selector) => selects(
            selector,
            &json!({"kubernetes.io/metadata.name": other.namespace}),
        ),
        None => other.namespace == namespace,
    };
    of_namespace
        && peer
            .get("podSelector")
            .is_none_or(|one| selects(one, &other.labels))
}

/// `callee` has the port, whose name may be that of one of its ports.
fn is_port(port: &Value, callee: &Pod, number: u64, protocol: &str) -> bool {
    let of_protocol = port["protocol"].as_str().unwrap_or("TCP") == protocol;
    let of_number = match &port["port"] {
        Value::Null => true,
        Value::String(name) => {
            let mut ports = callee.ports.iter();
            ports.any(|(own, at, of)| own == name && *at == number && of == protocol)
        }
        at => at.as_u64() == Some(number),
    };
    of_protocol && of_number
}

/// Whether the policies of `pod` allow one direction of a call.
fn direction(
    policies: &[&Value],
    (kind, rules, peers): (&str, &str, &str),
    pod: &Pod,
    other: &Pod,
    (callee, number, protocol): (&Pod, u64, &str),
) -> bool {
    let mut of_pod = policies.iter().filter(|policy| {
        let types = policy["spec"]["policyTypes"].as_array().unwrap();
        policy["metadata"]["namespace"] == pod.namespace.as_str()
            && types.iter().any(|one| one == kind)
            && selects(&policy["spec"]["podSelector"], &pod.labels)
    });
    let of_pod: Vec<&&Value> = of_pod.by_ref().collect();
    let rules = of_pod
        .iter()
        .flat_map(|one| one["spec"][rules].as_array().into_iter().flatten());
    let mut rules = rules.filter(|rule| {
        let ports = rule["ports"].as_array();
        let peers = rule[peers].as_array();
        ports.is_none_or(|all| all.iter().any(|one| is_port(one, callee, number, protocol)))
            && peers.is_none_or(|all| all.iter().any(|one| is_peer(one, other, &pod.namespace)))
    });
    of_pod.is_empty() || rules.next().is_some()
}

/// The calls that are allowed, as `CALLER -> CALLEE:PORT`, of all pairs of which one is a workload.
fn allowed(objects: &[Value], outsiders: &[&str]) -> BTreeSet<String> {
    let policies = objects.iter().filter(|one| one["kind"] == "NetworkPolicy");
    let policies: Vec<&Value> = policies.collect();
    let mut pods = pods(objects);
    pods.extend(outsiders.iter().map(|namespace| outsider(namespace)));
    let numbers = pods
        .iter()
        .flat_map(|pod| pod.ports.iter().map(|port| port.1));
    let numbers: BTreeSet<u64> = numbers.chain([53, 443, 9999]).collect();
    let is_workload = |pod: &Pod| pod.labels.get("app.kubernetes.io/part-of").is_some();
    let mut calls = BTreeSet::new();
    for caller in &pods {
        for callee in &pods {
            if std::ptr::eq(caller, callee) || !(is_workload(caller) || is_workload(callee)) {
                continue;
            }
            for number in &numbers {
                for protocol in ["TCP", "UDP"] {
                    let port = (callee, *number, protocol);
                    let out = ("Egress", "egress", "to");
                    let into = ("Ingress", "ingress", "from");
                    if direction(&policies, out, caller, callee, port)
                        && direction(&policies, into, callee, caller, port)
                    {
                        let protocol = if protocol == "TCP" { "" } else { "/UDP" };
                        calls.insert(format!(
                            "{} -> {}:{number}{protocol}",
                            caller.name, callee.name
                        ));
                    }
                }
            }
        }
    }
    calls
}

/// Adds a feature to the environment `prod` of a project, and gives its objects and messages.
fn generate(sandbox: &Sandbox, environment: &str) -> (Vec<Value>, String) {
    let arguments = [
        "generate",
        "-e",
        environment,
        "--format",
        "json",
        "-o",
        "out.json",
        "--message-format",
        "short",
    ];
    let result = sandbox.run(&arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let messages = result
        .stderr
        .lines()
        .filter(|line| line.contains("[blocked-call]"));
    let messages = messages.collect::<Vec<_>>().join("\n");
    (objects_of(&sandbox.read("out.json")), messages)
}

/// The shop of the examples, whose pods of databases get names without hashes.
fn shop(settings: &str) -> (BTreeSet<String>, String) {
    let sandbox = Sandbox::new();
    example::clone(&sandbox, "");
    let file = "environments/staging/environment.yaml";
    let environment = sandbox.read(file);
    sandbox.write(
        file,
        format!("{environment}\nfeatures:\n  networkPolicies: {settings}\n"),
    );
    let (objects, messages) = generate(&sandbox, "staging");
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for object in &objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        let is_server = object["kind"] == "StatefulSet";
        let short = name
            .rsplit_once('-')
            .filter(|_| is_server)
            .map(|(short, _)| short);
        names.extend(short.map(|short| (name.to_owned(), short.to_owned())));
    }
    let calls = allowed(&objects, &["ingress", "elsewhere"]).into_iter();
    let calls = calls.map(|call| {
        names
            .iter()
            .fold(call, |call, (name, short)| call.replace(name, short))
    });
    (calls.collect(), messages)
}

const WORKLOAD_CALLS: [&str; 9] = [
    "ingress -> orders:8080",
    "ingress -> storefront:8080",
    "orders -> payments:8080",
    "storefront -> assistant:8080",
    "storefront -> cart:8080",
    "storefront -> catalog:8080",
    "storefront -> orders:8080",
    "storefront -> reviews:8080",
    "storefront -> search:8080",
];

const RESOURCE_CALLS: [&str; 13] = [
    "accounting -> kafka-broker:9092",
    "accounting -> mssql-accounting-ledger:1433",
    "assistant -> llm-assistant-model:8080",
    "cart -> redis-cart-cache:6379",
    "catalog -> s3-media:9000",
    "inventory -> kafka-broker:9092",
    "inventory -> mongo-inventory-db:27017",
    "mailer -> rabbitmq-mail:5672",
    "orders -> kafka-broker:9092",
    "pictures -> s3-media:9000",
    "reviews -> mysql-reviews-db:3306",
    "reviews -> rabbitmq-mail:5672",
    "search -> elasticsearch-search-index:9200",
];

#[test]
fn exactly_the_calls_of_the_shop_are_allowed() {
    let settings = "{mode: strict, gateway: {namespace: ingress}, \
                    to: [{pods: {cnpg.io/podRole: instance}, ports: [5432]}]}";
    let (calls, messages) = shop(settings);
    let mut expected: BTreeSet<String> = BTreeSet::new();
    expected.extend(WORKLOAD_CALLS.map(str::to_owned));
    expected.extend(RESOURCE_CALLS.map(str::to_owned));
    assert_eq!(calls, expected);
    assert_eq!(messages, "");
}

#[test]
fn pods_may_call_everything_unless_the_mode_is_strict() {
    let (calls, messages) = shop("true");
    for call in WORKLOAD_CALLS.iter().chain(&RESOURCE_CALLS) {
        assert!(calls.contains(*call), "{call}");
    }
    // Without `gateway`, every namespace may call what has a route.
    assert!(calls.contains("elsewhere -> orders:8080"));
    assert!(!calls.contains("elsewhere -> payments:8080"));
    assert!(calls.contains("cart -> mysql-reviews-db:3306"));
    assert!(!calls.contains("cart -> payments:8080"));
    assert_eq!(messages, "");
}

const DEFINITIONS: &str = "\
- uri: template://one
  type: backend
  outputs: |
    {{ $service := .WorkloadServices.api }}
    where: {{ $service.ServiceName }}:{{ $service.Ports.web.Port }}
- uri: template://all
  type: registry
  outputs: |
    names: {{ range $name, $_ := .WorkloadServices }}{{ $name }},{{ end }}
- uri: template://elsewhere
  type: cache
  outputs: |
    host: cache.caches.svc
  manifests: |
    - apiVersion: v1
      kind: Service
      metadata: {name: cache, namespace: caches}
      spec: {selector: {app: cache}, ports: [{port: 80, targetPort: 6379}]}
- uri: template://bare
  type: worker
  manifests: |
    - apiVersion: apps/v1
      kind: Deployment
      metadata: {name: worker}
      spec:
        selector: {matchLabels: {app: worker}}
        template:
          metadata: {labels: {app: worker}}
          spec: {containers: [{name: main, image: a, ports: [{containerPort: 7, protocol: UDP}]}]}
";

const API: &str = "\
---
apiVersion: score.dev/v1b1
metadata: {name: api}
service:
  ports: {web: {port: 80, targetPort: 8080}, admin: {port: 81}}
containers: {main: {image: 'nginx:1'}}
";

/// A workload `web` with these lines, the workload `api`, and these settings.
fn two(settings: &str, lines: &str) -> Sandbox {
    let web = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\n";
    let environment = format!(
        "target: kubernetes\nnamespace: shop\nproject: shop\nfeatures: {{networkPolicies: {settings}}}\n"
    );
    Sandbox::with_files(&[
        ("score.yaml", &format!("{web}{lines}{API}")),
        ("environments/prod/environment.yaml", &environment),
        ("environments/prod/own.provisioners.yaml", DEFINITIONS),
    ])
}

fn policy(objects: &[Value], name: &str) -> Value {
    let mut objects = objects.iter().filter(|one| one["kind"] == "NetworkPolicy");
    objects
        .find(|one| one["metadata"]["name"] == name)
        .map(|one| one["spec"].clone())
        .unwrap_or_default()
}

const MAIN: &str = "containers: {main: {image: 'nginx:1'}}\n";

#[test]
fn workloads_elsewhere_are_called_in_the_namespace_of_their_host() {
    let egress = |external: &str| {
        let lines =
            format!("{MAIN}resources: {{dep: {{type: service, params: {{workload: pay}}}}}}\n");
        let sandbox = two("{mode: strict, dns: false}", &lines);
        let file = "environments/prod/environment.yaml";
        let environment = sandbox.read(file);
        sandbox.write(
            file,
            format!("{environment}externalWorkloads: {{pay: {external}}}\n"),
        );
        let (objects, messages) = generate(&sandbox, "prod");
        assert_eq!(messages, "", "{external}");
        policy(&objects, "web")["egress"].clone()
    };
    assert_eq!(
        egress("{namespace: bank, ports: {http: 80}}"),
        json!([{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}}]}])
    );
    assert_eq!(egress("{}"), json!([{"to": [{"podSelector": {}}]}]));
}

#[test]
fn definitions_of_others_work_unchanged() {
    let lines = format!(
        "{MAIN}resources: {{one: {{type: backend}}, two: {{type: cache}}, last: {{type: worker}}}}\n"
    );
    let (objects, messages) = generate(&two("{mode: strict, dns: false}", &lines), "prod");
    assert_eq!(messages, "");
    let web = policy(&objects, "web");
    let api = json!({"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "api"}}});
    let cache = json!({
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "caches"}},
        "podSelector": {"matchLabels": {"app": "cache"}},
    });
    let worker = json!({"podSelector": {"matchLabels": {"app": "worker"}}});
    assert_eq!(
        web["egress"],
        json!([
            {"to": [api], "ports": [{"port": 8080, "protocol": "TCP"}]},
            {"to": [cache], "ports": [{"port": 6379, "protocol": "TCP"}]},
            {"to": [worker], "ports": [{"port": 7, "protocol": "UDP"}]},
        ])
    );
    assert_eq!(web.get("ingress"), None);
    assert_eq!(
        policy(&objects, "api")["ingress"],
        json!([{
            "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "web"}}}],
            "ports": [{"port": 8080, "protocol": "TCP"}],
        }])
    );
}

#[test]
fn calls_that_no_resource_has_are_reported() {
    let resource = |kind: &str| format!("{MAIN}resources: {{one: {{type: {kind}}}}}\n");
    let variable = |value: &str| {
        format!("containers: {{main: {{image: 'nginx:1', variables: {{A: '{value}'}}}}}}\n")
    };
    for (settings, lines, message) in [
        (
            "true",
            resource("registry"),
            "4:13: warning: the definition of `registry.default#web.one` looks at all workloads",
        ),
        (
            "true",
            variable("http://api.shop.svc:81"),
            "`A` has the host of the workload `api` as a text",
        ),
        (
            "true",
            variable("api:81"),
            "`A` has the host of the workload `api` as a text",
        ),
        (
            "{mode: strict}",
            variable("https://example.com/a"),
            "`A` has `example.com` as a text, so no network policy allows connections to it; write its pods or addresses into `to` of `networkPolicies` with the port 443",
        ),
    ] {
        let (_, messages) = generate(&two(settings, &lines), "prod");
        assert!(messages.contains(message), "{lines}: {messages}");
    }
    for (settings, lines) in [
        ("true", variable("https://example.com/a")),
        (
            "{mode: strict, to: [{cidr: 0.0.0.0/0, ports: [443]}]}",
            variable("https://example.com/a"),
        ),
        ("{mode: strict}", variable("http://localhost:8080")),
        ("{mode: strict}", variable("12:30")),
        (
            "{mode: strict}",
            format!(
                "{}resources: {{one: {{type: endpoint, params: {{workload: api}}}}}}\n",
                variable("${resources.one.url}")
            ),
        ),
        ("false", variable("http://api:81")),
    ] {
        let (_, messages) = generate(&two(settings, &lines), "prod");
        assert_eq!(messages, "", "{lines}");
    }
}

#[test]
fn a_workload_has_its_own_policy() {
    let sandbox = two(
        "{from: [{namespace: monitoring, ports: 9090}, {namespace: '*', pods: {a: b}}]}",
        MAIN,
    );
    let own =
        "metadata: {name: api, annotations: {features.score-rs.dev/networkPolicies: 'false'}}";
    let score = sandbox
        .read("score.yaml")
        .replace("metadata: {name: api}", own);
    let job = "metadata: {name: web, annotations: {k8s.score.dev/kind: Job}}";
    sandbox.write("score.yaml", score.replace("metadata: {name: web}", job));
    let (objects, _) = generate(&sandbox, "prod");
    assert_eq!(policy(&objects, "api"), Value::Null);
    let web = policy(&objects, "web");
    assert_eq!(
        web["podSelector"],
        json!({"matchLabels": {"app.kubernetes.io/instance": "web"}})
    );
    assert_eq!(web["policyTypes"], json!(["Ingress"]));
    assert_eq!(
        web["ingress"],
        json!([
            {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}], "ports": [{"port": 9090, "protocol": "TCP"}]},
            {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}]},
        ])
    );
}

#[test]
fn wrong_settings_are_errors_at_their_place() {
    for (settings, message) in [
        ("{mode: loose}", "4:36: error: `mode` cannot be `loose`"),
        (
            "{from: [{}]}",
            "4:37: error: an entry of `from` is empty; write `namespace`, `pods`, `cidr` or `ports`",
        ),
        (
            "{to: [{cidr: 10.0.0.1}]}",
            "4:42: error: `cidr` cannot be `10.0.0.1`; write a range of addresses",
        ),
        (
            "{to: [{cidr: 10.0.0.0/8, pods: {a: b}}]}",
            "4:54: error: an entry of `to` cannot have both `cidr` and `pods`",
        ),
        (
            "{to: [{port: 80}]}",
            "has no key `port`; did you mean `ports`?",
        ),
        ("{to: [{ports: [0]}]}", "a port must be from 1 to 65535"),
        ("{gateway: ingress}", "`gateway` must be a mapping"),
    ] {
        let result =
            two(settings, MAIN).run(&["generate", "-e", "prod", "--message-format", "short"]);
        assert!(
            result.stderr.contains(message),
            "{settings}: {}",
            result.stderr
        );
    }
}

#[test]
fn compose_waits_for_what_definitions_look_up_and_writes_no_policies() {
    let lines = format!("{MAIN}resources: {{one: {{type: backend}}, two: {{type: registry}}}}\n");
    let sandbox = two("true", &lines);
    sandbox.write(
        "environments/local/environment.yaml",
        "target: compose\nproject: shop\nfeatures: {networkPolicies: true}\nprovisioners: [../prod/own.provisioners.yaml]\n",
    );
    let result = sandbox.run(&["generate", "-e", "local", "-o", "compose.yaml"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let output = sandbox.read("compose.yaml");
    assert!(
        output.contains("depends_on:\n      api-main:\n"),
        "{output}"
    );
    assert_eq!(output.matches("depends_on").count(), 1, "{output}");
}
