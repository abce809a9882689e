//! The feature `telemetry`: variables of OpenTelemetry, what Prometheus reads, and the collector on
//! Compose.

use serde_json::{Value, json};

use crate::features::{self, run};

const WEB: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: web, annotations: {a: b}}
service: {ports: {http: {port: 80, targetPort: 8080}, metrics: {port: 9090}}}
containers:
  main: {image: 'nginx:1.29', variables: {A: b}}
";

fn output(environment: &str, score: &str) -> Value {
    let (sandbox, result) = run(environment, score);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    serde_json::from_str(&sandbox.read("out.json")).unwrap()
}

/// The settings of the feature, as environments of Kubernetes have them.
fn kubernetes(settings: &str) -> String {
    format!("target: kubernetes\nnamespace: shop\nfeatures: {{telemetry: {settings}}}\n")
}

fn compose(settings: &str) -> String {
    format!("target: compose\nfeatures: {{telemetry: {settings}}}\n")
}

fn of_kind(list: &Value, kind: &str) -> Value {
    features::of_kind(list["items"].as_array().unwrap(), kind)
}

/// The variables of the first container of the pods.
fn variables(list: &Value, kind: &str) -> Value {
    let pods = &of_kind(list, kind)["spec"]["template"]["spec"];
    let variables = pods["containers"][0]["env"].as_array().unwrap().iter();
    let pairs = variables.map(|one| {
        (
            one["name"].as_str().unwrap().to_owned(),
            one["value"].clone(),
        )
    });
    Value::Object(pairs.collect())
}

fn with_variables(variables: &str) -> String {
    WEB.replace("{A: b}", variables)
}

fn annotated(annotations: &str) -> String {
    WEB.replace("{a: b}", &format!("{{{annotations}}}"))
}

#[test]
fn containers_get_the_variables_of_open_telemetry() {
    let list = output(&kubernetes("{endpoint: 'http://c.obs:4317'}"), WEB);
    assert_eq!(
        variables(&list, "Deployment"),
        json!({
            "A": "b",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c.obs:4317",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_RESOURCE_ATTRIBUTES":
                "deployment.environment.name=prod,service.namespace=shop,service.version=1.29",
            "OTEL_SERVICE_NAME": "web",
        })
    );
    let none = output(&kubernetes("true"), WEB);
    let none = variables(&none, "Deployment");
    assert_eq!(none.get("OTEL_EXPORTER_OTLP_ENDPOINT"), None);
    assert_eq!(none["OTEL_SERVICE_NAME"], "web");
    let off = annotated("features.score-rs.dev/telemetry: 'false'");
    let off = output(&kubernetes("true"), &off);
    assert_eq!(variables(&off, "Deployment"), json!({"A": "b"}));
    assert_eq!(of_kind(&off, "PodMonitor"), Value::Null);
}

#[test]
fn a_protocol_fits_the_port() {
    for (settings, protocol) in [
        ("endpoint: 'https://otlp.example.com'", "http/protobuf"),
        ("endpoint: 'http://c:4318'", "http/protobuf"),
        (
            "endpoint: 'http://c:4317', protocol: http/json",
            "http/json",
        ),
    ] {
        let list = output(&kubernetes(&format!("{{{settings}}}")), WEB);
        let found = &variables(&list, "Deployment")["OTEL_EXPORTER_OTLP_PROTOCOL"];
        assert_eq!(found, protocol, "{settings}");
    }
}

#[test]
fn what_the_score_file_says_stays() {
    let settings = kubernetes("{endpoint: 'http://c.obs:4317'}");
    let of = |own: &str| variables(&output(&settings, &with_variables(own)), "Deployment");
    let own = of("{OTEL_SERVICE_NAME: shop, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x:1'}");
    assert_eq!(own["OTEL_SERVICE_NAME"], "shop");
    assert_eq!(own.get("OTEL_EXPORTER_OTLP_ENDPOINT"), None);
    assert_eq!(own.get("OTEL_EXPORTER_OTLP_PROTOCOL"), None);
    let own = of("{OTEL_RESOURCE_ATTRIBUTES: 'service.name=x,service.version=2'}");
    assert_eq!(own.get("OTEL_SERVICE_NAME"), None);
    assert_eq!(
        own["OTEL_RESOURCE_ATTRIBUTES"],
        "service.name=x,service.version=2,deployment.environment.name=prod,service.namespace=shop"
    );
    let own = of("{OTEL_EXPORTER_OTLP_PROTOCOL: http/json}");
    assert_eq!(own["OTEL_EXPORTER_OTLP_PROTOCOL"], "http/json");
    assert_eq!(own["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://c.obs:4317");
    let own = of("{OTEL_RESOURCE_ATTRIBUTES: 'a=b,'}");
    let merged = own["OTEL_RESOURCE_ATTRIBUTES"].as_str().unwrap();
    assert!(
        merged.starts_with("a=b,deployment.environment.name=prod,"),
        "{merged}"
    );
    let own = of("{OTEL_RESOURCE_ATTRIBUTES: ''}");
    let merged = own["OTEL_RESOURCE_ATTRIBUTES"].as_str().unwrap();
    assert!(
        merged.starts_with("deployment.environment.name=prod,"),
        "{merged}"
    );
}

#[test]
fn the_operator_is_asked_on_the_pods() {
    let key = "instrumentation.opentelemetry.io/inject-python";
    let own = annotated("features.score-rs.dev/telemetry: '{\"inject\": \"python\"}'");
    for (settings, value) in [
        ("true", "true"),
        ("{instrumentation: obs/main}", "obs/main"),
    ] {
        let deployment = of_kind(&output(&kubernetes(settings), &own), "Deployment");
        let pods = &deployment["spec"]["template"]["metadata"]["annotations"];
        assert_eq!(pods[key], value);
        assert_eq!(deployment["metadata"]["annotations"].get(key), None);
    }
    let written = annotated(&format!("{key}: 'false'"));
    let deployment = of_kind(
        &output(&kubernetes("{inject: python}"), &written),
        "Deployment",
    );
    let pods = &deployment["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(pods[key], "false");
}

#[test]
fn prometheus_reads_a_port_with_the_name_metrics() {
    let monitor = |settings: &str, score: &str| {
        let object = of_kind(&output(&kubernetes(settings), score), "PodMonitor");
        object["spec"]["podMetricsEndpoints"].clone()
    };
    assert_eq!(monitor("true", WEB), json!([{"port": "metrics"}]));
    let labels = "{labels: {release: p, example.com/a: b}}";
    let object = of_kind(&output(&kubernetes(labels), WEB), "PodMonitor");
    assert_eq!(object["metadata"]["labels"]["release"], "p");
    let path = "{path: /prometheus}";
    assert_eq!(monitor(path, WEB)[0]["path"], "/prometheus");
    // The pods have one port for both, with the name of the first.
    let same = WEB.replace("{port: 9090}", "{port: 9090, targetPort: 8080}");
    assert_eq!(monitor("true", &same), json!([{"port": "http"}]));
    let long = same.replace("http:", "a-long-name-of-a-port:");
    assert_eq!(monitor("true", &long), json!([{"portNumber": 8080}]));
    for (settings, score) in [
        ("{scrape: false}", WEB.to_owned()),
        ("true", WEB.replace("metrics:", "other:")),
        ("true", annotated("k8s.score.dev/kind: Job")),
    ] {
        assert_eq!(monitor(settings, &score), Value::Null, "{settings}");
    }
}

#[test]
fn alerts_are_about_what_runs_the_pods() {
    let alerts = |annotations: &str| {
        let list = output(&kubernetes("{alerts: true}"), &annotated(annotations));
        let rules = of_kind(&list, "PrometheusRule")["spec"]["groups"][0]["rules"].clone();
        let rules = rules.as_array().unwrap().iter();
        let text = |rule: &Value, key: &str| rule[key].as_str().unwrap().to_owned();
        rules
            .map(|rule| format!("{}: {}", text(rule, "alert"), text(rule, "expr")))
            .collect::<Vec<_>>()
    };
    let deployment = alerts("");
    let names = [
        "PodsMissing",
        "ContainerRestarts",
        "MemoryNearLimit",
        "MetricsMissing",
    ];
    for (alert, name) in deployment.iter().zip(names) {
        assert!(alert.starts_with(&format!("{name}: ")), "{alert}");
        assert!(alert.contains("namespace=\"shop\""), "{alert}");
    }
    assert!(deployment[0].contains("deployment=\"web\""));
    assert!(alerts("k8s.score.dev/kind: StatefulSet")[0].contains("statefulset=\"web\""));
    let job = alerts("k8s.score.dev/kind: Job");
    assert_eq!(
        job,
        [
            "JobFailed: kube_job_failed{namespace=\"shop\",job_name=~\"web(-[0-9a-z]+)?\",condition=\"true\"} > 0"
        ]
    );
    assert_eq!(
        of_kind(&output(&kubernetes("true"), WEB), "PrometheusRule"),
        Value::Null
    );
}

#[test]
fn network_policies_allow_the_endpoint() {
    let policies = |endpoint: &str, policies: &str| {
        let features =
            format!("networkPolicies: {policies}, telemetry: {{endpoint: '{endpoint}'}}");
        run(
            &format!("target: kubernetes\nnamespace: shop\nfeatures: {{{features}}}\n"),
            WEB,
        )
    };
    let from = "{mode: strict, from: [{namespace: monitoring}]}";
    let (sandbox, result) = policies("http://collector.obs:4317", from);
    assert!(!result.stderr.contains("blocked-call"), "{}", result.stderr);
    let list = serde_json::from_str(&sandbox.read("out.json")).unwrap();
    assert_eq!(
        of_kind(&list, "NetworkPolicy")["spec"]["egress"][1],
        json!({
            "ports": [{"port": 4317, "protocol": "TCP"}],
            "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "obs"}}}],
        })
    );
    let (_, result) = policies("https://otlp.example.com", from);
    let expected = "environment.yaml:3:100: warning: `OTEL_EXPORTER_OTLP_ENDPOINT` has \
                    `otlp.example.com` as a text";
    assert!(result.stderr.contains(expected), "{}", result.stderr);
    let (_, result) = policies("http://collector.obs:4317", "true");
    let expected = "score.yaml:3:64: warning: no network policy allows Prometheus to read the \
                    metrics of `web` at port 9090";
    assert!(result.stderr.contains(expected), "{}", result.stderr);
}

#[test]
fn a_compose_project_has_a_collector_if_a_workload_exports_to_it() {
    let file = output(&compose("{endpoint: 'http://collector.obs:4317'}"), WEB);
    let variables = &file["services"]["web-main"]["environment"];
    assert_eq!(
        variables["OTEL_EXPORTER_OTLP_ENDPOINT"],
        "http://otel-lgtm:4318"
    );
    assert_eq!(variables["OTEL_EXPORTER_OTLP_PROTOCOL"], "http/protobuf");
    assert_eq!(variables["OTEL_SERVICE_NAME"], "web");
    let collector = &file["services"]["otel-lgtm"];
    assert_eq!(
        collector["ports"],
        json!([{"target": 3000, "host_ip": "127.0.0.1", "published": "13000"}])
    );
    let grpc = with_variables("{OTEL_EXPORTER_OTLP_PROTOCOL: grpc}");
    let file = output(&compose("{port: 3000}"), &grpc);
    let variables = &file["services"]["web-main"]["environment"];
    assert_eq!(
        variables["OTEL_EXPORTER_OTLP_ENDPOINT"],
        "http://otel-lgtm:4317"
    );
    assert_eq!(
        file["services"]["otel-lgtm"]["ports"][0]["published"],
        "3000"
    );
    let registry = compose("true") + "values: {imageRegistry: mirror.example.com}\n";
    let image = &output(&registry, WEB)["services"]["otel-lgtm"]["image"];
    let image = image.as_str().unwrap();
    assert!(
        image.starts_with("mirror.example.com/grafana/otel-lgtm:"),
        "{image}"
    );
    for (settings, score) in [
        (
            "{collector: false, endpoint: 'http://host:4317'}",
            WEB.to_owned(),
        ),
        (
            "true",
            with_variables("{OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other:4318'}"),
        ),
        (
            "true",
            annotated("features.score-rs.dev/telemetry: 'false'"),
        ),
    ] {
        let file = output(&compose(settings), &score);
        assert_eq!(file["services"].get("otel-lgtm"), None, "{settings}");
    }
    let (_, result) = run(&compose("true"), WEB);
    assert!(
        result.stderr.contains("http://localhost:13000"),
        "{}",
        result.stderr
    );
}

#[test]
fn mistakes_are_errors_at_their_place() {
    for (settings, place) in [
        (
            "{endpont: a}",
            "2:24: error: `telemetry` has no key `endpont`; did you mean `endpoint`?",
        ),
        (
            "{endpoint: 'c:4317'}",
            "2:34: error: `endpoint` cannot be `c:4317`",
        ),
        (
            "{protocol: http}",
            "2:34: error: `protocol` cannot be `http`",
        ),
        (
            "{inject: jvaa}",
            "2:32: error: `inject` cannot be `jvaa`; did you mean `java`?",
        ),
        (
            "{instrumentation: a/b/c}",
            "2:41: error: `instrumentation` cannot be `a/b/c`",
        ),
        ("{path: metrics}", "2:30: error: `path` cannot be `metrics`"),
        (
            "{labels: {a: b c}}",
            "2:36: error: `b c` is not a valid value of a label",
        ),
        (
            "{labels: {a b: c}}",
            "2:33: error: `a b` is not a valid key of a label",
        ),
        (
            "{labels: {'': c}}",
            "2:33: error: `` is not a valid key of a label",
        ),
        (
            "{labels: {A.b/c/d: c}}",
            "2:33: error: `A.b/c/d` is not a valid key of a label",
        ),
        (
            "{endpoint: 'http://c:99999'}",
            "2:34: error: `endpoint` cannot be `http://c:99999`",
        ),
        ("{port: 0}", "2:30: error: `port` must be from 1 to 65535"),
        (
            "{alerts: often}",
            "2:32: error: `alerts` must be `true` or `false`",
        ),
        ("{endpoint: }", "2:"),
    ] {
        let environment = format!("target: kubernetes\nfeatures: {{telemetry: {settings}}}\n");
        let (_, result) = run(&environment, WEB);
        let expected = format!("environment.yaml:{place}");
        assert!(result.stderr.contains(&expected), "{}", result.stderr);
    }
}
