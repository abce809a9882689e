//! `resources` and `provisioners`: what there is, shown without harm, and what `generate` would use.

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

/// A program that would be seen to have run.
const JOB: &str = "- uri: cmd://sh#job
  type: job
  class: nightly
  args: [-c, 'touch ran; echo \"{\\\"resource_outputs\\\": {\\\"at\\\": 3, \\\"deep\\\": {\\\"a\\\": [1.5, null]}}}\"']
  expected_outputs: [at, deep]
";

fn sandbox() -> Sandbox {
    Sandbox::with_files(&[("shop.score.yaml", SHOP), ("admin.score.yaml", ADMIN), ("job.provisioners.yaml", JOB)])
}

#[track_caller]
fn ends(sandbox: &Sandbox, arguments: &[&str], code: i32) -> RunResult {
    let mut command = sandbox.command(arguments);
    // For the program of the job, and for Kubernetes, which leaves no variable open.
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("API_KEY", "key");
    let child = command.spawn().unwrap();
    let result = crate::sandbox::wait_for_exit(child, arguments);
    assert_eq!(result.code, Some(code), "{arguments:?}\n{}{}", result.stdout, result.stderr);
    result
}

const OWN: [&str; 2] = ["--provisioners", "job.provisioners.yaml"];

#[track_caller]
fn outputs(sandbox: &Sandbox, uid: &str, more: &[&str]) -> RunResult {
    ends(sandbox, &[&["resources", "get-outputs", uid], more, &OWN].concat(), 0)
}

#[test]
fn a_list_says_who_uses_what_and_runs_nothing() {
    let sandbox = sandbox();
    let before = sandbox.list();
    let listed = ends(&sandbox, &[&["resources", "list"], &OWN[..]].concat(), 0);
    let wanted = "\
UID                           USED BY                PROVISIONER                            PARAMS   OUTPUTS
environment.default#shop.env  shop.env               built-in                               -        *
job.nightly#admin.job         admin.job              cmd://sh#job (job.provisioners.yaml:1)  -        at,deep
postgres.default#shop.db      shop.db                built-in                               version  host,port,name,database,username,password,url
redis.default#all.cache       admin.redis,shop.cache  built-in                               -        host,port,username,password,url
";
    let columns = |text: &str| -> Vec<Vec<String>> {
        let cells =
            |line: &str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect();
        text.lines().map(cells).collect()
    };
    assert_eq!(columns(&listed.stdout), columns(wanted), "{}", listed.stdout);
    assert_eq!(listed.stderr, "");
    assert_eq!(sandbox.list(), before, "a list leaves nothing behind, and no program has run");
}

#[test]
fn a_list_for_programs_has_every_part() {
    let sandbox = sandbox();
    let listed = ends(&sandbox, &[&["resources", "list", "-f", "json", "-e", "kubernetes"], &OWN[..]].concat(), 0);
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
fn a_list_of_nothing_and_of_what_is_wrong() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &ADMIN[..ADMIN.find("resources").unwrap()])]);
    let empty = ends(&sandbox, &["resources", "list"], 0);
    assert_eq!((empty.stdout.as_str(), empty.stderr.as_str()), ("", "these workloads need no resources\n"));
    assert_eq!(ends(&sandbox, &["resources", "list", "-f", "json"], 0).stdout, "[]\n");
    let none = ends(&sandbox, &["resources", "get-outputs", "dns.default#a.b"], 1).stderr;
    assert!(none.contains("help: these workloads need no resources"), "{none}");

    let sandbox = self::sandbox();
    let unprovided = ends(&sandbox, &["resources", "list"], 1);
    assert!(unprovided.stdout.is_empty() && unprovided.stderr.contains("[no-provisioner]"), "{unprovided:?}");
    for command in [&["resources", "list"][..], &["resources", "get-outputs", "dns.default#a.b"]] {
        assert!(ends(&Sandbox::new(), command, 2).stderr.contains("there is no Score file here"));
        assert!(
            ends(&sandbox, &[command, &["missing.yaml"]].concat(), 3).stderr.contains("cannot read `missing.yaml`")
        );
        assert!(ends(&sandbox, &[command, &["-e", "compos"]].concat(), 2).stderr.contains("did you mean `compose`?"));
    }
}

#[test]
fn outputs_are_those_that_generate_uses() {
    let sandbox = sandbox();
    let generate = |environment: &str| {
        ends(&sandbox, &[&["generate", "-q", "-i", "nginx:1", "-o", "-", "-e", environment], &OWN[..]].concat(), 0)
            .stdout
    };
    let url = outputs(&sandbox, "postgres.default#shop.db", &["-f", "{{ .url }}"]).stdout;
    assert!(url.starts_with("postgres://app:") && url.ends_with("/app\n"), "{url}");
    assert!(generate("compose").contains(&format!("DATABASE: {url}")));
    let shared = outputs(&sandbox, "redis.default#all.cache", &["-f", "{{ .url }}"]).stdout;
    assert!(generate("compose").contains(&format!("CACHE: {shared}")));
    // On Kubernetes a password is a reference; the names are those of the objects.
    let secret = outputs(&sandbox, "postgres.default#shop.db", &["-e", "kubernetes", "-f", "{{ .url }}"]).stdout;
    let name = secret.strip_prefix("🔐💬").unwrap().split_once('_').unwrap().0.to_owned();
    assert!(
        generate("kubernetes").contains(&format!("              name: {name}\n              key: url\n")),
        "{secret}"
    );
    // With a project's name everything derived is another.
    let project = outputs(&sandbox, "postgres.default#shop.db", &["-p", "other", "-f", "{{ .host }}"]).stdout;
    assert!(!url.contains(project.trim()), "{project}");
}

#[test]
fn outputs_are_printed_in_three_forms() {
    let sandbox = sandbox();
    let form = |form: &str| outputs(&sandbox, "job.nightly#admin.job", &["--format", form]).stdout;
    assert_eq!(outputs(&sandbox, "job.nightly#admin.job", &[]).stdout, form("json"));
    let json = "{\n  \"at\": 3,\n  \"deep\": {\n    \"a\": [\n      1.5,\n      null\n    ]\n  }\n}\n";
    assert_eq!(form("json"), json);
    assert_eq!(form("yaml"), "at: 3\ndeep:\n  a:\n  - 1.5\n  - null\n");
    assert_eq!(form("{{ .at }}-{{ add .at 1 }}-{{ toJson .deep }}"), "3-4-{\"a\":[1.5,null]}\n");
    assert_eq!(form("{{ .at }}\n"), "3\n", "a line that ends is not ended again");
    assert!(sandbox.list().contains(&"ran".to_owned()), "what a program gives is known only when it has run");
    let environment = outputs(&sandbox, "environment.default#shop.env", &[]);
    assert_eq!(environment.stdout, "{}\n");
    assert!(environment.stderr.contains("gives any variable of the environment"), "{}", environment.stderr);
}

#[test]
fn what_cannot_be_printed_is_said() {
    let sandbox = sandbox();
    let said = |arguments: &[&str], code: i32| {
        let result = ends(&sandbox, &[&["resources", "get-outputs"], arguments, &OWN].concat(), code);
        assert_eq!(result.stdout, "", "{arguments:?}");
        result.stderr
    };
    let uid = "postgres.default#shop.db";
    assert!(said(&["postgres.default#shop.bd"], 1).contains("did you mean `postgres.default#shop.db`?"));
    assert!(said(&["shop.db"], 1).contains("did you mean `postgres.default#shop.db`?"));
    assert!(said(&["nothing like it"], 1).contains("help: write one of the resources: `"));
    assert!(said(&[uid, "-f", "jsn"], 2).contains("did you mean `json`?"));
    assert!(said(&[uid, "-f", "text"], 2).contains("write `json`, `yaml` or a template"));
    assert!(said(&[uid, "-f", "{{ .host "], 1).contains("[--format:1:1]"));
    assert!(said(&[uid, "-f", "{{ .hots }}"], 1).contains("help: write one of its outputs: `host`, `port`"));
    assert!(said(&[uid, "-f", "{{ randAlphaNum 3 }}"], 1).contains("[template-error]"));
    assert!(said(&[], 2).contains("<UID>"));
    let listed = sandbox.list();
    assert_eq!(listed.iter().filter(|name| name.starts_with(".score-rs")).count(), 0, "{listed:?}");
}

#[test]
fn a_seed_that_outputs_need_is_kept_for_generate() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &SHOP.replace("image: .", "image: nginx:1"))]);
    let run = |arguments: &[&str]| {
        crate::sandbox::wait_for_exit(
            sandbox.command(arguments).env_remove("SCORE_RS_SEED").spawn().unwrap(),
            arguments,
        )
    };
    let host = run(&["resources", "get-outputs", "environment.default#shop.env"]);
    assert!(host.code == Some(0), "{host:?}");
    let arguments = ["resources", "get-outputs", "redis.default#all.cache", "-f", "{{ .url }}"];
    // All are provisioned, since they may share what they know; so the seed was needed the first time.
    assert!(host.stderr.contains("[new-seed]") && sandbox.read(".score-rs/seed").len() == 65, "{}", host.stderr);
    let printed = run(&arguments);
    assert!(!printed.stderr.contains("[new-seed]"), "{}", printed.stderr);
    assert_eq!(run(&["generate"]).code, Some(0));
    assert!(sandbox.read("compose.yaml").contains(&format!("CACHE: {}", printed.stdout)));

    let sandbox = Sandbox::with_files(&[("score.yaml", SHOP), (".score-rs/.gitignore/in", "the way")]);
    let refused = crate::sandbox::wait_for_exit(
        sandbox.command(&arguments).env_remove("SCORE_RS_SEED").spawn().unwrap(),
        &arguments,
    );
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(3), ""), "a password that nobody can have again");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let sandbox = sandbox();
    for arguments in [
        &["resources", "list", "--provisioners", "job.provisioners.yaml"][..],
        &["resources", "get-outputs", "redis.default#all.cache", "--provisioners", "job.provisioners.yaml"],
        &["provisioners", "list"],
        &["provisioners", "show", "redis"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = sandbox.command(arguments);
        command.env("PATH", std::env::var_os("PATH").unwrap()).stdout(writer);
        let result = crate::sandbox::wait_for_exit(command.spawn().unwrap(), arguments);
        assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn definitions_are_listed_in_the_order_in_which_they_are_asked() {
    let sandbox = sandbox();
    let listed = ends(&sandbox, &["provisioners", "list", "--provisioners", "job.provisioners.yaml"], 0).stdout;
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().take(6).collect()).collect();
    assert_eq!(lines[0], ["TYPE", "CLASS", "ID", "SOURCE", "PARAMS", "OUTPUTS"]);
    assert_eq!(lines[1], ["job", "nightly", "*", "job.provisioners.yaml:1", "*", "at,deep"]);
    assert_eq!(lines[2][..4], ["amqp", "*", "*", "built-in"]);
    let types: Vec<&str> = lines[2..].iter().map(|line| line[0]).collect();
    assert!(types.is_sorted() && types.contains(&"elasticsearch"), "{types:?}");
    let json = ends(&sandbox, &["provisioners", "list", "-f", "json", "-e", "kubernetes"], 0).stdout;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let redis = rows.as_array().unwrap().iter().find(|row| row["type"] == "redis").unwrap();
    assert!(redis["sections"].as_array().unwrap().contains(&"manifests".into()), "{redis}");
    sandbox.write("broken.yaml", "- type: x\n");
    let broken = ends(&sandbox, &["provisioners", "list", "--provisioners", "broken.yaml"], 1);
    assert!(broken.stdout.is_empty() && broken.stderr.contains("[missing-key]"), "{broken:?}");
}

#[test]
fn a_type_is_shown_as_it_will_be_asked() {
    let sandbox = sandbox();
    let show = |arguments: &[&str]| ends(&sandbox, &[&["provisioners", "show"], arguments].concat(), 0).stdout;
    let built_in = show(&["redis"]);
    assert!(built_in.starts_with("# ") && built_in.contains("\n- uri: template://builtin/redis\n"));
    // What is shown is a definitions file.
    sandbox.write("own.yaml", built_in.replace("template://builtin/redis", "template://own/redis"));
    let both = show(&["redis", "--provisioners", "own.yaml"]);
    let (own, rest) = both.split_once("\n\n").unwrap();
    assert!(own.starts_with("# own.yaml:4\n- uri: template://own/redis\n"), "{own}");
    assert_eq!(rest, built_in);
    assert!(
        show(&["job", "--provisioners", "job.provisioners.yaml"]).starts_with("# job.provisioners.yaml:1\n- uri: ")
    );
    sandbox.write("again.yaml", both);
    assert!(
        ends(&sandbox, &["provisioners", "list", "--provisioners", "again.yaml"], 0).stdout.contains("again.yaml:2")
    );
    let said = |arguments: &[&str]| ends(&sandbox, &[&["provisioners", "show"], arguments].concat(), 2).stderr;
    assert!(said(&["reddis"]).contains("did you mean `redis`?"));
    assert!(said(&["job"]).contains("`score-rs provisioners list` shows which there are"));
}
