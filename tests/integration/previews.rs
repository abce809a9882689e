//! Previews: nothing of one is in another, but what they share with the environment that they extend.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::environments::succeeds;
use crate::example;
use crate::fixtures;
use crate::sandbox::{Sandbox, objects_of};
use crate::state::{with_password, without_checksums};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
service: {ports: {web: {port: 80}}}
containers:
  main:
    image: example.com/shop:1
    variables: {CACHE: '${resources.cache.url}', TOPIC: '${resources.topic.connection}'}
resources:
  cache: {type: redis}
  topic: {type: kafka-topic, id: events}
  dns: {type: dns}
  route: {type: route, params: {host: '${resources.dns.host}', path: /, port: web}}
  scaler: {type: horizontal-pod-autoscaler}
";

const STAGING: &str = "target: kubernetes
project: shop
namespace: shop-staging
output: deploy/staging.yaml
values: {domain: staging.example.com}
defaults: {workload: {replicas: 3}}
";

fn shop(preview: &str) -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", SHOP),
        ("environments/staging/environment.yaml", STAGING),
        (
            "environments/preview/environment.yaml",
            &format!("extends: staging\n{preview}"),
        ),
    ])
}

const PREVIEW: &str = "preview: {lifetime: 7d}\nvalues: {domain: '${preview.name}.example.com'}\n";

/// The objects of an environment, or of a preview of it.
#[track_caller]
pub(crate) fn generate(sandbox: &Sandbox, environment: &str, number: Option<&str>) -> Vec<Value> {
    let mut arguments = vec!["generate", "-e", environment, "-o", "-", "--format", "json"];
    arguments.extend(number.iter().flat_map(|number| ["--preview", number]));
    objects_of(&succeeds(sandbox, &arguments).stdout)
}

/// What no two environments may both have: objects by kind, namespace and name, and hosts.
fn names(objects: &[Value]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for object in objects {
        let metadata = &object["metadata"];
        names.insert(format!(
            "{} {} {}",
            object["kind"], metadata["namespace"], metadata["name"]
        ));
        let items = |list: &Value| list.as_array().cloned().unwrap_or_default();
        let spec = &object["spec"];
        let rules = items(&spec["rules"]).into_iter();
        let hosts = rules
            .map(|rule| rule["host"].clone())
            .chain(items(&spec["hostnames"]));
        let hosts = hosts.filter(|host| !host.is_null());
        names.extend(hosts.map(|host| format!("host {host}")));
    }
    names
}

pub(crate) fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let mut all = objects.iter();
    all.find(|one| {
        one["kind"] == kind && one["metadata"]["name"].as_str().unwrap().starts_with(name)
    })
    .unwrap_or_else(|| panic!("{kind}/{name}: {objects:#?}"))
}

/// The errors of a run, one line each.
#[track_caller]
pub(crate) fn errors(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let result = sandbox.run(&[arguments, &["--message-format", "short"]].concat());
    assert!(
        [Some(1), Some(2)].contains(&result.code),
        "{arguments:?}: {}",
        result.stderr
    );
    let is_error = |line: &&str| line.contains("error: ");
    let lines = result.stderr.lines().filter(is_error);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_preview_has_a_namespace_hosts_names_and_passwords_of_its_own() {
    let sandbox = shop(PREVIEW);
    let [one, other] = ["142", "7"].map(|number| generate(&sandbox, "preview", Some(number)));
    let staging = generate(&sandbox, "staging", None);
    let sets = [&one, &other, &staging].map(|objects| names(objects));
    for (left, right) in [(0, 1), (0, 2), (1, 2)] {
        assert!(sets[left].is_disjoint(&sets[right]), "{sets:#?}");
    }
    let namespace = find(&one, "Namespace", "shop-staging-pr-142");
    assert_eq!(namespace["metadata"]["annotations"]["janitor/ttl"], "7d");
    // Its own objects keep their names, and versions are those of staging.
    find(&one, "Deployment", "shop");
    let password = |objects: &[Value]| find(objects, "Secret", "redis")["data"].to_string();
    assert_ne!(password(&one), password(&other));
    assert_ne!(password(&one), password(&staging));
    assert_eq!(one, generate(&sandbox, "preview", Some("142")));
    let host = sets[0].iter().find(|name| name.starts_with("host"));
    assert!(host.unwrap().ends_with(".pr-142.example.com\""), "{host:?}");
}

#[test]
fn nothing_of_a_preview_is_kept_in_the_lock_or_the_output_of_staging() {
    let sandbox = shop(PREVIEW);
    succeeds(&sandbox, &["generate", "-e", "staging"]);
    let lock = sandbox.read("score-rs.lock").replace("7.4", "7.2");
    sandbox.write("score-rs.lock", without_checksums(&lock));
    let before = [
        sandbox.read("score-rs.lock"),
        sandbox.read("deploy/staging.yaml"),
    ];
    succeeds(&sandbox, &["generate", "-e", "preview", "--preview", "142"]);
    succeeds(
        &sandbox,
        &["generate", "-e", "preview", "--preview", "142", "--locked"],
    );
    let after = [
        sandbox.read("score-rs.lock"),
        sandbox.read("deploy/staging.yaml"),
    ];
    assert_eq!(before, after);
    let output = sandbox.read("manifests.yaml");
    assert!(
        output.contains("redis:7.2"),
        "the version is that of staging: {output}"
    );
    assert!(
        sandbox
            .path(".score-rs/preview/pr-142/state.shop.yaml")
            .exists()
    );
}

/// What is wrong with the number, whatever the environment is.
#[test]
fn the_number_comes_from_the_command_line_and_is_checked() {
    let sandbox = shop(PREVIEW);
    let generate = |arguments: &[&str]| {
        errors(
            &sandbox,
            &[&["generate", "-o", "-", "-e"], arguments].concat(),
        )
    };
    assert!(generate(&["preview"]).contains("needs the number of a preview"));
    assert!(
        generate(&["staging", "--preview", "3"])
            .contains("`staging` has no `preview`, but --preview is 3")
    );
    for wrong in ["", "0", "07", "pr-1", "1.5", "-1", "12345678901", "a/b"] {
        let flag = format!("--preview={wrong}");
        assert!(
            generate(&["preview", &flag]).contains("use a number"),
            "{wrong}"
        );
    }
    let namespace = ["preview", "--preview", "1", "--namespace", "other"];
    assert!(generate(&namespace).contains("--namespace cannot set the namespace of a preview"));
    assert!(generate(&["preview", "--preview", "auto"]).contains("neither GITHUB_REF"));
    for (variables, expected) in [
        (vec![("SCORE_RS_PREVIEW", "12")], Some("pr-12")),
        (
            vec![("SCORE_RS_PREVIEW", "auto"), ("CI_MERGE_REQUEST_IID", "9")],
            Some("pr-9"),
        ),
        (
            vec![
                ("SCORE_RS_PREVIEW", "auto"),
                ("GITHUB_REF", "refs/pull/31/merge"),
            ],
            Some("pr-31"),
        ),
        (
            vec![
                ("SCORE_RS_PREVIEW", "auto"),
                ("GITHUB_REF", "refs/heads/main"),
            ],
            None,
        ),
        (
            vec![
                ("GITHUB_REF", "refs/pull/31/merge"),
                ("CI_MERGE_REQUEST_IID", "9"),
            ],
            None,
        ),
    ] {
        let arguments = ["generate", "-o", "-", "-e", "preview"];
        let result = sandbox.run_with(&variables, &arguments);
        match expected {
            Some(name) => assert!(result.stdout.contains(name), "{variables:?}"),
            None => assert_eq!(result.code, Some(2), "{variables:?}"),
        }
    }
    // What is wrong with the file comes before the number.
    let wrong = shop("preview: {nam: a}\n");
    let arguments = ["generate", "-o", "-", "-e", "preview"];
    let found = errors(&wrong, &arguments);
    assert!(
        found.contains("`preview` has no key `nam`") && found.lines().count() == 1,
        "{found}"
    );
    // A run for all environments is for none with numbers; `validate` takes an example.
    succeeds(&sandbox, &["generate", "--all-environments"]);
    assert!(!sandbox.path("manifests.yaml").exists());
    let validated = succeeds(&sandbox, &["validate", "--all-environments"]);
    assert!(
        validated.stderr.contains("2 environments"),
        "{}",
        validated.stderr
    );
    succeeds(&sandbox, &["validate", "--env", "preview"]);
}

#[test]
fn wrong_settings_of_previews_are_reported_where_they_are() {
    for (text, expected) in [
        (
            "preview: {name: pr}\n",
            "2:17: error: all previews have the name `pr`",
        ),
        (
            "preview: {namespace: shop}\n",
            "2:22: error: all previews have the namespace `shop`",
        ),
        (
            "preview: {name: 'PR-${preview.number}'}\n",
            "2:17: error: `PR-1` is not a valid value of `name`",
        ),
        (
            "preview: {nam: a}\n",
            "2:11: error: `preview` has no key `nam`",
        ),
        ("preview:\n", "2:1: error: `preview` has no value"),
        ("preview: 142\n", "2:10: error: `preview` must be a mapping"),
        (
            "preview: {lifetime: 7 days}\n",
            "2:21: error: `7 days` is not a valid value of `lifetime`",
        ),
        ("preview: {small: 1}\n", "2:18: error: `small` must be"),
        (
            "preview: {}\nvalues: {a: 'x${preview.nme}'}\n",
            "3:15: error: there is no placeholder `${preview.nme}`; did you mean `name`?",
        ),
        (
            "preview: {}\nvalues: {a: 'x${preview.name'}\n",
            "3:15: error: `${preview.name` is not closed; write `}` after the name",
        ),
        (
            "target: compose\npreview: {}\n",
            "`preview` is for kubernetes",
        ),
        (
            "values: {a: '${preview.name}'}\n",
            "2:14: error: `${preview.name}` is only known in an environment with `preview`",
        ),
        (
            "preview: {share: [reddis]}\n",
            "2:19: error: no resource has the type or uid `reddis`; did you mean `redis`?",
        ),
        (
            "namespace: a23456789-123456789-123456789-123456789-123456789-123456789\npreview: {}\n",
            "of this preview has 64 characters",
        ),
    ] {
        let sandbox = shop(text);
        let arguments = ["generate", "-e", "preview", "-o", "-", "--preview", "1"];
        let errors = errors(&sandbox, &arguments);
        assert!(errors.contains(expected), "{text}: {errors}");
    }
    let sandbox = shop(PREVIEW);
    sandbox.write("environments/other/environment.yaml", "extends: preview\n");
    let arguments = ["generate", "-e", "other", "-o", "-"];
    let errors = errors(&sandbox, &arguments);
    assert!(
        errors.contains("1:10: error: `preview` is an environment of previews"),
        "{errors}"
    );
}

#[test]
fn what_is_shared_is_that_of_staging() {
    let preview = "preview: {share: [redis, 'kafka-topic.default#events']}\n";
    let sandbox = shop(preview);
    let shared = generate(&sandbox, "preview", Some("142"));
    let staging = generate(&sandbox, "staging", None);
    for name in ["redis-", "kafka-broker-"] {
        let service = find(&shared, "Service", name);
        let original = find(&staging, "Service", name);
        assert_eq!(service["metadata"]["name"], original["metadata"]["name"]);
        assert_eq!(service["metadata"]["namespace"], "shop-staging-pr-142");
        let name = original["metadata"]["name"].as_str().unwrap();
        let expected = format!("{name}.shop-staging.svc.cluster.local");
        assert_eq!(service["spec"]["externalName"], *expected);
    }
    let secret = |objects: &[Value]| find(objects, "Secret", "redis-")["data"].clone();
    assert_eq!(secret(&shared), secret(&staging));
    assert!(shared.iter().all(|one| one["kind"] != "StatefulSet"));
    // The variables are those of staging, too.
    let variables = |objects: &[Value]| {
        find(objects, "Deployment", "shop")["spec"]["template"]["spec"]["containers"][0]["env"]
            .clone()
    };
    assert_eq!(variables(&shared), variables(&staging));
    // A stored password is one that staging has.
    succeeds(&sandbox, &["generate", "-e", "staging"]);
    let state = ".score-rs/staging/state.shop.yaml";
    let edited = with_password(&sandbox.read(state), "kept-from-before");
    sandbox.write_private(state, edited);
    let kept = generate(&sandbox, "preview", Some("142"));
    assert_ne!(secret(&kept), secret(&shared));
    assert_eq!(secret(&kept), secret(&generate(&sandbox, "staging", None)));
}

#[test]
fn what_cannot_be_used_from_another_namespace_is_an_error() {
    let definition = "- uri: template://own/redis\n  type: redis\n  outputs: |\n    \
                      url: {{ encodeSecretRef \"made-by-operator\" \"url\" }}\n";
    let sandbox = shop("preview: {share: [redis]}\n");
    sandbox.write("environments/staging/own.provisioners.yaml", definition);
    let arguments = ["generate", "-e", "preview", "-o", "-", "--preview", "1"];
    let found = errors(&sandbox, &arguments);
    assert!(
        found.contains("2:19: error: `redis.default#shop.cache`"),
        "{found}"
    );
    assert!(
        found.contains("its Secret `made-by-operator` is only in"),
        "{found}"
    );
    let volume = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  main:\n    \
                  image: a:1\n    volumes: {/data: {source: '${resources.data}'}}\nresources:\n  \
                  data: {type: volume, params: {storage: 1Gi}}\n";
    let sandbox = shop("preview: {share: [volume]}\n");
    sandbox.write("score.yaml", volume);
    let found = errors(&sandbox, &arguments);
    assert!(
        found.contains("a volume belongs to one namespace"),
        "{found}"
    );
    sandbox.write(
        "environments/staging/environment.yaml",
        "target: kubernetes\n",
    );
    sandbox.write(
        "environments/preview/environment.yaml",
        "extends: staging\npreview: {namespace: 'a-${preview.name}', share: [volume]}\n",
    );
    let found = errors(&sandbox, &arguments);
    assert!(found.contains("has no namespace to share from"), "{found}");
}

#[test]
fn what_all_previews_would_have_is_an_error() {
    let arguments = ["generate", "-e", "preview", "-o", "-", "--preview", "1"];
    let sandbox = shop(PREVIEW);
    sandbox.write(
        "score.yaml",
        SHOP.replace("'${resources.dns.host}'", "shop.example.com"),
    );
    let found = errors(&sandbox, &arguments);
    assert!(
        found.contains("all previews would have the host `shop.example.com`"),
        "{found}"
    );
    let validate = ["validate", "-e", "preview", "--format", "short"];
    assert!(
        sandbox
            .run(&validate)
            .stdout
            .contains("[same-in-all-previews]")
    );
}

#[test]
fn a_small_preview_has_one_pod_for_each_workload() {
    let patch = "patches: [{target: {kind: Deployment}, merge: {spec: {replicas: 5}}}]\n";
    let kinds = |objects: &[Value]| -> BTreeSet<String> {
        objects
            .iter()
            .map(|one| one["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let features = "features: {disruption: true}\n";
    for (small, is_small) in [("true", true), ("false", false)] {
        let sandbox = shop(&format!("preview: {{small: {small}}}\n{features}{patch}"));
        let objects = generate(&sandbox, "preview", Some("1"));
        let many = ["HorizontalPodAutoscaler", "PodDisruptionBudget"];
        let kinds = kinds(&objects);
        assert!(
            many.iter().all(|kind| kinds.contains(*kind) != is_small),
            "{kinds:?}"
        );
        let replicas = &find(&objects, "Deployment", "shop")["spec"]["replicas"];
        assert!(
            replicas.is_null(),
            "none, or what the autoscaler says: {replicas}"
        );
    }
    let without = SHOP.replace("  scaler: {type: horizontal-pod-autoscaler}\n", "");
    for (small, expected) in [("true", Value::Null), ("false", 3.into())] {
        let sandbox = shop(&format!("preview: {{small: {small}}}\n"));
        sandbox.write("score.yaml", &without);
        let objects = generate(&sandbox, "preview", Some("1"));
        assert_eq!(
            find(&objects, "Deployment", "shop")["spec"]["replicas"],
            expected
        );
    }
}

/// Every fixture, and the shop: what two previews and the environment that they extend have in common
/// is nothing, or the error that says so.
#[test]
fn two_previews_of_any_project_have_nothing_in_common() {
    let mut compared = 0;
    for case in fixtures::cases() {
        let inputs = fixtures::inputs(&case);
        let sandbox = Sandbox::new();
        sandbox.write_all(&inputs);
        sandbox.write(
            "environments/base/environment.yaml",
            "target: kubernetes\nnamespace: base\n",
        );
        sandbox.write(
            "environments/preview/environment.yaml",
            "extends: base\npreview: {}\nvalues: {domain: '${preview.name}.example.com'}\n",
        );
        let run = |environment: &str, number: Option<&str>| {
            let mut arguments = fixtures::arguments(&inputs, "kubernetes");
            arguments[2] = environment.to_owned();
            arguments[4] = "-".to_owned();
            arguments.extend(["--format", "json", "--message-format", "short"].map(str::to_owned));
            arguments.extend(
                number
                    .iter()
                    .flat_map(|number| ["--preview".to_owned(), (*number).to_owned()]),
            );
            arguments.retain(|argument| !argument.starts_with("--namespace"));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let variables = fixtures::variables(&inputs);
            let variables = variables.iter().map(|(name, value)| (&**name, &**value));
            sandbox.run_with(&variables.collect::<Vec<_>>(), &arguments)
        };
        let runs = [
            run("base", None),
            run("preview", Some("142")),
            run("preview", Some("7")),
        ];
        if runs[0].code != Some(0) {
            continue;
        }
        if runs[1].code != Some(0) {
            let is_expected =
                |line: &str| !line.contains("error: ") || line.ends_with("[same-in-all-previews]");
            assert!(
                runs[1].stderr.lines().all(is_expected),
                "{case}: {}",
                runs[1].stderr
            );
            continue;
        }
        let sets = runs.map(|result| names(&objects_of(&result.stdout)));
        for (left, right) in [(0, 1), (0, 2), (1, 2)] {
            let common: Vec<_> = sets[left].intersection(&sets[right]).collect();
            assert!(common.is_empty(), "{case}: {common:?}");
        }
        compared += 1;
    }
    assert!(compared >= 15, "{compared}");
    let sandbox = Sandbox::new();
    example::clone(&sandbox, "");
    let staging = names(&generate(&sandbox, "staging", None));
    let [one, other] =
        ["142", "7"].map(|number| names(&generate(&sandbox, "preview", Some(number))));
    assert!(one.is_disjoint(&other) && one.is_disjoint(&staging));
    assert!(
        one.iter()
            .any(|name| name.contains("Job") && name.contains("-seed-"))
    );
}

#[test]
fn init_writes_previews_that_compile() {
    let sandbox = Sandbox::new();
    let result = sandbox.run(&["init", "preview"]);
    assert_eq!(result.code, Some(2), "{}", result.stderr);
    assert!(
        result.stderr.contains("score-rs init --environments"),
        "{}",
        result.stderr
    );
    succeeds(&sandbox, &["init", "--environments"]);
    let staging = sandbox.read("environments/staging/environment.yaml");
    assert!(!staging.contains("pr-"), "{staging}");
    let result = succeeds(&sandbox, &["init", "preview"]);
    for path in [
        "environments/preview/environment.yaml",
        ".github/workflows/preview.yml",
        "argocd/previews.yaml",
    ] {
        assert!(
            result.stderr.contains(&format!("wrote {path}\n")),
            "{}",
            result.stderr
        );
        let text = sandbox.read(path);
        assert!(
            !text.contains("EXTENDS") && !text.contains("the-namespace"),
            "{text}"
        );
    }
    succeeds(
        &sandbox,
        &["generate", "-e", "preview", "--preview", "142", "--strict"],
    );
    let namespace = sandbox.read("deploy/preview/namespace-staging-pr-142.yaml");
    assert!(namespace.contains("janitor/ttl: 7d"), "{namespace}");
    let workflow = sandbox.read(".github/workflows/preview.yml");
    assert!(workflow.contains("\"staging-pr-$NUMBER\""), "{workflow}");
    assert!(
        workflow
            .matches("head.repo.full_name == github.repository")
            .count()
            == 2,
        "{workflow}"
    );
    let set = sandbox.read("argocd/previews.yaml");
    assert!(set.contains("labels: [preview]"), "{set}");
    let before = sandbox.list();
    succeeds(&sandbox, &["init", "preview"]);
    assert_eq!(sandbox.list(), before);
    sandbox.write("environments/prod/environment.yaml", "extends: staging\n");
    let result = sandbox.run(&["init", "preview"]);
    assert!(
        result.stderr.contains("name one of `prod` and `staging`"),
        "{}",
        result.stderr
    );
    succeeds(&sandbox, &["init", "preview", "--extends", "prod"]);
}

const ONE: [&str; 5] = ["generate", "-e", "preview", "--preview", "1"];

#[test]
fn a_preview_does_not_write_into_the_output_of_what_it_extends() {
    for (of_staging, of_preview, flags, expected) in [
        (
            "deploy/staging/",
            "deploy/staging/",
            vec![],
            "preview/environment.yaml:2:9: ",
        ),
        (
            "deploy/staging/",
            "./deploy/x/../staging",
            vec![],
            "preview/environment.yaml:2:9: ",
        ),
        (
            "deploy/staging/",
            "deploy/staging/pr.yaml",
            vec![],
            "preview/environment.yaml:2:9: ",
        ),
        (
            "deploy/staging/{workload}",
            "deploy/staging/pr/",
            vec![],
            "2:9: ",
        ),
        (
            "deploy/staging/",
            "deploy/preview/",
            vec!["-o", "deploy/staging/"],
            "`--output`",
        ),
        (
            "deploy/staging/",
            "deploy/preview/",
            vec!["-o", "deploy/staging/a.yaml"],
            "`--output`",
        ),
        (
            "deploy/staging.yaml",
            "",
            vec!["-o", "deploy/staging.yaml"],
            "`--output`",
        ),
        ("deploy/staging.yaml", "deploy/", vec![], "2:9: "),
        (
            "deploy/a/staging.yaml",
            "",
            vec!["-o", "deploy/"],
            "`--output`",
        ),
        ("", "", vec![], "preview/environment.yaml:1:1: "),
        (
            "",
            "",
            vec!["--format", "json"],
            "preview/environment.yaml:1:1: ",
        ),
        (
            "",
            "manifests.yaml",
            vec![],
            "preview/environment.yaml:2:9: ",
        ),
    ] {
        let output = |path: &str| match path {
            "" => String::new(),
            path => format!("output: '{path}'\n"),
        };
        let sandbox = shop(&format!("{}{PREVIEW}", output(of_preview)));
        let staging = STAGING.replace("output: deploy/staging.yaml\n", &output(of_staging));
        sandbox.write("environments/staging/environment.yaml", staging);
        succeeds(&sandbox, &["generate", "-e", "staging"]);
        let before = sandbox.list();
        let found = errors(&sandbox, &[&ONE[..], &flags].concat());
        assert!(
            found.contains("the environments `staging` and `preview` both write"),
            "{found}"
        );
        let all = sandbox.run(&[&ONE[..], &flags].concat()).stderr;
        assert!(
            found.contains(expected) || all.contains(expected),
            "{found}{all}"
        );
        assert_eq!(sandbox.list(), before);
        for other in ["-", "deploy/own/", "deploy/staging-1.yaml"] {
            succeeds(&sandbox, &[&ONE[..], &["-o", other]].concat());
        }
        succeeds(
            &sandbox,
            &["why", "-e", "preview", "--preview", "1", "Deployment/shop"],
        );
        if flags.is_empty() && !of_preview.is_empty() {
            for which in [&["-e", "preview"][..], &["--all-environments"]] {
                let arguments = [&["validate", "--format", "short"], which].concat();
                let found = sandbox.run(&arguments).stdout;
                assert_eq!(found.matches("both write").count(), 1, "{found}");
            }
        }
    }
}

#[test]
fn a_preview_does_not_have_the_namespace_of_what_it_extends() {
    let sandbox = shop("preview: {namespace: 'shop-${preview.number}'}\n");
    let staging = STAGING.replace("shop-staging", "shop-1");
    sandbox.write("environments/staging/environment.yaml", staging);
    let found = errors(&sandbox, &[&ONE[..], &["-o", "-"]].concat());
    let expected = "2:22: error: this preview has the namespace `shop-1` of `staging`";
    assert!(
        found.contains(expected) && found.lines().count() == 1,
        "{found}"
    );
    find(
        &generate(&sandbox, "preview", Some("2")),
        "Namespace",
        "shop-2",
    );
}

#[test]
fn a_wrong_placeholder_is_one_error() {
    for text in [
        "preview: {namespace: '${preview.numbr}'}\n",
        "preview: {namespace: 'shop-${preview.number'}\n",
        "preview: {name: '${preview.numbr}', namespace: 'shop-${preview.name}'}\n",
        "namespace: '${preview.name}'\n",
    ] {
        let found = errors(&shop(text), &[&ONE[..], &["-o", "-"]].concat());
        assert_eq!(found.lines().count(), 1, "{text}: {found}");
        assert!(found.contains("[invalid-preview]"), "{text}: {found}");
    }
}

#[test]
fn argo_cd_gives_no_namespace_to_a_preview() {
    let sandbox = shop("preview: {}\n");
    let staging = STAGING.replace("namespace: shop-staging\n", "");
    sandbox.write("environments/staging/environment.yaml", staging);
    let arguments = ["argocd", "generate"];
    let parameters =
        r#"[{"name":"environment","string":"preview"},{"name":"preview","string":"3"}]"#;
    let variables = [
        ("ARGOCD_APP_NAMESPACE", "team"),
        ("ARGOCD_APP_PARAMETERS", parameters),
    ];
    let result = sandbox.run_with(&variables, &arguments);
    assert!(
        result.stderr.contains("there is no namespace to generate")
            && !result.stderr.contains("--namespace"),
        "{}",
        result.stderr
    );
}

#[test]
fn passwords_that_are_in_no_store_are_not_shared_with_one() {
    let store = "secrets: {external: {store: vault, kind: ClusterSecretStore}}\n";
    let run = [&ONE[..], &["-o", "-", "--format", "json"]].concat();
    let sandbox = shop(&format!("preview: {{share: [redis]}}\n{store}"));
    let found = errors(&sandbox, &run);
    assert!(
        found.contains("2:19: error: `redis.default#shop.cache`"),
        "{found}"
    );
    assert!(
        found.contains("its passwords are not in a store"),
        "{found}"
    );
    // Nor with another store; its namespace or its keys do not matter.
    let other = store.replace("vault", "other");
    let staging = "environments/staging/environment.yaml";
    sandbox.write(staging, format!("{STAGING}{other}"));
    let found = errors(&sandbox, &run);
    assert!(
        found.contains("its passwords are in another store") && found.lines().count() == 1,
        "{found}"
    );
    sandbox.write(staging, STAGING);
    // A resource without a password can be shared, and so can one whose passwords are in the store.
    let share = format!("extends: staging\npreview: {{share: [kafka-topic]}}\n{store}");
    sandbox.write("environments/preview/environment.yaml", share);
    succeeds(&sandbox, &run);
    let share = "extends: staging\npreview: {share: [redis]}\n";
    sandbox.write("environments/preview/environment.yaml", share);
    sandbox.write(
        "environments/staging/environment.yaml",
        format!("{STAGING}{store}"),
    );
    succeeds(&sandbox, &run);
}

#[test]
fn the_secrets_of_a_preview_are_without_those_that_it_shares() {
    let sandbox = shop("preview: {share: [redis]}\n");
    let list = |arguments: &[&str]| {
        let arguments = [&["secrets", "list", "-e"], arguments].concat();
        succeeds(&sandbox, &arguments).stdout
    };
    assert!(list(&["staging"]).contains("redis"));
    let preview = ["preview", "--preview", "1"];
    assert!(!list(&preview).contains("redis"));
    sandbox.write(
        "environments/preview/environment.yaml",
        "extends: staging\npreview: {}\n",
    );
    assert!(list(&preview).contains("redis"));
}

#[test]
fn a_program_is_shared_only_with_the_state_that_it_keeps() {
    let script =
        "echo ran >> runs; echo '{\"resource_outputs\": {\"url\": \"redis://cache.example.com\"}}'";
    let definition = format!(
        "- uri: cmd://sh\n  type: redis\n  args: ['-c', \"{}\"]\n",
        script.replace('"', "\\\"")
    );
    let sandbox = shop("preview: {share: [redis]}\n");
    sandbox.write("environments/staging/own.provisioners.yaml", &definition);
    let run = [&ONE[..], &["-o", "-"]].concat();
    let found = errors(&sandbox, &run);
    assert!(
        found.contains("2:19: error: `redis.default#shop.cache`"),
        "{found}"
    );
    assert!(
        found.contains("the state of its program is not here"),
        "{found}"
    );
    assert!(
        found.lines().count() == 1 && !sandbox.path("runs").exists(),
        "{found}"
    );
    succeeds(&sandbox, &["validate", "-e", "preview"]);
    succeeds(&sandbox, &["generate", "-e", "staging"]);
    succeeds(&sandbox, &run);
    assert_eq!(sandbox.read("runs"), "ran\nran\n");
    errors(&sandbox, &[&run[..], &["--stateless"]].concat());
}

#[test]
fn ports_of_nodes_and_hosts_of_certificates_are_not_those_of_all_previews() {
    let manifests = "- uri: template://own/redis\n  type: redis\n  outputs: |\n    url: a\n  manifests: |\n    \
        - {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort, ports: [{port: 80, nodePort: PORT}]}}\n    \
        - {apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: a}, spec: {dnsNames: [HOST], secretName: a}}\n    \
        - {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {tls: [{hosts: [TLS], secretName: a}], rules: [{host: '{{ .Namespace }}.example.com'}]}}\n";
    let sandbox = shop(PREVIEW);
    let path = "environments/preview/own.provisioners.yaml";
    let own = "'{{ .Namespace }}.example.com'";
    for (port, host, tls, expected) in [
        ("30080", own, own, "the `nodePort` 30080"),
        ("0", "a.example.com", own, "the host `a.example.com`"),
        ("0", own, "b.example.com", "the host `b.example.com`"),
        ("0", "'*.example.com'", "'*.example.com'", ""),
    ] {
        let manifests = manifests.replace("PORT", port);
        let manifests = manifests.replace("HOST", host).replace("TLS", tls);
        sandbox.write(path, manifests.replace(", nodePort: 0", ""));
        let run = [&ONE[..], &["-o", "-"]].concat();
        if expected.is_empty() {
            succeeds(&sandbox, &run);
            continue;
        }
        let found = errors(&sandbox, &run);
        assert!(
            found.contains(expected) && found.lines().count() == 1,
            "{found}"
        );
    }
}
