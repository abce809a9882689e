//! `defaults:` of an environment: what workloads have that say nothing else.

use serde_json::{Value, json};

use crate::sandbox::{RunResult, Sandbox};

const WEB: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: web, annotations: {team: shop}}
containers:
  main: {image: 'nginx:1'}
";
const ALL: &str = "  workload: {replicas: 3}
  container: {resources: {requests: {memory: 64Mi}, limits: {memory: 128Mi}}}
";

/// A project with a base, and an environment of each target that extends it.
fn sandbox(defaults: &str, more: &str, score: &str) -> Sandbox {
    let base = format!("target: kubernetes\nvalues: {{count: 4}}\ndefaults:\n{defaults}");
    let compose = "target: compose\nextends: base\n";
    Sandbox::with_files(&[
        ("score.yaml", score),
        ("environments/base/environment.yaml", &base),
        (
            "environments/prod/environment.yaml",
            &format!("extends: base\n{more}"),
        ),
        ("environments/local/environment.yaml", compose),
    ])
}

fn run(sandbox: &Sandbox, environment: &str) -> RunResult {
    let arguments = [
        "--format",
        "json",
        "-o",
        "out.json",
        "--message-format",
        "short",
    ];
    sandbox.run(&[&["generate", "--env", environment], &arguments[..]].concat())
}

fn output(sandbox: &Sandbox, environment: &str) -> Value {
    let result = run(sandbox, environment);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    serde_json::from_str(&sandbox.read("out.json")).unwrap()
}

/// The objects for Kubernetes, by kind.
fn objects(defaults: &str, more: &str, score: &str) -> serde_json::Map<String, Value> {
    let list = output(&sandbox(defaults, more, score), "prod");
    let items = list["items"].as_array().cloned().unwrap_or(vec![list]);
    let by_kind = items.into_iter();
    by_kind
        .map(|object| (object["kind"].as_str().unwrap().to_owned(), object))
        .collect()
}

fn pod(object: &Value) -> &Value {
    &object["spec"]["template"]["spec"]
}

fn error(defaults: &str, score: &str) -> String {
    let result = run(&sandbox(defaults, "", score), "prod");
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    result.stderr
}

#[test]
fn a_score_file_and_a_patch_win() {
    let own = WEB.replace(
        "'nginx:1'",
        "'nginx:1', resources: {limits: {memory: 96Mi}}",
    );
    let patch = "patches:\n- target: {kind: Deployment}\n  set: {spec.replicas: 7}\n";
    let deployment = &objects(ALL, patch, &own)["Deployment"];
    assert_eq!(deployment["spec"]["replicas"], 7);
    assert_eq!(
        pod(deployment)["containers"][0]["resources"],
        json!({"requests": {"memory": "64Mi"}, "limits": {"memory": "96Mi"}})
    );
}

#[test]
fn a_default_that_contradicts_the_score_file_is_left_out() {
    for (own, expected) in [
        (
            "requests: {memory: 1Gi}",
            json!({"requests": {"memory": "1Gi"}}),
        ),
        (
            "limits: {memory: 32Mi}",
            json!({"limits": {"memory": "32Mi"}}),
        ),
    ] {
        let score = WEB.replace("'nginx:1'", &format!("'nginx:1', resources: {{{own}}}"));
        let deployment = &objects(ALL, "", &score)["Deployment"];
        assert_eq!(pod(deployment)["containers"][0]["resources"], expected);
    }
}

#[test]
fn an_autoscaler_decides_the_number_of_pods() {
    let features = "features: {autoscaling: {min: 2}, disruption: true}\n";
    let score = WEB.replace("'nginx:1'", "'nginx:1', resources: {requests: {cpu: 10m}}");
    let all = objects(ALL, features, &score);
    assert_eq!(all["Deployment"]["spec"].get("replicas"), None);
    // Without one, the budget counts the default.
    let all = objects(ALL, "features: {disruption: true}\n", WEB);
    assert_eq!(all["Deployment"]["spec"]["replicas"], 3);
    assert!(all.contains_key("PodDisruptionBudget"));
    let one = ALL.replace("replicas: 3", "replicas: 1");
    let all = objects(&one, "features: {disruption: true}\n", WEB);
    assert!(!all.contains_key("PodDisruptionBudget"));
}

#[test]
fn environments_merge_them_and_null_removes_one() {
    let more =
        "defaults: {container: {resources: {limits: null, requests: {cpu: 1m}}}, workload: null}\n";
    let deployment = &objects(ALL, more, WEB)["Deployment"];
    assert_eq!(
        pod(deployment)["containers"][0]["resources"],
        json!({"requests": {"cpu": "1m", "memory": "64Mi"}})
    );
    assert_eq!(deployment["spec"].get("replicas"), None);
}

#[test]
fn a_kind_has_its_own() {
    let score = WEB.replace("team: shop", "k8s.score.dev/kind: StatefulSet");
    let defaults = format!(
        "{ALL}  kinds: {{StatefulSet: {{workload: {{replicas: 1}}, container: {{resources: {{limits: null}}}}}}}}\n"
    );
    let set = &objects(&defaults, "", &score)["StatefulSet"];
    assert_eq!(set["spec"]["replicas"], 1);
    let resources = &pod(set)["containers"][0]["resources"];
    assert_eq!(*resources, json!({"requests": {"memory": "64Mi"}}));
    assert_eq!(
        objects(&defaults, "", WEB)["Deployment"]["spec"]["replicas"],
        3
    );
}

#[test]
fn placeholders_are_replaced_or_the_default_is_left_out() {
    let defaults = "  workload:
    replicas: \"${workload.metadata.annotations.replicas}\"
    terminationGracePeriodSeconds: \"${environment.values.count}\"
    labels: {team: \"${workload.metadata.annotations.team}\", env: \"${environment.name}\", n: \"${environment.values.count}\"}
";
    let deployment = &objects(defaults, "", WEB)["Deployment"];
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(
        [&labels["team"], &labels["env"], &labels["n"]],
        ["shop", "prod", "4"]
    );
    assert_eq!(pod(deployment)["terminationGracePeriodSeconds"], 4);
    assert_eq!(deployment["spec"].get("replicas"), None);
    assert_eq!(
        deployment["spec"]["selector"]["matchLabels"],
        json!({"app.kubernetes.io/instance": "web"})
    );
    let other = WEB.replace("team: shop", "replicas: '5'");
    let deployment = &objects(defaults, "", &other)["Deployment"];
    assert_eq!(deployment["spec"]["replicas"], 5);
    assert_eq!(deployment["metadata"]["labels"].get("team"), None);
}

#[test]
fn workloads_that_share_an_account_get_it_once() {
    let account = "  workload: {serviceAccount: {name: shared, annotations: {a: \"${workload.metadata.annotations.team}\"}}}\n";
    let two = |team: &str| {
        let other = WEB.replace("name: web", "name: api").replace("shop", team);
        format!("{WEB}---\n{other}")
    };
    let all = objects(account, "", &two("shop"));
    assert_eq!(
        all["ServiceAccount"]["metadata"]["annotations"],
        json!({"a": "shop"})
    );
    assert_eq!(pod(&all["Deployment"])["serviceAccountName"], "shared");
    let report = error(account, &two("other"));
    assert!(
        report.contains("environments/base/environment.yaml:4:"),
        "{report}"
    );
    assert!(
        report.contains("`shared` is shared") && report.contains("[invalid-default]"),
        "{report}"
    );
}

/// Hardening guides of Kubernetes say so: an identity of a cloud does not need it.
#[test]
fn a_pod_gets_the_token_of_a_default_account_only_for_a_role() {
    let role = "- uri: template://role
  type: role
  manifests: |
    - apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: reader}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
      subjects: [{kind: ServiceAccount, name: web}]
";
    let with_role = format!("{WEB}resources:\n  role: {{type: role}}\n");
    let account = "  workload: {serviceAccount: {annotations: {role: reader}}}\n";
    let patch = "patches: [{target: {kind: Deployment}, set: {spec.template.spec.serviceAccountName: other}}]\n";
    for (more, score, token) in [
        ("", WEB, Some(false)),
        ("", with_role.as_str(), None),
        ("podSecurity: none\n", WEB, None),
        // Somebody has asked for this account.
        (patch, WEB, None),
    ] {
        let sandbox = sandbox(account, more, score);
        sandbox.write("environments/prod/role.provisioners.yaml", role);
        let output = output(&sandbox, "prod");
        let items = output["items"].as_array().unwrap();
        let deployment = items
            .iter()
            .find(|one| one["kind"] == "Deployment")
            .unwrap();
        let given = pod(deployment)["automountServiceAccountToken"].as_bool();
        assert_eq!(given, token, "{more}{score}");
    }
}

#[test]
fn compose_has_what_it_can() {
    let published = "publish: ['8080:web:80']\n";
    let score = WEB.replace(
        "containers:",
        "service: {ports: {http: {port: 80}}}\ncontainers:",
    );
    let sandbox = sandbox(ALL, "", &score);
    let deploy =
        |sandbox: &Sandbox| output(sandbox, "local")["services"]["web-main"]["deploy"].clone();
    let resources = json!({"limits": {"memory": "128M"}, "reservations": {"memory": "64M"}});
    assert_eq!(
        deploy(&sandbox),
        json!({"replicas": 3, "resources": resources})
    );
    // Two containers cannot have one port of the host.
    let local = "environments/local/environment.yaml";
    sandbox.write(
        local,
        format!("target: compose\nextends: base\n{published}"),
    );
    assert_eq!(deploy(&sandbox), json!({"resources": resources}));
}

#[test]
fn what_is_wrong_is_reported_at_its_place() {
    let timing = "  container: {livenessProbe: {periodSeconds: ";
    for (defaults, place, message) in [
        (
            "  container: {resources: {limits: {memory: 12Mib}}}\n",
            "4:44",
            "`12Mib` is not a valid memory quantity",
        ),
        (
            "  workload: {replica: 2}\n",
            "4:14",
            "did you mean `replicas`?",
        ),
        ("  workload: {replicas: -1}\n", "4:24", "`replicas` must be"),
        (
            "  workload: {replicas: many}\n",
            "4:24",
            "`replicas` must be",
        ),
        (
            "  kinds: {Cronjob: {}}\n",
            "4:11",
            "did you mean `CronJob`?",
        ),
        (
            &format!("{timing}0}}}}\n"),
            "4:46",
            "`periodSeconds` must be",
        ),
        (
            "  workload: {labels: {app.kubernetes.io/name: a}}\n",
            "4:23",
            "score-rs writes the label",
        ),
        (
            "  workload: {annotations: {k8s.score.dev/kind: Job}}\n",
            "4:28",
            "is read only in Score files",
        ),
        (
            "  workload: {strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}}\n",
            "4:56",
            "is not allowed with `type: Recreate`",
        ),
        (
            "  workload: {labels: {a: \"${environment.values.cuont}\"}}\n",
            "4:48",
            "did you mean `count`?",
        ),
        (
            "  workload: {labels: {a: \"${workload.metadata}\"}}\n",
            "4:47",
            "`workload.metadata` alone is not a value",
        ),
        (
            "  workload: {labels: {a: \"${workload.metadata.name}!\"}}\n",
            "4:26",
            "`web!` is not a valid value of a label",
        ),
        (
            "  container: {resources: {limits: {cpu: 1m}, requests: {cpu: 2m}}}\n",
            "4:62",
            "more than its limit of `1m`",
        ),
    ] {
        let report = error(defaults, WEB);
        let place = format!("environments/base/environment.yaml:{place}: ");
        let is_as_expected = report.contains(&place) && report.contains(message);
        assert!(is_as_expected, "{defaults}{report}");
        assert_eq!(report.matches(": error: ").count(), 1, "{report}");
        let sandbox = sandbox(defaults, "", WEB);
        let validated = sandbox.run(&["validate", "--env", "prod", "--message-format", "short"]);
        assert_eq!(validated.code, Some(1), "{defaults}{}", validated.stderr);
        assert!(validated.stdout.contains(&place), "{}", validated.stdout);
    }
}

#[test]
fn why_names_the_default() {
    let sandbox = sandbox(ALL, "", WEB);
    for (environment, object, path) in [
        ("prod", "Deployment/web", ".spec.replicas"),
        ("local", "service/web-main", ".deploy.replicas"),
    ] {
        let result = sandbox.run(&["why", object, path, "-e", environment]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let place = "environments/base/environment.yaml:4:24  default of the environment\n";
        assert!(result.stdout.ends_with(place), "{}", result.stdout);
    }
}
