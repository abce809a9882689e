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
        "environments/staging/restricted.tpl",
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
    std::fs::remove_file(sandbox.path("environments/staging/restricted.tpl")).unwrap();
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
