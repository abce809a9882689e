//! The same input gives the same bytes, in every directory and order.

use std::collections::BTreeMap;

use crate::fixtures::{cases, compile, inputs, outputs};
use crate::sandbox::Sandbox;

/// All fixtures.
fn all_cases() -> Vec<(String, BTreeMap<String, Vec<u8>>)> {
    cases()
        .into_iter()
        .map(|case| (case.clone(), inputs(&case)))
        .collect()
}

#[test]
fn two_directories_give_the_same_bytes() {
    // Every sandbox has its own path, so an output that contained it would differ.
    for (case, inputs) in all_cases() {
        assert_eq!(*outputs(&case), compile(&inputs), "{case}");
    }
}

#[test]
fn the_order_of_the_arguments_does_not_matter() {
    for target in ["kubernetes", "compose"] {
        let outputs = [
            ["api.score.yaml", "worker.score.yaml"],
            ["worker.score.yaml", "./api.score.yaml"],
        ]
        .map(|files| {
            let sandbox = sandbox("two-workloads-shared-redis");
            let result = sandbox.run(&["generate", files[0], files[1], "--env", target, "-o", "-"]);
            assert_eq!(result.code, Some(0), "{}", result.stderr);
            result.stdout
        });
        assert_eq!(outputs[0], outputs[1]);
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    let mut reversed_files = 0;
    for (case, inputs) in all_cases() {
        let reversed: BTreeMap<String, Vec<u8>> = inputs
            .iter()
            .map(|(path, content)| {
                // Duplicate keys do not parse, so such a file stays as it is.
                let is_score = path.ends_with("score.yaml");
                let tree = yaml_serde::from_slice::<yaml_serde::Value>(content)
                    .ok()
                    .filter(|_| is_score);
                let content = tree.map_or(content.clone(), |tree| {
                    reversed_files += 1;
                    yaml_serde::to_string(&reverse(tree)).unwrap().into_bytes()
                });
                (path.clone(), content)
            })
            .collect();
        let (original, reversed) = (outputs(&case), compile(&reversed));
        for (path, content) in original.iter().filter(|(path, _)| *path != "report.snap") {
            let other = reversed
                .get(path)
                .map(|content| String::from_utf8_lossy(content));
            assert_eq!(
                Some(String::from_utf8_lossy(content)),
                other,
                "{case}/{path}"
            );
        }
        assert_eq!(original.len(), reversed.len(), "{case}");
    }
    assert!(
        reversed_files > 20,
        "only {reversed_files} files were reversed"
    );
}

fn reverse(value: yaml_serde::Value) -> yaml_serde::Value {
    use yaml_serde::Value::{Mapping, Sequence};
    match value {
        Mapping(map) => {
            let mut entries: Vec<_> = map
                .into_iter()
                .map(|(key, value)| (key, reverse(value)))
                .collect();
            entries.reverse();
            Mapping(entries.into_iter().collect())
        }
        Sequence(items) => Sequence(items.into_iter().map(reverse).collect()),
        other => other,
    }
}

fn sandbox(case: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write_all(&inputs(case));
    sandbox
}

fn generated(sandbox: &Sandbox, more: &[&str]) -> String {
    let result = sandbox.run(&[&["generate", "-o", "-"], more].concat());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result.stdout
}

#[test]
fn projects_and_environments_have_separate_identities() {
    let sandbox = sandbox("two-workloads-shared-redis");
    let name = |output: &str| output.split("redis-shared-cache-").nth(1).unwrap()[..8].to_owned();
    let compose = generated(&sandbox, &[]);
    let kubernetes = generated(&sandbox, &["--env", "kubernetes"]);
    let project = generated(&sandbox, &["--project", "port"]);
    assert_ne!(name(&compose), name(&kubernetes));
    assert_ne!(name(&compose), name(&project));
    assert!(project.starts_with("name: port\n") && compose.starts_with("services:\n"));
}

#[test]
fn selectors_depend_on_the_names_of_workloads_only() {
    let long = "a-workload-whose-name-is-longer-than-that-of-a-set-may-be";
    let score = |name: &str, kind: &str| {
        format!(
            "apiVersion: score.dev/v1b1
metadata:
  name: {name}
  annotations: {{k8s.score.dev/kind: {kind}}}
service: {{ports: {{web: {{port: 80}}}}}}
containers: {{main: {{image: nginx}}}}
"
        )
    };
    let sandbox = Sandbox::with_files(&[
        ("shop.score.yaml", &score("shop", "Deployment")),
        ("store.score.yaml", &score("store", "StatefulSet")),
        ("long.score.yaml", &score(long, "StatefulSet")),
        ("once.score.yaml", &score("once", "Job")),
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\nproject: port\n",
        ),
        ("seed", "another seed of many characters\n"),
    ]);
    let selectors = |arguments: &[&str]| {
        let arguments = [&["--format", "json"], arguments].concat();
        let list: yaml_serde::Value =
            yaml_serde::from_str(&generated(&sandbox, &arguments)).unwrap();
        let items = list["items"].as_sequence().unwrap();
        let selectors = items.iter().map(|item| &item["spec"]["selector"]);
        let instance = |selector: &yaml_serde::Value| {
            let labels = selector.get("matchLabels").unwrap_or(selector);
            assert_eq!(labels.as_mapping().unwrap().len(), 1, "{selector:?}");
            let label = &labels["app.kubernetes.io/instance"];
            label.as_str().unwrap().to_owned()
        };
        let selectors = selectors.filter(|selector| !selector.is_null());
        selectors.map(instance).collect::<Vec<String>>()
    };
    let first = selectors(&["--env", "kubernetes"]);
    let set = first[0].clone();
    assert!(set.len() == 52 && set.starts_with(&long[..41]), "{set}");
    // The Service, the headless Service and the set; the Service of the Job; and so on.
    let names = [
        &set, &set, &set, "once", "shop", "shop", "store", "store", "store",
    ];
    assert_eq!(first, names);
    for arguments in [
        &["--env", "kubernetes", "--project", "port"][..],
        &["--env", "prod"],
        &["--env", "prod", "--seed-file", "seed"],
    ] {
        assert_eq!(selectors(arguments), first, "{arguments:?}");
    }
}

#[test]
fn the_project_is_a_label_of_objects_and_pods_only() {
    let sandbox = sandbox("stateful");
    let score = sandbox.read("score.yaml");
    let file = "    files: {/etc/store.conf: {content: on}}\n    volumes:";
    sandbox.write("score.yaml", score.replace("    volumes:", file));
    let run = |arguments: &[&str]| {
        let definitions = ["--provisioners", "definitions.provisioners.yaml"];
        let arguments = [&["--env", "kubernetes", "--format", "json"], arguments].concat();
        let output = generated(&sandbox, &[&definitions, &arguments[..]].concat());
        yaml_serde::from_str::<yaml_serde::Value>(&output).unwrap()
    };
    // The name of a project may end with a character that a label value may not end with.
    let mut list = run(&["--project", "port_-"]);
    let items = list["items"].as_sequence_mut().unwrap();
    let part_of = |metadata: &mut yaml_serde::Value| {
        let labels = metadata["labels"].as_mapping_mut().unwrap();
        assert_eq!(
            labels.shift_remove("app.kubernetes.io/part-of"),
            Some("port".into())
        );
    };
    let mut kinds = Vec::new();
    for item in items {
        let annotations = &item["metadata"]["annotations"];
        if annotations.get("k8s.score.dev/workload-name").is_none() {
            continue;
        }
        kinds.push(item["kind"].as_str().unwrap().to_owned());
        part_of(&mut item["metadata"]);
        if item["kind"] == "StatefulSet" {
            part_of(&mut item["spec"]["template"]["metadata"]);
            let claims = item["spec"]["volumeClaimTemplates"].as_sequence().unwrap();
            assert!(!claims.is_empty());
        }
    }
    assert_eq!(kinds, ["ConfigMap", "Service", "Service", "StatefulSet"]);
    // Nothing else of it is in the objects of the workload.
    let text = yaml_serde::to_string(&list).unwrap();
    assert!(
        !text.contains("part-of") && !text.contains("port_"),
        "{text}"
    );
    let unnamed = yaml_serde::to_string(&run(&[])).unwrap();
    assert!(!unnamed.contains("part-of"), "{unnamed}");
}

#[test]
fn a_seed_decides_the_passwords_and_nothing_else() {
    let sandbox = sandbox("two-workloads-shared-redis");
    let password = |output: &str| output.split("REDISCLI_AUTH: ").nth(1).unwrap()[..24].to_owned();
    let one = generated(&sandbox, &[]);
    sandbox.write("seed", "another\n");
    let other = generated(&sandbox, &["--seed-file", "seed", "--stateless"]);
    assert_ne!(password(&one), password(&other));
    assert_eq!(
        one.replace(&password(&one), "-"),
        other.replace(&password(&other), "-")
    );
}

#[test]
fn a_generated_seed_is_stored_and_reused() {
    let sandbox = sandbox("two-workloads-shared-redis");
    let run = || {
        crate::sandbox::wait_for_exit(
            sandbox
                .command(&["generate"])
                .env_remove("SCORE_RS_SEED")
                .spawn()
                .unwrap(),
            &[],
        )
    };
    let first = run();
    assert_eq!(first.code, Some(0));
    assert!(first.stderr.contains("[new-seed]"), "{}", first.stderr);
    let output = sandbox.read("compose.yaml");
    let second = run();
    assert!(
        second.code == Some(0) && !second.stderr.contains("[new-seed]"),
        "{}",
        second.stderr
    );
    assert_eq!(sandbox.read("compose.yaml"), output);
    assert_eq!(sandbox.read(".score-rs/.gitignore"), "*\n");
}
