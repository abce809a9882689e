//! Volumes and claims on Kubernetes, what is checked of their params, and mounts inside others.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, objects_of};

/// A workload that mounts the resource `data` at `/data`.
fn mounts(name: &str, kind: &str, resource: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}, annotations: {{k8s.score.dev/kind: {kind}}}}}\n\
         containers:\n  main:\n    image: nginx:1\n    volumes: {{/data: {{source: data}}}}\n\
         resources:\n  data: {{type: volume, {resource}}}\n"
    )
}

/// The diagnostics of a run as `PLACE SEVERITY NAME`.
fn diagnostics(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let format = match arguments[0] {
        "validate" => ["--format", "short"],
        _ => ["--message-format", "short"],
    };
    let result = sandbox.run(&[arguments, &format].concat());
    let report = match arguments[0] {
        "validate" => result.stdout,
        _ => result.stderr,
    };
    let problem = |line: &str| {
        let (rest, name) = line.strip_suffix(']')?.rsplit_once('[')?;
        let mut words = rest.split(' ');
        let (place, severity) = (words.next()?, words.next()?);
        let is_seed = ["unnamed-project", "new-seed"].contains(&name);
        (!is_seed).then(|| format!("{place} {severity} {name}"))
    };
    report.lines().filter_map(problem).collect()
}

const KUBERNETES: [&str; 5] = ["generate", "--env", "kubernetes", "-o", "-"];

/// The objects for Kubernetes.
fn objects(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let result = sandbox.run(&[&KUBERNETES, arguments, &["--format", "json"]].concat());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    objects_of(&result.stdout)
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    let object = objects.iter().find(|object| object["kind"] == kind);
    object.unwrap_or(&Value::Null)
}

#[test]
fn a_deployment_with_a_claim_for_one_node_is_recreated() {
    let claim = |modes: &str| {
        format!(
            "- uri: template://own\n  type: volume\n  outputs: 'source: {{persistentVolumeClaim: {{claimName: c}}}}'\n  \
             manifests: |\n    - {{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: c}}, spec: {{accessModes: {modes}, resources: {{requests: {{storage: 1Gi}}}}}}}}\n"
        )
    };
    let elsewhere = claim("[ReadWriteOnce]").replace("{name: c}", "{name: other}");
    for (resource, definition, expected) in [
        ("params: {storage: 1Gi}", None, true),
        (
            "params: {storage: 1Gi, accessMode: ReadWriteOncePod}",
            None,
            true,
        ),
        (
            "params: {storage: 1Gi, accessMode: ReadWriteMany}",
            None,
            false,
        ),
        (
            "params: {storage: 1Gi, accessMode: ReadOnlyMany}",
            None,
            false,
        ),
        ("params: {}", None, false),
        ("params: {}", Some(claim("[ReadWriteOnce]")), true),
        (
            "params: {}",
            Some(claim("[ReadWriteOnce, ReadWriteMany]")),
            false,
        ),
        ("params: {}", Some(elsewhere), false),
    ] {
        let sandbox =
            Sandbox::with_files(&[("score.yaml", &mounts("web", "Deployment", resource))]);
        let mut flags = Vec::new();
        if let Some(definition) = &definition {
            sandbox.write("own.provisioners.yaml", definition);
            flags = vec!["--provisioners", "own.provisioners.yaml"];
        }
        let objects = objects(&sandbox, &flags);
        let strategy = match expected {
            true => json!({"type": "Recreate"}),
            false => Value::Null,
        };
        let deployment = of_kind(&objects, "Deployment");
        assert_eq!(
            deployment["spec"]["strategy"], strategy,
            "{resource} {definition:?}"
        );
    }
    // A Job has no strategy.
    let score = mounts("web", "Job", "params: {storage: 1Gi}");
    let objects = objects(&Sandbox::with_files(&[("score.yaml", &score)]), &[]);
    assert_eq!(of_kind(&objects, "Job")["spec"]["strategy"], Value::Null);
}

#[test]
fn each_replica_of_a_stateful_set_has_a_claim_unless_it_is_shared() {
    let run = |kind: &str, resource: &str| {
        let score = mounts("web", kind, resource);
        objects(
            &Sandbox::with_files(&[("score.yaml", &score)]),
            &["--set", "storageClass=fast"],
        )
    };
    let private = run(
        "StatefulSet",
        "params: {storage: 2Gi, accessMode: ReadWriteOncePod}",
    );
    assert_eq!(*of_kind(&private, "PersistentVolumeClaim"), Value::Null);
    let spec = &of_kind(&private, "StatefulSet")["spec"];
    assert_eq!(spec["template"]["spec"]["volumes"], Value::Null);
    let template = &spec["volumeClaimTemplates"][0];
    let expected = json!({
        "accessModes": ["ReadWriteOncePod"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "2Gi"}},
    });
    assert_eq!(template["spec"], expected);
    let mount = &spec["template"]["spec"]["containers"][0]["volumeMounts"][0];
    assert_eq!(mount["name"], template["metadata"]["name"]);
    // With the id that it would have anyway, the claim of an earlier build stays.
    let shared = run("StatefulSet", "id: web.data, params: {storage: 2Gi}");
    let deployed = run("Deployment", "params: {storage: 2Gi}");
    let claim = of_kind(&shared, "PersistentVolumeClaim");
    assert_eq!(
        claim["metadata"]["name"],
        of_kind(&deployed, "PersistentVolumeClaim")["metadata"]["name"]
    );
    let spec = &of_kind(&shared, "StatefulSet")["spec"];
    assert_eq!(spec["volumeClaimTemplates"], Value::Null);
    let source = &spec["template"]["spec"]["volumes"][0]["persistentVolumeClaim"];
    assert_eq!(source["claimName"], claim["metadata"]["name"]);
    // Without a size, nothing is kept in a StatefulSet either.
    let empty = run("StatefulSet", "params: {}");
    let volume = &of_kind(&empty, "StatefulSet")["spec"]["template"]["spec"]["volumes"][0];
    assert_eq!(volume["emptyDir"], json!({}));
}

#[test]
fn pods_that_share_a_claim_for_one_node_are_reported() {
    let scaled = "  hpa: {type: horizontal-pod-autoscaler}\n";
    for (files, expected) in [
        (
            vec![mounts(
                "one",
                "StatefulSet",
                "id: shared, params: {storage: 1Gi}",
            )],
            vec!["a.yaml:6:31: warning: shared-claim"],
        ),
        (
            vec![mounts(
                "one",
                "Deployment",
                "id: shared, params: {storage: 1Gi}",
            )],
            vec![],
        ),
        (
            vec![mounts("one", "Deployment", "params: {storage: 1Gi}") + scaled],
            vec!["a.yaml:6:31: warning: shared-claim"],
        ),
        (
            vec![
                mounts(
                    "one",
                    "Deployment",
                    "params: {storage: 1Gi, accessMode: ReadWriteMany}",
                ) + scaled,
            ],
            vec![],
        ),
        (
            vec![mounts("one", "StatefulSet", "params: {storage: 1Gi}") + scaled],
            vec![],
        ),
        (
            vec![
                mounts("one", "Deployment", "id: shared, params: {storage: 1Gi}"),
                mounts("two", "CronJob", "id: shared"),
            ],
            vec!["b.yaml:6:31: warning: shared-claim"],
        ),
        (
            vec![
                mounts(
                    "one",
                    "Deployment",
                    "id: shared, params: {storage: 1Gi, accessMode: ReadWriteMany}",
                ),
                mounts("two", "StatefulSet", "id: shared"),
            ],
            vec![],
        ),
    ] {
        let sandbox = Sandbox::new();
        let mut arguments = KUBERNETES.to_vec();
        for (name, text) in ["a.yaml", "b.yaml"].iter().zip(&files) {
            sandbox.write(
                name,
                text.replace(
                    "kind: CronJob",
                    "kind: CronJob, k8s.score.dev/schedule: '@daily'",
                ),
            );
            arguments.push(name);
        }
        let mut found = diagnostics(&sandbox, &arguments);
        found.retain(|line| !line.ends_with("autoscaler-without-cpu-request"));
        assert_eq!(found, expected, "{files:?}");
    }
}

#[test]
fn a_volume_that_goes_with_the_pod_is_noted() {
    let sandbox = |resource: &str| {
        Sandbox::with_files(&[("score.yaml", &mounts("web", "Deployment", resource))])
    };
    assert_eq!(
        diagnostics(&sandbox("params: {}"), &KUBERNETES),
        ["score.yaml:8:3: note: volume-not-kept"]
    );
    assert_eq!(
        diagnostics(&sandbox("params: {storage: 1Gi}"), &KUBERNETES),
        [""; 0]
    );
    let compose = ["generate", "--env", "compose", "-o", "-"];
    assert_eq!(
        diagnostics(&sandbox("params: {accessMode: ReadOnlyMany}"), &compose),
        [""; 0]
    );
    // A definition of the project means what it says.
    let own = sandbox("params: {}");
    own.write(
        "own.provisioners.yaml",
        "- uri: template://own\n  type: volume\n  outputs: 'source: {emptyDir: {}}'\n",
    );
    let arguments = [
        &KUBERNETES[..],
        &["--provisioners", "own.provisioners.yaml"],
    ]
    .concat();
    assert_eq!(diagnostics(&own, &arguments), [""; 0]);
}

#[test]
fn params_that_a_cluster_would_refuse_are_errors_at_their_values() {
    for (params, expected) in [
        ("storage: 0", "score.yaml:8:42: error: invalid-quantity"),
        ("storage: 0.0Gi", "score.yaml:8:42: error: invalid-quantity"),
        ("storage: -1", "score.yaml:8:42: error: invalid-quantity"),
        ("storage: 10GB", "score.yaml:8:42: error: invalid-quantity"),
        ("storage: ''", "score.yaml:8:42: error: invalid-quantity"),
        ("storage: [1Gi]", "score.yaml:8:42: error: invalid-param"),
        (
            "storage: {size: 1Gi}",
            "score.yaml:8:42: error: invalid-param",
        ),
        (
            "storage: \"${metadata.name}\"",
            "score.yaml:8:42: error: invalid-quantity",
        ),
        (
            "storage: 1.3Ki",
            "score.yaml:8:42: warning: fractional-bytes",
        ),
        (
            "storage: 1Gi, accessMode: RWO",
            "score.yaml:8:59: error: invalid-param",
        ),
        (
            "storage: 1Gi, accessMode: readWriteMany",
            "score.yaml:8:59: error: invalid-param",
        ),
        (
            "storage: 1Gi, accessMode: [ReadWriteOnce]",
            "score.yaml:8:59: error: invalid-param",
        ),
    ] {
        let score = mounts("web", "Deployment", &format!("params: {{{params}}}"));
        let sandbox = Sandbox::with_files(&[("score.yaml", &score)]);
        assert_eq!(diagnostics(&sandbox, &KUBERNETES), [expected], "{params}");
        if !params.contains("${") {
            let validate = ["validate", "--env", "kubernetes"];
            assert_eq!(diagnostics(&sandbox, &validate), [expected], "{params}");
        }
        // There the params have no effect, and the same rules.
        let compose = ["generate", "--env", "compose", "-o", "-"];
        assert_eq!(diagnostics(&sandbox, &compose), [expected], "{params}");
    }
    let null = mounts(
        "web",
        "Deployment",
        "params: {storage: null, accessMode: null}",
    );
    let null = Sandbox::with_files(&[("score.yaml", &null)]);
    assert_eq!(
        diagnostics(&null, &["validate", "--env", "kubernetes"]),
        ["score.yaml:8:3: note: volume-not-kept"]
    );
}

#[test]
fn every_builtin_server_refuses_a_volume_without_a_size() {
    let list = Sandbox::new().run(&[
        "provisioners",
        "list",
        "--env",
        "kubernetes",
        "--format",
        "json",
    ]);
    let definitions: Vec<Value> = serde_json::from_str(&list.stdout).unwrap();
    let has_storage = |definition: &&Value| {
        let params = definition["params"].as_array();
        params.is_some_and(|params| params.contains(&json!("storage")))
    };
    let kinds: Vec<&str> = definitions
        .iter()
        .filter(has_storage)
        .map(|definition| definition["type"].as_str().unwrap())
        .collect();
    assert!(kinds.len() > 9, "{kinds:?}");
    for kind in kinds {
        let score = format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: web}}\ncontainers: {{main: {{image: nginx:1}}}}\nresources:\n  \
             data:\n    type: {kind}\n    params: {{storage: 0}}\n"
        );
        let sandbox = Sandbox::with_files(&[("score.yaml", &score)]);
        let found = diagnostics(&sandbox, &["validate", "--env", "kubernetes"]);
        assert!(
            found.contains(&"score.yaml:7:23: error: invalid-quantity".to_owned()),
            "{kind}: {found:?}"
        );
    }
}

#[test]
fn values_that_are_no_names_are_errors_where_a_definition_reads_them() {
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: nginx:1}}\n\
                 service: {ports: {http: {port: 80}}}\nresources:\n";
    let route = "  r: {type: route, params: {host: a.example.com, port: http}}\n";
    for (resource, values, expected) in [
        (
            "  db: {type: postgres}\n",
            "storageClass: Fast Disks",
            "invalid-name",
        ),
        (
            "  db: {type: postgres}\n",
            "storageClass: {fast: yes}",
            "invalid-name",
        ),
        (
            "  topic: {type: kafka-topic}\n",
            "kafkaStorage: '0'",
            "invalid-quantity",
        ),
        (route, "ingressClass: My_Class", "invalid-name"),
        (route, "gatewayNamespace: a b", "invalid-name"),
    ] {
        let environment = format!("target: kubernetes\nvalues:\n  {values}\n");
        let place = format!(
            "environments/only/environment.yaml:3:{}:",
            values.find(':').unwrap() + 5
        );
        let expected = format!("{place} error: {expected}");
        for command in [
            &["validate", "--env", "only"][..],
            &["generate", "--env", "only"],
        ] {
            let sandbox = Sandbox::with_files(&[
                ("score.yaml", &format!("{score}{resource}")),
                ("environments/only/environment.yaml", &environment),
            ]);
            let found = diagnostics(&sandbox, command);
            assert!(found.contains(&expected), "{values} {command:?}: {found:?}");
        }
        // A definition of the project may read anything else.
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", score.trim_end_matches("resources:\n")),
            ("environments/only/environment.yaml", &environment),
        ]);
        assert_eq!(
            diagnostics(&sandbox, &["generate", "--env", "only"]),
            [""; 0],
            "{values}"
        );
    }
    let sandbox =
        Sandbox::with_files(&[("score.yaml", &format!("{score}  db: {{type: postgres}}\n"))]);
    let flag = [
        "validate",
        "--env",
        "kubernetes",
        "--set",
        "storageClass=a/b",
    ];
    let report = sandbox.run(&flag).stdout;
    assert!(
        report.contains("[invalid-name]") && report.contains("--set"),
        "{report}"
    );
}

#[test]
fn a_param_that_a_builtin_definition_refuses_is_marked() {
    let sandbox = Sandbox::with_files(&[(
        "score.yaml",
        "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: nginx:1}}\n\
         resources:\n  db:\n    type: postgres\n    params: {version: new}\n",
    )]);
    for target in ["compose", "kubernetes"] {
        let found = diagnostics(&sandbox, &["generate", "--env", target, "-o", "-"]);
        assert!(
            found.contains(&"score.yaml:7:23: error: invalid-param".to_owned()),
            "{found:?}"
        );
    }
}

#[test]
fn mounts_inside_others_are_checked() {
    let score = |entries: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: web}}\ncontainers:\n  main:\n    image: nginx:1\n{entries}\
             resources:\n  data: {{type: volume}}\n"
        )
    };
    let volume = |path: &str, read_only: bool| {
        format!("      {path}: {{source: data, readOnly: {read_only}}}\n")
    };
    let (inside, below) = (
        "warning: mount-in-read-only-volume",
        "error: mount-below-file",
    );
    for (files, volumes, expected) in [
        ("/data/a.conf", volume("/data", true), Some(inside)),
        ("/data/deep/a.conf", volume("/data/", true), Some(inside)),
        ("/data/a.conf", volume("/data", false), None),
        ("/database", volume("/data", true), None),
        (
            "/a",
            volume("/data", true) + &volume("/data/own", true),
            Some(inside),
        ),
        // The path is created in the inner volume, which can be written.
        (
            "/data/own/a",
            volume("/data", true) + &volume("/data/own", false),
            Some(inside),
        ),
        (
            "/data/own/a",
            volume("/data", false) + &volume("/data/own", true),
            Some(inside),
        ),
        ("/a", volume("/a/b", false), Some(below)),
    ] {
        let entries = format!("    files:\n      {files}: {{content: x}}\n    volumes:\n{volumes}");
        let sandbox = Sandbox::with_files(&[("score.yaml", &score(&entries))]);
        for command in [
            &["validate"][..],
            &["validate", "--env", "compose"],
            &["validate", "--env", "kubernetes"],
        ] {
            let found = diagnostics(&sandbox, command);
            let found: Vec<&str> = found
                .iter()
                .filter_map(|line| Some(line.split_once(' ')?.1))
                .filter(|found| !found.ends_with("volume-not-kept"))
                .collect();
            let expected: Vec<&str> = expected.into_iter().collect();
            assert_eq!(found, expected, "{command:?} {files} {volumes}");
        }
    }
}
