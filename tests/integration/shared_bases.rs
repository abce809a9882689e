//! Environments that others extend: keys that only one target has, and levels of rules.

use crate::sandbox::Sandbox;

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {API: '${resources.api.name}'}
resources:
  api: {type: service, params: {workload: api}}
";

const BASE: &str = "namespace: shop
podSecurity: restricted
schemas: [schemas.yaml]
policies: [policies.yaml]
exceptions: none
namespaceLabels: {team: shop}
publish: ['8080:shop:80']
";

/// A base that both targets extend.
fn project(base: &str) -> Sandbox {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            &SCORE.replace(
                "containers:",
                "service: {ports: {web: {port: 80}}}\ncontainers:",
            ),
        ),
        ("bases/all/environment.yaml", base),
        ("bases/all/schemas.yaml", "{}\n"),
        ("bases/all/policies.yaml", ""),
    ]);
    for target in ["compose", "kubernetes"] {
        let text = format!("extends: ../../bases/all\ntarget: {target}\noutput: {target}.yaml\n");
        sandbox.write(&format!("environments/{target}/environment.yaml"), text);
    }
    sandbox
}

fn short(sandbox: &Sandbox, arguments: &[&str]) -> (Option<i32>, String) {
    let result = sandbox.run(&[arguments, &["--message-format", "short"]].concat());
    (result.code, format!("{}{}", result.stdout, result.stderr))
}

#[test]
fn a_base_may_have_keys_of_both_targets() {
    let sandbox = project(
        &BASE
            .replace("schemas: [schemas.yaml]\n", "")
            .replace("policies: [policies.yaml]\n", ""),
    );
    let (code, output) = short(&sandbox, &["generate", "--all-environments"]);
    assert_eq!(code, Some(0), "{output}");
    assert!(sandbox.read("compose.yaml").contains("8080"));
    let manifests = sandbox.read("kubernetes.yaml");
    assert!(
        manifests.contains("namespace: shop")
            && manifests.contains("allowPrivilegeEscalation: false")
    );
    let shown = |target: &str| sandbox.run(&["environments", "show", target]).stdout;
    assert!(
        shown("kubernetes").contains("podSecurity") && !shown("kubernetes").contains("publish")
    );
    assert!(shown("compose").contains("publish") && !shown("compose").contains("podSecurity"));
    // Files of the other target are not even read.
    let sandbox = project(&BASE.replace("schemas.yaml", "nowhere.yaml"));
    let (code, output) = short(&sandbox, &["validate", "-e", "compose"]);
    assert_eq!(code, Some(0), "{output}");
    let (_, output) = short(&sandbox, &["validate", "-e", "kubernetes"]);
    assert!(output.contains("[no-such-file]"), "{output}");
}

#[test]
fn an_environment_itself_has_only_keys_of_its_target() {
    let sandbox = project("target: compose\nnamespace: shop\n");
    let (code, output) = short(&sandbox, &["validate", "-e", "kubernetes"]);
    let message = "bases/all/environment.yaml:2:1: error: `namespace` is for kubernetes, but this environment is for compose";
    assert!(code == Some(1) && output.contains(message), "{output}");
    let sandbox = project("{}\n");
    sandbox.write(
        "environments/compose/environment.yaml",
        "extends: kubernetes\ntarget: compose\n",
    );
    sandbox.write(
        "environments/kubernetes/environment.yaml",
        "target: kubernetes\nnamespace: shop\n",
    );
    let (code, output) = short(&sandbox, &["validate", "-e", "compose"]);
    assert_eq!(code, Some(0), "{output}");
}

#[test]
fn a_base_sets_levels() {
    let levels = |base: &str, own: &str, project: &str, arguments: &[&str]| {
        let sandbox = self::project(&format!("rules: {{external-workload: {base}}}\n"));
        let path = "environments/kubernetes/environment.yaml";
        sandbox.write(path, sandbox.read(path) + own);
        if !project.is_empty() {
            sandbox.write("score-rs.yaml", project);
        }
        let (code, output) = short(&sandbox, &[&["validate"], arguments].concat());
        let severity = output
            .lines()
            .find(|line| line.contains("[external-workload]"));
        let severity = severity.and_then(|line| line.split(": ").nth(1));
        (code, severity.map(str::to_owned))
    };
    let (error, warning) = (
        (Some(1), Some("error".to_owned())),
        (Some(0), Some("warning".to_owned())),
    );
    let environment = ["-e", "kubernetes"];
    assert_eq!(levels("deny", "", "", &environment), error);
    assert_eq!(levels("allow", "", "", &environment), (Some(0), None));
    assert_eq!(
        levels(
            "deny",
            "rules: {external-workload: warn}\n",
            "",
            &environment
        ),
        warning
    );
    let project = "rules: {external-workload: warn}\n";
    assert_eq!(levels("deny", "", project, &environment), warning);
    assert_eq!(
        levels(
            "deny",
            "",
            "",
            &["-e", "kubernetes", "--warn", "external-workload"]
        ),
        warning
    );
    assert_eq!(levels("deny", "", "", &["--all-environments"]), error);
    // Without an environment, nothing of it counts.
    assert_eq!(levels("bogus", "", "", &[]).0, Some(0));
}

#[test]
fn levels_differ_from_environment_to_environment() {
    let sandbox = project("{}\n");
    let path = "environments/kubernetes/environment.yaml";
    sandbox.write(
        path,
        sandbox.read(path) + "rules: {external-workload: deny}\n",
    );
    let (code, output) = short(&sandbox, &["validate", "--all-environments"]);
    assert_eq!(code, Some(1), "{output}");
    for expected in ["error: ", "warning: "] {
        let lines = output
            .lines()
            .filter(|line| line.contains("[external-workload]"));
        assert_eq!(
            lines.filter(|line| line.contains(expected)).count(),
            1,
            "{output}"
        );
    }
}

#[test]
fn commands_that_compile_nothing_use_the_levels() {
    let sandbox = project("rules: {unknown-param: deny}\n");
    let score = sandbox.read("score.yaml");
    sandbox.write(
        "score.yaml",
        score.replace("workload: api}", "workload: api, port: 80}"),
    );
    for command in ["list", "get-outputs"] {
        let arguments = match command {
            "list" => vec!["resources", "list", "-e", "kubernetes"],
            _ => vec![
                "resources",
                "get-outputs",
                "service.default#shop.api",
                "-e",
                "kubernetes",
            ],
        };
        let (code, output) = short(&sandbox, &arguments);
        assert_eq!(code, Some(1), "{output}");
        assert!(
            output.contains("error: ") && output.contains("[unknown-param]"),
            "{output}"
        );
    }
}

#[test]
fn mistakes_in_rules_have_a_place() {
    for (rules, message) in [
        (
            "{external-workloads: deny}",
            "did you mean `external-workload`?",
        ),
        (
            "{external-workload: denied}",
            "write one of `allow`, `warn` and `deny`",
        ),
        ("{missing-key: allow}", "[error-not-configurable]"),
        ("[]", "[wrong-type]"),
    ] {
        let sandbox = project(&format!("rules: {rules}\n"));
        let (code, output) = short(&sandbox, &["validate", "-e", "kubernetes"]);
        let has_place = output.contains("bases/all/environment.yaml:1:");
        assert!(
            code == Some(1) && has_place && output.contains(message),
            "{output}"
        );
    }
}
