//! The built-in servers: their images, memory and names, and what is pinned of them.

use crate::sandbox::{RunResult, Sandbox};
use crate::state::without_checksums;

/// A workload with one resource, whose output `host` it uses, and a probe that needs the helper of
/// Compose.
fn score(resource: &str, output: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  web:\n    image: example.com/web:1\n    \
         variables: {{A: \"${{resources.one.{output}}}\"}}\n    readinessProbe: {{httpGet: {{path: /, port: 80}}}}\n\
         service:\n  ports: {{http: {{port: 80}}}}\nresources:\n  one: {resource}\n"
    )
}

fn generate(sandbox: &Sandbox, target: &str, arguments: &[&str]) -> RunResult {
    let fixed = [
        "generate",
        "-e",
        target,
        "--message-format",
        "short",
        "-o",
        "out.yaml",
    ];
    sandbox.run(&[&fixed, arguments].concat())
}

/// The output for a resource, and what is reported.
fn output(target: &str, resource: &str, output: &str, arguments: &[&str]) -> (String, String) {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score(resource, output))]);
    let result = generate(&sandbox, target, arguments);
    assert_eq!(
        result.code,
        Some(0),
        "{target} {resource}: {}",
        result.stderr
    );
    (sandbox.read("out.yaml"), result.stderr)
}

const SERVERS: [(&str, &str); 11] = [
    ("amqp", "host"),
    ("elasticsearch", "host"),
    ("kafka-topic", "host"),
    ("llm-model", "url"),
    ("mongodb", "host"),
    ("mssql", "server"),
    ("mysql", "host"),
    ("postgres", "host"),
    ("postgres-instance", "host"),
    ("redis", "host"),
    ("s3", "host"),
];

#[test]
fn one_registry_is_used_for_all_images() {
    let registry = "imageRegistry=registry.example.com/mirror";
    for target in ["compose", "kubernetes"] {
        for (kind, name) in SERVERS {
            let resource = match kind {
                "kafka-topic" => "{type: kafka-topic, params: {partitions: 2}}".to_owned(),
                _ => format!("{{type: {kind}}}"),
            };
            let (text, _) = output(target, &resource, name, &["--set", registry]);
            let images = text.lines().filter_map(|line| line.split_once("image: "));
            let own = "image: example.com/web:1";
            for (_, image) in images.filter(|(_, image)| !own.ends_with(image)) {
                let rest = image.strip_prefix("registry.example.com/mirror/");
                // Its path has no other registry, and Docker Hub's own images are below `library`.
                let path = rest.and_then(|rest| rest.split_once('/'));
                let is_right = path.is_some_and(|(first, _)| !first.contains('.'));
                assert!(is_right, "{target} {kind}: {image}");
            }
        }
    }
    // The helper for probes, and the router.
    let route = "{type: route, params: {host: a.example, port: 80}}";
    let routed = score(route, "x").replace("    variables: {A: \"${resources.one.x}\"}\n", "");
    let sandbox = Sandbox::with_files(&[("score.yaml", &routed)]);
    generate(&sandbox, "compose", &["--set", registry]);
    let text = sandbox.read("out.yaml");
    for image in ["library/busybox:1.37-musl", "library/nginx:1.30-alpine"] {
        let image = format!("image: registry.example.com/mirror/{image}\n");
        assert!(text.contains(&image), "{text}");
    }
}

#[test]
fn a_registry_that_is_none_is_reported_at_the_value() {
    // The first is used by a definition, the second by the helper for probes only.
    for (resource, name) in [("{type: redis}", "host"), ("{type: dns}", "host")] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score(resource, name)),
            (
                "environments/local/environment.yaml",
                "target: compose\nvalues:\n  imageRegistry: https://registry.example.com\n",
            ),
        ]);
        let result = generate(&sandbox, "local", &[]);
        let place = "environments/local/environment.yaml:3:18: ";
        assert!(result.stderr.contains(place), "{}", result.stderr);
        assert_eq!(
            result.stderr.matches("begins with `https://`").count(),
            1,
            "{}",
            result.stderr
        );
    }
}

#[test]
fn a_registry_is_a_text() {
    for value in ["5000", "[a]", "{a: b}", "''"] {
        let environment = format!("target: kubernetes\nvalues: {{imageRegistry: {value}}}\n");
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score("{type: redis}", "host")),
            ("environments/one/environment.yaml", &environment),
        ]);
        let result = generate(&sandbox, "one", &[]);
        let place = "environments/one/environment.yaml:2:25: error: `redis.default#shop.one` cannot be provisioned: \
                     values.imageRegistry must be a registry";
        assert!(result.stderr.contains(place), "{value} {}", result.stderr);
    }
}

#[test]
fn wrong_params_are_errors_at_the_param() {
    for (params, message) in [
        (
            "{type: redis, params: {memory: 512m}}",
            "`512m` is not a valid memory quantity",
        ),
        (
            "{type: redis, params: {memory: 512}}",
            "`params.memory` is 512, and has to be at least 1Mi",
        ),
        (
            "{type: mysql, params: {cpu: 2 cores}}",
            "`2 cores` is not a valid CPU quantity",
        ),
        (
            "{type: mysql, params: {cpu: 0}}",
            "`params.cpu` is 0, and has to be at least 1m",
        ),
        (
            "{type: mysql, params: {image: 'a b'}}",
            "params.image must be the name of an image, but is \"a b\": it has a space",
        ),
        (
            "{type: mysql, params: {version: 8, image: a}}",
            "params.version has no effect beside params.image",
        ),
        (
            "{type: s3, params: {bucket: My_Bucket}}",
            "`params.bucket` is `My_Bucket`, which does not match",
        ),
        (
            "{type: s3, params: {bucket: 10.0.0.1}}",
            "params.bucket must be the name of a bucket",
        ),
        (
            "{type: kafka-topic, params: {partitions: 0}}",
            "`params.partitions` is 0, and has to be at least 1",
        ),
        (
            "{type: kafka-topic, params: {partitions: many}}",
            "`params.partitions` must be a whole number, this is a string",
        ),
    ] {
        for target in ["compose", "kubernetes"] {
            let sandbox = Sandbox::with_files(&[("score.yaml", &score(params, "host"))]);
            let result = generate(&sandbox, target, &[]);
            assert_eq!(result.code, Some(1), "{target} {params}");
            let line = result.stderr.lines().find(|line| line.contains(message));
            let line = line.unwrap_or_else(|| panic!("{target} {params}: {}", result.stderr));
            // Not at the name of the resource.
            assert!(!line.starts_with("score.yaml:11:3:"), "{line}");
        }
    }
}

#[test]
fn redis_refuses_writes_before_its_memory_is_full() {
    for target in ["compose", "kubernetes"] {
        for (resource, bytes) in [
            ("{type: redis}", 192 << 20),
            ("{type: redis, params: {memory: 1Gi}}", 768 << 20),
        ] {
            let (text, _) = output(target, resource, "host", &[]);
            assert!(
                text.contains("--maxmemory") && text.contains(&bytes.to_string()),
                "{text}"
            );
        }
    }
}

#[test]
fn the_license_of_sql_server_is_reported() {
    for target in ["compose", "kubernetes"] {
        let (_, shown) = output(target, "{type: mssql}", "server", &[]);
        let note =
            "score.yaml:11:3: note: `mssql.default#shop.one` runs SQL Server, Developer edition: ";
        assert!(shown.contains(note), "{shown}");
    }
}

#[test]
fn a_topic_with_partitions_is_created_before_it_is_used() {
    let resource = "{type: kafka-topic, params: {partitions: 6}}";
    let (text, _) = output("compose", resource, "num_partitions", &[]);
    assert!(text.contains("A: \"6\"\n"), "{text}");
    assert!(
        text.contains("condition: service_completed_successfully"),
        "{text}"
    );
    let job = |resource: &str, arguments: &[&str]| -> String {
        let (text, _) = output("kubernetes", resource, "num_partitions", arguments);
        let job = text.split("kind: Job\n").nth(1).unwrap();
        job.split_once("name: ")
            .unwrap()
            .1
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    // A Job cannot change, so another number or image has another Job.
    let first = job(resource, &[]);
    assert_eq!(first, job(resource, &[]));
    assert_ne!(first, job(&resource.replace('6', "7"), &[]));
    assert_ne!(first, job(resource, &["--set", "kafkaVersion=4.0.0"]));
    let (text, _) = output("kubernetes", "{type: kafka-topic}", "num_partitions", &[]);
    assert!(!text.contains("kind: Job"), "{text}");
}

/// The name of the broker.
fn broker(sandbox: &Sandbox, target: &str, project: &[&str]) -> String {
    let result = generate(sandbox, target, project);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let text = sandbox.read("out.yaml");
    let start = text.find("kafka-broker").unwrap();
    let end = text[start..].find(['\n', ':']).unwrap();
    text[start..start + end].to_owned()
}

#[test]
fn two_projects_have_two_brokers_in_a_cluster() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score("{type: kafka-topic}", "host"))]);
    let mut names: Vec<String> = [&[][..], &["--project", "one"], &["--project", "two"]]
        .map(|project| broker(&sandbox, "kubernetes", project))
        .to_vec();
    assert_eq!(names[0], "kafka-broker");
    names.dedup();
    assert_eq!(names.len(), 3, "{names:?}");
    // A project of Compose has a network of its own.
    let local = broker(&sandbox, "compose", &["--project", "one"]);
    assert_eq!(local, "kafka-broker");
}

#[test]
fn a_new_topic_uses_the_pinned_broker() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score("{type: kafka-topic}", "host"))]);
    assert_eq!(generate(&sandbox, "kubernetes", &[]).code, Some(0));
    let lock = sandbox.read("score-rs.lock");
    assert!(lock.contains("kafka-topic.default#shop.one:\n"), "{lock}");
    // As if an earlier version of score-rs had pinned it.
    let lock = without_checksums(&lock.replace("3.9.1", "3.7.2"));
    sandbox.write("score-rs.lock", lock);
    let both = score("{type: kafka-topic}", "host") + "  another: {type: kafka-topic}\n";
    sandbox.write(
        "score.yaml",
        both.replace("one.host}", "one.host}${resources.another.host}"),
    );
    let result = generate(&sandbox, "kubernetes", &[]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let text = sandbox.read("out.yaml");
    assert!(text.contains("image: apache/kafka:3.7.2\n"), "{text}");
    assert_eq!(text.matches("kind: StatefulSet").count(), 1, "{text}");
    let lock = sandbox.read("score-rs.lock");
    assert_eq!(lock.matches("version: \"3.7.2\"").count(), 2, "{lock}");
}

#[test]
fn a_pinned_minio_keeps_running() {
    for (target, command) in [
        ("compose", "minio server /data"),
        ("kubernetes", "minio server /data"),
    ] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score("{type: s3}", "endpoint")),
            (
                "score-rs.lock",
                &format!(
                    "version: 1\nsources: {{}}\ndefaults:\n  {target}:\n    s3.default#shop.one:\n      \
                     name: minio-shop-one-12345678\n      version: RELEASE.2025-09-07T16-13-09Z\n      \
                     image: quay.io/minio/minio:%s\n"
                ),
            ),
        ]);
        let result = generate(&sandbox, target, &[]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let warning = "score.yaml:11:3: warning: `s3.default#shop.one` is pinned to MinIO, which has CVE-2025-62506";
        assert!(result.stderr.contains(warning), "{}", result.stderr);
        let text = sandbox.read("out.yaml");
        for part in [
            command,
            "image: quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z\n",
            "http://minio-shop-one-12345678:9000",
            "MINIO_ROOT_USER",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("versitygw"), "{text}");
        // Without the pin, the new server does not start on the old volume, even if there is state.
        sandbox.write("score-rs.lock", "version: 1\nsources: {}\n");
        assert_eq!(generate(&sandbox, target, &[]).code, Some(0));
        let text = sandbox.read("out.yaml");
        assert!(
            text.contains("versitygw") && !text.contains("minio"),
            "{text}"
        );
    }
}

const OWN: &str = r#"
- uri: template://example/own
  type: own
  init: |
    {{- warn "params.size" "is too small" "write a larger one" }}
    {{- note "" "is provided by another team" "ask them" }}
    {{- note "values.region" "is far away" "choose a nearer one" }}
  outputs: |
    host: h{{ warn "params.other" "is not written" "write it" }}
    {{- range until 100 }}
    {{- note "" (printf "is number %d" .) "count" }}
    {{- end }}
"#;

#[test]
fn a_definition_can_warn_of_a_param() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            &score("{type: own, params: {size: tiny}}", "host"),
        ),
        (
            "environments/local/environment.yaml",
            "target: compose\nvalues: {region: moon}\n",
        ),
        ("environments/local/own.provisioners.yaml", OWN),
    ]);
    let result = generate(&sandbox, "local", &[]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    for line in [
        "score.yaml:11:35: warning: `params.size` of `own.default#shop.one` is too small; write a larger one [provisioner-warning]\n",
        "score.yaml:11:3: warning: `params.other` of `own.default#shop.one` is not written; write it [provisioner-warning]\n",
        "score.yaml:11:3: note: `own.default#shop.one` is provided by another team; ask them [provisioner-note]\n",
        "environments/local/environment.yaml:2:18: note: `values.region` is far away; choose a nearer one [provisioner-note]\n",
    ] {
        assert_eq!(
            result.stderr.matches(line).count(),
            1,
            "{line}{}",
            result.stderr
        );
    }
    assert_eq!(
        result.stderr.matches("is number").count(),
        19,
        "{}",
        result.stderr
    );
    assert_eq!(generate(&sandbox, "local", &["--strict"]).code, Some(1));
}
