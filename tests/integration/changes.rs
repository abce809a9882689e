//! `score-rs changes`: what a reviewer has to know about a commit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::sandbox::{RunResult, Sandbox, commit_all, git};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
service: {ports: {http: {port: 80}}}
containers:
  main:
    image: example.com/shop:1
    resources: {limits: {memory: 64Mi}, requests: {cpu: 100m}}
    variables:
      DB: ${resources.db.url}
      TOKEN: ${resources.key.token}
      SIZE: ${resources.key.size}
resources:
  db: {type: postgres, params: {version: \"16.4\", storage: 1Gi}}
  key: {type: key}
";

const WORKER: &str = "apiVersion: score.dev/v1b1
metadata: {name: worker}
containers: {main: {image: \"example.com/worker:1\", resources: {limits: {memory: 64Mi}}}}
resources:
  shop: {type: service, params: {workload: shop}}
";

const DEFINITIONS: &str = "- uri: template://key
  type: key
  expected_outputs: [token, size]
  outputs: |
    token: {{ randAlphaNum 20 }}
    size: {{ .Environment.Values.size }}
- uri: cmd://./bucket
  type: bucket
  expected_outputs: [name]
";

const POLICY: &str = "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: memory}
spec:
  validationFailureAction: Enforce
  rules:
  - name: limit
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {message: a memory limit is required, pattern: {spec: {containers: [{resources: {limits: {memory: \"?*\"}}}]}}}
";

const PROD: &str = "target: kubernetes
project: shop
namespace: shop
provisioners: [../../definitions.provisioners.yaml, builtin]
policies: [../../policy.yaml]
values: {size: 1}
patches:
- target: {kind: Deployment, workload: worker}
  expect: any
  set: {spec.replicas: 2}
";

const LOCAL: &str = "target: compose
project: shop
provisioners: [../../definitions.provisioners.yaml, builtin]
values: {size: 1}
";

/// A repository with a project, of which everything is committed.
fn project() -> Sandbox {
    let sandbox = Sandbox::with_files(&[
        ("shop.score.yaml", SHOP),
        ("worker.score.yaml", WORKER),
        ("definitions.provisioners.yaml", DEFINITIONS),
        ("policy.yaml", POLICY),
        ("environments/prod/environment.yaml", PROD),
        ("environments/local/environment.yaml", LOCAL),
    ]);
    commit_all(&sandbox);
    sandbox
}

/// Replaces a text in a file.
#[track_caller]
fn replace(sandbox: &Sandbox, file: &str, before: &str, after: &str) {
    let text = sandbox.read(file);
    assert!(text.contains(before), "{file}: {before}");
    sandbox.write(file, text.replace(before, after));
}

fn changes(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    sandbox.run(&[&["changes", "--against", "main"], arguments].concat())
}

type Commit = (&'static str, fn(&Sandbox));

const COMMITS: [Commit; 10] = [
    ("rename_a_resource", |sandbox| {
        replace(
            sandbox,
            "shop.score.yaml",
            "resources.db.",
            "resources.orders.",
        );
        replace(sandbox, "shop.score.yaml", "  db: ", "  orders: ");
    }),
    ("change_a_version", |sandbox| {
        replace(sandbox, "shop.score.yaml", "16.4", "17.2");
    }),
    ("add_a_route", |sandbox| {
        let route =
            "  web: {type: route, params: {host: shop.example.com, path: /, port: 80}}\n  key:";
        replace(sandbox, "shop.score.yaml", "  key:", route);
    }),
    ("remove_a_workload", |sandbox| {
        git(sandbox, &["rm", "-q", "worker.score.yaml"]);
    }),
    ("edit_a_definition", |sandbox| {
        let file = "definitions.provisioners.yaml";
        replace(sandbox, file, "randAlphaNum 20", "randAlphaNum 30");
    }),
    ("change_an_image", |sandbox| {
        replace(sandbox, "shop.score.yaml", "shop:1", "shop:2");
    }),
    ("change_a_value", |sandbox| {
        let file = "environments/prod/environment.yaml";
        replace(sandbox, file, "size: 1", "size: 2");
    }),
    ("add_an_exception", |sandbox| {
        let before = "  main:\n    image: example.com/shop:1\n    resources: {limits: {memory: 64Mi}, requests: {cpu: 100m}}\n";
        let after = "  # score-rs: allow policy/memory because it is measured first\n  main:\n    image: example.com/shop:1\n    resources: {requests: {cpu: 100m}}\n";
        replace(sandbox, "shop.score.yaml", before, after);
    }),
    ("change_replicas", |sandbox| {
        let file = "environments/prod/environment.yaml";
        replace(sandbox, file, "replicas: 2", "replicas: 4");
    }),
    ("change_a_volume", |sandbox| {
        replace(sandbox, "shop.score.yaml", "1Gi", "2Gi");
    }),
];

/// The text without the lines of built-in definitions, which change when those do.
fn without_built_in_lines(text: &str) -> String {
    let shorten = |line: &str| match line.split_once(".provisioners.yaml:") {
        Some((file, rest)) if file.contains("built-in ") => {
            let reason = rest.split_once("  ").map_or("", |(_, reason)| reason);
            format!("{file}.provisioners.yaml  {reason}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(shorten).collect()
}

#[test]
fn ten_commits_are_described() {
    for (name, edit) in COMMITS {
        let sandbox = project();
        edit(&sandbox);
        let result = changes(&sandbox, &["-e", "prod"]);
        assert_eq!((result.code, &*result.stderr), (Some(4), ""), "{name}");
        let text = without_built_in_lines(&result.stdout);
        insta::assert_snapshot!(format!("changes_{name}"), text);
    }
}

/// The values of an output by the names of their objects and their paths.
fn values(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for document in serde_json::from_str::<Value>(text).unwrap()["items"]
        .as_array()
        .unwrap()
    {
        let name = |key: &str| {
            document["metadata"][key]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let kind = document["kind"].as_str().unwrap();
        flatten(document, format!("{kind} {}", name("name")), &mut values);
    }
    values
}

fn flatten(value: &Value, path: String, values: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| flatten(value, format!("{path}/{key}"), values)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
            let name = item["name"]
                .as_str()
                .map_or(index.to_string(), str::to_owned);
            flatten(item, format!("{path}/{name}"), values);
        }),
        other => _ = values.insert(path, other.to_string()),
    }
}

/// What another program would find in the outputs of both revisions.
#[test]
fn objects_are_those_that_differ_in_the_outputs() {
    for (name, edit) in COMMITS {
        let sandbox = project();
        let generate = || {
            let arguments = [
                "generate",
                "-e",
                "prod",
                "--stateless",
                "-o",
                "-",
                "--format",
                "json",
            ];
            let result = sandbox.run(&arguments);
            assert_eq!(result.code, Some(0), "{name}: {}", result.stderr);
            values(&result.stdout)
        };
        let before = generate();
        edit(&sandbox);
        let after = generate();
        let keys = before.keys().chain(after.keys());
        let differ = keys.filter(|key| before.get(*key) != after.get(*key));
        let objects = differ.map(|key| key.split('/').next().unwrap().to_owned());
        let expected: BTreeSet<String> = objects.collect();
        let result = changes(&sandbox, &["-e", "prod", "-f", "json"]);
        let review: Value = serde_json::from_str(&result.stdout).unwrap();
        let objects = review["environments"][0]["objects"].as_array().unwrap();
        let objects = objects.iter().map(|object| {
            let words = object["object"].as_str().unwrap().split(' ');
            let words: Vec<&str> = words.collect();
            let kind = words[0].split('.').next().unwrap();
            format!("{kind} {}", words[1])
        });
        assert_eq!(objects.collect::<BTreeSet<_>>(), expected, "{name}");
    }
}

#[test]
fn nothing_is_written_and_nothing_runs() {
    let sandbox = project();
    sandbox.write_executable("bucket", "#!/bin/sh\ntouch ran\necho '{}'\n");
    replace(
        &sandbox,
        "shop.score.yaml",
        "  key:",
        "  files: {type: bucket}\n  key:",
    );
    let before = sandbox.list();
    let result = changes(&sandbox, &["--all-environments"]);
    assert_eq!(result.code, Some(4), "{}", result.stderr);
    assert_eq!(sandbox.list(), before);
}

#[test]
fn what_a_program_gives_is_unknown() {
    let sandbox = project();
    let bucket = "  files: {type: bucket}\n  key:";
    replace(&sandbox, "shop.score.yaml", "  key:", bucket);
    replace(
        &sandbox,
        "shop.score.yaml",
        "      SIZE:",
        "      BUCKET: ${resources.files.name}\n      SIZE:",
    );
    commit_all(&sandbox);
    let result = changes(&sandbox, &["-e", "prod"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    insta::assert_snapshot!(result.stdout);
}

#[test]
fn compose_services_are_compared() {
    let sandbox = project();
    replace(&sandbox, "shop.score.yaml", "shop:1", "shop:2");
    git(&sandbox, &["rm", "-q", "worker.score.yaml"]);
    let result = changes(&sandbox, &["-e", "local"]);
    assert_eq!(result.code, Some(4), "{}", result.stderr);
    insta::assert_snapshot!(result.stdout);
}

#[test]
fn no_format_shows_a_password() {
    let sandbox = project();
    let passwords = |sandbox: &Sandbox| -> Vec<String> {
        let arguments = [
            "secrets",
            "list",
            "-e",
            "prod",
            "--show-secrets",
            "-f",
            "json",
            "-q",
        ];
        let rows: Value = serde_json::from_str(&sandbox.run(&arguments).stdout).unwrap();
        let rows = rows.as_array().unwrap().iter();
        let values = rows.flat_map(|row| row["values"].as_object().unwrap().values());
        values
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    };
    let mut known = passwords(&sandbox);
    (COMMITS[4].1)(&sandbox);
    known.extend(passwords(&sandbox));
    assert!(known.len() > 3, "{known:?}");
    for format in ["human", "markdown", "json"] {
        for environment in ["prod", "local"] {
            let text = changes(&sandbox, &["-e", environment, "-f", format]).stdout;
            assert!(text.contains("key.default#shop.key"), "{text}");
            for password in &known {
                assert!(!text.contains(password.as_str()), "{format}: {text}");
            }
        }
    }
}

#[test]
fn environments_are_added_and_removed() {
    let sandbox = project();
    git(
        &sandbox,
        &["mv", "environments/local", "environments/laptop"],
    );
    let result = changes(&sandbox, &["--all-environments"]);
    assert_eq!(result.code, Some(4), "{}", result.stderr);
    let lines: Vec<&str> = result
        .stdout
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    let one = changes(&sandbox, &["-e", "local"]);
    assert!(
        one.stdout
            .starts_with("local: only in main, so all of it is removed\n"),
        "{}",
        one.stdout
    );
}

#[test]
fn a_side_with_errors_is_named() {
    let sandbox = project();
    replace(&sandbox, "worker.score.yaml", "image:", "imag:");
    let result = changes(&sandbox, &["-e", "prod"]);
    assert_eq!(result.code, Some(1));
    insta::assert_snapshot!(format!("{}----\n{}", result.stdout, result.stderr));
    commit_all(&sandbox);
    replace(&sandbox, "worker.score.yaml", "imag:", "image:");
    let result = changes(&sandbox, &["-e", "prod", "-f", "markdown"]);
    assert_eq!(result.code, Some(1));
    insta::assert_snapshot!(format!("{}----\n{}", result.stdout, result.stderr));
}

#[test]
fn a_new_project_is_all_new() {
    let sandbox = Sandbox::with_files(&[("README", "")]);
    commit_all(&sandbox);
    sandbox.write(
        "score.yaml",
        WORKER.lines().take(3).collect::<Vec<_>>().join("\n"),
    );
    let result = changes(&sandbox, &[]);
    assert_eq!(result.code, Some(4), "{}", result.stderr);
    insta::assert_snapshot!(result.stdout);
    // A file that is named and is new too.
    let named = changes(&sandbox, &["score.yaml"]);
    assert!(
        named.stdout.contains("+ services worker-main"),
        "{}{}",
        named.stdout,
        named.stderr
    );
}

#[test]
fn a_project_in_a_directory_reads_what_is_beside_it() {
    let sandbox = project();
    sandbox.write(
        "team/score.yaml",
        WORKER.lines().take(3).collect::<Vec<_>>().join("\n"),
    );
    sandbox.write(
        "team/environments/prod/environment.yaml",
        "target: kubernetes\nproject: team\npatches: [../../../shared.patches.yaml]\n",
    );
    let patch = |replicas| {
        format!("- target: {{kind: Deployment}}\n  set: {{spec.replicas: {replicas}}}\n")
    };
    sandbox.write("shared.patches.yaml", patch(2));
    commit_all(&sandbox);
    sandbox.write("shared.patches.yaml", patch(3));
    let result = changes(&sandbox, &["-C", "team", "-e", "prod"]);
    assert_eq!(result.code, Some(4), "{}", result.stderr);
    insta::assert_snapshot!(result.stdout);
}

#[test]
fn files_that_git_ignores_and_links_are_as_in_a_checkout() {
    let sandbox = project();
    std::os::unix::fs::symlink("shared.yaml", sandbox.path("linked.score.yaml")).unwrap();
    sandbox.write("shared.yaml", WORKER.replace("worker", "linked"));
    sandbox.write("build/.gitignore", "*.score.yaml\n");
    sandbox.write(
        "build/forced.score.yaml",
        WORKER.replace("worker", "forced"),
    );
    git(&sandbox, &["add", "-f", "build/forced.score.yaml"]);
    commit_all(&sandbox);
    let result = changes(&sandbox, &["-e", "prod"]);
    assert_eq!(
        (result.code, &*result.stdout),
        (Some(0), "prod: unchanged since main\n\n"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_file_that_git_ignores_is_the_same_on_both_sides() {
    let sandbox = project();
    let definition = "- uri: template://key\n  type: key\n  outputs: '{token: abc, size: 9}'\n";
    let file = "environments/prod/environment.yaml";
    replace(
        &sandbox,
        file,
        "[../../def",
        "[../../generated.provisioners.yaml, ../../def",
    );
    sandbox.write(".gitignore", "generated*\n");
    sandbox.write("generated.provisioners.yaml", definition);
    commit_all(&sandbox);
    let result = changes(&sandbox, &["-e", "prod"]);
    assert_eq!(
        (result.code, &*result.stdout),
        (Some(0), "prod: unchanged since main\n\n"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_submodule_is_read_at_its_commit() {
    let library = Sandbox::with_files(&[(
        "worker.score.yaml",
        &WORKER.replace("name: worker", "name: sub"),
    )]);
    commit_all(&library);
    let sandbox = project();
    let path = library.path("").display().to_string();
    git(
        &sandbox,
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "add",
            "-q",
            &path,
            "library",
        ],
    );
    commit_all(&sandbox);
    replace(
        &sandbox,
        "library/worker.score.yaml",
        "worker:1",
        "worker:2",
    );
    let result = changes(&sandbox, &["-e", "prod"]);
    assert!(
        result
            .stdout
            .contains("\"example.com/worker:1\" -> \"example.com/worker:2\""),
        "{}{}",
        result.stdout,
        result.stderr
    );
    // The commit of the revision is not in the clone of the submodule.
    sandbox.write("library/other", "");
    let inside = |arguments: &[&str]| git(&sandbox, &[&["-C", "library"], arguments].concat());
    inside(&["checkout", "-q", "--orphan", "new"]);
    inside(&["add", "-A"]);
    inside(&["commit", "-q", "-m", "new"]);
    for branch in ["main", "origin/main"] {
        let name = if branch == "main" {
            ["branch", "-q", "-D", "main"]
        } else {
            ["branch", "-q", "-rD", "origin/main"]
        };
        inside(&name);
    }
    inside(&["update-ref", "-d", "refs/remotes/origin/HEAD"]);
    inside(&["reflog", "expire", "--expire=now", "--all"]);
    inside(&["gc", "-q", "--prune=now"]);
    let result = changes(&sandbox, &["-e", "prod"]);
    assert_eq!(result.code, Some(1));
    assert!(
        result
            .stdout
            .contains("the submodule `library` does not have its commit"),
        "{}",
        result.stdout
    );
    assert!(
        result.stdout.contains("run `git -C library fetch"),
        "{}",
        result.stdout
    );
}

#[test]
fn an_unknown_revision_says_what_to_do() {
    let sandbox = project();
    let against = |sandbox: &Sandbox, name: &str| {
        let result = sandbox.run(&["changes", &format!("--against={name}")]);
        assert_eq!((result.code, &*result.stdout), (Some(2), ""), "{name}");
        result.stderr
    };
    let shallow = Sandbox::new();
    let from = format!("file://{}", sandbox.path("").display());
    git(
        &shallow,
        &[
            "clone",
            "-q",
            "--depth",
            "1",
            "--no-single-branch",
            &from,
            ".",
        ],
    );
    let messages = [
        against(&sandbox, "mian"),
        against(&sandbox, "v7"),
        against(&sandbox, "--all"),
        against(&shallow, "v7"),
        against(&Sandbox::new(), "main"),
        sandbox
            .run(&["changes", "--against", "main", "-e", "prdo"])
            .stderr,
    ];
    insta::assert_snapshot!(messages.concat());
}

#[test]
fn markdown_has_code_for_all_texts_of_files() {
    let sandbox = project();
    let hostile = "example.com/shop:2\\n```\\n</details> @team ``` | [x](http://y)";
    replace(
        &sandbox,
        "shop.score.yaml",
        "SIZE: ${resources.key.size}",
        &format!("SIZE: \"{hostile}\""),
    );
    let text = changes(&sandbox, &["-e", "prod", "-f", "markdown"]).stdout;
    insta::assert_snapshot!(text);
}

#[test]
fn markdown_fits_a_comment_and_says_what_is_missing() {
    let sandbox = project();
    for index in 0..400 {
        sandbox.write(
            &format!("w{index}.score.yaml"),
            WORKER.replace("worker", &format!("w{index}")),
        );
    }
    let text = changes(&sandbox, &["-e", "prod", "-f", "markdown"]).stdout;
    assert!(text.len() <= 65_536, "{}", text.len());
    assert!(!text.contains("All fields"));
    assert!(text.contains("- \\+ `w399`\n"), "workloads are kept");
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("The comment would be too long with "),
        "{last}"
    );
    let end = "all fields of prod; `score-rs changes --against main -e NAME` prints all.";
    assert!(last.ends_with(end), "{last}");
}

#[test]
fn prices_give_the_difference_in_money() {
    let sandbox = project();
    sandbox.write("prices.yaml", "currency: EUR\ncpuHour: 0.03\nmemoryGiBHour: 0.004\nstorageGiBMonth: 0.1\nloadBalancerMonth: 18\n");
    (COMMITS[8].1)(&sandbox);
    replace(
        &sandbox,
        "worker.score.yaml",
        "limits: {memory: 64Mi}",
        "limits: {memory: 1Gi}",
    );
    let text = changes(&sandbox, &["-e", "prod", "--prices", "prices.yaml"]).stdout;
    let start = text.find("  What it reserves").unwrap();
    insta::assert_snapshot!(text[start..].split("\n\n").next().unwrap());
}

/// The comment of the action, by a program that stands for `gh` and keeps one comment.
#[test]
fn the_action_replaces_its_comment() {
    let sandbox = project();
    (COMMITS[5].1)(&sandbox);
    let gh = "#!/bin/sh\necho \"$@\" >>calls\ncase \"$*\" in\n*--paginate*) [ ! -f comment ] || echo 7 ;;\n\
              *body=@*) cp \"${7#body=@}\" comment ;;\nesac\n";
    sandbox.write_executable("bin/gh", gh);
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/integrations/comment-changes.sh"
    );
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_score-rs"))
        .parent()
        .unwrap();
    let run = || {
        let mut command = sandbox.command_in_shell(script);
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            sandbox.path("bin").display(),
            program.display()
        );
        command.env("PATH", path);
        let variables = [
            ("BASE", "main"),
            ("DIRECTORY", "."),
            ("PULL_REQUEST", "12"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_STEP_SUMMARY", "summary"),
        ];
        let output = command.envs(variables).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    run();
    let comment = sandbox.read("comment");
    assert!(
        comment.starts_with("<!-- score-rs changes in . -->\n### Changes"),
        "{comment}"
    );
    assert!(comment.contains("`example.com/shop:2`"), "{comment}");
    assert_eq!(sandbox.read("summary"), comment);
    run();
    let calls = sandbox.read("calls");
    let calls: Vec<&str> = calls
        .lines()
        .filter(|call| call.contains("body=@"))
        .collect();
    assert!(
        calls[0].starts_with("api --silent -X POST repos/o/r/issues/12/comments -F"),
        "{calls:?}"
    );
    assert!(
        calls[1].starts_with("api --silent -X PATCH repos/o/r/issues/comments/7 -F"),
        "{calls:?}"
    );
}
