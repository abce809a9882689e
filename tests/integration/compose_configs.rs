//! Which files a Compose file has in it as `configs`, and which it mounts.

use serde_json::Value;

use crate::sandbox::{RunResult, Sandbox, git};

fn generate(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let base = ["generate", "--message-format", "short"];
    sandbox.run(&[&base[..], arguments].concat())
}

/// The Compose file of a project.
fn compose(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let arguments = [&["--format", "json", "-o", "out.json"][..], arguments].concat();
    let result = generate(sandbox, &arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    serde_json::from_str(&sandbox.read("out.json")).unwrap()
}

fn score(files: &str, more: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  web:\n    image: example.com/web:1\n    \
         files:\n{files}{more}"
    )
}

fn definition(mounts: &str, more: &str) -> String {
    format!(
        "- uri: template://one\n  type: one\n  files: |\n    conf/a: one\n    conf/sub/b: two\n    \
         single: three\n  services: |\n    server:\n      image: a\n      volumes: {mounts}\n{more}"
    )
}

const RESOURCE: &str = "resources:\n  one: {type: one}\n";

fn configs_of<'a>(file: &'a Value, service: &str) -> Vec<(&'a str, &'a str)> {
    let configs = file["services"][service]["configs"].as_array();
    let entry = |config: &'a Value| {
        let content = &file["configs"][config["source"].as_str().unwrap()]["content"];
        (
            config["target"].as_str().unwrap(),
            content.as_str().unwrap(),
        )
    };
    configs.into_iter().flatten().map(entry).collect()
}

#[test]
fn text_is_in_the_file_and_nothing_is_beside_it() {
    let files = "      /etc/a.conf: {content: \"cost: $$5 $HOME é\\n\"}\n      /etc-a.conf: {source: b.txt, mode: '0750'}\n";
    let sandbox = Sandbox::with_files(&[("score.yaml", &score(files, "")), ("b.txt", "b\n")]);
    let file = compose(&sandbox, &[]);
    assert_eq!(
        configs_of(&file, "shop-web"),
        [
            ("/etc-a.conf", "b\n"),
            ("/etc/a.conf", "cost: $$5 $$HOME é\n")
        ]
    );
    let service = &file["services"]["shop-web"];
    assert_eq!(service["volumes"], Value::Null);
    assert_eq!(service["configs"][0]["mode"], 0o750);
    assert_eq!(service["configs"][1]["mode"], 0o444);
    assert_eq!(service["configs"][1]["uid"], "0");
    // The two paths would have one name.
    let names: Vec<&String> = file["configs"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["shop-web-etc-a.conf", "shop-web-etc-a.conf-2"]);
    assert_eq!(sandbox.list(), ["b.txt", "out.json", "score.yaml"]);
}

#[test]
fn files_of_definitions_are_in_the_file() {
    let mounts = "\n      - {type: bind, source: \"{{ .MountsDirectory }}/conf/\", target: /etc/one/, read_only: true}\n      \
                  - \"{{ .MountsDirectory }}/single:/etc/single\"\n      - data:/data\n";
    let other = "    other:\n      image: a\n      volumes: [\"{{ .MountsDirectory }}/single:/x:ro\"]\n  volumes: |\n    data: {}\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score("      /a: {content: a}\n", RESOURCE)),
        ("one.provisioners.yaml", &definition(mounts, other)),
    ]);
    let file = compose(&sandbox, &["--provisioners", "one.provisioners.yaml"]);
    assert_eq!(
        configs_of(&file, "server"),
        [
            ("/etc/one/a", "one"),
            ("/etc/one/sub/b", "two"),
            ("/etc/single", "three")
        ]
    );
    assert_eq!(
        file["services"]["server"]["volumes"],
        serde_json::json!(["data:/data"])
    );
    assert_eq!(configs_of(&file, "other"), [("/x", "three")]);
    let names: Vec<&String> = file["configs"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["conf-a", "conf-sub-b", "shop-web-a", "single"]);
    assert!(!sandbox.path(".score-rs/compose/mounts").exists());
}

/// Runs a project whose output git tracks.
fn tracked(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.write("compose.yaml", "");
    git(sandbox, &["init", "--quiet"]);
    git(sandbox, &["add", "compose.yaml"]);
    let result = generate(sandbox, arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result.stderr
}

const NOTE: &str = "note: `compose.yaml`, which git tracks, needs files that git ignores: ";

#[test]
fn what_compose_cannot_copy_stays_a_mount() {
    let volume =
        "    volumes: {/data: {source: '${resources.data}'}}\nresources:\n  data: {type: volume}\n";
    let tmpfs = "- {op: set, path: services.shop-web.tmpfs, value: ['/run:size=1m']}\n";
    let read_only = "- {op: set, path: services.shop-web.read_only, value: true}\n";
    let db = "resources:\n  db: {type: redis}\n";
    let rows: [(&str, &str, &str, &[u8], &str); 9] = [
        (
            "/a",
            "{source: a.txt}",
            "",
            b"a\r\nb",
            "has carriage returns",
        ),
        ("/a", "{source: a.txt}", "", b"a\0b", "is not text"),
        (
            "/a",
            "{source: a.txt, noExpand: true}",
            "",
            b"\xff",
            "is not text",
        ),
        ("/a", "{source: a.txt}", "", b"", "is empty"),
        (
            "/a",
            "{source: a.txt}",
            "",
            &[b'x'; (64 << 10) + 1],
            "is larger than 64 KiB",
        ),
        (
            "/a",
            "{content: 'p: ${resources.db.password}'}",
            db,
            b"",
            "contains a secret",
        ),
        (
            "/data/a",
            "{content: a}",
            volume,
            b"",
            "is inside another mount",
        ),
        (
            "/run/a",
            "{content: a}",
            "",
            tmpfs.as_bytes(),
            "is inside another mount",
        ),
        (
            "/a",
            "{content: a}",
            "",
            read_only.as_bytes(),
            "is in a container with a read-only root",
        ),
    ];
    for (target, file, more, bytes, reason) in rows {
        let text = score(
            &format!("      {target}: {file}\n      /text: {{content: t}}\n"),
            more,
        );
        let sandbox = Sandbox::with_files(&[("score.yaml", &text)]);
        sandbox.write("a.txt", bytes);
        let patch = match bytes.starts_with(b"- {op") {
            true => vec!["--patch", "a.txt"],
            false => Vec::new(),
        };
        let stderr = tracked(&sandbox, &patch);
        let path = format!(".score-rs/compose/mounts/files/shop/web{target}");
        let expected = format!("{NOTE}`{path}` {reason}");
        assert_eq!(stderr.matches(NOTE).count(), 1, "{reason}: {stderr}");
        assert!(stderr.contains(&expected), "{reason}: {stderr}");
        assert!(sandbox.path(&path).exists());
        let out = sandbox.read("compose.yaml");
        assert!(out.contains(&format!("source: ./{path}\n")), "{out}");
        // A read-only root refuses every copy.
        let is_config = !reason.contains("root");
        assert_eq!(out.contains("content: t\n"), is_config, "{reason}: {out}");
    }
    // The limit itself is in the file, and without a file beside the output there is no note.
    let sandbox = Sandbox::with_files(&[("score.yaml", &score("      /a: {source: a.txt}\n", ""))]);
    sandbox.write("a.txt", [b'x'; 64 << 10]);
    let stderr = tracked(&sandbox, &[]);
    assert!(!stderr.contains("note"), "{stderr}");
}

#[test]
fn mounts_of_definitions_that_a_copy_would_change_stay() {
    let conf = "type: bind, source: \"{{ .MountsDirectory }}/conf\", target: /etc/one";
    let read_only = format!("{conf}, read_only: true");
    let rows = [
        (
            format!("[{{{conf}}}]\n"),
            "",
            "is in a directory that is mounted writable",
        ),
        (
            format!("[{{{read_only}, bind: {{propagation: private}}}}]\n"),
            "",
            "is mounted with options",
        ),
        (
            format!("[{{{read_only}}}, 'data:/etc/one/sub']\n"),
            "",
            "is inside another mount",
        ),
        (
            format!("[{{{read_only}}}]\n      read_only: true\n"),
            "",
            "is in a container with a read-only root",
        ),
        (
            format!("[{{{read_only}}}]\n"),
            "  directories: |\n    conf/empty: true\n",
            "is an empty directory",
        ),
    ];
    for (mounts, more, reason) in rows {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", &score("      /a: {content: a}\n", RESOURCE)),
            ("one.provisioners.yaml", &definition(&mounts, more)),
        ]);
        let stderr = tracked(&sandbox, &["--provisioners", "one.provisioners.yaml"]);
        assert!(stderr.contains(reason), "{reason}: {stderr}");
        assert_eq!(sandbox.read(".score-rs/compose/mounts/conf/a"), "one");
    }
    // A file that the definition also names elsewhere is still there.
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score("      /a: {content: a}\n", RESOURCE)),
        (
            "one.provisioners.yaml",
            &definition(
                "['{{ .MountsDirectory }}/single:/x']\n      env_file: '{{ .MountsDirectory }}/single'\n",
                "",
            ),
        ),
    ]);
    let file = compose(&sandbox, &["--provisioners", "one.provisioners.yaml"]);
    assert_eq!(configs_of(&file, "server"), [("/x", "three")]);
    assert_eq!(sandbox.read(".score-rs/compose/mounts/single"), "three");
}

#[test]
fn an_env_file_is_named_in_the_note() {
    let text = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers: {web: {image: a, variables: {P: '${resources.db.password}'}}}\n\
                resources: {db: {type: redis}}\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", text),
        (
            "environments/local/environment.yaml",
            "target: compose\nsecrets: file\n",
        ),
    ]);
    let stderr = tracked(&sandbox, &["--env", "local", "--new-seed"]);
    let path = "`.score-rs/local/mounts/env/shop-web.env` contains a secret";
    assert!(stderr.contains(NOTE) && stderr.contains(path), "{stderr}");
}

#[test]
fn check_compares_mounted_files_that_are_there() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score("      /a: {source: a.txt}\n", ""))]);
    sandbox.write("a.txt", "one\r\n");
    let check = |expected: i32| {
        let result = generate(&sandbox, &["--check"]);
        assert_eq!(result.code, Some(expected), "{}", result.stderr);
        result
    };
    assert_eq!(generate(&sandbox, &[]).code, Some(0));
    assert_eq!(check(0).stderr, "compose.yaml is up to date\n");
    let path = ".score-rs/compose/mounts/files/shop/web/a";
    sandbox.write(path, "two\r\n");
    let result = check(4);
    assert!(
        result.stdout.contains("-two\r\n+one\r\n"),
        "{}",
        result.stdout
    );
    assert_eq!(
        result.stderr,
        format!("`{path}` is not up to date; `score-rs generate` writes mounted files\n")
    );
    // As in a clone.
    std::fs::remove_dir_all(sandbox.path(".score-rs")).unwrap();
    let result = check(0);
    assert_eq!(result.stdout, "");
    assert_eq!(
        result.stderr,
        format!(
            "compose.yaml is up to date\n`{path}` is not there, as in a clone; `score-rs generate` writes mounted files\n"
        )
    );
}
