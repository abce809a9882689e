//! The built-in definitions: what each type declares and outputs, and the rules that all of them
//! follow.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use yaml_serde::Value;

use crate::cache::Cache;
use crate::sandbox::{RunResult, Sandbox};

const TARGETS: [&str; 2] = ["compose", "kubernetes"];

/// Outputs that only one target has.
const ONE_TARGET_ONLY: [(&str, &str, &str); 1] = [("compose", "volume", "type")];

/// The param of previews, which only Kubernetes has.
const OF_PREVIEWS: &str = "seed";

/// The types with required params, and these params.
const REQUIRED: [(&str, &[&str]); 3] = [
    ("route", &["host", "port"]),
    ("service-port", &["workload", "port"]),
    ("dapr-subscription", &["topic", "pubsub"]),
];

/// The registries of the images that are not on Docker Hub; none is a mirror.
const REGISTRIES: [&str; 3] = ["mcr.microsoft.com", "docker.elastic.co", "ghcr.io"];

struct Declared {
    params: Vec<String>,
    /// `None` where any name is an output.
    outputs: Option<Vec<String>>,
}

/// The declarations of a target, by type.
fn declared(target: &str) -> BTreeMap<String, Declared> {
    let result = Sandbox::new().run(&["provisioners", "list", "--env", target, "--format", "json"]);
    let rows: Vec<Value> = yaml_serde::from_str(&result.stdout).unwrap();
    let names = |value: &Value| -> Option<Vec<String>> {
        Some(
            value
                .as_sequence()?
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
        )
    };
    let declared = |row: &Value| Declared {
        params: names(&row["params"]).unwrap(),
        outputs: names(&row["outputs"]),
    };
    rows.iter()
        .map(|row| (row["type"].as_str().unwrap().to_owned(), declared(row)))
        .collect()
}

/// A valid value for a param.
fn value_of(kind: &str, param: &str) -> &'static str {
    match (kind, param) {
        ("elasticsearch", "version") => "9.8.7",
        ("s3", "version") => "5.4.3",
        (_, "version") => "98",
        (_, "storage") => "77Gi",
        (_, "accessMode") => "ReadWriteMany",
        (_, "memory") => "33Gi",
        (_, "cpu") => "3500m",
        (_, "image") => "registry.example.com/own:1",
        (_, "bucket") => "pictures",
        (_, "partitions") => "12",
        (_, "context_size") => "5555",
        (_, "model") => "ai/other:1B",
        (_, "host") => "www.example.com",
        (_, "path") => "/below",
        (_, "port") => "web",
        (_, "seed") => "{command: [psql, --version]}",
        (_, "topic") => "orders",
        (_, "pubsub") => "broker",
        (_, "workload") => "app",
        (_, "minReplicas") => "4",
        (_, "maxReplicas") => "44",
        (_, "targetCPUUtilizationPercentage") => "66",
        (_, "openapi_file" | "openapi_title") => "something",
        _ => panic!("the param `{param}` of `{kind}` needs a value in this test"),
    }
}

/// Compiles a workload with one resource of the type, and one variable for each of its outputs.
fn compile(
    target: &str,
    kind: &str,
    declared: &Declared,
    params: &[&str],
) -> &'static (RunResult, String) {
    static RUNS: Cache<(RunResult, String)> = Cache::new();
    RUNS.get(&format!("{target} {kind} {params:?}"), || {
        compile_with(target, kind, declared, params, "")
    })
}

/// Compiles with additional definitions.
fn compile_with(
    target: &str,
    kind: &str,
    declared: &Declared,
    params: &[&str],
    definitions: &str,
) -> (RunResult, String) {
    let params: Vec<String> = params
        .iter()
        .map(|param| format!("{param}: {}", value_of(kind, param)))
        .collect();
    let outputs = declared
        .outputs
        .as_ref()
        .map_or_else(|| vec!["LEVEL".to_owned()], Clone::clone);
    let variable = |output: &String| format!("      OUT_{output}: ${{resources.app.{output}}}\n");
    let (variables, volumes) = match kind {
        "volume" => (
            String::new(),
            "    volumes:\n      /data:\n        source: ${resources.app}\n",
        ),
        _ => (outputs.iter().map(variable).collect(), ""),
    };
    let score = format!(
        "apiVersion: score.dev/v1b1\nmetadata:\n  name: app\ncontainers:\n  main:\n    image: app:1\n    resources: {{requests: {{cpu: 100m}}}}\n    variables:\n      \
         OTHER: x\n{variables}{volumes}service:\n  ports:\n    web:\n      port: 80\n      targetPort: 8080\nresources:\n  \
         app:\n    type: {kind}\n    params: {{{}}}\n",
        params.join(", ")
    );
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score),
        ("own.provisioners.yaml", definitions),
    ]);
    let mut arguments = vec![
        "generate",
        "--env",
        target,
        "--set",
        "storageClass=fast",
        "-o",
        "out.yaml",
    ];
    if !definitions.is_empty() {
        arguments.extend(["--provisioners", "own.provisioners.yaml"]);
    }
    let child = sandbox
        .command(&arguments)
        .env("LEVEL", "debug")
        .spawn()
        .unwrap();
    let result = crate::sandbox::wait_for_exit(child, &arguments);
    assert_eq!(result.code, Some(0), "{target} {kind}: {}", result.stderr);
    assert!(
        !result.stderr.contains("warning"),
        "{target} {kind}: {}",
        result.stderr
    );
    let text = sandbox.read("out.yaml");
    (result, text)
}

/// A check of the output of a type: the type, its declaration, the params, the run, and the output.
type Check<'a> = &'a dyn Fn(&str, &Declared, &[&str], &RunResult, &str);

/// All params of a type besides `image`, which replaces `version`.
fn all_params(declared: &Declared) -> Vec<&str> {
    let params = declared.params.iter().map(String::as_str);
    params.filter(|param| *param != "image").collect()
}

/// Checks the output of every type of a target, with all its params, with an image of its own, and
/// with the required params only.
fn for_every_type(target: &str, check: Check<'_>) {
    for (kind, declared) in declared(target) {
        let all = all_params(&declared);
        let few = REQUIRED
            .iter()
            .find(|(required, _)| *required == kind)
            .map_or(&[][..], |(_, params)| params);
        let has_image = declared.params.iter().any(|param| param == "image");
        let image = if has_image { &["image"][..] } else { few };
        for params in [all.as_slice(), image, few] {
            let (result, text) = compile(target, &kind, &declared, params);
            check(&kind, &declared, params, result, text);
        }
    }
}

#[test]
fn a_printed_definition_gives_the_same_output() {
    for target in TARGETS {
        for (kind, declared) in declared(target) {
            let all = all_params(&declared);
            let shown = Sandbox::new()
                .run(&["provisioners", "show", &kind, "--env", target])
                .stdout;
            assert!(
                shown.starts_with("# ") && shown.contains("# Change first: "),
                "{target} {kind}"
            );
            let (_, output) = compile_with(target, &kind, &declared, &all, &shown);
            assert_eq!(
                output,
                compile(target, &kind, &declared, &all).1,
                "{target} {kind}"
            );
        }
    }
}

#[test]
fn the_spec_lists_types_params_outputs_and_values() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/spec/provisioners.md"))
            .unwrap();
    let (types, values) = page
        .split_once("### Values that built-in definitions read")
        .unwrap();
    for target in TARGETS {
        for (kind, declared) in declared(target) {
            let row = types
                .lines()
                .find(|line| line.starts_with(&format!("| `{kind}` |")))
                .unwrap_or_default();
            for name in declared
                .params
                .iter()
                .chain(declared.outputs.iter().flatten())
            {
                assert!(
                    row.contains(&format!("`{name}`")),
                    "{target} {kind}: {name} is missing in: {row}"
                );
            }
            let shown = Sandbox::new()
                .run(&["provisioners", "show", &kind, "--env", target])
                .stdout;
            for read in shown.split(".Environment.Values.").skip(1) {
                let name = read
                    .split(|letter: char| !letter.is_ascii_alphanumeric())
                    .next()
                    .unwrap();
                let listed = [format!("`{name}`"), format!("`{name}.")];
                assert!(
                    listed.iter().any(|name| values.contains(name)),
                    "{target} {kind}: {name}"
                );
            }
        }
    }
}

fn documents(text: &str) -> Vec<Value> {
    yaml_serde::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

#[test]
fn both_targets_declare_the_same_params_and_outputs() {
    let [compose, kubernetes] = TARGETS.map(declared);
    assert_eq!(
        compose.keys().collect::<Vec<_>>(),
        kubernetes.keys().collect::<Vec<_>>()
    );
    assert!(
        compose.len() >= 19,
        "only {} types are built in",
        compose.len()
    );
    for (kind, declared) in &compose {
        let other = &kubernetes[kind];
        let mut params = other.params.clone();
        params.retain(|name| name != OF_PREVIEWS);
        assert_eq!(declared.params, params, "params of {kind}");
        let excepted = |output: &String| ONE_TARGET_ONLY.contains(&("compose", kind, output));
        let shared = declared
            .outputs
            .clone()
            .map(|outputs| outputs.into_iter().filter(|name| !excepted(name)).collect());
        assert_eq!(shared, other.outputs, "outputs of {kind}");
    }
}

#[test]
fn every_declared_output_has_a_value() {
    for_every_type("compose", &|kind, declared, _, _, text| {
        let root = &documents(text)[0];
        let variables = root["services"]["app-main"]["environment"]
            .as_mapping()
            .unwrap();
        check_variables("compose", kind, declared, variables.len());
        for (name, value) in variables {
            assert!(
                value.as_str().is_some_and(|value| !value.is_empty()),
                "{kind}: {name:?} is {value:?}"
            );
        }
    });
    for_every_type("kubernetes", &|kind, declared, _, _, text| {
        let documents = documents(text);
        let variables = app_container(&documents)["env"]
            .as_sequence()
            .unwrap()
            .clone();
        check_variables("kubernetes", kind, declared, variables.len());
        for variable in &variables {
            let known = variable["value"]
                .as_str()
                .is_some_and(|value| !value.is_empty());
            assert!(
                known || is_in_secret(&variable["valueFrom"]["secretKeyRef"], &documents),
                "{kind}: {variable:?}"
            );
        }
    });
}

fn check_variables(target: &str, kind: &str, declared: &Declared, found: usize) {
    let outputs = declared.outputs.as_ref().map_or(1, Vec::len);
    let expected = if kind == "volume" { 1 } else { outputs + 1 };
    assert_eq!(found, expected, "{target} {kind}");
}

fn app_container(documents: &[Value]) -> &Value {
    let is_app = |document: &&Value| {
        document["kind"] == "Deployment" && document["metadata"]["name"] == "app"
    };
    &documents.iter().find(is_app).unwrap()["spec"]["template"]["spec"]["containers"][0]
}

/// Whether a reference names a key of a Secret in the output.
fn is_in_secret(reference: &Value, documents: &[Value]) -> bool {
    let secrets = documents
        .iter()
        .filter(|document| document["kind"] == "Secret");
    secrets.into_iter().any(|secret| {
        let key = reference["key"].as_str().unwrap_or_default();
        secret["metadata"]["name"] == reference["name"]
            && secret["data"][key]
                .as_str()
                .is_some_and(|value| !value.is_empty())
    })
}

#[test]
fn passwords_are_only_in_secrets() {
    let mut count = 0;
    let mut kinds = Vec::new();
    for (kind, declared) in declared("kubernetes") {
        let params: &[&str] = REQUIRED
            .iter()
            .find(|(required, _)| *required == kind)
            .map_or(&[], |(_, params)| params);
        let (result, text) = compile("kubernetes", &kind, &declared, params);
        let (secrets, others): (Vec<Value>, Vec<Value>) = documents(text)
            .into_iter()
            .partition(|document| document["kind"] == "Secret");
        let others = format!("{others:?}{}", result.stderr);
        for (_, value) in secrets
            .iter()
            .flat_map(|secret| secret["data"].as_mapping().unwrap())
        {
            let plain =
                String::from_utf8(STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap();
            assert!(
                plain.len() >= 20 && !others.contains(&plain),
                "{kind} shows a secret"
            );
            count += 1;
            kinds.push(kind.clone());
        }
    }
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "amqp",
            "dapr-pubsub",
            "dapr-state-store",
            "elasticsearch",
            "mongodb",
            "mssql",
            "mysql",
            "postgres",
            "postgres-instance",
            "redis",
            "s3"
        ]
    );
    assert!(count > kinds.len(), "only {count} secrets were found");
}

#[test]
fn no_password_is_printed() {
    let mut count = 0;
    for_every_type("compose", &|_, _, _, result, text| {
        let root = &documents(text)[0];
        for name in ["OUT_password", "OUT_secret_key", "OUT_access_key_id"] {
            if let Some(password) = root["services"]["app-main"]["environment"][name].as_str() {
                assert!(
                    password.len() >= 20 && !result.stderr.contains(password),
                    "{}",
                    result.stderr
                );
            }
        }
    });
    for (_, declared) in declared("compose") {
        count += declared
            .outputs
            .iter()
            .flatten()
            .filter(|output| *output == "password")
            .count();
    }
    assert!(count >= 8, "only {count} types have a password");
}

#[test]
fn pods_are_restricted_and_declare_resources() {
    let mut count = std::cell::Cell::new(0);
    for_every_type("kubernetes", &|kind, _, params, _, text| {
        for set in documents(text)
            .iter()
            .filter(|document| document["kind"] == "StatefulSet")
        {
            count.set(count.get() + 1);
            let pod = &set["spec"]["template"]["spec"];
            assert_eq!(pod["automountServiceAccountToken"], false, "{kind}");
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{kind}");
            assert_eq!(
                pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault",
                "{kind}"
            );
            for label in ["name", "instance", "component", "managed-by"] {
                let label = format!("app.kubernetes.io/{label}");
                assert!(
                    set["spec"]["template"]["metadata"]["labels"][&label].is_string(),
                    "{kind}: {label}"
                );
            }
            for container in pod["containers"].as_sequence().unwrap() {
                check_container(kind, params, container);
                let image = container["image"].as_str().unwrap();
                assert!(
                    !params.contains(&"version") || image.contains(value_of(kind, "version")),
                    "{kind}: {image}"
                );
            }
            let claim = &set["spec"]["volumeClaimTemplates"][0]["spec"];
            assert_eq!(claim["storageClassName"], "fast", "{kind}");
            let storage = &claim["resources"]["requests"]["storage"];
            assert!(
                !params.contains(&"storage") || *storage == "77Gi",
                "{kind}: {storage:?}"
            );
        }
    });
    assert!(
        *count.get_mut() >= 20,
        "only {} pods were found",
        count.get()
    );
}

fn check_container(kind: &str, params: &[&str], container: &Value) {
    let security = &container["securityContext"];
    assert_eq!(security["allowPrivilegeEscalation"], false, "{kind}");
    assert_eq!(security["capabilities"]["drop"][0], "ALL", "{kind}");
    assert!(container["readinessProbe"].is_mapping(), "{kind}");
    for what in ["cpu", "memory"] {
        let [request, limit] = ["requests", "limits"]
            .map(|bound| container["resources"][bound][what].as_str().unwrap());
        // A LimitRange refuses more.
        let ratio = number(limit) / number(request);
        assert!(
            (1.0..=10.0).contains(&ratio),
            "{kind}: {what} {request} {limit}"
        );
        if params.contains(&what) {
            let asked = value_of(kind, what);
            assert_eq!((request, limit), (asked, asked), "{kind}");
        }
    }
    check_image(kind, params, container);
}

/// The number that a quantity stands for.
fn number(quantity: &str) -> f64 {
    let end = quantity
        .find(|letter: char| letter.is_ascii_alphabetic())
        .unwrap_or(quantity.len());
    let factor = match &quantity[end..] {
        "" => 1.0,
        "m" => 0.001,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        unit => panic!("{unit}"),
    };
    quantity[..end].parse::<f64>().unwrap() * factor
}

fn check_image(kind: &str, params: &[&str], container: &Value) {
    let image = container["image"].as_str().unwrap();
    if params.contains(&"image") {
        assert_eq!(image, value_of(kind, "image"), "{kind}");
        return;
    }
    let host = image.split('/').next().filter(|host| host.contains('.'));
    assert!(
        host.is_none_or(|host| host.contains(':') || REGISTRIES.contains(&host)),
        "{kind}: {image}"
    );
    // A tag such as `17` changes what runs when a pod is started again.
    let tag = image.rsplit(':').next().unwrap();
    let is_minor = tag.split_once('.').is_some_and(|(major, rest)| {
        major.ends_with(|digit: char| digit.is_ascii_digit())
            && rest.starts_with(|digit: char| digit.is_ascii_digit())
    });
    assert!(
        is_minor || params.contains(&"version") || tag == "server-b10108",
        "{kind}: the tag of {image} names no minor version"
    );
}

/// The volumes that images declare (`VOLUME` of their Dockerfiles), by a part of the image's name. The
/// first match counts.
const IMAGE_VOLUMES: &[(&str, &[&str])] = &[
    // Since version 18; the test asks for one far above.
    ("postgres:98", &["/var/lib/postgresql"]),
    ("postgres:", &["/var/lib/postgresql/data"]),
    ("mongo:", &["/data/db", "/data/configdb"]),
    ("mysql:", &["/var/lib/mysql"]),
    ("redis:", &["/data"]),
    ("rabbitmq:", &["/var/lib/rabbitmq"]),
    (
        "kafka:",
        &[
            "/etc/kafka/secrets",
            "/mnt/shared/config",
            "/var/lib/kafka/data",
        ],
    ),
];

/// A volume that nothing covers would be a new anonymous one in every container.
fn check_image_volumes(service: &yaml_serde::Value) {
    let image = service["image"].as_str().unwrap();
    let declared = IMAGE_VOLUMES.iter().find(|(part, _)| image.contains(part));
    for declared in declared.map_or(&[][..], |(_, volumes)| volumes) {
        let mut mounts = service["volumes"].as_sequence().unwrap().iter();
        assert!(
            mounts.any(|mount| mount["target"].as_str() == Some(declared)),
            "{image}: {declared}"
        );
    }
}

#[test]
fn the_volume_of_postgres_is_where_its_version_declares_it() {
    let score = |version: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: app}}\ncontainers: {{main: {{image: a, variables: {{A: \"${{resources.db.host}}\"}}}}}}\n\
             resources: {{db: {{type: TYPE, params: {{version: \"{version}\"}}}}}}\n"
        )
    };
    for kind in ["postgres", "postgres-instance"] {
        for (version, directory) in [
            ("9.6", "/var/lib/postgresql/data"),
            ("17", "/var/lib/postgresql/data"),
            ("17.2", "/var/lib/postgresql/data"),
            ("18", "/var/lib/postgresql"),
            ("18.1", "/var/lib/postgresql"),
        ] {
            let sandbox =
                Sandbox::with_files(&[("score.yaml", &score(version).replace("TYPE", kind))]);
            let result = sandbox.run(&["generate", "-o", "-"]);
            for line in [
                format!("      PGDATA: {directory}/pgdata\n"),
                format!("      target: {directory}\n"),
            ] {
                assert!(
                    result.stdout.contains(&line),
                    "{version}: {}",
                    result.stdout
                );
            }
        }
    }
}

#[test]
fn services_have_health_checks_and_no_published_ports() {
    let count = std::cell::Cell::new(0);
    for_every_type("compose", &|kind, _, params, _, text| {
        let root = &documents(text)[0];
        for (name, service) in root["services"]
            .as_mapping()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "app-main")
        {
            count.set(count.get() + 1);
            check_image(kind, params, service);
            let init = "dev.score.compose.labels.is-init-container";
            if service["labels"].get(init).is_some() {
                assert!(service.get("restart").is_none(), "{kind}: {name:?}");
                continue;
            }
            if params.contains(&"memory") {
                assert_eq!(service["mem_limit"], 33_u64 << 30, "{kind}");
                assert_eq!(service["cpus"], 3.5, "{kind}");
            }
            assert!(
                service["healthcheck"]["test"].is_sequence(),
                "{kind}: {name:?} has no health check"
            );
            assert!(
                service["healthcheck"]["start_period"].is_string(),
                "{kind}: {name:?} has no start period"
            );
            assert_eq!(service["restart"], "on-failure", "{kind}");
            // A route must be reachable from outside.
            assert!(
                kind == "route" || service.get("ports").is_none(),
                "{kind}: {name:?} publishes a port"
            );
            let image = service["image"].as_str().unwrap();
            assert!(
                !params.contains(&"version") || image.contains(value_of(kind, "version")),
                "{kind}: {image}"
            );
            check_image_volumes(service);
            let volumes = service["volumes"].as_sequence();
            for volume in volumes.into_iter().flatten() {
                let is_declared = volume["source"]
                    .as_str()
                    .is_some_and(|source| root["volumes"][source].is_mapping());
                assert!(
                    is_declared || volume["type"] == "tmpfs",
                    "{kind}: {volume:?} is not declared"
                );
            }
        }
    });
    assert!(
        count.get() >= 20,
        "only {} services were found",
        count.get()
    );
}

const SHARED: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: NAME\n  annotations:\n    k8s.score.dev/kind: StatefulSet\n\
containers:\n  main:\n    image: app:1\nservice:\n  ports:\n    web:\n      port: 80\nresources:\n  scaling:\n    \
type: horizontal-pod-autoscaler\n    id: ID\n  route:\n    type: route\n    id: ID\n    params:\n      host: a.example\n      port: 80\n";

#[test]
fn sharing_a_single_workload_resource_is_reported() {
    let workload = |name: &str, id: &str| {
        // Two routes of one host and path would be an error.
        let host = match id {
            "id: common" => "a.example".to_owned(),
            _ => format!("{name}.example"),
        };
        SHARED
            .replace("NAME", name)
            .replace("id: ID", id)
            .replace("a.example", &host)
    };
    let warnings = |one: &str, two: &str, target: &str| {
        let sandbox = Sandbox::with_files(&[
            ("a.score.yaml", &workload("ann", one)),
            ("b.score.yaml", &workload("bob", two)),
        ]);
        let result = sandbox.run(&[
            "generate",
            "--env",
            target,
            "--message-format",
            "short",
            "-o",
            "-",
        ]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        result.stderr
    };
    let kubernetes = warnings("id: common", "id: common", "kubernetes");
    for kind in ["horizontal-pod-autoscaler", "route"] {
        let message =
            format!("`{kind}.default#common` cannot be shared: it serves only the workload `ann`");
        assert!(kubernetes.contains(&message), "{kubernetes}");
    }
    // An autoscaler has no effect on Compose, so sharing it is not reported.
    let compose = warnings("id: common", "id: common", "compose");
    assert_eq!(
        compose.matches("[resource-not-shareable]").count(),
        1,
        "{compose}"
    );
    let separate = warnings("class: default", "class: default", "kubernetes");
    assert!(!separate.contains("resource-not-shareable"), "{separate}");
}

#[test]
fn an_autoscaler_targets_the_workload_object() {
    let name = "a".repeat(63);
    let sandbox = Sandbox::with_files(&[(
        "score.yaml",
        &SHARED
            .replace("NAME", &name)
            .replace("id: ID", "class: default"),
    )]);
    let result = sandbox.run(&["generate", "--env", "kubernetes", "-o", "-"]);
    let documents = documents(&result.stdout);
    let find = |kind: &str| {
        documents
            .iter()
            .find(|document| document["kind"] == kind)
            .unwrap()
    };
    let target = &find("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"];
    assert_eq!(target["name"], find("StatefulSet")["metadata"]["name"]);
    assert_ne!(target["name"].as_str(), Some(name.as_str()));
}

#[test]
fn a_route_to_a_container_port_uses_the_service_port() {
    let score = SHARED
        .replace("NAME", "app")
        .replace("id: ID", "class: default");
    let score = score.replace(
        "      port: 80\nresources",
        "      port: 80\n      targetPort: 8080\nresources",
    );
    let sandbox = Sandbox::with_files(&[(
        "score.yaml",
        &score.replace("a.example\n      port: 80", "a.example\n      port: 8080"),
    )]);
    let result = sandbox.run(&[
        "generate",
        "--env",
        "kubernetes",
        "--message-format",
        "short",
        "-o",
        "-",
    ]);
    let warning = "8080 is a container port; the service exposes it as port 80 (`web`); write `port: 80` [route-to-target-port]";
    assert!(result.stderr.contains(warning), "{}", result.stderr);
    let documents = documents(&result.stdout);
    let find = |kind: &str| {
        documents
            .iter()
            .find(|document| document["kind"] == kind)
            .unwrap()
    };
    assert_eq!(
        find("HTTPRoute")["spec"]["rules"][0]["backendRefs"][0]["port"],
        80
    );
    assert_eq!(
        find("Service")["spec"]["ports"]
            .as_sequence()
            .unwrap()
            .len(),
        1
    );
}
