//! The report formats: their output for the same projects, with snapshots in `snapshots/`, and its
//! validity.
//!
//! `SCORE_RS_SARIF_SCHEMA` names the schema of SARIF 2.1.0, which is not part of this repository.
//! If it is set, every SARIF report of the fixtures is validated (`.ci/install-validators.sh` downloads
//! it).

mod arbitrary;
mod hosts;
mod sarif;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use crate::fixtures::{arguments, cases, inputs};
use crate::sandbox::{RunResult, Sandbox, wait_for_exit};
use crate::snapshots::assert_text;

const FORMATS: [&str; 7] = [
    "human", "short", "json", "sarif", "github", "gitlab", "junit",
];

const HEAD: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\n";

/// A project and a command.
struct Case {
    name: &'static str,
    files: Vec<(&'static str, String)>,
    arguments: &'static [&'static str],
}

fn report_cases() -> Vec<Case> {
    let good = format!("{HEAD}containers:\n  main:\n    image: nginx:1\n");
    let needs = format!("{good}resources:\n  cache:\n    type: cache\n");
    let windows = format!("{HEAD}containers:\n  main:\n    imgae: größe\n    image: nginx:1\n")
        .replace('\n', "\r\n");
    // A tab before a comment is white space of one column.
    let tabs =
        format!("{HEAD}containers:\n  main:\n    image: nginx:1\n    args:\t[1, {{}}]\t# ↹\n");
    let definition = "- uri: template://own/cache\n  type: cache\n  manifests: |\n    - apiVersion: v1\n      kind: ConfigMap\n      metadata:\n        name: x\n      dta:\n        size: '{{ add 20 3 }}'\n";
    vec![
        Case {
            name: "empty",
            files: vec![("score.yaml", good.clone())],
            arguments: &["validate"],
        },
        Case {
            name: "shapes",
            files: vec![
                ("100% größe, a:b.score.yaml", windows),
                ("tabs.score.yaml", tabs),
                (
                    "end.score.yaml",
                    format!("{HEAD}containers:\n  main:\n    image: \"nginx"),
                ),
            ],
            arguments: &["validate"],
        },
        Case {
            name: "two-sources",
            files: vec![
                ("one/score.yaml", good.clone()),
                ("two/score.yaml", good.clone()),
            ],
            arguments: &["validate"],
        },
        Case {
            name: "flags",
            files: vec![("score.yaml", good.clone())],
            arguments: &[
                "validate",
                "--image",
                "shop.main=",
                "--override-property",
                "no",
            ],
        },
        Case {
            name: "made",
            files: vec![
                ("score.yaml", needs),
                ("own.provisioners.yaml", definition.to_owned()),
            ],
            arguments: &[
                "generate",
                "-e",
                "kubernetes",
                "-o",
                "-",
                "--provisioners",
                "own.provisioners.yaml",
            ],
        },
        Case {
            name: "new-seed",
            files: vec![(
                "score.yaml",
                format!("{good}resources:\n  db:\n    type: postgres\n"),
            )],
            arguments: &["generate"],
        },
    ]
}

/// A run in one of the formats.
fn run(sandbox: &Sandbox, words: &[&str], format: &str, more: &[&str]) -> RunResult {
    let flag = if words[0] == "validate" {
        "--format"
    } else {
        "--message-format"
    };
    let words = [words, &[flag, format], more].concat();
    let mut command = sandbox.command(&words);
    command.env_remove("SCORE_RS_SEED");
    wait_for_exit(command.spawn().unwrap(), &words)
}

fn sandbox(case: &Case) -> Sandbox {
    let sandbox = Sandbox::new();
    case.files
        .iter()
        .for_each(|(name, text)| sandbox.write(name, text));
    sandbox
}

/// A SARIF report without the texts of the rules, which have their own test.
fn without_rules(text: String) -> String {
    let Ok(mut report) = serde_json::from_str::<Value>(&text) else {
        return text;
    };
    let Some(rules) = report
        .pointer_mut("/runs/0/tool/driver/rules")
        .and_then(Value::as_array_mut)
    else {
        return text;
    };
    rules.iter_mut().for_each(|rule| *rule = rule["id"].take());
    format!("{report:#}\n")
}

#[test]
fn every_format_matches_its_snapshot() {
    let directory =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/reports/snapshots");
    for case in report_cases() {
        let mut reports = String::new();
        for format in FORMATS {
            let sandbox = sandbox(&case);
            let RunResult {
                code,
                stdout,
                stderr,
            } = run(&sandbox, case.arguments, format, &[]);
            let (stdout, stderr) = (without_rules(stdout), without_rules(stderr));
            let code = code.unwrap();
            write!(
                reports,
                "==== {format}: exit code {code}\n\n{stdout}---- standard error\n{stderr}\n"
            )
            .unwrap();
        }
        let mut reports = reports.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        reports.push_str("==== end\n");
        assert_text(&directory, case.name, None, &reports);
    }
}

/// A compiled schema.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    pub fn read(path: &Path) -> Schema {
        let text = std::fs::read_to_string(path).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler
            .add_resource("schema.json", serde_json::from_str(&text).unwrap())
            .unwrap();
        let index = compiler
            .compile("schema.json", &mut schemas)
            .unwrap_or_else(|error| panic!("{error:#}"));
        Schema { schemas, index }
    }

    #[track_caller]
    pub fn check(&self, document: &Value) {
        if let Err(error) = self.schemas.validate(document, self.index) {
            panic!("{error}\n{document:#}");
        }
    }

    pub fn rejects(&self, document: &Value) -> bool {
        self.schemas.validate(document, self.index).is_err()
    }
}

fn report_schema() -> Schema {
    Schema::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/schemas/report.schema.json"))
}

/// Every report of the fixtures in a format of JSON, by case and command.
fn reports(format: &str) -> BTreeMap<String, Value> {
    let parse = |(case, text): (String, String)| {
        let report = serde_json::from_str(&text);
        let report = report.unwrap_or_else(|error| panic!("{case}: {error}\n{text}"));
        (case, report)
    };
    texts(format).into_iter().map(parse).collect()
}

/// Every report of the fixtures in a format, by case and command.
fn texts(format: &str) -> BTreeMap<String, String> {
    let mut reports = BTreeMap::new();
    for case in cases() {
        let inputs = inputs(&case);
        for command in ["validate", "kubernetes", "compose"] {
            let sandbox = Sandbox::new();
            sandbox.write_all(&inputs);
            let arguments = arguments(&inputs, command);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let result = match command {
                "validate" => run(&sandbox, &["validate"], format, &[]),
                _ => run(&sandbox, &arguments, format, &[]),
            };
            let text = if command == "validate" {
                result.stdout
            } else {
                result.stderr
            };
            reports.insert(format!("{case} {command}"), text);
        }
    }
    for case in report_cases() {
        let result = run(&sandbox(&case), case.arguments, format, &[]);
        let text = if case.arguments[0] == "validate" {
            result.stdout
        } else {
            result.stderr
        };
        reports.insert(case.name.to_owned(), text);
    }
    reports
}

#[test]
fn every_json_report_matches_the_schema() {
    let schema = report_schema();
    let reports = reports("json");
    reports.values().for_each(|report| schema.check(report));
    let found = |test: fn(&Value) -> bool| {
        reports
            .values()
            .flat_map(|report| report["diagnostics"].as_array().unwrap())
            .filter(|diagnostic| test(diagnostic))
            .count()
    };
    assert!(
        found(|diagnostic| diagnostic["place"].is_null()) > 0,
        "none without a location"
    );
    assert!(
        found(|diagnostic| diagnostic["level"] == "note") > 0
            && found(|diagnostic| diagnostic["level"] == "warning") > 0
    );
    assert!(
        found(|diagnostic| diagnostic["related"]
            .as_array()
            .is_some_and(|list| !list.is_empty()))
            > 0
    );
    assert!(
        found(|diagnostic| diagnostic.to_string().contains(r#""kind":"made""#)) > 0,
        "none in a generated text"
    );
    let mut wrong = reports["shapes"].clone();
    wrong["diagnostics"][0]["place"]["start"]["line"] = Value::from(0);
    assert!(schema.rejects(&wrong), "line 0 is accepted");
}

#[test]
fn reports_for_programs_are_one_document() {
    let sandbox = sandbox(&report_cases()[0]);
    for format in ["json", "sarif", "gitlab"] {
        let fine = run(&sandbox, &["generate"], format, &["-v"]);
        assert_eq!((fine.code, fine.stdout.as_str()), (Some(0), ""));
        serde_json::from_str::<Value>(&fine.stderr).unwrap();
        let valid = run(&sandbox, &["validate"], format, &[]);
        assert_eq!((valid.code, valid.stderr.as_str()), (Some(0), ""));
        let followed = run(&sandbox, &["validate"], format, &["-v"]);
        assert_eq!(followed.stdout, valid.stdout);
        assert!(
            followed.stderr.contains("verbose: Score file score.yaml\n"),
            "{}",
            followed.stderr
        );
    }
}

#[test]
fn quiet_omits_notes_in_every_format() {
    let noted = cases().into_iter().find(|case| {
        let reports =
            std::fs::read_to_string(crate::fixtures::root().join(case).join("report.snap"))
                .unwrap();
        reports.contains("note [")
    });
    let inputs = inputs(&noted.unwrap());
    let sandbox = Sandbox::new();
    sandbox.write_all(&inputs);
    let mut reports_with_notes = 0;
    for (format, note) in [
        ("short", ": note: "),
        ("json", "\"note\""),
        ("sarif", "\"note\""),
        ("github", "::notice "),
        ("gitlab", "\"info\""),
        ("junit", "\"note: "),
    ] {
        for target in ["compose", "kubernetes"] {
            let arguments = arguments(&inputs, target);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            reports_with_notes +=
                usize::from(run(&sandbox, &arguments, format, &[]).stderr.contains(note));
            let quiet = run(&sandbox, &arguments, format, &["--quiet"]).stderr;
            let results = quiet.split("\"results\"").last().unwrap_or_default();
            assert!(!results.contains(note), "{format}: {quiet}");
        }
    }
    assert!(reports_with_notes >= 4, "{reports_with_notes}");
}

#[test]
fn verbose_shows_decisions_and_no_secret() {
    let sandbox = Sandbox::with_files(&[
        (
            "score.yaml",
            &format!(
                "{HEAD}containers:\n  main:\n    image: nginx:1\n    variables:\n      P: ${{resources.db.password}}\nresources:\n  db:\n    type: postgres\n"
            ),
        ),
        ("more.yaml", "metadata:\n  annotations: {}\n"),
    ]);
    let words = [
        "generate",
        "-o",
        "-",
        "-v",
        "--overrides-file",
        "more.yaml",
        "--set",
        "token=hunter2",
    ];
    let result = sandbox.run(&words);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let stderr = &result.stderr;
    for line in [
        "environment compose, the default",
        "Score file score.yaml",
        "also read more.yaml",
        "resource postgres.default#shop.db of shop: ",
        "seed from SCORE_RS_SEED",
        "took ",
    ] {
        assert!(
            stderr
                .lines()
                .any(|other| other.starts_with(&format!("verbose: {line}"))),
            "{line}:\n{stderr}"
        );
    }
    let secret = result
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("P: "))
        .unwrap();
    assert!(
        secret.len() > 10
            && !stderr.contains(secret)
            && !stderr.contains("hunter2")
            && !stderr.contains("fixtures")
    );
    let plain = sandbox.run(&words.map(|word| if word == "-v" { "--strict" } else { word }));
    assert_eq!(
        (plain.stdout, plain.stderr.contains("verbose:")),
        (result.stdout, false)
    );
}
