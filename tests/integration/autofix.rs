//! `validate --fix`: unambiguous problems are fixed, and everything else stays byte for byte.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use proptest::prelude::*;

use crate::random::cases;
use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const WRONG: &str = r#"apiVersion: score.dev/v1b1
metadata:
  name: shop   # the shop
containers:
  web:
    imgae: example.com/web:1
    variables:
      PORT: 8080
      DB: "postgres://${resources.cahce.host}:${resource.db.port}"
      NAME: '${metadata.nmae}'
    files:
    - source: score.yaml
      target: /etc/a # a
      mode: 0644
    - target: /etc/b
      content:
        - one
        - two
    volumes:
      - source: data
        target: /data
        read_only: true
  worker:
    image: example.com/worker:1
    before:
      wbe:
        ready: stared
resources:
  db:
    type: postgres
    # why
    properties:
      host:
      port: {}
  cache: {type: redis, properties: {host: {}}}
  data: {type: volume}
"#;

const RIGHT: &str = r#"apiVersion: score.dev/v1b1
metadata:
  name: shop   # the shop
containers:
  web:
    image: example.com/web:1
    variables:
      PORT: "8080"
      DB: "postgres://${resources.cache.host}:${resources.db.port}"
      NAME: '${metadata.name}'
    files:
      /etc/a: # a
        source: score.yaml
        mode: "0644"
      /etc/b:
        content: |-
          one
          two
    volumes:
      /data:
        source: data
        readOnly: true
  worker:
    image: example.com/worker:1
    before:
      web:
        ready: started
resources:
  db:
    type: postgres
    # why
  cache: {type: redis}
  data: {type: volume}
"#;

fn fix(sandbox: &Sandbox, arguments: &[&str]) -> RunResult {
    let arguments: Vec<&str> = ["validate", "--fix", "--format", "short"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    sandbox.run(&arguments)
}

#[test]
fn every_unambiguous_problem_is_fixed() {
    for newline in ["\n", "\r\n"] {
        let sandbox = Sandbox::with_files(&[("score.yaml", &WRONG.replace('\n', newline))]);
        std::fs::set_permissions(
            sandbox.path("score.yaml"),
            std::fs::Permissions::from_mode(0o640),
        )
        .unwrap();
        let result = fix(&sandbox, &[]);
        assert_eq!(
            (result.code, result.stdout.as_str()),
            (Some(0), ""),
            "{result:?}"
        );
        assert!(
            result.stderr.contains("fixed 14 problems in 1 file\n"),
            "{result:?}"
        );
        assert_eq!(sandbox.read("score.yaml"), RIGHT.replace('\n', newline));
        assert_eq!(
            std::fs::metadata(sandbox.path("score.yaml"))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o640
        );
        let again = fix(&sandbox, &[]);
        assert_eq!(
            (again.code, again.stderr.as_str()),
            (Some(0), "1 file is valid\n")
        );
        assert_eq!(sandbox.list(), ["score.yaml"]);
    }
}

#[test]
fn diff_shows_the_fixes_and_changes_nothing() {
    let sandbox = Sandbox::with_files(&[("score.yaml", WRONG)]);
    let result = sandbox.run(&["validate", "--diff"]);
    assert_eq!(
        (result.code, sandbox.read("score.yaml").as_str()),
        (Some(4), WRONG)
    );
    assert!(
        result
            .stdout
            .starts_with("--- score.yaml\n+++ score.yaml\n@@ -3,34 +3,31 @@\n"),
        "{}",
        result.stdout
    );
    assert!(
        result
            .stdout
            .contains("\n-    imgae: example.com/web:1\n+    image: example.com/web:1\n"),
        "{}",
        result.stdout
    );
    sandbox.write("score.yaml", RIGHT);
    let result = sandbox.run(&["validate", "--diff"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), ""));
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let sandbox = Sandbox::with_files(&[("score.yaml", "a: b\n")]);
    let result = sandbox.run_with_input(&["validate", "--fix", "-"], WRONG.as_bytes());
    // The `source` file of standard input is not read.
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(0), RIGHT),
        "{}",
        result.stderr
    );
    let result = sandbox.run_with_input(&["validate", "--fix", "-"], RIGHT.as_bytes());
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), RIGHT));
    let result = sandbox.run_with_input(&["validate", "--fix", "-"], b"a: [\xff");
    assert_eq!(
        (result.code, result.stdout.contains("a: [")),
        (Some(1), true)
    );
    assert_eq!(
        (sandbox.list(), sandbox.read("score.yaml").as_str()),
        (vec!["score.yaml".to_owned()], "a: b\n")
    );
    // The editor writes the file that standard input stands for.
    sandbox.write("shop.yaml", "as it was");
    let arguments = ["validate", "--fix", "-", "--stdin-filename", "shop.yaml"];
    let result = sandbox.run_with_input(&arguments, WRONG.as_bytes());
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), RIGHT));
    assert_eq!(sandbox.read("shop.yaml"), "as it was");
}

#[test]
fn ambiguous_problems_are_not_fixed() {
    let right = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  web:\n    image: a:1\n";
    for more in [
        // Both may be intended.
        "    imgae: b:1\n",
        "    files:\n      /a: {mode: 420, content: x}\n",
        "    files:\n      /a: {mode: 644, content: x}\n",
        "    volumes: [&v {source: data, target: /a}]\nresources: {data: {type: volume}}\n",
        "    files: [{target: /a, content: x}, {target: /a, content: y}]\n",
        // It has shell syntax.
        "    command: npm start && exit\n",
        "    args: sh -c exit\n",
        "    variables: [A=$B]\n",
        "    variables: [A]\n",
        // The unit may be decimal or binary.
        "    resources: {limits: {memory: 512mb}}\n",
        "    resources: {limits: {memory: 512m}}\n",
        // It is unclear which one is superfluous.
        "    env: {A: b}\n    environment: {A: c}\n",
        "    livenessProbe: {httpGet: {path: /, port: '080'}}\n",
        // The content or the source path.
        "    files: {/a: b}\n",
        "    variables: {A: '${resources.db2.host}'}\nresources: {db1: {type: postgres}}\n",
        "    variables: {A: '${resources.dcb.host}'}\nresources: {dab: {type: postgres}, dbb: {type: postgres}}\n",
        // The aliased value may be valid elsewhere.
        "  b: &b\n    image: 5\n  c: *b\n",
        "  Web:\n    image: b:1\n",
        // The tag makes it a number even in quotes.
        "    variables: {A: !!int 5}\n",
    ] {
        let text = format!("{right}{more}");
        let sandbox = Sandbox::with_files(&[("score.yaml", &text)]);
        let result = fix(&sandbox, &[]);
        assert!(!result.stdout.is_empty(), "{more}: {result:?}");
        assert_eq!(sandbox.read("score.yaml"), text);
    }
}

#[test]
fn aliased_values_are_not_fixed_in_any_environment() {
    let text = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\ncontainers:\n  web:\n    image: a:1\n    variables: &v\n      A: 1\n  job:\n    image: a:1\n    variables: *v\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", text),
        ("environments/a/environment.yaml", "target: compose\n"),
        ("environments/b/environment.yaml", "target: kubernetes\n"),
    ]);
    for flags in [&[][..], &["--all-environments"]] {
        let result = fix(&sandbox, flags);
        assert!(
            result.code == Some(1) && result.stdout.contains("[wrong-type]"),
            "{flags:?}: {result:?}"
        );
        assert_eq!(sandbox.read("score.yaml"), text, "{flags:?}");
    }
}

#[test]
fn suppressed_problems_are_not_fixed() {
    let text = RIGHT.replace(
        "type: redis}",
        "type: redis, properties: {}} # score-rs: allow removed-key",
    );
    let sandbox = Sandbox::with_files(&[("score.yaml", &text)]);
    assert_eq!(fix(&sandbox, &[]).code, Some(0));
    assert_eq!(sandbox.read("score.yaml"), text);
    sandbox.write(
        "score.yaml",
        text.replace(" # score-rs: allow removed-key", ""),
    );
    fix(&sandbox, &["--allow", "removed-key"]);
    assert!(sandbox.read("score.yaml").contains("properties"));
}

#[test]
fn overrides_and_definitions_are_fixed_once_and_flags_never() {
    let sandbox = Sandbox::with_files(&[("score.yaml", RIGHT)]);
    sandbox.write("o.yaml", "containers:\n  web:\n    agrs: [a] # why\n");
    sandbox.write(
        "d.yaml",
        "- uri: template://a\n  type: thing\n  expected_outptus: [a]\n",
    );
    std::os::unix::fs::symlink("o.yaml", sandbox.path("link.yaml")).unwrap();
    let flags = [
        "-e",
        "compose",
        "--overrides-file",
        "o.yaml",
        "--overrides-file",
        "link.yaml",
        "--provisioners",
        "d.yaml",
    ];
    let result = fix(&sandbox, &flags);
    assert_eq!(result.code, Some(0), "{result:?}");
    assert_eq!(
        sandbox.read("o.yaml"),
        "containers:\n  web:\n    args: [a] # why\n"
    );
    assert_eq!(
        sandbox.read("d.yaml"),
        "- uri: template://a\n  type: thing\n  expected_outputs: [a]\n"
    );
    assert!(sandbox.path("link.yaml").is_symlink());
    let result = fix(
        &sandbox,
        &["--override-property", "containers.web={imgae: x}"],
    );
    assert_eq!(result.code, Some(1));
    assert_eq!(sandbox.read("score.yaml"), RIGHT);
}

#[test]
fn problems_outside_the_fixed_files_are_still_reported() {
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  main:\n    imgae: example.com/shop:1\n    files:\n      /a: {source: link}\n";
    let sandbox = Sandbox::with_files(&[("outside.txt", "x"), ("project/score.yaml", score)]);
    std::os::unix::fs::symlink("../outside.txt", sandbox.path("project/link")).unwrap();
    let directory = sandbox.path("project").display().to_string();
    let result = fix(&sandbox, &["-C", &directory]);
    assert_eq!(result.code, Some(1), "{result:?}");
    assert!(
        result.stdout.contains("[outside-project]")
            && result.stderr.contains("fixed 1 problem in 1 file"),
        "{result:?}"
    );
}

#[test]
fn implicit_symlinks_out_of_the_project_are_not_written() {
    let sandbox = Sandbox::with_files(&[("out/score.yaml", WRONG), ("project/keep", "")]);
    let link = |from: &str, to: &str| std::os::unix::fs::symlink(to, sandbox.path(from)).unwrap();
    link("project/score.yaml", "../out/score.yaml");
    link("project/environments", "../out");
    let directory = sandbox.path("project").display().to_string();
    let before = sandbox.list();
    let result = fix(&sandbox, &["-C", &directory]);
    assert_eq!(result.code, Some(3), "{result:?}");
    assert!(
        result.stderr.contains("outside the project")
            && result.stderr.contains("nothing was written"),
        "{result:?}"
    );
    let result = sandbox.run(&["-C", &directory, "init", "--environments"]);
    assert_eq!(result.code, Some(3), "{result:?}");
    assert_eq!(
        (sandbox.list(), sandbox.read("out/score.yaml").as_str()),
        (before, WRONG)
    );
    // A file that is named explicitly is fixed.
    assert_eq!(
        fix(
            &sandbox,
            &["-C", &directory, "--allow-outside", "score.yaml"]
        )
        .code,
        Some(0)
    );
    assert_eq!(sandbox.read("out/score.yaml"), RIGHT);
}

#[test]
fn an_unwritable_directory_is_a_failure() {
    let sandbox = Sandbox::with_files(&[
        ("a/score.yaml", WRONG),
        (
            "dir/score.yaml",
            &WRONG.replace("name: shop", "name: other"),
        ),
    ]);
    std::fs::set_permissions(sandbox.path("dir"), std::fs::Permissions::from_mode(0o555)).unwrap();
    let result = fix(&sandbox, &[]);
    std::fs::set_permissions(sandbox.path("dir"), std::fs::Permissions::from_mode(0o755)).unwrap();
    // Root may write everywhere.
    if result.code != Some(0) {
        assert_eq!(result.code, Some(3), "{result:?}");
        assert_eq!(sandbox.read("a/score.yaml"), WRONG);
    }
}

/// A read-only file in a writable directory. Root may write everything, so it runs the program as
/// another user, from a directory that this user can read.
#[test]
fn a_read_only_file_is_left_unchanged() {
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    let sandbox = Sandbox::with_files(&[
        ("a/score.yaml", WRONG),
        ("b/score.yaml", &WRONG.replace("name: shop", "name: other")),
    ]);
    ["", "a", "b"]
        .iter()
        .for_each(|name| std::fs::set_permissions(sandbox.path(name), mode(0o777)).unwrap());
    std::fs::set_permissions(sandbox.path("a/score.yaml"), mode(0o666)).unwrap();
    std::fs::set_permissions(sandbox.path("b/score.yaml"), mode(0o444)).unwrap();
    let before = sandbox.list();
    let arguments = ["validate", "--fix", "--format", "short"];
    if std::fs::metadata(sandbox.path("b/score.yaml"))
        .unwrap()
        .uid()
        == 0
    {
        let reachable = Sandbox::new();
        std::fs::copy(env!("CARGO_BIN_EXE_score-rs"), reachable.path("score-rs")).unwrap();
        let mut other = std::process::Command::new(reachable.path("score-rs"));
        other
            .args(arguments)
            .current_dir(sandbox.path(""))
            .env_clear()
            .uid(65534)
            .gid(65534);
        other
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        assert_refused(&wait_for_exit(other.spawn().unwrap(), &arguments));
    } else {
        assert_refused(&sandbox.run(&arguments));
    }
    assert_eq!(sandbox.read("a/score.yaml"), WRONG);
    assert_eq!(sandbox.list(), before);
}

#[track_caller]
fn assert_refused(result: &RunResult) {
    let message = "error: cannot write `b/score.yaml`: permission denied; nothing was written\n";
    assert!(
        result.code == Some(3) && result.stderr.ends_with(message),
        "{result:?}"
    );
}

fn score_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if path.is_dir() {
            score_files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            found.push(path);
        }
    }
}

/// The Score files of the fixtures and of the corpus.
fn all_files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    score_files(&root.join("fixtures"), &mut files);
    let corpus = root.join("../shared/corpus");
    if corpus.is_dir() {
        score_files(&corpus, &mut files);
    }
    let read = |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| (path, text));
    files
        .into_iter()
        .filter_map(read)
        .filter(|(_, text)| text.contains("apiVersion: score.dev/"))
        .collect()
}

/// The text after one fix, which a second fix does not change.
fn fixed(sandbox: &Sandbox, text: &str) -> String {
    let run = |text: &str| {
        let result = sandbox.run_with_input(
            &["validate", "--fix", "--format", "short", "-"],
            text.as_bytes(),
        );
        assert!(matches!(result.code, Some(0 | 1)), "{result:?}\n{text}");
        result
    };
    let once = run(text);
    let again = run(&once.stdout);
    assert_eq!(again.stdout, once.stdout, "{text}");
    assert!(!again.stderr.contains("fixed "), "{}", again.stderr);
    once.stdout
}

/// The number of problems of each name.
fn count(sandbox: &Sandbox, text: &str, names: &[&str]) -> Vec<usize> {
    let result = sandbox.run_with_input(&["validate", "--format", "short", "-"], text.as_bytes());
    let count = |name: &&str| {
        result
            .stdout
            .lines()
            .filter(|line| line.ends_with(*name))
            .count()
    };
    names.iter().map(count).collect()
}

const SYNTAX_RULES: [&str; 4] = [
    "[yaml-syntax]",
    "[duplicate-key]",
    "[yaml-key]",
    "[yaml-alias]",
];

#[test]
fn fixed_problems_are_not_reported_again() {
    let files = all_files();
    assert!(files.len() > 30, "{} files", files.len());
    let sandbox = Sandbox::new();
    let mut changed = 0;
    for (path, text) in files {
        let after = fixed(&sandbox, &text);
        changed += usize::from(after != text);
        if after == text {
            continue;
        }
        let names = [
            "[removed-key]",
            "[deprecated-syntax]",
            "[wrong-type]",
            "[unknown-key]",
        ]
        .iter()
        .chain(&SYNTAX_RULES);
        let names: Vec<&str> = names.copied().collect();
        let (before, after_fix) = (
            count(&sandbox, &text, &names),
            count(&sandbox, &after, &names),
        );
        assert!(
            after_fix
                .iter()
                .zip(&before)
                .all(|(after_fix, before)| after_fix <= before),
            "{}: {before:?} {after_fix:?}",
            path.display()
        );
        assert_eq!(after_fix[..2], [0, 0], "{}:\n{after}", path.display());
    }
    assert!(changed > 0, "no file was fixed");
}

#[test]
fn fixing_does_not_change_the_output() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/older-forms");
    let text = std::fs::read_to_string(root.join("score.yaml")).unwrap();
    let sandbox = Sandbox::with_files(&[("score.yaml", &text)]);
    for target in ["compose", "kubernetes"] {
        sandbox.write("score.yaml", &text);
        let before = sandbox
            .run(&["generate", "--stateless", "-e", target, "-o", "-"])
            .stdout;
        assert!(!before.is_empty());
        assert_eq!(fix(&sandbox, &[]).code, Some(0));
        assert_ne!(sandbox.read("score.yaml"), text);
        assert_eq!(
            sandbox
                .run(&["generate", "--stateless", "-e", target, "-o", "-"])
                .stdout,
            before
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), ..ProptestConfig::default() })]

    /// A fix adds no syntax error, terminates, and is complete after one run.
    #[test]
    fn fixing_arbitrary_text_adds_no_syntax_error(changes in prop::collection::vec((0..2000_usize, 0..4_u8, "[-a-z:#\"'{}\\[\\],|&* \n]{1,3}"), 1..5), start in 0..2_usize) {
        let mut text: Vec<char> = [WRONG, RIGHT][start].chars().collect();
        for (at, what, put) in changes {
            let at = at % text.len();
            match what {
                0 => drop(text.remove(at)),
                1 => drop(text.splice(at..at, put.chars())),
                2 => { let next = (at + 1) % text.len(); text.swap(at, next) }
                _ => {
                    let end = text[at..].iter().position(|character| *character == '\n').map_or(text.len(), |length| at + length + 1);
                    drop(text.drain(at..end));
                }
            }
            if text.is_empty() {
                text.push('a');
            }
        }
        let text: String = text.into_iter().collect();
        let sandbox = Sandbox::new();
        let after = fixed(&sandbox, &text);
        let (before, after_fix) = (count(&sandbox, &text, &SYNTAX_RULES), count(&sandbox, &after, &SYNTAX_RULES));
        prop_assert!(after_fix.iter().zip(&before).all(|(after_fix, before)| after_fix <= before), "{text}\n----\n{after}");
    }
}

#[test]
fn inputs_in_properties_are_kept() {
    let shop = |resource: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: shop}}\ncontainers:\n  web:\n    image: \
             nginx:1\n    variables: {{HOST: '${{resources.db.host}}'}}\nresources:\n  db:\n    type: \
             postgres\n{resource}"
        )
    };
    for (before, after) in [
        (
            "    properties: {version: \"14\"}\n",
            "    params: {version: \"14\"}\n",
        ),
        (
            "    properties:\n      host: {type: string}\n      port:\n",
            "",
        ),
        (
            "    properties: {version: \"14\", host: {}}\n",
            "    properties: {version: \"14\", host: {}}\n",
        ),
        (
            "    properties: {version: \"14\"}\n    params: {}\n",
            "    properties: {version: \"14\"}\n    params: {}\n",
        ),
    ] {
        let sandbox = Sandbox::with_files(&[("score.yaml", &shop(before))]);
        sandbox.run(&["validate", "--fix"]);
        assert_eq!(sandbox.read("score.yaml"), shop(after));
    }
}

#[test]
fn a_param_is_not_renamed_to_one_that_no_template_reads() {
    let definition = |read: &str| {
        format!(
            "- uri: template://own\n  type: gateway\n  supported_params: [allowedIps]\n  outputs: |\n    \
             allow: {{{{ .Params.{read} | toJson }}}}\n"
        )
    };
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: shop}\ncontainers:\n  web:\n    image: \
                 nginx:1\n    variables: {ALLOW: '${resources.gate.allow}'}\nresources:\n  gate: {type: \
                 gateway, params: {allowedIpss: [a]}}\n";
    for (read, is_renamed) in [("allowedIps", true), ("allowed", false)] {
        let sandbox = Sandbox::with_files(&[
            ("score.yaml", score),
            ("own.provisioners.yaml", &definition(read)),
        ]);
        let arguments = [
            "--env",
            "compose",
            "--provisioners",
            "own.provisioners.yaml",
        ];
        sandbox.run(&[&["validate", "--fix"], &arguments[..]].concat());
        assert_eq!(
            sandbox.read("score.yaml").contains("allowedIps:"),
            is_renamed
        );
    }
}
