//! Malformed, huge and malicious inputs: a run ends soon, with an exit code and a message, and
//! writes nothing but its output.

use std::fmt::Write;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::process::Stdio;

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const GOOD: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: good\ncontainers:\n  main:\n    image: nginx:1\n";

/// The number of containers, resources or keys in a large file: `ADVERSARIAL_SIZE`, or more than
/// real projects have. It is smaller without optimization, to keep the tests fast.
fn many() -> usize {
    let default = if cfg!(debug_assertions) {
        2_000
    } else {
        100_000
    };
    std::env::var("ADVERSARIAL_SIZE")
        .ok()
        .and_then(|size| size.parse().ok())
        .unwrap_or(default)
}

/// The longest line of a readable report.
const LONGEST_LINE: usize = 10_000;

/// Checks a run that may succeed or fail.
#[track_caller]
fn check_result(result: &RunResult, what: &str) {
    let start = |text: &str| text.chars().take(400).collect::<String>();
    let shown = format!(
        "{what}: {:?}\n{}\n{}",
        result.code,
        start(&result.stdout),
        start(&result.stderr)
    );
    assert!(matches!(result.code, Some(0..=3)), "{shown}");
    assert!(!result.stderr.contains("panicked"), "{shown}");
    assert!(
        !result.stdout.is_empty() || !result.stderr.is_empty(),
        "{shown}"
    );
    let lines = result
        .stderr
        .lines()
        .chain(result.stdout.lines().filter(|_| result.code != Some(0)));
    assert!(
        lines.map(str::len).all(|length| length < LONGEST_LINE),
        "{shown}"
    );
}

/// Runs all commands on a Score file and returns the exit code of `validate`. The others exit with
/// the same code unless only they detect the error.
#[track_caller]
fn run_all_commands(what: &str, content: impl AsRef<[u8]>) -> i32 {
    run_all_commands_by(what, content, &|sandbox, arguments| sandbox.run(arguments))
}

/// Runs all commands with a stack on which recursion over a chain of `many()` overflows.
#[track_caller]
fn run_all_commands_on_a_chain(what: &str, content: impl AsRef<[u8]>) -> i32 {
    run_all_commands_by(what, content, &|sandbox, arguments| {
        let child = sandbox
            .command_with_stack_for(many(), arguments)
            .spawn()
            .unwrap();
        wait_for_exit(child, arguments)
    })
}

#[track_caller]
fn run_all_commands_by(
    what: &str,
    content: impl AsRef<[u8]>,
    run: &dyn Fn(&Sandbox, &[&str]) -> RunResult,
) -> i32 {
    let sandbox = Sandbox::new();
    sandbox.write("score.yaml", content);
    let validated = run(&sandbox, &["validate", "score.yaml"]);
    check_result(&validated, &format!("validate {what}"));
    assert_eq!(
        sandbox.list(),
        ["score.yaml"],
        "validate {what} writes nothing"
    );
    // Without diagnostics the format makes no difference.
    if !validated.stdout.is_empty() {
        let short = run(&sandbox, &["validate", "score.yaml", "--format", "short"]);
        check_result(&short, &format!("validate --format short {what}"));
    }
    for target in ["compose", "kubernetes"] {
        let result = run(
            &sandbox,
            &["generate", "score.yaml", "--env", target, "-o", "out.yaml"],
        );
        check_result(&result, &format!("generate {target} {what}"));
        let expected: &[&str] = if result.code == Some(0) {
            &["out.yaml", "score.yaml"]
        } else {
            &["score.yaml"]
        };
        let mut files = sandbox.list();
        // Only a run that succeeds keeps state.
        files.retain(|path| result.code != Some(0) || !path.starts_with(".score-rs"));
        assert_eq!(files, expected, "{what}");
        let _ = std::fs::remove_file(sandbox.path("out.yaml"));
        if validated.code != Some(0) {
            assert_eq!(result.code, validated.code, "{what}");
        }
    }
    validated.code.unwrap()
}

#[test]
fn empty_files() {
    for text in [
        "",
        "\n",
        "# a comment\n",
        "---\n",
        "---\n---\n...\n",
        "null\n",
        "~",
        "   \n\t\n",
    ] {
        assert_eq!(run_all_commands(&format!("{text:?}"), text), 1);
    }
}

#[test]
fn files_that_are_not_text() {
    let random: Vec<u8> = (0..100_000_u32)
        .map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(GOOD.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(run_all_commands("binary bytes", random), 1);
    assert_eq!(run_all_commands("UTF-16", utf16), 1);
    assert_eq!(
        run_all_commands(
            "Latin-1",
            b"apiVersion: score.dev/v1b1\nmetadata: {name: caf\xe9}\n"
        ),
        1
    );
    assert_eq!(
        run_all_commands("bytes cut inside a character", b"a: \"\xf0\x9f\x98"),
        1
    );
    assert_eq!(run_all_commands("only NUL bytes", [0; 10_000]), 1);
    assert_eq!(
        run_all_commands(
            "a NUL byte in a value",
            GOOD.replace("nginx:1", "nginx\0:1")
        ),
        1
    );
    assert_eq!(
        run_all_commands(
            "an escaped NUL in a value",
            GOOD.replace("nginx:1", "\"nginx\\0:1\"")
        ),
        1
    );
    let file = "\"nginx:1\"\n    files: {\"/a\\0b\": {content: a}}";
    assert_eq!(
        run_all_commands("an escaped NUL in a path", GOOD.replace("nginx:1", file)),
        1
    );
    assert_eq!(
        run_all_commands(
            "control characters",
            GOOD.replace("nginx", "ng\u{1b}[31minx")
        ),
        1
    );
}

#[test]
fn byte_order_marks_and_line_endings() {
    assert_eq!(
        run_all_commands("a UTF-8 mark", format!("\u{feff}{GOOD}")),
        0
    );
    assert_eq!(run_all_commands("CRLF", GOOD.replace('\n', "\r\n")), 0);
    assert_eq!(run_all_commands("tabs", GOOD.replace("  ", "\t")), 1);
    assert_eq!(
        run_all_commands("no newline at the end", GOOD.trim_end()),
        0
    );
    let second = GOOD.replace("good", "second");
    assert_eq!(
        run_all_commands(
            "two documents",
            format!("---\n{GOOD}---\n{second}...\n---\n")
        ),
        0
    );
    assert_eq!(
        run_all_commands("the same document twice", format!("{GOOD}---\n{GOOD}")),
        1
    );
    assert_eq!(
        run_all_commands("a directive", format!("%YAML 1.2\n---\n{GOOD}")),
        0
    );
}

#[test]
fn wrong_types_everywhere() {
    let tree: yaml_serde::Value = yaml_serde::from_str(&full()).unwrap();
    let mut count = 0;
    let mut texts = String::new();
    // Each value of a full workload, replaced by each type of value.
    for wrong in [
        "null",
        "true",
        "7",
        "-1.5e300",
        "''",
        "'text'",
        "[]",
        "[1, [2]]",
        "{}",
        "{a: {b: c}}",
        "${",
        "'${x'",
    ] {
        for index in 0.. {
            let mut remaining = index;
            let mut tree = tree.clone();
            let wrong =
                yaml_serde::from_str(wrong).unwrap_or(yaml_serde::Value::String(wrong.to_owned()));
            if !replace(&mut tree, &mut remaining, &wrong) {
                break;
            }
            writeln!(texts, "---\n{}", yaml_serde::to_string(&tree).unwrap()).unwrap();
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
    let sandbox = Sandbox::with_files(&[("score.yaml", &texts)]);
    let result = sandbox.run(&["validate", "score.yaml", "--format", "short"]);
    assert_eq!(result.code, Some(1));
    assert!(
        result
            .stdout
            .lines()
            .all(|line| line.starts_with("score.yaml:") && line.ends_with(']'))
    );
}

fn full() -> String {
    String::from_utf8(crate::fixtures::inputs("every-field")["score.yaml"].clone()).unwrap()
}

/// Replaces the value with this index in document order; false when there are fewer values.
fn replace(value: &mut yaml_serde::Value, remaining: &mut usize, by: &yaml_serde::Value) -> bool {
    if *remaining == 0 {
        *value = by.clone();
        return true;
    }
    *remaining -= 1;
    match value {
        yaml_serde::Value::Mapping(map) => {
            map.iter_mut().any(|(_, item)| replace(item, remaining, by))
        }
        yaml_serde::Value::Sequence(items) => {
            items.iter_mut().any(|item| replace(item, remaining, by))
        }
        _ => false,
    }
}

#[test]
fn huge_numbers_and_keys() {
    let with = |key: &str, value: &str| format!("{GOOD}{key}: {value}\n");
    let digits = "9".repeat(10_000);
    assert_eq!(
        run_all_commands(
            "a huge port",
            with(
                "service",
                &format!("{{ports: {{web: {{port: {digits}}}}}}}")
            )
        ),
        1
    );
    assert_eq!(
        run_all_commands(
            "a huge float",
            with("service", "{ports: {web: {port: 1e999999}}}")
        ),
        1
    );
    assert_eq!(
        run_all_commands("no number", with("service", "{ports: {web: {port: .nan}}}")),
        1
    );
    assert_eq!(
        run_all_commands(
            "a negative port",
            with("service", "{ports: {web: {port: -1}}}")
        ),
        1
    );
    assert_eq!(
        run_all_commands(
            "huge params",
            with(
                "resources",
                &format!("{{dns: {{type: dns, params: {{a: {digits}}}}}}}")
            )
        ),
        0
    );
    assert_eq!(
        run_all_commands("a long key", with(&"k".repeat(100_000), "1")),
        1
    );
    assert_eq!(
        run_all_commands("a long name", GOOD.replace("good", &"n".repeat(1_000_000))),
        1
    );
    assert_eq!(
        run_all_commands(
            "a long quantity",
            format!("{GOOD}    resources: {{limits: {{memory: {digits}Gi, cpu: {digits}}}}}\n")
        ),
        0
    );
}

#[test]
fn large_texts() {
    // Quadratic time takes hours for the smallest of these sizes.
    let size = (many() << 10).clamp(2 << 20, 10 << 20);
    let scalar = "x".repeat(size);
    assert_eq!(
        run_all_commands(
            "a large scalar",
            format!("{GOOD}    variables: {{A: {scalar}}}\n")
        ),
        0
    );
    assert_eq!(
        run_all_commands("a large key", format!("{GOOD}{scalar}: 1\n")),
        1
    );
    assert_eq!(
        run_all_commands(
            "a large line of dollars",
            format!("{GOOD}    args: [\"{}\"]\n", "$".repeat(size / 10))
        ),
        0
    );
    let open = "${metadata.name".repeat(100_000);
    assert_eq!(
        run_all_commands(
            "many open placeholders",
            format!("{GOOD}    args: [\"{open}\"]\n")
        ),
        0
    );
    assert_eq!(
        run_all_commands(
            "many open placeholders in a variable",
            format!("{GOOD}    variables: {{A: \"{open}\"}}\n")
        ),
        1
    );
    let mut keys = format!("{GOOD}    variables:\n");
    (0..5 * many()).for_each(|number| writeln!(keys, "      KEY_{number}: value").unwrap());
    assert_eq!(run_all_commands("many keys", keys), 0);
}

#[test]
fn many_errors() {
    let mut unknown = GOOD.to_owned();
    (0..20_000).for_each(|number| writeln!(unknown, "key-{number}: value").unwrap());
    let sandbox = Sandbox::with_files(&[("score.yaml", &unknown)]);
    let result = sandbox.run(&["validate", "score.yaml", "--format", "short"]);
    assert_eq!(
        (result.code, result.stdout.lines().count()),
        (Some(1), 20_000)
    );
}

#[test]
fn deep_nesting() {
    for depth in [100, 10_000, 200_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        run_all_commands("deep flow lists", format!("{open}{close}"));
        run_all_commands("open flow lists", &open);
        run_all_commands(
            "deep flow mappings",
            format!("{}x{}", "{a: ".repeat(depth), "}".repeat(depth)),
        );
        run_all_commands(
            "deep params",
            format!("{GOOD}resources: {{dns: {{type: dns, params: {{a: {open}{close}}}}}}}\n"),
        );
        run_all_commands("deep compact lists", format!("{}x\n", "- ".repeat(depth)));
        run_all_commands("deep keys", format!("{}x\n", "? ".repeat(depth)));
    }
    let mut block = String::new();
    (0..3_000).for_each(|level| writeln!(block, "{}a:", " ".repeat(level)).unwrap());
    assert_eq!(run_all_commands("deep block mappings", block), 1);
}

#[test]
fn alias_bombs() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let last = level - 1;
        writeln!(
            bomb,
            "a{level}: &a{level} [{}]",
            vec![format!("*a{last}"); 9].join(", ")
        )
        .unwrap();
    }
    assert_eq!(run_all_commands("an alias bomb", &bomb), 1);
    let mut merges = "a0: &a0 {k: v}\n".to_owned();
    for level in 1..30 {
        let last = level - 1;
        writeln!(merges, "a{level}: &a{level} {{<<: [*a{last}, *a{last}], b{level}: *a{last}, c{level}: *a{last}}}")
            .unwrap();
    }
    assert_eq!(run_all_commands("a bomb of merges", merges), 1);
    assert_eq!(run_all_commands("an alias to itself", "a: &a [*a]\n"), 1);
    assert_eq!(run_all_commands("a merge of itself", "a: &a {<<: *a}\n"), 1);
    assert_eq!(run_all_commands("an alias to nothing", "a: *nothing\n"), 1);
    let mut anchors = String::new();
    (0..100).for_each(|level| write!(anchors, "&a{level} [").unwrap());
    assert_eq!(
        run_all_commands(
            "nested anchors",
            format!("a: {anchors}{}\n", "]".repeat(100))
        ),
        1
    );
}

#[test]
fn many_containers_and_resources() {
    let many = many();
    let mut chain = "apiVersion: score.dev/v1b1\nmetadata: {name: chain}\ncontainers:\n".to_owned();
    (0..many).for_each(|number| {
        writeln!(
            chain,
            "  c-{number}: {{image: x, before: {{c-{}: {{ready: started}}}}}}",
            number + 1
        )
        .unwrap();
    });
    assert_eq!(
        run_all_commands_on_a_chain("a chain of containers to nowhere", &chain),
        1
    );
    writeln!(chain, "  c-{many}: {{image: x}}").unwrap();
    assert_eq!(
        run_all_commands_on_a_chain("a chain of containers", &chain),
        0
    );
    let end = format!("c-{many}: {{image: x");
    let ring = chain.replace(&end, &format!("{end}, before: {{c-0: {{ready: started}}}}"));
    assert_eq!(run_all_commands_on_a_chain("a ring of containers", ring), 1);

    let mut needs = format!("{GOOD}resources:\n");
    (0..many).for_each(|number| {
        writeln!(
            needs,
            "  r-{number}: {{type: thing, params: {{a: \"${{resources.r-{}.a}}\"}}}}",
            number + 1
        )
        .unwrap();
    });
    assert_eq!(
        run_all_commands_on_a_chain("a chain of resources to nowhere", &needs),
        1
    );
    writeln!(
        needs,
        "  r-{many}: {{type: thing, params: {{a: \"${{resources.r-0.a}}\"}}}}"
    )
    .unwrap();
    assert_eq!(
        run_all_commands_on_a_chain("a ring of resources", &needs),
        1
    );
    needs.truncate(needs.rfind("  r-").unwrap());
    writeln!(needs, "  r-{many}: {{type: thing}}").unwrap();
    assert_eq!(
        run_all_commands_on_a_chain("a chain of resources", &needs),
        0
    );

    // With a provisioner for all of them.
    let definition = "- {uri: 'template://thing', type: thing, outputs: 'a: 1'}\n";
    let sandbox = Sandbox::with_files(&[
        ("score.yaml", &needs),
        ("thing.provisioners.yaml", definition),
    ]);
    let arguments = [
        "generate",
        "score.yaml",
        "--provisioners",
        "thing.provisioners.yaml",
    ];
    let child = sandbox
        .command_with_stack_for(many, &arguments)
        .spawn()
        .unwrap();
    let result = wait_for_exit(child, &arguments);
    assert_eq!(
        result.code,
        Some(0),
        "{}",
        &result.stderr[..result.stderr.len().min(1000)]
    );
}

#[test]
fn adversarial_definitions_patches_and_overrides() {
    let deep = "[".repeat(100_000);
    let hostile: [(&str, &[u8]); 8] = [
        ("empty", b""),
        ("no list", b"a: b\n"),
        ("binary", b"\x00\xff\xfe"),
        ("deep", deep.as_bytes()),
        ("an open template", b"- {uri: 'template://x', type: dns, outputs: '{{ if'}\n"),
        ("a template without end", b"- {uri: 'template://x', type: dns, outputs: '{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}'}\n"),
        ("a large template", b"- {uri: 'template://x', type: dns, outputs: '{{ repeat 1000000000 \"x\" }}'}\n"),
        ("a list to nowhere", b"- {op: set, path: a.b.c, value: 1}\n"),
    ];
    let score = format!("{GOOD}resources: {{host: {{type: dns}}}}\n");
    for (what, content) in hostile {
        for flag in [
            "--provisioners",
            "--patch",
            "--overrides-file",
            "--seed-file",
        ] {
            let sandbox = Sandbox::with_files(&[("score.yaml", &score)]);
            sandbox.write("given", content);
            let result = sandbox.run(&["generate", "score.yaml", flag, "given"]);
            check_result(&result, &format!("{flag} {what}"));
            let written = sandbox.list().iter().any(|path| path == "compose.yaml");
            assert_eq!(written, result.code == Some(0), "{flag} {what}");
            assert!(!sandbox.list().iter().any(|path| path.ends_with(".tmp")));
        }
    }
}

#[test]
fn an_error_in_a_template_loop_is_reported_20_times_at_most() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "score.yaml",
        format!("{GOOD}resources: {{host: {{type: own}}}}\n"),
    );
    let section = "{{ range until 1000 }}a: 1\n    {{ end }}";
    sandbox.write(
        "own.provisioners.yaml",
        format!("- uri: template://x\n  type: own\n  services: |\n    {section}\n"),
    );
    let result = sandbox.run(&[
        "generate",
        "score.yaml",
        "--provisioners",
        "own.provisioners.yaml",
        "--message-format",
        "short",
    ]);
    assert_eq!(
        (
            result.code,
            result.stderr.matches("[section-syntax]").count()
        ),
        (Some(1), 20),
        "{}",
        result.stderr
    );
}

#[test]
fn inputs_that_are_not_files() {
    let sandbox = Sandbox::with_files(&[
        ("good.yaml", GOOD),
        ("secret.yaml", GOOD),
        ("directory/file", ""),
    ]);
    std::fs::set_permissions(
        sandbox.path("secret.yaml"),
        PermissionsExt::from_mode(0o000),
    )
    .unwrap();
    std::os::unix::fs::symlink("loop", sandbox.path("loop")).unwrap();
    std::os::unix::fs::symlink("good.yaml", sandbox.path("link.yaml")).unwrap();
    for command in ["validate", "generate"] {
        for (input, code) in [
            ("missing", 3),
            ("directory", 3),
            ("loop", 3),
            ("good.yaml/x", 3),
            ("", 2),
            ("link.yaml", 0),
        ] {
            let result = sandbox.run(&[command, input]);
            check_result(&result, input);
            assert_eq!(
                result.code,
                Some(code),
                "{command} {input:?}: {}",
                result.stderr
            );
        }
        // Root may read every file.
        let readable = std::fs::read(sandbox.path("secret.yaml")).is_ok();
        let result = sandbox.run(&[command, "secret.yaml"]);
        assert_eq!(
            result.code,
            Some(if readable { 0 } else { 3 }),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn outputs_that_cannot_be_written() {
    let score = format!("{GOOD}    files: {{/a: {{content: \"b\\r\"}}}}\n");
    // A file in place of a directory is an error for every user.
    let sandbox = Sandbox::with_files(&[
        ("good.yaml", &score),
        ("directory/compose.yaml/file", ""),
        ("file", "kept"),
    ]);
    std::os::unix::fs::symlink("loop", sandbox.path("loop")).unwrap();
    let before = sandbox.list();
    for output in [
        "directory",
        "file/out.yaml",
        "file/deep/out.yaml",
        "directory/",
        "file/",
        "loop/",
        "",
    ] {
        let result = sandbox.run(&["generate", "good.yaml", "-o", output]);
        check_result(&result, output);
        assert!(matches!(result.code, Some(2 | 3)), "{output:?}: {result:?}");
        assert_eq!(sandbox.list(), before, "{output:?}");
    }
    assert_eq!(sandbox.read("file"), "kept");
    sandbox.write(
        ".score-rs",
        "a file where the directory of mounted files should be",
    );
    let before = sandbox.list();
    let result = sandbox.run(&["generate", "good.yaml"]);
    assert_eq!(result.code, Some(3), "{}", result.stderr);
    assert_eq!(sandbox.list(), before);
}

#[test]
fn missing_output_directories_are_created() {
    let sandbox = Sandbox::with_files(&[("good.yaml", GOOD)]);
    assert_eq!(
        sandbox
            .run(&["generate", "good.yaml", "-o", "a/b/out.yaml"])
            .code,
        Some(0)
    );
    assert_eq!(sandbox.list(), ["a", "a/b", "a/b/out.yaml", "good.yaml"]);
}

#[test]
fn an_output_symlink_stays_a_symlink() {
    let sandbox = Sandbox::with_files(&[("good.yaml", GOOD), ("real/out.yaml", "old\n")]);
    std::os::unix::fs::symlink("real/out.yaml", sandbox.path("out.yaml")).unwrap();
    assert_eq!(
        sandbox
            .run(&["generate", "good.yaml", "-o", "out.yaml"])
            .code,
        Some(0)
    );
    assert!(
        std::fs::symlink_metadata(sandbox.path("out.yaml"))
            .unwrap()
            .is_symlink()
    );
    assert!(sandbox.read("real/out.yaml").starts_with("services:\n"));
    // A symlink to a missing file creates that file.
    std::os::unix::fs::symlink("real/new.yaml", sandbox.path("new.yaml")).unwrap();
    let result = sandbox.run(&["generate", "good.yaml", "-o", "new.yaml"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        std::fs::symlink_metadata(sandbox.path("new.yaml"))
            .unwrap()
            .is_symlink(),
        "the link was replaced"
    );
    assert!(sandbox.read("real/new.yaml").starts_with("services:\n"));
}

#[test]
fn a_special_file_is_written_to_and_not_replaced() {
    // A pipe represents all devices: replacing `/dev/null` would damage the machine that runs the
    // test.
    let sandbox = Sandbox::with_files(&[("good.yaml", GOOD)]);
    let pipe = sandbox.path("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let path = pipe.clone();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        std::fs::File::open(path)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    });
    let result = sandbox.run(&["generate", "good.yaml", "-o", "pipe"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(reader.join().unwrap().starts_with("services:\n"));
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(sandbox.list(), ["good.yaml", "pipe"]);
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let variables: String = (0..20_000)
        .map(|number| format!("      KEY_{number}: value\n"))
        .collect();
    let sandbox = Sandbox::with_files(&[
        ("good.yaml", &format!("{GOOD}    variables:\n{variables}")),
        ("wrong.yaml", &variables.replace("      ", "")),
    ]);
    for (arguments, code) in [
        (&["generate", "good.yaml", "-o", "-"][..], 0),
        (&["validate", "wrong.yaml", "--format", "short"], 1),
        (&["generate", "--help"], 0),
    ] {
        let mut child = sandbox.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let result = wait_for_exit(child, arguments);
        assert_eq!(result.code, Some(code), "{arguments:?}: {}", result.stderr);
        let mut child = sandbox.command(arguments).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(
            wait_for_exit(child, arguments).code,
            Some(code),
            "{arguments:?}"
        );
    }
}

#[test]
fn standard_input_is_read_like_a_file() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox
            .run_with_input(&["validate", "-"], GOOD.as_bytes())
            .code,
        Some(0)
    );
    assert_eq!(
        sandbox.run_with_input(&["validate", "-"], b"\xff").code,
        Some(1)
    );
    assert_eq!(
        sandbox.run_with_input(&["validate", "-"], b"").code,
        Some(1)
    );
    let child = sandbox
        .command(&["validate", "-"])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    check_result(&wait_for_exit(child, &[]), "no standard input");
}
