//! Levels of warnings: set by flags, by the project file, and by comments.

use std::collections::BTreeSet;

use compiler::rules::list::ABOUT_ONE_FILE;

use crate::fixtures::{cases, inputs};
use crate::sandbox::{RunResult, Sandbox};

const PLAIN: &str = "apiVersion: score.dev/v1b1
metadata:
  name: shop
containers:
  web:
    image: example.com/web:1
resources:
  db:
    type: postgres
    properties: {host: }@
";

/// A Score file with a `removed-key` on its last line, followed by a comment.
fn score(comment: &str) -> String {
    PLAIN.replace('@', comment)
}

fn validate(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let arguments: Vec<&str> = ["validate", "--format", "short"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    sandbox.run(&arguments)
}

fn validated(score: &str, project: Option<&str>, arguments: &[&str]) -> (Option<i32>, String) {
    let sandbox = Sandbox::with_files(&[("score.yaml", score)]);
    project
        .iter()
        .for_each(|text| sandbox.write("score-rs.yaml", text));
    let result = validate(&sandbox, arguments);
    (result.code, result.stdout)
}

#[test]
fn flags_set_levels() {
    let score = score("");
    let messages = |arguments: &[&str]| validated(&score, None, arguments);
    assert!(messages(&[]).1.contains(": warning: "));
    assert_eq!(
        messages(&["--allow", "removed-key"]),
        (Some(0), String::new())
    );
    assert_eq!(
        messages(&["--allow", "deprecated-syntax,removed-key", "--strict"]),
        (Some(0), String::new())
    );
    let (code, text) = messages(&["--deny", "removed-key"]);
    assert!(
        code == Some(1) && text.contains(": error: ") && text.contains("[removed-key]"),
        "{text}"
    );
    assert_eq!(messages(&["--strict"]).0, Some(1));
}

#[test]
fn flags_accept_only_rules_with_levels() {
    let sandbox = Sandbox::with_files(&[("score.yaml", &score(""))]);
    for (arguments, message) in [
        (["--allow", "removed-kye"], "did you mean `removed-key`?"),
        (["--deny", "nonsense"], "the name is in brackets"),
        (["--allow", "missing-key"], "is always an error"),
        (["--warn", "yaml-syntax"], "is always an error"),
    ] {
        let result = validate(&sandbox, &arguments);
        assert!(
            result.code == Some(2) && result.stderr.contains(message),
            "{result:?}"
        );
    }
    let result = validate(
        &sandbox,
        &["--allow", "removed-key", "--deny", "removed-key"],
    );
    assert!(
        result.code == Some(2) && result.stderr.contains("two levels"),
        "{result:?}"
    );
    assert_eq!(validate(&sandbox, &["--deny", "unknown-key"]).code, Some(0));
}

#[test]
fn flags_take_precedence_over_the_project_file() {
    let score = score("");
    let messages = |level: &str, arguments: &[&str]| {
        validated(
            &score,
            Some(&format!("rules:\n  removed-key: {level}\n")),
            arguments,
        )
    };
    assert_eq!(messages("allow", &["--strict"]), (Some(0), String::new()));
    assert_eq!(messages("deny", &[]).0, Some(1));
    assert_eq!(messages("warn", &[]).0, Some(0));
    assert_eq!(messages("deny", &["--warn", "removed-key"]).0, Some(0));
    assert_eq!(
        messages("deny", &["--allow", "removed-key"]),
        (Some(0), String::new())
    );
    assert_eq!(messages("allow", &["--deny", "removed-key"]).0, Some(1));
    assert_eq!(validated(&score, Some(""), &[]).0, Some(0));
}

#[test]
fn every_command_reads_the_project_file() {
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &score("")),
        ("score-rs.yaml", "rules: {removed-key: deny}"),
    ]);
    for arguments in [
        &["generate"][..],
        &["resources", "list"],
        &["resources", "prune"],
    ] {
        let result = sandbox.run(arguments);
        assert!(
            result.code == Some(1) && result.stderr.contains("[removed-key]"),
            "{result:?}"
        );
    }
    assert!(!sandbox.path("compose.yaml").exists());
    sandbox.write("score-rs.yaml", "rules: {removed-key: allow}");
    let result = sandbox.run(&["generate", "--allow", "new-seed"]);
    assert!(
        result.code == Some(0) && !result.stderr.contains("warning"),
        "{result:?}"
    );
    let result = sandbox.run(&["generate", "-o", "score-rs.yaml"]);
    assert!(
        result.code == Some(2) && result.stderr.contains("is an input of this run"),
        "{result:?}"
    );
}

#[test]
fn a_project_file_applies_below_it_within_its_repository() {
    let allow = "rules: {removed-key: allow}";
    let sandbox = Sandbox::with_files(&[
        ("apps/web/score.yaml", &score("")),
        ("score-rs.yaml", allow),
    ]);
    let run_below = |arguments: &[&str]| {
        let all: Vec<&str> = ["-C", "apps/web"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        sandbox.run(&all)
    };
    let validate = ["validate", "--format", "short"];
    // Without a repository, files above the directory do not apply.
    assert!(run_below(&validate).stdout.contains("[removed-key]"));
    sandbox.write(".git/HEAD", "");
    assert_eq!(run_below(&validate).stdout, "");
    // Only the nearest file applies.
    sandbox.write("apps/score-rs.yaml", "rules: {removed-key: deny}");
    assert_eq!(run_below(&validate).code, Some(1));
    sandbox.write("apps/score-rs.yaml", "rule: {}");
    assert!(
        run_below(&validate)
            .stdout
            .starts_with("../score-rs.yaml:1:1: error: "),
        "{}",
        run_below(&validate).stdout
    );
    // A nested repository is separate.
    std::fs::remove_file(sandbox.path("apps/score-rs.yaml")).unwrap();
    sandbox.write("apps/web/.git", "gitdir: ../../.git/modules/web");
    assert!(run_below(&validate).stdout.contains("[removed-key]"));
    std::fs::remove_file(sandbox.path("apps/web/.git")).unwrap();
    // State and output do not depend on the location of the project file.
    assert_eq!(
        run_below(&["generate", "--allow", "new-seed"]).code,
        Some(0)
    );
    assert!(
        sandbox
            .path("apps/web/.score-rs/compose/state.yaml")
            .exists()
            && !sandbox.path(".score-rs").exists()
    );
    // Environments are not searched above either, but the message says where they are.
    sandbox.write(
        "environments/staging/environment.yaml",
        "target: kubernetes",
    );
    let result = run_below(&["generate", "-e", "staging"]);
    let messages = "there is no environment `staging` here, but there is one in `../..`: run in that directory, for example with `-C ../..`";
    assert!(
        result.code == Some(2) && result.stderr.contains(messages),
        "{result:?}"
    );
}

#[test]
fn a_misnamed_project_file_is_reported() {
    for name in [
        "score-rs.yml",
        ".score-rs.yaml",
        "score-rs.YAML",
        "score_rs.yaml",
    ] {
        let sandbox =
            Sandbox::with_files(&[("score.yaml", PLAIN), (name, "rules: {removed-key: allow}")]);
        let warned = format!(
            "{name}:1:1: warning: `{name}` is ignored: the project file must be named `score-rs.yaml`; "
        );
        let result = validate(&sandbox, &[]);
        assert!(
            result.stdout.contains(&format!("{warned}rename it")),
            "{result:?}"
        );
        sandbox.write("score-rs.yaml", "rules: {removed-key: deny}");
        let result = sandbox.run(&["resources", "list", "--message-format", "short"]);
        assert!(
            result.code == Some(1) && result.stderr.contains(&format!("{warned}move its content")),
            "{result:?}"
        );
        sandbox.write("score-rs.yaml", "rules: {misnamed-project-file: allow}");
        assert!(!validate(&sandbox, &[]).stdout.contains("is not read"));
    }
}

#[test]
fn project_file_errors_have_a_location() {
    for (text, expected) in [
        (
            "rule: {}",
            "score-rs.yaml:1:1: error: `score-rs.yaml` has no key `rule`; did you mean `rules`? [unknown-key]",
        ),
        (
            "rules:\n  removed-kye: warn",
            "score-rs.yaml:2:3: error: there is no rule `removed-kye`; did you mean `removed-key`? [unknown-rule]",
        ),
        (
            "rules:\n  removed-key: wran",
            "score-rs.yaml:2:16: error: the level of `removed-key` cannot be `wran`; did you mean `warn`? [unknown-value]",
        ),
        (
            "rules:\n  missing-key: allow",
            "score-rs.yaml:2:3: error: `missing-key` is always an error",
        ),
        ("rules:\n  removed-key: 1", "[wrong-type]"),
        (
            "removed-key: warn",
            "has no key `removed-key`; write it under `rules`",
        ),
        ("[1", "[yaml-syntax]"),
        ("- a", "[wrong-type]"),
    ] {
        let (code, messages) = validated(&score(" # score-rs: allow removed-key"), Some(text), &[]);
        assert!(
            code == Some(1) && messages.contains(expected) && messages.lines().count() == 1,
            "{text}: {messages}"
        );
    }
}

#[test]
fn a_comment_suppresses_one_line() {
    for text in [
        score(" # score-rs: allow removed-key"),
        score(" # score-rs: allow port-mapping-ignored, removed-key"),
        score(" #score-rs:allow removed-key\r"),
        score("").replace(
            "    properties",
            "    # score-rs: allow removed-key\n\n    # why\n    properties",
        ),
    ] {
        assert_eq!(
            validated(&text, None, &["--strict", "--deny", "removed-key"]),
            (Some(0), String::new()),
            "{text}"
        );
    }
    let other = validated(
        &score("").replace("postgres", "postgres # score-rs: allow removed-key"),
        None,
        &[],
    )
    .1;
    let lines: Vec<&str> = other.lines().collect();
    assert_eq!(lines.len(), 2, "{other}");
    assert!(lines[0].contains(
        "score.yaml:9:38: error: this comment suppresses no `removed-key`; move the comment to the end of line 10"
    ));
}

/// An older form is reported at the key of the list.
#[test]
fn a_comment_at_the_key_of_a_list_suppresses_its_older_form() {
    let list = |above: &str, behind: &str| {
        let text = format!(
            "    {above}\n    files:{behind}\n      - target: /etc/a\n        content:{behind}\n          - x\n    \
             volumes:{behind}\n      - {{target: /b, source: data}}\nresources: {{data: {{type: volume}}}}\n"
        );
        format!("{}{text}", PLAIN.split_once("resources").unwrap().0)
    };
    let allow = "# score-rs: allow deprecated-syntax";
    assert_eq!(
        validated(&list("", &format!(" {allow}")), None, &["--strict"]),
        (Some(0), String::new())
    );
    let above = validated(&list(allow, ""), None, &[]).1;
    assert!(
        above.contains("score.yaml:10:9: warning: `content`"),
        "{above}"
    );
    assert!(
        above.contains("score.yaml:12:5: warning: `volumes`") && above.lines().count() == 2,
        "{above}"
    );
    let inside = validated(
        &list("", "").replace("- x", &format!("- x {allow}")),
        None,
        &[],
    )
    .1;
    assert!(
        inside.contains("11:") && inside.contains("move the comment to the end of line 8"),
        "{inside}"
    );
}

#[test]
fn invalid_comments_are_errors() {
    for (comment, expected) in [
        (
            " # score-rs: alow removed-key",
            "score.yaml:10:38: error: this score-rs comment is not valid",
        ),
        (
            " # score-rs: allow removed-kye",
            "score.yaml:10:44: error: there is no rule `removed-kye`; did you mean `removed-key`?",
        ),
        (
            " # score-rs: allow removed-key, missing-key",
            "score.yaml:10:57: error: `missing-key` is always an error",
        ),
        (
            " # score-rs: allow removed-key, deprecated-syntax",
            "score.yaml:10:57: error: this comment suppresses no `deprecated-syntax`",
        ),
    ] {
        let (code, messages) = validated(&score(comment), None, &[]);
        assert!(code == Some(1) && messages.contains(expected), "{messages}");
    }
}

#[test]
fn misspelled_comments_are_reported_and_prose_is_not() {
    for (comment, position) in [
        (" # score-rs allow removed-key", "10:26"),
        (" # score-rs : allow removed-key", "10:26"),
        (" # Score_rs: allow remvoed-key", "10:26"),
        (" # score-rs: alow removed-key", "10:38"),
    ] {
        let (_, messages) = validated(&score(comment), None, &[]);
        let line = messages
            .lines()
            .find(|line| !line.ends_with("[removed-key]"))
            .unwrap_or_default();
        assert!(
            line.starts_with(&format!("score.yaml:{position}: ")),
            "{comment}: {messages}"
        );
        assert!(
            line.contains("write `# score-rs: allow removed-key`"),
            "{comment}: {messages}"
        );
        assert!(
            line.contains(": warning: ") != comment.contains(" alow"),
            "{comment}: {messages}"
        );
    }
    for prose in [
        " # score-rs is our compiler",
        " # Score-rs: it allows removed-key",
        " # score rs allow list",
    ] {
        let (_, messages) = validated(&score(prose), None, &[]);
        assert_eq!(messages.lines().count(), 1, "{prose}: {messages}");
    }
    let (code, messages) = validated(
        &score(" # score-rs allow removed-key"),
        None,
        &["--deny", "misspelled-comment"],
    );
    assert!(
        code == Some(1) && messages.contains("[misspelled-comment]"),
        "{messages}"
    );
}

#[test]
fn text_that_looks_like_a_comment_is_ignored() {
    let text = score(" # score-rs: allow removed-key").replace(
        "image: example.com/web:1",
        "image: example.com/web:1\n    args: ['# score-rs: alow x', \"a # score-rs: b\", a#score-rs:b]\n    command:\n      - |\n        # score-rs: alow x\n        y # score-rs: c\n        # score_rs: allow removed-key",
    );
    assert_eq!(validated(&text, None, &[]), (Some(0), String::new()));
}

#[test]
fn possibly_used_comments_are_not_reported() {
    let unused = score("").replace(
        "    properties: {host: }\n",
        "    # score-rs: allow removed-key\n    class: large\n",
    );
    assert!(validated(&unused, None, &[]).1.contains("[unused-allow]"));
    // After an error the rule may not have been checked.
    let broken = unused.replace("image:", "imgae:");
    let (_, messages) = validated(&broken, None, &[]);
    assert!(
        messages.contains("[unknown-key]") && !messages.contains("unused-allow"),
        "{messages}"
    );
    // An override may remove the reason for the comment.
    let (code, messages) = validated(
        &score(" # score-rs: allow removed-key"),
        None,
        &["--override-property", "resources.db.properties="],
    );
    assert_eq!((code, messages.as_str()), (Some(0), ""));
    // The rule may apply to another target.
    let other = unused.replace("removed-key", "port-mapping-ignored");
    assert_eq!(
        validated(&other, None, &["--env", "compose"]),
        (Some(0), String::new())
    );
}

#[test]
fn comments_apply_in_overrides_and_definitions() {
    let plain = score("").replace("    properties: {host: }\n", "");
    let sandbox = Sandbox::with_files(&[("score.yaml", &plain)]);
    sandbox.write(
        "o.yaml",
        "resources:\n  db:\n    properties: {} # score-rs: allow removed-key\n",
    );
    let result = validate(&sandbox, &["--overrides-file", "o.yaml", "--strict"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), ""));
    sandbox.write("o.yaml", "metadata: {} # score-rs: bless this\n");
    let result = validate(&sandbox, &["--overrides-file", "o.yaml"]);
    assert!(
        result
            .stdout
            .starts_with("o.yaml:1:26: error: this score-rs comment"),
        "{result:?}"
    );
    sandbox.write(
        "d.yaml",
        "# score-rs: allow x\n- uri: template://a\n  type: a\n",
    );
    let result = validate(&sandbox, &["-e", "compose", "--provisioners", "d.yaml"]);
    assert!(
        result
            .stdout
            .starts_with("d.yaml:1:19: error: there is no rule `x`"),
        "{result:?}"
    );
}

/// A project with two environments that share an overrides file.
fn two_environments(score: &str, overrides: &str) -> Sandbox {
    let environment = |target: &str| format!("target: {target}\noverrides: [../o.yaml]\n");
    Sandbox::with_files(&[
        ("score.yaml", score),
        ("environments/a/environment.yaml", &environment("compose")),
        (
            "environments/b/environment.yaml",
            &environment("kubernetes"),
        ),
        ("environments/o.yaml", overrides),
    ])
}

#[test]
fn comments_apply_across_environments() {
    let all = ["--all-environments", "--strict"];
    let allowed = " # score-rs: allow removed-key";
    let override_with_comment =
        "resources:\n  db:\n    properties: {} # score-rs: allow removed-key\n";
    // The overrides file is read for each environment, and its problems are reported once.
    for (score, overrides) in [
        (score(allowed), "{}"),
        (
            score("").replace("    properties: {host: }\n", ""),
            override_with_comment,
        ),
    ] {
        let sandbox = two_environments(&score, overrides);
        let result = validate(&sandbox, &all);
        assert_eq!(
            (result.code, result.stdout.as_str()),
            (Some(0), ""),
            "{overrides}"
        );
        let generate = ["generate", "--allow", "new-seed"]
            .iter()
            .chain(&all)
            .copied()
            .collect::<Vec<_>>();
        let result = sandbox.run(&generate);
        assert_eq!(result.code, Some(0), "{overrides}: {result:?}");
    }
    let plain = score("").replace("    properties: {host: }\n", "");
    for (overrides, expected) in [
        (
            "metadata: {} # score-rs: bless this\n",
            "environments/o.yaml:1:26: error: this score-rs comment is not valid",
        ),
        (
            "metadata: {} # score-rs: allow removed-key\n",
            "environments/o.yaml:1:32: error: this comment suppresses no",
        ),
        (
            "metadata: {} # score-rs: allow x\n",
            "environments/o.yaml:1:32: error: there is no rule `x`",
        ),
    ] {
        let result = validate(&two_environments(&plain, overrides), &all);
        let (code, messages) = (result.code, result.stdout);
        assert!(
            code == Some(1) && messages.starts_with(expected) && messages.lines().count() == 1,
            "{overrides}: {messages}"
        );
    }
    let messages = validate(
        &two_environments(
            &plain.replace("postgres", &format!("postgres{allowed}")),
            "{}",
        ),
        &all,
    )
    .stdout;
    assert!(
        messages.contains("[unused-allow]") && messages.lines().count() == 1,
        "{messages}"
    );
}

/// A comment is reported as unused only if its rule depends on the Score file alone.
#[test]
fn rules_about_one_file_do_not_depend_on_the_environment() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/spec/levels.md")).unwrap();
    for rule in ABOUT_ONE_FILE {
        assert!(
            page.contains(&format!("`{}`", rule.name())),
            "{} is not in spec/levels.md",
            rule.name()
        );
    }
    let route = PLAIN.replace("postgres", "route").replace(
        "properties: {host: }@",
        "params: {host: shop.example.com, port: 8080}",
    );
    let mut projects: Vec<(String, Sandbox)> = vec![(
        "a route".to_owned(),
        Sandbox::with_files(&[("score.yaml", &route)]),
    )];
    for case in cases() {
        let sandbox = Sandbox::new();
        sandbox.write_all(&inputs(&case));
        projects.push((case, sandbox));
    }
    let mut found = BTreeSet::new();
    for (name, sandbox) in projects {
        let mut reported = |arguments: &[&str]| {
            let report = validate(&sandbox, arguments).stdout;
            let mut lines = Vec::new();
            for line in report.lines() {
                let rule = ABOUT_ONE_FILE
                    .iter()
                    .find(|rule| line.ends_with(&format!("[{}]", rule.name())));
                found.extend(rule.map(|rule| rule.name()));
                lines.extend(rule.map(|_| line.to_owned()));
            }
            lines.sort();
            lines
        };
        let without_environment = reported(&[]);
        for environment in ["compose", "kubernetes"] {
            assert_eq!(
                reported(&["--env", environment]),
                without_environment,
                "{name} {environment}"
            );
        }
    }
    assert_eq!(
        found,
        BTreeSet::from(ABOUT_ONE_FILE.map(|rule| rule.name())),
        "the projects report all of them"
    );
}
