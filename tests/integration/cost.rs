//! `score-rs cost`: what is added up, what is listed instead, and prices.

use crate::sandbox::{RunResult, Sandbox};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop, annotations: {team: commerce}}
service: {ports: {http: {port: 80}}}
containers:
  main:
    image: nginx:1
    resources: {requests: {cpu: 250m, memory: 256Mi}, limits: {memory: 512Mi}}
  proxy:
    image: envoy:1
    resources: {limits: {memory: 64Mi}}
resources:
  scale: {type: horizontal-pod-autoscaler, params: {minReplicas: 2, maxReplicas: 6}}
  db: {type: store}
";

const ADMIN: &str = "apiVersion: score.dev/v1b1
metadata: {name: admin, annotations: {team: platform, k8s.score.dev/kind: StatefulSet}}
containers:
  main:
    image: nginx:1
    resources: {requests: {cpu: \"0.5\", memory: 1G}}
";

/// A resource with a load balancer, a claim, an object of a custom kind and a pod on every node.
const STORE: &str = "- uri: template://store
  type: store
  manifests: |
    - apiVersion: v1
      kind: Service
      metadata: {name: store, annotations: {k8s.score.dev/source-workload: shop}}
      spec: {type: LoadBalancer, selector: {app: store}, ports: [{port: 5432}]}
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: store, annotations: {k8s.score.dev/source-workload: shop}}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
    - apiVersion: example.com/v1
      kind: Backup
      metadata: {name: store}
    - apiVersion: apps/v1
      kind: DaemonSet
      metadata: {name: agent}
      spec:
        selector: {matchLabels: {app: agent}}
        template:
          metadata: {labels: {app: agent}}
          spec: {containers: [{name: agent, image: 'agent:1'}]}
";

const PRICES: &str = "currency: EUR
cpuHour: 0.031611
memoryGiBHour: 0.004237
storageGiBMonth: 0.04
loadBalancerMonth: 18.25
";

fn project() -> Sandbox {
    Sandbox::with_files(&[
        ("shop.score.yaml", SHOP),
        ("admin.score.yaml", ADMIN),
        ("store.provisioners.yaml", STORE),
        ("prices.yaml", PRICES),
        (
            "environments/prod/environment.yaml",
            "target: kubernetes\ndefault: true\nprovisioners: [../../store.provisioners.yaml, builtin]\n\
             defaults: {workload: {labels: {team: '${workload.metadata.annotations.team}'}}}\n",
        ),
        (
            "environments/test/environment.yaml",
            "extends: prod\ndefault: false\noutput: test.yaml\n",
        ),
        (
            "environments/local/store.provisioners.yaml",
            "- {uri: template://store, type: store}\n",
        ),
        ("environments/local/environment.yaml", "target: compose\n"),
    ])
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    sandbox.run(&[&["cost", "-q"], arguments].concat())
}

#[track_caller]
fn cost(arguments: &[&str]) -> String {
    let sandbox = project();
    let result = run(&sandbox, arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(!sandbox.path(".score-rs").exists(), "nothing is written");
    result.stdout
}

#[test]
fn amounts_are_added_up_and_gaps_are_listed() {
    insta::assert_snapshot!(cost(&[]));
}

#[test]
fn prices_give_a_sum_per_month() {
    insta::assert_snapshot!(cost(&["--prices", "prices.yaml", "--by", "team"]));
}

#[test]
fn environments_are_compared() {
    let arguments = [
        "--all-environments",
        "--by",
        "environment",
        "--prices",
        "prices.yaml",
    ];
    insta::assert_snapshot!(cost(&arguments));
}

#[test]
fn programs_get_exact_numbers() {
    insta::assert_snapshot!(cost(&["-f", "json", "--prices", "prices.yaml"]));
}

#[test]
fn compose_reserves_nothing() {
    let result = run(&project(), &["-e", "local"]);
    assert_eq!(result.code, Some(2), "{}", result.stdout);
    insta::assert_snapshot!(result.stderr);
}

#[test]
fn mistakes_in_prices_have_a_place() {
    let rows = [
        (
            "currency: EUR\ncpuHuor: 0.03\n",
            "prices.yaml:2:1: error: a file of prices has no key `cpuHuor`",
        ),
        ("cpuHour: 0.03\n", "prices.yaml:1:1: error: "),
        (
            "currency: EUR\ncpuHour: cheap\n",
            "prices.yaml:2:10: error: `cpuHour` is no price with at most 9 decimal places",
        ),
        (
            "currency: EUR\ncpuHour: -1\n",
            "prices.yaml:2:10: error: `cpuHour` is no price",
        ),
        ("", "prices.yaml:1:1: error: there are no prices"),
    ];
    for (text, expected) in rows {
        let sandbox = project();
        sandbox.write("prices.yaml", text);
        let arguments = ["--prices", "prices.yaml", "--message-format", "short"];
        let result = run(&sandbox, &arguments);
        assert_eq!(result.code, Some(1), "{text}: {}", result.stdout);
        assert!(
            result.stderr.contains(expected),
            "{text}: {}",
            result.stderr
        );
    }
    let result = run(&project(), &["--prices", "none.yaml"]);
    assert_eq!(result.code, Some(3), "{}", result.stderr);
}
