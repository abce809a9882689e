//! `features:` of an environment, and the annotations of workloads that change them.

use serde_json::{Value, json};

use crate::sandbox::{RunResult, Sandbox, objects_of};

const WEB: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: web, annotations: {a: b}}
containers:
  main: {image: 'nginx:1', resources: {requests: {cpu: 100m}}}
";
const ALL: &str = "features: {autoscaling: {min: 3, max: 6}, disruption: true, spread: true}\n";

fn generate(sandbox: &Sandbox) -> RunResult {
    let arguments = [
        "generate",
        "--env",
        "prod",
        "--project",
        "shop",
        "--format",
        "json",
    ];
    sandbox.run(
        &[
            &arguments[..],
            &["-o", "out.json", "--message-format", "short"],
        ]
        .concat(),
    )
}

fn sandbox(environment: &str, score: &str) -> Sandbox {
    let environment = format!("target: kubernetes\n{environment}");
    let file = "environments/prod/environment.yaml";
    Sandbox::with_files(&[("score.yaml", score), (file, &environment)])
}

/// Generates a project with this environment to `out.json`.
pub fn run(environment: &str, score: &str) -> (Sandbox, RunResult) {
    let file = "environments/prod/environment.yaml";
    let sandbox = Sandbox::with_files(&[("score.yaml", score), (file, environment)]);
    let output = ["--format", "json", "-o", "out.json"];
    let short = ["--message-format", "short"];
    let result = sandbox.run(&[&["generate", "-e", "prod"], &output[..], &short].concat());
    (sandbox, result)
}

/// The first object of a kind, or null.
pub fn of_kind(objects: &[Value], kind: &str) -> Value {
    let mut found = objects.iter().filter(|object| object["kind"] == kind);
    found.next().cloned().unwrap_or_default()
}

/// The objects of an environment, by kind; no two are of one kind.
fn objects(environment: &str, score: &str) -> serde_json::Map<String, Value> {
    let sandbox = sandbox(environment, score);
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let by_kind = objects_of(&sandbox.read("out.json")).into_iter();
    by_kind
        .map(|object| (object["kind"].as_str().unwrap().to_owned(), object))
        .collect()
}

fn annotated(annotations: &str) -> String {
    WEB.replace("{a: b}", &format!("{{a: b, {annotations}}}"))
}

fn error(environment: &str, score: &str) -> String {
    let result = generate(&sandbox(environment, score));
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    result.stderr
}

#[test]
fn features_add_objects_and_fields() {
    let objects = objects(ALL, WEB);
    assert_eq!(objects.len(), 3, "{objects:?}");
    let selector = json!({"matchLabels": {"app.kubernetes.io/instance": "web"}});
    let budget = &objects["PodDisruptionBudget"];
    assert_eq!(budget["metadata"]["name"], "web");
    assert_eq!(
        budget["spec"],
        json!({"maxUnavailable": 1, "selector": selector})
    );
    let autoscaler = &objects["HorizontalPodAutoscaler"]["spec"];
    assert_eq!(
        autoscaler["scaleTargetRef"],
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"})
    );
    assert_eq!(
        [&autoscaler["minReplicas"], &autoscaler["maxReplicas"]],
        [3, 6]
    );
    let pod = &objects["Deployment"]["spec"]["template"];
    assert_eq!(
        pod["spec"]["topologySpreadConstraints"],
        json!([{
            "labelSelector": selector, "matchLabelKeys": ["pod-template-hash"], "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"
        }])
    );
    assert_eq!(objects["Deployment"]["spec"].get("replicas"), None);
}

#[test]
fn nothing_is_added_unless_it_is_switched_on() {
    for environment in [
        "",
        "features: {}\n",
        "features: {spread: false, disruption: false}\n",
    ] {
        let objects = objects(environment, WEB);
        assert_eq!(objects.keys().collect::<Vec<_>>(), ["Deployment"]);
        assert_eq!(objects["Deployment"], self::objects("", WEB)["Deployment"]);
    }
}

#[test]
fn a_workload_has_its_own_settings() {
    let off = annotated("features.score-rs.dev/autoscaling: 'false'");
    // A budget for one pod would only be in the way.
    assert_eq!(
        objects(ALL, &off).keys().collect::<Vec<_>>(),
        ["Deployment"]
    );
    let own = annotated("features.score-rs.dev/autoscaling: '{\"min\": 4, \"cpu\": 50}'");
    let scaled = objects(ALL, &own);
    let spec = &scaled["HorizontalPodAutoscaler"]["spec"];
    assert_eq!([&spec["minReplicas"], &spec["maxReplicas"]], [4, 6]);
    assert_eq!(
        spec["metrics"][0]["resource"]["target"]["averageUtilization"],
        50
    );
    let annotations = &scaled["Deployment"]["metadata"]["annotations"];
    assert_eq!(annotations["a"], "b");
    assert_eq!(annotations.get("features.score-rs.dev/autoscaling"), None);
    let on = annotated("features.score-rs.dev/spread: 'true'");
    let pod = &objects("", &on)["Deployment"]["spec"]["template"]["spec"];
    assert_eq!(pod["topologySpreadConstraints"][0]["maxSkew"], 1);
}

#[test]
fn the_autoscaler_of_a_resource_wins() {
    let score = format!("{WEB}resources:\n  scale: {{type: horizontal-pod-autoscaler}}\n");
    let objects = objects(ALL, &score);
    let autoscaler = &objects["HorizontalPodAutoscaler"];
    assert_ne!(autoscaler["metadata"]["name"], "web");
    assert_eq!(autoscaler["spec"]["minReplicas"], 2);
    assert_eq!(objects["PodDisruptionBudget"]["spec"]["maxUnavailable"], 1);
}

#[test]
fn jobs_get_nothing() {
    let job = annotated("k8s.score.dev/kind: Job");
    let objects = objects(ALL, &job);
    assert_eq!(objects.keys().collect::<Vec<_>>(), ["Job"]);
    let pod = &objects["Job"]["spec"]["template"]["spec"];
    assert_eq!(pod.get("topologySpreadConstraints"), None);
}

#[test]
fn an_environment_changes_what_it_extends() {
    let sandbox = sandbox(
        "extends: base\nfeatures: {spread: false, autoscaling: {max: 9}}\n",
        WEB,
    );
    sandbox.write(
        "environments/base/environment.yaml",
        format!("target: kubernetes\n{ALL}"),
    );
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let output = sandbox.read("out.json");
    assert!(!output.contains("topologySpreadConstraints"), "{output}");
    assert!(output.contains("\"minReplicas\": 3"), "{output}");
    assert!(output.contains("\"maxReplicas\": 9"), "{output}");
    let shown = sandbox.run(&["environments", "show", "prod"]);
    assert!(
        shown.stdout.contains("features.autoscaling.min"),
        "{}",
        shown.stdout
    );
}

#[test]
fn mistakes_are_errors_at_their_place() {
    for (features, place) in [
        (
            "{disrupton: true}",
            "2:12: error: unknown feature `disrupton`; did you mean `disruption`? [unknown-key]",
        ),
        ("{spread: {topologie: node}}", "2:21: error: "),
        (
            "{spread: {topology: rack}}",
            "2:31: error: `topology` cannot be `rack`",
        ),
        (
            "{spread: {maxSkew: 0}}",
            "2:30: error: `maxSkew` must be from 1",
        ),
        (
            "{spread: yes please}",
            "2:20: error: `spread` must be a mapping",
        ),
    ] {
        let stderr = error(&format!("features: {features}\n"), WEB);
        assert!(
            stderr.contains(&format!("environment.yaml:{place}")),
            "{stderr}"
        );
    }
    for (annotation, place) in [
        (
            "spraed: 'true'",
            "2:43: error: there is no feature `spraed`; did you mean `spread`? [invalid-feature]",
        ),
        (
            "spread: 'no way'",
            "2:73: error: `no way` is not a valid value",
        ),
        (
            "spread: '{\"maxSkwe\": 1}'",
            "2:73: error: `spread` has no key `maxSkwe`; did you mean `maxSkew`?",
        ),
    ] {
        let stderr = error(
            "",
            &annotated(&format!("features.score-rs.dev/{annotation}")),
        );
        assert!(stderr.contains(&format!("score.yaml:{place}")), "{stderr}");
    }
}
