//! Files, commands and arguments with secrets.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, objects_of};

const KUBERNETES: [&str; 5] = ["generate", "--env", "kubernetes", "-o", "-"];

/// A workload with one file of this content.
fn with_file(content: &str, resources: &str) -> Sandbox {
    Sandbox::with_files(&[(
        "score.yaml",
        &format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: web}}\ncontainers:\n  main:\n    image: nginx:1\n    \
             files: {{/etc/app.conf: {{content: {content:?}, mode: '0440'}}}}\nresources: {{{resources}}}\n"
        ),
    )])
}

fn objects(sandbox: &Sandbox, variables: &[(&str, &str)], arguments: &[&str]) -> Vec<Value> {
    let arguments = [&KUBERNETES, arguments, &["--format", "json"]].concat();
    let result = sandbox.run_with(variables, &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    objects_of(&result.stdout)
}

/// The object with the file, if the workload has one.
fn file_object(objects: &[Value]) -> &Value {
    let is_file = |object: &&Value| {
        let name = object["metadata"]["name"].as_str();
        name.is_some_and(|name| name.starts_with("web-main-file-"))
    };
    objects.iter().find(is_file).unwrap_or(&Value::Null)
}

fn pod(objects: &[Value]) -> &Value {
    let deployment = objects.iter().find(|object| object["kind"] == "Deployment");
    &deployment.unwrap()["spec"]["template"]
}

fn decoded(object: &Value) -> String {
    use base64::Engine;
    let text = object["data"]["app.conf"].as_str().unwrap();
    let engine = base64::engine::general_purpose::STANDARD;
    String::from_utf8(engine.decode(text).unwrap()).unwrap()
}

#[test]
fn a_file_with_text_and_a_known_secret_is_a_secret() {
    let sandbox = with_file(
        "password=${resources.db.password} $${x}\n",
        "db: {type: postgres}",
    );
    let objects = objects(&sandbox, &[], &[]);
    let file = file_object(&objects);
    assert_eq!(
        (&file["kind"], &file["type"]),
        (&json!("Secret"), &json!("Opaque"))
    );
    let content = decoded(file);
    let password = content
        .strip_prefix("password=")
        .unwrap()
        .strip_suffix(" ${x}\n")
        .unwrap();
    assert_eq!(password.len(), 24, "{content}");
    let volume = &pod(&objects)["spec"]["volumes"][0];
    assert_eq!(volume["secret"]["secretName"], file["metadata"]["name"]);
    assert_eq!(
        volume["secret"]["items"],
        json!([{"key": "app.conf", "path": "app.conf", "mode": 0o440}])
    );
    // Only the whole content can be a key of the Secret that exists.
    let whole = with_file("${resources.db.password}", "db: {type: postgres}");
    assert_eq!(*file_object(&self::objects(&whole, &[], &[])), Value::Null);
}

#[test]
fn a_changed_secret_in_a_file_starts_a_rollout() {
    let hash = |text: &str, seed: &str| {
        let sandbox = with_file(
            &format!("{text}=${{resources.own.password}}\n"),
            "own: {type: own}",
        );
        let definition = "- uri: template://own\n  type: own\n  init: 'unused: {{ randAlphaNum 24 }}'\n  outputs: 'password: {{ encodeSecretRef \"s\" \"p\" }}'\n  \
                          manifests: |\n    - {apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {p: hunter2hunter2}}\n";
        sandbox.write("own.provisioners.yaml", definition);
        let flags = ["--provisioners", "own.provisioners.yaml"];
        let objects = objects(&sandbox, &[("SCORE_RS_SEED", seed)], &flags);
        assert_eq!(
            decoded(file_object(&objects)),
            format!("{text}=hunter2hunter2\n")
        );
        pod(&objects)["metadata"]["annotations"]["k8s.score.dev/config-hash"].clone()
    };
    let first = hash("a", crate::sandbox::SEED);
    assert_ne!(first, Value::Null);
    assert_ne!(first, hash("b", crate::sandbox::SEED));
    // Guesses of the secret cannot be compared with it without the seed.
    assert_ne!(first, hash("a", "another-5d0c41e7b9a2836f08c1"));
}

#[test]
fn a_file_whose_text_contains_a_known_secret_is_a_secret() {
    let sandbox = with_file("password=${resources.own.password}\n", "own: {type: own}");
    let definition =
        "- uri: template://own\n  type: own\n  outputs: 'password: {{ randAlphaNum 24 }}'\n";
    sandbox.write("own.provisioners.yaml", definition);
    let objects = objects(&sandbox, &[], &["--provisioners", "own.provisioners.yaml"]);
    assert_eq!(file_object(&objects)["kind"], "Secret");
    let plain = with_file("password=none\n", "");
    assert_eq!(
        file_object(&self::objects(&plain, &[], &[]))["kind"],
        "ConfigMap"
    );
}

#[test]
fn a_secret_that_only_the_cluster_knows_cannot_be_in_a_file_with_text() {
    let sandbox = with_file("a=${resources.own.password}", "own: {type: own}");
    let definition = "- uri: template://own\n  type: own\n  outputs: 'password: {{ encodeSecretRef \"s\" \"p\" }}'\n";
    sandbox.write("own.provisioners.yaml", definition);
    let arguments = [
        &KUBERNETES[..],
        &["--provisioners", "own.provisioners.yaml"],
    ]
    .concat();
    let result = sandbox.run(&arguments);
    assert!(
        result.code == Some(1)
            && result.stderr.contains("error [secret-not-allowed]")
            && result.stderr.contains("but only the")
            && result.stderr.contains("pass the value in a variable"),
        "{}",
        result.stderr
    );
}

#[test]
fn an_environment_without_secrets_has_none_in_files() {
    let sandbox = with_file("a=${resources.own.password}", "own: {type: own}");
    let definition = "- uri: template://own\n  type: own\n  outputs: 'password: {{ encodeSecretRef \"s\" \"p\" }}'\n  \
                      manifests: |\n    - {apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {p: hunter2hunter2}}\n";
    sandbox.write("environments/only/own.provisioners.yaml", definition);
    sandbox.write(
        "environments/only/environment.yaml",
        "target: kubernetes\nsecrets: none\n",
    );
    let result = sandbox.run(&["generate", "--env", "only", "-o", "-"]);
    assert!(
        result.code == Some(1)
            && result
                .stderr
                .contains("this environment has `secrets: none`")
            && result
                .stderr
                .contains("environments/only/environment.yaml:2:10"),
        "{}",
        result.stderr
    );
}

#[test]
fn a_difference_shows_no_secret_of_a_file() {
    let sandbox = with_file(
        "password=${resources.db.password}\n",
        "db: {type: postgres}",
    );
    let generate = ["generate", "--env", "kubernetes"];
    assert_eq!(sandbox.run(&generate).code, Some(0));
    let score = sandbox
        .read("score.yaml")
        .replace("password=", "the password=");
    sandbox.write("score.yaml", score);
    let result = sandbox.run(&["diff", "--env", "kubernetes"]);
    let before = sandbox.read("manifests.yaml");
    let value = before
        .lines()
        .find(|line| line.contains("app.conf: "))
        .unwrap();
    let value = value.split_once(": ").unwrap().1;
    assert!(
        result.code == Some(4)
            && result.stdout.contains("app.conf")
            && !result.stdout.contains(value),
        "{}",
        result.stdout
    );
}

const EVERYWHERE: &str = "\
apiVersion: score.dev/v1b1
metadata: {name: web}
containers:
  main:
    image: nginx:1
    command: [\"--key=${resources.env.STRIPE_KEY}\"]
    args: [\"${resources.env.MODE}\", \"${resources.env.STRIPE_KEY}\"]
    files:
      /etc/a: {content: \"key = ${resources.env.STRIPE_KEY}\"}
      /etc/b: {source: b.txt}
      /etc/c: {content: \"${resources.env.STRIPE_KEY}\", noExpand: true}
resources:
  env: {type: environment}
";

#[test]
fn a_secret_of_the_environment_in_a_command_or_file_is_a_warning() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", EVERYWHERE),
        ("b.txt", "one\n${resources.env.STRIPE_KEY}\n"),
    ]);
    let places = |target: &str| {
        let arguments = [
            "generate",
            "--env",
            target,
            "-o",
            "-",
            "--message-format",
            "short",
        ];
        let variables = [("STRIPE_KEY", "sk-live-1234"), ("MODE", "slow-mode")];
        let result = sandbox.run_with(&variables, &arguments);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        let lines = result
            .stderr
            .lines()
            .filter(|line| line.contains("[plain-secret]"));
        let place = |line: &str| line.split(" warning: ").next().unwrap().to_owned();
        lines.map(place).collect::<Vec<_>>()
    };
    assert_eq!(
        places("kubernetes"),
        [
            "score.yaml:6:22:",
            "score.yaml:7:38:",
            "score.yaml:9:32:",
            "b.txt:2:1:"
        ]
    );
    // Compose itself reads the variables of commands.
    assert_eq!(places("compose"), ["score.yaml:9:32:", "b.txt:2:1:"]);
}
