//! Public Score files, if the corpus is present: none of them may be rejected for its form.

use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

/// Diagnostics that mean that a public file was misread. Other errors are possible, such as a
/// missing image or an undeclared resource.
const FORM_RULES: [&str; 19] = [
    "yaml-syntax",
    "yaml-alias",
    "yaml-key",
    "yaml-size",
    "not-utf8",
    "empty-file",
    "duplicate-key",
    "wrong-type",
    "unknown-key",
    "missing-key",
    "unknown-value",
    "out-of-range",
    "invalid-name",
    "invalid-quantity",
    "invalid-mode",
    "invalid-mount-path",
    "invalid-base64",
    "unsupported-api-version",
    "placeholder",
];

/// Warnings that public files deserve.
const EXPECTED_WARNINGS: [&str; 5] = [
    "[autoscaler-without-cpu-request]",
    "[deprecated-syntax]",
    "[external-workload]",
    "[inferred-port]",
    "[removed-key]",
];

fn corpus() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    directory.is_dir().then_some(directory)
}

fn score_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        // The output of the Go tools is in these directories.
        if path.is_dir() && !["score-k8s", "score-compose"].contains(&name.as_str()) {
            score_files(&path, found);
        } else if name.starts_with("score")
            && name.ends_with(".yaml")
            && !name.contains("provisioners")
        {
            found.push(path);
        }
    }
}

#[test]
fn public_files_have_a_valid_form() {
    let Some(corpus) = corpus() else {
        println!("skipped: there is no corpus beside the project");
        return;
    };
    let mut files = Vec::new();
    score_files(&corpus, &mut files);
    assert!(
        files.len() > 30,
        "only {} files were found in {}",
        files.len(),
        corpus.display()
    );
    let sandbox = Sandbox::new();
    for file in files {
        let file = file.to_str().unwrap();
        let result = sandbox.run(&["validate", "--format", "short", file]);
        assert!(matches!(result.code, Some(0 | 1)), "{file}: {result:?}");
        let errors = result
            .stdout
            .lines()
            .filter(|line| line.contains(": error: "));
        let misread: Vec<&str> = errors
            .filter(|line| {
                FORM_RULES
                    .iter()
                    .any(|name| line.contains(&format!("[{name}")))
            })
            .collect();
        assert!(misread.is_empty(), "{}", misread.join("\n"));
        for environment in ["compose", "kubernetes"] {
            let result =
                sandbox.run(&["validate", "--format", "short", "--env", environment, file]);
            let warnings = result
                .stdout
                .lines()
                .filter(|line| line.contains(": warning: "));
            let unexpected: Vec<&str> = warnings
                .filter(|line| !EXPECTED_WARNINGS.iter().any(|name| line.ends_with(name)))
                .collect();
            assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
        }
    }
}

/// Cases that the Go tools compile and score-rs rejects on purpose, each with its diagnostic;
/// `spec/compatibility.md` has the reasons.
const REFUSED: [(&str, &str, &str); 1] = [(
    "patcher-k8s-service-account-admin",
    "score-k8s",
    "invalid-manifest",
)];

#[test]
fn cases_that_the_go_tools_compile_are_compiled() {
    let Some(corpus) = corpus() else {
        println!("skipped: there is no corpus beside the project");
        return;
    };
    let mut compiled = 0;
    let mut failures = Vec::new();
    for case in std::fs::read_dir(&corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        for (tool, environment) in [("score-k8s", "kubernetes"), ("score-compose", "compose")] {
            if !case.join(tool).join("expected.yaml").exists() {
                continue;
            }
            let name = case.file_name().unwrap().to_str().unwrap();
            let result = compile(&case, tool, environment);
            let refused = REFUSED
                .iter()
                .find(|(case, by, _)| *case == name && *by == tool);
            compiled += 1;
            match (result.code, refused) {
                (Some(0), None) => {}
                (Some(1), Some((_, _, diagnostic))) if result.stderr.contains(diagnostic) => {}
                _ => failures.push(format!("{name} {tool}: {}", result.stderr)),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(compiled > 90, "only {compiled} cases were found");
}

/// Compiles a case with the definitions and patch templates that were recorded with it.
fn compile(case: &Path, tool: &str, environment: &str) -> crate::sandbox::RunResult {
    let sandbox = Sandbox::new();
    let mut files = Vec::new();
    score_files(case, &mut files);
    files.sort();
    let mut arguments: Vec<String> = [
        "generate",
        "--env",
        environment,
        "--message-format",
        "short",
        "--image",
        "registry.example.com/app:1.0",
        "-o",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(sandbox.path("output.yaml").to_str().unwrap().to_owned());
    let mut tool_files: Vec<PathBuf> = std::fs::read_dir(case.join(tool))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    tool_files.sort();
    for path in tool_files.iter().filter_map(|path| path.to_str()) {
        let flag = if path.ends_with(".provisioners.yaml") {
            "--provisioners"
        } else {
            "--patch"
        };
        if path.ends_with(".provisioners.yaml") || path.ends_with(".tpl") {
            arguments.extend([flag.to_owned(), path.to_owned()]);
        }
    }
    arguments.extend(files.iter().map(|file| file.to_str().unwrap().to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    sandbox.run(&arguments)
}
