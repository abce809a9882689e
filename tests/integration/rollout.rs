//! The feature `rollout`: a Rollout of Argo Rollouts instead of a Deployment, and what follows it.

use serde_json::{Value, json};

use crate::features::{of_kind, run};
use crate::sandbox::{Sandbox, objects_of};

const WEB: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: web, annotations: {a: b}}
containers:
  main: {image: 'nginx:1', resources: {requests: {cpu: 100m}}}
";

fn objects(environment: &str, score: &str) -> Vec<Value> {
    let (sandbox, result) = run(&format!("target: kubernetes\n{environment}"), score);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    objects_of(&sandbox.read("out.json"))
}

#[test]
fn a_rollout_is_the_deployment_with_steps() {
    let rollout = &objects("features: {rollout: true}\n", WEB)[0];
    let mut expected = objects("", WEB)[0].clone();
    expected["apiVersion"] = "argoproj.io/v1alpha1".into();
    expected["kind"] = "Rollout".into();
    let pause = json!({"pause": {"duration": "5m"}});
    let steps = json!([{"setWeight": 20}, pause, {"setWeight": 50}, pause]);
    expected["spec"]["strategy"] = json!({"canary": {"steps": steps}});
    assert_eq!(*rollout, expected);
    let own = WEB.replace(
        "{a: b}",
        "{a: b, features.score-rs.dev/rollout: '{\"steps\": [10, pause]}'}",
    );
    let rollout = &objects("features: {rollout: {steps: [50, 1h]}}\n", &own)[0];
    assert_eq!(
        rollout["spec"]["strategy"]["canary"]["steps"],
        json!([{"setWeight": 10}, {"pause": {}}])
    );
}

#[test]
fn defaults_and_other_features_follow() {
    let environment = "features: {rollout: true, autoscaling: true, disruption: true, spread: true, \
                       networkPolicies: true, telemetry: {alerts: true}}\n\
                       defaults: {workload: {strategy: {rollingUpdate: {maxSurge: 2}}}}\n";
    let all = objects(environment, WEB);
    let rollout = of_kind(&all, "Rollout");
    assert_eq!(rollout["spec"]["strategy"]["canary"]["maxSurge"], 2);
    assert_eq!(of_kind(&all, "Deployment"), Value::Null);
    let pods = &rollout["spec"]["template"]["spec"];
    assert_eq!(
        pods["topologySpreadConstraints"][0]["matchLabelKeys"],
        json!(["rollouts-pod-template-hash"])
    );
    // What every pod has, and what `finish` adds.
    assert_eq!(pods["automountServiceAccountToken"], false);
    let target = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
    let autoscaler = of_kind(&all, "HorizontalPodAutoscaler");
    assert_eq!(autoscaler["spec"]["scaleTargetRef"], target);
    for kind in ["PodDisruptionBudget", "NetworkPolicy"] {
        assert_eq!(of_kind(&all, kind)["metadata"]["name"], "web", "{kind}");
    }
    let rules = &of_kind(&all, "PrometheusRule")["spec"]["groups"][0]["rules"];
    let expression = rules[0]["expr"].as_str().unwrap();
    assert!(
        expression.starts_with("kube_replicaset_status_ready_replicas{"),
        "{expression}"
    );
    let replicas = "features: {rollout: true}\ndefaults: {workload: {replicas: 3}}\n";
    assert_eq!(
        of_kind(&objects(replicas, WEB), "Rollout")["spec"]["replicas"],
        3
    );
}

#[test]
fn autoscalers_of_definitions_scale_the_rollout() {
    let score = format!("{WEB}resources: {{scale: {{type: horizontal-pod-autoscaler}}}}\n");
    let environment = "features: {rollout: true, autoscaling: true, disruption: true}\n\
                       defaults: {workload: {replicas: 3}}\n";
    let all = objects(environment, &score);
    let autoscalers = all
        .iter()
        .filter(|object| object["kind"] == "HorizontalPodAutoscaler");
    let targets: Vec<&Value> = autoscalers
        .map(|object| &object["spec"]["scaleTargetRef"])
        .collect();
    let target = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
    assert_eq!(targets, [&target]);
    assert_eq!(of_kind(&all, "Rollout")["spec"].get("replicas"), None);
    assert_eq!(
        of_kind(&all, "PodDisruptionBudget")["metadata"]["name"],
        "web"
    );
}

#[test]
fn whatever_scales_the_deployment_scales_the_rollout() {
    let definition = "- uri: template://own/scale\n  type: scale\n  manifests: |\n    \
                      - apiVersion: keda.sh/v1alpha1\n      kind: ScaledObject\n      \
                      metadata: {name: web}\n      spec: {scaleTargetRef: {name: web}}\n    \
                      - apiVersion: autoscaling.k8s.io/v1\n      kind: VerticalPodAutoscaler\n      \
                      metadata: {name: web}\n      spec: {targetRef: {apiVersion: apps/v1, kind: \
                      Deployment, name: web}}\n    \
                      - apiVersion: autoscaling.k8s.io/v1\n      kind: VerticalPodAutoscaler\n      \
                      metadata: {name: other}\n      spec: {targetRef: {kind: Deployment, name: \
                      other}}\n";
    let environment = "target: kubernetes\nfeatures: {rollout: true}\n";
    let score = format!("{WEB}resources: {{scale: {{type: scale}}}}\n");
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score),
        ("environments/prod/environment.yaml", environment),
        ("environments/prod/own.provisioners.yaml", definition),
    ]);
    let result = sandbox.run(&[
        "generate", "-e", "prod", "--format", "json", "-o", "out.json",
    ]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let objects = objects_of(&sandbox.read("out.json"));
    let targets: Vec<Value> = objects
        .iter()
        .flat_map(|object| {
            let keys = ["scaleTargetRef", "targetRef"];
            keys.map(|key| object["spec"].get(key).cloned())
        })
        .flatten()
        .collect();
    let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"});
    let other = json!({"kind": "Deployment", "name": "other"});
    assert_eq!(targets, [rollout.clone(), rollout, other]);
}

#[test]
fn patches_see_a_rollout() {
    let patch = "- target: {kind: Rollout}\n  merge: {spec: {template: {spec: {containers: \
                 [{name: main, tty: true}]}}}}\n";
    let environment = format!("features: {{rollout: true}}\npatches:\n{patch}");
    let containers = &objects(&environment, WEB)[0]["spec"]["template"]["spec"]["containers"];
    assert_eq!(
        [&containers[0]["image"], &containers[0]["tty"]],
        [&json!("nginx:1"), &json!(true)]
    );
}

/// As in a cluster, a rule for Pods is asked of the pods, which are not known here.
#[test]
fn policies_see_a_rollout() {
    let policy = |kinds: &str, pattern: &str| {
        let policy = format!(
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {{name: limits}}\nspec:\n  \
             validationFailureAction: Enforce\n  rules:\n  - name: limits\n    match: {{any: \
             [{{resources: {{kinds: [{kinds}]}}}}]}}\n    validate: {{message: none, pattern: \
             {pattern}}}\n"
        );
        let environment =
            "target: kubernetes\nfeatures: {rollout: true}\npolicies: [limits.yaml]\n";
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", WEB),
            ("environments/prod/environment.yaml", environment),
            ("environments/prod/limits.yaml", &policy),
        ]);
        sandbox.run(&[
            "generate",
            "-e",
            "prod",
            "--message-format",
            "short",
            "-o",
            "-",
        ])
    };
    let pod = "{spec: {containers: [{resources: {limits: {memory: '?*'}}}]}}";
    let result = policy("Pod", pod);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let result = policy("Rollout", &format!("{{spec: {{template: {pod}}}}}"));
    let expected = "score.yaml:4:3: error: none";
    assert!(result.stderr.contains(expected), "{}", result.stderr);
}

#[test]
fn other_kinds_are_errors_at_their_place() {
    for kind in ["StatefulSet", "Job"] {
        let score = WEB.replace("{a: b}", &format!("{{k8s.score.dev/kind: {kind}}}"));
        let environment = "target: kubernetes\nfeatures: {rollout: true}\n";
        let (_, result) = run(environment, &score);
        let expected = format!(
            "score.yaml:2:57: error: `rollout` is not possible for a {kind}; add the annotation"
        );
        assert!(result.stderr.contains(&expected), "{}", result.stderr);
        let off = score.replace("{k8s", "{features.score-rs.dev/rollout: 'false', k8s");
        assert_eq!(run(environment, &off).1.code, Some(0));
    }
    let claim = "resources: {data: {type: volume, params: {storage: 1Gi}}}\n";
    let mounts = WEB.replace(
        "{image:",
        "{volumes: {/data: {source: '${resources.data}'}}, image:",
    );
    let (_, result) = run(
        "target: kubernetes\nfeatures: {rollout: true}\n",
        &format!("{mounts}{claim}"),
    );
    let expected = "score.yaml:2:18: error: `rollout` is not possible for `web`: old and new pods";
    assert!(result.stderr.contains(expected), "{}", result.stderr);
}

#[test]
fn wrong_steps_are_errors_at_their_place() {
    for (steps, place) in [
        ("[0]", "2:30: error: a weight must be from 1 to 100"),
        ("[20, 5]", ""),
        (
            "[20, 5 minutes]",
            "2:34: error: a step cannot be `5 minutes`",
        ),
        (
            "[99999999999999999999m]",
            "2:30: error: a step cannot be `99999999999999999999m`",
        ),
        ("[]", "2:29: error: `steps` cannot be empty"),
        ("20", "2:29: error: `steps` must be a list"),
    ] {
        let environment =
            format!("target: kubernetes\nfeatures: {{rollout: {{steps: {steps}}}}}\n");
        let (_, result) = run(&environment, WEB);
        match place {
            "" => assert_eq!(result.code, Some(0), "{}", result.stderr),
            place => {
                let expected = format!("environment.yaml:{place}");
                assert!(result.stderr.contains(&expected), "{}", result.stderr);
            }
        }
    }
}

#[test]
fn compose_ignores_it() {
    let (sandbox, result) = run("target: compose\nfeatures: {rollout: true}\n", WEB);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let with = sandbox.read("out.json");
    assert_eq!(with, run("target: compose\n", WEB).0.read("out.json"));
}
