//! `score-rs init`.

use crate::environments::{OTHER, succeeds};
use crate::sandbox::Sandbox;

#[test]
fn the_initial_project_compiles() {
    let sandbox = Sandbox::new();
    let result = succeeds(&sandbox, &["init", "--environments"]);
    for path in [
        "score.yaml",
        "environments/local/environment.yaml",
        "environments/staging/environment.yaml",
    ] {
        assert!(
            result.stderr.contains(&format!("wrote {path}\n")) && sandbox.path(path).exists(),
            "{path}: {}",
            result.stderr
        );
    }
    // Each file names its schema by a relative path.
    for (path, directory, kind) in [
        ("score.yaml", "", "workload"),
        (
            "environments/local/environment.yaml",
            "environments/local/",
            "environment",
        ),
        (
            "environments/staging/environment.yaml",
            "environments/staging/",
            "environment",
        ),
    ] {
        let text = sandbox.read(path);
        let named = text
            .lines()
            .next()
            .unwrap()
            .strip_prefix("# yaml-language-server: $schema=")
            .expect(path);
        assert_eq!(
            sandbox.read(&format!("{directory}{named}")),
            succeeds(&sandbox, &["schema", kind]).stdout,
            "{path}"
        );
    }
    succeeds(&sandbox, &["generate", "--all-environments", "--strict"]);
    assert!(
        sandbox
            .read("deploy/staging/deployment-hello.yaml")
            .contains("allowPrivilegeEscalation: false")
    );
    assert!(sandbox.read("compose.yaml").contains("hello"));
    // Existing files stay.
    sandbox.write("score.yaml", OTHER);
    sandbox.write("environments/local/environment.yaml", "target: compose\n");
    let before = sandbox.list();
    let result = succeeds(&sandbox, &["init", "--environments"]);
    assert!(!result.stderr.contains("wrote"), "{}", result.stderr);
    assert_eq!(
        (sandbox.list(), sandbox.read("score.yaml")),
        (before, OTHER.to_owned())
    );
    let other = Sandbox::with_files(&[("apps/web.score.yaml", OTHER)]);
    assert!(
        succeeds(&other, &["init"])
            .stderr
            .contains("kept apps/web.score.yaml")
    );
    assert!(!other.path("score.yaml").exists() && !other.path(".schemas").exists());
    let bare = Sandbox::new();
    succeeds(&bare, &["init"]);
    for target in ["compose", "kubernetes"] {
        succeeds(&bare, &["generate", "-e", target, "--strict"]);
    }
}

#[test]
fn environments_keep_the_names_that_the_project_had() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["init"]).code, Some(0));
    let score = sandbox.read("score.yaml").replace(
        "  # db:\n  #   type: postgres\n",
        "  db:\n    type: postgres\n",
    );
    sandbox.write("score.yaml", score);
    let names = |text: &str| -> Vec<String> {
        let words =
            text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '-'));
        let mut names: Vec<String> = words
            .filter(|word| word.starts_with("pg-hello-db-"))
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let outputs = [
        ("compose", "compose.yaml"),
        ("kubernetes", "manifests.yaml"),
    ];
    let before = outputs.map(|(environment, path)| {
        assert_eq!(
            sandbox.run(&["generate", "--env", environment]).code,
            Some(0)
        );
        names(&sandbox.read(path))
    });
    // The output alone is enough: a clone has no state.
    std::fs::remove_dir_all(sandbox.path(".score-rs")).unwrap();
    let result = sandbox.run(&["init", "--environments"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result.stderr.contains(
            "environments/local/environment.yaml sets `identity: compose`, so that names and passwords of `--env compose` do not change\n"
        ),
        "{}",
        result.stderr
    );
    let after = ["local", "staging"].map(|environment| {
        let result = sandbox.run(&["generate", "--env", environment, "-o", "-"]);
        assert_eq!(result.code, Some(0), "{}", result.stderr);
        names(&result.stdout)
    });
    assert!(!before[0].is_empty() && before[0] != before[1]);
    assert_eq!(before, after);
    // A new project needs no other identity.
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["init", "--environments"]).code, Some(0));
    let text = sandbox.read("environments/local/environment.yaml");
    assert!(!text.contains("identity:"), "{text}");
}
