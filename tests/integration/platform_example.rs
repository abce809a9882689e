//! The company and its team in `examples/platform`: the README is run, and the output is committed.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::fixtures::read_files;
use crate::sandbox::{RunResult, Sandbox, git, wait_for_exit};
use crate::snapshots::{Files, HINT, compare_files};

const README: &str = "README.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/platform")
}

/// A clone, without what git ignores.
fn clone() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut files = read_files(&root());
    files.retain(|path, _| !path.contains(".score-rs/"));
    sandbox.write_all(&files);
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    git(
        &sandbox,
        &[&identity[..], &["commit", "--quiet", "--message", "All"]].concat(),
    );
    sandbox
}

/// Runs a line of a shell in the directory of the team, as a person without a seed.
fn run(sandbox: &Sandbox, line: &str) -> RunResult {
    let program = Path::new(env!("CARGO_BIN_EXE_score-rs")).parent().unwrap();
    let others = std::env::var_os("PATH").unwrap();
    let paths = std::iter::once(program.to_owned()).chain(std::env::split_paths(&others));
    let mut command = sandbox.command_in_shell(&format!("exec 2>&1\ncd team\n{line}"));
    command.env("PATH", std::env::join_paths(paths).unwrap());
    command.env_remove("SCORE_RS_SEED");
    wait_for_exit(command.spawn().unwrap(), &[line])
}

/// A page with the real output of the commands in its blocks `console`. A command is a line that
/// begins with `$ `.
fn with_output(page: &str, sandbox: &Sandbox) -> String {
    let mut text = String::new();
    let mut is_console = false;
    for line in page.lines() {
        let command = line.strip_prefix("$ ").filter(|_| is_console);
        if line.starts_with("```") {
            is_console = line == "```console";
        }
        if command.is_some() || !is_console || line.starts_with("```") {
            writeln!(text, "{line}").unwrap();
        }
        if let Some(command) = command {
            text += &run(sandbox, command).stdout;
        }
    }
    text
}

#[test]
fn the_readme_shows_real_output() {
    let stored: Files = [(
        README.to_owned(),
        std::fs::read(root().join(README)).unwrap(),
    )]
    .into();
    let page = String::from_utf8(stored[README].clone()).unwrap();
    let sandbox = clone();
    let current: Files = [(README.to_owned(), with_output(&page, &sandbox).into_bytes())].into();
    let faults = compare_files(&root(), &stored, &current);
    assert!(faults.is_empty(), "{faults}{HINT}");
}

#[test]
fn the_team_compiles_without_a_finding() {
    let sandbox = clone();
    let result = run(&sandbox, "score-rs validate --all-environments");
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(0), "4 files are valid in 3 environments\n")
    );
}

/// Nothing generated for a cluster is secret, so that every machine gives what is committed.
#[test]
fn a_clone_gives_the_committed_output() {
    let sandbox = clone();
    let result = run(&sandbox, "score-rs generate --all-environments");
    assert_eq!(result.code, Some(0), "{}", result.stdout);
    let is_output = |path: &str| {
        path.starts_with("team/deploy/")
            || ["team/compose.yaml", "team/score-rs.lock"].contains(&path)
    };
    let (mut stored, mut current) = (read_files(&root()), read_files(&sandbox.path(".")));
    for files in [&mut stored, &mut current] {
        files.retain(|path, _| is_output(path));
    }
    let faults = compare_files(&root(), &stored, &current);
    assert!(faults.is_empty(), "{faults}{HINT}");
}

#[test]
fn every_policy_refuses_what_it_is_for() {
    let orders = "apps/orders/score.yaml";
    let patch = |text: &str| format!("printf '%s\\n' {text} > apps/orders/orders.patches.yaml");
    let all = "sed -i '/^patchable/,/^values/c\\patchable: {Deployment: true, Service: true}\\nvalues:' \
               ../company/environments/*/environment.yaml && ";
    for (policy, environment, edit) in [
        (
            "require-resources",
            "staging",
            "sed -i '/resources:/,/limits:/d' ../company/environments/base/environment.yaml"
                .to_owned(),
        ),
        (
            "no-latest-tag",
            "staging",
            format!("sed -i 's/:1.8.2/:latest/' {orders}"),
        ),
        (
            "no-latest-tag",
            "prod",
            format!("sed -i 's/:1.8.2//' {orders}"),
        ),
        (
            "company-registry",
            "staging",
            format!("sed -i 's/registry.example.com/docker.io/' {orders}"),
        ),
        (
            "require-probes",
            "staging",
            format!("sed -i '/livenessProbe/,+1d' {orders}"),
        ),
        (
            "require-probes",
            "prod",
            format!("sed -i '/readinessProbe/,+1d' {orders}"),
        ),
        (
            "team-label",
            "staging",
            format!("sed -i 's/team: checkout/team: chekout/' {orders}"),
        ),
        (
            "team-label",
            "prod",
            format!("sed -i '/annotations/,+1d' {orders}"),
        ),
        (
            "no-host-access",
            "staging",
            all.to_owned()
                + &patch(
                    "'- target: {kind: Deployment}' '  set: {spec.template.spec.hostPID: true}'",
                ),
        ),
        (
            "no-load-balancer",
            "prod",
            all.to_owned()
                + &patch("'- target: {kind: Service}' '  set: {spec.type: LoadBalancer}'"),
        ),
        (
            "two-replicas",
            "prod",
            "sed -i 's/min: 2/min: 1/' ../company/environments/prod/environment.yaml".to_owned(),
        ),
    ] {
        let sandbox = clone();
        assert_eq!(run(&sandbox, &edit).stdout, "", "{edit}");
        let line = format!("score-rs validate -e {environment} --message-format short");
        let result = run(&sandbox, &line);
        assert_eq!(result.code, Some(1), "{policy}: {}", result.stdout);
        let errors = result
            .stdout
            .lines()
            .filter(|line| line.contains(": error: "));
        for error in errors {
            assert!(error.ends_with(&format!("[policy/{policy}]")), "{error}");
        }
    }
}
