//! Runs that are killed while they write several files, and how the next run recovers.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {TOKEN: '${resources.token.value}'}
    files: {/etc/shop: {content: OPTIONS}}
resources:
  token: {type: token}
";

const TOKENS: &str = r#"
- uri: template://tokens
  type: token
  state: |
    value: {{ dig "value" (randAlphaNum 10) .State | quote }}
  outputs: |
    value: {{ .State.value }}
"#;

/// The written files, by path.
type Written = BTreeMap<String, String>;

/// Writes a journal as a run does: readable for its owner only.
fn write_journal(sandbox: &Sandbox, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    sandbox.write(".score-rs/journal", text);
    std::fs::set_permissions(
        sandbox.path(".score-rs/journal"),
        PermissionsExt::from_mode(0o600),
    )
    .unwrap();
}

fn project() -> Sandbox {
    let tokens = "provisioners: [../../tokens.provisioners.yaml]\n";
    let environment =
        |target: &str, output: &str| format!("target: {target}\noutput: {output}\n{tokens}");
    Sandbox::with_files(&[
        ("tokens.provisioners.yaml", TOKENS),
        (
            "environments/local/environment.yaml",
            &environment("compose", "out/local.yaml"),
        ),
        (
            "environments/cluster/environment.yaml",
            &environment("kubernetes", "out/cluster/"),
        ),
    ])
}

/// The first version of the project: two workloads.
fn begin(sandbox: &Sandbox) {
    sandbox.write("shop.score.yaml", SHOP);
    sandbox.write(
        "other.score.yaml",
        SHOP.replace("name: shop", "name: other"),
    );
}

/// The second version: one workload is gone, and all parts of the other one have changed.
fn change(sandbox: &Sandbox) {
    let _ = std::fs::remove_file(sandbox.path("other.score.yaml"));
    let more = "resources:\n  more: {type: token, id: of-all}\n";
    sandbox.write(
        "shop.score.yaml",
        SHOP.replace("OPTIONS", "OTHERS")
            .replace("shop:1", "shop:2")
            .replace("resources:\n", more),
    );
}

/// Adds workloads of this version.
fn add(sandbox: &Sandbox, count: usize, version: &str) {
    for index in 0..count {
        let text = SHOP.replace("name: shop", &format!("name: more-{index}"));
        let text = text
            .replace("shop:1", &format!("shop:{version}"))
            .replace("OPTIONS", &format!("of {version}"));
        sandbox.write(&format!("more-{index}.score.yaml"), text);
    }
}

fn written(sandbox: &Sandbox) -> Written {
    let files = sandbox
        .list()
        .into_iter()
        .filter(|path| path.starts_with(".score-rs/") || path.starts_with("out/"));
    files
        .filter(|path| sandbox.path(path).is_file())
        .map(|path| (path.clone(), sandbox.read(&path)))
        .collect()
}

/// Restores the written files.
fn restore(sandbox: &Sandbox, written: &Written) {
    ["out", ".score-rs"]
        .iter()
        .for_each(|name| drop(std::fs::remove_dir_all(sandbox.path(name))));
    written
        .iter()
        .for_each(|(path, text)| sandbox.write(path, text));
}

fn spawn_run(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    sandbox.command(arguments).spawn().unwrap()
}

#[track_caller]
fn generate(sandbox: &Sandbox, arguments: &[&str]) -> Written {
    let result = sandbox.run(arguments);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    written(sandbox)
}

fn is_ours(path: &str) -> bool {
    path.contains("/.score-rs.") && path.ends_with(".tmp") || path == ".score-rs/journal"
}

/// Waits until the condition holds or the run has ended.
fn wait_until(child: &mut Child, condition: impl Fn() -> bool) {
    while child.try_wait().unwrap().is_none() && !condition() {}
}

/// Kills some runs at any time, some while they write new files, and some while they rename these.
#[track_caller]
fn kill_often(arguments: &[&str], rounds: u32, more: usize) {
    let sandbox = project();
    begin(&sandbox);
    add(&sandbox, more, "1");
    let old = generate(&sandbox, arguments);
    change(&sandbox);
    add(&sandbox, more, "2");
    let began = Instant::now();
    let new = generate(&sandbox, arguments);
    let usual = began.elapsed();
    assert!(
        old.keys().any(|path| !new.contains_key(path)),
        "a file is removed"
    );
    let (mut killed, mut mixed) = (0, 0);
    for round in 0..rounds {
        restore(&sandbox, &old);
        let mut child = spawn_run(&sandbox, arguments);
        match round % 3 {
            0 => std::thread::sleep(usual * round / rounds * 5 / 4),
            1 => {
                wait_until(&mut child, || {
                    sandbox.list().iter().any(|path| is_ours(path))
                });
                std::thread::sleep(Duration::from_micros(u64::from(round * 37 % 4000)));
            }
            _ => {
                let journal = sandbox.path(".score-rs/journal");
                wait_until(&mut child, || journal.exists());
                let until = Instant::now() + Duration::from_micros(u64::from(round * 7 % 200));
                while Instant::now() < until {}
            }
        }
        let _ = child.kill();
        killed += u32::from(child.wait().unwrap().code().is_none());
        let found = written(&sandbox);
        for (path, text) in found.iter().filter(|(path, _)| !is_ours(path)) {
            assert!(
                [old.get(path), new.get(path)].contains(&Some(text)),
                "round {round}: {path}:\n{text}"
            );
        }
        for path in old.keys().filter(|path| !found.contains_key(*path)) {
            assert!(!new.contains_key(path), "round {round}: {path} is gone");
        }
        mixed += u32::from(found.contains_key(".score-rs/journal"));
        assert_eq!(generate(&sandbox, arguments), new, "round {round}");
    }
    println!(
        "{killed} of {rounds} runs were killed before their end, {mixed} between the first rename and the last"
    );
    assert!(
        killed > rounds / 10,
        "only {killed} of {rounds} runs were killed before their end"
    );
}

fn rounds() -> u32 {
    std::env::var("KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(20)
}

#[test]
fn a_directory_is_old_or_new() {
    kill_often(&["generate", "--env", "cluster"], rounds(), 0);
}

/// Several threads write.
#[test]
fn a_large_directory_is_old_or_new() {
    kill_often(&["generate", "--env", "cluster"], rounds() / 2, 40);
}

#[test]
fn all_environments_are_old_or_new() {
    kill_often(&["generate", "--all-environments"], rounds(), 0);
}

/// The version of an existing file, as in a journal.
fn version(sandbox: &Sandbox, path: &str) -> String {
    use std::os::unix::fs::MetadataExt;
    let version =
        |file: std::fs::Metadata| format!("{} {}.{}", file.len(), file.mtime(), file.mtime_nsec());
    sandbox
        .path(path)
        .metadata()
        .map(version)
        .unwrap_or_default()
}

/// The state after a run was killed after its first `count` changes. Returns the number of changes.
fn stop_after(count: usize, sandbox: &Sandbox, old: &Written, new: &Written) -> usize {
    restore(sandbox, old);
    let mut paths: Vec<&String> = old
        .keys()
        .chain(new.keys())
        .filter(|path| old.get(*path) != new.get(*path))
        .collect();
    // The kustomization comes last, as in a run.
    paths.sort_by_key(|path| {
        (
            path.ends_with("kustomization.yaml"),
            new.contains_key(*path),
            path.as_str(),
        )
    });
    paths.dedup();
    let mut journal = String::new();
    for (index, path) in paths.iter().enumerate() {
        let before = version(sandbox, path);
        let (directory, _) = path.rsplit_once('/').unwrap();
        let ready = format!("{directory}/.score-rs.99999999.{index}.tmp");
        let text = new.get(*path);
        journal += &format!(
            "{}\0{path}\0{before}\0",
            if text.is_some() { &ready } else { "" }
        );
        match text {
            Some(text) if index < count => sandbox.write(path, text),
            Some(text) => sandbox.write(&ready, text),
            None if index < count => std::fs::remove_file(sandbox.path(path)).unwrap(),
            None => {}
        }
    }
    write_journal(sandbox, &journal);
    paths.len()
}

/// Between two renames the files are of different versions. Every run finishes the renames before
/// it reads anything, even one that only compares.
#[test]
fn a_partial_update_is_finished_before_it_is_read() {
    let sandbox = project();
    begin(&sandbox);
    let all = ["generate", "--all-environments"];
    let old = generate(&sandbox, &all);
    change(&sandbox);
    let new = generate(&sandbox, &all);
    for count in 0.. {
        let changes = stop_after(count, &sandbox, &old, &new);
        let result = sandbox.run(&["generate", "--all-environments", "--check"]);
        assert_eq!(
            result.code,
            Some(0),
            "{count}: {}{}",
            result.stdout,
            result.stderr
        );
        assert_eq!(written(&sandbox), new, "{count}");
        if count == changes {
            assert!(changes > 5, "{changes}");
            break;
        }
    }
}

/// The state after a run was killed after its first rename.
fn project_with_journal() -> Sandbox {
    let sandbox = project();
    begin(&sandbox);
    sandbox.write(".score-rs.99999999.1.tmp", "services: {}\n");
    sandbox.write(".score-rs.99999999.2.tmp", "services: {}\n");
    sandbox.write("edited.yaml", "by hand\n");
    write_journal(
        &sandbox,
        ".score-rs/.score-rs.99999999.0.tmp\0.score-rs/x\0\0\
         .score-rs.99999999.1.tmp\0other.yaml\0\0\
         .score-rs.99999999.2.tmp\0edited.yaml\x003 1.2\0\
         /etc/passwd\0y\0\0\
         \0tokens.provisioners.yaml\x0017 1.2\0",
    );
    sandbox
}

#[test]
fn the_next_run_applies_a_journal() {
    for arguments in [
        &["generate", "--env", "local"][..],
        &["generate", "--env", "local", "--check"],
        &["diff", "--env", "local"],
        &["resources", "prune", "--env", "local"],
        &["init"],
    ] {
        let sandbox = project_with_journal();
        sandbox.run(arguments);
        assert_eq!(
            sandbox.read("other.yaml"),
            "services: {}\n",
            "{arguments:?}"
        );
        assert_eq!(
            sandbox.read("edited.yaml"),
            "by hand\n",
            "a file that has changed since is not replaced"
        );
        assert!(
            sandbox.path("tokens.provisioners.yaml").exists(),
            "{arguments:?}"
        );
        let list = sandbox.list();
        assert!(
            !list
                .iter()
                .any(|path| path == "y" || is_ours(path) || path.ends_with(".tmp")),
            "{list:?}"
        );
    }
}

/// For example one from a repository, or one that is not a regular file.
#[test]
fn an_untrusted_journal_is_ignored() {
    let sandbox = project();
    begin(&sandbox);
    sandbox.write(".score-rs.99999999.1.tmp", "theirs\n");
    sandbox.write(
        ".score-rs/journal",
        ".score-rs.99999999.1.tmp\0theirs.yaml\0\0",
    );
    generate(&sandbox, &["generate", "--env", "cluster"]);
    assert!(!sandbox.path("theirs.yaml").exists() && !sandbox.path(".score-rs/journal").exists());
    std::os::unix::fs::symlink("/dev/zero", sandbox.path(".score-rs/journal")).unwrap();
    generate(&sandbox, &["generate", "--env", "cluster"]);
}

/// In a container every run has the same process id.
#[test]
fn leftovers_of_a_run_with_the_same_pid_are_removed() {
    let sandbox = project();
    begin(&sandbox);
    let script = "n=$$; : >.score-rs.$n.0.tmp; : >.score-rs.$n.1.tmp; exec \"$0\" generate -o compose.yaml --env local";
    let mut command = std::process::Command::new("sh");
    let output = command
        .args(["-c", script, env!("CARGO_BIN_EXE_score-rs")])
        .current_dir(sandbox.path("."))
        .output();
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let list = sandbox.list();
    assert!(!list.iter().any(|path| path.ends_with(".tmp")), "{list:?}");
}

/// Runs for different environments create one seed; the second run reads that of the first.
#[test]
fn concurrent_runs_share_one_seed() {
    for _ in 0..3 {
        let sandbox = project();
        begin(&sandbox);
        let spawn_run = |arguments: &[&str]| {
            sandbox
                .command(arguments)
                .env_remove("SCORE_RS_SEED")
                .spawn()
                .unwrap()
        };
        let runs: [&[&str]; 4] = [
            &["generate", "--env", "local"],
            &["generate", "--env", "cluster"],
            &["secrets", "list", "--env", "cluster"],
            &["generate", "--env", "local"],
        ];
        for mut child in runs.map(spawn_run) {
            assert!(child.wait().unwrap().success());
        }
        let first_output = written(&sandbox);
        let arguments = ["generate", "--all-environments"];
        for state_file in [".score-rs/local/state.yaml", ".score-rs/cluster/state.yaml"] {
            std::fs::remove_file(sandbox.path(state_file)).unwrap();
        }
        let again = crate::sandbox::wait_for_exit(
            sandbox
                .command(&arguments)
                .env_remove("SCORE_RS_SEED")
                .spawn()
                .unwrap(),
            &arguments,
        );
        assert_eq!(again.code, Some(0), "{}", again.stderr);
        assert_eq!(
            written(&sandbox),
            first_output,
            "both are derived from the stored seed"
        );
    }
}

/// In any order, nothing that a workload uses is pruned, and nothing is half written.
#[test]
fn concurrent_prune_and_generate() {
    let sandbox = project();
    begin(&sandbox);
    let all = ["generate", "--all-environments"];
    let before = generate(&sandbox, &all);
    change(&sandbox);
    let mut children = vec![spawn_run(&sandbox, &all), spawn_run(&sandbox, &all)];
    children.extend(
        ["local", "cluster"]
            .map(|name| spawn_run(&sandbox, &["resources", "prune", "--env", name])),
    );
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let after = generate(&sandbox, &all);
    let state = ".score-rs/local/state.yaml";
    let value = |text: &str| {
        text.split("#shop.token")
            .nth(1)
            .map(|rest| rest.lines().take(4).collect::<String>())
    };
    assert_eq!(value(&before[state]), value(&after[state]));
    assert!(
        value(&after[state]).is_some() && after[state].contains("of-all"),
        "{}",
        after[state]
    );
    assert!(!after.keys().any(|path| is_ours(path)));
}
