//! Policies of an environment, in both forms.

use crate::sandbox::{RunResult, Sandbox};

const SCORE: &str = "apiVersion: score.dev/v1b1
metadata:
  name: orders
containers:
  main:
    image: example.com/orders:1
  side:
    image: example.com/side:latest
    resources:
      limits: {memory: 64Mi, cpu: 100m}
";

/// As introductions to Kyverno show it.
const LIMITS: &str = "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: require-limits
spec:
  validationFailureAction: Enforce
  rules:
  - name: validate-resources
    match:
      any:
      - resources:
          kinds:
          - Pod
    validate:
      message: \"CPU and memory limits are required.\"
      pattern:
        spec:
          containers:
          - resources:
              limits:
                memory: \"?*\"
                cpu: \"?*\"
";

fn admission(action: &str, validation: &str) -> String {
    format!(
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: images
spec:
  matchConstraints:
    resourceRules:
    - apiGroups: [apps]
      apiVersions: [v1]
      operations: [CREATE, UPDATE]
      resources: [deployments]
  variables:
  - name: containers
    expression: object.spec.template.spec.containers
  validations:
  - expression: {validation}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: images
spec:
  policyName: images
  validationActions: [{action}]
"
    )
}

fn project(policy: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("score.yaml", SCORE);
    let environment = "target: kubernetes\nnamespace: shop\npolicies: [policies]\n";
    sandbox.write("environments/prod/environment.yaml", environment);
    sandbox.write("environments/prod/policies/policy.yaml", policy);
    sandbox
}

fn run(sandbox: &Sandbox, command: &[&str], format: &str) -> RunResult {
    sandbox.run(&[command, &["-e", "prod", "--message-format", format]].concat())
}

fn generate(sandbox: &Sandbox) -> RunResult {
    run(sandbox, &["generate", "-o", "-"], "short")
}

#[test]
fn the_policy_of_introductions_points_at_the_container() {
    let sandbox = project(LIMITS);
    let expected =
        "score.yaml:5:3: error: CPU and memory limits are required (`Deployment/orders`, ";
    for command in [
        &["generate", "-o", "-"][..],
        &["validate", "score.yaml"],
        &["diff"],
    ] {
        let result = run(&sandbox, command, "short");
        let output = result.stdout + &result.stderr;
        assert_eq!(result.code, Some(1), "{command:?}: {}", output);
        let line = output.lines().find(|line| line.starts_with(expected));
        let line = line.unwrap_or_else(|| panic!("{}", output));
        assert!(line.contains("write `containers.main.resources.limits.cpu` and `containers.main.resources.limits.memory`"), "{line}");
        assert!(line.ends_with("[policy/require-limits]"), "{line}");
        assert!(!output.contains("containers.side"), "{}", output);
    }
    let with_limits = SCORE.replace(
        "orders:1\n",
        "orders:1\n    resources:\n      limits: {memory: 64Mi, cpu: 100m}\n",
    );
    sandbox.write("score.yaml", with_limits);
    let right = generate(&sandbox);
    assert_eq!(right.code, Some(0), "{}", right.stderr);
}

#[test]
fn all_formats_have_the_name_of_the_policy() {
    let sandbox = project(LIMITS);
    for format in [
        "short", "json", "sarif", "github", "gitlab", "junit", "human",
    ] {
        let result = run(&sandbox, &["generate", "-o", "-"], format);
        let output = result.stdout + &result.stderr;
        assert!(
            output.contains("policy/require-limits"),
            "{format}: {output}"
        );
    }
}

#[test]
fn audit_is_a_note_and_no_level_lowers_an_error() {
    let audit = LIMITS.replace("  validationFailureAction: Enforce\n", "");
    let result = generate(&project(&audit));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result.stderr.contains("note: CPU and memory"),
        "{}",
        result.stderr
    );

    let at_the_rule = audit.replace(
        "    validate:\n",
        "    validate:\n      failureAction: Enforce\n",
    );
    let sandbox = project(&at_the_rule);
    sandbox.write("score-rs.yaml", "rules: {policy-denied: allow}\n");
    assert_eq!(generate(&sandbox).code, Some(1));
}

#[test]
fn an_expression_points_at_the_field_that_it_read() {
    let rule = "variables.containers.all(c, !c.image.endsWith(':latest'))";
    for (action, level, code) in [
        ("Deny", "error", 1),
        ("Warn", "warning", 0),
        ("Audit", "note", 0),
    ] {
        let result = generate(&project(&admission(action, rule)));
        assert_eq!(result.code, Some(code), "{}", result.stderr);
        let expected =
            format!("score.yaml:8:12: {level}: failed expression: {rule} (`Deployment/orders`, ");
        assert!(result.stderr.contains(&expected), "{}", result.stderr);
        assert!(
            result.stderr.contains("write `containers.side.image`"),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn a_patch_is_blamed_for_what_it_wrote_only() {
    let patches = "patches:
- target: {kind: Deployment}
  set: {spec.template.spec.priorityClassName: high}
";
    for (rule, place) in [
        ("object.spec.paused == true", "score.yaml:3:9: error: "),
        (
            "object.spec.template.spec.priorityClassName == 'low'",
            "environments/prod/environment.yaml:6:47: error: ",
        ),
    ] {
        let sandbox = project(&admission("Deny", rule));
        let file = "environments/prod/environment.yaml";
        let environment = sandbox.read(file);
        sandbox.write(file, format!("{environment}{patches}"));
        let result = generate(&sandbox);
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(result.stderr.starts_with(place), "{}", result.stderr);
    }
}

#[test]
fn a_patch_of_the_command_line_moves_no_place() {
    let sandbox = project(&admission(
        "Deny",
        "variables.containers.all(c, !c.image.endsWith(':latest'))",
    ));
    let service = "service: {ports: {web: {port: 80}}}\n";
    sandbox.write("score.yaml", format!("{SCORE}{service}"));
    sandbox.write("first.tpl", "- {op: delete, path: 0}\n");
    let command = ["generate", "-o", "out.yaml", "--patch", "first.tpl"];
    let result = run(&sandbox, &command, "short");
    assert!(
        result.stderr.starts_with("score.yaml:8:12: error: "),
        "{}",
        result.stderr
    );
}

#[test]
fn defaults_of_the_api_server_are_seen_and_not_written() {
    let rule = "variables.containers.all(c, c.terminationMessagePolicy == 'File') && object.spec.replicas == 1";
    let result = generate(&project(&admission("Deny", rule)));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(!result.stdout.contains("terminationMessagePolicy"));
}

#[test]
fn mistakes_in_policies_have_their_place() {
    for (policy, expected) in [
        (
            admission("Deny", "variables.containers.all(c, c.image.endWith('x'))"),
            "policy.yaml:16:53: error: unknown function `endWith`; did you mean `endsWith`? [invalid-policy]",
        ),
        (
            LIMITS.replace("kinds:", "kind:"),
            "policy.yaml:12:11: error: `resources` has no key `kind`; did you mean `kinds`?",
        ),
        (
            LIMITS.replace("ClusterPolicy", "ClusterPolcy"),
            "policy.yaml:2:7: error: `kyverno.io/v1` has no kind `ClusterPolcy`; did you mean `ClusterPolicy`? [invalid-policy]",
        ),
        (
            LIMITS.replace("memory: \"", "Y(memory): \""),
            "policy.yaml:21:17: error: `Y(memory)` is not an anchor of `validate`",
        ),
    ] {
        let result = generate(&project(&policy));
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(
            result.stderr.contains(expected),
            "{expected}\n{}",
            result.stderr
        );
    }
}

#[test]
fn what_only_a_cluster_knows_is_said_once() {
    let result = generate(&project(&admission(
        "Deny",
        "request.userInfo.username == 'a'",
    )));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let note = "note: the policy `images` is not decided completely: `request.userInfo";
    assert_eq!(result.stderr.matches(note).count(), 1, "{}", result.stderr);
}

#[test]
fn a_policy_is_not_for_what_any_condition_excludes() {
    let policy = admission("Deny", "1 == 2").replace(
        "  validations:",
        "  matchConditions:
  - {name: who, expression: request.userInfo.username == 'a'}
  - {name: which, expression: object.metadata.name == 'other'}
  validations:",
    );
    let result = generate(&project(&policy));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        !result.stderr.contains("policy-not-decided"),
        "{}",
        result.stderr
    );
}

#[test]
fn the_key_of_an_init_container_is_named() {
    let sandbox = project(&admission(
        "Deny",
        "object.spec.template.spec.initContainers.all(c, !c.image.endsWith(':latest'))",
    ));
    let score = SCORE.replace("  side:", "  side:\n    before: {main: {ready: complete}}");
    sandbox.write("score.yaml", score);
    let result = generate(&sandbox);
    assert!(
        result.stderr.contains("write `containers.side.image`"),
        "{}",
        result.stderr
    );
}

fn excepted(policy: &str) -> String {
    let comment = format!("  # score-rs: allow policy/{policy} because of OPS-1\n  main:");
    SCORE.replace("  main:", &comment.replace("because of", "because it is"))
}

#[test]
fn an_exception_needs_a_reason_and_an_effect() {
    let sandbox = project(LIMITS);
    sandbox.write("score.yaml", excepted("require-limits"));
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let note = "score.yaml:5:3: note: excepted from the policy `require-limits`: it is OPS-1 [policy-exception]";
    assert!(result.stderr.contains(note), "{}", result.stderr);

    let without = excepted("require-limits").replace(" because it is OPS-1", "");
    sandbox.write("score.yaml", without);
    let result = generate(&sandbox);
    assert!(
        result.stderr.contains("[comment-syntax]"),
        "{}",
        result.stderr
    );

    sandbox.write("score.yaml", excepted("require-limts"));
    let result = generate(&sandbox);
    assert!(
        result
            .stderr
            .contains("did you mean `policy/require-limits`? [unused-exception]"),
        "{}",
        result.stderr
    );
}

#[test]
fn an_environment_that_extends_cannot_allow_exceptions_again() {
    let sandbox = project(LIMITS);
    sandbox.write("score.yaml", excepted("require-limits"));
    let environment = "target: kubernetes\npolicies: [policies]\nexceptions: none\n";
    sandbox.write("environments/prod/environment.yaml", environment);
    let result = generate(&sandbox);
    assert_eq!(result.code, Some(1));
    assert!(
        result
            .stderr
            .contains("score.yaml:5:3: error: the environment `prod` does not allow"),
        "{}",
        result.stderr
    );
    assert!(
        result.stderr.contains("[policy/require-limits]"),
        "{}",
        result.stderr
    );

    sandbox.write(
        "environments/team/environment.yaml",
        "extends: prod\nexceptions: allowed\n",
    );
    let result = sandbox.run(&[
        "generate",
        "-e",
        "team",
        "-o",
        "-",
        "--message-format",
        "short",
    ]);
    let expected = "environments/team/environment.yaml:2:13: error: an environment that this one extends does not allow exceptions";
    assert!(result.stderr.contains(expected), "{}", result.stderr);
}

#[test]
fn compose_has_no_policies() {
    let sandbox = project(LIMITS);
    sandbox.write(
        "environments/prod/environment.yaml",
        "target: compose\npolicies: [policies]\n",
    );
    let result = generate(&sandbox);
    assert!(
        result.stderr.contains("[wrong-target]"),
        "{}",
        result.stderr
    );
}

/// A policy for Deployments with a pattern of the template's `spec`.
fn pattern(pattern: &str) -> String {
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {{name: shape}}
spec:
  validationFailureAction: enforce
  rules:
  - name: shape
    match: {{any: [{{resources: {{kinds: [apps/v1/Deployment]}}}}]}}
    exclude: {{any: [{{resources: {{names: [legacy-*]}}}}]}}
    validate:
      message: wrong shape
      pattern: {{spec: {{template: {{spec: {pattern}}}}}}}
"
    )
}

#[test]
fn anchors_mean_what_they_mean_in_kyverno() {
    for (asked, is_refused) in [
        ("{containers: [{image: '*:1 | *:latest'}]}", false),
        ("{containers: [{image: '!*:latest'}]}", true),
        // Conditions choose items, and global ones the whole rule.
        ("{containers: [{(name): main, image: '*:1'}]}", false),
        ("{containers: [{(name): side, image: '*:1'}]}", true),
        ("{containers: [{(name): other, image: '*:9'}]}", false),
        ("{containers: [{<(image): '*:1', name: main}]}", false),
        ("{containers: [{<(image): '*:1', name: none}]}", true),
        // Where it is there.
        ("{=(hostNetwork): false}", false),
        ("{hostNetwork: true}", true),
        (
            "{containers: [{=(resources): {=(limits): {memory: '<=32Mi'}}}]}",
            true,
        ),
        (
            "{containers: [{=(resources): {=(limits): {memory: '1Mi-1Gi'}}}]}",
            false,
        ),
        // Never, and at least one.
        ("{X(hostPID): 'null'}", false),
        ("{X(containers): 'null'}", true),
        ("{^(containers): [{name: side}]}", false),
        ("{^(containers): [{name: none}]}", true),
    ] {
        let result = generate(&project(&pattern(asked)));
        let wanted = if is_refused { 1 } else { 0 };
        assert_eq!(result.code, Some(wanted), "{asked}\n{}", result.stderr);
    }
    let excluded = pattern("{hostNetwork: true}").replace("legacy-*", "ord*");
    assert_eq!(generate(&project(&excluded)).code, Some(0));
}

#[test]
fn a_rule_for_pods_is_asked_of_every_template_of_pods() {
    for (kind, annotation, code) in [
        ("StatefulSet", "", 1),
        ("Job", "", 1),
        ("CronJob", "", 1),
        ("CronJob", "DaemonSet,Job", 0),
        ("Job", "DaemonSet,Job", 1),
        ("Job", "none", 0),
    ] {
        let policy = LIMITS.replace(
            "  name: require-limits\n",
            &format!("  name: require-limits\n  annotations: {{pod-policies.kyverno.io/autogen-controllers: \"{annotation}\"}}\n"),
        );
        let sandbox = project(if annotation.is_empty() {
            LIMITS
        } else {
            &policy
        });
        let kind_of = format!(
            "  name: orders\n  annotations: {{k8s.score.dev/kind: {kind}, k8s.score.dev/schedule: \"0 3 * * *\"}}\n"
        );
        sandbox.write("score.yaml", SCORE.replace("  name: orders\n", &kind_of));
        let result = generate(&sandbox);
        let line = "score.yaml:6:3: error: CPU and memory limits";
        let is_found = result.stderr.contains(line);
        assert_eq!(
            is_found,
            code == 1,
            "{kind} {annotation}\n{}",
            result.stderr
        );
        assert_eq!(
            result.code,
            Some(code),
            "{kind} {annotation}\n{}",
            result.stderr
        );
    }
}

#[test]
fn parameters_and_namespaces_are_read_from_the_files() {
    let policy = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: images}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    namespaceSelector: {matchLabels: {tier: prod}}
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]}]
  validations:
  - expression: object.spec.template.spec.containers.size() <= int(params.data.most)
    messageExpression: \"'at most ' + params.data.most\"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: shop}
data: {most: '1'}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: images}
spec: {policyName: images, validationActions: [Deny], paramRef: {name: limits, parameterNotFoundAction: Deny}}
";
    let sandbox = project(policy);
    let unknown = generate(&sandbox);
    let note = "the environment has no `namespaceLabels`";
    assert!(
        unknown.code == Some(0) && unknown.stderr.contains(note),
        "{}",
        unknown.stderr
    );
    for (tier, code) in [("prod", 1), ("test", 0)] {
        let environment = format!(
            "extends: base\nnamespace: shop\npolicies: [policies]\nnamespaceLabels: {{tier: {tier}}}\n"
        );
        sandbox.write("environments/prod/environment.yaml", environment);
        // Those of the extending environment count.
        let base = "target: kubernetes\nnamespaceLabels: {tier: other}\n";
        sandbox.write("environments/base/environment.yaml", base);
        let result = generate(&sandbox);
        assert_eq!(result.code, Some(code), "{}", result.stderr);
        assert_eq!(
            result.stderr.contains("error: at most 1 ("),
            code == 1,
            "{}",
            result.stderr
        );
    }
}

#[test]
fn a_policy_without_a_binding_asks_nothing() {
    let policy =
        admission("Deny", "false == true").replace("policyName: images", "policyName: image");
    let result = generate(&project(&policy));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("did you mean `images`? [policy-unbound]"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_pattern_that_is_not_for_an_object_fits_no_better_than_another() {
    let any = |patterns: &str| {
        let pattern = pattern("{}");
        let (before, _) = pattern.split_once("      pattern:").unwrap();
        generate(&project(&format!("{before}      anyPattern: {patterns}\n"))).code
    };
    let skipped = "{spec: {(paused): true, template: {metadata: {name: a}}}}";
    let failed = "{spec: {paused: true}}";
    let fits = "{spec: {template: {spec: {containers: [{name: '?*'}]}}}}";
    assert_eq!(any(&format!("[{skipped}, {failed}]")), Some(1));
    assert_eq!(any(&format!("[{skipped}, {failed}, {fits}]")), Some(0));
    assert_eq!(any(&format!("[{skipped}]")), Some(0));
}

/// The API server refuses an object for which it cannot tell whether the policy is for it, unless the
/// policy says otherwise or another condition says that it is not.
#[test]
fn a_condition_that_fails_counts_as_the_policy_says() {
    let conditions = "  matchConditions:
  - {name: paused, expression: object.spec.none == 1}
  validations:";
    let policy = admission("Deny", "1 == 1").replace("  validations:", conditions);
    let result = generate(&project(&policy));
    let error = "score.yaml:3:9: error: the condition `paused` fails: there is no `none` (`Deployment/orders`)";
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert!(result.stderr.contains(error), "{}", result.stderr);

    for changed in [
        policy.replace(
            "spec:\n  matchC",
            "spec:\n  failurePolicy: Ignore\n  matchC",
        ),
        policy.replace(
            "  validations:",
            "  - {name: which, expression: object.metadata.name == 'other'}\n  validations:",
        ),
    ] {
        let result = generate(&project(&changed));
        assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""));
    }
    // As any finding of the binding.
    let warned = generate(&project(&policy.replace("[Deny]", "[Warn]")));
    assert_eq!(warned.code, Some(0), "{}", warned.stderr);
}

/// The field may be misspelt in the policy.
#[test]
fn an_expression_that_fails_at_a_field_may_be_wrong_itself() {
    let stderr = |validation: &str| generate(&project(&admission("Deny", validation))).stderr;
    let advice = "test it with `has(..)` in the policy";
    assert!(stderr("object.spec.replcas <= 3").contains(advice));
    assert!(!stderr("object.spec.replicas > 3").contains(advice));
    assert!(!stderr("has(object.spec.replcas)").contains(advice));
}

#[test]
fn a_variable_that_fails_matters_where_it_is_read() {
    let with = |validation: &str| {
        let variable = "  variables:\n  - {name: broken, expression: object.spec.none}\n";
        let policy = admission("Deny", validation);
        policy.replace("  variables:\n", variable)
    };
    let result = generate(&project(&with(
        "variables.containers.size() > 0 || variables.broken == 1",
    )));
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let read = with("variables.broken == 1");
    let result = generate(&project(&read));
    assert!(
        result.stderr.contains("fails: there is no `none`"),
        "{}",
        result.stderr
    );
    let ignored = read.replace(
        "spec:\n  matchC",
        "spec:\n  failurePolicy: Ignore\n  matchC",
    );
    assert_eq!(generate(&project(&ignored)).code, Some(0));
}

#[test]
fn objects_of_no_namespace_are_selected_as_the_api_server_does() {
    let policy = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: roles}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {tier: prod}}
    resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'], scope: SCOPE}]
  validations: [{expression: 'false'}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: roles}
spec: {policyName: roles, validationActions: [Deny]}
";
    let definition = "- uri: template://role
  type: role
  manifests: |
    - apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {name: reader}
      rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
";
    for (scope, objects) in [
        ("'*'", &["ClusterRole/reader"][..]),
        ("Cluster", &["ClusterRole/reader"]),
        ("Namespaced", &[]),
    ] {
        let sandbox = project(&policy.replace("SCOPE", scope));
        let file = "environments/prod/environment.yaml";
        let environment = sandbox.read(file);
        sandbox.write(
            file,
            format!("{environment}namespaceLabels: {{tier: test}}\n"),
        );
        sandbox.write("environments/prod/role.provisioners.yaml", definition);
        sandbox.write(
            "score.yaml",
            format!("{SCORE}resources:\n  role: {{type: role}}\n"),
        );
        let result = generate(&sandbox);
        assert_eq!(
            result.stderr.matches("error: ").count(),
            objects.len(),
            "{scope}: {}",
            result.stderr
        );
        assert!(
            objects.iter().all(|object| result.stderr.contains(object)),
            "{}",
            result.stderr
        );
    }
    let wrong = generate(&project(&policy.replace("SCOPE", "Namespace")));
    assert!(
        wrong.stderr.contains("did you mean `Namespaced`?"),
        "{}",
        wrong.stderr
    );
}

/// A rule for a field, as both kinds of policies have it. `{}` is the value of the pattern.
fn both(kind: &str, path: &[&str], pattern: &str, expression: &str) -> [String; 2] {
    let (group, plural) = match kind {
        "Deployment" => ("apps", "deployments"),
        _ => ("", "configmaps"),
    };
    let inner = path.iter().rev().fold(pattern.to_owned(), |inner, key| {
        match key.strip_suffix("[]") {
            Some(key) => format!("{{{key}: [{inner}]}}"),
            None => format!("{{{key}: {inner}}}"),
        }
    });
    let kyverno = format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {{name: rule}}
spec:
  validationFailureAction: Enforce
  rules:
  - name: rule
    match: {{any: [{{resources: {{kinds: [{kind}]}}}}]}}
    validate: {{message: wrong, pattern: {inner}}}
"
    );
    let admission = admission("Deny", &format!("\"{expression}\"\n    message: wrong"))
        .replace("name: images", "name: rule")
        .replace("policyName: images", "policyName: rule")
        .replace("apiGroups: [apps]", &format!("apiGroups: ['{group}']"))
        .replace(
            "resources: [deployments]",
            &format!("resources: [{plural}]"),
        )
        .replace("object.spec.template", "object.?spec.template");
    [kyverno, admission]
}

#[test]
fn a_violation_stands_where_its_value_was_made() {
    let containers = ["spec", "template", "spec", "containers[]"];
    let limit = [&containers[..], &["resources", "limits", "memory"]].concat();
    let image = [&containers[..], &["image"]].concat();
    let memory = "variables.containers.orValue([]).all(c, quantity(c.resources.limits.memory).compareTo(quantity('1Gi')) <= 0)";
    let tag = "variables.containers.orValue([]).all(c, !c.image.endsWith('9'))";
    let definition = "- uri: template://config
  type: config
  manifests: |
    - apiVersion: v1
      kind: ConfigMap
      metadata: {name: config}
      data: {level: debug}
";
    // Both containers have limits, unless a case takes them away.
    let score = SCORE.replace(
        "orders:1\n",
        "orders:1\n    resources:\n      limits: {memory: 64Mi, cpu: 100m}\n",
    );
    let lines = "environments/prod/environment.yaml:4";
    let cases: [(&str, &str, [String; 2], &str, &str); 6] = [
        (
            "a patch",
            "patches: [{target: {kind: Deployment}, each: 'spec.template.spec.containers[*]', set: {resources.limits.memory: 4Gi}}]\n",
            both("Deployment", &limit, "'<=1Gi'", memory),
            "environments/prod/environment.yaml:4:",
            "change the patch",
        ),
        (
            "an override",
            "overrides: [large.yaml]\n",
            both("Deployment", &limit, "'<=1Gi'", memory),
            "environments/prod/large.yaml:4:",
            "change the override",
        ),
        (
            "a default",
            "defaults: {container: {resources: {limits: {memory: 4Gi}}}}\n",
            both("Deployment", &limit, "'<=1Gi'", memory),
            lines,
            "change it in the environment, or write `containers.side.resources.limits.memory` in the Score file",
        ),
        (
            "an image of the environment",
            "images: {orders.main: 'example.com/orders:9'}\n",
            both("Deployment", &image, "'!*9'", tag),
            lines,
            "change it in the environment",
        ),
        (
            "the namespace",
            "",
            both(
                "Deployment",
                &["metadata", "namespace"],
                "'!shop'",
                "object.metadata.namespace != 'shop'",
            ),
            "environments/prod/environment.yaml:2:",
            "change it in the environment",
        ),
        (
            "a definition",
            "",
            both(
                "ConfigMap",
                &["data", "level"],
                "'!debug'",
                "object.data.level != 'debug'",
            ),
            "environments/prod/config.provisioners.yaml:7:",
            "change the provisioner's definition",
        ),
    ];
    for (what, keys, policies, place, help) in cases {
        for policy in policies {
            let sandbox = project(&policy);
            let file = "environments/prod/environment.yaml";
            let environment = sandbox.read(file);
            sandbox.write(file, format!("{environment}{keys}"));
            let large = "containers:\n  main:\n    resources:\n      limits: {memory: 4Gi}\n";
            sandbox.write("environments/prod/large.yaml", large);
            sandbox.write("environments/prod/config.provisioners.yaml", definition);
            let score = match what {
                "a definition" => format!("{score}resources:\n  config: {{type: config}}\n"),
                "a default" => score
                    .replace(
                        "      limits: {memory: 64Mi, cpu: 100m}\n",
                        "      limits: {cpu: 100m}\n",
                    )
                    .replacen("{cpu: 100m}", "{memory: 64Mi, cpu: 100m}", 1),
                _ => score.clone(),
            };
            sandbox.write("score.yaml", score);
            let result = generate(&sandbox);
            let mut lines = result.stderr.lines();
            let line = lines
                .find(|line| line.contains(": error: wrong ("))
                .unwrap_or_default();
            assert!(
                line.starts_with(place),
                "{what}: {}\n{policy}",
                result.stderr
            );
            assert!(
                line.ends_with(&format!("; {help} [policy/rule]")),
                "{what}: {line}"
            );
        }
    }
}

#[test]
fn the_help_names_what_answers_for_everybody() {
    for (path, pattern, help) in [
        (
            &[
                "template",
                "spec",
                "containers[]",
                "resources",
                "requests",
                "cpu",
            ][..],
            "'?*'",
            "write `containers.main.resources.requests.cpu` in the Score file, or `defaults.container.resources` in the environment",
        ),
        (
            &["template", "spec", "containers[]", "livenessProbe"],
            "'*'",
            "write `containers.main.livenessProbe` in the Score file",
        ),
        (
            &["template", "metadata", "labels", "team"],
            "'?*'",
            "write it in `defaults.workload.labels` of the environment",
        ),
        (
            &["template", "spec", "terminationGracePeriodSeconds"],
            "'>60'",
            "set `defaults.workload.terminationGracePeriodSeconds` in the environment",
        ),
        (
            &[
                "template",
                "spec",
                "containers[]",
                "securityContext",
                "readOnlyRootFilesystem",
            ],
            "true",
            "set it with `patches` of the environment",
        ),
        (
            &["template", "spec", "securityContext", "runAsNonRoot"],
            "true",
            "set `podSecurity: restricted` in the environment",
        ),
    ] {
        let path = [&["spec"], path].concat();
        let [policy, _] = both("Deployment", &path, pattern, "true");
        let result = generate(&project(&policy));
        let help = format!("; {help} [policy/rule]");
        assert!(result.stderr.contains(&help), "{help}\n{}", result.stderr);
        assert!(
            result.stderr.starts_with("score.yaml:"),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn exceptions_are_listed() {
    let sandbox = project(LIMITS);
    sandbox.write("score.yaml", excepted("require-limits"));
    let result = sandbox.run(&["environments", "show", "prod"]);
    let row = "exceptions[0]    policy/require-limits because it is OPS-1  score.yaml:5";
    assert!(result.stdout.contains(row), "{}", result.stdout);
    let json = sandbox
        .run(&["environments", "show", "prod", "--format", "json"])
        .stdout;
    assert!(
        json.contains(r#""value": "policy/require-limits because it is OPS-1""#),
        "{json}"
    );
    for format in [
        "short", "json", "sarif", "github", "gitlab", "junit", "human",
    ] {
        let result = run(&sandbox, &["generate", "-o", "-"], format);
        let output = result.stderr + &result.stdout;
        let is_listed = output.contains("policy-exception") && output.contains("it is OPS-1");
        assert!(is_listed, "{format}: {output}");
    }
    // Without policies nothing asks for them.
    sandbox.write("environments/prod/environment.yaml", "target: kubernetes\n");
    let result = sandbox.run(&["environments", "show", "prod"]);
    assert!(!result.stdout.contains("exceptions"), "{}", result.stdout);
}

/// A label of pods, and the least number of pods, as a policy wants them.
const TEAM_AND_PODS: &str = "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [Deployment]}}]}
    validate:
      failureAction: Enforce
      message: a team
      pattern: {metadata: {labels: {team: payments}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: pods}
spec:
  rules:
  - name: pods
    match: {any: [{resources: {kinds: [HorizontalPodAutoscaler]}}]}
    validate:
      failureAction: Enforce
      message: two pods
      pattern: {spec: {minReplicas: \">1\"}}
";

/// The errors of a workload with these annotations.
fn errors_with(annotations: &str, environment: &str) -> Vec<String> {
    let sandbox = project(TEAM_AND_PODS);
    let environment = format!("target: kubernetes\npolicies: [policies]\n{environment}");
    sandbox.write("environments/prod/environment.yaml", environment);
    let score = SCORE.replace(
        "  name: orders\n",
        &format!("  name: orders\n{annotations}"),
    );
    sandbox.write(
        "score.yaml",
        score.replace(
            "    image: example.com/orders:1\n",
            "    image: example.com/orders:1\n    resources: {requests: {cpu: 10m}}\n",
        ),
    );
    let result = generate(&sandbox);
    let errors = result
        .stderr
        .lines()
        .filter(|line| line.contains(": error: "));
    errors.map(str::to_owned).collect()
}

#[test]
fn what_the_environment_takes_from_a_score_file_is_reported_there() {
    let defaults =
        "defaults: {workload: {labels: {team: \"${workload.metadata.annotations.team}\"}}}\n";
    let [wrong] = &errors_with("  annotations: {team: payment}\n", defaults)[..] else {
        panic!("one error")
    };
    let expected = "score.yaml:4:23: error: a team (`Deployment/orders`, `metadata.labels.team`)";
    assert!(wrong.starts_with(expected), "{wrong}");
    assert!(
        wrong.contains("write `metadata.annotations.team` in the Score file"),
        "{wrong}"
    );

    // Without the annotation there is no label.
    let [lacking] = &errors_with("", defaults)[..] else {
        panic!("one error")
    };
    assert!(
        lacking.starts_with("score.yaml:3:9: error: a team"),
        "{lacking}"
    );
    assert!(
        lacking.contains("write `metadata.annotations.team` in the Score file"),
        "{lacking}"
    );

    // No default reads a Score file for it.
    let fixed = "defaults: {workload: {labels: {team: payment}}}\n";
    let [fixed] = &errors_with("", fixed)[..] else {
        panic!("one error")
    };
    assert!(
        fixed.starts_with("environments/prod/environment.yaml:3:"),
        "{fixed}"
    );
    assert!(fixed.contains("change it in the environment"), "{fixed}");
}

#[test]
fn a_setting_of_a_feature_is_reported_where_it_is_set() {
    let environment =
        "features: {autoscaling: {min: 2}}\ndefaults: {workload: {labels: {team: payments}}}\n";
    let own = "  annotations: {features.score-rs.dev/autoscaling: '{\"min\": 1}'}\n";
    let [error] = &errors_with(own, environment)[..] else {
        panic!("one error")
    };
    assert!(
        error.starts_with("score.yaml:4:52: error: two pods"),
        "{error}"
    );
    let key = "metadata.annotations[\"features.score-rs.dev/autoscaling\"]";
    assert!(
        error.contains(&format!("change `{key}` in the Score file")),
        "{error}"
    );
    let [error] = &errors_with("", &environment.replace('2', "1"))[..] else {
        panic!("one error")
    };
    assert!(
        error.starts_with("environments/prod/environment.yaml:3:"),
        "{error}"
    );
    assert!(error.contains("change it in the environment"), "{error}");
}

#[test]
fn why_answers_where_a_policy_refuses() {
    let sandbox = project(LIMITS);
    let question = ["why", "Deployment/orders", ".kind", "-e", "prod"];
    let result = sandbox.run(&question);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(result.stdout.contains("Deployment"), "{}", result.stdout);
    assert!(
        result.stderr.contains("[policy/require-limits]"),
        "{}",
        result.stderr
    );
}
