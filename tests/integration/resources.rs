//! `score-rs resources`: lists and outputs.

use crate::sandbox::{RunResult, Sandbox};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata:
  name: shop
containers:
  web:
    image: .
    variables:
      DATABASE: ${resources.db.url}
      CACHE: ${resources.cache.url}
      KEY: ${resources.env.API_KEY}
resources:
  db:
    type: postgres
    params:
      version: \"16\"
  cache:
    type: redis
    id: all.cache
  env:
    type: environment
";

const ADMIN: &str = "apiVersion: score.dev/v1b1
metadata:
  name: admin
containers:
  web:
    image: nginx:1
resources:
  redis:
    type: redis
    id: all.cache
  job:
    type: job
    class: nightly
";

/// A program that leaves a file when it runs.
const JOB: &str = "- uri: cmd://sh#job
  type: job
  class: nightly
  args: [-c, 'touch ran; echo \"{\\\"resource_outputs\\\": {\\\"at\\\": 3, \\\"deep\\\": {\\\"a\\\": [1.5, null]}}}\"']
  expected_outputs: [at, deep]
";

pub fn sandbox() -> Sandbox {
    Sandbox::with_files(&[
        ("shop.score.yaml", SHOP),
        ("admin.score.yaml", ADMIN),
        ("job.provisioners.yaml", JOB),
    ])
}

#[track_caller]
pub fn exits_with(sandbox: &Sandbox, arguments: &[&str], code: i32) -> RunResult {
    let mut command = sandbox.command(arguments);
    // `PATH` for the program of the job, `API_KEY` for Kubernetes, which needs all values.
    command
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("API_KEY", "key");
    let child = command.spawn().unwrap();
    let result = crate::sandbox::wait_for_exit(child, arguments);
    assert_eq!(
        result.code,
        Some(code),
        "{arguments:?}\n{}{}",
        result.stdout,
        result.stderr
    );
    result
}

const DEFINITIONS: [&str; 2] = ["--provisioners", "job.provisioners.yaml"];

#[track_caller]
fn outputs(sandbox: &Sandbox, uid: &str, more: &[&str]) -> RunResult {
    exits_with(
        sandbox,
        &[&["resources", "get-outputs", uid], more, &DEFINITIONS].concat(),
        0,
    )
}

#[test]
fn list_shows_users_and_runs_nothing() {
    let sandbox = sandbox();
    let before = sandbox.list();
    let listed = exits_with(
        &sandbox,
        &[&["resources", "list"], &DEFINITIONS[..]].concat(),
        0,
    );
    let expected = "\
UID                           USED BY                PROVISIONER                            PARAMS   OUTPUTS
environment.default#shop.env  shop.env               built-in                               -        *
job.nightly#admin.job         admin.job              cmd://sh#job (job.provisioners.yaml:1)  -        at,deep
postgres.default#shop.db      shop.db                built-in                               version  host,port,name,database,username,password,url
redis.default#all.cache       admin.redis,shop.cache  built-in                               -        host,port,username,password,url
";
    let columns = |text: &str| -> Vec<Vec<String>> {
        let cells = |line: &str| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .map(str::to_owned)
                .collect()
        };
        text.lines().map(cells).collect()
    };
    assert_eq!(
        columns(&listed.stdout),
        columns(expected),
        "{}",
        listed.stdout
    );
    assert_eq!(listed.stderr, "");
    assert_eq!(
        sandbox.list(),
        before,
        "`list` writes nothing and runs no program"
    );
}

#[test]
fn list_as_json() {
    let sandbox = sandbox();
    let listed = exits_with(
        &sandbox,
        &[
            &["resources", "list", "-f", "json", "-e", "kubernetes"],
            &DEFINITIONS[..],
        ]
        .concat(),
        0,
    );
    let rows: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(
        rows[3],
        serde_json::json!({
            "uid": "redis.default#all.cache", "type": "redis", "class": "default", "id": "all.cache",
            "workloads": [{"workload": "admin", "name": "redis"}, {"workload": "shop", "name": "cache"}],
            "provisioner": {"uri": "template://builtin/redis", "source": "built-in"},
            "params": [], "outputs": ["host", "port", "username", "password", "url"],
        })
    );
    assert_eq!(rows[1]["provisioner"]["source"], "job.provisioners.yaml:1");
    assert_eq!(rows[2]["params"], serde_json::json!(["version"]));
    assert_eq!(rows[0]["outputs"], serde_json::Value::Null);
}

#[test]
fn empty_lists_and_errors() {
    let sandbox =
        Sandbox::with_files(&[("score.yaml", &ADMIN[..ADMIN.find("resources").unwrap()])]);
    let empty = exits_with(&sandbox, &["resources", "list"], 0);
    assert_eq!(
        (empty.stdout.as_str(), empty.stderr.as_str()),
        ("", "these workloads need no resources\n")
    );
    assert_eq!(
        exits_with(&sandbox, &["resources", "list", "-f", "json"], 0).stdout,
        "[]\n"
    );
    let none = exits_with(
        &sandbox,
        &["resources", "get-outputs", "dns.default#a.b"],
        1,
    )
    .stderr;
    assert!(
        none.contains("help: these workloads need no resources"),
        "{none}"
    );

    let sandbox = self::sandbox();
    let unprovided = exits_with(&sandbox, &["resources", "list"], 1);
    assert!(
        unprovided.stdout.is_empty() && unprovided.stderr.contains("[no-provisioner]"),
        "{unprovided:?}"
    );
    for command in [
        &["resources", "list"][..],
        &["resources", "get-outputs", "dns.default#a.b"],
    ] {
        assert!(
            exits_with(&Sandbox::new(), command, 2)
                .stderr
                .contains("there is no Score file here")
        );
        assert!(
            exits_with(&sandbox, &[command, &["missing.yaml"]].concat(), 3)
                .stderr
                .contains("cannot read `missing.yaml`")
        );
        assert!(
            exits_with(&sandbox, &[command, &["-e", "compos"]].concat(), 2)
                .stderr
                .contains("did you mean `compose`?")
        );
    }
}

#[test]
fn outputs_match_generate() {
    let sandbox = sandbox();
    let generate = |environment: &str| {
        exits_with(
            &sandbox,
            &[
                &[
                    "generate",
                    "-q",
                    "-i",
                    "nginx:1",
                    "-o",
                    "-",
                    "-e",
                    environment,
                ],
                &DEFINITIONS[..],
            ]
            .concat(),
            0,
        )
        .stdout
    };
    let url = outputs(&sandbox, "postgres.default#shop.db", &["-f", "{{ .url }}"]).stdout;
    assert!(
        url.starts_with("postgres://app:") && url.ends_with("/app\n"),
        "{url}"
    );
    assert!(generate("compose").contains(&format!("DATABASE: {url}")));
    let shared = outputs(&sandbox, "redis.default#all.cache", &["-f", "{{ .url }}"]).stdout;
    assert!(generate("compose").contains(&format!("CACHE: {shared}")));
    // On Kubernetes a password is a reference to a Secret.
    let secret = outputs(
        &sandbox,
        "postgres.default#shop.db",
        &["-e", "kubernetes", "-f", "{{ .url }}"],
    )
    .stdout;
    let name = secret
        .strip_prefix("🔐💬")
        .unwrap()
        .split_once('_')
        .unwrap()
        .0
        .to_owned();
    assert!(
        generate("kubernetes").contains(&format!(
            "              name: {name}\n              key: url\n"
        )),
        "{secret}"
    );
    // Derived values depend on the project name.
    let project = outputs(
        &sandbox,
        "postgres.default#shop.db",
        &["-p", "other", "-f", "{{ .host }}"],
    )
    .stdout;
    assert!(!url.contains(project.trim()), "{project}");
}

#[test]
fn output_formats() {
    let sandbox = sandbox();
    let form = |form: &str| outputs(&sandbox, "job.nightly#admin.job", &["--format", form]).stdout;
    assert_eq!(
        outputs(&sandbox, "job.nightly#admin.job", &[]).stdout,
        form("json")
    );
    let json =
        "{\n  \"at\": 3,\n  \"deep\": {\n    \"a\": [\n      1.5,\n      null\n    ]\n  }\n}\n";
    assert_eq!(form("json"), json);
    assert_eq!(form("yaml"), "at: 3\ndeep:\n  a:\n  - 1.5\n  - null\n");
    assert_eq!(
        form("{{ .at }}-{{ add .at 1 }}-{{ toJson .deep }}"),
        "3-4-{\"a\":[1.5,null]}\n"
    );
    assert_eq!(
        form("{{ .at }}\n"),
        "3\n",
        "a final line end is not repeated"
    );
    assert!(
        sandbox.list().contains(&"ran".to_owned()),
        "the outputs of a program are only known after a run"
    );
    let environment = outputs(&sandbox, "environment.default#shop.env", &[]);
    assert_eq!(environment.stdout, "{}\n");
    assert!(
        environment
            .stderr
            .contains("returns any environment variable"),
        "{}",
        environment.stderr
    );
}

#[test]
fn get_outputs_errors() {
    let sandbox = sandbox();
    let errors = |arguments: &[&str], code: i32| {
        let result = exits_with(
            &sandbox,
            &[&["resources", "get-outputs"], arguments, &DEFINITIONS].concat(),
            code,
        );
        assert_eq!(result.stdout, "", "{arguments:?}");
        result.stderr
    };
    let uid = "postgres.default#shop.db";
    assert!(
        errors(&["postgres.default#shop.bd"], 1)
            .contains("did you mean `postgres.default#shop.db`?")
    );
    assert!(errors(&["shop.db"], 1).contains("did you mean `postgres.default#shop.db`?"));
    assert!(errors(&["nothing like it"], 1).contains("help: write one of the resources: `"));
    assert!(errors(&[uid, "-f", "jsn"], 2).contains("did you mean `json`?"));
    assert!(errors(&[uid, "-f", "text"], 2).contains("write `json`, `yaml` or a template"));
    assert!(errors(&[uid, "-f", "{{ .host "], 1).contains("[--format:1:1]"));
    assert!(
        errors(&[uid, "-f", "{{ .hots }}"], 1)
            .contains("help: write one of its outputs: `host`, `port`")
    );
    assert!(errors(&[uid, "-f", "{{ randAlphaNum 3 }}"], 1).contains("[template-error]"));
    assert!(errors(&[], 2).contains("<UID>"));
    let listed = sandbox.list();
    assert_eq!(
        listed
            .iter()
            .filter(|name| name.starts_with(".score-rs"))
            .count(),
        0,
        "{listed:?}"
    );
}

#[test]
fn a_seed_of_get_outputs_is_reused_by_generate() {
    let sandbox =
        Sandbox::with_files(&[("score.yaml", &SHOP.replace("image: .", "image: nginx:1"))]);
    let run = |arguments: &[&str]| {
        crate::sandbox::wait_for_exit(
            sandbox
                .command(arguments)
                .env_remove("SCORE_RS_SEED")
                .spawn()
                .unwrap(),
            arguments,
        )
    };
    let host = run(&["resources", "get-outputs", "environment.default#shop.env"]);
    assert!(host.code == Some(0), "{host:?}");
    let arguments = [
        "resources",
        "get-outputs",
        "redis.default#all.cache",
        "-f",
        "{{ .url }}",
    ];
    // All resources are provisioned because of shared state, so the first run needs the seed.
    assert!(
        host.stderr.contains("[new-seed]") && sandbox.read(".score-rs/seed").len() == 65,
        "{}",
        host.stderr
    );
    let printed = run(&arguments);
    assert!(!printed.stderr.contains("[new-seed]"), "{}", printed.stderr);
    assert_eq!(run(&["generate"]).code, Some(0));
    assert!(
        sandbox
            .read("compose.yaml")
            .contains(&format!("CACHE: {}", printed.stdout))
    );

    let sandbox =
        Sandbox::with_files(&[("score.yaml", SHOP), (".score-rs/.gitignore/in", "the way")]);
    let failed = crate::sandbox::wait_for_exit(
        sandbox
            .command(&arguments)
            .env_remove("SCORE_RS_SEED")
            .spawn()
            .unwrap(),
        &arguments,
    );
    assert_eq!(
        (failed.code, failed.stdout.as_str()),
        (Some(3), ""),
        "a password that cannot be derived again"
    );
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let sandbox = sandbox();
    for arguments in [
        &[
            "resources",
            "list",
            "--provisioners",
            "job.provisioners.yaml",
        ][..],
        &[
            "resources",
            "get-outputs",
            "redis.default#all.cache",
            "--provisioners",
            "job.provisioners.yaml",
            "--project",
            "shop",
        ],
        &["provisioners", "list"],
        &["provisioners", "show", "redis"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = sandbox.command(arguments);
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .stdout(writer);
        let result = crate::sandbox::wait_for_exit(command.spawn().unwrap(), arguments);
        assert_eq!(
            (result.code, result.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}
